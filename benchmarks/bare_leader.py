"""The least that a group commit can be, on the same tables: what `ledger.py` measures the group committer against."""

from __future__ import annotations

import sqlite3
import threading

from alpr_ledger.entry import splice
from alpr_ledger.keys import SigningKey
from alpr_ledger.merkle import Frontier, leaf_hash
from alpr_ledger.store import Head


class BareLeader:
    """Group commit with the raw driver and nothing around it: no tiles, no checks, no vault, no savepoints.

    Args:
        url: of the database, which holds an open ledger.
        key: signs the checkpoints.
        head: where that ledger ends; nobody else may append to it meanwhile.
    """

    def __init__(self, url: str, key: SigningKey, head: Head) -> None:
        self._key = key
        self._mutex = threading.Lock()
        self._queue: list[tuple[bytes, str, threading.Lock]] = []
        self._led = False
        self._tree: Frontier = head.frontier
        self._prev = head.leaf
        if url.startswith("sqlite"):
            path = url.removeprefix("sqlite:///")
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._mark, self._begin = "?", "BEGIN IMMEDIATE"
        else:
            import psycopg

            self._connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
            self._mark, self._begin = "%s", "BEGIN"

    def append(self, body: bytes, req: str) -> None:
        """Append one entry, and return once it is durable."""
        done = threading.Lock()
        done.acquire()
        with self._mutex:
            self._queue.append((body, req, done))
            leads, self._led = not self._led, True
        if not leads:
            done.acquire()
            return
        while True:  # the leader serves until nobody waits
            with self._mutex:
                group, self._queue = self._queue, []
                if not group:
                    self._led = False
                    return
            self._commit(group)

    def _commit(self, group: list[tuple[bytes, str, threading.Lock]]) -> None:
        rows, m = [], self._mark
        for idx, (body, req, _) in enumerate(group, self._tree.size):
            data = splice(body, self._prev, idx)
            leaf = leaf_hash(data)
            rows.append((idx, data, leaf, self._prev, req))
            self._prev = leaf
        self._tree.extend(row[2] for row in rows)
        size, root = self._tree.size, self._tree.root()
        cursor = self._connection.cursor()
        cursor.execute(self._begin)
        cursor.executemany(
            f"INSERT INTO entry (idx, bytes, leaf, prev, req) VALUES ({m}, {m}, {m}, {m}, {m})", rows
        )
        note = self._key.sign_checkpoint(size, root)
        cursor.execute(f"INSERT INTO checkpoint VALUES ({m}, {m}, {m})", (size, root, note))
        frontier = self._tree.to_bytes()
        cursor.execute(
            f"UPDATE head SET size = {m}, leaf = {m}, frontier = {m}", (size, self._prev, frontier)
        )
        cursor.execute("COMMIT")
        for _, _, done in group:
            done.release()

    def close(self) -> None:
        self._connection.close()
