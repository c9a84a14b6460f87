"""Verifying the node's own ledger. Outsiders do the same with ``python -m alpr_ledger`` alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from alpr_core.act import Act
from alpr_core.anchoring import read_certificates, read_witnesses
from alpr_core.config.settings import TimestampSection
from alpr_core.errors import VerificationFailed
from alpr_ledger.errors import LedgerError
from alpr_ledger.report import Report
from alpr_ledger.sample import Sample, sample
from alpr_ledger.source import Source, open_source
from alpr_ledger.state import State
from alpr_ledger.verify import Progress, verify

Found = TypeVar("Found", Report, Sample)


def verify_ledger(
    act: Act,
    *,
    witnesses: Path | None = None,
    timestamps: Sequence[TimestampSection] = (),
    since: State | None = None,
    content: bool = True,
    all_checkpoints: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Verify the ledger with the node's own key; that it was done, and its result, is an entry too.

    Args:
        act: who verifies.
        witnesses: the witness file, by which it is judged how far the ledger is anchored.
        timestamps: the authorities by whose certificates time stamps are judged.
        since: where an earlier verification ended. Only what came since is read: a later edit of what was there
            before is not seen.
        content: also parse and check what each entry holds.
        all_checkpoints: verify the signature of every checkpoint.
        progress: told of pass, entries done, entries in all.

    Raises:
        Denied: by the policy.
        ConfigError: the witness file or a certificate is wrong.
        VerificationFailed: naming the first wrong entry.
    """
    with act.look("ledger.verify") as look:
        policy = read_witnesses(witnesses) if witnesses else None
        certificates = read_certificates(timestamps)
        outcome = _outcome(
            act,
            lambda source: verify(
                source,
                vkeys=[act.vkey],
                policy=policy,
                certificates=certificates,
                since=since,
                content=content,
                all_checkpoints=all_checkpoints,
                progress=progress,
            ),
        )
        look.record(content=content, passed=isinstance(outcome, Report))
        if since is not None:
            look.record(first=since.size)
        if isinstance(outcome, Report):
            look.record(size=outcome.size)
    if isinstance(outcome, LedgerError):
        raise VerificationFailed(f"the ledger does not verify: {outcome}") from outcome
    return outcome


def sample_ledger(act: Act, bundles: int, *, progress: Progress | None = None) -> Sample:
    """Verify random bundles of 256 entries, each proved to lie in the tree that was signed; an entry says so.

    Args:
        act: who verifies.
        bundles: how many.
        progress: as of `verify_ledger`.

    Raises:
        Denied: by the policy.
        VerificationFailed: naming the first wrong entry.
    """
    with act.look("ledger.verify") as look:
        outcome = _outcome(act, lambda source: sample(source, bundles, vkey=act.vkey, progress=progress))
        look.record(content=True, passed=isinstance(outcome, Sample))
        if isinstance(outcome, Sample):
            look.record(size=outcome.size, bundles=len(outcome.bundles))
        else:
            look.record(bundles=bundles)
    if isinstance(outcome, LedgerError):
        raise VerificationFailed(f"the ledger does not verify: {outcome}") from outcome
    return outcome


def _outcome(act: Act, check: Callable[[Source], Found]) -> Found | LedgerError:
    """What was found, or what is wrong: both are recorded before anything is told."""
    try:
        with open_source(act.ledger_source) as source:
            return check(source)
    except LedgerError as error:
        return error
