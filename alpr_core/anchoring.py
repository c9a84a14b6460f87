"""What somebody outside has said of the ledger: witnesses and time-stamping authorities.

Whom to believe stands in alpr.toml: ``[ledger] witnesses`` names a file, ``[[ledger.timestamps]]`` certificates.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from alpr_core.config.settings import TimestampSection
from alpr_core.errors import ConfigError
from alpr_core.store.work import Work
from alpr_ledger.anchoring import NOT_ANCHORED, Anchoring, judge
from alpr_ledger.errors import KeyRefused, LedgerError, PolicyError
from alpr_ledger.log import Log
from alpr_ledger.policy import Policy, load_policy
from alpr_ledger.stamping import judge_stamps
from alpr_ledger.timestamp import Authorities, is_available, load_certificates


def read_witnesses(path: Path | None) -> Policy:
    """Read the witness file.

    Raises:
        ConfigError: none is named, it cannot be read, or it is wrong.
    """
    if path is None:
        problem = 'no witnesses are named: write [ledger] witnesses = "witnesses.policy", and that file'
        raise ConfigError([f"{problem} (docs/auditors.md)"], where="alpr.toml")
    try:
        return load_policy(path)
    except PolicyError as error:
        raise ConfigError([str(error)], where="[ledger] witnesses") from error


def ask_when_due(log: Log, witnesses: Path | None, now: datetime, *, even_if_not: bool = False) -> None:
    """Ask the witnesses that have a URL which checkpoint they remember, and keep what they say for `Log.check`.

    Always where this host remembers nothing of the ledger, as after a restore on a new machine; otherwise at most
    once an hour, so that ordinary commands need no network. Whoever cannot be asked stops nothing.

    Args:
        log: the ledger's.
        witnesses: the witness file.
        now: the time, UTC.
        even_if_not: also where it is not due yet.

    Raises:
        LedgerError: what they said cannot be kept.
    """
    remembered = log.last_signed
    if witnesses is None or remembered is None:
        return
    if not (even_if_not or remembered.note is None or remembered.heard.is_due(now)):
        return
    try:
        policy = load_policy(witnesses)
    except PolicyError:
        return  # every report of the anchoring says so
    if any(one.url for one in policy.witnesses):
        from alpr_ledger.asking import ask  # most commands ask nobody

        remembered.heard.take(ask(policy.witnesses, log.key.name), now)


def anchoring_of(work: Work, witnesses: Path | None) -> Anchoring:
    """How far the ledger is anchored, by the cosignatures that are stored.

    Raises:
        LedgerError: one of them is wrong, or the witness file is.
    """
    policy = load_policy(witnesses) if witnesses else None
    return judge(work.cosignatures.newest(), work.ledger.checkpoint, policy)


def anchoring_lines(work: Work, witnesses: Path | None) -> list[str]:
    """The same for a person; trouble with it is said, and proves nothing."""
    try:
        return anchoring_of(work, witnesses).lines(work.ledger.size())
    except LedgerError as error:
        return [str(error), NOT_ANCHORED]


def read_certificates(timestamps: Sequence[TimestampSection]) -> list[bytes]:
    """Read the root certificates that time stamps are trusted under.

    Raises:
        ConfigError: a file cannot be read, or holds no certificate; every one of them is named.
    """
    found: list[bytes] = []
    problems: list[str] = []
    for path in dict.fromkeys(path for one in timestamps for path in one.certificates):
        try:
            certificates = load_certificates(path)
            if is_available():
                Authorities(certificates)
            found += certificates
        except KeyRefused as error:
            problems.append(str(error) if str(path) in str(error) else f"{path}: {error}")
    if problems:
        raise ConfigError(problems, where="[ledger] timestamps")
    return found


def stamp_lines(work: Work, timestamps: Sequence[TimestampSection]) -> list[str]:
    """What the newest time stamps show, for a person; trouble with them is said, and shows nothing."""
    try:
        rows = work.stamps.newest()
        return judge_stamps(rows, work.ledger.checkpoint, read_certificates(timestamps)).lines()
    except (ConfigError, LedgerError) as error:
        return [str(error)]
