"""Logging in and out."""

from __future__ import annotations

import secrets

from alpr_core.accounts import BADGE
from alpr_core.act import Act
from alpr_core.errors import Denied
from alpr_core.models import Actor, Decision, Finding, Verdict
from alpr_core.passphrase import hash_passphrase, needs_rehash, verify_passphrase
from alpr_core.session import Token, new_token
from alpr_core.store.people import Person

_WRONG = Finding(
    verdict=Verdict.DENY,
    clause="login",
    says="A session opens for an active account and its passphrase.",
    because="the badge number or the passphrase is wrong",
)
"""One answer for a wrong badge, a wrong passphrase and a closed account: it must not tell which accounts exist."""


_REFUSAL = Decision(verdict=Verdict.DENY, findings=(_WRONG,))


def log_in(act: Act, badge: str, passphrase: str) -> tuple[Actor, Token]:
    """Open a session.

    Args:
        act: of nobody yet.
        badge: badge number.
        passphrase: as it was typed.

    Returns:
        Who logged in, and the session's secret for the session file.

    Raises:
        Denied: the badge number or the passphrase is wrong, or the account is closed; recorded as a failed login.
    """
    person, stored = _identified(act, badge, passphrase)
    renewed = hash_passphrase(passphrase) if needs_rehash(stored) else None
    token, session_id = new_token(), secrets.token_hex(8)
    actor = Actor(id=person.id, roles=person.roles, name=person.name)
    with act.becomes(actor).change("person.login") as change:
        change.work.people.start_session(
            token_sha256=token.sha256, session_id=session_id, person_id=person.id, at=act.now
        )
        if renewed is not None:
            change.work.people.set_passphrase_hash(person.id, renewed)
        change.record(person=person.id)
    return actor, token


def person_with(act: Act, badge: str, passphrase: str) -> Person:
    """Return whose badge number and passphrase these are, without a session and without an entry.

    Raises:
        Denied: as `log_in`, but not recorded.
    """
    person, stored = _check(act, badge, passphrase)
    if person is None or stored is None:
        raise Denied(_REFUSAL)
    return person


def identified(act: Act, badge: str, passphrase: str) -> Person:
    """Return whose badge number and passphrase these are, without a session.

    Raises:
        Denied: as `log_in`, and recorded as a failed login.
    """
    return _identified(act, badge, passphrase)[0]


def log_out(act: Act) -> bool:
    """End the session; return whether there was one."""
    if not act.actor.is_known:
        return False
    with act.change("person.logout") as change:
        change.work.people.end_session(act.actor.session, act.now)
        change.record(person=act.actor.id)
    return True


def _identified(act: Act, badge: str, passphrase: str) -> tuple[Person, str]:
    """Return the person and the stored hash; a failure is on record."""
    person, stored = _check(act, badge, passphrase)
    if person is None or stored is None:
        fields: dict[str, object] = {"badge": ascii(badge)[1:-1][:64]}  # it may hold anything
        if person is not None:
            fields["person"] = person.id
        failure = act.report("person.fail", scopes=None, **fields)
        raise Denied(_REFUSAL, failure.first)
    return person, stored


def _check(act: Act, badge: str, passphrase: str) -> tuple[Person | None, str | None]:
    """Return who has this badge number; and the stored hash, if the passphrase is right and the account open."""
    with act.before_login() as people:
        person = people.by_badge(badge) if BADGE.fullmatch(badge) else None
        stored = people.passphrase_hash(person.id) if person else None
    # The same work whether or not there is such an account, and after the snapshot: it is slow by intent.
    is_right = verify_passphrase(stored, passphrase)
    return person, stored if is_right and person is not None and person.active else None
