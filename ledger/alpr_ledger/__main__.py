"""``python -m alpr_ledger``: what an auditor runs to verify a ledger, and a witness to cosign one.

Exit status: 0 verified, 1 interrupted, 2 usage, or nothing there that can be read, 4 verification failed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import __version__, ed25519, witness_command
from .errors import KeyRefused, LedgerError, PolicyError, SourceError, VerificationError
from .policy import load_policy
from .report import Report
from .source import open_source
from .verify import verify

DONE, FAILED, USAGE, REFUTED = 0, 1, 2, 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    options = _parser().parse_args(arguments)
    as_json = getattr(options, "json", False)
    try:
        status: int = options.run(options)
        return status
    except LedgerError as error:
        return _failed(error, as_json=as_json)
    except KeyboardInterrupt:
        return _failed(LedgerError("interrupted: nothing was proved"), as_json=as_json)


def _verify(options: argparse.Namespace) -> int:
    with open_source(options.path) as source:
        report = verify(
            source,
            vkeys=options.vkey,
            policy=load_policy(options.policy) if options.policy else None,
            content=not options.chain_only,
            all_checkpoints=options.all_checkpoints,
            processes=os.cpu_count() or 1,
            progress=_bar if sys.stderr.isatty() and not options.json else None,
        )
    _print(report, as_json=options.json)
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m alpr_ledger",
        description="Check an audit ledger, offline and read-only; be its witness.",
    )
    parser.add_argument(
        "--version", action="version", version=f"alpr-ledger {__version__}, signatures by {ed25519.LIBRARY}"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser(
        "verify",
        help="check a whole ledger",
        description="Check every entry, hash, root and signature of a ledger.",
        epilog="Exit status: 0 verified, 2 usage or unreadable, 4 verification failed.",
    )
    command.add_argument("path", metavar="PATH", help="a SQLite file, or a postgresql:// URL")
    command.add_argument(
        "--vkey", action="append", default=[], help="the verifier key that you hold (name+id+base64)"
    )
    command.add_argument(
        "--policy", type=Path, metavar="FILE", help="the logs and witnesses that you trust (C2SP tlog-policy)"
    )
    command.add_argument("--chain-only", action="store_true", help="leave the entries' content unread")
    command.add_argument(
        "--all-checkpoints", action="store_true", help="verify every signature, also of more than 10,000"
    )
    command.add_argument("--json", action="store_true", help="print the report as JSON")
    command.set_defaults(run=_verify)
    witness_command.add_to(commands)
    return parser


def _print(report: Report, *, as_json: bool) -> None:
    text = json.dumps(report.as_json(), indent=2) if as_json else "\n".join(report.lines())
    sys.stdout.write(text + "\n")


def _failed(error: LedgerError, *, as_json: bool) -> int:
    refuted = isinstance(error, VerificationError)
    if as_json:
        fields: dict[str, object] = {"verified": False, "refuted": refuted, "error": str(error)}
        if isinstance(error, VerificationError):
            fields["entry"] = error.entry
        sys.stdout.write(json.dumps(fields, indent=2) + "\n")
    else:
        sys.stderr.write(f"{'verification failed' if refuted else 'error'}: {error}\n")
    if refuted:
        return REFUTED
    return USAGE if isinstance(error, KeyRefused | PolicyError | SourceError) else FAILED


def _bar(name: str, done: int, total: int) -> None:
    share = 100 * done // total if total else 100
    sys.stderr.write(f"\r{name} {share:3d} %  {done:,} entries " + ("\n" if done >= total else ""))
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
