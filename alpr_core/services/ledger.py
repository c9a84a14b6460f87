"""Verifying the node's own ledger. Outsiders do the same with ``python -m alpr_ledger`` alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alpr_core.act import Act
from alpr_core.anchoring import read_witnesses
from alpr_core.errors import VerificationFailed
from alpr_ledger.errors import LedgerError
from alpr_ledger.report import Report
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify


def verify_ledger(
    act: Act,
    *,
    witnesses: Path | None = None,
    content: bool = True,
    all_checkpoints: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> Report:
    """Verify the whole ledger with the node's own key; that it was done, and its result, is an entry too.

    Args:
        act: who verifies.
        witnesses: the witness file, by which it is judged how far the ledger is anchored.
        content: also parse and check what each entry holds.
        all_checkpoints: verify the signature of every checkpoint.
        progress: told of pass, entries done, entries in all.

    Raises:
        Denied: by the policy.
        ConfigError: the witness file is wrong.
        VerificationFailed: naming the first wrong entry.
    """
    outcome: Report | LedgerError
    with act.look("ledger.verify") as look:
        policy = read_witnesses(witnesses) if witnesses else None
        try:
            with open_source(act.ledger_source) as source:
                outcome = verify(
                    source,
                    vkeys=[act.vkey],
                    policy=policy,
                    content=content,
                    all_checkpoints=all_checkpoints,
                    progress=progress,
                )
        except LedgerError as error:
            outcome = error
        look.record(content=content, passed=isinstance(outcome, Report))
        if isinstance(outcome, Report):
            look.record(size=outcome.size)
    if isinstance(outcome, LedgerError):
        raise VerificationFailed(f"the ledger does not verify: {outcome}") from outcome
    return outcome
