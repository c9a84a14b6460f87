"""``alpr-core ledger verify``: all of it, what came since, or a sample; each is an act with its entry."""

from __future__ import annotations

import json
import sqlite3

import pytest


@pytest.fixture
def as_admin(node):
    assert node.log_in().exit_code == 0
    return node


def told(result) -> dict:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def size_of(node) -> int:
    return len(node.entries())


def alter(node, entry: int) -> None:
    """Edit an entry as the database's administrator can."""
    with sqlite3.connect(node.folder / "var" / "alpr.db") as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(
            "UPDATE entry SET bytes = CAST(replace(bytes, '1', '2') AS BLOB) WHERE idx = ?", (entry,)
        )


def test_what_was_kept_lets_the_next_run_read_only_what_came_since(as_admin, tmp_path) -> None:
    state = tmp_path / "verified.json"
    size = size_of(as_admin)
    assert told(as_admin("ledger", "verify", "--keep", str(state), "--json"))["first_read"] == 0
    done = as_admin("ledger", "verify", "--since", str(state), "--keep", str(state))
    assert done.exit_code == 0, done.output
    assert (
        f"{size:,} entries were verified before and not read again: only a full verification sees later edits"
        in (" ".join(done.stdout.split()))
    )
    assert told(as_admin("ledger", "verify", "--since", str(state), "--json"))["first_read"] == size + 1
    full, since, _ = (entry["public"] for entry in as_admin.entries("ledger.verify"))
    assert full == {"content": True, "passed": True, "size": size}
    assert since == {"content": True, "passed": True, "size": size + 1, "first": size}


def test_a_later_edit_of_an_old_entry_is_seen_by_a_full_run_alone(as_admin, tmp_path) -> None:
    state = tmp_path / "verified.json"
    as_admin("ledger", "verify", "--keep", str(state))
    alter(as_admin, 1)
    assert as_admin("ledger", "verify", "--since", str(state)).exit_code == 0
    done = as_admin("ledger", "verify")
    assert (done.exit_code, "entry 1" in done.stderr) == (4, True)
    assert as_admin.entries("ledger.verify")[-1]["public"] == {"content": True, "passed": False}


def test_a_state_of_another_ledger_ends_with_status_4_and_an_entry(as_admin, tmp_path) -> None:
    state = tmp_path / "verified.json"
    as_admin("ledger", "verify", "--keep", str(state))
    fields = json.loads(state.read_text())
    fields["leaf"] = "A" * 43 + "="
    state.write_text(json.dumps(fields))
    assert as_admin("ledger", "verify", "--since", str(state)).exit_code == 4
    assert as_admin.entries("ledger.verify")[-1]["public"]["passed"] is False


def test_a_sample_reads_random_bundles_and_says_that_it_is_none_of_the_whole(as_admin) -> None:
    size = size_of(as_admin)
    done = as_admin("ledger", "verify", "--sample", "3")
    assert done.exit_code == 0, done.output
    assert "sampled, not complete" in done.stdout
    report = told(as_admin("ledger", "verify", "--sample", "3", "--json"))
    assert (report["complete"], report["bundles"]) == (False, [0])
    public = as_admin.entries("ledger.verify")[0]["public"]
    assert public == {"content": True, "passed": True, "size": size, "bundles": 1}
    alter(as_admin, 1)
    assert as_admin("ledger", "verify", "--sample", "3").exit_code == 4
    assert as_admin.entries("ledger.verify")[-1]["public"] == {"content": True, "passed": False, "bundles": 3}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--sample", "0"), "x>=1"),
        (("--sample", "many"), "not a valid integer"),
        (("--sample", "3", "--keep", "{tmp}/x"), "A sample stands alone"),
        (("--sample", "3", "--chain-only"), "A sample stands alone"),
        (("--since", "{tmp}/none"), "cannot be read"),
        (("--since", "{tmp}/junk"), "not a state of a verification"),
        (("--keep", "{tmp}/none/x"), "cannot be written to"),
    ],
)
def test_a_mistake_is_told_before_anything_is_read(as_admin, tmp_path, words, why) -> None:
    (tmp_path / "junk").write_text("junk")
    before = size_of(as_admin)
    done = as_admin("ledger", "verify", *(word.format(tmp=tmp_path) for word in words))
    assert done.exit_code == 2, done.output
    assert why in done.stderr
    assert "Traceback" not in done.output
    assert size_of(as_admin) == before


def test_the_help_says_what_each_does_not_see(run) -> None:
    text = " ".join(run("ledger", "verify", "--help").stdout.split())
    assert "later edits of those are seen by a full verification alone" in text
