"""What a verification says of time stamps: who saw how much of the ledger, and when; and what that does not prove."""

from __future__ import annotations

import json
import re
import shutil
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import inspect

from alpr_ledger import stamped, store
from alpr_ledger.__main__ import main
from alpr_ledger.errors import VerificationError
from alpr_ledger.export import export
from alpr_ledger.note import parse_note
from alpr_ledger.reader import Reader
from alpr_ledger.source import open_source
from alpr_ledger.stamping import NO_CERTIFICATES, NO_WITNESS, NOT_INSTALLED
from alpr_ledger.timestamp import Authorities, load_certificates
from alpr_ledger.verify import verify

VERSION_1 = Path(__file__).resolve().parents[1] / "auditor" / "ledger.db"


def stamp(ledger, authority, size=None, name="tsa.example"):
    """Let an authority stamp the checkpoint of a size, the newest by default; keep its token, and return it."""
    with ledger.transaction() as connection:
        reader = Reader(connection)
        size = size or reader.size()
        text = parse_note(reader.checkpoint(size)).text
        found = Authorities(load_certificates(authority.root)).ask(authority.url, text)
        stamped.save(connection, size, name, found.token)
    return found


def report(target, *authorities, **options):
    certificates = [one for each in authorities for one in load_certificates(each.root)]
    with open_source(getattr(target, "target", target)) as source:
        return verify(source, certificates=certificates, **options)


def write(ledger, folder):
    with open_source(ledger.target) as source:
        export(source, folder)
    return folder


def test_a_ledger_without_stamps_says_nothing_of_them(ledger, authority):
    found = report(ledger, authority)
    assert found.stamping.lines() == []
    assert found.as_json()["timestamps"] == []


def test_a_stamp_says_who_saw_how_much_and_when_and_anchors_nothing(ledger, authority):
    ledger.append_some(300)
    token = stamp(ledger, authority)
    ledger.append_some(20)
    found = report(ledger, authority)
    when = f"{token.time:%Y-%m-%d %H:%M:%S} UTC"
    assert found.lines()[-3] == f"stamped by Example Time at {when}: 301 entries existed then"
    assert found.lines()[-2] == NO_WITNESS
    assert found.lines()[-1].startswith("not anchored: the department could still rewrite this")
    said = found.as_json()
    assert said["anchored"] is False
    assert said["timestamps"] == [
        {
            "authority": "Example Time",
            "size": 301,
            "time": f"{token.time:%Y-%m-%dT%H:%M:%SZ}",
        }
    ]


def test_of_several_stamps_the_newest_of_each_authority_is_told_and_all_are_verified(
    ledger, authority, make_authority
):
    other = make_authority("Other Time")
    for size in (1, 11, 21):
        ledger.append_some(10)
        stamp(ledger, authority, size)
    stamp(ledger, other, 11, "other.example")
    found = report(ledger, authority, other).stamping
    told = [(one["authority"], one["size"]) for one in found.as_json()["timestamps"]]
    mine, other_mine = "Example Time", "Other Time"
    assert told == [(mine, 21), (other_mine, 11), (mine, 11), (mine, 1)]
    first, second, third = found.lines()
    assert first.startswith("stamped by Example Time at ")
    assert re.search(r": 21 entries existed then \(2 earlier ones hold too, since .* UTC: 1\)$", first)
    assert re.fullmatch(r"stamped by Other Time at .* UTC: 11 entries existed then", second)
    assert third == NO_WITNESS
    ledger.tamper("UPDATE stamp SET token = ? WHERE size = 1", b"junk")
    with pytest.raises(VerificationError, match="over size 1 is refused: it is no time-stamp token"):
        report(ledger, authority, other)


def test_without_certificates_it_is_said_what_would_judge_them(ledger, authority):
    stamp(ledger, authority)
    found = report(ledger)
    assert found.stamping.lines() == [f"time stamps are stored (1): {NO_CERTIFICATES}"]
    said = found.as_json()
    assert (said["timestamps"], said["timestamps_unjudged"]) == ([], 1)
    assert "--tsa-cert" in said["timestamps_unjudged_why"]


def test_without_the_packages_it_is_said_how_to_get_them(ledger, authority, monkeypatch):
    stamp(ledger, authority)
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    found = report(ledger, authority)
    assert found.stamping.lines() == [f"time stamps are stored (1): {NOT_INSTALLED}"]
    assert "pip install 'alpr-ledger[timestamps]'" in found.as_json()["timestamps_unjudged_why"]


def test_a_stamp_of_somebody_else_is_counted_and_judged_by_nobody(ledger, authority, make_authority):
    other = make_authority("Other Time")
    stamp(ledger, authority)
    stamp(ledger, other, name="other.example")
    first, second, third = report(ledger, authority).stamping.lines()
    assert (first.startswith("stamped by Example Time"), second) == (True, NO_WITNESS)
    assert third.startswith("more time stamps are stored (1): they are of authorities whose certificates")


def test_a_stamp_of_a_stranger_with_a_trusted_name_is_refused_and_its_size_named(
    ledger, authority, make_authority
):
    stamp(ledger, make_authority())
    with pytest.raises(VerificationError, match=r"time stamp over size 1 is refused: .*local issuer"):
        report(ledger, authority)


def test_a_stamp_laid_beside_another_checkpoint_is_refused(ledger, authority):
    ledger.append_some(1)
    stamp(ledger, authority, 1)
    ledger.tamper("UPDATE stamp SET size = 2")
    with pytest.raises(VerificationError, match="over size 2 is refused: it is over something else"):
        report(ledger, authority)
    ledger.tamper("UPDATE stamp SET size = 7")
    with pytest.raises(VerificationError, match="over size 7, of which the ledger has no checkpoint"):
        report(ledger, authority)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE stamp SET token = 'text'", "UPDATE stamp SET token = 7", "UPDATE stamp SET size = 1.5"],
)
def test_values_of_the_wrong_type_are_refused_in_words(sqlite_ledger, authority, statement):
    stamp(sqlite_ledger, authority)
    sqlite_ledger.tamper(statement)
    with pytest.raises(VerificationError, match="a time stamp is stored as"):
        report(sqlite_ledger, authority)


def test_a_stamp_of_another_history_is_never_taken_for_one_of_this(ledger, key, authority):
    ledger.append_some(5)
    state = report(ledger).state
    ledger.append_some(5)
    forged = key.sign_checkpoint(1, bytes(32))
    ledger.tamper("UPDATE checkpoint SET note = ?, root = ? WHERE size = 1", forged, bytes(32))
    stamp(ledger, authority, 1)
    with pytest.raises(VerificationError, match="leads to another root at size 1"):
        report(ledger, authority, since=state)


def test_a_later_run_still_proves_what_was_stamped_before(ledger, authority):
    ledger.append_some(300)
    stamp(ledger, authority)
    state = report(ledger).state
    ledger.append_some(5)
    (found,) = report(ledger, authority, since=state).stamping.stamped
    assert found.size == 301


def test_the_first_token_of_a_size_is_kept(ledger, authority):
    first = stamp(ledger, authority)
    stamp(ledger, authority)
    with ledger.reading() as connection:
        assert stamped.newest(connection) == [(1, "tsa.example", first.token)]


def test_the_newest_of_each_authority_is_found(ledger, authority):
    ledger.append_some(1)
    for size, name in ((1, "a"), (2, "a"), (1, "b")):
        stamp(ledger, authority, size, name)
    with ledger.reading() as connection:
        assert [row[:2] for row in stamped.newest(connection)] == [(2, "a"), (1, "b")]


class TestCommand:
    def test_it_takes_the_auditors_certificates(self, ledger, authority, make_authority, capsys):
        stamp(ledger, authority)
        words = ["verify", ledger.target, "--json", "--tsa-cert", str(make_authority("Other Time").root)]
        assert main([*words, "--tsa-cert", str(authority.root)]) == 0
        said = json.loads(capsys.readouterr().out)
        assert [(one["authority"], one["size"]) for one in said["timestamps"]] == [("Example Time", 1)]
        ledger.tamper("UPDATE stamp SET token = ?", b"junk")
        assert main(["verify", ledger.target, "--tsa-cert", str(authority.root)]) == 4
        assert "over size 1 is refused" in capsys.readouterr().err

    @pytest.mark.parametrize("content", [None, b"junk", b"\x30\x03\x02\x01\x00"])
    def test_a_wrong_certificate_file_ends_with_status_2(
        self, sqlite_ledger, authority, tmp_path, capsys, content
    ):
        stamp(sqlite_ledger, authority)
        file = tmp_path / "root.pem"
        if content is not None:
            file.write_bytes(content)
        assert main(["verify", sqlite_ledger.target, "--tsa-cert", str(file)]) == 2
        assert "certificate" in capsys.readouterr().err or content is None

    def test_a_sample_judges_no_stamps_and_says_so(self, sqlite_ledger, key, authority, capsys):
        words = ["verify", sqlite_ledger.target, "--vkey", str(key.vkey), "--sample", "1"]
        assert main([*words, "--tsa-cert", str(authority.root)]) == 2
        assert "--tsa-cert" in capsys.readouterr().err


class TestExport:
    def test_the_newest_stamped_checkpoint_and_its_tokens_stand_beside_a_newer_one(
        self, ledger, authority, make_authority, tmp_path
    ):
        other = make_authority("Other Time")
        ledger.append_some(300)
        stamp(ledger, authority, 1)
        tokens = [stamp(ledger, one, 301, name).token for one, name in ((authority, "a"), (other, "b"))]
        ledger.append_some(20)
        folder = write(ledger, tmp_path / "export")
        assert (folder / "checkpoint.stamped").read_bytes() == bytes(
            ledger.query("SELECT note FROM checkpoint WHERE size = 301")[0][0]
        )
        found = [(folder / "timestamp" / f"301.{n}.tst").read_bytes() for n in (1, 2)]
        assert found == tokens
        told = [(one.authority, one.size) for one in report(folder, authority, other).stamping.stamped]
        assert told == [("Example Time", 301), ("Other Time", 301)]
        assert report(folder).stamping.unjudged == 2

    def test_as_the_ledger_grows_so_does_what_is_stamped(self, sqlite_ledger, authority, tmp_path):
        for size in (1, 11, 21):
            stamp(sqlite_ledger, authority)
            folder = write(sqlite_ledger, tmp_path / "export")
            (found,) = report(folder, authority).stamping.stamped
            assert found.size == size
            sqlite_ledger.append_some(10)
        before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
        assert report(write(sqlite_ledger, folder), authority).stamping.stamped[0].size == 21
        assert all((folder / "timestamp" / f"{size}.1.tst").exists() for size in (1, 11, 21))
        kept = [path for path in before if path.parent.name == "timestamp"]
        assert all(path.stat().st_mtime_ns == before[path] for path in kept)

    def test_whoever_opened_it_before_it_moved_on_sees_one_moment(self, sqlite_ledger, authority, tmp_path):
        stamp(sqlite_ledger, authority)
        sqlite_ledger.append_some(10)
        folder = write(sqlite_ledger, tmp_path / "export")
        with open_source(folder) as source:
            sqlite_ledger.append_some(10)
            stamp(sqlite_ledger, authority)
            write(sqlite_ledger, folder)
            found = verify(source, certificates=load_certificates(authority.root))
        assert (found.size, found.stamping.stamped) == (11, ())

    def test_an_export_of_an_export_holds_the_same_stamps(self, sqlite_ledger, authority, tmp_path):
        stamp(sqlite_ledger, authority)
        sqlite_ledger.append_some(10)
        first = write(sqlite_ledger, tmp_path / "first")
        with open_source(first) as source:
            export(source, tmp_path / "second")
        assert report(tmp_path / "second", authority).stamping == report(first, authority).stamping

    def test_a_stamp_and_a_cosignature_over_one_checkpoint_stand_there_together(
        self, sqlite_ledger, authority, tmp_path
    ):
        line = "\N{EM DASH} witness.example AAAAAAAA\n".encode()
        sqlite_ledger.tamper("INSERT INTO cosignature (size, vkey, line) VALUES (1, 'w', ?)", line)
        stamp(sqlite_ledger, authority)
        sqlite_ledger.append_some(3)
        folder = write(sqlite_ledger, tmp_path / "export")
        with open_source(folder) as source:
            assert [row[0] for page in source.checkpoints() for row in page] == [1, 4]
            assert [row for page in source.cosignatures() for row in page] == [(1, line)]
        assert report(folder, authority).stamping.stamped[0].size == 1

    @pytest.mark.parametrize("path", ["checkpoint.stamped", "timestamp/11.1.tst"])
    def test_what_was_changed_in_it_is_refused(self, sqlite_ledger, authority, tmp_path, path):
        sqlite_ledger.append_some(10)
        stamp(sqlite_ledger, authority)
        sqlite_ledger.append_some(10)
        folder = write(sqlite_ledger, tmp_path / "export")
        data = bytearray((folder / path).read_bytes())
        data[len(data) // 2] ^= 1
        (folder / path).write_bytes(data)
        with pytest.raises(VerificationError):
            report(folder, authority)


class TestVersion1:
    """Ledgers of before there were time stamps."""

    @pytest.fixture
    def old(self, ledger):
        """A ledger with the tables of version 1."""
        ledger.append_some(3)
        ledger.tamper("DROP TABLE stamp")
        ledger.tamper("UPDATE ledger_version SET version = 1")
        return ledger

    def test_it_verifies_as_it_is(self, old, authority):
        found = report(old, authority)
        assert (found.size, found.stamping.lines()) == (4, [])
        assert not inspect(old.engine).has_table("stamp")

    def test_a_file_of_then_verifies_as_it_is(self, authority, tmp_path):
        file = tmp_path / "ledger.db"
        shutil.copy(VERSION_1, file)
        assert report(file, authority).stamping.lines() == []
        write_to = tmp_path / "export"
        with open_source(file) as source:
            export(source, write_to)
        assert not (write_to / "checkpoint.stamped").exists()

    def test_it_is_upgraded_and_then_takes_stamps_that_nobody_changes(self, old, authority):
        before = report(old)
        with old.transaction() as connection:
            store.create(connection)
        with old.transaction() as connection:
            assert store.stored_version(connection) == 3
            store.create(connection)
        assert report(old).checkpoint == before.checkpoint
        stamp(old, authority)
        assert report(old, authority).stamping.stamped[0].size == 4
        with pytest.raises(Exception, match="append-only"), old.transaction() as connection:
            connection.exec_driver_sql("DELETE FROM stamp")

    def test_a_failed_upgrade_leaves_it_as_it_was(self, old):
        class PowerCut(Exception):
            pass

        def fail():
            with old.transaction() as connection:
                store.create(connection)
                raise PowerCut

        with pytest.raises(PowerCut):
            fail()
        assert not inspect(old.engine).has_table("stamp")
        assert old.query("SELECT version FROM ledger_version") == [(1,)]

    def test_two_programs_that_come_at_once_upgrade_it_once(self, old):
        entered, failures = threading.Event(), []

        def second():
            try:
                entered.set()
                with old.transaction() as connection:
                    store.create(connection)
            except Exception as error:  # noqa: BLE001 - whatever it is, the other thread has to know
                failures.append(error)

        with old.transaction() as connection:
            store.create(connection)
            thread = threading.Thread(target=second)
            thread.start()
            assert entered.wait(10)
        thread.join(10)
        assert failures == []
        assert old.query("SELECT version FROM ledger_version") == [(3,)]
