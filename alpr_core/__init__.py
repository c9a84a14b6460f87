"""alpr-core: run licence-plate readers under a written policy, and let anyone check that it was kept.

The names below are what a plugin author needs, and nothing else.
"""

from __future__ import annotations

from alpr_core.errors import AlprError, ConfigError, Denied, InputError, ModelsMissing, PluginError
from alpr_core.hookspecs import hookimpl
from alpr_core.interfaces import HotlistSource, Options, Plugin, Recognizer, Register, RejectedLine, Secret
from alpr_core.models import Box, Candidate, Frame, HotlistEntry, Position, Reading
from alpr_core.weights import models_folder, read_pins

__version__ = "0.1.0"

API_VERSION = 1
"""Grows when a plugin written for the version before could break."""

__all__ = [
    "API_VERSION",
    "AlprError",
    "Box",
    "Candidate",
    "ConfigError",
    "Denied",
    "Frame",
    "HotlistEntry",
    "HotlistSource",
    "InputError",
    "ModelsMissing",
    "Options",
    "Plugin",
    "PluginError",
    "Position",
    "Reading",
    "Recognizer",
    "Register",
    "RejectedLine",
    "Secret",
    "__version__",
    "hookimpl",
    "models_folder",
    "read_pins",
]
