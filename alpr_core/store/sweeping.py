"""Ciphertexts that nobody can open any more: their rows and keys are gone, their files lie there still."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.store.batches import batches
from alpr_core.store.tables import image, image_sweep


class Sweeping:
    """What is to be swept, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def waiting(self) -> dict[int, str]:
        """Return the files to be removed, each name by its number, in the order in which they were noted."""
        query = sa.select(image_sweep.c.id, image_sweep.c.sha256).order_by(image_sweep.c.id)
        return {row.id: row.sha256 for row in self._connection.execute(query)}

    def unknown(self, names: Sequence[str]) -> list[str]:
        """Return of these names those that no read mentions."""
        known: set[str] = set()
        for some in batches(names):
            mentioned = sa.select(image.c.sha256).where(image.c.sha256.in_(some))
            known |= set(self._connection.scalars(mentioned))
        return [name for name in names if name not in known]

    def done(self, numbers: Sequence[int]) -> None:
        """Note that these files are gone."""
        for some in batches(numbers):
            self._connection.execute(sa.delete(image_sweep).where(image_sweep.c.id.in_(some)))
