"""No command is a way around the gate: each that is not open to all is refused, and the refusal is on record."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from alpr_core.cli import cli
from alpr_core.cli.frame import Leaf, walk
from alpr_core.config import Answers
from alpr_core.entries import ACTIONS
from alpr_core.node import FirstPerson, Node
from alpr_core.services.login import log_in
from alpr_core.services.people import add_person

GUARDED = [leaf for leaf in walk(cli) if not leaf.open_to_all]

PACK = """
id = "strict"
title = "A pack in which a visitor may log in, and nothing else"
version = "1"
department = "None"
document = "None"
source = "Made for a test"
effective = 2026-01-01
disclaimer = "Made for a test."

[roles]
admin = "Administrator"
visitor = "Visitor"

[[clause]]
id = "1"
strength = "may"
rule = "role"
role = "admin"
action = [{every}]
says = "An administrator may do everything."

[[clause]]
id = "2"
strength = "may"
rule = "role"
role = "visitor"
action = "person.login"
says = "A visitor may log in."
"""


def words(leaf: Leaf, file: Path) -> list[str]:
    """The command with an argument for whatever it cannot do without."""
    called = list(leaf.path)
    for parameter in leaf.command.params:
        if not parameter.required:
            continue
        if isinstance(parameter, click.Option):
            called.append(parameter.opts[-1])
        value = "1"
        if isinstance(parameter.type, click.Path):
            value = str(file)
        elif parameter.type.name == "time":
            value = "2026-11-23"
        elif isinstance(parameter.type, click.Choice):
            value = str(parameter.type.choices[0])
        called.append(value)
    return called


PASSPHRASE = "correct horse battery staple"


@pytest.fixture(scope="module")
def strict_folder(tmp_path_factory):
    """A node under the strict pack, with a visitor who has an account; made once for all commands."""
    folder = tmp_path_factory.mktemp("strict")
    pack = folder / "strict.toml"
    pack.write_text(PACK.format(every=", ".join(f'"{action}"' for action in sorted(ACTIONS))))
    first = FirstPerson(badge="1001", name="Alex Doe", passphrase=PASSPHRASE)
    answers = Answers(name="strict", origin=f"test.example/ledger/{folder.name}", pack=str(pack))
    with Node.create(folder / "node", answers, first) as node:
        _, token = log_in(node.act(None), "1001", PASSPHRASE)
        add_person(
            node.act(token), badge="1002", name="Vic Visitor", roles=["visitor"], passphrase=PASSPHRASE
        )
    return folder / "node"


@pytest.fixture
def strict(strict_folder, tmp_path, command_line):
    """The command line at that node; nobody is logged in."""
    return command_line(strict_folder, tmp_path / "passphrase")


@pytest.fixture(scope="module")
def onlooker(strict_folder):
    """That node, open for all tests: it sees what is new on the ledger without reading all of it again."""
    with Node.open(strict_folder) as node:
        yield node


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch) -> None:
    """A command that is given "1" as a place writes there."""
    monkeypatch.chdir(tmp_path)


def test_there_are_guarded_commands() -> None:
    assert {"capture", "reads search", "ledger verify", "people add"} <= {
        " ".join(leaf.path) for leaf in GUARDED
    }


@pytest.mark.parametrize("leaf", GUARDED, ids=lambda leaf: " ".join(leaf.path))
class TestGuarded:
    def test_without_a_session_it_is_denied_and_recorded(self, strict, onlooker, leaf, tmp_path) -> None:
        self.expect_denial(strict, onlooker, leaf, tmp_path)

    def test_with_a_wrong_role_it_is_denied_and_recorded(self, strict, onlooker, leaf, tmp_path) -> None:
        assert strict.log_in("1002").exit_code == 0
        self.expect_denial(strict, onlooker, leaf, tmp_path)

    def expect_denial(self, strict, onlooker, leaf, tmp_path) -> None:
        file = tmp_path / "file"
        file.write_text("LIC\nABC123\n")
        with onlooker.site.store.snapshot() as work:
            before = work.ledger.size()
        result = strict(*words(leaf, file), typed="")
        assert result.exit_code == 3, result.output
        assert "Denied" in result.stderr
        assert "Traceback" not in result.output
        with onlooker.site.store.snapshot() as work:
            assert [entry.body["kind"] for entry in work.ledger.entries(before)] == ["act.deny"]
