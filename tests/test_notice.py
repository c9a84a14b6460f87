"""No notice can hold a plate, a name or a case: its text is a line of one table, with whole numbers set in."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

import pytest

from alpr_core.entries import ACTIONS
from alpr_core.notice import KINDS, NUMBERS, Notice, Urgency, numbers_of

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def notice(kind: str, **numbers: object) -> Notice:
    return Notice(kind=kind, node="server", at=NOW, to="chief@police.example", numbers=numbers)


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_holds_nothing_but_its_words_and_known_numbers(kind: str) -> None:
    for _, name, how, turned in Formatter().parse(KINDS[kind].text):
        assert name is None or (name in NUMBERS and not how and turned is None)
    told = notice(kind, **dict.fromkeys(numbers_of(kind), 41))
    assert told.text == KINDS[kind].text.format(**dict.fromkeys(NUMBERS, 41))
    assert told.urgency is KINDS[kind].urgency


@pytest.mark.parametrize("kind", KINDS)
def test_it_concerns_roles_by_acts_that_there_are(kind: str) -> None:
    assert set(KINDS[kind].concerns) <= ACTIONS
    assert not (KINDS[kind].urgency is Urgency.ALARM and KINDS[kind].concerns), "an alarm goes to every role"


@pytest.mark.parametrize("number", ["ABC123", "41", True, 4.1, None, b"42"])
def test_nothing_but_a_whole_number_can_be_set_in(number: object) -> None:
    with pytest.raises(ValueError, match="whole numbers"):
        notice("approval.asked", approval=number)


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        ("plate.seen", {}),
        ("approval.asked", {}),
        ("approval.asked", {"approval": 1, "plate": 123456}),
        ("ledger.unwritable", {"entry": 1}),
    ],
)
def test_neither_another_text_nor_a_number_that_its_text_does_not_hold(kind: str, numbers: dict) -> None:
    with pytest.raises(ValueError, match="no notice"):
        notice(kind, **numbers)


def test_there_is_no_field_for_a_text_of_ones_own() -> None:
    assert [field.name for field in dataclasses.fields(Notice)] == ["kind", "node", "at", "to", "numbers"]
    assert isinstance(Notice.text, property)
    with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
        notice("test").kind = "ABC123"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no timezone"):
        Notice(kind="test", node="server", at=datetime(2026, 11, 23), to="a")  # noqa: DTZ001


def test_every_kind_stands_in_the_documentation_with_its_urgency_and_whom_it_concerns() -> None:
    page = (Path(__file__).resolve().parents[1] / "docs" / "notices.md").read_text()
    rows = re.findall(r"^\| `([a-z.]+)` +\| `(\w+)` +\|.*\| (.*?) *\|$", page, re.MULTILINE)
    assert [(kind, urgency) for kind, urgency, _ in rows] == [(kind, KINDS[kind].urgency) for kind in KINDS]
    for kind, _, whom in rows:
        assert re.findall("`(.*?)`", whom) == list(KINDS[kind].concerns)
