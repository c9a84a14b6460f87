"""What a policy does not let be collected or looked for never gets into a hotlist, and whoever brings it is told."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_core.errors import Denied, InputError
from alpr_core.models import Box, Candidate, Frame, HotlistEntry, ReadFilter, Reading, Sighting
from alpr_core.origins import PERSONAL_FIELDS, Origin, personal_in
from alpr_core.plugins import PluginHost
from alpr_core.policy import Gate, parse_pack
from alpr_core.services.hits import list_hits
from alpr_core.services.hotlist_import import import_hotlist
from alpr_core.services.hotlists import add_to_hotlist
from alpr_core.services.ingest import record_sightings
from alpr_core.services.search import search_reads

WHY = {"purpose": "administration"}
FURTHER = """
[[clause]]
id = "P1"
strength = "must"
rule = "prohibited_fields"
fields = ["name", "date_of_birth", "social_security_number", "race", "sex"]
says = "Readers are not used to collect names, dates of birth, social security numbers, race or sex."

[[clause]]
id = "P2"
strength = "must"
rule = "prohibited_uses"
use = "offence"
offences = "minor_misdemeanor_traffic"
categories = ["expired tag", "Expired registration"]
action = ["hotlist.import", "hotlist.add"]
says = "Readers are not used for minor misdemeanour traffic offences."

[[clause]]
id = "T1"
strength = "must"
rule = "prohibited_uses"
use = "tracking"
action = "search.run"
says = "Readers are not used to track a person."
"""


@pytest.fixture
def site(site):
    """A node whose policy also has the clauses above."""
    minimal = (resources.files("alpr_core.policy") / "packs" / "minimal.toml").read_text("utf-8")
    return replace(site, gate=Gate(parse_pack(minimal + FURTHER, "further.toml")))


@pytest.fixture
def load(act_as, tmp_path):
    """Import a text as a file, as an administrator."""
    act, source = act_as("admin"), PluginHost.load().data_source("hotfile")

    def load(text: str):
        path = tmp_path / "list.csv"
        path.write_text(text)
        return import_hotlist(act, path, source, source_name="hotfile", **WHY)

    return load


def stored(site) -> list[HotlistEntry]:
    with site.store.snapshot() as work:
        plates = work.hotlists.within_reach(["ABC123", "DEF456", "GHI789"], site.clock())
        found = work.hotlists.entries([each.id for each in plates]).values()
        return sorted((one.entry for one in found), key=lambda entry: entry.plate)


def public(site, kind: str) -> dict:
    with site.store.snapshot() as work:
        return list(work.ledger.entries(kind=kind))[-1].body["public"]


@pytest.mark.clause("R11")
def test_an_import_takes_personal_fields_out_and_says_of_how_many_lines(site, load) -> None:
    imported = load("LIC,NAM,DOB,SEX,VMA\nABC123,ROE SAM,19800102,M,HOND\nDEF456,,,,FORD\nGHI789,DOE JO,,,\n")
    assert {field: (one.lines, one.clause) for field, one in imported.stripped.items()} == {
        "name": (2, "P1"),
        "date_of_birth": (1, "P1"),
        "sex": (1, "P1"),
    }
    assert [dict(one.fields) for one in stored(site)] == [{"VMA": "HOND"}, {"VMA": "FORD"}, {}]
    assert public(site, "hotlist.import")["stripped"] == {"name": 2, "date_of_birth": 1, "sex": 1}


@pytest.mark.clause("R11")
def test_free_text_that_shows_a_personal_field_is_taken_out_as_a_whole(site, load) -> None:
    imported = load("LIC,MIS,reason\nABC123,DOB/19800102 ARMED,robbery\nDEF456,red hood,SSN 123-45-6789\n")
    assert {field: one.lines for field, one in imported.stripped.items()} == {
        "date_of_birth": 1,
        "social_security_number": 1,
    }
    assert [(dict(one.fields), one.reason) for one in stored(site)] == [
        ({}, "robbery"),
        ({"MIS": "red hood"}, ""),
    ]


@pytest.mark.clause("R11")
def test_an_entry_by_hand_that_shows_a_personal_field_is_denied_with_the_clause(act_as) -> None:
    entry = HotlistEntry(plate="ABC123")
    with pytest.raises(Denied) as caught:
        add_to_hotlist(act_as("officer"), entry, name="x", purpose="wanted", reason="driver born 1980-01-02")
    assert caught.value.decision.clauses == ("P1",)


@pytest.mark.clause("R12")
def test_lines_of_a_category_that_is_not_looked_for_are_left_out_and_counted(site, load) -> None:
    imported = load("LIC,category\nABC123,stolen_vehicle\nDEF456,Expired Tag\nGHI789,EXPIRED-TAG\n")
    assert [one.plate for one in stored(site)] == ["ABC123"]
    assert {category: one.lines for category, one in imported.refused.items()} == {
        "Expired Tag": 1,
        "EXPIRED-TAG": 1,
    }
    assert all("[P2: " in one.why for one in imported.refused.values())
    assert public(site, "hotlist.import")["refused"] == 2


@pytest.mark.clause("R12")
def test_a_file_of_refused_categories_alone_leaves_the_list_as_it_was(site, load) -> None:
    load("LIC,category\nABC123,stolen_vehicle\n")
    with pytest.raises(InputError, match=r"2 lines: .*\[P2: "):
        load("LIC,category\nDEF456,expired tag\nGHI789,expired tag\n")
    assert [one.plate for one in stored(site)] == ["ABC123"]


@pytest.mark.clause("R12")
def test_an_entry_by_hand_of_such_a_category_is_denied_with_the_clause(act_as) -> None:
    entry = HotlistEntry(plate="ABC123", category="Expired registration")
    with pytest.raises(Denied) as caught:
        add_to_hotlist(act_as("officer"), entry, name="x", purpose="wanted")
    assert caught.value.decision.clauses == ("P2",)


@pytest.mark.clause("L7")
def test_the_second_search_for_one_plate_is_tracking_and_a_partial_plate_is_not(act_as) -> None:
    act, why = act_as("officer"), {"purpose": "wanted", "case": "26-104"}
    search_reads(act, ReadFilter(plate="ABC123"), **why)
    search_reads(act, ReadFilter(plate="ABC124"), **why)
    for _ in range(2):
        search_reads(act, ReadFilter(plate="ABC12?"), **why)
        search_reads(act, ReadFilter(cameras=("gate",)), **why)
    with pytest.raises(Denied) as caught:
        search_reads(act_as("officer"), ReadFilter(plate="abc 123"), **why)
    assert caught.value.decision.clauses == ("T1",)


def test_a_search_that_was_denied_is_no_earlier_search(act_as) -> None:
    act = act_as("officer")
    with pytest.raises(Denied):
        search_reads(act, ReadFilter(plate="ABC123"), purpose="wanted")
    assert search_reads(act, ReadFilter(plate="ABC123"), purpose="wanted", case="26-104").reads == ()


@pytest.mark.parametrize("column", [True, False])
def test_every_line_knows_where_it_comes_from(site, load, column) -> None:
    load("LIC,origin\nABC123,LEDS\nDEF456,\n" if column else "LIC\nABC123\n")
    expected = [Origin("leds"), Origin.OWN] if column else [Origin.OWN]
    assert [one.origin for one in stored(site)] == expected


def test_a_file_with_a_line_of_a_system_that_nobody_knows_is_not_used(site, load) -> None:
    load("LIC\nABC123\n")
    with pytest.raises(InputError, match="a line comes from 'fbi', and nobody here knows"):
        load("LIC,origin\nGHI789,leds\nDEF456,fbi\n")
    assert [one.plate for one in stored(site)] == ["ABC123"]


def test_an_origin_that_is_no_code_spoils_its_line_alone(load) -> None:
    imported = load("LIC,origin\nABC123,leds\nDEF456,LE DS\n")
    assert [(line.number, line.problem) for line in imported.rejected] == [
        (3, "an origin is own, ncic, or the code of a state's system")
    ]


def test_a_further_states_system_is_an_origin_once_its_data_source_declares_it(site, load) -> None:
    declared = site.systems["leds"]
    site.systems["ilets"] = replace(declared, code="ilets", title="Idaho's ILETS", state="ID")
    load("LIC,origin\nABC123,ilets\n")
    assert [one.origin for one in stored(site)] == [Origin("ilets")]


def test_a_source_can_be_set_to_an_origin(site, act_as, tmp_path) -> None:
    source = PluginHost.load().data_source("hotfile", {"origin": "ncic"})
    (tmp_path / "ncic.csv").write_text("LIC\nABC123\n")
    import_hotlist(act_as("admin"), tmp_path / "ncic.csv", source, source_name="hotfile", **WHY)
    assert [one.origin for one in stored(site)] == [Origin.NCIC]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SSN 123-45-6789", {"social_security_number"}),
        ("123-45-6789", {"social_security_number"}),
        ("DOB 1980", {"date_of_birth"}),
        ("d.o.b. unknown", {"date_of_birth"}),
        ("NAM/ROE, SAM", {"name"}),
        ("RAC/W SEX/F", {"race", "sex"}),
        ("case 1123-45-67890, phone 541-555-0100", set()),
        ("racing stripes, name unknown", set()),
    ],
)
def test_free_text_shows_a_personal_field_by_its_label_or_its_form(text: str, found: set[str]) -> None:
    assert set(personal_in([text])) == found


@given(st.text())
def test_any_text_can_be_looked_through(text: str) -> None:
    assert set(personal_in([text])) <= set(PERSONAL_FIELDS.values())


def test_a_hit_keeps_the_origin_of_the_line_that_it_met(site, act_as, load) -> None:
    load("LIC,origin\nABC123,leds\n")
    reading = Reading(
        candidates=(Candidate(text="ABC123", confidence=0.9),),
        characters=(0.9,) * 6,
        box=Box.rectangle(1, 1, 9, 5),
        detection_confidence=0.9,
    )
    frame = Frame(source="gate", taken_at=site.clock(), image=np.zeros((10, 12, 3), np.uint8))
    seen = Sighting(reading=reading, frame=frame, first_seen=site.clock(), last_seen=site.clock(), frames=1)
    record_sightings(act_as("officer"), [seen], camera="gate")
    (hit,) = list_hits(act_as("officer"))
    assert hit.listed.origin == Origin("leds")
