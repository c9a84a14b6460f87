"""Readings over frames become one sighting for each vehicle."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_core import Box, Candidate, Frame, Reading
from alpr_core.models import Sighting
from alpr_core.vision.tracker import GONE_SECONDS, Tracker

START = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
RATE = 25.0
WIDTH, HEIGHT = 1280, 720


def frame(number: float, image: np.ndarray | None = None) -> Frame:
    image = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8) if image is None else image
    return Frame(
        source="camera", taken_at=START + timedelta(seconds=number / RATE), image=image, index=int(number)
    )


BLACK = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)


def read(
    text: str, x: float, y: float = 300, *, p: float = 0.9, width: float = 100, **others: float
) -> Reading:
    candidates = [Candidate(text=text, confidence=p)]
    candidates += [Candidate(text=other, confidence=q) for other, q in others.items()]
    return Reading(
        candidates=tuple(sorted(candidates, key=lambda candidate: -candidate.confidence)),
        characters=(p,) * len(text),
        box=Box.rectangle(x, y, x + width, y + width / 4),
        detection_confidence=0.8,
        region="us-or",
        region_confidence=0.5,
    )


def follow(clip: Iterable[tuple[float, list[Reading]]]) -> list[Sighting]:
    tracker = Tracker()
    seen: list[Sighting] = []
    for number, readings in clip:
        seen += tracker.add(frame(number, BLACK), readings)
    return seen + tracker.close()


def texts(sightings: Iterable[Sighting]) -> list[str]:
    return sorted(sighting.reading.text for sighting in sightings)


def seconds(moment: datetime) -> float:
    return (moment - START).total_seconds()


def test_a_passing_vehicle_is_one_sighting_with_its_times():
    (sighting,) = follow((n, [read("ABC123", 10 + 8 * n)]) for n in range(50))
    assert sighting.reading.text == "ABC123"
    assert sighting.frames == 50
    assert seconds(sighting.first_seen) == 0
    assert seconds(sighting.last_seen) == pytest.approx(49 / RATE)


def test_one_plate_read_differently_from_frame_to_frame_is_one_sighting():
    ways = ["ABC123", "A8C123", "ABC123", "ABC128", "ABC123", "4BC123"]
    clip = [
        (n, [read(ways[n % 6], 10 + 8 * n, p=0.6, ABC123=0.2)]) for n in range(60) if ways[n % 6] != "ABC123"
    ]
    clip += [
        (n, [read("ABC123", 10 + 8 * n, p=0.6, ABC128=0.2)]) for n in range(60) if ways[n % 6] == "ABC123"
    ]
    (sighting,) = follow(sorted(clip, key=lambda pair: pair[0]))
    assert sighting.reading.text == "ABC123"
    assert {"A8C123", "ABC128", "4BC123"} <= {candidate.text for candidate in sighting.reading.candidates}


def test_two_vehicles_side_by_side_stay_two():
    clip = ((n, [read("ABC123", 10 + 8 * n), read("ABC124", 160 + 8 * n)]) for n in range(50))
    assert texts(follow(clip)) == ["ABC123", "ABC124"]


def test_two_vehicles_one_behind_the_other_in_one_lane_stay_two():
    first = [(n, [read("ABC123", 10 + 20 * n)]) for n in range(50)]
    second = [(n + 60, [read("XYZ987", 10 + 20 * n)]) for n in range(50)]
    assert texts(follow(first + second)) == ["ABC123", "XYZ987"]


def test_two_vehicles_of_a_fleet_with_the_next_number_stay_two():
    first = [(n, [read("ABC123", 10 + 20 * n, ABC124=0.02)]) for n in range(50)]
    second = [(n + 60, [read("ABC124", 10 + 20 * n, ABC123=0.02)]) for n in range(50)]
    assert texts(follow(first + second)) == ["ABC123", "ABC124"]


def test_a_vehicle_that_takes_the_place_of_another_at_once_is_another():
    first = [(n, [read("ABC123", 600)]) for n in range(20)]
    second = [(n, [read("XYZ987", 600)]) for n in range(20, 40)]
    assert texts(follow(first + second)) == ["ABC123", "XYZ987"]


def test_two_vehicles_that_meet_keep_their_plates():
    clip = ((n, [read("ABC123", 10 + 20 * n, 300), read("XYZ987", 1010 - 20 * n, 315)]) for n in range(50))
    assert texts(follow(clip)) == ["ABC123", "XYZ987"]


def test_a_box_that_jitters_is_one_vehicle():
    random = np.random.default_rng(5)
    clip = (
        (n, [read("ABC123", 300 + float(random.normal(0, 12)), 300 + float(random.normal(0, 4)))])
        for n in range(80)
    )
    assert texts(follow(clip)) == ["ABC123"]


def test_a_fast_vehicle_is_one_vehicle_though_its_boxes_do_not_overlap():
    assert texts(follow((n, [read("ABC123", 120 * n, width=90)]) for n in range(10))) == ["ABC123"]


def test_a_vehicle_hidden_for_a_while_is_known_again():
    before = [(n, [read("ABC123", 10 + 8 * n)]) for n in range(20)]
    after = [(n, [read("ABC123", 700 + 8 * (n - 80))]) for n in range(80, 100)]
    (sighting,) = follow(before + after)
    assert sighting.frames == 40
    assert (seconds(sighting.first_seen), seconds(sighting.last_seen)) == (0, pytest.approx(99 / RATE))


def test_a_vehicle_that_comes_back_later_is_seen_twice():
    later = int(RATE * (GONE_SECONDS + 2)) + 20
    clip = [(start + n, [read("ABC123", 10 + 8 * n)]) for start in (0, later) for n in range(20)]
    first, second = follow(clip)
    assert first.reading.text == second.reading.text == "ABC123"
    assert first.last_seen < second.first_seen


def test_a_vehicle_is_reported_when_it_is_gone_and_not_before():
    tracker = Tracker()
    for n in range(20):
        assert tracker.add(frame(n, BLACK), [read("ABC123", 10 + 8 * n)]) == []
    still_near = 19 + RATE * (GONE_SECONDS - 0.1)
    assert tracker.add(frame(still_near, BLACK), []) == []
    (sighting,) = tracker.add(frame(19 + RATE * (GONE_SECONDS + 0.1), BLACK), [])
    assert sighting.reading.text == "ABC123"
    assert tracker.close() == []


def test_a_plate_that_nobody_could_read_is_not_reported():
    random = np.random.default_rng(6)
    letters = list("ABCDEFGHJKLMNPRSTUVWXYZ0123456789")
    clip = ((n, [read("".join(random.choice(letters, 6)), 10 + 8 * n, p=0.05)]) for n in range(80))
    assert follow(clip) == []


def test_one_clear_frame_is_enough():
    assert texts(follow([(0, [read("ABC123", 500, p=0.95)])])) == ["ABC123"]


def test_one_doubtful_frame_is_not_enough():
    assert follow([(0, [read("ABC123", 500, p=0.3)])]) == []


def test_a_plate_cut_by_the_edge_counts_little():
    leaving = [(n, [read("ABC1", WIDTH - 60, width=60, p=0.9)]) for n in range(20, 30)]
    clip = [(n, [read("ABC123", 900 + 15 * n, p=0.9, ABC1=0.01)]) for n in range(20)]
    assert texts(follow(clip + leaving)) == ["ABC123"]


def test_the_sighting_shows_the_best_view():
    clip = [(n, [read("ABC123", 300 + n, width=60 + 2 * n, p=0.95 if n == 30 else 0.7)]) for n in range(40)]
    (sighting,) = follow(clip)
    assert sighting.frame.index == 30
    assert sighting.reading.box == clip[30][1][0].box


def test_region_and_characters_are_merged():
    (sighting,) = follow((n, [read("ABC123", 10 + 8 * n)]) for n in range(10))
    assert sighting.reading.region == "us-or"
    assert sighting.reading.region_confidence == pytest.approx(1.0)
    assert len(sighting.reading.characters) == 6


def test_memory_holds_one_frame_a_vehicle():
    tracker = Tracker()
    alive: list[weakref.ref[np.ndarray]] = []
    for n in range(400):
        image = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
        alive.append(weakref.ref(image))
        tracker.add(frame(n, image), [read("ABC123", 300), read("XYZ987", 700)])
        del image
    gc.collect()
    assert sum(reference() is not None for reference in alive) <= 2


def test_frames_at_one_time_and_a_clock_set_back_do_no_harm():
    numbers = [0, 1, 2, 2, 2, 3, 1, 2, 3, 4, 5]
    assert texts(follow((n, [read("ABC123", 300 + 3 * at)]) for at, n in enumerate(numbers))) == ["ABC123"]


def test_two_frames_a_second_are_enough_when_the_text_is_clear():
    assert texts(follow((n * RATE, [read("ABC123", 10 + 300 * n)]) for n in range(4))) == ["ABC123"]


plates = st.text(alphabet="ABCDEFGHJKLMNPRSTUVWXYZ0123456789", min_size=5, max_size=7)


@given(
    st.lists(plates, min_size=1, max_size=4, unique=True),
    st.integers(3, 12),
    st.integers(0, 2**32),
)
def test_each_clearly_read_vehicle_is_seen_once(numbers, speed, seed):
    """Vehicles in lanes of their own, misread in one frame of five, missed in one of ten."""
    random = Random(seed)

    def seen(text: str, lane: int, n: int) -> Reading:
        wrong = random.random() < 0.2
        at = random.randrange(len(text))
        misread = text[:at] + random.choice("ABC012") + text[at + 1 :]
        x, y = 20 + speed * n, 80 + 120 * lane
        return (
            read(misread, x, y, p=0.5, **{text: 0.3})
            if wrong and misread != text
            else read(text, x, y, p=0.8)
        )

    clip = []
    for n in range(60):
        readings = [seen(text, lane, n) for lane, text in enumerate(numbers) if random.random() > 0.1]
        random.shuffle(readings)
        clip.append((n, readings))
    assert texts(follow(clip)) == sorted(numbers)
