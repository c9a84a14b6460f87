"""Writing a publication: a folder of static files that is there whole or not at all."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from alpr_core.errors import InputError, StoreError
from alpr_core.policy.page import page
from alpr_core.policy.publication import MADE_BY, Publication, as_json

FILES = frozenset({"index.html", "policy.json"})
"""What a publication consists of."""

_LONGEST = 16 << 20
"""Bytes of a ``policy.json`` that is looked into."""


def site(publication: Publication) -> dict[str, bytes]:
    """Return the files of a publication by name: the page, and the same for programs."""
    record = json.dumps(as_json(publication), indent=1, ensure_ascii=False) + "\n"
    return {"index.html": page(publication).encode(), "policy.json": record.encode()}


def write_site(target: Path, files: Mapping[str, bytes]) -> None:
    """Write a publication to a folder, in place of an earlier one.

    Args:
        target: a folder that is not there, is empty, or holds a publication and nothing else.
        files: what `site` returned.

    Raises:
        InputError: the folder holds something else; it is left as it is.
        StoreError: it cannot be written; what was there before is still there.
    """
    target = target.resolve()
    check_target(target)
    mark = secrets.token_hex(8)
    new, old = (target.with_name(f".{target.name}.{word}.{mark}") for word in ("new", "old"))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        new.mkdir()
        for name, data in files.items():
            (new / name).write_bytes(data)
        if target.exists():
            target.rename(old)
        try:
            new.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def check_target(target: Path) -> None:
    """Refuse a folder that holds anything but an earlier publication.

    Raises:
        InputError: naming something that is in it.
        StoreError: it cannot be looked into.
    """
    try:
        if not target.exists():
            return
        if not target.is_dir():
            raise InputError(f"{target} is a file; name a folder.")
        held = {path.name for path in target.iterdir()}
        other = sorted(held - FILES)
        if other:
            raise InputError(
                f"{target} holds something else ({other[0]}), so nothing was written. Name a folder of its own."
            )
        if held and not _is_ours(target / "policy.json"):
            raise InputError(f"{target} holds a page that is not ours, so nothing was written.")
    except OSError as error:
        raise StoreError(f"{target} cannot be looked into: {error.strerror or error}") from error


def _is_ours(record: Path) -> bool:
    if not record.is_file() or record.stat().st_size > _LONGEST:
        return False
    try:
        found = json.loads(record.read_bytes())
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("made_by") == MADE_BY
