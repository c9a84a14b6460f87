"""Commitments and the vault: opened by those who hold the keys, searched for equality, and forgotten."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.event import listen

from alpr_ledger.commitment import check_opening, commit
from alpr_ledger.errors import EntryError, KeyDestroyed, ValueDestroyed, VaultError, VerificationError
from alpr_ledger.log import draft
from alpr_ledger.source import open_source
from alpr_ledger.vault import destroy, find, open_value, reseal, seal
from alpr_ledger.verify import verify

SALT = bytes(range(32))


class Keys:
    """The keys of a vault, in memory: one per class and scope."""

    def __init__(self):
        self.destroyed = set()

    def current(self, vault_class, scope):
        key_id = f"{vault_class}.{scope}"
        return key_id, self.get(key_id)

    def get(self, key_id):
        if key_id in self.destroyed:
            raise KeyDestroyed(key_id)
        return sha256(b"key" + key_id.encode()).digest()

    def index_key(self, vault_class):
        return sha256(b"index" + vault_class.encode()).digest()


@pytest.fixture
def keys():
    return Keys()


def record(ledger, make_body, keys, *commitments, vault_class="access", scope=""):
    """Append one entry that commits to the values; return its index and the sealed rows."""
    fields: dict[str, object] = {}
    for one in commitments:
        fields.setdefault(one.field, []).append(one.c)
    sealed = seal(commitments, vault_class, keys, scope=scope)
    committed = {field: cs if len(cs) > 1 else cs[0] for field, cs in fields.items()}
    return ledger.append(draft(make_body(committed=committed), sealed=sealed)).first, sealed


def test_a_commitment_is_the_published_formula():
    digest = sha256(b"alpr-ledger/c1\x00" + b"plate" + b"\x00" + SALT + b"ABC123").digest()
    assert commit("plate", "ABC123", salt=SALT).c == base64.b64encode(digest).decode()


def test_equal_values_have_unequal_commitments():
    assert commit("plate", "ABC123").c != commit("plate", "ABC123").c


@given(st.text(max_size=8), st.text(max_size=8))
def test_a_disclosed_value_opens_its_commitment_and_no_other_does(value, other):
    one = commit("plate", value, salt=SALT)
    check_opening(one.c, "plate", SALT, value)
    for field, salt, opened in (("plate", SALT, other), ("query", SALT, value), ("plate", bytes(32), value)):
        if (field, salt, opened) != ("plate", SALT, value):
            with pytest.raises(VerificationError):
                check_opening(one.c, field, salt, opened)


@pytest.mark.parametrize(
    ("field", "value", "salt"),
    [
        ("", "x", SALT),
        ("pläte", "x", SALT),
        ("a\x00b", "x", SALT),
        ("plate", "\ud800", SALT),
        ("plate", "x", b"short"),
    ],
)
def test_what_cannot_be_committed_to_is_refused(field, value, salt):
    with pytest.raises(EntryError):
        commit(field, value, salt=salt)
    with pytest.raises(VerificationError):
        check_opening("c", field, salt, value)


def test_a_commitment_does_not_show_its_value():
    one = commit("plate", "ABC123", salt=SALT)
    assert "ABC123" not in repr(one)
    assert repr(SALT) not in repr(one)


def test_a_sealed_value_opens_and_is_checked_against_its_entry(ledger, make_body, keys):
    plate, case = commit("plate", "ABC123"), commit("case", "26-117 Müller")
    idx, _ = record(ledger, make_body, keys, plate, case)
    with ledger.reading() as connection:
        assert open_value(connection, idx, "plate", keys) == plate
        assert open_value(connection, idx, "case", keys) == case


def test_no_value_stands_in_the_database_in_clear(ledger, make_body, keys):
    record(ledger, make_body, keys, commit("plate", "ABC123"))
    stored = ledger.query("SELECT * FROM vault") + ledger.query("SELECT bytes FROM entry")
    assert not any(
        b"ABC123" in bytes(cell) for row in stored for cell in row if isinstance(cell, bytes | memoryview)
    )
    assert not any("ABC123" in cell for row in stored for cell in row if isinstance(cell, str))


def test_one_entry_may_commit_to_many_values_of_one_field(ledger, make_body, keys):
    plates = [commit("plate", text) for text in ("AAA111", "BBB222", "CCC333")]
    idx, _ = record(ledger, make_body, keys, *plates)
    with ledger.reading() as connection:
        assert [open_value(connection, idx, "plate", keys, item=n).value for n in range(3)] == [
            "AAA111",
            "BBB222",
            "CCC333",
        ]
        (found,) = find(connection, "access", "BBB222", keys)
    assert (found.idx, found.field, found.item) == (idx, "plate", 1)


def test_a_value_is_found_in_its_own_class_alone(ledger, make_body, keys):
    first, _ = record(ledger, make_body, keys, commit("plate", "ABC123"))
    second, _ = record(ledger, make_body, keys, commit("query", "ABC123"), scope="2026-11-23")
    record(ledger, make_body, keys, commit("plate", "ABC124"))
    record(ledger, make_body, keys, commit("plate", "ABC123"), vault_class="read")
    with ledger.reading() as connection:
        found = find(connection, "access", "ABC123", keys)
        assert [(one.idx, one.field) for one in found] == [(first, "plate"), (second, "query")]
        assert [one.idx for one in find(connection, "access", "ABC123", keys, field="query")] == [second]


def test_a_document_that_is_not_to_be_found_opens_and_moves_all_the_same(ledger, make_body, keys):
    one = commit("record", "the whole document")
    sealed = seal([one], "read", keys, findable=False)
    idx = ledger.append(draft(make_body(committed={"record": one.c}), sealed=sealed)).first
    with ledger.transaction() as connection:
        assert open_value(connection, idx, "record", keys) == one
        assert find(connection, "read", one.value, keys) == []
        assert reseal(connection, [(idx, "record", 0)], "evidence", keys) == 1
        assert open_value(connection, idx, "record", keys) == one
        assert find(connection, "evidence", one.value, keys) == []


def test_a_value_is_found_by_the_index_of_what_is_looked_for(ledger, make_body, keys):
    asked = []
    record(ledger, make_body, keys, commit("plate", "ABC123"))
    listen(ledger.engine, "before_cursor_execute", lambda *of: asked.append(of[2:4]))
    with ledger.transaction() as connection:
        find(connection, "access", "ABC123", keys)
        query, values = next(one for one in asked if "length" in one[0])
        if connection.dialect.name == "sqlite":
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)
        else:  # which would rather read the whole of so small a table
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            plan = connection.exec_driver_sql(f"EXPLAIN {query}", values)
        assert "ix_vault_lookup" in "".join(str(row) for row in plan)


def test_a_destroyed_value_is_gone_and_every_proof_stays(ledger, make_body, keys):
    idx, sealed = record(ledger, make_body, keys, commit("plate", "ABC123"), commit("case", "26-1"))
    with ledger.transaction() as connection:
        assert destroy(connection, [sealed[0].id]) == 1
        assert destroy(connection, [sealed[0].id]) == 0
    with ledger.reading() as connection:
        with pytest.raises(ValueDestroyed):
            open_value(connection, idx, "plate", keys)
        assert open_value(connection, idx, "case", keys).value == "26-1"
        assert find(connection, "access", "ABC123", keys) == []
    with open_source(ledger.target) as source:
        assert verify(source).size == 2


def test_many_rows_are_destroyed_at_once(ledger, make_body, keys):
    plates = [commit("plate", f"P{n}") for n in range(250)]
    _, first = record(ledger, make_body, keys, *plates)
    _, second = record(ledger, make_body, keys, *plates)
    _, third = record(ledger, make_body, keys, *plates)
    with ledger.transaction() as connection:
        assert destroy(connection, [one.id for one in (*first, *second, *third)]) == 750


def test_without_its_key_a_value_is_gone(ledger, make_body, keys):
    idx, _ = record(ledger, make_body, keys, commit("plate", "ABC123"), scope="2026-11-23")
    keys.destroyed.add("access.2026-11-23")
    with ledger.reading() as connection, pytest.raises(KeyDestroyed):
        open_value(connection, idx, "plate", keys)


@pytest.mark.parametrize("change", ["flip", "cut", "class", "field", "swap"])
def test_an_altered_vault_row_does_not_open(ledger, make_body, keys, change):
    idx, _ = record(ledger, make_body, keys, commit("plate", "ABC123"), commit("case", "26-1"))
    other, _ = record(ledger, make_body, keys, commit("plate", "XYZ999"))
    ((sealed,),) = ledger.query("SELECT sealed FROM vault WHERE idx = ? AND field = 'plate'", idx)
    sealed = bytes(sealed)
    where = f"WHERE idx = {idx} AND field = 'plate'"
    if change == "flip":
        ledger.tamper(
            f"UPDATE vault SET sealed = ? {where}", sealed[:20] + bytes([sealed[20] ^ 1]) + sealed[21:]
        )
    elif change == "cut":
        ledger.tamper(f"UPDATE vault SET sealed = ? {where}", sealed[:5])
    elif change == "class":
        ledger.tamper(f"UPDATE vault SET vault_class = 'read' {where}")
    elif change == "field":
        ledger.tamper(f"UPDATE vault SET sealed = (SELECT sealed FROM vault WHERE field = 'case') {where}")
    else:  # a row that is sealed rightly, but for another entry
        ledger.tamper(f"UPDATE vault SET sealed = (SELECT sealed FROM vault WHERE idx = {other}) {where}")
    with ledger.reading() as connection, pytest.raises(VaultError, match="altered"):
        open_value(connection, idx, "plate", keys)


def test_vault_rows_live_and_die_with_the_callers_transaction(ledger, make_body, keys):
    one = commit("plate", "ABC123")
    sealed = seal([one], "access", keys)
    with pytest.raises(KeyError), ledger.transaction() as connection:
        ledger.log.append(connection, [draft(make_body(committed={"plate": one.c}), sealed=sealed)])
        raise KeyError
    assert ledger.query("SELECT count(*) FROM vault") == [(0,)]


def test_row_ids_ascend_with_time(keys):
    ids = [seal([commit("plate", "A")], "access", keys)[0].id[:12] for _ in range(5)]
    assert ids == sorted(ids)
