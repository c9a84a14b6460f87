"""Ed25519 (RFC 8032): the one module that knows of signature libraries.

PyNaCl does it wherever it can be loaded, and alone signs. An auditor's machine may lack it, and a program in a
single zip file cannot bring it along: verification then goes through `ed25519_elsewhere`.
"""

from __future__ import annotations

from types import ModuleType

from .errors import KeyRefused

try:
    import nacl
    import nacl.bindings
    import nacl.exceptions
except ImportError:
    from .ed25519_elsewhere import LIBRARY as LIBRARY
    from .ed25519_elsewhere import is_valid_point, library_verifies

    _sodium: ModuleType | None = None
else:
    LIBRARY = f"PyNaCl {nacl.__version__}"
    _sodium = nacl.bindings

    def is_valid_point(key: bytes) -> bool:
        """Whether it is the canonical encoding of a point of the prime-order subgroup, and not of low order."""
        return nacl.bindings.crypto_core_ed25519_is_valid_point(key)

    def library_verifies(public: bytes, message: bytes, signature: bytes) -> bool:
        """Whether libsodium accepts the signature."""
        try:
            nacl.bindings.crypto_sign_open(signature + message, public)
        except nacl.exceptions.BadSignatureError:
            return False
        return True


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
    if not is_valid_point(key):
        raise KeyRefused(
            "this public key is of low order or not canonical; no honest key is. Do not enrol it."
        )


def public_key(seed: bytes) -> bytes:
    """The public key of a 32-byte seed.

    Raises:
        KeyRefused: this machine has no PyNaCl, and nothing else of ours signs.
    """
    return bytes(_signing().crypto_sign_seed_keypair(seed)[0])


def sign(seed: bytes, public: bytes, message: bytes) -> bytes:
    """The 64-byte signature of `message`. Raises as `public_key`."""
    return bytes(_signing().crypto_sign(message, seed + public)[:SIGNATURE])


def verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is `public`'s over `message`. Both come from outside, so nothing raises."""
    if len(signature) != SIGNATURE or len(public) != PUBLIC:
        return False
    return library_verifies(public, message, signature)


def _signing() -> ModuleType:
    if _sodium is None:
        raise KeyRefused("signing needs PyNaCl: pip install pynacl")
    return _sodium
