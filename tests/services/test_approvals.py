"""Approvals as tokens, under Leicester's policy: who gives them, for what exactly they count, and how often."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alpr_core.act import Act
from alpr_core.errors import Denied, InputError, NotFound
from alpr_core.models import HotlistEntry, ReadFilter
from alpr_core.services.approvals import deny, grant, list_approvals, show_approval
from alpr_core.services.hotlists import add_to_hotlist, ask_to_add
from alpr_core.services.search import ask_to_search, search_reads

WHY = {"purpose": "patrol", "case": "26-1041", "reason": "stolen last night at the fair"}
UNTIL = datetime(2026, 12, 24, tzinfo=UTC)
CAR = ReadFilter(plate="4KB 792")


def search(act, wanted=CAR, **given):
    return search_reads(act, wanted, **{**WHY, **given})


def entries(site, kind):
    with site.store.snapshot() as work:
        return [entry.body for entry in work.ledger.entries(kind=kind)]


@pytest.mark.clause("L13")
def test_a_search_of_the_servers_data_happens_with_an_approval_and_not_without(site, someone) -> None:
    officer, chief = someone("officer"), someone("chief")
    with pytest.raises(Denied, match=r"10\.05 V searches"):
        search(officer)
    asked = ask_to_search(officer, CAR, **WHY)
    assert asked.clauses == ("10.05 V searches",)
    granted = grant(chief, asked.id)
    assert search(officer, approval=asked.id).reads == ()
    (entry,) = entries(site, "search.run")
    assert entry["ref"] == granted.decided_entry
    assert entries(site, "approval.grant")[0]["public"]["offices"] == ["chief"]


@pytest.mark.clause("L14")
def test_on_the_mdt_an_officer_searches_without_one_and_it_is_on_record(site, leicester, act_as) -> None:
    there = replace(leicester, origin="vehicle")
    officer = Act(there, act_as("officer").actor)
    assert search(officer).reads == ()
    assert len(entries(site, "search.run")) == 1
    with pytest.raises(InputError, match="needs no approval"):
        ask_to_search(officer, ReadFilter(plate="4KB793"), **WHY)


@pytest.mark.clause("L5")
def test_a_targeted_use_needs_the_chiefs_or_a_designees_approval(someone) -> None:
    officer, designee = someone("officer"), someone("designee")
    wanted = HotlistEntry(plate="AB?12", category="wanted", expires=UNTIL)
    why = {**WHY, "purpose": "targeted"}
    with pytest.raises(Denied, match=r"10\.05 III"):
        add_to_hotlist(officer, wanted, name="watch", **why)
    asked = ask_to_add(officer, wanted, name="watch", **why)
    grant(designee, asked.id)
    other = replace(wanted, plate="AB?13")
    with pytest.raises(Denied, match="another purpose, case or selection"):
        add_to_hotlist(officer, other, name="watch", **why, approval=asked.id)
    assert add_to_hotlist(officer, wanted, name="watch", **why, approval=asked.id).plate == "AB?12"


@pytest.mark.clause("L8")
def test_tracking_is_approved_by_the_chief_alone(someone) -> None:
    officer, chief, designee = someone("officer"), someone("chief"), someone("designee")
    first = ask_to_search(officer, CAR, **WHY)
    grant(designee, first.id)
    search(officer, approval=first.id)
    again = ask_to_search(officer, CAR, **WHY)
    assert {"10.05 fn 1", "10.05 V searches"} < set(again.clauses)
    with pytest.raises(Denied, match=r"10\.05 fn 1|10\.05 IV"):
        grant(designee, again.id)
    grant(chief, again.id)
    search(officer, approval=again.id)


def test_the_chiefs_own_search_needs_a_designee(someone) -> None:
    chief, designee = someone("chief"), someone("designee")
    asked = ask_to_search(chief, CAR, **WHY)
    with pytest.raises(Denied, match="nobody approves what they asked for"):
        grant(chief, asked.id)
    with pytest.raises(Denied, match="what they asked for"):
        deny(chief, asked.id)
    grant(designee, asked.id)
    search(chief, approval=asked.id)


class TestBound:
    @pytest.fixture
    def granted(self, someone):
        """An officer, and the number of an approval that was given for one search."""
        officer = someone("officer")
        asked = ask_to_search(officer, CAR, **WHY)
        grant(someone("chief"), asked.id)
        return officer, asked.id

    @pytest.mark.parametrize(
        ("wanted", "why"),
        [
            (replace(CAR, plate="4KB793"), {}),
            (replace(CAR, cameras=("gate",)), {}),
            (replace(CAR, confusable=False), {}),
            (CAR, {"case": "26-1042"}),
            (CAR, {"purpose": "traffic_initiative"}),
        ],
        ids=["plate", "camera", "look-alikes", "case", "purpose"],
    )
    def test_a_changed_search_needs_a_new_one(self, site, granted, wanted, why) -> None:
        officer, number = granted
        with pytest.raises(Denied, match="needs a new one"):
            search(officer, wanted, approval=number, **why)
        assert entries(site, "act.deny")[-1]["clauses"] == ["approval"]
        assert search(officer, approval=number).reads == (), "the right search may still use it"

    def test_it_is_for_one_use(self, site, granted) -> None:
        officer, number = granted
        search(officer, approval=number)
        with pytest.raises(Denied, match="was used already"):
            search(officer, approval=number)
        assert len(entries(site, "search.run")) == 1

    def test_nobody_else_can_use_it_and_a_made_up_number_says_no_more(self, granted, someone) -> None:
        _, number = granted
        stranger = someone("officer")
        for tried in (number, 4711):
            with pytest.raises(Denied, match=f"asked for no approval {tried}"):
                search(stranger, approval=tried)

    def test_one_that_was_taken_back_counts_no_longer(self, granted, someone) -> None:
        officer, number = granted
        deny(someone("chief"), number, reason="the case is closed")
        with pytest.raises(Denied, match="was refused"):
            search(officer, approval=number)

    def test_an_act_that_failed_has_not_used_it_up(self, site, someone) -> None:
        officer, wanted = someone("officer"), HotlistEntry(plate="AB?12", category="wanted", expires=UNTIL)
        asked = ask_to_add(officer, wanted, name="watch", **WHY)
        grant(someone("chief"), asked.id)
        why = {**WHY, "facts": asked.facts, "approval": asked.id, "query": asked.query}
        with pytest.raises(ZeroDivisionError), officer.change("hotlist.add", **why):
            raise ZeroDivisionError
        assert len(entries(site, "act.fail")) == 1
        add_to_hotlist(officer, wanted, name="watch", **WHY, approval=asked.id)

    def test_of_two_at_once_one_is_served(self, site, granted) -> None:
        officer, number = granted
        served, refused = [], []

        def run() -> None:
            try:
                served.append(search(officer, approval=number))
            except Denied as denial:
                refused.append(denial)

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(served), len(refused)) == (1, 3)
        assert len(entries(site, "search.run")) == 1


def test_one_with_an_end_serves_again_and_again_until_then(site, someone) -> None:
    officer = someone("officer")
    partial = ReadFilter(plate="4KB?92")
    asked = ask_to_search(officer, partial, **WHY)
    grant(someone("chief"), asked.id, until=site.clock() + timedelta(hours=1))
    for _ in range(2):
        search(officer, partial, approval=asked.id)
    site.clock.advance(timedelta(hours=1))
    with pytest.raises(Denied, match="is over"):
        search(officer, partial, approval=asked.id)


def test_what_would_be_denied_whatever_is_approved_is_not_asked_for(site, someone) -> None:
    with pytest.raises(Denied, match="purpose"):
        ask_to_search(someone("officer"), CAR, **{**WHY, "purpose": "curiosity"})
    assert entries(site, "approval.request") == []


def test_no_service_can_claim_an_approval_by_itself(someone) -> None:
    claimed = {"approved_by": ("chief",)}
    with pytest.raises(Denied, match=r"10\.05 V searches"):
        someone("officer").admit("search.run", **WHY, facts=claimed)


def test_who_audits_neither_asks_nor_approves(someone) -> None:
    officer = someone("officer")
    asked = ask_to_search(officer, CAR, **WHY)
    with pytest.raises(Denied, match="who audits the accesses approves none"):
        grant(someone("chief", "auditor"), asked.id)
    with pytest.raises(Denied, match="who audits the accesses asks for none"):
        ask_to_search(someone("officer", "auditor"), CAR, **WHY)


def test_an_approval_that_was_decided_is_not_decided_again(someone) -> None:
    officer, chief = someone("officer"), someone("chief")
    asked = ask_to_search(officer, CAR, **WHY)
    grant(chief, asked.id)
    with pytest.raises(NotFound, match="no approval 1 waits"):
        grant(chief, asked.id)
    with pytest.raises(InputError, match="over before it begins"):
        grant(chief, ask_to_search(officer, CAR, **WHY).id, until=chief.now)


class TestWhatTheApproverSees:
    def test_who_asks_for_what_why_by_which_words_and_what_they_searched_before(self, site, someone) -> None:
        officer, chief = someone("officer"), someone("chief")
        first = ask_to_search(officer, CAR, **WHY)
        grant(chief, first.id)
        search(officer, approval=first.id)
        seen = show_approval(chief, ask_to_search(officer, CAR, **WHY).id)
        assert (seen.approval.plate, seen.approval.case_number, seen.approval.reason) == (
            "4KB792",
            WHY["case"],
            WHY["reason"],
        )
        assert seen.name == officer.actor.name
        assert dict(seen.clauses)["10.05 V searches"]
        with site.store.snapshot() as work:
            (before,) = [entry.idx for entry in work.ledger.entries(kind="search.run")]
        assert seen.earlier == (before,)

    def test_an_officer_sees_only_their_own(self, someone) -> None:
        mine, other, chief = someone("officer"), someone("officer"), someone("chief")
        asked = ask_to_search(mine, CAR, **WHY)
        assert [one.approval.id for one in list_approvals(mine)] == [asked.id]
        assert list_approvals(other) == []
        assert [one.approval.id for one in list_approvals(chief)] == [asked.id]
        with pytest.raises(NotFound):
            show_approval(other, asked.id)
        with pytest.raises(NotFound):
            other.verdict(asked.id)
        assert mine.verdict(asked.id) == ""


# ---------------------------------------------------------------------------
# Requester, approver and auditor
# ---------------------------------------------------------------------------

ROLES = st.sets(st.sampled_from(["officer", "chief", "designee", "auditor"]), min_size=1, max_size=3)
STEPS = st.lists(
    st.tuples(st.sampled_from(["ask", "grant", "search"]), st.integers(0, 3), st.integers(0, 3)),
    min_size=4,
    max_size=14,
)


@settings(
    max_examples=settings.default.max_examples // 5 or 1,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(roles=st.tuples(ROLES, ROLES, ROLES, ROLES), steps=STEPS)
def test_requester_approver_and_auditor_are_never_one_person(leicester, act_as, roles, steps) -> None:
    people = [Act(leicester, act_as(*mine).actor) for mine in roles]
    asked: list[int] = []
    with leicester.store.snapshot() as work:
        before = work.ledger.size()
    for what, who, which in steps:
        number = asked[which % len(asked)] if asked else 0
        with suppress(Denied, NotFound, InputError):
            if what == "ask":
                asked.append(ask_to_search(people[who], CAR, **WHY).id)
            elif what == "grant":
                grant(people[who], number)
            elif number:
                search(people[who], approval=number)
    gate = leicester.gate
    with leicester.store.snapshot() as work:
        for entry in work.ledger.entries(before, kind="search.run"):
            given_by = work.ledger.entry(entry.body["ref"]).body["actor"]
            searcher = entry.body["actor"]
            assert given_by["id"] != searcher["id"]
            for one in (given_by, searcher):
                assert "ledger.search" not in gate.actions_of(one["roles"])
