"""Where pictures come from: images, folders and videos, each a `Source` of frames.

Files are told apart by their content, not by their names, and none is trusted: dimensions are checked before
anything is decoded, and whatever a decoder does with broken bytes becomes an `InputError` that names the file.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from alpr_core.errors import InputError
from alpr_core.models import Frame, require_utc

if TYPE_CHECKING:
    from alpr_core.models import Image

MAX_PIXELS = 80_000_000
"""Larger pictures are refused before they are decoded: as BGR this is 240 MB."""

IMAGE_SUFFIXES = frozenset(
    ".avif .bmp .gif .jpeg .jpg .pgm .png .ppm .tif .tiff .webp".split()  # noqa: SIM905
)
VIDEO_SUFFIXES = frozenset(
    ".3gp .avi .flv .h264 .m2ts .m4v .mkv .mov .mp4 .mpeg .mpg .mts .ts .webm .wmv".split()  # noqa: SIM905
)
"""What a folder is searched for. A file named by itself is taken whatever its name."""

ESTIMATED_SECONDS = 1.0
"""A video whose header holds its length, not its number of frames, ends early if more than this is missing."""

_IMAGE_FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
_UNREADABLE = (
    "is neither an image (JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF) nor a video (MP4, MOV, MKV, AVI, MPEG)"
)

_QUICKTIME = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
"""Types that the first box of an MP4 or QuickTime file may have."""

_VIDEO_STARTS = (
    b"\x1aE\xdf\xa3",  # Matroska, WebM
    b"FLV\x01",
    b"OggS",
    b"0&\xb2u",  # ASF, WMV
    b"\0\0\1\xba",  # MPEG program stream
    b"\0\0\1\xb3",  # MPEG video
    b"\0\0\0\1",  # H.264 without a container
)

_EXIF_IFD = 0x8769
_DATE_TIME_ORIGINAL = 0x9003
_OFFSET_TIME_ORIGINAL = 0x9011


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
        with _open(self.path) as file:
            image, exif_time = _decode(file, self.name)
            taken_at = self.taken_at or exif_time or _file_time(file, self.name)
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
            with _open(self.path) as file, _capture(file, self.name) as video:
                return -(-_announced(video) // self.stride)
        except InputError:
            return 0

    def frames(self) -> Iterator[Frame]:
        """Yield its frames; `Frame.index` counts all of them, also those between the strides.

        Raises:
            InputError: before the first frame if it is missing, broken, too large or no video; after the last good
                frame if it ends before its header says so.
        """
        with _open(self.path) as file, _capture(file, self.name) as video:
            rate, announced, counted = _rate(video), _announced(video), _counts_frames(file.read(16))
            started_at = self.started_at or _file_time(file, self.name) - timedelta(seconds=announced / rate)
            index, seconds = 0, 0.0
            while video.grab():
                seconds = _seconds(video, index, seconds, rate)
                if index % self.stride == 0:
                    decoded, image = video.retrieve()
                    if not decoded:
                        break
                    taken_at = started_at + timedelta(seconds=seconds)
                    yield Frame(source=self.name, taken_at=taken_at, image=_as_bgr(image), index=index)
                index += 1
        if index == 0:
            raise InputError(f"{self.name}: no frame of this video can be decoded; it is cut off or broken")
        missing = (announced - index) / rate
        if missing > (0.0 if counted else ESTIMATED_SECONDS):
            raise InputError(f"{self.name}: ends early, after {index} of {announced} frames; those were used")


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
    with _readable(printable(path)):
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    if not is_folder:
        with _open(path):
            pass
        return [_source(path, taken_at, stride)]
    sources = [_source(found, taken_at, stride) for found in _search(path)]
    if not sources:
        raise InputError(f"{printable(path)}: no image or video in this folder, nor in those below it")
    return sources


def printable(path: Path) -> str:
    """Return the path without what would upset a terminal or a ledger: control characters, broken UTF-8."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in str(path)
    )


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
        with _open(path) as file:
            is_video = _is_video(file.read(200))
    except InputError:
        is_video = False  # its frames() raises the same
    if is_video:
        return VideoFile(path, taken_at, stride)
    return ImageFile(path, taken_at)


def _is_video(head: bytes) -> bool:
    """Say whether a file that begins so is a video. Playlists, which point elsewhere, are not among these."""
    if head[4:8] == b"ftyp":
        return head[8:12] not in (b"avif", b"avis", b"heic", b"heix", b"heif", b"mif1", b"msf1")
    transport_stream = any(len(head) > at + 188 and head[at] == head[at + 188] == 0x47 for at in (0, 4))
    return (
        head[4:8] in _QUICKTIME
        or (head[:4] == b"RIFF" and head[8:12] == b"AVI ")
        or head.startswith(_VIDEO_STARTS)
        or transport_stream
    )


@contextlib.contextmanager
def _readable(name: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{name}: no such file or folder") from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"{name}: cannot be read: {reason}") from None


@contextlib.contextmanager
def _open(path: Path) -> Iterator[IO[bytes]]:
    """Open a regular file: a pipe would block, a device might do anything."""
    name = printable(path)
    with _readable(name):
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            os.scandir(path).close()  # says why, if it cannot be read
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{name}: is not a file but a folder, a pipe or a device")
        if status.st_size == 0:
            raise InputError(f"{name}: is empty")
        file = path.open("rb")
    with file:
        yield file


def _file_time(file: IO[bytes], name: str) -> datetime:
    try:
        return datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
    except (OverflowError, ValueError, OSError):
        raise InputError(f"{name}: the file's own time is no date; say when it was taken") from None


def _check_size(width: int, height: int, name: str) -> None:
    if width * height > MAX_PIXELS:
        most = MAX_PIXELS // 1_000_000
        raise InputError(f"{name}: {width}×{height} pixels are too many; at most {most} million are taken")


# ---------------------------------------------------------------------------
# Images: by Pillow, which tells size and EXIF before decoding, and writes nothing to stderr
# ---------------------------------------------------------------------------


def _decode(file: IO[bytes], name: str) -> tuple[Image, datetime | None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own size warning, remarks on odd EXIF
            with Pillow.open(file, formats=_IMAGE_FORMATS) as image:
                _check_size(*image.size, name)
                taken_at = _exif_time(image)
                return _to_bgr(ImageOps.exif_transpose(image)), taken_at
    except InputError:
        raise
    except Pillow.DecompressionBombError:
        raise InputError(
            f"{name}: too many pixels; at most {MAX_PIXELS // 1_000_000} million are taken"
        ) from None
    except UnidentifiedImageError:
        raise InputError(f"{name}: {_UNREADABLE}") from None
    except Exception as error:  # noqa: BLE001 - hostile bytes make decoders fail in every way
        raise InputError(f"{name}: this image is cut off or broken ({_first_line(error)})") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _exif_time(image: Pillow.Image) -> datetime | None:
    """When it was taken, if EXIF says so with its offset from UTC: without one it is a guess (EXIF 2.31, 4.6.6)."""
    try:
        exif = image.getexif().get_ifd(_EXIF_IFD)
        taken, offset = exif[_DATE_TIME_ORIGINAL], exif[_OFFSET_TIME_ORIGINAL]
        return datetime.strptime(f"{taken}{offset}".strip("\0 "), "%Y:%m:%d %H:%M:%S%z").astimezone(UTC)
    except Exception:  # noqa: BLE001 - broken EXIF is no reason to refuse the picture
        return None


def _to_bgr(image: Pillow.Image) -> Image:
    if image.mode.startswith("I") or image.mode == "F":
        return _grey_to_bgr(np.asarray(image))
    if image.has_transparency_data:
        white = Pillow.new("RGBA", image.size, "white")
        image = Pillow.alpha_composite(white, image.convert("RGBA"))
    rgb = np.asarray(image.convert("RGB"), dtype=np.uint8)
    return np.ascontiguousarray(rgb[:, :, ::-1])


def _grey_to_bgr(grey: np.ndarray) -> Image:
    """Return a grey picture of more than 8 bits: integers hold 16 of them, real numbers what they hold."""
    if grey.dtype.kind == "f":
        finite = np.nan_to_num(grey)
        span = float(np.ptp(finite)) or 1.0
        eight = (finite - finite.min()) * (255.0 / span)
    else:
        eight = np.clip(grey.astype(np.int64) >> 8, 0, 255)
    return np.repeat(eight.astype(np.uint8)[:, :, np.newaxis], 3, axis=2)


# ---------------------------------------------------------------------------
# Videos: by OpenCV's FFmpeg
# ---------------------------------------------------------------------------


@contextlib.contextmanager
def _capture(file: IO[bytes], name: str) -> Iterator[cv2.VideoCapture]:
    # FFmpeg reads its level once, before the first video: quiet (-8), what fails is said by us.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    # By descriptor: any file name works, and none is taken for a URL or a pattern of names.
    video = cv2.VideoCapture(f"/dev/fd/{file.fileno()}", cv2.CAP_FFMPEG)
    try:
        if not video.isOpened():
            raise InputError(f"{name}: this video is cut off or broken, or of a kind that cannot be decoded")
        width, height = int(video.get(cv2.CAP_PROP_FRAME_WIDTH)), int(video.get(cv2.CAP_PROP_FRAME_HEIGHT))
        _check_size(width, height, name)
        yield video
    except cv2.error as error:
        raise InputError(f"{name}: this video cannot be decoded ({_first_line(error)})") from None
    finally:
        video.release()


def _rate(video: cv2.VideoCapture) -> float:
    rate = float(video.get(cv2.CAP_PROP_FPS))
    return rate if 0.1 <= rate <= 1000.0 else 25.0


def _seconds(video: cv2.VideoCapture, index: int, last: float, rate: float) -> float:
    """Return the time of the frame just grabbed, from the video's beginning: its own time stamp, if it advances."""
    if index == 0:
        return 0.0
    stamp = float(video.get(cv2.CAP_PROP_POS_MSEC)) / 1000.0
    return stamp if last < stamp < last + 86_400.0 else last + 1.0 / rate


def _counts_frames(head: bytes) -> bool:
    """Say whether a video that begins so has a table of its frames (MP4, MOV, AVI) instead of a mere length."""
    return head[4:8] in _QUICKTIME or head[:4] == b"RIFF"


def _announced(video: cv2.VideoCapture) -> int:
    count = float(video.get(cv2.CAP_PROP_FRAME_COUNT))
    return int(count) if 0.0 < count < 1e9 else 0


def _as_bgr(image: np.ndarray) -> Image:
    if image.ndim == 2:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)  # type: ignore[return-value]
    return image
