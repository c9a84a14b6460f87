"""The frame around every command: lazy, and whatever goes wrong becomes a message and an exit status."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from alpr_core import PluginError
from alpr_core.cli import COMMANDS, cli
from alpr_core.cli.frame import Frame, Invocation, Lazy, Leaf, open_to_all, pass_invocation, walk
from alpr_core.errors import AlprError, ConfigError, Denied, NotFound, VerificationFailed
from alpr_core.models import Decision, Finding, Verdict

if TYPE_CHECKING:
    from conftest import PluginSite

run = CliRunner().invoke
ALPR_CORE = [sys.executable, "-c", "from alpr_core.cli import main; main()"]
DENIAL = Decision(
    verdict=Verdict.DENY,
    findings=(Finding(verdict=Verdict.DENY, clause="10.05 V", says="Approval.", because="no approval"),),
)


def frame_around(body: Callable[[], object]) -> Frame:
    """A command line of one command, `act`, that does this."""
    frame = Frame("frame", lazy={})
    command = click.Command("act", callback=body)
    frame.get_command = lambda ctx, cmd_name: command  # type: ignore[method-assign]
    return frame


def raising(error: BaseException) -> Frame:
    def body() -> None:
        raise error

    return frame_around(body)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (AlprError("x"), 1),
        (NotFound("x"), 1),
        (PluginError("x"), 1),
        (ConfigError(["x"]), 2),
        (Denied(DENIAL), 3),
        (VerificationFailed("x"), 4),
    ],
)
def test_an_error_for_people_is_its_message_and_its_status(error: AlprError, status: int) -> None:
    result = run(raising(error), ["act"])
    assert result.exit_code == status
    assert result.stderr == f"Error: {error.message}\n"
    assert result.stdout == ""


def test_an_error_cannot_drive_the_terminal() -> None:
    assert run(raising(NotFound("no \x1b[2J")), ["act"]).stderr == "Error: no \\x1b[2J\n"


def test_a_defect_is_one_line_without_traceback_and_says_how_to_get_it() -> None:
    result = run(raising(KeyError("secret\nmore")), ["act"])
    assert result.exit_code == 1
    assert "Traceback" not in result.stderr
    assert "unexpected KeyError" in result.stderr
    assert "ALPR_TRACE=1" in result.stderr


def test_only_the_first_line_of_a_defects_words_is_shown() -> None:
    assert "DETAIL" not in run(raising(RuntimeError("failed\nDETAIL: plate ABC123")), ["act"]).stderr


def test_what_the_system_refuses_is_no_defect() -> None:
    result = run(raising(OSError(28, "No space left on device", "/srv/out")), ["act"])
    assert result.exit_code == 1
    assert result.stderr == "Error: the system refused: /srv/out: No space left on device\n"


def test_a_trace_is_shown_when_asked_for() -> None:
    result = run(raising(KeyError("x")), ["act"], env={"ALPR_TRACE": "1"})
    assert "Traceback" in result.stderr
    assert "in body" in result.stderr


def test_ctrl_c_aborts_without_traceback() -> None:
    result = run(raising(KeyboardInterrupt()), ["act"])
    assert result.exit_code == 1
    assert result.stderr.strip() == "Aborted!"


def test_a_reader_that_goes_away_is_no_error() -> None:
    script = "import click; from alpr_core.cli.frame import Frame, Lazy; import sys\n"
    script += "frame = Frame('f', lazy={}); command = click.Command('act', callback=lambda: "
    script += "[click.echo('x' * 1000) for _ in range(10000)])\n"
    script += "frame.get_command = lambda c, n: command\nframe(['act'])"
    writer = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdout is not None
    assert writer.stderr is not None
    writer.stdout.read(10)
    writer.stdout.close()
    assert writer.stderr.read() == b""
    writer.stderr.close()
    writer.wait()


# ---------------------------------------------------------------------------
# Help, version, names
# ---------------------------------------------------------------------------


def test_help_lists_every_command_without_importing_one() -> None:
    script = (
        "import sys; from click.testing import CliRunner; from alpr_core.cli import cli\n"
        "result = CliRunner().invoke(cli, ['--help'])\n"
        "print(result.exit_code, *sorted(sys.modules)); print(result.output)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded, _, shown = done.stdout.partition("\n")
    heavy = {"cv2", "numpy", "onnxruntime", "sqlalchemy", "alembic", "rich", "cryptography", "nacl"}
    assert not heavy & set(loaded.split())
    assert not [
        name
        for name in loaded.split()
        if name in {lazy.target.partition(":")[0] for lazy in COMMANDS.values()}
    ]
    assert loaded.startswith("0 ")
    assert all(f"\n  {name} " in shown for name in COMMANDS)


def test_version_names_the_program() -> None:
    from alpr_core import __version__

    assert run(cli, ["--version"], prog_name="alpr-core").output == f"alpr-core {__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_there_under_its_name_and_explains_itself(name: str) -> None:
    lazy = COMMANDS[name]
    module, _, target = lazy.target.partition(":")
    assert (module, target) == (f"alpr_core.cli.{name}", name)
    assert isinstance(getattr(importlib.import_module(module), target), click.Command)
    result = run(cli, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert lazy.summary.endswith(".")


def test_an_unknown_command_is_a_usage_error_with_a_suggestion() -> None:
    result = run(cli, ["docter"])
    assert result.exit_code == 2
    assert "Did you mean 'doctor'?" in result.stderr


# ---------------------------------------------------------------------------
# Which node, which plugins
# ---------------------------------------------------------------------------


@click.command()
@pass_invocation
def where(invocation: Invocation) -> None:
    """Say which node is meant."""
    click.echo(str(invocation.settings().file))


@pytest.fixture
def with_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "where", Lazy(f"{__name__}:where", "Say which node is meant."))
    monkeypatch.setattr(Lazy, "load", lambda self: where)


@pytest.mark.usefixtures("with_where")
def test_dash_c_picks_the_node(tmp_path: Path) -> None:
    (tmp_path / "alpr.toml").write_text('[node]\nname = "n"\n[ledger]\norigin = "o"\n')
    assert run(cli, ["-C", str(tmp_path), "where"]).output == f"{tmp_path / 'alpr.toml'}\n"


@pytest.mark.usefixtures("with_where")
def test_no_node_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(cli, ["where"])
    assert result.exit_code == 1
    assert "alpr-core init DIR" in result.stderr


COMMAND_PLUGIN = """
from alpr_core import hookimpl

@hookimpl
def register_commands(cli):
    @cli.command()
    def mileage():
        "Sum up what the vehicles drove."
        print("42 km")

    @cli.command()
    def doctor():
        "Not ours."
"""


def test_a_plugins_command_is_listed_and_runs(plugin_site: PluginSite) -> None:
    plugin_site.install("fleet", COMMAND_PLUGIN.partition("    @cli.command()\n    def doctor")[0])
    assert "Sum up what the vehicles drove." in run(cli, ["--help"]).stdout
    assert run(cli, ["mileage"]).output == "42 km\n"


def test_a_plugin_cannot_replace_a_command_of_ours(plugin_site: PluginSite) -> None:
    plugin_site.install("fleet", COMMAND_PLUGIN)
    result = run(cli, ["--help"])
    assert "Not ours." not in result.stdout
    assert "Warning: the command 'doctor' is alpr-core's own" in result.stderr


def test_help_is_there_where_the_config_is_broken(tmp_path: Path) -> None:
    (tmp_path / "alpr.toml").write_text("[nod]\n")
    result = run(cli, ["-C", str(tmp_path), "--help"])
    assert result.exit_code == 0
    assert "doctor" in result.stdout
    assert "commands of plugins are left out" in result.stderr


def test_plugins_are_not_loaded_for_a_command_of_ours(plugin_site: PluginSite, tmp_path: Path) -> None:
    plugin_site.install("loud", f"open({str(tmp_path / 'loaded')!r}, 'w')")
    assert run(cli, ["config", "--help"]).exit_code == 0
    assert not (tmp_path / "loaded").exists()


# ---------------------------------------------------------------------------
# Who may call it
# ---------------------------------------------------------------------------


def test_the_mark_on_a_group_opens_everything_below_it_and_nothing_beside_it() -> None:
    top = click.Group("top")
    opened = open_to_all(click.Group("opened"))
    closed = click.Group("closed")
    for group in (opened, closed):
        top.add_command(group)
        group.add_command(click.Command("list"))
    closed.add_command(open_to_all(click.Command("path")))
    found = {" ".join(leaf.path): leaf.open_to_all for leaf in walk(top)}
    assert found == {"opened list": True, "closed list": False, "closed path": True}


OPEN = {
    *("init", "demo", "doctor", "recognize", "models", "plugins", "login", "logout", "shell", "upgrade"),
    *("restore", "people appoint", "run", "simulate", "receive"),
    *("config path", "config check", "policy show", "policy lint", "policy diff", "policy coverage"),
}
"""What needs no session. A command is not open because somebody marked it: it has to stand here too."""


def test_what_is_open_to_all_is_exactly_what_is_meant_to_be() -> None:
    wrong = [
        " ".join(leaf.path)
        for leaf in walk(cli)
        if leaf.open_to_all != (not OPEN.isdisjoint({leaf.path[0], " ".join(leaf.path[:2])}))
    ]
    assert wrong == []


@pytest.mark.parametrize("leaf", list(walk(cli)), ids=lambda leaf: " ".join(leaf.path))
def test_the_help_of_every_command_is_laid_out(leaf: Leaf) -> None:
    text = leaf.command.get_help(click.Context(leaf.command))
    assert "\\b" not in text
