"""What is called no loosening lets no request through: over random packs, their edits, and random requests."""

from __future__ import annotations

from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st
from random_packs import clauses, grants, requests, restrictions

from alpr_core.config import from_document
from alpr_core.effective import Effective, loosens
from alpr_core.errors import ConfigError
from alpr_core.policy import Gate, Pack, lay_over

SETTINGS = from_document({"node": {"name": "n"}, "ledger": {"origin": "alpr.example/ledger/1"}}, Path("/n"))


def under(pack: Pack) -> Effective:
    return Effective(settings=SETTINGS, packs=(pack,), policy=lay_over([pack]), plugins={})


def numbered(written: list[dict]) -> list[dict]:
    return [{**clause, "id": str(number)} for number, clause in enumerate(written, start=1)]


@st.composite
def edits(draw: st.DrawFn) -> tuple[list[dict], list[dict]]:
    """The clauses of a pack, and those of an edit of it: some gone, changed by one value, or new."""
    old = numbered(draw(clauses))
    new = []
    for clause in old:
        change = draw(st.sampled_from(("keep", "keep", "keep", "drop", "other")))
        if change == "keep":
            new.append(clause)
        elif change == "other":
            donor = draw(grants if clause["strength"] == "may" else restrictions)
            keys = sorted({*clause} & {*donor} - {"id", "rule"}) if donor["rule"] == clause["rule"] else []
            key = draw(st.sampled_from(keys)) if keys else ""
            new.append({**clause, key: donor[key]} if key else {**donor, "id": clause["id"]})
    new += [
        {**clause, "id": f"n{number}"}
        for number, clause in enumerate(draw(st.lists(st.one_of(grants, restrictions), max_size=2)))
    ]
    return old, new or old


@given(edit=edits(), request=requests)
def test_what_loosens_nothing_lets_no_request_through_that_was_denied(make_pack, edit, request) -> None:
    try:
        old, new = (under(make_pack(*each)) for each in edit)
    except ConfigError:  # an edit that is no pack is refused elsewhere
        assume(False)
    if not loosens(old, new) and Gate(new.policy).decide(request).allowed:
        assert Gate(old.policy).decide(request).allowed


@given(written=clauses, further=restrictions)
def test_a_further_clause_that_binds_loosens_nothing_but_what_it_keeps(make_pack, written, further) -> None:
    old, new = under(make_pack(*written)), under(make_pack(*written, further))
    assert all("kept for a time" in each for each in loosens(old, new))


@given(written=clauses)
def test_a_policy_is_no_looser_than_itself(make_pack, written) -> None:
    pack = make_pack(*written)
    assert loosens(under(pack), under(pack)) == ()
