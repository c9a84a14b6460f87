"""Making what stands in for the system that a data source asks."""

from __future__ import annotations

from typing import Any

from alpr_core.errors import AlprError, PluginError
from alpr_core.interfaces import Plugin, Simulator, SimulatorSettings
from alpr_core.plugins.host import PluginHost
from alpr_core.plugins.loader import FOREIGN, words
from alpr_core.plugins.registry import Kind


def make_simulator(host: PluginHost, name: str, settings: SimulatorSettings) -> Simulator:
    """Make the simulator that a data source's plugin brings.

    Raises:
        PluginError: if there is no such data source, or it has no simulator; says which ones have.
        AlprError: if the settings are not for this simulator.
    """
    plugin: Plugin[Any] = host.get(Kind.DATA_SOURCE, name)
    if plugin.simulator is None:
        raise PluginError(f"the data source {name!r} has no simulator.{_those_that_have(host)}")
    try:
        return plugin.simulator(settings)
    except AlprError:
        raise
    except FOREIGN as error:
        raise PluginError(f"the simulator of {name!r} could not be started: {words(error)}") from error


def _those_that_have(host: PluginHost) -> str:
    names = [line.name for line in host.listing() if line.kind is Kind.DATA_SOURCE and line.enabled]
    having = [name for name in names if host.get(Kind.DATA_SOURCE, name).simulator is not None]
    return f" Those that have one: {', '.join(having) or 'none'}."
