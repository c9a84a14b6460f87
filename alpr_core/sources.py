"""The data sources that alpr.toml names, made with their options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alpr_core.errors import AlprError, ConfigError, PluginError

if TYPE_CHECKING:
    from alpr_core.config import Settings
    from alpr_core.interfaces import AccessLogSource, ReadSource, StateSource
    from alpr_core.plugins import PluginHost


def read_source(settings: Settings, host: PluginHost, use: str) -> ReadSource:
    """Return the data source of this name that delivers reads, with its options from alpr.toml.

    Raises:
        PluginError: it is not there, delivers no reads, or cannot be started.
        ConfigError: one of its options is wrong.
    """
    options = next((one.options for one in settings.source if one.use == use), {})
    return host.read_source(use, options, folder=settings.folder)


def access_log_source(settings: Settings, host: PluginHost, use: str) -> AccessLogSource:
    """Return the data source of this name that takes a vendor's log apart; errors as `read_source`."""
    options = next((one.options for one in settings.source if one.use == use), {})
    return host.access_log_source(use, options, folder=settings.folder)


def state_source(settings: Settings, host: PluginHost, system: str = "") -> StateSource:
    """Return the source of alpr.toml that asks a state's system.

    Args:
        settings: the node's.
        host: its plugins.
        system: its code; "" for the only one there is.

    Raises:
        PluginError: there is none, there are several, or it cannot be made.
        ConfigError: an option is wrong.
    """
    found: dict[str, StateSource] = {}
    broken: list[AlprError] = []
    for one in settings.source:
        try:
            made = host.state_source(one.use, one.options, folder=settings.folder)
        except (PluginError, ConfigError) as error:
            broken.append(error)
            continue
        if made is not None and found.setdefault(made.system.code, made) is not made:
            raise PluginError(f"two sources in alpr.toml ask {made.system.title}: take one of them out")
    if system in found:
        return found[system]
    if len(found) == 1 and not system:
        return next(iter(found.values()))
    if broken:
        raise broken[0]
    if found:
        raise PluginError(f"the sources in alpr.toml ask {', '.join(sorted(found))}: say which (--system)")
    raise PluginError(
        "no [[source]] in alpr.toml asks a state's system. Have somebody ask it who can, and record what it "
        "answered: alpr-core hits verify HIT --reported"
    )
