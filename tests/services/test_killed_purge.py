"""A purge that is killed at any moment leaves nothing half-destroyed, and the next one goes on and certifies it."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from alpr_core.act import Act
from alpr_core.config import Answers
from alpr_core.models import Actor, Box, Candidate, Frame, Reading, ReadKey, Sighting
from alpr_core.node import FirstPerson, Node
from alpr_core.services import purging
from alpr_core.services.holds import place_hold
from alpr_core.services.ingest import record_sightings
from alpr_core.services.purging import purge
from alpr_core.services.sweeping import sweep_images
from alpr_core.store import purging as store_purging
from alpr_core.store.tables import image, image_sweep, plate, read
from alpr_ledger import store as ledger_store
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify

JOB = Actor(id="system:purge", roles=frozenset({"admin", "officer"}), delegated_by="p1")
READS, HELD = 48, 4


@pytest.fixture(params=["sqlite", "postgresql"])
def folder(request, tmp_path):
    """A node whose reads are kept for 30 days, and are 31 to 33 days old; a few of them are held."""
    url = "sqlite:///var/alpr.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_server")()
    answers = Answers(name="killed", origin="killed.example/1", store_url=url, last_signed="var/last-signed")
    first = FirstPerson(badge="1001", name="Alex Doe", passphrase="correct horse battery staple")
    Node.create(tmp_path / "node", answers, first).close()
    return tmp_path / "node"


KEPT = '\n[retention]\nuse = "fixed"\n\n[retention.options]\nperiod = "P30D"\n'


def fill(folder: Path, number: int) -> set[ReadKey]:
    """Store reads that are due, and return those of them that are held."""
    with Node.open(folder) as node:
        act, sightings = Act(node.site, JOB), []
        for place in range(READS):
            then = node.site.clock() - timedelta(days=31 + place % 3, minutes=place)
            text = f"K{number:02}{place:03}"
            reading = Reading(
                candidates=(Candidate(text=text, confidence=0.9),),
                characters=(0.9,) * len(text),
                box=Box.rectangle(1, 1, 6, 3),
                detection_confidence=0.9,
            )
            frame = Frame(source="car-7", taken_at=then, image=np.zeros((8, 12, 3), np.uint8))
            sightings.append(
                Sighting(reading=reading, frame=frame, first_seen=then, last_seen=then, frames=1)
            )
        batches = record_sightings(act, sightings, camera="car-7")
        keys = [one.key for batch in batches for one in batch.reads]
        held = keys[:: READS // HELD]
        for key in held:
            place_hold(act, read=key, why="criminal", case="26-1041", reason="the getaway car of the robbery")
    return set(held)


def accept(folder: Path) -> None:
    """Have the retention section accepted."""
    from alpr_core.services.settings import apply_settings

    (folder / "alpr.toml").write_text((folder / "alpr.toml").read_text() + KEPT)
    with Node.open(folder) as node:
        second = Actor(id="p2", roles=frozenset({"admin"}))
        apply_settings(Act(node.site, JOB), node.pending, second=second)


def purge_in_threes(folder: Path, begin: Callable[[], None]) -> None:
    """Purge the node, in batches of three; what a process of its own runs."""
    purging.STEP = 2
    store_purging.MOST.update(sqlite=3, postgresql=3)
    with Node.open(folder) as node:
        begin()
        purge(Act(node.site, JOB))
        sweep_images(Act(node.site, JOB))


def check_whole(node: Node) -> None:
    """Each read that is there has its images, their keys, its values and its plate; nothing is without a read."""
    keys = node.site.keys
    with node.site.store.snapshot() as work:
        connection = work.connection
        reads = connection.execute(sa.select(read)).all()
        images = connection.execute(sa.select(image)).all()
        assert len(images) == 2 * len(reads)
        for row in images:
            assert keys.unwrap(row.key_id, row.wrapped_key)
            assert (node.site.images.folder / row.day / row.sha256).exists()
        texts = set(connection.scalars(sa.select(plate.c.id)))
        assert {row.plate_id for row in reads} == texts
        vault = ledger_store.vault
        records = set(
            connection.execute(sa.select(vault.c.idx, vault.c.item).where(vault.c.field == "record"))
        )
        assert {(row.entry, row.item) for row in reads} == {tuple(row) for row in records}


def check_finished(node: Node, held: set[ReadKey], destroyed: int) -> None:
    """Only what is held is left; every read that is gone is in a certificate; no key and no file is an orphan."""
    with node.site.store.snapshot() as work:
        left = {ReadKey(day=row.day, id=row.id) for row in work.connection.execute(sa.select(read))}
        certified = [one.body["public"]["count"] for one in work.ledger.entries(kind="purge.certify")]
        batches = [one.body["public"]["count"] for one in work.ledger.entries(kind="read.purge")]
        named = set(work.connection.scalars(sa.select(image.c.sha256)))
        assert work.connection.scalar(sa.select(sa.func.count()).select_from(image_sweep)) == 0
    assert left == held
    assert sum(certified) == sum(batches) == destroyed
    assert {path.name for path in node.site.images.folder.glob("*/*")} == named
    assert not [key_id for key_id in node.site.keys.ids() if key_id.startswith("read/")]
    assert len([key_id for key_id in node.site.keys.ids() if key_id.startswith("evidence/")]) == len(held)


def killed(folder: Path, times: int, run_and_kill: Callable[..., None]) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    accept(folder)
    held, destroyed = set(), 0
    for number in range(times):
        held |= fill(folder, number)
        destroyed += READS - len(held) // (number + 1)
        run_and_kill(partial(purge_in_threes, folder), chance.uniform(0.0, 0.6))
        with Node.open(folder) as node:
            check_whole(node)
            act = Act(node.site, JOB)
            purge(act)
            sweep_images(act)
            check_whole(node)
            check_finished(node, held, destroyed)
    with Node.open(folder) as node, open_source(Act(node.site, JOB).ledger_source) as source:
        verify(source, vkeys=[str(node.site.log.key.vkey)])


def test_a_purge_that_is_killed_leaves_nothing_half_destroyed(folder, run_and_kill) -> None:
    killed(folder, 5, run_and_kill)


@pytest.mark.soak
def test_a_purge_that_is_killed_a_hundred_times_leaves_nothing_half_destroyed(folder, run_and_kill) -> None:
    killed(folder, 100, run_and_kill)
