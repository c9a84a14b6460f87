"""Notices: what persons are told of while they are not looking, each text whole in one table.

A notice leaves the node through machines that are nobody's here: a mail server, a telephone. So none can hold a
plate, a name or a case: its text is a line of `KINDS` with whole numbers set in, and no other can be made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from string import Formatter
from types import MappingProxyType

from alpr_core.clock import require_utc


class Urgency(StrEnum):
    """How soon somebody should look, the least urgent first."""

    ROUTINE = "routine"
    URGENT = "urgent"
    ALARM = "alarm"

    @property
    def rank(self) -> int:
        """Its place in that order."""
        return list(Urgency).index(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeKind:
    """What one kind of notice says, and to whom.

    Attributes:
        urgency: how soon somebody should look; an alarm goes to every role.
        text: the words, with numbers of `NUMBERS` in braces.
        concerns: acts: the roles that the policy lets do one of them are told. () if only the person is, whom it
            is about, or if everybody is.
    """

    urgency: Urgency
    text: str
    concerns: tuple[str, ...] = ()


NUMBERS: Mapping[str, str] = MappingProxyType(
    {
        "entry": "index of a ledger entry",
        "approval": "number of an approval",
        "request": "number of a request for data",
        "breach": "number of a breach",
        "count": "how many",
    }
)
"""What a text may hold beside its words: whole numbers of these meanings."""

KINDS: Mapping[str, NoticeKind] = MappingProxyType(
    {
        "approval.asked": NoticeKind(
            urgency=Urgency.URGENT,
            concerns=("approval.grant",),
            text="An approval was asked for. Decide on it: alpr-core approvals show {approval}",
        ),
        "referral.received": NoticeKind(
            urgency=Urgency.ROUTINE,
            concerns=("referral.fulfil",),
            text="A request from outside law enforcement waits for an answer: alpr-core releases approve {request}",
        ),
        "breach.reported": NoticeKind(
            urgency=Urgency.URGENT,
            concerns=("breach.report",),
            text="A breach was put on record, and its clock runs: alpr-core breach scope {breach}",
        ),
        "misuse.opened": NoticeKind(
            urgency=Urgency.URGENT,
            concerns=("misuse.list",),
            text="A file on misuse was opened: alpr-core misuse list",
        ),
        "account.reset": NoticeKind(
            urgency=Urgency.URGENT,
            concerns=("person.reset",),
            text="The second factor of an account was taken off by somebody else: ledger entry {entry}.",
        ),
        "account.passphrase": NoticeKind(
            urgency=Urgency.URGENT,
            text="The passphrase of an account was changed: ledger entry {entry}. If you did not do it, say so now.",
        ),
        "account.rights": NoticeKind(
            urgency=Urgency.URGENT,
            concerns=("person.grant", "person.agree"),
            text="An account was given a role that approves, manages, audits or administers: ledger entry {entry}.",
        ),
        "hold.review": NoticeKind(
            urgency=Urgency.ROUTINE,
            concerns=("hold.end",),
            text="{count} holds wait for somebody to look whether they are still needed: alpr-core holds list --open",
        ),
        "settings.loosened": NoticeKind(
            urgency=Urgency.URGENT,
            concerns=("config.apply", "config.agree"),
            text="Settings were accepted that loosen {count} of what held before: ledger entry {entry}.",
        ),
        "job.failed": NoticeKind(
            urgency=Urgency.URGENT,
            concerns=("job.run",),
            text="A job of this node failed: ledger entry {entry}. To see which: alpr-core jobs history",
        ),
        "job.missed": NoticeKind(
            urgency=Urgency.URGENT,
            concerns=("job.run",),
            text="A job of this node was not run when it was due, {count} times: ledger entry {entry}. Does "
            "alpr-core run still run?",
        ),
        "accounts.unused": NoticeKind(
            urgency=Urgency.ROUTINE,
            concerns=("person.leave",),
            text="Nobody has logged in to {count} accounts for 90 days. Who has left: alpr-core people leave",
        ),
        "hotlist.stale": NoticeKind(
            urgency=Urgency.URGENT,
            concerns=("hotlist.import",),
            text="{count} hotlists are older than they may be: alpr-core status",
        ),
        "camera.silent": NoticeKind(
            urgency=Urgency.URGENT,
            concerns=("device.install",),
            text="{count} cameras of readers in service have read nothing for a day: alpr-core devices list",
        ),
        "disk.low": NoticeKind(
            urgency=Urgency.URGENT,
            concerns=("job.run", "config.apply"),
            text="The disk of this node is nearly full: {count} MiB are left. Full, it refuses every act.",
        ),
        "ledger.unverified": NoticeKind(
            urgency=Urgency.ALARM,
            text="The ledger does not verify: it is not the one that was written. Keep everything as it is until "
            "somebody has looked: alpr-core ledger verify",
        ),
        "ledger.contradicted": NoticeKind(
            urgency=Urgency.ALARM,
            text="A witness confirmed another ledger than this node has. Keep everything as it is until somebody has "
            "looked: alpr-core ledger witness",
        ),
        "clock.back": NoticeKind(
            urgency=Urgency.URGENT,
            concerns=("clock.confirm",),
            text="The clock of this node was set back: ledger entry {entry}. Set it right; if it is: alpr-core clock "
            "confirm",
        ),
        "clock.leap": NoticeKind(
            urgency=Urgency.URGENT,
            concerns=("clock.confirm",),
            text="The clock of this node leapt ahead, and until somebody confirms it nothing is destroyed by it: "
            "ledger entry {entry}. alpr-core clock confirm",
        ),
        "capture.lost": NoticeKind(
            urgency=Urgency.URGENT,
            concerns=("device.install",),
            text="{count} captures stopped without a word. Which: alpr-core devices gaps",
        ),
        "node.changed": NoticeKind(
            urgency=Urgency.URGENT,
            concerns=("config.apply", "config.agree"),
            text="The files of alpr-core or of a plugin changed, and no upgrade did it: ledger entry {entry}.",
        ),
        "ledger.unwritable": NoticeKind(
            urgency=Urgency.ALARM,
            text="The ledger cannot be written, so this node refuses every act. To see why: alpr-core status",
        ),
        "ledger.behind": NoticeKind(
            urgency=Urgency.ALARM,
            text="The database lacks ledger entries that were signed or witnessed, so this node does not start: "
            "alpr-core ledger recover",
        ),
        "ledger.broken": NoticeKind(
            urgency=Urgency.ALARM,
            text="This node does not start, for its ledger cannot be used, and may not be the one that was written. "
            "Keep everything as it is until somebody has verified it.",
        ),
        "test": NoticeKind(urgency=Urgency.ROUTINE, text="This is a test. There is nothing to do."),
    }
)
"""Every kind of notice. A new one is a line here, and a call of `services.notices.tell`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What one address is told.

    Attributes:
        kind: one of `KINDS`.
        node: name of the node that tells it.
        at: when it happened, UTC.
        to: the address, as the notifier understands it.
        numbers: what is set into the text.
    """

    kind: str
    node: str
    at: datetime
    to: str
    numbers: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", require_utc(self.at, "Notice.at"))
        if self.kind not in KINDS or set(self.numbers) != numbers_of(self.kind):
            raise ValueError(f"no notice {self.kind!r} with {sorted(self.numbers)}; see alpr_core/notice.py")
        if any(type(number) is not int for number in self.numbers.values()):
            raise ValueError(f"a notice holds whole numbers, {self.kind!r} was given something else")

    @property
    def urgency(self) -> Urgency:
        """How soon somebody should look."""
        return KINDS[self.kind].urgency

    @property
    def text(self) -> str:
        """The words."""
        return KINDS[self.kind].text.format_map(self.numbers)


def numbers_of(kind: str) -> set[str]:
    """Return the names of the numbers in the text of a kind."""
    return {name for _, name, _, _ in Formatter().parse(KINDS[kind].text) if name is not None}
