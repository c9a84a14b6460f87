"""What is worth a second look in a policy that is right."""

from __future__ import annotations

from datetime import date

import pytest

from alpr_core.policy import lay_over, parse_pack
from alpr_core.policy.lint import lint

TODAY = date(2026, 11, 23)

OVERLAY = """
id = "hb-30"
kind = "overlay"
title = "House bill 30"
version = "1"
department = "The State"
document = "HB 30"
source = "The tests"
effective = {effective}
disclaimer = "Not a law."

[[clause]]
id = "HB 30"
strength = "must"
rule = "retention"
period = "P30D"
keeps = "at_most"
then = "must_purge"
says = "Kept for 30 days at most."
"""

KEPT = {"id": "V", "rule": "retention", "period": "P1Y", "keeps": "at_least", "then": "may_purge"}


def overlay(effective: str = "2026-01-01"):
    return parse_pack(OVERLAY.format(effective=effective), "hb-30.toml")


@pytest.fixture
def said(make_pack):
    """Return what is said of one clause, or of the paper as a whole."""

    def said(*clauses, overlays=(), clause="", **head) -> list[str]:
        pack = make_pack(*(clauses or [{"strength": "must", **KEPT}])).model_copy(update=head)
        remarks = lint(lay_over([pack, *overlays]), (), TODAY)
        return [remark.says for remark in remarks if remark.clause == clause]

    return said


@pytest.mark.parametrize(
    ("head", "remark"),
    [
        ({"status": "template"}, "is a template: fill it in, and take the status away"),
        ({"status": "temporary"}, "is temporary, and no day is named by which it is reviewed (review)"),
        (
            {"status": "temporary", "review": date(2026, 11, 22)},
            "was to be reviewed by 2026-11-22, and that day is past",
        ),
        ({"review": date(2026, 11, 22)}, "was to be reviewed by 2026-11-22, and that day is past"),
    ],
)
def test_a_paper_that_is_not_meant_to_stay_as_it_is_is_remarked(said, head, remark):
    assert remark in said(**head)


@pytest.mark.parametrize("head", [{}, {"status": "temporary", "review": TODAY}, {"review": TODAY}])
def test_a_paper_whose_day_of_review_is_not_past_is_not(said, head):
    assert not [each for each in said(**head) if "review" in each]


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, "who sees to it (who) or where that is recorded (where)"),
        ({"who": "Chief"}, "where that is recorded (where)"),
        ({"where": "In the file"}, "who sees to it (who)"),
    ],
)
def test_what_is_kept_by_hand_has_to_say_by_whom_and_where(said, given, missing):
    by_hand = {"id": "1", "strength": "must", "rule": "statement", **given}
    assert said(by_hand, clause="1") == [f"is kept by hand, and does not say {missing}"]


def test_what_is_kept_by_hand_and_says_so_is_not_remarked(said):
    by_hand = {"id": "1", "strength": "must", "rule": "statement", "who": "Chief", "where": "In the file"}
    assert said(by_hand, clause="1") == []


def test_a_blank_statement_asks_for_something_that_nobody_knows(said):
    (remark,) = said({"id": "1", "strength": "must", "rule": "statement", "says": ""}, clause="1")
    assert remark == "is blank: nobody knows what it asks for; ask who keeps the document"


def test_a_number_that_nobody_set_is_named_with_where_it_is_found(said):
    still_open = {**KEPT, "strength": "must", "period": {"open": "How long", "found": "Ask the clerk."}}
    assert said(still_open, clause="V") == ["period is open: How long. Usually found: Ask the clerk."]


def test_pack_and_overlay_that_leave_nothing_are_named_both(said):
    (remark,) = [each for each in said(overlays=[overlay()]) if "leave nothing" in each]
    assert "V asks for at least 1 year" in remark
    assert "HB 30 for at most 30 days" in remark


def test_an_overlay_that_is_still_silent_says_from_when_on_it_clashes(said):
    remarks = said(overlays=[overlay("2027-01-01")])
    assert "hb-30: is silent until 2027-01-01" in remarks
    assert [each for each in remarks if each.startswith("from 2027-01-01 on, two clauses leave nothing")]


def test_a_matter_that_an_overlay_speaks_of_is_not_missing(said):
    silent = {"id": "1", "strength": "must", "rule": "statement", "who": "Chief", "where": "In the file"}
    retention = "has no clause that says how long reads are kept (rule 'retention')"
    assert retention in said(silent)
    assert retention not in said(silent, overlays=[overlay()])


@pytest.mark.parametrize(
    ("systems", "remark"),
    [
        (
            ("leads", "mules"),
            "no installed data source asks 'leds': it can only be reported what it answered.",
        ),
        ((), "no installed data source asks 'leds': it can only be reported what it answered."),
        (("leds",), None),
        (None, None),
    ],
)
def test_a_verification_by_a_system_that_no_source_asks_is_remarked(make_pack, systems, remark):
    pack = make_pack({"id": "V", "strength": "should", "rule": "verification", "system": "leds"})
    said = [one.says for one in lint(lay_over([pack]), (), TODAY, systems) if one.clause == "V"]
    assert [one.partition(" Did you")[0] for one in said] == ([] if remark is None else [remark])
