"""People, their roles and their sessions."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.models import Actor
from alpr_core.store.tables import Row, person, person_role, session


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """One account.

    Attributes:
        id: pseudonym that stands on the ledger.
        badge: badge number; the login name.
        name: legal name.
        roles: what the pack calls them.
        title: job title, for the list of who is authorised.
        contractor: whether this person is an independent contractor.
        active: whether this person may log in.
        added_at: UTC.
        added_by: pseudonym of who added the account; the own one for the first person.
        leaves_at: from when the account is closed for good, UTC; None if nobody has said so.
        alone: whether one person made the account by themselves, where two would have been asked later.
    """

    id: str
    badge: str
    name: str
    roles: frozenset[str]
    active: bool
    added_at: datetime
    added_by: str
    title: str = ""
    contractor: bool = False
    leaves_at: datetime | None = None
    alone: bool = False

    def is_active(self, at: datetime) -> bool:
        """Whether this person may log in at a moment."""
        return self.active and (self.leaves_at is None or at < self.leaves_at)


def new_person_id() -> str:
    """Return a pseudonym for the ledger: random, so that it says nothing about the person."""
    return f"p{secrets.token_hex(8)}"


class People:
    """The people inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, one: Person, passphrase_hash: str) -> None:
        """Store an account with its roles."""
        self._connection.execute(
            sa.insert(person).values(
                id=one.id,
                badge=one.badge,
                name=one.name,
                title=one.title,
                contractor=one.contractor,
                passphrase_hash=passphrase_hash,
                active=one.active,
                added_at=one.added_at,
                added_by=one.added_by,
                leaves_at=one.leaves_at,
                alone=one.alone,
            )
        )
        roles = [{"person_id": one.id, "role": role} for role in sorted(one.roles)]
        if roles:
            self._connection.execute(sa.insert(person_role), roles)

    def all(self) -> list[Person]:
        """Return every account, by badge."""
        people = self._connection.execute(sa.select(person).order_by(person.c.badge)).mappings().all()
        roles: dict[str, set[str]] = {}
        for row in self._connection.execute(sa.select(person_role)).mappings():
            roles.setdefault(row["person_id"], set()).add(row["role"])
        return [_as_person(row, frozenset(roles.get(row["id"], ()))) for row in people]

    def badges(self) -> dict[str, str]:
        """Return everybody's badge number, by pseudonym: also of those who have left."""
        return {row.id: row.badge for row in self._connection.execute(sa.select(person.c.id, person.c.badge))}

    def count(self) -> int:
        """Return how many accounts were ever made; a closed one counts."""
        return self._connection.scalar(sa.select(sa.func.count()).select_from(person)) or 0

    def by_badge(self, badge: str) -> Person | None:
        """Return the account of this badge number."""
        return self._one(person.c.badge == badge)

    def by_id(self, person_id: str) -> Person | None:
        """Return the account of this pseudonym."""
        return self._one(person.c.id == person_id)

    def passphrase_hash(self, person_id: str) -> str | None:
        """Return the stored argon2id hash."""
        return self._connection.scalar(sa.select(person.c.passphrase_hash).where(person.c.id == person_id))

    def set_passphrase_hash(self, person_id: str, passphrase_hash: str) -> None:
        """Store a new hash of the passphrase."""
        self._connection.execute(
            sa.update(person).where(person.c.id == person_id).values(passphrase_hash=passphrase_hash)
        )

    def set_roles(self, person_id: str, roles: frozenset[str]) -> None:
        """Store which roles a person has."""
        self._connection.execute(sa.delete(person_role).where(person_role.c.person_id == person_id))
        rows = [{"person_id": person_id, "role": role} for role in sorted(roles)]
        if rows:
            self._connection.execute(sa.insert(person_role), rows)

    def set_leaving(self, person_id: str, at: datetime | None) -> None:
        """Store from when an account is closed for good."""
        self._connection.execute(sa.update(person).where(person.c.id == person_id).values(leaves_at=at))

    def end_sessions(self, person_id: str, at: datetime, *, but: str = "") -> int:
        """End the sessions of a person, all but one, and return how many."""
        mine = session.c
        done = self._connection.execute(
            sa.update(session)
            .where(mine.person_id == person_id, mine.ended_at.is_(None), mine.id != but)
            .values(ended_at=at)
        )
        return done.rowcount

    def end_all_sessions(self, at: datetime) -> None:
        """End everybody's sessions: what opens them may lie anywhere."""
        self._connection.execute(sa.update(session).where(session.c.ended_at.is_(None)).values(ended_at=at))

    def start_session(self, *, token_sha256: str, session_id: str, person_id: str, at: datetime) -> None:
        """Store a new session; its token's hash only."""
        self._connection.execute(
            sa.insert(session).values(
                token_sha256=token_sha256, id=session_id, person_id=person_id, started_at=at, last_seen=at
            )
        )

    def end_session(self, session_id: str, at: datetime) -> None:
        """End a session."""
        self._connection.execute(sa.update(session).where(session.c.id == session_id).values(ended_at=at))

    def session_actor(self, token_sha256: str, idle_since: datetime, at: datetime) -> Actor | None:
        """Return who holds this session.

        Args:
            token_sha256: hex hash of the token.
            idle_since: a session not used since then is over.
            at: the moment, UTC.

        Returns:
            None if there is no such session, it was ended, was idle too long, or its person is not active.
        """
        rows = self._connection.execute(
            _BY_TOKEN, {"token": token_sha256, "idle_since": idle_since, "at": at}
        )
        return _as_actor(rows.mappings().all())

    def current(self, actor: Actor, at: datetime) -> Actor | None:
        """Return the actor with the rights of this moment, None if the session or the person has ended."""
        rows = self._connection.execute(_BY_SESSION, {"session": actor.session, "person": actor.id, "at": at})
        return _as_actor(rows.mappings().all())

    def touch_session(self, session_id: str, at: datetime) -> None:
        """Note that a session was used."""
        self._connection.execute(_TOUCH, {"session": session_id, "moment": at})

    def _one(self, condition: sa.ColumnElement[bool]) -> Person | None:
        row = self._connection.execute(sa.select(person).where(condition)).mappings().first()
        if row is None:
            return None
        roles = self._connection.scalars(
            sa.select(person_role.c.role).where(person_role.c.person_id == row["id"])
        )
        return _as_person(row, frozenset(roles))


def _as_person(row: Row, roles: frozenset[str]) -> Person:
    return Person(
        id=row["id"],
        badge=row["badge"],
        name=row["name"],
        roles=roles,
        active=row["active"],
        added_at=row["added_at"],
        added_by=row["added_by"],
        title=row["title"],
        contractor=row["contractor"],
        leaves_at=row["leaves_at"],
        alone=row["alone"],
    )


def _as_actor(rows: Sequence[Row]) -> Actor | None:
    """Return the actor of a session's rows, one for each role."""
    if not rows:
        return None
    roles = frozenset(row["role"] for row in rows if row["role"])
    return Actor(id=rows[0]["id"], name=rows[0]["name"], session=rows[0]["session"], roles=roles)


# Every act runs these, so they are built once.
_SESSION = (
    sa.select(session.c.id.label("session"), person.c.id, person.c.name, person_role.c.role)
    .join_from(session, person)
    .join(person_role, person_role.c.person_id == person.c.id, isouter=True)
    .where(
        session.c.ended_at.is_(None),
        person.c.active,
        sa.or_(person.c.leaves_at.is_(None), person.c.leaves_at > sa.bindparam("at")),
    )
)
_BY_TOKEN = _SESSION.where(
    session.c.token_sha256 == sa.bindparam("token"), session.c.last_seen >= sa.bindparam("idle_since")
)
_BY_SESSION = _SESSION.where(session.c.id == sa.bindparam("session"), person.c.id == sa.bindparam("person"))
_TOUCH = (
    sa.update(session).where(session.c.id == sa.bindparam("session")).values(last_seen=sa.bindparam("moment"))
)
