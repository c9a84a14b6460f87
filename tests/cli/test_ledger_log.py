"""An auditor at the command line: the log narrowed down, one entry, one commitment opened."""

from __future__ import annotations

import base64
import json

import pytest

from alpr_ledger.commitment import check_opening

WHY = ("--purpose", "audit", "--case", "A-7")


@pytest.fixture
def as_auditor(as_officer):
    """The node after one search by its officer, with an auditor logged in."""
    done = as_officer("reads", "search", "ABC123", "--purpose", "wanted", "--case", "26-1041")
    assert done.exit_code == 0, done.output
    as_officer.log_in("1001")
    assert as_officer.add("1003", "Ada Auditor", "auditor").exit_code == 0
    as_officer.log_in("1003")
    return as_officer


def rows(result) -> list[dict]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_the_log_is_narrowed_down_and_the_plate_typed_unseen(as_auditor) -> None:
    (found,) = rows(as_auditor("ledger", "log", "--actor", "1002", "--kind", "search.run", "--json"))
    assert found["purpose"] == "wanted"
    (same,) = rows(as_auditor("ledger", "log", "--subject", "-", *WHY, "--json", typed="ABC123\n"))
    assert same["index"] == found["index"]
    assert "No entry meets this" in as_auditor("ledger", "log", "--for", "no-such").stderr


def test_what_is_kept_is_shown_and_opened_by_an_act(as_auditor) -> None:
    (found,) = rows(as_auditor("ledger", "log", "--kind", "search.run", "--json"))
    index = str(found["index"])
    assert "plate 0 (access)" in as_auditor("ledger", "show", index).stdout
    done = as_auditor("ledger", "disclose", index, "--field", "plate", *WHY, "--json")
    (opened,) = rows(done)
    check_opening(
        found["body"]["committed"]["plate"], "plate", base64.b64decode(opened["salt"]), opened["value"]
    )
    assert f"Recorded as ledger entry {opened['recorded']}" in done.stderr


def test_without_a_purpose_nothing_is_opened(as_auditor) -> None:
    assert as_auditor("ledger", "disclose", "1", "--field", "plate").exit_code == 3
    assert as_auditor("ledger", "log", "--subject", "ABC123").exit_code == 3
