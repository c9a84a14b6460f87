"""Bringing a node's database to this version of the program: all of it, with its entry, or nothing.

Nobody can log in to a database of another version, so this is no act: whoever may write the database may do it. On
SQLite a copy is made and verified before; PostgreSQL needs none. On both the migration and its entry are one
transaction, so whatever goes wrong before its end leaves the node as it was.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.clock import Clock
from alpr_core.config import Settings
from alpr_core.deciding import UNASKED, Leave, header
from alpr_core.errors import AlprError, ConfigError, StoreError
from alpr_core.installed import CORE, differing, parts_of, shown
from alpr_core.joining import join, open_store, signing_keys
from alpr_core.models import Actor
from alpr_core.plugins import PluginHost
from alpr_core.recording import Recording, Why
from alpr_core.site import Site
from alpr_core.standing import Proposal, accepted_in, propose, stand
from alpr_core.store import schema
from alpr_core.store.installed import InstalledParts, Part
from alpr_core.store.work import Store, Work
from alpr_ledger.errors import LedgerBehind, LedgerError
from alpr_ledger.source import open_source
from alpr_ledger.store import lock_head
from alpr_ledger.verify import verify

COPIES = "upgrade"
"""The folder in ``var/`` that the copy lies in while an upgrade runs."""

_ROOM = 1.1
"""So much more than the database must be free for the copy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What an upgrade would do.

    Attributes:
        version: of the program that is recorded, "" if none is.
        new_version: of this program.
        schema: revision of the database.
        new_schema: that this program needs.
        changed: parts of the program that are not those recorded: alpr-core and plugins.
        copy_bytes: size of the copy that is made before; 0 where none is.
        free_bytes: what the disk has left for it.
    """

    version: str
    new_version: str
    schema: str
    new_schema: str
    changed: tuple[str, ...]
    copy_bytes: int = 0
    free_bytes: int = 0

    @property
    def migrates(self) -> bool:
        """Whether the database has to change."""
        return self.schema != self.new_schema

    @property
    def is_due(self) -> bool:
        """Whether there is anything to do."""
        return self.migrates or bool(self.changed)


def plan_upgrade(folder: Path, *, clock: Clock, host: PluginHost | None = None) -> Plan:
    """Return what an upgrade of the node in ``folder`` would do; nothing is changed.

    Raises:
        ConfigError: its alpr.toml is wrong.
        StoreError: the database cannot be used, is newer than this program, or its disk has no room for the copy.
    """
    proposal, settings = _proposed(folder, clock, host)
    store = open_store(settings)
    try:
        with store.snapshot() as work:
            return _plan(work.connection, store, _parts(proposal, settings))
    finally:
        store.close()


def upgrade_node(folder: Path, *, clock: Clock, host: PluginHost | None = None) -> Plan:
    """Upgrade the node in ``folder``, and return what was done.

    Raises:
        ConfigError: its alpr.toml is wrong.
        StoreError: the database cannot be used, its copy cannot be made or does not verify, or the migration failed;
            then the node is as it was.
    """
    proposal, settings = _proposed(folder, clock, host)
    parts = _parts(proposal, settings)
    store = open_store(settings)
    try:
        with store.snapshot() as work:
            plan = _plan(work.connection, store, parts)
        remove_copies(settings)  # of an upgrade that was cut off: what counts is the database
        if not plan.is_due:
            return plan
        copy = None
        with _told_as_ours(settings), store.connection() as connection:
            plan = _plan(connection, store, parts)  # under the lock: another process may have been quicker
            if plan.is_due:
                copy = _copy(
                    store, settings, plan
                )  # nobody writes meanwhile, so it is exactly what is migrated
                schema.upgrade(connection)
                _check_keys(connection)
                site = _site(folder, settings, proposal, store, clock, connection)
                _record(site, connection, plan, parts)
        if copy is not None and (trouble := _trouble(copy.file)):
            raise StoreError(
                f"{copy.file} is damaged ({trouble}). Keep it as it is; a verified copy from before the upgrade is "
                f"{copy.path}: docs/upgrade.md"
            )
        remove_copies(settings)
        return plan
    finally:
        store.close()


def remove_copies(settings: Settings) -> None:
    """Remove what an upgrade that was cut off left: it would keep what is purged later.

    Raises:
        StoreError: it cannot be removed.
    """
    folder = settings.var / COPIES
    if not folder.is_dir():
        return
    try:
        for path in folder.iterdir():
            path.unlink(missing_ok=True)
        folder.rmdir()
    except FileNotFoundError:
        pass  # another process did it
    except OSError as error:
        raise StoreError(
            f"{folder} holds a copy of the database and cannot be removed: {error.strerror}"
        ) from error


# -- what there is -----------------------------------------------------------------------------------------------


def _proposed(folder: Path, clock: Clock, host: PluginHost | None) -> tuple[Proposal, Settings]:
    proposal = propose(folder, host, clock())
    if proposal.settings is None:
        raise proposal.problem or ConfigError(["cannot be read"], where=str(folder))
    return proposal, proposal.settings


def _parts(proposal: Proposal, settings: Settings) -> dict[str, Part]:
    plugins = proposal.effective.plugins if proposal.effective else proposal.host.enabled()
    return parts_of(plugins, run=settings.var / "run")


def _plan(connection: Connection, store: Store, parts: Mapping[str, Part]) -> Plan:
    found, wanted = schema.revisions(connection)
    if not found:
        raise StoreError("the database is empty: this node was not set up; run alpr-core init")
    if not schema.is_known(found):
        raise StoreError(
            f"the database has schema {found}, which this program does not know: it is of a newer version. Install "
            "that one again"
        )
    tables = sa.inspect(connection).get_table_names()
    recorded = InstalledParts(connection).all() if "installed" in tables else {}
    file = store.sqlite_path
    size = file.stat().st_size if file is not None else 0
    free = _free(file) if file is not None else 0
    return Plan(
        version=recorded[CORE].version if CORE in recorded else "",
        new_version=parts[CORE].version,
        schema=found,
        new_schema=wanted,
        changed=tuple(differing(recorded, parts)),
        copy_bytes=size if found != wanted else 0,
        free_bytes=free,
    )


def _free(file: Path) -> int:
    disk = os.statvfs(file.parent)
    return disk.f_bavail * disk.f_frsize


# -- the copy ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Copy:
    """A database file, and its verified copy."""

    file: Path
    path: Path


def _copy(store: Store, settings: Settings, plan: Plan) -> _Copy | None:
    """Return a verified copy of a SQLite database that is about to be migrated; None where none is needed."""
    file = store.sqlite_path
    if file is None or not plan.migrates:
        return None
    if plan.free_bytes < _ROOM * plan.copy_bytes:
        raise StoreError(
            f"{file.parent}: no room for the copy that is made before: {plan.copy_bytes >> 20} MiB are needed, "
            f"{plan.free_bytes >> 20} are left"
        )
    copy = settings.var / COPIES / f"{file.stem}-{plan.schema}.db"
    _make_copy(file, copy)
    _verify_copy(file, copy, settings)
    return _Copy(file, copy)


def _make_copy(file: Path, copy: Path) -> None:
    try:
        copy.parent.mkdir(mode=0o700, exist_ok=True)
        os.close(os.open(copy, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with closing(_read_only(file)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        descriptor = os.open(copy, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{copy}: no copy can be made: {error}") from error


def _verify_copy(file: Path, copy: Path, settings: Settings) -> None:
    """Check that the copy is whole, has every row, and that its ledger verifies with the node's own key.

    Raises:
        StoreError: it is not, so there is no upgrade.
    """
    if trouble := _trouble(copy) or _differing_counts(file, copy):
        raise StoreError(f"{file}: its copy is not whole ({trouble})")
    try:
        vkey = str(signing_keys(settings).first().vkey)
        with open_source(str(copy)) as source:
            verify(source, vkeys=[vkey])
    except LedgerError as error:
        raise StoreError(f"{file}: its ledger does not verify: {error}") from error


def _differing_counts(file: Path, copy: Path) -> str:
    """Return which table of the copy has not as many rows as the database."""
    with closing(_read_only(file)) as source, closing(_read_only(copy)) as target:
        names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        for (name,) in source.execute(names).fetchall():
            count = f'SELECT count(*) FROM "{name}"'  # noqa: S608  a name from the schema itself
            there = target.execute(count).fetchone()[0]
            if there != source.execute(count).fetchone()[0]:
                return f"table {name} has {there} rows"
    return ""


def _trouble(file: Path) -> str:
    try:
        with closing(_read_only(file)) as connection:
            found = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        return str(error)
    return "" if found == "ok" else found


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=30)


# -- the transaction ---------------------------------------------------------------------------------------------


@contextmanager
def _told_as_ours(settings: Settings) -> Iterator[None]:
    """Say of whatever a migration raises that nothing has changed; the copy is not needed then."""
    try:
        yield
    except Exception as error:
        remove_copies(settings)
        # A migration's own error may quote a row, and a row may hold a plate: its class is enough.
        why = error.message if isinstance(error, AlprError) else type(error).__name__
        raise StoreError(f"the upgrade failed, and the node is as it was: {why}") from error


def _check_keys(connection: Connection) -> None:
    """Refuse a result whose rows point at nothing."""
    if connection.dialect.name == "sqlite" and (
        broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    ):
        raise StoreError(f"after the migration, rows of {broken[0]} point at nothing")


def _site(
    folder: Path, settings: Settings, proposal: Proposal, store: Store, clock: Clock, connection: Connection
) -> Site:
    standing = stand(folder, settings, proposal, *accepted_in(Work(connection)))
    return join(standing, store, clock)


def _record(site: Site, connection: Connection, plan: Plan, parts: Mapping[str, Part]) -> None:
    """Write the entry. A ledger that is behind takes none before it is recovered: what changed is noted later."""
    actor = Actor(id="system:upgrade")
    recording = Recording(site.keys, site.clock, "node.upgrade", Why())
    said = shown(plan.changed, parts)
    recording.record(
        version=plan.new_version,
        schema_before=plan.schema,
        schema=plan.new_schema,
        changed=said.changed,
        parts=said.parts,
        digest=said.digest,
    )
    if plan.version:
        recording.record(previous=plan.version)
    draft = recording.draft(header(site, "node.upgrade", Why(), Leave(UNASKED, actor, None)))
    try:
        lock_head(connection)
        site.log.append(connection, [draft])
    except LedgerBehind:
        return
    InstalledParts(connection).replace(parts)
