"""The way back: what was there is there again, what was destroyed is not, and no ledger forks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from backing_up import (
    DAYS,
    PASSPHRASE,
    Department,
    database_of,
    own_key,
    rewrite,
)

from alpr_core.act import Act
from alpr_core.backup import data, keyring
from alpr_core.backup.secret import new_printed, secret_of
from alpr_core.config import Answers, load
from alpr_core.errors import StoreError
from alpr_core.models import Actor, HotlistEntry, ReadFilter
from alpr_core.node import FirstPerson, Node
from alpr_core.restoring import Backup
from alpr_core.retention import RetentionOffice
from alpr_core.services.backup import make_backup
from alpr_core.services.holds import list_holds, place_hold
from alpr_core.services.purging import purge
from alpr_core.services.search import open_image
from alpr_core.services.timekeeping import confirm_clock
from alpr_core.store.tables import hit, hotlist, hotlist_entry, hotlist_generation, installed, proven_time
from alpr_ledger.log import draft
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request, command_line, tmp_path) -> Iterator[tuple[Department, list[str]]]:
    """A department on each kind of database, and what restore is told of the new one."""
    if request.param == "sqlite":
        yield Department(command_line, tmp_path, "sqlite:///var/alpr.db"), []
    else:
        make: Callable[[], str] = request.getfixturevalue("postgresql_server")
        yield Department(command_line, tmp_path, make()), ["--store", make()]


def rows(folder: Path) -> dict[str, list]:
    """Every row of every table, but the ledger's and what belongs to sessions."""
    with Node.open(folder) as node, node.site.store.snapshot() as work:
        found: dict[str, list] = {}
        dump = work.dump
        lines = [*dump.rest(), *(line for part in dump.parts({}) for line in dump.reads(part, {}))]
        name = ""
        for line in map(json.loads, lines):
            if isinstance(line, dict):
                name = line["table"]
            elif name not in {"entry", "checkpoint", "tile", "head", "session", "intent", "keyring"}:
                found.setdefault(name, []).append(line)
    return {table: sorted(each, key=repr) for table, each in found.items()}


@pytest.mark.clause("M20")
def test_what_was_backed_up_comes_back_row_for_row_and_image_for_image(either, run) -> None:
    department, store = either
    before = rows(department.folder)
    department.back_up()
    again = department.folder.parent / "again"
    export = department.export()
    done = department.restore(run, "--ledger", export, "--json", *store)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["reads"], told["images"], told["images_missing"], told["behind"]) == (2, 4, 0, "")
    after = rows(again)
    assert {**after, "vault": []} == {**before, "vault": []}
    # The vault also has the values of the backup's own first entry by now.
    assert [row for row in before["vault"] if row not in after["vault"]] == []
    with Node.open(again) as node:
        officer = Act(node.site, Actor(id="system:test", roles=frozenset({"officer"}), delegated_by="p1"))
        with node.site.store.snapshot() as work:
            reads = work.reads.search(ReadFilter())
        assert {read.plate for read in reads} == {"OLD111", "NEW222"}
        if not store:  # elsewhere the changed [store] url waits to be accepted
            image = open_image(officer, reads[0].key, "frame", purpose="stolen_vehicle", case="26-1")
            assert image.startswith(b"\xff\xd8")


def test_new_rows_count_on_from_the_old_ones(either, run) -> None:
    department, store = either
    department.back_up()
    assert department.restore(run, "--ledger", department.export(), *store).exit_code == 0
    again = department.folder.parent / "again"
    with Node.open(again) as node, node.site.store.writing() as work:
        work.hotlists.add("other", "hand", HotlistEntry(plate="ABC123", category="c"), DAYS[0])
        assert len(work.hotlists.summaries()) == 2


def test_a_restored_ledger_goes_on_where_the_newest_export_ends_and_verifies(either, run) -> None:
    department, store = either
    department.back_up()
    assert department.node("ledger", "keys", "list").exit_code == 0  # entries after the backup
    export = department.export()
    with open_source(export) as source:
        size = verify(source).size
    done = department.restore(run, "--ledger", export, "--json", *store)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["taken_over"] > 0
    again = department.folder.parent / "again"
    with Node.open(again) as node, node.site.store.snapshot() as work:
        (entry,) = work.ledger.entries(kind="backup.restore")
        assert entry.idx >= size
    with open_source(database_of(again)) as source, open_source(export) as exported:
        report = verify(source)
        assert report.size > size
        # It is a continuation of what outsiders hold.
        assert verify(exported).root == _root(again, size)


def _root(folder: Path, size: int) -> bytes:
    with Node.open(folder) as node, node.site.store.snapshot() as work:
        return work.ledger.root(size)


def test_without_an_export_nothing_is_signed_before_two_persons_have_answered_for_it(
    department, run, command_line, tmp_path
) -> None:
    department.back_up()
    done = department.restore(run)
    assert done.exit_code == 0, done.output
    assert "Two persons answer" in done.stderr
    again = command_line(department.folder.parent / "again", tmp_path / "passphrase")
    refused = again.log_in()
    assert refused.exit_code == 1
    assert "restored from the backup of" in refused.stderr
    file = str(again.passphrase_file)
    both = ("--passphrase-file", file, "--second-passphrase-file", file)
    recovered = again("ledger", "recover", "--badge", "1001", "--second", "1003", *both)
    assert recovered.exit_code == 0, recovered.output
    assert again.log_in().exit_code == 0
    assert len(again.entries("backup.restore")) == 1


def test_an_export_that_is_older_than_the_backup_settles_nothing(department, run) -> None:
    export = department.export()
    assert department.node("ledger", "keys", "list").exit_code == 0
    department.back_up()
    done = department.restore(run, "--ledger", export)
    assert done.exit_code == 0, done.output
    assert "is older than that" in done.stderr
    with pytest.raises(StoreError, match="older than that"):
        Node.open(department.folder.parent / "again")


def test_the_export_of_another_ledger_is_refused_and_nothing_stays(
    department, run, command_line, tmp_path
) -> None:
    department.back_up()
    answers = Answers(name="n", origin="test.example/ledger/2", last_signed="var/last-signed")
    first = FirstPerson(badge="1001", name="Alex Doe", passphrase=PASSPHRASE)
    Node.create(tmp_path / "stranger", answers, first).close()
    from alpr_ledger.export import export

    with open_source(tmp_path / "stranger" / "var" / "alpr.db") as source:
        export(source, str(tmp_path / "strange"))
    done = department.restore(run, "--ledger", str(tmp_path / "strange"))
    assert done.exit_code == 4, done.output
    assert "another ledger" in done.stderr
    assert not (department.folder.parent / "again").exists()


def test_a_backup_that_the_ledger_does_not_know_is_refused(department, run) -> None:
    department.back_up()
    made = department.target / "data" / "00000001"
    reader = data.DataReader(made, own_key(department))
    rewrite(department, made, {**reader.manifest, "images": 99})
    done = department.restore(run, "--ledger", department.export())
    assert done.exit_code == 4
    assert "no entry of a backup with this manifest" in done.stderr


def test_a_held_read_goes_with_its_hold_and_not_with_its_day(department, run) -> None:
    with Node.open(department.folder) as node:
        with node.site.store.snapshot() as work:
            (old,) = work.reads.search(ReadFilter(plate="OLD111"))
        boss = Act(
            node.site, Actor(id="system:test", roles=frozenset({"admin", "officer"}), delegated_by="p1")
        )
        place_hold(
            boss, read=old.key, why="criminal", case="26-1041", reason="the getaway car of the robbery"
        )
        make_backup(boss, department.target, folder=department.folder)
    secret = secret_of([department.printed.passphrase])
    place = department.target
    path = keyring.generations(place / "keys")[0]
    ring = keyring.open_keyring(path, secret)
    # The day is purged: its key goes, the hold's stays.
    reduced = {name: key for name, key in ring.files.items() if not name.startswith("read/2026-11-20/")}
    keyring.write_keyring(place / "keys", replace(ring, number=2, files=reduced))
    done = department.restore(run, "--ledger", department.export(), "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["reads"], told["images"]) == (2, 4)
    with Node.open(department.folder.parent / "again") as node:
        officer = Act(node.site, Actor(id="system:test", roles=frozenset({"officer"}), delegated_by="p1"))
        image = open_image(officer, old.key, "plate", purpose="stolen_vehicle", case="26-1")
        assert image.startswith(b"\xff\xd8")


def test_a_wrong_passphrase_opens_nothing(department, run) -> None:
    department.back_up()
    department.write_paper(new_printed()[1].passphrase)
    done = department.restore(run)
    assert done.exit_code == 4
    assert "not that of this backup" in done.stderr
    assert not (department.folder.parent / "again").exists()


@pytest.mark.parametrize(
    "which", ["rest.part", "parts/read/2026-11-20/default.part", "manifest.json", "keys", "image"]
)
@pytest.mark.parametrize("how", ["changed", "cut"])
def test_whatever_was_changed_or_cut_is_refused_by_name_and_nothing_stays(
    department, run, which, how
) -> None:
    department.back_up()
    made = department.target / "data" / "00000001"
    if which == "keys":
        (path,) = keyring.generations(department.target / "keys")
    elif which == "image":
        path = sorted((made / "images").rglob("*" * 1))[-1]
    else:
        path = made / which
    content = bytearray(path.read_bytes())
    if how == "cut":
        del content[-20:]
    elif which == "manifest.json":
        content = bytearray(bytes(content).replace(b'"number": 1', b'"number": 2'))
    else:
        content[-20] ^= 1
    path.write_bytes(content)
    done = department.restore(run)
    assert done.exit_code in (1, 4), done.output
    assert path.name in done.stderr
    assert "Traceback" not in done.output
    assert not (department.folder.parent / "again").exists()


def test_a_part_of_an_older_backup_cannot_take_the_place_of_a_newer_one(department, run) -> None:
    department.back_up()
    department.back_up()
    older, newer = (department.target / "data" / f"0000000{n}" / "rest.part" for n in (1, 2))
    shutil.copy(older, newer)
    done = department.restore(run)
    assert done.exit_code == 4
    assert "does not open" in done.stderr


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "var/keys/read/x.key", "a\\b", ""])
def test_a_file_that_leads_out_of_the_node_is_refused(department, run, name, tmp_path) -> None:
    department.back_up()
    own = own_key(department)
    folder = department.target / "data"
    writer = data.DataWriter(folder, 9, own)
    with writer.part(data.REST, own) as write:
        write(json.dumps({"file": name, "data": ""}).encode())
    writer.seal({"origin": "test.example/ledger/1", "at": "now", "schema": "0015"})
    writer.publish()
    done = department.restore(run)
    assert done.exit_code == 4, done.output
    assert not (department.folder.parent / "again").exists()
    assert not list(tmp_path.rglob("evil"))


def test_a_restore_goes_into_an_empty_folder_alone(department, run) -> None:
    department.back_up()
    done = department.restore(run, into="node")
    assert done.exit_code == 1
    assert "is not empty" in done.stderr


def test_a_backup_of_an_older_version_is_made_as_it_was_and_then_upgraded(department, run) -> None:
    with Node.open(department.folder) as node:
        with node.site.store.writing() as work:
            # Which that version lacked, or had otherwise.
            for table in (installed, proven_time, hit, hotlist_entry, hotlist, hotlist_generation):
                work.connection.execute(table.delete())
        admin = Act(node.site, Actor(id="system:backup", roles=frozenset({"admin"}), delegated_by="p1"))
        make_backup(admin, department.target, folder=department.folder)
    made = department.target / "data" / "00000001"
    reader = data.DataReader(made, own_key(department))
    rewrite(
        department, made, {**reader.manifest, "schema": "0017"}
    )  # before the watch over clock and cameras
    assert department.restore(run).exit_code == 0
    with Node.open(department.folder.parent / "again", recovering=True) as node:
        assert node.act(None) is not None


def test_a_backup_of_a_newer_version_is_told(department, run) -> None:
    department.back_up()
    made = department.target / "data" / "00000001"
    reader = data.DataReader(made, own_key(department))
    rewrite(department, made, {**reader.manifest, "schema": "9999"})
    done = department.restore(run)
    assert done.exit_code == 1
    assert "schema 9999" in done.stderr


def test_the_keys_of_a_backup_cannot_lead_out_of_their_folder(department, run, tmp_path) -> None:
    department.back_up()
    secret = secret_of([department.printed.passphrase])
    ring = keyring.open_keyring(keyring.generations(department.target / "keys")[0], secret)
    evil = {**ring.files, "../../evil.key": b"x" * 32}
    keyring.write_keyring(department.target / "keys", replace(ring, number=2, files=evil))
    done = department.restore(run)
    assert done.exit_code == 4
    assert "which no node has" in done.stderr
    assert not list(tmp_path.rglob("evil*"))


@pytest.fixture
def purged_since(department):
    """A backup, and after it a hold of the newer read, and a purge of both days: the older read alone is gone."""
    department.back_up()
    then = datetime.now(UTC) + timedelta(days=60)
    with Node.open(department.folder, clock=lambda: then) as node:
        office = RetentionOffice(
            lambda _: ("fixed", lambda: node.host.retention_strategy("fixed", {"period": "P30D"}))
        )
        actor = Actor(id="system:test", roles=frozenset({"admin", "officer"}), delegated_by="p1")
        boss = Act(replace(node.site, retention=office), actor)
        confirm_clock(boss, reason="by the clock on the wall")
        with node.site.store.snapshot() as work:
            (new,) = work.reads.search(ReadFilter(plate="NEW222"))
        place_hold(
            boss, read=new.key, why="criminal", case="26-1041", reason="the getaway car of the robbery"
        )
        assert purge(boss).reads == 1
    return boss


def test_a_purge_after_the_backup_is_done_again_and_its_keys_do_not_come_back(
    department, purged_since
) -> None:
    again = department.folder.parent / "again"
    backup = Backup(department.target, None, secret_of([department.printed.passphrase]))
    done = Node.restore(backup, again, export=department.export())
    assert done.replayed.purged == 1
    keys = again / "var" / "keys" / "read"
    assert sorted(path.parent.name for path in keys.rglob("*.key")) == ["2026-11-23"]
    with Node.open(again) as node, node.site.store.snapshot() as work:
        assert [read.plate for read in work.reads.search(ReadFilter())] == ["NEW222"]
        (entry,) = work.ledger.entries(kind="backup.restore")
    assert entry.body["public"]["purged"] == 1


def test_what_was_held_after_the_backup_is_held_in_the_restored_node_too(department, purged_since) -> None:
    again = department.folder.parent / "again"
    backup = Backup(department.target, None, secret_of([department.printed.passphrase]))
    done = Node.restore(backup, again, export=department.export())
    assert done.replayed.unknown["hold.place"] == 1  # its case is lost, so somebody has to look at it
    then = datetime.now(UTC) + timedelta(days=90)
    with Node.open(again, clock=lambda: then) as node:
        boss = Act(replace(node.site, retention=purged_since.retention), purged_since.actor)
        confirm_clock(boss, reason="by the clock on the wall")
        assert purge(boss) is None
        (hold,) = list_holds(boss)
        assert (hold.hold.case, hold.hold.reason_code, hold.reads) == ("", "criminal", 1)
        with node.site.store.snapshot() as work:
            (read,) = work.reads.search(ReadFilter())
            assert {one.key_id for one in work.reads.images(read.key)} == {"evidence/1"}
        placed = place_hold(
            boss, read=read.key, why="criminal", case="26-1041", reason="placed anew with its case"
        )
        assert placed.hold.id == 2


def test_a_purge_after_the_backup_that_nobody_can_do_again_stops_the_restore(department, run) -> None:
    department.back_up()
    with Node.open(department.folder) as node, node.site.store.connection() as connection:
        body = {
            "v": 1,
            "kind": "read.purge",
            "t": "2026-12-25T00:00:00.000000Z",
            "public": {"terms": {"default": ["capture"]}},
        }
        node.site.log.append(connection, [draft(body)])
    done = department.restore(run, "--ledger", department.export())
    assert done.exit_code == 1
    assert "an entry about a purge cannot be understood" in " ".join(done.stderr.split())
    assert not (department.folder.parent / "again").exists()


def test_the_nodes_own_files_come_back_large_and_empty_ones_too(department, run) -> None:
    files = {"packs/big.pdf": bytes(range(256)) * 12_000, "empty": b"", "keys/leds": b"secret"}
    for name, content in files.items():
        path = department.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    (department.folder / "inbox" / "left").write_text("not of the node")
    (department.folder / "link").symlink_to("/etc/passwd")
    department.back_up()
    assert department.restore(run).exit_code == 0
    again = department.folder.parent / "again"
    assert {name: (again / name).read_bytes() for name in files} == files
    assert not (again / "inbox" / "left").exists()
    assert not (again / "link").exists()
    assert (again / "alpr.toml").read_text() == (department.folder / "alpr.toml").read_text()


def test_a_host_that_remembers_more_than_the_export_holds_refuses_too(command_line, tmp_path, run) -> None:
    department = Department(command_line, tmp_path, "sqlite:///var/alpr.db", last_signed="")
    department.back_up()
    export = department.export()
    assert department.node("ledger", "keys", "list").exit_code == 0  # signed here, and in no export
    signed = load(department.folder).last_signed.read_bytes()
    shutil.rmtree(department.folder)
    done = department.restore(run, "--ledger", export)
    assert done.exit_code == 0, done.output
    assert "this host has signed for" in done.stderr
    with pytest.raises(StoreError, match="this host has signed for"):
        Node.open(department.folder.parent / "again")
    assert load(department.folder.parent / "again").last_signed.read_bytes() == signed


def test_an_export_from_while_the_backup_was_made_does_not_settle_what_came_after(
    department, run, monkeypatch
) -> None:
    publish = data.DataWriter.publish

    def exporting(writer: data.DataWriter) -> Path:
        with Node.open(department.folder) as other:  # the ledger goes on meanwhile
            Act(other.site, Actor(id="system:test")).report("notice.test", routes=0, delivered=0, failed=0)
        department.export()
        return publish(writer)

    monkeypatch.setattr(data.DataWriter, "publish", exporting)
    department.back_up()
    done = department.restore(run, "--ledger", str(department.folder.parent / "export"))
    assert done.exit_code == 0, done.output
    assert "ends before this backup was whole" in done.stderr
    with pytest.raises(StoreError, match="before this backup was whole"):
        Node.open(department.folder.parent / "again")
