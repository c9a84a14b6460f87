"""The integrator's kit: what it writes passes its own checks, and what a plugin should not do is found by name."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
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
    register(Plugin(name="mine", factory=Source, system=SYSTEM))
"""
# The name is spelt backwards: words that stand in a plugin's own source are no answer's.
REPLY = (
    'StateReply(control=query.control, part="registration", kind=ReplyKind.RECORD, message_key="RR", '
    'text="NAM/OWNER," + "DNILASOR"[::-1], '
    'received_at=__import__("datetime").datetime.now(__import__("datetime").UTC))'
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
    assert {one.check for one in found if one.result == OK} >= {
        "no plate or name in logs",
        "no plate or name in files",
    }


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


@pytest.mark.parametrize(
    "body", ["__import__('os')._exit(0); yield", "yield " + REPLY + "; __import__('os')._exit(0)"]
)
def test_one_that_ends_the_process_in_the_middle_and_calls_it_a_success_is_told(failures, body) -> None:
    says = failures(STATE.replace("BODY", body))["process"]
    assert "before it was done" in says
    assert "'mine: what it declares'" in says


def test_one_that_ends_the_process_while_it_is_imported_and_calls_it_a_success_is_told(failures) -> None:
    assert "before it was done" in failures("import os; os._exit(0)")["process"]


def test_one_for_a_plugin_api_to_come_is_refused_with_both_versions(failures) -> None:
    source = STATE.replace("BODY", f"yield {REPLY}") + "\nALPR_API = (2, 3)\n"
    assert "written for plugin API 2 to 3, this is 1" in failures(source)["registration"]


def test_one_that_blocks_while_it_is_imported_is_given_up(failures) -> None:
    found = failures("import threading; threading.Event().wait()", patience=5.0)
    assert "while it was imported" in found["time"]


def test_one_that_blocks_in_a_call_is_told_which(failures, monkeypatch) -> None:
    source = STATE.replace("BODY", "__import__('threading').Event().wait(); yield")
    assert "did not come back" in failures(source)["mine: a query"]


def test_one_that_logs_a_plate_is_told(failures) -> None:
    body = "__import__('logging').getLogger('mine').info('asking for %s', query.plate); yield " + REPLY
    assert "holds the plate" in failures(STATE.replace("BODY", body))["no plate or name in logs"]


def test_one_that_writes_a_plate_to_a_file_is_told(failures) -> None:
    body = "open('cache', 'w').write(query.plate); yield " + REPLY
    assert "the file cache" in failures(STATE.replace("BODY", body))["no plate or name in files"]


@pytest.mark.parametrize(
    ("body", "check"),
    [
        ("print(reply.text)", "logs"),
        ("__import__('logging').getLogger('mine').debug('got %s', reply.text)", "logs"),
        ("open('cache', 'w').write(reply.text)", "files"),
        ("open('cache', 'w', encoding='utf-16').write(reply.text)", "files"),
        ("open(__import__('tempfile').mkstemp()[1], 'w').write(reply.text)", "files"),
        ("__import__('pathlib').Path.home().joinpath('.mine').write_text(reply.text)", "files"),
        ("open('of-' + reply.text[10:], 'w')", "files"),
        ("open(query.plate, 'w')", "files"),
    ],
)
def test_one_that_logs_or_writes_whom_an_answer_names_is_told(failures, body, check) -> None:
    found = failures(STATE.replace("BODY", f"reply = {REPLY}; {body}; yield reply"))
    assert "holds" in found[f"no plate or name in {check}"]
    assert len(found) == 1


def test_one_that_writes_past_its_own_folder_is_told(failures, tmp_path, monkeypatch) -> None:
    shared = tmp_path / "tmp"
    shared.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(shared))
    body = f"open({str(shared / 'mine.db')!r}, 'w').write(query.plate); yield {REPLY}"
    assert "mine.db" in failures(STATE.replace("BODY", body))["no plate or name in files"]


def test_what_others_left_in_the_shared_folder_before_is_no_plugins(failures, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "older").write_text("KIT0PL8 of another day")
    os.utime(tmp_path / "older", (0, 0))
    assert failures(STATE.replace("BODY", f"yield {REPLY}")) == {}


def test_one_that_logs_its_own_words_and_codes_passes(failures) -> None:
    body = f"reply = {REPLY}; __import__('logging').info('an answer names an OWNER: %s', reply.message_key)"
    assert failures(STATE.replace("BODY", f"{body}; yield reply")) == {}


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


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("try:\n            yield REPLY\n        finally:\n            time.sleep(3)", "took 3 seconds"),
        (
            "try:\n            yield REPLY\n        except GeneratorExit:\n            yield REPLY",
            "let GeneratorExit pass",
        ),
    ],
)
def test_one_that_cannot_be_given_up_once_it_has_begun_is_told(failures, body, says) -> None:
    assert says in failures(STATE.replace("BODY", body.replace("REPLY", REPLY)))["mine: giving up"]


def test_giving_up_is_not_tried_where_nothing_answers(site) -> None:
    lay_down(
        site,
        "mine",
        "alpr_source_mine",
        STATE.replace("BODY", "raise SourceUnavailable('down')\n        yield"),
    )
    found = {one.check: one.result for one in check_plugin("mine", {})}
    assert (found["mine: a query"], found["mine: giving up"]) == (OK, SKIPPED)


@pytest.mark.parametrize(
    ("registered", "says"),
    [
        ("", "registered without the system"),
        (
            ", system=StateSystem(code='mine', title='a system', state='ZZ', ori=re.compile('Z'))",
            "the same StateSystem",
        ),
    ],
)
def test_one_that_registers_another_system_than_it_asks_is_told(failures, registered, says) -> None:
    source = STATE.replace("BODY", f"yield {REPLY}").replace(", system=SYSTEM", registered)
    assert says in failures(source)["mine: what it declares"]


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


LIST = """
from alpr_core import *

class Source:
    def __init__(self, options): pass
    def entries(self, path):
        BODY

@hookimpl
def register_data_sources(register):
    register(Plugin(name="mine", factory=Source))
"""


def test_one_whose_list_takes_entries_off_passes(failures) -> None:
    body = """try:
            path.read_bytes()
        except OSError as error:
            raise InputError("no file") from error
        yield RemovedLine(number=1, plate="ABC123")"""
    assert failures(LIST.replace("BODY", body)) == {}


def test_one_that_quotes_a_name_in_its_error_is_told(failures) -> None:
    body = """raise InputError(path.read_text(errors='replace') if path.exists() else 'no file')
        yield"""
    assert "quotes the plate" in failures(LIST.replace("BODY", body))["mine: files"]


READS = """
from alpr_core import *

KEPT = []

class Source:
    token = None
    def __init__(self, options): pass
    def parse(self, content, content_type):
        BODY

@hookimpl
def register_data_sources(register):
    register(Plugin(name="mine", factory=Source))
"""


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("raise ValueError(content)", "ValueError"),
        ("raise InputError(str(content))", "quotes the plate"),
        ("return [RejectedRead(number=1, problem=str(content[-20:]))]", "quotes the"),
        ("return iter(())", "no sequence"),
        ("return [content_type]", "there is a str"),
        ("KEPT.append(content); return []", "keeps nothing"),
    ],
)
def test_one_that_takes_messages_apart_as_it_should_not_is_told(failures, body, says) -> None:
    assert says in failures(READS.replace("BODY", body))["mine: messages"]


def test_one_that_takes_messages_apart_and_has_no_token_is_told(failures) -> None:
    source = READS.replace("BODY", "return []")
    assert "lacks token" in failures(source.replace("token = None", "pass"))["mine: messages"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("raise ValueError(content)", "ValueError"),
        ("raise InputError(str(content))", "quotes the plate"),
        ("return [RejectedLine(number=1, problem=str(content[-20:]))]", "quotes the"),
        ("return iter(())", "no sequence"),
        ("return [7]", "there is a int"),
        ("KEPT.append(content); return []", "keeps nothing"),
    ],
)
def test_one_that_takes_a_vendors_log_apart_as_it_should_not_is_told(failures, body, says) -> None:
    source = READS.replace("parse(self, content, content_type)", "accesses(self, content)")
    assert says in failures(source.replace("BODY", body))["mine: logs"]


def test_a_data_source_that_delivers_nothing_is_told(failures) -> None:
    source = READS.replace("BODY", "return []").replace("def parse", "def read")
    assert "none of the methods entries" in failures(source)["mine: what it delivers"]


HOOK = """
import logging
from alpr_core import *

@hookimpl
def BODY
"""


@pytest.mark.parametrize(
    ("body", "check", "says"),
    [
        ("reading_recognized(reading): return reading.text", "hook reading_recognized", "returns a str"),
        ("reading_recognized(reading): raise KeyError(reading.text)", "hook reading_recognized", "KeyError"),
        ("review_decision(decision, context): return True", "hook review_decision", "returns a bool"),
        ("review_decision(context): return context.facts['plate']", "hook review_decision", "KeyError"),
        ("hit_raised(hit): hit['plate']", "hook hit_raised", "do without"),
        ("read_recorded(read): read['colour']", "hook read_recorded", "KeyError"),
        (
            "read_recorded(read): logging.info('%s', read.get('plate'))",
            "no plate or name in logs",
            "the plate",
        ),
        (
            "reading_recognized(reading): open('seen', 'w').write(reading.text)",
            "no plate or name in files",
            "seen",
        ),
        ("review_decision(context): print(context.actor.name)", "no plate or name in logs", "the name"),
        ("act_denied(denial): __import__('os')._exit(0)", "process", "before it was done"),
    ],
)
def test_one_that_only_takes_part_or_observes_is_tried_by_its_hooks(failures, body, check, says) -> None:
    assert says in failures(HOOK.replace("BODY", body))[check]


@pytest.mark.parametrize(
    "body",
    [
        "reading_recognized(reading): return reading",
        "review_decision(decision, context): return ['not today']",
        "hit_raised(hit): logging.info('a hit of %s', hit['hotlist'])",
        "act_denied(denial): denial['clauses']",
        "reads_purged(purge): purge['count']",
        "job_failed(failure): failure['due'].isoformat()",
    ],
)
def test_one_whose_hooks_do_as_they_should_passes(failures, body) -> None:
    assert failures(HOOK.replace("BODY", body)) == {}


@pytest.mark.parametrize(
    ("requires", "says"),
    [
        ("", "does not depend"),
        ("alpr-core", "does not name the first version"),
        ("alpr-core<1", "does not name the first version"),
        ("alpr-core>=0.1", "does not name the last version"),
        ("alpr-core>=0.1,!=0.5", "does not name the last version"),
        ("alpr-core>=99,<100", "asks for alpr-core<100,>=99, and this is alpr-core"),
    ],
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


def test_relative_files_in_options_are_taken_from_the_folder_of_their_file(site, tmp_path) -> None:
    source = with_options("token: Secret = __import__('pydantic').Field(description='what is shown')")
    source = source.replace(
        "def __init__(self, options): pass", "def __init__(self, options): options.token.read()"
    )
    lay_down(site, "mine", "alpr_source_mine", source)
    file = tmp_path / "mine.toml"
    file.write_text('token = { file = "token" }\n')
    (tmp_path / "token").touch(mode=0o600)
    (tmp_path / "token").write_text("s3cret")
    done = CliRunner().invoke(cli, ["plugins", "check", "mine", "--options", str(file)])
    assert done.exit_code == 0, done.output


def test_one_whose_check_of_what_is_missing_fails_is_skipped_and_said(site) -> None:
    source = STATE.replace("factory=Source", "factory=Source, missing=lambda: 1 / 0").replace("BODY", "yield")
    lay_down(site, "mine", "alpr_source_mine", source)
    (making,) = [one for one in check_plugin("mine", {}) if one.check == "making mine"]
    assert (making.result, "ZeroDivisionError" in making.says) == (SKIPPED, True)


def test_what_is_missing_is_skipped_and_said(site) -> None:
    source = STATE.replace("factory=Source", "factory=Source, missing=lambda: 'install its client'")
    lay_down(site, "mine", "alpr_source_mine", source.replace("BODY", "yield"))
    (making,) = [one for one in check_plugin("mine", {}) if one.check == "making mine"]
    assert (making.result, making.says) == (SKIPPED, "install its client")


@pytest.mark.parametrize(
    "name",
    ["hotfile", "fixed", "schedule", "vendor", "rapidocr", "reads", "leds", "smtp", "command", "vendor_log"],
)
def test_our_own_pass(name) -> None:
    assert [one for one in check_plugin(name, {}) if one.result == FAILED] == []


@pytest.mark.parametrize(
    "options",
    [
        {"columns": {"at": "plate", "who": "driver"}},
        {"columns": {"at": "when", "who": "driver"}, "format": "json"},
    ],
)
def test_our_own_for_a_vendors_log_passes_once_its_columns_are_named(options) -> None:
    assert [one for one in check_plugin("vendor_log", options) if one.result == FAILED] == []


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


def test_the_smallest_recognizer_of_the_documentation_passes_as_it_stands(site) -> None:
    page = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text("utf-8")
    blocks = re.findall(r"^```(toml|python)\n# (\S+)\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    found = {name: text for _, name, text in blocks}
    project = tomllib.loads(found["pyproject.toml"])["project"]
    ((name, module),) = project["entry-points"]["alpr"].items()
    (requires,) = project["dependencies"]
    lay_down(site, name, module, found[f"{module}.py"], requires=requires)
    checks = check_plugin(name, {})
    assert [one for one in checks if one.result == FAILED] == []
    assert "mine: pictures" in {one.check for one in checks if one.result == OK}
