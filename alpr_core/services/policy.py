"""The policy as people at a node ask for it: what it says of a person's act, and its page for the public."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from pathlib import Path

from alpr_core.act import Act
from alpr_core.errors import InputError
from alpr_core.models import Actor, Request
from alpr_core.personal import facts_of
from alpr_core.persons import called
from alpr_core.policy.explaining import Explanation, explain
from alpr_core.policy.publication import Paper, Publication
from alpr_core.policy.publishing import check_target, site, write_site
from alpr_core.programme import Adoption, DocumentKind, designee
from alpr_core.recording import Facts
from alpr_core.services.programme import LONGEST, show_programme


def adopt_policy(act: Act, *, adopted_by: str, counsel: str, reviewed_on: date) -> Adoption:
    """Record that the policy in force was adopted for the department; its disclaimer gives way to that.

    A changed policy is another one, and has to be adopted again.

    Args:
        act: who records it.
        adopted_by: name and office of who adopted it.
        counsel: who reviewed it.
        reviewed_on: when counsel did.

    Raises:
        Denied: by the policy.
        InputError: a name is missing, the review lies ahead, or the policy still has open values or a clash.
    """
    act.admit("policy.adopt")
    policy, today = act.gate.policy, act.gate.policy.day(act.now)
    problems = [
        f"{what} has 1 to {LONGEST} printable characters."
        for what, name in (("Who adopted it", adopted_by), ("Counsel", counsel))
        if not name.strip() or len(name) > LONGEST or not name.isprintable()
    ]
    if reviewed_on > today:
        problems.append(f"Counsel's review, {reviewed_on}, lies ahead.")
    problems += [f"The policy is not whole yet: {each}" for each in policy.missing(today)]
    if problems:
        raise InputError("\n".join(problems))
    adoption = Adoption(
        policy_digest=policy.digest,
        adopted_by=" ".join(adopted_by.split()),
        adopted_on=today,
        counsel=" ".join(counsel.split()),
        reviewed_on=reviewed_on,
    )
    with act.change("policy.adopt") as change:
        change.work.adoptions.add(adoption)
        change.record(digest=policy.digest, adopted_by=adoption.adopted_by, counsel=adoption.counsel)
    return adoption


def explain_for(
    act: Act,
    badge: str,
    action: str,
    *,
    at: datetime | None = None,
    purpose: str = "",
    case: str = "",
    reason: str = "",
    origin: str = "",
    facts: Facts,
) -> Explanation:
    """Say what the policy would say if a person did something; nothing of it is done.

    Args:
        act: who asks.
        badge: of the person.
        action: what the person would do.
        at: when, UTC; now if None.
        purpose: what the person would give as purpose.
        case: as case or incident number.
        reason: as reason.
        origin: where the data would stand; where this node stands if "".
        facts: what else would be known (`alpr_core.policy.FACTS`); over what is on record of the person.

    Raises:
        Denied: by the policy: not to the person, but to who asks.
        NotFound: there is no such person.
    """
    with act.look("policy.explain") as look:
        person = called(look.work.people, badge, act.now)
        request = Request(
            action=action,
            actor=Actor(id=person.id, roles=person.roles),
            at=at or act.now,
            purpose=purpose,
            case=case,
            reason=reason,
            origin=origin or act.origin,
            facts={
                **facts_of(look.work, Actor(id=person.id), action, act.gate.policy, at or act.now),
                **facts,
            },
        )
        answer = explain(act.gate, request)
        look.record(
            action=action,
            person=person.id,
            verdict=answer.decision.verdict.value,
            query=_in_words(request),
        )
    return answer


def publish_policy(act: Act, target: Path) -> Publication:
    """Write the policy in force as a page for the public, with the programme's documents and today's designee.

    Args:
        act: who publishes.
        target: a folder; an earlier page in it is replaced.

    Raises:
        Denied: by the policy.
        InputError: the folder holds something else.
        StoreError: it cannot be written.
    """
    act.admit("policy.publish")
    policy = act.gate.policy
    on = act.now.astimezone(policy.zone).date()
    programme = show_programme(act)
    documents = programme.documents
    person = designee(documents, on)
    publication = Publication(
        policy=policy,
        on=on,
        papers=[
            Paper(one.title, one.owner, one.dated, one.review, one.sha256)
            for one in documents
            if one.kind is not DocumentKind.DESIGNEE
        ],
        designee=f"{person.title} {person.owner}" if person else "",
        adoption=programme.adoption,
    )
    files = site(publication)
    check_target(target)
    digest = hashlib.sha256(files["index.html"]).hexdigest()
    with act.send("policy.publish", digest=digest, target=str(target.resolve())):
        write_site(target, files)
    return publication


def _in_words(request: Request) -> str:
    parts = {
        "purpose": request.purpose,
        "case": request.case,
        "reason": request.reason,
        "origin": request.origin,
        **request.facts,
    }
    return "; ".join(f"{name}={value}" for name, value in parts.items() if value)
