"""An import is written beside the list in force and switched in at once; files of changes; files that are refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from alpr_core.errors import InputError, StoreError
from alpr_core.models import HotlistEntry
from alpr_core.plugins import PluginHost
from alpr_core.services import hotlist_import, hotlist_lines
from alpr_core.services.hits import list_hits
from alpr_core.services.hotlist_import import clear_leftovers, import_hotlist
from alpr_core.services.hotlist_lines import Terms
from alpr_core.services.hotlists import add_to_hotlist, list_hotlists, remove_from_hotlist
from alpr_core.store import hotlist_staging
from alpr_core.store.hotlist_rows import PackedEntries, insert_rows
from alpr_core.store.hotlists import begin_generation
from alpr_core.store.tables import hotlist_generation
from alpr_ledger import vault

WHY = {"purpose": "administration", "reason": "the state's extract of today"}
DELTA = Terms(delta=True)


@pytest.fixture(scope="module")
def hotfile():
    return PluginHost.load().data_source("hotfile")


@pytest.fixture
def admin(act_as):
    return act_as("admin")


@pytest.fixture
def load(admin, hotfile, tmp_path):
    """Import a text as a file."""

    def load(text: str, *, source=hotfile, **given):
        path = tmp_path / "ncic.csv"
        path.write_text(text)
        return import_hotlist(admin, path, source, source_name="hotfile", **{**WHY, **given})

    return load


def plates(site, *texts: str) -> list[str]:
    """The plates in force that these texts may meet, sorted."""
    with site.store.snapshot() as work:
        return sorted(one.plate for one in work.hotlists.within_reach(texts, site.clock()))


def stored(site) -> tuple[int, int]:
    """How many entries and generations there are, in force or not."""
    with site.store.snapshot() as work:
        run = work.connection.exec_driver_sql
        entries = run("SELECT count(*) FROM hotlist_entry").scalar_one()
        return entries, run("SELECT count(*) FROM hotlist_generation").scalar_one()


def lines(*texts: str) -> str:
    return "LIC\n" + "\n".join(texts) + "\n"


# --- beside the list in force ------------------------------------------------------------------------------


class Watching:
    """A source that looks what is matched while it is read."""

    def __init__(self, source, look) -> None:
        self._source, self._look = source, look
        self.seen = []

    def entries(self, path):
        for line in self._source.entries(path):
            yield line
            self.seen.append(self._look())


def test_what_is_matched_is_the_old_list_until_all_of_the_new_one_is_written(
    site, load, hotfile, monkeypatch
) -> None:
    monkeypatch.setattr(hotlist_import, "RUN", 2)
    load(lines("ABC123", "DEF456"))
    watching = Watching(hotfile, lambda: (plates(site, "ABC123", "GHI789"), stored(site)[0]))
    load(lines("GHI789", "JKL012", "MNO345"), source=watching)
    assert [seen for seen, _ in watching.seen] == [["ABC123"]] * 3
    assert watching.seen[-1][1] == 4  # two of the new ones were there already
    assert plates(site, "ABC123", "GHI789") == ["GHI789"]
    assert stored(site) == (3, 1)


@pytest.mark.parametrize(
    ("text", "terms"),
    [(lines("JKL012", "MNO345"), Terms()), ("LIC,change\nJKL012,add\nDEF456,remove\n", DELTA)],
)
def test_of_two_imports_at_once_the_one_that_began_with_another_list_is_refused(
    site, load, admin, hotfile, tmp_path, text, terms
) -> None:
    load(lines("ABC123", "DEF456"))
    (tmp_path / "quicker.csv").write_text(text)
    quicker = Watching(
        hotfile,
        lambda: import_hotlist(
            admin,
            tmp_path / "quicker.csv",
            hotfile,
            source_name="hotfile",
            name="ncic",
            terms=terms,
            **WHY,
        ),
    )
    with pytest.raises(InputError, match=r"somebody else changed the hotlist 'ncic'.*import it again"):
        load(lines("GHI789"), source=quicker, name="ncic", terms=Terms(smaller_is_right=True))
    assert "GHI789" not in plates(site, "GHI789", "JKL012") == ["JKL012"]
    assert stored(site) == (2, 1)


def test_an_import_that_fails_leaves_nothing_behind(site, load, hotfile, monkeypatch) -> None:
    load(lines("ABC123"))
    monkeypatch.setattr(hotlist_import, "RUN", 1)
    with pytest.raises(InputError, match="closed"):
        load('LIC,reason\nDEF456,x\nGHI789,"open\n')
    assert (plates(site, "ABC123", "DEF456"), stored(site)) == (["ABC123"], (1, 1))


def test_what_a_process_left_that_died_is_cleared_by_the_next_import_or_the_job(site, load, admin) -> None:
    load(lines("ABC123"))
    with admin.staging() as staging:
        staging.give_up(staging.begin(admin.now))
    with site.store.writing() as work:
        for process in ("a" * 32, "b" * 32):
            number = begin_generation(work.connection, node=site.name, process=process, at=admin.now)
            insert_rows(work.connection, number, PackedEntries([HotlistEntry(plate="ABC123")]).rows)
    assert plates(site, "ABC123") == ["ABC123"]
    assert stored(site) == (3, 4)
    load(lines("DEF456"), name="other")
    assert stored(site) == (2, 2)
    assert clear_leftovers(admin) == 0


def test_what_a_living_process_is_writing_is_left_alone(site, load, admin) -> None:
    with admin.staging() as staging:
        staging.begin(admin.now)
    load(lines("ABC123"))
    assert (clear_leftovers(admin), stored(site)) == (0, (1, 2))


@pytest.mark.parametrize("is_in_force", [True, False])
def test_a_generation_that_got_the_number_of_one_that_was_to_be_cleared_is_left_alone(
    site, load, admin, is_in_force
) -> None:
    load(lines("ABC123"))
    with admin.staging() as staging:
        staging.give_up(staging.begin(admin.now))
        (number,) = staging.leftovers()
        assert staging.clear(number) is None  # another process was quicker, and its number is free again
    with site.store.writing() as work:
        work.connection.execute(
            sa.insert(hotlist_generation).values(
                id=number,
                node=site.name,
                process="" if is_in_force else site.presence.name,
                begun_at=admin.now,
            )
        )
        insert_rows(work.connection, number, PackedEntries([HotlistEntry(plate="DEF456")]).rows)
        if is_in_force:
            work.hotlists.put_in_force("ncic", "hotfile", number, admin.now)
    with admin.staging() as staging:
        assert staging.clear(number) is None
    assert stored(site) == (2, 2)


def test_what_the_database_does_not_take_is_an_error_for_a_person(site) -> None:
    rows = PackedEntries([HotlistEntry(plate="ABC123")]).rows
    with pytest.raises(StoreError), site.store.writing() as work:
        insert_rows(work.connection, 4711, rows)  # of no generation
    assert stored(site)[0] == 0


def test_old_entries_are_cleared_in_batches(site, load, monkeypatch) -> None:
    monkeypatch.setattr(hotlist_staging, "BATCH", {"sqlite": 3, "postgresql": 3})
    load(lines(*(f"AAA{n:03}" for n in range(7))))
    load(lines(*(f"BBB{n:03}" for n in range(6))))
    assert stored(site) == (6, 1)


def test_an_import_succeeds_although_the_old_entries_cannot_be_cleared_yet(site, load, monkeypatch) -> None:
    def full(*_):
        raise StoreError("the disk is full")

    load(lines("ABC123"))
    monkeypatch.setattr(hotlist_import, "clear_leftovers", full)
    assert load(lines("DEF456")).added == 1
    assert (plates(site, "ABC123", "DEF456"), stored(site)) == (["DEF456"], (2, 2))


def test_hits_on_what_is_no_longer_listed_are_withdrawn_and_others_stay(site, load, see, act_as) -> None:
    load(lines("ABC123", "DEF456"), name="stolen")
    see("ABC123")
    see("DEF456")
    assert load(lines("DEF456", "GHI789"), name="stolen").withdrawn == 1
    found = {one.plate: one.disposition for one in list_hits(act_as("officer"))}
    assert found == {"ABC123": "withdrawn", "DEF456": ""}


@pytest.mark.parametrize(
    ("line", "withdrawn"),
    [
        ("ABC123,OR,stolen,a clerk's better words", 0),
        ("ABC123,WA,stolen,", 1),
        ("ABC123,OR,found,", 1),
    ],
)
def test_a_plate_that_is_listed_as_something_else_is_not_what_a_hit_was_raised_for(
    load, see, line, withdrawn
) -> None:
    load("LIC,LIS,category,reason\nABC123,OR,stolen,words\n")
    see("ABC123")
    assert load(f"LIC,LIS,category,reason\n{line}\n").withdrawn == withdrawn


# --- files that are refused --------------------------------------------------------------------------------


def test_a_file_with_much_less_than_the_list_is_refused_unless_that_is_right(site, load) -> None:
    load(lines("ABC123", "DEF456", "GHI789"))
    with pytest.raises(InputError, match=r"has 3 entries, and 1 would be left.*--smaller-is-right"):
        load(lines("ABC123"))
    assert plates(site, "GHI789") == ["GHI789"]
    assert load(lines("ABC123"), terms=Terms(smaller_is_right=True)).added == 1
    assert plates(site, "GHI789") == []


def test_a_file_with_nothing_in_it_is_refused_whatever_was_said(site, load) -> None:
    load(lines("ABC123"))
    with pytest.raises(InputError, match="nothing in it"):
        load("LIC\n", terms=Terms(smaller_is_right=True))
    assert plates(site, "ABC123") == ["ABC123"]


def test_more_bad_lines_than_there_may_be_refuse_the_whole_file(site, load) -> None:
    good = [f"AAA{n:03}" for n in range(500)]
    assert len(load(lines(*good, *["!"] * 100)).rejected) == 100
    with pytest.raises(InputError, match=r"101 of 601 lines are bad, and 100 may be(.|\n)*line 502: LIC"):
        load(lines(*good, *["!"] * 101))
    assert load(lines(*good, *["!"] * 101), terms=Terms(rejects=101)).added == 500
    with pytest.raises(InputError, match="1 of 501"):
        load(lines(*good, "!"), terms=Terms(rejects=0))


def test_a_file_is_refused_whose_rest_was_not_read_however_many_bad_lines_it_may_have(
    site, load, monkeypatch
) -> None:
    load(lines("ABC123"))
    monkeypatch.setattr(hotlist_lines, "HOPELESS", 3)
    text = lines("DEF456", *"!!!!!", "GHI789")
    with pytest.raises(InputError, match=r"5 lines are bad down to line 7, and 1 are good(.|\n)*line 3: LIC"):
        load(text, terms=Terms(rejects=1000))
    assert (plates(site, "ABC123", "DEF456"), stored(site)) == (["ABC123"], (1, 1))


def test_lines_that_are_left_out_are_none_that_the_list_would_have(site, load) -> None:
    load(lines("ABC123", "DEF456", "GHI789"))
    text = "LIC,category\nABC123,expired\nDEF456,expired\nGHI789,stolen\n"
    with pytest.raises(InputError, match=r"has 3 entries, and 1 would be left"):
        load(text, terms=Terms(drop=("expired",)))
    assert plates(site, "ABC123") == ["ABC123"]
    assert load(text, terms=Terms(drop=("expired",), smaller_is_right=True)).added == 1


# --- changes -----------------------------------------------------------------------------------------------

LIST = (
    "LIC,LIS,NIC,category\nABC123,OR,V1,stolen\nABC123,WA,V2,stolen\nDEF456,OR,V3,stolen\nJKL012,,V5,stolen\n"
)
HEAD = "LIC,LIS,NIC,category,change\n"


@pytest.mark.parametrize(
    ("changes", "left", "removed"),
    [
        ("ABC123,,,,remove\n", ["DEF456"], 2),
        ("ABC123,WA,,,remove\n", ["ABC123", "DEF456"], 1),
        ("ABC123,,V1,,remove\n", ["ABC123", "DEF456"], 1),
        ("ABC123,ID,,,remove\n", ["ABC123", "ABC123", "DEF456"], 0),
        ("ABC123,OR,V1,stolen,add\n", ["ABC123", "ABC123", "DEF456"], 1),
        ("ABC123,OR,V9,stolen,add\n", ["ABC123", "ABC123", "ABC123", "DEF456"], 0),
        ("GHI789,OR,V4,stolen,add\n", ["ABC123", "ABC123", "DEF456", "GHI789"], 0),
        ("GHI789,OR,V4,stolen,add\nGHI789,,,,remove\n", ["ABC123", "ABC123", "DEF456"], 0),
        ("DEF456,,,,remove\nDEF456,OR,V3,found,add\n", ["ABC123", "ABC123", "DEF456"], 1),
    ],
)
def test_a_file_of_changes_changes_the_list(site, load, changes, left, removed) -> None:
    load(LIST)
    for turn in range(2):  # a second time it changes nothing more
        imported = load(HEAD + changes, terms=DELTA)
        assert plates(site, "ABC123", "DEF456", "GHI789") == left
        assert turn or imported.removed == removed


def test_changes_are_on_the_ledger_with_their_counts_and_withdraw_hits(site, load, see) -> None:
    load(LIST)
    see("DEF456")
    load(HEAD + "DEF456,,,,remove\nGHI789,OR,,stolen,add\n", terms=DELTA)
    with site.store.snapshot() as work:
        public = [one.body["public"] for one in work.ledger.entries(kind="hotlist.import")]
    assert "removed" not in public[0]
    assert {key: public[1][key] for key in ("added", "removed", "withdrawn")} == {
        "added": 1,
        "removed": 1,
        "withdrawn": 1,
    }


def test_an_empty_file_of_changes_is_fine_and_makes_the_list_fresh(site, load, admin) -> None:
    load(LIST)
    site.clock.advance(timedelta(hours=6))
    assert load(HEAD, terms=DELTA).added == 0
    assert [one.imported_at for one in list_hotlists(admin)] == [site.clock()]


def test_a_line_that_takes_off_in_a_whole_list_refuses_the_file(site, load) -> None:
    load(LIST)
    with pytest.raises(InputError, match=r"line 2 takes a plate off.*--delta"):
        load(HEAD + "ABC123,,,,remove\n")
    assert plates(site, "ABC123") == ["ABC123", "ABC123"]


def test_changes_that_would_leave_too_little_are_refused(site, load) -> None:
    load(LIST)
    text = HEAD + "ABC123,,,,remove\nDEF456,,,,remove\n"
    with pytest.raises(InputError, match="1 would be left"):
        load(text, terms=DELTA)
    assert load(text, terms=Terms(delta=True, smaller_is_right=True)).removed == 3


def test_changes_need_a_list_from_imports(load, admin) -> None:
    with pytest.raises(InputError, match="no hotlist 'ncic' that could be changed"):
        load(HEAD + "ABC123,,,,add\n", terms=DELTA)
    entry = HotlistEntry(plate="ABC123", expires=datetime(2099, 1, 1, tzinfo=UTC))
    add_to_hotlist(admin, entry, name="ncic", **WHY)
    with pytest.raises(InputError, match="kept by hand"):
        load(HEAD + "ABC123,,,,remove\n", terms=DELTA)


def test_more_changes_than_one_transaction_can_take_are_refused(load, monkeypatch) -> None:
    load(LIST)
    monkeypatch.setattr(hotlist_import, "MOST_CHANGES", 2)
    with pytest.raises(InputError, match="2 lines at most"):
        load(HEAD + "A1,,,,add\nA2,,,,add\nA3,,,,add\n", terms=DELTA)


# --- categories --------------------------------------------------------------------------------------------


@pytest.mark.clause("R12")
def test_categories_that_are_dropped_are_counted_and_on_the_ledger(site, load) -> None:
    text = "LIC,category\nABC123,Expired Tag\nDEF456,stolen\nGHI789,expired_tag\n"
    imported = load(text, terms=Terms(drop=("expired tag",)))
    assert (imported.added, imported.dropped) == (1, {"Expired Tag": 1, "expired_tag": 1})
    with site.store.snapshot() as work:
        (entry,) = work.ledger.entries(kind="hotlist.import")
        said = vault.open_value(work.connection, entry.idx, "categories", site.keys).value
    assert entry.body["public"]["dropped"] == 2
    assert json.loads(said) == {"dropped": {"Expired Tag": 1, "expired_tag": 1}, "refused": {}}
    assert "xpired" not in str(entry.body)


def test_a_file_that_names_a_list_for_which_something_is_set_needs_its_name(load) -> None:
    terms = Terms(configured=frozenset({"ncic"}))
    with pytest.raises(InputError, match=r"something is set for the hotlist 'ncic'.*--name"):
        load(lines("ABC123"), terms=terms)
    assert load(lines("ABC123"), name="ncic", terms=terms).hotlist == "ncic"


def test_taking_a_plate_off_makes_no_old_list_fresh(site, load, admin) -> None:
    load(lines("ABC123", "DEF456"))
    imported_at = site.clock()
    site.clock.advance(timedelta(days=2))
    remove_from_hotlist(admin, "ABC123", name="ncic", **WHY)
    assert [one.imported_at for one in list_hotlists(admin)] == [imported_at]
