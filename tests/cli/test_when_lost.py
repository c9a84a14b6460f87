"""What docs/admins.md says of each loss, done step by step."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest

from alpr_core.backup import keyring
from alpr_core.backup.secret import new_printed
from alpr_core.config import Answers
from alpr_core.node import FirstPerson, Node
from alpr_ledger.export import export
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify

PAGE = Path(__file__).resolve().parents[2] / "docs" / "admins.md"


class Server:
    """A node with an administrator 1001, an auditor 1003 and an officer 1002, and its papers."""

    def __init__(self, command_line, tmp_path: Path) -> None:
        recipient, self.printed = new_printed()
        self.folder, self.backups, self.paper = tmp_path / "node", tmp_path / "backups", tmp_path / "paper"
        answers = Answers(name="n", origin="test.example/ledger/1", last_signed="var/last-signed")
        first = FirstPerson(badge="1001", name="Alex Doe", passphrase="correct horse battery staple")
        Node.create(self.folder, answers, first, recipient=recipient).close()
        self.command_line, self.tmp_path = command_line, tmp_path
        self.node = self.at(self.folder)
        assert self.node.log_in().exit_code == 0
        for badge, name, role in (("1003", "Ada Auditor", "auditor"), ("1002", "Sam Roe", "officer")):
            assert self.node.add(badge, name, role).exit_code == 0
        self.take(self.printed.passphrase)

    def at(self, folder: Path):
        return self.command_line(folder, self.tmp_path / "passphrase")

    def take(self, *papers: str) -> None:
        """Lay these papers on the table."""
        self.paper.write_text("\n".join(papers))
        self.paper.chmod(0o600)

    @property
    def holding(self) -> tuple[str, str]:
        return ("--backup-passphrase-file", str(self.paper))

    def back_up(self, *words: str) -> None:
        done = self.node("backup", str(self.backups), *words)
        assert done.exit_code == 0, done.output

    def export(self) -> str:
        with open_source(self.folder / "var" / "alpr.db") as source:
            export(source, str(self.tmp_path / "export"))
        return str(self.tmp_path / "export")

    def restore(self, run, *words: str, into: Path | None = None):
        again = into or self.tmp_path / "again"
        return run("restore", str(self.backups), "--into", str(again), *self.holding, *words)


@pytest.fixture
def server(command_line, tmp_path) -> Server:
    return Server(command_line, tmp_path)


@pytest.mark.skipif(not PAGE.is_file(), reason="the documentation is not beside the tests")
def test_each_loss_of_the_page_has_its_test_here() -> None:
    headings = {line[3:] for line in PAGE.read_text().splitlines() if line.startswith("## ")}
    losses = {heading for heading in headings if heading.endswith(" is lost") and heading[0] != "B"}
    tested = {name.removeprefix("test_").replace("_", " ").split(" and ")[0] for name in globals()}
    assert len(losses) == 5
    assert {loss.lower() for loss in losses} <= tested


def test_the_server_is_lost_and_the_backup_with_the_newest_export_brings_it_back(server, run) -> None:
    server.back_up()
    export = server.export()
    shutil.rmtree(server.folder)
    done = server.restore(run, "--ledger", export, "--json")
    assert done.exit_code == 0, done.output
    again = server.at(server.tmp_path / "again")
    assert again.log_in().exit_code == 0
    assert again("people", "list").exit_code == 0
    with open_source(again.folder / "var" / "alpr.db") as source:
        assert verify(source).recoveries == ()


def test_the_server_is_lost_and_rights_that_were_taken_away_since_do_not_come_back(server, run) -> None:
    node = server.node
    assert node("authority", "grant", "1002", "leds", "--certificate", "77").exit_code == 0
    assert node.add("1004", "Jo Left", "officer").exit_code == 0
    server.back_up()
    numbers = json.loads(node("authority", "list", "--json").stdout.splitlines()[0])
    assert node("authority", "revoke", str(numbers["authority"]), "--reason", "left the unit").exit_code == 0
    assert node("people", "leave", "1004", "--reason", "left the department").exit_code == 0
    assert node.add("1005", "Neo New", "officer").exit_code == 0
    done = server.restore(run, "--ledger", server.export(), "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["done_again"]["person.leave"] == 1
    assert told["done_again"]["authority.revoke"] == 1
    assert told["lost"]["person.add"] == 1
    again = server.at(server.tmp_path / "again")
    assert again.log_in("1004").exit_code == 3
    assert again.log_in("1005").exit_code == 3
    assert again.log_in().exit_code == 0
    authorities = [json.loads(line) for line in again("authority", "list", "--json").stdout.splitlines()]
    assert [one for one in authorities if one["counts"]] == []


def test_the_server_is_lost_and_whoever_changed_their_passphrase_is_named(server, run) -> None:
    server.back_up()
    server.node.as_(
        "1002", "people", "passphrase", typed="correct horse battery staple\n" + 2 * "other horse battery\n"
    )
    (changed,) = server.node.entries("person.passphrase")
    done = server.restore(run, "--ledger", server.export())
    assert done.exit_code == 0, done.output
    assert changed["public"]["person"] in done.stderr


def test_the_signing_key_is_lost_and_comes_back_from_the_backup_of_the_keys(server, run) -> None:
    server.back_up()
    for path in (server.folder / "var" / "keys").glob("ledger*.key"):
        path.unlink()
    refused = server.node("status")
    assert refused.exit_code == 1
    assert "no signing key" in refused.stderr
    done = server.restore(run, "--signing-key", into=server.folder)
    assert done.exit_code == 0, done.output
    assert server.node.log_in().exit_code == 0


def test_the_signing_key_is_lost_and_a_key_that_was_destroyed_does_not_come_back_with_it(server, run) -> None:
    gone = server.folder / "var" / "keys" / "index" / "access.key"
    assert gone.is_file()
    server.back_up()
    gone.unlink()
    for path in (server.folder / "var" / "keys").glob("ledger*.key"):
        path.unlink()
    assert server.restore(run, "--signing-key", into=server.folder).exit_code == 0
    assert not gone.exists()


def test_the_signing_key_is_lost_and_after_a_change_of_keys_the_keys_alone_are_backed_up(server, run) -> None:
    server.back_up()
    assert server.node("ledger", "keys", "rotate").exit_code == 0
    server.back_up("--keys-only")
    done = server.restore(run, "--ledger", server.export())
    assert done.exit_code == 0, done.output
    assert server.at(server.tmp_path / "again").log_in().exit_code == 0


def test_the_signing_key_is_lost_and_was_younger_than_the_backup_so_two_persons_answer(server, run) -> None:
    server.back_up()
    assert server.node("people", "leave", "1002", "--reason", "left the department").exit_code == 0
    assert server.node("ledger", "keys", "rotate").exit_code == 0
    done = server.restore(run, "--ledger", server.export())
    assert done.exit_code == 0, done.output
    assert "it is lost" in done.stderr
    again = server.at(server.tmp_path / "again")
    assert again.log_in().exit_code == 1
    file = str(again.passphrase_file)
    both = ("--passphrase-file", file, "--second-passphrase-file", file)
    recovered = again("ledger", "recover", "--badge", "1001", "--second", "1003", *both)
    assert recovered.exit_code == 0, recovered.output
    assert again.log_in().exit_code == 0
    (entry,) = again.entries("ledger.recover")
    assert entry["public"]["lost"].startswith("test.example/ledger/1\n")
    # What the lost entries took away does not come back with the older state.
    assert again.log_in("1002").exit_code == 3


def test_the_backup_passphrase_is_lost_and_two_of_three_shares_open_the_backup(server, run) -> None:
    server.back_up()
    export = server.export()
    server.take(server.printed.shares[2], server.printed.shares[0])
    assert server.restore(run, "--ledger", export).exit_code == 0
    server.take(server.printed.shares[1])
    alone = server.restore(run, "--ledger", export, into=server.tmp_path / "other")
    assert alone.exit_code == 1
    assert "2 different shares" in alone.stderr


def test_the_backup_passphrase_is_lost_and_two_shares_are_typed_one_after_the_other(server, run) -> None:
    server.back_up()
    again = str(server.tmp_path / "again")
    typed = "\n".join(server.printed.shares[:2]) + "\n"
    done = run(
        "restore", str(server.backups), "--into", again, "--ledger", server.export(), typed=typed.lower()
    )
    assert done.exit_code == 0, done.output
    assert server.printed.shares[0] not in done.output


def test_the_backup_passphrase_is_lost_and_a_new_one_opens_what_is_made_from_then_on(server, run) -> None:
    server.back_up()
    made = server.node("backup", "--new-passphrase", "--json")
    assert made.exit_code == 0, made.output
    server.take(json.loads(made.stdout)["passphrase"])
    assert server.restore(run).exit_code == 4
    server.back_up("--keys-only")  # with the data of before
    assert server.restore(run, "--ledger", server.export()).exit_code == 0
    again = server.at(server.tmp_path / "again")
    assert again.log_in().exit_code == 0
    assert again("backup", str(server.backups)).exit_code == 0  # what is made there opens with it too
    assert server.restore(run, into=server.tmp_path / "third").exit_code == 0
    assert len(keyring.generations(server.backups / "keys")) == 2


def test_a_second_factor_is_lost_and_somebody_else_takes_it_off(server) -> None:
    node = server.node
    assert node.log_in("1002").exit_code == 0
    secret = pyotp.random_base32()
    with Node.open(node.folder) as opened:
        people = opened.site.store
        with people.snapshot() as work:
            person = work.people.by_badge("1002")
        with people.writing() as work:
            sealed = opened.site.keys.wrap("login", person.id, secret.encode())[1]
            work.logins.note(person.id, totp_secret=sealed, totp_step=0)
    locked = node(
        "login", "--badge", "1002", "--passphrase-file", str(node.passphrase_file), typed="000000\n"
    )
    assert locked.exit_code == 3
    assert node.as_("1001", "people", "reset", "1002", "--reason", "telephone lost").exit_code == 0
    assert node.log_in("1002").exit_code == 0


def test_the_last_administrator_is_lost_and_two_shares_appoint_another(server) -> None:
    node = server.node
    server.take(*server.printed.shares[:2])
    with Node.open(node.folder) as opened, opened.site.store.writing() as work:
        gone = work.people.by_badge("1001")
        work.people.set_leaving(gone.id, datetime(2020, 1, 1, tzinfo=UTC))
    assert node.log_in().exit_code == 3
    file = ("--passphrase-file", str(node.passphrase_file))
    done = node("people", "appoint", "1009", "--name", "Kim Poe", *server.holding, *file)
    assert done.exit_code == 0, done.output
    (entry,) = node.entries("person.appoint")
    assert entry["public"]["new"] is True
    assert node.committed("person.appoint", "name") == ["Kim Poe"]
    assert node.log_in("1009").exit_code == 0
    assert node.add("1010", "Lee Moe", "officer").exit_code == 0


def test_the_last_administrator_is_lost_and_only_lacks_passphrase_and_second_factor(server) -> None:
    node = server.node
    with Node.open(node.folder) as opened, opened.site.store.writing() as work:
        person = work.people.by_badge("1001")
        sealed = opened.site.keys.wrap("login", person.id, b"secret")[1]
        work.logins.note(person.id, totp_secret=sealed, totp_step=0)
        work.people.set_passphrase_hash(person.id, "forgotten")
    file = ("--passphrase-file", str(node.passphrase_file))
    assert node("people", "appoint", "1001", *server.holding, *file).exit_code == 0
    assert node.log_in().exit_code == 0
    assert "Alex Doe" in node("people", "list").stdout


def test_the_last_administrator_is_lost_and_another_passphrase_appoints_nobody(server) -> None:
    server.take(new_printed()[1].passphrase)
    before = len(server.node.entries("act.deny"))
    file = ("--passphrase-file", str(server.node.passphrase_file))
    done = server.node("people", "appoint", "1009", "--name", "Kim Poe", *server.holding, *file)
    assert done.exit_code == 4
    denials = server.node.entries("act.deny")
    assert len(denials) == before + 1
    assert denials[-1]["public"]["action"] == "person.appoint"
    assert server.node.entries("person.appoint") == []
