"""``alpr-core doctor``: each trouble is found, and said with what to do."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from alpr_core import config, doctor
from alpr_core.cli import cli
from alpr_core.doctor import Check, State, examine
from alpr_ledger.keys import SigningKey

if TYPE_CHECKING:
    from conftest import PluginSite

NOW = datetime(2026, 11, 23, 6, 34, tzinfo=UTC)
run = CliRunner().invoke


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """A node that lacks nothing."""
    folder = tmp_path / "node"
    (folder / "var" / "keys").mkdir(parents=True)
    (folder / "var").chmod(0o700)
    SigningKey.generate("o").save(folder / "var" / "keys" / "ledger.key")
    with closing(sqlite3.connect(folder / "var" / "alpr.db")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE t (a)")
    for file in (folder / "var").rglob("*"):
        os.utime(file, (NOW.timestamp(), NOW.timestamp()))
    config.write_default(folder, config.Answers(name="n", origin="o", timezone="America/Los_Angeles"))
    return folder


def checks(folder: Path | None, name: str, at: datetime = NOW) -> list[Check]:
    return [check for check in examine(folder, at) if check.name == name]


def only(folder: Path | None, name: str, at: datetime = NOW) -> Check:
    (check,) = checks(folder, name, at)
    return check


def test_a_node_in_order_has_no_failure(node: Path) -> None:
    assert [check for check in examine(node, NOW) if check.state is State.FAIL] == []


def test_without_a_node_the_machine_alone_is_checked() -> None:
    names = [check.name for check in examine(None, NOW)]
    assert set(names) == {"Python", "platform", "OpenCV", "node", "recognizer", "clock", "disk"}


def test_looking_changes_nothing(node: Path) -> None:
    def everything() -> list[tuple[Path, int, int]]:
        stats = ((path, path.stat()) for path in sorted(node.rglob("*")))
        return [(path, stat.st_mtime_ns, stat.st_size) for path, stat in stats]

    before = everything()
    list(examine(node, NOW))
    assert everything() == before


def test_every_trouble_says_what_to_do(node: Path) -> None:
    shutil.rmtree(node / "var")
    troubles = [check for check in examine(node, NOW) if check.state is not State.OK]
    assert {"database", "permissions"} <= {check.name for check in troubles}
    assert all(check.todo for check in troubles)


def test_another_platform_is_said_to_be_unsupported(monkeypatch: pytest.MonkeyPatch) -> None:
    assert only(None, "platform").state is State.OK or platform.machine() != "x86_64"
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    check = only(None, "platform")
    assert check.state is State.WARN
    assert "only Linux x86-64 is supported" in check.todo


@pytest.mark.parametrize(
    ("wheels", "found"),
    [
        ({"opencv-python", "opencv-python-headless"}, "opencv-python and opencv-python-headless"),
        (set(), "no cv2 wheel"),
    ],
)
def test_anything_but_one_cv2_wheel_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, wheels: set[str], found: str
) -> None:
    monkeypatch.setattr(doctor, "_installed", wheels.__contains__)
    check = only(None, "OpenCV")
    assert (check.state, check.found) == (State.FAIL, found)
    assert "pip install --force-reinstall opencv-python-headless" in check.todo


def test_an_opencv_that_does_not_load_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    assert only(None, "OpenCV").state is State.FAIL


def test_a_broken_plugin_is_a_warning_and_the_rest_is_checked(plugin_site: PluginSite, node: Path) -> None:
    plugin_site.install("eye", "import no_such_module")
    assert "No module named 'no_such_module'" in only(node, "plugins").found
    assert only(node, "plugins").state is State.WARN
    assert only(node, "recognizer").state is not State.FAIL


def test_the_recognizer_that_is_used_and_what_the_better_one_misses_are_said(tmp_path: Path) -> None:
    check = only(None, "recognizer")
    assert check.found.startswith("rapidocr is used")
    assert (check.state, "alpr-core models install" in check.todo) == (State.WARN, True)


def test_a_recognizer_that_cannot_be_used_is_a_failure(node: Path) -> None:
    with (node / "alpr.toml").open("a") as file:
        file.write("# the last section is [recognizer]\n")
    text = (node / "alpr.toml").read_text().replace('use = "auto"', 'use = "no_such"')
    (node / "alpr.toml").write_text(text)
    assert only(node, "recognizer").state is State.FAIL
    assert "there is no recognizer 'no_such'" in only(node, "recognizer").found


def test_every_problem_of_the_config_is_a_failure_of_its_own(node: Path) -> None:
    (node / "alpr.toml").write_text("[nod]\n[stor]\n")
    found = checks(node, "node")
    assert [check.state for check in found] == [State.FAIL] * len(found)
    assert len(found) == 4
    assert checks(node, "disk")


def test_a_disabled_plugin_is_not_even_imported(plugin_site: PluginSite, node: Path) -> None:
    plugin_site.install("eye", "raise SystemExit('imported')")
    with (node / "alpr.toml").open("a") as file:
        file.write('[plugins]\ndisable = ["eye"]\n')
    assert checks(node, "plugins") == []


def test_a_database_that_is_not_there_is_not_made(node: Path) -> None:
    (node / "var" / "alpr.db").unlink()
    assert only(node, "database").state is State.FAIL
    assert not (node / "var" / "alpr.db").exists()


def test_a_file_that_is_no_database_is_a_failure(node: Path) -> None:
    (node / "var" / "alpr.db").write_bytes(b"no database at all" * 100)
    assert "not a database" in only(node, "database").found


def test_a_database_server_is_asked_for_its_version(node: Path, postgresql_server: Callable[[], str]) -> None:
    place_database_url(node, postgresql_server())
    assert only(node, "database").found.startswith("PostgreSQL 1")


def test_a_server_that_does_not_answer_is_a_failure_without_the_password(
    node: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_PASSWORD", "geheim")
    place_database_url(
        node, "postgresql+psycopg://alpr@127.0.0.1:1/reads", 'password = { env = "DB_PASSWORD" }'
    )
    check = only(node, "database")
    assert check.state is State.FAIL
    assert "geheim" not in check.found


def place_database_url(node: Path, url: str, more: str = "") -> None:
    text = (node / "alpr.toml").read_text()
    (node / "alpr.toml").write_text(text.replace('url = "sqlite:///var/alpr.db"', f'url = "{url}"\n{more}'))


def test_what_others_can_reach_is_named_with_the_command_that_closes_it(node: Path) -> None:
    (node / "var" / "keys" / "ledger.key").chmod(0o640)
    check = only(node, "permissions")
    assert check.state is State.FAIL
    assert check.todo == f"chmod go= {node / 'var' / 'keys' / 'ledger.key'}"


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"PRIVATE+KEY+o")])
def test_a_signing_key_that_is_gone_or_cut_is_a_failure(node: Path, harm: Callable[[Path], object]) -> None:
    harm(node / "var" / "keys" / "ledger.key")
    check = only(node, "signing key")
    assert check.state is State.FAIL
    assert "backup" in check.todo


def test_what_belongs_to_another_account_is_a_failure(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert "run as the account" in only(node, "permissions").todo


def test_the_clock_is_shown_in_utc_and_in_the_nodes_zone(node: Path) -> None:
    assert only(node, "clock").found == "2026-11-23 06:34 UTC, 22:34 in America/Los_Angeles"


def test_a_clock_before_this_was_written_is_wrong() -> None:
    assert only(None, "clock", datetime(1970, 1, 1, tzinfo=UTC)).state is State.FAIL


def test_a_clock_before_the_nodes_newest_file_went_back(node: Path) -> None:
    check = only(node, "clock", NOW - timedelta(hours=1))
    assert check.state is State.FAIL
    assert "it went back" in check.todo


@pytest.mark.parametrize(("free", "state"), [(2**20, "fail"), (2**30, "warn"), (2**40, "ok")])
def test_a_disk_that_fills_up_is_said_before_it_is_full(
    monkeypatch: pytest.MonkeyPatch, free: int, state: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert only(None, "disk").state == state


def test_the_command_exits_0_where_nothing_failed_and_1_where_something_did(node: Path) -> None:
    moment = datetime.now(UTC).timestamp()
    for file in (node / "var").iterdir():
        os.utime(file, (moment, moment))
    assert run(cli, ["-C", str(node), "doctor"]).exit_code == 0
    (node / "var" / "keys" / "ledger.key").chmod(0o644)
    result = run(cli, ["-C", str(node), "doctor", "--json"])
    assert result.exit_code == 1
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["name"] for line in lines if line["state"] == "fail"] == ["permissions", "signing key"]


def test_versions_come_from_what_is_installed() -> None:
    assert metadata.version("opencv-python-headless").startswith(only(None, "OpenCV").found.split()[1])
