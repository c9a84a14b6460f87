"""How each paragraph of a policy is kept, by whom, and which tests of this program show it.

The tests say themselves which requirements row they show (``@pytest.mark.clause("M16")``). `coverage.json` is
gathered from their files by ``python -m alpr_core.policy.coverage``; a test compares it with them.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from alpr_core.policy.effective import Policy
from alpr_core.policy.pack import Clause, Pack
from alpr_core.policy.rules import How, Retention
from alpr_core.policy.vocabulary import TO_COME

NOT_YET = "not yet"
"""Stands for the tests of a row that none shows."""

WAITING: Mapping[str, str] = {
    "transfer_limit": "transfers from vehicles",
    "retention": "purges",
    "access_record_kept": "purges",
    "audit_schedule": "audits",
    "annual_report": "reports",
    "verification": "what became of a hit",
}
"""Rule kinds that nothing in this version acts by yet, with what will."""

OUTSIDE = (
    "People who never log in: who looks over a shoulder, or reads a printout, does not pass the gate.",
    "Whoever administers the machine itself (root) can read memory and switch the software off; what they change in "
    "the record is found by the ledger's verification, and only as far as somebody outside keeps its checkpoints.",
    "Data that has left: a printed image, a portable medium, what another agency was given.",
    "Readers and databases that are not connected to this software.",
    "Whether what a person types is true: the record shows that it was typed, by whom and when.",
)
"""What no clause of any policy can reach from here."""


@dataclass(frozen=True, slots=True)
class Covered:
    """One clause, and how it is kept.

    Attributes:
        paragraph: the paragraph it belongs to.
        heading: of the paragraph, "" where the pack names none.
        clause: the clause.
        tests: ids of the tests that show its requirements row.
        to_come: what it waits for and a later version brings: all the acts that it speaks of, or what goes by it.
    """

    paragraph: str
    heading: str
    clause: Clause
    tests: tuple[str, ...]
    to_come: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it for a program."""
        return {
            "paragraph": self.paragraph,
            "heading": self.heading,
            "clause": self.clause.id,
            "row": self.clause.row,
            "kept": self.clause.kept,
            "who": self.clause.who,
            "where": self.clause.where,
            "tests": self.tests,
            "to_come": self.to_come,
        }


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts over a whole policy.

    Attributes:
        paragraphs: that have a clause.
        clauses: in all.
        kept: how many of them are kept in which way.
        rows: requirements rows that the clauses name.
        shown: rows that a test shows, and of which some clause waits for nothing.
        to_come: clauses that wait for what a later version brings.
    """

    paragraphs: int
    clauses: int
    kept: Mapping[How, int]
    rows: int
    shown: int
    to_come: int


def coverage(policy: Policy) -> list[Covered]:
    """Return every clause with how it is kept, in the order of the documents."""
    tests = tests_by_row()
    return [
        Covered(paragraph, heading, clause, tests.get(clause.row, ()), _to_come(clause))
        for pack in policy.packs
        for paragraph, heading, clause in by_paragraph(pack)
    ]


def by_paragraph(pack: Pack) -> Iterator[tuple[str, str, Clause]]:
    """Yield each clause with its paragraph and heading; a pack that lists none has a paragraph for each clause."""
    for clause in pack.clauses:
        of = [
            number for number in pack.paragraphs if clause.id == number or clause.id.startswith(f"{number} ")
        ]
        number = max(of, key=len, default=clause.id)
        yield number, pack.paragraphs.get(number, ""), clause


def totals(rows: Sequence[Covered]) -> Totals:
    """Count."""
    ways: tuple[How, ...] = ("enforced", "recorded", "reported", "by_hand")
    named = {one.clause.row for one in rows if one.clause.row}
    return Totals(
        paragraphs=len({one.paragraph for one in rows}),
        clauses=len(rows),
        kept={how: sum(one.clause.kept == how for one in rows) for how in ways},
        rows=len(named),
        shown=len({one.clause.row for one in rows if one.clause.row and one.tests and not one.to_come}),
        to_come=sum(bool(one.to_come) for one in rows),
    )


def outside(policy: Policy) -> list[str]:
    """Return what the gate cannot reach: in general, and under this policy."""
    vendors = [
        f"Data that is still at {clause.rule.follows}: what happens to it there is the vendor's doing ({clause.id})."
        for clause in policy.clauses
        if isinstance(clause.rule, Retention) and clause.rule.follows
    ]
    hand = [clause.id for clause in policy.clauses if clause.kept == "by_hand" and clause.says]
    by_hand = [f"What people see to by hand: {', '.join(hand)}."] if hand else []
    return [*vendors, *OUTSIDE, *by_hand]


@cache
def tests_by_row() -> Mapping[str, tuple[str, ...]]:
    """Return the ids of the tests that show each requirements row, as they were when this version was made."""
    text = resources.files("alpr_core.policy").joinpath("coverage.json").read_text(encoding="utf-8")
    return {row: tuple(tests) for row, tests in json.loads(text).items()}


def _to_come(clause: Clause) -> tuple[str, ...]:
    if clause.rule.kind in WAITING:
        return (WAITING[clause.rule.kind],)
    if not clause.rule.speaks:
        return ()
    later = tuple(action for action in clause.rule.action if action in TO_COME)
    return later if len(later) == len(clause.rule.action) else ()


# ---------------------------------------------------------------------------
# Gathering
# ---------------------------------------------------------------------------


def gathered(tests: Path) -> str:
    """Return the text of `coverage.json`: what the markers in a folder of tests say.

    Args:
        tests: the folder; ids of tests start with its name.

    Raises:
        ValueError: a marker names its row by anything but one plain string, which could not be read from the file.
    """
    rows: dict[str, set[str]] = {}
    for file in sorted(tests.rglob("test_*.py")):
        name = f"{tests.name}/{file.relative_to(tests).as_posix()}"
        for row, test in _marked(ast.parse(file.read_text(encoding="utf-8")), name):
            rows.setdefault(row, set()).add(test)
    for file in sorted(tests.rglob("rows_*.py")):
        name = f"{tests.name}/{file.relative_to(tests).as_posix()}"
        for row in _in_table(ast.parse(file.read_text(encoding="utf-8"))):
            rows.setdefault(row, set()).add(name)
    ordered = {row: sorted(rows[row]) for row in sorted(rows, key=lambda row: (row[:1], len(row), row))}
    return json.dumps(ordered, indent=1, ensure_ascii=False) + "\n"


def _marked(node: ast.AST, name: str) -> Iterator[tuple[str, str]]:
    """Yield row and test for each marker at a test, a class of them or one of a test's parameters."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            test = f"{name}::{child.name}"
            for decorator in child.decorator_list:
                for row in _rows(decorator, name):
                    yield row, test
            if isinstance(child, ast.ClassDef):
                yield from _marked(child, test)


def _in_table(node: ast.AST) -> Iterator[str]:
    """Yield the row that each line of a table names: ``row("M16", ...)`` or ``by_hand("M16", ...)``."""
    for call in ast.walk(node):
        match call:
            case ast.Call(func=ast.Name(id="row" | "by_hand"), args=[ast.Constant(value=str(row)), *_]):
                yield row


def _rows(decorator: ast.expr, name: str) -> Iterator[str]:
    for call in ast.walk(decorator):
        if not (isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.clause"):
            continue
        match call.args:
            case [ast.Constant(value=str(row))]:
                yield row
            case _:
                problem = f"{name}, line {call.lineno}: a clause marker names its row by one plain string"
                raise ValueError(problem)


def main() -> None:
    """Write the file into the checkout that this module stands in."""
    root = Path(__file__).parents[2]
    (root / "alpr_core" / "policy" / "coverage.json").write_text(gathered(root / "tests"), encoding="utf-8")


if __name__ == "__main__":
    main()
