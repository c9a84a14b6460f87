"""The certificate of a purge as a document: what was destroyed, by whose word, and what lies outside. Pure.

It is made from the ledger's entry alone, so that it can be made again whenever it is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OUTSIDE: Mapping[str, str] = {
    "archived_wal": "archived write-ahead logs of the database",
    "old_snapshots": "snapshots of the disk or of the machine that were taken before",
    "old_backups": "backups that were made before, until the keys of their days are dropped from the key backup",
    "released_copies": "copies that were released to others; the ledger names each release",
}
"""What a purge cannot reach, by its code: the department destroys it, or lets it run out."""


def certificate_text(body: Mapping[str, Any]) -> str:
    """Return the document for the custodian's signature.

    Args:
        body: of the entry ``purge.certify``.
    """
    public = body["public"]
    lines = [
        f"CERTIFICATE OF DESTRUCTION {public['purge']}",
        "",
        f"Node:            {body['node']}",
        f"Ledger entries:  {', '.join(_ranges(public['entries']))}",
        f"Certified:       {body['t']}",
        f"By:              {body['actor']['id']}{_delegated(body['actor'])}",
        f"Policy:          {body['policy']['pack']} version {body['policy']['version']}",
        f"Clauses:         {', '.join(public['paragraphs']) or 'none'}",
        f"Strategy:        {public['strategy']}",
        "",
        "Destroyed, with every image, candidate, commitment's value and key behind it:",
        f"  {_count(public['count'], 'read')}, {_count(public['images'], 'image')}, {_count(public['hits'], 'hit')}, "
        f"{_count(public['plates'], 'plate')} that no other read names",
        f"  captured from {public['first']} to {public['last']}",
        *(f"  class {name}: {_term(term)}" for name, term in sorted(public["terms"].items())),
        f"  Merkle root over the reads' keys, in the order of their capture (RFC 6962): {public['root']}",
        f"  {_count(public['keys'], 'key')} erased",
        f"  the last of them {public['delay']} seconds after it was due",
        "",
        f"Kept, though due, by a hold: {_count(public['held'], 'read')}.",
        "",
        "Not reached by this, and to be destroyed where they lie:",
        *(f"  - {OUTSIDE.get(code, code)}" for code in public["outside"]),
        "",
        "Custodian of Records: ____________________________   Date: ______________",
    ]
    return "\n".join(lines) + "\n"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _term(term: Mapping[str, str]) -> str:
    told = f"{term['period']} from {term['starts']}"
    if "least" in term:
        told += f", not before {term['least']}"
    if "most" in term:
        told += f", not after {term['most']}"
    return told


def _delegated(actor: Mapping[str, Any]) -> str:
    return f", on the authority of {actor['delegated_by']}" if "delegated_by" in actor else ""


def _ranges(entries: list[int]) -> list[str]:
    """Return the first and the last entry of a run."""
    first, last = entries[0], entries[-1]
    return [str(first)] if first == last else [f"{first} to {last}"]
