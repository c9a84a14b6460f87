"""Passphrases: argon2id, and what a passphrase must be like."""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from alpr_core.errors import InputError

MIN_LENGTH = 12
"""Characters. NIST SP 800-63B asks for at least 8, and advises more where a passphrase is all there is."""

MAX_LENGTH = 1024
"""Characters: nobody types more, and a longer text only costs time."""

_HASHER = PasswordHasher(
    time_cost=3, memory_cost=65536, parallelism=4, hash_len=32, salt_len=16, type=Type.ID
)
"""RFC 9106, section 4, second recommended option: argon2id, t=3, p=4, m=64 MiB, 128-bit salt, 256-bit tag."""

_NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$IPKprYK2FXrmnFKy0o5hAQ$8sFGRG/WIAz3nm0Mi5uCW7Tq3n0G3aj5CEH6Fc61ZkQ"
"""Hash of 32 random bytes that nobody kept, with the same parameters: what an unknown account is checked against."""


def hash_passphrase(passphrase: str) -> str:
    """Return the argon2id hash as a PHC string, salt and parameters inside."""
    return _HASHER.hash(_bytes(passphrase))


def verify_passphrase(stored: str | None, passphrase: str) -> bool:
    """Return whether the passphrase is the right one.

    Args:
        stored: what `hash_passphrase` returned; None for an account that does not exist, which costs the same
            time, so that the time does not tell which accounts exist.
        passphrase: as it was typed.
    """
    if len(passphrase) > MAX_LENGTH:
        return False
    try:
        _HASHER.verify(stored or _NOBODYS, _bytes(passphrase))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def needs_rehash(stored: str) -> bool:
    """Return whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def check_passphrase(passphrase: str, *, badge: str, name: str) -> None:
    """Refuse a passphrase that is too easy to guess.

    Args:
        passphrase: as it was typed.
        badge: the person's badge number.
        name: the person's legal name.

    Raises:
        InputError: naming everything that is wrong with it; never the passphrase itself.
    """
    problems = []
    if len(passphrase) < MIN_LENGTH:
        problems.append(f"has {len(passphrase)} characters and needs at least {MIN_LENGTH}")
    if len(passphrase) > MAX_LENGTH:
        problems.append(f"has more than {MAX_LENGTH} characters")
    if len(set(passphrase)) < MIN_LENGTH // 2:
        problems.append("repeats a few characters")
    if _plain(passphrase) in {_plain(badge), _plain(name), _plain(name + badge), _plain(badge + name)}:
        problems.append("is the badge number or the name")
    if problems:
        raise InputError(f"The passphrase {', and '.join(problems)}. Four or five unrelated words do well.")


def _bytes(passphrase: str) -> bytes:
    """One text for one passphrase, whichever keyboard it was typed on (NFKC, as NIST SP 800-63B advises)."""
    return unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogateescape")


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
