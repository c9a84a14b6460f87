"""Looking at what is stored: search reads, show one, open its images."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from alpr_core import plates
from alpr_core.act import Act
from alpr_core.approval import Approval
from alpr_core.errors import InputError, NotFound
from alpr_core.models import Read, ReadFilter, ReadKey
from alpr_core.reasons import check_reason
from alpr_core.services.approvals import ask
from alpr_core.store.work import Work

MOST = 100
"""Reads in one answer, or fewer where the policy says so; a search that finds more says so."""

LEAST_FUZZY = 4
"""Characters of a plate that is searched with one more, less or other: of a shorter one nearly all are that close."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchResult:
    """A search's answer.

    Attributes:
        reads: newest first.
        capped: whether there were more.
        entry: index of the ledger entry that records the search.
    """

    reads: tuple[Read, ...]
    capped: bool
    entry: int


def search_reads(
    act: Act, wanted: ReadFilter, *, purpose: str, case: str = "", reason: str = "", approval: int = 0
) -> SearchResult:
    """Return the stored reads that meet the filter; the answer leaves once the search is on the ledger.

    Args:
        act: who searches.
        wanted: its plate as a person wrote it; ``?`` stands for one character, ``*`` for any number.
        purpose: purpose code of the pack.
        case: case or incident number.
        reason: free text.
        approval: number of the approval that was given for exactly this search; it is used.

    Raises:
        Denied: by the policy.
        InputError: the plate holds no letter or digit, or what can stand on no plate; or the reason says nothing.
        NotFound: there is no such canvass.
    """
    if not approval:  # with one, what it was given for is compared first
        act.admit("search.run", purpose=purpose, case=case, reason=reason)
    check_reason(reason, purpose)
    wanted = _checked(wanted)
    facts = _facts(act, wanted)
    most = act.gate.policy.most_rows(act.gate.policy.day(act.now), MOST)
    wanted = replace(wanted, limit=min(wanted.limit, most) + 1)
    with act.look(
        "search.run",
        purpose=purpose,
        case=case,
        reason=reason,
        facts=facts,
        approval=approval,
        query=_selection(wanted),
    ) as look:
        found = look.work.reads.search(_of_canvass(look.work, wanted))
        reads, capped = tuple(found[: wanted.limit - 1]), len(found) >= wanted.limit
        look.record(
            count=len(reads),
            capped=capped,
            plate=wanted.plate,
            query=_as_text(wanted),
            result=json.dumps([str(read.key) for read in reads]),
        )
    return SearchResult(reads=reads, capped=capped, entry=look.receipt.first if look.receipt else -1)


def ask_to_search(
    act: Act, wanted: ReadFilter, *, purpose: str, case: str = "", reason: str = ""
) -> Approval:
    """Ask for the approval of exactly this search, and return the request with its number.

    Args as `search_reads`.

    Raises:
        Denied: by the policy.
        InputError: the search needs no approval, or its plate can be none.
    """
    act.admit("approval.request", reason=reason)
    wanted = _checked(wanted)
    return ask(
        act,
        "search.run",
        purpose=purpose,
        case=case,
        reason=reason,
        query=_selection(wanted),
        plate=wanted.plate,
        facts=_facts(act, wanted),
    )


def show_read(act: Act, key: ReadKey, *, purpose: str = "", case: str = "", reason: str = "") -> Read:
    """Return one read with the hashes of its images.

    Raises:
        Denied: by the policy.
        NotFound: there is no such read.
    """
    with act.look("read.show", purpose=purpose, case=case, reason=reason) as look:
        read = look.work.reads.get(key)
        if read is None:
            raise NotFound(f"no read {key}; reads search shows the keys of what is stored")
        images = tuple(image.kind for image in look.work.reads.images(key))
        look.record(read=str(key), plate=read.plate)
    return replace(read, images=images)


def open_image(act: Act, key: ReadKey, kind: str, *, purpose: str, case: str = "", reason: str = "") -> bytes:
    """Return one decrypted image of a read (JPEG); opening it is an act of its own.

    Args:
        act: who looks.
        key: the read.
        kind: "frame" or "plate".
        purpose: purpose code of the pack.
        case: case or incident number.
        reason: free text.

    Raises:
        Denied: by the policy.
        NotFound: the read has no such image.
        VerificationFailed: its file was changed.
    """
    with act.look("image.open", purpose=purpose, case=case, reason=reason) as look:
        stored = {image.kind: image for image in look.work.reads.images(key)}.get(kind)
        if stored is None:
            raise NotFound(f"the read {key} has no image {kind!r}")
        data = act.images.get(stored)
        look.record(read=str(key), image=kind, sha256=stored.sha256)
    return data


def _checked(wanted: ReadFilter) -> ReadFilter:
    """Return what is searched for with its plate in normal form.

    Raises:
        InputError: the plate can be none, or cannot be searched in that way.
    """
    plate = plates.parse(wanted.plate) if wanted.plate else ""
    if wanted.fuzzy and (plates.is_partial(plate) or len(plate) < LEAST_FUZZY):
        raise InputError(
            f"--fuzzy is for a whole plate of at least {LEAST_FUZZY} characters, without ? and *."
        )
    return replace(wanted, plate=plate)


def _of_canvass(work: Work, wanted: ReadFilter) -> ReadFilter:
    """Return the search within the canvass that it names: its cameras, its time.

    Raises:
        NotFound: there is no such canvass.
    """
    if not wanted.canvass:
        return wanted
    canvass = work.incidents.canvass(wanted.canvass)
    if canvass is None:
        raise NotFound(f"there is no canvass {wanted.canvass}; alpr-core canvass list shows them")
    begins = max(wanted.since or canvass.started_at, canvass.started_at)
    ends = [moment for moment in (wanted.until, canvass.stopped_at) if moment is not None]
    cameras = wanted.cameras or canvass.cameras
    if canvass.cameras and wanted.cameras:
        cameras = tuple(set(canvass.cameras) & set(wanted.cameras)) or ("",)
    return replace(wanted, since=begins, until=min(ends, default=None), cameras=cameras)


def _facts(act: Act, wanted: ReadFilter) -> Mapping[str, object]:
    """Return what the policy may ask about a search: whether it follows one plate, or gathers by place."""
    plate = wanted.plate
    names_one = bool(plate) and not plates.is_partial(plate)
    looks = names_one and act.gate.policy.prohibits("tracking", "search.run")
    return {
        "names_one": names_one,
        "repeated": looks and act.searched_before(plate),
        "by_area": not plate and bool(wanted.cameras or wanted.near or wanted.canvass),
        "plate": plate,
    }


def _selection(wanted: ReadFilter) -> str:
    """Return what is searched for as text, always the same for the same search: an approval is for exactly that."""
    return json.dumps(_query(wanted), sort_keys=True)


def _as_text(wanted: ReadFilter) -> str:
    return json.dumps({**_query(wanted), "limit": wanted.limit - 1}, sort_keys=True)


def _query(wanted: ReadFilter) -> dict[str, object]:
    return {
        "plate": wanted.plate,
        "confusable": wanted.confusable,
        "fuzzy": wanted.fuzzy,
        "since": wanted.since.isoformat() if wanted.since else None,
        "until": wanted.until.isoformat() if wanted.until else None,
        "cameras": sorted(wanted.cameras),
        "near": str(wanted.near) if wanted.near else None,
        "canvass": wanted.canvass or None,
    }
