"""A ledger that lacks entries is brought up to an export of it: hash by hash, or not at all."""

from __future__ import annotations

import shutil

import pytest

from alpr_ledger.errors import LedgerBehind, VerificationError
from alpr_ledger.export import export
from alpr_ledger.keys import SigningKey
from alpr_ledger.last_signed import LastSigned
from alpr_ledger.log import Log, draft
from alpr_ledger.reader import Reader
from alpr_ledger.source import open_source
from alpr_ledger.takeover import newest_of, take_over
from alpr_ledger.verify import verify


def exported(ledger, folder) -> str:
    with open_source(ledger.target) as source:
        export(source, str(folder))
    return str(folder)


def rotate(ledger) -> SigningKey:
    """Hand the ledger over, and return the new key."""
    new = SigningKey.generate(ledger.log.key.name)
    with ledger.transaction() as connection:
        public = {"note": ledger.log.succession(connection, new)}
        entry = draft({"v": 1, "kind": "key.rotate", "t": "2026-11-23T06:34:00.123456Z", "public": public})
        ledger.log.append(connection, [entry], successor=new)
    ledger.log = Log(new)
    return new


def verified(ledger):
    with open_source(ledger.target) as source:
        return verify(source, all_checkpoints=True)


class Pair:
    """Two ledgers of one name with the same past: one went on, the other is what a backup brought back."""

    def __init__(self, newer, older) -> None:
        self.newer, self.older = newer, older

    def catch_up(self, target: str):
        with self.older.transaction() as connection, open_source(target) as source:
            return take_over(connection, source)


@pytest.fixture
def pair(ledger, key, tmp_path, request):
    """The older one has 4 entries."""
    ledger.append_some(3)
    ledger.engine.dispose()  # the last connection takes SQLite's WAL with it
    if ledger.path is not None:
        shutil.copy(ledger.path, tmp_path / "older.db")
        url = f"sqlite:///{tmp_path / 'older.db'}"
    else:
        url = request.getfixturevalue("postgresql_server")(ledger.url)
    older = type(ledger)(url, key, tmp_path / "older.lock")
    yield Pair(ledger, older)
    older.engine.dispose()


def test_the_older_one_becomes_what_was_exported_and_goes_on_as_its_continuation(pair, tmp_path) -> None:
    for _ in range(3):
        pair.newer.append_some(200)
    target = exported(pair.newer, tmp_path / "export")
    taken = pair.catch_up(target)
    assert (taken.before, taken.size) == (4, 604)
    pair.older.append_some(2)
    assert verified(pair.older).size == 606
    with pair.older.reading() as connection, pair.newer.reading() as other:
        assert Reader(connection).root(604) == Reader(other).root(604)
    # Whoever has the first export may go on with the restored ledger.
    exported(pair.older, target)
    with open_source(target) as source:
        assert verify(source).size == 606


def test_a_change_of_keys_comes_with_it(pair, tmp_path) -> None:
    new = rotate(pair.newer)
    pair.newer.append_some(2)
    newest = rotate(pair.newer)
    pair.newer.append_some(3)
    taken = pair.catch_up(exported(pair.newer, tmp_path / "export"))
    assert taken.vkey == str(newest.vkey)
    pair.older.log = Log(newest)
    pair.older.append_some(1)
    report = verified(pair.older)
    assert [one.vkey for one in report.keys][1:] == [new.vkey, newest.vkey]
    assert len(pair.older.query("SELECT vkey FROM keyring")) == 3


def test_a_change_of_keys_right_after_the_backup_comes_with_it(pair, tmp_path) -> None:
    new = rotate(pair.newer)
    pair.catch_up(exported(pair.newer, tmp_path / "export"))
    pair.older.log = Log(new)
    pair.older.append_some(1)
    assert verified(pair.older).size == 6


def test_an_export_that_is_no_longer_than_the_ledger_adds_nothing(pair, tmp_path) -> None:
    target = exported(pair.newer, tmp_path / "export")
    pair.older.append_some(2)
    taken = pair.catch_up(target)
    assert (taken.before, taken.size) == (6, 6)
    with open_source(target) as source:
        assert newest_of(source).size == 4


def test_another_history_is_refused_and_nothing_of_it_stays(pair, tmp_path) -> None:
    pair.newer.append_some(2)
    target = exported(pair.newer, tmp_path / "export")
    pair.older.append_some(1, kind="test.other")
    with pytest.raises(VerificationError, match="not a continuation"):
        pair.catch_up(target)
    assert verified(pair.older).size == 5


def test_another_history_of_the_same_length_is_refused(pair, tmp_path) -> None:
    pair.newer.append_some(1)
    target = exported(pair.newer, tmp_path / "export")
    pair.older.append_some(1, kind="test.other")
    with pytest.raises(VerificationError, match="not a continuation"):
        pair.catch_up(target)


def test_an_export_that_somebody_else_signed_is_refused(pair, tmp_path) -> None:
    pair.newer.log = Log(SigningKey.generate(pair.newer.log.key.name))
    pair.newer.tamper("UPDATE keyring SET vkey = ?", str(pair.newer.log.key.vkey))
    pair.newer.append_some(2)
    target = exported(pair.newer, tmp_path / "export")
    with pytest.raises(VerificationError, match="none of the known keys"):
        pair.catch_up(target)
    assert verified(pair.older).size == 4


@pytest.mark.parametrize("what", ["entries", "0"])
def test_a_changed_byte_in_the_export_is_refused(pair, tmp_path, what) -> None:
    pair.newer.append_some(2)
    folder = tmp_path / "export"
    target = exported(pair.newer, folder)
    path = next(path for path in (folder / "tile" / what).rglob("*") if path.is_file())
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    with pytest.raises(VerificationError):
        pair.catch_up(target)
    assert verified(pair.older).size == 4


class TestUnsure:
    """Where nobody knows what a restored database lacks, nothing but a recovery is signed."""

    def test_nothing_is_signed_and_the_reason_is_told(self, ledger, tmp_path) -> None:
        LastSigned(tmp_path / "signed").restored("this node was restored from Monday")
        ledger.log.last_signed = LastSigned(tmp_path / "signed")
        with pytest.raises(LedgerBehind, match="restored from Monday"):
            ledger.append_some(1)
        with ledger.reading() as connection, pytest.raises(LedgerBehind, match="restored from Monday"):
            ledger.log.check(connection)

    def test_a_recovery_settles_it_for_every_process(self, ledger, tmp_path, key) -> None:
        remembered, other = LastSigned(tmp_path / "signed"), LastSigned(tmp_path / "signed")
        remembered.restored("this node was restored from Monday")
        other = LastSigned(tmp_path / "signed")
        LastSigned(tmp_path / "signed").record(key.sign_checkpoint(3, b"\x01" * 32), replace=True)
        other.check(3)
        assert LastSigned(tmp_path / "signed").unsure == ""

    def test_an_ordinary_commit_settles_nothing(self, tmp_path, key) -> None:
        remembered = LastSigned(tmp_path / "signed")
        remembered.restored("this node was restored from Monday")
        remembered.record(key.sign_checkpoint(3, b"\x01" * 32))
        assert "Monday" in LastSigned(tmp_path / "signed").unsure
