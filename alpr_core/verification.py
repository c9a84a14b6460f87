"""What a state's system is asked about a vehicle, and what it answers; what every source for such a system declares.

What an answer says about a person is shown and never stored: the ledger keeps its kind, the message keys, and a
salted commitment to its text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class QueryKind(StrEnum):
    """What is asked."""

    REGISTRATION = "registration"
    """Who has registered this plate or VIN, and whether it is wanted (Nlets RQ, and what a state asks beside it)."""
    PARTIAL = "partial"
    """Which plates of one state these characters fit (Nlets RPQ)."""
    CONFIRMATION = "confirmation"
    """Whether the agency that entered a record still stands by it (Nlets YQ)."""


class ReplyKind(StrEnum):
    """What an answer says."""

    RECORD = "record"
    """The vehicle is registered, as the text says."""
    NO_RECORD = "no_record"
    WANTED = "wanted"
    """The file that was asked lists it: stolen vehicle or plate, felony vehicle, and the like."""
    CONFIRMED = "confirmed"
    """The agency that entered the record stands by it."""
    NOT_CONFIRMED = "not_confirmed"
    LATER = "later"
    """It will be confirmed or refuted by a time that the text says."""
    REJECTED = "rejected"
    """The query was wrong, as the text says."""
    OUT_OF_SERVICE = "out_of_service"
    """The system, or one behind it, is down (Nlets SM)."""
    MESSAGE = "message"
    """Something else for a person to read: an administrative message (Nlets AM), or what no rule can make out."""


class Priority(StrEnum):
    """How soon a confirmation is to be answered (Nlets PRI)."""

    URGENT = "U"
    ROUTINE = "R"


ANSWER_WITHIN: Mapping[Priority, timedelta] = {
    Priority.URGENT: timedelta(minutes=10),
    Priority.ROUTINE: timedelta(hours=1),
}
"""Nlets hit confirmation: ten minutes, or an hour; then it is asked again, with the next request number."""


REASON_CODES = ("N", "F", "V", "T", "S", "H", "I")
"""Why a registration is asked for, in Nlets' own codes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StateQuery:
    """One question to a state's system.

    Attributes:
        kind: what is asked.
        control: what the answers are told apart by: 1 to 10 letters and digits, never used twice by a node.
        ori: the asking agency's identifier, nine characters; "" for the one that the source is set up for.
        operator: number of the operator's certificate at the system.
        to: where it goes: two letters of a state, "NL" for all of them, or an ORI of nine characters.
        plate: normal form, no blanks or hyphens; "?" and "*" stand for one and for any characters in a partial one.
        state: of the plate, two letters, "" if not known.
        plate_year: in which the plate expires, "NX" if it does not, "" if not known.
        plate_type: NCIC code of the plate's type, "" if not known.
        vin: instead of a plate.
        make: NCIC code; Missouri asks for it with a VIN.
        model_year: likewise.
        reason: Nlets reason code, one of `REASON_CODES`; "" where the system asks for none.
        priority: of a confirmation.
        number: of a confirmation: 1, and 2 or 3 where it was not answered in time.
        request_type: of a confirmation: "SV", "SL" and so on.
        case: the entering agency's case number, in a confirmation.
        nic: the record's NCIC number, in a confirmation.
        live: whether the node is live: then nothing is sent to what announces itself a simulator.
    """

    kind: QueryKind
    control: str
    ori: str
    operator: str
    to: str
    plate: str = ""
    state: str = ""
    plate_year: str = ""
    plate_type: str = ""
    vin: str = ""
    make: str = ""
    model_year: str = ""
    reason: str = ""
    priority: Priority = Priority.ROUTINE
    number: int = 1
    request_type: str = ""
    case: str = ""
    nic: str = ""
    live: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class StateReply:
    """One of the answers to a query: several may come, in any order.

    Attributes:
        control: of the query that it answers.
        part: who answers: "registration", "state_file", "ncic"; "agency" confirms, "switch" rejects or is down.
        kind: what it says.
        message_key: its own key: "RR", "YR", "SM" ...
        text: for the person who asked; it may name people, so it is shown, and stored nowhere.
        received_at: when, UTC.
        simulated: whether a simulator made it: it is marked wherever a person sees it, and confirms nothing.
    """

    control: str
    part: str
    kind: ReplyKind
    message_key: str
    text: str = field(repr=False)
    received_at: datetime
    simulated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingRule:
    """The training that a system asks of its users, with where that is written.

    Attributes:
        says: in words.
        source: the rule's citation.
        within: from first access until it has to be over; None where the rule names no period.
        again: from a training until the next; None where the rule names none.
    """

    says: str
    source: str
    within: timedelta | None = None
    again: timedelta | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StateSystem:
    """What a source declares of the system that it asks.

    Attributes:
        code: as packs and authorities call it: "leds".
        title: for people: "Oregon's LEDS".
        state: two letters.
        ori: what an ORI that may ask looks like.
        certificate: whether each operator needs a certificate's number.
        trainings: what it asks of users.
        caveats: what may be done with its answers, each with its source; shown with every answer.
        dppa: whether its data is registry data, so that a permissible use is named with each disclosure.
        parts: who answers a registration query, so that it is known when all have.
        unknown: what is not public and therefore unset, each as an option's name with what it is.
    """

    code: str
    title: str
    state: str
    ori: re.Pattern[str]
    certificate: bool = True
    trainings: tuple[TrainingRule, ...] = ()
    caveats: tuple[str, ...] = ()
    dppa: bool = False
    parts: tuple[str, ...] = ("registration", "ncic")
    unknown: Mapping[str, str] = field(default_factory=dict)
