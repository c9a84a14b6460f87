"""Looking at the hits: the reads that met a hotlist, each with its explanation, and how far one of them is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from alpr_core.act import Act
from alpr_core.models import Hit, Read
from alpr_core.raised import hit_of, read_of
from alpr_core.store.hits import Disposal
from alpr_core.store.verifications import HitState, state_of, waits_until
from alpr_core.store.verifications import Verification as Made

LIST, SHOW = "hit.list", "hit.show"


@dataclass(frozen=True, kw_only=True, slots=True)
class OneHit:
    """Everything about one hit.

    Attributes:
        hit: as it was raised.
        read: its read, with the kinds of its images.
        state: how far it is.
        made: how it was verified, in the order of time.
        disposal: what became of it, None while it is open or where it was withdrawn.
        waits_until: until when a confirmation that was asked for is to be answered, UTC; None where none is.
        overdue: whether that is over.
        badges: the badge numbers of who verified and disposed, by their pseudonyms.
    """

    hit: Hit
    read: Read
    state: HitState
    made: tuple[Made, ...]
    disposal: Disposal | None
    waits_until: datetime | None
    overdue: bool
    badges: Mapping[str, str]


def list_hits(
    act: Act, *, hotlist: str = "", limit: int = 100, purpose: str = "", case: str = "", reason: str = ""
) -> list[Hit]:
    """Return hits, newest first; they leave once the look is on the ledger.

    Args:
        act: who looks.
        hotlist: of this list only, "" for all.
        limit: at most so many.
        purpose: purpose code of the pack.
        case: case or incident number.
        reason: free text.

    Raises:
        Denied: by the policy.
    """
    with act.look(LIST, purpose=purpose, case=case, reason=reason) as look:
        hits = look.work.hits.newest(limit, hotlist)
        look.record(count=len(hits), result=json.dumps([hit.id for hit in hits]))
    return hits


def show_hit(act: Act, hit_id: str, *, purpose: str = "", case: str = "", reason: str = "") -> OneHit:
    """Return everything about one hit.

    Raises:
        Denied: by the policy.
        NotFound: there is no such hit.
    """
    with act.look(SHOW, purpose=purpose, case=case, reason=reason) as look:
        work = look.work
        hit = hit_of(work, hit_id)
        read = read_of(work, hit)
        made = work.verifications.of(hit.id)
        due = waits_until(made, live=act.is_live)
        shown = OneHit(
            hit=hit,
            read=replace(read, images=tuple(image.kind for image in work.reads.images(read.key))),
            state=state_of(hit.disposition, made, live=act.is_live),
            made=made,
            disposal=work.hits.disposal(hit.id),
            waits_until=due,
            overdue=due is not None and due <= act.now,
            badges=work.people.badges(),
        )
        look.record(hit=hit.id, read=str(hit.read), state=shown.state.value, count=len(made))
    return shown
