"""The dialect ``nlets-text``: ``KEY.ORI.DEST.control.TXT``, then ``PFX/value.PFX/value`` or free text.

Nlets marks it as deprecated. Sources: articles 21003096403 (RQ, RPQ), 21003096777 (YQ) and 21003098252 (examples of
headers) on service.nlets.org.
"""

from __future__ import annotations

import re

from alpr_core import InputError
from alpr_source_switch.message import (
    REASON,
    Message,
    check_header,
    check_query,
    check_text,
    decoded,
    made,
    one_line_end,
)

_HEADER = re.compile(
    r"(?P<key>[A-Z0-9]{1,8})\.(?P<origin>[A-Z0-9]{2,9})\.(?P<destination>[A-Z0-9]{2,9})"
    r"(?:\.(?P<control>[A-Z0-9]{1,10}))?\.TXT"
    r"(?:\r\n?\x7f?|\n\x7f?|\x7f)?"  # "carriage return, line feed, delete" are optional
)

_FIELD = re.compile(r"([A-Z]{3})/([^/.\s]*)")


def encode_query(message: Message) -> bytes:
    """Write a query.

    Raises:
        InputError: it is malformed, or has a reason code, of which no text form is published.
    """
    check_query(message)
    if any(name == REASON for name, _ in message.fields):
        raise InputError("a reason code has no published form as text")
    fields = ".".join(f"{prefix}/{value}" for prefix, value in message.fields)
    return f"{_header(message)}{fields}".encode("ascii")


def decode_query(body: bytes) -> Message:
    """Read a query.

    Raises:
        InputError: it is malformed.
    """
    header, rest = _split(decoded(body))
    fields = []
    for part in rest.strip("\r\n").removesuffix(".").split("."):
        found = _FIELD.fullmatch(part)
        if found is None:
            raise InputError("a field is no PFX/value, or holds blanks")
        fields.append((found[1], found[2]))
    message = made(header, fields=tuple(fields))
    check_query(message)
    return message


def encode_reply(message: Message) -> bytes:
    """Write a reply.

    Raises:
        InputError: it is malformed.
    """
    check_header(message, broadcast=True)
    return f"{_header(message)}{check_text(message.text)}".encode()


def decode_reply(body: bytes) -> Message:
    """Read a reply.

    Raises:
        InputError: it is malformed.
    """
    header, rest = _split(decoded(body))
    message = made(header, text=one_line_end(rest))
    check_header(message, broadcast=True)
    return message


def _header(message: Message) -> str:
    parts = (message.key, message.origin, message.destination, message.control, "TXT")
    return ".".join(filter(None, parts)) + "\r\n"


def _split(text: str) -> tuple[dict[str, str], str]:
    found = _HEADER.match(text)
    if found is None:
        raise InputError("the message does not begin with KEY.ORI.DEST.control.TXT")
    return found.groupdict(default=""), text[found.end() :]
