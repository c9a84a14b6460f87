"""What a state system's answers to one query come to: confirmed, refuted, or nothing known and why. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from alpr_core.verification import QueryKind, ReplyKind, StateReply

CONFIRMED, REFUTED, NO_ANSWER = "confirmed", "refuted", "no_answer"
"""What answers come to."""

UNANSWERED, OUT_OF_SERVICE, REJECTED, LATER = "unanswered", "out_of_service", "rejected", "later"
UNREACHABLE, SIMULATED, DEFECT, UNCLEAR = "unreachable", "simulated", "defect", "unclear"

WHY_NOT = {
    UNANSWERED: "not every part that matters answered in time",
    OUT_OF_SERVICE: "the system, or one behind it, is out of service",
    REJECTED: "the system rejected the query",
    LATER: "it will be answered later, as the reply says",
    UNREACHABLE: "the system cannot be reached",
    SIMULATED: "a simulator answered, and this node is live",
    DEFECT: "the data source failed",
    UNCLEAR: "the answers do not say whether anything stands against the vehicle",
}
"""Why nothing is known, in words, by its code."""

REGISTRATION = "registration"
"""The part that tells whose a vehicle is: it confirms no hit and refutes none."""


class Outcome(NamedTuple):
    """What answers come to.

    Attributes:
        result: `CONFIRMED`, `REFUTED` or `NO_ANSWER`.
        why: a code of `WHY_NOT` where nothing is known, else "".
    """

    result: str
    why: str = ""


def come_to(asked: QueryKind, parts: Collection[str], replies: Sequence[StateReply]) -> Outcome:
    """Return what the answers to one query come to.

    Whether a vehicle is wanted is what the files say that list such vehicles: one that lists it confirms; all of them
    have to have no record of it to refute. Who has registered it says nothing about that.

    Args:
        asked: what was asked.
        parts: who answers a registration query of this system.
        replies: the answers to it, in any order.
    """
    kinds = {reply.kind for reply in replies}
    if asked is QueryKind.CONFIRMATION:
        said = kinds & {ReplyKind.CONFIRMED, ReplyKind.NOT_CONFIRMED}
        if len(said) == 1:
            return Outcome(CONFIRMED if ReplyKind.CONFIRMED in said else REFUTED)
        return Outcome(NO_ANSWER, UNCLEAR if said else _why_not(kinds, is_complete=False))
    if kinds & {ReplyKind.WANTED, ReplyKind.CONFIRMED}:
        return Outcome(CONFIRMED)
    files = [part for part in parts if part != REGISTRATION]
    by_part = {part: {reply.kind for reply in replies if reply.part == part} for part in files}
    if files and all(said == {ReplyKind.NO_RECORD} for said in by_part.values()):
        return Outcome(REFUTED)
    return Outcome(NO_ANSWER, _why_not(kinds, is_complete=bool(files) and all(by_part.values())))


def _why_not(kinds: Collection[ReplyKind], *, is_complete: bool) -> str:
    for kind, why in (
        (ReplyKind.REJECTED, REJECTED),
        (ReplyKind.OUT_OF_SERVICE, OUT_OF_SERVICE),
        (ReplyKind.LATER, LATER),
    ):
        if kind in kinds:
            return why
    return UNCLEAR if is_complete else UNANSWERED
