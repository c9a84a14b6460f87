"""One message on its way to or from a switch, whatever it is written in, and what its parts may hold.

Sources: Nlets, "Legacy Text Examples - Vehicle Registration Transactions" (article 21003096403 on service.nlets.org)
and "Legacy Text Examples - Hit Confirmation Transactions" (21003096777); the states' field codes are NCIC's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from alpr_core import InputError

LONGEST = 256 * 1024
"""Bytes of a message. Replies are pages of text: what is longer is none, and is not read."""

KEY = re.compile(r"[A-Z0-9]{1,8}")
"""A message key: RQ, RPQ, a state's own."""

PLACE = re.compile(r"[A-Z0-9]{2}|[A-Z0-9]{9}")
"""Where a message comes from or goes to: a state, NL, or an ORI."""

ORI = re.compile(r"[A-Z0-9]{9}")

CONTROL = re.compile(r"[A-Z0-9]{1,10}")

PREFIX = re.compile(r"[A-Z]{3}")

PARTIAL = re.compile(r"[A-Z0-9?*]{1,10}")
"""A partial plate: ? is one character, * any number."""

FIELDS: Mapping[str, re.Pattern[str]] = {
    "RTY": re.compile(r"SV|SL"),
    "RNO": re.compile(r"[1-3]"),
    "PRI": re.compile(r"[UR]"),
    "OCA": re.compile(r"[A-Z0-9-]{1,20}"),
    "NIC": re.compile(r"[A-Z][0-9]{9}|NONE"),
    "LIC": re.compile(r"[A-Z0-9]{1,10}"),
    "LIS": re.compile(r"[A-Z]{2}"),
    "LIY": re.compile(r"[0-9]{4}|NX"),
    "LIT": re.compile(r"[A-Z0-9]{2}"),
    "VIN": re.compile(r"[A-Z0-9]{1,20}"),
    "VMA": re.compile(r"[A-Z0-9]{2,24}"),
    "VYR": re.compile(r"[0-9]{4}"),
}
"""What each published field may hold, in the order in which they stand in a message."""

WORDS: Mapping[str, str] = {
    "RTY": "the request type: SV, a stolen or felony vehicle, or SL, a stolen plate",
    "RNO": "the request's number: 1, 2 or 3",
    "PRI": "the priority: U or R",
    "OCA": "the case number: up to 20 letters, digits and hyphens",
    "NIC": "the NCIC number: a letter and 9 digits, or NONE",
    "LIC": "the plate: up to 10 letters and digits, without blanks and hyphens",
    "LIS": "the plate's state: two letters",
    "LIY": "the plate's year: four digits, or NX",
    "LIT": "the plate's type: two letters or digits",
    "VIN": "the VIN: up to 20 letters and digits, without blanks and hyphens",
    "VMA": "the make: 2 to 24 letters and digits",
    "VYR": "the model year: four digits",
}

OTHER_FIELD = re.compile(r"[A-Z0-9]{1,20}")
"""What a field may hold that is no published one."""

MARK = "*** SIMULATED: INVENTED, NO REAL VEHICLE AND NO REAL PERSON ***"
"""The first line of every text of a simulator. A framing of one's own may say no hello: the text still tells."""

REASON = "reason"
"""Stands for the reason code among the fields: its prefix as text is not published, in XML it has an element."""

_REASONS = re.compile(r"[NFVTSHI]")

_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 cannot hold or would change, refused in both dialects alike."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message.

    Attributes:
        key: its message key.
        origin: who sends it: an ORI, or a state.
        destination: who gets it.
        control: what tells apart which query it belongs to; "" only in what is sent to everybody.
        fields: of a query: prefixes with their values.
        text: of a reply.
    """

    key: str
    origin: str
    destination: str
    control: str
    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    text: str = field(default="", repr=False)


def check_header(message: Message, *, broadcast: bool = False) -> None:
    """Refuse a message with a malformed header.

    Args:
        message: to look at.
        broadcast: whether it may have no control field.

    Raises:
        InputError: saying which part is malformed, without what it holds.
    """
    if not KEY.fullmatch(message.key):
        raise InputError("the message key is none: 1 to 8 capital letters and digits")
    for name, place in (("sender", message.origin), ("destination", message.destination)):
        if not PLACE.fullmatch(place):
            raise InputError(f"the {name} is neither two letters nor an ORI of nine")
    if not CONTROL.fullmatch(message.control) and not (broadcast and not message.control):
        raise InputError("the control field is none: 1 to 10 capital letters and digits")


def check_query(message: Message) -> None:
    """Refuse a query that a switch would reject: malformed, a field twice, a field blank.

    Raises:
        InputError: saying which part, and what belongs there, without what it holds.
    """
    check_header(message)
    if not message.fields:
        raise InputError("the query asks nothing: it has no field")
    names = [name for name, _ in message.fields]
    if len(set(names)) < len(names):
        raise InputError("a field is there twice")
    for name, value in message.fields:
        _check_field(message.key, name, value)


def _check_field(key: str, name: str, value: str) -> None:
    if not value:
        raise InputError(f"the field {name} is blank: a field without a value is left out whole")
    if name == REASON:
        allowed = _REASONS.fullmatch(value)
    elif name == "LIC" and key not in ("RQ", "QV", "YQ"):  # a state's own key may ask for a partial plate
        allowed = PARTIAL.fullmatch(value)
    elif name in FIELDS:
        allowed = FIELDS[name].fullmatch(value)
    elif PREFIX.fullmatch(name):
        allowed = OTHER_FIELD.fullmatch(value)
    else:
        raise InputError("a field has no prefix of three capital letters")
    if not allowed:
        raise InputError(f"the field {name} is wrong: {WORDS.get(name, 'letters and digits, 20 at most')}")


def in_order(fields: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return fields as they stand in a message: the reason, the published ones in their order, then the others."""
    places = {name: place for place, name in enumerate((REASON, *FIELDS))}
    return tuple(sorted(fields, key=lambda each: places.get(each[0], len(places))))


def check_text(text: str) -> str:
    r"""Return a reply's text as it is written down, its line ends ``\n``.

    Raises:
        InputError: it holds control characters.
    """
    plain = one_line_end(text)
    if _UNWRITABLE.search(plain):
        raise InputError("the text holds control characters")
    return plain


def one_line_end(text: str) -> str:
    r"""Return the text with every line end as ``\n``."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def made(header: Mapping[str, str], *, fields: tuple[tuple[str, str], ...] = (), text: str = "") -> Message:
    """Return a message from the parts of its header, ``key``, ``origin``, ``destination`` and ``control``."""
    return Message(
        key=header["key"],
        origin=header["origin"],
        destination=header["destination"],
        control=header["control"],
        fields=fields,
        text=text,
    )


def decoded(body: bytes) -> str:
    """Return what came as text.

    Raises:
        InputError: it is too long, no UTF-8, or holds NULs.
    """
    if len(body) > LONGEST:
        raise InputError(f"the message is longer than {LONGEST // 1024} KiB")
    try:
        text = body.decode("utf-8-sig")  # some writers put a byte order mark first
    except UnicodeDecodeError:
        raise InputError("the message is not UTF-8 text") from None
    if "\0" in text:
        raise InputError("the message holds NULs")
    return text
