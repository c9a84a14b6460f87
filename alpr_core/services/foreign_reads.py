"""Reads of other systems: taken out of their messages and files, and stored as our own are, each once."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from alpr_core.act import Act
from alpr_core.errors import AlprError, InputError, PluginError
from alpr_core.foreign import PICTURES, ForeignRead, RejectedRead, problem_of
from alpr_core.interfaces import ReadSource
from alpr_core.models import Box, Read, ReadKey
from alpr_core.retention import DueRule, RetentionRefused
from alpr_core.services.ingest import (
    CANDIDATES,
    LONGEST_SIDE,
    OF_A_READ,
    Observed,
    Recorded,
    record_observed,
)
from alpr_core.store.devices import check_in_service
from alpr_core.vision.files import check_size, open_file

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of a file of reads: larger ones are to be parted."""

LARGEST_PICTURE = 16 * 1024 * 1024
"""Bytes of one picture."""

LARGEST_PICTURES = 64 * 1024 * 1024
"""Bytes of all pictures of a message or a file: it holds more only where many reads have one and the same picture."""

OVERDUE = "it is older than reads are kept here (alpr-core retention show), so it would have to be destroyed at once"

NOWHERE = Box.rectangle(0, 0, 0, 0)
"""The box of a read whose system does not say where in the picture the plate is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What became of a message or a file.

    Attributes:
        recorded: what was stored, with the hits it raised.
        doubles: how many of its reads were stored already, or are in it twice.
        rejected: those that were left out, and why.
        pictures: how many pictures were left out, because they are no JPEG, too large, or too many.
    """

    recorded: tuple[Recorded, ...] = ()
    doubles: int = 0
    rejected: tuple[RejectedRead, ...] = ()
    pictures: int = 0

    @property
    def stored(self) -> int:
        """How many reads were stored."""
        return sum(len(batch.reads) for batch in self.recorded)

    @property
    def hits(self) -> int:
        """How many hits they raised."""
        return sum(len(batch.hits) for batch in self.recorded)


def import_reads(act: Act, path: Path, source: ReadSource, *, source_name: str) -> Taken:
    """Store the reads in a file; arguments and errors as `take_reads`.

    Raises:
        InputError: the file cannot be read, or is larger than `LARGEST_FILE`.
    """
    with open_file(path) as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise InputError(f"{path} is larger than {LARGEST_FILE // 1024**2} MiB: part it into several files")
    try:
        return take_reads(act, content, source, source_name=source_name)
    except InputError as error:
        raise InputError(f"{path}: {error.message}") from error


def take_reads(
    act: Act, content: bytes, source: ReadSource, *, source_name: str, content_type: str = ""
) -> Taken:
    """Store the reads in a message: matched against the hotlists, on the ledger, each once whenever it comes again.

    Args:
        act: who takes them.
        content: the message, or the file.
        source: what can read it.
        source_name: that data source's name; what it calls its reads is known by it.
        content_type: as the sender calls it.

    Raises:
        Denied: the actor may not capture.
        InputError: the message cannot be read as a whole.
        PluginError: the data source failed, or delivers what no read can be.
        StoreError: disk or database; what is stored by then stays, and is a double when the message comes again.
    """
    act.admit("read.record", facts=OF_A_READ)
    good, rejected = _sorted_out(act, _parsed(source, source_name, content, content_type))
    known = act.stored_before(source_name, [read.id for read in good])
    fresh: dict[str, ForeignRead] = {}
    for read in good:
        if read.id not in known:
            fresh.setdefault(read.id, read)
    by_camera: dict[str, list[ForeignRead]] = defaultdict(list)
    for read in fresh.values():
        by_camera[read.camera].append(read)
    recorded: list[Recorded] = []
    pictures = 0
    refused: list[RejectedRead] = []
    room = LARGEST_PICTURES
    due = _due_rules(act) if by_camera else {}
    for camera, reads in by_camera.items():
        retention_class = act.retention.class_of(camera, act.gate.policy, act.now)
        in_time, why_not = _storable(act, camera, due.get(retention_class), reads)
        refused += why_not
        kept, room = _kept(in_time, room)
        pictures += sum(len(read.pictures) - len(kept[read.id]) for read in in_time)
        observed = [
            Observed(read=_read_of(read, retention_class), pictures=kept[read.id], foreign_id=read.id)
            for read in in_time
        ]
        recorded += record_observed(act, observed, source=source_name)
    rejected += refused
    return Taken(
        recorded=tuple(recorded),
        doubles=len(good) - len(refused) - sum(len(batch.reads) for batch in recorded),
        rejected=tuple(sorted(rejected, key=lambda one: one.number)),
        pictures=pictures,
    )


def _parsed(
    source: ReadSource, name: str, content: bytes, content_type: str
) -> Sequence[ForeignRead | RejectedRead]:
    try:
        parsed = tuple(source.parse(content, content_type))
    except AlprError:
        raise
    except Exception as error:  # its words may hold a plate
        raise PluginError(f"the data source {name!r} failed: {type(error).__name__}") from error
    if not all(isinstance(one, (ForeignRead, RejectedRead)) for one in parsed):
        raise PluginError(
            f"the data source {name!r} delivers something else than reads: a defect of that plugin"
        )
    return parsed


def _sorted_out(
    act: Act, parsed: Sequence[ForeignRead | RejectedRead]
) -> tuple[list[ForeignRead], list[RejectedRead]]:
    good: list[ForeignRead] = []
    rejected: list[RejectedRead] = []
    for one in parsed:
        if isinstance(one, RejectedRead):
            rejected.append(one)
        elif problem := problem_of(one, act.now):
            rejected.append(RejectedRead(number=one.number, problem=problem))
        else:
            good.append(one)
    return good, rejected


def _storable(
    act: Act, camera: str, rule: DueRule | None, reads: Sequence[ForeignRead]
) -> tuple[list[ForeignRead], list[RejectedRead]]:
    """Return those reads of a camera that may be stored, and why the others may not."""
    try:
        check_in_service(act.carrier_of(camera))
    except InputError as error:
        return [], [RejectedRead(number=read.number, problem=error.message) for read in reads]
    if rule is None:
        return list(reads), []
    late = {read.id for read in reads if rule.due(read.captured_at, act.now) <= act.now}
    return [read for read in reads if read.id not in late], [
        RejectedRead(number=read.number, problem=OVERDUE) for read in reads if read.id in late
    ]


def _due_rules(act: Act) -> Mapping[str, DueRule]:
    """Return when reads are destroyed by themselves, by their class; {} if they are not, or nobody can tell."""
    try:
        return act.retention.rules(act.gate.policy, act.now).automatic.by_class
    except RetentionRefused:  # then nothing is purged either
        return {}


def _read_of(read: ForeignRead, retention_class: str) -> Read:
    best = read.candidates[0]
    return Read(
        key=ReadKey.mint(read.captured_at),
        plate=best.text,
        candidates=read.candidates[:CANDIDATES],
        confidence=best.confidence,
        detection_confidence=read.detection_confidence,
        region=read.region,
        region_confidence=read.region_confidence,
        captured_at=read.captured_at,
        last_seen=read.last_seen or read.captured_at,
        frames=read.frames,
        camera=read.camera,
        box=read.box or NOWHERE,
        position=read.position,
        retention_class=retention_class,
    )


def _kept(reads: Sequence[ForeignRead], room: int) -> tuple[dict[str, list[tuple[str, bytes]]], int]:
    """Return kind and JPEG of the pictures that are kept, by the reads' names, and how many more bytes may be."""
    kept: dict[str, list[tuple[str, bytes]]] = {}
    for read in reads:
        kept[read.id] = []
        for kind, picture in _pictures(read):
            if len(picture) <= room:
                room -= len(picture)
                kept[read.id].append((kind, picture))
    return kept, room


def _pictures(read: ForeignRead) -> Iterator[tuple[str, bytes]]:
    """Yield the pictures that can be kept: JPEG files whose head says what they are, of a size that we open."""
    from PIL import Image, UnidentifiedImageError

    for kind in PICTURES:
        picture = read.pictures.get(kind, b"")
        if not picture or len(picture) > LARGEST_PICTURE:
            continue
        try:
            with Image.open(io.BytesIO(picture), formats=("JPEG",)) as opened:
                check_size(*opened.size, kind)
                fits = max(opened.size) <= LONGEST_SIDE
        except (InputError, OSError, ValueError, SyntaxError, UnidentifiedImageError):
            continue
        except (
            Image.DecompressionBombError,
            Image.DecompressionBombWarning,
        ):  # it has far more pixels than that
            continue
        if fits:
            yield kind, picture
