"""What is worth a second look in a policy that is right: blanks, gaps, open numbers, rights that nobody has."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import NamedTuple

from alpr_core.policy.effective import Policy
from alpr_core.policy.gate import Gate
from alpr_core.policy.pack import Clause, Pack
from alpr_core.policy.rules import EVERYONE, AccessRecord, Purposes, Strength, Verification
from alpr_core.policy.rules.data import RECIPIENTS, Release
from alpr_core.problems import suggestion


class Remark(NamedTuple):
    """One thing to look at.

    Attributes:
        clause: id of the clause, "" where it is about the whole policy.
        says: what there is to see.
    """

    clause: str
    says: str


EXPECTED: tuple[tuple[str, str], ...] = (
    ("training", "who may operate a reader or open its data only after a training"),
    ("retention", "how long reads are kept"),
    ("access_record", "that data is reached only through a login, and that every access is recorded"),
    ("release", "to whom data is released"),
    ("referral", "who answers requests from outside law enforcement"),
    ("verification", "that a hit is verified before anybody acts on it alone"),
    ("transfer_limit", "how often a vehicle's data is moved to the server"),
    ("audit_schedule", "how often the system is audited"),
)
"""The rule kinds of which the published policies that we know have most, and what a clause of each would say."""


def lint(
    policy: Policy, actions: Collection[str], on: date, systems: Collection[str] | None = None
) -> Iterator[Remark]:
    """Yield what is worth a second look.

    Args:
        policy: right as far as its form goes.
        actions: the acts there are; () leaves out which of them nobody may do.
        on: today, where the node is.
        systems: codes of the states' systems that installed data sources ask; None leaves them out.
    """
    for pack in policy.packs:
        yield from _about_the_paper(pack, on)
        for clause in pack.clauses:
            yield from _about_a_clause(clause)
            if systems is not None:
                yield from _about_its_system(clause, systems)
    yield from _conflicts(policy, on)
    if policy.pack.kind == "department":
        yield from _gaps(policy)
        yield from _rights(policy, actions)


def _about_the_paper(pack: Pack, on: date) -> Iterator[Remark]:
    of = f"{pack.id}: " if pack.kind == "overlay" else ""
    if pack.status == "template":
        yield Remark("", f"{of}is a template: fill it in, and take the status away")
    if pack.status == "temporary" and pack.review is None:
        yield Remark("", f"{of}is temporary, and no day is named by which it is reviewed (review)")
    if pack.review is not None and pack.review < on:
        yield Remark("", f"{of}was to be reviewed by {pack.review}, and that day is past")
    if pack.kind == "overlay" and pack.effective > on:
        yield Remark("", f"{of}is silent until {pack.effective}")


def _about_a_clause(clause: Clause) -> Iterator[Remark]:
    if not clause.says:
        what = "it has no words to show to whom it denies something"
        if not clause.rule.speaks:
            what = "nobody knows what it asks for; ask who keeps the document"
        yield Remark(clause.id, f"is blank: {what}")
    elif clause.kept == "by_hand":
        missing = [
            what
            for what, given in (
                ("who sees to it (who)", clause.who),
                ("where that is recorded (where)", clause.where),
            )
            if not given
        ]
        if missing:
            yield Remark(clause.id, f"is kept by hand, and does not say {' or '.join(missing)}")
    for name, value in clause.open.items():
        yield Remark(clause.id, f"{name} is open: {value.open}. Usually found: {value.found}")


def _about_its_system(clause: Clause, systems: Collection[str]) -> Iterator[Remark]:
    rule = clause.rule
    if isinstance(rule, Verification) and rule.system not in systems:
        near = suggestion(rule.system, systems)
        yield Remark(
            clause.id,
            f"no installed data source asks {rule.system!r}: it can only be reported what it answered.{near}",
        )


def _conflicts(policy: Policy, on: date) -> Iterator[Remark]:
    """Say what leaves nothing, today and from the day on which an overlay begins to speak."""
    told = set()
    for day in sorted({on, *(overlay.effective for overlay in policy.overlays if overlay.effective > on)}):
        for limit in policy.conflicts(day):
            if limit.conflict in told:
                continue
            told.add(limit.conflict)
            when = "" if day == on else f"from {day} on, "
            yield Remark("", f"{when}two clauses leave nothing between them. {limit.conflict}")


def _gaps(policy: Policy) -> Iterator[Remark]:
    binding = [clause.rule for clause in policy.clauses if clause.strength is not Strength.MAY]
    if policy.purposes and not any(isinstance(rule, Purposes) for rule in binding):
        yield Remark("", "lists purposes, and no clause demands one")
    kinds = {clause.rule.kind for clause in policy.clauses if not _says_nobody(clause)}
    for kind, what in EXPECTED:
        if kind not in kinds:
            yield Remark("", f"has no clause that says {what} (rule '{kind}')")
    records = [rule for rule in binding if isinstance(rule, AccessRecord)]
    if records and not any("name" in rule.fields for rule in records):
        yield Remark("", "has no clause that demands the name of whoever has access (rule 'access_record')")


def _says_nobody(clause: Clause) -> bool:
    """Return whether a release clause sets conditions for everybody, and so does not say to whom data is released."""
    rule = clause.rule
    return isinstance(rule, Release) and not rule.verified and set(rule.to) == set(RECIPIENTS)


def _rights(policy: Policy, actions: Collection[str]) -> Iterator[Remark]:
    gate = Gate(policy)
    shared = gate.actions_of([])
    for role, title in policy.roles.items():
        if gate.actions_of([role]) <= shared:
            yield Remark("", f"role {role!r} ({title}) may do nothing more than {EVERYONE}")
    granted = gate.actions_of(policy.roles)
    nobody = sorted(action for action in actions if action not in granted and "*" not in granted)
    if nobody:
        yield Remark("", f"nobody may do: {', '.join(nobody)}")
