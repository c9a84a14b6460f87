"""Group commit: one checkpoint for many callers, and nobody pays for another's mistake."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from alpr_ledger.errors import DuplicateRequest, GroupCommitError
from alpr_ledger.group import GroupCommitter
from alpr_ledger.log import draft
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify


@pytest.fixture
def committer(ledger):
    with ledger.transaction() as connection:
        connection.exec_driver_sql("CREATE TABLE fact (n INTEGER PRIMARY KEY)")
    return GroupCommitter(ledger.log, ledger.transaction)


def together(committer, calls, meanwhile=lambda: None):
    """Run all calls in one group: a leader before them is held up until all of them are queued."""
    leading = threading.Event()

    def hold_up(connection):
        leading.set()
        while len(committer._queue) < len(calls):
            time.sleep(0.001)
        meanwhile()
        return []

    with ThreadPoolExecutor(len(calls) + 1) as pool:
        first = pool.submit(committer.submit, hold_up)
        assert leading.wait(10)
        futures = [pool.submit(call) for call in calls]
        first.result()
    return [future.exception() or future.result() for future in futures]


def write(n, **more):
    def work(connection):
        connection.execute(text("INSERT INTO fact VALUES (:n)"), {"n": n})
        return [draft({"v": 1, "kind": "test.note", "t": "x", "public": {"n": n}, **more})]

    return work


def test_callers_of_one_group_share_one_checkpoint_and_each_has_its_own_entries(ledger, committer, make_body):
    calls = [lambda n=n: committer.submit(write(n)) for n in range(4)]
    calls += [lambda n=n: committer.append([draft(make_body(n)), draft(make_body(n))]) for n in range(4)]
    receipts = together(committer, calls)
    assert {receipt.checkpoint for receipt in receipts} == {receipts[0].checkpoint}
    assert sorted(idx for receipt in receipts for idx in receipt.indexes) == list(range(1, 13))
    leaves = [bytes(leaf) for (leaf,) in ledger.query("SELECT leaf FROM entry ORDER BY idx")]
    for receipt in receipts:
        assert list(receipt.leaves) == [leaves[idx] for idx in receipt.indexes]
    assert ledger.query("SELECT size FROM checkpoint ORDER BY size") == [(1,), (13,)]
    assert ledger.query("SELECT n FROM fact ORDER BY n") == [(0,), (1,), (2,), (3,)]


def test_a_caller_whose_work_fails_is_undone_alone_and_told_why(ledger, committer):
    class Denied(Exception):
        pass

    def denied(connection):
        connection.execute(text("INSERT INTO fact VALUES (99)"))
        raise Denied("clause 10.05")

    results = together(
        committer,
        [
            lambda: committer.submit(write(1)),
            lambda: committer.submit(denied),
            lambda: committer.submit(write(2)),
        ],
    )
    assert isinstance(results[1], Denied)
    assert results[0].size == results[2].size == 3
    assert ledger.query("SELECT n FROM fact ORDER BY n") == [(1,), (2,)]


def test_a_caller_whose_statement_fails_hurts_no_other(ledger, committer):
    def twice(connection):
        connection.execute(text("INSERT INTO fact VALUES (50)"))
        connection.execute(text("INSERT INTO fact VALUES (50)"))
        return []

    results = together(committer, [lambda: committer.submit(twice), lambda: committer.submit(write(1))])
    assert "IntegrityError" in type(results[0]).__name__
    assert results[1].size == 2
    assert ledger.query("SELECT n FROM fact") == [(1,)]


def test_of_two_callers_with_one_request_one_is_recorded_and_the_other_undone(ledger, committer, make_body):
    ledger.append(draft(make_body(0, req="old")))
    results = together(
        committer,
        [
            lambda: committer.submit(write(1, req="new")),
            lambda: committer.submit(write(2, req="new")),
            lambda: committer.submit(write(3, req="old")),
            lambda: committer.append([draft(make_body(4, req="old"))]),
            lambda: committer.append([draft(make_body(5, req="fresh"))]),
        ],
    )
    assert sorted(type(result).__name__ for result in results[:2]) == ["DuplicateRequest", "Receipt"]
    assert isinstance(results[2], DuplicateRequest)
    assert isinstance(results[3], DuplicateRequest)
    assert ledger.query("SELECT count(*) FROM fact") == [(1,)]
    assert ledger.query("SELECT count(*) FROM entry") == [(4,)]


@pytest.mark.parametrize("fails", ["begin", "commit"])
def test_a_commit_that_fails_gives_every_caller_the_error_and_stores_nothing(ledger, committer, fails):
    @contextmanager
    def broken():
        if fails == "begin":
            raise OSError("disk full")
        with ledger.transaction() as connection:
            yield connection
            raise OSError("disk full")

    def break_it():
        committer._transaction = broken

    results = together(committer, [lambda n=n: committer.submit(write(n)) for n in range(3)], break_it)
    for result in results:
        assert isinstance(result, GroupCommitError)
        assert "disk full" in str(result)
        assert isinstance(result.__cause__, OSError)
    assert ledger.query("SELECT count(*) FROM entry") == [(1,)]
    assert ledger.query("SELECT count(*) FROM fact") == [(0,)]


def test_after_a_failed_commit_the_next_one_works(ledger, committer):
    good = committer._transaction

    @contextmanager
    def broken():
        raise OSError("disk full")
        yield

    committer._transaction = broken
    with pytest.raises(GroupCommitError):
        committer.submit(write(1))
    committer._transaction = good
    assert committer.submit(write(1)).size == 2


def test_an_interrupted_leader_does_not_keep_the_others_waiting(ledger, committer):
    def interrupted(connection):
        raise KeyboardInterrupt

    results = together(committer, [lambda: committer.submit(interrupted), lambda: committer.submit(write(1))])
    assert sorted(type(result).__name__ for result in results) == ["GroupCommitError", "KeyboardInterrupt"]
    assert committer.submit(write(2)).size == 2


def test_work_that_records_nothing_gets_the_checkpoint_it_was_committed_with(ledger, committer):
    def quiet(connection):
        connection.execute(text("INSERT INTO fact VALUES (7)"))
        return []

    receipt = committer.submit(quiet)
    assert (receipt.leaves, receipt.size) == ((), 1)
    assert ledger.query("SELECT n FROM fact") == [(7,)]


def test_a_group_is_closed_at_its_limit(ledger, make_body):
    committer = GroupCommitter(ledger.log, ledger.transaction, limit=4)
    together(committer, [lambda: committer.append([draft(make_body())] * 2) for _ in range(5)])
    sizes = [size for (size,) in ledger.query("SELECT size FROM checkpoint ORDER BY size")]
    assert sizes[:2] == [1, 5]
    assert sizes[-1] == 11


def test_one_caller_alone_never_waits_for_others(ledger, committer):
    committer._linger = 3600
    for n in range(3):
        committer.submit(write(n))
    assert ledger.query("SELECT count(*) FROM checkpoint") == [(4,)]


def test_many_threads_leave_one_gapless_ledger_that_verifies(ledger, committer, make_body):
    threads, each = 8, 12
    start = threading.Barrier(threads)

    def run(thread):
        start.wait()
        receipts = []
        for n in range(each):
            number = thread * each + n
            receipts.append(
                committer.submit(write(number)) if n % 2 else committer.append([draft(make_body(number))])
            )
        return [idx for receipt in receipts for idx in receipt.indexes]

    with ThreadPoolExecutor(threads) as pool:
        indexes = [idx for found in pool.map(run, range(threads)) for idx in found]
    assert sorted(indexes) == list(range(1, threads * each + 1))
    with open_source(ledger.target) as source:
        assert verify(source, content=False).size == threads * each + 1
