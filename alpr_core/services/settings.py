"""Accepting settings, and what was accepted before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alpr_core.act import Act
from alpr_core.effective import Change, Pending, difference
from alpr_core.errors import ConfigError, InputError
from alpr_core.models import Actor, Request
from alpr_core.services.login import second_person
from alpr_core.store.accepted import Accepted

ACTION = "config.apply"
AGREE = "config.agree"

Credentials = tuple[str, str]
"""Badge number and passphrase."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Acceptance:
    """Settings that were accepted.

    Attributes:
        entry: index of the ledger entry that says so.
        at: when, UTC.
        who: name of who accepted them, else the pseudonym.
        second: name of who agreed, "" where nobody had to.
        digest: of the settings.
        is_first: whether nothing was accepted before.
        changes: the lines in which they differ from those before; () of the first, where every line is new.
    """

    entry: int
    at: datetime
    who: str
    second: str
    digest: str
    is_first: bool
    changes: tuple[Change, ...]


def check_applicable(act: Act, pending: Pending | None, *, reason: str = "") -> Pending:
    """Return what waits to be accepted, for showing it to who may accept it.

    Raises:
        Denied: by the policy in force.
        InputError: nothing waits.
        ConfigError: it is wrong, or could not be worked under.
    """
    act.admit(ACTION, reason=reason)
    if pending is None:
        raise InputError("There is nothing to accept: the settings are those that were accepted last.")
    if pending.problem or pending.wanted is None:
        raise ConfigError([pending.problem], where="alpr.toml")
    return pending


def apply_settings(
    act: Act, pending: Pending | None, *, second: Credentials | None = None, reason: str = ""
) -> int:
    """Accept the settings as they stand, and return the index of the entry that says so.

    The policy decides that was accepted before: a new one grants nobody the right to bring it in.

    Args:
        act: who accepts them.
        pending: what waits, as the node found it when it was opened.
        second: who agrees; needed where the settings loosen.
        reason: why they change.

    Raises:
        Denied: by the policy, to the one or the other; or the second person's badge or passphrase is wrong.
        InputError: nothing waits, a second person is needed, or others were accepted meanwhile.
        ConfigError: as `check_applicable`.
    """
    waiting = check_applicable(act, pending, reason=reason)
    wanted = waiting.wanted
    assert wanted is not None  # noqa: S101  check_applicable() raises without it
    agreed = ""
    if waiting.loosening:
        if second is None:
            raise InputError(
                "A second person has to agree, for these settings loosen what the old ones held:\n"
                + "\n".join(f"  {each}" for each in waiting.loosening)
            )
        agreed = _agreeing(act, second, reason=reason)
    before = waiting.accepted.digest if waiting.accepted else ""
    with act.change(ACTION, reason=reason) as change:
        if change.work.accepted.digest() != before:
            raise InputError("Other settings were accepted meanwhile: look at the difference again.")
        entry = change.work.ledger.size()  # under the head lock: what is appended next
        change.work.accepted.add(
            Accepted(
                entry=entry,
                digest=wanted.digest,
                text=wanted.text,
                at=act.now,
                person=act.actor.id,
                second=agreed,
            )
        )
        change.record(
            digest=wanted.digest, changes=len(waiting.changes), lines="\n".join(map(str, waiting.changes))
        )
        if before:
            change.record(previous=before)
        if agreed:
            change.record(second=agreed)
    return entry


def _agreeing(act: Act, second: Credentials, *, reason: str) -> str:
    """Return the pseudonym of a second person whom the policy lets agree: as such, or because they may accept."""
    person = second_person(act, *second)
    actor = Actor(id=person.id, roles=person.roles, name=person.name)
    other = act.becomes(actor)
    request = Request(action=ACTION, actor=actor, at=act.now, reason=reason, origin=act.origin)
    if not act.gate.decide(request).allowed:
        other.admit(AGREE, reason=reason)
    return person.id


def accepted_settings(act: Act, *, limit: int = 20) -> list[Acceptance]:
    """Return who accepted which settings, the newest first.

    Args:
        act: who looks.
        limit: at most so many.

    Raises:
        Denied: by the policy.
    """
    with act.look("config.history") as look:
        names = {person.id: person.name for person in look.work.people.all()}
        stored = look.work.accepted.newest_of(limit + 1)
        found = [
            Acceptance(
                entry=one.entry,
                at=one.at,
                who=names.get(one.person, one.person),
                second=names.get(one.second, one.second),
                digest=one.digest,
                is_first=before is None,
                changes=() if before is None else difference(before.document, one.document),
            )
            for one, before in zip(stored, [*stored[1:], None], strict=True)
        ][:limit]
        look.record(count=len(found))
    return found
