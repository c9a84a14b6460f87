"""Destroying reads: everything that stands behind them goes with them, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from alpr_core.models import ReadKey
from alpr_core.store.access_records import ACCESS
from alpr_core.store.batches import batches
from alpr_core.store.doomed import Candidate, doomed, make_doomed
from alpr_core.store.evidence import OF_READS, Evidence
from alpr_core.store.tables import (
    Row,
    correction,
    foreign_read,
    hit,
    hit_outcome,
    hold_read,
    image,
    image_sweep,
    plate,
    purge,
    read,
    verification,
)
from alpr_core.store.verifications import Verifications, outcome_of
from alpr_ledger import store as ledger_store

MOST = {"sqlite": 100, "postgresql": 300}
"""Reads destroyed in one transaction at most. SQLite writes all pages that it changed when it is committed, and who
comes waits for that: of three times as many, one search in twenty would wait a twentieth of a second."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Destroyed:
    """What went, in counts; ``reads`` are those that were still there and under no hold, in the order given."""

    reads: tuple[Candidate, ...] = ()
    images: int = 0
    hits: int = 0
    plates: int = 0

    def __add__(self, other: Destroyed) -> Destroyed:
        return Destroyed(
            reads=self.reads + other.reads,
            images=self.images + other.images,
            hits=self.hits + other.hits,
            plates=self.plates + other.plates,
        )


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

    @property
    def most(self) -> int:
        """How many reads are to be destroyed in one transaction at most."""
        return MOST[self._connection.dialect.name]

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
        gone = make_doomed(self._connection, reads)
        if not gone:
            return Destroyed()
        run = self._connection.execute
        has = run(_FEW_HAVE).one()
        hits = list(run(_HITS).mappings()) if has.hit else []
        corrections = list(run(_CORRECTIONS)) if has.correction else []
        evidence.may_go(self._key_ids(hits=has.hit, corrections=has.correction))
        if hits:
            self._let_hits_go(hits, evidence, month)
        run(_TO_SWEEP)
        images = run(_NO_IMAGES).rowcount
        if corrections:
            run(_NO_VALUES_OF_CORRECTIONS)
            run(_NO_CORRECTIONS)
        if has.foreign_read:
            run(_NO_FOREIGN_NAMES)
        run(_NO_VALUES)
        run(_NO_CAMERAS)
        run(_NO_READS)
        plates = run(_NO_PLATES).rowcount + self._plates({row.plate_id for row in corrections})
        run(_NONE_DOOMED)
        return Destroyed(reads=tuple(gone), images=images, hits=len(hits), plates=plates)

    def _let_hits_go(self, hits: Sequence[RowMapping], evidence: Evidence, month: str) -> None:
        """Delete hits and verifications; of a hit with an outcome that stays, its plate as an access record."""
        said = [row for row in hits if row["disposition"]]
        if said:
            made = Verifications(self._connection).of_hits([row["id"] for row in said])
            self._connection.execute(
                sa.insert(hit_outcome),
                [{name: row[name] for name in _KEPT} | outcome_of(made.get(row["id"], ())) for row in said],
            )
            evidence.keep_outcome([row["entry"] for row in said], month)
        self._connection.execute(_NO_VALUES_OF_VERIFICATIONS)
        self._connection.execute(_NO_VERIFICATIONS)
        self._connection.execute(_NO_VALUES_OF_HITS)
        self._connection.execute(_NO_HITS)

    def _key_ids(self, *, hits: bool, corrections: bool) -> set[str]:
        """Return the keys that something of the doomed reads lies under."""
        found = set(self._connection.scalars(_KEYS))
        for asked, query in (
            (hits, _KEYS_OF_HITS),
            (hits, _KEYS_OF_VERIFICATIONS),
            (corrections, _KEYS_OF_CORRECTIONS),
        ):
            if asked:
                found |= set(self._connection.scalars(query))
        return {key_id for key_id in found if key_id.startswith(OF_READS)}

    def _plates(self, corrected: Collection[int | None]) -> int:
        """Delete those of these plates of corrections that nothing names any more."""
        return sum(
            self._connection.execute(sa.delete(plate).where(plate.c.id.in_(some), *_UNUSED)).rowcount
            for some in batches(sorted(one for one in corrected if one is not None))
        )

    # -- runs -------------------------------------------------------------------------------------------------

    def begin(self, run: Run) -> Run:
        """Store a new run, and return it with its number."""
        values = {name: getattr(run, name) for name in Run.__slots__ if name != "id"}
        number = self._connection.execute(sa.insert(purge).values(values).returning(purge.c.id)).scalar_one()
        return replace(run, id=number)

    def save(self, run: Run) -> None:
        """Store how far a run is."""
        values = {name: getattr(run, name) for name in Run.__slots__ if name != "id"}
        self._connection.execute(_SAVE, values | {"number": run.id})

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


_KEPT = (
    "id",
    "category",
    "match_kind",
    "raised_at",
    "disposition",
    "entry",
    "enforced",
    "not_practicable",
)
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


def _keys_of(*which: sa.ColumnElement[bool]) -> sa.Select[tuple[str]]:
    return sa.select(_vault.c.key_id).distinct().where(_vault.c.vault_class != ACCESS, *which)


# The statements of a batch, made once: making them takes as long as running them.
_vault = ledger_store.vault
_entries = sa.select(doomed.c.entry)
_entries_of_hits = sa.select(hit.c.entry).where(_doomed(hit))
_entries_of_verifications = sa.select(verification.c.entry).where(_doomed(verification))
_entries_of_corrections = sa.select(correction.c.entry).where(_doomed(correction))
_others = _vault.alias("left_over")

_HITS = sa.select(hit).where(_doomed(hit))
_CORRECTIONS = sa.select(correction.c.plate_id).where(_doomed(correction))
_FEW_HAVE = sa.select(
    *(sa.exists().where(_doomed(table)).label(table.name) for table in (hit, correction, foreign_read))
)
_KEYS = sa.union(sa.select(image.c.key_id).where(_doomed(image)), _keys_of(_vault.c.idx.in_(_entries)))
_KEYS_OF_HITS = _keys_of(_vault.c.idx.in_(_entries_of_hits))
_KEYS_OF_VERIFICATIONS = _keys_of(_vault.c.idx.in_(_entries_of_verifications))
_KEYS_OF_CORRECTIONS = _keys_of(_vault.c.idx.in_(_entries_of_corrections))
_TO_SWEEP = sa.insert(image_sweep).from_select(
    ["day", "sha256"], sa.select(image.c.day, image.c.sha256).where(_doomed(image))
)
_NO_IMAGES = sa.delete(image).where(_doomed(image))
_NO_VALUES_OF_HITS = sa.delete(_vault).where(
    _vault.c.idx.in_(_entries_of_hits), _vault.c.vault_class != ACCESS
)
_NO_VALUES_OF_VERIFICATIONS = sa.delete(_vault).where(
    _vault.c.idx.in_(_entries_of_verifications), _vault.c.vault_class != ACCESS
)
_NO_VERIFICATIONS = sa.delete(verification).where(_doomed(verification))
_NO_HITS = sa.delete(hit).where(_doomed(hit))
_NO_VALUES_OF_CORRECTIONS = sa.delete(_vault).where(
    _vault.c.idx.in_(_entries_of_corrections), _vault.c.field == "plate"
)
_NO_FOREIGN_NAMES = sa.delete(foreign_read).where(_doomed(foreign_read))
_NO_CORRECTIONS = sa.delete(correction).where(_doomed(correction))
# Each entry is looked up once, and its values then compared with a table in memory: a join by entry and place would
# have PostgreSQL go through all values of an entry once for each read of it.
_NO_VALUES = sa.delete(_vault).where(
    _vault.c.idx.in_(_entries),
    _vault.c.field.in_(("plate", "record")),
    sa.tuple_(_vault.c.idx, _vault.c.item).in_(sa.select(doomed.c.entry, doomed.c.item)).is_(sa.true()),
)
_NO_CAMERAS = sa.delete(_vault).where(  # with the last read of its entry
    _vault.c.idx.in_(_entries),
    _vault.c.field == "camera",
    ~sa.exists().where(_others.c.idx == _vault.c.idx, _others.c.field == "record"),
)
_NO_READS = sa.delete(read).where(
    sa.tuple_(read.c.day, read.c.id).in_(sa.select(doomed.c.day, doomed.c.read_id))
)
_UNUSED = (
    ~sa.exists().where(read.c.plate_id == plate.c.id),
    ~sa.exists().where(correction.c.plate_id == plate.c.id),
)
_NO_PLATES = sa.delete(plate).where(plate.c.id.in_(sa.select(doomed.c.plate_id)), *_UNUSED)
_NONE_DOOMED = sa.delete(doomed)
_SAVE = (
    sa.update(purge)
    .where(purge.c.id == sa.bindparam("number"))
    .values({name: sa.bindparam(name) for name in Run.__slots__ if name != "id"})
)
