"""How far somebody outside has confirmed the ledger, by the witness file that ``[ledger] witnesses`` names."""

from __future__ import annotations

from pathlib import Path

from alpr_core.errors import ConfigError
from alpr_core.store.work import Work
from alpr_ledger.anchoring import NOT_ANCHORED, Anchoring, judge
from alpr_ledger.errors import LedgerError, PolicyError
from alpr_ledger.policy import Policy, load_policy


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
