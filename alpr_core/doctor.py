"""Is this machine fit to run, and is the node in order? Each check says what it found and what to do about it.

Looks only: nothing is created, written or sent. Works without a node too.
"""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from alpr_core import config
from alpr_core.config import Settings
from alpr_core.errors import AlprError, ConfigError, NotFound
from alpr_core.files import is_open_to_others
from alpr_core.plugins import AUTO_RECOGNIZERS, Kind, PluginHost

WRITTEN = datetime(2026, 11, 1, tzinfo=UTC)
"""Nobody ran this before it was written: a clock that says so is wrong."""

SKEW = timedelta(minutes=1)
"""How far ahead a file's time may be before the clock must have gone back."""

DISK_FULL = 200 * 2**20
DISK_LOW = 5 * 2**30
"""Free bytes below which nothing can be stored, and below which it is time to act."""

CV2_WHEELS = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)
"""The distributions that all install one folder, cv2, over each other."""


class State(StrEnum):
    """What came of a check."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing looked at.

    Attributes:
        name: what.
        state: whether it is in order.
        found: what is there.
        todo: what to do about it, "" if nothing.
    """

    name: str
    state: State
    found: str
    todo: str = ""


def examine(folder: Path | None, at: datetime) -> Iterator[Check]:
    """Yield every check, in the order in which troubles are best mended.

    Args:
        folder: the node's, None to check the machine alone.
        at: now, UTC, as this machine has it.
    """
    yield from (check_python(), check_platform(), check_opencv())
    settings = None
    if folder is None:
        found = "no node here: the machine alone is checked"
        yield Check(name="node", state=State.OK, found=found, todo="make one with: alpr-core init DIR")
    else:
        try:
            settings = config.load(folder)
        except ConfigError as error:
            for problem in error.problems:
                yield Check(name="node", state=State.FAIL, found=problem, todo="mend alpr.toml")
        except NotFound as error:
            yield Check(name="node", state=State.FAIL, found=error.message)
    if folder is None or settings is not None:
        yield from check_plugins(settings)
    if settings is not None:
        yield check_database(settings)
        yield check_permissions(settings)
        yield check_signing_key(settings)
    yield check_clock(at, settings)
    yield check_disk(folder or Path.cwd())


# ---------------------------------------------------------------------------
# The machine
# ---------------------------------------------------------------------------


def check_python() -> Check:
    """Say which interpreter this is; pip lets none in that is too old."""
    return Check(name="Python", state=State.OK, found=f"{platform.python_version()}, {sys.executable}")


def check_platform() -> Check:
    """Check for the one platform that everything is tested on."""
    found = f"{platform.system()} {platform.machine()}"
    if found in ("Linux x86_64", "Linux AMD64"):
        return Check(name="platform", state=State.OK, found=found)
    todo = "only Linux x86-64 is supported: use it for anything but trying out"
    return Check(name="platform", state=State.WARN, found=found, todo=todo)


def check_opencv() -> Check:
    """Check that exactly one cv2 wheel is installed, and that it loads."""
    wheels = [name for name in CV2_WHEELS if _installed(name)]
    remedy = "pip install --force-reinstall opencv-python-headless"
    if len(wheels) > 1:
        remedy = f"pip uninstall {' '.join(wheels)}, then: {remedy}"
    if len(wheels) != 1:
        found = " and ".join(wheels) or "no cv2 wheel"
        return Check(name="OpenCV", state=State.FAIL, found=found, todo=remedy)
    try:
        import cv2
    except ImportError as error:
        return Check(
            name="OpenCV", state=State.FAIL, found=f"{wheels[0]} does not load: {error}", todo=remedy
        )
    return Check(name="OpenCV", state=State.OK, found=f"{wheels[0]} {cv2.__version__}")


def _installed(distribution: str) -> bool:
    try:
        metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True


# ---------------------------------------------------------------------------
# Plugins and recognizers
# ---------------------------------------------------------------------------


def check_plugins(settings: Settings | None) -> Iterator[Check]:
    """Check every plugin, the options that the config gives them, and that there is a recognizer."""
    if settings is None:
        host = PluginHost.load()
    else:
        host = PluginHost.load(disable=settings.plugins.disable, grants=settings.plugins.grant)
    for problem in host.problems:
        yield Check(name="plugins", state=State.WARN, found=problem, todo="mend, uninstall or disable it")
    if settings is not None:
        problems = config.option_problems(settings, host)
        found = "\n".join(
            [f"{settings.file} and the plugins' options are right", *problems][bool(problems) :]
        )
        yield Check(name="node", state=State.FAIL if problems else State.OK, found=found)
    yield check_recognizer(host, settings.recognizer.use if settings else "auto")


def check_recognizer(host: PluginHost, use: str) -> Check:
    """Check that the chosen recognizer can be used, and say what keeps a better one from it."""
    try:
        name = host.choose_recognizer(use)
    except AlprError as error:
        return Check(name="recognizer", state=State.FAIL, found=error.message, todo="alpr-core plugins list")
    if use == "auto" and name != AUTO_RECOGNIZERS[0]:
        better = [
            line
            for line in host.listing()
            if line.kind is Kind.RECOGNIZER and line.name == AUTO_RECOGNIZERS[0]
        ]
        why_not = better[0].why_not if better else "it is not installed"
        found = f"{name} is used: {AUTO_RECOGNIZERS[0]} reads more plates, but cannot be used"
        return Check(name="recognizer", state=State.WARN, found=found, todo=why_not)
    return Check(name="recognizer", state=State.OK, found=name)


# ---------------------------------------------------------------------------
# The node
# ---------------------------------------------------------------------------


def check_database(settings: Settings) -> Check:
    """Check that the database answers. SQLite is opened read-only: looking must not make one."""
    try:
        file = settings.sqlite_file
        found = _ask_server(settings.database_url()) if file is None else _ask_sqlite(file)
    except ConfigError as error:
        return Check(name="database", state=State.FAIL, found=error.message, todo="mend [store] password")
    except Exception as error:  # noqa: BLE001  whatever a driver raises is this check's finding
        why = str(error).strip().partition("\n")[0]
        todo = "is it there, and does [store] url name it? A new node is made by: alpr-core init DIR"
        return Check(name="database", state=State.FAIL, found=f"{settings.store.url}: {why}", todo=todo)
    return Check(name="database", state=State.OK, found=found)


def _ask_sqlite(file: Path) -> str:
    # In WAL mode even a reader makes the files -wal and -shm, which may then belong to the wrong account. Where they
    # are not there nobody writes, and the file can be taken as immutable.
    quiet = "" if Path(f"{file}-wal").exists() else "&immutable=1"
    uri = f"{file.as_uri()}?mode=ro{quiet}"
    with closing(sqlite3.connect(uri, uri=True, timeout=5)) as connection:
        tables = connection.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'table'").fetchone()[0]
    return f"SQLite {sqlite3.sqlite_version}, {tables} tables"


def _ask_server(url: str) -> str:
    from sqlalchemy import make_url, text

    from alpr_core.store.engine import make_engine

    engine = make_engine(make_url(url).update_query_dict({"connect_timeout": "5"}), writes=False)
    try:
        with engine.connect() as connection:
            return f"PostgreSQL {connection.execute(text('SHOW server_version')).scalar_one()}"
    finally:
        engine.dispose()


def check_permissions(settings: Settings) -> Check:
    """Check that nobody but the node's account gets at its keys and data."""
    var = settings.var
    if not var.is_dir():
        return Check(
            name="permissions", state=State.FAIL, found=f"no folder {var}", todo="finish: alpr-core init"
        )
    keys = sorted(path for path in (var / "keys").rglob("*") if path.is_file())
    secrets = [settings.store.password, *(camera.password for camera in settings.camera)]
    private = [
        var,
        *keys,
        *(secret.file for secret in secrets if secret and secret.file and secret.file.is_file()),
    ]
    loose = [path for path in private if is_open_to_others(path.stat())]
    foreign = [path for path in private if path.stat().st_uid != os.geteuid()]
    if loose:
        todo = f"chmod go= {' '.join(map(str, loose[:5]))}"
        return Check(name="permissions", state=State.FAIL, found=f"others get at {_some(loose)}", todo=todo)
    if foreign:
        todo = "run as the account that the node belongs to"
        return Check(name="permissions", state=State.FAIL, found=f"not yours: {_some(foreign)}", todo=todo)
    return Check(name="permissions", state=State.OK, found=f"{var} and {len(keys)} key files are private")


def check_signing_key(settings: Settings) -> Check:
    """Check that the ledger's signing key is there and whole: without it nothing can be recorded, so nothing done."""
    from alpr_ledger.errors import KeyRefused
    from alpr_ledger.keys import SigningKeys

    try:
        key = SigningKeys(settings.var / "keys").first()
    except KeyRefused as error:
        return Check(name="signing key", state=State.FAIL, found=str(error), todo="restore it from a backup")
    return Check(name="signing key", state=State.OK, found=key.name)


def _some(paths: Iterable[Path]) -> str:
    names = [str(path) for path in paths]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def check_clock(at: datetime, settings: Settings | None) -> Check:
    """Check that the time is possible, and not before the newest file of the node."""
    found = f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if settings is not None:
        found += f", {at.astimezone(settings.zone):%H:%M} in {settings.node.timezone}"
        newest = max((path.stat().st_mtime for path in _files(settings.var)), default=0.0)
        if datetime.fromtimestamp(newest, UTC) > at + SKEW:
            found += (
                f"; the node was last written at {datetime.fromtimestamp(newest, UTC):%Y-%m-%d %H:%M} UTC"
            )
            return Check(name="clock", state=State.FAIL, found=found, todo="set the clock: it went back")
    if at < WRITTEN:
        todo = "set the clock, and let NTP keep it: every entry of the ledger bears its time"
        return Check(name="clock", state=State.FAIL, found=found, todo=todo)
    return Check(name="clock", state=State.OK, found=found)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def check_disk(folder: Path) -> Check:
    """Check for room where the data goes."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    found = f"{free / 2**30:.1f} GiB free in {existing}"
    if free < DISK_LOW:
        state = State.FAIL if free < DISK_FULL else State.WARN
        return Check(name="disk", state=state, found=found, todo="make room: reads and images need it")
    return Check(name="disk", state=State.OK, found=found)
