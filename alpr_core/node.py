"""One site, put together from its settings: the only place where the rooms are joined."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from alpr_core import config, sources
from alpr_core.accounts import check_account
from alpr_core.act import Act
from alpr_core.anchoring import ask_when_due
from alpr_core.backup.secret import Recipient, store_recipient
from alpr_core.clock import Clock, system_clock
from alpr_core.errors import ConfigError, LedgerUnwritable, StoreError
from alpr_core.files import all_or_nothing
from alpr_core.installed import parts_of
from alpr_core.joining import (
    PRIVATE,
    SHARED,
    finish_erasure,
    first_signed,
    found,
    join,
    open_store,
)
from alpr_core.models import ANONYMOUS, Actor
from alpr_core.plugins import PluginHost
from alpr_core.policy import Gate, Policy
from alpr_core.programme import Adoption
from alpr_core.rebuilding import bring_back
from alpr_core.services.people import add_person
from alpr_core.services.timekeeping import check_clock_at_start
from alpr_core.services.upgrades import note_installed
from alpr_core.session import Token, idle_since
from alpr_core.settling import record_restore, settle_intents
from alpr_core.site import Site
from alpr_core.standing import Proposal, Standing, accepted_in, propose, remember, remembered, stand
from alpr_core.store import schema
from alpr_core.store.intents import Intent
from alpr_core.store.people import Person, new_person_id
from alpr_core.upgrading import Plan, plan_upgrade, remove_copies, upgrade_node
from alpr_ledger.errors import LedgerBehind, LedgerError
from alpr_ledger.proof import TlogProof

if TYPE_CHECKING:
    from alpr_core.interfaces import AccessLogSource, ReadSource, StateSource
    from alpr_core.receiving import Receiver
    from alpr_core.scheduler import Daemon, Job
    from alpr_core.vision.pipeline import Reader

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class FirstPerson:
    """Who sets the node up: the first account."""

    badge: str
    name: str
    passphrase: str


class Node:
    """One site, open.

    Args:
        standing: what it works under.
        site: what acts work on.
        cut_off: sends of an earlier run whose outcome nobody knows.
        behind: why its ledger takes nothing but a recovery; "" in the ordinary case.

    Attributes:
        settings: in force.
        host: the plugins in force.
        pending: settings that wait to be accepted; None in the ordinary case.
    """

    def __init__(
        self, standing: Standing, site: Site, *, cut_off: Sequence[Intent] = (), behind: str = ""
    ) -> None:
        self.settings = standing.settings
        self.site = site
        self.host = standing.host
        self.pending = standing.pending
        self.cut_off = tuple(cut_off)
        self.behind = behind

    @classmethod
    def create(
        cls,
        folder: Path,
        answers: config.Answers,
        first: FirstPerson,
        *,
        clock: Clock = system_clock,
        host: PluginHost | None = None,
        recipient: Recipient | None = None,
    ) -> Node:
        """Set up a new node in ``folder``: settings, keys, database, ledger and the first person.

        Args:
            folder: its own.
            answers: what is to stand in its alpr.toml.
            first: who sets it up.
            clock: what time it is.
            host: the plugins, where they are loaded already.
            recipient: what backups of its keys are sealed to; a node without one makes none.

        Raises:
            ConfigError: an answer is wrong, or there is a node already.
            InputError: the first person's badge number or name cannot be, or the passphrase is too weak.
            StoreError: the database cannot be used.
        """
        with all_or_nothing(folder):
            config.write_default(folder, config.with_own_pack(folder, answers))
            standing = _first_standing(propose(folder, host, clock()))
            settings = standing.settings
            # Before there is a ledger: one in PostgreSQL cannot be taken away again.
            role = _role_that_may(standing.effective.policy, "person.add")
            check_account(
                badge=first.badge,
                name=" ".join(first.name.split()),
                roles=[role],
                known=[role],
                passphrase=first.passphrase,
            )
            for path, mode in ((settings.var, PRIVATE), (settings.inbox, SHARED), (settings.outbox, SHARED)):
                path.mkdir(exist_ok=True)
                path.chmod(mode)
            with first_signed(settings):
                person_id = new_person_id()
                node = cls(standing, found(standing, clock, person_id))
                node._add_first(first, role, person_id)
                if recipient is not None:
                    store_recipient(settings.var, recipient)
                    setup = Actor(id="system:init", delegated_by=person_id)
                    Act(node.site, setup).report("backup.key", key=recipient.id)
                _keep_watch(node.site, standing, propose(folder, standing.host, clock()))
            remember(settings, standing.effective)
        return node

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        clock: Clock = system_clock,
        host: PluginHost | None = None,
        recovering: bool = False,
        ask_witnesses: bool = False,
    ) -> Node:
        """Open the node in ``folder``, under the settings that were accepted for it.

        Args:
            folder: the node's.
            clock: what time it is.
            host: the plugins that alpr.toml leaves on, where they are loaded already.
            recovering: also where the database lacks what was signed or witnessed; see `behind`.
            ask_witnesses: ask the ledger's witnesses what they remember, also where that is not due yet.

        Raises:
            ConfigError: the settings are wrong, every problem at once, and no old ones can be kept.
            StoreError: database or key cannot be used, the ledger is not this key's, or it is behind.
        """
        proposal = propose(folder, host, clock())
        located = proposal.settings or remembered(folder)
        if located is None:
            raise proposal.problem or ConfigError(["cannot be read"], where=str(folder))
        store = open_store(located)
        try:
            with store.snapshot() as work:
                schema.check(work.connection)
                standing = stand(folder, located, proposal, *accepted_in(work))
            site = join(standing, store, clock)
            ask_when_due(site.log, standing.settings.witnesses, clock(), even_if_not=ask_witnesses)
            with store.snapshot() as work:
                site.log.check(work.connection)
                is_current = schema.ledger_is_current(work.connection)
            if not is_current:  # what the ledger's own steps add is in nobody's way, so nobody is asked
                with store.connection() as connection:
                    schema.upgrade(connection)
            finish_erasure(site, standing.settings)
            cut_off = settle_intents(site)
            record_restore(site, standing.settings.var)
            _keep_watch(site, standing, proposal)
        except LedgerBehind as error:
            if recovering:
                return cls(standing, site, behind=str(error))
            site.delivery.alarm("ledger.behind")
            store.close()
            raise StoreError(f"{folder}: {error}") from error
        except LedgerError as error:
            site.delivery.alarm("ledger.broken")
            store.close()
            raise StoreError(f"{folder}: the ledger cannot be used: {error}") from error
        except BaseException:
            store.close()
            raise
        if standing.pending is None:
            remember(standing.settings, standing.effective)
        return cls(standing, site, cut_off=cut_off)

    @staticmethod
    def upgrade(folder: Path, *, only_check: bool = False, clock: Clock = system_clock) -> Plan:
        """Bring the database of the node in ``folder`` to this version of the program.

        Args:
            folder: the node's.
            only_check: only say what would be done.
            clock: what time it is.

        Raises:
            ConfigError: its alpr.toml is wrong.
            StoreError: the database cannot be used, or the upgrade failed; then the node is as it was.
        """
        return (plan_upgrade if only_check else upgrade_node)(folder, clock=clock)

    restore = staticmethod(bring_back)

    def act(self, token: Token | None) -> Act:
        """Return the door to this node's data for whoever holds the session, or for nobody."""
        if token is None:
            return Act(self.site, ANONYMOUS)
        now = self.site.clock()
        with self.site.store.snapshot() as work:
            actor = work.people.session_actor(token.sha256, idle_since(now), now)
        return Act(self.site, actor or ANONYMOUS)

    def reader(self, use: str = "") -> Reader:
        """Return what reads plates here: a recognizer, weighed by every plugin's layouts, improved by their hooks.

        Args:
            use: name of the recognizer, or ``auto``; "" for the one in alpr.toml.

        Raises:
            PluginError: it is not there, misses something, or cannot be started.
        """
        from alpr_core import plates
        from alpr_core.vision.pipeline import Reader  # OpenCV is heavy, and most commands see nothing

        chosen = self.settings.recognizer
        options = chosen.options if use in ("", chosen.use) else {}
        return Reader(
            self.host.recognizer(use or chosen.use, options, folder=self.settings.folder),
            syntaxes=plates.published().extended(self.host.plate_syntaxes()),
            recognized=self.host.improve,
        )

    def read_source(self, use: str) -> ReadSource:
        """Return the data source of this name that delivers reads; errors as `sources.read_source`."""
        return sources.read_source(self.settings, self.host, use)

    def access_log_source(self, use: str) -> AccessLogSource:
        """Return the data source of this name that takes a vendor's log apart; errors as `sources.read_source`."""
        return sources.access_log_source(self.settings, self.host, use)

    def state_source(self, system: str = "") -> StateSource:
        """Return the source of alpr.toml that asks a state's system; errors as `sources.state_source`."""
        return sources.state_source(self.settings, self.host, system)

    def jobs(self) -> tuple[Job, ...]:
        """Return this node's jobs.

        Raises:
            ConfigError: with everything that is wrong with ``[jobs]``.
            PluginError: a plugin's job cannot be had.
        """
        from alpr_core.scheduler.listed import jobs_of  # what the jobs need, most commands do not

        return jobs_of(self.settings, self.host)

    def daemon(self) -> Daemon:
        """Return what runs this node's jobs, for as long as it leads.

        Raises:
            ConfigError: something is wrong with ``[jobs]``, or nobody answers for a job.
            PluginError: a plugin's job cannot be had.
        """
        from alpr_core.scheduler import Daemon, Leader

        leader = Leader(self.site, self.jobs(), self.settings.jobs.answers)
        if problems := leader.unanswered():
            raise ConfigError(problems, where=str(self.settings.file))
        return Daemon(leader)

    def receiver(self) -> Receiver:
        """Return what stores the reads that other systems send.

        Raises:
            ConfigError: nobody may send, or nobody answers for what is sent.
            PluginError: a data source cannot be had.
        """
        from alpr_core.receiving import Receiver, senders_of

        options = {one.use: one.options for one in self.settings.source}
        receiver = Receiver(self.site, senders_of(options, self.read_source), self.settings.jobs.answers)
        if problems := receiver.unanswered():
            raise ConfigError(problems, where=str(self.settings.file))
        return receiver

    def newest_checkpoint(self) -> bytes:
        """Return the newest signed checkpoint: it holds nothing but a size and a hash, and is made to be shown."""
        with self.site.store.snapshot() as work:
            return work.ledger.checkpoint()

    def adoption(self, digest: str) -> Adoption | None:
        """Return who adopted the policy with this digest: it is made to be shown wherever the policy is."""
        with self.site.store.snapshot() as work:
            return work.adoptions.of(digest)

    def receipts(self) -> list[TlogProof]:
        """Return proof of each act of this process, oldest first; whoever acted may have it, a denial's too.

        Raises:
            StoreError: the ledger cannot be read.
        """
        try:
            with self.site.store.snapshot() as work:
                return [work.ledger.receipt(one.first, one.size) for one in self.site.receipts]
        except LedgerError as error:
            raise StoreError(f"the ledger cannot be read: {error}") from error

    def close(self) -> None:
        """Give the database back."""
        self.site.presence.close()
        self.site.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _add_first(self, first: FirstPerson, role: str, person_id: str) -> Person:
        """Make the first account, ordered by the person whose it is: somebody has to be able to add the others."""
        setup = Actor(id="system:init", roles=frozenset({role}), delegated_by=person_id)
        return add_person(
            Act(self.site, setup),
            badge=first.badge,
            name=first.name,
            roles=frozenset({role}),
            passphrase=first.passphrase,
            person_id=person_id,
        )


def _keep_watch(site: Site, standing: Standing, proposal: Proposal) -> None:
    """Finish what was cut off, and compare clock and program with the ledger.

    Where that cannot be written, the node starts all the same.
    """
    act = Act(site, Actor(id="system:start"))
    wanted = proposal.effective or standing.effective
    plugins = wanted.plugins if proposal.effective or standing.pending is None else proposal.host.enabled()
    try:
        remove_copies(standing.settings)
    except StoreError as error:
        logger.warning("%s", error)
    with suppress(LedgerUnwritable):
        act.erase_unneeded_keys()  # of a purge that was cut off
        check_clock_at_start(act)
        note_installed(act, parts_of(plugins, run=standing.settings.var / "run"))


def _first_standing(proposal: Proposal) -> Standing:
    """Return what a new node works under: what stands in its alpr.toml, with nothing old to keep."""
    if proposal.problem is not None or proposal.effective is None:
        raise proposal.problem or ConfigError(["cannot be read"], where="init")
    effective = proposal.effective
    return Standing(settings=effective.settings, effective=effective, host=proposal.host, pending=None)


def _role_that_may(policy: Policy, action: str) -> str:
    gate = Gate(policy)
    for role in policy.roles:
        if gate.actions_of([role]) & {action, "*"}:
            return role
    raise ConfigError(
        [f"no role of this pack may {action}, so nobody could ever be added"],
        where=f"pack {policy.pack.id}",
    )
