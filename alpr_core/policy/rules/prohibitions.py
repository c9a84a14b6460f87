"""What is never done: fields that are not collected, and uses that are not made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from alpr_core.policy.rules.base import Actions, Codes, Judgement, Line, Rule, Strength, given, marked, shown

if TYPE_CHECKING:
    from alpr_core.models import Request
    from alpr_core.policy.effective import Policy

COLLECTS = ("read.record", "hotlist.import", "hotlist.add")


class ProhibitedFields(Rule):
    """Personal fields that are not collected: what would store one is denied; an import strips and reports them."""

    kind = "prohibited_fields"
    fields: Codes = Field(
        description="The fields: `name`, `date_of_birth`, `social_security_number`, `race`, `sex`."
    )
    action: Actions = Field(default=COLLECTS, description="The acts that store.")

    def judge(self, request: Request, policy: Policy) -> Judgement:
        """Met by data that was looked at and has none of the fields."""
        if "fields" not in request.facts:
            return Judgement(False, "nobody looked which personal fields it holds")
        found = sorted(set(given(request, "fields")) & set(self.fields))
        if found:
            return Judgement(False, f"it holds {' and '.join(found)}, which is not collected here")
        return Judgement(True, "it holds no field that is not collected here")

    def remedy(self, request: Request, policy: Policy) -> str:
        """Data without the fields."""
        return f"leave {', '.join(self.fields)} out of it, and look whether it is (--fact fields)"


class ProhibitedUses(Rule):
    """A use that is not made: of the readers, or of what they recorded."""

    kind = "prohibited_uses"
    values = ("at_most",)
    always = False
    use: Literal["tracking", "area", "bulk", "offence", "destination"] = Field(
        description="`tracking` one plate or person, gathering by `area`, in `bulk`, for a class of `offence`, to a "
        "`destination`."
    )
    purpose: Codes | None = Field(
        default=None, description="With `area`: the purposes for which it is approved."
    )
    offences: Codes | None = Field(default=None, description="With `offence`: the classes.")
    categories: tuple[Line, ...] = Field(
        default=(),
        description="With `offence`: categories of hotlists that are about it, in any spelling of case.",
    )
    destinations: Codes | None = Field(default=None, description="With `destination`: the places.")
    at_most: int | None = Field(default=None, ge=0, description="With `bulk`: reads at once.")
    approver: Codes | None = Field(default=None, description="Who alone can approve it, in a case.")
    action: Actions = Field(description="The acts that it forbids.")

    def judge(self, request: Request, policy: Policy) -> Judgement | None:
        """Met by any other use, and by one that was approved in a case; silent where nothing points to it."""
        found = self._found(request)
        if found is None:
            return None
        if self.approver is None:
            return Judgement(False, found)
        if request.case.strip() and set(self.approver) & set(given(request, "approved_by")):
            return Judgement(True, f"{found}, approved by the {policy.titles(self.approver)} in a case")
        return Judgement(
            False,
            f"{found}; only the {policy.titles(self.approver)} can approve that, within an ongoing case (--case)",
        )

    def remedy(self, request: Request, policy: Policy) -> str:
        """An approval, an approved purpose or a smaller amount; where the use is never made, nothing."""
        ways = []
        if self.purpose:
            ways.append(f"give a purpose that it is approved for (--purpose): {', '.join(self.purpose)}")
        if self.at_most:
            ways.append(f"take at most {self.at_most} reads at once (--fact rows)")
        if self.approver:
            who = policy.titles(self.approver)
            ways.append(
                f"approval of the {who} within a case (--fact approved_by={self.approver[0]}, --case)"
            )
        return ", or ".join(ways)

    def _found(self, request: Request) -> str | None:
        """Return what is forbidden in the request."""
        facts = request.facts
        match self.use:
            case "tracking":
                again = request.action != "search.run" or marked(request, "repeated")
                follows = marked(request, "names_one") and again
                return "it follows one plate or person" if follows else None
            case "area":
                outside = marked(request, "by_area") and request.purpose not in (self.purpose or ())
                return "it gathers by area for no approved purpose" if outside else None
            case "bulk":
                rows = facts.get("rows")
                if self.at_most is None:
                    return None  # open: such a node works in training only
                if not isinstance(rows, int):
                    return "nobody counted how many reads it takes at once"
                return f"it takes {rows} reads at once" if rows > self.at_most else None
            case "offence":
                offence = str(facts.get("offence", ""))
                if offence in (self.offences or ()):
                    return f"it is for {offence}"
                category = str(facts.get("category", ""))
                listed = category and folded(category) in map(folded, self.categories)
                return (
                    f"the category {shown(category)} is for {' or '.join(self.offences or ())}"
                    if listed
                    else None
                )
            case "destination":
                place = str(facts.get("destination", ""))
                return f"it goes to {place}" if place in (self.destinations or ()) else None

    def problems(self, strength: Strength) -> Iterator[str]:
        """Each use has its own value, and no other's."""
        own = {"area": "purpose", "offence": "offences", "destination": "destinations", "bulk": "at_most"}
        for use, value in own.items():
            is_given = getattr(self, value) is not None
            if use == self.use and not is_given:
                yield f"{value}: is missing; use = {use!r} needs it."
            elif use != self.use and is_given:
                yield f"{value}: belongs to use = {use!r}."
        if self.categories and self.use != "offence":
            yield "categories: belongs to use = 'offence'."

    def named_roles(self) -> Iterable[str]:
        """Return who can approve it."""
        return self.approver or ()

    def may_leave_open(self, name: str) -> bool:
        """Only how much is bulk can be open."""
        return self.use == "bulk"

    def named_purposes(self) -> Iterable[str]:
        """Return the purposes that it is approved for."""
        return self.purpose or ()


def folded(category: str) -> str:
    """Return a category as it is compared: letters and digits alone, in small letters."""
    return "".join(character for character in category.casefold() if character.isalnum())
