"""``alpr-core models`` through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from alpr_core.cli import cli
from alpr_core.weights import read_pins

PINS = Path(__file__).resolve().parents[2] / "plugins/recognizers/alpr_recognizer_fast_alpr/models.toml"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where models are installed in this test."""
    monkeypatch.setenv("ALPR_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("ALPR_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "models"


def alpr(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["models", *arguments])


def test_path_prints_the_folder(folder):
    assert alpr("path").stdout.strip() == str(folder)


def test_list_shows_every_pinned_file_as_missing_at_first(folder):
    rows = [json.loads(line) for line in alpr("list", "--json").stdout.splitlines()]
    ours = [row for row in rows if row["models"] == "fast-alpr"]
    assert [row["file"] for row in ours] == [weight.name for weight in read_pins(PINS).weights]
    assert {row["state"] for row in ours} == {"missing"}
    assert all(row["licence"] and len(row["sha256"]) == 64 for row in ours)


def test_list_tells_a_damaged_file(folder):
    weight = read_pins(PINS).weights[-1]
    folder.mkdir()
    (folder / weight.name).write_bytes(b"x" * weight.bytes)
    assert "damaged" in alpr("list").stdout


def test_an_unknown_name_is_answered_with_the_known_ones(folder):
    result = alpr("install", "nope")
    assert result.exit_code == 1
    assert "fast-alpr" in result.stderr


def test_a_folder_without_models_installs_nothing_and_says_what_is_missing(folder, tmp_path):
    (tmp_path / "usb").mkdir()
    result = alpr("install", "fast-alpr", "--from", str(tmp_path / "usb"))
    assert result.exit_code == 1
    assert "cct_xs_v2_global.onnx" in result.stderr
    assert not folder.exists()


def test_a_folder_with_models_installs_them(folder, shared):
    result = alpr("install", "fast_alpr", "--from", str(shared / "models"))
    assert result.exit_code == 0, result.stderr
    rows = [json.loads(line) for line in alpr("list", "--json").stdout.splitlines()]
    assert {row["role"] for row in rows if row["state"] == "installed"} == {"detector", "ocr", "ocr-config"}
