"""What is installed: it is compared with what the ledger says of it, at each start and by a job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from alpr_core.act import Act
from alpr_core.installed import differing, parts_of, shown
from alpr_core.services.notices import tell
from alpr_core.store.installed import Part


def note_installed(act: Act, parts: Mapping[str, Part]) -> int:
    """Put on record what is installed, if it is not what was recorded last; return how many parts differ.

    Where alpr-core or a plugin that was there before has changed, those who accept settings are told: it was not
    ``upgrade`` that brought it.

    Args:
        act: of the node itself.
        parts: what is installed, by name.

    Raises:
        LedgerUnwritable: the entry could not be committed.
    """
    recorded = act.recorded_parts()
    changed = differing(recorded, parts)
    if not changed:
        return 0
    said = shown(changed, parts)
    receipt = act.report(
        "node.changed",
        first=not recorded,
        changed=said.changed,
        parts=said.parts,
        digest=said.digest,
        write=lambda work: work.installed.replace(parts),
    )
    if any(name in recorded and name in parts for name in changed):
        tell(act, "node.changed", entry=receipt.first)
    return len(changed)


def check_installed(
    act: Act, plugins: Callable[[], Mapping[str, Mapping[str, str]]], run: Path
) -> Mapping[str, int]:
    """Compare what is installed now with what was recorded last; as `note_installed`.

    Args:
        act: of the job.
        plugins: returns those that take part, as `PluginHost.enabled`: distribution, version and the SHA-256 of their
            files.
        run: the node's folder ``var/run``.

    Returns:
        How many parts there are, and how many differ.
    """
    parts = parts_of(plugins(), run=run)
    return {"parts": len(parts), "changed": note_installed(act, parts)}
