"""Verification: what was signed is found in order, and every tampering is found and named."""

from __future__ import annotations

import pickle

import pytest

from alpr_ledger import content
from alpr_ledger import verify as verify_module
from alpr_ledger.entry import encode_body, splice
from alpr_ledger.errors import KeyRefused, ProofError, VerificationError
from alpr_ledger.keys import SigningKey
from alpr_ledger.log import Draft, draft
from alpr_ledger.merkle import Frontier, leaf_hash
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify

SIZE = 8
"""Entries in the ledger that is tampered with: 1 + 3 + 4."""


@pytest.fixture
def filled(ledger, make_body):
    ledger.append_some(3)
    ledger.append(*(draft(make_body(n, req=f"r{n}")) for n in range(4)))
    return ledger


def check(ledger, **options):
    with open_source(ledger.target) as source:
        return verify(source, **options)


def refuse(ledger, match, entry=None, **options):
    with pytest.raises(VerificationError, match=match) as caught:
        check(ledger, **options)
    if entry is not None:
        assert caught.value.entry == entry
    return caught.value


def stored(ledger, idx, column="bytes"):
    ((value,),) = ledger.query(f"SELECT {column} FROM entry WHERE idx = ?", idx)
    return bytes(value)


def test_an_untouched_ledger_verifies_and_the_report_says_what_was_checked(filled, key):
    report = check(filled)
    assert (report.origin, report.vkey, report.size) == (key.name, str(key.vkey), SIZE)
    assert (report.checkpoints, report.signatures, report.content, report.pinned) == (3, 3, True, False)
    text = "\n".join(report.lines())
    assert f"complete up to size 8, signed by {key.name}+{key.vkey.key_id.hex()}" in text
    assert "not anchored: the department could still rewrite this" in text
    assert "'test.note' is not in the catalogue: 7 entries" in text
    assert "OK" not in text


def test_the_report_says_what_did_not_run(filled):
    assert any("not checked" in line for line in check(filled, content=False).lines())


def test_a_key_that_the_caller_holds_is_demanded(filled, key):
    report = check(filled, vkeys=[str(key.vkey)])
    assert report.pinned
    assert any("the key you gave" in line for line in report.lines())
    refuse(filled, "another key than yours", 0, vkeys=[str(SigningKey.generate(key.name).vkey)])
    with pytest.raises(KeyRefused), open_source(filled.target) as source:
        verify(source, vkeys=["mistyped"])


def test_many_checkpoints_are_signature_checked_only_when_asked_and_the_report_says_so(filled, monkeypatch):
    monkeypatch.setattr(verify_module, "CHEAP_SIGNATURES", 2)
    report = check(filled)
    assert (report.checkpoints, report.signatures) == (3, 1)
    assert any(
        "3 checkpoints: all roots recomputed, 1 (the newest) signatures" in line for line in report.lines()
    )
    assert check(filled, all_checkpoints=True).signatures == 3


# Each tampering: what an administrator does to the database, what verification says, and which entry it names.
EDITS = {
    "an edited entry": ("UPDATE entry SET bytes = ? WHERE idx = 2", "those that were hashed", 2),
    "a deleted entry": ("DELETE FROM entry WHERE idx = 2", "missing here", 2),
    "a deleted opening": ("DELETE FROM entry WHERE idx = 0", "missing here", 0),
    "a cut tail": ("DELETE FROM entry WHERE idx >= 6", "missing at the end", 6),
    "an empty ledger": ("DELETE FROM entry", "missing", 0),
    "a renumbered entry": ("UPDATE entry SET idx = 20 WHERE idx = 3", "missing here", 3),
    "an edited leaf hash": ("UPDATE entry SET leaf = ? WHERE idx = 4", "those that were hashed", 4),
    "an edited link": ("UPDATE entry SET prev = ? WHERE idx = 4", "does not follow", 4),
    "an edited root": ("UPDATE checkpoint SET root = ? WHERE size = 4", "stored root", 3),
    "a deleted newest checkpoint": ("DELETE FROM checkpoint WHERE size = 8", "no checkpoint covers", 4),
    "a moved checkpoint": ("UPDATE checkpoint SET size = 3 WHERE size = 4", "stored root", 2),
    "a checkpoint of the future": ("UPDATE checkpoint SET size = 9 WHERE size = 8", "missing at the end", 8),
    "a checkpoint of nothing": ("UPDATE checkpoint SET size = 0 WHERE size = 1", "impossible size", None),
    "a swapped note": ("UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = 8) WHERE size = 4",
                       "signed for another tree", 3),
    "a garbage note": ("UPDATE checkpoint SET note = ? WHERE size = 4", "cannot be read", None),
    "a moved head": ("UPDATE head SET size = 7", "head disagrees", None),
    "an edited head": ("UPDATE head SET leaf = frontier", "head's hashes", None),
    "an edited frontier": ("UPDATE head SET frontier = ?", "head's hashes", None),
    "a missing head": ("DELETE FROM head", "head is missing", None),
    "an invented tile": ("INSERT INTO tile VALUES (1, 0, ?)", "tile 1/0", None),
    "an invented tile before the first": ("INSERT INTO tile VALUES (1, -1, ?)", "tile 1/-1", None),
    "an invented tile below the lowest": ("INSERT INTO tile VALUES (-1, 0, ?)", "tile -1/0", None),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_tampering_is_detected_and_the_entry_named(filled, name):
    statement, match, entry = EDITS[name]
    filled.tamper(statement, *([b"x" * 32] if "?" in statement else []))
    refuse(filled, match, entry, content=False)


def test_two_entries_swapped_with_their_hashes_are_detected(filled):
    filled.tamper("UPDATE entry SET idx = 100 WHERE idx = 2")
    filled.tamper("UPDATE entry SET idx = 2 WHERE idx = 3")
    filled.tamper("UPDATE entry SET idx = 3 WHERE idx = 100")
    refuse(filled, "does not follow", 2, content=False)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda data: data.replace(b'{"b":', b'{ "b":'), "does not begin"),
        (lambda data: data[:-1] + b" }", "last bytes"),
        (lambda data: data.replace(b'"s":2}', b'"s":3}'), "last bytes"),
    ],
    ids=["first", "last", "index"],
)
def test_an_entry_with_other_first_or_last_bytes_is_detected_though_its_hash_fits(filled, change, why):
    changed = change(stored(filled, 2))
    filled.tamper("UPDATE entry SET bytes = ?, leaf = ? WHERE idx = 2", changed, leaf_hash(changed))
    refuse(filled, why, 2, content=False)


def rebuild(ledger, key, bodies):
    """Rewrite the whole ledger with these bodies and `key`, consistently: only signatures can tell."""
    for table in ("entry", "checkpoint", "tile"):
        ledger.tamper(f"DELETE FROM {table}")
    prev, tree = bytes(32), Frontier()
    for idx, each in enumerate(bodies):
        data = splice(each, prev, idx)
        leaf = leaf_hash(data)
        ledger.tamper("INSERT INTO entry (idx, bytes, leaf, prev) VALUES (?, ?, ?, ?)", idx, data, leaf, prev)
        tree.extend([leaf])
        prev = leaf
    note = key.sign_checkpoint(tree.size, tree.root())
    ledger.tamper("INSERT INTO checkpoint VALUES (?, ?, ?)", tree.size, tree.root(), note)
    ledger.tamper("UPDATE head SET size = ?, leaf = ?, frontier = ?", tree.size, prev, tree.to_bytes())


def body_of(data):
    return data[len(b'{"b":') : data.rindex(b',"p":"')]


def test_a_consistent_rewrite_under_another_key_is_detected_by_the_signature(filled, key):
    bodies = [body_of(stored(filled, idx)) for idx in range(SIZE)]
    rebuild(filled, SigningKey.generate(key.name), bodies[:3] + bodies[4:])
    refuse(filled, "none of the known keys", SIZE - 2)


def test_a_rewrite_with_an_opening_of_its_own_is_detected_by_who_holds_the_key(filled, key, make_body):
    thief = SigningKey.generate(key.name)
    opening = make_body(kind="ledger.open", public={"origin": thief.name, "vkey": str(thief.vkey)})
    rebuild(filled, thief, [encode_body(opening)])
    assert check(filled).size == 1  # it is a ledger in order, of somebody else
    refuse(filled, "another key than yours", 0, vkeys=[str(key.vkey)])


def test_a_rewrite_by_the_owner_of_the_key_verifies_which_is_why_the_report_says_not_anchored(filled, key):
    rebuild(filled, key, [body_of(stored(filled, idx)) for idx in (0, 1, 2)])
    report = check(filled, vkeys=[str(key.vkey)])
    assert report.lines()[-1].startswith("not anchored")


@pytest.mark.parametrize(
    ("public", "why"),
    [({}, "no opening"), ({"vkey": "nonsense"}, "no opening"), ({"vkey": 7}, "no opening"), ([], "no opening"),
     ({"vkey": "KEY", "origin": "elsewhere.example"}, "not its key's name")],
)  # fmt: skip
def test_an_opening_without_a_fitting_key_is_refused(filled, key, make_body, public, why):
    if isinstance(public, dict) and public.get("vkey") == "KEY":
        public["vkey"] = str(key.vkey)
    rebuild(filled, key, [encode_body(make_body(kind="ledger.open", public=public))])
    refuse(filled, why, 0)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"kind":"test.note","kind":"x","t":"2026-11-23T06:34:00.123456Z","v":1}', "twice"),
        (b'{"kind":"test.note", "t":"2026-11-23T06:34:00.123456Z","v":1}', "canonical"),
        (b'{"kind":"test.note","n":1.5,"v":1}', "fraction"),
        (b'{"kind":"test.note","t":"2026-11-23","v":1}', "t: not of its form"),
        (b'{"kind":"test.note","plate":"ABC123","t":"2026-11-23T06:34:00.123456Z","v":1}', "plate: no entry"),
        (b'{"kind":"test.note","ref":9,"t":"2026-11-23T06:34:00.123456Z","v":1}', "not before it"),
        (b'{"kind":"test.note","req":"r","t":"2026-11-23T06:34:00.123456Z","v":1}', "request id"),
        (b'{"t":"2026-11-23T06:34:00.123456Z","v":1}', "kind: missing"),
        (b'{"kind":"ledger.open","public":{"origin":"o","plate":"ABC123","vkey":"v"},'
         b'"t":"2026-11-23T06:34:00.123456Z","v":1}', "public.plate: not declared"),
        (b'[]', "not an object"),
        (b'{},"p":"","s":8,"b":{}', "twice"),
    ],
)  # fmt: skip
def test_what_was_signed_but_is_no_proper_entry_is_found_by_the_content_pass(filled, body, why):
    filled.append(Draft(body))
    assert check(filled, content=False).size == SIZE + 1
    refuse(filled, why, SIZE)


def test_tiles_are_recomputed(ledger):
    ledger.append_some(600)
    assert ledger.query("SELECT level, n FROM tile") == [(1, 0)]
    assert check(ledger, content=False).size == 601
    ((tile,),) = ledger.query("SELECT hashes FROM tile")
    ledger.tamper("UPDATE tile SET hashes = ?", bytes(tile)[:-1] + bytes([bytes(tile)[-1] ^ 1]))
    refuse(ledger, "tile 1/0", content=False)
    ledger.tamper("DELETE FROM tile")
    refuse(ledger, "tile 1/0 is missing", content=False)


def test_the_content_of_a_large_ledger_is_checked_in_several_processes(filled, monkeypatch):
    monkeypatch.setattr(content, "SHARE", 3)
    done = []
    report = check(filled, processes=2, progress=lambda name, at, of: done.append((name, at, of)))
    assert report.unknown_kinds == {"test.note": SIZE - 1}
    assert done[-1] == ("content", SIZE, SIZE)
    filled.append(Draft(b'{"v":2}'))
    refuse(filled, "v: not of its form", SIZE, processes=2)


def test_a_verification_error_comes_back_whole_from_another_process():
    error = ProofError("differs", entry=7, expected="a", got="b")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.entry) == (ProofError, str(error), 7)
