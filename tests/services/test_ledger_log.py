"""The ledger is read by who, when and why; what it keeps closed is opened by an act, one commitment at a time."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from alpr_core.errors import Denied, InputError, NotFound
from alpr_core.models import ReadFilter
from alpr_core.services.holds import place_hold
from alpr_core.services.ledger_log import LogFilter, disclose, read_log, show_entry
from alpr_core.services.search import search_reads
from alpr_ledger.commitment import check_opening

AUDIT = {"purpose": "audit", "case": "A-7"}


@pytest.fixture
def auditor(act_as):
    return act_as("auditor")


@pytest.fixture
def officer(act_as):
    return act_as("officer")


def search(officer, plate: str = "ABC123", case: str = "26-1041", purpose: str = "wanted") -> int:
    """Search, and return the entry's index."""
    return search_reads(officer, ReadFilter(plate=plate), purpose=purpose, case=case).entry


def indexes(act, **wanted) -> list[int]:
    why = AUDIT if {"case", "subject"} & set(wanted) else {}
    return [entry.index for entry in read_log(act, wanted=LogFilter(**wanted), limit=100, **why)]


def newest(site, kind: str):
    with site.store.snapshot() as work:
        return next(iter(work.ledger.entries(kind=kind, newest_first=True))).body


def test_entries_are_found_by_who_acted_whether_badge_or_pseudonym(act_as, auditor, officer) -> None:
    mine, _ = search(officer), search(act_as("officer"))
    assert indexes(auditor, actor="B1", kind="search.run") == [mine]
    assert indexes(auditor, actor=officer.actor.id, kind="search.run") == [mine]
    with pytest.raises(NotFound, match="nobody has the badge 'B99'"):
        indexes(auditor, actor="B99")


def test_entries_are_found_by_time_and_purpose(site, auditor, officer) -> None:
    search(officer)
    site.clock.advance(timedelta(hours=1))
    later = search(officer, purpose="stolen_vehicle")
    assert indexes(auditor, since=site.clock(), kind="search.run") == [later]
    assert indexes(auditor, purpose="stolen_vehicle") == [later]
    assert later not in indexes(auditor, until=site.clock())


def test_a_plate_and_a_case_number_are_found_through_the_vault(auditor, officer) -> None:
    first, other, _ = search(officer), search(officer, case="26-2000"), search(officer, plate="XYZ999")
    assert indexes(auditor, subject="abc-123") == [other, first]
    assert indexes(auditor, case="26-2000") == [other]
    assert indexes(auditor, subject="ABC123", case="26-2000") == [other]
    assert indexes(auditor, subject="ABC124") == []


def test_asking_the_vault_is_an_act_of_its_own_and_tells_the_ledger_nothing(site, auditor, officer) -> None:
    search(officer)
    indexes(auditor, subject="ABC123")
    body = newest(site, "ledger.search")
    assert body["public"] == {"count": 1}
    assert set(body["committed"]) == {"query", "plate", "case", "result"}
    assert "ABC123" not in str(body)


def test_asking_the_vault_takes_an_auditor_with_a_purpose(auditor, officer) -> None:
    for act, why in ((auditor, {}), (officer, {"purpose": "wanted", "case": "26-1041"})):
        with pytest.raises(Denied):
            read_log(act, wanted=LogFilter(subject="ABC123"), **why)
        with pytest.raises(Denied):
            disclose(act, 1, "plate", **why)


def test_a_subject_that_is_no_plate_is_refused(auditor) -> None:
    with pytest.raises(InputError, match="letter"):
        indexes(auditor, subject="--")


def test_an_entry_tells_which_commitments_can_still_be_opened(site, auditor, officer) -> None:
    index = search(officer)
    assert [one.field for one in show_entry(auditor, index).kept] == ["case", "plate", "query", "result"]
    destroy_access_key(site)
    assert show_entry(auditor, index).kept == ()


def test_a_disclosure_is_exactly_what_opens_one_commitment(site, auditor, officer) -> None:
    index = search(officer)
    opened = disclose(auditor, index, "plate", **AUDIT)
    (entry,) = read_log(auditor, wanted=LogFilter(kind="search.run"))
    assert opened.commitment == entry.body["committed"]["plate"]
    check_opening(opened.commitment, "plate", base64.b64decode(opened.salt), "ABC123")
    assert opened.value == "ABC123"
    body = newest(site, "ledger.disclose")
    assert body["public"] == {"entry": index, "field": "plate", "item": 0}
    assert "ABC123" not in str(body)


def test_what_cannot_be_opened_is_named(site, auditor, officer) -> None:
    index = search(officer)
    with pytest.raises(NotFound, match="commits to no 'name', but to: case, plate, query, result"):
        disclose(auditor, index, "name", **AUDIT)
    with pytest.raises(NotFound, match="plate cannot be opened"):
        disclose(auditor, index, "plate", item=1, **AUDIT)
    with pytest.raises(NotFound, match="no entry 99"):
        disclose(auditor, 99, "plate", **AUDIT)
    destroy_access_key(site)
    with pytest.raises(NotFound, match="not kept any more"):
        disclose(auditor, index, "plate", **AUDIT)


def destroy_access_key(site) -> None:
    """As the end of the audit period does."""
    (site.keys.folder / "access" / f"{site.clock():%Y-%m}.key").unlink()
    site.keys._cache.clear()


def test_a_read_that_is_held_is_found_by_its_plate_as_before(auditor, officer, see) -> None:
    key = see("ABC123")
    before = indexes(auditor, subject="ABC123", kind="read.record")
    assert before
    place_hold(officer, read=key, why="criminal", case="26-1041", reason="the getaway car of the robbery")
    assert indexes(auditor, subject="ABC123", kind="read.record") == before
