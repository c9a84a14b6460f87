"""What a source's rule closes to somebody, by where a value came from."""

from __future__ import annotations

from datetime import date

import pytest

from alpr_core.policy import Policy, lay_over

ON = date(2026, 11, 23)
LEDS_IS_CLOSED = {
    "strength": "must",
    "rule": "closed",
    "origin": "leds",
    "to": ["public", "export"],
    "id": "462.4",
}


def test_values_of_a_closed_origin_are_closed_to_whom_the_clause_names(make_pack) -> None:
    policy = Policy(make_pack(LEDS_IS_CLOSED))
    clause = policy.closed("leds", "public", ON)
    assert clause is not None
    assert clause.id == "462.4"


@pytest.mark.parametrize(("origin", "to"), [("leds", "release"), ("own", "public"), ("ncic", "export")])
def test_nothing_else_is_closed(make_pack, origin: str, to: str) -> None:
    assert Policy(make_pack(LEDS_IS_CLOSED)).closed(origin, to, ON) is None


def test_an_overlay_closes_from_its_effective_day_on(make_pack) -> None:
    pack = make_pack({"strength": "must", "rule": "statement"})
    overlay = make_pack({**LEDS_IS_CLOSED, "id": "S1"}).model_copy(
        update={"kind": "overlay", "effective": date(2026, 12, 1)}
    )
    policy = lay_over([pack, overlay])
    assert policy.closed("leds", "public", ON) is None
    assert policy.closed("leds", "public", date(2026, 12, 1)) is not None
