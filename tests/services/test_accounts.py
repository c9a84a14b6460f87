"""Accounts: guessing is locked out, a code is good once, unused ones close, and two persons give what matters."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest

from alpr_core.act import Act
from alpr_core.errors import Denied, InputError
from alpr_core.models import Actor
from alpr_core.services import login
from alpr_core.services.accounts import (
    before_second_factor,
    change_passphrase,
    grant_roles,
    leave,
    reopen,
    reset_second_factor,
    set_second_factor,
    told_of_reset,
)
from alpr_core.services.incidents import open_incident
from alpr_core.services.login import CodeNeeded, Credentials, identified, log_in
from alpr_core.services.people import add_person, list_people
from alpr_core.session import idle_since
from alpr_core.store.rights import Authority

PASSPHRASE = "correct horse battery staple"
ANOTHER = "five unrelated words do well"


@pytest.fixture
def admin(act_as):
    return act_as("admin")


@pytest.fixture
def sam(admin):
    return add_person(admin, badge="1002", name="Sam Roe", roles=["officer"], passphrase=PASSPHRASE)


def entries(site, kind):
    with site.store.snapshot() as work:
        return [entry.body for entry in work.ledger.entries(kind=kind)]


def enter(site, passphrase=PASSPHRASE, code=""):
    _, token = log_in(Act(site), "1002", passphrase, code=code)
    with site.store.snapshot() as work:
        actor = work.people.session_actor(token.sha256, idle_since(site.clock()), site.clock())
    return Act(site, actor)


def alive(act: Act) -> None:
    """Do what everybody with an open session may do."""
    with act.look("status.show") as look:
        look.record()


def fail(site, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(Denied):
            enter(site, "guess guess guess")


class TestLockout:
    def test_the_fifth_failure_locks_and_says_so_on_the_ledger(self, site, sam) -> None:
        fail(site, 5)
        assert [entry["public"]["locked"] for entry in entries(site, "person.fail")] == [False] * 4 + [True]
        with pytest.raises(Denied, match="locked for 15 minutes"):
            enter(site)

    def test_while_it_is_locked_a_right_passphrase_gets_the_answer_of_a_wrong_one(self, site, sam) -> None:
        fail(site, 5)
        answers = set()
        for passphrase in (PASSPHRASE, "guess guess guess"):
            with pytest.raises(Denied) as denied:
                enter(site, passphrase)
            answers.add(denied.value.decision)
        assert len(answers) == 1

    def test_it_opens_by_itself_and_guessing_meanwhile_does_not_prolong_it(self, site, sam) -> None:
        fail(site, 5)
        site.clock.advance(timedelta(minutes=14))
        fail(site, 5)
        site.clock.advance(timedelta(minutes=1, seconds=1))
        enter(site)

    def test_it_lasts_15_minutes_from_the_fifth_failure_however_long_ago_the_first_was(
        self, site, sam
    ) -> None:
        fail(site)
        site.clock.advance(timedelta(minutes=14))
        fail(site, 4)
        site.clock.advance(timedelta(minutes=14, seconds=59))
        with pytest.raises(Denied):
            enter(site)
        site.clock.advance(timedelta(seconds=1))
        enter(site)

    def test_five_failures_in_more_than_15_minutes_lock_nothing(self, site, sam) -> None:
        fail(site)
        site.clock.advance(timedelta(minutes=15))
        fail(site, 4)
        enter(site)

    def test_guesses_at_the_same_time_do_not_get_past_the_lock(self, site, sam, monkeypatch) -> None:
        """The right one was looked at before the failures of the others were counted, and comes in after them."""
        looked_at = login._check(Act(site), Credentials("1002", PASSPHRASE))
        fail(site, 5)
        monkeypatch.setattr(login, "_check", lambda *_: looked_at)
        with pytest.raises(Denied):
            enter(site)

    def test_four_failures_and_a_login_begin_anew(self, site, sam) -> None:
        fail(site, 4)
        enter(site)
        fail(site, 4)
        enter(site)

    def test_somebody_else_opens_it_before(self, site, sam, admin) -> None:
        fail(site, 5)
        reopen(admin, "1002", reason="forgot the new one")
        enter(site)


class TestUnused:
    def test_after_90_days_without_a_login_it_is_closed_until_somebody_opens_it(
        self, site, sam, act_as
    ) -> None:
        enter(site)
        site.clock.advance(timedelta(days=90))
        helper = act_as("admin")
        with pytest.raises(Denied, match="people reopen"):
            enter(site)
        reopen(helper, "1002")
        enter(site)

    def test_the_last_person_who_could_open_accounts_is_never_shut_out(self, site, act_as) -> None:
        act_as("officer")
        boss = Act(site, Actor(id="system:init", roles=frozenset({"admin"}), delegated_by="p-first"))
        add_person(boss, badge="1001", name="Alex Doe", roles=["admin"], passphrase=PASSPHRASE)
        site.clock.advance(timedelta(days=400))
        log_in(Act(site), "1001", PASSPHRASE)

    def test_one_that_nobody_ever_used_counts_from_its_making(self, site, sam) -> None:
        site.clock.advance(timedelta(days=89))
        enter(site)

    def test_nobody_opens_their_own(self, admin, site) -> None:
        with site.store.snapshot() as work:
            badge = work.people.by_id(admin.actor.id).badge
        with pytest.raises(InputError, match="Somebody else"):
            reopen(admin, badge)


class TestSecondFactor:
    @pytest.fixture
    def secret(self, site, sam):
        act = enter(site)
        made = before_second_factor(act)
        set_second_factor(act, made, pyotp.TOTP(made).at(site.clock()))
        return made

    def code(self, site, secret: str) -> str:
        return pyotp.TOTP(secret).at(site.clock())

    def test_the_secret_stands_in_no_table_in_clear(self, site, secret) -> None:
        with site.store.snapshot() as work:
            rows = str(work.connection.exec_driver_sql("SELECT * FROM login_state").all())
        assert secret not in rows

    def test_a_login_asks_for_a_code_and_a_wrong_one_is_a_failure(self, site, secret) -> None:
        site.clock.advance(timedelta(seconds=30))
        with pytest.raises(CodeNeeded):
            enter(site)
        assert entries(site, "person.fail") == []
        wrong = f"{(int(self.code(site, secret)) + 1) % 1_000_000:06}"
        with pytest.raises(Denied, match="the code is wrong"):
            enter(site, code=wrong)
        assert len(entries(site, "person.fail")) == 1
        enter(site, code=self.code(site, secret))

    def test_a_code_is_good_once_that_of_the_setting_up_too(self, site, secret) -> None:
        with pytest.raises(Denied, match="used already"):
            enter(site, code=self.code(site, secret))
        site.clock.advance(timedelta(seconds=30))
        code = self.code(site, secret)
        enter(site, code=code)
        with pytest.raises(Denied, match="used already"):
            enter(site, code=code)

    def test_clocks_may_differ_by_one_step_and_an_older_code_is_refused(self, site, secret) -> None:
        site.clock.advance(timedelta(minutes=5))
        early = self.code(site, secret)
        site.clock.advance(timedelta(seconds=30))
        enter(site, code=early)
        site.clock.advance(timedelta(minutes=5))
        late = self.code(site, secret)
        site.clock.advance(timedelta(seconds=61))
        with pytest.raises(Denied):
            enter(site, code=late)

    @pytest.mark.parametrize("code", ["", "12345", "abcdef", "１２３４５６", "0000000"])
    def test_what_is_no_code_is_none(self, site, secret, code) -> None:
        with pytest.raises((Denied, CodeNeeded)):
            enter(site, code=code)

    def test_one_that_agrees_for_another_uses_a_code_up_too(self, site, secret) -> None:
        site.clock.advance(timedelta(seconds=30))
        given = Credentials("1002", PASSPHRASE, self.code(site, secret))
        identified(Act(site), given)
        assert len(entries(site, "person.confirm")) == 1
        with pytest.raises(Denied, match="used already"):
            identified(Act(site), given)

    def test_somebody_else_takes_a_lost_one_off_and_its_owner_is_told(self, site, secret, act_as) -> None:
        helper = act_as("admin")
        reset_second_factor(helper, "1002", reason="telephone lost")
        act = enter(site)
        assert helper.actor.name in told_of_reset(act)
        made = before_second_factor(act)
        set_second_factor(act, made, self.code(site, made))
        assert told_of_reset(act) == ""

    def test_a_wrong_first_code_sets_nothing_up(self, site, sam) -> None:
        act = enter(site)
        made = before_second_factor(act)
        wrong = f"{(int(self.code(site, made)) + 1) % 1_000_000:06}"
        with pytest.raises(InputError, match="clock"):
            set_second_factor(act, made, wrong)
        enter(site)


class TestPassphrase:
    def test_the_old_one_is_asked_for_and_other_sessions_end(self, site, sam) -> None:
        other, act = enter(site), enter(site)
        with pytest.raises(Denied):
            change_passphrase(act, Credentials("1002", "guess guess guess"), ANOTHER)
        assert change_passphrase(act, Credentials("1002", PASSPHRASE), ANOTHER) == 1
        with pytest.raises(Denied):
            alive(other)
        alive(act)
        with pytest.raises(Denied):
            enter(site)
        enter(site, ANOTHER)

    def test_one_that_is_easy_to_guess_is_refused(self, site, sam) -> None:
        act = enter(site)
        for weak in ("short", "1002", PASSPHRASE):
            with pytest.raises(InputError):
                change_passphrase(act, Credentials("1002", PASSPHRASE), weak)


class TestTwoPersons:
    def test_as_long_as_nobody_else_could_agree_one_gives_it_alone_and_that_is_marked(
        self, site, admin
    ) -> None:
        ann = add_person(admin, badge="1003", name="Ann Ng", roles=["auditor"], passphrase=PASSPHRASE)
        assert ann.alone
        assert entries(site, "person.add")[-1]["public"]["alone"] is True
        assert [one.badge for one in list_people(admin) if one.alone] == ["1003"]

    def test_from_then_on_two_give_it(self, site, admin, act_as, sam) -> None:
        auditor = act_as("auditor")
        with pytest.raises(InputError, match="Two persons make somebody Administrator"):
            grant_roles(admin, "1002", add=["admin"])
        for nobody in (admin.actor, Actor(id=sam.id, roles=frozenset({"admin"}))):
            with pytest.raises(InputError, match="neither of you"):
                grant_roles(admin, "1002", add=["admin"], second=nobody)
        grant_roles(admin, "1002", add=["admin"], second=auditor.actor)
        (entry,) = entries(site, "person.grant")
        assert (entry["public"]["second"], entry["public"]["alone"]) == (auditor.actor.id, False)

    def test_whoever_gets_the_role_is_not_asked_to_agree_to_it(self, site, admin, act_as) -> None:
        only = act_as("auditor")
        with site.store.snapshot() as work:
            badge = work.people.by_id(only.actor.id).badge
        grant_roles(admin, badge, add=["admin"], remove=["auditor"])
        assert entries(site, "person.grant")[0]["public"]["alone"] is True

    def test_an_ordinary_role_is_given_by_one(self, site, admin, act_as) -> None:
        act_as("auditor")
        add_person(admin, badge="1004", name="Tom Ito", roles=["officer"], passphrase=PASSPHRASE)
        assert "alone" not in entries(site, "person.add")[-1]["public"]

    def test_who_audits_is_given_nothing_that_is_audited(self, admin, sam) -> None:
        with pytest.raises(InputError, match="who audits does not do what is audited"):
            grant_roles(admin, "1002", add=["auditor"])
        with pytest.raises(InputError, match="who audits"):
            add_person(
                admin, badge="1005", name="Sue Day", roles=["auditor", "officer"], passphrase=PASSPHRASE
            )

    def test_nobody_changes_their_own_roles_and_nobody_is_left_without_one(self, site, admin, sam) -> None:
        with site.store.snapshot() as work:
            badge = work.people.by_id(admin.actor.id).badge
        with pytest.raises(InputError, match="their own roles"):
            grant_roles(admin, badge, add=["officer"])
        with pytest.raises(InputError, match="needs a role"):
            grant_roles(admin, "1002", remove=["officer"])

    def test_a_role_that_is_taken_away_is_gone_at_the_next_act_of_an_open_session(
        self, site, admin, sam
    ) -> None:
        act = enter(site)
        act.admit("hit.list", purpose="stolen_vehicle")
        grant_roles(admin, "1002", add=["admin"], remove=["officer"])
        with pytest.raises(Denied), act.look("hit.list", purpose="stolen_vehicle") as look:
            look.record(count=0)


class TestLeaving:
    def test_at_once_it_ends_sessions_authorities_and_delegations_and_says_what_is_left(
        self, site, admin, sam
    ) -> None:
        act, now = enter(site), site.clock()
        with site.store.writing() as work:
            work.rights.add_authority(
                Authority(
                    person_id=sam.id,
                    system="leds",
                    certificate="",
                    ori="",
                    since=now,
                    expires_at=None,
                    granted_by=admin.actor.id,
                    granted_at=now,
                )
            )
        open_incident(act, "26-1041", "other")
        done = leave(admin, "1002", now)
        assert (done.sessions, done.authorities, done.delegations) == (1, 1, 0)
        assert done.to_take_over == ("incident 1, which this person opened, is open",)
        with pytest.raises(Denied):
            alive(act)
        with pytest.raises(Denied):
            enter(site)

    def test_on_a_day_to_come_everything_ends_then_in_an_open_session_too(self, site, admin, sam) -> None:
        act, noon = enter(site), site.clock() + timedelta(minutes=20)
        done = leave(admin, "1002", noon)
        assert (done.sessions, done.at) == (0, noon)
        alive(act)
        site.clock.advance(timedelta(minutes=20))
        with pytest.raises(Denied):
            alive(act)
        with pytest.raises(Denied):
            enter(site)

    def test_nobody_closes_their_own_account(self, site, admin) -> None:
        with site.store.snapshot() as work:
            badge = work.people.by_id(admin.actor.id).badge
        with pytest.raises(InputError, match="their own account"):
            leave(admin, badge, site.clock())


class TestTwoEndIt:
    @pytest.fixture
    def second(self, act_as):
        return act_as("admin").actor

    def test_no_one_alone_sends_off_those_who_could_agree(self, site, admin, act_as, second) -> None:
        with site.store.snapshot() as work:
            badge = work.people.by_id(act_as("admin").actor.id).badge
        with pytest.raises(InputError, match="or end that: a second one has to agree"):
            leave(admin, badge, site.clock())
        with pytest.raises(InputError, match="a second one has to agree"):
            grant_roles(admin, badge, add=["officer"], remove=["admin"])
        leave(admin, badge, site.clock(), second=second)
        assert entries(site, "person.leave")[0]["public"]["second"] == second.id

    def test_an_officer_leaves_by_one_persons_word(self, site, admin, second, sam) -> None:
        leave(admin, "1002", site.clock())
        assert "alone" not in entries(site, "person.leave")[0]["public"]

    def test_an_end_that_lies_ahead_can_be_taken_back(self, site, admin, sam) -> None:
        leave(admin, "1002", site.clock() + timedelta(days=30))
        reopen(admin, "1002")
        site.clock.advance(timedelta(days=31))
        enter(site)
        assert entries(site, "person.reopen")[0]["public"]["stays"] is True
