"""The data source ``ilets``: an example of a state that alpr-core does not bring along.

What is not public of the state's switch is unset, and `StateSystem.unknown` names it: an integrator fills it in under
``[source.options.keys]``, from the state's own specification.
"""

from __future__ import annotations

import re

from alpr_core import Register, StateSystem, TrainingRule, hookimpl
from alpr_source_switch import Profile, state_plugin, unknown

PROFILE = Profile(
    system=StateSystem(
        code="ilets",
        title="Idaho's ILETS",
        state="ID",
        ori=re.compile(r"ID[A-Z0-9]{7}"),
        trainings=(
            TrainingRule(
                says="Ask the state which training its operators need, and how often again.",
                source="the department's user agreement",
            ),
        ),
        caveats=("Use it as the department's user agreement says.",),
        unknown=unknown(),
    )
)


@hookimpl
def register_data_sources(register: Register) -> None:
    """Register ``ilets``."""
    register(state_plugin(PROFILE, "Idaho's ILETS by a message switch: an example."))
