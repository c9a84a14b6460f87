"""``python -m alpr_ledger witness``: a witness on any PC, over HTTP or with a stick.

A witness is a folder: ``witness.key`` (0600), ``logs.policy`` (tlog-policy lines ``log VKEY``), and its memory.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from .cosignature import witness_vkey
from .errors import KeyRefused
from .keys import SigningKey
from .policy import load_policy, read_policy
from .stick import answer_requests
from .text import decode_decimal
from .witness import OK, Witness
from .witness_http import WitnessServer

KEY, POLICY = "witness.key", "logs.policy"
_FIRST_POLICY = """\
# The logs that this witness cosigns, as tlog-policy lines: log VKEY
# When a log changes its key, add its new key below the old one.
{logs}quorum none
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's words."""
    command = commands.add_parser(
        "witness",
        help="remember a ledger's checkpoints, and cosign what grows from them",
        description="Be a witness: remember a ledger's last checkpoint, and cosign only what grows from it.",
        epilog="Exit status: 0 done, 1 failed, 2 usage or unreadable, 4 a request was refused: find out why.",
    )
    words = command.add_subparsers(required=True, metavar="COMMAND")
    made = words.add_parser("init", help="make a witness in a new folder")
    made.add_argument("folder", metavar="DIR", type=Path)
    made.add_argument("--name", required=True, help="the witness's name, such as witness.city.example/clerk")
    made.add_argument("--log", action="append", default=[], metavar="VKEY", help="verifier key of a log")
    made.set_defaults(run=_init)
    served = words.add_parser("serve", help="answer over HTTP (tlog-witness), behind a web server with TLS")
    served.add_argument("folder", metavar="DIR", type=Path)
    served.add_argument("--listen", default="127.0.0.1:7380", metavar="HOST:PORT", type=_address)
    served.set_defaults(run=_serve)
    signed = words.add_parser("sign", help="answer the requests on a stick")
    signed.add_argument("folder", metavar="DIR", type=Path)
    signed.add_argument("stick", metavar="STICK", type=Path)
    signed.set_defaults(run=_sign)


def _init(options: argparse.Namespace) -> int:
    folder: Path = options.folder
    key = SigningKey.generate(options.name)
    text = _FIRST_POLICY.format(logs="".join(f"log {one}\n" for one in options.log))
    read_policy(text.encode("utf-8", "replace"))  # before anything is written
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / POLICY).open("x", encoding="utf-8") as file:
            file.write(text)
        key.save(folder / KEY)
    except FileExistsError:
        raise KeyRefused(f"{folder}: a witness is there already and is not replaced") from None
    except OSError as error:
        raise KeyRefused(f"{folder}: cannot be written: {error.strerror}") from None
    sys.stdout.write(
        f"The witness is ready in {folder}. Keep this folder: a witness that lost it must be retired.\n"
        f"For the policy of whoever trusts it:\n  witness NAME {witness_vkey(key)} [URL]\n"
    )
    return 0


def _serve(options: argparse.Namespace) -> int:
    witness = _open(options.folder)
    host, port = options.listen
    try:
        server = WitnessServer(witness, host, port)
    except OSError as error:
        raise KeyRefused(f"{host}:{port}: cannot listen there: {error.strerror}") from None
    with server:
        sys.stderr.write(f"{witness.vkey} listens on http://{host}:{server.server_port}\n")
        sys.stderr.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            sys.stderr.write("stopped\n")
    return 0


def _sign(options: argparse.Namespace) -> int:
    refused = False
    count = 0
    for name, answer in answer_requests(options.stick, _open(options.folder)):
        count += 1
        said = answer.body.decode("utf-8", "replace").strip()
        if answer.status == OK:
            sys.stdout.write(f"cosigned {name}\n")
        else:
            refused = True
            sys.stderr.write(ascii(f"refused {name} ({answer.status}): {said}")[1:-1] + "\n")
    if not count:
        sys.stderr.write(f"there is no request to this witness in {options.stick}\n")
    return 4 if refused else 0


def _open(folder: Path) -> Witness:
    return Witness(
        SigningKey.load(folder / KEY), load_policy(folder / POLICY), folder, lambda: datetime.now(UTC)
    )


def _address(text: str) -> tuple[str, int]:
    host, colon, digits = text.rpartition(":")
    port = decode_decimal(digits)
    if not colon or port is None or port > 65535:
        raise argparse.ArgumentTypeError("an address looks like 127.0.0.1:7380")
    return host.strip("[]"), port
