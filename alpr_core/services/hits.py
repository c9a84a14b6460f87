"""Looking at the hits: the reads that met a hotlist, each with its explanation."""

from __future__ import annotations

import json

from alpr_core.act import Act
from alpr_core.models import Hit


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
    with act.look("hit.list", purpose=purpose, case=case, reason=reason) as look:
        hits = look.work.hits.newest(limit, hotlist)
        look.record(count=len(hits), result=json.dumps([hit.id for hit in hits]))
    return hits
