"""What the sources of all states share: a client for message switches, and a simulator of one.

A state's own plugin is its `Profile` and nothing else. docs/switch.md describes this for integrators.
"""

from __future__ import annotations

from alpr_core import Plugin, Simulator, SimulatorSettings, StateSource
from alpr_source_switch.framing import Frame, FrameKind, Framing, LengthPrefixed
from alpr_source_switch.options import SwitchOptions, Tls
from alpr_source_switch.profile import LOCAL, NLETS_REQUIREMENTS, PUBLISHED, Profile, Requirement, unknown

__all__ = [
    "LOCAL",
    "NLETS_REQUIREMENTS",
    "PUBLISHED",
    "Frame",
    "FrameKind",
    "Framing",
    "LengthPrefixed",
    "Profile",
    "Requirement",
    "SwitchOptions",
    "Tls",
    "state_plugin",
    "unknown",
]


def state_plugin(profile: Profile, summary: str) -> Plugin[StateSource]:
    """Return what a state's plugin registers: its source, and the simulator of its system.

    Args:
        profile: of the system; its code is the plugin's name.
        summary: one line for ``plugins list``.
    """

    def make(options: SwitchOptions) -> StateSource:
        from alpr_source_switch.source import SwitchSource

        return SwitchSource(profile, options)

    def simulator(settings: SimulatorSettings) -> Simulator:
        from alpr_source_switch.simulator import SimulatedSwitch

        return SimulatedSwitch(profile, settings)

    return Plugin(
        name=profile.system.code,
        factory=make,
        options=SwitchOptions,
        summary=summary,
        simulator=simulator,
        system=profile.system,
    )
