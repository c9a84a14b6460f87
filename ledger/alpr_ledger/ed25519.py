"""Ed25519 (RFC 8032) by PyNaCl: the one module that touches a signature library."""

from __future__ import annotations

import nacl.bindings
import nacl.exceptions

from .errors import KeyRefused

PUBLIC = SEED = 32
SIGNATURE = 64


def check_public_key(key: bytes) -> None:
    """Refuse a public key about whose signatures two verifiers could disagree.

    Keys of low order, in a non-canonical encoding, or outside the prime-order subgroup: no honest key
    generation makes one, and Ed25519 libraries differ about them.

    Raises:
        KeyRefused: it is such a key, or not 32 bytes.
    """
    if len(key) != PUBLIC:
        raise KeyRefused(f"an Ed25519 public key has 32 bytes, not {len(key)}")
    if not nacl.bindings.crypto_core_ed25519_is_valid_point(key):
        raise KeyRefused(
            "this public key is of low order or not canonical; no honest key is. Do not enrol it."
        )


def public_key(seed: bytes) -> bytes:
    """The public key of a 32-byte seed."""
    return bytes(nacl.bindings.crypto_sign_seed_keypair(seed)[0])


def sign(seed: bytes, public: bytes, message: bytes) -> bytes:
    """The 64-byte signature of `message`."""
    return bytes(nacl.bindings.crypto_sign(message, seed + public)[:SIGNATURE])


def verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is `public`'s over `message`. Both come from outside, so nothing raises."""
    if len(signature) != SIGNATURE or len(public) != PUBLIC:
        return False
    try:
        nacl.bindings.crypto_sign_open(signature + message, public)
    except nacl.exceptions.BadSignatureError:
        return False
    return True
