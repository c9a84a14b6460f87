"""Laying overlays over a department's pack, and filling in what its document leaves open: what makes a `Policy`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter, ValidationError

from alpr_core.errors import ConfigError
from alpr_core.policy.effective import Choice, Policy
from alpr_core.policy.pack import Pack
from alpr_core.policy.reading import Kind, dotted, load_pack
from alpr_core.policy.rules import Bound, Line, RuleKinds, shown
from alpr_core.problems import sentences, suggestion

_SOURCE: TypeAdapter[str] = TypeAdapter(Line)


def load_policy(
    name: str,
    *,
    overlays: Sequence[str] = (),
    values: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    choices: Mapping[str, Choice] = MappingProxyType({}),
    zone: tzinfo = UTC,
    folder: Path | None = None,
    kinds: RuleKinds | None = None,
    actions: Collection[str] = (),
) -> Policy:
    """Read a department's pack with its overlays, fill in its open values, and lay them over each other.

    Args:
        name: of the pack, as `load_pack` takes it.
        overlays: their names.
        values: by clause id: a ``source``, and a value for each of the clause's open fields.
        choices: what is followed where clauses leave nothing between them.
        zone: of the node.
        folder: as `load_pack`.
        kinds: as `load_pack`.
        actions: as `load_pack`.

    Raises:
        ConfigError: with every problem of every file, or, where those are right, of the values and choices.
    """
    packs = load_packs(name, overlays, folder=folder, kinds=kinds, actions=actions)
    return lay_over(packs, values=values, choices=choices, zone=zone)


def load_packs(
    name: str,
    overlays: Sequence[str] = (),
    *,
    folder: Path | None = None,
    kinds: RuleKinds | None = None,
    actions: Collection[str] = (),
) -> list[Pack]:
    """Read a department's pack and its overlays as their files say; arguments as `load_policy`.

    Raises:
        ConfigError: with every problem of every file.
    """
    packs: list[Pack] = []
    problems: list[str] = []
    files: list[tuple[str, Kind]] = [(name, "department"), *((overlay, "overlay") for overlay in overlays)]
    for each, kind in files:
        try:
            packs.append(load_pack(each, kind=kind, folder=folder, kinds=kinds, actions=actions))
        except ConfigError as error:
            problems += [f"{error.where}: {problem}" for problem in error.problems]
    if problems:
        raise ConfigError(problems, where="[policy]")
    return packs


def lay_over(
    packs: Sequence[Pack],
    *,
    values: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    choices: Mapping[str, Choice] = MappingProxyType({}),
    zone: tzinfo = UTC,
) -> Policy:
    """Lay overlays over a pack that were all read before; as `load_policy`.

    Args:
        packs: the department's, then its overlays.
        values: as `load_policy`.
        choices: as `load_policy`.
        zone: as `load_policy`.

    Raises:
        ConfigError: with every problem of the values and choices.
    """
    problems = [
        f"{pack.id} is of kind {pack.kind!r}; one department's pack comes first, and overlays over it."
        for at, pack in enumerate(packs)
        if pack.kind != ("overlay" if at else "department")
    ]
    problems += [
        f"clause {clause.id} stands in {pack.id} and in another pack: an id names one clause."
        for at, pack in enumerate(packs)
        for clause in pack.clauses
        if any(clause.id == other.id for before in packs[:at] for other in before.clauses)
    ]
    filled = [_filled(pack, values, problems) for pack in packs]
    ids = [clause.id for pack in packs for clause in pack.clauses]
    problems += [
        f"values: no clause is {each!r}.{suggestion(each, ids)}" for each in values if each not in ids
    ]
    policy = Policy(filled[0], tuple(filled[1:]), dict(choices), zone)
    problems += _wrong_choices(policy)
    if problems:
        raise ConfigError(problems, where="[policy]")
    return policy


def _filled(pack: Pack, values: Mapping[str, Mapping[str, Any]], problems: list[str]) -> Pack:
    clauses = []
    for clause in pack.clauses:
        if clause.id not in values:
            clauses.append(clause)
            continue
        given = dict(values[clause.id])
        source, found = _source(given.pop("source", ""))
        if not given:
            found.append("names no value.")
        problems += [f"values: {clause.id}: {problem}" for problem in found]
        for name in [name for name in given if name not in clause.open]:
            del given[name]
            problems.append(
                f"values: {clause.id}: {name}: the document does not leave this open."
                f"{suggestion(name, clause.open) or ' A value fills in what is open, and changes nothing else.'}"
            )
        try:
            rule = type(clause.rule).model_validate(clause.rule.model_dump(exclude_unset=True) | given)
        except ValidationError as error:
            told = sentences(error, type(clause.rule), dotted)
            problems += [f"values: {clause.id}: {problem}" for problem in told]
            continue
        still_open = {name: value for name, value in clause.open.items() if name not in given}
        clauses.append(clause.model_copy(update={"rule": rule, "open": still_open, "source": source}))
    content = {name: getattr(pack, name) for name in pack.model_fields_set}
    return Pack.model_validate(content | {"clauses": tuple(clauses)})  # a copy would keep the former digest


def _source(value: object) -> tuple[str, list[str]]:
    """Return where a value comes from, or what is wrong with that."""
    try:
        source = _SOURCE.validate_python(value)
    except ValidationError:
        return "", ["source: is text on one line."]
    return source, [] if source else ["source: is missing; say where the value is written."]


def _wrong_choices(policy: Policy) -> Iterator[str]:
    limits: dict[str, dict[str, Bound]] = {}
    for clause in policy.clauses:
        for bound in clause.rule.bounds():
            limits.setdefault(bound.limit, {})[clause.id] = bound
    for name, choice in policy.choices.items():
        bounds = limits.get(name, {})
        followed = bounds.get(choice.follow)
        if not bounds:
            yield f"choices: no clause sets a limit on {shown(name)}.{suggestion(name, limits)}"
        elif followed is None:
            known = ", ".join(bounds)
            yield f"choices: {name}: {shown(choice.follow)} sets no limit on it; one of: {known}."
        elif not any(followed.clashes_with(bound) for bound in bounds.values()):
            yield f"choices: {name}: {choice.follow} clashes with no clause, so there is nothing to choose."
        yield from (f"choices: {name}: {problem}" for problem in _source(choice.source)[1])
