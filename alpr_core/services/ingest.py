"""Storing what was seen: reads with their images, and the hits that they raise, in one change a batch."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from alpr_core.act import Act
from alpr_core.entries import READ
from alpr_core.errors import Denied, InputError, StoreError
from alpr_core.matching import Found, find_matches
from alpr_core.models import Hit, Read, ReadKey, Sighting
from alpr_core.services.holds import cover_arrivals
from alpr_core.store.batches import batches
from alpr_core.store.devices import UNREGISTERED, check_in_service
from alpr_core.store.reads import StoredImage
from alpr_ledger.entry import format_time
from alpr_ledger.errors import KeyDestroyed

if TYPE_CHECKING:
    from alpr_core.models import Image
    from alpr_core.store.work import Work

BATCH = 50
"""Reads in one entry: with three commitments each they stay under an entry's 16 KiB."""

CANDIDATES = 10
"""Ways to read a plate that are kept with a read, and meet the hotlists: more make false hits, not found cars."""

JPEG_QUALITY = 90

LONGEST_SIDE = 65_500
"""px that a side of a JPEG may have (libjpeg's JPEG_MAX_DIMENSION)."""


OF_A_READ: Mapping[str, object] = {"fields": ()}
"""The facts of recording a read: it has no place for a personal field."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Observed:
    """What is to be stored of one vehicle.

    Attributes:
        read: as it is to be stored.
        pictures: kind and JPEG of each picture that is kept with it; made when they are asked for.
        foreign_id: what the other system calls it, "" for a read of our own.
    """

    read: Read
    pictures: Iterable[tuple[str, bytes]]
    foreign_id: str = ""


@dataclass(frozen=True, slots=True)
class _Member:
    """A read with its images, encrypted and on disk."""

    read: Read
    images: list[StoredImage]
    foreign_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """What one batch became: the reads, the hits they raised, and the ledger entry's index."""

    reads: tuple[Read, ...]
    hits: tuple[Hit, ...]
    entry: int


def record_sightings(act: Act, sightings: Iterable[Sighting], *, camera: str) -> list[Recorded]:
    """Store sightings of one camera, and match each against the hotlists in the same transaction.

    The images are encrypted, written and fsynced before; the plugins are told after the commit.

    Raises:
        Denied: the actor may not capture.
        InputError: an image is too long for a JPEG (`LONGEST_SIDE`), or the reader is not in service.
        StoreError: disk or database; then nothing of the batch is stored.
    """
    check_in_service(act.carrier_of(camera))
    return record_observed(act, _observed_in(act, sightings, camera))


def record_observed(act: Act, observed: Iterable[Observed], *, source: str = "") -> list[Recorded]:
    """Store reads of one camera; arguments and errors as `record_sightings`.

    Args:
        act: who records them.
        observed: all of one camera; no name of another system's twice. One that another process stores meanwhile
            is left out.
        source: the data source that they came by, "" for reads of our own.
    """
    by_key: dict[tuple[str, str], list[_Member]] = defaultdict(list)
    for member in _with_images(act, observed):
        by_key[member.read.key.day, member.read.retention_class].append(member)
    todo = [(scope, some) for scope, members in by_key.items() for some in batches(members, BATCH)]
    recorded = []
    for at, ((day, retention_class), some) in enumerate(todo):
        try:
            batch = _record_batch(act, some, scope=f"{day}/{retention_class}", source=source)
        except StoredMeanwhile:
            _discard(act, some)
            continue
        except (Denied, InputError):  # of any other error nobody knows whether their rows are there
            _discard(act, [member for _, left in todo[at:] for member in left])
            raise
        _tell(act, batch)
        recorded.append(batch)
    return recorded


def _observed_in(act: Act, sightings: Iterable[Sighting], camera: str) -> Iterator[Observed]:
    retention_class = ""
    for sighting in sightings:
        retention_class = retention_class or act.retention.class_of(camera, act.gate.policy, act.now)
        yield Observed(read=_read_of(sighting, camera, retention_class), pictures=_pictures(sighting))


def _with_images(act: Act, observed: Iterable[Observed]) -> list[_Member]:
    """Make the reads and write their images; if one cannot be written, for want of room, none stays behind."""
    members: list[_Member] = []
    try:
        for one in observed:
            member = _Member(one.read, [], one.foreign_id)
            members.append(member)
            day, retention_class = one.read.key.day, one.read.retention_class
            for kind, jpeg in one.pictures:
                member.images.append(
                    act.images.put(jpeg, kind=kind, day=day, retention_class=retention_class)
                )
    except BaseException:
        _discard(act, members)
        raise
    return members


def _discard(act: Act, members: Iterable[_Member]) -> None:
    """Remove images that no row mentions, nor ever will."""
    for member in members:
        for image in member.images:
            act.images.discard(image)


def _record_batch(act: Act, members: Sequence[_Member], *, scope: str, source: str) -> Recorded:
    every = members
    with act.change("read.record", facts=OF_A_READ) as change:
        check_in_service(change.work.devices.carrying(members[0].read.camera))
        if source:
            members = _not_stored(change.work, source, members)
        reads = [member.read for member in members]
        change.work.devices.ensure_camera(reads[0].camera, kind=UNREGISTERED, at=act.now)
        _check_keys(act, members)
        change.work.reads.add(reads, act.now, entry=change.next_entry)
        for member in members:
            change.work.reads.add_images(member.read.key, member.images)
        if source:
            names = {member.foreign_id: member.read.key for member in members}
            change.work.foreign_reads.add(source, names)
        hits = [_hit(found, act.now) for found in find_matches(change.work.hotlists, reads, act.now)]
        change.work.hits.add(hits, entry=change.next_entry + 1)
        held = change.work.holds.take_in(reads)
        change.record(
            scopes={READ: scope},
            count=len(reads),
            first=format_time(min(read.captured_at for read in reads)),
            last=format_time(max(read.last_seen for read in reads)),
            reads=[str(read.key) for read in reads],
            plate=[read.plate for read in reads],
            record=[_as_text(member, source) for member in members],
            camera=reads[0].camera,
            **({"source": source} if source else {}),
        )
        for hit in hits:
            change.also(
                "hit.raise",
                scopes={READ: scope},
                hit=hit.id,
                read=str(hit.read),
                match=hit.match.kind.value,
                rank=hit.match.rank,
                plate=hit.plate,
                listed=hit.listed.plate,
                hotlist=hit.hotlist,
                category=hit.listed.category,
            )
    _discard(act, [member for member in every if member not in members])
    cover_arrivals(act, held)
    entry = change.receipt.first if change.receipt else -1
    return Recorded(reads=tuple(reads), hits=tuple(hits), entry=entry)


def _check_keys(act: Act, members: Sequence[_Member]) -> None:
    """Refuse images whose day's key a purge has just destroyed: it was there when they were encrypted."""
    for member in members:
        for image in member.images:
            try:
                act.images.keys.unwrap(image.key_id, image.wrapped_key)
            except (KeyDestroyed, StoreError) as error:
                raise StoreError(
                    "the key of that day's images was destroyed just now: store them again"
                ) from error


class StoredMeanwhile(StoreError):
    """Another process has just stored the same reads."""


def _not_stored(work: Work, source: str, members: Sequence[_Member]) -> Sequence[_Member]:
    """Return those whose names the source's stored reads have not, now that nobody else writes.

    Raises:
        StoredMeanwhile: there are none.
    """
    known = work.foreign_reads.known(source, [member.foreign_id for member in members])
    fresh = [member for member in members if member.foreign_id not in known]
    if not fresh:
        raise StoredMeanwhile("the same reads were stored just now, by another process")
    return fresh


def _as_text(member: _Member, source: str) -> str:
    """Return what was observed as canonical text: its commitment on the ledger proves the read and its images."""
    read = member.read
    return json.dumps(
        {
            "read": str(read.key),
            "plate": read.plate,
            "candidates": [[one.text, f"{one.confidence:.6f}"] for one in read.candidates],
            "captured_at": format_time(read.captured_at),
            "camera": read.camera,
            "images": {one.kind: one.sha256 for one in member.images},
            **({"source": source, "foreign_id": member.foreign_id} if source else {}),
        },
        sort_keys=True,
        separators=(",", ":"),
    )


def _read_of(sighting: Sighting, camera: str, retention_class: str) -> Read:
    reading = sighting.reading
    return Read(
        key=ReadKey.mint(sighting.first_seen),
        plate=reading.text,
        candidates=reading.candidates[:CANDIDATES],
        confidence=reading.confidence,
        detection_confidence=reading.detection_confidence,
        region=reading.region,
        region_confidence=reading.region_confidence,
        captured_at=sighting.first_seen,
        last_seen=sighting.last_seen,
        frames=sighting.frames,
        camera=camera,
        box=reading.box,
        position=sighting.frame.position,
        retention_class=retention_class,
    )


def _pictures(sighting: Sighting) -> Iterator[tuple[str, bytes]]:
    """Yield the kinds of images that are kept with a read, each as JPEG."""
    from alpr_core.vision.draw import crop  # OpenCV is heavy, and only needed where something was seen

    yield "frame", _jpeg(sighting.frame.image)
    yield "plate", _jpeg(crop(sighting.frame.image, sighting.reading.box))


def _jpeg(image: Image) -> bytes:
    import cv2

    if max(image.shape[:2]) > LONGEST_SIDE:
        raise InputError(f"an image that is stored has at most {LONGEST_SIDE:,} pixels a side")
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return encoded.tobytes()


def _hit(found: Found, at: datetime) -> Hit:
    return Hit(
        id=str(uuid.uuid4()),
        read=found.read.key,
        plate=found.read.plate,
        hotlist=found.hotlist,
        listed=found.listed,
        match=found.match,
        raised_at=at,
    )


def _tell(act: Act, batch: Recorded) -> None:
    for read in batch.reads:
        act.tell(
            "read_recorded",
            read=str(read.key),
            camera=read.camera,
            captured_at=read.captured_at,
            plate=read.plate,
            entry=batch.entry,
        )
    for hit in batch.hits:
        act.tell(
            "hit_raised",
            hit=hit.id,
            read=str(hit.read),
            hotlist=hit.hotlist,
            category=hit.listed.category,
            priority=hit.listed.priority,
            match=hit.match.kind.value,
            plate=hit.plate,
            listed=hit.listed.plate,
        )
