"""What the ledger tells of the time after a backup is done again; what it does not tell is counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from alpr_core.errors import StoreError
from alpr_core.models import ReadKey
from alpr_core.replaying import replay
from alpr_core.store.intents import Intent
from alpr_ledger.entry import GENESIS_PREV, encode_body, format_time, splice
from alpr_ledger.reader import StoredEntry

KEY = ReadKey(day="2026-10-01", id="0199-a")
OTHER = ReadKey(day="2026-10-01", id="0199-b")


@pytest.fixture
def entries(site):
    """``entries((kind, public), …)``: entries 100 and on, a minute after one another."""

    def make(*given, **head: object) -> list[StoredEntry]:
        made = []
        for idx, (kind, public) in enumerate(given, 100):
            at = format_time(site.clock() + timedelta(minutes=idx))
            body = {"v": 1, "kind": kind, "t": at, "public": public, **head}
            made.append(StoredEntry(idx, splice(encode_body(body), GENESIS_PREV, idx), b"", None))
        return made

    return make


@pytest.fixture
def replayed(site):
    """Replay in a transaction of its own."""

    def run(entries, **options: Any):
        with site.store.writing() as work:
            return replay(work, entries, site.clock(), site.keys, **options)

    return run


def person(site, act):
    with site.store.snapshot() as work:
        return work.people.by_id(act.actor.id)


def test_roles_that_were_taken_away_are_gone_and_those_that_were_given_are_not_given(
    site, act_as, entries, replayed
) -> None:
    one = act_as("officer", "dispatcher")
    change = {"person": one.actor.id, "added": ["admin"], "removed": ["officer"]}
    result = replayed(entries(("person.grant", change)))
    assert person(site, one).roles == {"dispatcher"}
    assert result.unknown == {"person.grant": 1}


def test_an_account_that_was_closed_is_closed_from_the_same_time_on(site, act_as, entries, replayed) -> None:
    one, end = act_as("officer"), site.clock() + timedelta(days=3)
    result = replayed(entries(("person.leave", {"person": one.actor.id, "from": format_time(end)})))
    assert person(site, one).leaves_at == end
    assert result.done == {"person.leave": 1}


def test_a_second_factor_that_was_taken_off_is_off(site, act_as, entries, replayed) -> None:
    one = act_as("officer")
    with site.store.writing() as work:
        work.logins.note(one.actor.id, totp_secret=b"sealed", totp_step=5)
    replayed(entries(("person.reset", {"person": one.actor.id})))
    with site.store.snapshot() as work:
        assert not work.logins.of(one.actor.id).has_second_factor


def test_every_session_has_ended(site, act_as, entries, replayed) -> None:
    one = act_as("officer")
    replayed(entries())
    with site.store.snapshot() as work:
        assert work.people.current(one.actor, site.clock()) is None


def test_a_send_that_had_its_outcome_is_not_settled_again(site, entries, replayed) -> None:
    begun = Intent(entry=7, kind="ledger.export", node="n", process="p", started_at=site.clock())
    with site.store.writing() as work:
        work.intents.begin(begun)
    replayed(entries(("ledger.export", {}), ref=7, outcome="done"))
    with site.store.snapshot() as work:
        assert work.intents.open() == []


def test_somebody_whom_the_backup_does_not_know_is_counted_as_lost(entries, replayed) -> None:
    known = {"person": "p-ffffffffffffffff"}
    result = replayed(entries(("person.add", known), ("person.leave", known), ("person.grant", known)))
    assert result.unknown == {"person.add": 1, "person.leave": 1, "person.grant": 1}


def test_looks_and_what_the_ledger_holds_itself_are_not_lost(entries, replayed) -> None:
    kinds = ("search.run", "act.deny", "ledger.verify", "person.list", "person.login", "key.rotate")
    result = replayed(entries(*((kind, {}) for kind in kinds)))
    assert (result.entries, result.unknown, result.done) == (6, {}, {})


def test_every_kind_that_is_taken_for_a_look_exists_or_is_to_come() -> None:
    from alpr_core.entries import CATALOGUE
    from alpr_core.replaying import LOOKS

    assert LOOKS - set(CATALOGUE) == set()


class TestPurge:
    """A purge that the backup does not know is done again, with the holds that counted then."""

    def purge(self, site, *classes: str) -> tuple[str, dict[str, object]]:
        terms = {label: {"starts": "capture", "period": "P30D"} for label in classes}
        return (
            "read.purge",
            {"purge": 1, "asof": format_time(site.clock()), "zone": "UTC", "terms": terms, "count": 3},
        )

    @pytest.fixture
    def purged(self, monkeypatch) -> list[tuple[Any, ...]]:
        """What was purged again: as of when, in which zone, by which terms, without which reads."""
        calls: list[tuple[Any, ...]] = []

        def purge_again(_work, _keys, *given: Any) -> int:
            calls.append(given)
            return 3

        monkeypatch.setattr("alpr_core.replaying.purge_again", purge_again)
        return calls

    def test_it_is_done_again_as_of_then(self, site, entries, replayed, purged) -> None:
        result = replayed(entries(self.purge(site, "default")))
        assert purged == [(site.clock(), "UTC", {"default": {"starts": "capture", "period": "P30D"}}, set())]
        assert (result.purged, result.done) == (3, {"read.purge": 1})

    def test_reads_that_were_held_then_are_not_destroyed(self, site, entries, replayed, purged) -> None:
        placed = (
            "hold.place",
            {"hold": 2, "reads": [str(KEY)], "hold_reason": "civil", "review": "2027-01-01"},
        )
        covered = ("hold.cover", {"hold": 2, "reads": [str(OTHER)]})
        replayed(entries(placed, covered, self.purge(site, "default")))
        assert purged[0][3] == {KEY, OTHER}

    def test_a_hold_that_the_backup_knows_keeps_its_reads_until_it_ended(
        self, site, entries, replayed, purged, monkeypatch
    ) -> None:
        monkeypatch.setattr("alpr_core.store.holds.Holds.by_number", lambda _holds: {1: {KEY}})
        ended = ("hold.end", {"hold": 1})
        replayed(entries(self.purge(site, "default"), ended, self.purge(site, "default")))
        assert [call[3] for call in purged] == [{KEY}, set()]

    def test_one_that_cannot_be_understood_is_not_passed_over(self, site, entries, replayed) -> None:
        kind, public = self.purge(site, "default")
        with pytest.raises(StoreError, match="cannot be understood"):
            replayed(entries((kind, {**public, "zone": "Atlantis/Poseidonis"})))
