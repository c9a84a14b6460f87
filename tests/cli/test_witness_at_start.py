"""What a witness remembers is asked at the start: a database that lacks it is refused."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from witnessing import KEY, ORIGIN, assert_refused, recover, remember

from alpr_core.errors import LedgerUnwritable
from alpr_core.node import Node
from alpr_ledger.cosignature import witness_vkey
from alpr_ledger.witness import origin_hash


@pytest.fixture
def on_a_new_host(as_admin, witness, trust, url, tmp_path):
    """The node, restored from a backup on a host that remembers nothing; the witness confirmed what came later."""
    trust(url)
    database = as_admin.folder / "var" / "alpr.db"
    shutil.copy(database, tmp_path / "backup")
    assert as_admin("hotlist", "list").exit_code == 0
    assert as_admin("ledger", "witness").exit_code == 0
    for part in ("-wal", "-shm"):
        database.with_name(database.name + part).unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup", database)
    forget(as_admin)
    return as_admin


def forget(node) -> None:
    """What the host remembers of the ledger is lost."""
    for file in (node.folder / "var").glob("last-signed*"):
        file.unlink()


def test_a_backup_restored_on_a_new_host_is_refused_until_two_persons_answer_for_it(
    on_a_new_host, witness
) -> None:
    node = on_a_new_host
    lost = witness.checkpoint(origin_hash(ORIGIN)).decode()
    size = lost.split("\n")[1]
    assert_refused(node, f"the witness clerk confirmed {size} entries at 2026-11-23 08:00:00 UTC")
    entry = recover(node)
    assert (entry["lost"], entry["witnesses"]) == (lost, [lost])
    status = json.loads(node("status", "--json").stdout)
    assert "witness clerk remembers another ledger" in status["witnesses"][1]
    report = node("ledger", "verify")
    assert report.exit_code == 0, report.output
    assert "two persons had it go on after its newest entries were lost" in report.stdout
    assert "witness clerk remembers another ledger" in report.stdout
    forget(node)
    assert node("status").exit_code == 0  # the entry settles it, also where nothing is remembered


def test_what_a_witness_said_is_remembered_when_it_cannot_be_asked_any_more(on_a_new_host) -> None:
    assert_refused(on_a_new_host, "the witness clerk confirmed")
    file = on_a_new_host.folder / "witnesses.policy"
    file.write_text(f"witness clerk {witness_vkey(KEY)} http://127.0.0.1:1\nquorum clerk\n")
    assert_refused(on_a_new_host, "the witness clerk confirmed")
    file.unlink()
    assert_refused(on_a_new_host, "the witness clerk confirmed")


def test_a_witness_that_is_down_stops_nothing_and_status_says_so(as_admin, trust) -> None:
    trust("http://127.0.0.1:1")
    forget(as_admin)
    shown = as_admin("status")
    assert shown.exit_code == 0, shown.output
    assert "witness clerk could not be asked since" in shown.stdout
    assert "witnesses last asked" in shown.stdout


@pytest.mark.parametrize(
    "answer",
    [b"garbage", b"\xff\x00", b"x" * 1_100_000, f"{ORIGIN}\n999\n{'A' * 43}=\n\n- x y\n".encode()],
    ids=["garbage", "no text", "oversized", "unsigned"],
)
def test_a_hostile_answer_stops_nothing_and_status_says_so(
    as_admin, witness, trust, url, monkeypatch, answer
):
    trust(url)
    monkeypatch.setattr(witness, "checkpoint", lambda name: answer)
    forget(as_admin)
    shown = as_admin("status")
    assert shown.exit_code == 0, shown.output
    assert "witness clerk could not be asked since" in shown.stdout
    assert "Traceback" not in shown.output


@pytest.mark.parametrize("content", ["quorum nobody\n", None], ids=["wrong", "missing"])
def test_a_witness_file_that_cannot_be_read_stops_no_command(as_admin, trust, content) -> None:
    trust("http://127.0.0.1:1")
    file = as_admin.folder / "witnesses.policy"
    if content is None:
        file.unlink()
    else:
        file.write_text(content)
    forget(as_admin)
    assert as_admin("status").exit_code == 0


def test_the_witnesses_are_asked_once_an_hour_or_when_that_is_wanted(
    as_admin, witness, trust, url, monkeypatch
):
    trust(url)
    asked, real = [], witness.checkpoint
    monkeypatch.setattr(witness, "checkpoint", lambda name: asked.append(name) or real(name))
    now = datetime(2027, 1, 1, 12, tzinfo=UTC)

    def start(minutes: int, **how: bool) -> int:
        before = len(asked)
        Node.open(as_admin.folder, clock=lambda: now + timedelta(minutes=minutes), **how).close()
        return len(asked) - before

    assert [start(0), start(1), start(59), start(60), start(61)] == [1, 0, 0, 1, 0]
    assert start(61, ask_witnesses=True) == 1
    forget(as_admin)
    assert [start(62), start(63)] == [1, 1]  # nothing was signed in between: this host remembers nothing


def test_a_process_that_runs_on_signs_nothing_once_a_witness_contradicts(
    as_admin, witness, trust, url
) -> None:
    trust(url)
    with Node.open(as_admin.folder) as running:
        running.act(None).report("person.fail", badge="9")
        remember(as_admin, witness, 500)
        assert as_admin("ledger", "witness").exit_code == 4
        with pytest.raises(LedgerUnwritable, match="clerk confirmed 500 entries"):
            running.act(None).report("person.fail", badge="9")
        recover(as_admin)
        running.act(None).report("person.fail", badge="9")
