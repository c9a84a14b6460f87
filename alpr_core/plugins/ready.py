"""Whether a registered thing can be made: with what is installed, and with these options."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from alpr_core.errors import AlprError, ConfigError
from alpr_core.interfaces import Plugin
from alpr_core.options import Options
from alpr_core.plugins.loader import FOREIGN, words
from alpr_core.problems import sentences


def missing(plugin: Plugin[Any]) -> str:
    """Return what the plugin says it is missing, "" if nothing."""
    try:
        return plugin.missing() or ""
    except AlprError as error:
        return error.message
    except FOREIGN as error:
        return f"its check of what is missing failed: {words(error)}"


def validated(plugin: Plugin[Any], options: Mapping[str, object], where: str, folder: Path | None) -> Options:
    """Return the options of a config section, checked by the plugin's own model.

    Args:
        plugin: whose they are.
        options: as they stand in the config.
        where: words for the section's place, put before each problem.
        folder: the node's, which relative files of secrets are taken from.

    Raises:
        ConfigError: with every problem.
    """
    try:
        return plugin.options.model_validate(dict(options), context={"folder": folder})
    except ValidationError as error:
        problems = sentences(error, plugin.options, lambda location: ".".join([where, *map(str, location)]))
    except FOREIGN as error:
        problems = [f"{where}: the plugin could not check its options: {words(error)}"]
    raise ConfigError(problems, where=f"options of {plugin.name}")
