"""Who may do what, for what, after what: the rules about people and their acts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

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
    given,
    holds,
    marked,
    not_empty,
    shown,
    speaks_on,
)

if TYPE_CHECKING:
    from alpr_core.models import Request
    from alpr_core.policy.effective import Policy


class Role(Rule):
    """Which role does what. ``may`` grants the actions to it; ``must`` keeps everybody else from them."""

    kind = "role"
    role: Codes = Field(description="Roles of the pack, or `everyone` who has logged in.")
    action: Actions = Field(description="What they do.")

    def judge(self, request: Request, policy: Policy) -> Judgement:
        """Met by an actor who holds one of the roles."""
        titles = policy.titles(self.role)
        if holds(request, self.role):
            return Judgement(True, f"{request.action} is for {titles}")
        actor = policy.titles(sorted(request.actor.roles)) or "without a role"
        who = f"this person is {actor}" if request.actor.is_known else "nobody is logged in"
        return Judgement(False, f"{request.action} is for {titles}; {who}")

    def remedy(self, request: Request, policy: Policy) -> str:
        """Somebody else does it."""
        return f"somebody who is {policy.titles(self.role)} does it"

    def named_roles(self) -> Iterable[str]:
        """Return its roles."""
        return self.role


class Purposes(Rule):
    """The closed list of purposes: ``may`` puts codes on it, ``must`` demands one of them for an action."""

    kind = "purposes"
    codes: Mapping[Code, Line] = Field(default={}, description="With `may`: each code and what it means.")
    role: Codes = Field(default=(), description="With `may`: who may use these codes; everybody if absent.")

    def judge(self, request: Request, policy: Policy) -> Judgement | None:
        """Met when the purpose is on the list; a clause with codes is silent on any other purpose."""
        if self.codes:
            if not self.lists(request):
                return None
            return Judgement(True, f"the purpose is {request.purpose}: {self.codes[request.purpose]}")
        if not request.purpose:
            return Judgement(
                False, f"{request.action} needs a purpose{_one_of(policy.purposes_for(request))}"
            )
        if not policy.lists(request):
            return Judgement(False, unlisted_purpose(request, policy))
        return Judgement(True, "the purpose is on the list")

    def remedy(self, request: Request, policy: Policy) -> str:
        """One of the purposes on the list."""
        return purpose_of_the_list(request, policy)

    def lists(self, request: Request) -> bool:
        """Return whether this clause puts the request's purpose on the list, for this actor."""
        return request.purpose in self.codes and self.opens_to(request)

    def opens_to(self, request: Request) -> bool:
        """Return whether this actor may use these codes for this action."""
        return speaks_on(self, request.action) and (not self.role or holds(request, self.role))

    def problems(self, strength: Strength) -> Iterator[str]:
        """Codes loosen, demands tighten: a clause does one of them."""
        if strength is Strength.MAY and not self.codes:
            yield "codes: are missing; with `may` a purposes clause puts codes on the list."
        if strength is not Strength.MAY and self.codes:
            yield f"codes: belong in a `may` clause; with `{strength}` a purposes clause demands a purpose."
        if strength is not Strength.MAY and "action" not in self.model_fields_set:
            yield "action: is missing; say for which acts a purpose is demanded."

    def named_roles(self) -> Iterable[str]:
        """Return the roles its codes are kept for."""
        return self.role


def unlisted_purpose(request: Request, policy: Policy) -> str:
    """Say that the purpose given is not on the list for this actor and action, and which are."""
    listed = _one_of(policy.purposes_for(request))
    return f"{shown(request.purpose)} is not a purpose that allows this person {request.action}{listed}"


def purpose_of_the_list(request: Request, policy: Policy) -> str:
    """Say which purposes would do, for this actor and action; "" where the pack lists none."""
    listed = ", ".join(policy.purposes_for(request))
    return f"give a purpose of the list (--purpose): {listed}" if listed else ""


def _one_of(codes: Iterable[str]) -> str:
    listed = ", ".join(codes)
    return f"; one of: {listed}" if listed else "; the pack lists none for this person"


class AccessRecord(Rule):
    """What the record of an access must hold. Without it the access does not happen."""

    kind = "access_record"
    action: Actions = Field(description="The accesses.")
    fields: Annotated[
        tuple[Literal["name", "date", "time", "purpose", "case", "reason"], ...], AfterValidator(not_empty)
    ] = Field(description="What each record of them holds.")
    to_follow: PeriodText | None = Field(
        default=None,
        description="How soon a case number is given that is not known yet (`--case to-follow`); never, if absent.",
    )

    def judge(self, request: Request, policy: Policy) -> Judgement:
        """Met when the request carries all of them; a job carries the name of whoever ordered it."""
        missing = [
            _MISSING[field]
            for field in self.fields
            if not _carries(request, field, self.to_follow is not None)
        ]
        if missing:
            return Judgement(False, f"the record of {request.action} must hold {' and '.join(missing)}")
        return Judgement(True, f"the record holds {', '.join(self.fields)}")

    def remedy(self, request: Request, policy: Policy) -> str:
        """What the record lacks."""
        missing = [
            _MISSING[field]
            for field in self.fields
            if not _carries(request, field, self.to_follow is not None)
        ]
        return f"give {' and '.join(missing)}"


_MISSING = {
    "name": "the name of who acts: nobody is logged in (alpr-core login)",
    "date": "the date",
    "time": "the time",
    "purpose": "a purpose (--purpose)",
    "case": "a case or incident number (--case)",
    "reason": "a reason (--reason)",
}


TO_FOLLOW = "to-follow"
"""Stands for a case number that is not known yet, where the policy lets it follow."""


def _carries(request: Request, field: str, to_follow: bool) -> bool:
    match field:
        case "name":
            actor = request.actor
            return actor.is_known and (not actor.id.startswith("system:") or bool(actor.delegated_by))
        case "purpose":
            return bool(request.purpose.strip())
        case "case":
            case = request.case.strip()
            return bool(case) and (case.casefold() != TO_FOLLOW or (to_follow and case == TO_FOLLOW))
        case "reason":
            return bool(request.reason.strip())
    return True  # every request has its date and time


class Delegation(Rule):
    """Who assigns the day-to-day operation: ``may`` grants the actions to whoever that role has assigned to them."""

    kind = "delegation"
    of: Code = Field(description="The role that assigns.")
    action: Actions = Field(description="What the assigned may do.")

    def judge(self, request: Request, policy: Policy) -> Judgement:
        """Met by a person whom the role has assigned."""
        title = policy.titles([self.of])
        if request.actor.is_known and self.of in given(request, "delegated"):
            return Judgement(True, f"{request.action} is for whom the {title} has assigned")
        return Judgement(False, f"the {title} has not assigned this person to {request.action}")

    def remedy(self, request: Request, policy: Policy) -> str:
        """An assignment."""
        return f"the {policy.titles([self.of])} assigns this person (--fact delegated={self.of})"

    def named_roles(self) -> Iterable[str]:
        """Return the role that assigns."""
        return (self.of,)


class Training(Rule):
    """The training without which nobody operates a reader, or opens its data."""

    kind = "training"
    area: Literal["operate", "access"] = Field(description="What it is for.")
    valid: PeriodText | None = Field(
        default=None, description="How long a training counts; for ever if absent."
    )
    action: Actions = Field(description="What is denied without it.")

    def judge(self, request: Request, policy: Policy) -> Judgement:
        """Met by a person whose training is on record and valid; a job runs on that of whoever ordered it."""
        if self.area in given(request, "trained"):
            return Judgement(True, f"the training to {self.area} is on record")
        return Judgement(False, f"no valid training to {self.area} is on record for this person")

    def remedy(self, request: Request, policy: Policy) -> str:
        """A training."""
        return f"record a valid training to {self.area} for this person (--fact trained={self.area})"

    def bounds(self) -> Iterable[Bound]:
        """Return how long a training counts."""
        return () if self.valid is None else (Bound("training", most=self.valid),)


class Authority(Rule):
    """The authority without which nobody opens a system's data, whatever their role here."""

    kind = "authority"
    system: Code = Field(
        description="The system, as its data source is called: `leds`; or `department`, `state`, `federal`."
    )
    covers: Codes = Field(default=(), description="Systems that are part of it, as `leds` of `state`.")
    action: Actions = Field(
        description="What is denied without it; where the act names a system, only that one's."
    )

    def judge(self, request: Request, policy: Policy) -> Judgement | None:
        """Met by a person who is authorised for it; silent where the act is about another system."""
        asked = request.facts.get("system", self.system)
        if isinstance(asked, str) and asked not in (self.system, *self.covers):
            return None
        if any(system in (self.system, asked) for system in given(request, "authority")):
            return Judgement(True, f"this person is authorised for {asked}")
        return Judgement(False, f"this person holds no authority for data of {self.system}")

    def remedy(self, request: Request, policy: Policy) -> str:
        """The authority."""
        return f"record this person's authority for data of {self.system} (--fact authority={self.system})"


class Approval(Rule):
    """The approval that an act needs before it happens. Nobody approves what they ask for themselves."""

    kind = "approval"
    approver: Codes = Field(description="Roles of which one must have approved.")
    designee: bool = Field(default=False, description="Whether a designee may approve in their place.")
    purpose: Codes | None = Field(default=None, description="Only acts for these purposes; all if absent.")
    oral: PeriodText | None = Field(
        default=None,
        description="Within this time one given orally is confirmed in writing; nobody approves orally if absent.",
    )
    action: Actions = Field(description="What needs it.")

    def judge(self, request: Request, policy: Policy) -> Judgement | None:
        """Met by an act that one of the offices approved, as it is; silent on other purposes."""
        if self.purpose is not None and request.purpose not in self.purpose:
            return None
        who = policy.titles(self.approver) + (" or a designee" if self.designee else "")
        approved = given(request, "approved_by")
        offices = (*self.approver, *(("designee",) if self.designee else ()))
        if any(office in approved for office in offices):
            return Judgement(True, f"approved by the {who}")
        return Judgement(False, f"{request.action} needs the prior approval of the {who}")

    def remedy(self, request: Request, policy: Policy) -> str:
        """An approval."""
        who = policy.titles(self.approver) + (" or a designee" if self.designee else "")
        return f"approval of the {who}, before (--fact approved_by={self.approver[0]})"

    def named_roles(self) -> Iterable[str]:
        """Return the approvers."""
        return self.approver

    def named_purposes(self) -> Iterable[str]:
        """Return the purposes that need it."""
        return self.purpose or ()


class Verification(Rule):
    """Verification of a hit by the state's system before enforcement that is based on the alert alone."""

    kind = "verification"
    system: Code = Field(description="The state's system that verifies.")
    action: Actions = Field(default=("hit.dispose",), description="The acts that say what was done.")

    def judge(self, request: Request, policy: Policy) -> Judgement | None:
        """Met by a hit that the system confirmed; silent where nothing was enforced on the alert alone."""
        if not marked(request, "enforcement"):
            return None
        if request.facts.get("verified") == self.system:
            return Judgement(True, f"{self.system} confirmed the hit")
        return Judgement(
            False,
            f"enforcement on an alert alone, and {self.system} has not confirmed the hit: say why it could not",
        )

    def remedy(self, request: Request, policy: Policy) -> str:
        """A verification."""
        return f"have {self.system} verify the hit (--fact verified={self.system})"


class LocationApproval(Rule):
    """Written approval of a reader's location before it is put into service."""

    kind = "location_approval"
    approver: Line = Field(
        min_length=1, description="The offices of which one approves, outside this software."
    )
    action: Actions = Field(default=("device.install",), description="What waits for it.")

    def judge(self, request: Request, policy: Policy) -> Judgement:
        """Met where the approval of this location is on record."""
        if request.facts.get("location_approved") is True:
            return Judgement(True, "the location's written approval is on record")
        return Judgement(False, f"no written approval of this location by the {self.approver} is on record")

    def remedy(self, request: Request, policy: Policy) -> str:
        """The written approval."""
        return f"the {self.approver} approves the location in writing (--fact location_approved=yes)"
