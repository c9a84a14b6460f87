"""Which trainings, authorities and delegations count at a moment, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alpr_core.store.rights import Authority, Delegation, Training


@pytest.fixture
def people(site, act_as):
    """A giver with an office, and somebody with none."""
    return act_as("admin").actor.id, act_as("officer").actor.id


def test_a_training_counts_from_its_day_until_it_expires(site, people) -> None:
    giver, person = people
    now = site.clock()
    with site.store.writing() as work:
        for area, held, expires in (
            ("access", now, now + timedelta(hours=1)),
            ("operate", now - timedelta(days=9), None),
        ):
            work.rights.add_training(
                Training(
                    person_id=person,
                    area=area,
                    course="x",
                    held_at=held,
                    expires_at=expires,
                    recorded_by=giver,
                    recorded_at=now,
                )
            )
        rights = work.rights

        def areas(hours: int) -> list[str]:
            found = rights.trainings_that_count(person, now + timedelta(hours=hours))
            return sorted(area for area, _ in found)

        assert [areas(hours) for hours in (-1, 0, 1)] == [["operate"], ["access", "operate"], ["operate"]]
        assert rights.trainings_that_count(giver, now) == []


def test_an_authority_counts_from_when_to_when_unless_revoked(site, people) -> None:
    giver, person = people
    now = site.clock()
    with site.store.writing() as work:
        number = work.rights.add_authority(
            Authority(
                person_id=person,
                system="leds",
                certificate="",
                ori="",
                since=now,
                expires_at=now + timedelta(hours=2),
                granted_by=giver,
                granted_at=now,
            )
        )
        found = [work.rights.systems(person, now + timedelta(hours=hours)) for hours in (-1, 0, 1, 2)]
        assert found == [[], ["leds"], ["leds"], []]
        work.rights.revoke_authority(number, now)
        assert work.rights.systems(person, now) == []
        (kept,) = work.rights.authorities(person)
        assert kept.revoked_at == now


def test_a_delegation_counts_in_its_acts_while_its_giver_has_the_office(site, people) -> None:
    giver, person = people
    now = site.clock()
    with site.store.writing() as work:
        work.rights.add_delegation(
            Delegation(
                office="admin",
                given_by=giver,
                person_id=person,
                actions=("hotlist.import",),
                since=now,
                until=now + timedelta(hours=2),
                given_at=now,
            )
        )
        rights = work.rights
        assert rights.assigned_by(person, "hotlist.import", now) == ["admin"]
        assert rights.assigned_by(person, "hotlist.add", now) == []
        assert rights.assigned_by(person, "hotlist.import", now + timedelta(hours=2)) == []
        assert rights.assigned_by(giver, "hotlist.import", now) == []
