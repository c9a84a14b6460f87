"""When reads are due: what a strategy answers, held against the policy, and counted by the calendar.

Pure but for the strategy, which is a stranger's: it is asked in a thread of its own, with a limit on its time. What
it answers is never believed: no read is due before the policy's least time is over, and every one is after its most.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any, TypeVar, cast

from alpr_core.errors import AlprError, PluginError
from alpr_core.interfaces import DEFAULT_CLASS, RetentionLimits, RetentionStrategy, RetentionTerm
from alpr_core.periods import Period
from alpr_core.policy import Policy
from alpr_core.policy.rules import Retention as RetentionRule

logger = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that a strategy has for an answer."""

SLACK, SLACK_OF_MONTHS = timedelta(days=2), timedelta(days=5)
"""By less than this two reads fall due in another order than they were captured in: zones change their clocks, or
skip a day; and a month from the 28th, 29th, 30th and 31st of January ends on one day."""

_CLASS = re.compile(r"[a-z][a-z0-9_-]{0,31}")

T = TypeVar("T")


class RetentionRefused(AlprError):
    """Nothing is purged: there is no strategy, it failed, or what it says is outside of the policy."""


class RetentionOpen(RetentionRefused):
    """Nothing is purged, for the policy does not say yet how long data is kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DueRule:
    """When the reads of one retention class are due.

    Attributes:
        term: what the strategy says.
        limits: what the policy's clauses leave.
        zone: in which days and years are counted.
    """

    term: RetentionTerm
    limits: RetentionLimits
    zone: tzinfo

    def due(self, captured_at: datetime, arrived_at: datetime) -> datetime:
        """Return when a read is due, UTC: never before the least time is over, never after the most."""
        start = captured_at if self.term.starts == "capture" else arrived_at
        due = self.term.period.after(start, self.zone)
        if self.limits.least is not None:
            due = max(due, self.limits.least.after(captured_at, self.zone))
        if self.limits.most is not None:
            due = min(due, self.limits.most.after(captured_at, self.zone))
        return due

    def newest(self, asof: datetime) -> datetime:
        """Return a time of capture after which no read is due at ``asof``; most of what is before it is."""
        longest = max(one.usual for one in self._periods)
        low, high = asof - 1.1 * longest - timedelta(days=40), asof
        while high - low > timedelta(minutes=1):
            middle = low + (high - low) / 2
            if self.due(middle, middle) <= asof:
                low = middle
            else:
                high = middle
        return high + (SLACK_OF_MONTHS if any(one.months for one in self._periods) else SLACK)

    @property
    def _periods(self) -> list[Period]:
        periods = (self.term.period, self.limits.least, self.limits.most)
        return [one for one in periods if one is not None]

    def as_json(self) -> dict[str, str]:
        """Return it for an entry, so that the same reads can be found again."""
        told = {"starts": self.term.starts, "period": str(self.term.period)}
        for name in ("least", "most"):
            if (period := getattr(self.limits, name)) is not None:
                told[name] = str(period)
        return told

    @classmethod
    def from_json(cls, told: Mapping[str, Any], zone: tzinfo) -> DueRule:
        """Return the rule that `as_json` told.

        Raises:
            ValueError: it is none.
        """
        periods = {name: Period.parse(told[name]) for name in ("least", "most") if name in told}
        if told.get("starts") not in ("capture", "arrival"):
            raise ValueError("a term starts at capture or at arrival")
        term = RetentionTerm(period=Period.parse(told["period"]), starts=told["starts"])
        return cls(
            term=term, limits=RetentionLimits(least=periods.get("least"), most=periods.get("most")), zone=zone
        )


def limits_of(policy: Policy, at: datetime) -> tuple[RetentionLimits, tuple[str, ...]]:
    """Return what the clauses in force leave to a strategy, and the paragraphs of those clauses.

    Raises:
        RetentionOpen: a clause's period is open, or two clauses leave nothing and nobody has chosen.
    """
    today = policy.day(at)
    clauses = [one for one in policy.in_force(today) if isinstance(one.rule, RetentionRule)]
    for clause in clauses:
        if cast(RetentionRule, clause.rule).period is None:
            raise RetentionOpen(
                f"[{clause.id}] leaves the period open, so nothing is due: fill it in under [policy.values], "
                "with its source"
            )
    limit = policy.limit("retention", today)
    if limit.is_empty:
        raise RetentionOpen(f"two paragraphs cannot both be kept, so nothing is due. {limit.conflict}")
    rules = [cast(RetentionRule, clause.rule) for clause in clauses]
    strengths = ("must_purge", "should_purge", "may_purge")
    then = next((one for one in strengths if any(rule.then == one for rule in rules)), "")
    return (
        RetentionLimits(
            least=limit.least[0] if limit.least else None,
            most=limit.most[0] if limit.most else None,
            then=then.removesuffix("_purge"),
            follows=next((rule.follows for rule in rules if rule.follows), ""),
        ),
        tuple(clause.id for clause in clauses),
    )


class RetentionOffice:
    """The strategy that a node chose, and the guard around it.

    Args:
        choose: returns name and factory of the strategy; given what the policy leaves to it.
        patience: seconds that the strategy has for an answer.
    """

    def __init__(
        self,
        choose: Callable[[RetentionLimits], tuple[str, Callable[[], RetentionStrategy]]],
        *,
        patience: float = PATIENCE,
    ) -> None:
        self._choose = choose
        self._patience = patience
        self._made: dict[str, RetentionStrategy] = {}
        self._stuck: threading.Thread | None = None

    def rules(self, policy: Policy, at: datetime) -> Rules:
        """Return name of the strategy, and when the reads of each class are due by it.

        Raises:
            RetentionRefused: it failed, or what it says is outside of the policy: nothing is to be purged.
        """
        limits, clauses = limits_of(policy, at)
        name = self._name(limits)
        told = self._ask(name, lambda strategy: strategy.terms(limits), limits)
        terms = _checked(name, told, limits)
        rules = {
            retention_class: DueRule(term=term, limits=limits, zone=policy.zone)
            for retention_class, term in sorted(terms.items())
        }
        return Rules(strategy=name, by_class=rules, limits=limits, clauses=clauses)

    def class_of(self, camera: str, policy: Policy, at: datetime) -> str:
        """Return the retention class of what a camera sees; the default one where the strategy cannot say.

        A capture is never lost for that: the default class is in every list.
        """
        try:
            limits, _ = limits_of(policy, at)
            name = self._name(limits)
            told = self._ask(name, lambda strategy: strategy.class_of(camera), limits)
            if told == DEFAULT_CLASS:
                return told
            known = self._ask(name, lambda strategy: set(strategy.terms(limits)), limits)
        except (RetentionRefused, PluginError):
            return DEFAULT_CLASS
        return told if told in known and _is_class(told) else DEFAULT_CLASS

    def _name(self, limits: RetentionLimits) -> str:
        try:
            return self._choose(limits)[0]
        except PluginError as error:
            raise RetentionRefused(f"nothing is purged: {error.message}") from error

    def _ask(self, name: str, question: Callable[[RetentionStrategy], T], limits: RetentionLimits) -> T:
        """Ask the strategy in a thread of its own: it may block for ever, and nothing else then does.

        While it blocks it is asked nothing more, or a camera would wait for it again and again.
        """
        if self._stuck is not None and self._stuck.is_alive():
            raise self._no_answer(name)
        answers: list[T] = []
        failures: list[BaseException] = []

        def run() -> None:
            try:
                if name not in self._made:
                    self._made[name] = self._choose(limits)[1]()
                answers.append(question(self._made[name]))
            except BaseException as error:  # noqa: BLE001  whatever a stranger's code raises
                failures.append(error)

        thread = threading.Thread(target=run, name=f"retention {name}", daemon=True)
        thread.start()
        thread.join(self._patience)
        if thread.is_alive():
            self._stuck = thread
            raise self._no_answer(name)
        if failures:
            if isinstance(failures[0], AlprError):
                raise RetentionRefused(f"nothing is purged: {failures[0].message}") from failures[0]
            logger.warning("the retention strategy %s failed: %s", name, type(failures[0]).__name__)
            raise RetentionRefused(
                f"the retention strategy {name!r} failed with {type(failures[0]).__name__}, so nothing is purged"
            ) from failures[0]
        return answers[0]

    def _no_answer(self, name: str) -> RetentionRefused:
        return RetentionRefused(
            f"the retention strategy {name!r} gave no answer within {self._patience:g} seconds, so nothing is "
            "purged: that is a defect of its plugin"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """When reads are due, and by whose word.

    Attributes:
        strategy: its name.
        by_class: of each retention class its rule.
        limits: what the policy's clauses leave.
        clauses: their paragraphs.
    """

    strategy: str
    by_class: Mapping[str, DueRule]
    limits: RetentionLimits
    clauses: tuple[str, ...]

    @property
    def automatic(self) -> Rules:
        """Those that the purge's job acts on by itself."""
        chosen = {name: rule for name, rule in self.by_class.items() if rule.term.automatic}
        return replace(self, by_class=chosen)

    def as_json(self) -> dict[str, dict[str, str]]:
        """Return the rules for an entry."""
        return {name: rule.as_json() for name, rule in self.by_class.items()}


def _is_class(name: object) -> bool:
    return isinstance(name, str) and _CLASS.fullmatch(name) is not None


def _checked(name: str, told: object, limits: RetentionLimits) -> Mapping[str, RetentionTerm]:
    """Return a strategy's answer, once it is one, and inside of the policy.

    Raises:
        RetentionRefused: saying what is wrong with it.
    """
    if not isinstance(told, Mapping) or DEFAULT_CLASS not in told:
        raise RetentionRefused(
            f"the retention strategy {name!r} did not answer with the term of each class, {DEFAULT_CLASS!r} among "
            "them, so nothing is purged: that is a defect of its plugin"
        )
    for retention_class, term in told.items():
        if not _is_class(retention_class) or not _is_term(term):
            raise RetentionRefused(
                f"the retention strategy {name!r} answered nonsense, so nothing is purged: that is a defect of its "
                "plugin"
            )
        _check_inside(name, retention_class, term.period, limits)
    return cast("Mapping[str, RetentionTerm]", dict(told))


def _is_term(term: object) -> bool:
    return (
        isinstance(term, RetentionTerm)
        and isinstance(term.period, Period)
        and term.starts in ("capture", "arrival")
        and isinstance(term.automatic, bool)
    )


def _check_inside(name: str, retention_class: str, period: Period, limits: RetentionLimits) -> None:
    least, most = limits.least, limits.most
    if least is not None and period.usual < least.usual:
        asked = f"at least {least.words}"
    elif most is not None and period.usual > most.usual:
        asked = f"at most {most.words}"
    else:
        return
    raise RetentionRefused(
        f"the retention strategy {name!r} keeps the class {retention_class!r} for {period.words}, and the policy "
        f"asks for {asked}: nothing is purged until the two agree"
    )


def fitting_strategy(limits: RetentionLimits) -> str:
    """Return the name of the strategy of ours that fits a policy.

    Raises:
        RetentionOpen: no clause says how long data is kept.
    """
    if limits.least is None and limits.most is None:
        raise RetentionOpen(
            "no clause says how long reads are kept, so nothing is due: name a strategy and its period under "
            "[retention], with whoever decides on it"
        )
    if limits.follows:
        return "vendor"
    return "schedule" if limits.then in ("may", "should") else "fixed"


def nothing_chosen(_: RetentionLimits) -> tuple[str, Callable[[], RetentionStrategy]]:
    """Choose no strategy: of parts that are put together without one."""
    raise PluginError("no retention strategy was chosen")


NO_RETENTION = RetentionOffice(nothing_chosen)
"""Of a site without a strategy: nothing is ever due."""
