"""People's accounts at the command line: second factors, two persons, leaving, and who may be what."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

PASSPHRASE = "correct horse battery staple"


def codes(secret: str) -> tuple[str, str]:
    """The code of now and that of the next half minute: each is good once, and the next one counts already."""
    totp = pyotp.TOTP(secret)
    now = datetime.now(UTC)
    return totp.at(now), totp.at(now + timedelta(seconds=30))


@pytest.fixture
def with_factor(node, monkeypatch):
    """The administrator has set up a second factor; gives the node and the code for the next login."""
    from alpr_core import second_factor

    secret = pyotp.random_base32()
    monkeypatch.setattr(second_factor, "new_secret", lambda: secret)
    monkeypatch.setattr("alpr_core.services.accounts.new_secret", lambda: secret)
    assert node.log_in().exit_code == 0
    first, second = codes(secret)
    done = node("people", "totp", typed=f"{first}\n")
    assert done.exit_code == 0, done.output
    assert secret in done.stdout
    assert "▀" in done.stdout or "█" in done.stdout
    return node, second


def test_a_login_asks_for_the_code_once_there_is_a_second_factor(with_factor) -> None:
    node, code = with_factor
    file = ("--passphrase-file", str(node.passphrase_file))
    done = node("login", "--badge", "1001", *file, typed=f"{code}\n")
    assert done.exit_code == 0, done.output
    assert "Code of the authenticator" in done.stderr
    again = node("login", "--badge", "1001", *file, "--code", code)
    assert (again.exit_code, "used already" in again.stderr) == (3, True)


def test_somebody_else_takes_it_off_and_the_owner_is_told(node, with_factor) -> None:
    node, _code = with_factor
    assert node.add("1003", "Ada Auditor", "auditor").exit_code == 0
    own = node("people", "reset", "1001")
    assert (own.exit_code, "Somebody else" in own.stderr) == (1, True)
    agreed = ("--second", "1003", "--second-passphrase-file", str(node.passphrase_file))
    file = ("--passphrase-file", str(node.passphrase_file))
    added = node("people", "add", "1004", "--name", "Kim Poe", "--role", "admin", *agreed, *file)
    assert added.exit_code == 0, added.output
    assert node.log_in("1004").exit_code == 0
    assert node("people", "reset", "1001", "--reason", "telephone lost").exit_code == 0
    told = node.log_in("1001")
    assert told.exit_code == 0
    assert "taken off by Kim Poe" in told.stderr


def test_a_second_administrator_is_made_by_two(as_admin) -> None:
    words = ("people", "add", "1004", "--name", "Kim Poe", "--role", "admin", "--passphrase-file",
             str(as_admin.passphrase_file))  # fmt: skip
    refused = as_admin(*words, typed=f"1001\n{PASSPHRASE}\n")
    assert (refused.exit_code, "first one again" in refused.stderr) == (1, True)
    wrong = as_admin(*words, typed="1003\nnot it at all\n")
    assert wrong.exit_code == 3
    done = as_admin(*words, typed=f"1003\n{PASSPHRASE}\n")
    assert done.exit_code == 0, done.output
    assert as_admin.entries("person.add")[-1]["public"]["alone"] is False


def test_the_list_shows_which_accounts_one_person_made_alone(as_admin) -> None:
    rows = [json.loads(line) for line in as_admin("people", "list", "--json").stdout.splitlines()]
    assert {row["badge"]: row["alone"] for row in rows} == {"1001": True, "1003": True}


def test_combinations_say_who_may_be_what_and_how_few_will_do(as_admin) -> None:
    shown = as_admin("people", "list", "--combinations", "--json")
    rows = {frozenset((row["one"], row["other"])): row for row in map(json.loads, shown.stdout.splitlines())}
    assert rows[frozenset({"officer", "auditor"})]["together"] is False
    assert re.search(r"smallest staffing has [23] persons", shown.stderr)


def test_roles_are_changed_and_an_account_is_closed_from_a_day_on(as_admin) -> None:
    as_admin.add("1002", "Sam Roe", "officer")
    refused = as_admin("people", "grant", "1002", "--role", "auditor", "--second", "1003",
                       "--second-passphrase-file", str(as_admin.passphrase_file))  # fmt: skip
    assert (refused.exit_code, "who audits" in refused.stderr) == (1, True)
    assert as_admin("people", "grant", "1002", "--remove", "officer").exit_code == 1
    closed = json.loads(as_admin("people", "leave", "1002", "--on", "2999-01-01", "--json").stdout)
    assert closed["closed from"].startswith("2999-01-01")
    assert as_admin.log_in("1002").exit_code == 0
    assert as_admin.log_in("1001").exit_code == 0
    assert as_admin("people", "leave", "1002").exit_code == 0
    assert as_admin.log_in("1002").exit_code == 3


def test_ones_own_passphrase_is_changed_with_the_old_one(as_admin, tmp_path) -> None:
    new = tmp_path / "new"
    new.write_text("five unrelated words do well\n")
    new.chmod(0o600)
    old = ("--passphrase-file", str(as_admin.passphrase_file))
    assert as_admin("people", "passphrase", *old, "--new-passphrase-file", str(new)).exit_code == 0
    assert as_admin("status").exit_code == 0
    assert as_admin("login", "--badge", "1001", *old).exit_code == 3
    assert as_admin("login", "--badge", "1001", "--passphrase-file", str(new)).exit_code == 0


def test_five_wrong_passphrases_lock_the_account(as_admin, tmp_path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("guess guess guess\n")
    wrong.chmod(0o600)
    for _ in range(5):
        assert as_admin("login", "--badge", "1003", "--passphrase-file", str(wrong)).exit_code == 3
    locked = as_admin.log_in("1003")
    assert (locked.exit_code, "locked for 15 minutes" in locked.stderr) == (3, True)
    assert as_admin("people", "reopen", "1003").exit_code == 0
    assert as_admin.log_in("1003").exit_code == 0


@pytest.fixture
def marion(tmp_path, command_line):
    """A node under Marion's paper, which tells whoever logs in what misuse leads to."""
    from alpr_core.config import Answers
    from alpr_core.node import FirstPerson, Node

    answers = Answers(name="marion", origin=f"test.example/{tmp_path.name}", pack="marion-oh")
    first = FirstPerson(badge="1001", name="Alex Doe", passphrase=PASSPHRASE)
    Node.create(tmp_path / "node", answers, first).close()
    return command_line(tmp_path / "node", tmp_path / "passphrase")


@pytest.mark.clause("R13")
def test_in_marion_whoever_logs_in_is_told_of_the_penalties_and_acknowledges_them_each_year(marion) -> None:
    words = ("login", "--badge", "1001", "--passphrase-file", str(marion.passphrase_file))
    refused = marion(*words, typed="n\n")
    assert refused.exit_code == 1
    assert "departmental, civil, and/or criminal penalties" in refused.stderr
    assert marion.entries("person.login") == []
    assert marion(*words, typed="y\n").exit_code == 0
    assert len(marion.entries("person.acknowledge")) == 1
    again = marion(*words)
    assert again.exit_code == 0
    assert "criminal penalties" in again.stderr
    assert len(marion.entries("person.acknowledge")) == 1
