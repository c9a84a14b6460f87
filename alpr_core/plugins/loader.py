"""From entry points to what they registered: import each plugin, check its hooks, run its registrations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import metadata

import pluggy

from alpr_core import hookspecs
from alpr_core.errors import AlprError, PluginError
from alpr_core.plugins.fingerprint import name_and_version
from alpr_core.plugins.registry import Owner, Registration, clash, collect, settled
from alpr_core.problems import suggestion

GROUP = "alpr"
"""The entry point group that plugins are found by, and the name of their hooks' marker."""

FOREIGN = (Exception, SystemExit)
"""What a plugin's code may raise, and what stays its own trouble. Ctrl-C is ours."""


def _new_manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    return manager


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """What came of loading.

    Attributes:
        manager: holds the hooks of every plugin that was admitted.
        owners: those plugins, by name.
        left_out: the others, and why.
        disabled: those that the config disables, which nobody imported.
        registrations: everything registered, with what clashes marked.
        entry_points: where each of those that were admitted came from.
    """

    manager: pluggy.PluginManager = field(default_factory=_new_manager)
    owners: dict[str, Owner] = field(default_factory=dict)
    left_out: dict[Owner, str] = field(default_factory=dict)
    disabled: list[Owner] = field(default_factory=list)
    registrations: list[Registration] = field(default_factory=list)
    entry_points: dict[str, metadata.EntryPoint] = field(default_factory=dict)

    def absent(self) -> dict[Owner, str]:
        """Return every plugin that takes no part, and why."""
        return {**self.left_out, **dict.fromkeys(self.disabled, "disabled in alpr.toml")}

    def problems(self) -> Iterator[str]:
        """Yield a sentence for every plugin that is left out and for every clash."""
        for owner, reason in sorted(self.left_out.items(), key=lambda item: str(item[0])):
            yield f"The {owner} is left out: {reason}"
        yield from sorted({registration.trouble for registration in self.registrations} - {""})


def load(
    entry_points: Iterable[metadata.EntryPoint], disable: Collection[str], reserved_commands: Collection[str]
) -> Loaded:
    """Load every plugin that is not disabled. A broken one is left out; nothing is raised for it."""
    loaded = Loaded()
    by_name: dict[str, list[tuple[Owner, metadata.EntryPoint]]] = defaultdict(list)
    for entry_point in entry_points:
        by_name[entry_point.name].append((_owner(entry_point), entry_point))
    # pluggy calls the last registered first: backwards makes every hook run in the order of the names.
    for name, namesakes in sorted(by_name.items(), reverse=True):
        owners = [owner for owner, _ in namesakes]
        if name in disable:
            loaded.disabled.extend(owners)
        elif len(namesakes) > 1:
            loaded.left_out.update(dict.fromkeys(owners, clash("plugins", name, owners)))
        else:
            _admit(loaded, *namesakes[0])
    loaded.registrations[:] = settled(loaded.registrations, reserved_commands)
    return loaded


def _owner(entry_point: metadata.EntryPoint) -> Owner:
    distribution = entry_point.dist
    name, version = ("", "") if distribution is None else name_and_version(distribution)
    return Owner(plugin=entry_point.name, distribution=name, version=version)


def _admit(loaded: Loaded, owner: Owner, entry_point: metadata.EntryPoint) -> None:
    """Import one plugin, check its hooks and take what it registers; or leave it out whole."""
    step = "import"
    try:
        module = entry_point.load()
        step = "registration"
        _check_api(module)
        loaded.manager.register(module, owner.plugin)
        implementations = list(_implementations(loaded.manager, module))
        _check_hooks(implementations)
        found = [
            registration
            for hook, implementation in implementations
            if hook.name.startswith("register_")
            for registration in collect(hook.name, implementation, owner)
        ]
    except FOREIGN as error:
        if loaded.manager.get_plugin(owner.plugin) is not None:
            loaded.manager.unregister(name=owner.plugin)
        loaded.left_out[owner] = _reason(error, step)
    else:
        loaded.owners[owner.plugin] = owner
        loaded.entry_points[owner.plugin] = entry_point
        loaded.registrations.extend(found)


def _implementations(
    manager: pluggy.PluginManager, module: object
) -> Iterator[tuple[pluggy.HookCaller, pluggy.HookImpl]]:
    for hook in manager.get_hookcallers(module) or ():
        for implementation in hook.get_hookimpls():
            if implementation.plugin is module:
                yield hook, implementation


def _check_api(module: object) -> None:
    """Refuse a plugin that says ``ALPR_API = (lowest, highest)`` without the version that we are."""
    wanted = getattr(module, "ALPR_API", None)
    if wanted is None:
        return
    try:
        lowest, highest = (int(version) for version in wanted)
    except (TypeError, ValueError) as error:
        raise PluginError("ALPR_API has to be a pair of numbers: lowest and highest API_VERSION") from error
    if not lowest <= hookspecs.API_VERSION <= highest:
        raise PluginError(
            f"it is written for plugin API {lowest} to {highest}, this is {hookspecs.API_VERSION}"
        )


def _check_hooks(implementations: Sequence[tuple[pluggy.HookCaller, pluggy.HookImpl]]) -> None:
    if not implementations:
        raise PluginError("it has no hook: no function in it is marked with @hookimpl")
    known = [name for name, function in vars(hookspecs).items() if hasattr(function, f"{GROUP}_spec")]
    for hook, implementation in implementations:
        if not hook.has_spec():
            raise PluginError(f"there is no hook {hook.name!r}.{suggestion(hook.name, known)}")
        if implementation.wrapper or implementation.hookwrapper:
            raise PluginError(f"{hook.name} is a wrapper: a plugin may not answer for other plugins")


def _reason(error: BaseException, step: str) -> str:
    if isinstance(error, AlprError):
        return error.message
    if isinstance(error, pluggy.PluginValidationError):
        return str(error).splitlines()[-1]
    return f"its {step} failed: {words(error)}"


def words(error: BaseException) -> str:
    """Return an error's class and the first line of what it says."""
    return f"{type(error).__name__}: {error}".strip().splitlines()[0]
