"""Authority: who may use which system's data, by certificate and agency, until when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from alpr_core.act import Act
from alpr_core.errors import InputError, NotFound
from alpr_core.persons import called, one_else, until
from alpr_core.policy.systems import NO_STATES, systems_known
from alpr_core.store.rights import Authority
from alpr_core.typed import NO_ORI, ORI
from alpr_ledger.entry import format_time

GRANT, REVOKE, LIST = "authority.grant", "authority.revoke", "authority.list"

_SYSTEM = re.compile("[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, kw_only=True, slots=True)
class AuthorityOf:
    """An authority, whose it is, and whether it counts now."""

    authority: Authority
    badge: str
    name: str
    counts: bool


def grant_authority(
    act: Act,
    badge: str,
    system: str,
    *,
    certificate: str = "",
    ori: str = "",
    since: datetime | None = None,
    expires: datetime | None = None,
) -> AuthorityOf:
    """Record that a person may use the data of a system.

    Args:
        act: who grants it.
        badge: of the person.
        system: code: of a state's system, as the pack or a data source calls it; "department", "state", "federal".
        certificate: number of the operator's certificate.
        ori: the agency's identifier at the system, nine characters.
        since: from when, UTC; now if None.
        expires: from when it counts no longer, UTC.

    Raises:
        Denied: by the policy.
        NotFound: nobody with this badge number.
        InputError: it is oneself, or something about it cannot be.
    """
    act.admit(GRANT)
    begins = since or act.now
    if problems := list(_problems(act, system, certificate, ori, begins, expires)):
        raise InputError(" ".join(problems))
    with act.change(GRANT) as change:
        person = one_else(change.work.people, badge, act.actor, act.now, "Nobody authorises themselves.")
        authority = Authority(
            person_id=person.id,
            system=system,
            certificate=certificate,
            ori=ori,
            since=begins,
            expires_at=expires,
            granted_by=act.actor.id,
            granted_at=act.now,
        )
        number = change.work.rights.add_authority(authority)
        change.record(
            scopes=None,
            authority=number,
            person=person.id,
            system=system,
            since=format_time(begins),
            **until(expires),
        )
        named = {"certificate": certificate, "ori": ori}
        change.record(scopes=None, **{name: value for name, value in named.items() if value})
    return AuthorityOf(
        authority=replace(authority, id=number),
        badge=person.badge,
        name=person.name,
        counts=authority.counts(act.now),
    )


def revoke_authority(act: Act, number: int, *, reason: str = "") -> Authority:
    """End an authority, and return it.

    Raises:
        Denied: by the policy.
        NotFound: there is no such authority, or it was ended already.
    """
    act.admit(REVOKE, reason=reason)
    with act.change(REVOKE, reason=reason) as change:
        found = {one.id: one for one in change.work.rights.authorities()}.get(number)
        if found is None or found.revoked_at is not None:
            raise NotFound(f"no authority {number} counts; alpr-core authority list shows them")
        change.work.rights.revoke_authority(number, act.now)
        change.record(authority=number, person=found.person_id, system=found.system)
    return found


def list_authorities(act: Act, badge: str = "") -> list[AuthorityOf]:
    """Return the authorities on record, ended ones too, of one person or of everybody.

    Raises:
        Denied: by the policy.
        NotFound: nobody with this badge number.
    """
    with act.look(LIST) as look:
        people = look.work.people
        wanted = called(people, badge, act.now).id if badge else ""
        names = {person.id: person for person in people.all()}
        found = [
            AuthorityOf(
                authority=one,
                badge=names[one.person_id].badge,
                name=names[one.person_id].name,
                counts=one.counts(act.now),
            )
            for one in look.work.rights.authorities(wanted)
        ]
        look.record(count=len(found))
    return found


def _problems(
    act: Act, system: str, certificate: str, ori: str, since: datetime, expires: datetime | None
) -> Iterator[str]:
    if not _SYSTEM.fullmatch(system):
        known = systems_known(act.gate.policy, act.gate.policy.day(act.now), act.systems)
        yield f"A system is a code of the pack: {', '.join((*known, *NO_STATES))}."
    if len(certificate) > 64 or not (certificate.isprintable()):
        yield "A certificate's number has at most 64 printable characters."
    if ori and not ORI.fullmatch(ori):
        yield NO_ORI
    if expires is not None and expires <= since:
        yield "The authority would end before it begins."
