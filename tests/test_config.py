"""alpr.toml: what it holds, what is said when it is wrong, where it is found, how a new one looks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import make_url

from alpr_core import ConfigError, Secret, config
from alpr_core.config.settings import Settings
from alpr_core.errors import NotFound
from alpr_core.plugins import PluginHost

MINIMAL = '[node]\nname = "car-7"\n[ledger]\norigin = "police.example/alpr/car-7"\n'


@pytest.fixture
def node(tmp_path: Path) -> Path:
    folder = tmp_path / "node"
    folder.mkdir()
    return folder


def settings_of(folder: Path, text: str) -> Settings:
    (folder / "alpr.toml").write_text(text)
    return config.load(folder)


def problems_of(folder: Path, text: str | bytes) -> tuple[str, ...]:
    (folder / "alpr.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        config.load(folder)
    assert caught.value.exit_status == 2
    return caught.value.problems


def in_node(line: str, section: str = "") -> str:
    """The smallest config with one more line, in [node] or in a section of its own."""
    if section:
        return f"{MINIMAL}{section}\n{line}\n"
    return MINIMAL.replace('name = "car-7"\n', f'name = "car-7"\n{line}\n')


def told_by(route: str) -> str:
    """The smallest alpr.toml with a notifier and this route."""
    return in_node(f'use = "smtp"\n[[notice]]\nvia = "smtp"\n{route}', "[[notifier]]")


def stamped_by(*sections: str) -> str:
    """The smallest config with time-stamping authorities."""
    return MINIMAL + "".join(f"[[ledger.timestamps]]\n{section}\n" for section in sections)


# ---------------------------------------------------------------------------
# What it holds
# ---------------------------------------------------------------------------


def test_what_is_not_written_has_its_documented_default(node: Path) -> None:
    settings = settings_of(node, MINIMAL)
    assert (settings.node.role, settings.node.mode, settings.node.timezone) == ("server", "training", "UTC")
    assert (settings.policy.pack, settings.policy.overlays, settings.policy.values) == ("minimal", [], {})
    assert (settings.recognizer.use, settings.source, settings.camera) == ("auto", [], [])
    assert settings.database_url() == f"sqlite:///{node}/var/alpr.db"


def test_paths_are_taken_from_the_nodes_folder_whatever_the_working_directory(
    node: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = '[store]\nurl = "sqlite:///data/a.db"\npassword = {file = "keys/db"}\n'
    (node / "alpr.toml").write_text(f'{MINIMAL}last_signed = "kept/last"\nwitnesses = "w.policy"\n{store}')
    monkeypatch.chdir(tmp_path)
    settings = config.load(Path("node"))
    assert settings.folder == node
    assert settings.database_url() == f"sqlite:///{node}/data/a.db"
    assert settings.last_signed == node / "kept" / "last"
    assert settings.witnesses == node / "w.policy"
    assert settings.store.password == Secret(file=node / "keys" / "db")


def test_time_stamping_authorities_are_named_by_host_and_their_certificates_lie_in_the_nodes_folder(
    node: Path,
) -> None:
    section = 'url = "http://TSA.example:8080/tsr"\ncertificates = ["tsa.pem", "/etc/b.pem"]'
    (one,) = settings_of(node, stamped_by(section)).timestamps
    assert (one.name, one.certificates) == ("tsa.example:8080", [node / "tsa.pem", Path("/etc/b.pem")])


def test_an_absolute_path_stays_where_it_is(node: Path) -> None:
    assert (
        settings_of(node, in_node('url = "sqlite:////srv/a.db"', "[store]")).database_url()
        == "sqlite:////srv/a.db"
    )


@pytest.mark.parametrize("name", ["100 %41", "really?", "a#b+c@d", "line\nbreak", "\udcff"])
def test_a_node_may_lie_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    settings = settings_of(tmp_path / name, MINIMAL)
    assert settings.sqlite_file == tmp_path / name / "var" / "alpr.db"
    assert make_url(settings.database_url()).database == str(settings.sqlite_file)


def test_the_last_checkpoint_is_remembered_outside_of_the_node(
    node: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    first = settings_of(node, MINIMAL).last_signed
    assert first.parent == tmp_path / "state" / "alpr-core"
    assert settings_of(node, MINIMAL.replace("alpr/car-7", "alpr/car-8")).last_signed != first


def test_a_relative_xdg_folder_is_ignored_as_its_standard_says(
    node: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    assert settings_of(node, MINIMAL).last_signed.is_relative_to(Path.home() / ".local" / "state")


def test_the_password_comes_into_the_url_quoted(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "a/b@c:d %")
    text = 'url = "postgresql+psycopg://alpr@db.example:5433/reads"\npassword = { env = "DB_PASSWORD" }'
    settings = settings_of(node, in_node(text, "[store]"))
    assert settings.database_url() == "postgresql+psycopg://alpr:a%2Fb%40c%3Ad%20%25@db.example:5433/reads"
    assert "a/b@c" not in repr(settings)


def test_settings_do_not_change_after_loading(node: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings_of(node, MINIMAL).node.name = "other"


# ---------------------------------------------------------------------------
# What is said when it is wrong
# ---------------------------------------------------------------------------


def test_every_problem_is_shown_at_once_by_line(node: Path) -> None:
    problems = problems_of(
        node,
        '[node]\nnam = "car-7"\nrole = "sever"\ntimezone = "Mars/Olympus"\n'
        '[stor]\nurl = "x"\n[[source]]\nuse = "leds"\n[[source]]\nusee = "mules"\n',
    )
    assert [problem.partition(": ")[0] for problem in problems] == [
        "[ledger]",
        "line 1, [node] name",
        "line 2, [node] nam",
        "line 3, [node] role",
        "line 4, [node] timezone",
        "line 5, [stor]",
        "line 9, [[source]] 2 use",
        "line 10, [[source]] 2 usee",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (in_node('rool = "server"'), "line 3, [node] rool: unknown key. Did you mean 'role'?"),
        (in_node("a = 1", "[stoer]"), "line 5, [stoer]: unknown key. Did you mean 'store'?"),
        (in_node("qqq = 1"), "line 3, [node] qqq: unknown key."),
        (in_node('fil = "a"', "[store.password]"), "[store] password.fil: unknown key. Did you mean 'file'?"),
        (in_node("timezone = 1"), "[node] timezone: should be a valid string."),
        (in_node('timezone = "../etc/passwd"'), "there is no timezone"),
        (MINIMAL.replace("car-7", "car 7", 1), "[node] name: should be letters, digits"),
        (MINIMAL.replace("/alpr/", "/al pr/"), "[ledger] origin: should be like police.example"),
        (MINIMAL.replace("/alpr/", "/al+pr/"), "[ledger] origin: should be like police.example"),
        (stamped_by('url = "http://a/"'), "[ledger] timestamps.0.certificates: is missing"),
        (stamped_by('url = "http://a/"\ncertificates = []'), "certificates: should name a file at least"),
        (stamped_by('url = "http://a/"\ncertificates = "a"'), "certificates: should be a valid list"),
        (stamped_by('url = "a.example"\ncertificates = ["a"]'), "timestamps.0.url: should be https://HOST"),
        (stamped_by('url = "http:///tsr"\ncertificates = ["a"]'), "timestamps.0.url: should be https://HOST"),
        (stamped_by('url = "http://a b/"\ncertificates = ["a"]'), "timestamps.0.url: should be https://HOST"),
        (stamped_by('url = "http://a:b/"\ncertificates = ["a"]'), "timestamps.0.url: is no URL"),
        (stamped_by('url = "http://me@a/"\ncertificates = ["a"]'), "url: holds a name or password"),
        (stamped_by('url = "http://a/"\ncertificates = ["a"]\nname = "a"'), "timestamps.0.name: unknown key"),
        (
            stamped_by(*['url = "http://tsa.example/"\ncertificates = ["a"]'] * 2),
            "[ledger] timestamps: 'tsa.example' stands there twice",
        ),
        (
            in_node('url = "mysql://h/d"', "[store]"),
            "[store] url: should be sqlite:///PATH or postgresql+psycopg://",
        ),
        (in_node('url = "sqlite:///:memory:"', "[store]"), "[store] url: should be sqlite:///PATH"),
        (in_node('url = "postgresql+psycopg://[::1"', "[store]"), "[store] url: is no URL"),
        (in_node('url = "postgresql+psycopg://h:five/x"', "[store]"), "[store] url: is no URL"),
        (in_node('url = "sqlite:///var/alpr.db?mode=ro"', "[store]"), "[store] url: has options after '?'"),
        (in_node("a.b = 1", "[policy.values]"), "'a' needs a source"),
        (in_node('"4.1" = {period = "P1D", source = " "}', "[policy.values]"), "'4.1' needs a source"),
        (in_node("options = {a = 1}", "[recognizer]"), "options belong to one recognizer"),
        (in_node('use = "a"\n[[source]]\nuse = "a"', "[[source]]"), "'a' stands there twice"),
        (told_by("to = []"), "[[notice]] 1 to: "),
        (told_by('to = ["a", "a"]'), "[[notice]] 1 to: an address stands there twice"),
        (told_by('to = [" a"]'), "[[notice]] 1 to: an address has printable characters"),
        (told_by('to = ["a\\nBcc: b"]'), "[[notice]] 1 to: an address has printable characters"),
        (told_by('to = ["a"]\nat_last = "alarm"'), "at_last: unknown key. Did you mean 'at_least'?"),
        (told_by('to = ["a"]\nat_least = "soon"'), "[[notice]] 1 at_least: should be 'routine', 'urgent' or"),
        (
            told_by('to = ["a"]\nroles = ["x"]\nbadges = ["1"]'),
            "[[notice]] 1: a route is for roles or for badge",
        ),
        (
            told_by('to = ["a"]').replace('via = "smtp"', 'via = "smpt"'),
            "no [[notifier]] 'smpt'. Did you mean 'smtp'?",
        ),
        (in_node('use = "a"\n[[notifier]]\nuse = "a"', "[[notifier]]"), "'a' stands there twice"),
        (in_node('grant = {a = ["plates"]}', "[plugins]"), "[plugins] grant.a.0: should be 'plate'."),
    ],
)
def test_a_problem_says_where_it_is_and_what_was_expected(node: Path, text: str, says: str) -> None:
    (problem,) = problems_of(node, text)
    assert says in problem


@pytest.mark.parametrize(
    ("line", "section"),
    [
        ('password = "geheim"', "[store]"),
        ('url = "postgresql+psycopg://alpr:geheim@db/reads"', "[store]"),
        ('url = "postgresql+psycopg://alpr@db/reads?sslmode=require&password=geheim"', "[store]"),
        ('name = "c"\nurl = "rtsp://admin:geheim@10.0.0.7/1"', "[[camera]]"),
        ('name = "c"\nurl = "rtsp://10.0.0.7/1"\npassword = "geheim"', "[[camera]]"),
    ],
)
def test_a_secret_written_out_is_refused_and_not_repeated(node: Path, line: str, section: str) -> None:
    (problem,) = problems_of(node, in_node(line, section))
    assert "file =" in problem
    assert "geheim" not in problem


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"[node\n", "it is not TOML"),
        ("[node]\nname = 'car-7'\n".encode("utf-16"), "it is not UTF-8 text: byte 0"),
        (b"a = " + b"[" * 100_000, "it is not TOML"),
        (b"[node]\nname = 1\nname = 2\n", "it is not TOML"),
    ],
)
def test_what_is_no_toml_is_said_to_be_none(node: Path, content: bytes, says: str) -> None:
    (problem,) = problems_of(node, content)
    assert says in problem


def test_a_folder_in_place_of_the_file_is_no_node(node: Path) -> None:
    (node / "alpr.toml").mkdir()
    with pytest.raises(NotFound, match="alpr-core init"):
        config.load(node)


@given(st.dictionaries(st.text(max_size=8), st.recursive(st.none() | st.integers() | st.text(), st.lists)))
@example({"node": 3, "ledger": [], "source": {"use": 1}, "camera": [[]], "plugins": "x"})
def test_whatever_the_document_holds_only_config_errors_come_out(document: dict[str, Any]) -> None:
    from alpr_core.config.file import _settings

    with pytest.raises(ConfigError):
        _settings(document, "", Path("/node"))


# ---------------------------------------------------------------------------
# Secrets
# ---------------------------------------------------------------------------


def test_a_secret_is_read_from_its_file_without_the_line_end(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("geheim\n")
    file.chmod(0o600)
    assert Secret(file=file).read() == "geheim"


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [
        (b"geheim", 0o644, "may be read by others. Run: chmod 600"),
        (b"", 0o600, "is empty or not there"),
        (b"\xff", 0o600, "it is not UTF-8 text"),
        (None, 0, "No such file"),
    ],
)
def test_a_secret_that_cannot_be_had_says_what_to_do(
    tmp_path: Path, content: bytes | None, mode: int, says: str
) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
        file.chmod(mode)
    with pytest.raises(ConfigError, match=says) as caught:
        Secret(file=file).read()
    assert "geheim" not in str(caught.value)


def test_a_secret_in_no_variable_names_the_variable() -> None:
    with pytest.raises(ConfigError, match="ALPR_NOT_THERE should hold a secret"):
        Secret(env="ALPR_NOT_THERE").read()


@pytest.mark.parametrize("places", [{}, {"file": "a", "env": "B"}])
def test_a_secret_is_in_exactly_one_place(places: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="in one place"):
        Secret.model_validate(places)


# ---------------------------------------------------------------------------
# Where it is found
# ---------------------------------------------------------------------------


def test_the_nearest_alpr_toml_upward_is_the_node(node: Path) -> None:
    (node / "alpr.toml").write_text(MINIMAL)
    below = node / "inbox" / "today"
    below.mkdir(parents=True)
    assert config.find(start=below) == node


def test_the_option_wins_over_the_environment_and_that_over_the_working_directory(
    node: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (node / "alpr.toml").write_text(MINIMAL)
    monkeypatch.setenv("ALPR_HOME", str(tmp_path / "home"))
    assert config.find(start=node) == tmp_path / "home"
    assert config.find(tmp_path / "option", start=node) == tmp_path / "option"


def test_no_node_names_the_command_that_makes_one(tmp_path: Path) -> None:
    assert config.find(start=tmp_path) is None
    with pytest.raises(NotFound, match="alpr-core init DIR"):
        config.require(start=tmp_path)
    with pytest.raises(NotFound, match=f"alpr-core init {tmp_path}"):
        config.require(tmp_path)


# ---------------------------------------------------------------------------
# Options of plugins
# ---------------------------------------------------------------------------


def test_options_of_plugins_are_checked_by_their_models_and_named_by_their_section(node: Path) -> None:
    text = '[recognizer]\nuse = "rapidocr"\noptions = {thread = 2}\n[[source]]\nuse = "no_such_source"\n'
    told = '[[notifier]]\nuse = "smtp"\noptions = {hots = "a", sender = "a@b.example"}\n[[notifier]]\nuse = "smpt"\n'
    problems = config.option_problems(settings_of(node, MINIMAL + text + told), PluginHost.load())
    assert len(problems) == 5
    assert "[[notifier]] 1 options.hots: unknown key. Did you mean 'host'?" in problems
    assert "[[notifier]] 1 options.host: is missing." in problems
    assert problems[-1].startswith(
        "[[notifier]] 2 options: there is no notifier 'smpt'. Did you mean 'smtp'?"
    )
    assert problems[0].startswith("[recognizer] options.thread: unknown key. Did you mean 'threads'?")
    assert problems[1].startswith("[[source]] 1 options: there is no data source 'no_such_source'.")


def test_an_automatic_recognizer_has_no_options_to_check(node: Path) -> None:
    assert config.option_problems(settings_of(node, MINIMAL), PluginHost.load()) == []


# ---------------------------------------------------------------------------
# A new one
# ---------------------------------------------------------------------------

ANSWERS = config.Answers(
    name="medford-server",
    origin="police.medford.example/alpr/server",
    role="vehicle",
    mode="live",
    timezone="America/Los_Angeles",
    pack="medford-or",
    overlays=("or-sb1516",),
    store_url="sqlite:///var/other.db",
)


def test_a_new_config_says_what_was_answered(node: Path) -> None:
    file = config.write_default(node, ANSWERS)
    settings = config.load(node)
    assert file == settings.file == node / "alpr.toml"
    assert (settings.node.name, settings.ledger.origin) == (ANSWERS.name, ANSWERS.origin)
    assert (settings.node.role, settings.node.mode) == (ANSWERS.role, ANSWERS.mode)
    assert settings.node.timezone == settings.zone.key == ANSWERS.timezone
    assert (settings.policy.pack, tuple(settings.policy.overlays)) == (ANSWERS.pack, ANSWERS.overlays)
    assert settings.store.url == ANSWERS.store_url


def test_a_config_that_is_there_is_never_overwritten(node: Path) -> None:
    (node / "alpr.toml").write_text("mine")
    with pytest.raises(ConfigError, match="A node is made once"):
        config.write_default(node, ANSWERS)
    assert (node / "alpr.toml").read_text() == "mine"


@given(st.text(), st.text(), st.text())
@example('x"\n[plugins]\ndisable = ["a"]\n#', "a\x7fb", "sqlite:///\U0001f600\\")
def test_no_answer_can_write_another_setting(name: str, origin: str, store_url: str) -> None:
    import tempfile

    answers = config.Answers(name=name, origin=origin, store_url=store_url)
    with tempfile.TemporaryDirectory() as folder:
        try:
            config.write_default(Path(folder), answers)
        except ConfigError:
            assert not list(Path(folder).iterdir())
            return
        settings = config.load(Path(folder))
        assert (settings.node.name, settings.ledger.origin, settings.store.url) == (name, origin, store_url)
        assert settings.plugins.disable == []
