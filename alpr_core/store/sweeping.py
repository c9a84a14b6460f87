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

    def names(self) -> list[str]:
        """Return the names of the files to be removed."""
        return list(self._connection.scalars(sa.select(image_sweep.c.sha256).order_by(image_sweep.c.sha256)))

    def unknown(self, names: Sequence[str]) -> list[str]:
        """Return of these names those that no read mentions, and that wait for no sweep."""
        known: set[str] = set()
        for some in batches(names):
            for table in (image, image_sweep):
                known |= set(
                    self._connection.scalars(sa.select(table.c.sha256).where(table.c.sha256.in_(some)))
                )
        return [name for name in names if name not in known]

    def done(self, names: Sequence[str]) -> None:
        """Note that these files are gone."""
        for some in batches(names):
            gone = image_sweep.c.sha256.in_(some)
            self._connection.execute(sa.delete(image_sweep).where(gone))
