"""Approvals that were given orally, or on paper: recorded by somebody else, and confirmed in time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alpr_core.errors import Denied, InputError, NotFound
from alpr_core.models import ReadFilter
from alpr_core.periods import Period
from alpr_core.services.approval_records import countersign, record_oral, record_paper
from alpr_core.services.approvals import grant, list_approvals
from alpr_core.services.search import ask_to_search, search_reads

WHY = {"purpose": "patrol", "case": "26-1041", "reason": "stolen last night at the fair"}
CAR = ReadFilter(plate="4KB 792")


def search(act, **given):
    return search_reads(act, CAR, **WHY, **given)


def entries(site, kind):
    with site.store.snapshot() as work:
        return [entry.body for entry in work.ledger.entries(kind=kind)]


@pytest.fixture
def by_radio(leicester_with):
    """The same department, whose paper lets the Chief approve by radio and sign within a day."""

    def changed(clause):
        if clause.id != "10.05 V searches":
            return clause
        rule = clause.rule.model_copy(update={"oral": Period.parse("P1D")})
        return clause.model_copy(update={"rule": rule})

    return leicester_with(changed)


def badge_of(site, act) -> str:
    with site.store.snapshot() as work:
        return work.people.by_id(act.actor.id).badge


class TestOral:
    def test_the_five_papers_let_nobody_approve_orally(self, site, someone) -> None:
        officer, chief = someone("officer"), someone("chief")
        asked = ask_to_search(officer, CAR, **WHY)
        with pytest.raises(Denied, match=r"10\.05 V searches lets nobody approve orally"):
            record_oral(someone("supervisor"), asked.id, badge_of(site, chief))

    def test_where_a_paper_does_it_is_recorded_by_somebody_else_and_confirmed_in_time(
        self, site, by_radio
    ) -> None:
        officer, chief, sergeant = by_radio("officer"), by_radio("chief"), by_radio("supervisor")
        asked = ask_to_search(officer, CAR, **WHY)
        with pytest.raises(Denied, match="somebody else than who asked"):
            record_oral(officer, asked.id, badge_of(site, chief))
        done = record_oral(sergeant, asked.id, badge_of(site, chief), reason="by radio")
        assert done.countersign_by == site.clock() + timedelta(days=1)
        search(officer, approval=asked.id)
        countersign(chief, asked.id)
        assert entries(site, "approval.countersign")[0]["public"]["in_time"] is True
        assert not any(one.overdue for one in list_approvals(chief))

    def test_one_that_is_not_confirmed_in_time_is_a_finding_for_ever(self, site, by_radio) -> None:
        officer, chief, sergeant = by_radio("officer"), by_radio("chief"), by_radio("supervisor")
        asked = ask_to_search(officer, CAR, **WHY)
        record_oral(sergeant, asked.id, badge_of(site, chief))
        site.clock.advance(timedelta(days=1, seconds=1))
        assert [one.overdue for one in list_approvals(chief)] == [True]
        countersign(chief, asked.id)
        assert [one.overdue for one in list_approvals(chief)] == [True]
        with pytest.raises(NotFound):
            countersign(chief, asked.id)

    def test_nobody_is_said_to_have_approved_who_may_not(self, site, by_radio) -> None:
        officer, sergeant = by_radio("officer"), by_radio("supervisor")
        asked = ask_to_search(officer, CAR, **WHY)
        with pytest.raises(Denied, match="is nobody who approves"):
            record_oral(sergeant, asked.id, badge_of(site, sergeant))


class TestPaper:
    def test_whoever_has_no_account_signs_and_the_scans_hash_is_kept(self, site, someone, tmp_path) -> None:
        officer, sergeant = someone("officer"), someone("supervisor")
        asked = ask_to_search(officer, CAR, **WHY)
        scan = tmp_path / "signed.pdf"
        scan.write_bytes(b"%PDF signed")
        day = site.clock().date()
        done = record_paper(sergeant, asked.id, scan, "chief", signer="Kim Poe, Chief", signed_on=day)
        assert (len(done.sha256), done.signer) == (64, f"Kim Poe, Chief, {day}")
        (entry,) = entries(site, "approval.record")
        assert entry["public"]["how"] == "paper"
        assert "Kim Poe" not in str(entry)
        search(officer, approval=asked.id)

    def test_an_office_whose_holder_has_an_account_approves_there(self, site, someone, tmp_path) -> None:
        officer, sergeant = someone("officer"), someone("supervisor")
        someone("chief")
        asked = ask_to_search(officer, CAR, **WHY)
        scan = tmp_path / "signed.pdf"
        scan.write_bytes(b"%PDF signed")
        with pytest.raises(InputError, match="an account to approve with"):
            record_paper(sergeant, asked.id, scan, "chief", signer="Kim Poe", signed_on=site.clock().date())

    def test_an_office_whose_holder_has_left_is_signed_for_on_paper(self, site, someone, tmp_path) -> None:
        officer, sergeant, chief = someone("officer"), someone("supervisor"), someone("chief")
        asked = ask_to_search(officer, CAR, **WHY)
        with site.store.writing() as work:
            work.people.set_leaving(chief.actor.id, site.clock())
        scan = tmp_path / "signed.pdf"
        scan.write_bytes(b"%PDF signed")
        signed = {"signer": "Kim Poe, acting Chief", "signed_on": site.clock().date()}
        assert record_paper(sergeant, asked.id, scan, "chief", **signed).offices == ("chief",)

    def test_nobody_approves_for_whoever_has_left(self, site, someone) -> None:
        officer, chief = someone("officer"), someone("chief")
        asked = ask_to_search(officer, CAR, **WHY)
        with site.store.writing() as work:
            work.people.set_leaving(officer.actor.id, site.clock())
        with pytest.raises(Denied, match="no account in use any more"):
            grant(chief, asked.id)

    def test_an_office_that_is_not_enough_is_refused(self, site, someone, tmp_path) -> None:
        officer, sergeant = someone("officer"), someone("supervisor")
        asked = ask_to_search(officer, CAR, **WHY)
        scan = tmp_path / "signed.pdf"
        scan.write_bytes(b"%PDF signed")
        with pytest.raises(Denied, match=r"10\.05 V searches"):
            record_paper(
                sergeant, asked.id, scan, "dispatcher", signer="Kim Poe", signed_on=site.clock().date()
            )
