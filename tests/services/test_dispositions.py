"""What became of a hit, and whether it was verified before anybody was stopped."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from verifying import WHY, Switch, ask, badge, entries, report, seen, state

from alpr_core.act import Act
from alpr_core.errors import Denied, InputError, NotFound
from alpr_core.models import HotlistEntry, ReadKey
from alpr_core.policy.pack import Exempt
from alpr_core.policy.rules import Strength
from alpr_core.services.authority import grant_authority
from alpr_core.services.dispositions import DISPOSITIONS, dispose_hit
from alpr_core.services.hits import list_hits, show_hit
from alpr_core.services.hotlists import add_to_hotlist, remove_from_hotlist
from alpr_core.services.verifying import report_verification, see_hit
from alpr_core.store.verifications import Verification, outcome_of


@pytest.mark.clause("M11")
def test_enforcement_on_an_alert_alone_is_verified_by_leds_or_says_why_that_was_not_practicable(
    site, authorised, hit_on
) -> None:
    hit = hit_on("4KB792")
    with pytest.raises(Denied, match=r"462\.3\(e\)"):
        dispose_hit(authorised, hit, "stopped")
    with pytest.raises(InputError, match="--not-practicable"):
        dispose_hit(authorised, hit, "stopped", reason="it was gone within seconds")
    with pytest.raises(Denied):
        dispose_hit(authorised, hit, "stopped", not_practicable=True)
    said = dispose_hit(
        authorised, hit, "stopped", not_practicable=True, reason="no radio in the canyon that night"
    )
    assert (said.enforced, said.not_practicable) == (True, True)
    (entry,) = entries(site, "hit.dispose")
    assert entry["public"]["not_practicable"] is True
    assert "verified" not in entry["public"]
    verified = seen(authorised, hit_on("7QRS11"), "7QRS11")
    ask(authorised, verified, Switch("ncic: wanted"))
    assert not dispose_hit(authorised, verified, "arrest").not_practicable
    assert entries(site, "hit.dispose")[1]["public"]["verified"] == "leds"


@pytest.mark.clause("B9")
def test_under_beltons_paper_a_report_from_mules_verifies_before_enforcement(under, see) -> None:
    belton = under("belton-mo")
    officer = belton("officer")
    grant_authority(belton("tac"), badge(officer), "mules", certificate="2", ori="MO0480200")
    expires = datetime(2026, 12, 24, tzinfo=UTC)
    entry = HotlistEntry(plate="4KB792", category="stolen_vehicle", expires=expires)
    add_to_hotlist(officer, entry, name="stolen", reason="stolen last night at the fair", **WHY)
    see("4KB792")
    hit = list_hits(officer, purpose="stolen_vehicle")[0].id
    report_verification(officer, hit, report("confirmed", system="leds"), purpose="stolen_vehicle")
    with pytest.raises(Denied, match=r"461\.3\(f\)"):
        dispose_hit(officer, hit, "arrest")
    report_verification(officer, hit, report("confirmed"), purpose="stolen_vehicle")
    assert dispose_hit(officer, hit, "arrest").enforced


def test_where_the_paper_says_must_no_reason_stands_in_for_a_verification(under, see) -> None:
    def must(clause):
        return (
            clause.model_copy(update={"strength": Strength.MUST})
            if clause.rule.kind == "verification"
            else clause
        )

    medford = under("medford-or", must)
    officer = medford("officer")
    expires = datetime(2026, 12, 24, tzinfo=UTC)
    entry = HotlistEntry(plate="4KB792", category="stolen_vehicle", expires=expires)
    add_to_hotlist(officer, entry, name="stolen", reason="stolen last night at the fair", **WHY)
    see("4KB792")
    hit = list_hits(officer, purpose="stolen_vehicle")[0].id
    with pytest.raises(Denied, match=r"462\.3\(e\)"):
        dispose_hit(officer, hit, "stopped", not_practicable=True, reason="no radio in the canyon that night")
    assert dispose_hit(officer, hit, "observed").disposition == "observed"


def test_whether_it_is_verified_is_looked_up_when_the_disposition_is_written(
    site, authorised, hit_on
) -> None:
    hit = seen(authorised, hit_on("4KB792"))
    ask(authorised, hit, Switch("ncic: wanted"))
    real = authorised.admit

    def admit(*given, **more) -> None:
        real(*given, **more)
        authorised.admit = real
        report_verification(authorised, hit, report("refuted"), purpose="stolen_vehicle")

    authorised.admit = admit
    with pytest.raises(Denied, match=r"462\.3\(e\)"):
        dispose_hit(authorised, hit, "arrest")
    assert entries(site, "hit.dispose") == []


def test_what_was_refuted_is_enforced_with_a_reason_but_not_as_if_it_could_not_be_verified(
    authorised, hit_on
) -> None:
    hit, why = seen(authorised, hit_on("4KB792")), "the driver fled when the car passed"
    ask(authorised, hit, Switch("ncic: none", "state: none"))
    with pytest.raises(InputError, match="it was practicable"):
        dispose_hit(authorised, hit, "stopped", not_practicable=True, reason=why)
    assert dispose_hit(authorised, hit, "stopped", reason=why).enforced


def test_other_grounds_are_named_and_then_no_verification_is_asked_for(site, authorised, hit_on) -> None:
    hit = hit_on("4KB792")
    with pytest.raises(InputError, match="other grounds"):
        dispose_hit(authorised, hit, "citation", other_grounds=True)
    said = dispose_hit(
        authorised, hit, "citation", other_grounds=True, reason="ran the red light at 5th and Main"
    )
    assert not said.enforced
    assert entries(site, "hit.dispose")[0]["public"]["other_grounds"] is True


def test_a_hit_is_disposed_of_once_and_again_only_with_a_reason(site, authorised, hit_on) -> None:
    hit = hit_on("4KB792")
    dispose_hit(authorised, hit, "not_found")
    assert state(authorised, hit) == "disposed"
    with pytest.raises(InputError, match="not_found"):
        dispose_hit(authorised, hit, "observed")
    with pytest.raises(InputError, match="not verified any more"):
        seen(authorised, hit)
    dispose_hit(authorised, hit, "observed", reason="it came back past the camera later")
    assert [one["public"]["again"] for one in entries(site, "hit.dispose")] == [False, True]
    disposal = show_hit(authorised, hit, purpose="stolen_vehicle").disposal
    assert (disposal.disposition, disposal.by) == ("observed", authorised.actor.id)


@pytest.fixture
def withdrawn(medford, authorised, hit_on) -> str:
    """A hit that was seen, and whose plate was taken off the list then."""
    hit = seen(authorised, hit_on("4KB792"))
    remove_from_hotlist(
        medford("program_manager"),
        "4KB792",
        name="stolen",
        purpose="administration",
        reason="recovered today",
    )
    assert state(authorised, hit) == "withdrawn"
    return hit


def test_nobody_looks_at_or_asks_about_a_hit_that_was_withdrawn(authorised, withdrawn) -> None:
    switch = Switch("ncic: wanted")
    for act_on in (lambda: seen(authorised, withdrawn), lambda: ask(authorised, withdrawn, switch)):
        with pytest.raises(InputError, match="withdrawn"):
            act_on()
    assert switch.queries == []


def test_what_was_done_before_a_hit_was_withdrawn_is_recorded_with_a_reason(
    site, authorised, withdrawn
) -> None:
    report_verification(authorised, withdrawn, report("confirmed"), purpose="stolen_vehicle")
    with pytest.raises(InputError, match="withdrawn"):
        dispose_hit(authorised, withdrawn, "recovered")
    dispose_hit(authorised, withdrawn, "recovered", reason="found before the list was changed")
    assert state(authorised, withdrawn) == "disposed"
    (entry,) = entries(site, "hit.dispose")
    assert (entry["public"]["again"], entry["public"]["verified"]) == (True, "leds")


def test_enforcement_on_the_alert_alone_has_no_other_grounds(authorised, hit_on) -> None:
    with pytest.raises(InputError, match="one of the two"):
        dispose_hit(authorised, hit_on("4KB792"), "stopped", enforced=True, other_grounds=True, reason="a")


def changed_verification(**update):
    """The clause on verification with other values."""
    return lambda clause: clause.model_copy(update=update) if clause.rule.kind == "verification" else clause


@pytest.mark.parametrize(
    "update", [{"strength": Strength.MAY}, {"exempt": Exempt(origin="server")}], ids=["may", "exempt"]
)
def test_where_the_policy_misses_no_verification_none_has_to_be_impracticable(under, see, update) -> None:
    officer = under("medford-or", changed_verification(**update))("officer")
    expires = datetime(2026, 12, 24, tzinfo=UTC)
    entry = HotlistEntry(plate="4KB792", category="stolen_vehicle", expires=expires)
    add_to_hotlist(officer, entry, name="stolen", reason="stolen last night at the fair", **WHY)
    see("4KB792")
    hit = list_hits(officer, purpose="stolen_vehicle")[0].id
    assert dispose_hit(officer, hit, "stopped").enforced


def test_another_systems_word_is_not_the_one_that_the_policy_asks_for(site, authorised, hit_on) -> None:
    hit = seen(authorised, hit_on("4KB792"))
    report_verification(authorised, hit, report("confirmed", system="mules"), purpose="stolen_vehicle")
    why = "no radio in the canyon"
    with pytest.raises(InputError, match="verified by leds"):
        dispose_hit(authorised, hit, "stopped", reason=why)
    assert dispose_hit(authorised, hit, "stopped", not_practicable=True, reason=why).not_practicable


def test_a_disposition_off_the_list_is_refused_with_the_list(authorised, hit_on) -> None:
    hit = hit_on("4KB792")
    with pytest.raises(InputError, match="not_found, passed_on"):
        dispose_hit(authorised, hit, "4KB792")
    assert all(len(code) <= 32 for code in DISPOSITIONS)


def test_a_hit_that_is_not_there_is_not_found_by_anybody(authorised) -> None:
    for act_on in (
        lambda: show_hit(authorised, "4KB792", purpose="stolen_vehicle"),
        lambda: see_hit(authorised, "4KB792", "4KB792", purpose="stolen_vehicle"),
        lambda: ask(authorised, "4KB792", Switch()),
        lambda: report_verification(authorised, "4KB792", report("refuted"), purpose="stolen_vehicle"),
        lambda: dispose_hit(authorised, "4KB792", "misread"),
    ):
        with pytest.raises(NotFound, match="hits list"):
            act_on()


def test_of_a_hit_with_a_disposition_stays_how_it_was_verified_when_its_read_is_gone(
    site, purging, see
) -> None:
    from alpr_core.services.purging import purge
    from alpr_core.store.tables import hit_outcome

    boss = purging("P30D")
    for plate in ("4KB792", "7QRS11"):
        entry = HotlistEntry(plate=plate, category="stolen", expires=site.clock() + timedelta(days=90))
        add_to_hotlist(boss, entry, name="local", reason="stolen last night at the fair", **WHY)
        see(plate)
    other, hit = list_hits(boss)
    report_verification(boss, hit.id, report("no_answer", system="leds"))
    report_verification(boss, hit.id, report("confirmed", system="leds"))
    report_verification(boss, other.id, report("refuted", system="leds"))
    dispose_hit(boss, hit.id, "recovered")
    site.clock.advance(timedelta(days=31))
    assert purge(boss).hits == 2
    with site.store.snapshot() as work:
        (kept,) = work.connection.execute(sa.select(hit_outcome)).mappings()
    said = {
        name: kept[name] for name in ("id", "disposition", "verified", "verified_by", "system", "enforced")
    }
    assert said == {
        "id": hit.id,
        "disposition": "recovered",
        "verified": "confirmed",
        "verified_by": "reported",
        "system": "leds",
        "enforced": True,
    }


def test_the_status_counts_open_hits_that_nobody_has_verified_for_an_hour(site, authorised, hit_on) -> None:
    from alpr_core.services.status import show_status

    hit_on("4KB792")
    refuted = hit_on("7QRS11")
    seen(authorised, refuted, "7QRS12")
    assert show_status(authorised).unverified == 0
    site.clock.advance(timedelta(minutes=61))
    assert show_status(authorised).unverified == 1


def test_a_hit_that_was_looked_at_again_or_confirmed_by_a_simulator_alone_waits_for_somebody(
    site, authorised, hit_on
) -> None:
    again = hit_on("4KB792")
    seen(authorised, again, "4KB793")
    seen(authorised, again)
    training = Act(replace(site, gate=authorised._site.gate, live=False), authorised.actor)
    invented = seen(authorised, hit_on("7QRS11"), "7QRS11")
    ask(training, invented, Switch("ncic: wanted", simulated=True))
    site.clock.advance(timedelta(hours=2))
    with site.store.snapshot() as work:
        assert work.verifications.waiting(site.clock(), live=True) == 2
        assert work.verifications.waiting(site.clock(), live=False) == 1


def test_what_a_simulator_said_is_not_what_stays_of_a_hit_where_a_real_system_was_asked_too() -> None:
    common = {"hit": "h", "read": ReadKey(day="2026-11-23", id="r"), "made_by": "p", "at": datetime.now(UTC)}
    invented = Verification(kind="query", result="confirmed", system="leds", simulated=True, **common)
    real = Verification(kind="query", result="no_answer", system="leds", **common)
    assert outcome_of((invented, real))["verified"] == "no_answer"
    assert outcome_of((invented,)) == {
        "system": "leds",
        "verified": "confirmed",
        "verified_by": "query",
        "simulated": True,
    }
