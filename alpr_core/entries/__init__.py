"""The catalogue of ledger entries: every kind, its public fields, its committed fields and their vault class.

An undeclared field is refused when an act is recorded. ``alpr_ledger/catalogue.json`` and ``docs/entries.md`` are
generated from this table (``python -m alpr_core.entries``); tests compare them. Public are counts, codes from closed
lists, clause ids, times, roles, node names and pseudonyms. Whatever could be a plate, a name, a case number, free
text or a place is committed: on the ledger stands a salted commitment, the value lies in the vault.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from alpr_core.entries import (
    approvals,
    backup,
    breaches,
    devices,
    hotlists,
    incidents,
    jobs,
    ledger,
    notices,
    people,
    reads,
    releases,
    retention,
    rights,
    settings,
    vendor_logs,
    watch,
)
from alpr_core.entries.kind import ACCESS, FIELD_TYPES, PERSON, READ, WHY, EntryKind
from alpr_core.errors import AlprError

__all__ = [
    "ACCESS",
    "ACTIONS",
    "CATALOGUE",
    "FIELD_TYPES",
    "PERSON",
    "READ",
    "WHY",
    "EntryKind",
    "UndeclaredField",
    "catalogue_json",
    "check_fields",
    "entries_page",
]

_ROOMS = (
    approvals,
    backup,
    breaches,
    devices,
    hotlists,
    incidents,
    jobs,
    ledger,
    notices,
    people,
    reads,
    releases,
    retention,
    rights,
    settings,
    vendor_logs,
    watch,
)

CATALOGUE: Mapping[str, EntryKind] = {kind.name: kind for room in _ROOMS for kind in room.KINDS}
"""Every kind by its name."""

ACTIONS = frozenset(kind.name for kind in CATALOGUE.values() if not kind.by_itself) | {
    "config.agree",
    "person.agree",
}
"""What a person can ask for, so that a policy's clauses can speak of it.

These are kinds of entries; and ``config.agree`` and ``person.agree``: to agree, as second person, to settings that
loosen and to rights that are given, which stands in the entries of those.
"""


class UndeclaredField(AlprError):
    """An entry carries a field, or a kind, that the catalogue does not declare: a mistake in this program."""


def check_fields(kind: EntryKind, public: Mapping[str, object], committed: Mapping[str, object]) -> None:
    """Refuse an entry whose fields are not those of its kind.

    Raises:
        UndeclaredField: naming every field that is not declared, or is missing.
    """
    undeclared = sorted((set(public) - set(kind.public)) | (set(committed) - set(kind.committed)))
    missing = sorted(
        name for name, type_ in kind.public.items() if type_.endswith("!") and name not in public
    )
    if undeclared or missing:
        raise UndeclaredField(
            f"entry {kind.name}: undeclared fields {undeclared}, missing fields {missing}; see alpr_core/entries"
        )


def catalogue_json() -> str:
    """Return the text of ``alpr_ledger/catalogue.json``, which verification reads."""
    kinds = {
        name: {
            "public": {
                label: {"type": type_.rstrip("!"), **({"required": True} if type_.endswith("!") else {})}
                for label, type_ in sorted(kind.public.items())
            },
            "committed": dict(sorted(kind.committed.items())),
        }
        for name, kind in sorted(CATALOGUE.items())
    }
    return json.dumps({"version": 1, "kinds": kinds}, indent=2, ensure_ascii=False) + "\n"


def entries_page() -> str:
    """Return the text of ``docs/entries.md``."""
    parts = [
        "# Ledger entries\n",
        "Every kind of entry that a node writes. *Public* fields stand on the ledger in clear; of a *committed*",
        "only a salted commitment stands there, its value lies in the vault under the class named behind it.",
        "This page is made from `alpr_core/entries`.\n",
    ]
    for name, kind in sorted(CATALOGUE.items()):
        parts.append(f"## {name}\n\n{kind.says}\n")
        for label, type_ in kind.public.items():
            need = "" if type_.endswith("!") else ", where known"
            parts.append(f"- public `{label}` ({type_.rstrip('!')}{need})")
        parts.extend(f"- committed `{label}` (class `{class_}`)" for label, class_ in kind.committed.items())
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"
