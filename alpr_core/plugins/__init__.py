"""The plugin host: finds plugins by entry point, keeps what they register, makes it and calls their hooks.

A plugin is one entry point of an installed distribution in the group ``alpr``. It registers things by callback,
so that the host sees whose each one is. Whatever is wrong with a plugin stays its own trouble: it is reported
and left out whole, the others work. What two plugins register under one name is used from neither: to pick one
would let a stranger's package quietly take the place of the department's.
"""

from __future__ import annotations

from alpr_core.plugins.host import AUTO_RECOGNIZERS, PLATE, PluginHost
from alpr_core.plugins.registry import Kind, Listing
from alpr_core.plugins.simulators import make_simulator

__all__ = ["AUTO_RECOGNIZERS", "PLATE", "Kind", "Listing", "PluginHost", "make_simulator"]
