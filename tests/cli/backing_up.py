"""A department that is backed up, and the paper with its passphrase."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from alpr_core.act import Act
from alpr_core.backup import data
from alpr_core.backup.secret import new_printed
from alpr_core.config import Answers, load
from alpr_core.models import Actor, Box, Candidate, Frame, HotlistEntry, Reading, Sighting
from alpr_core.node import FirstPerson, Node
from alpr_core.services.ingest import record_sightings
from alpr_ledger.source import open_source

PASSPHRASE = "correct horse battery staple"
DAYS = (datetime(2026, 11, 20, 12, tzinfo=UTC), datetime(2026, 11, 23, 12, tzinfo=UTC))
PLATES = {"2026-11-20": "OLD111", "2026-11-23": "NEW222"}


def sighting(plate: str, at: datetime) -> Sighting:
    frame = Frame(source="street", taken_at=at, image=np.full((120, 240, 3), 128, np.uint8))
    reading = Reading(
        candidates=(Candidate(text=plate, confidence=0.9),),
        characters=(0.9,) * len(plate),
        box=Box.rectangle(40, 30, 140, 70),
        detection_confidence=0.95,
    )
    return Sighting(reading=reading, frame=frame, first_seen=at, last_seen=at, frames=1)


class Department:
    """A node with reads of two days, a hotlist, a hit and people; and the paper with its backup passphrase.

    Attributes:
        node: its command line.
        target: where backups are made.
        paper: the file with the passphrase.
        printed: what stands on the paper.
    """

    def __init__(
        self, command_line, tmp_path: Path, store_url: str, last_signed: str = "var/last-signed"
    ) -> None:
        self.recipient, self.printed = new_printed()
        self.folder, self.target = tmp_path / "node", tmp_path / "backups"
        self.paper = tmp_path / "paper"
        self.write_paper(self.printed.passphrase)
        answers = Answers(
            name="test-node",
            origin="test.example/ledger/1",
            last_signed=last_signed,
            store_url=store_url,
        )
        first = FirstPerson(badge="1001", name="Alex Doe", passphrase=PASSPHRASE)
        with Node.create(self.folder, answers, first, recipient=self.recipient) as node:
            officer = Act(node.site, Actor(id="system:test", roles=frozenset({"officer"}), delegated_by="p1"))
            with node.site.store.writing() as work:
                work.hotlists.add("stolen", "hand", HotlistEntry(plate="NEW222", category="stolen"), DAYS[0])
            for at in DAYS:
                record_sightings(officer, [sighting(PLATES[f"{at:%Y-%m-%d}"], at)], camera="car-7")
        self.command_line = command_line
        self.node = command_line(self.folder, tmp_path / "passphrase")
        assert self.node.log_in().exit_code == 0
        assert self.node.add("1003", "Ada Auditor", "auditor").exit_code == 0

    def write_paper(self, *lines: str) -> None:
        self.paper.write_text("\n".join(lines) + "\n")
        self.paper.chmod(0o600)

    def back_up(self, *words: str) -> dict:
        done = self.node("backup", str(self.target), *words, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def export(self) -> str:
        """Export the ledger as it is now, without the act that would make it longer."""
        from alpr_ledger.export import export

        place = self.folder.parent / "export"
        with open_source(database_of(self.folder)) as source:
            export(source, str(place))
        return str(place)

    def restore(self, run, *words: str, into: str = "again"):
        file = ("--backup-passphrase-file", str(self.paper))
        return run("restore", str(self.target), "--into", str(self.folder.parent / into), *file, *words)


def database_of(folder: Path) -> str:
    settings = load(folder)
    return str(settings.sqlite_file or settings.database_url())


def own_key(department: Department) -> bytes:
    return (department.folder / "var" / "keys" / "backup" / "own.key").read_bytes()


def purge_old_day(department: Department) -> None:
    """Destroy the reads of the first day and their key, as a purge does."""
    import sqlalchemy as sa

    with Node.open(department.folder) as node, node.site.store.writing() as work:
        for table in ("image", "hit", "correction", "read"):
            work.connection.execute(sa.text(f"DELETE FROM {table} WHERE day = '2026-11-20'"))
        work.connection.execute(sa.text("DELETE FROM vault WHERE key_id LIKE 'read/2026-11-20/%'"))
        work.connection.execute(sa.text("DELETE FROM plate WHERE text = 'OLD111'"))
    for path in (department.folder / "var" / "keys" / "read" / "2026-11-20").iterdir():
        path.unlink()


def rewrite(department: Department, made: Path, manifest: dict) -> None:
    """Give a backup another manifest, as whoever has its keys could."""
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()
    signed = {"manifest": manifest, "mac": data._mac(own_key(department), text)}
    (made / data.MANIFEST).write_text(json.dumps(signed))
