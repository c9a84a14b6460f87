"""What every exercise stands on, and what it says of a plugin."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alpr_core import Plugin


class Complaint(Exception):
    """What a plugin does not do as it should."""


class NotTried(Exception):
    """Why something was not tried."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """What an exercise stands on.

    Attributes:
        plugin: what was registered.
        thing: what its factory made.
        folder: for files that the kit gives to it: what the plugin itself leaves is looked for elsewhere.
        told: words that the plugin was told about people; the exercises add to them.
    """

    plugin: Plugin[Any]
    thing: Any
    folder: Path
    told: set[str] = field(default_factory=set)
