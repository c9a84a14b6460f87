"""A hit is verified by sight, by a state's system or by report, and then somebody says what became of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
import sqlalchemy as sa

from alpr_core.act import Act
from alpr_core.errors import ConfigError, Denied, InputError, NotFound, SourceUnavailable
from alpr_core.interfaces import StateSource
from alpr_core.models import HotlistEntry
from alpr_core.policy.rules import Strength
from alpr_core.services.authority import grant_authority, revoke_authority
from alpr_core.services.dispositions import DISPOSITIONS, dispose_hit
from alpr_core.services.hits import list_hits, show_hit
from alpr_core.services.hotlists import add_to_hotlist, remove_from_hotlist
from alpr_core.services.state_queries import Record, ask_state
from alpr_core.services.verifying import Report, report_verification, see_hit
from alpr_core.settling import settle_intents
from alpr_core.store.tables import verification
from alpr_core.verification import ReplyKind, StateQuery, StateReply, StateSystem
from alpr_ledger import vault

WHY = {"purpose": "stolen_vehicle", "case": "26-1041"}
LEDS = StateSystem(
    code="leds",
    title="Oregon's LEDS",
    state="OR",
    ori=re.compile("OR[0-9A-Z]{7}"),
    caveats=("A hit alone is no cause to arrest (OAR 257-015-0060).",),
    parts=("registration", "state_file", "ncic"),
)
SAYS = {
    "registered": ("registration", ReplyKind.RECORD, "RR"),
    "unknown": ("registration", ReplyKind.NO_RECORD, "RR"),
    "state: none": ("state_file", ReplyKind.NO_RECORD, "QV"),
    "state: wanted": ("state_file", ReplyKind.WANTED, "QV"),
    "ncic: none": ("ncic", ReplyKind.NO_RECORD, "QV"),
    "ncic: wanted": ("ncic", ReplyKind.WANTED, "QV"),
    "down": ("switch", ReplyKind.OUT_OF_SERVICE, "SM"),
    "rejected": ("switch", ReplyKind.REJECTED, "SM"),
    "later": ("agency", ReplyKind.LATER, "YR"),
    "stands": ("agency", ReplyKind.CONFIRMED, "YR"),
    "gone": ("agency", ReplyKind.NOT_CONFIRMED, "YR"),
}
TEXT = "STOLEN VEHICLE LIC/4KB792 OWNER QUILLFEATHER, ZELDA"


class Switch:
    """A state's system that answers as it is told: keys of `SAYS`, an answer of its own, or what it raises."""

    def __init__(self, *script: object, simulated: bool = False, system: StateSystem = LEDS) -> None:
        self.system, self.simulated, self.script = system, simulated, script
        self.queries: list[StateQuery] = []
        self.before_answering = lambda: None

    def ask(self, query: StateQuery, patience: float) -> Iterator[StateReply]:
        self.queries.append(query)
        self.before_answering()
        for one in self.script:
            if isinstance(one, BaseException):
                raise one
            yield self.reply(query.control, str(one)) if isinstance(one, str) else one

    def reply(self, control: str, says: str) -> StateReply:
        part, kind, key = SAYS[says]
        return StateReply(
            control=control,
            part=part,
            kind=kind,
            message_key=key,
            text=TEXT,
            received_at=datetime(2026, 11, 23, 14, tzinfo=UTC),
            simulated=self.simulated,
        )


def entries(site, kind):
    with site.store.snapshot() as work:
        return [entry.body for entry in work.ledger.entries(kind=kind)]


def kinds(site, since: int) -> list[str]:
    with site.store.snapshot() as work:
        return [entry.body["kind"] for entry in work.ledger.entries(since)]


def size(site) -> int:
    with site.store.snapshot() as work:
        return work.ledger.size()


def badge(act: Act) -> str:
    with act._site.store.snapshot() as work:
        return work.people.by_id(act.actor.id).badge


@pytest.fixture
def medford(under):
    return under("medford-or")


@pytest.fixture
def hit_on(medford, see):
    """``hit_on("4KB792")`` lists the plate for Oregon, reads it, and gives the hit's id."""
    lister = medford("officer")

    def make(plate: str, *, read: str = "", state: str = "OR") -> str:
        expires = datetime(2026, 12, 24, tzinfo=UTC)
        entry = HotlistEntry(plate=plate, state=state, category="stolen_vehicle", expires=expires)
        add_to_hotlist(lister, entry, name="stolen", reason="stolen last night at the fair", **WHY)
        see(read or plate)
        return list_hits(lister, purpose="stolen_vehicle")[0].id

    return make


@pytest.fixture
def authorised(medford):
    """An officer whom the LEDS representative has authorised."""
    officer = medford("officer")
    grant_authority(medford("tac"), badge(officer), "leds", certificate="44-1203", ori="OR0150200")
    return officer


def seen(act: Act, hit: str, plate: str = "4KB792", state: str = "OR") -> str:
    see_hit(act, hit, plate, state=state, purpose="stolen_vehicle")
    return hit


def ask(act: Act, hit: str, switch: Switch, **more):
    return ask_state(act, hit, lambda system: switch, **{**WHY, **more})


def state(act: Act, hit: str) -> str:
    return show_hit(act, hit, purpose="stolen_vehicle").state.value


def report(result: str, **more) -> Report:
    said = {"system": "", "by": "Dispatcher Lee", "certificate": "44-1", "at": None, "how": "radio"}
    return Report(**{**said, **more, "result": result})


def test_the_switch_of_these_tests_speaks_the_protocol() -> None:
    assert isinstance(Switch(), StateSource)


# -- Sight --------------------------------------------------------------------------------------------------------


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


# -- The state's system --------------------------------------------------------------------------------------------


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
        assert [one.entry for one in work.verifications.of(hit)][-1] == asked.entry


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
        opened = vault.open_value(work.connection, asked.entry, "replies", site.keys, item=1)
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


# -- Simulators ----------------------------------------------------------------------------------------------------


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
    assert (asked.made.result, asked.made.why, asked.simulated) == ("no_answer", "simulated", True)
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


# -- Confirmation by the agency that entered the record -------------------------------------------------------------


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


# -- Reported ------------------------------------------------------------------------------------------------------


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


# -- Disposition ---------------------------------------------------------------------------------------------------


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


def test_nothing_is_done_with_a_hit_that_was_withdrawn(medford, authorised, hit_on) -> None:
    hit = seen(authorised, hit_on("4KB792"))
    manager = medford("program_manager")
    for person in (manager, authorised):
        try:
            remove_from_hotlist(
                person, "4KB792", name="stolen", purpose="administration", reason="recovered today"
            )
        except Denied:
            continue
        break
    assert state(authorised, hit) == "withdrawn"
    switch = Switch("ncic: wanted")
    for act_on in (
        lambda: dispose_hit(authorised, hit, "stopped", reason="it was stopped before that"),
        lambda: seen(authorised, hit),
        lambda: ask(authorised, hit, switch),
        lambda: report_verification(authorised, hit, report("confirmed"), purpose="stolen_vehicle"),
    ):
        with pytest.raises((InputError, Denied)) as refused:
            act_on()
        if isinstance(refused.value, InputError):
            assert "withdrawn" in refused.value.message
    assert switch.queries == []


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
