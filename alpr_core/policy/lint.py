"""What is worth a second look in a pack that is right: blanks, roles without rights, lists nobody asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from alpr_core.policy.effective import Policy
from alpr_core.policy.gate import Gate
from alpr_core.policy.pack import Pack
from alpr_core.policy.rules import EVERYONE, AccessRecord, Purposes, Strength


class Remark(NamedTuple):
    """One thing to look at.

    Attributes:
        clause: id of the clause, "" where it is about the whole pack.
        says: what there is to see.
    """

    clause: str
    says: str


def lint(pack: Pack, actions: Collection[str] = ()) -> Iterator[Remark]:
    """Yield what is worth a second look.

    Args:
        pack: right as far as its form goes.
        actions: the acts there are; () leaves out which of them nobody may do.
    """
    for clause in pack.clauses:
        if not clause.says:
            yield Remark(clause.id, "is blank: it has no words to show to whom it denies something")
    yield from _rights(pack, actions)
    rules = [clause.rule for clause in pack.clauses if clause.strength is not Strength.MAY]
    if Policy(pack).purposes and not any(isinstance(rule, Purposes) for rule in rules):
        yield Remark("", "lists purposes, and no clause demands one")
    if not any(isinstance(rule, AccessRecord) and "name" in rule.fields for rule in rules):
        yield Remark("", "has no clause that demands the name of whoever has access (rule 'access_record')")


def _rights(pack: Pack, actions: Collection[str]) -> Iterator[Remark]:
    gate = Gate(pack)
    shared = gate.actions_of([])
    for role, title in pack.roles.items():
        if gate.actions_of([role]) <= shared:
            yield Remark("", f"role {role!r} ({title}) may do nothing more than {EVERYONE}")
    granted = gate.actions_of(pack.roles)
    nobody = sorted(action for action in actions if action not in granted and "*" not in granted)
    if nobody:
        yield Remark("", f"nobody may do: {', '.join(nobody)}")
