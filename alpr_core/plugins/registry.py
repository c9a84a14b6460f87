"""What plugins register: the records, and the running of one plugin's ``register_…`` hooks."""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import click
import pluggy

from alpr_core.errors import PluginError
from alpr_core.interfaces import Plugin
from alpr_core.options import Options
from alpr_core.plates import Syntax
from alpr_core.verification import StateSystem


class Kind(StrEnum):
    """What a registered thing is."""

    RECOGNIZER = "recognizer"
    DATA_SOURCE = "data_source"
    EXPORTER = "exporter"
    RETENTION_STRATEGY = "retention_strategy"
    NOTIFIER = "notifier"
    JOB = "job"
    POLICY_RULE = "policy_rule"
    PLATE_SYNTAX = "plate_syntax"
    COMMAND = "command"
    HOOKS = "hooks"
    """Nothing is registered: the plugin only takes part along the way, or observes."""

    @property
    def words(self) -> str:
        """As people write it."""
        return self.value.replace("_", " ")


PLUGIN_HOOKS = {
    "register_recognizers": Kind.RECOGNIZER,
    "register_data_sources": Kind.DATA_SOURCE,
    "register_exporters": Kind.EXPORTER,
    "register_retention_strategies": Kind.RETENTION_STRATEGY,
    "register_notifiers": Kind.NOTIFIER,
    "register_jobs": Kind.JOB,
}
"""The hooks whose callback takes a `Plugin`. Rules, syntaxes and commands have shapes of their own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """Whose a thing is: one entry point of one installed distribution.

    Attributes:
        plugin: the entry point's name, by which the config disables and grants.
        distribution: name of the installed distribution, "" if it is not known.
        version: the distribution's.
    """

    plugin: str
    distribution: str
    version: str

    def __str__(self) -> str:
        whose = f"{self.distribution} {self.version}" if self.distribution else "an unknown distribution"
        return f"plugin {self.plugin!r} of {whose}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration:
    """One thing that a plugin registered.

    Attributes:
        thing: the `Plugin`, rule class, `Syntax` or click command.
        summary: one line for people.
        trouble: why it cannot be used whatever is installed beside it, "" if it can.
    """

    name: str
    kind: Kind
    owner: Owner
    thing: Any
    summary: str = ""
    trouble: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """One line of ``plugins list``.

    Attributes:
        name: of the registered thing; the plugin's own where nothing is registered.
        kind: None where the plugin was not loaded, so that nobody knows.
        enabled: whether it can be used now.
        why_not: why it cannot, and what to do.
    """

    name: str
    kind: Kind | None
    plugin: str
    distribution: str
    version: str
    enabled: bool
    why_not: str
    summary: str


def call(implementation: pluggy.HookImpl, arguments: dict[str, object]) -> Any:
    """Call one plugin's implementation with those of ``arguments`` that it takes."""
    return implementation.function(*(arguments[name] for name in implementation.argnames))


def collect(hook: str, implementation: pluggy.HookImpl, owner: Owner) -> list[Registration]:
    """Run one plugin's implementation of a ``register_…`` hook and return what it registered.

    Raises:
        PluginError: if it registers something malformed.
        Exception: whatever the plugin raises.
    """
    found: list[Registration] = []

    def add(kind: Kind, name: object, thing: object, summary: str = "") -> None:
        found.append(
            Registration(name=_checked_name(name, hook), kind=kind, owner=owner, thing=thing, summary=summary)
        )

    if hook == "register_commands":
        cli = click.Group()
        call(implementation, {"cli": cli})
        for name, command in cli.commands.items():
            add(Kind.COMMAND, name, command, command.get_short_help_str(100))
    else:
        call(implementation, {"register": _callback(hook, add)})
    return found


def makers(registrations: Iterable[Registration], owner: Owner) -> set[str]:
    """Return the modules whose functions make what a plugin registered: a library may make it for several."""
    factories = [
        found.thing.factory
        for found in registrations
        if found.owner == owner and isinstance(found.thing, Plugin)
    ]
    return {module for factory in factories if (module := getattr(factory, "__module__", None))}


def _callback(hook: str, add: Callable[..., None]) -> Callable[..., None]:
    """Return what the hook's argument ``register`` is."""

    def register_plugin(plugin: object, /) -> None:
        _check_plugin(plugin, hook)
        add(PLUGIN_HOOKS[hook], plugin.name, plugin, plugin.summary)  # type: ignore[attr-defined]

    def register_rule(name: object, rule: object, /) -> None:
        if not isinstance(rule, type):
            raise PluginError(f"{hook}: register takes a name and a class, got {type(rule).__name__}")
        add(Kind.POLICY_RULE, name, rule, _first_line(rule))

    def register_syntax(syntax: object, /) -> None:
        if not isinstance(syntax, Syntax):
            raise PluginError(f"{hook}: register takes a plates.Syntax, got {type(syntax).__name__}")
        add(Kind.PLATE_SYNTAX, syntax.region, syntax, f"{syntax.name}: {syntax.pattern}")

    callbacks: dict[str, Callable[..., None]] = {
        "register_policy_rules": register_rule,
        "register_plate_syntaxes": register_syntax,
    }
    return callbacks.get(hook, register_plugin)


def _check_plugin(plugin: object, hook: str) -> None:
    if not isinstance(plugin, Plugin):
        raise PluginError(f"{hook}: register takes an alpr_core.Plugin, got {type(plugin).__name__}")
    if not callable(plugin.factory) or not callable(plugin.missing):
        raise PluginError(f"{hook}: factory and missing of {plugin.name!r} have to be functions")
    if plugin.simulator is not None and not callable(plugin.simulator):
        raise PluginError(f"{hook}: simulator of {plugin.name!r} has to be a function")
    if plugin.system is not None and not isinstance(plugin.system, StateSystem):
        raise PluginError(f"{hook}: system of {plugin.name!r} has to be an alpr_core.StateSystem")
    if not (isinstance(plugin.options, type) and issubclass(plugin.options, Options)):
        raise PluginError(f"{hook}: options of {plugin.name!r} has to be a subclass of alpr_core.Options")


def _checked_name(name: object, hook: str) -> str:
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_-]{0,63}", name):
        raise PluginError(f"{hook}: {name!r} is no name: small letters, digits, '_' and '-', a letter first")
    return name


def _first_line(thing: type) -> str:
    return (thing.__doc__ or "").strip().partition("\n")[0]


def settled(
    registrations: Sequence[Registration], reserved_commands: Collection[str]
) -> tuple[Registration, ...]:
    """Return the registrations with trouble written into those whose name clashes with another's."""
    owners: dict[tuple[Kind, str], list[Owner]] = defaultdict(list)
    for registration in registrations:
        owners[registration.kind, registration.name].append(registration.owner)

    def trouble(kind: Kind, name: str) -> str:
        if kind is Kind.COMMAND and name in reserved_commands:
            return f"the command {name!r} is alpr-core's own"
        if len(owners[kind, name]) > 1 and kind is not Kind.PLATE_SYNTAX:  # a region has many layouts
            return clash(f"{kind.words}s", name, owners[kind, name])
        return ""

    return tuple(
        dataclasses.replace(registration, trouble=trouble(registration.kind, registration.name))
        for registration in registrations
    )


def clash(what: str, name: str, owners: Sequence[Owner]) -> str:
    """Return the sentence that names every plugin that wants one name."""
    whose = " and ".join(sorted(map(str, owners)))
    return f"two {what} are named {name!r}: {whose}. Neither is used: uninstall or disable one of them."
