"""The people of a node: adding an account, and listing them with their roles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from alpr_core.accounts import check_account
from alpr_core.act import Act
from alpr_core.combinations import clash, pairs, smallest_staffing
from alpr_core.entries import PERSON
from alpr_core.errors import InputError
from alpr_core.models import Actor
from alpr_core.passphrase import hash_passphrase
from alpr_core.services.accounts import check_second, tell_of_rights
from alpr_core.store.people import Person, new_person_id


@dataclass(frozen=True, kw_only=True, slots=True)
class RoleHolders:
    """A role of the pack, what it may do, and who has it.

    Attributes:
        code: what ``people add --role`` takes.
        title: what the department calls it.
        actions: what the pack grants to it, in alphabetical order.
        people: badge numbers.
    """

    code: str
    title: str
    actions: tuple[str, ...]
    people: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Combinations:
    """Which roles go together.

    Attributes:
        pairs: each two roles of the pack, and why one person cannot hold both; "" if one can.
        staffing: the smallest number of persons who can hold all roles, each with theirs.
    """

    pairs: tuple[tuple[str, str, str], ...]
    staffing: tuple[tuple[str, ...], ...]


def role_combinations(act: Act) -> Combinations:
    """Return which roles one person may hold together, and the smallest workable staffing.

    Raises:
        Denied: by the policy.
    """
    act.admit("person.list")
    return Combinations(pairs=tuple(pairs(act.gate)), staffing=tuple(smallest_staffing(act.gate)))


def before_adding(act: Act) -> None:
    """Ask leave to add a person before anything is typed; a denial is recorded.

    Raises:
        Denied: by the policy.
    """
    act.admit("person.add")


def add_person(
    act: Act,
    *,
    badge: str,
    name: str,
    roles: Iterable[str],
    passphrase: str,
    title: str = "",
    contractor: bool = False,
    person_id: str = "",
    second: Actor | None = None,
) -> Person:
    """Make an account.

    Args:
        act: who adds it.
        badge: badge number, the login name; one account each.
        name: legal name; on the ledger it is only committed to.
        roles: codes of the policy pack, at least one.
        passphrase: of the new person.
        title: job title.
        contractor: whether it is an independent contractor.
        person_id: the pseudonym; a new one if "".
        second: who agrees (`accounts.agreed_to_rights`), where the roles approve, manage, audit or administer.

    Raises:
        Denied: by the policy.
        InputError: with everything that is wrong with the answers, or if the badge number has an account.
    """
    act.admit("person.add")
    name, wanted = " ".join(name.split()), frozenset(roles)
    check_account(badge=badge, name=name, roles=wanted, known=act.gate.policy.roles, passphrase=passphrase)
    if why := clash(act.gate, wanted):
        raise InputError(why)
    passphrase_hash = hash_passphrase(passphrase)  # slow by intent, so before the lock
    person = Person(
        id=person_id or new_person_id(),
        badge=badge,
        name=name,
        roles=wanted,
        active=True,
        added_at=act.now,
        added_by=act.actor.delegated_by or act.actor.id,
        title=" ".join(title.split()),
        contractor=contractor,
    )
    with act.change("person.add") as change:
        if change.work.people.by_badge(badge) is not None:
            raise InputError(f"Badge {badge} has an account already: one person, one account.")
        said = check_second(act, change.work.people, wanted, second, person.id)
        person = replace(person, alone=bool(said.get("alone")))
        change.work.people.add(person, passphrase_hash)
        change.record(
            scopes={PERSON: person.id}, person=person.id, roles=sorted(wanted), name=name, badge=badge
        )
        change.record(scopes=None, **said)
    tell_of_rights(act, wanted, change)
    return person


def list_people(act: Act) -> list[Person]:
    """Return every account, by badge number.

    Raises:
        Denied: by the policy.
    """
    with act.look("person.list") as look:
        people = look.work.people.all()
        look.record(count=len(people))
    return people


def list_roles(act: Act) -> list[RoleHolders]:
    """Return the pack's roles, what each may do, and who has it.

    Raises:
        Denied: by the policy.
    """
    gate = act.gate
    people = list_people(act)
    return [
        RoleHolders(
            code=code,
            title=title,
            actions=tuple(sorted(gate.actions_of([code]))),
            people=tuple(person.badge for person in people if code in person.roles),
        )
        for code, title in gate.policy.roles.items()
    ]
