"""A site under Leicester's policy, where searches of the server need an approval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from verifying import WHY, badge

from alpr_core.act import Act
from alpr_core.entries import ACTIONS
from alpr_core.models import Box, Candidate, Frame, HotlistEntry, Reading, ReadKey, Sighting
from alpr_core.policy import Gate, lay_over, load_pack, parse_pack
from alpr_core.services.authority import grant_authority
from alpr_core.services.hits import list_hits
from alpr_core.services.hotlists import add_to_hotlist
from alpr_core.services.ingest import record_sightings
from alpr_core.services.training import record_training


def gate_of(changed=lambda clause: clause) -> Gate:
    pack = load_pack("leicester-ma", actions=ACTIONS)
    return Gate(lay_over([pack.model_copy(update={"clauses": tuple(map(changed, pack.clauses))})]))


@pytest.fixture
def leicester(site):
    return replace(site, gate=gate_of())


@pytest.fixture
def someone(leicester, act_as):
    """Makes a person there with these roles."""

    def make(*roles: str) -> Act:
        return Act(leicester, act_as(*roles).actor)

    return make


@pytest.fixture
def leicester_with(site, act_as) -> Callable[..., Callable[..., Act]]:
    """``leicester_with(changed)`` makes people there, under a paper of which each clause was changed."""

    def under(changed) -> Callable[..., Act]:
        there = replace(site, gate=gate_of(changed))
        return lambda *roles: Act(there, act_as(*roles).actor)

    return under


@pytest.fixture
def see(site, act_as) -> Callable[..., ReadKey]:
    """``see("ABC123", camera="car-7")`` stores a read, a second after the one before."""
    officer = act_as("officer")

    def see(plate: str, *, camera: str = "car-7") -> ReadKey:
        reading = Reading(
            candidates=(Candidate(text=plate, confidence=0.9),),
            characters=(0.9,) * len(plate),
            box=Box.rectangle(10, 10, 60, 30),
            detection_confidence=0.9,
        )
        now = site.clock()
        frame = Frame(source=camera, taken_at=now, image=np.zeros((60, 80, 3), np.uint8))
        sighting = Sighting(reading=reading, frame=frame, first_seen=now, last_seen=now, frames=1)
        (batch,) = record_sightings(officer, [sighting], camera=camera)
        site.clock.advance(timedelta(seconds=1))
        return batch.reads[0].key

    return see


@pytest.fixture
def under(site, act_as):
    """``under("medford-or")("officer")`` is a trained person under that department's policy."""

    def policy(pack: str, changed=lambda clause: clause):
        one = load_pack(pack, actions=ACTIONS)
        one = one.model_copy(update={"clauses": tuple(map(changed, one.clauses))})
        there = replace(site, gate=Gate(lay_over([one])))
        trainer = Act(there, act_as("training_manager").actor)

        def make(*roles: str) -> Act:
            act = Act(there, act_as(*roles).actor)
            with site.store.snapshot() as work:
                badge = work.people.by_id(act.actor.id).badge
            for area in ("operate", "access"):
                record_training(trainer, badge, "ALPR 101", area=area, held=site.clock())
            return act

        return make

    return policy


KEPT = """
[[clause]]
id = "K"
strength = "must"
rule = "retention"
period = "{period}"
keeps = "{keeps}"
then = "{then}"
{further}
says = "It is kept so long."
"""


@pytest.fixture
def trusted_clock(monkeypatch) -> None:
    """Time passes by the month with nothing recorded, and nobody asks whether the clock leapt."""
    from alpr_core import clock

    monkeypatch.setattr(
        clock, "LONGEST_SILENCE", dict.fromkeys(("server", "vehicle"), timedelta(days=40_000))
    )
    for module in ("alpr_core.doors", "alpr_core.services.timekeeping"):
        monkeypatch.setattr(f"{module}.LONGEST_SILENCE", clock.LONGEST_SILENCE)


@pytest.fixture
def purging(site, act_as, trusted_clock):
    """``purging("P30D")`` is an administrator who is an officer too, where reads are kept exactly so long."""
    from alpr_core.plugins import PluginHost
    from alpr_core.retention import RetentionOffice, fitting_strategy

    person = act_as("admin", "officer")

    def under(
        period: str = "P30D",
        *,
        keeps: str = "exactly",
        then: str = "must_purge",
        further: str = "",
        strategy: str = "",
        options=None,
        host: PluginHost | None = None,
        zone: str = "America/Los_Angeles",
    ) -> Act:
        text = (files("alpr_core.policy") / "packs" / "minimal.toml").read_text()
        if period:
            text += KEPT.format(period=period, keeps=keeps, then=then, further=further)
        policy = lay_over([parse_pack(text, "test.toml", actions=ACTIONS)], zone=ZoneInfo(zone))
        plugins = host or PluginHost.load()

        def choose(limits):
            name = strategy or fitting_strategy(limits)
            return name, lambda: plugins.retention_strategy(name, options or {})

        office = RetentionOffice(choose, patience=0.5)
        return Act(replace(site, gate=Gate(policy), retention=office), person.actor)

    return under


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
