"""Releases: who receives, on what conditions, who answers, and what the recipient gets."""

from __future__ import annotations

import json
import subprocess

import pytest

from alpr_core.errors import Denied, InputError, NotFound
from alpr_core.models import HotlistEntry, ReadKey
from alpr_core.origins import Origin
from alpr_core.services.agencies import add_agency, add_person, end_registration, list_agencies
from alpr_core.services.approvals import grant
from alpr_core.services.releases import (
    ask_to_release,
    list_referrals,
    list_releases,
    make_release,
    record_request,
    refuse_referral,
)

HOW = "called back on the number of its website"
WHY = {"purpose": "wanted", "case": "26-1041", "reason": "their shooting of last night"}


def entries(site, kind):
    with site.store.snapshot() as work:
        return [entry.body for entry in work.ledger.entries(kind=kind)]


@pytest.fixture
def medford(under):
    return under("medford-or")


@pytest.fixture
def detective(medford):
    """A verified detective of Salem, by number."""
    manager = medford("program_manager")
    agency = add_agency(manager, "Salem PD", recipient_class="law_enforcement", state="OR", method=HOW)
    return add_person(manager, agency.id, "Det. Lee", method="met in person at their office").id


@pytest.mark.clause("M24")
def test_a_verified_officer_of_a_verified_agency_gets_what_can_be_checked(
    site, medford, detective, see, tmp_path
) -> None:
    key, officer = see("4KB792"), medford("officer")
    request = record_request(officer, person=detective, wanted="reads of 4KB792 since Monday", **WHY).request
    made = make_release(officer, request.id, [key], tmp_path / "out", **WHY)
    checked = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=made.folder, check=False)
    assert checked.returncode == 0
    assert {path.stat().st_mode & 0o077 for path in [made.folder, *made.folder.rglob("*")]} == {0}
    cover = json.loads((made.folder / "release.json").read_text())
    assert (cover["to"], cover["purpose"], cover["reads"]) == ("Det. Lee, Salem PD", "wanted", 1)
    (read,) = json.loads((made.folder / "reads.json").read_text())
    assert read["plate"] == "4KB792"
    assert sorted(path.name[-9:] for path in (made.folder / "images").iterdir()) == ["frame.jpg", "plate.jpg"]
    intent, outcome = entries(site, "release.make")
    assert (outcome["outcome"], outcome["ref"], cover["ledger"]["entry"]) == (
        "done",
        made.entry - 1,
        made.entry - 1,
    )
    assert outcome["public"]["bytes"] == sum(p.stat().st_size for p in made.folder.rglob("*") if p.is_file())
    assert intent["outcome"] == "intent"
    assert not any(word in str(entries(site, "release.make")) for word in ("4KB792", "Lee", "26-1041"))
    (listed,) = list_releases(officer)
    assert (listed.outcome, listed.entry) == ("released", made.entry - 1)
    with pytest.raises(NotFound, match="no request 1 is open"):
        make_release(officer, request.id, [key], tmp_path / "again", **WHY)


@pytest.mark.clause("B18")
@pytest.mark.parametrize("gone", ["person", "agency", "never there"])
def test_whoever_is_not_or_no_longer_on_the_register_gets_nothing(
    site, medford, detective, see, tmp_path, gone
) -> None:
    key, officer, manager = see("4KB792"), medford("officer"), medford("program_manager")
    if gone == "never there":
        who = {"recipient_class": "law_enforcement", "requester": "Det. Lee, Salem PD"}
    else:
        who = {"person": detective}
    request = record_request(officer, wanted="reads of 4KB792", **who, **WHY).request
    if gone != "never there":
        end_registration(
            manager, 1, person=detective if gone == "person" else 0, reason="has left the agency"
        )
        with pytest.raises(NotFound, match="on the register"):
            record_request(officer, person=detective, wanted="more", **WHY)
    with pytest.raises(Denied, match=r"462\.5\(d\)"):
        make_release(officer, request.id, [key], tmp_path / "out", **WHY)
    assert not (tmp_path / "out").exists()
    assert entries(site, "release.make") == []


def test_a_verification_that_ends_between_the_question_and_the_act_denies_it(
    site, medford, detective, see, tmp_path
):
    key, officer = see("4KB792"), medford("officer")
    request = record_request(officer, person=detective, wanted="reads of 4KB792", **WHY).request
    real = officer.admit

    def admit(*given, **more) -> None:
        real(*given, **more)
        end_registration(medford("program_manager"), 1, reason="has left the agency")
        officer.admit = real

    officer.admit = admit
    with pytest.raises(Denied, match=r"462\.5\(d\)"):
        make_release(officer, request.id, [key], tmp_path / "out", **WHY)


@pytest.mark.clause("M21")
def test_a_request_from_outside_is_answered_by_the_records_manager_and_nobody_else(
    site, medford, see, tmp_path
) -> None:
    key, manager = see("4KB792"), medford("records_manager")
    outside = {"recipient_class": "other", "requester": "Pat Public", "wanted": "reads of my car", **WHY}
    for role in ("officer", "supervisor"):
        referred = record_request(medford(role), **outside)
        assert (referred.request.referred_to, referred.clause) == (("records_manager",), "462.5(a)")
        with pytest.raises(Denied, match=r"462\.5\(a\)"):
            make_release(
                medford(role), referred.request.id, [key], tmp_path / "out", legal_basis="ORS 192", **WHY
            )
        with pytest.raises(Denied):
            refuse_referral(medford(role), referred.request.id, reason="no")
    assert [one.id for one in list_referrals(manager)] == [2, 1]
    with pytest.raises(Denied, match=r"462\.4 sharing"):
        make_release(manager, 1, [key], tmp_path / "out", **WHY)
    make_release(manager, 1, [key], tmp_path / "out", legal_basis="ORS 192.345", **WHY)
    with pytest.raises(InputError, match="Say why"):
        refuse_referral(manager, 2, reason="")
    refuse_referral(manager, 2, reason="it is somebody else's car")
    assert list_referrals(manager) == []
    assert [one["public"]["released"] for one in entries(site, "referral.fulfil")] == [True, False]


@pytest.mark.clause("R19")
def test_in_marion_the_records_clerk_answers(under) -> None:
    officer = under("marion-oh")("officer")
    referred = record_request(officer, recipient_class="other", requester="Pat", wanted="all reads", **WHY)
    assert officer.gate.policy.titles(referred.request.referred_to) == "Records Clerk"


@pytest.mark.clause("M13")
def test_what_a_clause_closes_to_recipients_does_not_leave(site, under, see, tmp_path) -> None:
    def closes(clause):
        if clause.id != "462.4 LEDS":
            return clause
        return clause.model_copy(update={"rule": clause.rule.model_copy(update={"to": ("release",)})})

    make = under("medford-or", closes)
    with site.store.writing() as work:
        for origin in (Origin("leds"), Origin.OWN):
            entry = HotlistEntry(plate="4KB792", category=f"of_{origin}", origin=origin)
            work.hotlists.add(origin, "hand", entry, site.clock())
    key = see("4KB792")
    request = record_request(
        make("records_manager"), recipient_class="other", requester="Pat", wanted="x", **WHY
    )
    made = make_release(
        make("records_manager"), request.request.id, [key], tmp_path / "out", legal_basis="ORS 192", **WHY
    )
    assert made.dropped == {"leds": "462.4 LEDS"}
    (read,) = json.loads((made.folder / "reads.json").read_text())
    assert [hit["category"] for hit in read["hits"]] == ["of_own"]
    assert entries(site, "release.make")[-1]["public"]["dropped"] == ["leds"]


@pytest.mark.clause("L3")
def test_what_came_from_the_registry_leaves_with_its_permissible_use(site, under, see, tmp_path) -> None:
    make = under("leicester-ma")
    with site.store.writing() as work:
        entry = HotlistEntry(plate="4KB792", category="stolen", origin=Origin("rmv"))
        work.hotlists.add("rmv", "hand", entry, site.clock())
    key, chief, why = see("4KB792"), make("chief"), {**WHY, "purpose": "patrol"}
    request = record_request(
        chief, recipient_class="prosecutor", requester="ADA Kim", wanted="x", **why
    ).request
    with pytest.raises(Denied, match=r"10\.05 II \(2\)"):
        make_release(chief, request.id, [key], tmp_path / "out", **why)
    manager = make("records_manager")
    asked = ask_to_release(manager, request.id, [key], legal_basis="subpoena 12", **why)
    grant(chief, asked.id)
    given = {"legal_basis": "subpoena 12", "approval": asked.id, **why}
    for code, says in (("", "permissible use"), ("b15", "no permissible use")):
        with pytest.raises(InputError, match=says):
            make_release(manager, request.id, [key], tmp_path / "out", dppa=code, **given)
    again = ask_to_release(manager, request.id, [key], legal_basis="subpoena 12", **why)
    grant(chief, again.id)
    make_release(manager, request.id, [key], tmp_path / "out", dppa="b4", **{**given, "approval": again.id})
    assert entries(site, "release.make")[-1]["public"]["dppa"] == "b4"


@pytest.mark.clause("L6")
def test_a_release_of_too_much_at_once_is_denied(under, see, tmp_path) -> None:
    def filled(clause):
        if clause.id != "10.05 IV":
            return clause
        return clause.model_copy(update={"rule": clause.rule.model_copy(update={"at_most": 1}), "open": {}})

    chief = under("leicester-ma", filled)("chief")
    keys, why = [see("ABC111"), see("ABC222")], {**WHY, "purpose": "patrol"}
    request = record_request(
        chief, recipient_class="prosecutor", requester="ADA Kim", wanted="x", **why
    ).request
    with pytest.raises(Denied, match=r"10\.05 IV"):
        make_release(chief, request.id, keys, tmp_path / "out", legal_basis="subpoena 12", **why)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"method": "phone"}, "how it was verified"),
        ({"state": "Oregon"}, "two letters"),
        ({"ori": "12"}, "nine capital letters"),
        ({"recipient_class": "friend"}, "one of"),
        ({"name": " "}, "the name, in 1 to 200"),
    ],
)
def test_what_no_agency_can_be_is_refused(medford, given, says) -> None:
    one = {"name": "Salem PD", "recipient_class": "law_enforcement", "state": "OR", "method": HOW, **given}
    manager = medford("program_manager")
    with pytest.raises(InputError, match=says):
        add_agency(manager, one.pop("name"), **one)
    assert list_agencies(manager) == []


def test_a_read_that_is_not_there_is_an_outcome_that_failed(site, medford, detective, tmp_path) -> None:
    officer = medford("officer")
    request = record_request(officer, person=detective, wanted="x", **WHY).request
    with pytest.raises(NotFound, match="no read"):
        make_release(officer, request.id, [ReadKey(day="2026-11-23", id="0")], tmp_path / "out", **WHY)
    assert [one["outcome"] for one in entries(site, "release.make")] == ["intent", "failed"]
    assert not (tmp_path / "out").exists()


def test_in_a_folder_of_a_group_the_group_may_read_what_is_handed_over(
    medford, detective, see, tmp_path
) -> None:
    key, officer, outbox = see("4KB792"), medford("officer"), tmp_path / "outbox"
    outbox.mkdir()
    outbox.chmod(0o2770)
    request = record_request(officer, person=detective, wanted="x", **WHY).request
    made = make_release(officer, request.id, [key], outbox / "release-1", **WHY)
    modes = {path.is_dir(): path.stat().st_mode & 0o777 for path in [made.folder, *made.folder.rglob("*")]}
    assert modes == {True: 0o750, False: 0o640}
