"""Incidents, canvasses, readers, the duty list, releases, breaches and misuse at the command line."""

from __future__ import annotations

import json

import pytest

WHY = ("--purpose", "wanted", "--case", "26-1041", "--reason", "left the shooting at 12 Main St")
PEOPLE = {
    "1002": ("Sam Roe", "officer"),
    "1003": ("Kim Poe", "program_manager"),
    "1004": ("Tia Ray", "training_manager"),
    "1005": ("Rae Cord", "records_manager"),
}


@pytest.fixture(scope="module")
def medford_template(tmp_path_factory, new_department):
    node = new_department(tmp_path_factory.mktemp("medford"), "medford-or", "America/Los_Angeles", PEOPLE)
    for badge in ("1002", "1005"):
        for area in ("operate", "access"):
            words = ("training", "add", badge, "ALPR 101", "--area", area, "--date", "2026-01-10")
            done = node.as_("1004", *words)
            assert done.exit_code == 0, done.output
    return node


@pytest.fixture
def medford(medford_template, own_copy):
    return own_copy(medford_template)


def row(result) -> dict:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.clause("M10")
def test_a_major_incident_with_a_partial_asks_for_its_hotlist_entry(medford) -> None:
    words = ("incidents", "open", "26-1041", "--type", "shooting", "--plate", "AB?1*", *WHY[4:])
    opened = medford.as_("1002", *words, typed="watch\nwanted\n2099-12-24\n")
    assert opened.exit_code == 0, opened.output
    assert "should be entered, to find the vehicle [462.3(d) partial]" in opened.stderr
    assert "Entered on watch: AB?1*" in opened.stderr
    assert "is listed" in medford("incidents", "gaps").stderr


def test_an_incident_whose_plates_are_to_be_listed_is_not_opened_without_a_reason(medford) -> None:
    words = ("incidents", "open", "26-1099", "--type", "shooting", "--plate", "AB?1*", "--hotlist", "watch")
    said = medford.as_("1002", *words)
    assert said.exit_code == 1
    assert "--reason" in said.stderr
    assert not medford.entries("incident.open")


def test_whoever_says_not_now_finds_it_among_the_gaps(medford) -> None:
    opened = medford.as_("1002", "incidents", "open", "26-1041", "--type", "shooting", "--plate", "AB?1*")
    assert opened.exit_code == 0, opened.output
    assert row(medford("incidents", "gaps", "--json"))["unlisted"] == ["AB?1*"]
    assert medford("incidents", "close", "26-1041").exit_code == 0
    assert row(medford("incidents", "list", "--json"))["closed"] is not None


def test_a_canvass_begins_ends_and_is_listed(medford) -> None:
    assert medford.as_("1002", "incidents", "open", "26-1041").exit_code == 0
    assert (
        row(medford("canvass", "start", "26-1041", "--area", "Main St", *WHY[:2], "--json"))["canvass"] == 1
    )
    assert row(medford("canvass", "stop", "1", "--json"))["reads"] == 0
    assert row(medford("canvass", "list", "--json"))["area"] == "Main St"


@pytest.mark.clause("M24")
def test_an_agency_is_registered_asks_and_is_answered_and_another_is_referred(medford, tmp_path) -> None:
    how = ("--method", "called back on the number of its website")
    assert (
        row(medford.as_("1003", "agencies", "add", "Salem PD", "--state", "OR", *how, "--json"))["agency"]
        == 1
    )
    assert row(medford("agencies", "person", "1", "Det. Lee", *how, "--json"))["person"] == 1
    assert len(medford("agencies", "list", "--json").stdout.splitlines()) == 2
    asked = medford.as_("1002", "releases", "request", "--person", "1", "--wanted", "reads of 4KB792", *WHY)
    assert asked.exit_code == 0, asked.output
    public = ("--class", "other", "--requester", "Pat Public", "--wanted", "reads of my car", *WHY)
    referred = medford("releases", "request", *public)
    assert "Referred to the Records Manager, and nobody else answers it [462.5(a)]" in referred.stderr
    denied = medford("releases", "approve", "2", "--read", "2026-11-23/0", *WHY)
    assert (denied.exit_code, "462.5(a)" in denied.stderr) == (3, True)
    nothing = medford("releases", "approve", "1", "--read", "2026-11-23/0", *WHY)
    assert (nothing.exit_code, "no read" in nothing.stderr) == (1, True)
    assert not (medford.folder / "outbox" / "release-1").exists()
    assert row(medford.as_("1005", "releases", "referrals", "--json"))["request"] == 2
    assert (
        row(medford("releases", "refuse", "2", "--reason", "it is not their car", "--json"))["outcome"]
        == "refused"
    )
    assert [
        json.loads(line)["outcome"] for line in medford("releases", "list", "--json").stdout.splitlines()
    ] == [
        "refused",
        "",
    ]
    ended = medford.as_("1003", "agencies", "end", "1", "--reason", "the contract ended")
    assert ended.exit_code == 0, ended.output


def test_a_reader_is_registered_put_into_service_and_moved(medford, tmp_path) -> None:
    scan = tmp_path / "order.pdf"
    scan.write_bytes(b"%PDF")
    add = ("devices", "add", "gate-1", "--place", "Main St, mast 12", "--at", "42.3265,-122.8756")
    assert row(medford.as_("1003", *add, "--json"))["in service"] is False
    assert (
        medford(
            "devices", "approve", "gate-1", "--paper", str(scan), "--by", "Chief", "--on", "2026-11-20"
        ).exit_code
        == 0
    )
    assert medford("devices", "install", "gate-1").exit_code == 0
    assert row(medford("devices", "list", "--json"))["approved"] == "Chief, 2026-11-20"
    assert medford("devices", "move", "gate-1", "--place", "Church St").exit_code == 0
    assert row(medford("devices", "list", "--json"))["in_service"] is None
    for spot in ("here", "91,0", "1,2,3"):
        assert medford("devices", "add", "gate-2", "--place", "x", "--at", spot).exit_code == 2


def test_a_breach_is_reported_looked_into_and_referred(medford) -> None:
    report = ("breach", "report", "--from", "2026-01-01", "--badge", "1002", "--summary", "a lost laptop")
    reported = medford.as_("1003", *report)
    assert reported.exit_code == 0, reported.output
    assert "0 accesses, 0 different reads." in medford("breach", "scope", "1").stderr
    assert medford("breach", "refer", "1", "--to", "CJIS systems officer").exit_code == 0
    assert row(medford("breach", "list", "--json"))["overdue"] is False


def test_a_file_on_misuse_is_opened_from_a_denial_and_closed(medford) -> None:
    denied = medford.as_("1002", "reads", "search", "4KB792", "--purpose", "curiosity")
    assert denied.exit_code == 3
    entry = str(len(medford.entries()) - 1)
    opened = medford.as_("1003", "misuse", "open", "--entry", entry, "--summary", "a neighbour's car")
    assert opened.exit_code == 0, opened.output
    assert row(medford("misuse", "list", "--json"))["badge"] == "1002"
    assert medford("misuse", "close", "1", "--outcome", "retraining").exit_code == 0
    assert medford.as_("1002", "misuse", "list").exit_code == 3


def test_the_duty_list_names_who_approves(medford) -> None:
    nobody = medford.as_("1003", "approvals", "duty", "--set", "1002", "--until", "2099-12-24")
    assert (nobody.exit_code, "approves nothing" in nobody.stderr) == (1, True)
    assert medford("approvals", "duty", "--set", "1002").exit_code == 2
    assert "Nobody is on the duty list" in medford.as_("1002", "approvals", "duty").stderr
