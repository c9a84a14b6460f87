"""The keys that sign the ledger: looking at them, handing over to a new one, revoking a former one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alpr_core.act import Act
from alpr_core.errors import InputError, NotFound
from alpr_ledger.entry import parse_time

EPOCH = timedelta(days=1)
"""How long a key signs: whoever steals it later can forge nothing that is older."""

EPOCH_ENTRIES = 1_000_000
"""How many entries a key signs at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerKey:
    """One signing key.

    Attributes:
        id: its key ID, 8 hex digits.
        vkey: its verifier key.
        first: the first size that it may sign for.
        last: the last one; None while it is current.
        since: when it began to sign, UTC.
    """

    id: str
    vkey: str
    first: int
    last: int | None
    since: datetime


def list_keys(act: Act) -> list[LedgerKey]:
    """Return every key that ever signed, oldest first.

    Raises:
        Denied: by the policy.
    """
    return _look(act)[0]


def is_due(act: Act) -> bool:
    """Return whether the current key has signed for a day, or for a million entries.

    Raises:
        Denied: by the policy.
    """
    keys, size = _look(act)
    return act.now - keys[-1].since >= EPOCH or size - keys[-1].first >= EPOCH_ENTRIES


def rotate_key(act: Act, *, reason: str = "") -> str:
    """Hand the ledger over to a new key, whose verifier key is returned; the old secret is erased.

    Raises:
        Denied: by the policy.
        LedgerUnwritable: nothing was changed.
        StoreError: the new key signs, and the old one's file could not be erased.
    """
    with act.change("key.rotate", reason=reason) as change:
        successor = change.hand_over()
    return successor


def revoke_key(act: Act, key_id: str, last: int, *, reason: str = "") -> LedgerKey:
    """Revoke a key from the size after `last` on, and return it; the current one hands over first.

    Args:
        act: who revokes.
        key_id: its key ID, or the whole verifier key.
        last: the last size for which its signature counts.
        reason: why.

    Raises:
        Denied: by the policy.
        NotFound: no key has that ID.
        InputError: the key never signed that size.
    """
    act.admit("key.revoke", reason=reason)
    keys, size = _look(act)
    key = next((one for one in keys if key_id in (one.id, one.vkey)), None)
    if key is None:
        raise NotFound(f"No key {key_id}. There are: {', '.join(one.id for one in keys)}")
    end = size if key.last is None else key.last
    if not 0 <= last <= end:
        raise InputError(
            f"The key {key.id} has signed up to size {end}; {last} cannot be its last good size."
        )
    if key.last is None:
        rotate_key(act, reason=reason)
    with act.change("key.revoke", reason=reason) as change:
        change.revoke_key(key.vkey, last)
    return replace(key, last=last)


def _look(act: Act) -> tuple[list[LedgerKey], int]:
    with act.look("key.list") as look:
        ledger = look.work.ledger
        keys = [
            LedgerKey(
                id=vkey.split("+")[1],
                vkey=vkey,
                first=first,
                last=last,
                since=parse_time(str(ledger.entry(first - 1).body["t"])),
            )
            for vkey, first, last in ledger.key_ranges()
        ]
        size = ledger.size()
        look.record(count=len(keys))
    return keys, size
