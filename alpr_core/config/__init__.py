"""``alpr.toml`` -> `Settings`: the shape of a node's configuration, and where it is found.

Only the shape is known here: what a plugin's options or a pack's values mean, their owners check. Every problem
is reported at once, with its line.
"""

from __future__ import annotations

from alpr_core.config.document import document, from_document
from alpr_core.config.file import Answers, find, load, option_problems, require, with_own_pack, write_default
from alpr_core.config.notices import alarm_gap
from alpr_core.config.settings import FILE_NAME, Settings

__all__ = [
    "FILE_NAME",
    "Answers",
    "Settings",
    "alarm_gap",
    "document",
    "find",
    "from_document",
    "load",
    "option_problems",
    "require",
    "with_own_pack",
    "write_default",
]
