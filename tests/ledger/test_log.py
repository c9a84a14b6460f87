"""Appending: in the caller's transaction, under one checkpoint, once for each request."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import event

from alpr_ledger import store
from alpr_ledger.checkpoint import parse_checkpoint
from alpr_ledger.commitment import commit
from alpr_ledger.entry import GENESIS_PREV, parse_entry
from alpr_ledger.errors import DuplicateRequest, EntryError, StoreError
from alpr_ledger.keys import SigningKey
from alpr_ledger.log import Draft, Log, draft
from alpr_ledger.merkle import Frontier, leaf_hash
from alpr_ledger.note import parse_note, verify_note
from alpr_ledger.vault import Sealed


def test_entry_0_opens_the_ledger_with_its_origin_and_key(ledger, key):
    ((data, prev),) = ledger.query("SELECT bytes, prev FROM entry")
    opening = parse_entry(bytes(data))
    assert (opening.prev, opening.seq, bytes(prev)) == (GENESIS_PREV, 0, GENESIS_PREV)
    assert opening.body["kind"] == "ledger.open"
    assert opening.body["public"] == {"origin": key.name, "vkey": str(key.vkey)}


def test_a_ledger_is_opened_once(ledger):
    with pytest.raises(StoreError, match="open already"), ledger.transaction() as connection:
        ledger.log.open(connection, at=datetime(2026, 11, 24, tzinfo=UTC))


def test_nothing_is_appended_before_the_ledger_is_open(empty_ledger):
    with empty_ledger.transaction() as connection:
        store.create(connection)
    with pytest.raises(StoreError, match="not opened"):
        empty_ledger.append_some(1)


def test_a_receipt_names_the_entries_and_the_signed_tree_that_covers_them(ledger, key):
    ledger.append_some(2)
    receipt = ledger.append_some(3)
    note = parse_note(receipt.checkpoint)
    verify_note(note, [key.vkey])
    stored = ledger.query("SELECT idx, bytes FROM entry ORDER BY idx")
    leaves = [leaf_hash(bytes(data)) for _, data in stored]
    tree = Frontier()
    tree.extend(leaves)
    assert [idx for idx, _ in stored] == [0, 1, 2, 3, 4, 5]
    assert (list(receipt.indexes), receipt.leaves) == ([3, 4, 5], tuple(leaves[3:]))
    signed = parse_checkpoint(note.text)
    assert (signed.origin, signed.size, signed.root) == (key.name, 6, tree.root())


def test_every_commit_has_its_checkpoint(ledger):
    for count in (1, 3, 2):
        ledger.append_some(count)
    assert ledger.query("SELECT size FROM checkpoint ORDER BY size") == [(1,), (2,), (5,), (7,)]


def test_a_rolled_back_act_leaves_no_entry_and_no_gap(ledger, make_body):
    with pytest.raises(KeyError), ledger.transaction() as connection:
        ledger.log.append(connection, [draft(make_body(1))])
        raise KeyError
    receipt = ledger.append_some(1)
    assert receipt.first == 1


def test_a_request_is_recorded_once(ledger, make_body):
    ledger.append(draft(make_body(1, req="r-1")))
    with ledger.transaction() as connection:
        with pytest.raises(DuplicateRequest, match="r-1"):
            ledger.log.append(connection, [draft(make_body(2)), draft(make_body(2, req="r-1"))])
        # Nothing was written, and the transaction goes on.
        assert ledger.log.append(connection, [draft(make_body(3, req="r-2"))]).first == 2
    assert ledger.query("SELECT idx, req FROM entry ORDER BY idx") == [(0, None), (1, "r-1"), (2, "r-2")]


def test_one_request_twice_in_one_append_is_refused(ledger, make_body):
    with pytest.raises(DuplicateRequest, match="r-1"):
        ledger.append(draft(make_body(1, req="r-1")), draft(make_body(2, req="r-1")))


@pytest.mark.parametrize("req", ["", "two words", "line\n", "nul\x00", "é", "x" * 201, 7])
def test_a_request_id_is_printable_ascii(make_body, req):
    with pytest.raises(EntryError, match="req"):
        draft(make_body(1, req=req))


def test_an_append_of_nothing_gives_the_checkpoint_there_is(ledger):
    before = ledger.append_some(2)
    receipt = ledger.append()
    assert (receipt.leaves, receipt.size, receipt.checkpoint) == ((), 3, before.checkpoint)


def test_a_draft_too_long_for_an_entry_cannot_be_made():
    with pytest.raises(EntryError, match="at most"):
        Draft(b"x" * 17_000)


def test_a_sealed_value_that_the_body_does_not_commit_to_is_refused(make_body):
    one = commit("plate", "ABC123")
    sealed = Sealed("0" * 32, "plate", 0, "access", "k", b"", b"", one.c)
    draft(make_body(committed={"plate": one.c}), sealed=[sealed])
    draft(make_body(committed={"plate": [one.c]}), sealed=[sealed])
    for wrong in ({}, {"plate": commit("plate", "ABC123").c}, {"case": one.c}, {"plate": []}):
        with pytest.raises(EntryError, match="plate"):
            draft(make_body(committed=wrong), sealed=[sealed])


def test_bytes_that_the_database_changes_are_never_signed(ledger):
    def corrupt(connection, cursor, statement, parameters, context, executemany):
        if statement.startswith("INSERT INTO checkpoint"):
            raise AssertionError("a checkpoint over changed bytes")

    event.listen(ledger.engine, "before_cursor_execute", corrupt)
    # A trigger of the administrator's changes what is inserted.
    if ledger.path:
        ledger.tamper(
            "CREATE TRIGGER evil AFTER INSERT ON entry "
            "BEGIN UPDATE entry SET bytes = x'00' WHERE idx = NEW.idx; END"
        )
    else:
        ledger.tamper(
            "CREATE FUNCTION evil() RETURNS trigger LANGUAGE plpgsql "
            "AS 'BEGIN NEW.bytes := ''x''; RETURN NEW; END'"
        )
        ledger.tamper("CREATE TRIGGER evil BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION evil()")
    with pytest.raises(StoreError, match="other bytes"):
        ledger.append_some(1)


def test_a_node_starts_on_its_own_ledger_alone(ledger, key):
    with ledger.reading() as connection:
        ledger.log.check(connection)
        with pytest.raises(StoreError, match="not this key's"):
            Log(SigningKey.generate(key.name)).check(connection)


def test_a_node_does_not_start_on_a_ledger_whose_tail_is_cut(ledger):
    ledger.append_some(2)
    ledger.tamper(
        "UPDATE head SET size = 1, frontier = ?", ledger.query("SELECT leaf FROM entry WHERE idx = 0")[0][0]
    )
    ledger.tamper("DELETE FROM checkpoint WHERE size = 1")
    with ledger.reading() as connection, pytest.raises(StoreError, match="no checkpoint"):
        ledger.log.check(connection)
