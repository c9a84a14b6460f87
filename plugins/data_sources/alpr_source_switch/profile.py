"""What differs between the switches of two states, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from alpr_core import QueryKind, ReplyKind, StateSystem
from alpr_source_switch.framing import Framing, LengthPrefixed

PUBLISHED = frozenset({"RQ", "RPQ", "QV", "YQ"})
"""The message keys that are public: Nlets' registration, partial plate and hit confirmation, NCIC's vehicle query."""

LOCAL: Mapping[str, str] = {
    "registration": "the key that asks this state's own registrations; RQ is sent while it is unset",
    "partial": "the key that asks this state's own registrations for a partial plate",
    "state_file": "the key that asks this state's own file of wanted vehicles; it is not asked while this is unset",
    "operator": "the prefix of the field with the operator's number; the number is not sent while it is unset",
    "reason": "the prefix of the reason code in nlets-text; no reason can be given there while it is unset",
}
"""What no public document says and a department's integrator knows: names in the option ``keys``."""

LOCAL_PREFIXES = frozenset({"operator", "reason"})
"""Those of them that are a field's prefix: three letters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Requirement:
    """A field that a query has to have.

    Attributes:
        key: of the query.
        given: the field that brings it about, "" for any query with the key.
        to: the destination that asks for it, "" for any.
        needs: the fields that have to be there too.
        source: where that is written.
    """

    key: str
    given: str = ""
    to: str = ""
    needs: tuple[str, ...]
    source: str


NLETS_REQUIREMENTS = (
    Requirement(
        key="RQ",
        given="VIN",
        to="MO",
        needs=("VMA", "VYR"),
        source="Nlets, Vehicle Registration Transactions, article 21003096403",
    ),
    Requirement(
        key="YQ",
        needs=("RTY", "RNO", "PRI", "OCA", "NIC"),
        source="Nlets, Hit Confirmation Transactions, article 21003096777",
    ),
)
"""What Nlets asks for, whichever state's switch a query enters by."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """One state's system, and how it is spoken with.

    Attributes:
        system: what the core is told of it. Its ``unknown`` names what is not public: ``keys.state_file`` and so on.
        keys: the published message keys that may be sent to it.
        requirements: fields that its queries have to have.
        no_record: how a line of text begins that says that there is no record. No document lists these words, so they
            can be set: the option ``no_record``.
        confirmations: what the field CON of a YR says.
        rejected: the key of what refuses a query with its reason.
        framing: makes what tells messages apart on one connection.
    """

    system: StateSystem
    keys: frozenset[str] = PUBLISHED
    requirements: tuple[Requirement, ...] = NLETS_REQUIREMENTS
    no_record: tuple[str, ...] = ("NO RECORD", "NOT ON FILE", "NO NCIC WANT")
    confirmations: Mapping[str, ReplyKind] = field(
        default_factory=lambda: {
            "Y": ReplyKind.CONFIRMED,
            "N": ReplyKind.NOT_CONFIRMED,
            "P": ReplyKind.LATER,
        }
    )
    rejected: str = "ER"
    framing: Callable[[], Framing] = LengthPrefixed

    @property
    def local(self) -> frozenset[str]:
        """The names that can be set in the option ``keys``: what this system's ``unknown`` names."""
        return frozenset(name.removeprefix("keys.") for name in self.system.unknown) & frozenset(LOCAL)


REPLY_KEYS: Mapping[str, str] = {"RR": "registration", "RPR": "registration", "QV": "ncic", "YR": "agency"}
"""Which part of an answer a reply is, by its key. How a switch calls NCIC's is not public: it echoes QV here."""

QUERY_KEYS: Mapping[str, str] = {"RQ": "registration", "RPQ": "registration", "QV": "ncic", "YQ": "agency"}
"""Which part of an answer a query asks for, by its key."""

PARTS_ASKED: Mapping[QueryKind, tuple[str, ...]] = {
    QueryKind.PARTIAL: ("registration",),
    QueryKind.CONFIRMATION: ("agency",),
}
"""Who answers what is asked by one message."""


def unknown(**words: str) -> Mapping[str, str]:
    """Return a system's ``unknown``: every local key with what it is, in this state's words where there are any."""
    return {f"keys.{name}": words.get(name, says) for name, says in LOCAL.items()}
