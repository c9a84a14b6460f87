"""Settings that nobody has accepted: the node goes on under the old ones, and refuses everything but a few acts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from alpr_core.effective.difference import Change, difference
from alpr_core.effective.document import Effective
from alpr_core.effective.loosening import loosens
from alpr_core.models import Finding, Verdict
from alpr_core.store.accepted import Accepted

GOES_ON = frozenset(
    {
        "read.record",
        "person.login",
        "person.logout",
        "config.show",
        "config.apply",
        "config.agree",
        "config.history",
        "status.show",
        "ledger.verify",
        "ledger.checkpoint",
        "ledger.recover",
    }
)
"""What a node does while its settings wait: no read is lost for it, and whoever can mend it can see what is wrong.

``ledger.recover`` is among them, because a ledger that is behind takes no ``config.apply``.
"""

CLAUSE = "settings"
"""Stands for a clause's id where the denial is for settings that nobody accepted."""

_SAYS = "A node works under the settings that were last accepted."
_SHOWN = 20
"""Lines of a difference that a denial shows."""


@dataclass(frozen=True, kw_only=True)
class Pending:
    """What stands in alpr.toml, and is not what was accepted.

    Attributes:
        accepted: what was accepted last; None where nothing ever was.
        old: the same, read; None where nothing was, or this version can't read it.
        wanted: what would be accepted; None where it is wrong.
        problem: why it cannot be accepted, "" if it can.
        unreadable: why the old ones cannot be kept, "" if they can.
    """

    accepted: Accepted | None
    old: Effective | None
    wanted: Effective | None
    problem: str = ""
    unreadable: str = ""

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Each line that differs from what was accepted."""
        if self.wanted is None or (self.accepted is not None and self.problem and self.old is None):
            return ()
        return difference(self.accepted.document if self.accepted else None, self.wanted.document)

    @cached_property
    def loosening(self) -> tuple[str, ...]:
        """What the new settings loosen, so that a second person has to agree."""
        if self.wanted is None:
            return ()
        if self.unreadable:
            return ("the old settings cannot be read, so nobody can say what the new ones loosen",)
        return loosens(self.old, self.wanted)

    @property
    def headline(self) -> str:
        """What is the matter, in a sentence."""
        if self.problem:
            return f"the settings cannot be accepted as they are: {self.problem}"
        if self.accepted is None:
            return "this node's settings were never accepted"
        lines = "1 line differs" if len(self.changes) == 1 else f"{len(self.changes)} lines differ"
        kept = f"; {self.unreadable}" if self.unreadable else ""
        return f"the settings are not those that entry {self.accepted.entry} accepted: {lines}{kept}"

    def objections(self, action: str) -> tuple[Finding, ...]:
        """Return what is against an act while the settings wait: () for those that go on."""
        if action in GOES_ON and not (action == "read.record" and self.unreadable):
            return ()
        shown = self.changes[:_SHOWN] if self.accepted is not None else ()
        more = len(self.changes) - len(shown) if shown else 0
        lines = [str(change) for change in shown] + ([f"and {more} more lines"] if more else [])
        because = "\n      ".join(
            [self.headline, *lines, "accept them with alpr-core config apply, or put them back"]
        )
        return (refusal(because),)


def refusal(because: str) -> Finding:
    """Return the finding that refuses an act on account of the settings."""
    return Finding(verdict=Verdict.DENY, clause=CLAUSE, says=_SAYS, because=because)
