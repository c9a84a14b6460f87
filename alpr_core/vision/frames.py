"""Where pictures come from: images, folders and videos, each a `Source` of frames.

Files are told apart by their content, not by their names, and none is trusted: dimensions are checked before
anything is decoded, and whatever a decoder does with broken bytes becomes an `InputError` that names the file.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from alpr_core.clock import require_utc
from alpr_core.errors import InputError
from alpr_core.models import Frame
from alpr_core.vision.clips import announced, as_bgr, capture, counts_frames, frame_rate, is_video, timestamp
from alpr_core.vision.files import file_time, open_file, printable, readable
from alpr_core.vision.stills import decode

if TYPE_CHECKING:
    pass

IMAGE_SUFFIXES = frozenset(
    ".avif .bmp .gif .jpeg .jpg .pgm .png .ppm .tif .tiff .webp".split()  # noqa: SIM905
)
VIDEO_SUFFIXES = frozenset(
    ".3gp .avi .flv .h264 .m2ts .m4v .mkv .mov .mp4 .mpeg .mpg .mts .ts .webm .wmv".split()  # noqa: SIM905
)
"""What a folder is searched for. A file named by itself is taken whatever its name."""

ESTIMATED_SECONDS = 1.0
"""A video whose header holds its length, not its number of frames, ends early if more than this is missing."""


class Source(Protocol):
    """Something that frames come from.

    Attributes:
        name: printable; stands in `Frame.source`.
        moving: whether frames follow one another in time, so that one vehicle is in several of them.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def moving(self) -> bool: ...  # noqa: D102
    @property
    def frame_count(self) -> int:
        """How many frames are expected; 0 if nobody knows."""
        ...

    def frames(self) -> Iterator[Frame]:
        """Yield the frames in the order of their times.

        Raises:
            InputError: before the first frame if there is none to be had, after the last good one if the source
                breaks midway.
        """
        ...


@dataclass(frozen=True)
class ImageFile:
    """One image.

    Attributes:
        path: where it is.
        taken_at: when it was taken; None: the EXIF time where that has its UTC offset, else the file's own time.
    """

    path: Path
    taken_at: datetime | None = None
    moving = False
    frame_count = 1

    @property
    def name(self) -> str:
        """The path, printable."""
        return printable(self.path)

    def frames(self) -> Iterator[Frame]:
        """Yield the one frame: 8 bits, upright, transparent parts white.

        Raises:
            InputError: if it is missing, broken, too large, or no image.
        """
        with open_file(self.path) as file:
            image, exif_time = decode(file, self.name)
            taken_at = self.taken_at or exif_time or file_time(file, self.name)
        yield Frame(source=self.name, taken_at=taken_at, image=image)


@dataclass(frozen=True)
class VideoFile:
    """One video.

    Attributes:
        path: where it is.
        started_at: time of its first frame; None: the file's own time, at which the recorder closed it, less its
            length.
        stride: yield every ``stride``-th frame.
    """

    path: Path
    started_at: datetime | None = None
    stride: int = 1
    moving = True

    @property
    def name(self) -> str:
        """The path, printable."""
        return printable(self.path)

    @property
    def frame_count(self) -> int:
        """How many frames its header announces, by the stride; 0 if it cannot be read."""
        try:
            with open_file(self.path) as file, capture(file, self.name) as video:
                return -(-announced(video) // self.stride)
        except InputError:
            return 0

    def frames(self) -> Iterator[Frame]:
        """Yield its frames; `Frame.index` counts all of them, also those between the strides.

        Raises:
            InputError: before the first frame if it is missing, broken, too large or no video; after the last good
                frame if it ends before its header says so.
        """
        with open_file(self.path) as file, capture(file, self.name) as video:
            rate, expected, counted = frame_rate(video), announced(video), counts_frames(file.read(16))
            started_at = self.started_at or file_time(file, self.name) - timedelta(seconds=expected / rate)
            index, seconds = 0, 0.0
            while video.grab():
                seconds = timestamp(video, index, seconds, rate)
                if index % self.stride == 0:
                    decoded, image = video.retrieve()
                    if not decoded:
                        break
                    taken_at = started_at + timedelta(seconds=seconds)
                    yield Frame(source=self.name, taken_at=taken_at, image=as_bgr(image), index=index)
                index += 1
        if index == 0:
            raise InputError(f"{self.name}: no frame of this video can be decoded; it is cut off or broken")
        missing = (expected - index) / rate
        if missing > (0.0 if counted else ESTIMATED_SECONDS):
            raise InputError(f"{self.name}: ends early, after {index} of {expected} frames; those were used")


def find_sources(
    path: Path, *, taken_at: datetime | None = None, stride: int = 1
) -> list[ImageFile | VideoFile]:
    """Return what ``path`` holds: the file itself, or the images and videos of a folder and the folders below it.

    Files of a folder come in natural order (``2.jpg`` before ``10.jpg``). Hidden ones are left out, links to folders
    not followed. What is broken is not noticed here but when its frames are asked for, so that the others go on.

    Args:
        path: a file or a folder.
        taken_at: when an image was taken, when a video begins; None: see `ImageFile` and `VideoFile`.
        stride: yield every ``stride``-th frame of a video.

    Raises:
        InputError: if there is nothing at ``path``, it is neither file nor folder, or a folder without any image.
    """
    if stride < 1:
        raise InputError(f"a stride of {stride} makes no sense; 1 takes every frame, 2 every second one")
    if taken_at is not None:
        taken_at = require_utc(taken_at, "taken_at")
    with readable(printable(path)):
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    if not is_folder:
        with open_file(path):
            pass
        return [_source(path, taken_at, stride)]
    sources = [_source(found, taken_at, stride) for found in _search(path)]
    if not sources:
        raise InputError(f"{printable(path)}: no image or video in this folder, nor in those below it")
    return sources


def _search(folder: Path) -> list[Path]:
    found: list[Path] = []
    unreadable: list[OSError] = []
    for where, folders, files in os.walk(folder, onerror=unreadable.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(where, name)
            for name in files
            if not name.startswith(".") and Path(name).suffix.lower() in IMAGE_SUFFIXES | VIDEO_SUFFIXES
        ]
    found += [
        Path(error.filename) for error in unreadable
    ]  # asked for its frames, it says why there are none
    return sorted(found, key=_natural_order)


def _natural_order(path: Path) -> tuple[tuple[tuple[str, int], ...], str]:
    pieces = re.findall(r"([^0-9]*)([0-9]*)", str(path).casefold())
    return tuple((text, int(digits or -1)) for text, digits in pieces), str(path)


def _source(path: Path, taken_at: datetime | None, stride: int) -> ImageFile | VideoFile:
    try:
        with open_file(path) as file:
            moving = is_video(file.read(200))
    except InputError:
        moving = False  # its frames() raises the same
    if moving:
        return VideoFile(path, taken_at, stride)
    return ImageFile(path, taken_at)
