"""``alpr-core audits vendor-log``: what a vendor's log says stands beside our own record, each access once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

LOG = Path(__file__).parents[1] / "plugins" / "golden" / "logs" / "audit.csv"

SOURCE = """
[[source]]
use = "vendor_log"
[source.options]
people = { "Sam.Roe@pd.example" = "1002" }
kinds = { lookup = "search", search = "search", "case export" = "export" }
also = ["Total Networks Searched"]
[source.options.columns]
id = "ID"
at = "Search Time"
who = "Name"
reason = "Reason"
case = "Case #"
plate = "License Plate"
query = "Filters"
what = "Search Type"
"""

HEAD = "ID,Name,Total Networks Searched,License Plate,Reason,Case #,Filters,Search Time,Search Type\n"


@pytest.fixture
def auditing(as_admin):
    """A node whose auditor, 1003, is logged in, with an officer, 1002, and the columns of a vendor's log."""
    assert as_admin.add("1002", "Sam Roe", "officer").exit_code == 0
    with (as_admin.folder / "alpr.toml").open("a") as toml:
        toml.write(SOURCE)
    as_admin.accept()
    assert as_admin.log_in("1003").exit_code == 0
    return as_admin


def take(node, file: object = LOG, exit_code: int = 0) -> dict:
    result = node("audits", "vendor-log", "import", "vendor_log", str(file), "--json")
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout)


def listed(node, *words: str) -> list[dict]:
    result = node("audits", "vendor-log", "list", "--json", *words)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_access_is_an_entry_and_nothing_personal_stands_on_it_in_clear(auditing) -> None:
    taken = take(auditing)
    assert (taken["recorded"], taken["unknown"], taken["doubles"]) == (3, 1, 0)
    assert [one["number"] for one in taken["rejected"]] == [5, 6]
    (head,) = auditing.entries("vendor_log.import")
    assert head["public"] == {
        "source": "vendor_log",
        "count": 3,
        "doubles": 0,
        "rejected": 2,
        "altered": 0,
        "matched": 0,
    }
    assert auditing.committed("vendor_log.import", "digest") == [taken["sha256"]]
    bodies = auditing.entries("vendor_log.access")
    first = bodies[0]["public"]
    assert (first["what"], first["at"][:16], "person" in first) == ("search", "2026-11-20T10:00", True)
    assert ["person" in body["public"] for body in bodies] == [True, False, True]
    said = json.dumps(bodies)
    for personal in ("ABC123", "XYZ9", "sam.roe", "Stranger", "26-1001", "Stolen vehicle"):
        assert personal.casefold() not in said.casefold()
    assert auditing.committed("vendor_log.access", "who")[1] == "Robin Stranger"


def test_a_log_that_comes_again_is_counted_and_not_recorded_twice(auditing) -> None:
    take(auditing)
    again = take(auditing)
    assert (again["recorded"], again["doubles"], again["altered"]) == (0, 3, [])
    assert len(auditing.entries("vendor_log.access")) == 3
    assert [body["public"]["doubles"] for body in auditing.entries("vendor_log.import")] == [0, 3]


def test_a_line_that_the_vendor_tells_otherwise_later_is_named_and_the_record_stays(
    auditing, tmp_path
) -> None:
    take(auditing)
    later = tmp_path / "later.csv"
    later.write_text(LOG.read_text().replace("26-1002", "26-9999"))
    taken = take(auditing, later)
    (one,) = [each for each in listed(auditing) if each["who"] == "Robin Stranger"]
    assert taken["altered"] == [{"number": 3, "problem": f"entry {one['entry']} says something else of it"}]
    assert one["case"] == "26-1002"


def test_without_names_of_the_vendor_equal_lines_are_accesses_each_and_known_again(
    auditing, tmp_path
) -> None:
    auditing.change_settings('id = "ID"\n', "")
    assert auditing.log_in("1003").exit_code == 0
    line = ",sam.roe@pd.example,3,ABC123,Stolen vehicle,26-1,,2026-11-20T10:00:00Z,lookup\n"
    file = tmp_path / "log.csv"
    file.write_text(HEAD + line * 2)
    assert (take(auditing, file)["recorded"], take(auditing, file)["doubles"]) == (2, 2)
    file.write_text(HEAD + line * 3)
    more = take(auditing, file)
    assert (more["recorded"], more["doubles"]) == (1, 2)


def test_who_is_known_only_later_is_matched_when_the_log_comes_again(auditing) -> None:
    take(auditing)
    auditing.change_settings('"1002" }', '"1002", "Robin Stranger" = "1001" }')
    assert auditing.log_in("1003").exit_code == 0
    assert take(auditing)["matched"] == 1
    assert [one["badge"] for one in listed(auditing)] == ["1002", "1001", "1002"]


def test_an_auditor_sees_who_when_why_and_what_was_searched_for(auditing) -> None:
    take(auditing)
    first = listed(auditing)[-1]
    assert {
        name: first[name] for name in ("at", "badge", "who", "what", "plate", "case", "reason", "query")
    } == {
        "at": "2026-11-20T10:00:00Z",
        "badge": "1002",
        "who": "sam.roe@pd.example",
        "what": "search",
        "plate": "ABC123",
        "case": "26-1001",
        "reason": "Stolen vehicle",
        "query": "Total Networks Searched: 3",
    }
    (body,) = auditing.entries("vendor_log.list")
    assert body["public"] == {"count": 3}


def test_the_list_takes_source_time_person_and_a_limit(auditing) -> None:
    take(auditing)
    assert len(listed(auditing, "--badge", "1002")) == 2
    assert len(listed(auditing, "--source", "hotfile")) == 0
    assert len(listed(auditing, "--limit", "1")) == 1
    spans = ("--from", "2026-11-20T10:30+00:00", "--to", "2026-11-20T11:30+00:00")
    assert [one["who"] for one in listed(auditing, *spans)] == ["Robin Stranger"]
    assert auditing("audits", "vendor-log", "list", "--badge", "4711").exit_code == 1


def test_what_the_log_says_of_a_plate_or_a_case_is_found_through_the_ledger(auditing) -> None:
    take(auditing)
    result = auditing("ledger", "log", "--subject", "XYZ9*", "--purpose", "audit", "--case", "A-1", "--json")
    assert result.exit_code == 0, result.output
    kinds = [json.loads(line)["kind"] for line in result.stdout.splitlines()]
    assert kinds == ["vendor_log.access"]


def test_strangers_missing_cases_and_people_off_the_register_are_there_to_look_into(auditing) -> None:
    take(auditing)
    newest, stranger, oldest = listed(auditing)
    found = {one["code"]: one["clause"] for one in newest["findings"]}
    assert found == {"not_yet": "", "record": "3(c)"}  # the account is younger than this log
    assert "a case or incident number and a purpose [3(c)]" in newest["look_into"][-1]
    assert [one["code"] for one in stranger["findings"]] == ["unknown"]
    assert [one["code"] for one in oldest["findings"]] == ["not_yet"]


def test_one_who_has_left_is_found_and_what_they_did_before_is_not(auditing, tmp_path) -> None:
    file = tmp_path / "log.csv"
    line = "{},sam.roe@pd.example,3,ABC123,Stolen vehicle,26-1,,{},lookup\n"
    entered = auditing.entries("person.login")[-1]["t"]
    file.write_text(HEAD + line.format("s-1", entered))
    take(auditing, file)
    assert listed(auditing, "--findings") == []
    assert auditing.as_("1001", "people", "leave", "1002", "--reason", "has moved away").exit_code == 0
    left = auditing.entries("person.leave")[-1]["t"]
    file.write_text(HEAD + line.format("s-2", left))
    assert auditing.log_in("1003").exit_code == 0
    take(auditing, file)
    (one,) = listed(auditing, "--findings")
    assert [each["code"] for each in one["findings"]] == ["left"]
    assert one["at"][:19] == left[:19]


def test_who_may_not_read_the_record_of_accesses_neither_imports_nor_lists(auditing) -> None:
    take(auditing)
    assert auditing.log_in("1002").exit_code == 0
    for words in (("import", "vendor_log", str(LOG)), ("list",)):
        assert auditing("audits", "vendor-log", *words).exit_code == 3
    assert [body["public"]["action"] for body in auditing.entries("act.deny")[-2:]] == [
        "vendor_log.import",
        "vendor_log.list",
    ]


def test_a_long_log_is_put_on_record_in_parts_and_all_of_it_once(auditing, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("alpr_core.services.vendor_logs.AT_ONCE", 2)
    taken = take(auditing)
    assert (taken["recorded"], len(taken["entries"])) == (3, 2)
    assert [body["public"]["count"] for body in auditing.entries("vendor_log.import")] == [2, 1]
    assert [body["public"]["rejected"] for body in auditing.entries("vendor_log.import")] == [2, 0]
    assert len(listed(auditing)) == 3


def test_a_person_is_told_the_numbers_of_bad_lines_and_neither_plate_nor_name(auditing) -> None:
    result = auditing("audits", "vendor-log", "import", "vendor_log", str(LOG))
    assert "audit.csv: 5: the time is not written as the option time_format says" in result.stderr
    assert "audit.csv: 6: it does not say who it was" in result.stderr
    assert "ABC123" not in result.output
    assert "sam.roe" not in result.output


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00", "it is no text in UTF-8"),
        (b"Name,Time\n", "should name each of these columns once: 'ID', 'Search Time'"),
        (b'ID,"Na', "a quote stands where it should not"),
    ],
)
def test_a_file_that_is_no_such_log_is_an_error_and_nothing_is_recorded(
    auditing, tmp_path, content, said
) -> None:
    file = tmp_path / "log.csv"
    file.write_bytes(content)
    result = auditing("audits", "vendor-log", "import", "vendor_log", str(file))
    assert (result.exit_code, said in result.stderr) == (1, True), result.output
    assert auditing.entries("vendor_log.import") == []


def test_where_nobody_has_said_what_the_columns_mean_that_is_what_to_do(as_admin) -> None:
    assert as_admin.log_in("1003").exit_code == 0
    result = as_admin("audits", "vendor-log", "import", "vendor_log", str(LOG))
    assert (result.exit_code, "docs/vendor-logs.md" in result.stderr) == (1, True)


def test_a_source_that_takes_no_such_log_is_named(auditing) -> None:
    result = auditing("audits", "vendor-log", "import", "hotfile", str(LOG))
    assert (result.exit_code, "takes no vendor's log" in result.stderr) == (1, True)
