"""The catalogue of kinds: which fields an entry of each kind may hold, in public and as commitments.

`catalogue.json` is data, so that an auditor needs none of the program that wrote the ledger:
``{"version": 1, "kinds": {kind: {"public": {field: {"type": ..., "required": bool}}, "committed": {field: vault
class}}}}``. A field that is not declared is a failure: it is where a plate could hide. A kind that is not in
the catalogue is no failure, it is listed: the ledger may be newer than the verifier.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources

from .entry import parse_time
from .errors import CatalogueError, EntryError
from .merkle import HASH
from .text import decode_base64

VERSION = 1
_CODE = re.compile(r"[!-~](?:[ -~]{0,78}[!-~])?")
_HEX = re.compile(r"(?:sha256:)?[0-9a-f]{64}")

Check = Callable[[object], bool]


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_code(value: object) -> bool:
    return isinstance(value, str) and _CODE.fullmatch(value) is not None


def _is_time(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parse_time(value)
    except EntryError:
        return False
    return True


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and decode_base64(value, HASH) is not None


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and (_HEX.fullmatch(value) is not None or _is_hash(value))


TYPES: Mapping[str, Check] = {
    "int": _is_integer,
    "str": _is_text,
    "bool": lambda value: isinstance(value, bool),
    "code": _is_code,  # up to 80 printable ASCII characters: from a closed list, such as a clause
    "time": _is_time,
    "digest": _is_digest,  # SHA-256: 64 hex digits, with or without "sha256:", or base64
    "list": lambda value: isinstance(value, list),
    "map": lambda value: isinstance(value, dict),
}

HEADER: Mapping[str, Check] = {
    "v": lambda value: value == VERSION and _is_integer(value),
    "kind": _is_code,
    "t": _is_time,
    "actor": TYPES["map"],
    "node": _is_text,
    "policy": TYPES["map"],
    "clauses": lambda value: isinstance(value, list) and all(_is_text(one) for one in value),
    "req": _is_text,
    "ref": lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
    "purpose": _is_text,
    "outcome": _is_text,
    "public": TYPES["map"],
    "committed": TYPES["map"],
}
"""What every body may hold, of whatever kind."""
_DEMANDED = ("v", "kind", "t")


@dataclass(frozen=True, slots=True)
class Kind:
    """The fields of one kind.

    Attributes:
        public: field -> what its value must be.
        required: public fields that must be there.
        committed: field -> vault class.
    """

    public: Mapping[str, Check]
    required: frozenset[str]
    committed: Mapping[str, str]


class Catalogue:
    """The kinds that a verifier knows."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self.kinds = dict(kinds)

    def __contains__(self, kind: object) -> bool:
        return kind in self.kinds

    def check(self, body: Mapping[str, object]) -> bool:
        """Check a body's header, and its fields if its kind is known.

        Returns:
            Whether the kind is known; of an unknown one only the header was checked.

        Raises:
            EntryError: a field is undeclared, missing or of the wrong type.
        """
        for field, value in body.items():
            check = HEADER.get(field)
            if check is None:
                raise EntryError(f"{field}: no entry has such a field")
            if not check(value):
                raise EntryError(f"{field}: not of its form: {_shown(value)}")
        for field in _DEMANDED:
            if field not in body:
                raise EntryError(f"{field}: missing")
        kind = self.kinds.get(str(body["kind"]))
        if kind is None:
            return False
        _check_public(kind, body.get("public", {}), complete=body.get("outcome", "done") == "done")
        _check_committed(kind, body.get("committed", {}))
        return True


def load_catalogue() -> Catalogue:
    """The catalogue that ships with this package."""
    return read_catalogue(resources.files(__package__).joinpath("catalogue.json").read_text("utf-8"))


def read_catalogue(text: str) -> Catalogue:
    """Read a catalogue.

    Raises:
        CatalogueError: it is malformed; the message says where.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CatalogueError(f"the catalogue is not JSON: {error}") from None
    if (
        not isinstance(data, dict)
        or data.get("version") != VERSION
        or not isinstance(data.get("kinds"), dict)
    ):
        raise CatalogueError(f"a catalogue has version {VERSION} and kinds")
    return Catalogue({name: _kind(name, value) for name, value in data["kinds"].items()})


def _kind(name: str, value: object) -> Kind:
    if not isinstance(value, dict) or not value.keys() <= {"public", "committed"}:
        raise CatalogueError(f"{name}: a kind has public and committed fields, and nothing else")
    public, committed = value.get("public", {}), value.get("committed", {})
    if not isinstance(public, dict) or not isinstance(committed, dict):
        raise CatalogueError(f"{name}: public and committed map fields to what they are")
    checks: dict[str, Check] = {}
    for field, declared in public.items():
        if not isinstance(declared, dict) or not declared.keys() <= {"type", "required"}:
            raise CatalogueError(f"{name}.public.{field}: has a type, and may be required")
        check = TYPES.get(str(declared.get("type")))
        if check is None:
            raise CatalogueError(f"{name}.public.{field}: the type is one of {', '.join(TYPES)}")
        checks[field] = check
    for field, vault_class in committed.items():
        if not isinstance(vault_class, str) or not vault_class:
            raise CatalogueError(f"{name}.committed.{field}: names a vault class")
    required = frozenset(field for field, declared in public.items() if declared.get("required"))
    return Kind(checks, required, committed)


def _check_public(kind: Kind, fields: object, *, complete: bool) -> None:
    assert isinstance(fields, dict)  # noqa: S101 - HEADER has seen to it
    for field, value in fields.items():
        check = kind.public.get(field)
        if check is None:
            raise EntryError(f"public.{field}: not declared for this kind")
        if not check(value):
            raise EntryError(f"public.{field}: not of its declared type: {_shown(value)}")
    for field in kind.required if complete else ():  # an intent, or what failed, does not know them all
        if field not in fields:
            raise EntryError(f"public.{field}: required for this kind, and missing")


def _check_committed(kind: Kind, fields: object) -> None:
    assert isinstance(fields, dict)  # noqa: S101 - HEADER has seen to it
    for field, value in fields.items():
        if field not in kind.committed:
            raise EntryError(f"committed.{field}: not declared for this kind")
        many = value if isinstance(value, list) else [value]
        if not all(_is_hash(one) for one in many):
            raise EntryError(f"committed.{field}: not a commitment (base64 of 32 bytes): {_shown(value)}")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
