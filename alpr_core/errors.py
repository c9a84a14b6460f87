"""One tree of errors. What a person reads is the message; nothing below this base reaches one as a traceback.

::

    AlprError
    ├── ConfigError          alpr.toml, a plugin's options or a policy pack is wrong (every problem at once)
    ├── PluginError          a plugin is missing, broken or not ready
    │   └── ModelsMissing    a recognizer's weights are not installed
    ├── InputError           something that came from outside is broken: an image, a video, a hotlist line
    ├── SourceUnavailable    a state's system cannot be reached, so that nothing is known
    ├── NotFound             what was asked for is not there
    ├── Denied               the policy, or a missing session, says no; carries the Decision
    ├── StoreError           the database or the image store cannot do it now
    │   └── LedgerUnwritable no entry, so no act
    └── VerificationFailed   the ledger is not what it should be
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alpr_core.models import Decision


class AlprError(Exception):
    """Base of every error that a person is meant to read.

    Attributes:
        message: what is wrong, where, and what to do.
    """

    exit_status = 1

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ConfigError(AlprError):
    """The configuration is wrong; ``problems`` holds every problem, each a full sentence with its place.

    ``where`` names the file or the place that they are in.
    """

    exit_status = 2

    def __init__(self, problems: Sequence[str], where: str = "alpr.toml") -> None:
        self.problems = tuple(problems)
        self.where = where
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__("\n".join([f"{where}: {count}", *(f"  - {problem}" for problem in self.problems)]))


class PluginError(AlprError):
    """A plugin is missing, broken, or not ready for use."""


class ModelsMissing(PluginError):
    """A recognizer's model files are not installed; the message names the command that installs them."""


class InputError(AlprError):
    """Something from outside is broken; nothing already stored was lost."""


class SourceUnavailable(AlprError):
    """A state's system cannot be reached, or said nothing in time: nothing is known, and it can be asked again."""


class NotFound(AlprError):
    """What was asked for is not there, or not there for this person."""


class Denied(AlprError):
    """The act was not allowed. It stands on the ledger as a denial.

    Attributes:
        decision: what the gate said, with the clauses that spoke.
        entry: index of the denial's ledger entry, None where no node was open.
    """

    exit_status = 3

    def __init__(self, decision: Decision, entry: int | None = None) -> None:
        self.decision = decision
        self.entry = entry
        lines = ["Denied.", *(f"  - {reason}" for reason in decision.reasons)]
        if entry is not None:
            lines.append(f"Recorded as ledger entry {entry}.")
        super().__init__("\n".join(lines))


class StoreError(AlprError):
    """The database, a key file or the image store cannot do what was asked."""


class LedgerUnwritable(StoreError):
    """The ledger cannot be written, so the access does not happen."""


class VerificationFailed(AlprError):
    """The ledger, an image or a bag is not what it should be; the message names the first wrong place."""

    exit_status = 4
