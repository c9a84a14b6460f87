"""What a source for a state's system is put through: what it declares, a query, and giving up waiting."""

from __future__ import annotations

import time
from contextlib import suppress

from alpr_core import (
    InputError,
    QueryKind,
    SourceUnavailable,
    StateQuery,
    StateReply,
    StateSource,
    StateSystem,
)
from alpr_core.kit.ground import Complaint, Ground, NotTried
from alpr_core.kit.memory import words_behind
from alpr_core.kit.traces import PLATE, personal, words_in, words_of_code

PATIENCE = 2.0
"""Seconds that a state's system gets for its answers."""

LONGER = 5.0
"""Seconds that it gets where waiting is given up: more than giving up may take, less than a call may."""

FORGETTING = 1.0
"""Seconds until nothing of a query is left, and within which closing comes back."""


def declares_its_system(ground: Ground) -> None:
    """Who it asks, and under which rules: the same where it is registered and where it is asked."""
    source = _state_source(ground.thing)
    registered = ground.plugin.system
    if registered is None:
        raise Complaint(
            "it is registered without the system that it asks: Plugin(system=...), by which packs and authorities "
            "know it"
        )
    if registered != source.system:
        raise Complaint(
            f"Plugin(system=...) declares {registered.title!r} ({registered.code}), and what its factory makes has "
            f"another system, {source.system.title!r} ({source.system.code}), or other rules for it: "
            "give both the same StateSystem"
        )
    for training in source.system.trainings:
        if not training.source:
            raise Complaint(
                "a training rule names no source: whoever is told to train asks where that is written"
            )


def answers_or_says_why(ground: Ground) -> None:
    """A query: answers within its time, or SourceUnavailable, or InputError; and nothing of it is kept."""
    source = _state_source(ground.thing)
    query, before = _query(source.system), words_behind(source)
    began, replies = time.monotonic(), []
    with suppress(SourceUnavailable, InputError):
        for reply in source.ask(query, PATIENCE):
            replies.append(_checked(reply))
    if time.monotonic() - began > PATIENCE + 1:
        raise Complaint(f"it was given {PATIENCE:g} seconds for the answers, and took longer")
    said = {word for reply in replies for word in words_in(reply.text)}
    _note(ground, source, query, before, replies)
    replies.clear()
    until = time.monotonic() + FORGETTING
    while kept := (words_behind(source) - before) & (said | {PLATE}):
        if time.monotonic() > until:
            what = "the plate" if kept == {PLATE} else f"{len(kept)} words"
            raise Complaint(
                f"it keeps {what} of an answer after the query is over: what a state says about a person is shown, "
                "and stored nowhere"
            )
        time.sleep(0.05)


def can_be_given_up(ground: Ground) -> None:
    """Closing the answers after the first one ends the waiting for the others."""
    source = _state_source(ground.thing)
    query, before = _query(source.system), words_behind(source)
    try:
        answers = source.ask(query, LONGER)
        close = getattr(answers, "close", None)
        if close is None:
            raise Complaint("ask returns something that cannot be closed: write it as a generator")
        first = _checked(next(answers))
    except (SourceUnavailable, InputError, StopIteration) as error:
        raise NotTried("no answer came, so that there were none to give up") from error
    _note(ground, source, query, before, [first])
    began = time.monotonic()
    try:
        close()
    except RuntimeError as error:  # Python's own word on a generator that yields when it is closed
        raise Complaint("it yields more answers when it is closed: let GeneratorExit pass") from error
    if (took := time.monotonic() - began) > FORGETTING:
        raise Complaint(f"closing its answers took {took:.0f} seconds: somebody who gives up does not wait")


def _state_source(source: object) -> StateSource:
    """Return it as what asks a state's system.

    Raises:
        NotTried: it asks none.
        Complaint: it asks one, and lacks something of a source.
    """
    if not hasattr(source, "ask"):
        raise NotTried("it asks no state's system")
    if not isinstance(source, StateSource) or not isinstance(source.system, StateSystem):
        raise Complaint("it has a method ask, and lacks system (a StateSystem) or simulated")
    return source


def _checked(reply: object) -> StateReply:
    if not isinstance(reply, StateReply):
        raise Complaint(f"it yields a {type(reply).__name__} as an answer")
    return reply


def _note(
    ground: Ground, source: StateSource, query: StateQuery, before: set[str], replies: list[StateReply]
) -> None:
    """Note which words of the answers tell about people, and stand in no sentence of the plugin's own."""
    told = {word for reply in replies for word in personal(reply.text)}
    ours = {
        query.control,
        *words_in(f"{query.ori} {query.operator} {time.strftime('%Y%m%d', time.gmtime())}"),
    }
    modules = (type(source).__module__, getattr(ground.plugin.factory, "__module__", None) or "")
    ground.told.update(told - ours - before - words_of_code(*modules))


def _query(system: StateSystem) -> StateQuery:
    return StateQuery(
        kind=QueryKind.REGISTRATION,
        control=f"K{time.monotonic_ns() % 10**9:09}",
        ori=f"{system.state}0000000",
        operator="KIT",
        to=system.state,
        plate=PLATE,
        state=system.state,
    )
