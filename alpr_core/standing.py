"""Which settings a node works under: those that were accepted, which need not be those that stand in alpr.toml.

A node whose settings were changed, or broken, goes on under the old ones as far as it can. What it refuses meanwhile,
`effective.Pending` says.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from alpr_core import config
from alpr_core.config import Settings
from alpr_core.effective import Effective, Pending, digest_of, gather, restore
from alpr_core.errors import ConfigError, StoreError
from alpr_core.files import read_private, write_private
from alpr_core.plugins import PluginHost
from alpr_core.policy import Gate
from alpr_core.problems import suggestion
from alpr_core.store.accepted import Accepted
from alpr_core.store.work import Work
from alpr_ledger.errors import LedgerError

_REMEMBERED = "accepted.json"
_LARGEST = 16 << 20
"""Bytes of a stored document: a pack has at most one MiB."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What stands in alpr.toml, with the packs and plugins that it names.

    Attributes:
        settings: None where alpr.toml cannot be read.
        host: the plugins that it leaves on.
        effective: None where something in it is wrong.
        problem: what is wrong, None if nothing.
    """

    settings: Settings | None
    host: PluginHost
    effective: Effective | None
    problem: ConfigError | None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a node works under.

    Attributes:
        settings: in force.
        effective: the whole of it, as it was accepted.
        host: the plugins in force.
        pending: what waits to be accepted, None if nothing does.
    """

    settings: Settings
    effective: Effective
    host: PluginHost
    pending: Pending | None

    @property
    def accepted(self) -> str:
        """Digest of what was accepted last, "" if nothing ever was."""
        if self.pending is None:
            return self.effective.digest
        return self.pending.accepted.digest if self.pending.accepted else ""


def propose(folder: Path, host: PluginHost | None, at: datetime) -> Proposal:
    """Read what stands in the node's folder; what is wrong with it is kept and not raised.

    Raises:
        NotFound: there is no node.
    """
    try:
        settings = config.load(folder)
    except ConfigError as error:
        return Proposal(settings=None, host=host or PluginHost.load(), effective=None, problem=error)
    chosen = settings.plugins
    host = host or PluginHost.load(disable=chosen.disable, grants=chosen.grant)
    wrong = []
    effective = None
    if problems := config.option_problems(settings, host):
        wrong.append(ConfigError(problems, where=str(settings.file)))
    try:
        effective = gather(settings, host)
        _check_changeable(effective)
        _check_routes(effective)
        _check_live(effective, at)
    except ConfigError as error:
        wrong.append(error)
    return Proposal(settings=settings, host=host, effective=effective, problem=_together(wrong))


def _together(wrong: Sequence[ConfigError]) -> ConfigError | None:
    """Return all problems as one error: what is wrong with the options of plugins, and with the policy."""
    if len(wrong) < 2:
        return wrong[0] if wrong else None
    first, second = wrong
    further = second.problems
    if second.where != first.where:
        further = tuple(f"{second.where}: {problem}" for problem in further)
    return ConfigError([*first.problems, *further], where=first.where)


def _check_changeable(effective: Effective) -> None:
    """Refuse the last settings that a node would ever have."""
    gate = Gate(effective.policy)
    if not gate.actions_of(effective.policy.roles) & {"config.apply", "*"}:
        raise ConfigError(
            ["no role of this pack may config.apply, so no setting could ever be changed"],
            where=f"pack {effective.policy.pack.id}",
        )


def _check_routes(effective: Effective) -> None:
    """Refuse a route for a role that the pack does not have: nobody would ever be told by it."""
    known = effective.policy.roles
    problems = [
        f"[[notice]] {number} roles: the pack has no role {role!r}.{suggestion(role, known)}"
        for number, route in enumerate(effective.settings.notice, start=1)
        for role in route.roles
        if role not in known
    ]
    if problems:
        raise ConfigError(problems, where=str(effective.settings.file))


def _check_live(effective: Effective, at: datetime) -> None:
    """Refuse to work on real cases under a policy that is not whole, today or once each overlay is in force.

    Raises:
        ConfigError: naming every value that is open, and every choice that nobody made.
    """
    if effective.settings.node.mode != "live":
        return
    today = at.astimezone(effective.settings.zone).date()
    days = [today, *(each.effective for each in effective.policy.overlays if each.effective > today)]
    missing = dict.fromkeys(each for day in days for each in effective.policy.missing(day))
    if missing:
        problems = [f"[node] mode: cannot be 'live' yet: {each}" for each in missing]
        raise ConfigError(problems, where=str(effective.settings.file))


def stand(
    folder: Path, located: Settings, proposal: Proposal, accepted: Accepted | None, altered: str = ""
) -> Standing:
    """Return what a node works under.

    Args:
        folder: the node's.
        located: settings by which the database was found.
        proposal: what stands in alpr.toml.
        accepted: what was accepted last.
        altered: why that cannot be believed; "" if it can.

    Raises:
        ConfigError: alpr.toml is wrong, and there are no old settings that could be kept.
    """
    wanted, problem = proposal.effective, proposal.problem
    if accepted is None:
        if wanted is None or problem is not None:
            raise problem or ConfigError(["cannot be read"], where=str(folder))
        pending = Pending(accepted=None, old=None, wanted=wanted)
        return Standing(settings=wanted.settings, effective=wanted, host=proposal.host, pending=pending)
    if altered:
        return _without_old(folder, proposal, accepted, altered)
    if wanted is not None and problem is None:
        if wanted.digest == accepted.digest:
            return Standing(settings=wanted.settings, effective=wanted, host=proposal.host, pending=None)
        problem = _another_ledger(wanted, accepted)
    words = "" if problem is None else problem.message
    try:
        host = _host_of(proposal.host, accepted)
        old = restore(accepted.document, folder, host)
    except ConfigError as error:
        why = f"those cannot be kept, because {error.message}"
        return _without_old(folder, proposal, accepted, words, why)
    pending = Pending(accepted=accepted, old=old, wanted=wanted, problem=words)
    in_force = _with_store_of(old.settings, located)
    return Standing(settings=in_force, effective=replace(old, settings=in_force), host=host, pending=pending)


def _without_old(
    folder: Path, proposal: Proposal, accepted: Accepted, problem: str, unreadable: str = ""
) -> Standing:
    """Return what a node works under whose old settings can't be had: those of alpr.toml, and next to no act."""
    wanted = proposal.effective
    if wanted is None:
        problems = [each for each in (problem, unreadable) if each]
        raise ConfigError(problems, where=str(folder)) from proposal.problem
    if wanted.digest != accepted.digest:
        unreadable = unreadable or problem
    pending = Pending(accepted=accepted, old=None, wanted=wanted, problem=problem, unreadable=unreadable)
    return Standing(settings=wanted.settings, effective=wanted, host=proposal.host, pending=pending)


def _with_store_of(settings: Settings, located: Settings) -> Settings:
    """Return settings with the database that is there, wherever it was when they were accepted."""
    found = settings.model_copy(update={"store": located.store})
    found.found_in(settings.folder, {**settings.as_written, "store": located.as_written.get("store", {})})
    return found


def _another_ledger(wanted: Effective, accepted: Accepted) -> ConfigError | None:
    origin = accepted.document["settings"]["ledger"]["origin"]
    if wanted.settings.ledger.origin == origin:
        return None
    problem = f"[ledger] origin: this node's ledger is {origin}, and that never changes; write it again"
    return ConfigError([problem], where=str(wanted.settings.file))


def _host_of(host: PluginHost, accepted: Accepted) -> PluginHost:
    """Return the plugins as they were accepted: any other is off. What is installed is their code of today."""
    names = set(accepted.document["plugins"])
    grants = accepted.document["settings"]["plugins"].get("grant", {})
    if set(host.enabled()) == names and dict(host.grants) == grants:
        return host
    return host.reloaded(disable=host.installed() - names, grants=grants)


def accepted_in(work: Work) -> tuple[Accepted | None, str]:
    """Return the settings that were accepted last, and what is wrong with them by the ledger; "" if nothing."""
    newest = work.accepted.newest()
    if newest is None:
        return None, ""
    altered = (
        f"the settings in the database are not those that entry {newest.entry} accepted: its tables were altered. "
        "Bring the database back from a backup, and find out who did"
    )
    try:
        body = work.ledger.entry(newest.entry).body
        stored = digest_of(newest.document)
    except (LedgerError, ValueError):  # an entry, or a document, that cannot even be read
        return newest, altered
    public = body.get("public")
    digest = public.get("digest") if isinstance(public, dict) else None
    is_same = body.get("kind") == "config.apply" and {newest.digest, stored} == {digest}
    return newest, "" if is_same else altered


# -- a copy beside the database, to find it again by ------------------------------------------------------------


def remember(settings: Settings, effective: Effective) -> None:
    """Keep the accepted settings beside the database: where alpr.toml is broken, it is found by them."""
    path = settings.var / _REMEMBERED
    with suppress(OSError, StoreError):  # without the copy everything works, as long as alpr.toml can be read
        if not path.exists() or read_private(path, limit=_LARGEST) != effective.text.encode():
            write_private(path, effective.text.encode())


def remembered(folder: Path) -> Settings | None:
    """Return the settings that were kept beside the database, None if there are none to be had.

    Only where the database is, is taken from them: what counts in it is what its ledger says.
    """
    try:
        stored = json.loads(read_private(folder / "var" / _REMEMBERED, limit=_LARGEST))
        return config.from_document(stored["settings"], folder)
    except (OSError, StoreError, ConfigError, ValueError, KeyError, TypeError):
        return None
