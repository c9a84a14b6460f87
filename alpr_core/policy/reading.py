"""Reading packs: what their files say, and every problem of them at once.

A pack is refused as a whole, with every problem named, rather than read half.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from alpr_core.errors import ConfigError
from alpr_core.policy.pack import Clause, OpenValue, Pack, paragraph_of
from alpr_core.policy.rules import (
    ANY_ACTION,
    BUILT_IN,
    EVERYONE,
    GRANTING,
    WORDS_OF_A_CLAUSE,
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

_WRITTEN = tuple(sorted(WORDS_OF_A_CLAUSE - {"open"}))
"""Keys of a clause in its file, beside its rule's own: what is left open stands in place of the value there."""

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
        problems.extend(sentences(error, Pack, dotted))
    else:
        problems.extend(_about_the_whole(pack))
    problems.extend(_unplaced(table.get("paragraphs"), reader.ids))
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


def _unplaced(paragraphs: object, ids: Collection[str]) -> Iterator[str]:
    """Say which paragraph has no clause, and which clause no paragraph, by the ids of all that are written."""
    if not isinstance(paragraphs, dict) or not paragraphs:
        return
    paragraphs = [name for name in (" ".join(each.split()) for each in paragraphs) if name.isprintable()]
    placed = {clause_id: paragraph_of(clause_id, paragraphs) for clause_id in ids}
    for paragraph in paragraphs:
        if paragraph not in placed.values():
            yield f"paragraphs: {paragraph} has no clause; account for it, by a statement at least."
    for clause_id, paragraph in placed.items():
        if not paragraph:
            yield f"clause {clause_id}: id: is of no paragraph under [paragraphs]."


class _ClauseReader:
    """Reads every clause that it can, and gathers what is wrong with them and between them."""

    def __init__(self, kinds: RuleKinds, roles: Collection[str] | None, actions: Collection[str]) -> None:
        self._kinds = kinds
        self._roles = roles
        self._actions = actions
        self.problems: list[str] = []
        self.ids: list[str] = []

    def read(self, tables: object) -> tuple[Clause, ...]:
        """Return the clauses that are right."""
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self.problems.append("clause: each clause is a table of its own, under [[clause]].")
            return ()
        if not tables:
            self.problems.append("clause: is missing; a pack without clauses denies everything.")
        clauses = []
        for number, table in enumerate(tables, start=1):
            name = " ".join(str(table.get("id", "")).split())
            is_named = bool(name) and name.isprintable()
            place = f"clause {name}" if is_named else f"clause number {number}"
            if name in self.ids:
                self.problems.append(f"{place}: the id is used twice; an id names one clause.")
            elif is_named:
                self.ids.append(name)
            clause, found = self._clause(dict(table))
            self.problems.extend(f"{place}: {problem}" for problem in found)
            if clause is not None:
                clauses.append(clause)
        if len(clauses) == len(tables):  # else one that could not be read may be the one that lists it
            self._check_purposes(clauses)
        return tuple(clauses)

    def _clause(self, table: dict[str, Any]) -> tuple[Clause | None, list[str]]:
        own = {key: table.pop(key) for key in _WRITTEN if key in table}
        left_open, found = self._left_open(own.get("rule"), table)
        rule, wrong = self._rule(own.get("rule"), table)
        found += wrong
        try:
            clause = Clause.model_validate({**own, "rule": rule or Rule()})
        except ValidationError as error:
            return None, [*found, *sentences(error, Clause, dotted)]
        if clause.exempt is not None:
            found.extend(self._undeclared(clause.exempt.role))
            if clause.strength is Strength.MAY:
                found.append("exempt: a `may` clause binds nobody, so nothing can be exempt from it.")
        if rule is None:
            return None, found
        found.extend(_strengths(clause, rule))
        found += [f"{name}: cannot be open here." for name in left_open if not rule.may_leave_open(name)]
        found += [each for each in rule.problems(clause.strength) if each.partition(":")[0] not in left_open]
        return clause.model_copy(update={"open": left_open}), found

    def _left_open(self, kind: object, values: dict[str, Any]) -> tuple[dict[str, OpenValue], list[str]]:
        """Take the values out of the table that the document leaves open."""
        left_open: dict[str, OpenValue] = {}
        found: list[str] = []
        known = self._kinds[kind] if isinstance(kind, str) and kind in self._kinds else Rule
        for name in known.values:
            if name not in values and known.always:
                found.append(f'{name}: is missing; or is it left open: {{ open = "what", found = "where" }}?')
            elif isinstance(values.get(name), dict):
                try:
                    left_open[name] = OpenValue.model_validate(values.pop(name))
                except ValidationError as error:
                    told = sentences(error, OpenValue, dotted)
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
            return None, [*found, *sentences(error, rule_class, dotted)]
        return rule, [*found, *self._undeclared(rule.named_roles()), *self._no_actions(rule.action)]

    def _undeclared(self, roles: Iterable[str]) -> Iterator[str]:
        for role in roles:
            if self._roles is not None and role != EVERYONE and role not in self._roles:
                yield f"role: {role!r} is not declared under [roles].{suggestion(role, self._roles)}"

    def _no_actions(self, actions: Iterable[str]) -> Iterator[str]:
        for action in actions if self._actions else ():
            if action != ANY_ACTION and action not in self._actions:
                yield f"action: there is no {action!r}.{suggestion(action, self._actions)}"

    def _check_purposes(self, clauses: Sequence[Clause]) -> None:
        """Say which purposes no clause lists; an overlay may name those of any pack."""
        codes = {code for c in clauses if isinstance(c.rule, Purposes) for code in c.rule.codes}
        for clause in clauses if self._roles is not None else ():
            named = [("purpose", code) for code in clause.rule.named_purposes()]
            named += [("exempt.purpose", code) for code in (clause.exempt.purpose if clause.exempt else ())]
            self.problems += [
                f"clause {clause.id}: {place}: no clause lists {code!r}.{suggestion(code, codes)}"
                for place, code in named
                if code not in codes
            ]


def _strengths(clause: Clause, rule: Rule) -> Iterator[str]:
    """Say where a clause's strength, or how it is said to be kept, is more than its rule can do."""
    is_ours = type(rule) is BUILT_IN.get(rule.kind)
    if clause.strength is Strength.MAY and rule.speaks and is_ours and type(rule) not in GRANTING:
        granting = ", ".join(f"`{each.kind}`" for each in GRANTING)
        yield f"strength: a `{rule.kind}` clause binds, so it is `must` or `should`; what grants is {granting}."
    if clause.how == "enforced" and rule.how != "enforced":
        yield f"how: a `{rule.kind}` clause is {rule.how.replace('_', ' ')}, not enforced."


def _unknown_keys(table: dict[str, Any], known: Collection[str]) -> list[str]:
    """Take the keys that nobody knows out of the table, and say so."""
    unknown = [key for key in table if key not in known]
    for key in unknown:
        del table[key]
    return [f"{key}: unknown key.{suggestion(key, known)}" for key in unknown]


def dotted(place: Location) -> str:
    """Return where a value stands in its table, as ``codes.wanted``."""
    return ".".join(str(part) for part in place if part != "[key]")
