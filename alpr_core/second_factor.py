"""The second factor: a time-based one-time password (RFC 6238), as any authenticator app makes it."""

from __future__ import annotations

from datetime import datetime

import pyotp

STEP = 30
"""Seconds for which a code is shown (RFC 6238, 4.1)."""

DRIFT = 1
"""Steps before and after that count too: clocks of telephones differ (RFC 6238, 6)."""


def new_secret() -> str:
    """Return a fresh secret in base32, of 160 bits (RFC 4226, 4)."""
    return pyotp.random_base32()


def address(secret: str, *, badge: str, node: str) -> str:
    """Return what an authenticator app reads from the QR code."""
    return pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=badge, issuer_name=f"alpr-core {node}")


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """Return the time step whose code this is, None if it is none of now or of one step around it.

    The caller has to refuse a step that was used before: a code is good once.
    """
    if len(code) != 6 or not code.isascii() or not code.isdigit():
        return None
    totp = pyotp.TOTP(secret, interval=STEP)
    now = int(at.timestamp()) // STEP
    for step in range(now - DRIFT, now + DRIFT + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(step), code):
            return step
    return None
