"""A switch that refuses, is down, breaks off, or is none: what the client makes of it."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import struct
import threading
import time

import pytest
from switching import ENOUGH, NOTHING, ORI, RECORD, answers, both_asked, query, wait_for_the_end
from switching import asking as asking  # a fixture

from alpr_core import ReplyKind, SourceUnavailable
from alpr_source_leds import PROFILE as LEDS
from alpr_source_switch import LengthPrefixed, SwitchOptions
from alpr_source_switch.message import MARK
from alpr_source_switch.source import SwitchSource

SOON = 0.4
"""Seconds that a test waits for what does not come."""


# --- outages, rejects --------------------------------------------------------------------------------------


def test_a_reject_is_an_answer_and_ends_it_once_each_message_has_its_own(asking):
    def script(talk):
        control = both_asked(talk)
        talk.reply("ER", control, "REJECTED RQ: LIC")
        talk.reply("ER", control, "REJECTED QV: LIC")
        wait_for_the_end(talk)

    source, _ = asking(script)
    assert [kind for _, kind, _ in answers(source)] == [ReplyKind.REJECTED] * 2


def test_an_outage_of_one_part_leaves_the_other(asking):
    def script(talk):
        control = both_asked(talk)
        talk.reply("SM", control, ".04. USER OUT OF SERVICE FOR MSG TYPE RQ, NLETS WILL NOT FORWARD")
        talk.reply("QV", control, "NO RECORD")
        wait_for_the_end(talk)

    source, _ = asking(script)
    assert [kind for _, kind, _ in answers(source)] == [ReplyKind.OUT_OF_SERVICE, ReplyKind.NO_RECORD]


def test_an_outage_that_everybody_is_told_of_ends_nothing(asking):
    def script(talk):
        control = both_asked(talk)
        talk.reply("SM", "", "NLETS TEMPORARILY OUT OF SERVICE UNTIL 1400 PST", destination="OR")
        talk.reply("RR", control, "LIC/SIM123")
        talk.reply("QV", control, "NO RECORD")
        wait_for_the_end(talk)

    source, _ = asking(script)
    first, *others = source.ask(query(), ENOUGH)
    assert (first.kind, first.part, first.control) == (ReplyKind.OUT_OF_SERVICE, "switch", "A1")
    assert [reply.part for reply in others] == ["registration", "ncic"]


def test_one_part_that_is_silent_ends_with_patience_and_without_an_error(asking):
    def script(talk):
        control = both_asked(talk)
        talk.reply("RR", control, "LIC/SIM123")
        wait_for_the_end(talk)

    source, _ = asking(script)
    assert answers(source, patience=1) == [RECORD]


def test_silence_is_no_answer(asking):
    def script(talk):
        both_asked(talk)
        wait_for_the_end(talk)

    source, _ = asking(script)
    with pytest.raises(SourceUnavailable) as caught:
        answers(source, patience=SOON)
    assert "Oregon's LEDS at 127.0.0.1" in caught.value.message
    assert "ask again" in caught.value.message


def test_nobody_there_is_said_at_once(asking):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    started = time.monotonic()
    with pytest.raises(SourceUnavailable, match="refused"):
        answers(asking.port(port))
    assert time.monotonic() - started < ENOUGH / 2


# --- connections that break --------------------------------------------------------------------------------


def test_a_connection_that_breaks_in_a_reply_is_made_again_and_the_query_sent_with_the_same_control(asking):
    controls = []

    def script(talk):
        control = both_asked(talk)
        controls.append(control)
        talk.reply("RR", control, "LIC/SIM123")
        whole = talk.frame(b"M", talk.written("QV", control, "NO RECORD"))
        if len(controls) == 1:
            talk.send(whole[: len(whole) // 2])
            return
        talk.send(whole)
        wait_for_the_end(talk)

    source, peer = asking(script)
    assert answers(source) == [RECORD, NOTHING]
    assert controls == ["A1", "A1"]
    assert peer.connections == 2


def test_after_three_breaks_nothing_is_known(asking):
    def script(talk):
        both_asked(talk)

    source, peer = asking(script)
    with pytest.raises(SourceUnavailable, match="closed the connection"):
        answers(source)
    assert peer.connections == 3


def test_what_came_before_the_last_break_is_kept(asking):
    def script(talk):
        talk.reply("RR", both_asked(talk), "LIC/SIM123")

    source, _ = asking(script)
    assert answers(source) == [RECORD]


def test_a_break_while_nobody_asks_is_nobodys_trouble(asking):
    gone = threading.Event()

    def script(talk):
        control = both_asked(talk)
        talk.reply("RR", control, "LIC/SIM123")
        talk.reply("QV", control, "NO RECORD")
        talk.socket.shutdown(socket.SHUT_RDWR)
        gone.set()

    source, peer = asking(script)
    assert answers(source, query("A1")) == [RECORD, NOTHING]
    assert gone.wait(ENOUGH)
    assert answers(source, query("A2")) == [RECORD, NOTHING]
    assert peer.connections == 2


@pytest.mark.parametrize(
    "first",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        struct.pack(">I", 100 * 1024 * 1024) + b"M",
        struct.pack(">I", 6) + b"Hhello",
        struct.pack(">I", 9) + b"MRR.OR.AB",
        b"\0\0\0\0",
    ],
    ids=["another protocol", "a hundred megabytes", "another hello", "no hello", "an empty frame"],
)
def test_what_is_no_switch_is_given_up(asking, first):
    def script(talk):
        talk.send(first)
        wait_for_the_end(talk)

    source, peer = asking(script)
    with pytest.raises(SourceUnavailable):
        answers(source)
    assert peer.connections == 3


def test_a_reply_of_a_hundred_megabytes_is_refused_before_it_is_read(asking):
    def script(talk):
        both_asked(talk)
        talk.send(struct.pack(">I", 100 * 1024 * 1024) + b"M")
        for _ in range(100):
            talk.send(b"x" * 1024 * 1024)

    source, _ = asking(script)
    with pytest.raises(SourceUnavailable, match="longer than any message"):
        answers(source)


def test_a_dead_line_is_noticed_by_its_silence(asking):
    def script(talk):
        both_asked(talk)
        assert talk.next_frame() == (b"P", b"")
        wait_for_the_end(talk)  # the second silence ends it

    source, peer = asking(script, heartbeat=0.2, attempts=2)
    with pytest.raises(SourceUnavailable, match="silent"):
        answers(source)
    assert peer.connections == 2


def test_a_line_that_answers_heartbeats_stays_and_each_side_may_ask(asking):
    def script(talk):
        control = both_asked(talk)
        for _ in range(3):
            assert talk.next_frame() == (b"P", b"")
            talk.send(talk.frame(b"Q"))
        talk.send(talk.frame(b"P"))
        while talk.next_frame()[0] != b"Q":
            pass
        talk.reply("RR", control, "LIC/SIM123")
        talk.reply("QV", control, "NO RECORD")
        wait_for_the_end(talk)

    source, peer = asking(script, heartbeat=0.1)
    assert answers(source) == [RECORD, NOTHING]
    assert peer.connections == 1


def test_two_refusals_of_one_message_do_not_end_the_waiting_for_the_other(asking):
    def script(talk):
        control = both_asked(talk)
        talk.reply("SM", control, ".04. USER OUT OF SERVICE FOR MSG TYPE RQ, NLETS WILL NOT FORWARD")
        talk.reply("ER", control, "REJECTED RQ: TRY LATER")
        talk.reply("QV", control, "NO RECORD")
        wait_for_the_end(talk)

    source, _ = asking(script)
    assert [key for key, _, _ in answers(source)] == ["SM", "ER", "QV"]


def test_a_message_that_is_refused_again_after_a_break_is_refused_once(asking):
    def script(talk):
        control = both_asked(talk)
        talk.reply("ER", control, f"REJECTED AT {peers[0].connections:02}:00")
        if peers[0].connections == 2:
            talk.reply("QV", control, "NO RECORD")
            wait_for_the_end(talk)

    peers = []
    source, peer = asking(script)
    peers.append(peer)
    assert [key for key, _, _ in answers(source)] == ["ER", "ER", "QV"]


# --- simulators --------------------------------------------------------------------------------------------


def test_a_peer_that_says_that_it_is_simulated_is_marked_in_every_answer(asking):
    def script(talk):
        talk.hello(b"alpr-switch/1 SIMULATED")
        control = talk.query()[2]
        talk.query()
        talk.reply("RR", control, "LIC/SIM123")
        talk.reply("QV", control, "NO RECORD")
        wait_for_the_end(talk)

    source, _ = asking(script)
    assert [reply.simulated for reply in source.ask(query(), ENOUGH)] == [True, True]
    assert source.simulated


def test_a_simulator_that_says_no_hello_is_known_by_its_text(asking):
    def script(talk):
        control = both_asked(talk)
        talk.reply("RR", control, f"{MARK}\nLIC/SIM123")
        talk.reply("QV", control, f"{MARK}\nNO RECORD")
        wait_for_the_end(talk)

    source, _ = asking(script)
    assert [reply.simulated for reply in source.ask(query(), ENOUGH)] == [True, True]
    assert source.simulated


def test_of_a_live_node_a_simulator_that_announces_itself_gets_nothing(asking):
    came = []

    def script(talk):
        talk.hello(b"alpr-switch/1 SIMULATED")
        with contextlib.suppress(ConnectionError):
            came.append(talk.query())

    source, _ = asking(script)
    with pytest.raises(SourceUnavailable, match="SIMULATED"):
        list(source.ask(query(live=True), ENOUGH))
    assert source.simulated
    source.close()
    assert came == []


class Defective(LengthPrefixed):
    """A framing with a defect."""

    def __init__(self) -> None:
        raise RuntimeError("no such table")


def test_a_framing_that_cannot_be_made_ends_the_connection_alone(asking):
    made = []

    def framing():
        made.append(1)
        return LengthPrefixed() if len(made) == 1 else Defective()

    def script(talk):
        wait_for_the_end(talk)

    _, peer = asking(script)
    profile = dataclasses.replace(LEDS, framing=framing)
    source = SwitchSource(profile, SwitchOptions(host="127.0.0.1", port=peer.port, ori=ORI, attempts=2))
    with pytest.raises(SourceUnavailable, match="framing has a defect: RuntimeError"):
        answers(source)
    source.close()


def test_a_byte_order_mark_before_a_message_is_none_of_it(asking):
    def script(talk):
        control = both_asked(talk)
        for key, words in (("RR", "LIC/SIM123"), ("QV", "NO RECORD")):
            talk.send(talk.frame(b"M", b"\xef\xbb\xbf" + talk.written(key, control, words)))
        wait_for_the_end(talk)

    source, _ = asking(script)
    assert answers(source) == [RECORD, NOTHING]
