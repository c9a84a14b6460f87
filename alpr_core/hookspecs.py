"""Every hook, in the order of a plugin's life.

A plugin implements any subset of them, each with any subset of its arguments.

A plugin is a module named by an entry point in the group ``alpr``::

    from alpr_core import Plugin, Register, hookimpl

    @hookimpl
    def register_recognizers(register: Register) -> None:
        register(Plugin(name="mine", factory=make, options=MyOptions, summary="Reads plates my way."))

Wrappers (``hookimpl(wrapper=True)``) are refused: a plugin speaks for itself, never in place of another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    import click

    from alpr_core.interfaces import Register
    from alpr_core.models import Decision, Reading, Request
    from alpr_core.plates import Syntax

API_VERSION = 1
"""Grows when a plugin written for the version before could break."""

hookspec = pluggy.HookspecMarker("alpr")
hookimpl = pluggy.HookimplMarker("alpr")
"""Marks a function of a plugin as the implementation of the hook of its name."""


# ---------------------------------------------------------------------------
# At start: here is my thing
# ---------------------------------------------------------------------------


@hookspec
def register_recognizers(register: Register) -> None:
    """Register recognizers (`interfaces.Recognizer`).

    :param register: takes one `Plugin` a call.
    """


@hookspec
def register_data_sources(register: Register) -> None:
    """Register data sources.

    What they can be: `interfaces.HotlistSource`, `interfaces.ReadSource`, `interfaces.StateSource`,
    `interfaces.AccessLogSource`.

    :param register: takes one `Plugin` a call.
    """


@hookspec
def register_exporters(register: Register) -> None:
    """Register exporters.

    :param register: takes one `Plugin` a call.
    """


@hookspec
def register_retention_strategies(register: Register) -> None:
    """Register retention strategies (`interfaces.RetentionStrategy`).

    :param register: takes one `Plugin` a call.
    """


@hookspec
def register_notifiers(register: Register) -> None:
    """Register notifiers (`interfaces.Notifier`).

    :param register: takes one `Plugin` a call.
    """


@hookspec
def register_policy_rules(register: Callable[[str, type], None]) -> None:
    """Register kinds of policy rules.

    :param register: takes the kind's name and its class.
    """


@hookspec
def register_plate_syntaxes(register: Callable[[Syntax], None]) -> None:
    """Register layouts of plates that weigh candidates.

    :param register: takes one `plates.Syntax` a call.
    """


@hookspec
def register_commands(cli: click.Group) -> None:
    """Add commands to the command line.

    :param cli: a group whose commands appear beside those of ``alpr-core``. A name of ours is not replaced.
    """


@hookspec
def register_jobs(register: Register) -> None:
    """Register jobs of the scheduler (`interfaces.PeriodicJob`).

    :param register: takes one `Plugin` a call.
    """


# ---------------------------------------------------------------------------
# Along the way: change a reading, tighten a decision
# ---------------------------------------------------------------------------


@hookspec
def reading_recognized(reading: Reading) -> Reading | None:
    """Return a better reading, or None to leave it as it is. Called for each plate of each frame.

    :param reading: after weighing by syntaxes.
    """


@hookspec
def review_decision(decision: Decision, context: Request) -> Sequence[str] | str | None:
    """Return objections, or None. Any objection denies: a plugin can tighten a policy, never loosen it.

    :param decision: what the gate says so far.
    :param context: what it was asked.
    """


# ---------------------------------------------------------------------------
# After commit: observers; a failure is logged and undoes nothing
# ---------------------------------------------------------------------------

OPEN_FIELDS: Mapping[str, frozenset[str]] = {
    "read_recorded": frozenset({"read", "camera", "captured_at", "entry"}),
    "hit_raised": frozenset({"hit", "read", "hotlist", "category", "priority", "match"}),
    "act_denied": frozenset({"action", "actor", "clauses", "entry"}),
    "reads_purged": frozenset({"purge", "count", "entry"}),
    "job_failed": frozenset({"job", "due", "error", "entry"}),
}
"""What every observer is told: ids and classes. A field that is not here is treated as one with a plate."""

PLATE_FIELDS: Mapping[str, frozenset[str]] = {
    "read_recorded": frozenset({"plate"}),
    "hit_raised": frozenset({"plate", "listed"}),
    "act_denied": frozenset(),
    "reads_purged": frozenset(),
    "job_failed": frozenset(),
}
"""What is told beside them to plugins that the config grants ``plate``."""


@hookspec
def read_recorded(read: Mapping[str, Any]) -> None:
    """A read was stored.

    :param read: key (``day/id``), camera, time of capture, ledger entry; the plate if granted.
    """


@hookspec
def hit_raised(hit: Mapping[str, Any]) -> None:
    """A read met a hotlist.

    :param hit: id, read's key, hotlist, category, priority, kind of match; what was read and listed if granted.
    """


@hookspec
def act_denied(denial: Mapping[str, Any]) -> None:
    """An act was denied.

    :param denial: action, actor's pseudonym, clauses that denied, ledger entry.
    """


@hookspec
def reads_purged(purge: Mapping[str, Any]) -> None:
    """A purge is over and certified.

    :param purge: its number, how many reads it destroyed, the certificate's ledger entry.
    """


@hookspec
def job_failed(failure: Mapping[str, Any]) -> None:
    """A run of a job failed, or was cut off with its process.

    :param failure: job, moment that the run was for, class of the error, ledger entry.
    """
