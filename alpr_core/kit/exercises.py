"""What each kind of plugin is put through, beginning with what comes on a bad day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import numpy as np

from alpr_core import (
    AccessLogSource,
    AlprError,
    ForeignRead,
    Frame,
    HotlistEntry,
    HotlistSource,
    InputError,
    PeriodicJob,
    Reading,
    ReadSource,
    Recognizer,
    RejectedLine,
    RejectedRead,
    RemovedLine,
    RetentionLimits,
    RetentionStrategy,
    RetentionTerm,
    Secret,
    VendorAccess,
)
from alpr_core.kit.asking import answers_or_says_why, can_be_given_up, declares_its_system
from alpr_core.kit.ground import Complaint, Ground, NotTried
from alpr_core.kit.memory import words_behind
from alpr_core.kit.traces import NAME, PLATE
from alpr_core.periods import Period

# -- recognizers --------------------------------------------------------------------------------------------------


def reads_any_picture(ground: Ground) -> None:
    """A large, a tiny and a noisy picture: readings, or none, never an error."""
    recognizer = ground.thing
    if not isinstance(recognizer, Recognizer):
        raise Complaint("what its factory makes has no method recognize")
    noise = np.random.default_rng(1).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    for image in (np.zeros((1080, 1920, 3), np.uint8), np.zeros((1, 1, 3), np.uint8), noise):
        found = recognizer.recognize(Frame(source="kit", taken_at=datetime.now(UTC), image=image))
        if not isinstance(found, Sequence) or not all(isinstance(one, Reading) for one in found):
            raise Complaint("recognize returns something else than a sequence of Reading")


# -- data sources -------------------------------------------------------------------------------------------------

_CAPABILITIES = ("entries", "parse", "ask", "accesses")


def does_something(ground: Ground) -> None:
    """Hotlists, reads, answers of a state's system, a vendor's log: one of them at least."""
    source = ground.thing
    if not any(callable(getattr(source, method, None)) for method in _CAPABILITIES):
        raise Complaint(
            "what its factory makes has none of the methods entries (hotlists), parse (reads of another system), "
            "ask (a state's system) and accesses (a vendor's log)"
        )


_RUINS = {
    "an empty file": b"",
    "bytes that are no text": bytes(range(256)) * 64,
    "one long line": b"A" * 1_000_000,
}
_FILES = {
    **_RUINS,
    "a plate and a broken line": (
        f"LIC,LIS,NAM\n{PLATE},OR,{NAME}\n{PLATE}\x00,,,,,,,,,,,,,,,,,,,,{NAME}\n{PLATE} {NAME} and no comma\n"
    ).encode(),
}


def reads_any_file(ground: Ground) -> None:
    """Whatever stands in a file: entries, rejects with their numbers, or one error, none of which quotes it."""
    source = ground.thing
    if not isinstance(source, HotlistSource):
        raise NotTried("it delivers no hotlists")
    for what, content in _FILES.items():
        path = ground.folder / "kit-list"
        path.write_bytes(content)
        try:
            found = list(source.entries(path))
        except InputError as error:
            _quotes_nothing(what, "the error", error.message)
            continue
        for one in found:
            if not isinstance(one, HotlistEntry | RemovedLine | RejectedLine):
                raise Complaint(f"{what}: it yields a {type(one).__name__}")
            if isinstance(one, RejectedLine):
                _quotes_nothing(what, f"the reject of line {one.number}", one.problem)
    with suppress(InputError):
        list(source.entries(ground.folder / "kit-no-such-file"))


_MESSAGES = {
    **_RUINS,
    "JSON of something else": b"[1, null, {}]",
    "JSON with a plate and a name": f'{{"plate": "{PLATE}", "driver": "{NAME}", "when": "noon"}}'.encode(),
    "JSON that ends too early": f'{{"plate": "{PLATE}", "driver": "{NAME}", '.encode(),
    "XML with a plate and a name": f"<read><plate>{PLATE}</plate><driver>{NAME}</driver></read>".encode(),
    "a table with a plate and a name": f"plate,driver\n{PLATE},{NAME}\n{PLATE};{NAME}\n".encode(),
}
_TYPES = ("", "application/json", "text/csv", "no/such; type")


def takes_apart_any_message(ground: Ground) -> None:
    """Whatever comes in a message: reads, rejects, or one error, none of which quotes it; and nothing is kept."""
    source = ground.thing
    if not hasattr(source, "parse"):
        raise NotTried("it delivers no reads")
    if not isinstance(source, ReadSource):
        raise Complaint("it has a method parse, and lacks token: an alpr_core.Secret, or None for files only")
    if not isinstance(source.token, Secret | None):
        raise Complaint("its token is neither an alpr_core.Secret nor None")
    before = words_behind(source)
    for what, content in _MESSAGES.items():
        for content_type in _TYPES:
            try:
                found = source.parse(content, content_type)
            except InputError as error:
                _quotes_nothing(what, "the error", error.message)
                continue
            if not isinstance(found, Sequence):
                raise Complaint(f"{what}: parse returns a {type(found).__name__}, no sequence")
            for one in found:
                if not isinstance(one, ForeignRead | RejectedRead):
                    raise Complaint(f"{what}: there is a {type(one).__name__} in what parse returns")
                if isinstance(one, RejectedRead):
                    _quotes_nothing(what, f"the reject of read {one.number}", one.problem)
    if (words_behind(source) - before) & {PLATE, NAME}:
        raise Complaint("it keeps a plate or a name of a message: it takes messages apart, and keeps nothing")


def takes_apart_any_log(ground: Ground) -> None:
    """Whatever a log holds: accesses, rejects, or one error, none of which quotes it; and nothing is kept."""
    source = ground.thing
    if not isinstance(source, AccessLogSource):
        raise NotTried("it takes no vendor's log")
    before = words_behind(source)
    for what, content in _MESSAGES.items():
        try:
            found = source.accesses(content)
        except InputError as error:
            _quotes_nothing(what, "the error", error.message)
            continue
        if not isinstance(found, Sequence):
            raise Complaint(f"{what}: accesses returns a {type(found).__name__}, no sequence")
        for one in found:
            if not isinstance(one, VendorAccess | RejectedLine):
                raise Complaint(f"{what}: there is a {type(one).__name__} in what accesses returns")
            if isinstance(one, RejectedLine):
                _quotes_nothing(what, f"the reject of line {one.number}", one.problem)
    if (words_behind(source) - before) & {PLATE, NAME}:
        raise Complaint("it keeps a plate or a name of a log: it takes logs apart, and keeps nothing")


def _quotes_nothing(what: str, where: str, text: str) -> None:
    for quoted, words in ((PLATE, "the plate"), (NAME, "the name")):
        if quoted in text.upper():
            raise Complaint(f"{what}: {where} quotes {words}")


# -- the others ---------------------------------------------------------------------------------------------------


def keeps_within_the_limits(ground: Ground) -> None:
    """Terms for every class, inside of what a policy leaves; else an error in a sentence."""
    strategy = ground.thing
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


def is_a_job(ground: Ground) -> None:
    """How often, and that it can be run; it is not run."""
    job = ground.thing
    if not isinstance(job, PeriodicJob):
        raise Complaint("what its factory makes lacks every or run")
    if not isinstance(job.every, timedelta) or job.every < timedelta(minutes=1):
        raise Complaint("every is not a timedelta of a minute at least")


def can_send(ground: Ground) -> None:
    """That it can send; nothing is sent."""
    notifier = ground.thing
    if not callable(getattr(notifier, "send", None)):
        raise Complaint("what its factory makes has no method send")


EXERCISES: Mapping[str, Sequence[tuple[str, Callable[[Ground], None]]]] = {
    "recognizer": (("pictures", reads_any_picture),),
    "data_source": (
        ("what it delivers", does_something),
        ("files", reads_any_file),
        ("messages", takes_apart_any_message),
        ("logs", takes_apart_any_log),
        ("what it declares", declares_its_system),
        ("a query", answers_or_says_why),
        ("giving up", can_be_given_up),
    ),
    "retention_strategy": (("limits", keeps_within_the_limits),),
    "job": (("how often", is_a_job),),
    "notifier": (("sending", can_send),),
}
"""By kind what is tried, each with a name for people."""
