"""What is kept, how long, and where it may go: the rules about data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field

from alpr_core.periods import PeriodText
from alpr_core.policy.rules.base import (
    Actions,
    Bound,
    Code,
    Codes,
    Judgement,
    Line,
    Rule,
    Strength,
    holds,
    listed,
    marked,
    not_empty,
)

if TYPE_CHECKING:
    from alpr_core.models import Request
    from alpr_core.policy.effective import Policy


class Retention(Rule):
    """How long reads are kept: not destroyed before, not kept after."""

    kind = "retention"
    values = ("period",)
    period: PeriodText | None = Field(default=None, description="From capture, such as `P30D` or `P1Y`.")
    keeps: Literal["at_least", "exactly", "at_most"] = Field(description="What the period is.")
    then: Literal["may_purge", "should_purge", "must_purge"] = Field(
        description="What follows once it is over: somebody may, should or must destroy the data."
    )
    follows: Line = Field(default="", description="The vendor whose process is followed.")
    unless_held: bool = Field(default=False, description="Whether data under a hold is free of the period.")
    action: Actions = Field(default=("read.purge",), description="The acts that destroy.")

    def judge(self, request: Request, policy: Policy) -> Judgement | None:
        """Met by the destruction of data that was kept for its period; silent where there is no such minimum."""
        if self.period is None:
            return Judgement(False, "the document leaves the period open, and nobody has filled it in")
        if self.keeps == "at_most":
            return None
        captured = request.facts.get("captured_at")
        if not isinstance(captured, datetime) or captured.tzinfo is None:
            return Judgement(False, "nobody said when the data was captured")
        least = policy.limit("retention", policy.day(request.at), held=marked(request, "held")).least
        if least is None or least[0].usual < self.period.usual:
            return None  # a recorded choice gave this minimum up
        counted_at = request.facts.get("counted_at")  # by the ledger, where the clock was set back
        at = request.at
        if isinstance(counted_at, datetime) and counted_at.tzinfo is not None:
            at = max(at, counted_at)
        if at >= self.period.after(captured, policy.zone):
            return Judgement(True, f"it was kept for {self.period}")
        return Judgement(False, f"it has to be kept for {self.period} from its capture")

    def remedy(self, request: Request, policy: Policy) -> str:
        """The value that is open, or time."""
        if self.period is None:
            return "fill in the period that the document leaves open, with its source"
        return f"wait until {self.period.words} after capture (--fact captured_at)"

    def bounds(self) -> Iterator[Bound]:
        """Return the period as a minimum, a maximum or both."""
        if self.period is not None:
            least = self.period if self.keeps != "at_most" else None
            most = self.period if self.keeps != "at_least" else None
            yield Bound("retention", least, most, self.unless_held)


class Hold(Rule):
    """What is kept beyond its time, and why: data under a hold is not destroyed."""

    kind = "hold"
    reasons: Codes = Field(description="The reasons for which data is held.")
    action: Actions = Field(
        default=("read.purge", "hold.place"), description="The acts that destroy, and that place a hold."
    )

    def judge(self, request: Request, policy: Policy) -> Judgement | None:
        """Met by a hold for one of the reasons, and by the destruction of what is under none."""
        if request.action == "hold.place":
            reason = request.facts.get("hold_reason", "")
            if reason in self.reasons:
                return Judgement(True, f"{reason} is a reason to hold")
            return Judgement(False, f"a hold needs one of these reasons: {', '.join(self.reasons)}")
        if request.facts.get("held") is False:
            return Judgement(True, "it is under no hold")
        return Judgement(False, "it is under a hold, or nobody looked whether it is")

    def remedy(self, request: Request, policy: Policy) -> str:
        """A reason, or the end of the hold."""
        if request.action == "hold.place":
            return f"give one of the reasons (--fact hold_reason): {', '.join(self.reasons)}"
        return "end the hold, or look whether there is one (--fact held=no)"


class Evidence(Rule):
    """How data that became evidence is kept, before its hold may end."""

    kind = "evidence"
    mode: Literal["book_portable_media", "attach_to_report"] = Field(description="How it is kept.")
    action: Actions = Field(default=("hold.end",), description="The acts that wait for it.")

    def judge(self, request: Request, policy: Policy) -> Judgement:
        """Met where the data was kept in that way."""
        if request.facts.get("kept_as_evidence") == self.mode:
            return Judgement(True, "it was kept as evidence")
        how = "downloaded to portable media and booked into evidence"
        if self.mode == "attach_to_report":
            how = "saved and attached to the report"
        return Judgement(False, f"it was not {how}")

    def remedy(self, request: Request, policy: Policy) -> str:
        """Keeping it in that way."""
        return f"keep it as evidence first (--fact kept_as_evidence={self.mode})"


class TransferLimit(Rule):
    """How far apart the transfers of a vehicle's data to the server may be."""

    kind = "transfer_limit"
    how = "reported"
    speaks = False
    values = ("at_most",)
    at_most: PeriodText | None = Field(default=None, description="The longest time between two transfers.")

    def bounds(self) -> Iterator[Bound]:
        """Return it as a maximum."""
        if self.at_most is not None:
            yield Bound("transfer", most=self.at_most)


_SAY_WHO_RECEIVES = "say who receives it (--fact recipient): law_enforcement, prosecutor or other"

Recipient = Literal["law_enforcement", "prosecutor", "other"]
RECIPIENTS: tuple[Recipient, ...] = get_args(Recipient)
"""Who may receive data; whoever is neither law enforcement nor a prosecutor is another."""


class Release(Rule):
    """To whom data is released, and on what conditions."""

    kind = "release"
    to: Annotated[tuple[Recipient, ...], BeforeValidator(listed), AfterValidator(not_empty)] = Field(
        default=RECIPIENTS,
        description="Recipients it speaks of: `law_enforcement`, `prosecutor`, `other`; all if absent.",
    )
    verified: bool = Field(default=False, description="Whether agency and person must have been verified.")
    legal_basis: bool = Field(default=False, description="Whether the law that permits it must be named.")
    never: bool = Field(default=False, description="Whether these recipients get nothing.")
    within_state: Code | None = Field(
        default=None, description="The state outside of which a legal basis must be named."
    )
    action: Actions = Field(default=("release.make",), description="The acts that release.")

    def judge(self, request: Request, policy: Policy) -> Judgement | None:
        """Met by a release on all its conditions; silent on other recipients, and denied where nobody is named."""
        said = request.facts.get("recipient")
        if said is None:
            return Judgement(False, "nobody said who receives it")
        recipient = said if said in RECIPIENTS else "other"
        if recipient not in self.to:
            return None
        if self.never:
            return Judgement(False, f"nothing is released to a recipient of the class {recipient}")
        missing = list(self._missing(request))
        if missing:
            return Judgement(False, " and ".join(missing))
        return Judgement(True, f"it goes to {recipient} on its conditions")

    def remedy(self, request: Request, policy: Policy) -> str:
        """Each condition that is not met; nothing where these recipients get nothing."""
        facts, needed = request.facts, []
        if facts.get("recipient") is None:
            return _SAY_WHO_RECEIVES
        if self.never:
            return ""
        if self.verified and facts.get("recipient_verified") is not True:
            needed.append("verify agency and person (--fact recipient_verified=yes)")
        outside = self.within_state is not None and facts.get("recipient_state") != self.within_state
        if (self.legal_basis or outside) and not facts.get("legal_basis"):
            needed.append("name the law that permits it (--fact legal_basis)")
        return " and ".join(needed)

    def _missing(self, request: Request) -> Iterator[str]:
        facts = request.facts
        if self.verified and facts.get("recipient_verified") is not True:
            yield "agency and person were not verified"
        basis = facts.get("legal_basis")
        has_basis = isinstance(basis, str) and bool(basis.strip())
        if self.legal_basis and not has_basis:
            yield "the law that permits the release is not named"
        outside = self.within_state is not None and facts.get("recipient_state") != self.within_state
        if outside and not has_basis:
            place = str(self.within_state).upper()
            yield f"the recipient is outside of {place}, and the law that permits it is not named"

    def problems(self, strength: Strength) -> Iterator[str]:
        """Who gets nothing gets it on no conditions."""
        if self.never and (self.verified or self.legal_basis or self.within_state):
            yield "never: nothing is released, so there are no conditions."


class Referral(Rule):
    """The office that answers requests from outside law enforcement, and nobody else."""

    kind = "referral"
    to: Codes = Field(description="The role that answers them.")
    action: Actions = Field(
        default=("referral.fulfil", "release.make"), description="The acts that answer, or release."
    )

    def judge(self, request: Request, policy: Policy) -> Judgement | None:
        """Met by who holds the office; silent where law enforcement or a prosecutor receives."""
        if request.facts.get("recipient") in ("law_enforcement", "prosecutor"):
            return None
        title = policy.titles(self.to)
        if holds(request, self.to):
            return Judgement(True, f"requests from outside law enforcement are for the {title}")
        return Judgement(False, f"requests from outside law enforcement are referred to the {title}")

    def remedy(self, request: Request, policy: Policy) -> str:
        """The office; as long as nobody said who receives it, that."""
        if request.action == "release.make" and request.facts.get("recipient") is None:
            return _SAY_WHO_RECEIVES
        return f"refer it to the {policy.titles(self.to)}, who answers it"

    def named_roles(self) -> Iterable[str]:
        """Return the office."""
        return self.to


class Closed(Rule):
    """Fields that are closed to some, by where their values came from: they are dropped before anything leaves."""

    kind = "closed"
    speaks = False
    origin: Codes = Field(
        description="Where the values came from: `own`, `ncic`, or a state's system: `leds`."
    )
    to: Codes = Field(description="Whom they are closed to: `public`, `export`, `release`.")


class AccessRecordKept(Rule):
    """How long the record of accesses is kept; a read's own end does not end it."""

    kind = "access_record_kept"
    how = "recorded"
    speaks = False
    values = ("at_least",)
    at_least: PeriodText | None = Field(default=None, description="From the access.")

    def bounds(self) -> Iterator[Bound]:
        """Return it as a minimum."""
        if self.at_least is not None:
            yield Bound("access_record", least=self.at_least)
