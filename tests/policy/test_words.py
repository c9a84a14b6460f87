"""What is said about a policy wherever it is shown."""

from __future__ import annotations

from datetime import date

import pytest

from alpr_core.policy import Policy
from alpr_core.policy.words import notices, reminders

STATEMENT = {"strength": "must", "rule": "statement"}


@pytest.mark.parametrize(
    ("review", "said"),
    [
        (date(2026, 12, 1), "is due in 8 days"),
        (date(2026, 11, 23), "is due in 0 days"),
        (date(2026, 11, 20), "is overdue by 3 days"),
    ],
)
def test_a_review_is_reminded_of(make_pack, review, said) -> None:
    policy = Policy(make_pack(STATEMENT).model_copy(update={"review": review, "status": "temporary"}))
    assert reminders(policy, date(2026, 11, 23)) == (f"test: the review by {review} {said}",)


def test_a_permanent_policy_without_a_day_of_review_reminds_of_nothing(make_pack) -> None:
    assert reminders(Policy(make_pack(STATEMENT)), date(2026, 11, 23)) == ()


def test_disclaimers_are_said_once_each_until_somebody_adopts(make_pack) -> None:
    pack = make_pack(STATEMENT)
    policy = Policy(pack, (pack.model_copy(update={"id": "law", "kind": "overlay", "disclaimer": "A law."}),))
    assert notices(policy) == ("Not a policy.", "A law.")
    assert notices(policy, "Adopted by Kim.") == ("Adopted by Kim.",)
