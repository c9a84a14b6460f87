"""What each kind of plugin is put through, beginning with what comes on a bad day."""

from __future__ import annotations

import gc
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FunctionType, ModuleType

import numpy as np

from alpr_core import (
    AlprError,
    Frame,
    HotlistEntry,
    HotlistSource,
    InputError,
    PeriodicJob,
    QueryKind,
    Reading,
    Recognizer,
    RejectedLine,
    RetentionLimits,
    RetentionStrategy,
    RetentionTerm,
    SourceUnavailable,
    StateQuery,
    StateReply,
    StateSource,
    StateSystem,
)
from alpr_core.kit.checking import PLATE
from alpr_core.periods import Period

PATIENCE = 2.0
"""Seconds that a state's system gets for its answers."""

FORGETTING = 1.0
"""Seconds until nothing of a query is left: what asks may have a thread of its own."""

MOST_OBJECTS = 300_000
"""Objects behind a plugin that are looked through for what it should have forgotten."""

_WORD = re.compile(r"[A-Z0-9]{4,}")


class Complaint(Exception):
    """What a plugin does not do as it should."""


class NotTried(Exception):
    """Why something was not tried."""


# -- recognizers --------------------------------------------------------------------------------------------------


def reads_any_picture(recognizer: object) -> None:
    """A large, a tiny and a noisy picture: readings, or none, never an error."""
    if not isinstance(recognizer, Recognizer):
        raise Complaint("what its factory makes has no method recognize")
    noise = np.random.default_rng(1).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    for image in (np.zeros((1080, 1920, 3), np.uint8), np.zeros((1, 1, 3), np.uint8), noise):
        found = recognizer.recognize(Frame(source="kit", taken_at=datetime.now(UTC), image=image))
        if not isinstance(found, Sequence) or not all(isinstance(one, Reading) for one in found):
            raise Complaint("recognize returns something else than a sequence of Reading")


# -- hotlists -----------------------------------------------------------------------------------------------------

_FILES = {
    "an empty file": b"",
    "bytes that are no text": bytes(range(256)) * 64,
    "one long line": b"A" * 1_000_000,
    "a plate and a broken line": f"LIC,LIS\n{PLATE},OR\n{PLATE}\x00,,,,,,,,,,,,,,,,,,,,\n".encode(),
}


def reads_any_file(source: object) -> None:
    """Whatever stands in a file: entries, rejects with their numbers, or one error; no plate in a reject."""
    if not isinstance(source, HotlistSource):
        raise NotTried("it delivers no hotlists")
    for what, content in _FILES.items():
        path = Path("kit-list")
        path.write_bytes(content)
        try:
            found = list(source.entries(path))
        except InputError:
            continue
        finally:
            path.unlink()
        for one in found:
            if not isinstance(one, HotlistEntry | RejectedLine):
                raise Complaint(f"{what}: it yields a {type(one).__name__}")
            if isinstance(one, RejectedLine) and PLATE in one.problem.upper():
                raise Complaint(f"{what}: the reject of line {one.number} quotes the plate")
    with suppress(InputError):
        list(source.entries(Path("kit-no-such-file")))


# -- state systems ------------------------------------------------------------------------------------------------


def declares_its_system(source: object) -> None:
    """Who it asks, and under which rules."""
    if not hasattr(source, "ask"):
        raise NotTried("it asks no state's system")
    if not isinstance(source, StateSource) or not isinstance(source.system, StateSystem):
        raise Complaint("it has a method ask, and lacks system (a StateSystem) or simulated")
    for training in source.system.trainings:
        if not training.source:
            raise Complaint(
                "a training rule names no source: whoever is told to train asks where that is written"
            )


def answers_or_says_why(source: object) -> None:
    """A query: answers within its time, or SourceUnavailable, or InputError; and nothing of it is kept."""
    if not isinstance(source, StateSource):
        raise NotTried("it asks no state's system")
    before = _words_behind(source)
    began, replies = time.monotonic(), []
    with suppress(SourceUnavailable, InputError):
        for reply in source.ask(_query(source.system), PATIENCE):
            if not isinstance(reply, StateReply):
                raise Complaint(f"it yields a {type(reply).__name__} as an answer")
            replies.append(reply)
    if time.monotonic() - began > PATIENCE + 1:
        raise Complaint(f"it was given {PATIENCE:g} seconds for the answers, and took longer")
    said = {word for reply in replies for word in _WORD.findall(reply.text.upper())}
    replies.clear()
    until = time.monotonic() + FORGETTING
    while kept := (_words_behind(source) - before) & (said | {PLATE}):
        if time.monotonic() > until:
            what = "the plate" if kept == {PLATE} else f"{len(kept)} words"
            raise Complaint(
                f"it keeps {what} of an answer after the query is over: what a state says about a person is shown, "
                "and stored nowhere"
            )
        time.sleep(0.05)


def can_be_given_up(source: object) -> None:
    """Closing the answers ends the waiting."""
    if not isinstance(source, StateSource):
        raise NotTried("it asks no state's system")
    with suppress(SourceUnavailable, InputError):
        answers = source.ask(_query(source.system), 60.0)
        close = getattr(answers, "close", None)
        if close is None:
            raise Complaint("ask returns something that cannot be closed: write it as a generator")
        close()


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


def _words_behind(source: object) -> set[str]:
    """Return the words in all texts that a source, and the module that it is from, hold."""
    gc.collect()
    module = sys.modules.get(type(source).__module__)
    waiting: list[object] = [source, *(vars(module).values() if module is not None else ())]
    seen: set[int] = set()
    words: set[str] = set()
    while waiting and len(seen) < MOST_OBJECTS:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, ModuleType):
            continue
        seen.add(id(one))
        if isinstance(
            one, FunctionType | type
        ):  # what belongs to another module leads through all of this program
            if one.__module__ == type(source).__module__:
                waiting.extend([*vars(one).values(), getattr(one, "__closure__", None)])
            continue
        if isinstance(one, str | bytes | bytearray):
            text = one if isinstance(one, str) else one.decode("latin-1")
            words.update(_WORD.findall(text.upper()))
        waiting.extend(one if isinstance(one, dict) else ())  # whose keys the collector passes over
        waiting.extend(gc.get_referents(one))
    return words


# -- the others ---------------------------------------------------------------------------------------------------


def keeps_within_the_limits(strategy: object) -> None:
    """Terms for every class, inside of what a policy leaves; else an error in a sentence."""
    if not isinstance(strategy, RetentionStrategy):
        raise Complaint("what its factory makes lacks a method terms or class_of")
    month, year = Period.parse("P1M"), Period.parse("P1Y")
    for limits in (
        RetentionLimits(),
        RetentionLimits(least=month, then="must"),
        RetentionLimits(most=year, then="may"),
        RetentionLimits(least=month, most=year, then="should"),
    ):
        try:
            terms = strategy.terms(limits)
        except AlprError:
            continue
        if not isinstance(terms, Mapping) or "default" not in terms:
            raise Complaint("terms returns no mapping with the class 'default'")
        if not all(isinstance(term, RetentionTerm) for term in terms.values()):
            raise Complaint("terms returns something else than RetentionTerm")
        if strategy.class_of("kit") not in terms:
            raise Complaint("class_of returns a class that terms does not have")


def is_a_job(job: object) -> None:
    """How often, and that it can be run; it is not run."""
    if not isinstance(job, PeriodicJob):
        raise Complaint("what its factory makes lacks every or run")
    if not isinstance(job.every, timedelta) or job.every < timedelta(minutes=1):
        raise Complaint("every is not a timedelta of a minute at least")


def can_send(notifier: object) -> None:
    """That it can send; nothing is sent."""
    if not callable(getattr(notifier, "send", None)):
        raise Complaint("what its factory makes has no method send")


EXERCISES: Mapping[str, Sequence[tuple[str, Callable[[object], None]]]] = {
    "recognizer": (("pictures", reads_any_picture),),
    "data_source": (
        ("files", reads_any_file),
        ("what it declares", declares_its_system),
        ("a query", answers_or_says_why),
        ("giving up", can_be_given_up),
    ),
    "retention_strategy": (("limits", keeps_within_the_limits),),
    "job": (("how often", is_a_job),),
    "notifier": (("sending", can_send),),
}
"""By kind what is tried, each with a name for people."""
