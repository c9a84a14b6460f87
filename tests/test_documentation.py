"""What the documentation shows is what there is: its commands, its example of a plugin, its links."""

from __future__ import annotations

import re
import shlex
import sys
import types
from datetime import UTC, datetime
from importlib import resources
from importlib.metadata import EntryPoint
from pathlib import Path

import click
import pytest

from alpr_core.cli import cli
from alpr_core.models import Actor, Request
from alpr_core.plugins import Kind, PluginHost
from alpr_core.policy import Gate, RuleKinds, parse_pack

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def shown(page: Path, program: str) -> list[str]:
    """The lines of a page's console blocks that call `program`, without prompt, comment and continuation."""
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(), re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [line[2:].partition("  #")[0].strip() for line in lines if line.startswith(f"$ {program} ")]


COMMANDS = sorted({line for page in PAGES for line in shown(page, "alpr-core")})


def leaf(arguments: list[str]) -> tuple[click.Command, list[str]]:
    """The command at the end of the path that `arguments` begin with, and what is left for it."""
    command: click.Command = cli
    while isinstance(command, click.Group):
        context = click.Context(command)
        _, arguments, _ = command.make_parser(context).parse_args(list(arguments))  # the group's own options
        _, command, arguments = command.resolve_command(context, arguments)
    return command, arguments


def placed(argument: str, folder: Path) -> str:
    """A path in the documentation as one that is there, below `folder`; any other argument as it is."""
    if not re.search(r"/|\.\w+$", argument):
        return argument
    path = folder / Path(argument).name
    path.touch() if path.suffix else path.mkdir(exist_ok=True)
    return str(path)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_in_the_documentation_exists_with_these_arguments(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(click.Option, "prompt_for_value", lambda option, context: "typed")
    command, arguments = leaf(shlex.split(line)[1:])
    context = command.make_context(command.name, [placed(argument, tmp_path) for argument in arguments])
    assert context.command is command


def test_the_plugin_in_the_documentation_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    (source,) = re.findall(
        r"```python\n(# alpr_recognizer_mine\.py\n.*?)```",
        (ROOT / "docs" / "plugins.md").read_text(),
        re.DOTALL,
    )
    module = types.ModuleType("alpr_recognizer_mine")
    exec(compile(source, "docs/plugins.md", "exec"), vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    host = PluginHost.load(entry_points=[EntryPoint("mine", module.__name__, "alpr")])
    assert host.problems == ()
    assert host.get(Kind.RECOGNIZER, "mine").summary == "Reads plates my way."
    assert host.recognizer("mine", {"threshold": 0.7}).threshold == 0.7


def test_the_rule_kind_in_the_documentation_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "policy-packs.md").read_text()
    (source,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    module = types.ModuleType("alpr_office_hours")
    exec(compile(source, "docs/policy-packs.md", "exec"), vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    host = PluginHost.load(entry_points=[EntryPoint("office_hours", module.__name__, "alpr")])
    assert host.problems == ()
    pack = (resources.files("alpr_core.policy") / "packs" / "minimal.toml").read_text("utf-8")
    clause = (
        '[[clause]]\nid = "hours"\nstrength = "must"\nrule = "office_hours"\nuntil = 17\nsays = "By day."\n'
    )
    gate = Gate(parse_pack(pack + clause, "example", kinds=RuleKinds(host.policy_rules())))
    officer = Actor(id="p1", roles=frozenset({"officer"}))
    late = datetime(2026, 11, 23, 18, tzinfo=UTC)
    assert gate.decide(Request(action="read.record", actor=officer, at=late.replace(hour=12))).allowed
    assert gate.decide(Request(action="read.record", actor=officer, at=late)).clauses == ("hours",)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    folder = ROOT if page.name in {"contributing.md", "changelog.md"} else page.parent
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert not [link for link in links if not (folder / link).exists()]


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name == "docs"], ids=lambda p: p.name)
def test_every_page_is_in_the_index(page: Path) -> None:
    assert page.stem == "index" or page.stem in (ROOT / "docs" / "index.md").read_text().split()
