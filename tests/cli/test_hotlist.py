"""``alpr-core hotlist``: files with bad lines, lists kept by hand, plates that nobody should see typed."""

from __future__ import annotations

import json

import pytest

from alpr_core.node import Node

WHY = ("--purpose", "administration", "--reason", "stolen last night at the fair")
END = ("--expires", "2099-12-31")


@pytest.fixture
def admin(node):
    node.log_in()
    return node


@pytest.fixture
def hotfile(tmp_path):
    """Write a file and return its path."""

    def hotfile(content: str | bytes, name: str = "stolen.csv") -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return hotfile


def rows(result) -> list[dict]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def lists(node) -> dict[str, int]:
    return {row["name"]: row["entries"] for row in rows(node("hotlist", "list", "--json"))}


def test_an_import_shows_bad_lines_with_their_numbers_and_keeps_the_good_ones(admin, hotfile):
    lines = ["LIC,LIS", *(f"ABC{n:03},OR" for n in range(997)), "!,OR", "ABC998", ",OR"]
    result = admin("hotlist", "import", hotfile("\n".join(lines)), *WHY)
    assert result.exit_code == 0
    assert "line 999: LIC" in result.stderr
    assert "line 1000: has 1 columns, not 2" in result.stderr
    assert "3 of 1,000 lines left out." in result.stderr
    assert lists(admin) == {"stolen": 997}


def test_the_origin_of_a_file_is_given_with_it(admin, hotfile):
    (row,) = rows(admin("hotlist", "import", hotfile("LIC\nABC123\n"), "--origin", "ncic", *WHY, "--json"))
    assert (row["entries"], row["refused"], row["stripped"]) == (1, {}, {})
    refused = admin("hotlist", "import", hotfile("LIC\nABC123\n"), "--origin", "fbi", *WHY)
    assert refused.exit_code != 0
    assert "a line comes from 'fbi'" in refused.output


def test_an_import_as_json_holds_every_bad_line(admin, hotfile):
    (row,) = rows(admin("hotlist", "import", hotfile("LIC\nABC123\n" + "!\n" * 30), *WHY, "--json"))
    assert (row["hotlist"], row["entries"], len(row["rejected"])) == ("stolen", 1, 30)
    assert row["rejected"][0]["line"] == 3


def test_a_list_is_replaced_and_can_have_a_name(admin, hotfile):
    admin("hotlist", "import", hotfile("LIC\nABC123\nDEF456\n"), "--name", "ncic", *WHY)
    admin("hotlist", "import", hotfile("LIC\nGHI789\n"), "--name", "ncic", *WHY)
    assert lists(admin) == {"ncic": 1}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("LIC\nABC123\n".encode("utf-16"), "UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0", "UTF-8"),
        (b"", "empty"),
        (b"LIC\n", "nothing in it"),
        (b'LIC,reason\nABC123,"x\n', "quote"),
        (b"LICENCE\nABC123\n", "no header"),
        (b"LIC,expire\nABC123,\n", "Did you mean 'expires'?"),
        (b"LIC\n!\n", "no line is good"),
    ],
)
def test_a_broken_file_is_an_error_without_a_traceback_and_the_list_stays(admin, hotfile, content, said):
    admin("hotlist", "import", hotfile("LIC\nABC123\n"), *WHY)
    result = admin("hotlist", "import", hotfile(content), *WHY)
    assert result.exit_code == 1
    assert said in result.stderr
    assert "stolen.csv" in result.stderr
    assert "Traceback" not in result.output
    assert lists(admin) == {"stolen": 1}


def test_a_file_that_is_not_there_is_an_error(admin, tmp_path):
    result = admin("hotlist", "import", str(tmp_path / "none.csv"), *WHY)
    assert (result.exit_code, "cannot be read" in result.stderr) == (1, True)


def test_a_source_that_is_not_installed_is_named_with_what_is(admin, hotfile):
    result = admin("hotlist", "import", hotfile("LIC\nABC123\n"), "--source", "hotfiel", *WHY)
    assert result.exit_code == 1
    assert "Did you mean 'hotfile'?" in result.stderr


def test_a_date_alone_is_meant_in_the_nodes_zone_and_can_be_set_for_the_source(admin, hotfile):
    config = admin.folder / "alpr.toml"
    config.write_text(config.read_text().replace('timezone = "UTC"', 'timezone = "Pacific/Auckland"'))
    admin.accept()
    path = hotfile("LIC;expires\nABC123;2026-11-01\n")
    assert admin("hotlist", "import", path, *WHY).exit_code == 0
    assert expiry(admin) == "2026-11-01T11:00:00+00:00"
    with config.open("a") as file:
        file.write('\n[[source]]\nuse = "hotfile"\noptions = { timezone = "UTC", separator = ";" }\n')
    admin.accept()
    assert admin("hotlist", "import", path, *WHY).exit_code == 0
    assert expiry(admin) == "2026-11-02T00:00:00+00:00"


def expiry(node) -> str:
    from datetime import UTC, datetime

    with Node.open(node.folder) as opened, opened.site.store.snapshot() as work:
        (found,) = work.hotlists.within_reach(["ABC123"], datetime(2026, 10, 31, tzinfo=UTC))
        (listed,) = work.hotlists.entries([found.id]).values()
    assert listed.entry.expires is not None
    return listed.entry.expires.isoformat()


@pytest.mark.clause("M10")
def test_an_officer_enters_a_partial_plate_of_a_major_crime(as_officer):
    words = ("--name", "robbery", "--state", "or", "--purpose", "wanted", "--case", "26-1041")
    words = (*words, *WHY[2:])
    (row,) = rows(as_officer("hotlist", "add", "ab?-1*", *words, "--expires", "2099-12-31", "--json"))
    assert row == {
        "hotlist": "robbery",
        "plate": "AB?1*",
        "state": "OR",
        "expires": "2100-01-01T00:00:00Z",
    }
    assert lists(as_officer) == {"robbery": 1}


def test_a_plate_given_as_a_hyphen_is_asked_for_and_not_shown(admin):
    result = admin("hotlist", "add", "-", "--name", "local", *END, *WHY, typed="ABC 123\n")
    assert result.exit_code == 0, result.output
    assert "Plate:" in result.stderr
    assert "ABC 123" not in result.output
    result = admin("hotlist", "remove", "-", "--name", "local", *WHY, typed="abc123\n")
    assert result.exit_code == 0, result.output
    assert lists(admin) == {"local": 0}


def test_a_plate_that_is_not_listed_cannot_be_removed(admin):
    result = admin("hotlist", "remove", "ABC123", "--name", "local", *WHY)
    assert result.exit_code == 1
    assert "not on a hotlist 'local'" in result.stderr


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("add", "???", "--name", "local", *END), 1),
        (("add", "ABC123", "--name", "local", "--expires", "soon"), 2),
        (("add", "ABC123", "--name", "local", "--expires", "2020-01-01"), 1),
        (("add", "ABC123", "--name", "local", "--priority", "100"), 2),
        (("add", "ABC123", "--name", "local", "--state", "OREGON-US", *END), 1),
        (("add", "ABC123"), 2),
    ],
)
def test_what_cannot_be_entered_is_an_error_that_says_so(admin, words, status):
    result = admin("hotlist", *words, *WHY)
    assert result.exit_code == status
    assert "Error" in result.stderr
    assert "Traceback" not in result.output
    assert lists(admin) == {}


def test_no_plate_reaches_the_ledger_in_clear(admin, hotfile):
    admin("hotlist", "import", hotfile("LIC\nABC123\n"), *WHY)
    admin("hotlist", "add", "XYZ987", "--name", "local", *END, *WHY)
    admin("hotlist", "remove", "XYZ987", "--name", "local", *WHY)
    text = str(admin.entries())
    assert not any(secret in text for secret in ("ABC123", "XYZ987", "stolen", "local"))
    assert admin.committed("hotlist.remove", "plate") == ["XYZ987"]


def test_without_a_purpose_of_the_pack_an_import_is_denied(admin, hotfile):
    result = admin("hotlist", "import", hotfile("LIC\nABC123\n"))
    assert result.exit_code == 3
    assert "Denied" in result.stderr
    assert lists(admin) == {}


def test_an_officer_may_add_but_neither_import_nor_remove(as_officer, hotfile):
    why = ("--purpose", "wanted", *WHY[2:])
    assert as_officer("hotlist", "add", "ABC123", "--name", "local", *END, *why).exit_code == 0
    assert as_officer("hotlist", "import", hotfile("LIC\nABC123\n"), *why).exit_code == 3
    assert as_officer("hotlist", "remove", "ABC123", "--name", "local", *why).exit_code == 3


def test_the_last_day_of_all_cannot_be_an_entrys_last(admin) -> None:
    result = admin("hotlist", "add", "ABC123", "--name", "x", "--expires", "9999-12-31", *WHY)
    assert result.exit_code == 2
    assert "name a nearer day" in result.stderr


def test_a_reason_of_bytes_that_are_no_text_is_refused(admin) -> None:
    why = ("--purpose", "administration", "--reason", "found\udcff")
    result = admin("hotlist", "add", "ABC123", "--name", "x", *END, *why)
    assert result.exit_code == 1
    assert "not Unicode" in result.stderr


def test_a_much_smaller_file_is_refused_until_somebody_says_that_it_is_right(admin, hotfile):
    admin("hotlist", "import", hotfile("LIC\nABC123\nDEF456\nGHI789\n"), *WHY)
    less = hotfile("LIC\nABC123\n")
    refused = admin("hotlist", "import", less, *WHY)
    assert (refused.exit_code, "--smaller-is-right" in refused.stderr) == (1, True)
    assert lists(admin) == {"stolen": 3}
    assert admin("hotlist", "import", less, "--smaller-is-right", *WHY).exit_code == 0
    assert lists(admin) == {"stolen": 1}


def test_how_many_bad_lines_a_file_may_have_can_be_said(admin, hotfile):
    path = hotfile("LIC\nABC123\n!\n")
    assert admin("hotlist", "import", path, "--rejects", "0", *WHY).exit_code == 1
    assert admin("hotlist", "import", path, "--rejects", "1", *WHY).exit_code == 0


def test_a_file_of_changes_changes_a_list(admin, hotfile):
    admin("hotlist", "import", hotfile("LIC\nABC123\nDEF456\n"), *WHY)
    path = hotfile("LIC,change\nABC123,remove\nGHI789,add\n", "changes.csv")
    (row,) = rows(admin("hotlist", "import", path, "--name", "stolen", "--delta", *WHY, "--json"))
    assert (row["entries"], row["removed"]) == (1, 1)
    assert lists(admin) == {"stolen": 2}


def test_of_a_list_that_comes_as_changes_the_whole_can_be_imported_too(admin, hotfile):
    with (admin.folder / "alpr.toml").open("a") as file:
        file.write('\n[[hotlist]]\nname = "ncic"\ndelta = true\n')
    admin.accept()
    words = ("hotlist", "import", hotfile("LIC\nABC123\n"), "--name", "ncic", *WHY)
    assert "import it whole first" in admin(*words).stderr
    assert admin(*words, "--whole").exit_code == 0
    assert admin(*words).exit_code == 0
    assert lists(admin) == {"ncic": 1}


SECTION = """
[[hotlist]]
name = "state"
fresh = "PT12H"
drop = ["expired tag"]
watch = "inbox/state"
[hotlist.options]
separator = ";"
columns = { LIC = "MatchPlate", category = "Category" }
"""


@pytest.fixture
def state(admin):
    """The node, with a list for which something is set."""
    with (admin.folder / "alpr.toml").open("a") as file:
        file.write(SECTION)
    admin.accept()
    return admin


@pytest.mark.clause("R12")
def test_what_is_set_for_a_list_holds_for_an_import_by_hand_too(state, hotfile):
    path = hotfile("Category;MatchPlate\nStolen;ABC123\nExpired Tag;DEF456\n", "export.csv")
    result = state("hotlist", "import", path, "--name", "state", *WHY)
    assert "1 lines of the category 'Expired Tag' were left out: it is dropped here." in result.stderr
    assert lists(state) == {"state": 1}


def test_blanks_around_a_lists_name_make_no_other_list_of_it(state, hotfile):
    path = hotfile("Category;MatchPlate\nstolen;ABC123\nexpired tag;DEF456\n")
    (row,) = rows(state("hotlist", "import", path, "--name", " state ", *WHY, "--json"))
    assert (row["entries"], row["dropped"]) == (1, {"expired tag": 1})
    assert state("hotlist", "remove", "ABC123", "--name", " state ", *WHY).exit_code == 0
    assert lists(state) == {"state": 0}


def test_a_list_that_was_never_imported_is_shown_as_old(state, hotfile):
    (status,) = rows(state("status", "--json"))
    assert status["stale_hotlists"] == ["state is older than it may be: never imported"]
    state("hotlist", "import", hotfile("Category;MatchPlate\n;ABC123\n"), "--name", "state", *WHY)
    (status,) = rows(state("status", "--json"))
    assert status["stale_hotlists"] == []


def test_options_that_no_source_knows_are_a_problem_of_the_settings(state):
    file = state.folder / "alpr.toml"
    file.write_text(file.read_text().replace("separator", "seperator"))
    result = state("config", "check")
    assert result.exit_code == 2
    assert "[[hotlist]] 1 options" in result.output


def test_to_drop_less_of_a_list_loosens(state):
    file = state.folder / "alpr.toml"
    file.write_text(file.read_text().replace('drop = ["expired tag"]\n', ""))
    with Node.open(state.folder) as node:
        assert node.pending.loosening == (
            "the hotlist 'state' is new, or comes in, or is kept, in another way",
        )
