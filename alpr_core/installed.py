"""What is installed: alpr-core and the plugins that take part, byte for byte."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from alpr_core import __version__
from alpr_core.errors import StoreError
from alpr_core.files import read_private, write_private
from alpr_core.plugins.fingerprint import package_fingerprint
from alpr_core.store.installed import Part

CORE = "alpr-core"
"""The name that the core itself stands under; no plugin can have it."""

_KEPT = "program.json"
_SHOWN = 60
"""Parts that an entry spells out; the digest covers all."""


def parts_of(plugins: Mapping[str, Mapping[str, str]], *, run: Path) -> dict[str, Part]:
    """Return every part that is installed, by its name.

    Args:
        plugins: those that take part, as `PluginHost.enabled` returns them.
        run: the node's folder ``var/run``. Each time that the program's files are read, their sizes and times are
            kept there with what came of it; while those stay, the files are not read again.
    """
    kept = run / _KEPT
    known: dict[str, str] = {}
    with suppress(OSError, StoreError, ValueError, AttributeError):
        known = {str(key): str(value) for key, value in json.loads(read_private(kept, limit=1000)).items()}
    state, files = package_fingerprint("alpr_core", "alpr_ledger", known=known)
    if state not in known:
        with suppress(OSError):
            write_private(kept, json.dumps({state: files}).encode())
    core = Part(distribution=CORE, version=__version__, sha256=files)
    return {CORE: core, **{f"plugin {name}"[:64]: Part(**each) for name, each in plugins.items()}}


def differing(before: Mapping[str, Part], now: Mapping[str, Part]) -> list[str]:
    """Return the names of the parts that came, went or changed."""
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))


class Shown(NamedTuple):
    """What an entry says of it.

    Attributes:
        changed: names of the parts that came, went or changed.
        parts: each of those that is there, spelled out.
        digest: over all parts, base64.
    """

    changed: list[str]
    parts: dict[str, dict[str, str]]
    digest: str


def shown(changed: Sequence[str], parts: Mapping[str, Part]) -> Shown:
    """Return what an entry says of it."""
    spelled = {name: asdict(parts[name]) for name in changed[:_SHOWN] if name in parts}
    return Shown(list(changed[:_SHOWN]), spelled, _digest(parts))


def _digest(parts: Mapping[str, Part]) -> str:
    whole = {name: asdict(part) for name, part in parts.items()}
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"))
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
