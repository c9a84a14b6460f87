"""A state's system is asked: authority first, then what it answers, simulators, and an agency's word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
import sqlalchemy as sa
from verifying import LEDS, TEXT, WHY, Switch, ask, badge, entries, kinds, seen, size, state

from alpr_core.act import Act
from alpr_core.errors import ConfigError, Denied, InputError, NotFound, SourceUnavailable
from alpr_core.interfaces import StateSource
from alpr_core.models import HotlistEntry
from alpr_core.services.authority import grant_authority, revoke_authority
from alpr_core.services.dispositions import dispose_hit
from alpr_core.services.hits import list_hits
from alpr_core.services.hotlists import add_to_hotlist
from alpr_core.services.training import record_training
from alpr_core.settling import settle_intents
from alpr_core.verification import StateQuery, StateReply, TrainingRule
from alpr_ledger import vault


def test_the_switch_of_these_tests_speaks_the_protocol() -> None:
    assert isinstance(Switch(), StateSource)


@pytest.mark.parametrize(
    ("script", "result", "why", "then"),
    [
        (["ncic: wanted", "registered", "state: none"], "confirmed", "", "confirmed"),
        (["state: wanted"], "confirmed", "", "confirmed"),
        (["ncic: wanted", "down"], "confirmed", "", "confirmed"),
        (["state: none", "ncic: none", "unknown"], "refuted", "", "refuted"),
        (["ncic: none", "registered", "state: none"], "refuted", "", "refuted"),
        (["ncic: none", "state: none"], "refuted", "", "refuted"),
        (["registered", "ncic: none"], "no_answer", "unanswered", "no_answer"),
        (["registered"], "no_answer", "unanswered", "no_answer"),
        ([], "no_answer", "unanswered", "no_answer"),
        (["registered", "down"], "no_answer", "out_of_service", "no_answer"),
        (["rejected"], "no_answer", "rejected", "no_answer"),
        ([SourceUnavailable("no line")], "no_answer", "unreachable", "no_answer"),
        (["registered", SourceUnavailable("cut")], "no_answer", "unreachable", "no_answer"),
        (["ncic: wanted", SourceUnavailable("cut")], "confirmed", "", "confirmed"),
        ([ValueError("a defect")], "no_answer", "defect", "no_answer"),
        ([SystemExit(3)], "no_answer", "defect", "no_answer"),
    ],
)
def test_answers_confirm_refute_or_leave_the_hit_to_a_person(
    site, authorised, hit_on, script, result, why, then
) -> None:
    hit = seen(authorised, hit_on("4KB792"))
    asked = ask(authorised, hit, Switch(*script))
    assert (asked.made.result, asked.made.why) == (result, why)
    assert asked.told == "".join(one.message for one in script if isinstance(one, SourceUnavailable))
    assert state(authorised, hit) == then
    intent, outcome = entries(site, "state.query")
    assert (intent["outcome"], outcome["outcome"]) == ("intent", "done")
    assert outcome["public"]["result"] == result
    assert outcome["public"].get("why", "") == why
    with site.store.snapshot() as work:
        assert work.intents.open() == []
        assert [one.entry for one in work.verifications.of(hit)][-1] == asked.made.entry


@pytest.mark.clause("M12")
def test_nobody_asks_a_states_system_without_authority_for_it_and_nothing_is_sent(
    site, medford, hit_on
) -> None:
    officer, switch = medford("officer"), Switch("ncic: wanted")
    hit = seen(officer, hit_on("4KB792"))
    before = size(site)
    with pytest.raises(Denied, match=r"462\.3\(f\)"):
        ask(officer, hit, switch)
    assert switch.queries == []
    assert kinds(site, before) == ["act.deny"]
    grant_authority(medford("tac"), badge(officer), "mules", certificate="1", ori="OR0150200")
    with pytest.raises(Denied):
        ask(officer, hit, switch)
    grant_authority(medford("tac"), badge(officer), "leds", certificate="44-1203", ori="OR0150200")
    assert ask(officer, hit, switch).made.result == "confirmed"


GUIDE = TrainingRule(says="Completed within 60 days.", source="OAR 257-015", within=timedelta(days=60))
CERTIFIED = TrainingRule(says="Operators are certified.", source="OAC 4501:2-10")
AGAIN = TrainingRule(
    says="Certified again every two years.", source="OAC 4501:2-10", again=timedelta(days=730)
)


def trained(medford, officer: Act, held: datetime, **more: object) -> None:
    words = {"area": "leds", **more}
    record_training(medford("training_manager"), badge(officer), "LEDS certification", held=held, **words)


def test_who_lacks_a_training_that_the_system_asks_of_its_users_does_not_ask_it(
    site, medford, authorised, hit_on
) -> None:
    switch = Switch("ncic: wanted", system=replace(LEDS, trainings=(CERTIFIED,)))
    hit = seen(authorised, hit_on("4KB792"))
    before = size(site)
    with pytest.raises(Denied) as denied:
        ask(authorised, hit, switch)
    assert switch.queries == []
    assert kinds(site, before) == ["hit.show", "act.deny"]
    assert "no training for Oregon's LEDS is on record" in denied.value.message
    assert "Operators are certified. (OAC 4501:2-10)" in denied.value.message
    assert "training add BADGE COURSE --area leds --date DAY" in denied.value.message
    denial = entries(site, "act.deny")[-1]
    assert (denial["public"]["action"], denial["clauses"]) == ("state.query", ["training for leds"])
    trained(medford, authorised, site.clock(), area="mules")
    with pytest.raises(Denied):
        ask(authorised, hit, switch)
    trained(medford, authorised, site.clock())
    assert ask(authorised, hit, switch).made.result == "confirmed"


def test_a_training_for_the_system_that_has_expired_counts_no_more(site, medford, authorised, hit_on) -> None:
    switch = Switch("ncic: wanted", system=replace(LEDS, trainings=(CERTIFIED,)))
    hit = seen(authorised, hit_on("4KB792"))
    trained(medford, authorised, site.clock(), expires=site.clock() + timedelta(hours=1))
    assert ask(authorised, hit, switch).made.result == "confirmed"
    site.clock.advance(timedelta(hours=1))
    with pytest.raises(Denied, match="is on record"):
        ask(authorised, hit, switch)


def test_a_training_is_passed_again_when_the_systems_period_is_over(
    site, medford, authorised, hit_on
) -> None:
    switch = Switch("ncic: wanted", system=replace(LEDS, trainings=(AGAIN,)))
    hit = seen(authorised, hit_on("4KB792"))
    trained(medford, authorised, site.clock() - timedelta(days=729))
    assert ask(authorised, hit, switch).made.result == "confirmed"
    site.clock.advance(timedelta(days=1))
    with pytest.raises(Denied, match="730 days old"):
        ask(authorised, hit, switch)


def test_the_time_to_be_trained_runs_from_the_first_authority_and_no_new_one_renews_it(
    site, medford, authorised, hit_on
) -> None:
    switch = Switch("ncic: wanted", system=replace(LEDS, trainings=(GUIDE,)))
    hit = seen(authorised, hit_on("4KB792"))
    with site.store.snapshot() as work:
        (first,) = work.rights.authorities(authorised.actor.id)
    site.clock.now = first.since + timedelta(days=60) - timedelta(seconds=1)
    assert ask(authorised, hit, switch).made.result == "confirmed"
    site.clock.advance(timedelta(seconds=1))
    with pytest.raises(Denied, match="60 days to complete it are over"):
        ask(authorised, hit, switch)
    revoke_authority(medford("tac"), first.id)
    grant_authority(medford("tac"), badge(authorised), "leds", certificate="44-1203", ori="OR0150200")
    with pytest.raises(Denied, match="60 days to complete it are over"):
        ask(authorised, hit, switch)
    trained(medford, authorised, site.clock())
    assert ask(authorised, hit, switch).made.result == "confirmed"


@pytest.mark.clause("B8")
def test_under_beltons_paper_it_is_authority_for_mules_that_counts(site, under, see) -> None:
    belton = under("belton-mo")
    officer, mules = belton("officer"), replace(LEDS, code="mules", ori=re.compile("MO[0-9A-Z]{7}"))
    expires = datetime(2026, 12, 24, tzinfo=UTC)
    entry = HotlistEntry(plate="4KB792", category="stolen_vehicle", expires=expires)
    add_to_hotlist(officer, entry, name="stolen", reason="stolen last night at the fair", **WHY)
    see("4KB792")
    hit = seen(officer, list_hits(officer, purpose="stolen_vehicle")[0].id)
    switch = Switch("ncic: wanted", system=mules)
    grant_authority(belton("tac"), badge(officer), "leds", certificate="1", ori="MO0480200")
    with pytest.raises(Denied, match=r"461\.3\(e\)"):
        ask(officer, hit, switch)
    grant_authority(belton("tac"), badge(officer), "mules", certificate="2", ori="MO0480200")
    assert ask(officer, hit, switch).made.system == "mules"
    assert [query.operator for query in switch.queries] == ["2"]


@pytest.mark.clause("R10")
def test_under_marions_paper_authority_that_was_revoked_counts_no_more(under, see) -> None:
    marion = under("marion-oh")
    officer, tac = marion("officer"), marion("tac")
    leads = replace(LEDS, code="leads", ori=re.compile("OH[0-9A-Z]{7}"))
    expires = datetime(2026, 12, 24, tzinfo=UTC)
    entry = HotlistEntry(plate="4KB792", category="stolen_vehicle", expires=expires)
    add_to_hotlist(officer, entry, name="stolen", reason="stolen last night at the fair", **WHY)
    see("4KB792")
    hit = seen(officer, list_hits(officer, purpose="stolen_vehicle")[0].id)
    granted = grant_authority(tac, badge(officer), "leads", certificate="2", ori="OH0510200")
    switch = Switch("ncic: wanted", system=leads)
    assert ask(officer, hit, switch).made.result == "confirmed"
    revoke_authority(tac, granted.authority.id)
    with pytest.raises(Denied, match=r"427\.3\(f\)"):
        ask(officer, hit, switch)
    assert len(switch.queries) == 1


def test_the_system_is_asked_about_the_plate_that_was_seen_in_the_name_of_who_asks(
    authorised, hit_on
) -> None:
    hit, switch = hit_on("4KBO92"), Switch("ncic: wanted")
    seen(authorised, hit, "4KB092", "OR")
    ask(authorised, hit, switch)
    ask(authorised, hit, switch)
    one, other = switch.queries
    assert (one.plate, one.state, one.to) == ("4KB092", "OR", "OR")
    assert (one.operator, one.ori) == ("44-1203", "OR0150200")
    assert re.fullmatch("[A-Z0-9]{10}", one.control)
    assert one.control != other.control


def test_the_text_of_an_answer_is_shown_and_stands_nowhere(site, authorised, hit_on) -> None:
    hit = seen(authorised, hit_on("4KB792"))
    asked = ask(authorised, hit, Switch("ncic: wanted", "registered"))
    assert [reply.text for reply in asked.replies] == [TEXT, TEXT]
    assert TEXT not in repr(asked.replies)
    outcome = entries(site, "state.query")[1]
    assert outcome["public"] | {"control": ""} == {
        "hit": hit,
        "system": "leds",
        "asked": "registration",
        "control": "",
        "result": "confirmed",
        "parts": ["ncic", "registration"],
        "kinds": ["wanted", "record"],
        "keys": ["QV", "RR"],
        "count": 2,
        "strays": 0,
        "simulated": False,
    }
    assert len(set(outcome["committed"]["replies"])) == 2  # salted: the same text twice looks like two
    with site.store.snapshot() as work:
        opened = vault.open_value(work.connection, asked.made.entry, "replies", site.keys, item=1)
        assert opened.value == sha256(TEXT.encode()).hexdigest()
        for table in work.connection.execute(sa.text(_TABLES[site.store.is_sqlite])).scalars().all():
            rows = work.connection.execute(sa.text(f'SELECT * FROM "{table}"')).all()
            assert "QUILLFEATHER" not in str(rows), table


_TABLES = {
    True: "SELECT name FROM sqlite_master WHERE type = 'table'",
    False: "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
}


def test_a_message_key_that_is_none_and_what_answers_another_query_prove_nothing(
    site, authorised, hit_on
) -> None:
    hit = seen(authorised, hit_on("4KB792"))
    switch = Switch()
    odd = replace(switch.reply("A1", "registered"), message_key="ZELDA QUILLFEATHER")
    switch.script = (switch.reply("ANOTHER", "ncic: wanted"), "no reply at all", odd)
    switch.ask = lambda query, patience: iter(  # type: ignore[method-assign]
        (switch.script[0], object(), replace(odd, control=query.control))
    )
    asked = ask(authorised, hit, switch)
    assert (asked.made.result, len(asked.replies)) == ("no_answer", 1)
    public = entries(site, "state.query")[1]["public"]
    assert (public["strays"], public["keys"]) == (2, ["?"])


@pytest.mark.parametrize(
    "trouble",
    [
        InputError("Missouri asks for VMA with a VIN."),
        ConfigError(["keys/leds may be read by others"], where="secrets"),
    ],
    ids=["rule", "setting"],
)
def test_a_query_that_cannot_be_sent_is_a_failed_send_and_the_hit_is_as_it_was(
    site, authorised, hit_on, trouble
) -> None:
    hit = seen(authorised, hit_on("4KB792"))
    with pytest.raises(type(trouble), match=re.escape(trouble.message)):
        ask(authorised, hit, Switch(trouble))
    assert [one["outcome"] for one in entries(site, "state.query")] == ["intent", "failed"]
    assert state(authorised, hit) == "seen"


def test_a_query_that_was_cut_off_is_settled_at_the_start_and_can_be_made_again(
    site, authorised, hit_on
) -> None:
    hit = seen(authorised, hit_on("4KB792"))
    with pytest.raises(KeyboardInterrupt):
        ask(authorised, hit, Switch("registered", KeyboardInterrupt()))
    site.presence.close()
    assert [one.kind for one in settle_intents(site)] == ["state.query"]
    assert [one["outcome"] for one in entries(site, "state.query")] == ["intent", "unknown"]
    assert state(authorised, hit) == "seen"
    assert ask(authorised, hit, Switch("ncic: wanted")).made.result == "confirmed"


def test_a_read_that_is_purged_while_the_system_answers_takes_the_answer_with_it(
    site, authorised, hit_on
) -> None:
    hit = seen(authorised, hit_on("4KB792"))
    switch = Switch("ncic: wanted")

    def purged() -> None:
        with site.store.writing() as work:
            for table in ("verification", "hit"):
                work.connection.execute(sa.text(f"DELETE FROM {table}"))

    switch.before_answering = purged
    assert ask(authorised, hit, switch).made.result == "confirmed"
    assert [one["outcome"] for one in entries(site, "state.query")] == ["intent", "done"]
    with pytest.raises(NotFound):
        state(authorised, hit)


def test_nothing_is_asked_before_somebody_has_looked_nor_about_what_sight_refutes(authorised, hit_on) -> None:
    hit, switch = hit_on("4KB792"), Switch("ncic: wanted")
    with pytest.raises(InputError, match="Nobody has looked"):
        ask(authorised, hit, switch)
    seen(authorised, hit, "4KB797")
    with pytest.raises(InputError, match="refuted by sight"):
        ask(authorised, hit, switch)
    assert switch.queries == []


@pytest.mark.parametrize(
    ("certificate", "ori", "lacks"), [("", "OR0150200", "certif"), ("1", "", "[node] ori")]
)
def test_an_operator_without_certificate_or_identifier_asks_nothing(
    medford, hit_on, certificate, ori, lacks
) -> None:
    officer, switch = medford("officer"), Switch("ncic: wanted")
    grant_authority(medford("tac"), badge(officer), "leds", certificate=certificate, ori=ori)
    hit = seen(officer, hit_on("4KB792"))
    with pytest.raises(InputError, match=re.escape(lacks)):
        ask(officer, hit, switch)
    assert switch.queries == []
    if certificate:  # the node's own stands in for one that the authority does not name
        assert ask(officer, hit, switch, ori="OR0150200").made.result == "confirmed"


@pytest.mark.clause("L3")
def test_registry_data_is_asked_for_by_its_permissible_use_alone(site, authorised, hit_on) -> None:
    hit = seen(authorised, hit_on("4KB792"))
    switch = Switch("ncic: none", "state: none", system=replace(LEDS, dppa=True))
    for dppa in ("", "b99"):
        with pytest.raises(InputError, match="permissible use"):
            ask(authorised, hit, switch, dppa=dppa)
    assert switch.queries == []
    assert ask(authorised, hit, switch, dppa="b1").made.result == "refuted"
    assert [one["public"]["dppa"] for one in entries(site, "state.query")] == ["b1", "b1"]


def test_a_live_node_asks_no_simulator_and_is_told_so(authorised, hit_on) -> None:
    hit, switch = seen(authorised, hit_on("4KB792")), Switch("ncic: wanted", simulated=True)
    with pytest.raises(InputError, match="SIMULATED"):
        ask(authorised, hit, switch)
    assert switch.queries == []


def test_a_simulator_that_says_so_in_its_answers_alone_confirms_nothing_on_a_live_node(
    site, authorised, hit_on
) -> None:
    hit, switch = seen(authorised, hit_on("4KB792")), Switch()
    answer = switch.reply("", "ncic: wanted")
    switch.ask = lambda query, patience: iter(  # type: ignore[method-assign]
        [replace(answer, control=query.control, simulated=True)]
    )
    asked = ask(authorised, hit, switch)
    assert (asked.made.result, asked.made.why, asked.made.simulated) == ("no_answer", "simulated", True)
    assert state(authorised, hit) == "no_answer"
    assert entries(site, "state.query")[1]["public"]["simulated"] is True


@pytest.mark.parametrize("trouble", [SourceUnavailable("cut"), ValueError("a defect")])
def test_a_source_that_turns_out_to_be_a_simulator_while_it_answers_confirms_nothing_on_a_live_node(
    authorised, hit_on, trouble
) -> None:
    hit, switch = seen(authorised, hit_on("4KB792")), Switch()
    answer = switch.reply("", "ncic: wanted")

    def announced_late(query: StateQuery, patience: float) -> Iterator[StateReply]:
        yield replace(answer, control=query.control)
        switch.simulated = True
        raise trouble

    switch.ask = announced_late  # type: ignore[method-assign]
    asked = ask(authorised, hit, switch)
    assert (asked.made.result, asked.made.why) == ("no_answer", "simulated")


def test_what_a_simulator_confirmed_in_training_counts_for_nothing_once_the_node_is_live(
    site, authorised, hit_on
) -> None:
    hit = seen(authorised, hit_on("4KB792"))
    training = Act(replace(authorised._site, live=False), authorised.actor)
    assert ask(training, hit, Switch("ncic: wanted", simulated=True)).made.result == "confirmed"
    assert state(training, hit) == "confirmed"
    assert state(authorised, hit) == "no_answer"
    with pytest.raises(Denied, match=r"462\.3\(e\)"):
        dispose_hit(authorised, hit, "stopped")
    assert dispose_hit(training, hit, "stopped").enforced


def test_a_system_that_the_policy_does_not_name_is_not_asked_by_whom_nobody_authorised(
    medford, authorised, hit_on
) -> None:
    hit = seen(authorised, hit_on("4KB792"))
    switch = Switch("ncic: wanted", system=replace(LEDS, code="idaho", certificate=False))
    with pytest.raises(InputError, match="No authority of yours"):
        ask(authorised, hit, switch, system="idaho")
    assert switch.queries == []


def test_an_answer_of_nonsense_leaves_the_good_ones(authorised, hit_on) -> None:
    class Odd(Switch):
        def ask(self, query, patience):
            yield self.reply(query.control, "ncic: wanted")
            yield replace(self.reply(query.control, "ncic: none"), part=[])

    hit = seen(authorised, hit_on("4KB792"))
    assert ask(authorised, hit, Odd()).made.result == "confirmed"


def test_a_live_nodes_query_says_so(authorised, hit_on) -> None:
    switch = Switch("ncic: wanted")
    ask(authorised, seen(authorised, hit_on("4KB792")), switch)
    assert switch.queries[0].live
