"""Accounts: who may make them, what is stored, what stands on the ledger."""

from __future__ import annotations

import pytest

from alpr_core.act import Act
from alpr_core.errors import Denied, InputError
from alpr_core.models import Actor
from alpr_core.services.people import add_person, before_adding, list_people, list_roles
from alpr_core.store.people import new_person_id
from alpr_ledger import vault

PASSPHRASE = "correct horse battery staple"
SAM = {"badge": "1002", "name": "Sam  Roe ", "roles": ["officer", "admin"], "passphrase": PASSPHRASE}


def entries(site, kind):
    with site.store.snapshot() as work:
        return [entry.body for entry in work.ledger.entries(kind=kind)]


def test_an_account_holds_what_was_given_and_who_added_it(site, act_as):
    act = act_as("admin")
    person = add_person(act, **SAM)
    with site.store.snapshot() as work:
        stored = work.people.by_badge("1002")
    assert stored == person
    assert (person.name, person.roles, person.active) == ("Sam Roe", frozenset({"officer", "admin"}), True)
    assert (person.added_by, person.added_at) == (act.actor.id, site.clock())


def test_name_and_badge_are_committed_and_only_a_pseudonym_is_public(site, act_as):
    person = add_person(act_as("admin"), **SAM)
    (entry,) = entries(site, "person.add")
    assert entry["public"] == {"person": person.id, "roles": ["admin", "officer"], "alone": True}
    assert "Sam" not in str(entry)
    with site.store.snapshot() as work:
        (stored,) = work.ledger.entries(kind="person.add")
        opened = {
            field: vault.open_value(work.connection, stored.idx, field, site.keys).value
            for field in ("name", "badge")
        }
    assert opened == {"name": "Sam Roe", "badge": "1002"}


def test_the_passphrase_is_stored_as_a_hash_alone(site, act_as):
    person = add_person(act_as("admin"), **SAM)
    with site.store.snapshot() as work:
        assert work.people.passphrase_hash(person.id).startswith("$argon2id$")


def test_a_pseudonym_says_nothing_and_is_never_the_same():
    assert new_person_id() != new_person_id()


def test_a_badge_has_one_account(site, act_as):
    act = act_as("admin")
    add_person(act, **SAM)
    with pytest.raises(InputError, match="has an account already"):
        add_person(act, **{**SAM, "name": "Somebody Else"})
    assert len(entries(site, "person.add")) == 1


@pytest.mark.parametrize("roles", [(), ("officer",), ("auditor",)])
def test_only_whoever_the_pack_grants_it_adds_a_person(site, act_as, roles):
    with pytest.raises(Denied) as denied:
        add_person(act_as(*roles), **{**SAM, "badge": "not looked at", "passphrase": ""})
    assert "2(b)" in denied.value.decision.clauses
    assert entries(site, "person.add") == []


def test_a_denial_comes_before_anything_is_typed_and_is_recorded_once(site, act_as):
    with pytest.raises(Denied):
        before_adding(act_as("officer"))
    assert len(entries(site, "act.deny")) == 1


def test_what_a_job_adds_was_added_by_who_ordered_it(site):
    job = Actor(id="system:init", roles=frozenset({"admin"}), delegated_by="p-first")
    assert add_person(Act(site, job), **SAM).added_by == "p-first"


def test_everything_wrong_with_the_answers_is_said_at_once(act_as):
    with pytest.raises(InputError) as caught:
        add_person(act_as("admin"), badge="", name="", roles=["chief"], passphrase=PASSPHRASE)
    for words in ("badge number", "legal name", "no role 'chief'"):
        assert words in caught.value.message


def test_the_list_has_every_account_by_badge_and_is_counted_on_the_ledger(site, act_as):
    act = act_as("admin")
    add_person(act, **SAM)
    assert [person.badge for person in list_people(act)] == ["1002", "B0"]
    (entry,) = entries(site, "person.list")
    assert entry["public"] == {"count": 2}


def test_the_roles_are_those_of_the_pack_with_their_holders(act_as):
    act = act_as("admin", "auditor")
    roles = {role.code: role for role in list_roles(act)}
    assert set(roles) == set(act.gate.policy.roles)
    assert roles["auditor"].people == ("B0",)
    assert roles["officer"].people == ()
    assert "search.run" in roles["officer"].actions
