"""Keys that follow one another: by entries that old and new have signed, each with the sizes it may sign for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_ledger import verify as verify_module
from alpr_ledger.checkpoint import parse_checkpoint
from alpr_ledger.errors import KeyRefused, StoreError, VerificationError
from alpr_ledger.keys import SigningKey, SigningKeys
from alpr_ledger.log import Log, draft
from alpr_ledger.note import Vkey, parse_note, verify_note
from alpr_ledger.reader import Reader
from alpr_ledger.source import open_source
from alpr_ledger.succession import FORMAT, KeyRing, succession_note
from alpr_ledger.verify import verify

TIME = "2026-11-23T06:34:00.123456Z"


def key_entry(kind: str, **public: object) -> dict[str, object]:
    return {"v": 1, "kind": kind, "t": TIME, "public": public}


def rotate(ledger, successor: SigningKey | None = None, *, more=(), note: str | None = None):
    """Hand the ledger over, and give the receipt and the new key."""
    new = successor or SigningKey.generate(ledger.log.key.name)
    with ledger.transaction() as connection:
        text = note or ledger.log.succession(connection, new)
        drafts = [draft(key_entry("key.rotate", note=text)), *more]
        receipt = ledger.log.append(connection, drafts, successor=new)
    ledger.log = Log(new)
    return receipt, new


def revoke(ledger, vkey: Vkey, last: object) -> None:
    ledger.append(draft(key_entry("key.revoke", vkey=str(vkey), last=last)))


def check(ledger, **options):
    with open_source(ledger.target) as source:
        return verify(source, **options)


def refuse(ledger, match: str, entry: int, **options) -> None:
    with pytest.raises(VerificationError, match=match) as caught:
        check(ledger, **options)
    assert caught.value.entry == entry


def test_the_entry_holds_a_note_over_the_whole_history_signed_by_old_and_new_key(ledger, key):
    ledger.append_some(2)
    with ledger.reading() as connection:
        root = Reader(connection).root(3)
    receipt, new = rotate(ledger)
    with ledger.reading() as connection:
        body = Reader(connection).entry(receipt.first).body
    note = parse_note(body["public"]["note"].encode())
    handed = parse_checkpoint(note.text)
    assert (handed.origin, handed.size, handed.root) == (FORMAT, 3, root)
    assert handed.extensions == (str(key.vkey), str(new.vkey))
    assert verify_note(note, [key.vkey, new.vkey]) == (key.vkey, new.vkey)
    assert (new.name, new.vkey.key_id != key.vkey.key_id) == (key.name, True)


def test_the_checkpoint_that_covers_the_succession_is_signed_by_both_and_the_next_by_the_new_key(ledger, key):
    receipt, new = rotate(ledger)
    assert verify_note(parse_note(receipt.checkpoint), [key.vkey, new.vkey]) == (key.vkey, new.vkey)
    after = parse_note(ledger.append_some(1).checkpoint)
    assert [one.key_id for one in after.signatures] == [new.vkey.key_id]


def test_each_key_is_valid_for_a_range_of_sizes_which_the_report_names(ledger, key):
    ledger.append_some(2)
    _, second = rotate(ledger)
    ledger.append_some(2)
    _, third = rotate(ledger)
    report = check(ledger)
    assert [(one.vkey, one.first, one.last) for one in report.keys] == [
        (key.vkey, 1, 4), (second.vkey, 4, 7), (third.vkey, 7, None)
    ]  # fmt: skip
    assert (report.vkey, report.signatures, report.checkpoints) == (str(third.vkey), 5, 5)
    assert [one["vkey"] for one in report.as_json()["keys"]] == [
        str(one.vkey) for one in (key, second, third)
    ]
    assert f"{second.vkey} signs sizes 4 to 7" in "\n".join(report.lines())
    with ledger.reading() as connection:
        assert Reader(connection).key_ranges() == [
            (str(key.vkey), 1, 4), (str(second.vkey), 4, 7), (str(third.vkey), 7, None)
        ]  # fmt: skip


def test_history_verifies_under_the_first_key_and_under_any_successor_that_the_auditor_holds(ledger, key):
    _, second = rotate(ledger)
    _, third = rotate(ledger)
    for held in (key, second, third):
        assert check(ledger, vkeys=[str(held.vkey)]).pinned
    refuse(ledger, "another key than yours", 0, vkeys=[str(SigningKey.generate(key.name).vkey)])


def test_a_rotation_checkpoint_is_verified_even_where_the_others_are_not_asked_for(ledger, monkeypatch):
    monkeypatch.setattr(verify_module, "CHEAP_SIGNATURES", 1)
    ledger.append_some(1)
    rotate(ledger)
    ledger.append_some(1)
    assert check(ledger).signatures == 2


def test_a_former_key_signs_nothing_more(ledger, key):
    rotate(ledger)
    with pytest.raises(StoreError, match="not this key's"), ledger.transaction() as connection:
        Log(key).append(connection, [draft(key_entry("test.note"))])


def test_a_checkpoint_by_a_former_key_is_refused(ledger, key):
    rotate(ledger)
    ledger.append_some(1)
    (size, root) = ledger.query("SELECT size, root FROM checkpoint ORDER BY size DESC LIMIT 1")[0]
    forged = key.sign_checkpoint(size, bytes(root))
    ledger.tamper("UPDATE checkpoint SET note = ? WHERE size = ?", forged, size)
    refuse(ledger, "none of the known keys", 2)


@pytest.mark.parametrize("keep", [0, 1], ids=["old key alone", "new key alone"])
def test_a_rotation_checkpoint_with_one_of_the_two_signatures_is_refused(ledger, keep):
    receipt, _ = rotate(ledger)
    lines = receipt.checkpoint.decode().split("\n")
    del lines[-2 - keep]
    ledger.tamper("UPDATE checkpoint SET note = ? WHERE size = 2", "\n".join(lines).encode())
    refuse(ledger, "did not", 1)


# A succession that no honest log writes; `old` is the key of the ledger of one entry, `new` its successor.
FORGED = {
    "for another size": lambda old, new, root: succession_note(old, new, 2, root),
    "for another tree": lambda old, new, root: succession_note(old, new, 1, bytes(32)),
    "by another key": lambda old, new, root: succession_note(SigningKey.generate(old.name), new, 1, root),
    "to a key of another name": lambda old, new, root: succession_note(
        old, SigningKey.generate("elsewhere.example"), 1, root
    ),
    "to itself": lambda old, new, root: succession_note(old, old, 1, root),
    "without the new key's signature": lambda old, new, root: without_line(
        succession_note(old, new, 1, root), -2
    ),
    "without the old key's signature": lambda old, new, root: without_line(
        succession_note(old, new, 1, root), -3
    ),
    "not a note": lambda old, new, root: b"nonsense",
}


def without_line(note: bytes, at: int) -> bytes:
    lines = note.decode().split("\n")
    del lines[at]
    return "\n".join(lines).encode()


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_succession_is_refused(sqlite_ledger, key, name):
    with sqlite_ledger.reading() as connection:
        root = Reader(connection).root(1)
    new = SigningKey.generate(key.name)
    rotate(sqlite_ledger, new, note=FORGED[name](key, new, root).decode())
    with pytest.raises(VerificationError) as caught:
        check(sqlite_ledger, content=False)
    assert caught.value.entry == 1


def test_a_ledger_never_returns_to_a_former_key(sqlite_ledger, key):
    rotate(sqlite_ledger)
    with sqlite_ledger.transaction() as connection:
        note = sqlite_ledger.log.succession(connection, key)
        connection.exec_driver_sql("DELETE FROM keyring WHERE last_size IS NOT NULL")
        sqlite_ledger.log.append(connection, [draft(key_entry("key.rotate", note=note))], successor=key)
    refuse(sqlite_ledger, "former key", 2)


def test_a_revocation_names_the_last_good_size_and_the_report_says_who_vouches_for_what_follows(ledger, key):
    ledger.append_some(4)
    rotate(ledger)
    revoke(ledger, key.vkey, 3)
    report = check(ledger)
    assert (report.keys[0].last, report.keys[0].revoked) == (3, 6)
    text = "\n".join(report.lines())
    assert "signs sizes 1 to 3, revoked by entry 6" in text
    assert "entries 3 to 5 were signed by a revoked key" in text


@pytest.mark.parametrize("last", [-1, 3, "2", None, True])
def test_a_revocation_beyond_what_the_key_signed_is_refused(sqlite_ledger, key, last):
    rotate(sqlite_ledger)
    revoke(sqlite_ledger, key.vkey, last)
    refuse(sqlite_ledger, "last good size", 2, content=False)


def test_the_key_that_signs_cannot_be_revoked_nor_a_stranger(sqlite_ledger, key):
    revoke(sqlite_ledger, key.vkey, 1)
    refuse(sqlite_ledger, "not a former key", 1)


def test_a_signature_counts_for_the_sizes_of_its_key(key):
    second = SigningKey.generate(key.name)
    ring = KeyRing(key.vkey)
    note = succession_note(key, second, 5, bytes(32)).decode()
    entry = b'{"b":%b,"p":"%b","s":5}' % (draft(key_entry("key.rotate", note=note)).body, b"A" * 43 + b"=")
    ring.read(5, entry, bytes(32))
    assert [ring.allows(key.vkey, size) for size in (0, 1, 6, 7)] == [False, True, True, False]
    assert [ring.allows(second.vkey, size) for size in (5, 6, 1000)] == [False, True, True]
    assert not ring.allows(SigningKey.generate(key.name).vkey, 6)


def test_another_process_follows_the_ledger_to_its_new_key(ledger, tmp_path):
    keys = SigningKeys(tmp_path)
    running = Log(ledger.log.key, keys=keys)
    _, new = rotate(ledger, keys.generate(ledger.log.key.name))
    with ledger.transaction() as connection:
        receipt = running.append(connection, [draft(key_entry("test.note"))])
    assert running.key.vkey == new.vkey
    assert verify_note(parse_note(receipt.checkpoint), [new.vkey]) == (new.vkey,)
    check(ledger)


def test_a_process_that_does_not_have_the_new_key_signs_nothing(ledger, tmp_path):
    running = Log(ledger.log.key, keys=SigningKeys(tmp_path))
    rotate(ledger)
    with pytest.raises(KeyRefused, match="not here"), ledger.transaction() as connection:
        running.append(connection, [draft(key_entry("test.note"))])


def test_a_rotation_that_is_rolled_back_changes_nothing(ledger, key):
    new = SigningKey.generate(key.name)
    with pytest.raises(KeyError), ledger.transaction() as connection:
        note = ledger.log.succession(connection, new)
        ledger.log.append(connection, [draft(key_entry("key.rotate", note=note))], successor=new)
        raise KeyError
    ledger.append_some(1)
    assert [one.vkey for one in check(ledger).keys] == [key.vkey]


@pytest.mark.hypothesis
def test_a_bit_flipped_in_a_succession_note_is_refused(key):
    second = SigningKey.generate(key.name)
    note = succession_note(key, second, 5, bytes(32)).decode()

    @given(st.integers(0, len(note) - 1), st.sampled_from("A0+\n =z"))
    def refused(at, letter):
        changed = note[:at] + letter + note[at + 1 :]
        if changed == note:
            return
        data = draft(key_entry("key.rotate", note=changed)).body
        with pytest.raises(VerificationError):
            KeyRing(key.vkey).read(5, b'{"b":%b,"p":"%b","s":5}' % (data, b"A" * 43 + b"="), bytes(32))

    refused()


class TestKeyFiles:
    def test_a_new_key_is_a_file_for_its_owner_alone_and_found_by_its_verifier_key(self, tmp_path):
        keys = SigningKeys(tmp_path)
        first, second = keys.generate("l.example/1"), keys.generate("l.example/1")
        assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
        assert keys.load(str(second.vkey)).sign(b"x") == second.sign(b"x")
        assert keys.load(str(first.vkey)).vkey == first.vkey
        assert keys.holds_others(str(first.vkey))

    def test_the_first_key_may_have_the_plain_name(self, tmp_path, key):
        key.save(tmp_path / "ledger.key")
        assert SigningKeys(tmp_path).load(str(key.vkey)).vkey == key.vkey

    def test_an_erased_secret_is_gone_and_its_blocks_were_overwritten(self, tmp_path, monkeypatch):
        keys = SigningKeys(tmp_path)
        old, new = keys.generate("l.example/1"), keys.generate("l.example/1")
        path = next(path for path in tmp_path.iterdir() if old.vkey.key_id.hex() in path.name)
        (tmp_path / "elsewhere").hardlink_to(path)  # shows what is left on the disk
        keys.erase_others(str(new.vkey))
        assert [one.name for one in tmp_path.glob("ledger*")] == [f"ledger-{new.vkey.key_id.hex()}.key"]
        assert set((tmp_path / "elsewhere").read_bytes()) == {0}
        assert not keys.holds_others(str(new.vkey))

    def test_an_erasure_that_was_cut_off_is_finished(self, tmp_path):
        keys = SigningKeys(tmp_path)
        new = keys.generate("l.example/1")
        (tmp_path / "ledger-00000000.erased").write_bytes(bytes(100))
        assert keys.holds_others(str(new.vkey))
        keys.erase_others(str(new.vkey))
        assert not keys.holds_others(str(new.vkey))

    def test_an_unsafe_key_file_stops_everything(self, tmp_path):
        keys = SigningKeys(tmp_path)
        new = keys.generate("l.example/1")
        next(tmp_path.iterdir()).chmod(0o640)
        with pytest.raises(KeyRefused, match="other accounts may read"):
            keys.load(str(new.vkey))
