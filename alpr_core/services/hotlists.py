"""Hotlists: which there are, and those that people keep, plate by plate. `hotlist_import` reads them from files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from alpr_core import plates
from alpr_core.act import Act
from alpr_core.approval import Approval
from alpr_core.errors import InputError, NotFound
from alpr_core.models import HotlistEntry
from alpr_core.origins import PERSONAL_FIELDS, personal_in
from alpr_core.reasons import check_reason
from alpr_core.services.approvals import ask
from alpr_core.store.hotlist_checks import check_entry, checked_name
from alpr_core.store.hotlists import BY_HAND, HotlistSummary


class Removed(NamedTuple):
    """What taking a plate off a list did: entries that went, and open hits that were withdrawn with them."""

    entries: int
    withdrawn: int


def add_to_hotlist(
    act: Act,
    entry: HotlistEntry,
    *,
    name: str,
    purpose: str,
    case: str = "",
    reason: str = "",
    approval: int = 0,
) -> HotlistEntry:
    """Put one plate, or partial plate, on a list that is kept by hand, and return it as it stands there.

    Args:
        act: who adds it.
        entry: its plate as a person wrote it.
        name: the list's; it is made if it is new.
        purpose: purpose code of the pack.
        case: case or incident number; it stands in the entry too.
        reason: free text; it stands in the entry too.
        approval: number of the approval that was given for exactly this entry; it is used.

    Raises:
        Denied: by the policy.
        InputError: there is something wrong with the entry, it has no reason or no end, or the list comes from
            imports.
    """
    facts = _facts_of(entry, reason)
    if not approval:  # with one, what it was given for is compared first
        act.admit("hotlist.add", purpose=purpose, case=case, reason=reason, facts=facts)
    name, entry = checked_name(name), _made_by_hand(act, entry, case, reason)
    with act.change(
        "hotlist.add",
        purpose=purpose,
        case=case,
        reason=reason,
        facts=facts,
        approval=approval,
        query=_selection(name, entry),
    ) as change:
        if change.work.hotlists.source(name) not in (None, BY_HAND):
            raise InputError(
                f"the hotlist {name!r} comes from imports, and the next one would drop this plate: name another one"
            )
        change.work.hotlists.add(name, BY_HAND, entry, act.now)
        change.record(hotlist=name, plate=entry.plate)
    return entry


def ask_to_add(
    act: Act, entry: HotlistEntry, *, name: str, purpose: str, case: str = "", reason: str = ""
) -> Approval:
    """Ask for the approval to put exactly this plate on a list, and return the request with its number.

    Args as `add_to_hotlist`.

    Raises:
        Denied: by the policy.
        InputError: it needs no approval, or there is something wrong with the entry.
    """
    act.admit("approval.request", reason=reason)
    facts = _facts_of(entry, reason)
    name, entry = checked_name(name), _made_by_hand(act, entry, case, reason)
    return ask(
        act,
        "hotlist.add",
        purpose=purpose,
        case=case,
        reason=reason,
        query=_selection(name, entry),
        plate=entry.plate,
        facts=facts,
    )


def _made_by_hand(act: Act, entry: HotlistEntry, case: str, reason: str) -> HotlistEntry:
    """Return an entry as it will stand on the list.

    Raises:
        InputError: there is something wrong with it.
    """
    entry = replace(
        entry, plate=plates.parse(entry.plate), added_by=act.actor.id, reason=reason, case_number=case
    )
    check_entry(entry)
    if not reason.strip() or entry.expires is None:
        raise InputError(
            "A plate that is listed by hand needs a reason (--reason) and an end (--expires): what nobody takes off "
            "again would be looked for forever."
        )
    check_reason(reason)
    if entry.expires <= act.now:
        raise InputError("this entry would have expired already")
    return entry


def _selection(name: str, entry: HotlistEntry) -> str:
    """Return what is to be looked for as text: an approval is for exactly that."""
    expires = entry.expires.isoformat() if entry.expires else None
    wanted = {"list": name, "plate": entry.plate, "state": entry.state, "category": entry.category}
    return json.dumps({**wanted, "expires": expires}, sort_keys=True)


def remove_from_hotlist(
    act: Act, plate: str, *, name: str, purpose: str, case: str = "", reason: str = ""
) -> Removed:
    """Take a plate off a list; hits on it that are still open are withdrawn.

    Args:
        act: who removes it.
        plate: as a person wrote it; a partial plate is meant as itself, not as what it fits.
        name: the list's.
        purpose: purpose code of the pack.
        case: case or incident number.
        reason: free text.

    Raises:
        Denied: by the policy.
        NotFound: it is not on that list.
    """
    act.admit("hotlist.remove", purpose=purpose, case=case, reason=reason)
    name, plate = checked_name(name), plates.parse(plate)
    with act.change("hotlist.remove", purpose=purpose, case=case, reason=reason) as change:
        removed = change.work.hotlists.remove(name, plate, act.now)
        if not removed:
            raise NotFound(f"this plate is not on a hotlist {name!r}; hotlist list shows which there are")
        withdrawn = change.work.hits.withdraw_unlisted(name, change.work.hotlists)
        change.record(removed=removed, withdrawn=withdrawn, hotlist=name, plate=plate)
    return Removed(removed, withdrawn)


def list_hotlists(act: Act) -> list[HotlistSummary]:
    """Return every hotlist with its size, by name.

    Raises:
        Denied: by the policy.
    """
    with act.look("hotlist.list") as look:
        found = look.work.hotlists.summaries()
        look.record(count=len(found))
    return found


def _facts_of(entry: HotlistEntry, reason: str) -> Mapping[str, object]:
    """Return what the rules may know of one entry made by hand: its category, and the personal fields it shows."""
    named = [name for code, name in PERSONAL_FIELDS.items() if entry.fields.get(code)]
    return {"category": entry.category, "fields": (*named, *personal_in([reason, entry.category]))}
