"""From frames to readings to sightings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from alpr_core import plates
from alpr_core.errors import AlprError, InputError
from alpr_core.interfaces import Recognizer
from alpr_core.models import Frame, Reading, Sighting
from alpr_core.plates import SyntaxBook
from alpr_core.vision.frames import Source
from alpr_core.vision.tracker import Tracker
from alpr_core.vision.vote import character_confidences


class Reader:
    """Reads the plates of one frame: recognizer, weighing by the states' syntaxes, the hook."""

    def __init__(
        self,
        recognizer: Recognizer,
        *,
        syntaxes: SyntaxBook | None = None,
        recognized: Callable[[Reading], Reading | None] | None = None,
    ) -> None:
        """Put a reader together.

        Args:
            recognizer: finds and reads the plates.
            syntaxes: weigh its candidates; None: the published ones.
            recognized: the hook ``reading_recognized``, called for each reading after weighing; returns a better
                one, or None to leave it as it is.
        """
        self._recognizer = recognizer
        self._syntaxes = syntaxes
        self._recognized = recognized

    def read(self, frame: Frame) -> tuple[Reading, ...]:
        """Return one reading for each plate, from the top down, those of one height from the left.

        Raises:
            InputError: if the recognizer cannot use the image, or fails at it.
        """
        weighed = self._weighed(frame)
        if self._recognized is not None:
            weighed = [self._recognized(reading) or reading for reading in weighed]
        return tuple(sorted(weighed, key=lambda reading: (reading.box.bounds[1], reading.box.bounds[0])))

    def _weighed(self, frame: Frame) -> list[Reading]:
        """Ask the recognizer. A picture that it fails at, or returns nonsense for, must not take the others along."""
        try:
            return [self._weigh(reading) for reading in self._recognizer.recognize(frame)]
        except AlprError:
            raise
        except (Exception, SystemExit) as error:  # foreign code may even try to end the program
            raise InputError(
                f"{frame.source}: the recognizer failed at this picture ({type(error).__name__})"
            ) from error

    def _weigh(self, reading: Reading) -> Reading:
        candidates = plates.weigh(reading.candidates, reading.region, self._syntaxes)
        if candidates[0].text == reading.text:
            return replace(reading, candidates=candidates)
        return replace(reading, candidates=candidates, characters=character_confidences(candidates))


def sightings(
    source: Source,
    reader: Reader,
    *,
    seen: Callable[[Frame, Sequence[Reading]], None] | None = None,
) -> Iterator[Sighting]:
    """Yield each vehicle of a source once.

    On a still image each reading is a sighting of its own. In a video the readings of one vehicle vote, and it is
    yielded when it is gone; see `Tracker`.

    Args:
        source: where the frames come from.
        reader: reads them.
        seen: called with each frame and its readings, for progress and for drawing.

    Raises:
        InputError: if the source has no frames, or it or the recognizer breaks midway; then what was seen before has
            been yielded.
    """
    tracker = Tracker()
    problem = None
    frames = source.frames()
    while True:
        try:
            frame = next(frames, None)
            if frame is None:
                break
            readings = reader.read(frame)
        except InputError as error:
            problem = error
            break
        if seen is not None:
            seen(frame, readings)
        if source.moving:
            yield from tracker.add(frame, readings)
        else:
            yield from (_still(frame, reading) for reading in readings)
    yield from tracker.close()
    if problem is not None:
        raise problem


def _still(frame: Frame, reading: Reading) -> Sighting:
    return Sighting(
        reading=reading, frame=frame, first_seen=frame.taken_at, last_seen=frame.taken_at, frames=1
    )
