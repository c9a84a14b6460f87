"""A hit to verify, a system that answers as a test says, and short words for both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from alpr_core.act import Act
from alpr_core.services.hits import show_hit
from alpr_core.services.state_queries import ask_state
from alpr_core.services.verifying import Report, see_hit
from alpr_core.verification import ReplyKind, StateQuery, StateReply, StateSystem

WHY = {"purpose": "stolen_vehicle", "case": "26-1041"}


LEDS = StateSystem(
    code="leds",
    title="Oregon's LEDS",
    state="OR",
    ori=re.compile("OR[0-9A-Z]{7}"),
    caveats=("A hit alone is no cause to arrest (OAR 257-015-0060).",),
    parts=("registration", "state_file", "ncic"),
)


SAYS = {
    "registered": ("registration", ReplyKind.RECORD, "RR"),
    "unknown": ("registration", ReplyKind.NO_RECORD, "RR"),
    "state: none": ("state_file", ReplyKind.NO_RECORD, "QV"),
    "state: wanted": ("state_file", ReplyKind.WANTED, "QV"),
    "ncic: none": ("ncic", ReplyKind.NO_RECORD, "QV"),
    "ncic: wanted": ("ncic", ReplyKind.WANTED, "QV"),
    "down": ("switch", ReplyKind.OUT_OF_SERVICE, "SM"),
    "rejected": ("switch", ReplyKind.REJECTED, "SM"),
    "later": ("agency", ReplyKind.LATER, "YR"),
    "stands": ("agency", ReplyKind.CONFIRMED, "YR"),
    "gone": ("agency", ReplyKind.NOT_CONFIRMED, "YR"),
}


TEXT = "STOLEN VEHICLE LIC/4KB792 OWNER QUILLFEATHER, ZELDA"


class Switch:
    """A state's system that answers as it is told: keys of `SAYS`, an answer of its own, or what it raises."""

    def __init__(self, *script: object, simulated: bool = False, system: StateSystem = LEDS) -> None:
        self.system, self.simulated, self.script = system, simulated, script
        self.queries: list[StateQuery] = []
        self.patience = 0.0
        self.before_answering = lambda: None

    def ask(self, query: StateQuery, patience: float) -> Iterator[StateReply]:
        self.queries.append(query)
        self.patience = patience
        self.before_answering()
        for one in self.script:
            if isinstance(one, BaseException):
                raise one
            yield self.reply(query.control, str(one)) if isinstance(one, str) else one

    def reply(self, control: str, says: str) -> StateReply:
        part, kind, key = SAYS[says]
        return StateReply(
            control=control,
            part=part,
            kind=kind,
            message_key=key,
            text=TEXT,
            received_at=datetime(2026, 11, 23, 14, tzinfo=UTC),
            simulated=self.simulated,
        )


def entries(site, kind):
    with site.store.snapshot() as work:
        return [entry.body for entry in work.ledger.entries(kind=kind)]


def kinds(site, since: int) -> list[str]:
    with site.store.snapshot() as work:
        return [entry.body["kind"] for entry in work.ledger.entries(since)]


def size(site) -> int:
    with site.store.snapshot() as work:
        return work.ledger.size()


def badge(act: Act) -> str:
    with act._site.store.snapshot() as work:
        return work.people.by_id(act.actor.id).badge


def seen(act: Act, hit: str, plate: str = "4KB792", state: str = "OR") -> str:
    see_hit(act, hit, plate, state=state, purpose="stolen_vehicle")
    return hit


def ask(act: Act, hit: str, switch: Switch, **more):
    return ask_state(act, hit, lambda system: switch, **{**WHY, **more})


def state(act: Act, hit: str) -> str:
    return show_hit(act, hit, purpose="stolen_vehicle").state.value


def report(result: str, **more) -> Report:
    said = {"system": "", "by": "Dispatcher Lee", "certificate": "44-1", "at": None, "how": "radio"}
    return Report(**{**said, **more, "result": result})
