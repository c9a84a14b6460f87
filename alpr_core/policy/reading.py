"""Reading packs: what their files say, and every problem of them at once.

A pack is refused as a whole, with every problem named, rather than read half.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import ValidationError

from alpr_core.errors import ConfigError
from alpr_core.policy.effective import Choice, Policy
from alpr_core.policy.pack import Clause, OpenValue, Pack
from alpr_core.policy.rules import (
    ANY_ACTION,
    EVERYONE,
    Purposes,
    Rule,
    RuleKinds,
    Strength,
    shown,
)
from alpr_core.policy.vocabulary import TO_COME
from alpr_core.problems import Location, sentences, suggestion

MAX_PACK = 1 << 20
"""Bytes. The longest of the policies we know is 9 kB of text; a larger file is not a pack."""

_OURS = {"open", "source"}
"""Fields of a clause that its file does not have under these names."""
_WRITTEN = tuple(name for name in Clause.model_fields if name not in _OURS)


Kind = Literal["department", "overlay"]
_FOLDERS: Mapping[Kind, str] = {"department": "packs", "overlay": "overlays"}


def pack_names(kind: Kind = "department") -> tuple[str, ...]:
    """Return the names of the packs, or of the overlays, that come with the program."""
    files = (file.name for file in _shipped(kind).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


def overlays_for(state: str | None) -> tuple[str, ...]:
    """Return the names of the overlays that come with the program for a state."""
    names = pack_names("overlay") if state else ()
    return tuple(name for name in names if load_pack(name, kind="overlay").state == state)


def _shipped(kind: Kind) -> Traversable:
    return resources.files("alpr_core.policy") / _FOLDERS[kind]


def load_pack(
    name: str | Path,
    *,
    kind: Kind | None = "department",
    folder: Path | None = None,
    kinds: RuleKinds | None = None,
    actions: Collection[str] = (),
) -> Pack:
    """Read a pack.

    Args:
        name: of one that comes with the program, or the path of a file (with a ``/``, or ending in ``.toml``).
        kind: what it has to be; None for either.
        folder: what a relative path starts from; the working directory if None.
        kinds: the rule kinds it may use, ours if None.
        actions: the acts there are: a clause on any other is an error. () leaves that unchecked.

    Raises:
        ConfigError: with every problem of the file.
    """
    path: Path | Traversable
    if isinstance(name, Path) or "/" in name or name.endswith(".toml"):
        path, where = (folder or Path()) / name, str(name)
    else:
        wanted: tuple[Kind, ...] = ("department", "overlay") if kind is None else (kind,)
        path, where = _shipped_file(name, wanted), f"{'overlay' if kind == 'overlay' else 'pack'} {name}"
    pack = parse_pack(_text(path, where), where, kinds=kinds, actions=actions)
    if kind is not None and pack.kind != kind:
        raise ConfigError([f"is of kind {pack.kind!r}, and one of kind {kind!r} is wanted."], where=where)
    return pack


def _shipped_file(name: str, wanted: Sequence[Kind]) -> Traversable:
    for kind in wanted:
        if name in pack_names(kind):
            return _shipped(kind) / f"{name}.toml"
    names = [each for kind in wanted for each in pack_names(kind)]
    problem = (
        f"there is no such pack; known: {', '.join(names)}; or give a file's path.{suggestion(name, names)}"
    )
    raise ConfigError([problem], where=f"pack {shown(name)}")


def _text(path: Path | Traversable, where: str) -> str:
    try:
        with path.open("rb") as file:
            data: bytes = file.read(MAX_PACK + 1)
        if len(data) > MAX_PACK:
            raise ConfigError([f"is larger than {MAX_PACK} bytes: this is not a policy pack."], where=where)
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError([f"is not UTF-8 text (byte {error.start})."], where=where) from error
    except OSError as error:
        raise ConfigError([f"cannot be read: {error.strerror or error}."], where=where) from error
    except ValueError as error:  # a path with a NUL in it
        raise ConfigError([f"cannot be read: {error}."], where=where) from error


def parse_pack(
    text: str, where: str, *, kinds: RuleKinds | None = None, actions: Collection[str] = ()
) -> Pack:
    """Read a pack from the text of its file, named ``where`` in messages; otherwise as `load_pack`."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError([f"is not TOML: {error}."], where=where) from error
    return read_pack(data, where, kinds=kinds, actions=actions)


def read_pack(
    data: Mapping[str, Any], where: str, *, kinds: RuleKinds | None = None, actions: Collection[str] = ()
) -> Pack:
    """Read a pack from what its file holds, as `Pack.as_json` gives it; otherwise as `load_pack`."""
    table = dict(data)
    problems = _unknown_keys(table, {*Pack.model_fields, "clause"} - {"clauses"})
    roles = table.get("roles")
    is_overlay = table.get("kind") == "overlay"
    if is_overlay:
        table.setdefault("roles", {})
    known = set(roles) if isinstance(roles, dict) and not is_overlay else None
    reader = _ClauseReader(kinds or RuleKinds(), known, {*actions, *TO_COME} if actions else ())
    table["clauses"] = reader.read(table.pop("clause", []))
    try:
        pack = Pack.model_validate(table)
    except ValidationError as error:
        problems.extend(sentences(error, Pack, _dotted))
    else:
        problems.extend(_about_the_whole(pack))
    problems.extend(reader.problems)
    if problems:
        raise ConfigError(problems, where=where)
    return pack


def _about_the_whole(pack: Pack) -> Iterator[str]:
    if pack.kind == "department" and not pack.roles:
        yield "roles: is empty: nobody could do anything."
    for clause in pack.clauses if pack.kind == "overlay" else ():
        if clause.strength is Strength.MAY and clause.rule.speaks:
            yield f"clause {clause.id}: strength: an overlay tightens, so its clauses are `must` or `should`."
    if not pack.paragraphs:
        return
    placed: set[str] = set()
    for paragraph in pack.paragraphs:
        found = {clause.id for clause in pack.clauses_of(paragraph)}
        if not found:
            yield f"paragraphs: {paragraph} has no clause; account for it, by a statement at least."
        placed |= found
    for clause in pack.clauses:
        if clause.id not in placed:
            yield f"clause {clause.id}: id: is of no paragraph under [paragraphs]."


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
        ConfigError: with every problem of every file, and of the values and choices.
    """
    packs: list[Pack] = []
    problems: list[str] = []
    for each, kind in [(name, "department"), *((overlay, "overlay") for overlay in overlays)]:
        try:
            packs.append(load_pack(each, kind=kind, folder=folder, kinds=kinds, actions=actions))  # type: ignore[arg-type]
        except ConfigError as error:
            problems += [f"{error.where}: {problem}" for problem in error.problems]
    if problems:
        raise ConfigError(problems, where="[policy]")
    return lay_over(packs, values=values, choices=choices, zone=zone)


def lay_over(
    packs: Sequence[Pack],
    *,
    values: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    choices: Mapping[str, Choice] = MappingProxyType({}),
    zone: tzinfo = UTC,
) -> Policy:
    """Lay overlays over a pack that were all read before; as `load_policy`.

    Raises:
        ConfigError: with every problem of the values and choices.
    """
    problems = [
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
        given = dict(values.get(clause.id, {}))
        if not given:
            clauses.append(clause)
            continue
        source = str(given.pop("source", ""))
        for name in [name for name in given if name not in clause.open]:
            del given[name]
            problems.append(
                f"values: {clause.id}: {name}: the document does not leave this open."
                f"{suggestion(name, clause.open) or ' A value fills in what is open, and changes nothing else.'}"
            )
        try:
            rule = type(clause.rule).model_validate(clause.rule.model_dump(exclude_unset=True) | given)
        except ValidationError as error:
            told = sentences(error, type(clause.rule), _dotted)
            problems += [f"values: {clause.id}: {problem}" for problem in told]
            continue
        still_open = {name: value for name, value in clause.open.items() if name not in given}
        clauses.append(clause.model_copy(update={"rule": rule, "open": still_open, "source": source}))
    return pack.model_copy(update={"clauses": tuple(clauses)})


def _wrong_choices(policy: Policy) -> Iterator[str]:
    limits: dict[str, list[str]] = {}
    for clause in policy.clauses:
        for bound in clause.rule.bounds():
            limits.setdefault(bound.limit, []).append(clause.id)
    for name, choice in policy.choices.items():
        if name not in limits:
            yield f"choices: no clause sets a limit on {name!r}.{suggestion(name, limits)}"
        elif choice.follow not in limits[name]:
            known = ", ".join(limits[name])
            yield f"choices: {name}: {choice.follow!r} sets no limit on it; one of: {known}."


class _ClauseReader:
    """Reads every clause that it can, and gathers what is wrong with them and between them."""

    def __init__(self, kinds: RuleKinds, roles: Collection[str] | None, actions: Collection[str]) -> None:
        self._kinds = kinds
        self._roles = roles
        self._actions = actions
        self.problems: list[str] = []

    def read(self, tables: object) -> tuple[Clause, ...]:
        """Return the clauses that are right."""
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self.problems.append("clause: each clause is a table of its own, under [[clause]].")
            return ()
        if not tables:
            self.problems.append("clause: is missing; a pack without clauses denies everything.")
        clauses = []
        seen: set[str] = set()
        for number, table in enumerate(tables, start=1):
            name = str(table.get("id", "")).strip()
            place = f"clause {name}" if name and name.isprintable() else f"clause number {number}"
            if name and name in seen:
                self.problems.append(f"{place}: the id is used twice; an id names one clause.")
            seen.add(name)
            clause, found = self._clause(dict(table))
            self.problems.extend(f"{place}: {problem}" for problem in found)
            if clause is not None:
                clauses.append(clause)
        self._check_exempt_purposes(clauses)
        return tuple(clauses)

    def _clause(self, table: dict[str, Any]) -> tuple[Clause | None, list[str]]:
        own = {key: table.pop(key) for key in _WRITTEN if key in table}
        left_open, found = self._left_open(own.get("rule"), table)
        rule, wrong = self._rule(own.get("rule"), table)
        found += wrong
        try:
            clause = Clause.model_validate({**own, "rule": rule or Rule()})
        except ValidationError as error:
            return None, [*found, *sentences(error, Clause, _dotted)]
        if clause.exempt is not None:
            found.extend(self._undeclared(clause.exempt.role))
            if clause.strength is Strength.MAY:
                found.append("exempt: a `may` clause binds nobody, so nothing can be exempt from it.")
        if rule is None:
            return None, found
        found.extend(rule.problems(clause.strength))
        return clause.model_copy(update={"open": left_open}), found

    def _left_open(self, kind: object, values: dict[str, Any]) -> tuple[dict[str, OpenValue], list[str]]:
        """Take the values out of the table that the document leaves open."""
        left_open: dict[str, OpenValue] = {}
        found: list[str] = []
        names = self._kinds[kind].values if isinstance(kind, str) and kind in self._kinds else ()
        for name in names:
            if name not in values:
                found.append(f'{name}: is missing; or is it left open: {{ open = "what", found = "where" }}?')
            elif isinstance(values[name], dict):
                try:
                    left_open[name] = OpenValue.model_validate(values.pop(name))
                except ValidationError as error:
                    told = sentences(error, OpenValue, _dotted)
                    found += [f"{name}.{problem}" for problem in told]
        return left_open, found

    def _rule(self, kind: object, values: dict[str, Any]) -> tuple[Rule | None, list[str]]:
        if not isinstance(kind, str) or kind not in self._kinds:
            return None, [self._kinds.unknown(kind)]
        rule_class = self._kinds[kind]
        found = _unknown_keys(values, {*_WRITTEN, *rule_class.model_fields})
        try:
            rule = rule_class.model_validate(values)
        except ValidationError as error:
            return None, [*found, *sentences(error, rule_class, _dotted)]
        return rule, [*found, *self._undeclared(rule.named_roles()), *self._no_actions(rule.action)]

    def _undeclared(self, roles: Iterable[str]) -> Iterator[str]:
        for role in roles:
            if self._roles is not None and role != EVERYONE and role not in self._roles:
                yield f"role: {role!r} is not declared under [roles].{suggestion(role, self._roles)}"

    def _no_actions(self, actions: Iterable[str]) -> Iterator[str]:
        for action in actions if self._actions else ():
            if action != ANY_ACTION and action not in self._actions:
                yield f"action: there is no {action!r}.{suggestion(action, self._actions)}"

    def _check_exempt_purposes(self, clauses: Sequence[Clause]) -> None:
        codes = {code for c in clauses if isinstance(c.rule, Purposes) for code in c.rule.codes}
        for clause in clauses:
            for code in clause.exempt.purpose if clause.exempt else ():
                if self._roles is not None and code not in codes:
                    what = f"exempt.purpose: no clause lists {code!r}.{suggestion(code, codes)}"
                    self.problems.append(f"clause {clause.id}: {what}")


def _unknown_keys(table: dict[str, Any], known: Collection[str]) -> list[str]:
    """Take the keys that nobody knows out of the table, and say so."""
    unknown = [key for key in table if key not in known]
    for key in unknown:
        del table[key]
    return [f"{key}: unknown key.{suggestion(key, known)}" for key in unknown]


def _dotted(place: Location) -> str:
    return ".".join(str(part) for part in place if part != "[key]")
