"""The integrator's kit: what it writes passes its own checks, and what a plugin should not do is found by name."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from alpr_core.cli import cli
from alpr_core.errors import InputError
from alpr_core.kit import KINDS, check_plugin, write_package
from alpr_core.kit.checking import FAILED, OK, SKIPPED


def lay_down(site: Path, name: str, module: str, source: str, *, requires: str = "alpr-core>=0.1,<1") -> None:
    """What pip would: a module, and the metadata of its distribution."""
    (site / f"{module}.py").write_text(source)
    info = site / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n"
        + (f"Requires-Dist: {requires}\n" if requires else "")
    )
    (info / "entry_points.txt").write_text(f"[alpr]\n{name} = {module}\n")


@pytest.fixture
def site(tmp_path, monkeypatch) -> Path:
    """A folder that the checking process finds plugins in."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", f"{folder}:{':'.join(path for path in sys.path if path)}")
    return folder


@pytest.fixture
def failures(site):
    """``failures(source)`` are the checks that a plugin of this source fails, each with what they say."""

    def check(source: str, options=None, *, patience: float = 30.0, **metadata: str) -> dict[str, str]:
        lay_down(site, "mine", "alpr_source_mine", source, **metadata)
        found = check_plugin("mine", options or {}, patience=patience)
        return {one.check: one.says for one in found if one.result == FAILED}

    return check


STATE = """
import re, time
from alpr_core import *

SYSTEM = StateSystem(code="mine", title="a system", state="ZZ", ori=re.compile("ZZ.{7}"))

class Source:
    system = SYSTEM
    simulated = False
    def __init__(self, options): pass
    def ask(self, query, patience):
        BODY

@hookimpl
def register_data_sources(register):
    register(Plugin(name="mine", factory=Source))
"""
REPLY = (
    'StateReply(control=query.control, part="registration", kind=ReplyKind.RECORD, message_key="RR", '
    'text="NAM/OWNER,ROSALIND.", received_at=__import__("datetime").datetime.now(__import__("datetime").UTC))'
)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_the_kit_writes_is_installed_and_passes_as_it_is(kind, site, tmp_path) -> None:
    (package, *_) = write_package("idaho", kind, tmp_path)
    built = tmp_path / "built"
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
    subprocess.run(command, cwd=package.parent, check=True, capture_output=True)
    (wheel,) = built.iterdir()
    with zipfile.ZipFile(wheel) as file:
        file.extractall(site)
    found = check_plugin("idaho", {})
    assert [one for one in found if one.result == FAILED] == []
    assert {one.check for one in found if one.result == OK} >= {"registration", "API version", "making idaho"}
    assert "no plate in logs" in {one.check for one in found}


def test_the_commands_write_and_check(site, tmp_path) -> None:
    run = CliRunner().invoke
    done = run(cli, ["plugins", "new", "idaho", "--kind", "state", "--into", str(tmp_path), "--json"])
    assert done.exit_code == 0, done.output
    (module,) = [Path(file) for file in json.loads(done.stdout)["files"] if file.endswith(".py")]
    lay_down(site, "idaho", module.stem, module.read_text())
    done = run(cli, ["plugins", "check", "idaho"])
    assert done.exit_code == 0, done.output
    assert "a query" in done.stdout
    done = run(cli, ["plugins", "check", "ohio"])
    assert done.exit_code == 1
    assert "no plugin 'ohio' is installed" in done.stdout


def test_a_name_that_is_none_or_a_folder_that_is_there_is_refused(tmp_path) -> None:
    for name in ("../evil", "Idaho", "", "9"):
        with pytest.raises(InputError, match="cannot be a plugin's name"):
            write_package(name, "state", tmp_path)
    write_package("idaho", "state", tmp_path)
    with pytest.raises(InputError, match="is there already"):
        write_package("idaho", "hotlist", tmp_path)


def test_one_that_raises_while_it_is_imported_is_told(failures) -> None:
    assert "left out" in failures("raise RuntimeError('no licence')")["registration"]


def test_one_that_ends_the_process_is_told(failures) -> None:
    assert "while it was imported" in failures("import os; os._exit(3)")["process"]


def test_one_that_blocks_while_it_is_imported_is_given_up(failures) -> None:
    found = failures("import threading; threading.Event().wait()", patience=5.0)
    assert "while it was imported" in found["time"]


def test_one_that_blocks_in_a_call_is_told_which(failures, monkeypatch) -> None:
    source = STATE.replace("BODY", "__import__('threading').Event().wait(); yield")
    assert "did not come back" in failures(source)["mine: a query"]


def test_one_that_logs_a_plate_is_told(failures) -> None:
    body = "__import__('logging').getLogger('mine').info('asking for %s', query.plate); yield " + REPLY
    assert "holds the plate" in failures(STATE.replace("BODY", body))["no plate in logs"]


def test_one_that_writes_a_plate_to_a_file_is_told(failures) -> None:
    body = "open('cache', 'w').write(query.plate); yield " + REPLY
    assert "the file cache" in failures(STATE.replace("BODY", body))["no plate in logs"]


def test_one_that_stores_a_name_is_told(failures) -> None:
    body = f"reply = {REPLY}; self.last = [reply]; yield reply"
    assert "stored nowhere" in failures(STATE.replace("BODY", body))["mine: a query"]


@pytest.mark.parametrize(
    "body", ["CACHE[query.plate] = 1", "Source.last = query.plate", "self.ask.__func__.last = [query]"]
)
def test_one_that_remembers_the_plate_in_its_module_is_told(failures, body) -> None:
    found = failures(STATE.replace("BODY", f"{body}; yield {REPLY}") + "\nCACHE = {}\n")
    assert "stored nowhere" in found["mine: a query"]


def test_one_that_answers_and_forgets_passes(failures) -> None:
    assert failures(STATE.replace("BODY", f"yield {REPLY}")) == {}


def test_one_that_raises_something_of_its_own_is_told(failures) -> None:
    assert (
        "KeyError"
        in failures(STATE.replace("BODY", "raise KeyError(query.plate)\n        yield"))["mine: a query"]
    )


def test_one_that_takes_longer_than_it_was_given_is_told(failures) -> None:
    body = "__import__('threading').Event().wait(patience + 2); yield " + REPLY
    assert "took longer" in failures(STATE.replace("BODY", body))["mine: a query"]


def test_one_that_quotes_a_plate_in_a_reject_is_told(failures) -> None:
    source = """
from alpr_core import *

class Source:
    def __init__(self, options): pass
    def entries(self, path):
        try:
            for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
                yield RejectedLine(number=number, problem=f"bad: {line}")
        except OSError as error:
            raise InputError("no file") from error

@hookimpl
def register_data_sources(register):
    register(Plugin(name="mine", factory=Source))
"""
    assert "quotes the plate" in failures(source)["mine: files"]


@pytest.mark.parametrize(
    ("requires", "says"),
    [("", "does not depend"), ("alpr-core", "any alpr-core"), ("alpr-core>=99", "does not ask for")],
)
def test_one_that_does_not_say_for_which_versions_it_is_is_told(failures, requires, says) -> None:
    assert says in failures(STATE.replace("BODY", f"yield {REPLY}"), requires=requires)["API version"]


def with_options(body: str) -> str:
    """The state source with options of its own."""
    source = STATE.replace("class Source:", f"class Mine(Options):\n    {body}\n\nclass Source:", 1)
    return source.replace("factory=Source", "factory=Source, options=Mine").replace("BODY", f"yield {REPLY}")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("model_config = {'extra': 'allow'}", "is not refused"),
        ("port: int = 5", "what these options mean: port"),
    ],
)
def test_options_that_nobody_explains_or_that_take_anything_are_told(failures, body, says) -> None:
    assert says in failures(with_options(body))["options of mine"]


def test_options_come_from_a_file(site, tmp_path) -> None:
    source = with_options("host: str = __import__('pydantic').Field(description='where it listens')")
    lay_down(site, "mine", "alpr_source_mine", source)
    file = tmp_path / "mine.toml"
    file.write_text('host = "127.0.0.1"\n')
    without = CliRunner().invoke(cli, ["plugins", "check", "mine"])
    assert "--options FILE" in without.stdout
    file.write_text("port = 5\n")
    assert CliRunner().invoke(cli, ["plugins", "check", "mine", "--options", str(file)]).exit_code == 1
    file.write_text('host = "127.0.0.1"\n')
    done = CliRunner().invoke(cli, ["plugins", "check", "mine", "--options", str(file)])
    assert done.exit_code == 0, done.output


def test_what_is_missing_is_skipped_and_said(site) -> None:
    source = STATE.replace("factory=Source", "factory=Source, missing=lambda: 'install its client'")
    lay_down(site, "mine", "alpr_source_mine", source.replace("BODY", "yield"))
    (making,) = [one for one in check_plugin("mine", {}) if one.check == "making mine"]
    assert (making.result, making.says) == (SKIPPED, "install its client")


@pytest.mark.parametrize("name", ["hotfile", "fixed", "schedule", "vendor", "rapidocr"])
def test_our_own_pass(name) -> None:
    assert [one for one in check_plugin(name, {}) if one.result == FAILED] == []


EXAMPLE = Path(__file__).parents[2] / "examples" / "alpr-source-idaho"


def test_the_example_of_a_state_is_short_and_passes_against_its_own_simulator(site) -> None:
    (module,) = EXAMPLE.glob("*.py")
    source = module.read_text()
    assert len(source.splitlines()) < 60
    lay_down(site, "ilets", module.stem, source)
    command = [sys.executable, "-c", "from alpr_core.cli import main; main()"]
    options = {"host": "127.0.0.1", "ori": "ID0000000"}
    with subprocess.Popen(
        [*command, "simulate", "ilets", "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as simulating:
        try:
            line = next(line for line in simulating.stdout if line.startswith("Listening"))
            port = int(re.search(r"port (\d+)", line).group(1))
            found = check_plugin("ilets", {**options, "port": port})
        finally:
            simulating.terminate()
    assert [one for one in found if one.result == FAILED] == []
    assert {one.check for one in found if one.result == OK} >= {"ilets: a query", "ilets: giving up"}
