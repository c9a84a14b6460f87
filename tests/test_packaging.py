"""What is installed is what the tree holds: the wheels, their metadata, and the ways into them."""

from __future__ import annotations

import ast
import os
import re
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import hatchling.build
import pytest

import alpr_core
import alpr_ledger

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LEDGER = tomllib.loads((ROOT / "ledger" / "pyproject.toml").read_text())
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
PLUGIN_FOLDERS = sorted(ROOT.glob("plugins/*/alpr_*/"))
LIBRARIES = {"alpr_source_switch"}  # what several plugins are made of, and nothing is found by


def normal(name: str) -> str:
    """A distribution's name as the index compares it, without extras and versions."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", name).group()).lower()


def required(project: dict, *, extras: bool) -> set[str]:
    """The distributions that a project's metadata asks for."""
    asked = list(project["project"]["dependencies"])
    if extras:
        asked += [name for names in project["project"]["optional-dependencies"].values() for name in names]
    return {normal(name) for name in asked}


def third_party_imports(packages: list[Path]) -> set[str]:
    """Top-level names that the sources import and that are neither ours nor Python's."""
    names = set()
    for module in (module for package in packages for module in package.rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names.add(node.module.partition(".")[0])
    return {name for name in names if name not in sys.stdlib_module_names and not name.startswith("alpr_")}


def wheel_of(project: Path, into: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Build a project's wheel; return the paths in it."""
    monkeypatch.chdir(project)
    name = hatchling.build.build_wheel(str(into))
    return set(zipfile.ZipFile(into / name).namelist())


def test_under_tox_the_wheel_is_tested_and_not_the_checkout() -> None:
    if os.environ.get("TOX_ENV_NAME") not in {"py", "soak"}:
        assert alpr_core.__version__ == PROJECT_VERSION  # outside tox any install of this version will do
        return
    for package in (alpr_core, alpr_ledger):
        assert Path(package.__file__).is_relative_to(sys.prefix)
    assert str(ROOT) not in sys.path


PROJECT_VERSION = metadata.version("alpr-core")


def test_every_package_folder_is_in_the_wheel() -> None:
    folders = {"alpr_core", "ledger/alpr_ledger", "tui/alpr_tui"}
    folders |= {str(folder.relative_to(ROOT)) for folder in PLUGIN_FOLDERS}
    assert set(PACKAGES) == folders


def test_every_plugin_folder_has_its_entry_point() -> None:
    ours = PROJECT["project"]["entry-points"]["alpr"]
    assert set(ours.values()) == {folder.name for folder in PLUGIN_FOLDERS} - LIBRARIES


def test_every_package_is_type_checked() -> None:
    assert {Path(package).name for package in PACKAGES} == set(PROJECT["tool"]["mypy"]["packages"])


def test_installed_entry_points_resolve() -> None:
    points = metadata.distribution("alpr-core").entry_points
    assert {point.name for point in points.select(group="alpr")} >= set(
        PROJECT["project"]["entry-points"]["alpr"]
    )
    for point in points:
        assert point.load() is not None


def test_the_wheel_holds_types_packs_models_and_catalogue_but_no_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = wheel_of(ROOT, tmp_path, monkeypatch)
    tops = {Path(package).name for package in PACKAGES}
    assert {name.partition("/")[0] for name in files if ".dist-info/" not in name} == tops
    assert files >= {f"{top}/py.typed" for top in tops}
    assert files >= {
        "alpr_core/policy/packs/minimal.toml",
        "alpr_core/policy/overlays/or-sb1516.toml",
        "alpr_ledger/catalogue.json",
        "alpr_recognizer_fast_alpr/models.toml",
    }
    assert not [name for name in files if "test" in name]


def test_the_auditors_wheel_holds_the_ledger_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = wheel_of(ROOT / "ledger", tmp_path, monkeypatch)
    assert {name.partition("/")[0] for name in files if ".dist-info/" not in name} == {"alpr_ledger"}
    assert files >= {
        "alpr_ledger/py.typed",
        "alpr_ledger/catalogue.json",
        "alpr_ledger/__main__.py",
    }


def test_the_two_wheels_hold_the_same_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = {name for name in wheel_of(ROOT, tmp_path, monkeypatch) if name.startswith("alpr_ledger/")}
    theirs = {
        name for name in wheel_of(ROOT / "ledger", tmp_path, monkeypatch) if name.startswith("alpr_ledger/")
    }
    assert ours == theirs


def test_whatever_the_sources_import_is_declared() -> None:
    owners = metadata.packages_distributions()
    imported = third_party_imports([ROOT / package for package in PACKAGES])
    missing = {
        name
        for name in imported
        if not {normal(owner) for owner in owners.get(name, [name])} & required(PROJECT, extras=True)
    }
    assert not missing


def test_whatever_the_ledger_imports_the_auditors_wheel_declares() -> None:
    owners = metadata.packages_distributions()
    imported = third_party_imports([ROOT / "ledger" / "alpr_ledger"])
    missing = {
        name
        for name in imported
        if not {normal(owner) for owner in owners.get(name, [name])} & required(LEDGER, extras=True)
    }
    assert not missing


def test_the_core_asks_for_all_that_its_ledger_needs() -> None:
    assert required(LEDGER, extras=False) <= required(PROJECT, extras=False)


def test_the_extra_all_takes_every_other() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    (everything,) = extras["all"]
    assert everything == f"alpr-core[{','.join(sorted(set(extras) - {'all'}))}]"


def test_one_opencv_owns_cv2() -> None:
    owners = {normal(owner) for owner in metadata.packages_distributions()["cv2"]}
    assert owners == {"opencv-python-headless"}
