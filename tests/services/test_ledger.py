"""Reading the ledger is an act too, and what cannot be read is said plainly."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from alpr_core.errors import Denied, NotFound, StoreError, VerificationFailed
from alpr_core.services.hotlists import list_hotlists
from alpr_core.services.ledger import verify_ledger
from alpr_core.services.ledger_log import LogFilter, read_log, show_entry
from alpr_ledger import store
from alpr_ledger.note import Vkey
from alpr_ledger.proof import TlogProof


@pytest.fixture
def auditor(act_as):
    return act_as("auditor")


def entries(site, kind: str):
    with site.store.snapshot() as work:
        return list(work.ledger.entries(kind=kind))


def damage(site, index: int) -> None:
    """Put bytes that are no entry in the place of one, as somebody could who rules the database."""
    with site.store.writing() as work:
        if site.store.is_sqlite:
            work.connection.exec_driver_sql("DROP TRIGGER entry_no_UPDATE")
        else:
            work.connection.exec_driver_sql("ALTER TABLE entry DISABLE TRIGGER USER")
        work.connection.execute(sa.update(store.entry).where(store.entry.c.idx == index).values(bytes=b"{}"))


def test_the_log_names_who_acted_newest_first(act_as, auditor, site) -> None:
    admin = act_as("admin")
    list_hotlists(admin)
    newest, *_, oldest = read_log(auditor)
    assert (newest.body["kind"], newest.who, newest.actor) == (
        "hotlist.list",
        admin.actor.name,
        admin.actor.id,
    )
    assert newest.time == site.clock()
    assert oldest.body["kind"] == "ledger.open"


def test_reading_it_is_an_entry_that_says_what_was_read(site, auditor) -> None:
    read_log(auditor, limit=1)
    (entry,) = entries(site, "ledger.read")
    assert entry.body["public"] == {"count": 1, "first": 0, "last": 0}


def test_a_kind_that_does_not_exist_is_refused_with_the_one_that_may_be_meant(auditor) -> None:
    with pytest.raises(NotFound, match=r"Did you mean 'act\.deny'"):
        read_log(auditor, wanted=LogFilter(kind="act.denied"))


def test_an_entry_comes_with_its_proof(site, auditor) -> None:
    shown = show_entry(auditor, 0)
    checked = TlogProof.parse(shown.proof.encode())
    (opening,) = entries(site, "ledger.open")
    checked.verify(opening.data, [Vkey.parse(auditor.vkey)])
    assert shown.entry.leaf == opening.leaf.hex()


@pytest.mark.parametrize("index", [-1, 99, 2**70])
def test_an_entry_that_there_is_not_is_named(auditor, index) -> None:
    with pytest.raises(NotFound, match=f"no entry {index}: the ledger holds entries 0 to 0"):
        show_entry(auditor, index)


@pytest.mark.parametrize("read", [read_log, lambda act: show_entry(act, 0)], ids=["log", "show"])
def test_a_damaged_entry_is_an_error_for_people_and_the_look_is_on_record(site, auditor, read) -> None:
    damage(site, 0)
    with pytest.raises(StoreError, match="cannot be read: entry"):
        read(auditor)
    assert [entry.body["public"]["action"] for entry in entries(site, "act.fail")] == ["ledger.read"]


def test_verification_and_its_result_are_an_entry(site, auditor) -> None:
    report = verify_ledger(auditor)
    assert report.size == 1
    (entry,) = entries(site, "ledger.verify")
    assert entry.body["public"] == {"content": True, "passed": True, "size": 1}


def test_a_ledger_that_does_not_verify_is_on_record_as_such(site, auditor) -> None:
    damage(site, 0)
    with pytest.raises(VerificationFailed, match="entry 0"):
        verify_ledger(auditor)
    (entry,) = entries(site, "ledger.verify")
    assert entry.body["public"] == {"content": True, "passed": False}


@pytest.mark.parametrize("service", [read_log, verify_ledger, lambda act: show_entry(act, 0)])
def test_nobody_but_an_auditor_may(act_as, service) -> None:
    with pytest.raises(Denied):
        service(act_as("officer"))
