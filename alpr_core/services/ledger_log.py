"""Reading the ledger entry by entry: who did what, when and why; and opening a commitment for an auditor."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from alpr_core import plates
from alpr_core.act import Act
from alpr_core.entries import ACCESS, CATALOGUE, READ
from alpr_core.errors import NotFound
from alpr_core.problems import suggestion
from alpr_core.recording import Look
from alpr_core.store.evidence import EVIDENCE
from alpr_core.store.vault import Kept
from alpr_core.store.work import Work
from alpr_ledger.entry import format_time, parse_time
from alpr_ledger.reader import StoredEntry
from alpr_ledger.text import encode_base64

_PLATES = frozenset({"plate", "listed"})
_CASES = frozenset({"case"})
_CLASSES = frozenset({ACCESS, EVIDENCE, READ})


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


@dataclass(frozen=True, kw_only=True, slots=True)
class LogFilter:
    """Which entries are wanted; what is empty does not matter.

    Attributes:
        kind: of the catalogue.
        actor: badge number, or the pseudonym that entries hold.
        since: recorded at or after, UTC.
        until: recorded before, UTC.
        purpose: purpose code.
        case: exactly this case number, found through the vault.
        subject: this plate, found through the vault: as it was read, or as it was asked for.
    """

    kind: str = ""
    actor: str = ""
    since: datetime | None = None
    until: datetime | None = None
    purpose: str = ""
    case: str = ""
    subject: str = ""

    @property
    def opens_the_vault(self) -> bool:
        """Whether it asks for what the entries themselves do not tell."""
        return bool(self.case or self.subject)

    def as_text(self) -> str:
        """What is put on record of it."""
        given = {name: value for name, value in asdict(self).items() if value}
        times = {name: format_time(value) for name, value in given.items() if isinstance(value, datetime)}
        return json.dumps({**given, **times}, sort_keys=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """One entry whole.

    Attributes:
        entry: as stored.
        kept: which of its commitments can still be opened.
        proof: its inclusion under the newest checkpoint, a C2SP tlog-proof.
    """

    entry: LedgerEntry
    kept: tuple[Kept, ...]
    proof: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Disclosure:
    """What opens one commitment: SHA-256("alpr-ledger/c1" 0x00 field 0x00 salt value), base64, is the commitment.

    Attributes:
        entry: index of the entry.
        field: the committed field.
        item: its place among the commitments of that field, from 0.
        commitment: as the entry holds it.
        salt: 32 bytes, base64.
        value: what was committed to.
        recorded: index of the entry that records this disclosure.
    """

    entry: int
    field: str
    item: int
    commitment: str
    salt: str
    value: str
    recorded: int


def read_log(
    act: Act,
    *,
    limit: int = 20,
    wanted: LogFilter | None = None,
    purpose: str = "",
    case: str = "",
    reason: str = "",
) -> list[LedgerEntry]:
    """Return the newest entries that meet the filter, newest first.

    A filter by plate or case number is an act of its own, ``ledger.search``: it tells what the entries keep closed.

    Args:
        act: who looks.
        limit: at most so many.
        wanted: which; all when None.
        purpose: purpose code of the look.
        case: case number that the look itself is for.
        reason: free text.

    Raises:
        Denied: by the policy.
        NotFound: there is no such kind, or nobody with that badge.
        InputError: the plate holds no letter or digit, or what can stand on no plate.
        StoreError: an entry cannot be read.
    """
    wanted = wanted or LogFilter()
    action = "ledger.search" if wanted.opens_the_vault else "ledger.read"
    act.admit(action, purpose=purpose, case=case, reason=reason)
    if wanted.kind and wanted.kind not in CATALOGUE:
        raise NotFound(
            f"no entry is of a kind {wanted.kind!r}.{suggestion(wanted.kind, CATALOGUE)} docs/entries.md lists them"
        )
    subject = plates.parse(wanted.subject) if wanted.subject else ""
    with act.look(action, purpose=purpose, case=case, reason=reason) as look:
        entries = _named(look.work, list(islice(_meeting(look, wanted, subject), limit)))
        look.record(count=len(entries), query=wanted.as_text())
        if subject:
            look.record(plate=subject)
        # Which entries are of one plate is told to who asked, not to every reader of the ledger.
        look.record(**(_result(entries) if wanted.opens_the_vault else _range(entries)))
    return entries


def show_entry(act: Act, index: int) -> Shown:
    """Return one entry, what can still be opened of it, and its proof.

    Raises:
        Denied: by the policy.
        NotFound: the ledger is shorter.
        StoreError: the entry, or what proves it, cannot be read.
    """
    with act.look("ledger.read") as look:
        ledger = look.work.ledger
        entries = _named(look.work, [_existing(look.work, index)])
        proof = ledger.prove(index).to_bytes().decode()
        kept = tuple(look.vault.kept(index))
        look.record(count=1, **_range(entries))
    return Shown(entry=entries[0], kept=kept, proof=proof)


def disclose(
    act: Act, index: int, field: str, *, item: int = 0, purpose: str = "", case: str = "", reason: str = ""
) -> Disclosure:
    """Open one commitment of one entry, and nothing else of it.

    Args:
        act: who asks.
        index: of the entry.
        field: the committed field.
        item: which of them, where the entry commits to several.
        purpose: purpose code.
        case: case number that the disclosure is for.
        reason: free text.

    Raises:
        Denied: by the policy.
        NotFound: there is no such entry or commitment, or its value is not kept any more.
        StoreError: the vault does not hold what the entry committed to.
    """
    with act.look("ledger.disclose", purpose=purpose, case=case, reason=reason) as look:
        committed = _existing(look.work, index).body.get("committed")
        if not isinstance(committed, Mapping) or field not in committed:
            fields = ", ".join(sorted(committed)) if isinstance(committed, Mapping) else ""
            raise NotFound(f"entry {index} commits to no {field!r}, but to: {fields or 'nothing'}")
        opened = look.vault.open(index, field, item)
        look.record(entry=index, field=field, item=item)
    return Disclosure(
        entry=index,
        field=field,
        item=item,
        commitment=opened.c,
        salt=encode_base64(opened.salt),
        value=opened.value,
        recorded=look.receipt.first if look.receipt else -1,
    )


def _existing(work: Work, index: int) -> StoredEntry:
    size = work.ledger.size()
    if not 0 <= index < size:
        raise NotFound(f"no entry {index}: the ledger holds entries 0 to {size - 1}")
    return work.ledger.entry(index)


def _meeting(look: Look, wanted: LogFilter, subject: str) -> Iterator[StoredEntry]:
    actor = _pseudonym(look.work, wanted.actor) if wanted.actor else ""
    for entry in _candidates(look, wanted, subject):
        body = entry.body
        at = parse_time(str(body.get("t")))
        if (
            (not wanted.kind or body.get("kind") == wanted.kind)
            and (not actor or _actor(body) == actor)
            and (not wanted.purpose or body.get("purpose") == wanted.purpose)
            and (wanted.since is None or at >= wanted.since)
            and (wanted.until is None or at < wanted.until)
        ):
            yield entry


def _candidates(look: Look, wanted: LogFilter, subject: str) -> Iterator[StoredEntry]:
    """The entries that the vault and the reads point at, where they were asked; else all. Newest first."""
    if not wanted.opens_the_vault:
        yield from look.work.ledger.entries(kind=wanted.kind or None, newest_first=True)
        return
    found: list[set[int]] = []
    if wanted.case:
        found.append(look.vault.entries_with(wanted.case, vault_classes=_CLASSES, fields=_CASES))
    if subject:
        named = look.vault.entries_with(subject, vault_classes=_CLASSES, fields=_PLATES)
        found.append(named | look.work.reads.entries_of(subject))
    for index in sorted(set.intersection(*found), reverse=True):
        yield look.work.ledger.entry(index)


def _pseudonym(work: Work, who: str) -> str:
    """The pseudonym of a badge; one that is given as such, or a job's name, is taken as it is."""
    person = work.people.by_badge(who)
    if person:
        return person.id
    if who.startswith(("p-", "system:")):
        return who
    raise NotFound(
        f"nobody has the badge {who!r}; people list shows who is there, or give a pseudonym (p-...)"
    )


def _named(work: Work, found: list[StoredEntry]) -> list[LedgerEntry]:
    names = {person.id: person.name for person in work.people.all()}
    return [_entry(one, names) for one in found]


def _entry(stored: StoredEntry, names: Mapping[str, str]) -> LedgerEntry:
    body = stored.body
    pseudonym = _actor(body)
    return LedgerEntry(
        index=stored.idx,
        time=parse_time(str(body.get("t"))),
        leaf=stored.leaf.hex(),
        body=body,
        actor=pseudonym,
        who=names.get(pseudonym, ""),
    )


def _actor(body: Mapping[str, object]) -> str:
    actor = body.get("actor")
    return str(actor.get("id")) if isinstance(actor, Mapping) else ""


def _result(entries: list[LedgerEntry]) -> dict[str, Any]:
    return {"result": json.dumps([entry.index for entry in entries])}


def _range(entries: list[LedgerEntry]) -> dict[str, Any]:
    indexes = [entry.index for entry in entries]
    return {"first": min(indexes), "last": max(indexes)} if indexes else {}
