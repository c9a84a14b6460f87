"""Writing a plugin's package to begin with: it can be installed, and passes its checks, as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template

from alpr_core.errors import InputError
from alpr_core.files import all_or_nothing

KINDS: Mapping[str, str] = {
    "recognizer": "alpr_recognizer",
    "hotlist": "alpr_source",
    "reads": "alpr_source",
    "state": "alpr_source",
    "notifier": "alpr_notify",
    "retention": "alpr_retention",
    "job": "alpr_job",
}
"""What can be begun with, each with what its module is called before its name."""

_NAME = re.compile("[a-z][a-z0-9_]{0,30}")


def write_package(name: str, kind: str, into: Path) -> list[Path]:
    """Write a distribution with one plugin, and return its files.

    Args:
        name: the plugin's: small letters, digits and underscores.
        kind: one of `KINDS`.
        into: an existing folder; the package is a new folder in it.

    Raises:
        InputError: the name cannot be one, or its folder is there already.
        StoreError: the files cannot be written.
    """
    if _NAME.fullmatch(name) is None:
        raise InputError(
            f"{name!r} cannot be a plugin's name: small letters, digits and underscores, a letter first, 31 at most"
        )
    module = f"{KINDS[kind]}_{name}"
    distribution = module.replace("_", "-")
    folder = into / distribution
    if folder.exists():
        raise InputError(f"{folder} is there already: nothing was written")
    words = {
        "name": name,
        "module": module,
        "distribution": distribution,
        "Name": "".join(part.capitalize() for part in name.split("_")),
    }
    written = {
        "pyproject.toml": "pyproject.toml.txt",
        f"{module}.py": f"{kind}.py.txt",
        "README.md": "README.md.txt",
    }
    with all_or_nothing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for target, template in written.items():
            text = (files("alpr_core.kit") / "templates" / template).read_text("utf-8")
            (folder / target).write_text(Template(text).substitute(words), encoding="utf-8")
    return [folder / target for target in written]
