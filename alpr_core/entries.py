"""The catalogue of ledger entries: every kind, its public fields, its committed fields and their vault class.

An undeclared field is refused when an act is recorded. ``alpr_ledger/catalogue.json`` and ``docs/entries.md`` are
generated from this table (``python -m alpr_core.entries``); tests compare them. Public are counts, codes from closed
lists, clause ids, times, roles, node names and pseudonyms. Whatever could be a plate, a name, a case number, free
text or a place is committed: on the ledger stands a salted commitment, the value lies in the vault.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from alpr_core.errors import AlprError

ACCESS, READ, PERSON = "access", "read", "person"
"""Vault classes: access records, reads (die with the read), people's names."""

FIELD_TYPES = frozenset({"int", "str", "bool", "code", "time", "digest", "list", "map"})


@dataclass(frozen=True, kw_only=True)
class EntryKind:
    """One kind of entry.

    Attributes:
        name: ``noun.verb``; also the action that the policy's clauses speak of.
        says: one sentence: what stands on the ledger when this entry does.
        public: field name to type; one of `FIELD_TYPES`, with ``!`` behind it where it must be there.
        committed: field name to vault class.
    """

    name: str
    says: str
    public: Mapping[str, str] = field(default_factory=dict)
    committed: Mapping[str, str] = field(default_factory=dict)


WHY: Mapping[str, str] = {"case": ACCESS, "reason": ACCESS}
"""What any access may carry: case or incident number, free-text reason."""

_KINDS = (
    EntryKind(
        name="ledger.open",
        says="The ledger was opened: entry 0.",
        public={"origin": "str!", "vkey": "str!", "policy": "digest"},
    ),
    EntryKind(
        name="act.deny",
        says="An act was refused; the clauses behind it are in the entry's head.",
        public={"action": "code!", "origin": "code"},
        committed={**WHY, "explanation": ACCESS},
    ),
    EntryKind(
        name="act.fail",
        says="An act was begun and failed: nothing of it was stored, nothing left.",
        public={"action": "code!", "error": "code!"},
    ),
    EntryKind(
        name="person.add",
        says="An account was made, with these roles.",
        public={"person": "code!", "roles": "list!"},
        committed={"name": PERSON, "badge": PERSON},
    ),
    EntryKind(name="person.list", says="The accounts were looked at.", public={"count": "int!"}),
    EntryKind(name="person.login", says="A person logged in.", public={"person": "code!"}),
    EntryKind(
        name="person.fail",
        says="A login failed; the person is named where the badge was right.",
        public={"person": "code"},
        committed={"badge": ACCESS},
    ),
    EntryKind(name="person.logout", says="A person logged out.", public={"person": "code!"}),
    EntryKind(
        name="read.record",
        says="Plates were seen and stored, in this order.",
        public={"count": "int!", "first": "time!", "last": "time!", "reads": "list!"},
        committed={"plate": READ, "record": READ, "camera": READ},
    ),
    EntryKind(
        name="hit.raise",
        says="A read met a hotlist entry.",
        public={"hit": "code!", "read": "code!", "match": "code!", "rank": "int!"},
        committed={"plate": READ, "listed": READ, "hotlist": READ, "category": READ},
    ),
    EntryKind(
        name="search.run",
        says="Stored reads were searched.",
        public={"count": "int!", "capped": "bool!"},
        committed={**WHY, "query": ACCESS, "plate": ACCESS, "result": ACCESS},
    ),
    EntryKind(
        name="read.show",
        says="One read was looked at.",
        public={"read": "code!"},
        committed={**WHY, "plate": ACCESS},
    ),
    EntryKind(
        name="image.open",
        says="One image was decrypted and handed out.",
        public={"read": "code!", "image": "code!", "sha256": "digest!"},
        committed=WHY,
    ),
    EntryKind(
        name="hotlist.import",
        says="A hotlist was replaced by the lines of a file.",
        public={"source": "code!", "added": "int!", "rejected": "int!", "refused": "int!", "stripped": "map"},
        committed={**WHY, "hotlist": ACCESS, "file": ACCESS, "digest": ACCESS},
    ),
    EntryKind(
        name="hotlist.add",
        says="One plate was put on a hotlist by hand.",
        committed={**WHY, "hotlist": ACCESS, "plate": ACCESS},
    ),
    EntryKind(
        name="hotlist.remove",
        says="One plate was taken off a hotlist by hand.",
        public={"removed": "int!"},
        committed={**WHY, "hotlist": ACCESS, "plate": ACCESS},
    ),
    EntryKind(name="hotlist.list", says="The hotlists were looked at.", public={"count": "int!"}),
    EntryKind(
        name="hit.list",
        says="Hits were looked at.",
        public={"count": "int!"},
        committed={**WHY, "result": ACCESS},
    ),
    EntryKind(
        name="ledger.read",
        says="Entries of the ledger were looked at.",
        public={"count": "int!", "first": "int", "last": "int"},
        committed={**WHY, "query": ACCESS},
    ),
    EntryKind(
        name="ledger.search",
        says="The ledger was searched, through the vault, for a plate or a case number.",
        public={"count": "int!"},
        committed={**WHY, "query": ACCESS, "plate": ACCESS, "result": ACCESS},
    ),
    EntryKind(
        name="ledger.disclose",
        says="One commitment of one entry was opened for somebody: its value and salt left.",
        public={"entry": "int!", "field": "code!", "item": "int!"},
        committed=WHY,
    ),
    EntryKind(
        name="ledger.verify",
        says="The ledger was verified from inside the node: all of it, what came since `first`, or random `bundles`.",
        public={"size": "int", "content": "bool!", "passed": "bool!", "first": "int", "bundles": "int"},
    ),
    EntryKind(
        name="ledger.recover",
        says="Two persons had the ledger go on after its newest entries were lost; the last checkpoint is kept, and "
        "what witnesses had confirmed beyond it.",
        public={"lost": "str!", "second": "code!", "witnesses": "list"},
        committed=WHY,
    ),
    EntryKind(
        name="key.rotate",
        says="The ledger was handed over to a new signing key, in a note that both keys signed.",
        public={"note": "str!"},
        committed=WHY,
    ),
    EntryKind(
        name="key.revoke",
        says="A former signing key was revoked: its signature counts up to this size.",
        public={"vkey": "str!", "last": "int!"},
        committed=WHY,
    ),
    EntryKind(name="key.list", says="The ledger's signing keys were looked at.", public={"count": "int!"}),
    EntryKind(
        name="ledger.checkpoint",
        says="The checkpoint of this size was handed out, to be kept or confirmed outside.",
        public={"size": "int!"},
    ),
    EntryKind(
        name="ledger.witness",
        says="Witnesses were asked to confirm that checkpoint; key IDs of those who did, and of those who did not.",
        public={"size": "int!", "confirmed": "list!", "refused": "list!"},
    ),
    EntryKind(
        name="ledger.stamp",
        says="Authorities were asked to stamp that checkpoint with the time; who did, and who did not.",
        public={"size": "int!", "stamped": "list!", "refused": "list!"},
    ),
    EntryKind(
        name="ledger.export",
        says="The ledger was exported for outsiders, up to this size; an export of the size before was there.",
        public={"size": "int", "before": "int"},
        committed={**WHY, "target": ACCESS},
    ),
    EntryKind(
        name="document.add",
        says="A document was added to the programme file; of a file, its hash can be shown.",
        public={"document": "int!", "kind": "code!"},
        committed={"title": ACCESS, "owner": ACCESS, "file": ACCESS, "sha256": ACCESS},
    ),
    EntryKind(
        name="document.withdraw",
        says="A document of the programme file counts no longer; it stays on file.",
        public={"document": "int!", "kind": "code!"},
        committed=WHY,
    ),
    EntryKind(name="document.list", says="The programme file was looked at.", public={"count": "int!"}),
    EntryKind(
        name="policy.explain",
        says="It was asked what the policy would say of an act by a person; nothing of it was done.",
        public={"action": "code!", "person": "code!", "verdict": "code!"},
        committed={"query": ACCESS},
    ),
    EntryKind(
        name="policy.publish",
        says="The policy was written as a page for the public; the page's SHA-256 is named.",
        public={"digest": "digest!"},
        committed={"target": ACCESS},
    ),
    EntryKind(
        name="policy.adopt",
        says="The policy of this digest was adopted for the department, after counsel's review.",
        public={"digest": "digest!"},
        committed={"adopted_by": ACCESS, "counsel": ACCESS},
    ),
    EntryKind(name="config.show", says="The settings were looked at."),
    EntryKind(
        name="config.apply",
        says="These settings were accepted, in so many changed lines; a second person agreed where they loosen.",
        public={"digest": "digest!", "previous": "digest", "changes": "int!", "second": "code"},
        committed={**WHY, "lines": ACCESS},
    ),
    EntryKind(
        name="config.history",
        says="It was looked at who accepted which settings.",
        public={"count": "int!"},
    ),
    EntryKind(name="status.show", says="The node's state was looked at."),
)

CATALOGUE: Mapping[str, EntryKind] = {kind.name: kind for kind in _KINDS}
"""Every kind by its name."""

_BY_THEMSELVES = {"ledger.open", "act.deny", "act.fail", "person.fail", "hit.raise"}

ACTIONS = (frozenset(CATALOGUE) - _BY_THEMSELVES) | {"config.agree"}
"""What a person can ask for, so that a policy's clauses can speak of it.

These are kinds of entries, and ``config.agree``: to agree, as second person, to settings that loosen, which
stands in the entry of ``config.apply``.
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
            f"entry {kind.name}: undeclared fields {undeclared}, missing fields {missing}; see alpr_core/entries.py"
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
        "This page is made from `alpr_core/entries.py`.\n",
    ]
    for name, kind in sorted(CATALOGUE.items()):
        parts.append(f"## {name}\n\n{kind.says}\n")
        for label, type_ in kind.public.items():
            need = "" if type_.endswith("!") else ", where known"
            parts.append(f"- public `{label}` ({type_.rstrip('!')}{need})")
        parts.extend(f"- committed `{label}` (class `{class_}`)" for label, class_ in kind.committed.items())
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def main() -> None:
    """Write both generated files into the checkout that this module stands in."""
    root = Path(__file__).parent.parent
    (root / "ledger" / "alpr_ledger" / "catalogue.json").write_text(catalogue_json(), encoding="utf-8")
    (root / "docs" / "entries.md").write_text(entries_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
