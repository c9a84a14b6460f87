"""Reads, the plates they saw, and their images."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from alpr_core import plates
from alpr_core.models import Box, Candidate, Position, Read, ReadFilter, ReadKey
from alpr_core.store.finding import COUNTS, WITH_PLATE, find
from alpr_core.store.tables import Row, correction, image, plate, read


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredImage:
    """An image's row: where its ciphertext is, and its wrapped key."""

    day: str
    kind: str
    sha256: str
    size: int
    key_id: str
    wrapped_key: bytes


class Reads:
    """The reads inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, reads: Sequence[Read], stored_at: datetime, *, entry: int = -1) -> None:
        """Store reads; each plate that is new gets its row first.

        Args:
            reads: in the order in which their entry lists them.
            stored_at: when.
            entry: index of that entry.
        """
        if not reads:
            return
        ids = self._plate_ids({one.plate for one in reads})
        self._connection.execute(
            sa.insert(read),
            [
                {
                    "day": one.key.day,
                    "id": one.key.id,
                    "plate_id": ids[one.plate],
                    "candidates": [[c.text, round(c.confidence, 6)] for c in one.candidates],
                    "confidence": one.confidence,
                    "detection_confidence": one.detection_confidence,
                    "region": one.region,
                    "region_confidence": one.region_confidence,
                    "captured_at": one.captured_at,
                    "last_seen": one.last_seen,
                    "frames": one.frames,
                    "camera": one.camera,
                    "box": [list(corner) for corner in one.box.corners],
                    "latitude": one.position.latitude if one.position else None,
                    "longitude": one.position.longitude if one.position else None,
                    "retention_class": one.retention_class,
                    "stored_at": stored_at,
                    "entry": entry,
                    "item": item,
                }
                for item, one in enumerate(reads)
            ],
        )

    def add_images(self, key: ReadKey, images: Iterable[StoredImage]) -> None:
        """Store the rows of a read's images."""
        rows = [
            {
                "day": key.day,
                "read_id": key.id,
                "kind": one.kind,
                "sha256": one.sha256,
                "size": one.size,
                "key_id": one.key_id,
                "wrapped_key": one.wrapped_key,
            }
            for one in images
        ]
        if rows:
            self._connection.execute(sa.insert(image), rows)

    def search(self, wanted: ReadFilter) -> list[Read]:
        """Return the reads that meet the filter, by what was observed or corrected, newest first."""
        return self._with_corrections([_as_read(row) for row in find(self._connection, wanted)])

    def get(self, key: ReadKey) -> Read | None:
        """Return one read, None if there is none of that key."""
        row = (
            self._connection.execute(WITH_PLATE.where(read.c.day == key.day, read.c.id == key.id))
            .mappings()
            .first()
        )
        return self._with_corrections([_as_read(row)])[0] if row else None

    def correct(self, key: ReadKey, text: str, *, by: str, at: datetime, entry: int = -1) -> None:
        """Write a correction beside a read; "" takes the one that is there back."""
        self._connection.execute(
            sa.insert(correction).values(
                day=key.day,
                read_id=key.id,
                plate_id=self._plate_ids({text})[text] if text else None,
                made_by=by,
                made_at=at,
                entry=entry,
            )
        )

    def _with_corrections(self, reads: Sequence[Read]) -> list[Read]:
        """Return the reads with the correction that counts beside each."""
        keys = [(one.key.day, one.key.id) for one in reads]
        if not keys:
            return []
        rows = self._connection.execute(
            sa.select(correction.c.day, correction.c.read_id, plate.c.text)
            .join(plate, plate.c.id == correction.c.plate_id)
            .where(sa.tuple_(correction.c.day, correction.c.read_id).in_(keys), COUNTS)
        )
        texts = {ReadKey(day=row.day, id=row.read_id): row.text for row in rows}
        return [replace(one, corrected=texts[one.key]) if one.key in texts else one for one in reads]

    def entries_of(self, text: str) -> set[int]:
        """Return the entries of the reads in which exactly this plate was observed."""
        query = sa.select(read.c.entry).distinct().join(plate, plate.c.id == read.c.plate_id)
        return {one for one in self._connection.scalars(query.where(plate.c.text == text)) if one >= 0}

    def images(self, key: ReadKey) -> list[StoredImage]:
        """Return the rows of a read's images."""
        query = (
            sa.select(image).where(image.c.day == key.day, image.c.read_id == key.id).order_by(image.c.kind)
        )
        return [
            StoredImage(
                day=row["day"],
                kind=row["kind"],
                sha256=row["sha256"],
                size=row["size"],
                key_id=row["key_id"],
                wrapped_key=row["wrapped_key"],
            )
            for row in self._connection.execute(query).mappings()
        ]

    def count(self) -> int:
        """Return how many reads are stored."""
        return self._connection.scalar(sa.select(sa.func.count()).select_from(read)) or 0

    def newest(self) -> datetime | None:
        """Return when the newest read was captured, None if there is none."""
        newest: datetime | None = self._connection.scalar(sa.select(sa.func.max(read.c.captured_at)))
        return newest

    def cameras_since(self, since: datetime) -> set[str]:
        """Return the names of the cameras that have read anything since a moment."""
        return set(
            self._connection.scalars(sa.select(read.c.camera).where(read.c.captured_at >= since).distinct())
        )

    def _plate_ids(self, texts: set[str]) -> dict[str, int]:
        rows = [{"text": text, "skeleton": plates.skeleton(text)} for text in sorted(texts)]
        # The two dialects' INSERT ... ON CONFLICT DO NOTHING are two classes of the same shape.
        if self._connection.dialect.name == "sqlite":
            self._connection.execute(sqlite.insert(plate).on_conflict_do_nothing(), rows)
        else:
            self._connection.execute(postgresql.insert(plate).on_conflict_do_nothing(), rows)
        found = self._connection.execute(sa.select(plate.c.text, plate.c.id).where(plate.c.text.in_(texts)))
        return {row.text: row.id for row in found}


def _as_read(row: Row) -> Read:
    first, second, third, fourth = ((int(x), int(y)) for x, y in row["box"])
    located = row["latitude"] is not None and row["longitude"] is not None
    return Read(
        key=ReadKey(day=row["day"], id=row["id"]),
        plate=row["plate"],
        candidates=tuple(Candidate(text=text, confidence=p) for text, p in row["candidates"]),
        confidence=row["confidence"],
        detection_confidence=row["detection_confidence"],
        region=row["region"],
        region_confidence=row["region_confidence"],
        captured_at=row["captured_at"],
        last_seen=row["last_seen"],
        frames=row["frames"],
        camera=row["camera"],
        box=Box(corners=(first, second, third, fourth)),
        position=Position(latitude=row["latitude"], longitude=row["longitude"]) if located else None,
        retention_class=row["retention_class"],
    )
