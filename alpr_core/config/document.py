"""Settings as one document, defaults included, that can be stored, compared and read again later.

Secrets stand in it as alpr.toml has them, as the place where they are kept; paths as they were written, so that a
node's folder can be moved.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from alpr_core.config.file import words_for
from alpr_core.config.settings import Settings
from alpr_core.errors import ConfigError
from alpr_core.problems import sentences


def document(settings: Settings) -> dict[str, Any]:
    """Return the settings: what alpr.toml says, and the default of whatever it leaves out."""
    found: dict[str, Any] = _laid_over(settings.as_written, settings.model_dump(mode="json"))
    return found


def from_document(stored: Mapping[str, Any], folder: Path) -> Settings:
    """Return settings that were stored as a document.

    Raises:
        ConfigError: they are not settings for this version of the program.
    """
    try:
        settings = Settings.model_validate(stored, context={"folder": folder})
    except ValidationError as error:
        raise ConfigError(sentences(error, Settings, words_for), where="the accepted settings") from error
    settings.found_in(folder, stored)
    return settings


def _laid_over(written: Any, default: Any) -> Any:
    """Lay what was written over the defaults; what is set nowhere is left out."""
    if isinstance(written, Mapping):
        defaults = default if isinstance(default, Mapping) else {}
        both = {**dict.fromkeys(defaults), **written}
        found = {key: _laid_over(written.get(key), defaults.get(key)) for key in both}
        return {key: value for key, value in found.items() if value is not None}
    if isinstance(written, list):
        same = isinstance(default, list) and len(default) == len(written)
        others = default if same else written
        return [_laid_over(one, other) for one, other in zip(written, others, strict=True)]
    if isinstance(written, dt.date | dt.time):
        return written.isoformat()
    if written is None and isinstance(default, Mapping):
        return _laid_over({}, default)
    return default if written is None else written
