"""What a verification says of witnesses: who confirmed how much, and when; and what nobody did."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_ledger import cosigned
from alpr_ledger.__main__ import main
from alpr_ledger.anchoring import Anchoring, judge
from alpr_ledger.cosignature import cosign, verify_cosignatures, witness_vkey
from alpr_ledger.errors import VerificationError
from alpr_ledger.export import export
from alpr_ledger.keys import SigningKey
from alpr_ledger.note import parse_note
from alpr_ledger.policy import read_policy
from alpr_ledger.reader import Reader
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
KEYS = {name: SigningKey(f"witness.example/{name}", bytes([n]) * 32) for n, name in enumerate("abc", start=1)}
WITNESSES = "".join(f"witness {name} {witness_vkey(key)}\n" for name, key in KEYS.items())


def policy_of(*lines: str):
    return read_policy("".join(f"{line}\n" for line in (WITNESSES, *lines)).encode())


TWO_OF_THREE = policy_of("group g 2 a b c", "quorum g")


def confirm(ledger, name: str, size: int, at: datetime = AT) -> None:
    """Let a witness cosign the checkpoint of a size, and keep its word."""
    with ledger.transaction() as connection:
        text = parse_note(Reader(connection).checkpoint(size)).text
        line = cosign(KEYS[name], text, at)
        (found,) = verify_cosignatures(text, [line], [witness_vkey(KEYS[name])])
        cosigned.save(connection, size, found)


def report(ledger, policy=TWO_OF_THREE):
    with open_source(ledger.target) as source:
        return verify(source, policy=policy)


def test_without_witnesses_nothing_is_anchored(ledger):
    found = report(ledger)
    assert found.lines()[-1].startswith("not anchored: the department could still rewrite this")
    assert (found.as_json()["anchored"], found.as_json()["witnesses"]) == (False, [])


def test_a_quorum_anchors_up_to_what_all_of_it_confirmed_and_the_tail_is_named(ledger):
    for _ in range(3):
        ledger.append_some(10)
    confirm(ledger, "a", 21)
    assert report(ledger).anchoring.size == 0
    confirm(ledger, "b", 11, AT + timedelta(hours=1))
    found = report(ledger)
    assert found.anchoring.size == 11
    assert found.lines()[-4:] == [
        "witnessed by witness.example/a at 2026-11-23 08:00:00 UTC: 21 entries",
        "witnessed by witness.example/b at 2026-11-23 09:00:00 UTC: 11 entries",
        "anchored up to size 11",
        "tail after 11 unanchored: the department could still rewrite these 20 entries",
    ]
    confirm(ledger, "c", 31)
    confirm(ledger, "b", 31)
    found = report(ledger)
    assert found.lines()[-1] == "anchored up to size 31: all of it"
    assert found.as_json()["witnesses"][0] == {
        "name": "witness.example/b",
        "vkey": str(witness_vkey(KEYS["b"])),
        "size": 31,
        "time": "2026-11-23T08:00:00Z",
    }


def test_an_export_says_the_same(ledger, tmp_path):
    ledger.append_some(10)
    confirm(ledger, "a", 11)
    confirm(ledger, "b", 11)
    ledger.append_some(10)
    with open_source(ledger.target) as source:
        export(source, tmp_path / "export")
    with open_source(tmp_path / "export") as source:
        found = verify(source, policy=TWO_OF_THREE)
    assert (found.size, found.anchoring.size, len(found.anchoring.witnessed)) == (21, 11, 2)


def test_without_a_policy_nobodys_word_counts(sqlite_ledger):
    confirm(sqlite_ledger, "a", 1)
    found = report(sqlite_ledger, policy=None)
    assert found.anchoring == Anchoring(unjudged=True)
    assert "give the policy" in found.lines()[-2]
    assert "not anchored" in found.lines()[-1]


@pytest.mark.parametrize("policy", [policy_of("quorum none"), policy_of("quorum c")], ids=["none", "another"])
def test_a_policy_that_asks_for_no_such_witness_anchors_nothing(sqlite_ledger, policy):
    confirm(sqlite_ledger, "a", 1)
    found = report(sqlite_ledger, policy)
    assert (found.anchoring.size, len(found.anchoring.witnessed)) == (0, 1)
    assert "not anchored" in found.lines()[-1]


def test_the_logs_of_a_policy_are_the_keys_that_are_trusted(sqlite_ledger, key):
    assert report(sqlite_ledger, policy_of(f"log {key.vkey}", "quorum none")).pinned
    other = SigningKey("ledger.example/test", bytes([9]) * 32)
    with pytest.raises(VerificationError, match="another key than yours"):
        report(sqlite_ledger, policy_of(f"log {other.vkey}", "quorum none"))


def test_of_two_words_of_one_witness_the_larger_counts_and_the_first_of_a_size_is_kept(ledger):
    ledger.append_some(1)
    confirm(ledger, "a", 2)
    confirm(ledger, "a", 2, AT + timedelta(days=1))
    confirm(ledger, "a", 1, AT + timedelta(days=2))
    (word,) = report(ledger, policy_of("quorum a")).anchoring.witnessed
    assert (word.size, word.time) == (2, AT)


def test_a_cosignature_over_another_tree_is_refused_and_its_witness_named(ledger):
    ledger.append_some(1)
    confirm(ledger, "a", 1)
    ledger.tamper("UPDATE cosignature SET size = 2")
    with pytest.raises(VerificationError, match=r"size 2 by witness\.example/a"):
        report(ledger)
    ledger.tamper("UPDATE cosignature SET size = 7")
    with pytest.raises(VerificationError, match="size 7, of which the ledger has no checkpoint"):
        report(ledger)


def test_a_later_run_still_proves_what_was_confirmed_before(ledger):
    ledger.append_some(300)
    confirm(ledger, "a", 301)
    with open_source(ledger.target) as source:
        state = verify(source).state
    ledger.append_some(5)
    with open_source(ledger.target) as source:
        found = verify(source, policy=policy_of("quorum a"), since=state)
    assert found.anchoring.size == 301


def test_a_witness_that_confirmed_another_history_is_never_taken_for_one_of_this(ledger, key):
    ledger.append_some(5)
    with open_source(ledger.target) as source:
        state = verify(source).state
    ledger.append_some(5)
    forged = key.sign_checkpoint(1, bytes(32))
    line = cosign(KEYS["a"], parse_note(forged).text, AT).line().encode()
    ledger.tamper("UPDATE checkpoint SET note = ?, root = ? WHERE size = 1", forged, bytes(32))
    ledger.tamper("INSERT INTO cosignature VALUES (1, ?, ?)", str(witness_vkey(KEYS["a"])), line)
    with (
        open_source(ledger.target) as source,
        pytest.raises(VerificationError, match="leads to another root at size 1"),
    ):
        verify(source, policy=policy_of("quorum a"), since=state)


@given(at=st.integers(0, 10_000), change=st.integers(1, 255))
def test_any_byte_changed_in_a_cosignature_refuses_or_drops_its_witness(at, change):
    log = SigningKey("ledger.example/test", bytes(range(32)))
    note = log.sign_checkpoint(5, bytes(32))
    line = bytearray(cosign(KEYS["a"], parse_note(note).text, AT).line().encode())
    line[at % len(line)] ^= change
    try:
        found = judge([(5, bytes(line))], lambda size: note, policy_of("quorum a"))
    except VerificationError:
        return
    assert found == Anchoring()


@pytest.mark.parametrize("line", [b"", b"junk", b"\xff", None, "text", b"\n\n"], ids=repr)
def test_what_is_no_signature_line_counts_for_nobody(line):
    assert judge([(5, line)], lambda size: None, policy_of("quorum a")) == Anchoring()


def test_the_command_takes_the_policy_of_the_auditor(sqlite_ledger, key, tmp_path, capsys):
    confirm(sqlite_ledger, "a", 1)
    file = tmp_path / "trusted.policy"
    file.write_text(f"log {key.vkey}\n{WITNESSES}quorum a\n")
    assert main(["verify", sqlite_ledger.target, "--policy", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["anchored"], found["anchored_size"], found["pinned"]) == (True, 1, True)
    file.write_text("quorum nobody\n")
    assert main(["verify", sqlite_ledger.target, "--policy", str(file)]) == 2
    assert "line 1" in capsys.readouterr().err


def test_the_words_of_every_witness_over_a_size_are_found(ledger):
    ledger.append_some(1)
    for name, size in (("a", 1), ("a", 2), ("b", 2)):
        confirm(ledger, name, size)
    with ledger.reading() as connection:
        assert len(cosigned.over(connection, 2)) == 2
        assert [size for size, _ in cosigned.newest(connection)] == [2, 2]
        assert cosigned.newest_size(connection, witness_vkey(KEYS["a"])) == 2
        assert cosigned.newest_size(connection, witness_vkey(KEYS["c"])) == 0


@pytest.mark.parametrize("size", ["'x'", "x'00'", "1.5"])
def test_a_cosignature_stored_for_an_impossible_size_is_told(sqlite_ledger, size):
    confirm(sqlite_ledger, "a", 1)
    assert report(sqlite_ledger).anchoring.witnessed
    sqlite_ledger.tamper(f"UPDATE cosignature SET size = {size}")
    with pytest.raises(VerificationError, match="impossible size"):
        report(sqlite_ledger)
