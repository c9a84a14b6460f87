"""The simulator of a state's switch, asked by the client over a real socket, with each of its faults."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner
from switching import ENOUGH, ORI, query

from alpr_core import (
    InputError,
    PluginError,
    QueryKind,
    ReplyKind,
    Simulator,
    SimulatorSettings,
    SourceUnavailable,
)
from alpr_core.cli import cli
from alpr_core.plugins import PluginHost, make_simulator
from alpr_source_leds import PROFILE as LEDS
from alpr_source_switch import SwitchOptions, niem
from alpr_source_switch.message import Message
from alpr_source_switch.simulator import FAULTS, LATE, SimulatedSwitch
from alpr_source_switch.source import SwitchSource

DIALECTS = ("nlets-text", "nlets-niem")
REGISTERED, CONFIRMED, LATER, UNKNOWN = "SIM000", "SIM007", "SIM003", "SIM001"
"""What `alpr-core simulate` names as examples for seed 0."""


@pytest.fixture(scope="module")
def host():
    return PluginHost.load()


@pytest.fixture
def simulated(host):
    """``simulated(**settings)`` is a source that asks a simulator with these settings; both end with the test."""
    with contextlib.ExitStack() as stack:

        def make(**settings):
            settings.setdefault("dialect", "nlets-niem")
            simulator = make_simulator(host, "leds", SimulatorSettings(**settings))
            stop, ports = threading.Event(), queue.SimpleQueue()
            serving = threading.Thread(target=simulator.serve, args=(stop, lambda port, _: ports.put(port)))
            serving.start()
            stack.callback(serving.join, ENOUGH)
            stack.callback(stop.set)
            given = {
                "host": "127.0.0.1",
                "port": ports.get(timeout=ENOUGH),
                "ori": ORI,
                "dialect": settings["dialect"],
                "keys": settings.get("keys", {}),
            }
            source = SwitchSource(LEDS, SwitchOptions.model_validate(given))
            stack.callback(source.close)
            return source

        yield make


def answers(source, asked, patience=ENOUGH):
    return {reply.part: reply.kind for reply in source.ask(asked, patience)}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_it_invents_is_marked_and_of_every_kind(simulated, dialect):
    source = simulated(dialect=dialect)
    replies = list(source.ask(query("A1", plate=REGISTERED), ENOUGH))
    assert {reply.part: reply.kind for reply in replies} == {
        "registration": ReplyKind.RECORD,
        "ncic": ReplyKind.NO_RECORD,
    }
    assert all(reply.simulated and reply.text.startswith("*** SIMULATED") for reply in replies)
    assert source.simulated
    assert answers(source, query("A2", plate=CONFIRMED))["ncic"] is ReplyKind.WANTED
    assert answers(source, query("A3", plate=UNKNOWN)) == {
        "registration": ReplyKind.NO_RECORD,
        "ncic": ReplyKind.NO_RECORD,
    }
    assert answers(source, query("A4", kind=QueryKind.PARTIAL, plate="SIM0?7")) == {
        "registration": ReplyKind.RECORD
    }


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("plate", "number", "kind"),
    [
        (CONFIRMED, 1, ReplyKind.CONFIRMED),
        (LATER, 1, ReplyKind.LATER),
        (LATER, 2, ReplyKind.CONFIRMED),
        (REGISTERED, 1, ReplyKind.NOT_CONFIRMED),
    ],
)
def test_a_hit_is_confirmed_or_not_or_later(simulated, dialect, plate, number, kind):
    asked = query(
        kind=QueryKind.CONFIRMATION,
        to="WA0000000",
        plate=plate,
        request_type="SV",
        case="1",
        nic="V123456789",
        number=number,
    )
    assert answers(simulated(dialect=dialect), asked) == {"agency": kind}


def test_a_states_own_file_answers_under_the_key_that_is_named(simulated):
    source = simulated(keys={"state_file": "ZSF"})
    assert answers(source, query(plate=CONFIRMED)) == {
        "registration": ReplyKind.RECORD,
        "ncic": ReplyKind.WANTED,
        "state_file": ReplyKind.WANTED,
    }


def test_the_same_seed_says_the_same_and_another_something_else():
    asked = [
        niem.encode_query(
            Message(
                key="RQ",
                origin=ORI,
                destination="OR",
                control=f"A{number}",
                fields=(("LIC", f"SIM{number}"),),
            )
        )
        for number in range(50)
    ]

    def said(seed):
        simulator = SimulatedSwitch(LEDS, SimulatorSettings(seed=seed, latency=1.0))
        return [simulator.outgoing(body) for body in asked]

    assert said(1) == said(1)
    assert said(1) != said(2)


def test_two_hundred_at_once(simulated):
    source = simulated(latency=0.2)
    with ThreadPoolExecutor(200) as pool:
        found = list(
            pool.map(lambda number: answers(source, query(f"C{number}", plate=f"SIM{number}")), range(200))
        )
    assert {frozenset(each) for each in found} == {frozenset({"registration", "ncic"})}


# --- faults ------------------------------------------------------------------------------------------------


def order(source):
    return [reply.part for reply in source.ask(query(), ENOUGH)]


def test_answers_come_in_order_unless_that_is_the_fault(simulated):
    assert order(simulated(latency=0.2)) == ["registration", "ncic"]
    assert order(simulated(latency=0.2, fault="reorder")) == ["ncic", "registration"]


def test_duplicates_are_told_once(simulated):
    assert order(simulated(fault="duplicate")) == ["registration", "ncic"]


@pytest.mark.parametrize("fault", ["garbled", "half", "silence", "late"])
def test_where_nothing_sensible_comes_nothing_is_known(simulated, fault):
    with pytest.raises(SourceUnavailable):
        answers(simulated(fault=fault), query(), patience=1.5)


def test_what_is_late_would_come(simulated):
    body = niem.encode_query(
        Message(key="RQ", origin=ORI, destination="OR", control="A1", fields=(("LIC", "SIM1"),))
    )
    (late,) = SimulatedSwitch(LEDS, SimulatorSettings(fault="late", latency=1.0)).outgoing(body)
    (good,) = SimulatedSwitch(LEDS, SimulatorSettings(latency=1.0)).outgoing(body)
    assert (late.delay, late.content) == (good.delay + LATE, good.content)


@pytest.mark.parametrize(
    ("fault", "kind"), [("outage", ReplyKind.OUT_OF_SERVICE), ("reject", ReplyKind.REJECTED)]
)
def test_outages_and_rejects_are_answers(simulated, fault, kind):
    assert answers(simulated(fault=fault), query()) == {"switch": kind}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"fault": "fire"}, ", ".join(FAULTS)),
        ({"dialect": "morse"}, "nlets-niem, nlets-text"),
        ({"keys": {"stolen": "X"}}, "state_file"),
    ],
    ids=str,
)
def test_what_it_cannot_simulate_it_says(host, settings, says):
    with pytest.raises(InputError, match=says):
        make_simulator(host, "leds", SimulatorSettings(**settings))


def test_a_port_that_is_taken_is_said(host):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        simulator = make_simulator(host, "leds", SimulatorSettings(port=port))
        with pytest.raises(InputError, match=f"port {port} cannot be had"):
            simulator.serve(threading.Event(), lambda *_: None)


def test_a_stranger_on_its_port_does_it_no_harm(simulated):
    source = simulated()
    port = source._options.port
    for rubbish in (b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\x05Mabcd", b"\0"):
        with socket.create_connection(("127.0.0.1", port)) as stranger:
            stranger.sendall(rubbish)
    assert order(source) == ["registration", "ncic"]


# --- the command -------------------------------------------------------------------------------------------


def test_every_state_has_a_simulator_and_a_hotfile_has_none(host):
    for name in ("leds", "mules", "leads", "rmv"):
        assert isinstance(make_simulator(host, name, SimulatorSettings()), Simulator)
    with pytest.raises(PluginError, match=r"'hotfile' has no simulator.*leads, leds, mules, rmv"):
        make_simulator(host, "hotfile", SimulatorSettings())


def test_the_command_serves_until_it_is_stopped(tmp_path):
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "error"}
    command = [
        sys.executable,
        "-c",
        "from alpr_core.cli import main; main()",
        "simulate",
        "leds",
        "--latency",
        "0",
    ]
    with subprocess.Popen(
        [*command, "--dialect", "nlets-text"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=tmp_path,
    ) as running:
        said = ""
        while "Listening" not in said:
            line = running.stdout.readline()
            assert line, said
            said += line
        assert said.startswith("SIMULATED Oregon's LEDS")
        port = int(re.search(r"Listening on 127\.0\.0\.1, port (\d+)\.", said)[1])
        source = SwitchSource(
            LEDS,
            SwitchOptions.model_validate(
                {"host": "127.0.0.1", "port": port, "ori": ORI, "dialect": "nlets-text"}
            ),
        )
        for plate, kind in (
            (REGISTERED, ReplyKind.NO_RECORD),
            (CONFIRMED, ReplyKind.WANTED),
            (LATER, ReplyKind.WANTED),
        ):
            assert plate in said
            assert answers(source, query(plate=plate))["ncic"] is kind
        source.close()
        running.send_signal(signal.SIGTERM)
        assert running.wait(ENOUGH) == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nobody",), "there is no data source 'nobody'"),
        (("hotfile",), "has no simulator"),
        (("leds", "--fault", "fire"), "there is no fault 'fire'"),
        (("leds", "--key", "state_file"), "NAME=KEY"),
    ],
    ids=str,
)
def test_what_the_command_cannot_do_it_says(words, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["simulate", *words])
    assert result.exit_code in (1, 2)
    assert says in result.stderr
    assert "Traceback" not in result.stderr
