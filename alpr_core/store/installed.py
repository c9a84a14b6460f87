"""What was installed when it was last recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.store.tables import installed


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """alpr-core, or a plugin that takes part.

    Attributes:
        distribution: that it was installed with.
        version: of that.
        sha256: over its files, hexadecimal.
    """

    distribution: str
    version: str
    sha256: str


class InstalledParts:
    """What is installed, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> dict[str, Part]:
        """Return each part by its name; nothing where it was never recorded."""
        query = sa.select(
            installed.c.name, installed.c.distribution, installed.c.version, installed.c.sha256
        ).order_by(installed.c.name)
        return {
            name: Part(distribution=distribution, version=version, sha256=sha256)
            for name, distribution, version, sha256 in self._connection.execute(query)
        }

    def replace(self, parts: Mapping[str, Part]) -> None:
        """Store what is installed now; an entry in the same transaction says so."""
        self._connection.execute(sa.delete(installed))
        rows = [
            {
                "name": name,
                "distribution": part.distribution,
                "version": part.version,
                "sha256": part.sha256,
            }
            for name, part in parts.items()
        ]
        self._connection.execute(sa.insert(installed), rows)
