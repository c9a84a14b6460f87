"""Trainings, authorities and delegations at a node under a department's pack: what they open, and when they end."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from alpr_core.act import Act
from alpr_core.errors import Denied
from alpr_core.node import Node
from alpr_core.services.login import log_in

PASSPHRASE = "correct horse battery staple"
NOON = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
"""Noon in Oregon."""
SEARCH = {"purpose": "stolen_vehicle", "case": "26-1041", "reason": "stolen last night at the fair"}
PEOPLE = {
    "1002": ("Sam Roe", "officer"),
    "1003": ("Ann Ng", "training_manager"),
    "1004": ("Tom Ito", "tac"),
    "1005": ("Sue Day", "supervisor"),
}


@pytest.fixture(scope="module")
def florence_template(tmp_path_factory, new_department):
    return new_department(tmp_path_factory.mktemp("florence"), "florence-or", "America/Los_Angeles", PEOPLE)


@pytest.fixture
def florence(florence_template, own_copy):
    return own_copy(florence_template)


class TestTraining:
    def test_it_is_recorded_by_somebody_else_with_its_course(self, florence) -> None:
        done = florence.as_("1003", "training", "add", "1002", "State course", "--area", "access",
                   "--date", "2026-11-02", "--expires", "2027-11-01", "--json")  # fmt: skip
        assert done.exit_code == 0, done.output
        told = json.loads(done.stdout)
        assert (told["name"], told["area"], told["ends"]) == (
            "Sam Roe",
            "access",
            "2027-11-02T07:00:00Z",
        )
        (entry,) = florence.entries("training.record")
        assert entry["public"]["area"] == "access"
        assert "State course" not in json.dumps(entry)
        assert florence.committed("training.record", "course") == ["State course"]

    def test_nobody_records_their_own(self, florence) -> None:
        own = florence.as_("1003", "training", "add", "1003", "x", "--area", "access", "--date", "2026-11-02")
        assert (own.exit_code, "recorded by somebody else" in own.stderr) == (1, True)

    def test_an_officer_records_none(self, florence) -> None:
        denied = florence.as_(
            "1002", "training", "add", "1005", "x", "--area", "access", "--date", "2026-11-02"
        )
        assert denied.exit_code == 3

    @pytest.mark.parametrize(
        ("words", "why"),
        [
            (("1002", "State course", "--date", "2026-11-02"), "has no course"),
            (("1002", "x", "--area", "access", "--date", "2999-01-01"), "lies ahead"),
            (("1002", "x", "--area", "access", "--date", "2026-11-02", "--expires", "2026-11-01"), "expire before"),
            (("9999", "x", "--area", "access", "--date", "2026-11-02"), "nobody with the badge number 9999"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_is_refused_with_a_sentence(self, florence, words, why) -> None:
        refused = florence.as_("1003", "training", "add", *words)
        assert (refused.exit_code, why in refused.stderr) == (1, True), refused.output
        assert florence.entries("training.record") == []

    def test_a_course_on_file_says_what_it_is_for_and_how_long_it_counts(self, florence, tmp_path) -> None:
        paper = tmp_path / "course.pdf"
        paper.write_bytes(b"%PDF-1.4 course")
        added = florence.as_("1001", "policy", "documents", "add", "course", str(paper), "--title", "ALPR access",
                    "--owner", "Ann Ng", "--date", "2026-01-02", "--area", "access", "--role", "officer",
                    "--valid", "P1Y")  # fmt: skip
        assert added.exit_code == 0, added.output
        done = florence.as_(
            "1003", "training", "add", "1002", "ALPR access", "--date", "2026-11-02", "--json"
        )
        assert json.loads(done.stdout)["ends"] == "2027-11-02T07:00:00Z"

    def test_gaps_name_who_lacks_what_their_role_needs_and_the_paragraph(self, florence) -> None:
        gaps = florence.as_("1003", "training", "gaps", "--json")
        found = {(one["badge"], one["area"]): one for one in map(json.loads, gaps.stdout.splitlines())}
        assert found["1002", "access"]["lacking"] is True
        assert found["1002", "access"]["clause"] == "807.3(d) access"
        assert ("1004", "access") not in found
        florence("training", "add", "1002", "x", "--area", "access", "--date", "2026-11-02")
        left = [json.loads(line) for line in florence("training", "gaps", "--json").stdout.splitlines()]
        assert ("1002", "access") not in {(one["badge"], one["area"]) for one in left}

    def test_one_that_ends_within_a_month_is_a_gap_before_it_ends(self, florence) -> None:
        soon = (datetime.now(UTC) + timedelta(days=20)).strftime("%Y-%m-%d")
        florence.as_("1003", "training", "add", "1002", "x", "--area", "access", "--date", "2026-01-02",
            "--expires", soon)  # fmt: skip
        gaps = [json.loads(line) for line in florence("training", "gaps", "--json").stdout.splitlines()]
        (mine,) = [one for one in gaps if (one["badge"], one["area"]) == ("1002", "access")]
        assert mine["lacking"] is False


class TestAuthority:
    def test_it_is_granted_with_certificate_and_ori_which_stay_off_the_ledger(self, florence) -> None:
        done = florence.as_("1004", "authority", "grant", "1002", "LEDS", "--certificate", "44-1203",
                   "--ori", "OR0200100", "--expires", "2028-11-30", "--json")  # fmt: skip
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["system"] == "leds"
        (entry,) = florence.entries("authority.grant")
        assert "44-1203" not in json.dumps(entry)
        assert "OR0200100" not in json.dumps(entry)

    def test_nobody_authorises_themselves(self, florence) -> None:
        own = florence.as_("1004", "authority", "grant", "1004", "leds")
        assert (own.exit_code, "Nobody authorises themselves" in own.stderr) == (1, True)

    @pytest.mark.parametrize(
        ("words", "why"),
        [
            (("--ori", "or0200100"), "nine capital letters"),
            (("--ori", "OR02001"), "nine capital letters"),
            (("--from", "2026-11-02", "--expires", "2026-11-01"), "end before it begins"),
        ],
    )
    def test_what_cannot_be_is_refused(self, florence, words, why) -> None:
        refused = florence.as_("1004", "authority", "grant", "1002", "leds", *words)
        assert (refused.exit_code, why in refused.stderr) == (1, True)

    def test_one_that_was_revoked_counts_no_longer_and_stays_on_the_list(self, florence) -> None:
        florence.as_("1004", "authority", "grant", "1002", "department")
        assert florence("authority", "revoke", "1", "--reason", "left the unit").exit_code == 0
        (row,) = map(json.loads, florence("authority", "list", "--json").stdout.splitlines())
        assert row["counts"] is False
        assert florence("authority", "revoke", "1").exit_code == 1


class TestDelegation:
    def test_only_who_holds_the_office_assigns_and_only_what_the_policy_lets_it(self, florence) -> None:
        wrong = florence.as_(
            "1001",
            "delegations",
            "add",
            "1002",
            "--of",
            "program_manager",
            "--action",
            "search.run",
        )
        assert (wrong.exit_code, "does not let" in wrong.stderr) == (1, True)
        other = florence("delegations", "add", "1002", "--of", "custodian")
        assert (other.exit_code, "Only who is" in other.stderr) == (1, True)
        own = florence("delegations", "add", "1001", "--of", "program_manager")
        assert (own.exit_code, "Nobody assigns themselves" in own.stderr) == (1, True)
        assert florence.as_("1002", "delegations", "add", "1005", "--of", "program_manager").exit_code == 3

    def test_whoever_is_assigned_may_do_it_until_it_is_revoked(self, florence) -> None:
        ask = ("ledger", "verify")
        assert florence.as_("1002", *ask).exit_code == 3
        added = florence.as_("1001", "delegations", "add", "1002", "--of", "program_manager", "--action",
                    "ledger.verify")  # fmt: skip
        assert added.exit_code == 0, added.output
        assert florence.as_("1002", *ask).exit_code == 0
        assert florence.as_("1001", "delegations", "revoke", "1").exit_code == 0
        assert florence.as_("1002", *ask).exit_code == 3

    def test_the_scope_is_only_what_was_named(self, florence) -> None:
        florence.as_(
            "1001",
            "delegations",
            "add",
            "1002",
            "--of",
            "program_manager",
            "--action",
            "hotlist.import",
        )
        assert florence.as_("1002", "ledger", "verify").exit_code == 3
        (row,) = map(json.loads, florence.as_("1001", "delegations", "list", "--json").stdout.splitlines())
        assert (row["actions"], row["counts"], row["by"]) == (["hotlist.import"], True, "Alex Doe")


# ---------------------------------------------------------------------------
# In an open session, at the moment a right ends
# ---------------------------------------------------------------------------


@pytest.fixture
def trained(florence):
    """Sam, trained and authorised until noon."""
    for badge, words in (
        ("1003", ("training", "add", "1002", "x", "--area", "access", "--date", "2026-11-02",
                  "--expires", "2026-11-23T12:00")),
        ("1004", ("authority", "grant", "1002", "department", "--from", "2026-11-02")),
    ):  # fmt: skip
        done = florence.as_(badge, *words)
        assert done.exit_code == 0, done.output
    return florence


class Watch:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOON - timedelta(minutes=1)

    def __call__(self) -> datetime:
        return self.now


def search(act: Act) -> None:
    with act.look("search.run", **SEARCH) as look:
        look.record(count=0, capped=False)


def test_a_training_that_ends_at_noon_is_gone_at_noon_in_a_session_that_is_open(trained) -> None:
    watch = Watch()
    with Node.open(trained.folder, clock=watch) as node:
        _, token = log_in(node.act(None), "1002", PASSPHRASE)
        act = node.act(token)
        search(act)
        watch.now = NOON
        with pytest.raises(Denied, match=r"807\.3\(d\) access"):
            search(act)


def test_so_is_an_authority(trained) -> None:
    watch = Watch()
    watch.now -= timedelta(hours=1)
    with Node.open(trained.folder, clock=watch) as node:
        _, token = log_in(node.act(None), "1002", PASSPHRASE)
        act = node.act(token)
        search(act)
        with node.site.store.writing() as work:
            work.rights.revoke_authority(1, watch.now)
        with pytest.raises(Denied, match=r"807\.3\(e\)"):
            search(act)


def test_before_a_training_begins_it_does_not_count(trained) -> None:
    watch = Watch()
    watch.now = datetime(2026, 11, 1, 12, tzinfo=UTC)
    with Node.open(trained.folder, clock=watch) as node:
        _, token = log_in(node.act(None), "1002", PASSPHRASE)
        with pytest.raises(Denied, match=r"807\.3\(d\) access"):
            search(node.act(token))


def test_a_delegation_ends_when_whoever_gave_it_leaves_the_office(florence) -> None:
    florence.as_("1001", "delegations", "add", "1002", "--of", "program_manager")
    with Node.open(florence.folder) as node:
        _, token = log_in(node.act(None), "1002", PASSPHRASE)
        act = node.act(token)
        act.admit("ledger.verify")
        with node.site.store.writing() as work:
            giver = work.people.by_badge("1001")
            work.connection.exec_driver_sql("DELETE FROM person_role WHERE person_id = ?", (giver.id,))
        with pytest.raises(Denied):
            act.admit("ledger.verify")


def test_whoever_has_left_is_no_gap_and_is_not_asked_about(florence) -> None:
    ask = ("policy", "explain", "search.run", "--as", "1002", "--purpose", "stolen_vehicle")
    assert florence.as_("1001", *ask).exit_code == 3
    assert florence("people", "leave", "1002").exit_code == 0
    gone = florence(*ask)
    assert (gone.exit_code, "has an account that is in use" in gone.stderr) == (1, True)
    gaps = florence.as_("1003", "training", "gaps", "--json").stdout
    assert "1002" not in {json.loads(line)["badge"] for line in gaps.splitlines()}


def test_no_service_can_claim_a_training_that_is_not_on_record(florence) -> None:
    with Node.open(florence.folder) as node:
        _, token = log_in(node.act(None), "1002", PASSPHRASE)
        claimed = {"trained": ("access",), "authority": ("department",)}
        with (
            pytest.raises(Denied, match=r"807\.3\(d\) access"),
            node.act(token).look("search.run", **SEARCH, facts=claimed),
        ):
            pass


def test_explaining_a_persons_act_takes_what_is_on_record(trained) -> None:
    ask = ("policy", "explain", "search.run", "--as", "1002", "--purpose", "stolen_vehicle", "--case", "26-1")
    before = trained.as_("1001", *ask, "--at", "2026-11-23T11:59")
    assert before.exit_code == 0, before.output
    after = trained(*ask, "--at", "2026-11-23T12:00")
    assert (after.exit_code, "807.3(d) access" in after.stdout) == (3, True)
