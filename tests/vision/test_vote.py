"""What the readings of one vehicle say together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_core import Box, Candidate, Reading
from alpr_core.vision.vote import REMEMBERED, Vote, character_confidences


def reading(**texts: float) -> Reading:
    """A reading with these candidates: ``reading(ABC123=0.9, ABC128=0.05)``."""
    ranked = sorted(texts.items(), key=lambda item: -item[1])
    return Reading(
        candidates=tuple(Candidate(text=text.strip("_"), confidence=p) for text, p in ranked),
        characters=(),
        box=Box.rectangle(0, 0, 100, 50),
        detection_confidence=0.9,
    )


def vote(*readings: Reading, weight: float = 1.0) -> Vote:
    counted = Vote()
    for one in readings:
        counted.add(one, weight)
    return counted


def test_one_reading_keeps_its_order_and_about_its_confidence():
    first, second = vote(reading(ABC123=0.9, ABC128=0.06)).candidates(10)
    assert (first.text, second.text) == ("ABC123", "ABC128")
    assert first.confidence == pytest.approx(0.9, abs=0.06)


def test_a_clear_frame_outweighs_several_blurred_ones():
    blurred = [reading(A8C123=0.12, ABC123=0.1, ABC128=0.05, A8C128=0.04)] * 5
    assert vote(*blurred, reading(ABC123=0.95, A8C123=0.01)).best() == "ABC123"


def test_frames_that_agree_make_sure():
    once = vote(reading(ABC123=0.6, ABC128=0.3)).candidates(1)[0].confidence
    often = vote(*[reading(ABC123=0.6, ABC128=0.3)] * 12).candidates(1)[0].confidence
    assert once < 0.7 < 0.9 < often < 1.0


def test_many_blurred_frames_do_not_make_sure():
    """Five ways to read it, one hardly better than the other: a hundred such frames are still not a plate."""
    blurred = reading(A1=0.02, A2=0.018, A3=0.017, A4=0.016, A5=0.015)
    assert vote(*[blurred] * 100).candidates(1)[0].confidence < 0.4


def test_a_text_that_loses_an_edge_character_now_and_then_is_read_whole():
    whole, cut = reading(_0749JFT=0.8, _0749JF=0.1), reading(_0749JF=0.8, _0749JFT=0.1)
    assert vote(*[whole] * 10, *[cut] * 11).best() == "0749JFT"


def test_a_character_that_is_invented_now_and_then_is_left_out():
    right, longer = reading(ABC123=0.9, ABC1231=0.02), reading(ABC1231=0.8, ABC123=0.1)
    assert vote(*[right] * 10, *[longer] * 4).best() == "ABC123"


def test_a_single_certain_candidate_counts():
    assert vote(reading(ABC123=0.9), reading(XYZ999=0.2)).best() == "ABC123"


def test_votes_about_one_plate_agree_and_about_two_do_not():
    one = vote(*[reading(ABC123=0.9, ABC124=0.05)] * 5)
    again = vote(*[reading(ABC123=0.5, ABC124=0.4)] * 5)
    neighbour = vote(*[reading(ABC124=0.9, ABC123=0.05)] * 5)  # the next number of a fleet
    stranger = vote(*[reading(XYZ987=0.9)] * 5)
    assert one.agrees(again)
    assert again.agrees(one)
    assert not one.agrees(neighbour)
    assert not one.agrees(stranger)


def test_memory_stays_flat_however_many_texts_are_read():
    counted = Vote()
    for number in range(5000):
        counted.add(reading(ABC123=0.2, **{f"X{number}": 0.1}), 1.0)
    assert counted.best() == "ABC123"
    assert len(counted.candidates(10_000)) <= 2 * REMEMBERED


texts = st.text(alphabet="AB8", min_size=1, max_size=4)
readings = st.dictionaries(texts, st.floats(1e-6, 0.19), min_size=1, max_size=5).map(
    lambda found: reading(**found)
)
several = st.lists(readings, min_size=1, max_size=8)
weights = st.floats(0.01, 1.0)


@given(several, weights)
def test_candidates_are_probabilities_in_order(given_readings, weight):
    candidates = vote(*given_readings, weight=weight).candidates(10)
    confidences = [candidate.confidence for candidate in candidates]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0.0 <= confidence <= 1.0 for confidence in confidences)
    assert sum(confidences) <= 1.0 + 1e-9
    assert len({candidate.text for candidate in candidates}) == len(candidates)


@given(several, several, st.randoms(use_true_random=False))
def test_the_order_of_frames_does_not_matter(some, more, random):
    shuffled = [*some, *more]
    random.shuffle(shuffled)
    parts = vote(*some)
    parts.absorb(vote(*more))
    expected = {c.text: c.confidence for c in vote(*some, *more).candidates(100)}
    assert {c.text: c.confidence for c in vote(*shuffled).candidates(100)} == pytest.approx(expected)
    assert {c.text: c.confidence for c in parts.candidates(100)} == pytest.approx(expected)


@given(several)
def test_the_candidates_are_texts_that_were_read(given_readings):
    read = {candidate.text for one in given_readings for candidate in one.candidates}
    assert {candidate.text for candidate in vote(*given_readings).candidates(100)} == read


def test_a_character_is_as_sure_as_the_candidates_agree_on_it():
    candidates = [Candidate(text="AB1", confidence=0.6), Candidate(text="A81", confidence=0.2)]
    assert character_confidences(candidates) == pytest.approx((1.0, 0.75, 1.0))
    assert character_confidences([*candidates, Candidate(text="AB", confidence=0.2)]) == pytest.approx(
        (1, 0.75, 1)
    )


def test_candidates_without_any_probability_say_nothing():
    assert character_confidences([Candidate(text="AB", confidence=0.0)]) == (0.0, 0.0)
