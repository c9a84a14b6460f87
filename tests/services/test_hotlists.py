"""Hotlists: an import replaces a list whole or leaves it as it was; what a person enters is not lost to an import."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alpr_core.errors import Denied, InputError, NotFound, PluginError
from alpr_core.models import HotlistEntry
from alpr_core.plugins import PluginHost
from alpr_core.services.hotlist_import import import_hotlist
from alpr_core.services.hotlists import (
    add_to_hotlist,
    list_hotlists,
    remove_from_hotlist,
)
from alpr_ledger import vault

WHY = {"purpose": "administration", "reason": "stolen last night at the fair"}
HAND = HotlistEntry(plate="ABC123", expires=datetime(2026, 12, 24, tzinfo=UTC))
"""As somebody enters it by hand."""


@pytest.fixture(scope="module")
def hotfile():
    return PluginHost.load().data_source("hotfile")


@pytest.fixture
def admin(act_as):
    return act_as("admin")


@pytest.fixture
def load(admin, hotfile, tmp_path):
    """Import a text as a file."""

    def load(text: str, *, act=admin, source=hotfile, file: str = "stolen.csv", **given):
        path = tmp_path / file
        path.write_text(text)
        return import_hotlist(act, path, source, source_name="hotfile", **{**WHY, **given})

    return load


def listed(site, *texts: str) -> list[str]:
    """The plates in force that these texts may meet, sorted."""
    with site.store.snapshot() as work:
        return sorted(one.plate for one in work.hotlists.within_reach(texts, site.clock()))


def bodies(site, kind: str) -> list[dict]:
    with site.store.snapshot() as work:
        return [entry.body for entry in work.ledger.entries(kind=kind)]


def committed(site, kind: str, *fields: str) -> list[str]:
    with site.store.snapshot() as work:
        entry = list(work.ledger.entries(kind=kind))[-1]
        return [vault.open_value(work.connection, entry.idx, field, site.keys).value for field in fields]


# --- import ------------------------------------------------------------------------------------------------


def test_an_import_replaces_the_whole_list(site, load, admin):
    load("LIC\nABC123\nDEF456\n")
    imported = load("LIC\nDEF456\nGHI789\n")
    assert (imported.hotlist, imported.added, imported.rejected) == ("stolen", 2, ())
    assert listed(site, "ABC123", "DEF456", "GHI789") == ["DEF456", "GHI789"]
    assert [(one.name, one.source, one.entries) for one in list_hotlists(admin)] == [("stolen", "hotfile", 2)]


def test_other_lists_stay(site, load):
    load("LIC\nABC123\n", name="one")
    load("LIC\nDEF456\n", name="two")
    assert listed(site, "ABC123", "DEF456") == ["ABC123", "DEF456"]


def test_bad_lines_are_left_out_with_their_numbers_and_good_ones_stay(site, load):
    imported = load("LIC,LIS\nABC123,OR\n???,OR\nDEF456\nGHI789,WA\n")
    assert imported.added == 2
    assert [line.number for line in imported.rejected] == [3, 4]
    assert listed(site, "ABC123", "GHI789") == ["ABC123", "GHI789"]


def test_the_ledger_says_how_many_lines_and_commits_to_the_file(site, load):
    text = "LIC\nABC123\n!\n"
    imported = load(text, reason="daily")
    (entry,) = bodies(site, "hotlist.import")
    nothing_else = {"refused": 0, "stripped": {}, "withdrawn": 0}
    assert entry["public"] == {"source": "hotfile", "added": 1, "rejected": 1, **nothing_else}
    assert entry["purpose"] == "administration"
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert committed(site, "hotlist.import", "hotlist", "file", "digest", "reason") == [
        "stolen",
        "stolen.csv",
        digest,
        "daily",
    ]
    with site.store.snapshot() as work:
        assert [one.idx for one in work.ledger.entries(kind="hotlist.import")] == [imported.entry]


@pytest.mark.parametrize(
    "text",
    ["LIC\n!\n?\n", "", "LIC\n", 'LIC,reason\nABC123,x\nDEF456,"open\n', "LICC\nABC123\n", "LIC\nA\0\n"],
)
def test_a_file_of_which_nothing_can_be_used_leaves_the_list_as_it_was(site, load, text):
    load("LIC\nABC123\n")
    with pytest.raises(InputError, match=r"stolen\.csv"):
        load(text)
    assert listed(site, "ABC123") == ["ABC123"]
    assert len(bodies(site, "hotlist.import")) == 1


def test_when_all_lines_are_bad_the_error_names_the_first_of_them(load):
    with pytest.raises(InputError, match=r"(?s)line 2: .*line 11: .*and 3 more"):
        load("LIC\n" + "!\n" * 13)


def test_a_million_lines_of_nonsense_make_no_endless_message(load):
    with pytest.raises(InputError) as caught:
        load("LIC\n" + "!\n" * 5000)
    assert len(caught.value.message) < 2500


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("LIC,list\nABC123,NCIC\nDEF456,NCIC\n", "NCIC"),
        ("LIC,list\nABC123,\n", "stolen"),
        ("LIC\nABC123\n", "stolen"),
    ],
)
def test_without_a_name_the_list_is_called_what_the_file_says(load, text, name):
    assert load(text).hotlist == name


def test_a_file_of_several_lists_needs_a_name(load):
    text = "LIC,list\nABC123,NCIC\nDEF456,local\n"
    with pytest.raises(InputError, match="--name"):
        load(text)
    assert load(text, name="both").added == 2


@pytest.mark.parametrize("name", [" ", "x" * 129, "a\x1b[31m", "a\nb"])
def test_a_name_that_cannot_be_shown_is_refused(load, name):
    with pytest.raises(InputError, match="name"):
        load("LIC\nABC123\n", name=name)


def test_a_pipe_or_a_folder_is_no_hotlist(admin, hotfile, tmp_path):
    with pytest.raises(InputError, match="is no file"):
        import_hotlist(admin, tmp_path, hotfile, source_name="hotfile", **WHY)


def test_who_may_not_import_is_denied_before_the_file_is_opened(act_as, hotfile, tmp_path, site):
    with pytest.raises(Denied):
        import_hotlist(act_as("officer"), tmp_path / "none.csv", hotfile, source_name="hotfile", **WHY)
    assert [entry["public"]["action"] for entry in bodies(site, "act.deny")] == ["hotlist.import"]


def test_an_import_without_an_allowed_purpose_is_denied(load):
    with pytest.raises(Denied):
        load("LIC\nABC123\n", purpose="")


class Lying:
    """A source of somebody else."""

    def __init__(self, *delivered: object) -> None:
        self.delivered = delivered

    def entries(self, path):
        for one in self.delivered:
            if isinstance(one, Exception):
                raise one
            yield one


def test_a_source_that_breaks_is_named_and_nothing_is_imported(site, load):
    load("LIC\nABC123\n")
    with pytest.raises(PluginError, match=r"'hotfile' failed at .*KeyError"):
        load("x", source=Lying(HotlistEntry(plate="DEF456"), KeyError("DEF456")))
    assert listed(site, "ABC123", "DEF456") == ["ABC123"]


@pytest.mark.parametrize(
    "entry",
    [
        HotlistEntry(plate="abc 123"),
        HotlistEntry(plate=""),
        HotlistEntry(plate="ABC123", state="OREGON-US"),
        HotlistEntry(plate="ABC123", category="x" * 65),
        HotlistEntry(plate="ABC123", reason="a\0b"),
    ],
)
def test_a_source_cannot_deliver_what_no_entry_can_be(load, entry):
    with pytest.raises(InputError):
        load("x", source=Lying(entry))


def test_a_file_that_changes_while_it_is_read_is_refused(load, tmp_path):
    class Changing(Lying):
        def entries(self, path):
            path.write_text("LIC\nZZZ999\n")
            yield HotlistEntry(plate="ABC123")

    with pytest.raises(InputError, match="changed while it was read"):
        load("x", source=Changing())


# --- by hand -----------------------------------------------------------------------------------------------


@pytest.mark.clause("M10")
def test_a_partial_plate_of_a_major_crime_can_be_entered_with_its_case(site, act_as):
    officer = act_as("officer")
    entry = add_to_hotlist(
        officer,
        replace(HAND, plate="ab? 1*", state="OR"),
        name="robbery",
        purpose="wanted",
        case="26-1041",
        reason="left the robbery at 12 Main St",
    )
    assert (entry.plate, entry.case_number, entry.added_by) == ("AB?1*", "26-1041", officer.actor.id)
    assert listed(site, "ABC123") == ["AB?1*"]
    assert committed(site, "hotlist.add", "hotlist", "plate", "case") == ["robbery", "AB?1*", "26-1041"]
    assert "AB?1*" not in str(bodies(site, "hotlist.add"))


def test_an_entry_ends_when_it_was_said_to(site, admin):
    entry = HotlistEntry(plate="ABC123", expires=site.clock() + timedelta(days=1))
    add_to_hotlist(admin, entry, name="local", **WHY)
    assert listed(site, "ABC123") == ["ABC123"]
    site.clock.advance(timedelta(days=1))
    assert listed(site, "ABC123") == []


def test_an_entry_that_would_have_ended_already_is_refused(site, admin):
    with pytest.raises(InputError, match="expired already"):
        add_to_hotlist(admin, HotlistEntry(plate="ABC123", expires=site.clock()), name="local", **WHY)


@pytest.mark.parametrize("plate", ["", "?", "AB[12]", "A" * 17])
def test_what_is_no_plate_is_refused_and_leaves_no_entry(site, admin, plate):
    with pytest.raises(InputError):
        add_to_hotlist(admin, replace(HAND, plate=plate), name="local", **WHY)
    assert bodies(site, "hotlist.add") == []


def test_a_plate_is_removed_as_people_write_it(site, admin):
    for plate in ("ABC123", "ABC123", "AB*"):
        add_to_hotlist(admin, replace(HAND, plate=plate), name="local", **WHY)
    assert remove_from_hotlist(admin, "abc-123", name="local", **WHY).entries == 2
    assert listed(site, "ABC123") == ["AB*"]
    assert remove_from_hotlist(admin, "ab*", name="local", **WHY).entries == 1
    assert [entry["public"]["removed"] for entry in bodies(site, "hotlist.remove")] == [2, 1]


def test_a_plate_that_is_not_there_cannot_be_removed(site, admin):
    add_to_hotlist(admin, replace(HAND, plate="ABC123"), name="local", **WHY)
    for plate, name in (("DEF456", "local"), ("ABC123", "other")):
        with pytest.raises(NotFound):
            remove_from_hotlist(admin, plate, name=name, **WHY)
    assert bodies(site, "hotlist.remove") == []


def test_only_an_administrator_takes_a_plate_off(act_as, admin):
    add_to_hotlist(admin, replace(HAND, plate="ABC123"), name="local", **WHY)
    with pytest.raises(Denied):
        remove_from_hotlist(act_as("officer"), "ABC123", name="local", purpose="wanted")


def test_an_import_does_not_empty_a_list_that_is_kept_by_hand(site, load, admin):
    add_to_hotlist(admin, replace(HAND, plate="ABC123"), name="local", **WHY)
    with pytest.raises(InputError, match="kept by hand"):
        load("LIC\nDEF456\n", name="local")
    assert listed(site, "ABC123", "DEF456") == ["ABC123"]


def test_a_plate_is_not_put_on_a_list_whose_next_import_would_drop_it(load, admin):
    load("LIC\nABC123\n")
    with pytest.raises(InputError, match="comes from imports"):
        add_to_hotlist(admin, replace(HAND, plate="DEF456"), name="stolen", **WHY)


def test_looking_at_the_lists_is_on_record(site, load, admin):
    load("LIC\nABC123\n")
    list_hotlists(admin)
    assert [entry["public"] for entry in bodies(site, "hotlist.list")] == [{"count": 1}]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [(replace(HAND, expires=None), WHY["reason"]), (HAND, ""), (HAND, "inv")],
    ids=["no end", "no reason", "a reason that says nothing"],
)
def test_a_plate_by_hand_needs_an_end_and_a_reason(site, admin, entry, reason) -> None:
    with pytest.raises(InputError, match=r"--expires|is no reason"):
        add_to_hotlist(admin, entry, name="local", purpose="administration", reason=reason)
    assert bodies(site, "hotlist.add") == []
