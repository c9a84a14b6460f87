"""Files on use that was not authorised: from a denial, a finding or a complaint. Nobody sees one about themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from alpr_core.act import Act
from alpr_core.errors import InputError, NotFound
from alpr_core.services.notices import tell
from alpr_core.store.breaches import MisuseFile
from alpr_core.store.work import Work
from alpr_core.typed import one_line

OPEN, CLOSE, LIST = "misuse.open", "misuse.close", "misuse.list"

SOURCES = ("denial", "finding", "complaint")
LONGEST = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class OneFile:
    """A file, the badge number of whom it is about, and of who opened it."""

    file: MisuseFile
    badge: str
    opener: str


def open_file(
    act: Act, badge: str = "", *, source: str, entry: int | None = None, summary: str
) -> MisuseFile:
    """Open a file on somebody's use.

    Args:
        act: who opens it.
        badge: of whom it is about; "" for whoever did the act of ``entry``.
        source: "denial", "finding" or "complaint".
        entry: index of a ledger entry that it is about: the denial.
        summary: what happened.

    Raises:
        Denied: by the policy.
        NotFound: nobody has the badge number, or did the act.
        InputError: it is oneself, or something about it cannot be.
    """
    act.admit(OPEN)
    if source not in SOURCES:
        raise InputError(f"A file comes from one of: {', '.join(SOURCES)}.")
    if source == "denial" and entry is None:
        raise InputError("Name the ledger entry of the denial (--entry).")
    summary = one_line(summary, "what happened (--summary)", longest=LONGEST)
    with act.change(OPEN) as change:
        about = _about(change.work, badge, entry)
        if about in (act.actor.id, act.actor.delegated_by):
            raise InputError("A file about oneself is opened by somebody else.")
        one = MisuseFile(
            about=about,
            source=source,
            entry=entry,
            summary=summary,
            opened_by=act.actor.id,
            opened_at=act.now,
        )
        one = replace(one, id=change.work.breaches.open_file(one))
        change.record(scopes=None, number=one.id, source=source, person=about, summary=summary)
        if entry is not None:
            change.record(entry=str(entry))
    tell(act, "misuse.opened")
    return one


def close_file(act: Act, number: int, outcome: str) -> MisuseFile:
    """Close a file with what came of it.

    Raises:
        Denied: by the policy.
        NotFound: there is no such open file that this person may see.
        InputError: no outcome is given.
    """
    act.admit(CLOSE)
    outcome = one_line(outcome, "what came of it (--outcome)", longest=LONGEST)
    with act.change(CLOSE) as change:
        one = _open(change.work.breaches.files(not_about=act.actor.id), number)
        change.work.breaches.close_file(number, outcome, by=act.actor.id, at=act.now)
        change.record(number=number, outcome=outcome)
    return replace(one, outcome=outcome, closed_by=act.actor.id, closed_at=act.now)


def list_files(act: Act) -> list[OneFile]:
    """Return the files, newest first, but for those about whoever asks.

    Raises:
        Denied: by the policy.
    """
    with act.look(LIST) as look:
        badges = look.work.people.badges()
        found = [
            OneFile(file=one, badge=badges.get(one.about, ""), opener=badges.get(one.opened_by, ""))
            for one in look.work.breaches.files(not_about=act.actor.id)
        ]
        look.record(count=len(found))
    return found


def _about(work: Work, badge: str, entry: int | None) -> str:
    if entry is not None and not 0 <= entry < work.ledger.size():
        raise NotFound(f"there is no ledger entry {entry}")
    if badge:
        person = work.people.by_badge(badge)
    else:
        who = work.ledger.entry(entry).body.get("actor") if entry is not None else None
        person = work.people.by_id(str(who.get("id"))) if isinstance(who, dict) else None
    if person is None:
        raise NotFound(
            "name whom it is about by badge number (alpr-core people list), or an entry of their act"
        )
    return person.id


def _open(files: Sequence[MisuseFile], number: int) -> MisuseFile:
    for one in files:
        if one.id == number and one.closed_at is None:
            return one
    raise NotFound(f"no file {number} is open; alpr-core misuse list shows them")
