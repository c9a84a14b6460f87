"""A backup: what was destroyed is not in it, nobody else reads it, and an older one goes once a newer is whole."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backing_up import (
    PLATES,
    purge_old_day,
)

from alpr_core.act import Act
from alpr_core.backup import data, keyring
from alpr_core.backup.secret import secret_of
from alpr_core.models import Actor
from alpr_core.node import Node
from alpr_core.services.backup import back_up_if_due


def test_after_two_backups_a_purged_day_cannot_be_read_in_any_of_them(department, run) -> None:
    department.back_up()
    part = "read/2026-11-20/default"
    secret = secret_of([department.printed.passphrase])
    keys = department.target / "keys"
    assert keyring.open_keyring(keyring.generations(keys)[0], secret).key(part) is not None
    purge_old_day(department)
    department.back_up()
    assert keyring.open_keyring(keyring.generations(keys)[0], secret).key(part) is None
    department.back_up()
    rings = [keyring.open_keyring(path, secret) for path in keyring.generations(keys)]
    assert len(rings) == 2
    assert [ring.key(part) for ring in rings] == [None, None]
    # The oldest backup of the data still has the part: nothing opens it.
    first = department.target / "data" / "00000001"
    assert (first / "parts" / f"{part}.part").is_file()
    done = run(
        *("restore", str(first), "--keys", str(keys), "--into", str(department.folder.parent / "again")),
        *("--backup-passphrase-file", str(department.paper), "--ledger", department.export(), "--json"),
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["parts_destroyed"] == [part]
    assert told["reads"] == 1
    database = (department.folder.parent / "again" / "var" / "alpr.db").read_bytes()
    assert b"NEW222" in database
    assert b"OLD111" not in database


def test_no_plate_stands_in_a_backup_in_clear(department) -> None:
    department.back_up()
    for path in department.target.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(plate.encode() in content for plate in PLATES.values()), path
            assert path.stat().st_mode & 0o077 == 0


def test_a_backup_that_fails_leaves_the_old_one_and_no_piece_of_a_new_one(department, monkeypatch) -> None:
    department.back_up()
    before = sorted(path for path in department.target.rglob("*"))

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(data.DataWriter, "publish", full)
    done = department.node("backup", str(department.target))
    assert done.exit_code == 1
    after = sorted(path for path in department.target.rglob("*") if "keys-" not in path.name)
    assert after == [path for path in before if "keys-" not in path.name]


def test_an_older_backup_is_taken_away_only_once_a_newer_one_is_whole(department) -> None:
    for _ in range(3):
        department.back_up("--keep", "2")
    names = sorted(path.name for path in (department.target / "data").iterdir())
    assert names == ["00000002", "00000003"]
    kept = sorted(path.name for path in (department.target / "keys").iterdir())
    assert kept == ["keys-00000002.sealed", "keys-00000003.sealed"]


def test_images_that_the_backup_before_has_are_not_written_twice(department) -> None:
    department.back_up()
    department.back_up()
    one, two = (
        {
            path.name: path.stat().st_ino
            for path in (department.target / "data" / n / "images").rglob("*")
            if path.is_file()
        }
        for n in ("00000001", "00000002")
    )
    assert one == two
    assert len(one) == 4


def test_an_image_that_lost_its_file_is_told(department) -> None:
    image = next(path for path in (department.folder / "var" / "images").rglob("*") if path.is_file())
    image.unlink()
    assert department.back_up()["images missing"] == 1


def test_a_backup_stands_on_the_ledger_with_its_manifest_and_no_place(department) -> None:
    made = department.back_up()
    done = next(body for body in department.node.entries("backup.make") if body["outcome"] == "done")
    assert done["public"]["manifest"] == made["manifest"]
    assert str(department.target) not in json.dumps(done)


def test_a_backup_may_lie_in_the_nodes_own_folder_and_does_not_hold_itself(department, run) -> None:
    department.target = department.folder / "backups"
    department.back_up()
    size = sum(path.stat().st_size for path in department.target.rglob("rest.part"))
    department.back_up()
    newest = department.target / "data" / "00000002" / "rest.part"
    assert newest.stat().st_size < 2 * size


def test_the_settings_say_where_backups_go(department) -> None:
    text = (department.folder / "alpr.toml").read_text()
    (department.folder / "alpr.toml").write_text(
        text + '\n[backup]\nto = "safe"\nkeys_to = "vault"\nkeep = 1\n'
    )
    department.node.accept()
    assert department.node.log_in().exit_code == 0
    done = department.node("backup")
    assert done.exit_code == 0, done.output
    assert (department.folder / "safe" / "data" / "00000001").is_dir()
    assert (department.folder / "vault" / "keys-00000001.sealed").is_file()


def test_a_node_without_a_backup_passphrase_says_how_to_make_one(as_admin, tmp_path) -> None:
    done = as_admin("backup", str(tmp_path / "backups"))
    assert done.exit_code == 1
    assert "backup --new-passphrase" in done.stderr
    made = as_admin("backup", "--new-passphrase")
    assert made.exit_code == 0, made.output
    assert made.stdout.count("BACKUP SHARE") == 3
    assert as_admin("backup", str(tmp_path / "backups")).exit_code == 0
    assert len(as_admin.entries("backup.key")) == 1


def test_a_change_of_the_signing_key_during_a_backup_leaves_the_old_one(department, monkeypatch) -> None:
    department.back_up()
    collect = keyring.collect

    def without(folder: Path) -> dict[str, bytes]:
        return {name: key for name, key in collect(folder).items() if not name.startswith("ledger")}

    monkeypatch.setattr(keyring, "collect", without)
    done = department.node("backup", str(department.target))
    assert done.exit_code == 1
    assert "handed over to another key" in done.stderr
    assert [path.name for path in data.generations(department.target / "data")] == ["00000001"]


def test_a_job_makes_a_backup_a_day_and_one_of_the_keys_whenever_they_have_changed(department) -> None:
    text = (department.folder / "alpr.toml").read_text()
    (department.folder / "alpr.toml").write_text(text + '\n[backup]\nto = "safe"\n')
    department.node.accept()
    keys = department.folder / "safe" / "keys"
    secret = secret_of([department.printed.passphrase])
    now = datetime.now(UTC)
    with Node.open(department.folder, clock=lambda: now) as node:
        act = Act(node.site, Actor(id="system:backup", roles=frozenset({"admin"}), delegated_by="p1"))
        assert back_up_if_due(act, node.settings)["data"] == 1
        assert back_up_if_due(act, node.settings) == {"data": 0, "keys": 0}
        (department.folder / "var" / "keys" / "read" / "2026-11-20" / "default.key").unlink()  # purged
        assert back_up_if_due(act, node.settings) == {"data": 0, "keys": 1}
        assert back_up_if_due(act, node.settings) == {"data": 0, "keys": 1}
        assert back_up_if_due(act, node.settings) == {"data": 0, "keys": 0}
        rings = [keyring.open_keyring(path, secret) for path in keyring.generations(keys)]
        assert [ring.key("read/2026-11-20/default") for ring in rings] == [None, None]
        now += timedelta(days=1)
        assert back_up_if_due(act, node.settings)["data"] == 1


def test_a_job_does_nothing_where_the_settings_name_no_place(department) -> None:
    with Node.open(department.folder) as node:
        act = Act(node.site, Actor(id="system:backup", roles=frozenset({"admin"}), delegated_by="p1"))
        assert back_up_if_due(act, node.settings) == {"data": 0, "keys": 0}
