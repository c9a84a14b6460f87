"""Logging in and out: passphrase, second factor, lockout, and what the policy tells whoever comes in."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from alpr_core.accounts import BADGE
from alpr_core.act import Act
from alpr_core.errors import AlprError, Denied
from alpr_core.models import Actor, Decision, Finding, Verdict
from alpr_core.passphrase import hash_passphrase, needs_rehash, verify_passphrase
from alpr_core.policy import Policy
from alpr_core.policy.rules import Banner
from alpr_core.second_factor import step_of
from alpr_core.session import Token, new_token
from alpr_core.store.logins import Accounts, Logins, LoginState
from alpr_core.store.people import Person
from alpr_core.store.work import Work

MOST_FAILURES, LOCKED_FOR = 5, timedelta(minutes=15)
"""So many failed logins in that time lock an account for as long (CJIS Security Policy AC-7: 5 in 15 minutes)."""

UNUSED_FOR = timedelta(days=90)
"""An account without a login for so long is closed until somebody opens it again (CJIS Security Policy AC-2(3))."""

YEAR = timedelta(days=365)

_NEVER = datetime.min.replace(tzinfo=UTC)

_SAYS = "A session opens for an active account, its passphrase and its second factor."
_WRONG = "the badge number or the passphrase is wrong, or five failed logins have the account locked for 15 minutes"
"""One answer for a wrong badge, a wrong passphrase, a closed and a locked account.

It must not tell which accounts exist; nor, while one is locked, which guess would have been right: guessing would go
on behind the lock, without being counted.
"""


class Credentials(NamedTuple):
    """How a person shows who they are: badge number, passphrase, and the code where there is a second factor."""

    badge: str
    passphrase: str
    code: str = ""


class CodeNeeded(AlprError):
    """The passphrase is right, and the account with this ``badge`` has a second factor: its code is missing."""

    def __init__(self, badge: str) -> None:
        self.badge = badge
        super().__init__("This account has a second factor: give the code of your authenticator (--code).")


class AcknowledgementNeeded(AlprError):
    """The person has to acknowledge what the policy tells whoever logs in; ``text`` is that."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text}\nAcknowledge this to log in (--acknowledge).")


def banner(act: Act) -> str:
    """Return what the policy tells whoever logs in, "" if it tells nothing."""
    policy = act.gate.policy
    clauses = policy.in_force(policy.day(act.now))
    return "\n".join(clause.says for clause in clauses if isinstance(clause.rule, Banner))


def log_in(
    act: Act, badge: str, passphrase: str, *, code: str = "", acknowledged: bool = False
) -> tuple[Actor, Token]:
    """Open a session.

    Args:
        act: of nobody yet.
        badge: badge number.
        passphrase: as it was typed.
        code: six digits of the authenticator, where the account has a second factor.
        acknowledged: whether the person has acknowledged what the policy tells them.

    Returns:
        Who logged in, and the session's secret for the session file.

    Raises:
        Denied: the badge number, the passphrase or the code is wrong, or the account is closed or locked; recorded
            as a failed login.
        CodeNeeded: the account has a second factor, and no code was given.
        AcknowledgementNeeded: the last acknowledgement is more than a year ago, or what the policy says less.
    """
    person, stored, state, step = _identified(act, Credentials(badge, passphrase, code))
    text = banner(act)
    due = bool(text) and _must_acknowledge(act.gate.policy, state, act.now)
    if due and not acknowledged:
        raise AcknowledgementNeeded(text)
    renewed = hash_passphrase(passphrase) if needs_rehash(stored) else None
    token, session_id = new_token(), secrets.token_hex(8)
    actor = Actor(id=person.id, roles=person.roles, name=person.name)
    with act.becomes(actor).change("person.login") as change:
        if _is_locked(change.work.logins, person, act.now):  # guesses at the same time were quicker to fail
            raise Denied(_refusal(_WRONG))
        _use(change.work, person, step)
        change.work.people.start_session(
            token_sha256=token.sha256, session_id=session_id, person_id=person.id, at=act.now
        )
        if renewed is not None:
            change.work.people.set_passphrase_hash(person.id, renewed)
        change.work.logins.note(person.id, last_login=act.now)
        change.work.logins.forget_failures(person.id)
        change.record(person=person.id)
        if due:
            change.work.logins.note(person.id, acknowledged_at=act.now)
            change.also("person.acknowledge", person=person.id)
    return actor, token


def person_with(act: Act, credentials: Credentials) -> Person:
    """Return whose credentials these are, without a session and without an entry.

    Raises:
        Denied: as `log_in`, but not recorded.
    """
    found, problem = _check(act, credentials)
    if found is None:
        raise Denied(_refusal(problem))
    return found.person


def identified(act: Act, credentials: Credentials) -> Person:
    """Return whose credentials these are, without a session; a code is used up, and that is an entry.

    Raises:
        Denied: as `log_in`, and recorded as a failed login.
        CodeNeeded: as `log_in`.
    """
    found = _identified(act, credentials)
    if found.step is not None:
        step = found.step

        def use(work: Work) -> None:
            _use(work, found.person, step)

        act.report("person.confirm", write=use, person=found.person.id)
    return found.person


def log_out(act: Act) -> bool:
    """End the session; return whether there was one."""
    if not act.actor.is_known:
        return False
    with act.change("person.logout") as change:
        change.work.people.end_session(act.actor.session, act.now)
        change.record(person=act.actor.id)
    return True


class _Found(NamedTuple):
    """Whose credentials they are; the stored hash; the time step of the code, if there is a second factor."""

    person: Person
    stored: str
    state: LoginState
    step: int | None


def _identified(act: Act, credentials: Credentials) -> _Found:
    """Return whose credentials these are; a failure is on record, and counted."""
    found, problem = _check(act, credentials)
    if found is not None:
        return found
    badge = credentials.badge
    with act.before_login() as known:
        person = known.people.by_badge(badge) if BADGE.fullmatch(badge) else None
        failures = known.logins.failures(person.id, act.now - 2 * LOCKED_FOR) if person else []
    shown = ascii(badge)[1:-1][:64]  # it may hold anything
    if person is None:
        failure = act.report("person.fail", badge=shown)
        raise Denied(_refusal(problem), failure.first)
    counted = person  # the one that the closure below is about

    def count(work: Work) -> None:
        if not _is_locked(work.logins, counted, act.now):  # or an attacker could lock it for ever
            work.logins.fail(counted.id, act.now)

    locks = _locked_until(failures) <= act.now < _locked_until([*failures, act.now])
    failure = act.report("person.fail", write=count, person=person.id, locked=locks, badge=shown)
    raise Denied(_refusal(problem), failure.first)


def _check(act: Act, credentials: Credentials) -> tuple[_Found | None, str]:
    """Return whose credentials these are, or what is wrong with them.

    Raises:
        CodeNeeded: all is right but for a code that is missing.
    """
    badge, passphrase, code = credentials
    now = act.now
    with act.before_login() as known:
        person = known.people.by_badge(badge) if BADGE.fullmatch(badge) else None
        stored = known.people.passphrase_hash(person.id) if person else None
        state = known.logins.of(person.id) if person else LoginState()
        locked = person is not None and _is_locked(known.logins, person, now)
        closed = person is not None and _is_closed(act, known, person)
    # The same work whether or not there is such an account, and after the snapshot: it is slow by intent.
    is_right = verify_passphrase(stored, passphrase)
    if person is None or stored is None or not is_right or locked or not person.is_active(now):
        return None, _WRONG
    if closed:
        return None, "nobody logged in for 90 days, so the account is closed: ask for alpr-core people reopen"
    if not state.has_second_factor:
        return _Found(person, stored, state, None), ""
    if not code:
        raise CodeNeeded(badge)
    secret = act.unseal(person.id, state.totp_secret or b"").decode("ascii")
    step = step_of(secret, code, now)
    if step is None or (state.totp_step is not None and step <= state.totp_step):
        return None, "the code is wrong, or was used already"
    return _Found(person, stored, state, step), ""


def _is_closed(act: Act, known: Accounts, person: Person) -> bool:
    """Return whether nobody used an account for 90 days, and somebody could open it again.

    The last one who could open accounts is never shut out.
    """
    return _is_unused(known.logins, person, act.now) and any(
        other.id != person.id
        and other.is_active(act.now)
        and bool(act.gate.actions_of(other.roles) & {"person.reopen", "*"})
        and not _is_unused(known.logins, other, act.now)
        for other in known.people.all()
    )


def _is_unused(logins: Logins, person: Person, now: datetime) -> bool:
    return now >= logins.of(person.id).last_used(person.added_at) + UNUSED_FOR


def _locked_until(failures: Sequence[datetime]) -> datetime:
    """Return until when these failures, oldest first, lock an account; a moment long past if they do not.

    The fifth within 15 minutes locks it, for 15 minutes from that one on.
    """
    fifths = zip(failures, failures[MOST_FAILURES - 1 :], strict=False)
    locks = (fifth + LOCKED_FOR for first, fifth in fifths if fifth - first < LOCKED_FOR)
    return max(locks, default=_NEVER)


def _is_locked(logins: Logins, person: Person, now: datetime) -> bool:
    return now < _locked_until(logins.failures(person.id, now - 2 * LOCKED_FOR))


def _use(work: Work, person: Person, step: int | None) -> None:
    """Use a code up.

    Raises:
        Denied: another login was quicker.
    """
    if step is not None and not work.logins.use_step(person.id, step):
        raise Denied(_refusal("the code is wrong, or was used already"))


def _must_acknowledge(policy: Policy, state: LoginState, at: datetime) -> bool:
    if state.acknowledged_at is None:
        return True
    rules = (clause.rule for clause in policy.in_force(policy.day(at)))
    periods = [rule.every for rule in rules if isinstance(rule, Banner) and rule.every is not None]
    ends = [period.after(state.acknowledged_at, policy.zone) for period in periods]
    return at >= min(ends, default=state.acknowledged_at + YEAR)


def _refusal(problem: str) -> Decision:
    finding = Finding(verdict=Verdict.DENY, clause="login", says=_SAYS, because=problem)
    return Decision(verdict=Verdict.DENY, findings=(finding,))
