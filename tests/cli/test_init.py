"""``init`` makes a node that works, or leaves nothing behind."""

from __future__ import annotations

import pytest

PASSPHRASE = "correct horse battery staple"
FIRST_LINES = ("Madrid Police", "", "Europe/Madrid", "", "", "")
"""Department, ORI, zone, state, pack, laws."""
LAST_LINES = ("node-1", "alpr.example/ledger/1", "1001", "Ada Admin", PASSPHRASE, PASSPHRASE)


def lines(*typed: str) -> str:
    return "".join(f"{line}\n" for line in typed)


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
    assert "Ledger   alpr.medford.example/ledger/1\nEntries  5\n" in page
    assert "Key      alpr.medford.example/ledger/1+" in page
    assert "█▀▀▀▀▀█" in page
    assert "Date and signature" in page


def test_a_new_node_prints_its_backup_passphrase_and_three_shares_and_keeps_neither(init, tmp_path) -> None:
    from alpr_core.backup.secret import read_recipient, secret_of

    lines = init().stdout.splitlines()
    passphrase = lines[next(at for at, line in enumerate(lines) if "BACKUP PASSPHRASE" in line) + 1].strip()
    shares = [lines[at + 1].strip() for at, line in enumerate(lines) if "BACKUP SHARE" in line]
    secret = secret_of([passphrase])
    assert secret_of(shares[1:]) == secret
    assert read_recipient(tmp_path / "site" / "var").fits(secret)
    for path in (tmp_path / "site").rglob("*"):
        assert not path.is_file() or passphrase.encode() not in path.read_bytes()


def test_what_is_private_is_private(init, tmp_path) -> None:
    init()
    var = tmp_path / "site" / "var"
    assert var.stat().st_mode & 0o777 == 0o700
    loose = [file for file in var.rglob("*") if file.is_file() and file.stat().st_mode & 0o077]
    assert loose == []
    assert (tmp_path / "site" / "inbox").stat().st_mode & 0o777 == 0o770


def test_it_asks_for_what_it_was_not_told(run, tmp_path) -> None:
    result = run("init", str(tmp_path / "site"), typed=lines(*FIRST_LINES, *LAST_LINES))
    assert result.exit_code == 0, result.output
    assert PASSPHRASE not in result.output
    assert 'timezone = "Europe/Madrid"' in (tmp_path / "site" / "alpr.toml").read_text()


def test_what_was_given_is_not_asked_for(run, tmp_path) -> None:
    given = ("--timezone", "Europe/Madrid", "--pack", "minimal", "--department", "None", "--name", "node-1")
    rest = ("alpr.example/ledger/1", "1001", "Ada Admin", PASSPHRASE, PASSPHRASE)
    result = run("init", str(tmp_path / "site"), *given, typed=lines("", "", "", *rest))
    assert result.exit_code == 0, result.output
    assert "Name of this node" not in result.stderr


def test_a_question_mark_explains_and_the_question_is_asked_again(run, tmp_path) -> None:
    result = run("init", str(tmp_path / "site"), typed=lines("?", *FIRST_LINES, *LAST_LINES))
    assert result.exit_code == 0, result.output
    assert "Its name, as its policy has it." in result.stderr
    assert result.stderr.count("Department (Enter: not known yet)") == 2


def test_there_is_a_way_back_and_the_later_answer_counts(run, tmp_path) -> None:
    typed = lines("Wrong Police", "<", *FIRST_LINES, *LAST_LINES)
    assert run("init", str(tmp_path / "site"), typed=typed).exit_code == 0
    assert 'department = "Madrid Police"' in (tmp_path / "site" / "alpr.toml").read_text()


def test_a_wrong_answer_is_told_and_asked_for_again(run, tmp_path) -> None:
    typed = lines(
        "Madrid Police", "OR1", "", "Madrid", "Europe/Madrid", "Spain", "", "medfrod", "minimal", "none"
    )
    result = run("init", str(tmp_path / "site"), typed=typed + lines("two words", *LAST_LINES))
    assert result.exit_code == 0, result.output
    for told in (
        "an ORI has nine capital letters and digits",
        "A state is two letters",
        "Did you mean 'medford-or'?",
        "letters, digits",
    ):
        assert told in result.stderr


def test_the_packs_and_laws_of_the_state_come_first_and_open_values_may_be_filled_in_or_left(
    run, tmp_path
) -> None:
    typed = lines(
        "Medford Police", "or0150200", "America/Los_Angeles", "OR", "medford-or", "", "?", "soon", "P60D"
    )
    typed += lines("City schedule, item 12", "", *LAST_LINES)
    result = run("init", str(tmp_path / "site"), typed=typed)
    assert result.exit_code == 0, result.output
    assert "Laws laid over it [or-sb1516]" in result.stderr
    assert "OAR 166-200" in result.stderr
    assert "is no period" in result.stderr
    settings = (tmp_path / "site" / "alpr.toml").read_text()
    assert 'ori = "OR0150200"' in settings
    assert 'overlays = ["or-sb1516"]' in settings
    assert '"462.4 retention" = { period = "P60D", source = "City schedule, item 12" }' in settings
    assert "462.5(e): How often" in result.stdout
    assert "choose between two paragraphs. retention: " in result.stdout


def test_whoever_goes_away_in_the_middle_leaves_nothing_behind(run, tmp_path) -> None:
    result = run("init", str(tmp_path / "site"), typed=lines("Madrid Police", "", "UTC"))
    assert result.exit_code == 1
    assert not (tmp_path / "site").exists()


ANSWERS = """
department = "Medford Police"
ori = "OR0150200"
timezone = "America/Los_Angeles"
pack = "medford-or"
overlays = []
name = "medford-server"
origin = "alpr.medford.example/ledger/1"
badge = "1001"
person = "Ada Admin"

[values]
"462.4 retention" = { period = "P60D", source = "City schedule, item 12" }
"462.5(e)" = { every = "P3M", source = "Audit plan" }
"""


@pytest.fixture
def answered(run, tmp_path):
    """Call init with a file of answers."""
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    (tmp_path / "passphrase").chmod(0o600)

    def call(text: str):
        (tmp_path / "answers.toml").write_text(text)
        words = (
            "--answers",
            str(tmp_path / "answers.toml"),
            "--passphrase-file",
            str(tmp_path / "passphrase"),
        )
        return run("init", str(tmp_path / "site"), *words)

    return call


def test_a_file_of_answers_asks_nothing(answered, tmp_path) -> None:
    result = answered(ANSWERS)
    assert result.exit_code == 0, result.output
    assert "It works in training mode" not in result.stdout  # nothing is open any more
    assert 'period = "P60D"' in (tmp_path / "site" / "alpr.toml").read_text()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("department", "departement", "departement: unknown key. Did you mean 'department'?"),
        ('badge = "1001"', "badge = 1001", "badge: should be a text."),
        ("overlays = []", 'overlays = "or-sb1516"', "overlays: should be a list of names."),
        ("person =", "person", "cannot be read"),
        ("462.5(e)", "462.9", "no clause is '462.9'"),
        ("P60D", "soon", "is no period"),
        ("OR0150200", "OR1", "an ORI has nine"),
    ],
)
def test_what_is_wrong_in_a_file_of_answers_is_named_and_nothing_is_made(
    answered, tmp_path, old, new, told
) -> None:
    assert old in ANSWERS
    result = answered(ANSWERS.replace(old, new))
    assert (result.exit_code, told in result.stderr) == (2, True), result.stderr
    assert not (tmp_path / "site").exists()


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
