"""A backup that is killed leaves the one before or the new one, whole; never half of one."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from alpr_core.act import Act
from alpr_core.backup import data, keyring
from alpr_core.backup.data import REST, DataReader, part_key
from alpr_core.backup.secret import new_printed, secret_of
from alpr_core.config import Answers
from alpr_core.models import Actor
from alpr_core.node import FirstPerson, Node
from alpr_core.services.backup import make_backup


def back_up_without_end(folder: Path, target: Path, begin: Callable[[], None]) -> None:
    """Make one backup after the other; what a process of its own runs."""
    with Node.open(folder) as node:
        begin()
        while True:
            make_backup(Act(node.site, JOB), target, folder=folder, keep=2)


JOB = Actor(id="system:backup", roles=frozenset({"admin"}), delegated_by="p1")


def make_node(folder: Path, url: str) -> str:
    """Make a node with some data, and return its backup passphrase."""
    recipient, printed = new_printed()
    answers = Answers(name="n", origin="test.example/ledger/1", last_signed="var/last-signed", store_url=url)
    first = FirstPerson(badge="1001", name="Alex Doe", passphrase="correct horse battery staple")
    Node.create(folder, answers, first, recipient=recipient).close()
    (folder / "notes.txt").write_text("x" * 200_000)
    return printed.passphrase


def assert_whole(target: Path, secret: bytes) -> int:
    """Open every backup of the data with the newest keys, to its end; return how many there are."""
    rings = [keyring.open_keyring(path, secret) for path in keyring.generations(target / "keys")]
    assert len(rings) <= keyring.GENERATIONS + 1  # killed between writing one and taking one away
    found = data.generations(target / "data")
    for folder in found:
        own = rings[0].key("backup/own")
        assert own is not None
        reader = DataReader(folder, own)
        for part in reader.parts:
            key = own if part == REST else part_key(rings[0].files[f"{part}.key"], part)
            assert sum(1 for _ in reader.lines(part, key)) > 0
    return len(found)


def kill_times(count: int, database_url: str, tmp_path: Path, run_and_kill: Callable[..., None]) -> None:
    folder, target = tmp_path / "node", tmp_path / "backups"
    secret = secret_of([make_node(folder, database_url)])
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    seen = 0
    for _ in range(count):
        run_and_kill(partial(back_up_without_end, folder, target), chance.uniform(0, 0.5))
        seen = max(seen, assert_whole(target, secret))
    with Node.open(folder) as node:
        assert node.cut_off or seen  # each was cut off, or had ended
        make_backup(Act(node.site, JOB), target, folder=folder, keep=2)
        with node.site.store.snapshot() as work:
            assert work.intents.open() == []
    assert assert_whole(target, secret) <= 2
    assert not list((target / "data").glob(".partial-*"))
    assert len(keyring.generations(target / "keys")) <= 2


def test_killed_at_random_points_there_is_always_a_whole_backup_or_the_one_before(
    database_url, tmp_path, run_and_kill
) -> None:
    kill_times(5, database_url, tmp_path, run_and_kill)


@pytest.mark.soak
def test_killed_at_a_hundred_random_points(database_url, tmp_path, run_and_kill) -> None:
    kill_times(100, database_url, tmp_path, run_and_kill)
