"""Settings that are accepted, on both databases: stored whole, in force by their order, never twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alpr_core.config import load
from alpr_core.effective import Pending, gather, restore
from alpr_core.errors import ConfigError, Denied, InputError
from alpr_core.plugins import PluginHost
from alpr_core.services.settings import accepted_settings, apply_settings
from alpr_core.store.accepted import Accepted

TOML = '[node]\nname = "n"\n[ledger]\norigin = "alpr.example/ledger/1"\n'


@pytest.fixture
def wanted(tmp_path):
    """``wanted(text)`` are the effective settings of an alpr.toml with this text added."""

    def make(text: str = ""):
        (tmp_path / "alpr.toml").write_text(TOML + text)
        settings = load(tmp_path)
        return gather(settings, PluginHost.load(disable=settings.plugins.disable))

    return make


def first(wanted) -> Pending:
    return Pending(accepted=None, old=None, wanted=wanted())


def newest(site) -> Accepted:
    with site.store.snapshot() as work:
        return work.accepted.newest()


def test_nothing_is_accepted_before_anything_was(site) -> None:
    with site.store.snapshot() as work:
        assert (work.accepted.newest(), work.accepted.digest(), work.accepted.newest_of(5)) == (None, "", [])


def test_what_was_accepted_comes_back_as_it_was(site, act_as, wanted, tmp_path) -> None:
    act = act_as("admin")
    entry = apply_settings(act, first(wanted))
    stored = newest(site)
    assert (stored.entry, stored.digest, stored.text) == (entry, wanted().digest, wanted().text)
    assert (stored.at, stored.person, stored.second) == (site.clock(), act.actor.id, "")
    again = restore(stored.document, tmp_path, PluginHost.load())
    assert (again.document, again.digest) == (wanted().document, wanted().digest)


def test_the_entry_that_it_names_is_the_one_that_accepts_it(site, act_as, wanted) -> None:
    entry = apply_settings(act_as("admin"), first(wanted))
    with site.store.snapshot() as work:
        body = work.ledger.entry(entry).body
    assert (body["kind"], body["public"]["digest"]) == ("config.apply", wanted().digest)


def test_the_newest_counts_and_the_history_has_both(site, act_as, wanted) -> None:
    act = act_as("admin")
    apply_settings(act, first(wanted))
    old = wanted()
    new = wanted('[policy]\noverlays = ["ma-dcjis"]\n')
    site.clock.now += timedelta(minutes=1)
    apply_settings(act, Pending(accepted=newest(site), old=old, wanted=new))
    assert newest(site).digest == new.digest
    act = type(act)(replace(site, accepted=new.digest), act.actor)
    later, earlier = accepted_settings(act)
    assert (later.digest, earlier.digest) == (new.digest, old.digest)
    assert (later.is_first, earlier.is_first) == (False, True)
    assert [one.digest for one in accepted_settings(act, limit=1)] == [new.digest]
    assert accepted_settings(act, limit=1)[0].changes == later.changes != ()


def test_others_that_were_accepted_meanwhile_are_not_overwritten(site, act_as, wanted) -> None:
    act = act_as("admin")
    apply_settings(act, first(wanted))
    with pytest.raises(InputError, match="accepted meanwhile"):
        apply_settings(act, first(wanted))
    with site.store.snapshot() as work:
        assert len(work.accepted.newest_of(5)) == 1


def test_what_loosens_is_not_accepted_by_one(site, act_as, wanted) -> None:
    act = act_as("admin")
    apply_settings(act, first(wanted))
    old = wanted()
    new = wanted('[policy]\noverlays = []\n[plugins]\ndisable = ["hotfile"]\n')
    with pytest.raises(InputError, match="A second person has to agree"):
        apply_settings(act, Pending(accepted=newest(site), old=old, wanted=new))
    assert newest(site).digest == old.digest


def test_nobody_but_an_administrator_accepts(act_as, wanted) -> None:
    with pytest.raises(Denied):
        apply_settings(act_as("officer"), first(wanted))


def test_what_is_wrong_is_not_accepted(act_as, wanted) -> None:
    broken = Pending(accepted=None, old=None, wanted=wanted(), problem="[node] mode: is wrong")
    with pytest.raises(ConfigError, match="is wrong"):
        apply_settings(act_as("admin"), broken)
    with pytest.raises(InputError, match="nothing to accept"):
        apply_settings(act_as("admin"), None)
