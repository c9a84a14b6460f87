"""What the rest of the house sees of plugins: choose one, make it, call the hooks."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pluggy

from alpr_core import hookspecs
from alpr_core.errors import AlprError, ConfigError, PluginError
from alpr_core.interfaces import (
    AccessLogSource,
    HotlistSource,
    Notifier,
    PeriodicJob,
    Plugin,
    ReadSource,
    Recognizer,
    RetentionStrategy,
    StateSource,
)
from alpr_core.models import Decision, Finding, Reading, Request, Verdict
from alpr_core.options import Options
from alpr_core.plates import Syntax
from alpr_core.plugins.calling import objections_in, run_hook
from alpr_core.plugins.fingerprint import fingerprint
from alpr_core.plugins.loader import FOREIGN, GROUP, Loaded, load, words
from alpr_core.plugins.ready import missing, validated
from alpr_core.plugins.registry import Kind, Listing, Owner, Registration, makers
from alpr_core.problems import suggestion
from alpr_core.verification import StateSystem

if TYPE_CHECKING:
    import click

logger = logging.getLogger(__name__)

AUTO_RECOGNIZERS = ("fast_alpr", "rapidocr")
"""What ``use = "auto"`` tries, best first: the first that misses nothing is taken."""

PLATE = "plate"
"""The grant that lets an observer see plates."""

_SYSTEM = re.compile("[a-z][a-z0-9_]{0,39}")

_NO_OPTIONS: Mapping[str, object] = MappingProxyType({})


class PluginHost:
    """Every installed plugin, loaded once.

    Attributes:
        problems: every plugin that was left out or clashes, and every name in the config that no plugin has.
    """

    def __init__(
        self,
        loaded: Loaded,
        grants: Mapping[str, Collection[str]],
        problems: Iterable[str],
        entry_points: Sequence[metadata.EntryPoint] = (),
    ) -> None:
        self._loaded = loaded
        self._grants = grants
        self._entry_points = tuple(entry_points)
        self.problems = tuple(problems)

    @classmethod
    def load(
        cls,
        *,
        disable: Collection[str] = (),
        grants: Mapping[str, Collection[str]] = MappingProxyType({}),
        reserved_commands: Collection[str] = (),
        entry_points: Iterable[metadata.EntryPoint] | None = None,
    ) -> PluginHost:
        """Load every installed plugin that is not disabled. A broken one is left out; nothing is raised.

        Args:
            disable: plugins (names of entry points) that are not even imported.
            grants: for each plugin what it may see beyond ids and classes: ``plate``.
            reserved_commands: names of commands that no plugin can have.
            entry_points: those to load; all installed ones by default.
        """
        found = tuple(metadata.entry_points(group=GROUP) if entry_points is None else entry_points)
        loaded = load(found, disable, reserved_commands)
        installed = {entry_point.name for entry_point in found}
        strangers = [
            f"[plugins] {key}: no plugin {name!r} is installed.{suggestion(name, installed)}"
            for key, names in (("disable", disable), ("grant", grants))
            for name in sorted(set(names) - installed)
        ]
        return cls(loaded, grants, [*loaded.problems(), *strangers], found)

    # -- what there is ------------------------------------------------------

    def listing(self) -> tuple[Listing, ...]:
        """Return a line for everything registered and for every plugin left out, sorted by kind and name."""
        registrations = self._loaded.registrations
        silent = {*self._loaded.owners.values()} - {registration.owner for registration in registrations}
        lines = [
            *(_line(found.owner, found.kind, _why_not(found), found) for found in registrations),
            *(_line(owner, Kind.HOOKS, "") for owner in silent),
            *(_line(owner, None, reason) for owner, reason in self._loaded.absent().items()),
        ]
        return tuple(
            sorted(lines, key=lambda line: (line.kind or "~", line.name, line.distribution, line.summary))
        )

    @property
    def grants(self) -> Mapping[str, Collection[str]]:
        """What each plugin may see beyond ids and classes."""
        return self._grants

    def installed(self) -> set[str]:
        """Return the name of every plugin that is installed, whether or not it takes part."""
        return {entry_point.name for entry_point in self._entry_points}

    def enabled(self) -> Mapping[str, Mapping[str, str]]:
        """Return every plugin that takes part, by its name: distribution, version, and the SHA-256 of its files."""
        return {
            name: {
                "distribution": owner.distribution,
                "version": owner.version,
                "sha256": fingerprint(
                    self._loaded.entry_points[name], makers(self._loaded.registrations, owner)
                ),
            }
            for name, owner in sorted(self._loaded.owners.items())
        }

    def reloaded(self, *, disable: Collection[str], grants: Mapping[str, Collection[str]]) -> PluginHost:
        """Return a host of the same installed plugins, with others disabled and granted."""
        return PluginHost.load(disable=disable, grants=grants, entry_points=self._entry_points)

    def options_model(self, line: Listing) -> type[Options] | None:
        """Return the model of the options of what a line lists, None if it takes none."""
        for found in self._loaded.registrations:
            if (found.kind, found.name, found.owner.plugin) == (line.kind, line.name, line.plugin):
                return found.thing.options if isinstance(found.thing, Plugin) else None
        return None

    def get(self, kind: Kind, name: str) -> Any:
        """Return what is registered under this name.

        Raises:
            PluginError: if nothing is, or if two plugins share the name; says what there is and why not.
        """
        of_kind = {found.name: found for found in self._loaded.registrations if found.kind is kind}
        if name in of_kind:
            if of_kind[name].trouble:
                raise PluginError(of_kind[name].trouble)
            return of_kind[name].thing
        reasons = [
            f" The {owner} is left out: {why}"
            for owner, why in self._loaded.absent().items()
            if owner.plugin == name
        ]
        raise PluginError(
            f"there is no {kind.words} {name!r}.{suggestion(name, of_kind)}"
            f" Installed: {', '.join(sorted(of_kind)) or 'none'}.{''.join(reasons)}"
        )

    # -- making things ------------------------------------------------------

    def choose_recognizer(self, use: str = "auto") -> str:
        """Return the name of the recognizer that ``use`` means now: ``auto`` is the first usable one.

        Raises:
            PluginError: if it cannot be used now, or no automatic one can; says why, and what to do.
        """
        if use != "auto":
            self._usable(Kind.RECOGNIZER, use)
            return use
        troubles = []
        for name in AUTO_RECOGNIZERS:
            try:
                self._usable(Kind.RECOGNIZER, name)
            except PluginError as error:
                troubles.append(f"\n  - {error.message}")
            else:
                return name
        raise PluginError(f"no recognizer can be used:{''.join(troubles)}")

    def recognizer(
        self, use: str = "auto", options: Mapping[str, object] = _NO_OPTIONS, *, folder: Path | None = None
    ) -> Recognizer:
        """Make a recognizer.

        Args:
            use: its name, or ``auto``.
            options: as they stand in the config.
            folder: the node's, which relative files of secrets are taken from.

        Raises:
            PluginError: if it is not there, misses something, or cannot be started.
            ConfigError: if an option is wrong.
        """
        name = self.choose_recognizer(use)
        made = self._make(Kind.RECOGNIZER, name, options, folder)
        if not isinstance(made, Recognizer):
            raise PluginError(
                f"what the recognizer {name!r} made has no method recognize: a defect of that plugin"
            )
        return made

    def data_source(
        self, name: str, options: Mapping[str, object] = _NO_OPTIONS, *, folder: Path | None = None
    ) -> HotlistSource:
        """Make a data source that delivers hotlist entries; arguments and errors as `recognizer`."""
        made = self._make(Kind.DATA_SOURCE, name, options, folder)
        if not isinstance(made, HotlistSource):
            raise PluginError(f"the data source {name!r} delivers no hotlists: it has no method entries")
        return made

    def read_source(
        self, name: str, options: Mapping[str, object] = _NO_OPTIONS, *, folder: Path | None = None
    ) -> ReadSource:
        """Make a data source that delivers reads of another system; arguments and errors as `recognizer`."""
        made = self._make(Kind.DATA_SOURCE, name, options, folder)
        if not isinstance(made, ReadSource):
            raise PluginError(f"the data source {name!r} delivers no reads: it lacks parse or a token")
        return made

    def access_log_source(
        self, name: str, options: Mapping[str, object] = _NO_OPTIONS, *, folder: Path | None = None
    ) -> AccessLogSource:
        """Make a data source that takes a vendor's log apart; arguments and errors as `recognizer`."""
        made = self._make(Kind.DATA_SOURCE, name, options, folder)
        if not isinstance(made, AccessLogSource):
            raise PluginError(f"the data source {name!r} takes no vendor's log: it has no method accesses")
        return made

    def state_source(
        self, name: str, options: Mapping[str, object] = _NO_OPTIONS, *, folder: Path | None = None
    ) -> StateSource | None:
        """Make a data source that asks a state's system, None if it is no such one; errors as of `recognizer`."""
        made = self._make(Kind.DATA_SOURCE, name, options, folder)
        if not isinstance(made, StateSource):
            return None
        if not isinstance(made.system, StateSystem) or not _SYSTEM.fullmatch(made.system.code):
            raise PluginError(f"the data source {name!r} declares no system's code: a defect of that plugin")
        return made

    def notifier(
        self, name: str, options: Mapping[str, object] = _NO_OPTIONS, *, folder: Path | None = None
    ) -> Notifier:
        """Make a notifier; arguments and errors as `recognizer`."""
        made = self._make(Kind.NOTIFIER, name, options, folder)
        if not isinstance(made, Notifier):
            raise PluginError(f"what the notifier {name!r} made has no method send: a defect of that plugin")
        return made

    def retention_strategy(
        self, name: str, options: Mapping[str, object] = _NO_OPTIONS, *, folder: Path | None = None
    ) -> RetentionStrategy:
        """Make a retention strategy; arguments and errors as `recognizer`."""
        made = self._make(Kind.RETENTION_STRATEGY, name, options, folder)
        if not isinstance(made, RetentionStrategy):
            raise PluginError(
                f"what the retention strategy {name!r} made lacks a method terms or class_of: a defect of that plugin"
            )
        return made

    def job_says(self, name: str) -> str:
        """Return what a plugin says of its job in one line, "" if nothing."""
        return str(self.get(Kind.JOB, name).summary)

    def job(
        self, name: str, options: Mapping[str, object] = _NO_OPTIONS, *, folder: Path | None = None
    ) -> PeriodicJob:
        """Make a job; arguments and errors as `recognizer`."""
        made = self._make(Kind.JOB, name, options, folder)
        if not isinstance(made, PeriodicJob):
            raise PluginError(f"what the job {name!r} made lacks every or run: a defect of that plugin")
        return made

    def option_problems(
        self, kind: str, name: str, options: Mapping[str, object], *, where: str, folder: Path | None = None
    ) -> list[str]:
        """Return what is wrong with the options of a config section; [] if nothing is.

        Args:
            kind: the `Kind` of what the section makes.
            name: what its ``use`` says.
            options: as they stand in the config.
            where: words for the section's place, put before each problem.
            folder: the node's.
        """
        try:
            validated(self.get(Kind(kind), name), options, where, folder)
        except ConfigError as error:
            return list(error.problems)
        except PluginError as error:
            return [f"{where}: {error.message}"]
        return []

    def _usable(self, kind: Kind, name: str) -> Plugin[Any]:
        plugin: Plugin[Any] = self.get(kind, name)
        if why_not := missing(plugin):
            raise PluginError(f"the {kind.words} {name!r} cannot be used now: {why_not}")
        return plugin

    def _make(self, kind: Kind, name: str, options: Mapping[str, object], folder: Path | None) -> object:
        plugin = self._usable(kind, name)
        given = validated(plugin, options, f"options of {name}", folder)
        try:
            return plugin.factory(given)
        except AlprError:
            raise
        except FOREIGN as error:
            raise PluginError(f"the {kind.words} {name!r} could not be started: {words(error)}") from error

    def state_systems(self) -> Mapping[str, StateSystem]:
        """Return the states' systems that data sources ask, by their codes."""
        plugins = [found.thing for found in self._usable_of(Kind.DATA_SOURCE)]
        return {one.system.code: one.system for one in plugins if one.system is not None}

    def policy_rules(self) -> Mapping[str, type]:
        """Return the kinds of policy rules that plugins add."""
        return {rule.name: rule.thing for rule in self._usable_of(Kind.POLICY_RULE)}

    def plate_syntaxes(self) -> tuple[Syntax, ...]:
        """Return the layouts of plates that plugins add."""
        return tuple(syntax.thing for syntax in self._usable_of(Kind.PLATE_SYNTAX))

    def commands(self) -> Mapping[str, click.Command]:
        """Return the commands that plugins add."""
        return {command.name: command.thing for command in self._usable_of(Kind.COMMAND)}

    def _usable_of(self, kind: Kind) -> Iterator[Registration]:
        return (found for found in self._loaded.registrations if found.kind is kind and not found.trouble)

    # -- calling hooks ------------------------------------------------------

    def improve(self, reading: Reading) -> Reading:
        """Return the reading after every plugin had its turn, in the order of their names."""
        for owner, implementation in self._ordered("reading_recognized"):
            answer, _ = run_hook(owner, implementation, {"reading": reading})
            if isinstance(answer, Reading):
                reading = answer
            elif answer is not None:
                logger.warning("%s: reading_recognized returned a %s", owner, type(answer).__name__)
        return reading

    def objections(self, decision: Decision, context: Request) -> tuple[Finding, ...]:
        """Return every plugin's objections as findings that deny. A plugin whose review fails objects."""
        return tuple(
            Finding(
                verdict=Verdict.DENY,
                clause=f"plugin {owner.plugin}",
                says=says,
                because=f"the {owner} objects",
            )
            for owner, implementation in self._ordered("review_decision")
            for says in objections_in(
                *run_hook(owner, implementation, {"decision": decision, "context": context})
            )
        )

    def notify(self, hook: str, fields: Mapping[str, object]) -> None:
        """Tell every observer what was committed. A plugin's failure is logged, and undoes nothing.

        Args:
            hook: one of `hookspecs.OPEN_FIELDS`.
            fields: those of `hookspecs.OPEN_FIELDS` go to every plugin, the others to those granted ``plate``.
        """
        open_fields = hookspecs.OPEN_FIELDS[hook]
        for owner, implementation in self._ordered(hook):
            granted = PLATE in self._grants.get(owner.plugin, ())
            told = {name: value for name, value in fields.items() if granted or name in open_fields}
            run_hook(owner, implementation, dict.fromkeys(implementation.argnames, MappingProxyType(told)))

    def _ordered(self, hook: str) -> Iterator[tuple[Owner, pluggy.HookImpl]]:
        for implementation in reversed(getattr(self._loaded.manager.hook, hook).get_hookimpls()):
            yield self._loaded.owners[implementation.plugin_name], implementation


def _line(owner: Owner, kind: Kind | None, why_not: str, registration: Registration | None = None) -> Listing:
    return Listing(
        name=registration.name if registration else owner.plugin,
        kind=kind,
        plugin=owner.plugin,
        distribution=owner.distribution,
        version=owner.version,
        enabled=not why_not,
        why_not=why_not,
        summary=registration.summary if registration else "",
    )


def _why_not(registration: Registration) -> str:
    thing = registration.thing
    return registration.trouble or (missing(thing) if isinstance(thing, Plugin) else "")
