"""The data source ``rmv``: Massachusetts' Registry of Motor Vehicles, which DCJIS gives access to through its CJIS.

Keys, framing and transport of the state's own switch are not public: `StateSystem.unknown` names what can be set.
"""

from __future__ import annotations

import re

from alpr_core import Register, StateSystem, TrainingRule, hookimpl
from alpr_source_switch import Profile, state_plugin, unknown

PROFILE = Profile(
    system=StateSystem(
        code="rmv",
        title="Massachusetts' RMV through CJIS",
        state="MA",
        ori=re.compile(r"MA[A-Z0-9]{7}"),
        trainings=(
            TrainingRule(
                says="Whoever uses CJIS is trained and certified by DCJIS; the periods are in its user agreement.",
                source="803 CMR 7.00",
            ),
        ),
        caveats=(
            "Use it for criminal justice alone, and keep it from others (803 CMR 7.00).",
            "Registry data: each disclosure needs a permissible use (18 U.S.C. 2721).",
        ),
        dppa=True,
        unknown=unknown(
            registration="the key that asks the RMV's own registrations, in the CJIS Broker's schema, which is not "
            "public (users once named Q2, and Q1 for other states); RQ is sent while it is unset",
        ),
    )
)


@hookimpl
def register_data_sources(register: Register) -> None:
    """Register ``rmv``."""
    register(
        state_plugin(
            PROFILE,
            "Massachusetts' RMV through CJIS: registrations, NCIC and hit confirmation by a message switch.",
        )
    )
