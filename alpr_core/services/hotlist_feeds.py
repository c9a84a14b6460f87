"""Hotlists that come in by themselves: what is set for them, and files in folders that are watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from alpr_core.act import Act
from alpr_core.config.hotlists import HotlistSection, options_for
from alpr_core.errors import ConfigError, InputError, PluginError
from alpr_core.interfaces import HotlistSource
from alpr_core.plugins import Kind
from alpr_core.services.hotlist_import import Imported, import_hotlist
from alpr_core.services.hotlist_inbox import Inbox
from alpr_core.services.hotlist_lines import Terms

if TYPE_CHECKING:
    from alpr_core.config import Settings
    from alpr_core.plugins import PluginHost


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
        """Return what is set for a hotlist, None if nothing is; blanks around a name are none of its own."""
        return next((one for one in self.sections if one.name == name.strip()), None)

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

    A list whose data source cannot be made keeps none of the others from coming; its files stay where they are.

    Returns:
        How many files were imported, and how many refused.

    Raises:
        Denied: by the policy; the file is taken up again by the next run.
        StoreError: disk or database; likewise.
        InputError: files were refused, or a data source cannot be made, after all were looked at; it says which.
    """
    done, refused, problems = 0, 0, []
    for section in feeds.sections:
        if section.watch is None:
            continue
        try:
            source = feeds.source(section.use, section)
        except (ConfigError, PluginError) as error:
            problems.append(f"{section.name}: {error}")
            continue
        inbox = Inbox(feeds.folder / section.watch)
        for path in inbox.take(act.now):
            try:
                import_for(act, path, section, source, feeds.terms(section))
            except (InputError, PluginError) as error:
                refused += 1
                inbox.put_away(path, "refused", note=str(error))
            else:
                done += 1
                inbox.put_away(path, "done")
    if refused:
        problems.append(
            f"{refused} files of hotlists were refused: the notes beside them, in the folder refused, say why"
        )
    if problems:
        raise InputError("\n".join(problems))
    return {"imported": done, "refused": refused}
