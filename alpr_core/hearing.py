"""Asking a data source and hearing it out: it comes from a plugin, and what it yields comes from outside."""

from __future__ import annotations

import itertools
import logging
import re
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, TypeGuard

from alpr_core.answers import DEFECT, NO_ANSWER, UNREACHABLE, Outcome, come_to
from alpr_core.errors import AlprError, SourceUnavailable
from alpr_core.interfaces import StateSource
from alpr_core.verification import ReplyKind, StateQuery, StateReply, StateSystem

logger = logging.getLogger(__name__)

MOST_REPLIES = 100
"""A source that goes on behind so many has lost count."""

_KEY = re.compile("[A-Z][A-Z0-9]{0,3}")
"""What a message key looks like: too short for a plate to pass for one on the ledger."""


class Heard(NamedTuple):
    """What a source yielded.

    Attributes:
        outcome: what it comes to.
        replies: the answers, in the order in which they came.
        strays: how many others came that answer nothing of this.
        simulated: whether a simulator answered.
        told: what the source says of its trouble, for the person who asked; "" for nothing.
    """

    outcome: Outcome
    replies: tuple[StateReply, ...]
    strays: int
    simulated: bool
    told: str = ""

    def recorded(self, system: StateSystem) -> dict[str, object]:
        """Return what of the answers goes on the ledger: nothing that tells about a person or a vehicle in clear."""
        replies = self.replies
        parts = {*system.parts, "state_file", "agency", "switch"}
        return {
            "count": len(replies),
            "parts": sorted({reply.part for reply in replies} & parts),
            "kinds": [reply.kind.value for reply in replies],
            "keys": [reply.message_key if _KEY.fullmatch(reply.message_key) else "?" for reply in replies],
            "strays": self.strays,
            "replies": [
                sha256(reply.text.encode("utf-8", "backslashreplace")).hexdigest() for reply in replies
            ],
        }


def hear(source: StateSource, query: StateQuery, patience: float) -> Heard:
    """Ask, and return what was heard, whatever becomes of it.

    Raises:
        AlprError: the query breaks a rule of the system, or the source is not set up as it should be: nothing was
            sent.
    """
    replies: list[StateReply] = []
    strays, failure, told = 0, "", ""
    try:
        for reply in itertools.islice(source.ask(query, patience), MOST_REPLIES):
            if _answers(reply, query):
                replies.append(reply)
            else:
                strays += 1
    except SourceUnavailable as error:
        failure, told = UNREACHABLE, error.message
    except AlprError as error:
        if not replies:
            raise
        failure, told = DEFECT, error.message
    except (Exception, SystemExit) as error:  # noqa: BLE001  a plugin's failure leaves a hit that nobody has verified
        logger.warning("the data source for %s failed: %s", source.system.code, type(error).__name__)
        failure = DEFECT
    outcome = come_to(query.kind, source.system.parts, replies)
    if failure and outcome.result == NO_ANSWER:
        outcome = Outcome(NO_ANSWER, failure)
    simulated = is_simulated(source) or any(reply.simulated for reply in replies)
    return Heard(outcome, tuple(replies), strays, simulated, told)


def is_simulated(source: StateSource) -> bool:
    """Whether a simulator answers; a source that cannot say so is taken for one."""
    try:
        return bool(source.simulated)
    except (Exception, SystemExit) as error:  # noqa: BLE001  a plugin's
        logger.warning("the data source for %s failed: %s", source.system.code, type(error).__name__)
        return True


def _answers(reply: object, query: StateQuery) -> TypeGuard[StateReply]:
    """Whether what a source yielded is an answer to this query: it comes from a plugin, and from outside."""
    return (
        isinstance(reply, StateReply)
        and reply.control == query.control
        and isinstance(reply.kind, ReplyKind)
        and isinstance(reply.part, str)
        and isinstance(reply.received_at, datetime)
        and isinstance(reply.text, str)
        and isinstance(reply.message_key, str)
    )
