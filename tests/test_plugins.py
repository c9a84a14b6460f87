"""The plugin host: what is found, what is left out and why, what is made."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_core import API_VERSION, ConfigError, InputError, PluginError, Secret, SimulatorSettings
from alpr_core.plugins import AUTO_RECOGNIZERS, Kind, PluginHost, make_simulator
from alpr_core.plugins.registry import _checked_name

if TYPE_CHECKING:
    from conftest import PluginSite

RECOGNIZER = """
from alpr_core import *
from alpr_core import Options

class Eye:
    def __init__(self, options): self.options = options
    def recognize(self, frame): return []

class Choice(Options):
    threshold: float = 0.5
    key: Secret | None = None

def missing(): return {missing!r}

@hookimpl
def register_recognizers(register):
    register(Plugin(name={name!r}, factory={factory}, options=Choice, summary="an eye", missing=missing))
"""


def recognizer(name: str, *, factory: str = "Eye", missing: str | None = None) -> str:
    return RECOGNIZER.format(name=name, factory=factory, missing=missing)


def only(host: PluginHost) -> Any:
    (line,) = host.listing()
    return line


def test_what_a_distribution_brings_is_listed_with_its_owner(plugin_site: PluginSite) -> None:
    plugin_site.install("eye", recognizer("eye"), distribution="county-eye", version="2.4")
    line = only(plugin_site.host())
    assert (line.name, line.kind, line.distribution, line.version) == (
        "eye",
        Kind.RECOGNIZER,
        "county-eye",
        "2.4",
    )
    assert line.enabled
    assert line.why_not == ""
    assert plugin_site.host().problems == ()


def test_ours_arrive_by_entry_point_and_none_is_left_out() -> None:
    host = PluginHost.load()
    ours = {line.name: line for line in host.listing() if line.distribution == "alpr-core"}
    assert {"rapidocr", "fast_alpr", "hotfile"} <= set(ours)
    assert not [problem for problem in host.problems if "alpr-core" in problem]


# ---------------------------------------------------------------------------
# What is wrong with a plugin stays its own trouble
# ---------------------------------------------------------------------------

HOOK = "from alpr_core import *\n@hookimpl\n"
BROKEN = {
    "its import fails": ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
    "it exits": ("import sys; sys.exit(3)", "its import failed: SystemExit"),
    "it is no Python": ("def (:", "SyntaxError"),
    "it marks no hook": ("def register_recognizers(register): pass", "marked with @hookimpl"),
    "a hook is misspelt": (
        HOOK + "def register_recognizer(register): pass",
        "there is no hook 'register_recognizer'. Did you mean 'register_recognizers'?",
    ),
    "an argument is misspelt": (HOOK + "def register_recognizers(registry): pass", "registry"),
    "it answers for others": (
        "from alpr_core import *\n@hookimpl(wrapper=True)\ndef review_decision():\n    return (yield)",
        "review_decision is a wrapper",
    ),
    "it registers nonsense": (
        HOOK + "def register_recognizers(register): register('eye')",
        "register takes an alpr_core.Plugin, got str",
    ),
    "its options are no model": (
        HOOK + "def register_jobs(register): register(Plugin(name='a', factory=print, options=dict))",
        "options of 'a' has to be a subclass of alpr_core.Options",
    ),
    "its factory is no function": (
        HOOK + "def register_jobs(register): register(Plugin(name='a', factory=None))",
        "factory and missing of 'a' have to be functions",
    ),
    "its simulator is no function": (
        HOOK + "def register_data_sources(register): register(Plugin(name='a', factory=print, simulator=1))",
        "simulator of 'a' has to be a function",
    ),
    "a name is none": (
        HOOK + "def register_jobs(register): register(Plugin(name='A b', factory=print))",
        "'A b' is no name",
    ),
    "a rule is no class": (
        HOOK + "def register_policy_rules(register): register('two', 2)",
        "register takes a name and a class, got int",
    ),
    "a syntax is none": (
        HOOK + "def register_plate_syntaxes(register): register('@@@###')",
        "register takes a plates.Syntax, got str",
    ),
    "its registration fails": (HOOK + "def register_jobs(register): 1 / 0", "ZeroDivisionError"),
    "it is for an older API": (
        f"ALPR_API = (0, {API_VERSION - 1})\n{HOOK}def register_jobs(register): pass",
        f"written for plugin API 0 to {API_VERSION - 1}, this is {API_VERSION}",
    ),
    "it says nonsense of the API": (
        f"ALPR_API = '>=1'\n{HOOK}def register_jobs(register): pass",
        "ALPR_API has to be a pair of numbers",
    ),
}


@pytest.mark.parametrize("trouble", BROKEN)
def test_a_broken_plugin_is_left_out_and_says_why_and_the_others_work(
    plugin_site: PluginSite, trouble: str
) -> None:
    source, why = BROKEN[trouble]
    plugin_site.install("broken", source, distribution="alpr-broken", version="0.1")
    plugin_site.install("eye", recognizer("eye"))
    host = plugin_site.host()
    assert host.recognizer("eye") is not None
    (problem,) = host.problems
    assert problem.startswith("The plugin 'broken' of alpr-broken 0.1 is left out: ")
    assert why in problem
    (line,) = [line for line in host.listing() if line.plugin == "broken"]
    assert not line.enabled
    assert line.kind is None
    assert why in line.why_not


def test_what_a_plugin_registered_before_it_failed_is_taken_back(plugin_site: PluginSite) -> None:
    plugin_site.install(
        "half", recognizer("eye") + HOOK.splitlines()[1] + "\ndef register_jobs(register): 1 / 0"
    )
    host = plugin_site.host()
    with pytest.raises(PluginError, match="there is no recognizer 'eye'"):
        host.get(Kind.RECOGNIZER, "eye")


def test_hooks_of_a_plugin_that_is_left_out_are_never_called(plugin_site: PluginSite) -> None:
    source = HOOK + "def act_denied(denial): raise SystemExit('called')\n@hookimpl\ndef register_job(): pass"
    plugin_site.install("broken", source)
    plugin_site.host().notify("act_denied", {"action": "search.run"})


# ---------------------------------------------------------------------------
# Two of one name
# ---------------------------------------------------------------------------


def test_a_name_that_two_plugins_register_is_used_from_neither_and_names_both(
    plugin_site: PluginSite,
) -> None:
    plugin_site.install("eye", recognizer("eye"), distribution="county-eye", version="2.4")
    plugin_site.install("other", recognizer("eye"), distribution="state-eye", version="1.0")
    host = plugin_site.host()
    with pytest.raises(PluginError, match=r"county-eye 2\.4 and .* of state-eye 1\.0"):
        host.recognizer("eye")
    assert [line.enabled for line in host.listing()] == [False, False]
    assert len(host.problems) == 1


def test_one_name_in_two_kinds_is_fine(plugin_site: PluginSite) -> None:
    both = recognizer("eye") + "\n@hookimpl\ndef register_exporters(register): register(Plugin('eye', print))"
    plugin_site.install("eye", both.replace("Plugin('eye', print)", "Plugin(name='eye', factory=print)"))
    assert plugin_site.host().problems == ()


def test_two_plugins_of_one_name_are_not_even_imported(plugin_site: PluginSite) -> None:
    for distribution in ("county-eye", "state-eye"):
        plugin_site.install("eye", "raise SystemExit('imported')", distribution=distribution)
    host = plugin_site.host()
    assert all("two plugins are named 'eye'" in line.why_not for line in host.listing())
    assert not [line for line in host.listing() if "SystemExit" in line.why_not]


def test_automatic_choice_does_not_slip_past_a_clash_unsaid(plugin_site: PluginSite) -> None:
    best, second = AUTO_RECOGNIZERS
    plugin_site.install("a", recognizer(best))
    plugin_site.install("b", recognizer(best))
    plugin_site.install("c", recognizer(second))
    host = plugin_site.host()
    assert host.choose_recognizer() == second
    assert f"two recognizers are named '{best}'" in host.problems[0]


# ---------------------------------------------------------------------------
# What the config says
# ---------------------------------------------------------------------------


def test_a_disabled_plugin_is_not_imported_and_listed_as_such(plugin_site: PluginSite) -> None:
    plugin_site.install("eye", "raise SystemExit('imported')")
    host = plugin_site.host(disable=["eye"])
    line = only(host)
    assert (line.enabled, line.why_not) == (False, "disabled in alpr.toml")
    assert host.problems == ()
    with pytest.raises(PluginError, match=r"is left out: disabled in alpr\.toml"):
        host.get(Kind.RECOGNIZER, "eye")


def test_disabling_or_granting_to_nobody_is_a_problem_with_a_suggestion(plugin_site: PluginSite) -> None:
    plugin_site.install("county_eye", recognizer("eye"))
    host = plugin_site.host(disable=["county_eyes"], grants={"state": ["plate"]})
    assert host.problems == (
        "[plugins] disable: no plugin 'county_eyes' is installed. Did you mean 'county_eye'?",
        "[plugins] grant: no plugin 'state' is installed.",
    )


# ---------------------------------------------------------------------------
# Making things
# ---------------------------------------------------------------------------


def test_an_unknown_name_says_what_was_probably_meant(plugin_site: PluginSite) -> None:
    plugin_site.install("eye", recognizer("county_eye"))
    with pytest.raises(
        PluginError, match=r"no recognizer 'county_eie'\. Did you mean 'county_eye'\? Installed: county_eye\."
    ):
        plugin_site.host().recognizer("county_eie")


def test_automatic_choice_takes_the_best_that_misses_nothing(plugin_site: PluginSite) -> None:
    best, second = AUTO_RECOGNIZERS
    plugin_site.install("a", recognizer(best, missing="its models: run this"))
    plugin_site.install("b", recognizer(second))
    host = plugin_site.host()
    assert host.choose_recognizer("auto") == second
    with pytest.raises(PluginError, match="'fast_alpr' cannot be used now: its models: run this"):
        host.choose_recognizer(best)


def test_no_usable_recognizer_says_what_each_misses(plugin_site: PluginSite) -> None:
    for plugin, name in zip("ab", AUTO_RECOGNIZERS, strict=True):
        plugin_site.install(plugin, recognizer(name, missing=f"models of {name}"))
    with pytest.raises(PluginError) as caught:
        plugin_site.host().recognizer()
    assert [f"models of {name}" in caught.value.message for name in AUTO_RECOGNIZERS] == [True, True]


def test_options_reach_the_factory_as_its_own_model(plugin_site: PluginSite) -> None:
    plugin_site.install("eye", recognizer("eye"))
    made = plugin_site.host().recognizer("eye", {"threshold": 0.7})
    assert made.options.threshold == 0.7  # type: ignore[attr-defined]


def test_every_wrong_option_is_shown_and_none_of_their_values(plugin_site: PluginSite) -> None:
    plugin_site.install("eye", recognizer("eye"))
    wrong = {"threshhold": 1, "threshold": "geheim", "key": "geheim"}
    problems = plugin_site.host().option_problems(Kind.RECOGNIZER, "eye", wrong, where="[recognizer] options")
    assert [problem.partition(": ")[0] for problem in problems] == [
        "[recognizer] options.threshold",
        "[recognizer] options.key",
        "[recognizer] options.threshhold",
    ]
    assert "Did you mean 'threshold'?" in problems[2]
    assert "geheim" not in "".join(problems)
    with pytest.raises(ConfigError):
        plugin_site.host().recognizer("eye", wrong)


def test_a_secrets_relative_file_is_taken_from_the_nodes_folder(
    plugin_site: PluginSite, tmp_path: Path
) -> None:
    plugin_site.install("eye", recognizer("eye"))
    made = plugin_site.host().recognizer("eye", {"key": {"file": "keys/eye"}}, folder=tmp_path)
    assert made.options.key == Secret(file=tmp_path / "keys" / "eye")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("factory", "why"),
    [
        ("lambda options: 1 / 0", "could not be started: ZeroDivisionError"),
        ("lambda options: exit(1)", "could not be started: SystemExit"),
        ("lambda options: 7", "has no method recognize"),
    ],
)
def test_a_factory_that_fails_is_that_plugins_failure(
    plugin_site: PluginSite, factory: str, why: str
) -> None:
    plugin_site.install("eye", recognizer("eye", factory=factory))
    with pytest.raises(PluginError, match=why):
        plugin_site.host().recognizer("eye")


def test_an_error_meant_for_people_passes_as_it_is(plugin_site: PluginSite) -> None:
    plugin_site.install(
        "eye", recognizer("eye", factory="fail") + "\ndef fail(_): raise InputError('no light')"
    )
    with pytest.raises(InputError, match="no light"):
        plugin_site.host().recognizer("eye")


def test_a_check_of_what_is_missing_that_fails_is_what_is_missing(plugin_site: PluginSite) -> None:
    plugin_site.install("eye", recognizer("eye").replace("return None", "raise KeyError('x')"))
    assert "its check of what is missing failed: KeyError" in only(plugin_site.host()).why_not


def test_a_data_source_without_entries_delivers_no_hotlist(plugin_site: PluginSite) -> None:
    source = HOOK + "def register_data_sources(register): register(Plugin(name='leds', factory=dict))"
    plugin_site.install("leds", source)
    with pytest.raises(PluginError, match="delivers no hotlists"):
        plugin_site.host().data_source("leds")


@given(st.text())
def test_a_name_is_a_plain_word_or_refused(name: str) -> None:
    try:
        assert _checked_name(name, "register_jobs") == name
    except PluginError:
        return
    assert name.isascii()
    assert name.replace("-", "_").isidentifier()


def test_what_an_observer_says_when_it_fails_never_reaches_the_log(
    plugin_site: PluginSite, caplog: pytest.LogCaptureFixture
) -> None:
    plugin_site.install("eye", HOOK + "def read_recorded(read): raise ValueError(read['plate'])")
    with caplog.at_level(logging.DEBUG):
        plugin_site.host(grants={"eye": ["plate"]}).notify("read_recorded", {"plate": "SECRET1"})
    assert "plugin 'eye' of alpr-eye 1.0 failed: ValueError at" in caplog.text
    assert "SECRET1" not in caplog.text


def test_a_plugin_of_ours_is_also_what_makes_it_in_a_library_that_several_share(
    plugin_site: PluginSite,
) -> None:
    library = plugin_site.folder / "alpr_shared_library.py"
    plugin_site.modules.append(library.stem)
    library.write_text("def make(options): return options\n")
    source = (
        "from alpr_core import Plugin, hookimpl\nfrom alpr_shared_library import make\n"
        "@hookimpl\ndef register_data_sources(register): register(Plugin(name='shared', factory=make))\n"
    )
    plugin_site.install("shared", source, distribution="alpr-core", module="alpr_sharing")
    before = plugin_site.host().enabled()["shared"]["sha256"]
    assert plugin_site.host().enabled()["shared"]["sha256"] == before
    library.write_text("def make(options): return [options]\n")
    assert plugin_site.host().enabled()["shared"]["sha256"] != before


def test_a_simulator_that_fails_to_start_is_its_plugins_trouble(plugin_site: PluginSite) -> None:
    source = HOOK + (
        "def register_data_sources(register):\n"
        "    register(Plugin(name='county', factory=print, simulator=lambda settings: 1 / 0))\n"
    )
    plugin_site.install("county", source)
    with pytest.raises(
        PluginError, match="the simulator of 'county' could not be started: ZeroDivisionError"
    ):
        make_simulator(plugin_site.host(), "county", SimulatorSettings())


def test_the_systems_that_sources_ask_come_from_the_plugins_themselves(plugin_site) -> None:
    plugin_site.install(
        "idaho",
        """
import re
from alpr_core import Plugin, StateSystem, hookimpl

@hookimpl
def register_data_sources(register):
    system = StateSystem(code="ilets", title="Idaho's ILETS", state="ID", ori=re.compile("ID.{7}"))
    register(Plugin(name="idaho", factory=lambda options: None, system=system))
    register(Plugin(name="list", factory=lambda options: None))
""",
    )
    assert {code: one.title for code, one in plugin_site.host().state_systems().items()} == {
        "ilets": "Idaho's ILETS"
    }


def test_a_system_that_is_none_is_refused(plugin_site) -> None:
    plugin_site.install(
        "idaho",
        "from alpr_core import Plugin, hookimpl\n\n@hookimpl\ndef register_data_sources(register):\n"
        "    register(Plugin(name='idaho', factory=print, system='ilets'))\n",
    )
    (problem,) = plugin_site.host().problems
    assert "has to be an alpr_core.StateSystem" in problem
