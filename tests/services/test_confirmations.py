"""The agency that entered a record is asked whether it stands by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from verifying import Switch, ask, seen, state

from alpr_core.errors import Denied, InputError, SourceUnavailable
from alpr_core.services.dispositions import dispose_hit
from alpr_core.services.hits import show_hit
from alpr_core.services.state_queries import Record
from alpr_ledger import vault


def test_a_confirmation_has_a_clock_and_is_asked_for_three_times(site, authorised, hit_on) -> None:
    hit, switch = seen(authorised, hit_on("4KB792")), Switch()
    record = Record(ori="WA0170000", type="SV", nic="V123456789")
    with pytest.raises(InputError, match="which agency"):
        ask(authorised, hit, switch, record=replace(record, ori="4KB792"))
    asked = ask(authorised, hit, switch, record=record)
    assert asked.made.due_at == site.clock() + timedelta(minutes=10)
    shown = show_hit(authorised, hit, purpose="stolen_vehicle")
    assert (shown.waits_until, shown.overdue) == (asked.made.due_at, False)
    with pytest.raises(InputError, match="not over"):
        ask(authorised, hit, switch, record=record)
    for _ in range(2):
        site.clock.advance(timedelta(minutes=10))
        assert show_hit(authorised, hit, purpose="stolen_vehicle").overdue
        ask(authorised, hit, switch, record=record)
    site.clock.advance(timedelta(minutes=10))
    with pytest.raises(InputError, match="3 times"):
        ask(authorised, hit, switch, record=record)
    assert [query.number for query in switch.queries] == [1, 2, 3]
    assert {query.to for query in switch.queries} == {"WA0170000"}


@pytest.mark.parametrize(("script", "then"), [(["stands"], "confirmed"), (["gone"], "refuted")])
def test_the_agencys_word_is_the_last_and_stops_the_clock(authorised, hit_on, script, then) -> None:
    hit = seen(authorised, hit_on("4KB792"))
    ask(authorised, hit, Switch("ncic: wanted"))
    ask(authorised, hit, Switch("later"), record=Record(ori="WA0170000", type="SV"))
    authorised._site.clock.advance(timedelta(minutes=10))
    ask(authorised, hit, Switch(*script), record=Record(ori="WA0170000", type="SV"))
    assert state(authorised, hit) == then
    assert show_hit(authorised, hit, purpose="stolen_vehicle").waits_until is None


def test_what_the_files_say_meanwhile_does_not_stop_the_agencys_clock(site, authorised, hit_on) -> None:
    hit, record = seen(authorised, hit_on("4KB792")), Record(ori="WA0170000", type="SV", urgent=False)
    due = ask(authorised, hit, Switch(), record=record).made.due_at
    assert due == site.clock() + timedelta(hours=1)
    ask(authorised, hit, Switch("ncic: wanted"))
    assert show_hit(authorised, hit, purpose="stolen_vehicle").waits_until == due
    site.clock.advance(timedelta(hours=1))
    again = Switch("stands")
    ask(authorised, hit, again, record=record)
    assert [query.number for query in again.queries] == [2]
    once_more = Switch()
    ask(authorised, hit, once_more, record=record)
    assert [query.number for query in once_more.queries] == [1]


@pytest.mark.parametrize(
    "trouble", ["down", "rejected", SourceUnavailable("the line is cut"), ValueError("a defect")]
)
@pytest.mark.parametrize("urgent", [True, False])
def test_what_failed_before_the_agency_was_asked_locks_nothing_and_uses_up_no_request(
    site, authorised, hit_on, trouble, urgent
) -> None:
    hit = seen(authorised, hit_on("4KB792"))
    record = Record(ori="WA0170000", type="SV", nic="V123456789", urgent=urgent)
    for _ in range(4):
        assert ask(authorised, hit, Switch(trouble), record=record).made.due_at is None
    switch = Switch("stands")
    assert ask(authorised, hit, switch, record=record).made.result == "confirmed"
    assert switch.queries[0].number == 1


def test_another_agency_has_a_clock_and_numbers_of_its_own(authorised, hit_on) -> None:
    hit = seen(authorised, hit_on("4KB792"))
    ask(authorised, hit, Switch(), record=Record(ori="WA0170000", type="SV"))
    switch = Switch("stands")
    assert ask(authorised, hit, switch, record=Record(ori="CA0190000", type="SV")).made.agency == "CA0190000"
    assert switch.queries[0].number == 1


def test_which_agency_was_asked_about_which_record_is_committed_to(site, authorised, hit_on) -> None:
    hit = seen(authorised, hit_on("4KB792"))
    asked = ask(
        authorised, hit, Switch("stands"), record=Record(ori="WA0170000", type="SV", nic="V123456789")
    )
    with site.store.snapshot() as work:
        said = {
            name: vault.open_value(work.connection, asked.made.entry, name, site.keys).value
            for name in ("agency", "nic")
        }
    assert said == {"agency": "WA0170000", "nic": "V123456789"}


def test_a_file_that_still_lists_what_its_agency_took_back_confirms_nothing(authorised, hit_on) -> None:
    hit = seen(authorised, hit_on("4KB792"))
    ask(authorised, hit, Switch("ncic: wanted"))
    ask(authorised, hit, Switch("gone"), record=Record(ori="WA0170000", type="SV"))
    ask(authorised, hit, Switch("ncic: wanted"))
    assert state(authorised, hit) == "refuted"
    with pytest.raises(Denied):
        dispose_hit(authorised, hit, "arrest", reason="")


@pytest.mark.parametrize(("urgent", "seconds"), [(True, 600), (False, 3600)])
def test_an_agency_is_waited_for_as_long_as_it_has(authorised, hit_on, urgent, seconds) -> None:
    hit = seen(authorised, hit_on("4KB792"))
    switch = Switch("stands")
    ask(authorised, hit, switch, record=Record(ori="WA0170000", type="SV", urgent=urgent))
    assert switch.patience == seconds
    ask(authorised, hit, switch)
    assert switch.patience == 30
