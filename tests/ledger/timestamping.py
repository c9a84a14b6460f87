"""A time-stamping authority: openssl's, behind a socket."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

AUTHORITY = """
[req]
distinguished_name = dn
prompt = no
[dn]
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[stamps]
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = here
[here]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


class TimeStamping:
    """A time-stamping authority (RFC 3161) with a root certificate of its own. It answers on 127.0.0.1.

    Attributes:
        root: the file of its root certificate.
        name: the subject of the certificate that it signs with.
        url: where it answers.
        queries: what it was asked, as received: the content type and the body.
        answer: what it answers to a query: HTTP status and body.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.root = folder / "root.pem"
        self.queries: list[tuple[str, bytes]] = []
        self.answer: Callable[[bytes], tuple[int, bytes]] = lambda query: (200, self.reply(query))
        self._make_certificates()
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                authority.queries.append((self.headers["Content-Type"], body))
                status, answer = authority.answer(body)
                self.send_response(status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/tsr"

    def openssl(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """Run openssl where its keys lie."""
        return subprocess.run(
            ["openssl", *words], cwd=self.folder, check=True, capture_output=True, timeout=60
        )

    def reply(self, query: bytes) -> bytes:
        """What openssl answers to a query: a TimeStampResp."""
        (self.folder / "query.tsq").write_bytes(query)
        self.openssl(
            "ts", "-reply", "-config", "openssl.cnf", "-queryfile", "query.tsq", "-out", "reply.tsr"
        )  # fmt: skip
        return (self.folder / "reply.tsr").read_bytes()

    def _make_certificates(self) -> None:
        (self.folder / "openssl.cnf").write_text(AUTHORITY)
        (self.folder / "serial").write_text("01")
        new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "openssl.cnf"]
        subject = f"/O=Example/CN=Root of {self.name}"
        self.openssl(
            "req", "-x509", *new_key, "-keyout", "root.key", "-out", "root.pem", "-subj", subject,
            "-days", "3650", "-extensions", "root",
        )  # fmt: skip
        self.openssl(
            "req", *new_key, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", f"/O=Example/CN={self.name}"
        )  # fmt: skip
        self.openssl(
            "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial",
            "-out", "tsa.pem", "-days", "3000", "-extfile", "openssl.cnf", "-extensions", "stamps",
        )  # fmt: skip
