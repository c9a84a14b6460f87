"""A profile may bring a framing of its own: one without hello and heartbeat, and one with a defect."""

from __future__ import annotations

import contextlib
import dataclasses

import pytest
from switching import NOTHING, ORI, RECORD, Peer, answers, wait_for_the_end

from alpr_core import SourceUnavailable
from alpr_source_leds import PROFILE as LEDS
from alpr_source_switch import Frame, FrameKind, SwitchOptions
from alpr_source_switch.source import SwitchSource


class Lines:
    """A message a line, and nothing else."""

    says_hello = False

    def __init__(self):
        self.waiting = b""

    def wrap(self, frame):
        return frame.content.replace(b"\r\n", b"|") + b"\n" if frame.kind is FrameKind.MESSAGE else b""

    def feed(self, data):
        *lines, self.waiting = (self.waiting + data).split(b"\n")
        return [Frame(FrameKind.MESSAGE, line.replace(b"|", b"\r\n")) for line in lines]


class Defect(Lines):
    def feed(self, data):
        raise ZeroDivisionError


def script(talk):
    came = b""
    while came.count(b"\n") < 2:
        came += talk.socket.recv(1000)
    assert came == b"RQ.OR0000000.WA.A1.TXT|LIC/SIM123\nQV.OR0000000.OR.A1.TXT|LIC/SIM123\n"
    talk.send(b"RR.WA.OR0000000.A1.TXT|LIC/SIM123\nQV.OR.OR0000000.A1.TXT|NO RECORD\n")
    wait_for_the_end(talk)


@contextlib.contextmanager
def asked(framing, **options):
    with contextlib.closing(Peer(script)) as peer:
        given = {"host": "127.0.0.1", "port": peer.port, "ori": ORI, "dialect": "nlets-text", **options}
        profile = dataclasses.replace(LEDS, framing=framing)
        with contextlib.closing(SwitchSource(profile, SwitchOptions.model_validate(given))) as source:
            yield source


def test_a_framing_without_hello_and_heartbeat_is_enough():
    with asked(Lines, heartbeat=0.05) as source:
        assert answers(source) == [RECORD, NOTHING]
        assert not source.simulated


def test_a_framing_with_a_defect_ends_its_connections_and_nothing_else():
    with asked(Defect) as source, pytest.raises(SourceUnavailable, match="ZeroDivisionError"):
        answers(source)
