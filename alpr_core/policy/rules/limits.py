"""How much somebody looks up: how often within a time, and how many rows at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from alpr_core.periods import PeriodText
from alpr_core.policy.rules.base import Actions, Judgement, Rule, Strength
from alpr_core.policy.rules.duties import Duty

if TYPE_CHECKING:
    from alpr_core.models import Request
    from alpr_core.policy.effective import Policy


class SearchLimit(Rule):
    """How often one person does something within a time: any of it, or with the same plate."""

    kind = "search_limit"
    of: Literal["any", "same_plate"] = Field(
        default="any", description="`any` act of these, or those that name the `same_plate`."
    )
    at_most: int = Field(ge=0, description="How often, the act in question included.")
    within: PeriodText = Field(description="In which time, up to now.")
    action: Actions = Field(default=("search.run",), description="The acts that are counted together.")

    def judge(self, request: Request, policy: Policy) -> Judgement | None:
        """Met while this person has done it less often; silent on an act without a plate, if plates are counted."""
        plate = str(request.facts.get("plate", ""))
        if self.of == "same_plate" and not plate:
            return None
        before = request.facts.get("lately")
        if before is None:
            return Judgement(False, "nobody counted how often this person did it lately")
        count = 1 + sum(
            1
            for action, at, named in before
            if action in self.action
            and request.at < self.within.after(at, policy.zone)
            and (self.of == "any" or named == plate)
        )
        times = f"{count} times within {self.within.words}"
        what = "with the same plate" if self.of == "same_plate" else "by the same person"
        return Judgement(count <= self.at_most, f"it is done {what} {times}, and {self.at_most} are allowed")

    def remedy(self, request: Request, policy: Policy) -> str:
        """Time."""
        return "wait until fewer of them lie in that time"

    def problems(self, strength: Strength) -> Iterator[str]:
        """A limit binds."""
        if strength is Strength.MAY:
            yield "search_limit: a limit binds; it is a `must` or a `should`."


class AnswerLimit(Duty):
    """How many rows one answer has; it says that there are more."""

    kind = "answer_limit"
    how = "enforced"
    at_most: int = Field(ge=1, description="Rows at most.")
