"""A real mail server on this machine, which keeps what it takes."""

from __future__ import annotations

import asyncio
import ssl
import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def certificate(folder: Path) -> Path:
    """Write a certificate for 127.0.0.1, with its key behind it, that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "mail.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


class MailServer:
    """A mail server on 127.0.0.1; a context manager.

    Args:
        security: as the option of the notifier.
        certificate: file that it shows itself by, where anything is encrypted.
        login: user and password that it asks for, None if it asks for none.

    Attributes:
        mails: what it took, in order.
        refuses: addresses that it takes no mail for.
        port: where it listens.
    """

    def __init__(
        self,
        *,
        security: str = "none",
        certificate: Path | None = None,
        login: tuple[str, str] | None = None,
    ) -> None:
        self.mails: list[Message] = []
        self.refuses: set[str] = set()
        self.port = 0
        self._security = security
        self._login = login
        self._tls = None
        if certificate is not None:
            self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._tls.load_cert_chain(certificate)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Envelope, to: str, _options: Any
    ) -> str:
        if to in self.refuses:
            return f"550 no such user {to}"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    def to(self, address: str) -> list[str]:
        """The texts that an address got."""
        return [mail.get_content() for mail in self.mails if mail["To"] == address]

    def _session(self) -> SMTP:
        secret = self._login
        return SMTP(
            self,
            hostname="mail.example",
            tls_context=self._tls if self._security == "starttls" else None,
            require_starttls=self._security == "starttls",
            auth_required=secret is not None and self._security == "starttls",
            auth_require_tls=self._security
            == "starttls",  # of ssl it knows nothing: the socket is encrypted below
            authenticator=lambda _server, _session, _envelope, _mechanism, data: AuthResult(
                success=(data.login.decode(), data.password.decode()) == secret, handled=False
            ),
        )

    def __enter__(self) -> MailServer:
        self._thread.start()
        tls = self._tls if self._security == "ssl" else None
        begun = self._loop.create_server(self._session, "127.0.0.1", 0, ssl=tls)
        self._server = asyncio.run_coroutine_threadsafe(begun, self._loop).result(5)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async def stop() -> None:
            self._server.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(stop(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
