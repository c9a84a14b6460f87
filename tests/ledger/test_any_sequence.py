"""Whatever a ledger lives through, in whatever order, it verifies: whole, since any state, and as it was exported.

Appends, changes of keys, revocations, purges of values and of whole keys, exports and restarts, as hypothesis likes.
After that every value that was not purged opens, and no other does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from alpr_ledger.commitment import Commitment, commit
from alpr_ledger.errors import KeyDestroyed, ValueDestroyed
from alpr_ledger.export import Exported, export
from alpr_ledger.keys import SigningKey
from alpr_ledger.log import Draft, Log, draft
from alpr_ledger.source import open_source
from alpr_ledger.state import State
from alpr_ledger.vault import Sealed, destroy, find, open_value, seal
from alpr_ledger.verify import verify

TIME = "2026-11-23T06:34:00.123456Z"


class VaultKeys:
    """The keys of a vault, one for each day, until it is destroyed."""

    def __init__(self) -> None:
        self.destroyed: set[str] = set()

    def current(self, vault_class: str, scope: str) -> tuple[str, bytes]:
        return f"{vault_class}.{scope}", self.get(f"{vault_class}.{scope}")

    def get(self, key_id: str) -> bytes:
        if key_id in self.destroyed:
            raise KeyDestroyed(key_id)
        return sha256(key_id.encode()).digest()

    def index_key(self, vault_class: str) -> bytes:
        return sha256(b"index" + vault_class.encode()).digest()


@dataclass
class Value:
    """A value that was committed to, and what became of it in the vault."""

    idx: int
    item: int
    commitment: Commitment
    row: str
    key_id: str
    purged: bool = False


class Life(RuleBasedStateMachine):
    """One ledger in SQLite, an export of it, an auditor with his states, and what each of them should know."""

    def __init__(self, ledger, folder) -> None:
        super().__init__()
        self.ledger, self.folder = ledger, folder
        self.size, self.checkpoints, self.exported, self.day = 1, 1, 0, 0
        self.ranges: list[list[object]] = [[ledger.log.key, 1, None]]  # key, first size, last size
        self.states: list[State] = []
        self.kept: list[bytes] = []
        self.values: list[Value] = []
        self.vault = VaultKeys()

    def append(self, *drafts, successor=None):
        with self.ledger.transaction() as connection:
            receipt = self.ledger.log.append(connection, drafts, successor=successor)
        self.size, self.checkpoints = self.size + len(drafts), self.checkpoints + 1
        assert (receipt.size, receipt.indexes.stop) == (self.size, self.size)
        return receipt

    def entry(self, kind: str, n: int = 0, *, sealed: Sequence[Sealed] = (), **more: object) -> Draft:
        return draft({"v": 1, "kind": kind, "t": TIME, "public": {"n": n}, **more}, sealed=sealed)

    @initialize(count=st.sampled_from([1, 250, 254]))
    def begin_near_the_edge_of_a_tile(self, count) -> None:
        self.append_entries(count)

    @rule(count=st.sampled_from([1, 2, 100, 255, 256, 257]))
    def append_entries(self, count) -> None:
        self.append(*(self.entry("test.note", n) for n in range(count)))

    @rule(plates=st.lists(st.sampled_from(["ABC123", "XYZ999", "7ABC123"]), min_size=1, max_size=3))
    def record_values(self, plates) -> None:
        commitments = [commit("plate", plate) for plate in plates]
        sealed = seal(commitments, "access", self.vault, scope=str(self.day))
        committed = {"plate": [one.c for one in commitments]}
        receipt = self.append(self.entry("test.note", committed=committed, sealed=sealed))
        self.values += [
            Value(receipt.first, item, one, row.id, row.key_id)
            for item, (one, row) in enumerate(zip(commitments, sealed, strict=True))
        ]

    @rule()
    def begin_a_new_day(self) -> None:
        self.day += 1

    @precondition(lambda self: self.values)
    @rule(data=st.data())
    def purge_some_values(self, data) -> None:
        chosen = data.draw(st.lists(st.sampled_from(self.values), unique_by=id))
        rows = [one.row for one in chosen]
        with self.ledger.transaction() as connection:
            assert destroy(connection, rows) == sum(not one.purged for one in chosen)
        for one in chosen:
            one.purged = True
        self.append(self.entry("test.purge", len(rows)))

    @precondition(lambda self: self.day)
    @rule(data=st.data())
    def destroy_the_key_of_a_former_day(self, data) -> None:
        day = data.draw(st.integers(0, self.day - 1))
        self.vault.destroyed.add(f"access.{day}")
        self.append(self.entry("test.purge", day))

    @rule()
    def hand_over_to_a_new_key(self) -> None:
        new = SigningKey.generate(self.ledger.log.key.name)
        with self.ledger.reading() as connection:
            note = self.ledger.log.succession(connection, new)
        self.append(self.entry("key.rotate", public={"note": note}), successor=new)
        self.ranges[-1][2] = self.size
        self.ranges.append([new, self.size, None])
        self.ledger.log = Log(new)

    @precondition(lambda self: len(self.ranges) > 1)
    @rule(data=st.data())
    def revoke_a_former_key(self, data) -> None:
        former = data.draw(st.sampled_from(self.ranges[:-1]))
        former[2] = data.draw(st.integers(0, former[2]))
        public = {"vkey": str(former[0].vkey), "last": former[2]}
        self.append(self.entry("key.revoke", public=public))

    @rule()
    def export_what_is_new(self) -> None:
        with open_source(self.ledger.target) as source:
            assert export(source, self.folder) == Exported(self.size, self.exported)
        self.exported = self.size

    @precondition(lambda self: self.exported)
    @rule()
    def verify_the_export_and_keep_the_state(self) -> None:
        report = self.verified(self.folder, since=self.states[-1] if self.states else None)
        assert report.size == self.exported
        self.states.append(State.parse(report.state.to_bytes()))
        self.kept.append(report.checkpoint)

    @rule()
    def restart(self) -> None:
        self.ledger.engine.dispose()
        self.ledger.log = Log(self.ledger.log.key)
        with self.ledger.reading() as connection:
            self.ledger.log.check(connection)

    def verified(self, target, **options):
        with open_source(target) as source:
            return verify(source, vkeys=[str(self.ranges[0][0].vkey)], **options)

    def teardown(self) -> None:
        report = self.verified(self.ledger.target, kept=self.kept)
        assert (report.size, report.checkpoints, report.signatures) == (self.size, *[self.checkpoints] * 2)
        ranges = [(one.vkey, one.first, one.last) for one in report.keys]
        assert ranges == [(key.vkey, first, last) for key, first, last in self.ranges]
        for state in self.states:
            since = self.verified(self.ledger.target, since=state)
            assert (since.first, since.state) == (state.size, report.state)
        self.export_what_is_new()
        assert self.verified(self.folder, kept=self.kept).root == report.root
        self.open_every_value()
        self.ledger.engine.dispose()

    def open_every_value(self) -> None:
        with self.ledger.reading() as connection:
            for one in self.values:
                if one.purged or one.key_id in self.vault.destroyed:
                    with pytest.raises(ValueDestroyed if one.purged else KeyDestroyed):
                        open_value(connection, one.idx, "plate", self.vault, item=one.item)
                else:
                    found = open_value(connection, one.idx, "plate", self.vault, item=one.item)
                    assert found == one.commitment
                there = find(connection, "access", one.commitment.value, self.vault)
                assert (one.row in {row.id for row in there}) == (not one.purged)


@pytest.mark.hypothesis
def test_any_sequence_of_appends_rotations_purges_and_exports_verifies(make_ledger, tmp_path_factory) -> None:
    def live() -> Life:
        folder = tmp_path_factory.mktemp("life")
        return Life(make_ledger(folder / "ledger.db"), folder / "export")

    # An example is a whole life: a twentieth of the profile's count.
    lives = max(10, settings.default.max_examples // 20)
    run_state_machine_as_test(live, settings=settings(max_examples=lives, stateful_step_count=12))
