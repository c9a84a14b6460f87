"""A vendor's log of who did what in its system, put beside the ledger's own record: each access an entry, once."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alpr_core import plates
from alpr_core.access_log import VendorAccess, problem_of
from alpr_core.act import Act
from alpr_core.errors import AlprError, InputError, PluginError
from alpr_core.interfaces import AccessLogSource, RejectedLine
from alpr_core.recording import Change
from alpr_core.store.people import Person
from alpr_core.store.vendor_logs import Logged
from alpr_core.vision.files import open_file, printable
from alpr_ledger.entry import format_time

IMPORT, ACCESS = "vendor_log.import", "vendor_log.access"

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of a log: larger ones are to be parted."""

AT_ONCE = 500
"""Accesses in one transaction: while it is written, nobody else writes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LogTaken:
    """What became of a vendor's log.

    Attributes:
        recorded: how many accesses were put on record.
        unknown: by how many of those nobody is known here.
        doubles: how many were on record before, or are in the file twice.
        altered: those on record of which the vendor's log says something else now; the record stays as it was.
        matched: how many of the doubles are known now to be by somebody here.
        rejected: lines that were left out, and why.
        digest: SHA-256 of the file, hex.
        entries: of the imports; a long file is put on record in several.
    """

    recorded: int = 0
    unknown: int = 0
    doubles: int = 0
    altered: tuple[RejectedLine, ...] = ()
    matched: int = 0
    rejected: tuple[RejectedLine, ...] = ()
    digest: str
    entries: tuple[int, ...] = ()


def import_log(act: Act, path: Path, source: AccessLogSource, *, source_name: str) -> LogTaken:
    """Put the accesses of a vendor's log on record; what is on record stays, and is counted.

    Args:
        act: who imports it.
        path: the file.
        source: what can read it.
        source_name: that data source's name; its accesses are known again by it.

    Raises:
        Denied: by the policy.
        InputError: the file cannot be read, or not as such a log, or is too large.
        PluginError: the data source failed, or delivers something else.
        StoreError: disk or database; what is on record by then is a double when the file comes again.
    """
    act.admit(IMPORT)
    with open_file(path) as file:
        content = file.read(LARGEST_FILE + 1)
    name = printable(path)
    if len(content) > LARGEST_FILE:
        raise InputError(f"{name} is larger than {LARGEST_FILE // 1024**2} MiB: part it into several files")
    try:
        good, rejected = _sorted_out(act, source, source_name, content)
    except InputError as error:
        raise InputError(f"{name}: {error.message}") from error
    marked = _marked(good)
    digest = hashlib.sha256(content).hexdigest()
    taken = LogTaken(rejected=rejected, digest=digest, doubles=len(good) - len(marked))
    marks = sorted(marked, key=lambda mark: (marked[mark].at, marked[mark].number))
    parts = [marks[at : at + AT_ONCE] for at in range(0, len(marks), AT_ONCE)] or [[]]
    for part in parts:
        taken = _recorded(act, {mark: marked[mark] for mark in part}, source_name, name, taken)
    return taken


def _recorded(
    act: Act, marked: Mapping[str, VendorAccess], source: str, file: str, before: LogTaken
) -> LogTaken:
    """Put a part of a log on record, and return what became of the log so far."""
    with act.change(IMPORT) as change:
        work = change.work
        people = {person.badge: person for person in work.people.all()}
        known = work.vendor_logs.known(source, marked)
        altered = [
            RejectedLine(number=access.number, problem=f"entry {known[mark].entry} says something else of it")
            for mark, access in marked.items()
            if mark in known and known[mark].digest != access.digest
        ]
        matched = 0
        for mark, one in known.items():
            person = _person(people, marked[mark])
            if person is not None and not one.person_id:
                work.vendor_logs.match(one.entry, person.id)
                matched += 1
        first, fresh = change.next_entry, [(mark, one) for mark, one in marked.items() if mark not in known]
        logged = [
            Logged(
                entry=first + place,
                source=source,
                mark=mark,
                digest=access.digest,
                at=access.at,
                person_id=_append(change, source, access, _person(people, access)),
            )
            for place, (mark, access) in enumerate(fresh, start=1)
        ]
        work.vendor_logs.add(logged)
        change.record(
            source=source,
            count=len(logged),
            doubles=len(known) + (before.doubles if not before.entries else 0),
            rejected=len(before.rejected) if not before.entries else 0,
            altered=len(altered),
            matched=matched,
            file=file,
            digest=before.digest,
        )
    return LogTaken(
        recorded=before.recorded + len(logged),
        unknown=before.unknown + sum(not one.person_id for one in logged),
        doubles=before.doubles + len(known),
        altered=(*before.altered, *altered),
        matched=before.matched + matched,
        rejected=before.rejected,
        digest=before.digest,
        entries=(*before.entries, first),
    )


def _append(change: Change, source: str, access: VendorAccess, person: Person | None) -> str:
    """Put one access behind the import's entry, and return the pseudonym of who it was, "" if nobody here."""
    texts = {
        "person": "" if person is None else person.id,
        "who": access.who,
        "case": access.case,
        "reason": access.reason,
        "query": access.query,
        "plate": _plate(access.plate),
    }
    said: dict[str, Any] = {name: text for name, text in texts.items() if text}
    change.also(ACCESS, source=source, at=format_time(access.at), what=access.what, **said)
    return "" if person is None else person.id


def _person(people: Mapping[str, Person], access: VendorAccess) -> Person | None:
    """Return whose badge number the source names, or stands in the log as it is."""
    return people.get(access.badge or access.who)


def _plate(written: str) -> str:
    """Return the plate as the ledger's searches ask for it; what can be none stays as it was typed."""
    try:
        return plates.parse(written)
    except InputError:
        return written


def _marked(accesses: Sequence[VendorAccess]) -> dict[str, VendorAccess]:
    """Return each access once, by what it is known again by.

    Where the vendor has no name for it, that is what the line says; of several lines that say the same, each is an
    access, so they are numbered. Two lines under one name are one.
    """
    marked: dict[str, VendorAccess] = {}
    alike: Counter[str] = Counter()
    for one in accesses:
        if one.id:
            marked.setdefault(f"id {one.id}", one)
        else:
            alike[one.digest] += 1
            marked[f"{one.digest} {alike[one.digest]}"] = one
    return marked


def _sorted_out(
    act: Act, source: AccessLogSource, name: str, content: bytes
) -> tuple[list[VendorAccess], tuple[RejectedLine, ...]]:
    """Return the accesses that can be put on record, and what is wrong with the other lines."""
    good: list[VendorAccess] = []
    rejected: list[RejectedLine] = []
    for one in _parsed(source, name, content):
        if isinstance(one, RejectedLine):
            rejected.append(one)
        elif problem := problem_of(one, act.now):
            rejected.append(RejectedLine(number=one.number, problem=problem))
        else:
            good.append(one)
    return good, tuple(sorted(rejected, key=lambda one: one.number))


def _parsed(source: AccessLogSource, name: str, content: bytes) -> Iterator[VendorAccess | RejectedLine]:
    try:
        parsed = tuple(source.accesses(content))
    except AlprError:
        raise
    except Exception as error:  # its words may hold a plate or a name
        raise PluginError(f"the data source {name!r} failed: {type(error).__name__}") from error
    if not all(isinstance(one, (VendorAccess, RejectedLine)) for one in parsed):
        raise PluginError(
            f"the data source {name!r} delivers something else than accesses: a defect of that plugin"
        )
    yield from parsed
