"""Hotlists that are fetched by SFTP: to a file of our own first, and imported only if it has changed.

The server is known by its host key, and this node by its private key: no password, no agent, and nothing out of
anybody's ssh configuration. What is fetched is removed once it is imported.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from alpr_core.act import Act
from alpr_core.errors import ConfigError, Denied, InputError, PluginError, SourceUnavailable, StoreError
from alpr_core.files import problem_of_secret, sha256_of
from alpr_core.services.hotlist_feeds import Feeds, import_for

if TYPE_CHECKING:
    from alpr_core.config.hotlists import HotlistSection, SftpSection

AT_MOST = 600.0
"""Seconds that fetching one file may take."""

LOGIN_WITHIN = 30.0
"""Seconds until the server must have let this node in."""

LARGEST = 2 << 30
"""Bytes of a file that is fetched: ten million lines."""

PREFIX = "fetch-"
"""How the folders in ``var`` begin that files are fetched to, one for each."""

ABANDONED_AFTER = timedelta(days=1)
"""A folder that is so old belongs to no run that goes on."""

PIECE = 4 << 20
"""Bytes that are read at a time."""


def fetch(act: Act, feeds: Feeds) -> Mapping[str, int]:
    """Fetch each hotlist that is offered on a server, and import those that have changed.

    One that cannot be fetched, or is refused, keeps none of the others from coming.

    Returns:
        How many were fetched, and how many of them imported.

    Raises:
        Denied: by the policy.
        StoreError: disk or database.
        SourceUnavailable: some could not be fetched or were refused; it says which, and why.
    """
    fetched = imported = 0
    problems = []
    _clear_abandoned(feeds.var, act.now)
    for section in feeds.sections:
        if section.sftp is None:
            continue
        try:
            is_whole, is_new = _fetch_one(act, section, section.sftp, feeds)
            fetched, imported = fetched + is_whole, imported + is_new
        except (Denied, StoreError):
            raise
        except (ConfigError, InputError, PluginError, SourceUnavailable) as error:
            problems.append(f"{section.name}: {error}")
    if problems:
        raise SourceUnavailable("\n".join(problems))
    return {"fetched": fetched, "imported": imported}


def _fetch_one(act: Act, section: HotlistSection, server: SftpSection, feeds: Feeds) -> tuple[bool, bool]:
    """Fetch one hotlist; whether it is there whole, and whether it has changed since, and was imported."""
    source = feeds.source(section.use, section)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=feeds.var) as folder:
        path = Path(folder) / (Path(server.path).name or "hotlist")
        if not _download(server, feeds.folder, path):
            return False, False  # the next run gets all of it
        digest = sha256_of(path)
        if digest == act.fetched_last(section.name):
            return True, False
        import_for(act, path, section, source, feeds.terms(section), fetched=True)
    return True, True


def _clear_abandoned(var: Path, now: datetime) -> None:
    """Remove what runs have left that were cut off: it holds plates.

    Raises:
        StoreError: it cannot be removed.
    """
    try:
        var.mkdir(mode=0o700, exist_ok=True)
        for folder in var.glob(f"{PREFIX}*"):
            if datetime.fromtimestamp(folder.lstat().st_mtime, UTC) < now - ABANDONED_AFTER:
                shutil.rmtree(folder)
    except FileNotFoundError:
        pass  # another process cleared it
    except OSError as error:
        raise StoreError(f"{var}: what was fetched before cannot be removed: {error.strerror}") from error


def _download(server: SftpSection, folder: Path, target: Path) -> bool:
    """Fetch a file from a server; whether it is whole: one that changed meanwhile is still being written there.

    Args:
        server: where it is, and how to get in.
        folder: the node's, which the files of keys are taken from.
        target: where it goes; a file that only we can read.

    Raises:
        ConfigError: the private key or the host keys cannot be used, or asyncssh is not installed.
        SourceUnavailable: the server cannot be reached, is another one, lets us not in, or has no such file.
        StoreError: the file cannot be written.
    """
    asyncssh = _asyncssh()
    key, known_hosts = folder / server.key, folder / server.known_hosts
    _check_files(key, known_hosts)
    place = f"sftp://{server.host}:{server.port}{'' if server.path.startswith('/') else '/'}{server.path}"
    try:
        client_key = asyncssh.read_private_key(key)
        return asyncio.run(_copy(_connect(asyncssh, server, client_key, known_hosts), server.path, target))
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise ConfigError([f"{key} is no private key without a passphrase."], where="sftp") from error
    except asyncssh.HostKeyNotVerifiable as error:
        raise SourceUnavailable(
            f"{place}: the server shows a host key that is not in {known_hosts}. It may be another server: ask its "
            "owner before the file is changed"
        ) from error
    except asyncssh.PermissionDenied as error:
        raise SourceUnavailable(f"{place}: the server does not let {server.user} in with {key}") from error
    except TimeoutError as error:
        raise SourceUnavailable(f"{place}: it was not there within {AT_MOST:.0f} s") from error
    except (asyncssh.Error, OSError, ValueError) as error:
        raise SourceUnavailable(f"{place}: cannot be fetched: {error}") from error


def _asyncssh() -> ModuleType:
    try:
        import asyncssh
    except ImportError as error:
        problem = "Fetching hotlists by SFTP needs asyncssh. Run: pip install 'alpr-core[sftp]'"
        raise ConfigError([problem], where="sftp") from error
    return asyncssh


def _check_files(key: Path, known_hosts: Path) -> None:
    problems = [f"{path} is not there." for path in (key, known_hosts) if not path.is_file()]
    if not problems and (problem := problem_of_secret(key, key.stat())):
        problems.append(problem)
    if problems:
        raise ConfigError(problems, where="sftp")


def _connect(
    asyncssh: ModuleType, server: SftpSection, client_key: object, known_hosts: Path
) -> AbstractAsyncContextManager[Any]:
    connection: AbstractAsyncContextManager[Any] = asyncssh.connect(
        server.host,
        server.port,
        username=server.user,
        client_keys=[client_key],
        known_hosts=str(known_hosts),
        preferred_auth="publickey",
        agent_path=None,
        gss_host=None,
        config=None,
        connect_timeout=LOGIN_WITHIN,
        login_timeout=LOGIN_WITHIN,
    )
    return connection


async def _copy(connecting: AbstractAsyncContextManager[Any], path: str, target: Path) -> bool:
    """Copy a file; whether it is whole, as far as can be seen: nobody wrote to it meanwhile."""
    async with asyncio.timeout(AT_MOST), connecting as connection:
        try:
            return await _copy_over(connection, path, target)
        finally:
            # An orderly end would wait for the server's word, and a stalled one never says it. What requests that
            # were under way make of that, nobody needs to read.
            asyncio.get_running_loop().set_exception_handler(lambda *_: None)
            connection.abort()


async def _copy_over(connection: Any, path: str, target: Path) -> bool:
    size = 0
    sftp = await connection.start_sftp_client()
    before = await sftp.stat(path)
    remote = await sftp.open(path, "rb")
    with _private(target) as file:
        while piece := await remote.read(PIECE):
            size += len(piece)
            if size > LARGEST:
                raise SourceUnavailable(f"{path} is longer than {LARGEST >> 30} GiB: this is no hotlist")
            _store(file, piece, target)
    after = await sftp.stat(path)
    return before.size in (None, size) and (before.size, before.mtime) == (after.size, after.mtime)


def _private(target: Path) -> Any:
    try:
        return target.open("xb")
    except OSError as error:
        raise StoreError(f"{target}: cannot be written: {error.strerror}") from error


def _store(file: Any, piece: bytes, target: Path) -> None:
    try:
        file.write(piece)
    except OSError as error:
        raise StoreError(f"{target}: cannot be written: {error.strerror}") from error
