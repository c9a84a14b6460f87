"""The data source ``leads``: Ohio's LEADS, of the Ohio State Highway Patrol.

Illinois has a system of the same name: nothing here is about that one.
Keys, framing and transport of the state's own switch are not public: `StateSystem.unknown` names what can be set.
"""

from __future__ import annotations

import re
from datetime import timedelta

from alpr_core import Register, StateSystem, TrainingRule, hookimpl
from alpr_source_switch import Profile, state_plugin, unknown

PROFILE = Profile(
    system=StateSystem(
        code="leads",
        title="Ohio's LEADS",
        state="OH",
        ori=re.compile(r"OH[A-Z0-9]{7}"),
        trainings=(
            TrainingRule(
                says="Operators are certified, and again every two years.",
                source="OAC 4501:2-10; noris.org, LEADS",
                again=timedelta(days=730),
            ),
        ),
        caveats=(
            "Access is for the agency that the ORI was given to, under its management control (OAC 4501:2-10-03).",
        ),
        unknown=unknown(),
    )
)


@hookimpl
def register_data_sources(register: Register) -> None:
    """Register ``leads``."""
    register(
        state_plugin(PROFILE, "Ohio's LEADS: registrations, NCIC and hit confirmation by a message switch.")
    )
