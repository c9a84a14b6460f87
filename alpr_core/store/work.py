"""One transaction, and the records that can be reached in it.

`Store` gives two kinds: a read-only snapshot that takes no writer's lock, and a writing transaction, which on
SQLite stands behind one node-wide file lock (with SQLite's own waiting alone, eight processes starve each other).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cached_property
from pathlib import Path

from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from alpr_core.errors import InputError, StoreError
from alpr_core.store.accepted import AcceptedSettings
from alpr_core.store.access_records import AccessRecords
from alpr_core.store.adoptions import Adoptions
from alpr_core.store.approvals import Approvals
from alpr_core.store.breaches import Breaches
from alpr_core.store.cosignatures import Cosignatures
from alpr_core.store.devices import Devices
from alpr_core.store.documents import Documents
from alpr_core.store.dump import Dump
from alpr_core.store.engine import make_engine
from alpr_core.store.evidence import Evidence
from alpr_core.store.foreign import ForeignReads
from alpr_core.store.heartbeats import Heartbeats
from alpr_core.store.hits import Hits
from alpr_core.store.holds import Holds
from alpr_core.store.hotlists import Hotlists
from alpr_core.store.incidents import Incidents
from alpr_core.store.installed import InstalledParts
from alpr_core.store.intents import Intents
from alpr_core.store.jobs import Jobs
from alpr_core.store.keys import KeyStore
from alpr_core.store.lately import Lately
from alpr_core.store.logins import Accounts, Logins
from alpr_core.store.notices import Notices
from alpr_core.store.people import People
from alpr_core.store.proven import ProvenTime
from alpr_core.store.purging import Purging
from alpr_core.store.reads import Reads
from alpr_core.store.reclaiming import reclaim_sqlite, settle_sqlite, vacuum_postgresql
from alpr_core.store.releases import Releases
from alpr_core.store.rights import Rights
from alpr_core.store.schedules import Schedules
from alpr_core.store.stamps import Stamps
from alpr_core.store.sweeping import Sweeping
from alpr_core.store.vendor_logs import VendorLogs
from alpr_core.store.verifications import Verifications
from alpr_ledger import store as ledger_store
from alpr_ledger.last_signed import SIGNED, LastSigned
from alpr_ledger.lock import QueuedLock
from alpr_ledger.reader import Reader


class Work:
    """The records inside one transaction. Made by `Store`, handed out by an act, gone when the act ends."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @cached_property
    def reads(self) -> Reads:
        """Reads, plates and images."""
        return Reads(self.connection)

    @cached_property
    def foreign_reads(self) -> ForeignReads:
        """What other systems call the reads that came from them."""
        return ForeignReads(self.connection)

    @cached_property
    def vendor_logs(self) -> VendorLogs:
        """What was done in a vendor's system."""
        return VendorLogs(self.connection)

    @cached_property
    def hotlists(self) -> Hotlists:
        """Hotlists and their entries."""
        return Hotlists(self.connection)

    @cached_property
    def hits(self) -> Hits:
        """Hits."""
        return Hits(self.connection)

    @cached_property
    def verifications(self) -> Verifications:
        """How hits were verified."""
        return Verifications(self.connection)

    @cached_property
    def holds(self) -> Holds:
        """What is kept beyond its time."""
        return Holds(self.connection)

    @cached_property
    def purging(self) -> Purging:
        """What is due, and its destruction."""
        return Purging(self.connection)

    def evidence(self, keys: KeyStore) -> Evidence:
        """Return what stands behind reads, to be moved to other keys of the node."""
        return Evidence(self.connection, keys)

    @cached_property
    def sweeping(self) -> Sweeping:
        """Ciphertexts that nobody can open any more."""
        return Sweeping(self.connection)

    @cached_property
    def access_records(self) -> AccessRecords:
        """The records of accesses, by month."""
        return AccessRecords(self.connection)

    @cached_property
    def schedules(self) -> Schedules:
        """Retention schedules that were signed."""
        return Schedules(self.connection)

    @cached_property
    def people(self) -> People:
        """People, their roles and sessions."""
        return People(self.connection)

    @cached_property
    def logins(self) -> Logins:
        """What is known of people's logins."""
        return Logins(self.connection)

    @property
    def accounts(self) -> Accounts:
        """What a login is checked against."""
        return Accounts(self.people, self.logins)

    @cached_property
    def rights(self) -> Rights:
        """Trainings, authorities and delegations."""
        return Rights(self.connection)

    @cached_property
    def lately(self) -> Lately:
        """What somebody did lately, as far as a policy counts it."""
        return Lately(self.connection)

    @cached_property
    def approvals(self) -> Approvals:
        """Approvals that were asked for."""
        return Approvals(self.connection)

    @cached_property
    def devices(self) -> Devices:
        """Devices and cameras."""
        return Devices(self.connection)

    @cached_property
    def incidents(self) -> Incidents:
        """Incidents and canvasses."""
        return Incidents(self.connection)

    @cached_property
    def releases(self) -> Releases:
        """The register of agencies, and requests for data."""
        return Releases(self.connection)

    @cached_property
    def breaches(self) -> Breaches:
        """Breaches, and files on misuse."""
        return Breaches(self.connection)

    @cached_property
    def adoptions(self) -> Adoptions:
        """Policies that were adopted."""
        return Adoptions(self.connection)

    @cached_property
    def documents(self) -> Documents:
        """The programme file."""
        return Documents(self.connection)

    @cached_property
    def ledger(self) -> Reader:
        """The ledger's entries and proofs."""
        return Reader(self.connection)

    @cached_property
    def cosignatures(self) -> Cosignatures:
        """What witnesses confirmed of the ledger."""
        return Cosignatures(self.connection)

    @cached_property
    def stamps(self) -> Stamps:
        """The time-stamping authorities' tokens."""
        return Stamps(self.connection)

    @cached_property
    def dump(self) -> Dump:
        """All of it, for a backup."""
        return Dump(self.connection)

    @cached_property
    def intents(self) -> Intents:
        """Sends that were begun."""
        return Intents(self.connection)

    @cached_property
    def notices(self) -> Notices:
        """Notices that could not be delivered."""
        return Notices(self.connection)

    @cached_property
    def jobs(self) -> Jobs:
        """The scheduler's own notes."""
        return Jobs(self.connection)

    @cached_property
    def heartbeats(self) -> Heartbeats:
        """Heartbeats of cameras."""
        return Heartbeats(self.connection)

    @cached_property
    def proven_time(self) -> ProvenTime:
        """The time that the ledger proves."""
        return ProvenTime(self.connection)

    @cached_property
    def installed(self) -> InstalledParts:
        """What was installed when it was last recorded."""
        return InstalledParts(self.connection)

    @cached_property
    def accepted(self) -> AcceptedSettings:
        """Settings that were accepted."""
        return AcceptedSettings(self.connection)


class Store:
    """One node's database.

    Args:
        url: SQLAlchemy URL; a SQLite path must be absolute.
        lock_path: where the node-wide writer's lock of a SQLite database lies.
        last_signed: remembers, outside of the database, what is committed to the ledger; may be given later.

    Raises:
        StoreError: if the database cannot be used.
    """

    def __init__(self, url: str, *, lock_path: Path, last_signed: LastSigned | None = None) -> None:
        self.engine = make_engine(url, writes=True)
        self._readers = make_engine(url, writes=False)
        self.last_signed = last_signed
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._lock = QueuedLock(lock_path) if self.is_sqlite else nullcontext()

    @property
    def sqlite_path(self) -> Path | None:
        """The database file, None on PostgreSQL."""
        database = make_url(self.engine.url).database
        return Path(database) if self.is_sqlite and database else None

    @contextmanager
    def snapshot(self) -> Iterator[Work]:
        """Yield a read-only view of the data as of now. Ends within 30 s; holds no writer up."""
        with self._errors(), self._readers.connect() as connection:
            yield Work(connection)

    @contextmanager
    def writing(self) -> Iterator[Work]:
        """Yield the one writing transaction; commit at the end, roll back on an exception."""
        with self.connection() as connection:
            yield Work(connection)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Yield the writing transaction's bare connection, for the ledger's group of looks."""
        with self._errors():
            with self._lock, self.engine.begin() as connection:
                connection.info.pop(SIGNED, None)  # of a transaction that was rolled back
                yield connection
                signed = connection.info.pop(SIGNED, None)
            if signed is not None and self.last_signed is not None:
                note, recovered = signed
                self.last_signed.record(note, replace=recovered)

    def is_awaited(self, connection: Connection) -> bool:
        """Return whether somebody waits for the writing transaction of this connection to end."""
        if isinstance(self._lock, QueuedLock):
            return self._lock.is_awaited()
        return ledger_store.head_is_awaited(connection)

    def settle(self) -> None:
        """Copy what is committed from SQLite's write-ahead log into the database, beside whoever reads and writes."""
        if self.is_sqlite:
            with self._errors():
                settle_sqlite(self.engine)

    def reclaim(self) -> None:
        """Give the room of deleted rows back, and empty the write-ahead log: no byte of them stays in the files.

        Raises:
            StoreError: a reader holds an old snapshot open for longer than readers may.
        """
        with self._errors():
            if isinstance(self._lock, QueuedLock):
                reclaim_sqlite(self.engine, self._lock)
            else:
                vacuum_postgresql(self.engine)

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()
        self._readers.dispose()
        if self.last_signed is not None:
            self.last_signed.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn the driver's errors into sentences; the statement and its values never reach a message."""
        try:
            yield
        except DBAPIError as error:
            reason = (
                str(error.orig).strip().partition("\n")[0]
            )  # PostgreSQL names the values in further lines
            raise StoreError(f"the database refused: {reason}") from error
        except SQLAlchemyError as error:
            raise StoreError(f"the database cannot be used: {type(error).__name__}") from error
        except UnicodeEncodeError as error:
            raise InputError(
                "a text holds bytes that are not Unicode, so it cannot be stored or found"
            ) from error
