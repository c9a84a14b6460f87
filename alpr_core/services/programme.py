"""The programme file: what a department writes down beside its policy, so that the policy can be kept.

Florence 807.2 (a) to (g) lists it: who is authorised by job title, training, monitoring, procedures, the designee,
the retention schedule. Each document has an owner, a date, a day of review, and of a file its hash; none is ever
overwritten, it is withdrawn and a new one added.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from alpr_core.act import Act
from alpr_core.errors import InputError, NotFound, StoreError
from alpr_core.files import write_private
from alpr_core.periods import Period
from alpr_core.programme import Adoption, Document, DocumentKind
from alpr_core.store.people import Person

MOST = 20 << 20
"""Bytes of a document; a longer one is no policy paper."""

LONGEST = 200
"""Characters of a title or a name."""

WANTED: tuple[tuple[DocumentKind, str], ...] = (
    (DocumentKind.GUIDELINE, "guidelines to comply with state and federal law"),
    (DocumentKind.COURSE, "the training that authorised users need"),
    (DocumentKind.MONITORING_PLAN, "how the system is monitored for security and privacy"),
    (DocumentKind.PROCEDURE, "how operators keep records of access"),
    (DocumentKind.DESIGNEE, "title and name of who oversees the operation"),
    (DocumentKind.SCHEDULE, "the retention schedule agreed with the Custodian of Records"),
)
"""What a whole programme file has (Florence 807.2 (b) to (f) and its first sentence)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Authorised:
    """Those who are authorised under one job title.

    Attributes:
        title: the job title, "" where none was given.
        contractors: whether these are independent contractors.
        roles: titles of what they may act as.
        people: how many.
    """

    title: str
    contractors: bool
    roles: tuple[str, ...]
    people: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Programme:
    """The programme file.

    Attributes:
        documents: by kind and date; of designees the whole history.
        missing: what a whole file has and this one has not.
        overdue: documents whose day of review is past.
        authorised: who is authorised, by job title, made from the accounts.
        adoption: who adopted the policy in force, None while nobody has.
    """

    documents: tuple[Document, ...]
    missing: tuple[str, ...]
    overdue: tuple[Document, ...]
    authorised: tuple[Authorised, ...]
    adoption: Adoption | None


def add_document(act: Act, document: Document, *, file: Path | None, folder: Path) -> Document:
    """Add a document to the programme file, and return it with its number and hash.

    Args:
        act: who adds it.
        document: all but its number, hash and file name.
        file: the document itself; a designee has none.
        folder: where documents are kept.

    Raises:
        Denied: by the policy.
        InputError: there is something wrong with it, or the file cannot be read.
        StoreError: it cannot be kept.
    """
    act.admit("document.add")
    document = replace(
        document, title=" ".join(document.title.split()), owner=" ".join(document.owner.split())
    )
    if problems := list(_problems(document, file, act.gate.policy.roles)):
        raise InputError(" ".join(problems))
    if file is not None:
        data = _read(file)
        document = replace(document, sha256=hashlib.sha256(data).hexdigest(), file=file.name)
        try:
            write_private(folder / document.sha256, data, replace=False)
        except OSError as error:
            raise StoreError(f"{folder}: the document cannot be kept: {error.strerror}") from error
    with act.change("document.add") as change:
        number = change.work.documents.add(document)
        change.record(document=number, kind=document.kind.value, title=document.title, owner=document.owner)
        if document.sha256:
            change.record(sha256=document.sha256, file=document.file)
    return replace(document, id=number)


def withdraw_document(act: Act, number: int, *, reason: str = "") -> Document:
    """Withdraw a document, and return it; it stays on file.

    Raises:
        Denied: by the policy.
        NotFound: there is no such document, or it is withdrawn already.
    """
    act.admit("document.withdraw", reason=reason)
    with act.change("document.withdraw", reason=reason) as change:
        found = change.work.documents.get(number)
        if found is None or found.withdrawn_at is not None:
            raise NotFound(f"no document {number} counts; alpr-core policy documents list shows them")
        change.work.documents.withdraw(number, act.now)
        change.record(document=number, kind=found.kind.value)
    return found


def show_programme(act: Act, *, withdrawn: bool = False) -> Programme:
    """Return the programme file, with what is missing and what is due for review.

    Args:
        act: who looks.
        withdrawn: whether to show withdrawn documents too.

    Raises:
        Denied: by the policy.
    """
    with act.look("document.list") as look:
        documents = look.work.documents.all(withdrawn=withdrawn)
        people = [person for person in look.work.people.all() if person.is_active(act.now)]
        adoption = look.work.adoptions.of(act.gate.policy.digest)
        look.record(count=len(documents))
    today = act.gate.policy.day(act.now)
    counting = [one for one in documents if one.withdrawn_at is None]
    kinds = {one.kind for one in counting}
    return Programme(
        documents=tuple(documents),
        missing=tuple(f"{kind.value}: {what}" for kind, what in WANTED if kind not in kinds),
        overdue=tuple(one for one in counting if one.review is not None and one.review < today),
        authorised=tuple(_authorised(people, act.gate.policy.roles)),
        adoption=adoption,
    )


def _authorised(people: Iterable[Person], names: Mapping[str, str]) -> Iterable[Authorised]:
    groups: dict[tuple[str, bool], list[Person]] = {}
    for person in people:
        groups.setdefault((person.title, person.contractor), []).append(person)
    for (title, contractors), members in sorted(groups.items()):
        roles = sorted({names.get(role, role) for person in members for role in person.roles})
        yield Authorised(title=title, contractors=contractors, roles=tuple(roles), people=len(members))


def _problems(document: Document, file: Path | None, roles: Iterable[str]) -> Iterable[str]:
    for name, text in (("title", document.title), ("owner", document.owner)):
        if not text or len(text) > LONGEST or not text.isprintable():
            yield f"The {name} has 1 to {LONGEST} printable characters."
    if document.review is not None and document.review <= document.dated:
        yield "The day of review is after the document's date."
    if file is None and document.kind is not DocumentKind.DESIGNEE:
        yield "A document of this kind is a file: name it."
    if file is not None and document.kind is DocumentKind.DESIGNEE:
        yield "A designee is a person, not a file."
    if document.kind is DocumentKind.COURSE:
        yield from _course_problems(document, roles)
    elif document.area or document.roles or document.valid:
        yield "Area, roles and validity are a course's."


def _course_problems(document: Document, roles: Iterable[str]) -> Iterable[str]:
    if document.area not in ("operate", "access"):
        yield "A course is for the area operate or access."
    known = list(roles)
    if not document.roles:
        yield f"A course is for roles of the pack: {', '.join(known)}."
    for role in sorted(set(document.roles) - set(known)):
        yield f"The pack has no role {role!r}, but {', '.join(known)}."
    if document.valid:
        try:
            Period.parse(document.valid)
        except ValueError as error:
            yield f"Validity: {error}."


def _read(file: Path) -> bytes:
    try:
        if not file.is_file():
            raise InputError(f"{file} is no file")
        with file.open("rb") as opened:
            data = opened.read(MOST + 1)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from error
    if not data or len(data) > MOST:
        raise InputError(f"{file} is empty, or longer than {MOST >> 20} MiB: no document of a programme")
    return data
