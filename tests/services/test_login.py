"""Sessions: how one opens, what it may do, how it ends."""

from __future__ import annotations

from dataclasses import replace

import pytest
from argon2 import PasswordHasher

from alpr_core.act import Act
from alpr_core.errors import Denied
from alpr_core.passphrase import needs_rehash
from alpr_core.services import login
from alpr_core.services.login import log_in, log_out
from alpr_core.services.people import add_person, list_people
from alpr_core.session import idle_since

PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def sam(site, act_as):
    return add_person(act_as("admin"), badge="1002", name="Sam Roe", roles=["auditor"], passphrase=PASSPHRASE)


def entries(site, kind):
    with site.store.snapshot() as work:
        return [entry.body for entry in work.ledger.entries(kind=kind)]


def act_with(site, token):
    with site.store.snapshot() as work:
        actor = work.people.session_actor(token.sha256, idle_since(site.clock()), site.clock())
    return None if actor is None else Act(site, actor)


def test_a_token_opens_the_door_for_the_person_with_their_roles(site, sam):
    actor, token = log_in(Act(site), "1002", PASSPHRASE)
    act = act_with(site, token)
    assert (act.actor.id, act.actor.roles, actor.name) == (sam.id, frozenset({"auditor"}), "Sam Roe")
    assert list_people(act)


def test_a_login_is_an_entry_of_the_person(site, sam):
    log_in(Act(site), "1002", PASSPHRASE)
    (entry,) = entries(site, "person.login")
    assert (entry["actor"]["id"], entry["public"]) == (sam.id, {"person": sam.id})


def test_the_database_never_holds_the_token(site, sam):
    _, token = log_in(Act(site), "1002", PASSPHRASE)
    with site.store.snapshot() as work:
        rows = work.connection.exec_driver_sql("SELECT * FROM session").all()
    assert token.sha256 in str(rows)
    assert token.secret not in str(rows)


def test_each_login_is_a_session_of_its_own(site, sam):
    sessions = {act_with(site, log_in(Act(site), "1002", PASSPHRASE)[1]).actor.session for _ in range(2)}
    assert len(sessions) == 2


def test_a_closed_account_does_not_open_even_with_the_right_passphrase(site, sam):
    with site.store.writing() as work:
        work.connection.exec_driver_sql("UPDATE person SET active = false WHERE badge = '1002'")
    with pytest.raises(Denied, match="badge number or the passphrase is wrong"):
        log_in(Act(site), "1002", PASSPHRASE)
    assert entries(site, "person.login") == []
    assert len(entries(site, "person.fail")) == 1


@pytest.mark.parametrize("badge", ["1002", "9999", "no badge at all"])
def test_a_failed_login_costs_one_verification_whether_or_not_there_is_an_account(
    site, sam, monkeypatch, badge
):
    checked = []
    monkeypatch.setattr(login, "verify_passphrase", lambda stored, typed: checked.append(stored) and False)
    with pytest.raises(Denied) as denied:
        log_in(Act(site), badge, "wrong")
    assert len(checked) == 1
    assert denied.value.entry is not None


def test_an_old_hash_is_renewed_at_login(site, sam):
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSPHRASE)
    with site.store.writing() as work:
        work.people.set_passphrase_hash(sam.id, weak)
    log_in(Act(site), "1002", PASSPHRASE)
    with site.store.snapshot() as work:
        assert work.people.passphrase_hash(sam.id) != weak
        assert not needs_rehash(work.people.passphrase_hash(sam.id))
    log_in(Act(site), "1002", PASSPHRASE)


def test_a_logout_ends_this_session_and_no_other(site, sam):
    (_, first), (_, second) = (log_in(Act(site), "1002", PASSPHRASE) for _ in range(2))
    assert log_out(act_with(site, first))
    assert act_with(site, first) is None
    assert act_with(site, second) is not None
    assert len(entries(site, "person.logout")) == 1


def test_an_act_begun_before_a_logout_is_denied_after_it(site, sam):
    _, token = log_in(Act(site), "1002", PASSPHRASE)
    early = act_with(site, token)
    log_out(act_with(site, token))
    with pytest.raises(Denied):
        list_people(early)


def test_nobody_can_log_out_nobody(site):
    assert not log_out(Act(site))
    assert entries(site, "person.logout") == []


def test_a_session_has_the_roles_of_this_moment_not_those_at_login(site, sam):
    _, token = log_in(Act(site), "1002", PASSPHRASE)
    act = act_with(site, token)
    with site.store.writing() as work:
        work.connection.exec_driver_sql("DELETE FROM person_role")
    with pytest.raises(Denied):
        list_people(Act(site, replace(act.actor, roles=frozenset({"admin"}))))
