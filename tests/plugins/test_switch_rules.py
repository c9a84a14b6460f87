"""What a switch is asked for a query, by the rules of Nlets and of a state, and what its replies say."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from alpr_core import ConfigError, InputError, Priority, QueryKind, ReplyKind, StateQuery
from alpr_source_leds import PROFILE as LEDS
from alpr_source_mules import PROFILE as MULES
from alpr_source_switch import SwitchOptions
from alpr_source_switch.answers import Answers
from alpr_source_switch.message import MARK, REASON, Message
from alpr_source_switch.questions import parts, questions
from alpr_source_switch.source import SwitchSource

ORI = "OR0000000"
PLATE = StateQuery(
    kind=QueryKind.REGISTRATION, control="A1", ori=ORI, operator="4711", to="WA", plate="SIM123", state="WA"
)
VIN = dataclasses.replace(PLATE, plate="", vin="SIM00000000000001")
PARTIAL = dataclasses.replace(PLATE, kind=QueryKind.PARTIAL, plate="S?M*")
STOLEN = StateQuery(
    kind=QueryKind.CONFIRMATION,
    control="A1",
    ori=ORI,
    operator="4711",
    to="WA0000000",
    plate="SIM123",
    request_type="SV",
    case="26-1041",
    nic="V123456789",
    priority=Priority.URGENT,
)


def asked(query, *, profile=LEDS, dialect="nlets-niem", **keys):
    return questions(profile, query, ori=ORI, dialect=dialect, keys=keys)


def refusal(query, **how):
    with pytest.raises(InputError) as caught:
        asked(query, **how)
    for value in filter(None, (query.plate, query.vin, query.nic)):
        assert value not in caught.value.message
    return caught.value.message


# --- what is sent ------------------------------------------------------------------------------------------


def test_a_registration_is_asked_of_the_state_and_of_ncic_under_one_control_field():
    query = dataclasses.replace(PLATE, plate_year="2027", plate_type="PC", reason="V")
    rq, qv = asked(query)
    assert (rq.key, rq.origin, rq.destination, rq.control) == ("RQ", ORI, "WA", "A1")
    assert rq.fields == ((REASON, "V"), ("LIC", "SIM123"), ("LIY", "2027"), ("LIT", "PC"))
    assert (qv.key, qv.destination, qv.control) == ("QV", "OR", "A1")
    assert qv.fields == rq.fields[1:]
    assert parts(LEDS, QueryKind.REGISTRATION, {}) == ("registration", "ncic")


def test_the_states_own_file_is_asked_once_its_key_is_known():
    keys = {"state_file": "ZSF"}
    assert [message.key for message in asked(PLATE, **keys)] == ["RQ", "QV", "ZSF"]
    assert parts(LEDS, QueryKind.REGISTRATION, keys) == ("registration", "ncic", "state_file")


def test_a_key_for_the_states_own_registrations_is_used_for_these_alone():
    keys = {"registration": "ZRG"}
    assert asked(dataclasses.replace(PLATE, to="OR"), **keys)[0].key == "ZRG"
    assert asked(PLATE, **keys)[0].key == "RQ"


def test_a_query_without_an_ori_is_from_the_one_that_is_set_up():
    assert asked(dataclasses.replace(PLATE, ori=""))[0].origin == ORI
    assert "ORI" in refusal(dataclasses.replace(PLATE, ori="OR9999999"))


def test_an_operator_needs_a_number_where_the_system_certifies_them():
    assert "operator" in refusal(dataclasses.replace(PLATE, operator=""))
    without = dataclasses.replace(LEDS, system=dataclasses.replace(LEDS.system, certificate=False))
    assert asked(dataclasses.replace(PLATE, operator=""), profile=without)


def test_the_operators_number_travels_once_its_prefix_is_known():
    assert ("OPR", "4711") in asked(PLATE, operator="OPR")[0].fields
    assert not any(value == "4711" for _, value in asked(PLATE)[0].fields)


@pytest.mark.parametrize(
    "plate", ["SIM 123", "SIM-123", "SIM?23", "SIM*", "sim123", "SIM12345678", "", "É123"]
)
def test_a_plate_that_is_none_is_refused(plate):
    refusal(dataclasses.replace(PLATE, plate=plate))


@pytest.mark.parametrize(
    "change",
    [
        {"to": "WAX"},
        {"control": ""},
        {"control": "A-1"},
        {"control": "A1234567890"},
        {"plate_year": "27"},
        {"reason": "X"},
        {"vin": "SIM1"},
        {"make": "FORD"},
    ],
    ids=str,
)
def test_what_the_switch_would_reject_is_not_sent(change):
    refusal(dataclasses.replace(PLATE, **change))


def test_missouri_is_asked_by_vin_with_make_and_year_whatever_switch_it_is_asked_by():
    to_missouri = dataclasses.replace(VIN, to="MO")
    message = refusal(to_missouri)
    assert "VMA and VYR" in message
    assert "21003096403" in message
    assert "VYR" in refusal(dataclasses.replace(to_missouri, make="FORD"))
    rq, qv = asked(dataclasses.replace(to_missouri, make="FORD", model_year="2019"))
    assert rq.fields == qv.fields == (("VIN", VIN.vin), ("VMA", "FORD"), ("VYR", "2019"))
    assert asked(VIN)[0].fields == (("VIN", VIN.vin),)


def test_missouri_asks_itself_so_too_whatever_its_own_key_is():
    own = dataclasses.replace(VIN, ori="MO0000000", to="MO")
    with pytest.raises(InputError, match="VMA and VYR"):
        questions(MULES, own, ori="MO0000000", dialect="nlets-niem", keys={"registration": "ZRG"})


def test_a_reason_as_text_needs_the_prefix_that_is_not_public():
    query = dataclasses.replace(PLATE, reason="V")
    assert "keys.reason" in refusal(query, dialect="nlets-text")
    assert asked(query, dialect="nlets-text", reason="RSN")[0].fields == (("LIC", "SIM123"), ("RSN", "V"))


def test_a_partial_plate_is_asked_of_one_other_state():
    (rpq,) = asked(PARTIAL)
    assert (rpq.key, rpq.destination, rpq.fields) == ("RPQ", "WA", (("LIC", "S?M*"),))


@pytest.mark.parametrize("to", ["NL", "WA0000000"])
def test_a_partial_plate_is_asked_of_no_more_than_one_state(to):
    assert "one state" in refusal(dataclasses.replace(PARTIAL, to=to))


def test_the_own_states_partial_plates_need_a_key_that_is_not_public():
    own = dataclasses.replace(PARTIAL, to="OR")
    message = refusal(own)
    assert "not public" in message
    assert "keys.partial" in message
    assert asked(own, partial="ZPP")[0].key == "ZPP"


def test_a_system_that_may_not_be_asked_by_a_key_is_not():
    without = dataclasses.replace(LEDS, keys=LEDS.keys - {"RPQ"})
    assert "RPQ" in refusal(PARTIAL, profile=without)


def test_a_confirmation_has_its_fields_and_no_other():
    (yq,) = asked(STOLEN)
    assert (yq.key, yq.destination) == ("YQ", "WA0000000")
    assert yq.fields == (
        ("RTY", "SV"),
        ("RNO", "1"),
        ("PRI", "U"),
        ("OCA", "26-1041"),
        ("NIC", "V123456789"),
        ("LIC", "SIM123"),
    )


def test_a_stolen_plates_confirmation_names_state_year_and_type_and_a_vehicles_does_not():
    whole = {"state": "WA", "plate_year": "2027", "plate_type": "PC"}
    (yq,) = asked(dataclasses.replace(STOLEN, request_type="SL", **whole))
    assert yq.fields[-4:] == (("LIC", "SIM123"), ("LIS", "WA"), ("LIY", "2027"), ("LIT", "PC"))
    (yq,) = asked(dataclasses.replace(STOLEN, **whole))
    assert yq.fields[-1] == ("LIC", "SIM123")


@pytest.mark.parametrize(
    "change",
    [
        {"number": 0},
        {"number": 4},
        {"request_type": ""},
        {"request_type": "WP"},
        {"request_type": "SL", "state": ""},
        {"case": ""},
        {"nic": ""},
        {"nic": "V12345678"},
        {"to": "WA"},
        {"to": "NL"},
        {"reason": "V"},
        {"plate": "SIM?"},
        {"vin": "SIM1"},
    ],
    ids=str,
)
def test_a_confirmation_that_would_be_rejected_is_not_sent(change):
    refusal(dataclasses.replace(STOLEN, **change))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_confirmation_is_asked_three_times_at_most(number):
    assert ("RNO", str(number)) in asked(dataclasses.replace(STOLEN, number=number))[0].fields


# --- what is answered --------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)
HIT = "MKE/STOLEN VEHICLE\nORI/WA0000000 LIC/SIM123\nNIC/V123456789 OCA/1"
REPLIES = [
    ("RR", "LIC/SIM123.OWNER SIMULATED", "registration", ReplyKind.RECORD),
    ("RR", "XX\n  No Record LIC/SIM123", "registration", ReplyKind.NO_RECORD),
    ("RR", "REMARK: HAS NO RECORD OF INSPECTION", "registration", ReplyKind.RECORD),
    ("RR", HIT, "registration", ReplyKind.RECORD),
    ("RR", " \n", "registration", ReplyKind.MESSAGE),
    ("RPR", "LIC/SIM1\nLIC/SIM2", "registration", ReplyKind.RECORD),
    ("QV", HIT, "ncic", ReplyKind.WANTED),
    ("QV", f"NO RECORD OF ANYTHING ELSE\n{HIT}", "ncic", ReplyKind.WANTED),
    ("QV", "NO NCIC WANT LIC/SIM123", "ncic", ReplyKind.NO_RECORD),
    ("QV", "NIC/V123456789", "ncic", ReplyKind.MESSAGE),
    ("QV", "MKE/X NIC/V12345678", "ncic", ReplyKind.MESSAGE),
    ("QV", "PLEASE STAND BY", "ncic", ReplyKind.MESSAGE),
    # Half a hit refutes nothing, whatever else has no record.
    ("QV", "MKE/STOLEN VEHICLE\nNIC/V12345 OCA/1\nNO RECORD OF VIN", "ncic", ReplyKind.MESSAGE),
    ("QV", "NO RECORD ON OLN\nNIC/V-123456789", "ncic", ReplyKind.MESSAGE),
    ("QV", "STOLEN VEHICLE LIC/ABC123\nNOT ON FILE: REGISTRATION", "ncic", ReplyKind.MESSAGE),
    ("QV", f"{MARK}\nNO NCIC WANT LIC/SIM123\nASK AGAIN", "ncic", ReplyKind.NO_RECORD),
    ("ZSF", HIT, "state_file", ReplyKind.WANTED),
    ("ZRG", "LIC/SIM123", "registration", ReplyKind.RECORD),
    ("YR", "RTY/SV.RNO/1.CON/Y", "agency", ReplyKind.CONFIRMED),
    ("YR", "CON/N.REM/RECOVERED", "agency", ReplyKind.NOT_CONFIRMED),
    ("YR", "CON/P.HRS/1", "agency", ReplyKind.LATER),
    ("YR", "HRS/2", "agency", ReplyKind.LATER),
    ("YR", "CON/N.REM/SEE\nCON/Y", "agency", ReplyKind.MESSAGE),
    ("YR", "THE OWNER IS CON/Y AS SAID", "agency", ReplyKind.MESSAGE),
    ("YR", "CON/YES", "agency", ReplyKind.MESSAGE),
    ("YR", "CON/Z", "agency", ReplyKind.MESSAGE),
    ("YR", "", "agency", ReplyKind.MESSAGE),
    ("SM", ".02. USER OUT OF SERVICE FOR MSG TYPE,\nNLETS WILL FORWARD", "switch", ReplyKind.OUT_OF_SERVICE),
    ("SM", ".01. USER DOES NOT RESPOND TO MSG TYPE, NLETS WILL NOT FORWARD", "switch", ReplyKind.REJECTED),
    ("SM", "NLETS TEMPORARILY OUT OF SERVICE UNTIL 1400 PST", "switch", ReplyKind.OUT_OF_SERVICE),
    ("SM", "NLETS IN SERVICE", "switch", ReplyKind.MESSAGE),
    ("SM", "", "switch", ReplyKind.OUT_OF_SERVICE),
    ("ER", "REJECTED RQ: LIC", "switch", ReplyKind.REJECTED),
    ("AM", "CON/Y. PLEASE CALL", "switch", ReplyKind.MESSAGE),
    ("ZZZ", f"CON/Y\n{HIT}", "switch", ReplyKind.MESSAGE),
]


@pytest.mark.parametrize(("key", "text", "part", "kind"), REPLIES, ids=lambda each: str(each)[:30])
def test_a_reply_says_what_it_says_and_nothing_more(key, text, part, kind):
    answers = Answers(
        profile=LEDS, no_record=LEDS.no_record, keys={"state_file": "ZSF", "registration": "ZRG"}
    )
    message = Message(key=key, origin="WA", destination=ORI, control="A1", text=text)
    reply = answers.read(message, received_at=NOW, simulated=True)
    assert (reply.part, reply.kind) == (part, kind)
    assert (reply.control, reply.message_key, reply.text, reply.received_at, reply.simulated) == (
        "A1",
        key,
        text,
        NOW,
        True,
    )


def test_how_a_state_says_that_there_is_no_record_can_be_set():
    answers = Answers(profile=LEDS, no_record=("NICHTS",), keys={})
    message = Message(key="RR", origin="WA", destination=ORI, control="A1", text="Nichts gefunden")
    assert answers.read(message, received_at=NOW, simulated=False).kind is ReplyKind.NO_RECORD


@pytest.mark.parametrize(
    ("asked", "listed", "kind"),
    [
        ("WA", " LIS/TX", ReplyKind.MESSAGE),
        ("WA", " LIS/WA", ReplyKind.WANTED),
        ("WA", " LIS/TX LIS/WA", ReplyKind.WANTED),
        ("WA", "", ReplyKind.WANTED),
        ("", " LIS/TX", ReplyKind.WANTED),
    ],
)
def test_a_plate_of_another_state_that_is_listed_is_no_hit_on_this_one(asked, listed, kind):
    answers = Answers(profile=LEDS, no_record=LEDS.no_record, keys={})
    message = Message(key="QV", origin="OR", destination=ORI, control="A1", text=f"{HIT}{listed}")
    assert answers.read(message, received_at=NOW, simulated=False, state=asked).kind is kind


def test_a_text_that_says_it_is_simulated_is_whoever_sent_it():
    answers = Answers(profile=LEDS, no_record=LEDS.no_record, keys={})
    message = Message(key="QV", origin="OR", destination=ORI, control="A1", text=f"{MARK}\n{HIT}")
    assert answers.read(message, received_at=NOW, simulated=False).simulated


@pytest.mark.parametrize(
    "keys",
    [
        {"registration": "QV"},
        {"registration": "SM"},
        {"partial": "YR"},
        {"state_file": "RR"},
        {"registration": "ER"},
        {"registration": "Q2", "state_file": "Q2"},
        {"partial": "Q2", "state_file": "Q2"},
    ],
)
def test_a_states_own_key_that_would_hide_another_answer_is_refused(keys):
    options = SwitchOptions(host="127.0.0.1", port=1, ori=ORI, keys=keys)
    with pytest.raises(ConfigError, match="keys"):
        SwitchSource(LEDS, options)
