"""Searching by place, by one edit and within a canvass; how often, how much, and a case number that follows."""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from datetime import timedelta
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_core import plates
from alpr_core.act import Act
from alpr_core.entries import ACTIONS
from alpr_core.errors import Denied, InputError, NotFound
from alpr_core.models import Box, Candidate, Position, Read, ReadFilter, ReadKey
from alpr_core.places import Circle, metres
from alpr_core.policy import Gate, lay_over
from alpr_core.policy.reading import parse_pack
from alpr_core.services.amending import amend, list_due
from alpr_core.services.canvasses import start_canvass, stop_canvass
from alpr_core.services.incidents import open_incident
from alpr_core.services.search import ask_to_search, search_reads

WHY = {"purpose": "wanted", "case": "26-1041"}


@pytest.fixture
def officer(act_as):
    return act_as("officer")


@pytest.fixture
def see_at(site):
    """Store reads of one plate at these places, without a picture."""

    def see_at(*where: tuple[float, float] | None) -> None:
        with site.store.writing() as work:
            work.reads.add(
                [
                    Read(
                        key=ReadKey.mint(site.clock() + timedelta(seconds=second)),
                        plate="ABC123",
                        candidates=(Candidate(text="ABC123", confidence=0.9),),
                        confidence=0.9,
                        detection_confidence=0.9,
                        region="",
                        region_confidence=0,
                        captured_at=site.clock() + timedelta(seconds=second),
                        last_seen=site.clock() + timedelta(seconds=second),
                        frames=1,
                        camera="car-7",
                        box=Box.rectangle(0, 0, 1, 1),
                        position=None if place is None else Position(latitude=place[0], longitude=place[1]),
                    )
                    for second, place in enumerate(where)
                ],
                site.clock(),
            )

    return see_at


def found(act, plate: str = "", **wanted) -> list[str]:
    return [read.plate for read in search_reads(act, ReadFilter(plate=plate, **wanted), **WHY).reads]


def near(act, latitude: float, longitude: float, radius: float, plate: str = "") -> set[tuple[float, float]]:
    wanted = ReadFilter(plate=plate, near=Circle(latitude, longitude, radius))
    reads = search_reads(act, wanted, **WHY).reads
    return {(read.position.latitude, read.position.longitude) for read in reads}


class TestPlace:
    def test_what_was_seen_within_the_distance_is_found_and_nothing_else(self, see_at, officer) -> None:
        see_at((44.9429, -123.0351), (44.9470, -123.0351), (44.9429, -123.0288), None)
        assert near(officer, 44.9429, -123.0351, 100) == {(44.9429, -123.0351)}
        assert near(officer, 44.9429, -123.0351, 500, plate="ABC123") == {
            (44.9429, -123.0351),
            (44.9470, -123.0351),
            (44.9429, -123.0288),
        }
        assert near(officer, 44.9429, -123.0351, 500, plate="XYZ999") == set()

    def test_across_the_180th_meridian_and_around_a_pole(self, see_at, officer) -> None:
        see_at(
            (51.9, 179.999), (51.9, -179.999), (51.9, 179.0), (89.9999, 10.0), (89.9999, -170.0), (89.0, 0.0)
        )
        assert near(officer, 51.9, 179.9999, 300) == {(51.9, 179.999), (51.9, -179.999)}
        assert near(officer, 51.9, -179.9999, 300) == {(51.9, 179.999), (51.9, -179.999)}
        assert near(officer, 90, 0, 100) == {(89.9999, 10.0), (89.9999, -170.0)}

    def test_it_finds_what_a_plain_loop_finds(self, see_at, officer) -> None:
        places = [(60 + 0.01 * math.sin(7 * n), -150 + 0.02 * math.cos(5 * n)) for n in range(80)]
        see_at(*places)
        for radius in (50, 400, 900):
            inside = {one for one in places if metres(*one, 60.0, -150.0) <= radius}
            assert near(officer, 60.0, -150.0, radius) == inside

    @pytest.mark.parametrize(
        "written", ["", "here", "1,2", "91,0,5", "0,181,5", "0,0,0", "0,0,-1", "0,0,1e9", "nan,0,5"]
    )
    def test_what_is_no_place_is_refused(self, written) -> None:
        with pytest.raises(InputError):
            Circle.parse(written)

    def test_a_search_by_place_alone_gathers_by_area(self, someone) -> None:
        wanted = ReadFilter(near=Circle(42.2, -71.9, 500))
        with pytest.raises(Denied, match=r"10\.05 IV\(2\)"):
            ask_to_search(someone("officer"), wanted, purpose="administration", case="26-1041")


def test_the_distance_of_two_cities_is_that_of_the_tables() -> None:
    assert metres(52.5200, 13.4050, 48.8566, 2.3522) == pytest.approx(877_460, rel=1e-3)


class TestOneEdit:
    def test_one_character_more_less_or_other_is_found_and_look_alikes_too(self, see, officer) -> None:
        for plate in ("ABC123", "ABC12", "ABCD123", "ABX123", "A8C123", "AXX123", "ABC1234", "XYZ999"):
            see(plate)
        assert set(found(officer, "abc-123", fuzzy=True)) == {
            "ABC123", "ABC12", "ABCD123", "ABX123", "A8C123", "ABC1234",
        }  # fmt: skip
        assert found(officer, "ABC123", confusable=False) == ["ABC123"]

    @pytest.mark.parametrize("plate", ["ABC", "AB?123", "AB*"])
    def test_of_a_partial_or_very_short_plate_it_is_refused(self, officer, plate) -> None:
        with pytest.raises(InputError, match="--fuzzy"):
            found(officer, plate, fuzzy=True)

    @given(st.text("AB1", min_size=1, max_size=7), st.text("AB1", min_size=1, max_size=7))
    def test_two_plates_are_one_edit_apart_or_not(self, one, other) -> None:
        def edits(text):
            for place in range(len(text) + 1):
                yield text[:place] + text[place + 1 :]
                for letter in "AB1":
                    yield text[:place] + letter + text[place:]
                    yield text[:place] + letter + text[place + 1 :]

        assert plates.is_one_edit_away(one, other) == (one == other or other in set(edits(one)))

    @given(
        st.text("AB1", min_size=4, max_size=8), st.integers(0, 8), st.sampled_from("AB1"), st.integers(0, 2)
    )
    def test_an_edit_leaves_one_half_as_it_is(self, text, place, letter, kind) -> None:
        place = min(place, len(text) - 1)
        edited = text[:place] + ("", letter, letter + text[place])[kind] + text[place + 1 :]
        middle = len(text) // 2
        assert edited.startswith(text[:middle]) or edited.endswith(text[middle:])


def test_a_canvass_is_searched_as_what_its_cameras_saw_in_its_time(site, see, officer) -> None:
    see("OLD111")
    open_incident(officer, "26-1041", "other")
    begun = start_canvass(officer, "26-1041", "Main St", cameras=["car-7"], purpose="wanted")
    see("NEW222")
    see("GAT333", camera="gate")
    stop_canvass(officer, begun.id)
    see("LAT444")
    assert found(officer, canvass=begun.id) == ["NEW222"]
    assert found(officer, canvass=begun.id, cameras=("gate",)) == []
    with pytest.raises(NotFound, match="no canvass 9"):
        found(officer, canvass=9)


LIMIT = """
[[clause]]
id = "9(a)"
strength = "must"
rule = "search_limit"
{of}at_most = 2
within = "PT1H"
says = "Nobody searches more than so often within an hour."
"""


CAP = """
[[clause]]
id = "9(b)"
strength = "must"
rule = "answer_limit"
at_most = 2
says = "Two at once."
"""


@pytest.fixture
def limited(site, officer):
    """The officer under the minimal pack with further clauses; `follows` lets a case number follow within a day."""

    def limited(*clauses: str, follows: bool = False) -> Act:
        text = (resources.files("alpr_core.policy") / "packs" / "minimal.toml").read_text()
        if follows:
            text = text.replace(
                'fields = ["purpose", "case"]', 'fields = ["purpose", "case"]\nto_follow = "P1D"'
            )
        pack = parse_pack("".join((text, *clauses)), where="own.toml", actions=ACTIONS)
        return Act(replace(site, gate=Gate(lay_over([pack]))), officer.actor)

    return limited


class TestLimits:
    def test_a_search_too_many_within_the_time_is_denied_and_later_allowed_again(self, site, limited) -> None:
        officer = limited(LIMIT.format(of=""))
        for plate in ("ABC123", "DEF456"):
            search_reads(officer, ReadFilter(plate=plate), **WHY)
        with pytest.raises(Denied, match=r"3 times within 1 hour, and 2 are allowed.*9\(a\)"):
            search_reads(officer, ReadFilter(plate="GHI789"), **WHY)
        site.clock.advance(timedelta(hours=1))
        search_reads(officer, ReadFilter(plate="GHI789"), **WHY)

    def test_with_the_same_plate_only_that_plate_counts(self, limited) -> None:
        officer = limited(LIMIT.format(of='of = "same_plate"\n'))
        for plate in ("ABC123", "DEF456", "abc-123", "GHI789"):
            search_reads(officer, ReadFilter(plate=plate), **WHY)
        with pytest.raises(Denied, match="same plate 3 times"):
            search_reads(officer, ReadFilter(plate="ABC123"), **WHY)

    def test_of_several_at_once_no_more_are_served_than_are_allowed(self, limited) -> None:
        officer, served, refused = limited(LIMIT.format(of="")), [], []

        def run() -> None:
            try:
                served.append(search_reads(officer, ReadFilter(plate="ABC123"), **WHY))
            except Denied as denial:
                refused.append(denial)

        threads = [threading.Thread(target=run) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(served), len(refused)) == (2, 3)

    def test_an_answer_is_capped_as_the_pack_says_and_says_so(self, see, limited) -> None:
        for _ in range(3):
            see("ABC123")
        officer = limited(CAP)
        answer = search_reads(officer, ReadFilter(plate="ABC123"), **WHY)
        assert (len(answer.reads), answer.capped) == (2, True)


class TestNumberToFollow:
    def test_without_a_clause_that_lets_it_follow_the_search_is_denied(self, officer) -> None:
        with pytest.raises(Denied, match=r"3\(c\)"):
            search_reads(officer, ReadFilter(plate="ABC123"), purpose="wanted", case="to-follow")

    def test_it_is_due_until_it_is_given(self, site, limited, act_as) -> None:
        officer = limited(follows=True)
        entry = search_reads(officer, ReadFilter(plate="ABC123"), purpose="wanted", case="to-follow").entry
        (due,) = list_due(officer)
        assert (due.entry, due.kind, due.due) == (entry, "search.run", site.clock() + timedelta(days=1))
        auditor = Act(replace(site, gate=officer.gate), act_as("auditor").actor)
        assert [one.entry for one in list_due(auditor)] == [entry]
        stranger = Act(replace(site, gate=officer.gate), act_as("officer").actor)
        assert list_due(stranger) == []
        with pytest.raises(InputError, match="right number"):
            amend(officer, entry, "to-follow", reason="the clerk was out")
        amend(officer, entry, "26-1042", reason="the clerk was out that night")
        assert list_due(officer) == []
