"""Verification of what came since: it reads no more than that, and nothing that it reads slips through."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alpr_ledger.errors import LedgerError, SourceError, VerificationError
from alpr_ledger.export import export
from alpr_ledger.keys import SigningKey
from alpr_ledger.log import Log, draft
from alpr_ledger.source import open_source
from alpr_ledger.state import State
from alpr_ledger.verify import verify


def check(target, since=None, **options):
    with open_source(target) as source:
        return verify(source, since=since, **options)


def write(ledger, target):
    with open_source(ledger.target) as source:
        export(source, target)


def test_what_came_since_is_verified_and_ends_where_a_full_verification_ends(ledger, key):
    ledger.append_some(300)
    before = check(ledger.target).state
    ledger.append_some(700)
    report, whole = check(ledger.target, before), check(ledger.target)
    assert (report.first, report.size, report.root) == (301, 1001, whole.root)
    assert report.state == whole.state
    assert report.vkey == str(key.vkey)
    assert report.unknown_kinds == {"test.note": 700}
    text = "\n".join(report.lines())
    assert "chain     700 new entries" in text
    assert "301 entries were verified before and not read again" in text
    assert report.as_json()["first_read"] == 301


def test_nothing_new_is_said_to_be_in_order(ledger):
    ledger.append_some(300)
    before = check(ledger.target).state
    assert check(ledger.target, before).state == before


@pytest.mark.hypothesis
def test_step_by_step_on_the_export_it_comes_to_the_same(make_ledger, tmp_path_factory):
    @settings(max_examples=max(10, settings.default.max_examples // 20))
    @given(st.lists(st.sampled_from([0, 1, 3, 255, 256, 600]), min_size=1, max_size=4))
    def same(counts):
        folder = tmp_path_factory.mktemp("since")
        ledger, state = make_ledger(folder / "ledger.db"), None
        for count in counts:
            if count:
                ledger.append_some(count)
            write(ledger, folder / "export")
            report = check(folder / "export", state)
            state = State.parse(report.state.to_bytes())
            assert state == report.state
        assert (state.size, state.frontier) == (1 + sum(counts), check(ledger.target).state.frontier)

    same()


def test_old_entries_are_not_read_again_which_the_report_says(sqlite_ledger):
    sqlite_ledger.append_some(300)
    before = check(sqlite_ledger.target).state
    sqlite_ledger.append_some(5)
    sqlite_ledger.tamper("UPDATE entry SET bytes = ? WHERE idx = 7", b"x")
    assert check(sqlite_ledger.target, before).size == 306
    with pytest.raises(VerificationError):
        check(sqlite_ledger.target)


TAMPERINGS = {
    "a cut tail": (["DELETE FROM entry WHERE idx >= 301", "DELETE FROM checkpoint WHERE size > 301"], None),
    "a ledger cut below what was seen": (
        ["DELETE FROM entry WHERE idx >= 100", "DELETE FROM checkpoint WHERE size > 1"],
        300,
    ),
    "an edited new entry": (["UPDATE entry SET bytes = x'00' WHERE idx = 305"], 305),
    "a deleted new entry": (["DELETE FROM entry WHERE idx = 302"], 302),
    "a deleted newest checkpoint": (["DELETE FROM checkpoint WHERE size = 901"], 301),
    "an edited tile": (["UPDATE tile SET hashes = zeroblob(96)"], None),
    "a missing tile": (["DELETE FROM tile"], None),
    "an invented tile": (["INSERT INTO tile VALUES (1, 7, zeroblob(32))"], None),
    "a tile that is no bytes": (["UPDATE tile SET hashes = 7"], None),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_with_what_is_new_is_found(sqlite_ledger, name):
    sqlite_ledger.append_some(300)
    before = check(sqlite_ledger.target).state
    sqlite_ledger.append_some(600)
    statements, entry = TAMPERINGS[name]
    for statement in statements:
        sqlite_ledger.tamper(statement)
    with pytest.raises(VerificationError) as caught:
        check(sqlite_ledger.target, before)
    assert caught.value.entry == entry


@pytest.mark.parametrize("grown", [0, 10])
def test_another_history_of_the_same_key_is_a_fork_and_found(make_ledger, make_body, tmp_path, grown):
    one, other = make_ledger(tmp_path / "one.db"), make_ledger(tmp_path / "other.db")
    one.append_some(20)
    other.append(*(draft(make_body(n + 1)) for n in range(20)))
    if grown:
        other.append_some(grown)
    seen = check(one.target).state
    with pytest.raises(VerificationError):
        check(other.target, seen)
    assert check(other.target).size == 21 + grown  # which nobody sees who held nothing from before


def test_a_change_of_keys_is_followed_in_an_export_and_across_states(sqlite_ledger, make_body, key, tmp_path):
    sqlite_ledger.append_some(10)
    write(sqlite_ledger, tmp_path / "export")
    before = check(tmp_path / "export").state
    new = SigningKey.generate(key.name)
    with sqlite_ledger.transaction() as connection:
        handing = make_body(kind="key.rotate", public={"note": sqlite_ledger.log.succession(connection, new)})
        sqlite_ledger.log.append(connection, [draft(handing)], successor=new)
    sqlite_ledger.log = Log(new)
    sqlite_ledger.append_some(3)  # the export lacks the checkpoint that both keys signed
    write(sqlite_ledger, tmp_path / "export")
    for since in (None, before, State.parse(check(sqlite_ledger.target).state.to_bytes())):
        report = check(tmp_path / "export", since)
        assert [one.vkey for one in report.keys] == [key.vkey, new.vkey]
    assert report.vkey == str(new.vkey)


@pytest.fixture
def state(sqlite_ledger):
    sqlite_ledger.append_some(10)
    return check(sqlite_ledger.target).state


def test_a_state_is_kept_in_a_file_and_read_back(state, tmp_path):
    state.save(tmp_path / "state.json")
    assert State.load(tmp_path / "state.json") == state
    assert [path.name for path in tmp_path.glob("*state*")] == ["state.json"]


@pytest.mark.parametrize(
    "change",
    [{"size": 12}, {"size": "11"}, {"size": True}, {"size": -1}, {"size": 2**70}, {"size": 0}, {"keys": []},
     {"keys": 7}, {"keys": [7]}, {"keys": [{"vkey": "x", "first": 1}]}, {"leaf": "AA=="}, {"leaf": None},
     {"frontier": "AA=="}, {"checkpoint": None}, {"format": "other"}],
)  # fmt: skip
def test_a_state_that_is_none_is_refused_in_words(state, change):
    fields = {**json.loads(state.to_bytes()), **change}
    with pytest.raises(SourceError, match="state"):
        State.parse(json.dumps(fields).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"format": 1}'])
def test_garbage_is_no_state(data):
    with pytest.raises(SourceError, match="not a state"):
        State.parse(data)


def test_a_file_that_is_not_there_is_said_in_words(tmp_path):
    with pytest.raises(SourceError, match="cannot be read"):
        State.load(tmp_path / "none.json")
    with pytest.raises(LedgerError, match="cannot be written"):
        State((), 1, b"", b"", b"").save(tmp_path / "no folder" / "state.json")
