"""What a reason is: something that somebody else could check an access against, a year later."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_core.errors import InputError
from alpr_core.reasons import check_reason


@pytest.mark.parametrize(
    "reason",
    ["inv", "INV.", "investigation", "test", "asdf", "police work", "xxxx xxxx xxxx", "n/a", "per request",
     "official use", "on duty traffic", "stolen vehicle", "Vehicle - stolen", "........", "search for case", "fair"],
)  # fmt: skip
def test_what_says_nothing_is_refused(reason) -> None:
    with pytest.raises(InputError, match="is no reason"):
        check_reason(reason, "stolen_vehicle")


@pytest.mark.parametrize(
    "reason",
    ["", "  ", "seen leaving the burglary at 12 Main St", "stolen last night at the fair",
     "witness saw a red truck", "hit and run on I-5", "Überfall, Zeuge nennt Kennzeichen"],
)  # fmt: skip
def test_what_somebody_could_check_passes_and_so_does_none(reason) -> None:
    check_reason(reason, "stolen_vehicle")


@given(reason=st.text(), purpose=st.text(max_size=20))
def test_any_text_is_judged(reason, purpose) -> None:
    with suppress(InputError):
        check_reason(reason, purpose)


@given(st.lists(st.sampled_from(["inv", "case", "police", "x", "search", "for", "the", "test"])))
def test_empty_words_stay_empty_however_many(words) -> None:
    reason = " ".join(words)
    if reason:
        with pytest.raises(InputError):
            check_reason(reason)
