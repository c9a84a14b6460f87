"""alpr-core jobs: how they went, and asking for one; nothing of it runs a job."""

from __future__ import annotations

import json

import pytest

from alpr_core.node import Node

OURS = [
    "verify-ledger",
    "account-review",
    "hotlist-freshness",
    "hotlist-sweep",
    "camera-health",
    "disk-health",
    "notices",
    "purge",
    "image-sweep",
    "access-records",
    "hold-review",
    "clock",
    "camera-gaps",
    "installed",
]


@pytest.fixture
def kept(node):
    """A node whose administrator, 1001, is logged in, and answers for its jobs."""
    with (node.folder / "alpr.toml").open("a") as toml:
        toml.write('\n[jobs]\nby = "1001"\n')
    node.accept()
    assert node.log_in().exit_code == 0
    return node


@pytest.fixture
def lead(kept):
    """Runs whatever is due, as the process that leads does."""

    def run() -> None:
        with Node.open(kept.folder) as opened:
            leader = opened.daemon()._leader
            for due in leader.tick():
                leader.attend(due)
            leader.resign()

    return run


def rows(result):
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_jobs_are_listed_before_any_has_run(kept) -> None:
    found = rows(kept("jobs", "list", "--json"))
    assert [row["job"] for row in found] == OURS
    assert {row["started"] for row in found} == {None}
    assert found[0]["every"] == 86400


def test_what_ran_is_listed_and_in_the_history_with_its_counts(kept, lead) -> None:
    lead()
    found = {row["job"]: row for row in rows(kept("jobs", "history", "--json"))}
    assert set(found) == set(OURS)
    assert {row["result"] for row in found.values()} == {"done"}
    assert found["verify-ledger"]["counts"]["entries"] > 3
    assert found["account-review"]["counts"] == {"accounts": 1, "unused": 0}
    assert found["disk-health"]["counts"]["free_mib"] > 0
    shown = kept("jobs", "list")
    assert "done" in shown.stdout
    assert "1 day" in shown.stdout
    one = rows(kept("jobs", "history", "notices", "--json"))
    assert [row["job"] for row in one] == ["notices"]


def test_what_the_jobs_did_is_on_the_ledger_for_whoever_answers_for_it(kept, lead) -> None:
    lead()
    (entry,) = kept.entries("ledger.verify")
    assert entry["actor"]["id"] == "system:verify-ledger"
    assert entry["actor"]["delegated_by"] == kept.entries("person.login")[0]["public"]["person"]


def test_a_job_is_asked_for_and_run_by_the_leader_alone(kept, lead) -> None:
    lead()
    asked = kept("jobs", "run", "verify-ledger", "--reason", "after the move of the server room")
    assert asked.exit_code == 0
    assert "No process runs jobs now" in asked.stderr
    assert len(rows(kept("jobs", "history", "verify-ledger", "--json"))) == 1
    (waiting,) = [row for row in rows(kept("jobs", "list", "--json")) if row["asked"]]
    assert waiting["job"] == "verify-ledger"
    lead()
    assert len(rows(kept("jobs", "history", "verify-ledger", "--json"))) == 2
    assert [row for row in rows(kept("jobs", "list", "--json")) if row["asked"]] == []


def test_a_job_is_paused_and_let_go_on(kept, lead) -> None:
    assert kept("jobs", "pause", "notices").exit_code == 0
    again = kept("jobs", "pause", "notices")
    assert (again.exit_code, "paused already" in again.stderr) == (1, True)
    lead()
    assert rows(kept("jobs", "history", "notices", "--json")) == []
    assert "notices is paused since" in kept("status").stdout
    assert kept("jobs", "pause", "notices", "--resume").exit_code == 0
    lead()
    assert len(rows(kept("jobs", "history", "notices", "--json"))) == 1
    assert [entry["public"]["paused"] for entry in kept.entries("job.pause")] == [True, False]


@pytest.mark.parametrize("words", [("run",), ("pause",)])
def test_a_job_that_is_none_is_not_found(kept, words) -> None:
    result = kept("jobs", *words, "verify-leger")
    assert result.exit_code == 1
    assert "verify-ledger" in result.stderr


def test_who_may_not_manage_jobs_may_see_them(as_officer) -> None:
    assert as_officer("jobs", "list").exit_code == 0
    for words in (("run", "notices"), ("pause", "notices")):
        result = as_officer("jobs", *words)
        assert (result.exit_code, "Denied" in result.stderr) == (3, True)


def test_status_says_who_runs_the_jobs_and_what_failed(kept, lead) -> None:
    assert "nobody runs them" in kept("status").stdout
    file = kept.folder / "alpr.toml"
    file.write_text(file.read_text().replace("[jobs]", '[jobs.by_job]\nnotices = "4711"\n\n[jobs]'))
    kept.accept()
    with Node.open(kept.folder) as opened:
        from alpr_core.scheduler import Leader

        leader = Leader(opened.site, opened.jobs(), opened.settings.jobs.answers)
        for due in leader.tick():
            leader.attend(due)
    shown = kept("status").stdout
    assert "run by test-node at" in shown
    assert "notices failed at" in shown
    assert "Nobody" in shown


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ('[jobs.every]\npurgee = "P1D"\n', "there is no job 'purgee'"),
        ('[jobs.by_job]\nnotice = "1001"\n', "Did you mean 'notices'?"),
        ('[[jobs.plugin]]\nuse = "weekly_sum"\n', "there is no job 'weekly_sum'"),
    ],
)
def test_settings_about_a_job_that_is_none_are_refused(kept, settings, says) -> None:
    with (kept.folder / "alpr.toml").open("a") as toml:
        toml.write(settings)
    kept.accept()
    told = kept("jobs", "list").output + kept("config", "check").output
    assert says in told


@pytest.mark.parametrize("period", ["P1M", "daily", "PT0M"])
def test_an_interval_is_a_period_of_weeks_days_hours_or_minutes(node, period) -> None:
    with (node.folder / "alpr.toml").open("a") as toml:
        toml.write(f'\n[jobs.every]\nnotices = "{period}"\n')
    result = node("config", "check")
    assert result.exit_code != 0
    assert "every" in result.output


def test_an_interval_of_ones_own_is_the_one_that_counts(kept) -> None:
    with (kept.folder / "alpr.toml").open("a") as toml:
        toml.write('\n[jobs.every]\nnotices = "PT30M"\n')
    kept.accept()
    (row,) = [row for row in rows(kept("jobs", "list", "--json")) if row["job"] == "notices"]
    assert row["every"] == 1800


SUM = """
from datetime import timedelta
from alpr_core import *

class Choice(Options):
    days: int = 7

class WeeklySum:
    def __init__(self, options): self.every = timedelta(days=options.days)
    def run(self, act):
        with act.look("hotlist.list") as look:
            found = look.work.hotlists.summaries()
            look.record(count=len(found))
        return {"hotlists": len(found)}

@hookimpl
def register_jobs(register):
    register(Plugin(name="weekly_sum", factory=WeeklySum, options=Choice, summary="Counts the lists."))
"""


def test_a_plugins_job_runs_once_the_settings_name_it(kept, lead, plugin_site) -> None:
    plugin_site.install("sums", SUM)
    kept.accept()
    assert "weekly_sum" not in kept("jobs", "list").stdout
    with (kept.folder / "alpr.toml").open("a") as toml:
        toml.write('\n[[jobs.plugin]]\nuse = "weekly_sum"\noptions = { days = 14 }\n')
    kept.accept()
    lead()
    (run,) = rows(kept("jobs", "history", "weekly_sum", "--json"))
    assert (run["result"], run["counts"]) == ("done", {"hotlists": 0})
    (row,) = [row for row in rows(kept("jobs", "list", "--json")) if row["job"] == "weekly_sum"]
    assert row["every"] == 14 * 86400


def test_a_plugins_job_whose_options_are_wrong_is_a_problem_of_the_settings(kept, plugin_site) -> None:
    plugin_site.install("sums", SUM)
    with (kept.folder / "alpr.toml").open("a") as toml:
        toml.write('\n[[jobs.plugin]]\nuse = "weekly_sum"\noptions = { dayz = 14 }\n')
    result = kept("config", "check")
    assert result.exit_code != 0
    assert "dayz" in result.output
