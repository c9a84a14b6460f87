"""What differs between two policies, in words that a chief reads.

Between two departments, or two editions of one paper, the numbers of paragraphs differ where the words hardly do:
what is of one rule kind and says nearly the same is compared as one clause under two numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from alpr_core.policy.effective import Policy
from alpr_core.policy.pack import Clause
from alpr_core.policy.words import STRENGTHS, kept_by, limit_in_words, limits_of, open_of, values_of

_ROW = "requirements row"

ALIKE = 0.6
"""From this share of words in common on, two clauses of one rule kind are one clause under two numbers."""

Part = Literal["about", "role", "purpose", "limit", "paragraph", "clause"]


class Difference(NamedTuple):
    """One thing that differs.

    Attributes:
        part: of the policy.
        name: which: a clause's id, a role's or purpose's code, a limit's name, a key of the head.
        change: "added", "removed", "changed", or "renumbered": then before and after are the numbers.
        what: of a changed clause, which of its sides; "" elsewhere.
        before: in words, "" where it was not there.
        after: in words, "" where it is there no longer.
    """

    part: Part
    name: str
    change: Literal["added", "removed", "changed", "renumbered"]
    what: str
    before: str
    after: str


def differences(before: Policy, after: Policy, on: date) -> Iterator[Difference]:
    """Yield all that differs; nothing where both say the same, in whatever order.

    Args:
        before: one.
        after: the other.
        on: the day whose limits are compared.
    """
    yield from _compared("about", _about(before), _about(after))
    yield from _compared("role", before.roles, after.roles)
    yield from _compared("purpose", _purposes(before), _purposes(after))
    yield from _compared("limit", _limits(before, on), _limits(after, on))
    headings, others = _paragraphs(before), _paragraphs(after)
    yield from _compared("paragraph", headings, others, _same_heading(headings, others))
    old, new = ({clause.id: clause for clause in policy.clauses} for policy in (before, after))
    moved = _nearly_the_same(old, new)
    for name, clause in old.items():
        if name in moved:
            yield Difference("clause", name, "renumbered", "", name, moved[name])
        yield from _of_clause(name, clause, new.get(moved.get(name, name)), before, after)
    for name, clause in new.items():
        if name not in old and name not in moved.values():
            yield from _of_clause(name, None, clause, before, after)


def _compared(
    part: Part,
    old: Mapping[str, str],
    new: Mapping[str, str],
    moved: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Difference]:
    for name in [*old, *(name for name in new if name not in old and name not in moved.values())]:
        if name in moved:
            yield Difference(part, name, "renumbered", "", name, moved[name])
        elif name not in new:
            yield Difference(part, name, "removed", "", old[name], "")
        elif name not in old:
            yield Difference(part, name, "added", "", "", new[name])
        elif old[name] != new[name]:
            yield Difference(part, name, "changed", "", old[name], new[name])


def _same_heading(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Return under which other number a paragraph's heading stands."""
    come = {heading: number for number, heading in reversed(list(new.items())) if number not in old}
    moved: dict[str, str] = {}
    for number, heading in old.items():
        if number not in new and heading in come:
            moved[number] = come.pop(heading)
    return moved


def _nearly_the_same(old: Mapping[str, Clause], new: Mapping[str, Clause]) -> dict[str, str]:
    """Return under which other number a clause stands, the likest first."""
    gone = [clause for name, clause in old.items() if name not in new and clause.says]
    come = [clause for name, clause in new.items() if name not in old and clause.says]
    pairs = [
        (_likeness(one, other), one.id, other.id)
        for one in gone
        for other in come
        if one.rule.kind == other.rule.kind
    ]
    moved: dict[str, str] = {}
    for likeness, one, other in sorted(pairs, key=lambda pair: -pair[0]):
        if likeness >= ALIKE and one not in moved and other not in moved.values():
            moved[one] = other
    return moved


def _likeness(one: Clause, other: Clause) -> float:
    return SequenceMatcher(None, one.says.split(), other.says.split(), autojunk=False).ratio()


def _about(policy: Policy) -> dict[str, str]:
    head: dict[str, Any] = policy.pack.model_dump(
        mode="json", exclude={"clauses", "roles", "paragraphs"}, exclude_unset=True
    )
    overlays = [f"{overlay.id} {overlay.version} from {overlay.effective} on" for overlay in policy.overlays]
    choices = [f"{name}: {choice.follow} ({choice.source})" for name, choice in policy.choices.items()]
    lists = {"overlays": "; ".join(overlays), "choices": "; ".join(choices)}
    return {key: str(value) for key, value in (head | lists).items() if value}


def _purposes(policy: Policy) -> dict[str, str]:
    found: dict[str, str] = {}
    for rule in policy.purpose_lists:
        for code, title in rule.codes.items():
            for_whom = f", for {policy.titles(rule.role)}" if rule.role else ""
            found[code] = f"{title}{for_whom}"
    return found


def _limits(policy: Policy, on: date) -> dict[str, str]:
    return {limit.name: limit_in_words(limit) for limit in limits_of(policy, on)}


def _paragraphs(policy: Policy) -> dict[str, str]:
    return {number: heading for pack in policy.packs for number, heading in pack.paragraphs.items()}


def _of_clause(
    name: str, old: Clause | None, new: Clause | None, before: Policy, after: Policy
) -> Iterator[Difference]:
    if old is None or new is None:
        told = [_in_short(clause) if clause else "" for clause in (old, new)]
        yield Difference("clause", name, "removed" if old else "added", "", *told)
        return
    one, other = _sides(old, before), _sides(new, after)
    if old.id != new.id:  # of another document, whose rows are others too
        del one[_ROW], other[_ROW]
    for what in [*one, *(what for what in other if what not in one)]:
        if one.get(what) != other.get(what):
            yield Difference("clause", name, "changed", what, one.get(what, ""), other.get(what, ""))


def _in_short(clause: Clause) -> str:
    return f"({clause.strength}) {clause.says or 'blank in the document'}"


def _sides(clause: Clause, policy: Policy) -> dict[str, str]:
    """Return all that a clause is made of, in words."""
    return {
        "strength": STRENGTHS[clause.strength],
        "words": clause.says,
        "rule": clause.rule.kind,
        **values_of(clause, policy),
        **{name: f"open: {what}" for name, what in open_of(clause).items()},
        "source of the value": clause.source,
        "kept": kept_by(clause),
        _ROW: clause.row,
    }
