"""Decoding videos: by OpenCV's FFmpeg, kept quiet and kept to the one file it was given."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

import cv2
import numpy as np

from alpr_core.errors import InputError
from alpr_core.vision.files import check_size

if TYPE_CHECKING:
    from alpr_core.models import Image

# Quiet (-8): what fails is said by us. OpenCV reads this once in a process, when it first opens a video.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

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


def is_video(head: bytes) -> bool:
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
def capture(file: IO[bytes], name: str) -> Iterator[cv2.VideoCapture]:
    """Open a video, and close it in the end.

    Raises:
        InputError: if it cannot be decoded, or its frames are too large.
    """
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    # By descriptor: any file name works, and none is taken for a URL or a pattern of names.
    video = cv2.VideoCapture(f"/dev/fd/{file.fileno()}", cv2.CAP_FFMPEG)
    try:
        if not video.isOpened():
            raise InputError(f"{name}: this video is cut off or broken, or of a kind that cannot be decoded")
        width, height = int(video.get(cv2.CAP_PROP_FRAME_WIDTH)), int(video.get(cv2.CAP_PROP_FRAME_HEIGHT))
        check_size(width, height, name)
        yield video
    except cv2.error as error:
        raise InputError(f"{name}: this video cannot be decoded ({error.err or error.code})") from None
    finally:
        video.release()


def frame_rate(video: cv2.VideoCapture) -> float:
    """Return its frames a second; 25 if it does not say so."""
    rate = float(video.get(cv2.CAP_PROP_FPS))
    return rate if 0.1 <= rate <= 1000.0 else 25.0


def timestamp(video: cv2.VideoCapture, index: int, last: float, rate: float) -> float:
    """Return the time of the frame just grabbed, from the video's beginning: its own time stamp, if it advances."""
    if index == 0:
        return 0.0
    stamp = float(video.get(cv2.CAP_PROP_POS_MSEC)) / 1000.0
    return stamp if last < stamp < last + 86_400.0 else last + 1.0 / rate


def counts_frames(head: bytes) -> bool:
    """Say whether a video that begins so has a table of its frames (MP4, MOV, AVI) instead of a mere length."""
    return head[4:8] in _QUICKTIME or head[:4] == b"RIFF"


def announced(video: cv2.VideoCapture) -> int:
    """Return how many frames its header speaks of; 0 if of none."""
    count = float(video.get(cv2.CAP_PROP_FRAME_COUNT))
    return int(count) if 0.0 < count < 1e9 else 0


def as_bgr(image: np.ndarray) -> Image:
    """Return a decoded frame as BGR uint8 H×W×3."""
    if image.ndim == 2:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)  # type: ignore[return-value]
    return image
