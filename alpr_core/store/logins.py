"""What is known of a person's logins, as it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.store.people import People
from alpr_core.store.tables import login_failure, login_state


@dataclass(frozen=True, kw_only=True, slots=True)
class LoginState:
    """What is known of one person's logins.

    Attributes:
        last_login: UTC; None if there was none.
        reopened_at: when somebody opened the account again, UTC.
        acknowledged_at: when the person last acknowledged what the policy tells them, UTC.
        totp_secret: of the second factor, wrapped by the person's key; None if there is none.
        totp_step: the last time step of it that was used.
        reset_at: when a second factor was taken off, UTC.
        reset_by: pseudonym of who did.
    """

    last_login: datetime | None = None
    reopened_at: datetime | None = None
    acknowledged_at: datetime | None = None
    totp_secret: bytes | None = None
    totp_step: int | None = None
    reset_at: datetime | None = None
    reset_by: str = ""

    @property
    def has_second_factor(self) -> bool:
        """Whether the person has to give a code."""
        return self.totp_secret is not None

    def last_used(self, added_at: datetime) -> datetime:
        """Return when somebody last logged in to the account, opened it again, or added it, UTC."""
        return max(filter(None, (self.last_login, self.reopened_at, added_at)))


class Logins:
    """The logins inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, person_id: str) -> LoginState:
        """Return what is known of a person's logins; nothing yet is an answer."""
        query = sa.select(login_state).where(login_state.c.person_id == person_id)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            return LoginState()
        return LoginState(**{name: row[name] for name in LoginState.__dataclass_fields__})

    def note(self, person_id: str, **changed: object) -> None:
        """Store what changed of it: fields of `LoginState`."""
        done = self._connection.execute(
            sa.update(login_state).where(login_state.c.person_id == person_id).values(**changed)
        )
        if done.rowcount == 0:
            values = {"person_id": person_id, "reset_by": "", **changed}
            self._connection.execute(sa.insert(login_state).values(**values))

    def use_step(self, person_id: str, step: int) -> bool:
        """Note a time step of the second factor as used; return False if it, or a later one, was used before."""
        known = login_state.c
        done = self._connection.execute(
            sa.update(login_state)
            .where(known.person_id == person_id, sa.or_(known.totp_step.is_(None), known.totp_step < step))
            .values(totp_step=step)
        )
        return done.rowcount == 1

    def fail(self, person_id: str, at: datetime) -> None:
        """Note a failed login."""
        self._connection.execute(sa.insert(login_failure).values(person_id=person_id, at=at))

    def failures(self, person_id: str, since: datetime) -> list[datetime]:
        """Return when logins failed after a moment, oldest first."""
        query = sa.select(login_failure.c.at).where(
            login_failure.c.person_id == person_id, login_failure.c.at > since
        )
        return list(self._connection.scalars(query.order_by(login_failure.c.at)))

    def forget_failures(self, person_id: str) -> None:
        """Forget the failed logins of a person who is in, or whose account was opened again."""
        self._connection.execute(sa.delete(login_failure).where(login_failure.c.person_id == person_id))


class Accounts(NamedTuple):
    """What a login is checked against, and nothing else of the store."""

    people: People
    logins: Logins
