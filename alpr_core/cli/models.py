"""``alpr-core models``: the model files that recognizers need and do not ship."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from alpr_core import download, weights
from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import json_option, note, print_rows, say
from alpr_core.errors import AlprError, NotFound
from alpr_core.interfaces import Plugin
from alpr_core.weights import Weight, WeightSet


@open_to_all
@click.group()
def models() -> None:
    """Model files of recognizers."""


@models.command("list")
@json_option
@pass_invocation
def list_models(invocation: Invocation, as_json: bool) -> None:
    """List every model file that an installed plugin names, and whether it is there."""
    folder = weights.models_folder()
    rows = [
        {
            "models": weight_set.name,
            "file": weight.name,
            "role": weight.role,
            "bytes": weight.bytes,
            "licence": weight.licence,
            "state": _state(weight, folder),
            "sha256": weight.sha256,
            "url": weight.url,
        }
        for weight_set in _weight_sets(invocation)
        for weight in weight_set.weights
    ]
    shown = ("models", "file", "role", "bytes", "licence", "state")
    print_rows(rows, columns={key: key for key in shown}, as_json=as_json, empty="No plugin needs models.")


@models.command("install")
@click.argument("name")
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Take the files from this folder, by their SHA-256, instead of downloading them.",
)
@pass_invocation
def install_models(invocation: Invocation, name: str, source: Path | None) -> None:
    """Install the model files of NAME, each checked against its pinned SHA-256."""
    weight_set = _find(invocation, name)
    folder = weights.models_folder()
    if source is not None:
        for weight in weights.install_from(weight_set, source, folder):
            note(f"{weight.name}: taken from {source}")
    else:
        for weight in weight_set.weights:
            if weight.folder_only:
                continue
            if weights.is_intact(weight, folder):
                note(f"{weight.name}: already there")
                continue
            with _bar(weight) as progress:
                download.download(weight, folder, progress)
    say(f"{weight_set.name} is installed in {folder}.")


@models.command("path")
def show_path() -> None:
    """Print the folder of model files."""
    say(str(weights.models_folder()))


def _weight_sets(invocation: Invocation) -> Iterator[WeightSet]:
    host = invocation.host()
    for line in host.listing():
        if line.kind is None:
            continue
        try:
            thing: Any = host.get(line.kind, line.name)
        except AlprError:
            continue  # why it is left out has been said, and `plugins list` shows it
        if isinstance(thing, Plugin) and thing.models is not None:
            yield weights.read_pins(thing.models)


def _find(invocation: Invocation, name: str) -> WeightSet:
    known = {weight_set.name: weight_set for weight_set in _weight_sets(invocation)}
    wanted = name.replace("_", "-")  # people know the recognizer as fast_alpr
    if wanted not in known:
        raise NotFound(
            f"no installed plugin has models called {name}. There are: {', '.join(known) or 'none'}."
        )
    return known[wanted]


def _state(weight: Weight, folder: Path) -> str:
    if not (folder / weight.name).exists():
        return "missing"
    return "installed" if weights.is_intact(weight, folder) else "damaged"


@contextmanager
def _bar(weight: Weight) -> Iterator[Callable[[str, int, int], None]]:
    with click.progressbar(length=weight.bytes, label=weight.name, file=sys.stderr) as bar:

        def advance(_name: str, done: int, _total: int) -> None:
            bar.update(done - bar.pos)

        yield advance
