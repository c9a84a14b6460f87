"""What rules may know of an act beside who, what, when and why: the facts that a service looks up before it asks.

A fact that nobody gave counts as not there, so a clause that demands it is not met: deny by default.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Fact(NamedTuple):
    """One fact.

    Attributes:
        type: what it is: "bool", "int", "code", "codes" (a list of codes), "text", "time" (an aware datetime) or
            "lately" (acts: of each its action, when, and the plate that it named).
        says: what it means, for people.
    """

    type: str
    says: str


FACTS: Mapping[str, Fact] = MappingProxyType(
    {
        # of the person
        "trained": Fact("codes", "What the person holds valid training for: operate, access."),
        "authority": Fact(
            "codes", "The systems whose data the person is authorised for: leds, department, ..."
        ),
        "delegated": Fact("codes", "The roles that assigned the person to act for them in this."),
        # of what was granted for this very act
        "approved_by": Fact("codes", "The offices that approved this very act; `designee` for a designee."),
        "location_approved": Fact("bool", "Whether the device's location has its written approval."),
        # of what is asked
        "system": Fact("code", "The state system whose data is asked for."),
        "names_one": Fact("bool", "Whether the selection names one plate or one person."),
        "plate": Fact("text", "The plate that is asked for, in normal form."),
        "lately": Fact(
            "lately", "What this person did of the acts that a policy counts: `search.run/TIME/PLATE`."
        ),
        "repeated": Fact("bool", "Whether the same selection was searched before."),
        "by_area": Fact("bool", "Whether the selection is made by place: an area, a camera, a radius."),
        "rows": Fact("int", "How many reads would leave or be copied."),
        "destination": Fact("code", "Where the data goes: rms, media, agency, public, vendor."),
        # of what is stored
        "fields": Fact(
            "codes", "The kinds of personal fields in what is to be stored: name, date_of_birth, ..."
        ),
        "category": Fact("text", "The hotlist category that is to be looked for."),
        "offence": Fact("code", "The class of offence that a hotlist category or use is about."),
        # of a hit
        "enforcement": Fact("bool", "Whether enforcement is based on the alert alone."),
        "verified": Fact("code", "The state system that confirmed the hit; `not_practicable` if none could."),
        # of a release
        "recipient": Fact("code", "Who receives: law_enforcement, prosecutor, other."),
        "recipient_verified": Fact("bool", "Whether agency and person were verified."),
        "recipient_state": Fact("code", "The recipient's state: or, ma, federal, ..."),
        "legal_basis": Fact("text", "The law or order that permits it."),
        # of what is kept or destroyed
        "captured_at": Fact("time", "When the data was captured."),
        "counted_at": Fact(
            "time", "The time that a purge counts by, where it is later than the clock, which was set back."
        ),
        "held": Fact("bool", "Whether it is under a hold."),
        "hold_reason": Fact("code", "Why it is to be held."),
        "kept_as_evidence": Fact("code", "How it was kept: book_portable_media, attach_to_report."),
    }
)
"""Every fact that our own rules look at, by its name. A plugin's rule may look at others."""
