"""Hotlists that come in by themselves: files in a folder that is watched.

What became of a file is seen from where it lies: in ``done``, or in ``refused`` with a note that says why.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from alpr_core.act import Act
from alpr_core.errors import InputError, PluginError, StoreError
from alpr_core.interfaces import HotlistSource
from alpr_core.plugins import Kind
from alpr_core.services.hotlist_import import Imported, import_hotlist
from alpr_core.services.hotlist_lines import Terms

if TYPE_CHECKING:
    from alpr_core.config import Settings
    from alpr_core.config.hotlists import HotlistSection
    from alpr_core.plugins import PluginHost

QUIET_FOR = timedelta(minutes=1)
"""A file that nobody has written to for so long is whole."""

UNFINISHED = (".part", ".partial", ".tmp", ".filepart")
"""How the names of files end that a program is still writing; so do names that begin with a dot."""

LARGEST_NOTE = 4000
"""Characters of a note on a refused file."""


def terms_of(settings: Settings, section: HotlistSection | None) -> Terms:
    """Return what a file may do to a hotlist, as far as the settings say."""
    configured = frozenset(one.name for one in settings.hotlist)
    if section is None:
        return Terms(configured=configured)
    return Terms(
        delta=section.delta, drop=tuple(section.drop), rejects=section.rejects, configured=configured
    )


def source_of(settings: Settings, host: PluginHost, use: str, options: Mapping[str, object]) -> HotlistSource:
    """Make the data source that reads a hotlist; dates without a zone are in the node's.

    Raises:
        PluginError: it is not there, or cannot be made.
        ConfigError: an option is wrong.
    """
    given = dict(options)
    if "timezone" in host.get(Kind.DATA_SOURCE, use).options.model_fields:
        given.setdefault("timezone", settings.node.timezone)
    return host.data_source(use, given, folder=settings.folder)


def import_for(
    act: Act, path: Path, section: HotlistSection, source: HotlistSource, settings: Settings
) -> Imported:
    """Import a file that came by itself, as the section of its hotlist says. Raises as `import_hotlist`."""
    return import_hotlist(
        act,
        path,
        source,
        source_name=section.use,
        name=section.name,
        purpose=section.purpose,
        reason=section.reason,
        terms=terms_of(settings, section),
    )


def take_in(act: Act, settings: Settings, host: PluginHost) -> Mapping[str, int]:
    """Import the files that lie whole in the folders of hotlists, the oldest first.

    Returns:
        How many files were imported, and how many refused.

    Raises:
        Denied: by the policy; the file stays where it is.
        ConfigError, PluginError: the data source cannot be made; the files stay where they are.
        StoreError: disk or database; the file stays where it is.
        InputError: files were refused, after all were looked at.
    """
    done, refused = 0, 0
    for section in settings.hotlist:
        if section.watch is None:
            continue
        folder = settings.folder / section.watch
        source = source_of(settings, host, section.use, settings.options_of_hotlist(section))
        for path in _whole_files(folder, act.now):
            try:
                import_for(act, path, section, source, settings)
            except (InputError, PluginError) as error:
                refused += 1
                _put_away(path, folder / "refused", act.now, note=str(error))
            else:
                done += 1
                _put_away(path, folder / "done", act.now)
    if refused:
        raise InputError(
            f"{refused} files of hotlists were refused: the notes beside them, in the folder refused, say why"
        )
    return {"imported": done, "refused": refused}


def _whole_files(folder: Path, now: datetime) -> Iterator[Path]:
    """Yield the files of a folder that nobody is still writing, the oldest first; a folder that is not there is made.

    Raises:
        StoreError: it cannot be read.
    """
    found = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            status = path.lstat()  # a link may lead anywhere
            if not stat.S_ISREG(status.st_mode) or path.name.startswith("."):
                continue
            written = datetime.fromtimestamp(status.st_mtime, UTC)
            if not path.name.lower().endswith(UNFINISHED) and written <= now - QUIET_FOR:
                found.append((written, path))
    except OSError as error:
        raise StoreError(f"{folder}: the hotlists' folder cannot be read: {error.strerror}") from error
    return (path for _, path in sorted(found))


def _put_away(path: Path, folder: Path, now: datetime, *, note: str = "") -> None:
    """Move a file to where those go that are dealt with, under a name with the time, and a note beside it.

    Raises:
        StoreError: it cannot be moved.
    """
    target = folder / f"{now:%Y%m%dT%H%M%S%fZ}-{path.name}"
    try:
        folder.mkdir(exist_ok=True)
        if note:
            (folder / f"{target.name}.why.txt").write_text(f"{note[:LARGEST_NOTE]}\n", encoding="utf-8")
        path.replace(target)
    except OSError as error:
        raise StoreError(f"{path}: cannot be moved to {folder}: {error.strerror}") from error
