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

from . import __version__, ed25519, proof_command, witness_command
from .errors import KeyRefused, LedgerError, PolicyError, SourceError, VerificationError
from .note import MAX_NOTE
from .policy import load_policy
from .report import Report
from .sample import Sample, sample
from .source import Source, open_source
from .state import State
from .timestamp import load_certificates
from .verify import Progress, verify

DONE, FAILED, USAGE, REFUTED = 0, 1, 2, 4
_PATH = "a SQLite file, a postgresql:// URL, the folder of an export, or the URL that it is served under"


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
    progress = _bar if sys.stderr.isatty() and not options.json else None
    with open_source(options.path) as source:
        if options.sample:
            _print(_sample(source, options, progress), as_json=options.json)
            return DONE
        report = verify(
            source,
            vkeys=options.vkey,
            policy=load_policy(options.policy) if options.policy else None,
            certificates=[one for path in options.tsa_cert for one in load_certificates(path)],
            since=State.load(options.since) if options.since else None,
            kept=[_read_kept(path) for path in options.checkpoint],
            content=not options.chain_only,
            all_checkpoints=options.all_checkpoints,
            processes=os.cpu_count() or 1,
            progress=progress,
        )
    if options.keep:
        report.state.save(options.keep)
    _print(report, as_json=options.json)
    return DONE


def _sample(source: Source, options: argparse.Namespace, progress: Progress | None) -> Sample:
    others = (options.since, options.keep, options.policy, options.tsa_cert, options.checkpoint)
    if len(options.vkey) != 1 or any(others):
        raise SourceError(
            "a sample takes the one --vkey that signs now, and no --since, --checkpoint, --keep, --policy or "
            "--tsa-cert"
        )
    return sample(source, options.sample, vkey=options.vkey[0], progress=progress)


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
    command.add_argument("path", metavar="PATH", help=_PATH)
    command.add_argument(
        "--vkey", action="append", default=[], help="the verifier key that you hold (name+id+base64)"
    )
    command.add_argument(
        "--policy", type=Path, metavar="FILE", help="the logs and witnesses that you trust (C2SP tlog-policy)"
    )
    command.add_argument(
        "--tsa-cert",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="the root certificate of a time-stamping authority that you trust",
    )
    command.add_argument("--since", type=Path, metavar="FILE", help="read only what came since this state")
    command.add_argument(
        "--checkpoint",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="a checkpoint that you kept: it must be the beginning of this ledger",
    )
    command.add_argument("--keep", type=Path, metavar="FILE", help="write the state for the next --since")
    command.add_argument(
        "--sample", type=_count, metavar="N", help="read N random bundles of 256 entries instead of all"
    )
    command.add_argument("--chain-only", action="store_true", help="leave the entries' content unread")
    command.add_argument(
        "--all-checkpoints", action="store_true", help="verify every signature, also of more than 10,000"
    )
    command.add_argument("--json", action="store_true", help="print the report as JSON")
    command.set_defaults(run=_verify)
    proof_command.add_to(commands)
    witness_command.add_to(commands)
    return parser


def _read_kept(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_NOTE + 1)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from None


def _count(text: str) -> int:
    number = int(text)  # argparse tells a ValueError as "invalid value"
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _print(report: Report | Sample, *, as_json: bool) -> None:
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
