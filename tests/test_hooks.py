"""Every hook is documented with its real arguments, tested here, and called by something."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest

from alpr_core import Box, Candidate, Reading, hookspecs
from alpr_core.models import ANONYMOUS, Decision, Request, Verdict
from alpr_core.plates import Syntax
from alpr_core.plugins import Kind
from alpr_core.plugins.registry import PLUGIN_HOOKS

if TYPE_CHECKING:
    from conftest import PluginSite

ROOT = Path(__file__).resolve().parents[1]
HOOKS: dict[str, Callable[..., Any]] = {
    name: function for name, function in vars(hookspecs).items() if hasattr(function, "alpr_spec")
}
OBSERVERS = sorted(hookspecs.OPEN_FIELDS)
PAGE = (ROOT / "docs" / "hooks.md").read_text()
SECTIONS = {
    heading.partition("(")[0]: (heading, body)
    for heading, body in re.findall(r"^### `([^`]+)`\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
}
HEAD = "import dataclasses\nfrom alpr_core import *\nfrom alpr_core.plates import Syntax\nheard = []\n@hookimpl\n"

READING = Reading(
    candidates=(Candidate(text="ABC123", confidence=0.9),),
    characters=(0.9,) * 6,
    box=Box.rectangle(0, 0, 60, 20),
    detection_confidence=0.8,
)
ALLOWED = Decision(verdict=Verdict.ALLOW, findings=())
REQUEST = Request(action="search.run", actor=ANONYMOUS, at=datetime(2026, 11, 23, 3, tzinfo=UTC))


# ---------------------------------------------------------------------------
# Kept honest
# ---------------------------------------------------------------------------


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_documented_with_its_real_arguments_and_an_example(hook: str) -> None:
    heading, body = SECTIONS[hook]
    assert heading == f"{hook}({', '.join(inspect.signature(HOOKS[hook]).parameters)})"
    assert f"@hookimpl\ndef {hook}(" in body


def test_no_hook_is_documented_that_does_not_exist() -> None:
    assert list(SECTIONS) == list(HOOKS)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hooks_example_is_one_that_the_host_takes(hook: str, plugin_site: PluginSite) -> None:
    (example,) = re.findall(r"```python\n(@hookimpl.*?)```", SECTIONS[hook][1], re.DOTALL)
    names = set(re.findall(r"(?:factory=|options=|, )([A-Za-z]+)[,)]", example))
    classes = "".join(f"class {name}(Options): pass\n" for name in names)
    plugin_site.install("example", HEAD.removesuffix("@hookimpl\n") + classes + example)
    assert plugin_site.host().problems == ()


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hooks_docstring_names_each_of_its_arguments(hook: str) -> None:
    named = re.findall(r":param (\w+):", inspect.getdoc(HOOKS[hook]) or "")
    assert named == list(inspect.signature(HOOKS[hook]).parameters)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_has_a_test_in_this_file(hook: str) -> None:
    tests = ast.parse(Path(__file__).read_text())
    functions = [node for node in ast.walk(tests) if isinstance(node, ast.FunctionDef)]
    about = [node for node in functions if hook in node.name or hook in literals(node)]
    assert [node.name for node in about if node.name.startswith("test_")]


def literals(node: ast.AST) -> str:
    """Every string in a piece of source, joined."""
    return "\n".join(
        n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)
    )


def told() -> dict[str, list[set[str]]]:
    """For each observer the names of the fields in every call that tells it."""
    calls: dict[str, list[set[str]]] = {}
    for module in (ROOT / "alpr_core").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = node.args[0].value
                if name in hookspecs.OPEN_FIELDS:
                    calls.setdefault(name, []).append({each.arg for each in node.keywords if each.arg})
    return calls


@pytest.mark.parametrize("hook", OBSERVERS)
def test_an_observer_is_told_exactly_what_is_declared_and_documented(hook: str) -> None:
    declared = hookspecs.OPEN_FIELDS[hook] | hookspecs.PLATE_FIELDS[hook]
    assert told()[hook] == [declared]
    rows = re.findall(r"^\| `(\w+)` *\| (\*plate\*)?", SECTIONS[hook][1], re.MULTILINE)
    assert {name for name, plate in rows if not plate} == hookspecs.OPEN_FIELDS[hook]
    assert {name for name, plate in rows if plate} == hookspecs.PLATE_FIELDS[hook]


def test_whatever_is_no_registration_and_not_along_the_way_is_an_observer() -> None:
    others = {name for name in HOOKS if not name.startswith("register_")} - {
        "reading_recognized",
        "review_decision",
    }
    assert others == set(OBSERVERS) == set(hookspecs.PLATE_FIELDS)


# ---------------------------------------------------------------------------
# At start
# ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hook", "kind"),
    [
        ("register_recognizers", Kind.RECOGNIZER),
        ("register_data_sources", Kind.DATA_SOURCE),
        ("register_exporters", Kind.EXPORTER),
        ("register_retention_strategies", Kind.RETENTION_STRATEGY),
        ("register_notifiers", Kind.NOTIFIER),
        ("register_jobs", Kind.JOB),
    ],
)
def test_what_a_registering_hook_registers_is_collected_and_listed(
    hook: str, kind: Kind, plugin_site: PluginSite
) -> None:
    assert PLUGIN_HOOKS[hook] is kind
    plugin_site.install("mine", HEAD + f"def {hook}(register): register(Plugin(name='thing', factory=dict))")
    host = plugin_site.host()
    assert [(line.name, line.kind, line.enabled) for line in host.listing()] == [("thing", kind, True)]
    assert host.get(kind, "thing").factory is dict


def test_register_policy_rules_adds_a_kind_of_rule(plugin_site: PluginSite) -> None:
    plugin_site.install("mine", HEAD + "def register_policy_rules(register): register('two_officers', dict)")
    host = plugin_site.host()
    assert dict(host.policy_rules()) == {"two_officers": dict}
    assert host.listing()[0].kind is Kind.POLICY_RULE


def test_register_plate_syntaxes_adds_layouts_several_to_a_region(plugin_site: PluginSite) -> None:
    body = (
        "for p in ('@@@###', '###@@@'): register(Syntax(region='us-ak', name='car', pattern=p, source='x'))"
    )
    plugin_site.install("mine", HEAD + f"def register_plate_syntaxes(register):\n    {body}")
    host = plugin_site.host()
    assert host.problems == ()
    assert [syntax.pattern for syntax in host.plate_syntaxes()] == ["@@@###", "###@@@"]
    assert isinstance(host.plate_syntaxes()[0], Syntax)


def test_register_commands_adds_a_command_but_none_of_ours(plugin_site: PluginSite) -> None:
    body = "    @cli.command()\n    def mileage(): 'Sum up.'\n    @cli.command()\n    def ledger(): 'Mine.'\n"
    plugin_site.install("mine", HEAD + f"def register_commands(cli):\n{body}")
    host = plugin_site.host(reserved_commands=["ledger"])
    assert list(host.commands()) == ["mileage"]
    assert isinstance(host.commands()["mileage"], click.Command)
    assert host.problems == ("the command 'ledger' is alpr-core's own",)


# ---------------------------------------------------------------------------
# Along the way
# ---------------------------------------------------------------------------

BETTER = "def reading_recognized(reading): return dataclasses.replace(reading, region=reading.region + {!r})"


def test_reading_recognized_runs_in_the_order_of_the_plugins_names(plugin_site: PluginSite) -> None:
    for plugin in ("second", "first", "third"):
        plugin_site.install(plugin, HEAD + BETTER.format(f"{plugin} "))
    assert plugin_site.host().improve(READING).region == "first second third "


def test_reading_recognized_returning_none_leaves_the_reading_as_it_is(plugin_site: PluginSite) -> None:
    plugin_site.install("mine", HEAD + "def reading_recognized(): return None")
    assert plugin_site.host().improve(READING) is READING


@pytest.mark.parametrize("answer", ["1 / 0", "'ABC123'", "exit(1)"])
def test_reading_recognized_going_wrong_is_skipped(plugin_site: PluginSite, answer: str) -> None:
    plugin_site.install("bad", HEAD + f"def reading_recognized(reading): return {answer}")
    plugin_site.install("good", HEAD + BETTER.format("us-or"))
    assert plugin_site.host().improve(READING).region == "us-or"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("None", []),
        ("'not at night'", ["not at night"]),
        ("['not at night', 'not alone']", ["not at night", "not alone"]),
        ("()", []),
        ("1 / 0", ["its review failed: ZeroDivisionError"]),
        ("exit(0)", ["its review failed: SystemExit"]),
        ("True", ["its review returned a bool"]),
        ("decision", ["its review returned a Decision"]),
        ("[7]", ["its review returned a list"]),
    ],
)
def test_review_decision_can_only_deny_and_fails_closed(
    plugin_site: PluginSite, answer: str, says: list[str]
) -> None:
    plugin_site.install("watch", HEAD + f"def review_decision(decision, context): return {answer}")
    findings = plugin_site.host().objections(ALLOWED, REQUEST)
    assert [finding.says for finding in findings] == says
    assert {finding.verdict for finding in findings} <= {Verdict.DENY}
    assert {finding.clause for finding in findings} <= {"plugin watch"}


def test_review_decision_is_told_what_was_asked(plugin_site: PluginSite) -> None:
    plugin_site.install("watch", HEAD + "def review_decision(context): return context.action")
    assert plugin_site.host().objections(ALLOWED, REQUEST)[0].says == "search.run"


# ---------------------------------------------------------------------------
# After commit: read_recorded, hit_raised, act_denied, reads_purged, job_failed
# ---------------------------------------------------------------------------


def heard_by(plugin_site: PluginSite, hook: str, **options: Any) -> list[dict[str, Any]]:
    """What a plugin's observer heard when every declared field was told."""
    (argument,) = inspect.signature(HOOKS[hook]).parameters
    plugin_site.install(
        "ear", HEAD + f"def {hook}({argument}): heard.append(dict({argument}))", module="ear_module"
    )
    host = plugin_site.host(**options)
    host.notify(hook, dict.fromkeys(hookspecs.OPEN_FIELDS[hook] | hookspecs.PLATE_FIELDS[hook], "x"))
    import ear_module  # type: ignore[import-not-found]

    heard: list[dict[str, Any]] = ear_module.heard
    return heard


@pytest.mark.parametrize("hook", ["read_recorded", "hit_raised", "act_denied", "reads_purged", "job_failed"])
def test_an_observer_without_the_grant_hears_ids_and_classes_alone(
    plugin_site: PluginSite, hook: str
) -> None:
    (fields,) = heard_by(plugin_site, hook)
    assert set(fields) == hookspecs.OPEN_FIELDS[hook]


@pytest.mark.parametrize("hook", ["read_recorded", "hit_raised"])
def test_an_observer_that_is_granted_plates_hears_them(plugin_site: PluginSite, hook: str) -> None:
    (fields,) = heard_by(plugin_site, hook, grants={"ear": ["plate"]})
    assert fields["plate"] == "x"


def test_a_field_that_nobody_declared_is_kept_from_the_ungranted(plugin_site: PluginSite) -> None:
    plugin_site.install(
        "ear", HEAD + "def act_denied(denial): heard.append(dict(denial))", module="ear_module"
    )
    plugin_site.host().notify("act_denied", {"action": "search.run", "query": "ABC123"})
    import ear_module

    assert ear_module.heard == [{"action": "search.run"}]


def test_an_observer_cannot_change_what_the_next_one_hears(plugin_site: PluginSite) -> None:
    plugin_site.install("a", HEAD + "def act_denied(denial): denial['action'] = 'nothing'")
    plugin_site.install(
        "b", HEAD + "def act_denied(denial): heard.append(denial['action'])", module="ear_module"
    )
    plugin_site.host().notify("act_denied", {"action": "search.run"})
    import ear_module

    assert ear_module.heard == ["search.run"]
