"""Reading and verifying the node's own ledger. Outsiders do the same with ``python -m alpr_ledger`` alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from alpr_core.act import Act
from alpr_core.entries import CATALOGUE
from alpr_core.errors import NotFound, VerificationFailed
from alpr_core.problems import suggestion
from alpr_core.store.work import Work
from alpr_ledger.entry import parse_time
from alpr_ledger.errors import LedgerError
from alpr_ledger.reader import StoredEntry
from alpr_ledger.source import open_source
from alpr_ledger.verify import Report, verify


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerEntry:
    """One entry as stored.

    Attributes:
        index: its index.
        time: when it was recorded, UTC.
        leaf: its leaf hash, hex.
        body: what was recorded.
        actor: pseudonym of who acted.
        who: that person's name, "" for a job or where the account is gone.
    """

    index: int
    time: datetime
    leaf: str
    body: Mapping[str, object]
    actor: str
    who: str


def read_log(act: Act, *, limit: int = 20, kind: str = "") -> list[LedgerEntry]:
    """Return the newest entries, newest first, of one kind or of all.

    Args:
        act: who looks.
        limit: at most so many.
        kind: of the catalogue, "" for all.

    Raises:
        Denied: by the policy.
        NotFound: there is no such kind.
        StoreError: an entry cannot be read.
    """
    act.admit("ledger.read")
    if kind and kind not in CATALOGUE:
        raise NotFound(
            f"no entry is of a kind {kind!r}.{suggestion(kind, CATALOGUE)} docs/entries.md lists them"
        )
    with act.look("ledger.read") as look:
        found = list(islice(look.work.ledger.entries(kind=kind or None, newest_first=True), limit))
        entries = _named(look.work, found)
        look.record(count=len(entries), **_range(entries))
    return entries


def show_entry(act: Act, index: int) -> tuple[LedgerEntry, str]:
    """Return one entry, and its inclusion proof under the newest checkpoint as a C2SP tlog-proof.

    Raises:
        Denied: by the policy.
        NotFound: the ledger is shorter.
        StoreError: the entry, or what proves it, cannot be read.
    """
    with act.look("ledger.read") as look:
        ledger = look.work.ledger
        if not 0 <= index < ledger.size():
            raise NotFound(f"no entry {index}: the ledger holds entries 0 to {ledger.size() - 1}")
        entries = _named(look.work, [ledger.entry(index)])
        proof = ledger.prove(index).to_bytes().decode()
        look.record(count=1, **_range(entries))
    return entries[0], proof


def verify_ledger(
    act: Act,
    *,
    content: bool = True,
    all_checkpoints: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> Report:
    """Verify the whole ledger with the node's own key; that it was done, and its result, is an entry too.

    Args:
        act: who verifies.
        content: also parse and check what each entry holds.
        all_checkpoints: verify the signature of every checkpoint.
        progress: told of pass, entries done, entries in all.

    Raises:
        Denied: by the policy.
        VerificationFailed: naming the first wrong entry.
    """
    outcome: Report | LedgerError
    with act.look("ledger.verify") as look:
        try:
            with open_source(act.ledger_source) as source:
                outcome = verify(
                    source,
                    vkeys=[act.vkey],
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


def _named(work: Work, found: list[StoredEntry]) -> list[LedgerEntry]:
    names = {person.id: person.name for person in work.people.all()}
    return [_entry(one, names) for one in found]


def _entry(stored: StoredEntry, names: Mapping[str, str]) -> LedgerEntry:
    body = stored.body
    actor = body.get("actor")
    pseudonym = str(actor.get("id")) if isinstance(actor, Mapping) else ""
    return LedgerEntry(
        index=stored.idx,
        time=parse_time(str(body.get("t"))),
        leaf=stored.leaf.hex(),
        body=body,
        actor=pseudonym,
        who=names.get(pseudonym, ""),
    )


def _range(entries: list[LedgerEntry]) -> dict[str, Any]:
    indexes = [entry.index for entry in entries]
    return {"first": min(indexes), "last": max(indexes)} if indexes else {}
