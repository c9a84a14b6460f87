"""Trainings: recording them, listing them, and finding who lacks one that the policy asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from alpr_core.act import Act
from alpr_core.errors import InputError
from alpr_core.periods import Period
from alpr_core.personal import training_ends, unmet_rule
from alpr_core.persons import called, one_else, until
from alpr_core.policy import Gate, Policy
from alpr_core.policy.rules import Strength
from alpr_core.policy.rules import Training as TrainingRule
from alpr_core.policy.systems import names_of, systems_known
from alpr_core.programme import Document, DocumentKind
from alpr_core.store.people import Person
from alpr_core.store.rights import Authority, Training
from alpr_ledger.entry import format_time

RECORD, LIST = "training.record", "training.list"
AREAS = ("operate", "access")
"""What a policy asks trainings for; the others are for a state's system, by its code."""

SOON = timedelta(days=30)
"""A training that ends within this time is due to be repeated."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingOf:
    """A training, whose it is, and until when it counts.

    Attributes:
        training: as it was recorded.
        badge: of whose it is.
        name: of whose it is.
        ends: from when it counts no longer, UTC, by its own expiry or the policy's period; None for never.
        counts: whether it counts now.
    """

    training: Training
    badge: str
    name: str
    ends: datetime | None
    counts: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A training that a person needs for what their roles may do, or for a state's system, and lacks or soon will.

    Attributes:
        badge: of the person.
        name: of the person.
        area: "operate", "access", or the system's code.
        clause: the paragraph that asks for it, or where the system's rule is written.
        ends: when the one on record ends or ended, UTC; None where there never was one.
        lacking: whether it is lacking now.
    """

    badge: str
    name: str
    area: str
    clause: str
    ends: datetime | None
    lacking: bool


def record_training(
    act: Act,
    badge: str,
    course: str,
    *,
    area: str = "",
    held: datetime,
    expires: datetime | None = None,
) -> TrainingOf:
    """Record that a person passed a training; somebody else records it.

    Args:
        act: who records it.
        badge: of the person.
        course: number or title of a course of the programme file, which says what it is for and how long it counts;
            or, with ``area``, what any other course was called.
        area: "operate", "access" or the code of a state's system, for a course that is not on file.
        held: when it was passed, UTC.
        expires: from when it counts no longer, UTC; a course's own period may end it sooner.

    Raises:
        Denied: by the policy.
        NotFound: nobody with this badge number.
        InputError: it is one's own training, there is no such course or area, or a date cannot be.
    """
    act.admit(RECORD)
    area = area.lower()
    systems = systems_known(act.gate.policy, act.gate.policy.day(act.now), act.systems)
    if area not in ("", *AREAS, *systems):
        raise InputError(f"A training is for {', '.join((*AREAS, *systems))}: {area!a} is none of them.")
    if held > act.now:
        raise InputError("A training is recorded once it was passed: the date lies ahead.")
    if expires is not None and expires <= held:
        raise InputError("The training would expire before it was passed.")
    with act.change(RECORD) as change:
        person = one_else(
            change.work.people, badge, act.actor, act.now, "A training is recorded by somebody else."
        )
        known = change.work.documents.all(DocumentKind.COURSE)
        title, area, ends = _course(act.gate.policy, known, course, area, held, expires)
        training = Training(
            person_id=person.id,
            area=area,
            course=title,
            held_at=held,
            expires_at=ends,
            recorded_by=act.actor.id,
            recorded_at=act.now,
        )
        number = change.work.rights.add_training(training)
        change.record(
            scopes=None,
            training=number,
            person=person.id,
            area=area,
            held=format_time(held),
            course=title,
            **until(ends),
        )
    return _of(act, training, person)


def list_trainings(act: Act, badge: str = "") -> list[TrainingOf]:
    """Return the trainings on record, of one person or of everybody.

    Raises:
        Denied: by the policy.
        NotFound: nobody with this badge number.
    """
    with act.look(LIST) as look:
        people = look.work.people
        wanted = called(people, badge, act.now).id if badge else ""
        names = {person.id: person for person in people.all()}
        found = [_of(act, one, names[one.person_id]) for one in look.work.rights.trainings(wanted)]
        look.record(count=len(found))
    return found


def training_gaps(act: Act) -> list[Gap]:
    """Return who has a role whose acts need a training, or authority for a system that asks for one, and lacks it.

    So does who will lack it within 30 days.

    Raises:
        Denied: by the policy.
    """
    with act.look(LIST) as look:
        people = [person for person in look.work.people.all() if person.is_active(act.now)]
        trainings = look.work.rights.trainings()
        granted = look.work.rights.authorities()
        found = [
            gap
            for person in people
            for gap in (*_gaps(act, person, trainings), *_gaps_of_systems(act, person, granted, trainings))
        ]
        look.record(count=len(found))
    return found


def _gaps(act: Act, person: Person, trainings: list[Training]) -> Iterator[Gap]:
    policy, now = act.gate.policy, act.now
    for area, clause in _needed(policy, person, now).items():
        ends = [
            training_ends(policy, area, one.held_at, one.expires_at, now)
            for one in trainings
            if one.person_id == person.id and one.area == area
        ]
        if None in ends:
            continue
        last = max((each for each in ends if each), default=None)
        if last is None or last <= now + SOON:
            yield Gap(
                badge=person.badge,
                name=person.name,
                area=area,
                clause=clause,
                ends=last,
                lacking=last is None or last <= now,
            )


def _gaps_of_systems(
    act: Act, person: Person, granted: list[Authority], trainings: list[Training]
) -> Iterator[Gap]:
    policy, now = act.gate.policy, act.now
    for code, system in act.systems.items():
        names = names_of(policy, policy.day(now), code)
        mine = [one for one in granted if one.person_id == person.id and one.system in names]
        if not any(one.counts(now) for one in mine):
            continue
        since = min(one.since for one in mine)
        passed = {
            one.held_at: training_ends(policy, code, one.held_at, one.expires_at, now, act.systems)
            for one in trainings
            if one.person_id == person.id and one.area == code
        }
        held = [
            [day for day, ends in passed.items() if ends is None or at < ends] for at in (now, now + SOON)
        ]
        if (rule := unmet_rule(system, held[1], since, now + SOON)) is not None:
            yield Gap(
                badge=person.badge,
                name=person.name,
                area=code,
                clause=rule.source,
                ends=max((ends for ends in passed.values() if ends), default=None),
                lacking=unmet_rule(system, held[0], since, now) is not None,
            )


def _needed(policy: Policy, person: Person, at: datetime) -> dict[str, str]:
    """Return the areas of training that the person's roles need, each with the paragraph that asks for it."""
    mine = Gate(policy).actions_of(person.roles)
    needed: dict[str, str] = {}
    for clause in policy.in_force(policy.day(at)):
        rule = clause.rule
        if not isinstance(rule, TrainingRule) or clause.strength is Strength.MAY:
            continue
        if mine & {*rule.action}:
            needed.setdefault(rule.area, clause.id)
    return needed


def _course(
    policy: Policy,
    known: list[Document],
    course: str,
    area: str,
    held: datetime,
    expires: datetime | None,
) -> tuple[str, str, datetime | None]:
    """Return title, area and end of what was passed."""
    title = " ".join(course.split())
    if not title or len(title) > 200 or not title.isprintable():
        raise InputError("The course's title has 1 to 200 printable characters.")
    if area:
        return title, area, expires
    found = [one for one in known if title in (str(one.id), one.title)]
    if not found:
        on_file = ", ".join(f"{one.id} {one.title}" for one in known) or "none"
        raise InputError(
            f"The programme file has no course {title!r}, but {on_file}. For another one say what it is for: --area"
        )
    one = found[-1]
    ends = [expires] if expires else []
    if one.valid:
        ends.append(Period.parse(one.valid).after(held, policy.zone))
    return one.title, one.area, min(ends, default=None)


def _of(act: Act, training: Training, person: Person) -> TrainingOf:
    ends = training_ends(
        act.gate.policy, training.area, training.held_at, training.expires_at, act.now, act.systems
    )
    return TrainingOf(
        training=training,
        badge=person.badge,
        name=person.name,
        ends=ends,
        counts=training.held_at <= act.now and (ends is None or act.now < ends),
    )
