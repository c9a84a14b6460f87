"""Destroying the records of accesses once their own period is over: a read's end does not end them."""

from __future__ import annotations

from alpr_core.act import Act
from alpr_core.periods import Period
from alpr_core.policy.rules import AccessRecordKept
from alpr_core.retention import RetentionOpen
from alpr_core.services.timekeeping import trusted_now
from alpr_core.store.access_records import ACCESS, end_of

PURGE = "access.purge"

LEAST = Period.parse("P1Y")
"""Records of access are kept for a year at least (CJIS Security Policy AU-11), whatever a policy says."""


def purge_access_records(act: Act) -> int:
    """Destroy what stands behind the access records of months whose period is over; return how many values and rows.

    The ledger's entries stay, and every proof with them: who did what, when, by which clause. What was searched for,
    why, and for which case is gone.

    Raises:
        Denied: by the policy.
        RetentionOpen: the policy leaves the period open.
        StoreError: a key cannot be erased; it is tried again.
    """
    period = _kept_for(act)
    asof, gone = trusted_now(act), 0
    for month in _months(act):
        if period.after(end_of(month), act.gate.policy.zone) <= asof:
            gone += _destroy(act, month, period)
    if gone:
        act.reclaim()
        act.erase_unneeded_keys()
    return gone


def _kept_for(act: Act) -> Period:
    """Return how long access records are kept, from the end of their month.

    Raises:
        RetentionOpen: a clause leaves the period open.
    """
    policy = act.gate.policy
    today = policy.day(act.now)
    for clause in policy.in_force(today):
        if isinstance(clause.rule, AccessRecordKept) and clause.rule.at_least is None:
            raise RetentionOpen(
                f"[{clause.id}] leaves open how long records of access are kept, so none is destroyed: fill it in "
                "under [policy.values], with its source"
            )
    limit = policy.limit("access_record", today)
    asked = limit.least[0] if limit.least else LEAST
    return max(asked, LEAST, key=lambda one: one.usual)


def _destroy(act: Act, month: str, period: Period) -> int:
    with act.change(PURGE) as change:
        count = change.work.access_records.destroy(month)
        change.evidence.may_go([f"{ACCESS}/{month}"])
        change.record(month=month, count=count, period=str(period))
    return count


def _months(act: Act) -> list[str]:
    """Return the months, ``2026-11`` in UTC, that access records lie under a key of."""
    return [key_id.partition("/")[2] for key_id in act.images.keys.ids() if key_id.startswith(f"{ACCESS}/")]
