"""When nobody is left who can add persons: whoever holds the backup passphrase appoints somebody.

The passphrase takes two of three holders, or the paper in the safe. Nobody can be logged in, so there is nobody whom
the gate could ask: what stands for its leave is that secret, and the entry says so.
"""

from __future__ import annotations

from dataclasses import replace

from alpr_core.accounts import check_account
from alpr_core.act import Act
from alpr_core.backup.secret import read_recipient
from alpr_core.combinations import clash
from alpr_core.entries import PERSON
from alpr_core.errors import InputError, VerificationFailed
from alpr_core.passphrase import hash_passphrase
from alpr_core.store.people import Person, new_person_id
from alpr_core.store.work import Work

APPOINT, ADD = "person.appoint", "person.add"


def check_holder(act: Act, secret: bytes) -> None:
    """Check that somebody holds the backup passphrase of this node; a wrong one is recorded.

    Args:
        act: of nobody.
        secret: of the passphrase, or of two shares.

    Raises:
        NotFound: no backup passphrase was ever made.
        VerificationFailed: it is another.
    """
    recipient = read_recipient(act.images.folder.parent)
    if not recipient.fits(secret):
        act.report("act.deny", action=APPOINT)
        raise VerificationFailed(
            f"this is not the backup passphrase of this node (its key is {recipient.id}); recorded"
        )


def appoint(act: Act, secret: bytes, *, badge: str, name: str, passphrase: str) -> Person:
    """Give somebody the role that adds persons: a new account, or one that is there.

    An account that is there gets a new passphrase, loses its second factor and its sessions, and is open again.

    Args:
        act: of nobody.
        secret: of the backup passphrase.
        badge: badge number.
        name: legal name; of an account that is there, its own is kept.
        passphrase: the new one.

    Raises:
        VerificationFailed: the backup passphrase is another; recorded.
        InputError: with everything that is wrong with the answers, or the account's roles do not go with that one.
    """
    check_holder(act, secret)
    role = next(role for role in act.gate.policy.roles if act.gate.actions_of([role]) & {ADD, "*"})
    with act.before_login() as accounts:
        known = accounts.people.by_badge(badge)
    name = " ".join(name.split()) if known is None else known.name
    roles = frozenset({role}) | (frozenset() if known is None else known.roles)
    check_account(badge=badge, name=name, roles=[role], known=act.gate.policy.roles, passphrase=passphrase)
    if why := clash(act.gate, roles):
        raise InputError(f"{why} Appoint somebody else.")
    hashed = hash_passphrase(passphrase)
    if known is None:
        person_id = new_person_id()
        person = Person(
            id=person_id,
            badge=badge,
            name=name,
            roles=roles,
            active=True,
            added_at=act.now,
            added_by=person_id,
        )
    else:
        person = replace(known, roles=roles, leaves_at=None)

    def write(work: Work) -> None:
        if known is None:
            work.people.add(person, hashed)
            return
        work.people.set_roles(person.id, roles)
        work.people.set_passphrase_hash(person.id, hashed)
        work.people.set_leaving(person.id, None)
        work.people.end_sessions(person.id, act.now)
        work.logins.note(
            person.id,
            totp_secret=None,
            totp_step=None,
            reopened_at=act.now,
            reset_at=act.now,
            reset_by="system:appoint",
        )
        work.logins.forget_failures(person.id)

    act.report(
        APPOINT,
        scopes={PERSON: person.id},
        write=write,
        person=person.id,
        role=role,
        new=known is None,
        name=name,
        badge=badge,
    )
    return person
