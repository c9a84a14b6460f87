"""The data source ``mules``: Missouri's MULES, of the Missouri State Highway Patrol.

Keys, framing and transport of the state's own switch are not public: `StateSystem.unknown` names what can be set.
"""

from __future__ import annotations

import re

from alpr_core import Register, StateSystem, TrainingRule, hookimpl
from alpr_source_switch import Profile, state_plugin, unknown

PROFILE = Profile(
    system=StateSystem(
        code="mules",
        title="Missouri's MULES",
        state="MO",
        ori=re.compile(r"MO[A-Z0-9]{7}"),
        trainings=(
            TrainingRule(
                says="Operators are certified by the Missouri State Highway Patrol; its policy, which is not public, "
                "has the periods.",
                source="MSHP CJIS Division, MULES policy",
            ),
        ),
        caveats=("Access is by agreement with the Missouri State Highway Patrol (MSHP CJIS Division).",),
        unknown=unknown(),
    )
)


@hookimpl
def register_data_sources(register: Register) -> None:
    """Register ``mules``."""
    register(
        state_plugin(
            PROFILE, "Missouri's MULES: registrations, NCIC and hit confirmation by a message switch."
        )
    )
