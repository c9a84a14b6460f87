"""The act: gate, transaction and ledger entry together, or not at all."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from alpr_core.act import Act
from alpr_core.entries import ACCESS, UndeclaredField
from alpr_core.errors import Denied, LedgerUnwritable, NotFound, StoreError, VerificationFailed
from alpr_core.models import ANONYMOUS, Actor, HotlistEntry
from alpr_core.settling import settle_intents
from alpr_core.store.presence import Presence
from alpr_core.store.tables import person_role
from alpr_ledger import vault
from alpr_ledger.errors import StoreError as LedgerStoreError
from alpr_ledger.errors import VerificationError

HOTLIST = {"purpose": "administration", "reason": "list of the state"}


def add_entry(act: Act, plate: str = "ABC123") -> None:
    with act.change("hotlist.add", **HOTLIST) as change:
        change.work.hotlists.add("stolen", "hand", HotlistEntry(plate=plate), act.now)
        change.record(hotlist="stolen", plate=plate)


def entries(site, kind: str | None = None) -> list[dict]:
    with site.store.snapshot() as work:
        return [entry.body for entry in work.ledger.entries(kind=kind)]


def plates_listed(site) -> int:
    with site.store.snapshot() as work:
        return sum(one.entries for one in work.hotlists.summaries())


class TestLook:
    def test_an_answer_leaves_with_its_entry(self, site, act_as) -> None:
        with act_as("admin").look("hotlist.list") as look:
            look.record(count=len(look.work.hotlists.summaries()))
        assert look.receipt is not None
        (entry,) = entries(site, "hotlist.list")
        assert entry["public"] == {"count": 0}
        assert entry["clauses"], "the clauses it was allowed under stand on the ledger"

    def test_no_answer_leaves_when_the_entry_cannot_be_written(self, site, act_as, monkeypatch) -> None:
        def full(*_args: object) -> None:
            raise StoreError("disk full")

        monkeypatch.setattr(type(site.log), "append_locked", full)
        answered = False
        with pytest.raises(LedgerUnwritable, match="nothing was done"):
            with act_as("admin").look("hotlist.list") as look:
                look.record(count=0)
            answered = True
        assert not answered

    def test_what_it_also_records_is_committed_with_it(self, site, act_as) -> None:
        with act_as("admin").look("hotlist.list") as look:
            look.record(count=0)
            look.also("person.list", count=0)
        assert len(entries(site, "person.list")) == 1

    def test_it_writes_nothing_else(self, site, act_as) -> None:
        with pytest.raises(StoreError), act_as("admin").look("hotlist.list") as look:
            look.work.hotlists.add("stolen", "hand", HotlistEntry(plate="ABC123"), site.clock())
            look.record(count=0)
        assert plates_listed(site) == 0

    def test_a_right_that_ended_during_the_query_denies_the_answer(self, site, act_as) -> None:
        act = act_as("admin")
        with pytest.raises(Denied), act.look("hotlist.list") as look:
            look.record(count=0)
            with site.store.writing() as work:
                work.people.end_session(act.actor.session, site.clock())
        assert entries(site, "hotlist.list") == []
        assert [entry["public"]["action"] for entry in entries(site, "act.deny")] == ["hotlist.list"]

    def test_looks_of_many_threads_each_get_their_own_entry(self, site, act_as) -> None:
        act, indexes, lock = act_as("admin"), [], threading.Lock()

        def look_ten_times() -> None:
            for _ in range(10):
                with act.look("hotlist.list") as look:
                    look.record(count=0)
                with lock:
                    indexes.append(look.receipt.first)

        threads = [threading.Thread(target=look_ten_times) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(indexes)) == 40
        assert len(entries(site, "hotlist.list")) == 40


class TestChange:
    def test_data_and_entry_are_committed_together(self, site, act_as) -> None:
        add_entry(act_as("admin"))
        assert plates_listed(site) == 1
        assert len(entries(site, "hotlist.add")) == 1

    def test_a_failure_undoes_the_data_and_is_an_entry_itself(self, site, act_as) -> None:
        with pytest.raises(ZeroDivisionError), act_as("admin").change("hotlist.add", **HOTLIST) as change:
            change.work.hotlists.add("stolen", "hand", HotlistEntry(plate="ABC123"), site.clock())
            raise ZeroDivisionError
        assert plates_listed(site) == 0
        (failure,) = entries(site, "act.fail")
        assert failure["public"] == {"action": "hotlist.add", "error": "ZeroDivisionError"}

    def test_nothing_changes_when_the_entry_cannot_be_written(self, site, act_as, monkeypatch) -> None:
        def full(*_args: object) -> None:
            raise StoreError("disk full")

        act = act_as("admin")
        monkeypatch.setattr(type(site.log), "append_locked", full)
        with pytest.raises(LedgerUnwritable):
            add_entry(act)
        monkeypatch.undo()
        assert plates_listed(site) == 0

    def test_an_undeclared_field_is_refused_and_nothing_changes(self, site, act_as) -> None:
        with (
            pytest.raises(UndeclaredField, match="colour"),
            act_as("admin").change("hotlist.add", **HOTLIST) as change,
        ):
            change.work.hotlists.add("stolen", "hand", HotlistEntry(plate="ABC123"), site.clock())
            change.record(colour="red")
        assert plates_listed(site) == 0

    def test_a_missing_required_field_is_refused(self, act_as) -> None:
        with pytest.raises(UndeclaredField, match="count"), act_as("admin").look("hotlist.list"):
            pass


@pytest.mark.parametrize("shape", ["look", "change", "send"])
def test_an_entry_holds_the_roles_that_the_actor_had_when_it_was_written(site, act_as, shape) -> None:
    act = act_as("admin", "officer")
    with site.store.writing() as work:
        work.connection.execute(sa.delete(person_role).where(person_role.c.role == "officer"))
    with getattr(act, shape)("hotlist.list") as access:
        access.record(count=0)
    assert [entry["actor"]["roles"] for entry in entries(site, "hotlist.list")][-1] == ["admin"]


class TestDenial:
    @pytest.mark.clause("M5")
    def test_what_the_role_may_not_is_denied_recorded_and_not_done(self, site, act_as) -> None:
        with pytest.raises(Denied) as denied, act_as("auditor").change("hotlist.add", **HOTLIST):
            pytest.fail("the body of a denied act must not run")
        (entry,) = entries(site, "act.deny")
        assert entry["public"]["action"] == "hotlist.add"
        assert entry["clauses"] == list(denied.value.decision.clauses)
        assert denied.value.entry is not None
        assert str(denied.value.entry) in denied.value.message

    @pytest.mark.clause("M22")
    def test_nobody_without_a_login_may_do_anything(self, site) -> None:
        with pytest.raises(Denied), Act(site, ANONYMOUS).look("hotlist.list"):
            pytest.fail("the body of a denied act must not run")
        (entry,) = entries(site, "act.deny")
        assert entry["actor"]["id"] == "anonymous"

    def test_a_person_whose_session_ended_is_nobody(self, site, act_as) -> None:
        act = act_as("admin")
        with site.store.writing() as work:
            work.people.end_session(act.actor.session, site.clock())
        with pytest.raises(Denied):
            add_entry(act)
        assert plates_listed(site) == 0

    def test_an_unlisted_purpose_never_stands_on_the_ledger_in_clear(self, site, act_as) -> None:
        with pytest.raises(Denied), act_as("officer").look("search.run", purpose="ABC123", case="26-1"):
            pytest.fail("the body of a denied act must not run")
        with site.store.snapshot() as work:
            assert not any(b"ABC123" in entry.data for entry in work.ledger.entries())

    def test_plugins_are_told(self, site, act_as) -> None:
        with pytest.raises(Denied):
            add_entry(act_as("auditor"))
        ((hook, fields),) = site.notify.told
        assert hook == "act_denied"
        assert fields["action"] == "hotlist.add"

    @pytest.mark.parametrize("field", ["case", "reason"])
    def test_bytes_that_are_no_text_do_not_keep_a_denial_from_the_ledger(self, site, field) -> None:
        with pytest.raises(Denied), Act(site, ANONYMOUS).look("search.run", **{field: "26-1\udcff"}):
            pytest.fail("the body of a denied act must not run")
        with site.store.snapshot() as work:
            (denial,) = work.ledger.entries(kind="act.deny")
            assert vault.open_value(work.connection, denial.idx, field, site.keys).value == "26-1\\udcff"


class TestTheLedgersErrors:
    @pytest.mark.parametrize(
        ("error", "leaves_as"),
        [
            (LedgerStoreError("no such tile"), StoreError),
            (VerificationError("its bytes differ", entry=3), VerificationFailed),
        ],
    )
    def test_they_leave_a_look_as_errors_for_people_and_are_on_record(
        self, site, act_as, error, leaves_as
    ) -> None:
        with pytest.raises(leaves_as, match=str(error)), act_as("admin").look("hotlist.list"):
            raise error
        (failure,) = entries(site, "act.fail")
        assert failure["public"]["error"] == type(error).__name__

    def test_a_lock_that_cannot_be_taken_means_that_nothing_is_done(self, site, act_as, tmp_path) -> None:
        if not site.store.is_sqlite:
            pytest.skip("only SQLite has a lock file")
        act = act_as("admin")
        (tmp_path / "write.lock").unlink()
        (tmp_path / "write.lock").mkdir()
        with pytest.raises(LedgerUnwritable, match="lock cannot be taken"):
            add_entry(act)
        with pytest.raises(LedgerUnwritable, match="lock cannot be taken"), act.look("hotlist.list") as look:
            look.record(count=0)


class TestVault:
    def test_a_plate_is_only_a_commitment_on_the_ledger_and_opens_from_the_vault(self, site, act_as) -> None:
        add_entry(act_as("admin"), "XYZ987")
        with site.store.snapshot() as work:
            index = next(entry.idx for entry in work.ledger.entries(kind="hotlist.add"))
            assert b"XYZ987" not in work.ledger.entry(index).data
            assert vault.open_value(work.connection, index, "plate", site.keys).value == "XYZ987"
            assert [found.idx for found in vault.find(work.connection, ACCESS, "XYZ987", site.keys)] == [
                index
            ]

    def test_two_entries_about_one_plate_look_different(self, site, act_as) -> None:
        act = act_as("admin")
        add_entry(act)
        add_entry(act)
        first, second = (entry["committed"]["plate"] for entry in entries(site, "hotlist.add"))
        assert first != second


class TestSend:
    """No kind of this step is sent yet: a list stands in for something that leaves the house."""

    def test_intent_stands_before_the_effect_and_outcome_after_it(self, site, act_as) -> None:
        with act_as("admin").send("hotlist.add", given=HOTLIST) as send:
            (intent,) = entries(site, "hotlist.add")
            assert intent["outcome"] == "intent"
            send.record(hotlist="stolen", plate="ABC123")
        outcome = entries(site, "hotlist.add")[1]
        assert (outcome["outcome"], outcome["ref"]) == ("done", send.intent_entry)

    def test_the_intent_says_already_what_is_to_leave(self, site, act_as) -> None:
        with act_as("admin").send("hotlist.add", given=HOTLIST, hotlist="stolen", plate="ABC123") as send:
            (intent,) = entries(site, "hotlist.add")
            assert set(intent["committed"]) == {"hotlist", "plate", "reason"}
        with site.store.snapshot() as work:
            opened = vault.open_value(work.connection, send.intent_entry, "plate", site.keys)
        assert opened.value == "ABC123"

    def test_an_effect_that_fails_has_an_outcome_too(self, site, act_as) -> None:
        with pytest.raises(NotFound), act_as("admin").send("hotlist.add", given=HOTLIST):
            raise NotFound("no such recipient")
        assert [entry["outcome"] for entry in entries(site, "hotlist.add")] == ["intent", "failed"]

    def test_a_denied_send_has_no_intent(self, site, act_as) -> None:
        with pytest.raises(Denied), act_as("auditor").send("hotlist.add", given=HOTLIST):
            pytest.fail("the effect of a denied send must not happen")
        assert entries(site, "hotlist.add") == []

    def cut_off(self, site, act_as) -> None:
        with pytest.raises(KeyboardInterrupt), act_as("admin").send("hotlist.add", given=HOTLIST):
            raise KeyboardInterrupt  # as a process that dies: no outcome is written

    def test_one_that_was_cut_off_is_settled_at_start_and_named(self, site, act_as) -> None:
        self.cut_off(site, act_as)
        site.presence.close()
        (cut_off,) = settle_intents(site)
        assert cut_off.kind == "hotlist.add"
        assert [entry["outcome"] for entry in entries(site, "hotlist.add")] == ["intent", "unknown"]
        assert settle_intents(site) == []

    def test_one_that_a_living_process_has_under_way_is_left_alone(self, site, act_as, tmp_path) -> None:
        self.cut_off(site, act_as)
        another = replace(site, presence=Presence(tmp_path / "run"))
        assert settle_intents(another) == []
        site.presence.close()
        assert len(settle_intents(another)) == 1

    def test_one_of_another_node_is_left_alone(self, site, act_as) -> None:
        self.cut_off(site, act_as)
        site.presence.close()
        assert settle_intents(replace(site, name="another-server")) == []


def test_a_job_acts_for_the_person_who_ordered_it(site) -> None:
    job = Actor(id="system:import", roles=frozenset({"admin"}), delegated_by="p-0123456789abcdef")
    add_entry(Act(site, job))
    (entry,) = entries(site, "hotlist.add")
    assert entry["actor"]["delegated_by"] == "p-0123456789abcdef"


@pytest.mark.clause("M22")
def test_every_access_stands_on_the_ledger_by_person_date_and_time(site, act_as) -> None:
    act = act_as("admin")
    add_entry(act)
    (entry,) = entries(site, "hotlist.add")
    with site.store.snapshot() as work:
        assert work.people.by_id(entry["actor"]["id"]).name == act.actor.name
    assert entry["t"] == "2026-11-23T14:00:00.000000Z"


def test_a_session_in_use_stays_alive_and_an_idle_one_ends(site, act_as) -> None:
    act = act_as("admin")
    site.clock.advance(timedelta(minutes=20))
    add_entry(act)
    with site.store.snapshot() as work:
        digest = act_as.digests[act.actor.session]
        assert (
            work.people.session_actor(digest, site.clock() - timedelta(minutes=10), site.clock()) is not None
        )
        site.clock.advance(timedelta(minutes=31))
        assert work.people.session_actor(digest, site.clock() - timedelta(minutes=30), site.clock()) is None


def test_before_a_login_nothing_of_the_store_is_seen_but_the_accounts(site) -> None:
    with Act(site).before_login() as known:
        assert known._fields == ("people", "logins")
