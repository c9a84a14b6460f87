"""The policy in force: a pack, the overlays over it, the values filled in and the choices made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from alpr_core.models import Verdict
from alpr_core.policy import Choice, Gate, Policy, lay_over

TODAY = date(2026, 11, 23)
SEARCH = {"id": "1", "strength": "may", "rule": "role", "role": "officer", "action": "*"}


def kept(clause_id: str, keeps: str, period: object, strength: str = "must") -> dict:
    return {
        "id": clause_id,
        "strength": strength,
        "rule": "retention",
        "keeps": keeps,
        "period": period,
        "then": "must_purge",
    }


OPEN = {"open": "The minimum period of the records schedule", "found": "Ask the Records Manager."}


# ---------------------------------------------------------------------------
# Overlays deny and warn
# ---------------------------------------------------------------------------


def test_an_overlay_denies_what_the_pack_allows_and_its_clause_is_named(make_pack, make_overlay, ask):
    demand = {"id": "HB 1", "strength": "must", "rule": "access_record", "action": "*", "fields": ["case"]}
    policy = lay_over([make_pack(SEARCH), make_overlay(demand)])
    assert Gate(policy).decide(ask()).clauses == ("HB 1",)
    assert Gate(policy).decide(ask(case="26-1")).allowed
    assert Gate(policy.pack).decide(ask()).allowed


def test_an_overlays_should_warns_of_what_was_reasoned(make_pack, make_overlay, ask):
    wish = {"id": "HB 2", "strength": "should", "rule": "access_record", "action": "*", "fields": ["case"]}
    gate = Gate(lay_over([make_pack(SEARCH), make_overlay(wish)]))
    assert gate.decide(ask()).clauses == ("HB 2",)
    assert gate.decide(ask(reason="no number yet")).verdict is Verdict.WARN


def test_an_overlay_may_name_roles_and_purposes_that_the_pack_has_not(make_pack, make_overlay, ask):
    only = {
        "id": "HB 3",
        "strength": "must",
        "rule": "role",
        "role": "judge",
        "action": "search.run",
        "exempt": {"purpose": "amber_alert"},
    }
    gate = Gate(lay_over([make_pack(SEARCH), make_overlay(only)]))
    assert gate.decide(ask()).clauses == ("HB 3",)


def test_what_an_overlay_grants_counts_for_nothing_even_where_nobody_checked_it(make_pack, ask):
    nothing = make_pack({"strength": "may", "rule": "role", "role": "auditor", "action": "ledger.read"})
    slipped_in = make_pack(
        SEARCH, {"id": "2", "strength": "may", "rule": "purposes", "codes": {"own": "Own"}}
    ).model_copy(update={"kind": "overlay"})
    gate = Gate(Policy(nothing, (slipped_in,)))
    assert gate.decide(ask()).clauses == ("default",)
    assert gate.actions_of(["officer"]) == frozenset()
    granted = Gate(Policy(make_pack(SEARCH), (slipped_in,)))
    assert not granted.decide(ask(purpose="own")).allowed


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        (datetime(2027, 1, 1, 7, 59, tzinfo=UTC), True),  # the last minute of the year in Portland
        (datetime(2027, 1, 1, 8, 0, tzinfo=UTC), False),
    ],
)
def test_an_overlay_speaks_from_its_effective_day_in_the_zone_of_the_node(
    make_pack, make_overlay, ask, at, allowed
):
    never = {"id": "HB 4", "strength": "must", "rule": "role", "role": "judge", "action": "*"}
    overlay = make_overlay(never, effective="2027-01-01")
    policy = lay_over([make_pack(SEARCH), overlay], zone=ZoneInfo("America/Los_Angeles"))
    assert Gate(policy).decide(replace(ask(), at=at)).allowed is allowed


def test_a_pack_speaks_before_its_own_effective_day(make_pack, ask):
    old = replace(ask(), at=datetime(2020, 1, 1, tzinfo=UTC))
    assert Gate(make_pack(SEARCH)).decide(old).allowed


# ---------------------------------------------------------------------------
# Limits: the strictest counts
# ---------------------------------------------------------------------------


def by_id(policy: Policy, name: str = "retention", on: date = TODAY) -> dict[str, str]:
    limit = policy.limit(name, on)
    sides = {"least": limit.least, "most": limit.most}
    return {name: f"{side[0]} by {side[1].id}" for name, side in sides.items() if side}


def test_of_several_limits_the_longest_minimum_and_the_shortest_maximum_count(make_pack, make_overlay):
    pack = make_pack(kept("a", "at_least", "P10D"), kept("b", "at_most", "P2Y"))
    overlay = make_overlay(kept("c", "at_least", "P20D"), kept("d", "at_most", "P1Y"))
    assert by_id(Policy(pack)) == {"least": "P10D by a", "most": "P2Y by b"}
    assert by_id(lay_over([pack, overlay])) == {"least": "P20D by c", "most": "P1Y by d"}


def test_a_looser_overlay_changes_no_limit(make_pack, make_overlay):
    pack = make_pack(kept("a", "at_least", "P20D"), kept("b", "at_most", "P1Y"))
    overlay = make_overlay(kept("c", "at_least", "P1D"), kept("d", "at_most", "P9Y"))
    assert by_id(lay_over([pack, overlay])) == {"least": "P20D by a", "most": "P1Y by b"}


def test_a_limit_that_nobody_sets_has_no_sides_and_clashes_with_nothing(make_pack):
    policy = Policy(make_pack(SEARCH))
    assert by_id(policy) == {}
    assert policy.limit("retention", TODAY).conflict == ""
    assert policy.conflicts(TODAY) == []


def test_an_overlays_limit_counts_from_its_effective_day(make_pack, make_overlay):
    pack = make_pack(kept("a", "exactly", "P1Y"))
    policy = lay_over([pack, make_overlay(kept("b", "at_most", "P30D"), effective="2027-01-01")])
    assert by_id(policy, on=date(2026, 12, 31)) == {"least": "P1Y by a", "most": "P1Y by a"}
    assert policy.missing(date(2026, 12, 31)) == []
    assert len(policy.missing(date(2027, 1, 1))) == 1


def test_each_limit_is_one_of_its_own(make_pack):
    transfer = {"id": "t", "strength": "must", "rule": "transfer_limit", "at_most": "P30D"}
    audit = {"id": "u", "strength": "must", "rule": "audit_schedule", "every": "P1Y"}
    policy = Policy(make_pack(transfer, audit, kept("a", "at_least", "P2Y")))
    assert by_id(policy, "transfer") == {"most": "P30D by t"}
    assert by_id(policy, "audit") == {"most": "P1Y by u"}
    assert policy.conflicts(TODAY) == []


# ---------------------------------------------------------------------------
# Where nothing is left somebody chooses
# ---------------------------------------------------------------------------


@pytest.fixture
def clashing(make_pack, make_overlay):
    """A pack that keeps for a year exactly, under a law that allows thirty days."""
    pack = make_pack(SEARCH, {**kept("V", "exactly", "P1Y"), "says": "Kept for a period of 1 year."})
    law = make_overlay({**kept("HB 30", "at_most", "P30D"), "says": "Destroyed within 30 days."})
    return [pack, law]


def test_where_nothing_is_left_both_paragraphs_are_shown(clashing):
    (limit,) = lay_over(clashing).conflicts(TODAY)
    assert limit.is_empty
    assert limit.conflict == (
        "retention: V asks for at least 1 year (Kept for a period of 1 year.), and HB 30 for at most 30 days "
        "(Destroyed within 30 days.)"
    )
    assert lay_over(clashing).missing(TODAY) == [f"choose between two paragraphs. {limit.conflict}"]


@pytest.mark.parametrize(
    ("follow", "left"),
    [("V", {"least": "P1Y by V", "most": "P1Y by V"}), ("HB 30", {"most": "P30D by HB 30"})],
)
def test_a_recorded_choice_is_followed(clashing, follow, left):
    policy = lay_over(clashing, choices={"retention": Choice(follow, "Memo of 2026-04-12")})
    assert by_id(policy) == left
    assert policy.missing(TODAY) == []


def test_a_choice_gives_up_what_clashes_with_it_and_nothing_else(make_pack, make_overlay):
    pack = make_pack(kept("a", "at_least", "P90D"), kept("b", "at_most", "P2Y"))
    law = make_overlay(kept("c", "at_most", "P30D"), kept("d", "at_least", "P10D"))
    follow_a = lay_over([pack, law], choices={"retention": Choice("a", "Memo")})
    assert by_id(follow_a) == {"least": "P90D by a", "most": "P2Y by b"}
    follow_c = lay_over([pack, law], choices={"retention": Choice("c", "Memo")})
    assert by_id(follow_c) == {"least": "P10D by d", "most": "P30D by c"}


def test_a_limit_may_leave_what_is_held_free_and_a_choice_then_gives_up_nothing_of_it(
    make_pack, make_overlay
):
    pack = make_pack(SEARCH, kept("a", "at_least", "P90D"))
    law = make_overlay({**kept("HB 30", "at_most", "P30D"), "unless_held": True})
    policy = lay_over([pack, law], choices={"retention": Choice("HB 30", "Memo")})
    assert policy.limit("retention", TODAY).least is None
    held = policy.limit("retention", TODAY, held=True)
    assert held.most is None
    assert str(held.least[0]) == "P90D"


def test_a_choice_that_leaves_a_clash_between_others_is_not_enough(make_pack, make_overlay):
    pack = make_pack(kept("a", "at_least", "P90D"), kept("e", "exactly", "P40D"))
    law = make_overlay(kept("c", "at_most", "P60D"))
    chosen = lay_over([pack, law], choices={"retention": Choice("c", "Memo")})
    assert by_id(chosen) == {"least": "P40D by e", "most": "P40D by e"}
    other = lay_over([pack, law], choices={"retention": Choice("e", "Memo")})
    assert by_id(other) == {"least": "P40D by e", "most": "P40D by e"}
    third = lay_over(
        [
            make_pack(
                kept("a", "at_least", "P90D"), kept("f", "at_least", "P5D"), kept("g", "at_most", "P4D")
            ),
            law,
        ],
        choices={"retention": Choice("f", "Memo")},
    )
    assert [limit.name for limit in third.conflicts(TODAY)] == ["retention"]


def test_the_gate_follows_the_choice_too(clashing, ask):
    captured = datetime(2026, 10, 14, 12, tzinfo=UTC)  # forty days before
    purge = ask("read.purge", facts={"captured_at": captured})
    unsettled = lay_over(clashing)
    by_pack = lay_over(clashing, choices={"retention": Choice("V", "Memo")})
    by_law = lay_over(clashing, choices={"retention": Choice("HB 30", "Memo")})
    assert Gate(unsettled).decide(purge).clauses == ("V",)
    assert Gate(by_pack).decide(purge).clauses == ("V",)
    assert Gate(by_law).decide(purge).allowed


def test_a_choice_frees_nothing_before_the_law_it_follows_is_in_force(make_pack, make_overlay, ask):
    pack = make_pack(SEARCH, kept("V", "exactly", "P1Y"))
    law = make_overlay(kept("HB 30", "at_most", "P30D"), effective="2027-01-01")
    gate = Gate(lay_over([pack, law], choices={"retention": Choice("HB 30", "Memo")}))
    purge = ask("read.purge", facts={"captured_at": datetime(2026, 10, 14, 12, tzinfo=UTC)})
    assert gate.decide(purge).clauses == ("V",)
    assert gate.decide(replace(purge, at=datetime(2027, 1, 2, tzinfo=UTC))).allowed


# ---------------------------------------------------------------------------
# What the document leaves open
# ---------------------------------------------------------------------------

FILLED = {"5": {"period": "P90D", "source": "Records schedule of 2026-01-05, item 12"}}


def test_an_open_value_is_missing_until_it_is_filled_in(make_pack):
    pack = make_pack(SEARCH, kept("5", "at_least", OPEN, "should"))
    policy = lay_over([pack])
    assert [(clause.id, name) for clause, name, _ in policy.open_values] == [("5", "period")]
    assert policy.missing(TODAY) == [
        "5: The minimum period of the records schedule is open. Ask the Records Manager."
    ]
    filled = lay_over([pack], values=FILLED)
    assert filled.missing(TODAY) == []
    assert by_id(filled) == {"least": "P90D by 5"}
    assert filled.pack.clause("5").source == "Records schedule of 2026-01-05, item 12"


def test_an_overlays_open_value_is_filled_in_the_same_way(make_pack, make_overlay):
    law = make_overlay(kept("5", "at_most", OPEN))
    assert by_id(lay_over([make_pack(SEARCH), law], values=FILLED)) == {"most": "P90D by 5"}


def test_a_value_is_one_that_the_gate_goes_by(make_pack, ask):
    pack = make_pack(SEARCH, kept("5", "at_least", OPEN))
    purge = ask("read.purge", facts={"captured_at": datetime(2026, 8, 1, tzinfo=UTC)})
    assert not Gate(lay_over([pack])).decide(purge).allowed
    assert Gate(lay_over([pack], values=FILLED)).decide(purge).allowed


def test_filling_in_leaves_the_pack_that_was_read_as_it_was(make_pack):
    pack = make_pack(SEARCH, kept("5", "at_least", OPEN))
    before = pack.digest
    lay_over([pack], values=FILLED)
    assert pack.digest == before
    assert pack.clause("5").rule.period is None


# ---------------------------------------------------------------------------
# Names and digest
# ---------------------------------------------------------------------------


def test_the_policy_is_named_by_its_pack_and_overlays_with_their_versions(clashing):
    policy = lay_over(clashing)
    assert (policy.id, policy.version) == ("test+law", "1+1")
    assert (Policy(policy.pack).id, Policy(policy.pack).version) == ("test", "1")


def test_the_digest_of_a_pack_alone_is_the_packs(make_pack):
    pack = make_pack(SEARCH)
    assert lay_over([pack]).digest == pack.digest


def test_the_digest_changes_with_an_overlay_a_value_its_source_a_choice_and_its_source(
    make_pack, make_overlay
):
    pack = make_pack(SEARCH, kept("5", "at_least", OPEN))
    law = make_overlay(kept("HB 30", "at_most", "P30D"))
    other_source = {"5": {**FILLED["5"], "source": "Another"}}
    other_value = {"5": {**FILLED["5"], "period": "P91D"}}
    choices = [{}, *({"retention": Choice(*choice)} for choice in (("5", "x"), ("5", "y"), ("HB 30", "x")))]
    digests = [
        pack.digest,
        lay_over([pack], values=FILLED).digest,
        lay_over([pack], values=other_value).digest,
        lay_over([pack], values=other_source).digest,
        *(lay_over([pack, law], values=FILLED, choices=choice).digest for choice in choices),
    ]
    assert len(set(digests)) == len(digests) == 8
    assert lay_over([pack, law], values=FILLED).digest == lay_over([pack, law], values=dict(FILLED)).digest
