"""What a state system's answers come to does not hang on their order, and nothing is refuted by silence."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from alpr_core.answers import CONFIRMED, NO_ANSWER, REFUTED, WHY_NOT, come_to
from alpr_core.verification import QueryKind, ReplyKind, StateReply

PARTS = ("registration", "state_file", "ncic")
FILES = PARTS[1:]


def reply(part: str, kind: ReplyKind) -> StateReply:
    at = datetime(2026, 11, 23, 14, tzinfo=UTC)
    return StateReply(control="A1", part=part, kind=kind, message_key="RR", text="", received_at=at)


REPLIES = st.lists(
    st.builds(reply, st.sampled_from([*PARTS, "agency", "switch", "a stranger"]), st.sampled_from(ReplyKind)),
    max_size=6,
)


@given(st.data(), st.sampled_from([QueryKind.REGISTRATION, QueryKind.CONFIRMATION]), REPLIES)
def test_answers_may_come_in_any_order(
    data: st.DataObject, asked: QueryKind, replies: list[StateReply]
) -> None:
    shuffled = data.draw(st.permutations(replies))
    outcome = come_to(asked, PARTS, replies)
    assert come_to(asked, PARTS, shuffled) == outcome
    assert bool(outcome.why) == (outcome.result == NO_ANSWER)
    assert not outcome.why or outcome.why in WHY_NOT


@given(REPLIES)
def test_one_file_that_lists_the_vehicle_confirms_whatever_else_is_said(replies: list[StateReply]) -> None:
    assert (
        come_to(QueryKind.REGISTRATION, PARTS, [*replies, reply("ncic", ReplyKind.WANTED)]).result
        == CONFIRMED
    )


@given(REPLIES)
def test_only_files_that_all_say_so_refute(replies: list[StateReply]) -> None:
    if come_to(QueryKind.REGISTRATION, PARTS, replies).result == REFUTED:
        for part in FILES:
            assert {one.kind for one in replies if one.part == part} == {ReplyKind.NO_RECORD}


@given(st.sampled_from(ReplyKind))
def test_a_system_without_a_file_of_wanted_vehicles_refutes_nothing(kind: ReplyKind) -> None:
    replies = [reply("registration", kind)]
    assert come_to(QueryKind.REGISTRATION, ("registration",), replies).result != REFUTED


@given(REPLIES)
def test_an_agency_that_says_both_has_said_nothing(replies: list[StateReply]) -> None:
    both = [reply("agency", ReplyKind.CONFIRMED), reply("agency", ReplyKind.NOT_CONFIRMED)]
    assert come_to(QueryKind.CONFIRMATION, PARTS, [*replies, *both]).result == NO_ANSWER
