"""The register of agencies, and requests for data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.store.tables import Row, agency, agency_person, release_request

RELEASED, REFUSED = "released", "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """How somebody, or an agency, was verified to be who they say.

    Attributes:
        method: in words.
        verified_at: UTC.
        added_by: pseudonym of who put it on record.
        ended_at: from when it counts no longer, UTC.
    """

    method: str
    verified_at: datetime
    added_by: str
    added_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Agency:
    """An agency on the register.

    Attributes:
        recipient_class: "law_enforcement", "prosecutor" or "other".
        state: code in small letters: "or", "ma", "federal".
        ori: its identifier, "" if it has none.
    """

    id: int = 0
    name: str
    recipient_class: str
    state: str
    ori: str
    verified: Verified


@dataclass(frozen=True, kw_only=True, slots=True)
class AgencyPerson:
    """A person of an agency on the register."""

    id: int = 0
    agency: Agency
    name: str
    verified: Verified

    @property
    def counts(self) -> bool:
        """Whether person and agency are still on the register."""
        return self.verified.ended_at is None and self.agency.verified.ended_at is None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseRequest:
    """A request for data.

    Attributes:
        recipient_class: "law_enforcement", "prosecutor" or "other".
        person: who asks, if they are on the register.
        requester: who asks, in words.
        wanted: what they ask for, in words.
        legal_basis: the law or order that permits it, "" if none was named.
        referred_to: roles of the pack whose office answers it; () where nobody in particular does.
        outcome: "", "released" or "refused".
        entry: index of the ledger entry of the outcome.
    """

    id: int = 0
    recipient_class: str
    person: AgencyPerson | None = None
    requester: str
    wanted: str
    legal_basis: str
    case: str
    received_by: str
    received_at: datetime
    referred_to: tuple[str, ...] = ()
    outcome: str = ""
    closed_by: str = ""
    closed_at: datetime | None = None
    entry: int | None = None


class Releases:
    """Register and requests inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_agency(self, one: Agency) -> int:
        """Put an agency on the register, and return its number."""
        return self._insert(
            agency,
            name=one.name,
            recipient_class=one.recipient_class,
            state=one.state,
            ori=one.ori,
            **_verification(one.verified),
        )

    def add_person(self, one: AgencyPerson) -> int:
        """Put a person of an agency on the register, and return their number."""
        return self._insert(
            agency_person, agency_id=one.agency.id, name=one.name, **_verification(one.verified)
        )

    def agencies(self) -> list[Agency]:
        """Return the agencies, in order, those that ended too."""
        query = sa.select(agency).order_by(agency.c.id)
        return [_as_agency(row) for row in self._connection.execute(query).mappings()]

    def persons(self) -> list[AgencyPerson]:
        """Return the persons of all agencies, in order, those that ended too."""
        by_id = {one.id: one for one in self.agencies()}
        query = sa.select(agency_person).order_by(agency_person.c.id)
        return [
            AgencyPerson(
                id=row["id"], agency=by_id[row["agency_id"]], name=row["name"], verified=_verified(row)
            )
            for row in self._connection.execute(query).mappings()
        ]

    def end_agency(self, number: int, at: datetime) -> None:
        """Take an agency off the register."""
        self._connection.execute(sa.update(agency).where(agency.c.id == number).values(ended_at=at))

    def end_person(self, number: int, at: datetime) -> None:
        """Take a person off the register."""
        chosen = agency_person.c.id == number
        self._connection.execute(sa.update(agency_person).where(chosen).values(ended_at=at))

    def ask(self, one: ReleaseRequest) -> int:
        """Store a request, and return its number."""
        return self._insert(
            release_request,
            recipient_class=one.recipient_class,
            person_id=one.person.id if one.person else None,
            requester=one.requester,
            wanted=one.wanted,
            legal_basis=one.legal_basis,
            case_number=one.case,
            received_by=one.received_by,
            received_at=one.received_at,
            referred_to=list(one.referred_to),
            outcome="",
            closed_by="",
        )

    def request(self, number: int) -> ReleaseRequest | None:
        """Return one request."""
        found = self._requests(release_request.c.id == number)
        return found[0] if found else None

    def requests(self, *, referred_only: bool = False) -> list[ReleaseRequest]:
        """Return the requests, newest first; those from outside law enforcement only, if so asked."""
        if referred_only:
            return self._requests(release_request.c.recipient_class == "other")
        return self._requests(sa.true())

    def close(self, number: int, outcome: str, *, by: str, at: datetime, entry: int) -> None:
        """Note what became of a request."""
        self._connection.execute(
            sa.update(release_request)
            .where(release_request.c.id == number, release_request.c.outcome == "")
            .values(outcome=outcome, closed_by=by, closed_at=at, entry=entry)
        )

    def _requests(self, chosen: sa.ColumnElement[bool]) -> list[ReleaseRequest]:
        persons = {one.id: one for one in self.persons()}
        query = sa.select(release_request).where(chosen).order_by(release_request.c.id.desc())
        return [_as_request(row, persons) for row in self._connection.execute(query).mappings()]

    def _insert(self, table: sa.Table, **values: Any) -> int:
        key = self._connection.execute(sa.insert(table).values(values)).inserted_primary_key
        return int(key[0]) if key else 0


def _verification(one: Verified) -> dict[str, Any]:
    return {
        "method": one.method,
        "verified_at": one.verified_at,
        "added_by": one.added_by,
        "added_at": one.added_at,
    }


def _verified(row: Row) -> Verified:
    return Verified(
        method=row["method"],
        verified_at=row["verified_at"],
        added_by=row["added_by"],
        added_at=row["added_at"],
        ended_at=row["ended_at"],
    )


def _as_agency(row: Row) -> Agency:
    return Agency(
        id=row["id"],
        name=row["name"],
        recipient_class=row["recipient_class"],
        state=row["state"],
        ori=row["ori"],
        verified=_verified(row),
    )


def _as_request(row: Row, persons: dict[int, AgencyPerson]) -> ReleaseRequest:
    return ReleaseRequest(
        id=row["id"],
        recipient_class=row["recipient_class"],
        person=persons.get(row["person_id"]),
        requester=row["requester"],
        wanted=row["wanted"],
        legal_basis=row["legal_basis"],
        case=row["case_number"],
        received_by=row["received_by"],
        received_at=row["received_at"],
        referred_to=tuple(row["referred_to"]),
        outcome=row["outcome"],
        closed_by=row["closed_by"],
        closed_at=row["closed_at"],
        entry=row["entry"],
    )
