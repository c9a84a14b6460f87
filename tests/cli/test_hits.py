"""``alpr-core hits``: what was captured meets what is listed, and says how."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime

import numpy as np
import pytest

from alpr_core.models import Box, Candidate, Frame, Reading, Sighting


@pytest.fixture
def see(as_officer):
    """Store a read of these candidates, as the system of a camera would."""
    from alpr_core.act import Act
    from alpr_core.models import Actor
    from alpr_core.node import Node
    from alpr_core.services.ingest import record_sightings

    def see(*texts: str) -> None:
        at = datetime(2026, 11, 23, 14, tzinfo=UTC)
        reading = Reading(
            candidates=tuple(Candidate(text=text, confidence=1 / len(texts)) for text in texts),
            characters=(0.9,) * len(texts[0]),
            box=Box.rectangle(10, 10, 60, 30),
            detection_confidence=0.9,
            region="us-wa",
        )
        frame = Frame(source="car-7", taken_at=at, image=np.zeros((60, 80, 3), np.uint8))
        sighting = Sighting(reading=reading, frame=frame, first_seen=at, last_seen=at, frames=1)
        camera = Actor(id="system:camera", roles=frozenset({"officer"}), delegated_by="p-1")
        with Node.open(as_officer.folder) as node:
            record_sightings(Act(node.site, camera), [sighting], camera="car-7")

    return see


@pytest.fixture
def hit(as_officer, see):
    """The node with one hit on it."""
    words = (
        "--name",
        "stolen",
        "--state",
        "OR",
        "--category",
        "stolen_vehicle",
        "--purpose",
        "stolen_vehicle",
        "--reason",
        "stolen last night at the fair",
        "--expires",
        "2099-12-24",
    )
    assert as_officer("hotlist", "add", "ABO123", *words).exit_code == 0
    see("XXX999", "AB0123")
    return as_officer


def test_hits_are_listed_with_their_explanation(hit):
    result = hit("hits", "list")
    assert result.exit_code == 0, result.output
    assert "candidate 2 of 2; 0/O at position 3; state differs: listed OR, read WA" in result.stdout
    for shown in ("stolen", "stolen_vehicle", "ABO123", "XXX999"):
        assert shown in result.stdout


def test_a_program_gets_everything_of_a_hit(hit):
    (row,) = (json.loads(line) for line in hit("hits", "list", "--json").stdout.splitlines())
    assert (row["match"], row["candidate"], row["listed"], row["plate"]) == (
        "confusable",
        "AB0123",
        "ABO123",
        "XXX999",
    )
    assert row["read"].startswith("2026-11-23/")


def test_one_hotlist_can_be_chosen_and_the_newest_alone(hit, see):
    see("ABO123")
    assert len(hit("hits", "list", "--json").stdout.splitlines()) == 2
    newest = hit("hits", "list", "--json", "--limit", "1")
    assert len(newest.stdout.splitlines()) == 1
    assert "there may be more" in newest.stderr
    assert hit("hits", "list", "--hotlist", "other").stderr.strip() == "No hit."


def test_an_administrator_without_an_officers_role_sees_no_hits(hit):
    hit.log_in("1001")
    assert hit("hits", "list").exit_code == 3


def test_looking_at_hits_is_on_record(hit):
    hit("hits", "list", "--case", "26-1041")
    assert [entry["public"] for entry in hit.entries("hit.list")] == [{"count": 1}]
    assert hit.committed("hit.list", "case") == ["26-1041"]


# -- Verifying ------------------------------------------------------------------------------------------------------

WHY = ("--purpose", "stolen_vehicle", "--case", "26-1041")

STATE_SOURCE = """
import re
from datetime import UTC, datetime

from alpr_core import Options, Plugin, ReplyKind, StateReply, StateSystem, hookimpl


class Asking(Options):
    simulated: bool = True


class Switch:
    system = StateSystem(
        code="leds", title="Oregon's LEDS", state="OR", ori=re.compile("OR[0-9A-Z]{7}"),
        caveats=("A hit alone is no cause to arrest.",), parts=("registration", "ncic"),
    )

    def __init__(self, options):
        self.simulated = options.simulated

    def ask(self, query, patience):
        for part, kind in (("ncic", ReplyKind.WANTED), ("registration", ReplyKind.RECORD)):
            yield StateReply(
                control=query.control, part=part, kind=kind, message_key="RR",
                text=f"{query.plate} QUILLFEATHER, ZELDA, for reason {query.reason}", simulated=self.simulated,
                received_at=datetime(2026, 11, 23, 14, tzinfo=UTC),
            )


@hookimpl
def register_data_sources(register):
    register(Plugin(name="switch", factory=Switch, options=Asking, summary="Asks LEDS."))
"""


@pytest.fixture
def hit_id(hit):
    (row,) = (json.loads(line) for line in hit("hits", "list", "--json").stdout.splitlines())
    return row["hit"]


@pytest.fixture
def with_switch(hit, plugin_site):
    """The node with a source that asks LEDS, from a distribution of its own, and the officer certified for it."""
    plugin_site.install("switch", STATE_SOURCE)
    with (hit.folder / "alpr.toml").open("a") as file:
        file.write('\n[[source]]\nuse = "switch"\n')
    hit.accept()
    granted = hit.as_(
        "1001", "authority", "grant", "1002", "leds", "--certificate", "44-1", "--ori", "OR0150200"
    )
    assert granted.exit_code == 0, granted.output
    assert hit.log_in("1002").exit_code == 0
    return hit


@pytest.fixture
def with_mules(hit):
    """The node with the source for Missouri's MULES, which a simulator in a process of its own stands in for."""
    command = [sys.executable, "-c", "from alpr_core.cli import main; main()"]
    with subprocess.Popen(
        [*command, "simulate", "mules", "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as simulating:
        try:
            line = next(line for line in simulating.stdout if line.startswith("Listening"))
            port = re.search(r"port (\d+)", line).group(1)
            with (hit.folder / "alpr.toml").open("a") as file:
                file.write('\n[[source]]\nuse = "mules"\n[source.options]\nhost = "127.0.0.1"\n')
                file.write(f'port = {port}\nori = "MO0000000"\n')
            hit.accept()
            yield hit
        finally:
            simulating.terminate()


def test_who_lacks_the_training_that_a_system_asks_for_is_told_which_and_asks_once_it_is_recorded(
    with_mules, hit_id
):
    granted = with_mules.as_(
        "1001", "authority", "grant", "1002", "mules", "--certificate", "44-1", "--ori", "MO0000000"
    )
    assert granted.exit_code == 0, granted.output
    gaps = [json.loads(line) for line in with_mules("training", "gaps", "--json").stdout.splitlines()]
    (gap,) = [one for one in gaps if one["area"] == "mules"]
    assert (gap["badge"], gap["lacking"], gap["clause"]) == ("1002", True, "MSHP CJIS Division, MULES policy")
    assert with_mules.log_in("1002").exit_code == 0
    assert with_mules("hits", "verify", hit_id, "--seen", "ABO123", "--state", "OR").exit_code == 0
    refused = with_mules("hits", "verify", hit_id, *WHY)
    assert refused.exit_code == 3, refused.output
    for told in (
        "no training for Missouri's MULES",
        "MSHP CJIS Division, MULES policy",
        "--area mules --date",
    ):
        assert told in refused.stderr
    assert with_mules.entries("state.query") == []
    assert with_mules.entries("act.deny")[-1]["public"]["action"] == "state.query"
    unknown = with_mules.as_(
        "1001", "training", "add", "1002", "x", "--area", "mulls", "--date", "2026-11-02"
    )
    assert (unknown.exit_code, "'mulls' is none of them" in unknown.stderr) == (1, True)
    added = with_mules("training", "add", "1002", "MULES", "--area", "MULES", "--date", "2026-11-02")
    assert added.exit_code == 0, added.output
    gaps = [json.loads(line) for line in with_mules("training", "gaps", "--json").stdout.splitlines()]
    assert "mules" not in {one["area"] for one in gaps}
    assert with_mules.log_in("1002").exit_code == 0
    asked = with_mules("hits", "verify", hit_id, *WHY)
    assert asked.exit_code == 0, asked.output
    assert len(with_mules.entries("state.query")) == 2


def test_a_reason_code_goes_with_the_query_and_stands_on_the_ledger(with_switch, hit_id):
    assert with_switch("hits", "verify", hit_id, "--seen", "ABO123", "--state", "OR").exit_code == 0
    asked = with_switch("hits", "verify", hit_id, *WHY, "--reason-code", "v")
    assert asked.exit_code == 0, asked.output
    assert "for reason V" in asked.stdout
    assert [entry["public"]["reason_code"] for entry in with_switch.entries("state.query")] == ["V", "V"]
    wrong = with_switch("hits", "verify", hit_id, *WHY, "--reason-code", "Q")
    assert wrong.exit_code == 2
    assert len(with_switch.entries("state.query")) == 2


def test_a_reason_code_says_nothing_without_a_query(hit, hit_id):
    refused = hit("hits", "verify", hit_id, "--seen", "ABO123", "--reason-code", "V")
    assert refused.exit_code == 2
    assert "--reason-code" in refused.stderr


def test_one_hit_is_shown_with_all_that_is_known_of_it(hit, hit_id):
    assert hit("hits", "verify", hit_id, "--seen", "ab0-123", "--state", "or").exit_code == 0
    result = hit("hits", "show", hit_id)
    assert result.exit_code == 0, result.output
    for shown in ("seen", "ABO123", "XXX999", "0/O at position 3", "sight", "agrees", "1002"):
        assert shown in result.stdout
    row = json.loads(hit("hits", "show", hit_id, "--json").stdout)
    assert (row["state"], row["images"], row["answer_due"]) == ("seen", ["frame", "plate"], None)
    assert [(one["by"], one["plate"], one["who"]) for one in row["verifications"]] == [
        ("sight", "AB0123", "1002")
    ]
    assert [entry["public"]["state"] for entry in hit.entries("hit.show")] == ["seen", "seen"]


def test_another_plate_on_the_picture_refutes_the_hit_and_says_what_to_do(hit, hit_id):
    result = hit("hits", "verify", hit_id, "--seen", "XXX999")
    assert result.exit_code == 0, result.output
    assert "hits dispose" in result.stderr
    assert json.loads(hit("hits", "show", hit_id, "--json").stdout)["state"] == "refuted"


def test_a_plate_can_be_typed_unseen(hit, hit_id):
    assert hit("hits", "verify", hit_id, "--seen", "-", typed="ABO123\n").exit_code == 0
    assert hit.committed("hit.verify", "plate") == ["ABO123"]


def test_without_a_source_that_asks_a_state_the_way_to_report_is_named(hit, hit_id):
    result = hit("hits", "verify", hit_id, *WHY)
    assert result.exit_code == 1
    assert "--reported" in result.stderr
    assert hit.entries("state.query") == []


def test_a_report_over_the_radio_is_recorded_apart(hit, hit_id):
    words = ("--system", "leds", "--by", "Dispatcher Lee", "--certificate", "44-7", "--result", "confirmed")
    result = hit("hits", "verify", hit_id, "--reported", *words, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["by"] == "reported"
    row = json.loads(hit("hits", "show", hit_id, "--json").stdout)
    assert row["state"] == "confirmed"
    assert row["verifications"][0]["who"] == "Dispatcher Lee, by radio, recorded by 1002"
    assert hit.committed("hit.verify", "ran_by") == ["Dispatcher Lee"]


@pytest.mark.parametrize(
    "words",
    [
        ("--reported", "--seen", "ABO123"),
        ("--reported", "--by", "Lee", "--certificate", "1"),
        ("--result", "confirmed"),
        ("--state", "OR"),
        ("--seen", "ABO123", "--result", "confirmed", "--by", "Lee", "--certificate", "1"),
        ("--seen", "ABO123", "--how", "terminal"),
        ("--reported", "--by", "Lee", "--certificate", "1", "--result", "confirmed", "--state", "OR"),
        ("--how", "terminal"),
    ],
)
def test_half_of_a_report_or_two_at_once_are_no_use(hit, hit_id, words):
    assert hit("hits", "verify", hit_id, *words).exit_code == 2
    assert hit.entries("hit.verify") == hit.entries("state.query") == []


def test_a_plate_that_is_empty_asks_nobody(with_switch, hit_id):
    assert with_switch("hits", "verify", hit_id, "--seen", "", *WHY).exit_code != 0
    assert with_switch.entries("hit.verify") == with_switch.entries("state.query") == []


def test_a_source_of_another_distribution_asks_the_state_and_a_simulator_is_marked(with_switch, hit_id):
    assert with_switch("hits", "verify", hit_id, "--seen", "ABO123", "--state", "OR").exit_code == 0
    result = with_switch("hits", "verify", hit_id, *WHY)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("SIMULATED")
    assert "SIMULATED ncic: wanted (RR)\nABO123 QUILLFEATHER, ZELDA" in result.stdout
    assert "no cause to arrest" in result.stderr
    row = json.loads(with_switch("hits", "show", hit_id, "--json").stdout)
    assert (row["state"], row["verifications"][-1]["by"]) == ("confirmed", "query (SIMULATED)")
    everything = b"".join(file.read_bytes() for file in with_switch.folder.rglob("*") if file.is_file())
    assert b"QUILLFEATHER" not in everything
    assert with_switch("hits", "dispose", hit_id, "--as", "stopped").exit_code == 0


@pytest.mark.parametrize(
    ("source", "words", "told"),
    [
        (STATE_SOURCE, ("--system", "mules"), "the sources in alpr.toml ask leds"),
        (STATE_SOURCE.replace('code="leds"', 'code="ABO 123"'), (), "a defect of that plugin"),
        (STATE_SOURCE.replace("factory=Switch", "factory=int"), (), "could not be started"),
        (STATE_SOURCE.replace("factory=Switch", "factory=str"), (), "--reported"),
    ],
)
def test_a_source_that_cannot_be_asked_is_told_of_and_nothing_is_sent(
    hit, hit_id, plugin_site, source, words, told
):
    plugin_site.install("switch", source)
    with (hit.folder / "alpr.toml").open("a") as file:
        file.write('\n[[source]]\nuse = "switch"\n')
    hit.accept()
    result = hit("hits", "verify", hit_id, *words, *WHY)
    assert result.exit_code == 1, result.output
    assert told in result.stderr
    assert hit.entries("state.query") == []


def test_a_program_gets_every_answer_with_its_mark(with_switch, hit_id):
    assert with_switch("hits", "verify", hit_id, "--seen", "ABO123", "--state", "OR").exit_code == 0
    answer = json.loads(with_switch("hits", "verify", hit_id, *WHY, "--json").stdout)
    assert (answer["result"], answer["simulated"]) == ("confirmed", True)
    assert [(one["part"], one["kind"], one["simulated"]) for one in answer["replies"]] == [
        ("ncic", "wanted", True),
        ("registration", "record", True),
    ]
    assert answer["caveats"] == ["A hit alone is no cause to arrest."]


def test_a_live_node_refuses_the_simulator(with_switch, hit_id):
    assert with_switch("hits", "verify", hit_id, "--seen", "ABO123", "--state", "OR").exit_code == 0
    with_switch.change_settings('mode = "training"', 'mode = "live"')
    result = with_switch("hits", "verify", hit_id, *WHY)
    assert result.exit_code == 1, result.output
    assert "SIMULATED" in result.stderr
    assert with_switch.entries("state.query") == []


def test_an_agency_is_asked_to_confirm_with_a_clock(with_switch, hit_id):
    assert with_switch("hits", "verify", hit_id, "--seen", "ABO123", "--state", "OR").exit_code == 0
    result = with_switch("hits", "confirm", hit_id, "--to", "wa0170000", "--nic", "v123", *WHY, "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert (answer["result"], answer["answer_due"] is None) == ("no_answer", False)
    again = with_switch("hits", "confirm", hit_id, "--to", "WA0170000", *WHY)
    assert again.exit_code == 1
    assert "not over" in again.stderr


def test_the_dispositions_of_the_command_are_those_of_the_service(hit, hit_id):
    from alpr_core.answers import CONFIRMED, NO_ANSWER, REFUTED
    from alpr_core.cli.hits import DISPOSITIONS, REASON_CODES, RESULTS
    from alpr_core.services import dispositions
    from alpr_core.verification import REASON_CODES as NLETS

    assert tuple(dispositions.DISPOSITIONS) == DISPOSITIONS
    assert REASON_CODES == NLETS
    assert RESULTS == (CONFIRMED, REFUTED, NO_ANSWER)


def test_what_became_of_a_hit_is_said_once_and_again_with_a_reason(hit, hit_id):
    assert hit("hits", "dispose", hit_id, "--as", "not_found").exit_code == 0
    result = hit("hits", "dispose", hit_id, "--as", "observed")
    assert result.exit_code == 1
    assert "not_found" in result.stderr
    reason = ("--reason", "it came back past the camera")
    assert hit("hits", "dispose", hit_id, "--as", "observed", *reason, "--json").exit_code == 0
    row = json.loads(hit("hits", "show", hit_id, "--json").stdout)
    assert (row["state"], row["disposition"], row["disposed_by"]) == ("disposed", "observed", "1002")
