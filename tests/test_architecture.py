"""The house keeps its plan: what the import contracts in pyproject.toml cannot say."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = [ROOT / path for path in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]]
PLUGINS = [package for package in PACKAGES if "plugins" in package.relative_to(ROOT).parts]
MODULES = sorted(module for package in PACKAGES for module in package.rglob("*.py"))
LINTER = PROJECT["tool"]["importlinter"]
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "tools"}


def contract(identifier: str) -> dict[str, list[str]]:
    """The import contract of this id."""
    (found,) = [each for each in LINTER["contracts"] if each["id"] == identifier]
    return found


def imports_in_a_fresh_interpreter(code: str) -> set[str]:
    """The top-level modules that a new interpreter has loaded after running `code`."""
    script = f"{code}\nimport sys\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_every_package_is_under_the_import_contracts() -> None:
    names = {package.name for package in PACKAGES}
    assert set(LINTER["root_packages"]) == names
    assert {*contract("ledger")["forbidden_modules"], "alpr_ledger"} == names
    assert set(contract("entry-points")["forbidden_modules"]) == {plugin.name for plugin in PLUGINS}


def test_every_room_of_the_core_has_its_place_in_the_order() -> None:
    layers = " ".join(contract("rooms")["layers"])
    for sign in "|()":
        layers = layers.replace(sign, " ")
    core = ROOT / "alpr_core"
    rooms = {
        f"alpr_core.{path.stem}"
        for path in core.iterdir()
        if (path.suffix == ".py" and path.stem not in {"__init__", "__main__"})
        or (path / "__init__.py").is_file()
    }
    assert rooms <= set(layers.split())


@pytest.mark.parametrize(
    "module", ["entry", "commitment", "merkle", "note", "checkpoint", "keys", "proof", "catalogue", "verify"]
)
def test_what_an_auditor_verifies_with_needs_no_sqlalchemy(module: str) -> None:
    code = f"import sys; sys.modules['sqlalchemy'] = None\nimport alpr_ledger.{module}"
    loaded = imports_in_a_fresh_interpreter(code)
    assert "alpr_ledger" in loaded
    assert "alpr_core" not in loaded


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_a_plugin_module_leaves_its_heavy_part_to_its_factory(plugin: Path) -> None:
    loaded = imports_in_a_fresh_interpreter(f"import {plugin.name}")
    assert plugin.name in loaded
    assert not loaded & {"cv2", "onnxruntime", "rapidocr", "fast_alpr", "fast_plate_ocr", "open_image_models"}


def test_the_command_line_starts_without_what_its_commands_need() -> None:
    loaded = imports_in_a_fresh_interpreter("import alpr_core.cli")
    assert "alpr_core" in loaded
    assert not loaded & {
        "cv2",
        "numpy",
        "PIL",
        "sqlalchemy",
        "alembic",
        "nacl",
        "cryptography",
        "onnxruntime",
    }


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_can_be_read_in_one_sitting(module: Path) -> None:
    assert len(module.read_text().splitlines()) <= 400


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = [module for module in MODULES if VAGUE & {module.parent.name, *module.stem.split("_")}]
    assert not vague


def callers(method: str) -> set[str]:
    """The modules of the core, by path below it, that call a method of this name."""
    core = ROOT / "alpr_core"
    return {
        str(module.relative_to(core))
        for module in core.rglob("*.py")
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method
    }


def test_only_the_act_opens_a_transaction_and_the_node_before_there_can_be_an_act() -> None:
    assert callers("writing") == {"act.py", "doors.py"}  # notices that wait hold nothing but numbers
    assert callers("snapshot") == {
        "act.py",
        "doors.py",  # one narrow thing each
        "node.py",  # is this our ledger, whose session is this
        "settling.py",
        "upgrading.py",  # nobody can act on a database of another version
    }
    assert callers("connection") == {
        "store/work.py",
        "node.py",
        "joining.py",
        "rebuilding.py",
        "upgrading.py",
    }  # making the tables and entry 0, or bringing them back
    assert callers("create_engine") == {"store/engine.py"}


def first_argument(function: ast.FunctionDef) -> str:
    """The annotation of a function's first argument, as it is written."""
    arguments = [*function.args.posonlyargs, *function.args.args]
    annotation = arguments[0].annotation if arguments else None
    return ast.unparse(annotation) if annotation else ""


def test_a_service_takes_an_act_first() -> None:
    functions = [
        (module.stem, function)
        for module in sorted((ROOT / "alpr_core" / "services").glob("*.py"))
        for function in ast.parse(module.read_text()).body
        if isinstance(function, ast.FunctionDef) and not function.name.startswith("_")
    ]
    assert functions
    others = [
        f"{module}.{function.name}" for module, function in functions if first_argument(function) != "Act"
    ]
    assert not others
