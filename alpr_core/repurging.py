"""Purging again, in a database that was restored from a backup, what was purged after the backup was made.

The ledger's entries are there already, and so is their certificate: nothing is recorded here.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alpr_core.errors import StoreError
from alpr_core.models import ReadKey
from alpr_core.retention import DueRule
from alpr_core.store.doomed import Candidate
from alpr_core.store.keys import KeyStore
from alpr_core.store.work import Work

BATCH = 1000
"""Reads destroyed at a time."""


def purge_again(
    work: Work, keys: KeyStore, asof: datetime, zone: str, terms: Mapping[str, Any], held: Set[ReadKey]
) -> int:
    """Destroy the reads that were due at a purge, and return how many there were.

    Args:
        work: the restore's transaction.
        keys: of the restored node.
        asof: the time for which the purge was computed, UTC.
        zone: name of the time zone that its periods count in.
        terms: by retention class what `DueRule.as_json` told.
        held: the reads that a hold kept then.

    Raises:
        StoreError: the entry cannot be understood.
    """
    try:
        rules = {name: DueRule.from_json(term, ZoneInfo(zone)) for name, term in terms.items()}
    except (ValueError, KeyError, TypeError, ZoneInfoNotFoundError) as error:
        raise StoreError("an entry about a purge cannot be understood, so it cannot be done again") from error
    until = {name: rule.newest(asof) for name, rule in rules.items()}
    evidence = work.evidence(keys)
    after: Candidate | None = None
    gone = 0
    while rows := work.purging.candidates(until, after, BATCH):
        due = [
            one
            for one in rows
            if one.key not in held and rules[one.retention_class].due(one.captured_at, one.stored_at) <= asof
        ]
        gone += len(work.purging.destroy(due, evidence, f"{asof:%Y-%m}").reads)
        after = rows[-1]
    return gone
