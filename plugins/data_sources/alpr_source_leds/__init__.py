"""The data source ``leds``: Oregon's LEDS, the Law Enforcement Data System of the Oregon State Police.

Keys, framing and transport of the state's own switch are not public: `StateSystem.unknown` names what can be set.
"""

from __future__ import annotations

import re
from datetime import timedelta

from alpr_core import Register, StateSystem, TrainingRule, hookimpl
from alpr_source_switch import Profile, state_plugin, unknown

PROFILE = Profile(
    system=StateSystem(
        code="leds",
        title="Oregon's LEDS",
        state="OR",
        ori=re.compile(r"OR[A-Z0-9]{7}"),
        trainings=(
            TrainingRule(
                says="The training guide is issued within 10 days after first access and completed within 60.",
                source="OAR 257-015",
                within=timedelta(days=60),
            ),
        ),
        caveats=(
            "Use it for criminal justice alone (OAR 257-015).",
            "What the source of a record restricts stays restricted wherever the record goes (OAR 257-015).",
            "Who asks about a record is referred to the agency that holds it (OAR 257-015).",
        ),
        unknown=unknown(),
    )
)


@hookimpl
def register_data_sources(register: Register) -> None:
    """Register ``leds``."""
    register(
        state_plugin(PROFILE, "Oregon's LEDS: registrations, NCIC and hit confirmation by a message switch.")
    )
