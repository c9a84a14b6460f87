"""The client of message switches and a peer on a real socket: whatever the peer does, every caller gets an end."""

from __future__ import annotations

import logging
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from switching import ENOUGH, NOTHING, ORI, RECORD, answers, both_asked, query, wait_for_the_end
from switching import asking as asking  # a fixture

from alpr_core import InputError, QueryKind, ReplyKind, SourceUnavailable, StateSource
from alpr_source_leds import PROFILE as LEDS
from alpr_source_switch import SwitchOptions
from alpr_source_switch.link import _Waiting
from alpr_source_switch.source import SwitchSource

SOON = 0.4
"""Seconds that a test waits for what does not come."""


# --- good --------------------------------------------------------------------------------------------------


def test_it_is_a_state_source(asking):
    assert isinstance(asking.port(9), StateSource)


@pytest.mark.parametrize("dialect", ["nlets-text", "nlets-niem"])
def test_the_answers_of_both_parts_come_and_then_it_ends(asking, dialect):
    def script(talk):
        control = both_asked(talk)
        talk.reply("RR", control, "LIC/SIM123")
        talk.reply("QV", control, "NO RECORD")
        wait_for_the_end(talk)

    source, _ = asking(script, dialect=dialect)
    assert answers(source) == [RECORD, NOTHING]
    assert not source.simulated


def test_an_answer_is_there_before_the_next_has_come(asking):
    go_on = threading.Event()

    def script(talk):
        control = both_asked(talk)
        talk.reply("RR", control, "LIC/SIM123")
        assert go_on.wait(ENOUGH)
        talk.reply("QV", control, "NO RECORD")
        wait_for_the_end(talk)

    source, _ = asking(script)
    replies = source.ask(query(), ENOUGH)
    assert next(replies).message_key == "RR"
    go_on.set()
    assert [reply.message_key for reply in replies] == ["QV"]


def test_answers_come_in_any_order_and_byte_by_byte(asking):
    def script(talk):
        control = both_asked(talk)
        for key, words in (("QV", "NO RECORD"), ("RR", "LIC/SIM123")):
            for byte in talk.frame(b"M", talk.written(key, control, words)):
                talk.send(bytes([byte]))
        wait_for_the_end(talk)

    source, _ = asking(script)
    assert answers(source) == [NOTHING, RECORD]


def test_a_reply_carries_when_it_came_and_not_in_its_repr(asking):
    def script(talk):
        control = both_asked(talk)
        talk.reply("RR", control, "LIC/SIM123")
        wait_for_the_end(talk)

    source, _ = asking(script)
    before = datetime.now(UTC)
    reply = next(source.ask(query(), ENOUGH))
    assert before <= reply.received_at <= datetime.now(UTC)
    assert "SIM123" not in repr(reply)


def test_two_hundred_in_flight_share_one_connection(asking):
    def script(talk):
        talk.hello()
        controls = [control for key, _, control in (talk.query() for _ in range(400)) if key == "RQ"]
        assert len(set(controls)) == 200
        for control in reversed(controls):
            talk.reply("QV", control, f"NO RECORD {control}")
        for control in controls:
            talk.reply("RR", control, f"LIC/{control}")
        wait_for_the_end(talk)

    source, peer = asking(script)
    with ThreadPoolExecutor(200) as pool:
        controls = [f"C{number}" for number in range(200)]
        found = list(pool.map(lambda control: answers(source, query(control)), controls))
    assert [{text.split("/")[-1].split()[-1] for _, _, text in each} for each in found] == [
        {control} for control in controls
    ]
    assert {tuple(sorted(key for key, _, _ in each)) for each in found} == {("QV", "RR")}
    assert peer.connections == 1


def test_one_connection_serves_one_query_after_the_other(asking):
    def script(talk):
        control = both_asked(talk)
        for number in range(5):
            if number:
                control = talk.query()[2]
                talk.query()
            talk.reply("RR", control, "LIC/SIM123")
            talk.reply("QV", control, "NO RECORD")
        wait_for_the_end(talk)

    source, peer = asking(script)
    for number in range(5):
        assert answers(source, query(f"A{number}")) == [RECORD, NOTHING]
    assert peer.connections == 1


def test_a_confirmation_ends_with_the_agencys_answer(asking):
    def script(talk):
        talk.hello()
        key, to, control = talk.query()
        assert (key, to) == ("YQ", "WA0000000")
        talk.reply("AM", control, "STAND BY")
        talk.reply("YR", control, "RTY/SV.CON/Y")
        wait_for_the_end(talk)

    source, _ = asking(script)
    asked = query(kind=QueryKind.CONFIRMATION, to="WA0000000", request_type="SV", case="1", nic="V123456789")
    assert [kind for _, kind, _ in answers(source, asked)] == [ReplyKind.MESSAGE, ReplyKind.CONFIRMED]


# --- what is dropped ---------------------------------------------------------------------------------------


def test_what_comes_twice_is_told_once_and_what_is_not_ours_never(asking):
    def script(talk):
        control = both_asked(talk)
        talk.reply("RR", control, "LIC/OTHER", destination="OR9999999")
        talk.reply("RR", "OTHER", "LIC/OTHER")
        talk.reply("RR", "", "LIC/OTHER")
        for _ in range(3):
            talk.reply("RR", control, "LIC/SIM123")
        talk.reply("QV", control, "NO RECORD")
        wait_for_the_end(talk)

    source, _ = asking(script)
    assert answers(source) == [RECORD, NOTHING]


def test_what_comes_late_is_not_taken_for_an_answer_to_the_next(asking):
    first_over = threading.Event()

    def script(talk):
        late = both_asked(talk)
        assert first_over.wait(ENOUGH)
        control = talk.query()[2]
        talk.query()
        talk.reply("RR", late, "LIC/LATE")
        talk.reply("QV", late, "NO RECORD LATE")
        talk.reply("RR", control, "LIC/SIM123")
        talk.reply("QV", control, "NO RECORD")
        wait_for_the_end(talk)

    source, _ = asking(script)
    with pytest.raises(SourceUnavailable, match="no answer came within"):
        answers(source, query("A1"), SOON)
    first_over.set()
    assert answers(source, query("A2")) == [RECORD, NOTHING]


def test_garbled_replies_are_left_out_and_logged_without_what_they_hold(asking, caplog):
    def script(talk):
        control = both_asked(talk)
        good = talk.written("RR", control, "LIC/SECRET")
        for garbled in (good[::-1], b"", b"\xff\xfe" + good, good.replace(b"RR", b"rr"), good + b"\0"):
            talk.send(talk.frame(b"M", garbled))
        talk.reply("RR", control, "LIC/SIM123")
        talk.reply("QV", control, "NO RECORD")
        wait_for_the_end(talk)

    source, _ = asking(script)
    with caplog.at_level(logging.DEBUG):
        assert answers(source) == [RECORD, NOTHING]
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("alpr_")]
    assert sum("is left out" in line for line in ours) == 5
    assert not [line for line in ours if "SECRET" in line or "SIM123" in line]


def test_a_bomb_is_left_out_like_any_other(asking):
    def script(talk):
        control = both_asked(talk)
        entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
        bomb = f'<!DOCTYPE x [<!ENTITY e0 "ha">{entities}]>'.encode()
        good = talk.written("RR", control, "LIC/SIM123")
        talk.send(talk.frame(b"M", bomb + good.replace(b"<![CDATA[LIC/SIM123]]>", b"&e9;")))
        talk.reply("RR", control, "LIC/SIM123")
        talk.reply("QV", control, "NO RECORD")
        wait_for_the_end(talk)

    source, _ = asking(script, dialect="nlets-niem")
    assert answers(source) == [RECORD, NOTHING]


def test_of_a_flood_of_answers_a_hundred_are_told(asking):
    def script(talk):
        control = both_asked(talk)
        for number in range(150):
            talk.reply("AM", control, f"MESSAGE {number}")
        talk.reply("RR", control, "LIC/SIM123")
        wait_for_the_end(talk)

    source, _ = asking(script)
    assert len(answers(source, patience=1.5)) == 100


# --- callers -----------------------------------------------------------------------------------------------


def test_a_query_that_breaks_a_rule_is_refused_and_nothing_is_sent(asking):
    source, peer = asking(lambda talk: None)
    with pytest.raises(InputError, match="plate"):
        source.ask(query(plate="SIM 123"), ENOUGH)
    assert peer.connections == 0


def test_a_control_field_that_is_in_flight_is_refused(asking):
    def script(talk):
        talk.reply("RR", both_asked(talk), "LIC/SIM123")
        wait_for_the_end(talk)

    source, _ = asking(script)
    first = source.ask(query(), ENOUGH)
    next(first)
    with pytest.raises(InputError, match="in flight"):
        next(source.ask(query(), ENOUGH))
    first.close()


def test_who_closes_the_iterator_waits_no_longer(asking):
    over = queue.SimpleQueue()

    def script(talk):
        control = both_asked(talk)
        talk.reply("RR", control, "LIC/SIM123")
        assert over.get(timeout=ENOUGH)
        assert talk.query()[2] == "A1"
        talk.query()
        talk.reply("RR", control, "LIC/AGAIN")
        wait_for_the_end(talk)

    source, _ = asking(script)
    replies = source.ask(query(), ENOUGH)
    assert next(replies).text == "LIC/SIM123"
    replies.close()
    over.put(True)
    assert next(source.ask(query(), ENOUGH)).text == "LIC/AGAIN"


def test_closing_tells_whoever_waits_and_asks_nobody_any_more(asking):
    waits = threading.Event()

    def script(talk):
        both_asked(talk)
        waits.set()
        wait_for_the_end(talk)

    source, _ = asking(script)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(answers, source)
        assert waits.wait(ENOUGH)
        source.close()
        with pytest.raises(SourceUnavailable, match="closed by this program"):
            waiting.result(ENOUGH)
    source.close()
    with pytest.raises(SourceUnavailable, match="closed by this program"):
        answers(source)


def test_a_source_that_nobody_holds_ends_its_thread(asking):
    def script(talk):
        control = both_asked(talk)
        talk.reply("RR", control, "LIC/SIM123")
        talk.reply("QV", control, "NO RECORD")
        wait_for_the_end(talk)

    _, peer = asking(script)
    before = set(threading.enumerate())
    options = SwitchOptions.model_validate(
        {"host": "127.0.0.1", "port": peer.port, "ori": ORI, "dialect": "nlets-text"}
    )
    source = SwitchSource(LEDS, options)
    assert answers(source) == [RECORD, NOTHING]
    del source
    assert not [thread for thread in set(threading.enumerate()) - before if thread.name == "switch"]


def test_no_plate_is_in_what_asyncio_may_log_of_a_query():
    waiting = _Waiting("A1", (b"RQ.OR0000000.WA.A1.TXT\r\nLIC/SIM123",), queue.SimpleQueue())
    assert "A1" in repr(waiting)
    assert "SIM123" not in repr(waiting)
