"""Holds, purges and the schedule as people use them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import numpy as np
import pytest

from alpr_core.act import Act
from alpr_core.clock import system_clock
from alpr_core.models import Actor, Box, Candidate, Frame, Reading, Sighting
from alpr_core.node import Node
from alpr_core.services.ingest import record_sightings

PEOPLE = {
    "2001": ("Ann Manager", "program_manager"),
    "2002": ("Sam Roe", "officer"),
    "2003": ("Lee Sergeant", "supervisor"),
}
WHY = ("--why", "criminal", "--case", "26-1041", "--reason", "the getaway car of the robbery")


@pytest.fixture(scope="module")
def leicester_template(tmp_path_factory, new_department):
    return new_department(tmp_path_factory.mktemp("leicester"), "leicester-ma", "America/New_York", PEOPLE)


@pytest.fixture
def node(leicester_template, own_copy):
    return own_copy(leicester_template)


@pytest.fixture
def see(node):
    """``see("ABC123", days=400)`` stores a read that was captured so long ago, and gives its key."""

    def store(plate: str, days: int = 0) -> str:
        with Node.open(node.folder) as opened:
            then = opened.site.clock() - timedelta(days=days)
            reading = Reading(
                candidates=(Candidate(text=plate, confidence=0.9),),
                characters=(0.9,) * len(plate),
                box=Box.rectangle(10, 10, 60, 30),
                detection_confidence=0.9,
            )
            frame = Frame(source="car-7", taken_at=then, image=np.zeros((60, 80, 3), np.uint8))
            sighting = Sighting(reading=reading, frame=frame, first_seen=then, last_seen=then, frames=1)
            camera = Actor(id="system:test", roles=frozenset({"officer"}), delegated_by="p1")
            (batch,) = record_sightings(Act(opened.site, camera), [sighting], camera="car-7")
            return str(batch.reads[0].key)

    return store


def test_a_purge_is_looked_at_first_then_done_certified_and_signed(node, see) -> None:
    see("OLD111", days=400)
    see("NEW222")
    dry = node.as_("2001", "purge", "--dry-run", "--json")
    row = json.loads(dry.stdout)
    assert (row["class"], row["due"], row["held"], row["by"]) == ("default", 1, 0, "the job")
    assert row["clauses"] == ["10.05 V"]
    assert not node.entries("read.purge")

    done = node("purge", "--reason", "as the paper says")
    assert done.exit_code == 0, done.output
    assert "Its certificate lies in outbox/" in done.stderr
    text = (node.folder / "outbox" / "certificate-of-destruction-1.txt").read_text()
    assert "1 read, 2 images" in text
    assert node("retention", "certificate", "1").stdout.strip() == text.strip()

    assert node("retention", "sign", "--certificate", "1").exit_code == 0
    (listed,) = [json.loads(line) for line in node("retention", "certificate", "--json").stdout.splitlines()]
    assert listed["reads"] == 1
    assert listed["signed"]
    assert node("ledger", "verify").exit_code in (0, 3)
    assert "Nothing is due." in node("purge").stderr


@pytest.mark.clause("L12")
def test_what_an_officer_holds_is_kept_and_goes_once_a_supervisor_ends_the_hold(node, see) -> None:
    key = see("EVI111", days=400)
    placed = node.as_("2002", "holds", "add", "--read", key, *WHY)
    assert placed.exit_code == 0, placed.output
    assert node("holds", "end", "1", "--reason", "I say that it is over").exit_code == 3
    assert "Nothing is due." in node.as_("2001", "purge").stderr
    ended = node.as_("2003", "holds", "end", "1", "--reason", "the verdict is final")
    assert ended.exit_code == 0, ended.output
    assert node.as_("2001", "purge").exit_code == 0
    assert node.entries("purge.certify")[0]["public"]["count"] == 1
    (row,) = [json.loads(line) for line in node("holds", "list", "--json").stdout.splitlines()]
    assert (row["hold"], row["scope"], row["why"], row["case"], row["by"]) == (
        1, "read", "criminal", "26-1041", "2002",
    )  # fmt: skip
    assert row["ended"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--plate", "ABC123", "--why", "curiosity"), "a hold needs one of these reasons"),
        (("--plate", "ABC123", "--why", "criminal"), "belongs to a case"),
        (("--why", "criminal", "--case", "26-1"), "from when until when"),
        (("--plate", "ABC123", "--why", "criminal", "--case", "26-1"), "needs a reason"),
        (("--read", "2026-11-23/none", *WHY), "no read"),
        (("--plate", "ABC123", "--review", "2020-01-01", *WHY), "has to come yet"),
        (("--plate", "***", *WHY), "at least one known letter"),
    ],
)
def test_a_hold_says_what_it_lacks(node, words, told) -> None:
    said = node.as_("2002", "holds", "add", *words)
    assert said.exit_code in (1, 3)
    assert told in " ".join(said.stderr.split())
    assert not node.entries("hold.place")


def test_a_hold_that_is_not_open_cannot_be_ended(node) -> None:
    said = node.as_("2003", "holds", "end", "7", "--reason", "the verdict is final")
    assert said.exit_code == 1
    assert "no hold 7 is open" in said.stderr


def test_whose_role_has_no_purge_is_refused_and_nothing_is_destroyed(node, see) -> None:
    see("OLD111", days=400)
    assert node.as_("2002", "purge").exit_code == 3
    assert not node.entries("read.purge")


def test_the_schedule_says_its_clause_and_whether_it_is_signed(node, see) -> None:
    see("OLD111", days=400)
    shown = node.as_("2001", "retention", "show")
    assert "1 year" in shown.stdout
    assert "10.05 V" in shown.stdout
    assert "Not signed as it is" in shown.stderr
    assert node("retention", "sign").exit_code == 0
    assert "Signed by 2001" in node("retention", "show").stderr


def test_the_forecast_lists_days_and_room(node, see) -> None:
    see("OLD111", days=300)
    (row,) = [
        json.loads(line) for line in node.as_("2001", "retention", "forecast", "--json").stdout.splitlines()
    ]
    assert (row["class"], row["reads"], row["held"]) == ("default", 1, 0)


def test_a_strategy_of_another_name_is_refused_in_the_settings(node) -> None:
    file = node.folder / "alpr.toml"
    file.write_text(
        file.read_text() + '\n[retention]\nuse = "auto"\n\n[retention.options]\nperiod = "P30D"\n'
    )
    said = node("config", "check")
    assert said.exit_code == 2
    assert "options belong to one strategy" in said.stderr


def test_a_wrong_period_is_told_with_its_place(node) -> None:
    file = node.folder / "alpr.toml"
    file.write_text(file.read_text() + '\n[retention]\nuse = "fixed"\n\n[retention.options]\nperiod = "30"\n')
    said = node("config", "check")
    assert said.exit_code == 2
    assert "[retention] options" in said.stderr
    assert "is no period" in said.stderr


def test_what_is_overdue_stands_in_the_status_until_it_is_purged(node, see) -> None:
    see("OLD111", days=400)
    assert "overdue: reads of the class default should be gone since" in " ".join(
        node.as_("2001", "status").stdout.split()
    )
    assert node("purge").exit_code == 0
    assert "overdue" not in node("status").stdout


def test_by_a_clock_that_leapt_nothing_is_purged_before_somebody_has_confirmed_it(
    node, see, monkeypatch
) -> None:
    see("OLD111", days=364)

    def three_days_later() -> datetime:
        return system_clock() + timedelta(days=3)

    monkeypatch.setitem(Node.open.__func__.__kwdefaults__, "clock", three_days_later)
    said = node.as_("2001", "purge")
    assert said.exit_code == 0, said.output
    assert "alpr-core clock confirm" in said.stderr
    assert not node.entries("read.purge")
    assert node("clock", "confirm", "--reason", "off since Friday; set by NTP").exit_code == 0
    assert node("purge").exit_code == 0
    assert node.entries("purge.certify")[0]["public"]["count"] == 1
