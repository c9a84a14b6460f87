"""What a department posts of its policy, and the same as a record for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from alpr_core.policy.effective import Policy
from alpr_core.policy.words import limits_of, notices

MADE_BY = "alpr-core policy publish"
"""Stands in ``policy.json``, by which a folder is known as one that may be replaced."""


class Paper(NamedTuple):
    """A document of the programme: guidelines, a procedure, a monitoring plan.

    Attributes:
        title: what it is called.
        owner: who answers for it.
        dated: the day it carries.
        review: the day by which it is looked at again.
        sha256: hex hash of its bytes, so that whoever has it can tell that it is this one; "" where there is no file.
    """

    title: str
    owner: str
    dated: date
    review: date | None
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Publication:
    """What is posted.

    Attributes:
        policy: in force, or to be.
        on: the day of posting, where the department is.
        papers: of the programme.
        designee: title and name of who oversees the operation; "" where that is not known.
        adoption: who adopted it, as a sentence; None while nobody has.
    """

    policy: Policy
    on: date
    papers: Sequence[Paper] = ()
    designee: str = ""
    adoption: object = None


def as_json(publication: Publication) -> dict[str, Any]:
    """Return a publication for programs: the packs are whole, so that they can be read again."""
    policy = publication.policy
    return {
        "format": 1,
        "made_by": MADE_BY,
        "published": publication.on.isoformat(),
        "policy": policy.id,
        "version": policy.version,
        "digest": policy.digest,
        "notices": notices(policy, publication.adoption),
        "packs": [{"digest": pack.digest, "pack": pack.as_json()} for pack in policy.packs],
        "choices": {
            name: {"follow": choice.follow, "source": choice.source}
            for name, choice in policy.choices.items()
        },
        "limits": [
            {
                "limit": limit.name,
                "at_least": str(limit.least[0]) if limit.least else None,
                "at_least_by": limit.least[1].id if limit.least else None,
                "at_most": str(limit.most[0]) if limit.most else None,
                "at_most_by": limit.most[1].id if limit.most else None,
            }
            for limit in limits_of(policy, publication.on)
        ],
        "documents": [
            {
                "title": paper.title,
                "owner": paper.owner,
                "dated": paper.dated.isoformat(),
                "review": paper.review.isoformat() if paper.review else None,
                "sha256": paper.sha256,
            }
            for paper in publication.papers
        ],
        "designee": publication.designee,
    }
