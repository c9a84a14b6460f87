"""Destroying reads: everything that stands behind them goes with them, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.models import ReadKey
from alpr_core.store.access_records import ACCESS
from alpr_core.store.batches import batches
from alpr_core.store.doomed import Candidate, doomed, make_doomed
from alpr_core.store.evidence import OF_READS, Evidence
from alpr_core.store.tables import (
    Row,
    correction,
    hit,
    hit_outcome,
    hold_read,
    image,
    image_sweep,
    plate,
    purge,
    read,
)
from alpr_ledger import store as ledger_store


@dataclass(frozen=True, kw_only=True, slots=True)
class Destroyed:
    """What went, in counts; ``keys`` are the reads that were still there and under no hold, in the order given."""

    keys: tuple[ReadKey, ...] = ()
    images: int = 0
    hits: int = 0
    plates: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One run of the purge.

    Attributes:
        id: its number.
        first_entry: index of its first entry on the ledger.
        strategy: by whose word.
        terms: when the reads of each class were due, as `alpr_core.retention.DueRule` tells it.
        earliest: capture of the earliest read destroyed; latest that of the last.
        frontier: of the Merkle tree over the keys of all reads destroyed, in order.
        delay: seconds by which the latest one was destroyed after it was due.
        certified_at: None while it goes on, or was cut off.
        entry: its certificate's.
    """

    id: int
    started_at: datetime
    first_entry: int
    strategy: str
    terms: Mapping[str, Any]
    reads: int = 0
    images: int = 0
    hits: int = 0
    plates: int = 0
    earliest: datetime | None = None
    latest: datetime | None = None
    frontier: bytes = b""
    delay: int = 0
    certified_at: datetime | None = None
    entry: int | None = None
    signed_by: str | None = None
    signed_at: datetime | None = None


class Purging:
    """The destruction of reads, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # -- what is due ------------------------------------------------------------------------------------------

    def candidates(
        self, until: Mapping[str, datetime], after: Candidate | None, most: int, *, held: bool = False
    ) -> list[Candidate]:
        """Return reads that may be due, in the order of their capture.

        Args:
            until: by retention class, captured at or before.
            after: go on behind this one.
            most: at most so many.
            held: those under a hold, instead of those under none.
        """
        classes = [
            sa.and_(read.c.retention_class == name, read.c.captured_at <= at)
            for name, at in sorted(until.items())
        ]
        if not classes:
            return []
        is_held = sa.exists().where(hold_read.c.day == read.c.day, hold_read.c.read_id == read.c.id)
        query = (
            sa.select(*_OF_A_CANDIDATE)
            .where(read.c.captured_at <= max(until.values()), sa.or_(*classes), is_held if held else ~is_held)
            .order_by(read.c.captured_at, read.c.id)
            .limit(most)
        )
        if after is not None:
            query = query.where(
                read.c.captured_at >= after.captured_at,
                sa.or_(read.c.captured_at > after.captured_at, read.c.id > after.key.id),
            )
        return [
            Candidate(ReadKey(day=day, id=read_id), *rest)
            for day, read_id, *rest in self._connection.execute(query).all()
        ]

    def earliest(self, retention_class: str) -> Candidate | None:
        """Return the earliest read of a class that is under no hold."""
        found = self.candidates({retention_class: datetime.max.replace(tzinfo=UTC)}, None, 1)
        return found[0] if found else None

    def classes(self) -> dict[str, int]:
        """Return how many reads there are of each retention class."""
        query = sa.select(read.c.retention_class, sa.func.count()).group_by(read.c.retention_class)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def days(self) -> list[tuple[str, str, int, int, int]]:
        """Return for each day of capture and class: reads, reads under a hold, and bytes of their images."""
        is_held = sa.exists().where(hold_read.c.day == read.c.day, hold_read.c.read_id == read.c.id)
        held = sa.func.sum(sa.case((is_held, 1), else_=0))
        counts = sa.select(read.c.day, read.c.retention_class, sa.func.count(), held)
        rows = self._connection.execute(counts.group_by(read.c.day, read.c.retention_class)).all()
        bytes_of = {
            (row[0], row[1]): int(row[2])
            for row in self._connection.execute(
                sa.select(read.c.day, read.c.retention_class, sa.func.sum(image.c.size))
                .join(image, sa.and_(image.c.day == read.c.day, image.c.read_id == read.c.id))
                .group_by(read.c.day, read.c.retention_class)
            )
        }
        return sorted(
            (row[0], row[1], row[2], int(row[3]), bytes_of.get((row[0], row[1]), 0)) for row in rows
        )

    # -- destroying -------------------------------------------------------------------------------------------

    def destroy(self, reads: Sequence[Candidate], evidence: Evidence, month: str) -> Destroyed:
        """Destroy those of these reads that are there and under no hold, and all that stands behind them.

        Args:
            reads: as `candidates` found them.
            evidence: moves the plates of hits that have an outcome.
            month: of the access records that these plates belong to from now on.
        """
        there = make_doomed(self._connection, reads)
        gone = tuple(one.key for one in reads if one.key in there)
        if not gone:
            return Destroyed()
        evidence.may_go(self._key_ids())
        hits = self._hits(evidence, month)
        self._connection.execute(
            sa.insert(image_sweep).from_select(["sha256"], sa.select(image.c.sha256).where(_doomed(image)))
        )
        images = self._connection.execute(sa.delete(image).where(_doomed(image))).rowcount
        said = list(self._connection.scalars(sa.select(correction.c.plate_id).where(_doomed(correction))))
        self._corrections()
        self._vault_values()
        mine = sa.tuple_(read.c.day, read.c.id).in_(sa.select(doomed.c.day, doomed.c.read_id))
        self._connection.execute(sa.delete(read).where(mine))
        plates = self._plates({one for one in said if one is not None})
        self._connection.execute(sa.delete(doomed))
        return Destroyed(keys=gone, images=images, hits=hits, plates=plates)

    def _hits(self, evidence: Evidence, month: str) -> int:
        """Let go of hits; of one with an outcome that stays, and its plate becomes an access record."""
        rows = list(self._connection.execute(sa.select(hit).where(_doomed(hit))).mappings())
        if not rows:
            return 0
        said = [row for row in rows if row["disposition"]]
        if said:
            kept = ("id", "category", "match_kind", "raised_at", "disposition", "entry")
            self._connection.execute(
                sa.insert(hit_outcome), [{name: row[name] for name in kept} for row in said]
            )
            evidence.keep_outcome([row["entry"] for row in said], month)
        vault = ledger_store.vault
        of_hits = sa.and_(
            vault.c.idx.in_(sa.select(hit.c.entry).where(_doomed(hit))),
            vault.c.vault_class != ACCESS,
        )
        self._connection.execute(sa.delete(vault).where(of_hits))
        self._connection.execute(sa.delete(hit).where(_doomed(hit)))
        return len(rows)

    def _key_ids(self) -> set[str]:
        """Return the keys that something of the doomed reads lies under."""
        vault = ledger_store.vault
        entries = sa.union(
            sa.select(doomed.c.entry),
            sa.select(hit.c.entry).where(_doomed(hit)),
            sa.select(correction.c.entry).where(_doomed(correction)),
        )
        used = sa.union(
            sa.select(image.c.key_id).where(_doomed(image)),
            sa.select(vault.c.key_id).where(vault.c.idx.in_(entries), vault.c.vault_class != ACCESS),
        )
        return {key_id for key_id in self._connection.scalars(used) if key_id.startswith(OF_READS)}

    def _corrections(self) -> None:
        vault = ledger_store.vault
        of_them = sa.and_(
            vault.c.idx.in_(sa.select(correction.c.entry).where(_doomed(correction))),
            vault.c.field == "plate",
        )
        self._connection.execute(sa.delete(vault).where(of_them))
        self._connection.execute(sa.delete(correction).where(_doomed(correction)))

    def _vault_values(self) -> None:
        """Delete what the entries of these reads committed to; the camera's name with the last read of its entry."""
        vault = ledger_store.vault
        entries = sa.select(doomed.c.entry)
        mine = sa.and_(
            vault.c.idx.in_(entries),
            vault.c.field.in_(("plate", "record")),
            sa.tuple_(vault.c.idx, vault.c.item).in_(sa.select(doomed.c.entry, doomed.c.item)),
        )
        self._connection.execute(sa.delete(vault).where(mine))
        left = vault.alias("left_over")
        last = sa.and_(
            vault.c.idx.in_(entries),
            vault.c.field == "camera",
            ~sa.exists().where(left.c.idx == vault.c.idx, left.c.field == "record"),
        )
        self._connection.execute(sa.delete(vault).where(last))

    def _plates(self, further: Collection[int]) -> int:
        """Delete the plates that no read and no correction names any more."""
        wanted = set(self._connection.scalars(sa.select(doomed.c.plate_id).distinct())) | set(further)
        gone = 0
        for some in batches(sorted(wanted)):
            unused = sa.and_(
                plate.c.id.in_(some),
                ~sa.exists().where(read.c.plate_id == plate.c.id),
                ~sa.exists().where(correction.c.plate_id == plate.c.id),
            )
            gone += self._connection.execute(sa.delete(plate).where(unused)).rowcount
        return gone

    # -- runs -------------------------------------------------------------------------------------------------

    def begin(self, run: Run) -> Run:
        """Store a new run, and return it with its number."""
        values = {name: getattr(run, name) for name in Run.__slots__ if name != "id"}
        number = self._connection.execute(sa.insert(purge).values(values).returning(purge.c.id)).scalar_one()
        return replace(run, id=number)

    def save(self, run: Run) -> None:
        """Store how far a run is."""
        values = {name: getattr(run, name) for name in Run.__slots__ if name != "id"}
        self._connection.execute(sa.update(purge).where(purge.c.id == run.id).values(values))

    def run(self, number: int) -> Run | None:
        """Return the run of this number, None if there is none."""
        row = self._connection.execute(sa.select(purge).where(purge.c.id == number)).mappings().first()
        return Run(**row) if row else None

    def unfinished(self) -> Run | None:
        """Return the run that has no certificate yet, None if there is none."""
        query = sa.select(purge).where(purge.c.certified_at.is_(None)).order_by(purge.c.id).limit(1)
        row: Row | None = self._connection.execute(query).mappings().first()
        return Run(**row) if row else None

    def runs(self, most: int = 100) -> list[Run]:
        """Return the runs, newest first."""
        query = sa.select(purge).order_by(purge.c.id.desc()).limit(most)
        return [Run(**row) for row in self._connection.execute(query).mappings()]


_OF_A_CANDIDATE = (
    read.c.day,
    read.c.id,
    read.c.retention_class,
    read.c.captured_at,
    read.c.stored_at,
    read.c.entry,
    read.c.item,
    read.c.plate_id,
)


def _doomed(table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.tuple_(table.c.day, table.c.read_id).in_(sa.select(doomed.c.day, doomed.c.read_id))
