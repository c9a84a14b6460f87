"""What an act puts on the ledger: the entry's head, its public fields, and commitments to everything personal.

The three shapes of an act, as their bodies see them, are recordings: `Look`, `Change`, `Send`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypedDict

from alpr_core.entries import ACCESS, CATALOGUE, EntryKind, UndeclaredField, check_fields
from alpr_core.store.evidence import Evidence
from alpr_core.store.vault import Vault
from alpr_core.store.work import Work
from alpr_ledger import remembered, vault
from alpr_ledger.commitment import commit
from alpr_ledger.keys import SigningKey
from alpr_ledger.log import Draft, Log, Receipt, draft

if TYPE_CHECKING:
    from alpr_core.clock import Clock
    from alpr_core.models import Decision
    from alpr_core.store.keys import KeyStore


Facts = Mapping[str, Any]
"""What the policy's rules may know of an act, by the names in `alpr_core.policy.FACTS`. Not recorded."""

NO_FACTS: Facts = MappingProxyType({})

LookUp = Callable[[Work], Facts]
"""Looks facts up in the transaction in which the gate is asked, so that nobody can change them in between."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Why:
    """What an act was done for: purpose code, case or incident number, free-text reason; and the facts about it.

    ``approval`` is the number of an approval that it was given, for exactly the selection ``query``; ``look_up`` adds
    facts that stand in the store.
    """

    purpose: str = ""
    case: str = ""
    reason: str = ""
    facts: Facts = field(default_factory=lambda: NO_FACTS)
    approval: int = 0
    query: str = ""
    look_up: LookUp = lambda _: NO_FACTS

    def fields(self, kind: EntryKind) -> dict[str, str]:
        """The committed fields that this adds to an entry of a kind that has them."""
        given = {"case": self.case, "reason": self.reason}
        return {name: value for name, value in given.items() if value and name in kind.committed}


class Given(TypedDict, total=False):
    """What an act may be given beside its kind: the fields of `Why`."""

    purpose: str
    case: str
    reason: str
    facts: Facts
    approval: int
    query: str
    look_up: LookUp


class Recording:
    """Collects an entry's fields while an act runs.

    Args:
        keys: of the vault.
        clock: what time it is; access records are sealed under their month's key.
        kind: of the entry.
        why: goes into the entry where its kind has the fields.
    """

    def __init__(self, keys: KeyStore, clock: Clock, kind: str, why: Why) -> None:
        self._keys = keys
        self._clock = clock
        self._kind = _kind(kind)
        self._why = why
        self._fields: dict[str, object] = {}
        self._scopes: Mapping[str, str] = {}
        self._also: list[Recording] = []

    def record(self, *, scopes: Mapping[str, str] | None = None, **fields: object) -> None:
        """Put these fields into the entry.

        Args:
            scopes: which key of a vault class seals the values: for `entries.READ` "<day>/<retention class>", for
                `entries.PERSON` the pseudonym. Access records go under their month.
            **fields: public ones as JSON values, committed ones as text or a list of texts.

        Raises:
            UndeclaredField: if the catalogue does not declare one of them.
        """
        unknown = sorted(set(fields) - set(self._kind.public) - set(self._kind.committed))
        if unknown:
            raise UndeclaredField(
                f"entry {self._kind.name}: undeclared fields {unknown}; see alpr_core/entries"
            )
        self._fields.update(fields)
        self._scopes = {**self._scopes, **(scopes or {})}

    def also(self, kind: str, *, scopes: Mapping[str, str] | None = None, **fields: object) -> None:
        """Append a further entry of another kind behind this one, in the same commit."""
        further = Recording(self._keys, self._clock, kind, Why())
        further.record(scopes=scopes, **fields)
        self._also.append(further)

    def draft(self, head: Mapping[str, object], *, complete: bool = True) -> Draft:
        """Return the entry, encoded, with its values sealed for the vault.

        Args:
            head: as `header` made it.
            complete: whether required fields must be there; an intent has none yet.
        """
        fields = {**self._why.fields(self._kind), **self._fields}
        public = {name: value for name, value in fields.items() if name in self._kind.public}
        texts = {name: value for name, value in fields.items() if name in self._kind.committed}
        if complete:
            check_fields(self._kind, public, texts)
        committed: dict[str, object] = {}
        sealed: list[vault.Sealed] = []
        for name, value in texts.items():
            several = value if isinstance(value, (list, tuple)) else None
            commitments = [commit(name, _text(one)) for one in ([value] if several is None else several)]
            committed[name] = commitments[0].c if several is None else [one.c for one in commitments]
            class_ = self._kind.committed[name]
            findable = name in self._kind.findable
            sealed += vault.seal(
                commitments, class_, self._keys, scope=self._scope(class_), findable=findable
            )
        return draft(
            {**head, "kind": self._kind.name, "public": public, "committed": committed}, sealed=sealed
        )

    def drafts(self, head: Mapping[str, object]) -> list[Draft]:
        """Return the entry and those behind it."""
        return [self.draft(head), *(further.draft(head) for further in self._also)]

    def _scope(self, vault_class: str) -> str:
        if vault_class == ACCESS:
            return f"{self._clock():%Y-%m}"
        try:
            return self._scopes[vault_class]
        except KeyError:
            raise UndeclaredField(
                f"entry {self._kind.name}: no scope given for vault class {vault_class}"
            ) from None


def _text(value: object) -> str:
    """Return the value as Unicode: a command line may hold bytes that are none, and is recorded all the same."""
    return str(value).encode("utf-8", "backslashreplace").decode("utf-8")


class Look(Recording):
    """A query on a snapshot, whose answer leaves once its entry is committed.

    The snapshot is opened when ``work`` is first used: a long look at something else holds no transaction.
    """

    receipt: Receipt | None = None
    open_work: Callable[[], Work]

    @cached_property
    def work(self) -> Work:
        """The records, read-only."""
        return self.open_work()

    @cached_property
    def vault(self) -> Vault:
        """The values behind the ledger's commitments."""
        return Vault(self.work.connection, self._keys)


class Change(Recording):
    """A change, committed together with its entry.

    Attributes:
        decision: what the gate said of it, in this transaction.
        is_awaited: whether somebody else waits to write: a long change that could be two ends here.
        successor: the key that the ledger is handed over to with this entry.
        former: the key that hands it over, and is erased once that is committed.
    """

    work: Work
    log: Log
    decision: Decision
    is_awaited: Callable[[], bool]
    successor: SigningKey | None = None
    former: SigningKey | None = None
    receipt: Receipt | None = None

    @property
    def next_entry(self) -> int:
        """Index that this change's entry gets; what is recorded with `also` follows it."""
        return self.work.ledger.size()

    @property
    def evidence(self) -> Evidence:
        """What stands behind reads, to be moved to other keys."""
        return self.work.evidence(self._keys)

    def hand_over(self) -> str:
        """Hand the ledger over to a new signing key, and return its verifier key; of ``key.rotate`` alone."""
        self.successor = self.log.new_key()
        self.record(note=self.log.succession(self.work.connection, self.successor))
        self.former = self.log.key
        return str(self.successor.vkey)

    def lost_checkpoints(self) -> tuple[str, list[str]]:
        """What was signed and the database lacks: the checkpoint, and the witnesses'; of ``ledger.recover`` alone."""
        last = self.log.last_signed
        if last is None:
            return "", []
        found = remembered.lacking(self.work.connection, self.log.key.name, last)
        witnesses = [one.note.decode("utf-8") for one in found if one.by_witness]
        return (found[0].note.decode("utf-8") if found else ""), witnesses[: remembered.MOST_WITNESSES]

    def revoke_key(self, vkey: str, last: int) -> None:
        """Revoke a former signing key from the size after `last` on; of ``key.revoke`` alone."""
        self.log.revoke(self.work.connection, vkey, last)
        self.record(vkey=vkey, last=last)


class Send(Look):
    """Something that leaves the house: intent, effect, outcome.

    Attributes:
        intent_entry: index of the entry that says what is to leave.
        settle: what belongs to the outcome in the database, written with its entry.
    """

    intent_entry: int
    settle: Callable[[Work], None] = staticmethod(lambda _: None)


def _kind(name: str) -> EntryKind:
    try:
        return CATALOGUE[name]
    except KeyError:
        raise UndeclaredField(f"no entry kind {name!r}; see alpr_core/entries") from None
