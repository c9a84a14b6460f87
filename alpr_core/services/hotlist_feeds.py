"""Hotlists that come in by themselves: files in a folder that is watched.

What became of a file is seen from where it lies: in ``done``, or in ``refused`` with a note that says why.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from alpr_core.act import Act
from alpr_core.config.hotlists import HotlistSection, options_for
from alpr_core.errors import InputError, PluginError, StoreError
from alpr_core.interfaces import HotlistSource
from alpr_core.plugins import Kind
from alpr_core.services.hotlist_import import Imported, import_hotlist
from alpr_core.services.hotlist_lines import Terms

if TYPE_CHECKING:
    from alpr_core.config import Settings
    from alpr_core.plugins import PluginHost

QUIET_FOR = timedelta(minutes=1)
"""A file that nobody has written to for so long is whole."""

UNFINISHED = (".part", ".partial", ".tmp", ".filepart")
"""How the names of files end that a program is still writing; so do names that begin with a dot."""

LARGEST_NOTE = 4000
"""Characters of a note on a refused file."""


class Feeds:
    """What the settings say of hotlists, and the data sources that read them.

    Args:
        settings: the node's.
        host: its plugins.
    """

    def __init__(self, settings: Settings, host: PluginHost) -> None:
        self._settings = settings
        self._host = host

    @property
    def sections(self) -> Sequence[HotlistSection]:
        """What is set, a section for each list."""
        return self._settings.hotlist

    @property
    def folder(self) -> Path:
        """The node's folder, which paths in the settings are taken from."""
        return self._settings.folder

    @property
    def var(self) -> Path:
        """The folder that is for the node's account alone."""
        return self._settings.var

    def section(self, name: str) -> HotlistSection | None:
        """Return what is set for a hotlist, None if nothing is."""
        return next((one for one in self.sections if one.name == name), None)

    def terms(self, section: HotlistSection | None) -> Terms:
        """Return what a file may do to a hotlist, as far as the settings say."""
        configured = frozenset(one.name for one in self.sections)
        if section is None:
            return Terms(configured=configured)
        return Terms(
            delta=section.delta, drop=tuple(section.drop), rejects=section.rejects, configured=configured
        )

    def source(self, use: str, section: HotlistSection | None, **more: object) -> HotlistSource:
        """Make the data source that reads a hotlist; dates without a zone are in the node's.

        Args:
            use: its name.
            section: what is set for the list.
            **more: options that go before any other.

        Raises:
            PluginError: it is not there, or cannot be made.
            ConfigError: an option is wrong.
        """
        chosen = section if section and section.use == use else HotlistSection(name="any", use=use)
        given: dict[str, object] = {**options_for(chosen, self._settings.source), **more}
        if "timezone" in self._host.get(Kind.DATA_SOURCE, use).options.model_fields:
            given.setdefault("timezone", self._settings.node.timezone)
        return self._host.data_source(use, given, folder=self.folder)


def import_for(
    act: Act,
    path: Path,
    section: HotlistSection,
    source: HotlistSource,
    terms: Terms,
    *,
    fetched: bool = False,
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
        terms=terms,
        fetched=fetched,
    )


def take_in(act: Act, feeds: Feeds) -> Mapping[str, int]:
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
    for section in feeds.sections:
        if section.watch is None:
            continue
        folder = feeds.folder / section.watch
        source, terms = feeds.source(section.use, section), feeds.terms(section)
        for path in _whole_files(folder, act.now):
            try:
                import_for(act, path, section, source, terms)
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
