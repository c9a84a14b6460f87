"""Long lists in parts that fit into one statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

MOST = 400
"""Keys in one statement: SQLite takes 999 variables in its oldest builds, and a read's key is two."""

T = TypeVar("T")


def batches(items: Sequence[T], size: int = MOST) -> Iterator[Sequence[T]]:
    """Yield the items in their order, so many at a time."""
    return (items[at : at + size] for at in range(0, len(items), size))
