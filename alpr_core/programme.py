"""What a department writes down beside its policy: its documents, its designee, and that it adopted the policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class DocumentKind(StrEnum):
    """What a document of the programme is."""

    GUIDELINE = "guideline"
    PROCEDURE = "procedure"
    MONITORING_PLAN = "monitoring_plan"
    COURSE = "course"
    DESIGNEE = "designee"
    SCHEDULE = "schedule"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One document of the programme.

    Attributes:
        id: number within the node, 0 before it is stored.
        kind: what it is.
        title: what it is called; of a designee, the office.
        owner: who answers for it; of a designee, the person.
        dated: the day it carries; of a designee, the first day.
        review: the day by which it is looked at again.
        sha256: of its bytes, "" where there is no file.
        file: the file's name.
        area: of a course, what it is for: "operate" or "access".
        roles: of a course, whom it is for: codes of the pack.
        valid: of a course, how long it counts, as an ISO 8601 period.
        added_at: UTC.
        withdrawn_at: UTC; None while it counts.
    """

    id: int = 0
    kind: DocumentKind
    title: str
    owner: str
    dated: date
    review: date | None = None
    sha256: str = ""
    file: str = ""
    area: str = ""
    roles: tuple[str, ...] = ()
    valid: str = ""
    added_at: datetime
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Adoption:
    """That a department adopted a policy, and answers for it.

    Attributes:
        policy_digest: of exactly the policy that was adopted, overlays and filled-in values included.
        adopted_by: name and office.
        adopted_on: the day, where the department is.
        counsel: who reviewed it.
        reviewed_on: when counsel did.
    """

    policy_digest: str
    adopted_by: str
    adopted_on: date
    counsel: str
    reviewed_on: date

    def __str__(self) -> str:
        return (
            f"Adopted by {self.adopted_by} on {self.adopted_on}; "
            f"reviewed by counsel, {self.counsel}, on {self.reviewed_on}."
        )


def designee(documents: Sequence[Document], on: date) -> Document | None:
    """Return who the designee is on a day: the one whose first day is the latest by then."""
    begun = [one for one in documents if one.kind is DocumentKind.DESIGNEE and one.dated <= on]
    return max(begun, key=lambda one: (one.dated, one.id), default=None)
