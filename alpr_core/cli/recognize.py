"""``alpr-core recognize``: what is on these pictures. Stores nothing, asks nobody."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import click
import cv2

from alpr_core import plates
from alpr_core.cli.confined import Written
from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import note, print_rows
from alpr_core.errors import AlprError, InputError
from alpr_core.interfaces import Recognizer
from alpr_core.models import Candidate, Frame, Reading, Sighting
from alpr_core.plates import SyntaxBook
from alpr_core.problems import suggestion
from alpr_core.vision.draw import annotate
from alpr_core.vision.frames import Source, find_sources
from alpr_core.vision.pipeline import Reader, sightings
from alpr_core.vision.results import best_candidate, openalpr_line


@open_to_all
@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-j", "--json", "as_json", is_flag=True, help="One line of OpenALPR's JSON a frame.")
@click.option("--recognizer", "use", metavar="NAME", default="", help="Instead of the best that is ready.")
@click.option("-p", "region", metavar="REGION", default="", help="Prefer layouts of this state: us-or.")
@click.option(
    "--annotate",
    "folder",
    metavar="DIR",
    type=Written(file_okay=False, path_type=Path),
    help="Write copies with the plates drawn on them, of a video the frames with plates.",
)
@click.option(
    "--topn", type=click.IntRange(1, 1000), default=10, show_default=True, help="Candidates a plate."
)
@pass_invocation
def recognize(
    invocation: Invocation,
    paths: Sequence[Path],
    as_json: bool,
    use: str,
    region: str,
    folder: Path | None,
    topn: int,
) -> None:
    """Read the plates on images, in folders of them and in videos.

    Needs no node and no session, and stores nothing. The table has a row for each vehicle: in a video, all frames
    with a vehicle vote on its plate. With -j there is a line for each frame.

    \b
    Examples:
      alpr-core recognize car.jpg
      alpr-core recognize -j -p us-or drive-by.mp4 > results.jsonl
    """
    host = invocation.host()
    syntaxes = plates.published().extended(host.plate_syntaxes())
    _check_region(region, syntaxes)
    recognizer = _Timed(_recognizer(invocation, use))
    reader = Reader(recognizer, syntaxes=syntaxes, recognized=host.improve)
    album = None if folder is None else _Album(folder)
    report = _Report(recognizer, syntaxes, region, topn, as_json, album)

    sources, problems = _find(paths)
    asked = len(sources) + len(problems)
    frames = sum(source.frame_count or 1 for source in sources)
    with click.progressbar(
        length=frames,
        label="Frames",
        file=sys.stderr,
        hidden=frames <= 1 or (as_json and sys.stdout.isatty()),  # there the lines show how it goes
    ) as bar:
        for source in sources:
            try:
                report.add(source, reader, bar.update)
            except InputError as error:
                problems.append(error)
    report.finish()
    for problem in problems:
        note(f"Error: {problem.message}")
    if problems:
        raise AlprError(f"{len(problems)} of {asked} could not be read, or not to the end.")


def _find(paths: Sequence[Path]) -> tuple[list[Source], list[InputError]]:
    sources: list[Source] = []
    problems: list[InputError] = []
    for path in paths:
        try:
            sources.extend(find_sources(path))
        except InputError as error:
            problems.append(error)
    return sources, problems


def _recognizer(invocation: Invocation, use: str) -> Recognizer:
    """Return the recognizer that is asked for, else the node's if there is a node, else the best that is ready."""
    settings = invocation.settings_or_none()
    if settings is None or use not in ("", settings.recognizer.use):
        return invocation.host().recognizer(use or "auto")
    chosen = settings.recognizer
    return invocation.host().recognizer(chosen.use, chosen.options, folder=settings.folder)


def _check_region(region: str, syntaxes: SyntaxBook) -> None:
    if region and not syntaxes.of(region):
        known = sorted({syntax.region for syntax in syntaxes.syntaxes})
        hint = suggestion(region, known) or f" Known are {', '.join(known)}."
        raise click.BadParameter(f"no layout of {region!r} is known.{hint}", param_hint="-p")


class _Timed:
    """A recognizer that remembers when it last began, and how long it took."""

    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer = recognizer
        self.started_at = datetime.now(UTC)
        self.seconds = 0.0

    def recognize(self, frame: Frame) -> Sequence[Reading]:
        self.started_at, started = datetime.now(UTC), time.perf_counter()
        readings = self._recognizer.recognize(frame)
        self.seconds = time.perf_counter() - started
        return readings


@dataclass
class _Report:
    """What a person or a program gets to see: lines at once, the table at the end."""

    recognizer: _Timed
    syntaxes: SyntaxBook
    region: str
    topn: int
    as_json: bool
    album: _Album | None
    rows: list[dict[str, object]] = field(default_factory=list)

    def add(self, source: Source, reader: Reader, advance: Callable[[int], None]) -> None:
        """Read a source.

        Raises:
            InputError: if it is broken; what came before is in the report.
        """

        def seen(frame: Frame, readings: Sequence[Reading]) -> None:
            if self.as_json:
                click.echo(self._line(frame, readings))
            if self.album is not None and (readings or not source.moving):
                drawn = [replace(reading, candidates=self._preferred(reading)) for reading in readings]
                self.album.add(frame, drawn, numbered=source.moving)
            advance(1)

        for sighting in sightings(source, reader, seen=seen):
            self.rows.append(self._row(sighting))

    def finish(self) -> None:
        """Show the table."""
        if not self.as_json:
            columns = ("source", "plate", "%", "region", "frames", "or")
            print_rows(
                self.rows,
                columns={key: key.capitalize() for key in columns},
                as_json=False,
                empty="No plate was seen.",
            )

    def _line(self, frame: Frame, readings: Sequence[Reading]) -> str:
        return openalpr_line(
            frame,
            readings,
            started_at=self.recognizer.started_at,
            seconds=self.recognizer.seconds,
            topn=self.topn,
            region=self.region,
            syntaxes=self.syntaxes,
        )

    def _row(self, sighting: Sighting) -> dict[str, object]:
        best, *others = self._preferred(sighting.reading)
        return {
            "source": sighting.frame.source,
            "plate": best.text,
            "%": f"{100 * best.confidence:.1f}",
            "region": sighting.reading.region,
            "frames": sighting.frames,
            "or": " ".join(candidate.text for candidate in others),
        }

    def _preferred(self, reading: Reading) -> tuple[Candidate, ...]:
        """The candidates, first the one that the region makes the best."""
        candidates = reading.candidates[: self.topn]
        best = best_candidate(candidates, self.region, self.syntaxes)
        return (best, *(candidate for candidate in candidates if candidate is not best))


class _Album:
    """A folder of pictures with plates drawn on them. Nothing in it is overwritten.

    Raises:
        AlprError: if it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise AlprError(f"{folder}: this folder cannot be made: {error.strerror}") from None

    def add(self, frame: Frame, readings: Sequence[Reading], *, numbered: bool) -> None:
        """Write a copy of the frame.

        Args:
            frame: named after its source.
            readings: what is drawn on it.
            numbered: whether the frame's index belongs to its name.

        Raises:
            InputError: if a picture of its size cannot be written.
            AlprError: if nothing can be written here.
        """
        picture = _jpeg(annotate(frame.image, readings), frame.source)
        for name in _names(frame, numbered):
            try:
                with (self._folder / name).open("xb") as file:
                    file.write(picture)
                return
            except FileExistsError:
                continue
            except OSError as error:
                raise AlprError(f"{self._folder / name}: cannot be written: {error.strerror}") from None


def _jpeg(image: cv2.typing.MatLike, source: str) -> bytes:
    try:
        _, encoded = cv2.imencode(".jpg", image)
    except cv2.error:
        raise InputError(f"{source}: too long for a JPEG, so no copy was written") from None
    return encoded.tobytes()


def _names(frame: Frame, numbered: bool) -> Iterator[str]:
    """Yield file names for a frame, the best first: of plain characters, so that no source's name does harm."""
    stem = re.sub(r"[^\w.-]+", "_", Path(frame.source).stem).strip("._-")[:80] or "picture"
    if numbered:
        stem += f"-{frame.index:06}"
    yield f"{stem}.jpg"
    number = 2
    while True:
        yield f"{stem}-{number}.jpg"
        number += 1
