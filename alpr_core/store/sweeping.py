"""Ciphertexts that nobody can open any more: their rows and keys are gone, their files lie there still."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.store.tables import image, image_sweep


class Swept(NamedTuple):
    """A file to be removed, and the number of its note."""

    number: int
    day: str
    name: str


class Sweeping:
    """What is to be swept, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def waiting(self, most: int) -> list[Swept]:
        """Return files to be removed, in the order in which they were noted; at most so many."""
        query = sa.select(image_sweep.c.id, image_sweep.c.day, image_sweep.c.sha256)
        return [Swept(*row) for row in self._connection.execute(query.order_by(image_sweep.c.id).limit(most))]

    def unknown(self, day: str, names: Sequence[str]) -> list[str]:
        """Return of these names those that no read of that day mentions."""
        known = set(self._connection.scalars(sa.select(image.c.sha256).where(image.c.day == day)))
        return [name for name in names if name not in known]

    def done(self, files: Sequence[Swept]) -> None:
        """Note that these files are gone."""
        if files:
            number = image_sweep.c.id
            self._connection.execute(
                sa.delete(image_sweep).where(number >= files[0].number, number <= files[-1].number)
            )
