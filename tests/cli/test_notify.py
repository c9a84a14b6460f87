"""Notices, from a command to a real mail server and a real program: who is told of what, and what does not arrive."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime

import pyotp
import pytest
from mailing import MailServer

ROUTES = """
[[notifier]]
use = "smtp"
[notifier.options]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "alpr@police.example"

[[notifier]]
use = "command"
[notifier.options]
run = ["{program}", "{folder}"]

[[notice]]
to = ["admin@police.example"]
via = "smtp"
roles = ["admin"]

[[notice]]
to = ["+1 541 555 0100"]
via = "command"
at_least = "alarm"

[[notice]]
to = ["sam@police.example"]
via = "smtp"
badges = ["1002"]
"""
PAGER = '#!/bin/sh\ncat >> "$1/paged"\n'


@pytest.fixture(scope="module")
def mail():
    with MailServer() as server:
        yield server


@pytest.fixture(scope="module")
def template(node_template, mail, command_line, tmp_path_factory):
    """A node with those routes, where 1001 administers, Sam, 1002, is an officer, and 1003 audits."""
    folder = tmp_path_factory.mktemp("notify")
    shutil.copytree(node_template.folder, folder / "node")
    (folder / "page").write_text(PAGER)
    (folder / "page").chmod(0o700)
    node = command_line(folder / "node", folder / "passphrase")
    with (node.folder / "alpr.toml").open("a") as toml:
        toml.write(ROUTES.format(port=mail.port, program=folder / "page", folder=folder))
    node.accept()
    assert node.log_in().exit_code == 0
    assert node.add("1002", "Sam Roe", "officer").exit_code == 0
    assert node.add("1003", "Ada Auditor", "auditor").exit_code == 0
    return node


@pytest.fixture
def told(template, own_copy, mail):
    """A node of one's own, with its administrator logged in, and a mail server that has nothing yet."""
    node = own_copy(template)
    assert node.log_in().exit_code == 0
    mail.mails.clear()
    mail.refuses = set()
    return node


def paged(template):
    file = template.folder.parent / "paged"
    lines = file.read_text().splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    return [json.loads(line) for line in lines]


def status(node):
    done = node("status", "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_test_goes_along_every_route_and_the_ledger_has_counts_alone(told, template, mail) -> None:
    paged(template)
    done = told("notify", "test", "--json")
    assert done.exit_code == 0, done.output
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"route": 1, "via": "smtp", "delivered": 1, "failed": 0},
        {"route": 2, "via": "command", "delivered": 1, "failed": 0},
        {"route": 3, "via": "smtp", "delivered": 1, "failed": 0},
    ]
    assert sorted(each["To"] for each in mail.mails) == ["admin@police.example", "sam@police.example"]
    assert [(each["kind"], each["to"]) for each in paged(template)] == [("test", "+1 541 555 0100")]
    intent, outcome = told.entries("notice.test")
    assert (intent["outcome"], outcome["outcome"]) == ("intent", "done")
    assert outcome["public"] == {"routes": 3, "delivered": 3, "failed": 0}


def test_a_test_of_one_route_that_fails_says_why_and_waits_for_nothing(told, mail) -> None:
    mail.refuses = {"sam@police.example"}
    done = told("notify", "test", "--route", "3")
    assert done.exit_code == 1
    assert "does not take mail for this address: 550" in done.stderr
    assert mail.mails == []
    assert told.entries("notice.test")[-1]["public"] == {"routes": 1, "delivered": 0, "failed": 1}
    assert status(told)["undelivered_notices"] == []
    missing = told("notify", "test", "--route", "4")
    assert (missing.exit_code, "there is no route 4" in missing.stderr) == (1, True)


def test_what_people_do_with_rights_is_told_without_a_name(told, mail) -> None:
    agreed = ("--second", "1003", "--second-passphrase-file", str(told.passphrase_file))
    file = ("--passphrase-file", str(told.passphrase_file))
    done = told("people", "add", "1004", "--name", "Kim Poe", "--role", "admin", *agreed, *file)
    assert done.exit_code == 0, done.output
    assert told.add("1005", "Lee Fox", "officer").exit_code == 0
    (text,) = mail.to("admin@police.example")
    entry = [number for number, each in enumerate(told.entries()) if each["kind"] == "person.add"][-2]
    assert f"manages, audits or administers: ledger entry {entry}." in text
    assert not [word for word in ("Kim", "Poe", "1004") if word in str(mail.mails[0])]


def test_a_persons_own_account_is_told_to_that_person(told, mail, tmp_path) -> None:
    new = tmp_path / "new"
    new.write_text("a wholly different battery\n")
    new.chmod(0o600)
    old = ("--passphrase-file", str(told.passphrase_file))
    done = told.as_("1002", "people", "passphrase", *old, "--new-passphrase-file", str(new))
    assert done.exit_code == 0, done.output
    assert "passphrase of an account was changed" in mail.to("sam@police.example")[0]
    assert mail.to("admin@police.example") == []


def test_a_second_factor_that_somebody_took_off_is_told_to_its_owner_too(told, mail, monkeypatch) -> None:
    secret = pyotp.random_base32()
    monkeypatch.setattr("alpr_core.services.accounts.new_secret", lambda: secret)
    code = pyotp.TOTP(secret).at(datetime.now(UTC))
    assert told.log_in("1002").exit_code == 0
    assert told("people", "totp", typed=f"{code}\n").exit_code == 0
    assert told.as_("1001", "people", "reset", "1002", "--reason", "telephone lost").exit_code == 0
    for address in ("sam@police.example", "admin@police.example"):
        assert "second factor of an account was taken off" in mail.to(address)[0]
    assert "telephone" not in str(mail.mails[0])


def test_who_loses_a_route_is_told_of_it(told, mail) -> None:
    told.change_settings('to = ["admin@police.example"]', 'to = ["chief@police.example"]')
    (text,) = mail.to("admin@police.example")
    assert "loosen 1 of what held before" in text
    assert mail.to("chief@police.example") == []


def test_what_does_not_arrive_stands_in_status_until_it_does(told, mail) -> None:
    mail.refuses = {"admin@police.example"}
    told.change_settings('at_least = "alarm"', 'at_least = "urgent"')  # tightens: nobody is told
    assert status(told)["undelivered_notices"] == []
    told.change_settings('at_least = "urgent"', 'at_least = "alarm"')
    (waits,) = status(told)["undelivered_notices"]
    assert (waits["kind"], waits["count"]) == ("settings.loosened", 1)
    assert "1 settings.loosened since 20" in told("status").stdout
    mail.refuses = set()
    assert told("notify", "test", "--route", "3").exit_code == 0
    assert "loosen 1" in mail.to("admin@police.example")[0]
    assert status(told)["undelivered_notices"] == []


def test_a_ledger_that_cannot_be_written_reaches_two_addresses_once(told, template, mail) -> None:
    paged(template)
    lock = told.folder / "var" / "write.lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()
    for _ in range(3):
        assert told("hotlist", "list").exit_code == 1
    assert ["cannot be written" in text for text in mail.to("admin@police.example")] == [True]
    assert [each["kind"] for each in paged(template)] == ["ledger.unwritable"]
    assert mail.to("sam@police.example") == []


def test_a_database_put_back_from_a_backup_is_told_at_its_start(told, template, mail) -> None:
    paged(template)
    database = told.folder / "var" / "alpr.db"
    before = {each.name: each.read_bytes() for each in database.parent.glob("alpr.db*")}
    assert told("hotlist", "list").exit_code == 0
    for each in database.parent.glob("alpr.db*"):
        each.unlink()
    for name, content in before.items():
        (database.parent / name).write_bytes(content)
    assert told("hotlist", "list").exit_code == 1
    assert "does not start" in mail.to("admin@police.example")[0]
    assert [each["kind"] for each in paged(template)] == ["ledger.behind"]


def test_a_role_that_the_pack_does_not_have_is_refused(told) -> None:
    toml = told.folder / "alpr.toml"
    toml.write_text(toml.read_text().replace('roles = ["admin"]', 'roles = ["admon"]'))
    done = told("config", "check")
    assert done.exit_code == 2
    assert "[[notice]] 1 roles: the pack has no role 'admon'. Did you mean 'admin'?" in done.stderr


def test_a_live_node_whose_alarms_reach_fewer_than_two_says_so(told) -> None:
    assert status(told)["alarms"] == ""
    told.change_settings('mode = "training"', 'mode = "live"')
    assert status(told)["alarms"] == ""
    assert "Warning" not in told("config", "check").stderr
    told.change_settings('to = ["+1 541 555 0100"]', 'to = ["admin@police.example"]')
    assert "would reach one address only" in status(told)["alarms"]
    assert "would reach one address only" in told("config", "check").stderr
