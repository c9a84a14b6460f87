"""A vendor's log held against the clauses and rights of the day; what is kept of it ends with the access records."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alpr_core import RejectedLine, VendorAccess
from alpr_core.errors import PluginError
from alpr_core.services.access_records import purge_access_records
from alpr_core.services.authority import grant_authority, revoke_authority
from alpr_core.services.breaches import report_breach, scope_breach
from alpr_core.services.ledger_log import LogFilter, read_log
from alpr_core.services.training import record_training
from alpr_core.services.vendor_findings import LogWanted, list_log
from alpr_core.services.vendor_logs import import_log
from alpr_core.store.tables import vendor_access

HOUR = timedelta(hours=1)


class Log:
    """A data source that delivers what it is given."""

    def __init__(self, *found) -> None:
        self.found = found

    def accesses(self, content):
        return self.found


def access(number: int, at, who: str, **more) -> VendorAccess:
    given = {"reason": "Stolen vehicle", "case": "26-1041", "plate": "4KB792", "id": f"s-{number}", **more}
    return VendorAccess(number=number, at=at, who=who, **given)


@pytest.fixture
def take(tmp_path):
    def take(auditor, *found):
        file = tmp_path / "log"
        file.write_text("a vendor's log")
        return import_log(auditor, file, Log(*found), source_name="kit")

    return take


@pytest.fixture
def badge_of(site):
    def badge(act) -> str:
        with site.store.snapshot() as work:
            return work.people.by_id(act.actor.id).badge

    return badge


def codes(accessed) -> list[tuple[str, str]]:
    return [(one.code, one.clause) for one in accessed.found]


def test_an_access_before_the_training_and_one_after_it_ended_are_found_with_their_clause(
    site, under, act_as, take, badge_of
) -> None:
    medford = under("medford-or")
    auditor, trainer = medford("auditor"), medford("training_manager")
    badge = badge_of(act_as("officer"))
    site.clock.advance(HOUR)
    times = [site.clock() + day * timedelta(days=1) for day in (0, 1, 31)]
    held, ends = times[1] - HOUR, times[2] - HOUR
    site.clock.advance(timedelta(days=32))
    record_training(trainer, badge, "ALPR 101", area="access", held=held, expires=ends)
    take(auditor, *(access(number, at, badge) for number, at in enumerate(times, start=1)))
    after, during, before = list_log(auditor, LogWanted())
    assert codes(during) == []
    assert codes(before) == codes(after) == [("training", "462.3(a) access")]
    assert [one.logged.at for one in list_log(auditor, LogWanted(found=True))] == [times[2], times[0]]


def test_an_authority_that_was_revoked_since_counted_until_then(site, under, act_as, take, badge_of) -> None:
    florence = under("florence-or")
    auditor, officer, tac = florence("auditor"), florence("officer"), florence("tac")
    badge = badge_of(officer)
    site.clock.advance(HOUR)
    before = site.clock()
    site.clock.advance(HOUR)
    number = grant_authority(tac, badge, "department").authority.id
    site.clock.advance(HOUR)
    during = site.clock()
    site.clock.advance(HOUR)
    revoke_authority(tac, number, reason="moved to another unit")
    take(
        auditor, *(access(number, at, badge) for number, at in ((1, before), (2, during), (3, site.clock())))
    )
    after, held, early = list_log(auditor, LogWanted())
    assert codes(held) == []
    assert codes(after) == codes(early) == [("authority", "807.3(e)")]


def test_what_the_record_of_a_search_must_hold_is_not_asked_of_another_act(
    site, under, take, badge_of
) -> None:
    medford = under("medford-or")
    auditor, officer = medford("auditor"), medford("officer")
    site.clock.advance(HOUR)
    bare = {"case": "", "reason": ""}
    searched = access(1, site.clock(), badge_of(officer), **bare)
    other = access(2, site.clock(), badge_of(officer), what="other", **bare)
    take(auditor, searched, other)
    second, first = list_log(auditor, LogWanted())
    assert codes(second) == []
    assert {code for code, _ in codes(first)} == {"record"}
    assert "462.5(c)" in {clause for _, clause in codes(first)}


def test_once_the_records_of_accesses_are_destroyed_nothing_of_it_is_kept(
    site, under, take, badge_of, trusted_clock
) -> None:
    medford = under("medford-or")
    auditor, manager = medford("auditor"), medford("program_manager")
    site.clock.advance(HOUR)
    take(auditor, access(1, site.clock(), "Robin Stranger"))
    site.clock.advance(timedelta(days=800))
    assert purge_access_records(manager) > 0
    assert list_log(auditor, LogWanted()) == []
    with site.store.snapshot() as work:
        assert work.connection.execute(vendor_access.select()).all() == []
        (entry,) = work.ledger.entries(kind="vendor_log.access")
        assert entry.body["public"]["what"] == "search"


def test_whoever_saw_it_through_a_breach_is_in_its_scope(site, under, take) -> None:
    medford = under("medford-or")
    auditor, manager = medford("auditor"), medford("program_manager")
    site.clock.advance(HOUR)
    take(auditor, access(1, site.clock(), "Robin Stranger"))
    since = site.clock()
    list_log(auditor, LogWanted())
    read_log(auditor, wanted=LogFilter(subject="4KB792"), purpose="audit", case="A-1")
    site.clock.advance(HOUR)
    one = report_breach(manager, since=since, summary="a laptop was lost").breach
    assert [found.kind for found in scope_breach(manager, one.id)] == ["vendor_log.list", "ledger.search"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"who": ""}, "who it was"),
        ({"who": "x" * 257}, "who it was has more than 256"),
        ({"reason": "\x1b[2J"}, "the reason has more than 2000 characters, or one that cannot be printed"),
        ({"what": "guess"}, "what was done is none of"),
        ({"id": "x" * 257}, "the name that the vendor has for it"),
        ({"at": timedelta(minutes=6)}, "it lies in the future"),
        ({"at": timedelta(days=-20_000)}, "it was before the year 2000"),
    ],
)
def test_what_cannot_have_been_is_left_out_by_its_number(site, under, take, wrong, said) -> None:
    auditor = under("medford-or")("auditor")
    given = {"who": "Robin Stranger", **wrong, "at": site.clock() + wrong.get("at", timedelta())}
    taken = take(auditor, access(7, **given), access(8, site.clock(), "Robin Stranger"))
    (rejected,) = taken.rejected
    assert (taken.recorded, rejected.number, said in rejected.problem) == (1, 7, True), rejected


def test_a_source_that_fails_or_delivers_nonsense_is_named_without_its_words(
    site, under, take, tmp_path
) -> None:
    auditor = under("medford-or")("auditor")
    with pytest.raises(PluginError, match="something else than accesses"):
        take(auditor, RejectedLine(number=1, problem="x"), "4KB792")

    class Broken:
        def accesses(self, content):
            raise RuntimeError("4KB792")

    with pytest.raises(PluginError, match="'kit' failed: RuntimeError") as caught:
        import_log(auditor, tmp_path / "log", Broken(), source_name="kit")
    assert "4KB792" not in caught.value.message
