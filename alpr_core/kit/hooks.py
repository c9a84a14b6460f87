"""What a plugin that takes part along the way, or observes, is put through: each of its hooks is called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType

import pluggy

from alpr_core import Box, Candidate, Decision, Reading, Request
from alpr_core.hookspecs import OPEN_FIELDS, PLATE_FIELDS
from alpr_core.kit.ground import Complaint
from alpr_core.kit.traces import NAME, PLATE
from alpr_core.models import Actor, Verdict
from alpr_core.plugins.calling import is_review
from alpr_core.plugins.loader import Loaded
from alpr_core.plugins.registry import call

_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_READ = "2026-01-02/00000000-0000-7000-8000-000000000000"

_TOLD: Mapping[str, Mapping[str, object]] = {
    "read_recorded": {
        "read": _READ,
        "camera": "kit",
        "captured_at": _AT,
        "plate": PLATE,
        "entry": 7,
    },
    "hit_raised": {
        "hit": "00000000-0000-4000-8000-000000000000",
        "read": _READ,
        "hotlist": "kit",
        "category": "kit",
        "priority": 1,
        "match": "exact",
        "plate": PLATE,
        "listed": PLATE,
    },
    "act_denied": {"action": "search.run", "actor": "kit", "clauses": ("kit",), "entry": 7},
    "reads_purged": {"purge": 1, "count": 2, "entry": 7},
    "job_failed": {"job": "kit", "due": _AT, "error": "OSError", "entry": 7},
}
"""What observers hear: the fields of `OPEN_FIELDS` and `PLATE_FIELDS`, with values as the core gives them."""


def hooks_of(loaded: Loaded) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield what to try of each hook along the way that the plugins implement, with a name for people."""
    hooks = loaded.manager.hook
    for name, tried in (("reading_recognized", _improves), ("review_decision", _reviews)):
        for implementation in getattr(hooks, name).get_hookimpls():
            yield f"hook {name}", partial(tried, implementation)
    for name in OPEN_FIELDS:
        for implementation in getattr(hooks, name).get_hookimpls():
            yield f"hook {name}", partial(_observes, name, implementation)


def _improves(implementation: pluggy.HookImpl) -> None:
    """A reading of a single character, and one with several candidates: a Reading, or None."""
    for texts in (("K",), (PLATE, "K1T0PL8")):
        reading = Reading(
            candidates=tuple(Candidate(text=text, confidence=0.5) for text in texts),
            characters=(0.5,) * len(texts[0]),
            box=Box.rectangle(0, 0, 10, 5),
            detection_confidence=0.5,
        )
        answer = call(implementation, {"reading": reading})
        if answer is not None and not isinstance(answer, Reading):
            raise Complaint(f"it returns a {type(answer).__name__}: a Reading, or None to leave it as it is")


def _reviews(implementation: pluggy.HookImpl) -> None:
    """A search and an act that nobody did: objections, or None. What fails here would deny the act."""
    known = Actor(id="kit", roles=frozenset({"kit"}), name=NAME)
    for request in (
        Request(action="search.run", actor=known, at=_AT, purpose="kit", reason=NAME, facts={"plate": PLATE}),
        Request(action="job.run", actor=Actor(id="system:kit"), at=_AT),
    ):
        for verdict in (Verdict.ALLOW, Verdict.DENY):
            decision = Decision(verdict=verdict, findings=())
            answer = call(implementation, {"decision": decision, "context": request})
            if not is_review(answer):
                raise Complaint(f"it returns a {type(answer).__name__}: objections in words, or None")


def _observes(hook: str, implementation: pluggy.HookImpl) -> None:
    """An event as it is told without the grant of plates, and with it."""
    for granted in (False, True):
        fields = OPEN_FIELDS[hook] | (PLATE_FIELDS[hook] if granted else frozenset())
        told = MappingProxyType({name: value for name, value in _TOLD[hook].items() if name in fields})
        try:
            call(implementation, dict.fromkeys(implementation.argnames, told))
        except KeyError as error:
            if granted or not PLATE_FIELDS[hook] & {*error.args}:
                raise
            raise Complaint(
                f"it needs {error}, which it is told only where the configuration grants it plates: do without"
            ) from error
