"""``init`` makes a node that works, or leaves nothing behind."""

from __future__ import annotations

import pytest

PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def init(run, tmp_path):
    """Call init for ``tmp_path/site`` with answers that are right unless a test changes one."""
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE)
    file.chmod(0o600)

    def call(**changed: str):
        answers = {
            "name": "medford-server",
            "origin": "alpr.medford.example/ledger/1",
            "timezone": "America/Los_Angeles",
            "badge": "1001",
            "person": "Ada Admin",
            "passphrase-file": str(file),
            **changed,
        }
        words = [word for name, value in answers.items() for word in (f"--{name.replace('_', '-')}", value)]
        return run("init", str(tmp_path / "site"), *words)

    return call


def test_a_new_node_says_its_key_its_policy_and_what_comes_next(init, tmp_path) -> None:
    result = init()
    assert result.exit_code == 0, result.output
    assert "alpr.medford.example/ledger/1+" in result.stdout
    assert "not legal advice" in result.stdout
    assert "login --badge 1001" in result.stderr
    assert (tmp_path / "site" / "alpr.toml").is_file()


def test_a_new_node_prints_the_half_page_for_the_city_clerk(init) -> None:
    result = init()
    page = result.stdout.split("CHECKPOINT OF AN AUDIT LEDGER")[1]
    assert "Ledger   alpr.medford.example/ledger/1\nEntries  2\n" in page
    assert "Key      alpr.medford.example/ledger/1+" in page
    assert "█▀▀▀▀▀█" in page
    assert "Date and signature" in page


def test_what_is_private_is_private(init, tmp_path) -> None:
    init()
    var = tmp_path / "site" / "var"
    assert var.stat().st_mode & 0o777 == 0o700
    loose = [file for file in var.rglob("*") if file.is_file() and file.stat().st_mode & 0o077]
    assert loose == []
    assert (tmp_path / "site" / "inbox").stat().st_mode & 0o777 == 0o770


def test_it_asks_for_what_it_was_not_told(run, tmp_path) -> None:
    typed = "\n".join(
        ["node-1", "alpr.example/ledger/1", "Europe/Madrid", "1001", "Ada Admin", PASSPHRASE, PASSPHRASE, ""]
    )
    result = run("init", str(tmp_path / "site"), typed=typed)
    assert result.exit_code == 0, result.output
    assert PASSPHRASE not in result.output
    assert 'timezone = "Europe/Madrid"' in (tmp_path / "site" / "alpr.toml").read_text()


def test_a_node_that_is_there_is_never_written_over(init, tmp_path) -> None:
    init()
    before = (tmp_path / "site" / "alpr.toml").read_bytes()
    again = init(name="other")
    assert again.exit_code != 0
    assert (tmp_path / "site" / "alpr.toml").read_bytes() == before
    assert (tmp_path / "site" / "var" / "alpr.db").is_file()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"timezone": "Medford"}, "Medford"),
        ({"name": "two words"}, "name"),
        ({"pack": "medfrod"}, "medfrod"),
        ({"store": "mysql://host/x"}, "[store] url"),
        ({"badge": "no badge!"}, "badge number"),
        ({"origin": "has space/ledger"}, "origin"),
    ],
)
def test_a_wrong_answer_is_told_and_nothing_is_left_behind(init, tmp_path, wrong, told) -> None:
    result = init(**wrong)
    assert result.exit_code in {1, 2}
    assert told in result.stderr
    assert "Traceback" not in result.output
    assert not (tmp_path / "site").exists()


def test_a_weak_passphrase_is_refused(init, tmp_path) -> None:
    weak = tmp_path / "weak"
    weak.write_text("short")
    weak.chmod(0o600)
    result = init(passphrase_file=str(weak))
    assert result.exit_code == 1
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("wrong", [{"badge": "no badge!"}, {"person": " "}, {"passphrase": "short"}])
def test_a_wrong_first_person_leaves_no_table_in_postgresql(init, tmp_path, postgresql_server, wrong) -> None:
    url = postgresql_server()
    if "passphrase" in wrong:
        weak = tmp_path / "weak"
        weak.write_text(wrong.pop("passphrase"))
        weak.chmod(0o600)
        wrong["passphrase_file"] = str(weak)
    assert init(store=url, **wrong).exit_code == 1
    again = init(store=url)
    assert again.exit_code == 0, again.output


def test_a_passphrase_file_that_others_can_read_is_refused(init, tmp_path) -> None:
    (tmp_path / "passphrase").chmod(0o644)
    result = init()
    assert result.exit_code == 1
    assert "read or changed by others" in result.stderr
    assert not (tmp_path / "site").exists()
