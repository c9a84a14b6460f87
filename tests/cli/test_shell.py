"""The way in: one's own login, words and no shell, files in inbox/ and outbox/ only."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_core.cli import COMMANDS, cli
from alpr_core.cli.confined import _Confined, confined, is_path
from alpr_core.cli.frame import walk
from alpr_core.cli.shell import BARRED, check, split
from alpr_core.errors import InputError

PASSPHRASE = "correct horse battery staple"
LOGIN = f"1001\n{PASSPHRASE}\n"
DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.fixture
def inside(node):
    """``inside("hotlist list")`` comes in as the administrator, for one command."""

    def run(line: str, *, typed: str = LOGIN):
        return node("shell", "-c", line, typed=typed)

    return run


class TestOneCommand:
    def test_it_runs_under_the_persons_own_login_which_ends_with_it(self, node, inside) -> None:
        done = inside("people list")
        assert done.exit_code == 0, done.output
        assert "Alex Doe" in done.stdout
        assert len(node.entries("person.login")) == len(node.entries("person.logout")) == 1
        assert node("people", "list").exit_code == 3, "nobody is logged in outside of it"

    def test_the_command_of_an_ssh_key_is_taken_from_its_variable(self, node, monkeypatch) -> None:
        monkeypatch.setenv("SSH_ORIGINAL_COMMAND", "alpr-core people list")
        done = node("shell", typed=LOGIN)
        assert (done.exit_code, "Alex Doe" in done.stdout) == (0, True)

    def test_its_exit_status_is_that_of_the_command(self, inside) -> None:
        assert inside("reads search ABC123").exit_code == 3
        assert inside("hotlist list --nonsense").exit_code == 2

    def test_without_a_login_nothing_is_run(self, node, inside) -> None:
        refused = inside("people list", typed="1001\nnot it at all\n")
        assert refused.exit_code == 3
        assert "Alex Doe" not in refused.output
        assert node.entries("person.list") == []

    def test_variables_of_the_caller_are_not_trusted(self, node, inside, tmp_path, monkeypatch) -> None:
        assert node.log_in().exit_code == 0
        monkeypatch.setenv("ALPR_SESSION", str(tmp_path / "theirs"))
        monkeypatch.setenv("ALPR_HOME", "/nonexistent")
        assert inside("people list").exit_code == 0
        assert not (tmp_path / "theirs").exists()
        assert os.environ["ALPR_HOME"] == "/nonexistent"


class TestPrompt:
    def test_it_takes_one_command_a_line_until_somebody_leaves(self, node) -> None:
        done = node("shell", typed=f"{LOGIN}people list\n\nstatus\nexit\n")
        assert done.exit_code == 0, done.output
        assert "Alex Doe" in done.stdout
        assert len(node.entries("person.logout")) == 1

    def test_a_wrong_line_ends_nothing(self, node) -> None:
        done = node("shell", typed=f"{LOGIN}nonsense\n'open\ninit x\npeople list\n")
        assert done.exit_code == 0
        for words in ("no command 'nonsense'", "cannot be split", "at the machine"):
            assert words in done.stderr
        assert "Alex Doe" in done.stdout


# ---------------------------------------------------------------------------
# Words and no shell
# ---------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["$(touch made)", "`touch made`", "list; touch made", "list | touch made",
                                  "list > made", "list && touch made", "~root", "*"])  # fmt: skip
def test_nothing_is_expanded_or_run_beside_it(inside, tmp_path, monkeypatch, line) -> None:
    monkeypatch.chdir(tmp_path)
    inside(f"hotlist {line}")
    inside(f"hotlist import '{line}' --purpose administration")
    inside(f"hotlist import {line} --purpose administration")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("line", ["a\nb", "a\x00b", "a\x1bb", "'open"])
def test_what_is_no_line_is_refused(line) -> None:
    with pytest.raises(InputError):
        split(line)


@given(st.text())
def test_any_line_is_split_or_refused(line) -> None:
    try:
        words = split(line)
    except InputError:
        return
    assert all(isinstance(word, str) for word in words)


@pytest.mark.parametrize("words", [["-C", "/"], ["--receipt", "x"], *([name] for name in sorted(BARRED))])
def test_what_is_for_the_machines_keeper_is_refused(inside, words) -> None:
    with pytest.raises(InputError):
        check(words)
    refused = inside(" ".join(words))
    assert (refused.exit_code, "Traceback" in refused.output) == (1, False)


def test_what_is_barred_is_there() -> None:
    assert set(COMMANDS) > BARRED


# ---------------------------------------------------------------------------
# Files
# ---------------------------------------------------------------------------


def test_every_path_of_every_command_is_confined_and_free_again_afterwards(tmp_path) -> None:
    def paths() -> list[click.Parameter]:
        return [one for leaf in walk(cli) for one in leaf.command.params if is_path(one)]

    before = {type(one.type) for one in paths()}
    with confined(cli, tmp_path):
        assert len(paths()) > 20
        assert {type(one.type) for one in paths()} == {_Confined}
    assert {type(one.type) for one in paths()} == before


def test_no_word_that_a_command_calls_a_file_or_folder_escapes_that() -> None:
    unconfined = {
        (*leaf.path, one.name)
        for leaf in walk(cli)
        if leaf.path[0] not in BARRED
        for one in leaf.command.params
        if not is_path(one) and (one.metavar or "").strip(".") in {"FILE", "DIR", "FOLDER", "PATH", "STICK"}
    }
    assert unconfined == set()


@pytest.fixture
def boxes(node):
    inbox, outbox = node.folder / "inbox", node.folder / "outbox"
    (inbox / "list.csv").write_text("LIC,LIS,category\nABC123,OR,stolen\n")
    return inbox, outbox


IMPORT = "hotlist import {} --name stolen --purpose administration --case 26-1 --reason list"


@pytest.mark.parametrize("name", ["list.csv", "inbox/list.csv"])
def test_a_file_of_the_inbox_is_read(node, inside, boxes, name) -> None:
    done = inside(IMPORT.format(name))
    assert done.exit_code == 0, done.output
    assert len(node.entries("hotlist.import")) == 1


@pytest.mark.parametrize(
    "name",
    ["var/keys/ledger.key", "../var/keys/ledger.key", "inbox/../var/alpr.db", "/etc/passwd", "outbox/../alpr.toml",
     "link", "pipe", "/dev/zero", "alpr.toml/../../x", "."],
)  # fmt: skip
def test_a_file_elsewhere_is_refused_by_whatever_name(node, inside, boxes, name) -> None:
    inbox, _ = boxes
    (inbox / "link").symlink_to("/etc/passwd")
    os.mkfifo(inbox / "pipe")
    refused = inside(IMPORT.format(name))
    assert (refused.exit_code, "Traceback" in refused.output) != (0, True)
    assert node.entries("hotlist.import") == []


@pytest.mark.parametrize("target", ["../..", "inbox/x", "/tmp/x", "s3://bucket/x", "../outbox"])
def test_an_export_goes_to_the_outbox_or_nowhere(inside, boxes, target) -> None:
    refused = inside(f"ledger export {target}")
    assert (refused.exit_code, "Traceback" in refused.output) == (2, False), refused.output


def test_what_is_written_lands_in_the_outbox(node, inside, boxes) -> None:
    _, outbox = boxes
    done = inside("policy publish site")
    assert done.exit_code == 0, done.output
    assert (outbox / "site" / "index.html").exists()
    assert inside("policy show ../alpr.toml").exit_code == 2
    assert inside("policy show minimal").exit_code == 0


# ---------------------------------------------------------------------------
# A second account of the operating system
# ---------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to act as another account")
def test_another_account_opens_neither_database_nor_key_nor_image(as_officer) -> None:
    folder = Path(tempfile.mkdtemp(prefix="alpr-node-", dir="/tmp"))
    try:
        folder.chmod(0o755)
        shutil.copytree(as_officer.folder, folder / "node")
        (folder / "node").chmod(0o755)
        wanted = [folder / "node" / "var" / "alpr.db", *(folder / "node" / "var" / "keys").rglob("*.key")]
        assert len(wanted) > 2
        for file in wanted:
            for user, can in (("root", True), ("nobody", False)):
                done = subprocess.run(
                    ["head", "-c", "1", str(file)], user=user, capture_output=True, check=False, cwd="/"
                )
                assert (done.returncode == 0) is can, (file, user, done.stderr)
    finally:
        shutil.rmtree(folder)


def test_what_a_node_holds_is_for_its_account_alone(node) -> None:
    var = node.folder / "var"
    assert stat.S_IMODE(var.stat().st_mode) == 0o700
    for key in (var / "keys").rglob("*.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


@pytest.mark.skipif(shutil.which("visudo") is None, reason="needs visudo")
@pytest.mark.skipif(not DEPLOY.is_dir(), reason="deploy/ is not beside the tests")
def test_the_sudo_rule_is_one(tmp_path) -> None:
    rule = shutil.copy(DEPLOY / "sudoers.d" / "alpr-core", tmp_path / "alpr-core")
    Path(rule).chmod(0o440)
    done = subprocess.run(["visudo", "-c", "-f", str(rule)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
