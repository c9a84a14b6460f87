"""What a hotlist and its entries must be, so that the database can hold them and matching can find them."""

from __future__ import annotations

from alpr_core import plates
from alpr_core.errors import InputError
from alpr_core.models import HotlistEntry

LONGEST = {"state": 8, "category": 64, "added_by": 2000, "reason": 2000, "case_number": 2000}
"""Characters that an entry's texts may have."""

LONGEST_NAME = 128
"""Characters of a hotlist's name."""


def checked_name(name: str) -> str:
    """Return a hotlist's name without the blanks around it.

    Raises:
        InputError: it is none.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise InputError(f"a hotlist's name has 1 to {LONGEST_NAME} printable characters")
    return name


def check_entry(entry: HotlistEntry) -> None:
    """Refuse an entry that the database could not hold, or that would never match.

    Raises:
        InputError: saying what is wrong with it.
    """
    if plates.parse(entry.plate) != entry.plate:
        raise InputError("the plate of a hotlist entry is not in normal form")
    for name, longest in LONGEST.items():
        text = getattr(entry, name)
        if len(text) > longest or "\0" in text or not _is_unicode(text):
            raise InputError(
                f"{name} of a hotlist entry has more than {longest} characters, or one that is none: a NUL, or "
                "bytes that are not Unicode"
            )
    if any(moment is not None and moment.tzinfo is None for moment in (entry.effective, entry.expires)):
        raise InputError("a time of a hotlist entry has no timezone")


def _is_unicode(text: str) -> bool:
    """Whether it can be encoded: what the command line could not decode stands in it as half a surrogate pair."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
