"""What a column of a file with reads can mean."""

from __future__ import annotations

MEANINGS = (
    "plate",
    "captured_at",
    "camera",
    "state",
    "confidence",
    "latitude",
    "longitude",
    "id",
)
"""Every meaning that is taken; other columns of the file are left alone."""

NEEDED = ("plate", "captured_at", "camera")
"""Those without which there is no read."""
