"""``alpr-core config path|check``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from alpr_core.cli import cli

run = CliRunner().invoke
GOOD = '[node]\nname = "car-7"\n[ledger]\norigin = "police.example/alpr/car-7"\n'


@pytest.fixture
def node(tmp_path: Path) -> Path:
    folder = tmp_path / "node"
    folder.mkdir()
    (folder / "alpr.toml").write_text(GOOD)
    return folder


def test_path_prints_the_path_and_nothing_else(node: Path) -> None:
    assert run(cli, ["-C", str(node), "config", "path"]).output == f"{node / 'alpr.toml'}\n"
    as_json = run(cli, ["-C", str(node), "config", "path", "--json"]).output
    assert json.loads(as_json) == {"path": str(node / "alpr.toml")}


def test_path_is_there_for_a_config_that_is_broken(node: Path) -> None:
    (node / "alpr.toml").write_text("[")
    assert run(cli, ["-C", str(node), "config", "path"]).exit_code == 0


def test_check_finds_nothing_wrong(node: Path) -> None:
    result = run(cli, ["-C", str(node), "config", "check", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.output) == {"path": str(node / "alpr.toml"), "problems": 0}


def test_check_shows_every_problem_of_the_shape_and_exits_2(node: Path) -> None:
    (node / "alpr.toml").write_text(GOOD.replace("name", "nam") + "[stor]\n")
    result = run(cli, ["-C", str(node), "config", "check"])
    assert result.exit_code == 2
    assert f"{node / 'alpr.toml'}: 3 problems" in result.stderr
    assert "Did you mean 'name'?" in result.stderr
    assert "Did you mean 'store'?" in result.stderr


def test_check_shows_every_problem_of_the_plugins_options(node: Path) -> None:
    (node / "alpr.toml").write_text(
        GOOD + '[recognizer]\nuse = "rapidocr"\noptions = {thread = 1}\n[[source]]\nuse = "hotfil"\n'
    )
    result = run(cli, ["-C", str(node), "config", "check"])
    assert result.exit_code == 2
    assert "Did you mean 'threads'?" in result.stderr
    assert "Did you mean 'hotfile'?" in result.stderr


def test_check_finds_what_is_wrong_with_the_policy(node: Path) -> None:
    (node / "alpr.toml").write_text(f'{GOOD}[policy]\npack = "nowhere"\n')
    result = run(cli, ["-C", str(node), "config", "check"])
    assert (result.exit_code, "nowhere" in result.output) == (2, True)


def test_check_finds_what_is_wrong_with_options_and_with_the_policy_at_once(node: Path) -> None:
    options = '[recognizer]\nuse = "rapidocr"\noptions = {thread = 1}\n'
    (node / "alpr.toml").write_text(f'{GOOD}{options}[policy]\npack = "nowhere"\n')
    result = run(cli, ["-C", str(node), "config", "check"])
    assert result.exit_code == 2
    assert "Did you mean 'threads'?" in result.stderr
    assert "nowhere" in result.stderr


def test_check_finds_that_a_policy_with_open_values_cannot_go_live(node: Path) -> None:
    live = GOOD.replace('name = "car-7"', 'name = "car-7"\nmode = "live"')
    (node / "alpr.toml").write_text(f'{live}[policy]\npack = "medford-or"\n')
    result = run(cli, ["-C", str(node), "config", "check"])
    assert (result.exit_code, "cannot be 'live' yet" in result.output) == (2, True)
