"""What a person sees on a picture, and what somebody reports of a system elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from verifying import WHY, Switch, ask, badge, entries, report, seen, state

from alpr_core.errors import Denied, InputError
from alpr_core.models import HotlistEntry
from alpr_core.services.authority import grant_authority
from alpr_core.services.hits import list_hits
from alpr_core.services.hotlists import add_to_hotlist
from alpr_core.services.verifying import report_verification, see_hit
from alpr_core.store.tables import verification
from alpr_ledger import vault


@pytest.mark.parametrize(
    ("listed", "plate", "of", "result"),
    [
        ("4KB792", "4kb 792", "or", "agrees"),
        ("4KB792", "4KB792", "", "agrees"),
        ("4KB792", "4KB797", "OR", "differs"),
        ("4KB792", "4KB792", "WA", "differs"),
        ("4KBO92", "4KB092", "OR", "agrees"),  # O and 0 are printed alike
        ("4KB892", "4KBB92", "OR", "differs"),  # 8 and B are not
        ("4K??92", "4KAB92", "OR", "agrees"),
        ("4K??92", "4KAB93", "OR", "differs"),
    ],
)
def test_what_a_person_sees_confirms_characters_and_state_or_refutes_the_hit(
    site, medford, hit_on, listed, plate, of, result
) -> None:
    officer, hit = medford("officer"), hit_on(listed, read=listed.replace("?", "A"))
    made = see_hit(officer, hit, plate, state=of, purpose="stolen_vehicle")
    assert made.result == result
    assert state(officer, hit) == ("seen" if result == "agrees" else "refuted")
    (entry,) = entries(site, "hit.verify")
    assert (entry["public"]["by"], entry["public"]["result"]) == ("sight", result)
    assert "4KB" not in str(entry)
    with site.store.snapshot() as work:
        kept = vault.open_value(work.connection, made.entry, "plate", site.keys)
    assert kept.value == made.plate


def test_what_cannot_be_read_on_the_picture_verifies_nothing(medford, hit_on) -> None:
    officer, hit = medford("officer"), hit_on("4KB792")
    for plate in ("4KB79?", "4KB*", "---"):
        with pytest.raises(InputError):
            see_hit(officer, hit, plate, purpose="stolen_vehicle")
    with pytest.raises(InputError, match="two letters"):
        see_hit(officer, hit, "4KB792", state="Oregon", purpose="stolen_vehicle")
    assert state(officer, hit) == "raised"


def test_looking_at_the_departments_own_picture_needs_no_authority_for_the_states_system(
    medford, hit_on
) -> None:
    officer, hit = medford("officer"), hit_on("4KB792")
    seen(officer, hit)
    with pytest.raises(Denied, match=r"462\.3\(f\)"):
        report_verification(officer, hit, report("confirmed"), purpose="stolen_vehicle")


def test_the_plate_that_a_person_saw_dies_with_the_read(site, purging, see) -> None:
    boss = purging("P30D")
    entry = HotlistEntry(plate="4KB792", category="stolen", expires=site.clock() + timedelta(days=90))
    add_to_hotlist(boss, entry, name="local", reason="stolen last night at the fair", **WHY)
    see("4KB792")
    (hit,) = list_hits(boss)
    made = see_hit(boss, hit.id, "4KB792")
    site.clock.advance(timedelta(days=31))
    from alpr_core.services.purging import purge

    assert purge(boss).hits == 1
    with site.store.snapshot() as work:
        assert work.connection.scalar(sa.select(sa.func.count()).select_from(verification)) == 0
        assert not vault.find(work.connection, "read", "4KB792", site.keys, field="plate")
        with pytest.raises(vault.ValueDestroyed):
            vault.open_value(work.connection, made.entry, "plate", site.keys)
        assert not [key for key in site.keys.ids() if key.startswith("read/")]
    assert len(entries(site, "hit.verify")) == 1


def test_what_was_seen_on_a_held_read_is_kept_by_the_hold(site, purging, see) -> None:
    from alpr_core.services.holds import place_hold
    from alpr_core.services.purging import purge

    boss = purging("P30D")
    entry = HotlistEntry(plate="4KB792", category="stolen", expires=site.clock() + timedelta(days=90))
    add_to_hotlist(boss, entry, name="local", reason="stolen last night at the fair", **WHY)
    see("4KB792")
    (hit,) = list_hits(boss)
    before = see_hit(boss, hit.id, "4KB792")
    place_hold(boss, read=hit.read, why="criminal", case="26-1", reason="the getaway car of the robbery")
    after = see_hit(boss, hit.id, "4KB793")
    site.clock.advance(timedelta(days=31))
    purge(boss)
    with site.store.snapshot() as work:
        for made in (before, after):
            kept = vault.open_value(work.connection, made.entry, "plate", site.keys)
            assert kept.value == made.plate
    assert not [key for key in site.keys.ids() if key.startswith("read/")]


def test_what_was_answered_elsewhere_is_reported_with_who_asked_which_system_when(
    site, authorised, hit_on
) -> None:
    hit, at = hit_on("4KB792"), site.clock()
    site.clock.advance(timedelta(minutes=5))
    made = report_verification(
        authorised, hit, report("confirmed", at=at, how="terminal"), purpose="stolen_vehicle"
    )
    assert (made.kind, made.system, made.at) == ("reported", "leds", at)
    assert state(authorised, hit) == "confirmed"
    (entry,) = entries(site, "hit.verify")
    public = {name: entry["public"][name] for name in ("by", "system", "result", "how", "at")}
    assert public == {
        "by": "reported",
        "system": "leds",
        "result": "confirmed",
        "how": "terminal",
        "at": entry["public"]["at"],
    }
    assert not any(word in str(entry) for word in ("Lee", "44-1"))
    with site.store.snapshot() as work:
        opened = [
            vault.open_value(work.connection, made.entry, field, site.keys).value
            for field in ("ran_by", "certificate")
        ]
    assert opened == ["Dispatcher Lee", "44-1"]


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"by": " "}, "--by"),
        ({"certificate": ""}, "--certificate"),
        ({"system": "nsa"}, "--system"),
        ({"how": "rumour"}, "radio or terminal"),
        ({"at": datetime(2026, 11, 23, 13, 0, tzinfo=UTC)}, "--at"),
        ({"at": datetime(2026, 11, 24, tzinfo=UTC)}, "--at"),
    ],
)
def test_a_report_that_lacks_something_or_cannot_be_is_refused(authorised, hit_on, wrong, problem) -> None:
    hit = hit_on("4KB792")
    with pytest.raises(InputError, match=problem):
        report_verification(authorised, hit, report("confirmed", **wrong), purpose="stolen_vehicle")
    assert state(authorised, hit) == "raised"


def test_a_colleague_who_asked_is_held_against_what_is_on_record_of_them(medford, authorised, hit_on) -> None:
    hit, other = hit_on("4KB792"), medford("dispatcher")

    def reported(**more):
        said = report("confirmed", by=badge(other), **more)
        return report_verification(authorised, hit, said, purpose="stolen_vehicle")

    with pytest.raises(InputError, match="no authority for leds"):
        reported()
    grant_authority(medford("tac"), badge(other), "leds", certificate="44-7", ori="OR0150200")
    with pytest.raises(InputError, match="another one"):
        reported(certificate="44-8")
    assert reported(certificate="").result == "confirmed"


@pytest.mark.parametrize(
    ("listed", "seen_state", "result"),
    [
        ("OREGON", "OR", "agrees"),
        ("NB", "NE", "agrees"),
        ("NE", "NB", "agrees"),
        ("or", "OR", "agrees"),
        ("WA", "OR", "differs"),
    ],
)
def test_a_state_that_a_list_writes_in_its_own_way_refutes_nothing(
    authorised, hit_on, listed, seen_state, result
) -> None:
    hit = hit_on("4KB792", state=listed)
    assert see_hit(authorised, hit, "4KB792", state=seen_state, purpose="stolen_vehicle").result == result


def test_a_colleague_is_named_by_badge_so_that_their_authority_is_looked_up(
    site, medford, authorised, hit_on
) -> None:
    colleague = medford("officer")
    with site.store.snapshot() as work:
        name = work.people.by_id(colleague.actor.id).name
    with pytest.raises(InputError, match="badge number"):
        report_verification(
            authorised, hit_on("4KB792"), report("confirmed", by=name.upper()), purpose="stolen_vehicle"
        )


def test_the_word_that_was_recorded_last_counts_whenever_it_was_said(site, authorised, hit_on) -> None:
    hit = seen(authorised, hit_on("4KB792"))
    site.clock.advance(timedelta(minutes=5, seconds=20))
    ask(authorised, hit, Switch("state: none", "ncic: none"))
    at = site.clock().replace(second=0, microsecond=0)
    report_verification(authorised, hit, report("confirmed", at=at), purpose="stolen_vehicle")
    assert state(authorised, hit) == "confirmed"
