"""RFC 3161 time stamps: asking an authority for one over a checkpoint, and what one proves.

What is stamped is the checkpoint's text, the same bytes that the log's key signs; its SHA-256 goes out, and a token
comes back (a CMS SignedData over a TSTInfo) that names hash and time. The token is kept as the authority encoded it.

The work is rfc3161-client's, of the extra ``timestamps``. It is imported where it is needed, so that whoever has no
stamps to judge needs none of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import KeyRefused, StampError, Unreachable, VerificationError
from .outgoing import host, send
from .text import decode_base64

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import SignedData, TimeStampResponse

MAX_TOKEN = 100_000
"""Bytes. A token with its certificates takes some thousand."""
MAX_CERTIFICATES = 1_000_000
_SEQUENCE, _GRANTED = 0x30, bytes.fromhex("3003020100")
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_REASON = re.compile(r'reason: "([^"]*)"|data: "Verify error: ([^"]*)"')
_STATUS = {1: "granted with changes", 2: "rejected", 3: "waiting"}
_CMS_VERSION, _SIGNER_VERSION = 3, 1
"""Of a SignedData over a TSTInfo, and of a signer named by issuer and serial number (RFC 5652, 5.1 and 5.3)."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time stamp that was verified.

    Attributes:
        authority: the subject of the certificate that signed it.
        time: when, by the authority's clock, UTC.
        token: the time-stamp token, DER.
    """

    authority: str
    time: datetime
    token: bytes


def is_available() -> bool:
    """Whether the packages are here that ask for stamps and judge them."""
    return find_spec("rfc3161_client") is not None


def load_certificates(path: Path) -> tuple[bytes, ...]:
    """Read the certificates of a file, PEM or DER; return each as DER, unverified.

    Raises:
        KeyRefused: it cannot be read, or holds none.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_CERTIFICATES + 1)
    except OSError as error:
        raise KeyRefused(f"{path}: cannot be read: {error.strerror}") from None
    blocks = [b"".join(block.split()).decode("ascii", "replace") for block in _PEM.findall(data)]
    found = [decode_base64(block) for block in blocks] or [data]
    certificates = tuple(one for one in found if one and one[0] == _SEQUENCE)
    if len(certificates) != len(found) or len(data) > MAX_CERTIFICATES:
        raise KeyRefused(f"{path}: not a file of certificates, PEM or DER")
    return certificates


class Authorities:
    """The time-stamping authorities that somebody trusts. Needs the extra ``timestamps``.

    Args:
        certificates: of the roots that the authorities' own certificates lead up to, DER.

    Raises:
        KeyRefused: one of them is malformed.
    """

    def __init__(self, certificates: Sequence[bytes]) -> None:
        from cryptography.x509 import load_der_x509_certificate

        try:
            self._roots = [load_der_x509_certificate(one) for one in dict.fromkeys(certificates)]
            self._names = {root.subject for root in self._roots}
        except Exception as error:  # noqa: BLE001 - its parsers raise errors of many kinds
            raise KeyRefused(f"a certificate for time stamps is malformed: {error}") from None

    def ask(self, url: str, text: str) -> Stamp:
        """Have an authority stamp a checkpoint now.

        Args:
            url: where it answers.
            text: the checkpoint's text.

        Raises:
            StampError: it gives no stamp that these certificates vouch for.
        """
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response

        builder = TimestampRequestBuilder().data(text.encode("utf-8")).hash_algorithm(HashAlgorithm.SHA256)
        request = builder.build()  # with a nonce, and asking for the certificates
        who, query = host(url), request.as_bytes()
        try:
            reply = send(url, query, content_type="application/timestamp-query", limit=MAX_TOKEN)
        except Unreachable as error:
            raise StampError(str(error)) from None
        if reply.status != 200:
            raise StampError(f"{who} answered {reply.status}")
        try:
            response = decode_timestamp_response(reply.body)
            if response.status:
                words = "; ".join([_STATUS.get(response.status, "refused"), *response.status_string])
                raise StampError(f"{who} gave no stamp: {words[:200]}")
            token = response.time_stamp_token()
        except ValueError:
            raise StampError(f"{who} answered with what is no time-stamp response") from None
        try:
            return self.read(token, text, nonce=request.nonce)
        except VerificationError as error:
            raise StampError(f"the stamp of {who} does not hold: {error}") from None

    def vouch_for(self, token: bytes) -> bool:
        """Whether a token says that one of these certificates stands behind it. That is to be proved by `read`.

        What cannot be read says nothing else, so it is `read` that refuses it.
        """
        from cryptography.x509 import load_der_x509_certificate

        try:
            signed = _response(token).signed_data
            issuers = {load_der_x509_certificate(one).issuer for one in signed.certificates}
            issuers |= {one.issuer for one in signed.signer_infos}
        except Exception:  # noqa: BLE001 - as above
            return True
        return bool(issuers & self._names)

    def read(self, token: bytes, text: str, *, nonce: int | None = None) -> Stamp:
        """Verify a token.

        Its chain has to have been valid at the time of the stamp, not now. Whether a certificate was revoked since is
        not looked up.

        Args:
            token: the time-stamp token, DER.
            text: the checkpoint's text.
            nonce: of the request, where this is the answer to one.

        Raises:
            VerificationError: it is no token, is over something else, or none of the certificates stands behind it.
        """
        try:
            return self._read(token, text, nonce)
        except VerificationError:
            raise
        except Exception:  # noqa: BLE001 - what is no token fails in many ways
            raise VerificationError("it is no time-stamp token") from None

    def _read(self, token: bytes, text: str, nonce: int | None) -> Stamp:
        import rfc3161_client

        response = _response(token)
        try:
            verifier = rfc3161_client.VerifierBuilder(roots=self._roots, nonce=nonce).build()
            verifier.verify_message(response, text.encode("utf-8"))
        except rfc3161_client.VerificationError as error:
            raise VerificationError(_reason(str(error))) from None
        signed = response.signed_data
        versions = (signed.version, *(one.version for one in signed.signer_infos))
        if response.time_stamp_token() != token or versions != (_CMS_VERSION, _SIGNER_VERSION):
            raise VerificationError("its encoding is not that of RFC 3161")
        return Stamp(_name(_signer(signed)), response.tst_info.gen_time, token)


def _response(token: bytes) -> TimeStampResponse:
    """The response that would carry this token: the library reads no token alone."""
    from rfc3161_client import decode_timestamp_response

    content = _GRANTED + token
    length = len(content).to_bytes(4, "big").lstrip(b"\0")
    head = bytes([len(content)]) if len(content) < 0x80 else bytes([0x80 | len(length)]) + length
    return decode_timestamp_response(bytes([_SEQUENCE]) + head + content)


def _signer(signed: SignedData) -> Certificate:
    """The certificate that signed, in a token that was verified."""
    from cryptography.x509 import load_der_x509_certificate

    (signer,) = signed.signer_infos
    for one in map(load_der_x509_certificate, signed.certificates):
        if (one.issuer, one.serial_number) == (signer.issuer, signer.serial_number):
            return one
    raise VerificationError("the certificate that signed it is not in it")


def _name(certificate: Certificate) -> str:
    from cryptography.x509.oid import NameOID

    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    name = str(common[0].value) if common else certificate.subject.rfc4514_string()
    return "".join(one if one.isprintable() else "?" for one in name)


def _reason(text: str) -> str:
    """What the library says, in a reader's words."""
    if text == "Mismatch between messages":
        return "it is over something else than this checkpoint"
    if text == "Nonce mismatch":
        return "it is the answer to another request"
    found = [reason or data for reason, data in _REASON.findall(text)]
    return ": ".join(dict.fromkeys(found)) or text
