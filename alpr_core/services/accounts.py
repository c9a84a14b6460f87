"""What becomes of an account: its roles, its second factor, its passphrase, and its end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from alpr_core.accounts import check_account
from alpr_core.act import Act
from alpr_core.combinations import SENSITIVE, clash
from alpr_core.errors import InputError
from alpr_core.models import Actor
from alpr_core.passphrase import check_passphrase, hash_passphrase
from alpr_core.persons import one_else
from alpr_core.recording import Change
from alpr_core.second_factor import new_secret, step_of
from alpr_core.services.login import Credentials, identified
from alpr_core.services.notices import tell
from alpr_core.services.second_person import agreed
from alpr_core.store.people import People, Person
from alpr_core.store.work import Work
from alpr_ledger.entry import format_time

GRANT, AGREE, LEAVE, REOPEN = "person.grant", "person.agree", "person.leave", "person.reopen"
RESET, TOTP, PASSPHRASE = "person.reset", "person.totp", "person.passphrase"


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaving:
    """What an account's end ended, and what somebody has to take over.

    Attributes:
        person: whose account it is.
        at: from when it is closed, UTC.
        sessions: how many were ended.
        authorities: how many were ended.
        delegations: how many, to and from the person, were ended.
        to_take_over: what is left to somebody else, a sentence each.
    """

    person: Person
    at: datetime
    sessions: int
    authorities: int
    delegations: int
    to_take_over: tuple[str, ...]


def needs_second(act: Act, roles: Iterable[str], badge: str = "") -> bool:
    """Return whether two persons give these roles to whom: sensitive ones, once somebody else could agree."""
    if not SENSITIVE & set(roles):
        return False
    with act.before_login() as known:
        to = known.people.by_badge(badge)
        return others_could_agree(act, known.people, to.id if to else "")


def needs_second_to_lose(act: Act, badge: str, removed: Iterable[str] | None = None) -> bool:
    """Return whether two persons take these roles, or all that somebody has, away: else one could send the rest off.

    Args:
        act: who takes them.
        badge: of the person.
        removed: codes; None for all.
    """
    with act.before_login() as known:
        person = known.people.by_badge(badge)
        if person is None:
            return False
        lost = person.roles if removed is None else person.roles & set(removed)
        return bool(SENSITIVE & lost) and others_could_agree(act, known.people, person.id)


def others_could_agree(act: Act, people: People, to: str = "") -> bool:
    """Return whether anybody could agree but the one who acts and the one ``to`` whom rights are given."""
    mine = {act.actor.id, act.actor.delegated_by, to}
    return any(
        person.id not in mine
        and person.is_active(act.now)
        and act.gate.actions_of(person.roles) & {AGREE, GRANT, "*"}
        for person in people.all()
    )


def agreed_to_rights(act: Act, credentials: Credentials) -> Actor:
    """Return the second person, who agrees to sensitive roles. Errors as `second_person.agreed`."""
    return agreed(act, credentials, doing=GRANT, agreeing=AGREE)


def check_second(
    act: Act, people: People, roles: Iterable[str], second: Actor | None, person: str = ""
) -> dict[str, object]:
    """Refuse sensitive roles to which nobody agreed though somebody could; return what the entry says of it.

    Raises:
        InputError: saying so.
    """
    if not (given := sorted(SENSITIVE & set(roles))):
        return {}
    if second is not None and second.id not in (act.actor.id, person):
        return {"second": second.id, "alone": False}
    if others_could_agree(act, people, person):
        titles = act.gate.policy.titles(given)
        raise InputError(
            f"Two persons make somebody {titles}, or end that: a second one has to agree, who is neither of you."
        )
    return {"alone": True}


def grant_roles(
    act: Act,
    badge: str,
    *,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
    second: Actor | None = None,
    reason: str = "",
) -> Person:
    """Change the roles of an account, and return it as it was before.

    Args:
        act: who changes them.
        badge: of the person; somebody else.
        add: codes of the pack.
        remove: likewise.
        second: who agrees (`agreed_to_rights`), where sensitive roles are given or taken.
        reason: why.

    Raises:
        Denied: by the policy.
        NotFound: nobody with this badge number.
        InputError: it is oneself, a role is none of the pack's, they cannot be one person's, none would be left, or
            a second person has to agree.
    """
    act.admit(GRANT, reason=reason)
    added, removed = frozenset(add), frozenset(remove)
    with act.change(GRANT, reason=reason) as change:
        people = change.work.people
        person = one_else(people, badge, act.actor, act.now, "Nobody changes their own roles.")
        roles = (person.roles | added) - removed
        check_account(
            badge=badge, name=person.name, roles=roles, known=act.gate.policy.roles, passphrase=None
        )
        if why := clash(act.gate, roles):
            raise InputError(why)
        changed = (added - person.roles) | (removed & person.roles)
        said = check_second(act, people, changed, second, person.id)
        people.set_roles(person.id, roles)
        change.record(
            scopes=None,
            person=person.id,
            added=sorted(roles - person.roles),
            removed=sorted(person.roles - roles),
            **said,
        )
    tell_of_rights(act, roles - person.roles, change)
    return person


def tell_of_rights(act: Act, roles: Iterable[str], change: Change) -> None:
    """Tell whoever gives rights that an account was given sensitive ones, by a change that is committed."""
    if SENSITIVE & set(roles):
        tell(act, "account.rights", entry=_entry(change))


def _entry(change: Change) -> int:
    assert change.receipt is not None  # noqa: S101  it is set where the change ends
    return change.receipt.first


def leave(act: Act, badge: str, on: datetime, *, second: Actor | None = None, reason: str = "") -> Leaving:
    """Close an account for good from a moment on: its sessions, authorities and delegations end with it.

    Args:
        act: who closes it.
        badge: of the person.
        on: from when, UTC; the rights end by themselves then, or at once if it is past.
        second: who agrees (`agreed_to_rights`), where the person has a sensitive role.
        reason: why.

    Raises:
        Denied: by the policy.
        NotFound: nobody with this badge number.
        InputError: it is oneself, or a second person has to agree.
    """
    act.admit(LEAVE, reason=reason)
    with act.change(LEAVE, reason=reason) as change:
        work = change.work
        person = one_else(work.people, badge, act.actor, act.now, "Nobody closes their own account.")
        said = check_second(act, work.people, person.roles, second, person.id)
        at, now = max(on, act.now), act.now
        left = _left_behind(work, person, at)
        sessions = authorities = delegations = 0
        if at <= now:
            sessions = work.people.end_sessions(person.id, now)
            for authority in work.rights.authorities(person.id):
                if authority.revoked_at is None:
                    work.rights.revoke_authority(authority.id, now)
                    authorities += 1
            for delegation in work.rights.delegations():
                if delegation.revoked_at is None and person.id in (delegation.person_id, delegation.given_by):
                    work.rights.revoke_delegation(delegation.id, now)
                    delegations += 1
        work.people.set_leaving(person.id, at)
        ended = {"sessions": sessions, "authorities": authorities, "delegations": delegations}
        change.record(scopes=None, person=person.id, **{"from": format_time(at)}, **ended, **said)
    return Leaving(person=person, at=at, **ended, to_take_over=left)


def reopen(act: Act, badge: str, *, reason: str = "") -> Person:
    """Open an account again that was locked, or closed because nobody logged in for 90 days.

    An end that was set for a day to come is taken back.

    Raises:
        Denied: by the policy.
        NotFound: nobody with this badge number.
        InputError: it is one's own.
    """
    act.admit(REOPEN, reason=reason)
    with act.change(REOPEN, reason=reason) as change:
        person = one_else(
            change.work.people, badge, act.actor, act.now, "Somebody else opens your account again."
        )
        if person.leaves_at is not None:
            change.work.people.set_leaving(person.id, None)
        change.work.logins.note(person.id, reopened_at=act.now)
        change.work.logins.forget_failures(person.id)
        change.record(person=person.id, stays=person.leaves_at is not None)
    return person


def reset_second_factor(act: Act, badge: str, *, reason: str = "") -> Person:
    """Take a second factor that was lost off an account; its owner is told at the next login.

    Raises:
        Denied: by the policy.
        NotFound: nobody with this badge number.
        InputError: it is one's own, or there is none.
    """
    act.admit(RESET, reason=reason)
    with act.change(RESET, reason=reason) as change:
        work = change.work
        person = one_else(
            work.people, badge, act.actor, act.now, "Somebody else takes your second factor off."
        )
        if not work.logins.of(person.id).has_second_factor:
            raise InputError(f"Badge {person.badge} has no second factor.")
        work.logins.note(person.id, totp_secret=None, totp_step=None, reset_at=act.now, reset_by=act.actor.id)
        work.people.end_sessions(person.id, act.now)
        change.record(person=person.id)
    tell(act, "account.reset", badge=person.badge, entry=_entry(change))
    return person


def before_second_factor(act: Act) -> str:
    """Return a secret for the second factor of whoever is logged in, to be shown once; nothing is stored yet.

    Raises:
        Denied: by the policy.
    """
    act.admit(TOTP)
    return new_secret()


def set_second_factor(act: Act, secret: str, code: str) -> None:
    """Give the account of whoever is logged in a second factor, proved by a first code.

    Args:
        act: whose it is.
        secret: as `before_second_factor` made it.
        code: six digits that the authenticator shows for it.

    Raises:
        Denied: by the policy.
        InputError: the code is not one of this secret, or there is a second factor already.
    """
    act.admit(TOTP)
    step = step_of(secret, code, act.now)
    if step is None:
        raise InputError("This code is not one of that secret now. Is the telephone's clock right?")
    sealed = act.seal(act.actor.id, secret.encode("ascii"))
    with act.change(TOTP) as change:
        if change.work.logins.of(act.actor.id).has_second_factor:
            raise InputError("This account has a second factor. Somebody else takes it off: people reset.")
        change.work.logins.note(act.actor.id, totp_secret=sealed, totp_step=step, reset_at=None, reset_by="")
        change.record(person=act.actor.id)


def change_passphrase(act: Act, credentials: Credentials, new: str) -> int:
    """Change the passphrase of whoever is logged in; their other sessions end, and how many is returned.

    Args:
        act: whose it is.
        credentials: the old passphrase, and a code where there is a second factor.
        new: as it was typed.

    Raises:
        Denied: by the policy, or the old passphrase is wrong; recorded.
        InputError: the new one is too easy to guess, or the old one again.
    """
    act.admit(PASSPHRASE)
    person = identified(act, credentials)
    if person.id != act.actor.id:
        raise InputError("These are not the credentials of whoever is logged in.")
    if new == credentials.passphrase:
        raise InputError("The new passphrase is the old one.")
    check_passphrase(new, badge=person.badge, name=person.name)
    hashed = hash_passphrase(new)
    with act.change(PASSPHRASE) as change:
        change.work.people.set_passphrase_hash(person.id, hashed)
        ended = change.work.people.end_sessions(person.id, act.now, but=act.actor.session)
        change.record(person=person.id, sessions=ended)
    tell(act, "account.passphrase", badge=person.badge, entry=_entry(change))
    return ended


def own_badge(act: Act) -> str:
    """Return the badge number of whoever is logged in, who knows it.

    Raises:
        Denied: nobody is.
    """
    act.admit(PASSPHRASE)
    with act.before_login() as known:
        person = known.people.by_id(act.actor.id)
    return person.badge if person else ""


def told_of_reset(act: Act) -> str:
    """Return what whoever is logged in should know of their second factor: that somebody took it off; or ""."""
    with act.before_login() as known:
        state = known.logins.of(act.actor.id)
        who = known.people.by_id(state.reset_by)
    if state.reset_at is None:
        return ""
    at = state.reset_at.astimezone(act.gate.policy.zone).isoformat(sep=" ", timespec="minutes")
    return f"Your second factor was taken off by {who.name if who else 'somebody'} at {at}."


def _left_behind(work: Work, person: Person, at: datetime) -> tuple[str, ...]:
    left = [
        f"delegation {one.id} as {one.office}, to somebody"
        for one in work.rights.delegations()
        if one.given_by == person.id and one.revoked_at is None and (one.until is None or one.until > at)
    ]
    left += [
        f"document {one.id}, {one.title}, of which this person is the owner"
        for one in work.documents.all()
        if one.owner == person.name
    ]
    left += [
        f"request {one.id} for an approval waits" for one in work.approvals.all(person.id) if not one.verdict
    ]
    left += [
        f"incident {one.id}, which this person opened, is open"
        for one in work.incidents.all(open_only=True)
        if one.opened_by == person.id
    ]
    return tuple(left)
