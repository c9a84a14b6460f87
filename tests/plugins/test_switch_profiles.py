"""The four states' profiles: what they declare, and that transcripts of their messages stay what they are."""

from __future__ import annotations

import dataclasses
import importlib
import re
import sys
import types
from datetime import UTC, datetime, timedelta
from importlib import resources
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from alpr_core import InputError, QueryKind, SimulatorSettings, StateQuery
from alpr_core.plugins import Kind, PluginHost
from alpr_source_switch import LOCAL, SwitchOptions, niem, text
from alpr_source_switch.answers import Answers
from alpr_source_switch.questions import questions
from alpr_source_switch.simulator import FAULTS, SimulatedSwitch

ROOT = Path(__file__).resolve().parents[2]

PROFILES = {
    code: importlib.import_module(f"alpr_source_{code}").PROFILE for code in ("leds", "mules", "leads", "rmv")
}
DIALECTS = {"nlets-text": text, "nlets-niem": niem}
STATES = {"leds": "OR", "mules": "MO", "leads": "OH", "rmv": "MA"}
NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)

each_profile = pytest.mark.parametrize("code", PROFILES)
each_dialect = pytest.mark.parametrize("dialect", DIALECTS)


def ori(code):
    return f"{STATES[code]}SIM0000"


def queries(code):
    """One query of each kind, each about a plate that the simulator has something to say of."""
    state = STATES[code]
    plate = StateQuery(
        kind=QueryKind.REGISTRATION,
        control="T1",
        ori=ori(code),
        operator="4711",
        to=state,
        plate="SIM007",
        state=state,
        plate_year="2027",
        plate_type="PC",
    )
    vehicle = {"make": "FORD", "model_year": "2019"} if state == "MO" else {}
    by_vin = dataclasses.replace(
        plate, control="T2", plate="", plate_year="", plate_type="", vin="SIM00000000000007", **vehicle
    )
    partial = dataclasses.replace(
        plate, control="T3", kind=QueryKind.PARTIAL, to="WA", plate="SIM0?7", plate_year="", plate_type=""
    )
    confirmation = StateQuery(
        kind=QueryKind.CONFIRMATION,
        control="T4",
        ori=ori(code),
        operator="4711",
        to="WASIM0000",
        plate="SIM007",
        state="WA",
        request_type="SL",
        case="SIM-1",
        nic="V000000007",
    )
    everywhere = dataclasses.replace(plate, control="T5", to="NL")
    return {
        "registration": plate,
        "by VIN": by_vin,
        "partial": partial,
        "confirmation": confirmation,
        "every state": everywhere,
    }


def written(body):
    return body.decode().replace("\r\n", "\n").rstrip("\n")


def transcript(code, dialect):
    """What is sent to, and comes from, the simulator, seed 0; after a change that is meant, the file's content."""
    profile = PROFILES[code]
    simulator = SimulatedSwitch(profile, SimulatorSettings(dialect=dialect))
    answers = Answers(profile=profile, no_record=profile.no_record, keys={})
    lines = [f"SIMULATED: {profile.system.title}, {dialect}, seed 0. No real vehicle, no real person.", ""]
    for title, query in queries(code).items():
        for message in questions(profile, query, ori=ori(code), dialect=dialect, keys={}):
            body = DIALECTS[dialect].encode_query(message)
            lines += [f"=== sent: {title}", written(body), ""]
            for outgoing in simulator.outgoing(body):
                reply = answers.read(
                    DIALECTS[dialect].decode_reply(outgoing.content), received_at=NOW, simulated=True
                )
                lines += [f"=== came: {reply.part}, {reply.kind}", written(outgoing.content), ""]
    return "\n".join(lines)


@each_profile
@each_dialect
def test_messages_and_what_is_made_of_replies_are_those_of_the_transcript(code, dialect):
    kept = resources.files(f"alpr_source_{code}") / "transcripts" / f"{dialect}.txt"
    assert transcript(code, dialect) == kept.read_text("utf-8")


# --- what they declare -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def host():
    return PluginHost.load()


@each_profile
def test_a_profile_comes_by_its_own_plugin(host, code):
    plugin = host.get(Kind.DATA_SOURCE, code)
    source = plugin.factory(SwitchOptions.model_validate({"host": "127.0.0.1", "port": 9, "ori": ori(code)}))
    assert source.system == PROFILES[code].system
    assert plugin.simulator is not None
    source.close()


@each_profile
def test_only_the_states_own_agencies_may_ask(code):
    system = PROFILES[code].system
    assert system.code == code
    assert system.state == STATES[code]
    assert system.certificate
    assert system.ori.fullmatch(ori(code))
    for other in STATES.values():
        assert bool(system.ori.fullmatch(f"{other}SIM0000")) == (other == STATES[code])
    assert not system.ori.fullmatch(f"{STATES[code]}SIM000")


@each_profile
def test_training_and_caveats_have_their_sources(code):
    system = PROFILES[code].system
    assert system.trainings
    assert all(rule.source for rule in system.trainings)
    assert system.caveats
    assert all(caveat.endswith(").") for caveat in system.caveats)


def test_what_the_rules_say_of_training_is_what_is_declared():
    (leds,) = PROFILES["leds"].system.trainings
    assert (leds.within, leds.again, leds.source) == (timedelta(days=60), None, "OAR 257-015")
    (leads,) = PROFILES["leads"].system.trainings
    assert leads.again == timedelta(days=730)
    assert "OAC 4501:2-10" in leads.source
    (rmv,) = PROFILES["rmv"].system.trainings
    assert "803 CMR 7" in rmv.source


def test_registry_data_needs_a_permissible_use_in_massachusetts():
    assert {code for code, profile in PROFILES.items() if profile.system.dppa} == {"rmv"}


@each_profile
def test_what_is_not_public_is_named_and_unset(code):
    profile = PROFILES[code]
    assert set(profile.system.unknown) == {f"keys.{name}" for name in LOCAL}
    query = dataclasses.replace(queries(code)["partial"], to=STATES[code])
    with pytest.raises(InputError, match="not public"):
        questions(profile, query, ori=ori(code), dialect="nlets-text", keys={})


@each_profile
def test_a_state_that_asks_missouri_by_vin_names_make_and_year(code):
    query = dataclasses.replace(queries(code)["by VIN"], to="MO", make="", model_year="")
    with pytest.raises(InputError, match="VMA and VYR"):
        questions(PROFILES[code], query, ori=ori(code), dialect="nlets-text", keys={})


def test_the_profile_in_the_documentation_is_one(monkeypatch):
    (source,) = re.findall(
        r"```python\n(# alpr_source_example\.py\n.*?)```",
        (ROOT / "docs" / "switch.md").read_text(),
        re.DOTALL,
    )
    module = types.ModuleType("alpr_source_example")
    exec(compile(source, "docs/switch.md", "exec"), vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    host = PluginHost.load(entry_points=[EntryPoint("example", module.__name__, "alpr")])
    assert host.problems == ()
    options = SwitchOptions.model_validate({"host": "127.0.0.1", "port": 9, "ori": "WA0000000"})
    source = host.get(Kind.DATA_SOURCE, "example").factory(options)
    assert source.system.title == "Washington's ACCESS"
    partial = dataclasses.replace(queries("leds")["partial"], ori="WA0000000", to="OR")
    with pytest.raises(InputError, match="RPQ"):
        source.ask(partial, 1)
    source.close()


def test_every_key_that_is_not_public_is_documented():
    page = (ROOT / "docs" / "switch.md").read_text()
    assert [name for name in LOCAL if f"| `{name}` |" not in page] == []
    assert [fault for fault in FAULTS if f"| `{fault}` |" not in page] == []
