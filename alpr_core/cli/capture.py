"""``alpr-core capture``: read plates, store them, match them."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_rows
from alpr_core.errors import AlprError, InputError

if TYPE_CHECKING:
    from alpr_core.models import Frame, Reading
    from alpr_core.services.ingest import Recorded


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--camera", default="", help="Name the reads are stored under. Default: the source's own name.")
@click.option("--recognizer", "use", default="", help="Instead of the one in alpr.toml.")
@click.option("--stride", type=click.IntRange(min=1), default=1, show_default=True, help="Every Nth frame.")
@json_option
@pass_invocation
def capture(invocation: Invocation, source: Path, camera: str, use: str, stride: int, as_json: bool) -> None:
    """Read the plates in SOURCE (an image, a folder or a video), store them and match the hotlists.

    \b
    Example:
      alpr-core capture drive-by.mp4 --camera car-7-front
    """
    from alpr_core.services.capture import capture as run
    from alpr_core.services.ingest import OF_A_READ
    from alpr_core.vision.frames import find_sources

    act, node = invocation.act(), invocation.node()
    act.admit("read.record", facts=OF_A_READ)
    sources = find_sources(source, stride=stride)
    reader = node.reader(use)
    problems: list[InputError] = []
    rows: list[dict[str, object]] = []
    with (
        _stopped_by_signal(),
        click.progressbar(
            length=sum(one.frame_count or 1 for one in sources),
            label="Frames",
            file=sys.stderr,
        ) as bar,
    ):

        def seen(_frame: Frame, _readings: Sequence[Reading]) -> None:
            bar.update(1)

        stored = run(
            act, sources, reader, camera=camera or source.name, seen=seen, on_problem=problems.append
        )
        for batch in stored:
            rows.extend(_rows(batch))
    print_rows(
        rows,
        columns={"plate": "Plate", "confidence": "%", "captured_at": "Seen", "hits": "Hits", "read": "Read"},
        as_json=as_json,
        empty="No plate was seen.",
        zone=node.settings.zone,
    )
    for problem in problems:
        note(f"Error: {problem.message}")
    if problems:
        raise AlprError(f"{len(problems)} of {len(sources)} sources could not be read to their end.")


@contextmanager
def _stopped_by_signal() -> Iterator[None]:
    """Let SIGTERM end the body as Ctrl-C does: a service manager stops for a person, and that is put on record."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _rows(batch: Recorded) -> list[dict[str, object]]:
    hits: dict[str, list[str]] = {}
    for hit in batch.hits:
        hits.setdefault(str(hit.read), []).append(f"{hit.hotlist}: {hit.match.explanation}")
    return [
        {
            "read": str(read.key),
            "plate": read.plate,
            "confidence": round(100 * read.confidence, 1),
            "captured_at": read.captured_at,
            "frames": read.frames,
            "hits": hits.get(str(read.key), []),
            "entry": batch.entry,
        }
        for read in batch.reads
    ]
