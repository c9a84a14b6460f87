"""Releases: a request is recorded, referred to whose office answers it, and what leaves is on record by its hash.

What is asked for from outside law enforcement is answered by the pack's office and nobody else (its clause of the
kind ``referral``). Everybody else receives as the clauses of the kind ``release`` say: verified, with a legal basis.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from alpr_core.act import Act
from alpr_core.approval import Approval
from alpr_core.dppa import USES
from alpr_core.errors import InputError, NotFound
from alpr_core.models import ReadKey
from alpr_core.policy.rules import RECIPIENTS
from alpr_core.recording import Facts, Given, LookUp
from alpr_core.services.approvals import ask
from alpr_core.services.notices import tell
from alpr_core.services.release_files import contents
from alpr_core.store.releases import REFUSED, RELEASED
from alpr_core.store.releases import ReleaseRequest as ReleaseRequest  # what front ends are given
from alpr_core.store.work import Work
from alpr_core.typed import one_line
from alpr_ledger.entry import format_time

REQUEST, MAKE, LIST = "release.request", "release.make", "release.list"
FULFIL, REFERRALS = "referral.fulfil", "referral.list"

OTHER = "other"
LONGEST = 500
"""Characters of what somebody asks for, and of its legal basis."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Referred:
    """A request, and the clause that says whose office answers it ("" if none does)."""

    request: ReleaseRequest
    clause: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A release.

    Attributes:
        request: as it was answered.
        folder: where what is to be handed over lies.
        digest: hash of its file of hashes, hexadecimal.
        dropped: origins whose fields are closed to recipients, each with the clause.
        reads: how many.
        images: how many.
        entry: index of the ledger entry of the outcome.
    """

    request: ReleaseRequest
    folder: Path
    digest: str
    dropped: Mapping[str, str]
    reads: int
    images: int
    entry: int


def record_request(
    act: Act,
    *,
    person: int = 0,
    recipient_class: str = "",
    requester: str = "",
    wanted: str,
    legal_basis: str = "",
    purpose: str = "",
    case: str = "",
    reason: str = "",
) -> Referred:
    """Record that somebody asks for data, and to whose office it goes.

    Args:
        act: who received it.
        person: number of who asks, if they are on the register of agencies; else 0.
        recipient_class: else what they are: "law_enforcement", "prosecutor" or "other".
        requester: else who they are, in words.
        wanted: what they ask for, in words.
        legal_basis: the law or order that permits it.
        purpose: purpose code of the pack.
        case: case or incident number.
        reason: free text.

    Raises:
        Denied: by the policy.
        NotFound: nobody of that number is on the register.
        InputError: it is not said who asks, or for what.
    """
    why: Given = {"purpose": purpose, "case": case, "reason": reason}
    act.admit(REQUEST, **why)
    wanted, legal_basis = (
        one_line(wanted, "what they ask for (--wanted)", longest=LONGEST),
        legal_basis.strip(),
    )
    if not person:
        requester = one_line(requester, "who asks: --person of the register, or --requester", longest=LONGEST)
        if recipient_class not in RECIPIENTS:
            raise InputError(f"Say what they are (--class): {', '.join(RECIPIENTS)}.")
    policy = act.gate.policy
    with act.change(REQUEST, **why) as change:
        known = None
        if person:
            known = next((one for one in change.work.releases.persons() if one.id == person), None)
            if known is None or not known.counts:
                raise NotFound(
                    f"nobody of number {person} is on the register; alpr-core agencies list shows it"
                )
            recipient_class = known.agency.recipient_class
            requester = f"{known.name}, {known.agency.name}"
        offices, clause = policy.referred_to(policy.day(act.now)) if recipient_class == OTHER else ((), "")
        request = ReleaseRequest(
            recipient_class=recipient_class,
            person=known,
            requester=requester,
            wanted=wanted,
            legal_basis=legal_basis,
            case=case,
            received_by=act.actor.id,
            received_at=act.now,
            referred_to=offices,
        )
        request = replace(request, id=change.work.releases.ask(request))
        change.record(
            scopes=None,
            request=request.id,
            recipient_class=recipient_class,
            referred=list(offices),
            registered=known is not None,
            requester=requester,
            wanted=wanted,
            **({"legal_basis": legal_basis} if legal_basis else {}),
        )
    if offices:
        tell(act, "referral.received", request=request.id)
    return Referred(request=request, clause=clause)


def make_release(
    act: Act,
    number: int,
    keys: Sequence[ReadKey],
    folder: Path,
    *,
    legal_basis: str = "",
    dppa: str = "",
    with_images: bool = True,
    purpose: str = "",
    case: str = "",
    reason: str = "",
    approval: int = 0,
) -> Made:
    """Release reads to whoever asked for them.

    Args:
        act: who releases.
        number: of the request.
        keys: the reads.
        folder: a new folder for what is to be handed over.
        legal_basis: the law or order that permits it; as the request says, if "".
        dppa: code of the permissible use (`alpr_core.dppa`), demanded where something came from a registry.
        with_images: whether their images leave too.
        purpose: purpose code of the pack.
        case: case or incident number.
        reason: free text.
        approval: number of the approval that was given for exactly this release; it is used.

    Raises:
        Denied: by the policy: nobody verified the recipient, another office answers it, it is too much at once.
        NotFound: there is no such open request, or no such read.
        InputError: a permissible use is lacking, or what is to be written cannot be.
    """
    request = _open_request(act, number)
    why = _why(number, keys, legal_basis, purpose, case, reason)
    if approval:
        why["approval"] = approval
    else:  # with one, what it was given for is compared first
        act.admit(MAKE, **why)
    if dppa and dppa not in USES:
        raise InputError(f"{dppa!a} is no permissible use of 18 U.S.C. 2721(b); one of: {', '.join(USES)}.")
    if not keys:
        raise InputError("Name the reads that are released (--read KEY).")
    if request.recipient_class == OTHER:
        act.admit(FULFIL, case=case, reason=reason)
    basis = legal_basis or request.legal_basis
    with act.send(
        MAKE, given=why, request=number, recipient_class=request.recipient_class, to=request.requester
    ) as send:
        what = contents(act, send.work, keys, with_images=with_images)
        if what.from_registry and not dppa:
            raise InputError(
                "Something in it came from the registry: name its permissible use (--dppa b1 to b14)."
            )
        written = what.write(folder, _cover(act, request, basis, purpose, case, dppa, send.intent_entry))
        send.record(
            scopes=None,
            reads=len(what.reads),
            images=len(what.images),
            bytes=written.size,
            dropped=sorted(what.dropped),
            result=json.dumps([str(key) for key in keys]),
            digest=written.digest,
        )
        state = request.person.agency.state if request.person else ""
        given = {"state": state, "dppa": dppa, "legal_basis": basis}
        send.record(scopes=None, **{name: value for name, value in given.items() if value})
        if request.recipient_class == OTHER:
            send.also(FULFIL, request=number, released=True)
        by, at, entry = act.actor.id, act.now, send.intent_entry
        send.settle = lambda work: work.releases.close(number, RELEASED, by=by, at=at, entry=entry)
    return Made(
        request=replace(request, outcome=RELEASED, closed_by=act.actor.id, closed_at=act.now),
        folder=folder,
        digest=written.digest,
        dropped=what.dropped,
        reads=len(what.reads),
        images=len(what.images),
        entry=send.receipt.first if send.receipt else -1,
    )


def ask_to_release(
    act: Act,
    number: int,
    keys: Sequence[ReadKey],
    *,
    legal_basis: str = "",
    purpose: str = "",
    case: str = "",
    reason: str = "",
) -> Approval:
    """Ask for the approval of exactly this release, and return the request with its number.

    Args and errors as `make_release`; InputError also where it needs no approval.
    """
    act.admit("approval.request", reason=reason)
    why = _why(number, keys, legal_basis, purpose, case, reason)
    return ask(
        act, MAKE, purpose=purpose, case=case, reason=reason, query=why["query"], look_up=why["look_up"]
    )


def refuse_referral(act: Act, number: int, *, reason: str) -> ReleaseRequest:
    """Answer a request from outside law enforcement: nothing is released.

    Raises:
        Denied: by the policy.
        NotFound: no such request from outside law enforcement is open.
        InputError: no reason is given.
    """
    act.admit(FULFIL, reason=reason)
    if not reason.strip():
        raise InputError("Say why nothing is released (--reason).")
    with act.change(FULFIL, reason=reason) as change:
        found = change.work.releases.request(number)
        if found is None or found.outcome or found.recipient_class != OTHER:
            raise NotFound(f"no referral {number} is open; alpr-core releases referrals shows them")
        entry = change.work.ledger.size()
        change.work.releases.close(number, REFUSED, by=act.actor.id, at=act.now, entry=entry)
        change.record(request=number, released=False)
    return replace(found, outcome=REFUSED, closed_by=act.actor.id, closed_at=act.now)


def list_releases(act: Act) -> list[ReleaseRequest]:
    """Return every request for data with what became of it, newest first.

    Raises:
        Denied: by the policy.
    """
    with act.look(LIST) as look:
        found = look.work.releases.requests()
        look.record(count=len(found))
    return found


def list_referrals(act: Act) -> list[ReleaseRequest]:
    """Return the requests from outside law enforcement that nobody has answered, newest first.

    Raises:
        Denied: by the policy.
    """
    with act.look(REFERRALS) as look:
        found = [one for one in look.work.releases.requests(referred_only=True) if not one.outcome]
        look.record(count=len(found))
    return found


def _why(
    number: int, keys: Sequence[ReadKey], legal_basis: str, purpose: str, case: str, reason: str
) -> Given:
    query = {"request": number, "reads": sorted(map(str, keys)), "legal_basis": legal_basis}
    return {
        "purpose": purpose,
        "case": case,
        "reason": reason,
        "query": json.dumps(query, sort_keys=True),
        "look_up": _facts(number, keys, legal_basis),
    }


def _facts(number: int, keys: Sequence[ReadKey], legal_basis: str) -> LookUp:
    """Return what looks up who receives, whether they are verified still, and what leaves."""

    def look_up(work: Work) -> Facts:
        request = work.releases.request(number)
        if request is None:
            return {}
        person = request.person
        found = [work.reads.get(key) for key in keys]
        return {
            "recipient": request.recipient_class,
            "recipient_verified": person is not None and person.counts,
            "recipient_state": person.agency.state if person else "",
            "legal_basis": legal_basis or request.legal_basis,
            "names_one": len({read.corrected or read.plate for read in found if read is not None}) == 1,
            "rows": len(keys),
            "destination": "agency",
        }

    return look_up


def _open_request(act: Act, number: int) -> ReleaseRequest:
    """Return the request that is to be answered; seeing it is on record as any look at the list.

    Raises:
        NotFound: there is none, or it was answered.
    """
    with act.look(LIST) as look:
        found = look.work.releases.request(number)
        look.record(count=0 if found is None else 1)
    if found is None or found.outcome:
        raise NotFound(f"no request {number} is open; alpr-core releases list shows them")
    return found


def _cover(
    act: Act, request: ReleaseRequest, basis: str, purpose: str, case: str, dppa: str, entry: int
) -> dict[str, object]:
    """Return what ``release.json`` tells the recipient."""
    policy = act.gate.policy
    return {
        "release": request.id,
        "from": policy.pack.department,
        "to": request.requester,
        "legal_basis": basis,
        "purpose": purpose,
        "case": case,
        "dppa": f"18 U.S.C. 2721({dppa[0]})({dppa[1:]}): {USES[dppa]}" if dppa else "",
        "released_at": format_time(act.now),
        "ledger": {"key": act.vkey, "entry": entry},
        "conditions": "For this purpose only. The restrictions of each source follow the data. Whoever passes it on "
        "asks first, and keeps a record of it.",
    }
