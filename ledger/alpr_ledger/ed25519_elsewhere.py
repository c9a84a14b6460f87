"""Verifying Ed25519 without PyNaCl: by the package ``cryptography``, or else by the command ``openssl``.

Both are OpenSSL, which accepts some signatures that libsodium refuses. What it is more lenient about is checked here
first, in plain Python, so that an auditor's verdict does not depend on what his machine has.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from shutil import which

from .errors import SourceError

try:
    from cryptography import __version__ as _cryptography_version
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None  # type: ignore[assignment, misc]

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_SQRT_MINUS_1 = pow(2, (_P - 1) // 4, _P)
_NEUTRAL = (0, 1, 1, 0)
_SPKI = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 key in its DER form (RFC 8410)."""

_Point = tuple[int, int, int, int]
"""Extended coordinates X, Y, Z, T of RFC 8032 section 5.1.4."""


def is_valid_point(key: bytes) -> bool:
    """Whether it is the canonical encoding of a point of the prime-order subgroup, and not its neutral element."""
    point = _decode(key)
    return point is not None and not _is_small(point) and _is_neutral(_times(_ORDER, point))


def library_verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the library at hand accepts the signature, and libsodium would too.

    Raises:
        SourceError: this machine has neither library nor command.
    """
    start, key = _decode(signature[:32]), _decode(public)
    if start is None or key is None or _is_small(start) or _is_small(key):
        return False
    if Ed25519PublicKey is not None:
        return _cryptography_verifies(public, message, signature)
    return _openssl_verifies(public, message, signature)


def _cryptography_verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _openssl_verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    command = which("openssl")
    if command is None:
        raise SourceError(
            "signatures cannot be verified on this machine: it has neither PyNaCl nor cryptography nor the openssl "
            "command. Install one of them, or take the file to a machine that has"
        )
    with tempfile.TemporaryDirectory() as folder:
        key, text, signed = (Path(folder, name) for name in ("key", "text", "signature"))
        key.write_bytes(_SPKI + public)
        text.write_bytes(message)
        signed.write_bytes(signature)
        words = [
            "pkeyutl",
            "-verify",
            "-pubin",
            "-keyform",
            "DER",
            "-inkey",
            str(key),
            "-rawin",
            "-in",
            str(text),
        ]
        done = subprocess.run(  # noqa: S603 - no shell, no text from outside
            [command, *words, "-sigfile", str(signed)], capture_output=True, check=False
        )
    if done.returncode and b"Signature Verification Failure" not in done.stdout + done.stderr:
        raise SourceError(
            f"{command} cannot verify Ed25519 signatures: OpenSSL 3.0 or newer can. It said: "
            + done.stderr.decode("utf-8", "replace").strip()[:200]
        )
    return done.returncode == 0


def _library() -> str:
    if Ed25519PublicKey is not None:
        return f"cryptography {_cryptography_version}"
    return "the openssl command"


LIBRARY = _library()


def _decode(data: bytes) -> _Point | None:
    """RFC 8032 section 5.1.3; None for what is no canonical encoding of a point."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _SQRT_MINUS_1 % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _add(one: _Point, other: _Point) -> _Point:
    """RFC 8032 section 5.1.4."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(factor: int, point: _Point) -> _Point:
    result = _NEUTRAL
    while factor:
        if factor & 1:
            result = _add(result, point)
        point = _add(point, point)
        factor >>= 1
    return result


def _is_neutral(point: _Point) -> bool:
    return point[0] % _P == 0 and (point[1] - point[2]) % _P == 0


def _is_small(point: _Point) -> bool:
    """Whether its order divides 8."""
    return _is_neutral(_times(8, point))
