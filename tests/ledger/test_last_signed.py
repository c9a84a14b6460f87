"""Never sign a fork: a host remembers what it signed, outside of the database that a backup can bring back."""

from __future__ import annotations

import shutil

import pytest

from alpr_ledger import last_signed
from alpr_ledger.checkpoint import Checkpoint, parse_checkpoint
from alpr_ledger.errors import LedgerBehind, StoreError
from alpr_ledger.keys import SigningKey
from alpr_ledger.last_signed import SIGNED, LastSigned
from alpr_ledger.log import Log, draft
from alpr_ledger.note import parse_note


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "signed"


def note(key: SigningKey, size: int) -> bytes:
    return key.sign_checkpoint(size, bytes([size % 256]) * 32)


def size_in(path) -> int:
    return parse_checkpoint(parse_note(path.read_bytes()).text).size


class TestFile:
    def test_it_holds_the_signed_note_for_its_owner_alone(self, path, key):
        LastSigned(path).record(note(key, 3))
        assert path.read_bytes() == note(key, 3)
        assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)

    def test_another_process_reads_what_this_one_recorded(self, path, key):
        LastSigned(path).record(note(key, 3))
        assert LastSigned(path).checkpoint == Checkpoint(key.name, 3, b"\x03" * 32)

    def test_of_two_processes_that_have_just_committed_the_later_size_stays(self, path, key):
        first, second = LastSigned(path), LastSigned(path)
        second.record(note(key, 5))
        first.record(note(key, 4))
        assert size_in(path) == 5

    def test_a_recovery_replaces_a_larger_size(self, path, key):
        file = LastSigned(path)
        file.record(note(key, 5))
        file.record(note(key, 2), replace=True)
        assert size_in(path) == 2
        file.check(2)

    def test_a_shorter_ledger_gets_no_signature(self, path, key):
        file = LastSigned(path)
        file.record(note(key, 5))
        file.check(5)
        with pytest.raises(LedgerBehind, match="4 entries, but this host has signed for 5"):
            file.check(4)

    def test_a_running_process_learns_of_a_recovery_by_another(self, path, key):
        running = LastSigned(path)
        running.record(note(key, 5))
        LastSigned(path).record(note(key, 2), replace=True)
        running.check(2)

    def test_it_is_fsynced_at_most_once_a_second_and_at_the_end(self, path, key, monkeypatch):
        now, synced = [0.0], []
        monkeypatch.setattr(last_signed.time, "monotonic", lambda: now[0])
        monkeypatch.setattr(last_signed.os, "fsync", synced.append)
        file = LastSigned(path)
        for size, at in ((1, 0.0), (2, 0.5), (3, 0.9)):
            now[0] = at
            file.record(note(key, size))
        assert len(synced) == 2  # the first file and its folder
        now[0] = 1.0
        file.record(note(key, 4))
        assert len(synced) == 3
        file.close()
        assert len(synced) == 3  # nothing is left to sync
        now[0] = 1.5
        file.record(note(key, 5))
        file.close()
        assert len(synced) == 4

    def test_a_shorter_note_leaves_nothing_of_a_longer_one(self, path, key):
        file = LastSigned(path)
        file.record(note(key, 10**15))
        file.record(note(key, 2), replace=True)
        assert path.read_bytes() == note(key, 2)

    def test_what_cannot_be_remembered_stops_the_next_signature_until_it_can(self, path, key, caplog):
        file = LastSigned(path)
        path.parent.write_text("a file where the folder should be")
        file.record(note(key, 1))
        assert "cannot be remembered" in caplog.text
        with pytest.raises(StoreError, match="Nothing more is signed"):
            file.check(1)
        path.parent.unlink()
        file.check(1)
        assert size_in(path) == 1

    def test_a_file_that_a_power_cut_emptied_counts_as_none(self, path):
        path.parent.mkdir()
        path.touch()
        assert LastSigned(path).checkpoint is None

    def test_a_damaged_file_is_refused_by_name(self, path):
        path.parent.mkdir()
        path.write_text("nonsense")
        with pytest.raises(StoreError, match=f"{path}: .*damaged"):
            LastSigned(path)

    def test_a_file_that_cannot_be_read_is_refused(self, path):
        path.mkdir(parents=True)
        with pytest.raises(StoreError, match="cannot be read"):
            LastSigned(path)


def remembering(ledger, path) -> Log:
    """The log of a host that remembers, and commits through `append`."""
    return Log(ledger.log.key, last_signed=LastSigned(path))


def append(ledger, log: Log, kind: str = "test.note", count: int = 1) -> None:
    body = {"v": 1, "kind": kind, "t": "2026-11-23T06:34:00.123456Z", "public": {}}
    with ledger.transaction() as connection:
        connection.info.pop(SIGNED, None)
        log.append(connection, [draft(body)] * count)
        signed, replace = connection.info[SIGNED]
    log.last_signed.record(signed, replace=replace)


@pytest.fixture
def restored(sqlite_ledger, path, tmp_path):
    """A ledger of 3 entries, back from a backup; the host has signed for 5."""
    log = remembering(sqlite_ledger, path)
    append(sqlite_ledger, log, count=2)
    sqlite_ledger.engine.dispose()
    shutil.copy(sqlite_ledger.path, tmp_path / "backup")
    append(sqlite_ledger, log, count=2)
    sqlite_ledger.engine.dispose()
    (tmp_path / "backup").replace(sqlite_ledger.path)
    return sqlite_ledger


class TestLog:
    def test_each_commit_is_remembered(self, ledger, path):
        log = remembering(ledger, path)
        append(ledger, log, count=2)
        append(ledger, log)
        assert size_in(path) == 4
        with ledger.reading() as connection:
            remembering(ledger, path).check(connection)

    def test_a_restored_backup_is_refused_at_the_start(self, restored, path):
        with restored.reading() as connection, pytest.raises(LedgerBehind, match="ledger recover"):
            remembering(restored, path).check(connection)

    def test_a_restored_backup_gets_no_entry_even_from_a_process_that_runs_on(self, restored, path):
        for log in (remembering(restored, path), restored.log):
            log.last_signed = log.last_signed or LastSigned(path)
            with pytest.raises(LedgerBehind):
                append(restored, log)
        assert restored.query("SELECT count(*) FROM entry") == [(3,)]

    def test_a_recovery_is_the_one_entry_that_it_takes_and_then_it_goes_on(self, restored, path):
        log = remembering(restored, path)
        append(restored, log, "ledger.recover")
        append(restored, log)
        assert size_in(path) == 5
        with restored.reading() as connection:
            remembering(restored, path).check(connection)

    def test_another_history_of_the_same_size_is_refused(self, restored, path):
        elsewhere = remembering(restored, path.with_name("forgotten"))
        append(restored, elsewhere, "test.other", count=4)
        with restored.reading() as connection, pytest.raises(LedgerBehind, match="another ledger"):
            remembering(restored, path).check(connection)
