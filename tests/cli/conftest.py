"""The command line as a person uses it, and a node to use it on."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from backing_up import Department
from click.testing import CliRunner, Result
from witnessing import KEY

from alpr_core.act import Act
from alpr_core.cli import cli
from alpr_core.config import Answers
from alpr_core.models import Actor
from alpr_core.node import FirstPerson, Node
from alpr_core.services.login import log_in
from alpr_core.services.people import add_person
from alpr_core.services.settings import apply_settings
from alpr_core.session import Token, session_file, write_session
from alpr_ledger.cosignature import witness_vkey
from alpr_ledger.policy import read_policy
from alpr_ledger.witness import Witness
from alpr_ledger.witness_http import WitnessServer

PASSPHRASE = "correct horse battery staple"


class CommandLine:
    """Calls commands on one node.

    Attributes:
        folder: the node's.
        passphrase_file: holds the passphrase of every account that the tests make.
    """

    def __init__(self, folder: Path, passphrase_file: Path) -> None:
        self.folder = folder
        self.passphrase_file = passphrase_file
        passphrase_file.write_text(PASSPHRASE + "\n")
        passphrase_file.chmod(0o600)

    def __call__(self, *words: str, typed: str | None = None) -> Result:
        """Call ``alpr-core -C FOLDER words...``; ``typed`` is what the person types, line by line."""
        return CliRunner().invoke(cli, ["-C", str(self.folder), *words], input=typed)

    def log_in(self, badge: str = "1001") -> Result:
        """Log in with the passphrase of every account."""
        file = ("--passphrase-file", str(self.passphrase_file))
        return self("login", "--badge", badge, "--acknowledge", *file)

    def as_(self, badge: str, *words: str, typed: str | None = None) -> Result:
        """Log in as that person, and call a command."""
        assert self.log_in(badge).exit_code == 0
        return self(*words, typed=typed)

    def add(self, badge: str, name: str, *roles: str) -> Result:
        """Add a person, as whoever is logged in."""
        chosen = [word for role in roles for word in ("--role", role)]
        file = ("--passphrase-file", str(self.passphrase_file))
        return self("people", "add", badge, "--name", name, *chosen, *file)

    def change_settings(self, old: str, new: str) -> None:
        """Change alpr.toml, and have it accepted by the administrator and a second one, whatever it loosens."""
        file = self.folder / "alpr.toml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
        self.accept()

    def accept(self) -> None:
        """Have the settings accepted as they stand, if nothing is wrong with them."""
        with Node.open(self.folder) as node:
            if node.pending is not None and not node.pending.problem:
                first = Actor(id="system:test", roles=frozenset({"admin"}), delegated_by="p1")
                second = Actor(id="p2", roles=frozenset({"admin"}))
                apply_settings(Act(node.site, first), node.pending, second=second)

    def entries(self, kind: str | None = None) -> Sequence[Any]:
        """The bodies of the ledger's entries, in order; of one kind, or all."""
        with Node.open(self.folder) as node, node.site.store.snapshot() as work:
            return [entry.body for entry in work.ledger.entries(kind=kind)]

    def committed(self, kind: str, field: str) -> list[str]:
        """What the vault holds of a committed field of the entries of a kind."""
        from alpr_ledger import vault

        with Node.open(self.folder) as node, node.site.store.snapshot() as work:
            keys = node.site.keys
            return [
                vault.open_value(work.connection, entry.idx, field, keys).value
                for entry in work.ledger.entries(kind=kind)
            ]


def copy_of(template: CommandLine, tmp_path: Path) -> CommandLine:
    """A node of its own for one test, without the work of making one."""
    shutil.copytree(template.folder, tmp_path / "node")
    return CommandLine(tmp_path / "node", tmp_path / "passphrase")


def department(folder: Path, pack: str, timezone: str, people: Mapping[str, tuple[str, str]]) -> CommandLine:
    """A new node under a department's pack, with people by badge number: name and role."""
    answers = Answers(
        name="server",
        origin=f"test.example/ledger/{folder.name}",
        pack=pack,
        timezone=timezone,
        last_signed=LAST_SIGNED,
    )
    first = FirstPerson(badge="1001", name="Alex Doe", passphrase=PASSPHRASE)
    Node.create(folder / "node", answers, first).close()
    node = CommandLine(folder / "node", folder / "passphrase")
    assert node.log_in().exit_code == 0
    for badge, (name, role) in people.items():
        assert node.add(badge, name, role).exit_code == 0
    return node


LAST_SIGNED = "var/last-signed"
"""Copies of one node are forks of its ledger: each remembers what it signed in its own folder."""


@pytest.fixture(scope="session")
def node_template(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A new node, whose first person, badge 1001, administers it."""
    folder = tmp_path_factory.mktemp("template")
    answers = Answers(name="test-node", origin="test.example/ledger/1", last_signed=LAST_SIGNED)
    first = FirstPerson(badge="1001", name="Alex Doe", passphrase=PASSPHRASE)
    Node.create(folder / "node", answers, first).close()
    return CommandLine(folder / "node", folder / "passphrase")


@pytest.fixture(scope="session")
def officer_template(
    node_template: CommandLine, tmp_path_factory: pytest.TempPathFactory
) -> tuple[CommandLine, Token]:
    """That node with an officer of badge 1002, and the officer's session."""
    node = copy_of(node_template, tmp_path_factory.mktemp("officer"))
    with Node.open(node.folder) as opened:
        _, admin = log_in(opened.act(None), "1001", PASSPHRASE)
        add_person(opened.act(admin), badge="1002", name="Sam Roe", roles=["officer"], passphrase=PASSPHRASE)
        _, officer = log_in(opened.act(None), "1002", PASSPHRASE)
    return node, officer


@pytest.fixture
def node(node_template: CommandLine, tmp_path: Path) -> CommandLine:
    """A new node, whose first person, badge 1001, administers it. Nobody is logged in."""
    return copy_of(node_template, tmp_path)


@pytest.fixture
def as_officer(officer_template: tuple[CommandLine, Token], tmp_path: Path) -> CommandLine:
    """The node, with an officer of badge 1002 logged in."""
    template, token = officer_template
    node = copy_of(template, tmp_path)
    write_session(session_file(node.folder, os.environ), token)
    return node


@pytest.fixture
def run() -> Callable[..., Result]:
    """Call ``alpr-core words...`` without a node."""
    return lambda *words, typed=None: CliRunner().invoke(cli, list(words), input=typed)


@pytest.fixture(scope="session")
def command_line() -> type[CommandLine]:
    """``command_line(folder, passphrase_file)`` calls commands on the node in a folder."""
    return CommandLine


@pytest.fixture
def as_admin(node):
    """The node, with its administrator logged in, and an auditor, badge 1003, who can answer beside her."""
    assert node.log_in().exit_code == 0
    assert node.add("1003", "Ada Auditor", "auditor").exit_code == 0
    return node


@pytest.fixture
def witness(as_admin, tmp_path):
    """The city clerk's witness, which knows this ledger's key."""
    vkey = json.loads(as_admin("ledger", "checkpoint", "--json").stdout)["vkey"]
    (tmp_path / "clerk").mkdir()
    policy = read_policy(f"log {vkey}\nquorum none\n".encode())
    return Witness(KEY, policy, tmp_path / "clerk", lambda: datetime(2026, 11, 23, 8, tzinfo=UTC))


@pytest.fixture
def trust(as_admin):
    """Names the clerk in the witness file, with a URL or without, and the file in the settings."""

    def write(url: str = "") -> None:
        file = as_admin.folder / "witnesses.policy"
        file.write_text(f"witness clerk {witness_vkey(KEY)} {url}\nquorum clerk\n")
        toml = as_admin.folder / "alpr.toml"
        if "witnesses" not in toml.read_text():
            toml.write_text(toml.read_text().replace("[ledger]", '[ledger]\nwitnesses = "witnesses.policy"'))
        as_admin.accept()

    return write


@pytest.fixture
def url(witness):
    with WitnessServer(witness, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def new_department() -> Callable[..., CommandLine]:
    """``new_department(folder, pack, timezone, people)`` makes a node under a department's pack."""
    return department


@pytest.fixture
def own_copy(tmp_path: Path) -> Callable[[CommandLine], CommandLine]:
    """``own_copy(template)`` is a node of this test's own."""
    return lambda template: copy_of(template, tmp_path)


@pytest.fixture(name="department")
def backed_up(command_line: Callable[..., CommandLine], tmp_path: Path) -> Department:
    """A department, and where its backups go."""
    return Department(command_line, tmp_path, "sqlite:///var/alpr.db")
