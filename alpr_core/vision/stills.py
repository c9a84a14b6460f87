"""Decoding still images: by Pillow, which tells size and EXIF before it decodes, and writes nothing to stderr."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from alpr_core.errors import InputError
from alpr_core.vision.files import MAX_PIXELS, check_size

if TYPE_CHECKING:
    from alpr_core.models import Image

_IMAGE_FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
_UNREADABLE = (
    "is neither an image (JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF) nor a video (MP4, MOV, MKV, AVI, MPEG)"
)

_EXIF_IFD = 0x8769
_DATE_TIME_ORIGINAL = 0x9003
_OFFSET_TIME_ORIGINAL = 0x9011


def decode(file: IO[bytes], name: str) -> tuple[Image, datetime | None]:
    """Return the picture, upright, and when it was taken if it says so for sure.

    Args:
        file: the image; of several pages or animated frames the first counts.
        name: for messages.

    Returns:
        BGR uint8 H×W×3, transparent parts white; UTC.

    Raises:
        InputError: if it is broken, too large, or no image.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own size warning, remarks on odd EXIF
            with Pillow.open(file, formats=_IMAGE_FORMATS) as image:
                check_size(*image.size, name)
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
