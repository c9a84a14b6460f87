"""Strict readings of untrusted text: one value has one spelling, and a wrong one never leaks a ValueError."""

from __future__ import annotations

import base64
import binascii

MAX_DECIMAL = 2**63 - 1


def encode_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 section 4)."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str, length: int | None = None) -> bytes | None:
    """The bytes that `text` is the one canonical base64 of, or None.

    Decoded, encoded again and compared: stray characters, missing padding and non-zero trailing bits
    would give one signature many spellings.

    Args:
        text: standard base64 with padding.
        length: the number of bytes it must hold, where that is known.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    if encode_base64(data) != text or (length is not None and len(data) != length):
        return None
    return data


def decode_decimal(text: str) -> int | None:
    """The number below 2^63 that `text` is the one canonical ASCII decimal of, or None."""
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or (text[0] == "0" and text != "0"):
        return None
    number = int(text)
    return number if number <= MAX_DECIMAL else None
