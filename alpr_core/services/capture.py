"""Capturing: frames in, reads and hits out. Recognition runs outside any transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from alpr_core.act import Act
from alpr_core.errors import InputError
from alpr_core.foreign import problem_of_camera
from alpr_core.models import Frame, Reading, Sighting
from alpr_core.services.heartbeats import Beats, beating
from alpr_core.services.ingest import LONGEST_SIDE, OF_A_READ, Recorded, record_sightings
from alpr_core.vision.frames import Source
from alpr_core.vision.pipeline import Reader, sightings

SIGHTINGS_AT_ONCE = 20
"""Sightings that are stored together; a source that breaks loses none of those before."""


def capture(
    act: Act,
    sources: Iterable[Source],
    reader: Reader,
    *,
    camera: str,
    seen: Callable[[Frame, Sequence[Reading]], None] | None = None,
    on_problem: Callable[[InputError], None],
) -> Iterator[Recorded]:
    """Read the sources one after another and store what is seen; yield each stored batch.

    Args:
        act: who operates the camera.
        sources: images and videos.
        reader: recognizer with its weighing.
        camera: name that the reads are stored under, 1 to 128 printable characters.
        seen: called for every frame, for progress.
        on_problem: told of each source that is broken; the others go on.

    Raises:
        Denied: the actor may not capture; asked before the first frame is read.
        InputError: the camera's name cannot be stored.
        StoreError: disk or database.
    """
    act.admit("read.record", facts=OF_A_READ)
    if problem := problem_of_camera(camera):
        raise InputError(f"{problem}: give it one (--camera)")

    with beating(act, camera) as beats:
        yield from _captured(act, sources, reader, camera, seen, on_problem, beats)


def _captured(
    act: Act,
    sources: Iterable[Source],
    reader: Reader,
    camera: str,
    seen: Callable[[Frame, Sequence[Reading]], None] | None,
    on_problem: Callable[[InputError], None],
    beats: Beats,
) -> Iterator[Recorded]:
    def look(frame: Frame, readings: Sequence[Reading]) -> None:
        beats.beat()
        if (
            max(frame.image.shape[:2]) > LONGEST_SIDE
        ):  # said of the source, before it is among those to be stored
            raise InputError(
                f"{frame.source}: a picture that is stored has at most {LONGEST_SIDE:,} pixels a side"
            )
        if seen is not None:
            seen(frame, readings)

    waiting: list[Sighting] = []
    for source in sources:
        try:
            for sighting in sightings(source, reader, seen=look):
                waiting.append(sighting)
                if len(waiting) >= SIGHTINGS_AT_ONCE:
                    yield from record_sightings(act, waiting, camera=camera)
                    waiting = []
        except InputError as problem:
            beats.reason = "unreachable"
            on_problem(problem)
        else:
            beats.reason = ""
    yield from record_sightings(act, waiting, camera=camera)
