"""alpr-core: run licence-plate readers under a written policy, and let anyone check that it was kept.

The names below are what a plugin author needs, and nothing else.
"""

from __future__ import annotations

from alpr_core.access_log import VendorAccess
from alpr_core.errors import (
    AlprError,
    ConfigError,
    Denied,
    InputError,
    ModelsMissing,
    PluginError,
    SourceUnavailable,
)
from alpr_core.foreign import ForeignRead, RejectedRead
from alpr_core.hookspecs import API_VERSION, hookimpl
from alpr_core.interfaces import (
    AccessLogSource,
    HeedlessSource,
    HotlistLine,
    HotlistSource,
    Notifier,
    PeriodicJob,
    Plugin,
    ReadSource,
    Recognizer,
    Register,
    RejectedLine,
    RemovedLine,
    RetentionLimits,
    RetentionStrategy,
    RetentionTerm,
    SignedSource,
    Simulator,
    SimulatorSettings,
    StateSource,
    SubscribingSource,
)
from alpr_core.models import Box, Candidate, Decision, Frame, HotlistEntry, Position, Reading, Request
from alpr_core.notice import Notice, Urgency
from alpr_core.options import Options, Secret, ZoneName, is_this_machine
from alpr_core.origins import Origin
from alpr_core.periods import Period, PeriodText
from alpr_core.policy import Judgement, Rule
from alpr_core.verification import (
    Priority,
    QueryKind,
    ReplyKind,
    StateQuery,
    StateReply,
    StateSystem,
    TrainingRule,
)
from alpr_core.weights import models_folder, read_pins

__version__ = "0.1.0"

__all__ = [
    "API_VERSION",
    "AccessLogSource",
    "AlprError",
    "Box",
    "Candidate",
    "ConfigError",
    "Decision",
    "Denied",
    "ForeignRead",
    "Frame",
    "HeedlessSource",
    "HotlistEntry",
    "HotlistLine",
    "HotlistSource",
    "InputError",
    "Judgement",
    "ModelsMissing",
    "Notice",
    "Notifier",
    "Options",
    "Origin",
    "Period",
    "PeriodText",
    "PeriodicJob",
    "Plugin",
    "PluginError",
    "Position",
    "Priority",
    "QueryKind",
    "ReadSource",
    "Reading",
    "Recognizer",
    "Register",
    "RejectedLine",
    "RejectedRead",
    "RemovedLine",
    "ReplyKind",
    "Request",
    "RetentionLimits",
    "RetentionStrategy",
    "RetentionTerm",
    "Rule",
    "Secret",
    "SignedSource",
    "Simulator",
    "SimulatorSettings",
    "SourceUnavailable",
    "StateQuery",
    "StateReply",
    "StateSource",
    "StateSystem",
    "SubscribingSource",
    "TrainingRule",
    "Urgency",
    "VendorAccess",
    "ZoneName",
    "__version__",
    "hookimpl",
    "is_this_machine",
    "models_folder",
    "read_pins",
]
