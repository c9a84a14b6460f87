"""``alpr-core plugins list|show``, and a stranger's distribution that appears in them by being installed."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from alpr_core.cli import cli

if TYPE_CHECKING:
    from conftest import PluginSite

run = CliRunner().invoke
EXAMPLE = Path(__file__).resolve().parents[1] / "plugin_example"
HOOK = "from alpr_core import *\n@hookimpl\ndef register_recognizers(register): "
EYE = HOOK + "register(Plugin(name='eye', factory=dict, summary='an eye'))"


def listed(*arguments: str) -> dict[str, dict[str, Any]]:
    """What ``plugins list`` says, by plugin."""
    result = run(cli, [*arguments, "plugins", "list", "--json"])
    assert result.exit_code == 0, result.output
    return {line["plugin"]: line for line in map(json.loads, result.stdout.splitlines())}


@pytest.fixture(scope="module")
def installed_example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example distribution, built and installed by pip into a folder of its own."""
    if not all(importlib.util.find_spec(name) for name in ("pip", "hatchling")):
        pytest.skip("needs pip and hatchling, which builds the example")
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    offline = ["--no-build-isolation", "--no-index"]
    subprocess.run([*pip, *offline, "--target", str(target), str(EXAMPLE)], check=True)
    return target


def alpr_core(installed: Path, *arguments: str) -> str:
    """What the command line prints where the folder is on the path."""
    command = [sys.executable, "-c", "from alpr_core.cli import main; main()", *arguments]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(installed), os.environ.get("PYTHONPATH", "")]),
    }
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_a_distribution_that_pip_installs_appears_without_touching_the_core(installed_example: Path) -> None:
    lines = map(json.loads, alpr_core(installed_example, "plugins", "list", "--json").splitlines())
    (example,) = [line for line in lines if line["plugin"] == "example"]
    assert example == {
        "name": "example",
        "kind": "recognizer",
        "plugin": "example",
        "distribution": "alpr-recognizer-example",
        "version": "0.3.1",
        "enabled": True,
        "why_not": "",
        "summary": "One plate in every picture",
    }


def test_its_options_are_shown_with_their_defaults(installed_example: Path) -> None:
    shown = json.loads(alpr_core(installed_example, "plugins", "show", "example", "--json"))
    assert shown["options"] == [
        {"name": "text", "type": "str", "default": "EXAMPLE", "description": "what stands on every plate"}
    ]


def test_the_table_has_a_line_for_each_with_its_owner(plugin_site: PluginSite) -> None:
    plugin_site.install("eye", EYE, distribution="county-eye", version="2.4")
    result = run(cli, ["plugins", "list"])
    (line,) = [line.split() for line in result.stdout.splitlines() if line.startswith("eye")]
    assert line == ["eye", "recognizer", "county-eye", "2.4", "yes"]


def test_a_broken_plugin_is_listed_with_why(plugin_site: PluginSite) -> None:
    plugin_site.install("eye", "import no_such_module")
    plugin_site.install("ear", HOOK.replace("recognizers", "recogniser") + "pass")
    lines = listed()
    assert "No module named 'no_such_module'" in lines["eye"]["why_not"]
    assert "there is no hook 'register_recogniser'" in lines["ear"]["why_not"]
    assert lines["rapidocr"]["enabled"]


def test_two_of_one_name_are_listed_with_both_distributions(plugin_site: PluginSite) -> None:
    plugin_site.install("eye", EYE, distribution="county-eye")
    plugin_site.install("other", EYE, distribution="state-eye")
    lines = listed()
    for plugin in ("eye", "other"):
        assert not lines[plugin]["enabled"]
        assert "county-eye" in lines[plugin]["why_not"]
        assert "state-eye" in lines[plugin]["why_not"]


def test_a_plugin_that_the_node_disables_is_listed_as_such(plugin_site: PluginSite, tmp_path: Path) -> None:
    plugin_site.install("eye", "raise SystemExit('imported')")
    (tmp_path / "alpr.toml").write_text(
        '[node]\nname = "n"\n[ledger]\norigin = "o"\n[plugins]\ndisable = ["eye"]\n'
    )
    assert listed("-C", str(tmp_path))["eye"]["why_not"] == "disabled in alpr.toml"


def test_what_a_plugin_says_of_itself_cannot_drive_the_terminal(plugin_site: PluginSite) -> None:
    plugin_site.install("eye", EYE.replace("an eye", "\\x1b[2J"))
    result = run(cli, ["plugins", "show", "eye"])
    assert "\x1b" not in result.output
    assert r"\x1b[2J" in result.output


def test_show_has_the_options_of_ours() -> None:
    result = run(cli, ["plugins", "show", "rapidocr", "--json"])
    assert {"threads", "candidates"} <= {option["name"] for option in json.loads(result.stdout)["options"]}
    assert "min_confidence" in run(cli, ["plugins", "show", "rapidocr"]).stdout


def test_show_of_an_unknown_name_suggests_one() -> None:
    result = run(cli, ["plugins", "show", "rapidocd"])
    assert result.exit_code == 1
    assert result.stderr == "Error: no plugin 'rapidocd' is installed. Did you mean 'rapidocr'?\n"
