"""Accesses in a vendor's own system, as a data source takes them out of the vendor's log. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from types import MappingProxyType

from alpr_core.clock import require_utc
from alpr_core.foreign import AHEAD, EARLIEST, LONGEST_ID

ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "search": "search.run",
        "view": "read.show",
        "export": "read.export",
        "hotlist": "hotlist.add",
        "other": "",
    }
)
"""What an access can be, and what it would have been here: the policy's clauses on that are held against it."""

LONGEST_NAME = 256
"""Characters of who it was, as the vendor's log has it."""

LONGEST_TEXT = 2000
"""Characters of each other text."""

_SHOWN = {
    "who": "who it was",
    "case": "the case number",
    "reason": "the reason",
    "plate": "the plate",
    "query": "what else was searched for",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class VendorAccess:
    """One access in a vendor's system, by the vendor's log.

    Attributes:
        number: 1-based number of its line in the file, or of its element in a list.
        at: when it was, UTC.
        who: who it was, as the log has it: a name, a user name, an address.
        badge: that person's badge number here, "" where the source cannot tell.
        what: one of `ACTIONS`.
        case: case or incident number, "" if there is none.
        reason: why, "" if it does not say.
        plate: plate or partial plate that was searched for, as it was typed; "" if none was.
        query: what else was asked for: filters, cameras, a span of time.
        id: what the vendor calls this access for ever; "" if it has no name.
    """

    number: int
    at: datetime
    who: str
    badge: str = ""
    what: str = "search"
    case: str = ""
    reason: str = ""
    plate: str = ""
    query: str = ""
    id: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", require_utc(self.at, "VendorAccess.at"))

    @property
    def digest(self) -> str:
        """SHA-256, hex, of what the log says of it: not of its place, nor of whom it is taken for here."""
        said = {name: value for name, value in asdict(self).items() if name not in ("number", "badge")}
        return hashlib.sha256(
            json.dumps(said, sort_keys=True, default=str).encode("utf-8", "replace")
        ).hexdigest()


def problem_of(access: VendorAccess, now: datetime) -> str:
    """Return why an access cannot be put on record, "" if it can; what it says is quoted nowhere.

    Args:
        access: as a data source made it.
        now: by this node's clock, UTC.
    """
    if not access.who:
        return "it does not say who it was"
    if access.what not in ACTIONS:
        return f"what was done is none of {', '.join(ACTIONS)}"
    if len(access.id) > LONGEST_ID or not access.id.isprintable():
        return (
            f"the name that the vendor has for it has more than {LONGEST_ID} characters, or unprintable ones"
        )
    for name, words in _SHOWN.items():
        text, longest = getattr(access, name), LONGEST_NAME if name == "who" else LONGEST_TEXT
        if len(text) > longest or not text.isprintable():
            return f"{words} has more than {longest} characters, or one that cannot be printed"
    if access.at.year < EARLIEST:
        return f"it was before the year {EARLIEST}, so its time is wrong"
    if access.at > now + AHEAD:
        return "it lies in the future: look at the option timezone, and at the clock here"
    return ""
