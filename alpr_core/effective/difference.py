"""How two documents of effective settings differ, line by line and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

NOTHING = "nothing"
"""Stands for a value that is not there."""

_AT_ONCE = ("[store] ", "plugin ", "witness file: ", "certificate file ")
"""What is as it is, whatever was accepted: the database that is there, the code that is installed, a file beside."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line in which settings differ.

    Attributes:
        place: where: ``[node] mode``, ``pack minimal, clause 3(c), action``.
        old: what was accepted, in words.
        new: what stands there now.
    """

    place: str
    old: str
    new: str

    @property
    def is_in_force(self) -> bool:
        """Whether the new one counts already, because the old one can't be had any more."""
        return self.place.startswith(_AT_ONCE)

    def __str__(self) -> str:
        note = " (so already: what was there cannot be kept)" if self.is_in_force else ""
        return f"{self.place}: {self.old} -> {self.new}{note}"


def difference(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return each line in which two documents differ, in the order of the new one.

    Args:
        old: as `Effective.document`; None where nothing was accepted before.
        new: likewise.
    """
    before, after = ({} if old is None else dict(_lines(old))), dict(_lines(new))
    for lines, others in ((before, after), (after, before)):
        _fold_whole(lines, others)
    found = tuple(
        Change(place, before.get(place, NOTHING), after.get(place, NOTHING))
        for place in dict.fromkeys([*after, *before])
        if before.get(place) != after.get(place)
    )
    if not found and old != new:
        return (Change("the order or spelling of values", "as it was accepted", "another"),)
    return found


def _fold_whole(lines: dict[str, str], others: dict[str, str]) -> None:
    """Make one line of a pack, and of a clause, that the other side does not have at all."""
    for head in [place for place in lines if place not in others and place.startswith("pack ")]:
        for place in [each for each in lines if each.startswith(f"{head}, ")]:
            del lines[place]


def _lines(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for section, value in document["settings"].items():
        if isinstance(value, Mapping):
            yield from _flat(f"[{section}] ", value)
        else:
            for number, each in enumerate(value, start=1):
                name = each.get("name") or each.get("use") or number
                yield from _flat(f"[[{section}]] {name}: ", each)
    for pack in document["packs"]:
        yield from _pack_lines(pack)
    for name, plugin in document["plugins"].items():
        whose = f"{plugin['distribution'] or 'an unknown distribution'} {plugin['version']}".strip()
        yield f"plugin {name}", f"{whose}, files {plugin['sha256'][:16]}"
    for line in document["witnesses"]:
        yield f"witness file: {line}", "there"
    for path, sha256 in document.get("certificates", {}).items():
        yield f"certificate file {path}", f"SHA-256 {sha256[:16]}"


def _pack_lines(pack: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    head = f"pack {pack['id']}"
    yield head, f"version {pack['version']}, {len(pack['clause'])} clauses"
    for key, value in pack.items():
        if key not in {"id", "clause"}:
            yield f"{head}, {key}", _words(value)
    for clause in pack["clause"]:
        place = f"{head}, clause {clause['id']}"
        yield place, f"{clause['strength']} {clause['rule']}: {clause['says']}"
        for key, value in clause.items():
            if key not in {"id", "strength", "rule", "says"}:
                yield f"{place}, {key}", _words(value)


def _flat(place: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping) and value and key not in {"password"}:
            yield from _flat(f"{place}{key}, ", value)
        elif value not in ({}, [], ""):
            yield f"{place}{key}", _words(value)


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key} ({_words(each)})" for key, each in sorted(value.items()))
    if isinstance(value, list | tuple):
        return ", ".join(map(_words, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
