"""A ledger of each kind, opened, as the tests of this room want it."""

from __future__ import annotations

import copy as copies
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, event

from alpr_ledger import store
from alpr_ledger.keys import SigningKey
from alpr_ledger.lock import FileLock
from alpr_ledger.log import Draft, Log, Receipt, draft
from tampering import COMMITS, Copy, Database, Exports

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "verify_without_us"
ORIGIN = "ledger.example/test"
OPENED = datetime(2026, 11, 23, 6, 34, tzinfo=UTC)


class Ledger:
    """One database with a ledger in it, and the transactions that a node would give it."""

    def __init__(self, url: str, key: SigningKey, lock: Path) -> None:
        self.url = url
        self.engine: Engine = create_engine(url)
        self.lock: AbstractContextManager[object] = nullcontext()
        self.log = Log(key)
        self.path: Path | None = None
        if url.startswith("sqlite"):
            self.path = Path(url.removeprefix("sqlite:///"))
            self.lock = FileLock(lock)
            event.listen(self.engine, "connect", _on_connect)
            event.listen(self.engine, "begin", _on_begin)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A write transaction."""
        with self.lock, self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read transaction."""
        with self.engine.connect() as connection:
            yield connection

    def open(self) -> Receipt:
        with self.transaction() as connection:
            store.create(connection)
            return self.log.open(connection, at=OPENED)

    def append(self, *drafts: Draft) -> Receipt:
        with self.transaction() as connection:
            return self.log.append(connection, drafts)

    def append_some(self, count: int, kind: str = "test.note") -> Receipt:
        return self.append(*(draft(body(n, kind)) for n in range(count)))

    def tamper(self, statement: str, *values: object) -> None:
        """Change the database as its administrator can: past the triggers."""
        with self.transaction() as connection:
            if self.path is None:
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
                connection.exec_driver_sql(statement.replace("?", "%s"), values)
                return
            triggers = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in triggers.all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            connection.exec_driver_sql(statement, values)

    def query(self, statement: str, *values: object):
        """All rows that a statement returns."""
        with self.reading() as connection:
            text = statement if self.path else statement.replace("?", "%s")
            return [tuple(row) for row in connection.exec_driver_sql(text, values)]

    @property
    def target(self) -> str:
        """What `verify` takes to find this ledger."""
        return str(self.path) if self.path else self.url


def body(n: int = 0, kind: str = "test.note", **more: object) -> dict[str, object]:
    return {"v": 1, "kind": kind, "t": "2026-11-23T06:34:00.123456Z", "public": {"n": n}, **more}


def _on_connect(connection, record) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@pytest.fixture(scope="session")
def key() -> SigningKey:
    return SigningKey(ORIGIN, bytes(range(32)))


@pytest.fixture
def empty_ledger(database_url: str, key: SigningKey, tmp_path: Path) -> Iterator[Ledger]:
    """A ledger whose tables are not made yet."""
    made = Ledger(database_url, key, tmp_path / "ledger.lock")
    yield made
    made.engine.dispose()


@pytest.fixture
def ledger(empty_ledger: Ledger) -> Ledger:
    """An opened ledger, with entry 0, once on each database."""
    empty_ledger.open()
    return empty_ledger


@pytest.fixture
def sqlite_ledger(key: SigningKey, tmp_path: Path) -> Iterator[Ledger]:
    """An opened ledger in a SQLite file."""
    made = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", key, tmp_path / "ledger.lock")
    made.open()
    yield made
    made.engine.dispose()


@pytest.fixture
def postgresql_ledger(postgresql_server, key: SigningKey, tmp_path: Path) -> Iterator[Ledger]:
    """An opened ledger in a PostgreSQL database."""
    made = Ledger(postgresql_server(), key, tmp_path / "ledger.lock")
    made.open()
    yield made
    made.engine.dispose()


@pytest.fixture(scope="session")
def make_body():
    """Makes the body of a small entry: n, kind, further header fields."""
    return body


@pytest.fixture(scope="module")
def make_ledger(key: SigningKey):
    """Makes an opened ledger in a SQLite file of the given path."""
    made: list[Ledger] = []

    def make(path: Path) -> Ledger:
        made.append(Ledger(f"sqlite:///{path}", key, path.with_suffix(".lock")))
        made[-1].open()
        return made[-1]

    yield make
    for one in made:
        one.engine.dispose()


@pytest.fixture(scope="session")
def original(key: SigningKey, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A ledger of 700 entries under four checkpoints, read into memory. Attackers get a copy of it."""
    folder = tmp_path_factory.mktemp("original")
    made = Ledger(f"sqlite:///{folder / 'ledger.db'}", key, folder / "ledger.lock")
    made.open()
    for first, end in pairwise(COMMITS):
        made.append(*(draft(body(n - 1)) for n in range(first, end)))
    found = Copy.of(made)
    made.engine.dispose()
    return found


@pytest.fixture
def copy(original: Copy) -> Copy:
    """A ledger in memory for an attacker to change."""
    return copies.deepcopy(original)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, key: SigningKey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """Where a copy is laid down: each test that takes this runs on SQLite and on PostgreSQL."""
    yield from _database(request, key, tmp_path_factory)


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "export"])
def medium(
    request: pytest.FixtureRequest, key: SigningKey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database | Exports]:
    """Where a copy is laid down: each test that takes this runs on SQLite, on PostgreSQL and on an export."""
    if request.param == "export":
        yield Exports(tmp_path_factory.mktemp("exports"))
    else:
        yield from _database(request, key, tmp_path_factory)


def _database(
    request: pytest.FixtureRequest, key: SigningKey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("database")
    url = f"sqlite:///{folder / 'ledger.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_server")()
    made = Ledger(url, key, folder / "ledger.lock")
    made.open()
    yield Database(made)
    made.engine.dispose()


@dataclass(frozen=True)
class Verifier:
    """A program of ``examples/verify_without_us``."""

    command: tuple[str, ...]

    def __call__(self, folder: Path, vkey: str, *kept: Path) -> tuple[int, str]:
        done = subprocess.run(
            [*self.command, str(folder), vkey, *map(str, kept)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.stderr == ""
        return done.returncode, done.stdout


@pytest.fixture(scope="session")
def go_verifier(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The Go program, built with the packages that Debian ships."""
    if shutil.which("go") is None:
        pytest.skip("needs go: apt install golang-go golang-golang-x-mod-dev")
    folder = tmp_path_factory.mktemp("go")
    program = folder / "verify"
    surroundings = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(folder / "cache")}
    subprocess.run(
        ["go", "build", "-o", program, "."],
        cwd=EXAMPLES / "go",
        env={**os.environ, **surroundings},
        check=True,
        timeout=300,
    )
    return str(program)


@pytest.fixture(params=["python", "go"])
def foreign(request: pytest.FixtureRequest) -> Verifier:
    """Each verifier that is not ours."""
    if request.param == "go":
        return Verifier((request.getfixturevalue("go_verifier"),))
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    return Verifier((sys.executable, "-I", str(EXAMPLES / "verify.py")))
