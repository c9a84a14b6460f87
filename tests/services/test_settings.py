"""Accepting settings, on both databases: what is stored, what stands on the ledger, who may."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alpr_core import config
from alpr_core.act import Act
from alpr_core.effective import Pending, digest_of, gather
from alpr_core.errors import Denied, InputError
from alpr_core.models import Actor
from alpr_core.plugins import PluginHost
from alpr_core.services.login import Credentials
from alpr_core.services.people import add_person
from alpr_core.services.settings import agreed_by, apply_settings, settings_history

TOML = '[node]\nname = "{name}"\n[ledger]\norigin = "alpr.example/ledger/1"\n'
PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def waiting(tmp_path, site):
    """``waiting("name")`` is what waits once the node has that name."""
    host, folder = PluginHost.load(), tmp_path / "node"
    folder.mkdir()

    def wait(name: str, **changed) -> Pending:
        (folder / "alpr.toml").write_text(TOML.format(name=name))
        wanted = replace(gather(config.load(folder), host), **changed)
        with site.store.snapshot() as work:
            accepted = work.accepted.newest()
        old = None
        if accepted is not None:
            (folder / "alpr.toml").write_text(TOML.format(name=accepted.document["settings"]["node"]["name"]))
            old = gather(config.load(folder), host)
        return Pending(accepted=accepted, old=old, wanted=wanted)

    return wait


def test_what_is_accepted_is_stored_with_its_entry_and_the_newest_is_in_force(site, act_as, waiting) -> None:
    act = act_as("admin")
    first = apply_settings(act, waiting("one"))
    second = apply_settings(act, waiting("two"))
    with site.store.snapshot() as work:
        newest, stored = work.accepted.newest(), work.accepted.all()
        entries = [work.ledger.entry(index).body for index in (first, second)]
        assert work.accepted.digest() == newest.digest
    assert [one.entry for one in stored] == [first, second]
    assert newest.digest == digest_of(newest.document) == entries[1]["public"]["digest"]
    assert entries[1]["public"]["previous"] == entries[0]["public"]["digest"]
    assert entries[1]["public"]["changes"] == 1
    assert (newest.person, newest.second, newest.at) == (act.actor.id, "", site.clock())


def test_the_history_names_the_persons_and_the_lines(site, act_as, waiting) -> None:
    act = act_as("admin")
    apply_settings(act, waiting("one"))
    apply_settings(act, waiting("two"))
    _, newest = settings_history(act)
    assert newest.who == act.actor.name
    assert [str(change) for change in newest.changes] == ["[node] name: one -> two"]


def test_a_second_person_agrees_by_name_and_passphrase(site, act_as, waiting) -> None:
    act = act_as("admin")
    apply_settings(act, waiting("one"))
    add_person(replace_site(act, site), badge="7", name="Pat Poe", roles=["auditor"], passphrase=PASSPHRASE)
    looser = waiting("one", plugins={})
    with pytest.raises(InputError, match="a second person has to agree"):
        apply_settings(act, looser)
    with pytest.raises(Denied):
        agreed_by(act, Credentials("7", "wrong"))
    second = agreed_by(act, Credentials("7", PASSPHRASE))
    entry = apply_settings(act, looser, second=second)
    with site.store.snapshot() as work:
        assert work.ledger.entry(entry).body["public"]["second"] == second.id


def replace_site(act, site):
    """The same person's door, in a process that was started after the newest settings were accepted."""
    with site.store.snapshot() as work:
        return Act(replace(site, accepted=work.accepted.digest()), act.actor)


@pytest.mark.parametrize("roles", [("officer",), ("auditor",), ()])
def test_nobody_else_accepts_anything(site, act_as, waiting, roles) -> None:
    with pytest.raises(Denied):
        apply_settings(act_as(*roles), waiting("one"), second=Actor(id="p2", roles=frozenset({"admin"})))
    with site.store.snapshot() as work:
        assert work.accepted.all() == []
