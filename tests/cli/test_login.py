"""Logging in and out, as a person does it."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alpr_core import node as node_module
from alpr_core.session import session_file

PASSPHRASE = "correct horse battery staple"


def kept(node) -> Path:
    """The session file of whoever runs the tests."""
    return session_file(node.folder, os.environ)


def test_a_login_tells_who_is_logged_in_and_keeps_the_session_for_this_user_alone(node):
    done = node.log_in()
    assert done.exit_code == 0
    assert "Alex Doe" in done.stdout
    assert kept(node).stat().st_mode & 0o777 == 0o600
    assert node("people", "list").exit_code == 0


def test_badge_and_passphrase_are_asked_for_and_the_passphrase_is_not_shown(node):
    done = node("login", typed=f"1001\n{PASSPHRASE}\n")
    assert done.exit_code == 0
    assert "Badge number" in done.stderr
    assert PASSPHRASE not in done.output


@pytest.mark.parametrize(
    ("badge", "typed"),
    [
        ("1001", "wrong horse battery staple"),
        ("9999", PASSPHRASE),
        ("1001", ""),
        ("' OR 1=1 --", PASSPHRASE),
        ("\x1b[2J\udcff", PASSPHRASE),
    ],
    ids=["wrong passphrase", "unknown badge", "no passphrase", "hostile badge", "no text at all"],
)
def test_a_failed_login_is_on_the_ledger_and_says_the_same_whatever_was_wrong(node, tmp_path, badge, typed):
    node.passphrase_file.write_text(typed + "\n" if typed else " \n")
    done = node.log_in(badge)
    assert done.exit_code == 3
    assert "the badge number or the passphrase is wrong" in done.stderr
    assert not kept(node).exists()
    (entry,) = node.entries("person.fail")
    assert "committed" in entry
    assert PASSPHRASE not in json.dumps(entry)


def test_a_failed_login_names_the_account_only_where_there_is_one(node):
    node.passphrase_file.write_text("wrong horse battery staple\n")
    node.log_in("1001")
    node.log_in("9999")
    known, unknown = node.entries("person.fail")
    (added,) = node.entries("person.add")
    assert known["public"]["person"] == added["public"]["person"]
    assert "person" not in unknown["public"]
    assert node.committed("person.fail", "badge") == ["1001", "9999"]


@pytest.mark.clause("M22")
def test_every_access_stands_on_the_ledger_with_person_date_and_time(node):
    node.log_in()
    node("people", "list")
    (added,), (looked,) = node.entries("person.add"), node.entries("person.list")
    assert looked["actor"]["id"] == added["public"]["person"]
    assert datetime.fromisoformat(looked["t"]).tzinfo is not None
    assert node.committed("person.add", "name") == ["Alex Doe"]


def test_the_ledger_has_a_pseudonym_and_neither_name_nor_badge(node):
    node.log_in()
    text = json.dumps(node.entries())
    assert "Alex" not in text
    assert '"1001"' not in text


def test_a_session_ends_with_logout_even_for_whoever_kept_its_file(node):
    node.log_in()
    stolen = kept(node).read_bytes()
    assert node("logout").stdout == "Logged out.\n"
    assert not kept(node).exists()
    kept(node).write_bytes(stolen)
    kept(node).chmod(0o600)
    assert node("people", "list").exit_code == 3


def test_a_logout_without_a_login_is_no_error(node):
    done = node("logout")
    assert (done.exit_code, done.stdout) == (0, "Nobody was logged in.\n")


def test_a_session_ends_after_thirty_minutes_without_use(node, monkeypatch):
    now = [datetime(2026, 11, 23, 12, tzinfo=UTC)]
    create = node_module.Node.open.__func__
    monkeypatch.setattr(
        node_module.Node,
        "open",
        classmethod(lambda cls, folder, **given: create(cls, folder, **{**given, "clock": lambda: now[0]})),
    )
    node.log_in()
    now[0] += timedelta(minutes=30)
    assert node("people", "list").exit_code == 0, "30 minutes to the second is still in time"
    now[0] += timedelta(minutes=29)
    assert node("people", "list").exit_code == 0, "the use before counts"
    now[0] += timedelta(minutes=30, microseconds=1)
    assert node("people", "list").exit_code == 3


@pytest.mark.parametrize("content", [b"", b"a" * 64, b"0" * 64], ids=["empty", "guessed", "zeros"])
def test_a_forged_session_lets_nobody_in(node, content):
    node.log_in()
    kept(node).write_bytes(content)
    done = node("people", "list")
    assert done.exit_code in (1, 3)
    assert "Traceback" not in done.output
    assert node.entries("person.list") == []


def test_a_session_file_that_others_can_read_is_refused(node):
    node.log_in()
    kept(node).chmod(0o644)
    done = node("people", "list")
    assert done.exit_code == 1
    assert "chmod 600" in done.stderr


def test_who_is_logged_in_can_be_asked(node):
    assert json.loads(node("login", "--who", "--json").stdout) == {"logged in": "nobody", "roles": []}
    node.log_in()
    assert json.loads(node("login", "--who", "--json").stdout) == {
        "logged in": "Alex Doe",
        "roles": ["admin"],
    }


@pytest.mark.parametrize(
    ("mode", "content", "says", "status"),
    [
        (0o644, PASSPHRASE, "chmod 600", 1),
        (0o600, "", "is empty", 1),
        (None, "", "There is no passphrase file", 1),
    ],
    ids=["readable by others", "empty", "missing"],
)
def test_a_passphrase_file_that_cannot_be_used_says_why(node, mode, content, says, status):
    node.passphrase_file.write_text(content)
    if mode is None:
        node.passphrase_file.unlink()
    else:
        node.passphrase_file.chmod(mode)
    done = node.log_in()
    assert done.exit_code == status
    assert says in done.stderr


def test_logging_out_leaves_no_session_file_even_where_the_ledger_cannot_be_written(node):
    node.log_in()
    lock = node.folder / "var" / "write.lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()
    done = node("logout")
    assert done.exit_code == 1
    assert "cannot be written" in done.stderr
    assert not kept(node).exists()


def test_a_session_that_others_may_know_can_still_be_ended(node):
    node.log_in()
    kept(node).chmod(0o644)
    assert node("logout").exit_code == 1
    kept(node).chmod(0o600)
    assert node("logout").stdout == "Logged out.\n"
