"""The parts of a node, made from what it works under and joined: database, ledger, keys, images, gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from alpr_core.clock import Clock
from alpr_core.config import Settings
from alpr_core.deciding import UNASKED, Leave, header
from alpr_core.delivering import Delivery, Route
from alpr_core.effective import Effective, difference
from alpr_core.errors import ConfigError, StoreError
from alpr_core.interfaces import RetentionLimits, RetentionStrategy
from alpr_core.models import Actor, Decision, Finding, Request
from alpr_core.notice import Notice, Urgency
from alpr_core.policy import Gate
from alpr_core.recording import Recording, Why
from alpr_core.retention import RetentionOffice, fitting_strategy
from alpr_core.site import Site
from alpr_core.standing import Standing
from alpr_core.store import schema
from alpr_core.store.accepted import Accepted, AcceptedSettings
from alpr_core.store.images import ImageStore
from alpr_core.store.keys import KeyStore
from alpr_core.store.presence import Presence
from alpr_core.store.work import Store
from alpr_ledger.errors import LedgerError
from alpr_ledger.group import GroupCommitter
from alpr_ledger.keys import SigningKey, SigningKeys
from alpr_ledger.last_signed import LastSigned
from alpr_ledger.log import Log
from alpr_ledger.store import lock_head

PRIVATE = 0o700
"""``var/`` belongs to one account."""

SHARED = 0o2770
"""``inbox/`` and ``outbox/`` are for their group too, and so is what is laid into them."""


def open_store(settings: Settings) -> Store:
    """Open the node's database, as far as that goes without its ledger.

    Raises:
        StoreError: it is not there, or cannot be used.
    """
    file = settings.sqlite_file
    if file is not None and not file.exists():  # SQLite would make an empty one
        raise StoreError(
            f"the database {file} is not there: bring it back from a backup, or correct [store] url in "
            f"{settings.file}"
        )
    return _store(settings)


def _store(settings: Settings) -> Store:
    return Store(settings.database_url(), lock_path=settings.var / "write.lock")


def new_store(settings: Settings) -> Store:
    """Open a database that a backup is restored into; a SQLite file is made.

    Raises:
        StoreError: it is there already, or cannot be used.
    """
    file = settings.sqlite_file
    if file is not None and file.exists():
        raise StoreError(f"the database {file} is there already: a backup is restored into a new one")
    return _store(settings)


def join(standing: Standing, store: Store, clock: Clock) -> Site:
    """Join the parts of a node that exists.

    Raises:
        StoreError: its keys cannot be used.
        ConfigError: the settings name another ledger.
    """
    settings = standing.settings
    keys_of_ledger = signing_keys(settings)
    try:
        last_signed = LastSigned(settings.last_signed)
        log = Log(keys_of_ledger.first(), keys=keys_of_ledger, last_signed=last_signed)
    except LedgerError as error:
        raise StoreError(str(error)) from error
    if log.key.name != settings.ledger.origin:
        problem = (
            f"[ledger] origin: this node's ledger is {log.key.name}, and that never changes; write it again"
        )
        raise ConfigError([problem], where=str(settings.file))
    store.last_signed = last_signed
    keys = KeyStore(settings.var / "keys")
    return Site(
        name=settings.node.name,
        origin=settings.node.role,
        store=store,
        log=log,
        keys=keys,
        images=ImageStore(settings.var / "images", keys),
        gate=gate_of(standing),
        clock=clock,
        notify=standing.host.notify,
        committer=GroupCommitter(log, store.connection),
        presence=Presence(settings.var / "run"),
        retention=retention_of(standing),
        systems=standing.host.state_systems(),
        live=settings.node.mode == "live",
        outbox=settings.outbox,
        delivery=delivery_of(standing, clock),
        accepted=standing.accepted,
    )


def delivery_of(standing: Standing, clock: Clock) -> Delivery:
    """Return what sends notices along the routes in force; a notifier is made when there is something for it."""
    settings = standing.settings
    options = {one.use: one.options for one in settings.notifier}

    def send(via: str, notice: Notice) -> None:
        standing.host.notifier(via, options[via], folder=settings.folder).send(notice)

    routes = [
        Route(
            to=tuple(one.to),
            via=one.via,
            roles=frozenset(one.roles),
            badges=frozenset(one.badges),
            at_least=Urgency(one.at_least),
        )
        for one in settings.notice
    ]
    return Delivery(routes, send, node=settings.node.name, clock=clock, folder=settings.var / "run")


def retention_of(standing: Standing) -> RetentionOffice:
    """Return what says when reads are due: the strategy that was chosen, or the one that fits the policy."""
    chosen, folder = standing.settings.retention, standing.settings.folder

    def choose(limits: RetentionLimits) -> tuple[str, Callable[[], RetentionStrategy]]:
        name = chosen.use if chosen.use != "auto" else fitting_strategy(limits)
        return name, lambda: standing.host.retention_strategy(name, chosen.options, folder=folder)

    return RetentionOffice(choose)


def gate_of(standing: Standing) -> Gate:
    """Return what decides: the policy in force, the plugins' objections, and what waits to be accepted."""
    pending, host = standing.pending, standing.host

    def review(decision: Decision, request: Request) -> Sequence[Finding]:
        waiting = () if pending is None else pending.objections(request.action)
        return (*waiting, *host.objections(decision, request))

    return Gate(standing.effective.policy, review=review)


def found(standing: Standing, clock: Clock, person_id: str) -> Site:
    """Make the key, the database, entry 0 and the entry that accepts the settings, and join the parts.

    Args:
        standing: what the node will work under.
        clock: what time it is.
        person_id: pseudonym of who sets the node up.

    Raises:
        StoreError: the database or the ledger cannot be made.
    """
    settings = standing.settings
    folder = signing_keys(settings).folder
    folder.mkdir(mode=PRIVATE, exist_ok=True)
    try:
        SigningKey.generate(settings.ledger.origin).save(folder / "ledger.key")
        site = join(standing, _store(settings), clock)
        policy = site.gate.policy
        actor = Actor(id="system:init", delegated_by=person_id)
        with site.store.connection() as connection:
            schema.upgrade(connection)
            head = header(site, "ledger.open", Why(), Leave(UNASKED, actor, None))
            site.log.open(connection, at=clock(), header=head, policy=policy.digest)
            accepted = first_acceptance(site, standing.effective)
            receipt = site.log.append(connection, [accepted.draft({**head, "kind": "config.apply"})])
            AcceptedSettings(connection).add(
                Accepted(
                    entry=receipt.first,
                    digest=standing.effective.digest,
                    text=standing.effective.text,
                    at=clock(),
                    person=person_id,
                )
            )
    except LedgerError as error:
        raise StoreError(f"the ledger cannot be opened: {error}") from error
    return site


def first_acceptance(site: Site, effective: Effective) -> Recording:
    """Return the entry about a node's first settings: every line of them is new."""
    changes = difference(None, effective.document)
    recording = Recording(site.keys, site.clock, "config.apply", Why())
    lines = "\n".join(map(str, changes))
    recording.record(digest=effective.digest, changes=len(changes), lines=lines)
    return recording


@contextmanager
def first_signed(settings: Settings) -> Iterator[None]:
    """Refuse a name that this host has signed a ledger under; take away what is remembered of one that fails."""
    file = settings.last_signed
    if file.exists():
        raise StoreError(
            f"this host has signed for a ledger {settings.ledger.origin} already: a name is for one ledger, for "
            f"ever. Choose another origin. (If that ledger was only a trial, remove {file})"
        )
    try:
        yield
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def finish_erasure(site: Site, settings: Settings) -> None:
    """Erase the former keys that a rotation, cut off, left behind."""
    keys = signing_keys(settings)
    if keys.holds_others(str(site.log.key.vkey)):
        with site.store.connection() as connection:
            lock_head(connection)
            site.log.check(connection)  # under the lock: another process may have rotated just now
            keys.erase_others(str(site.log.key.vkey))


def signing_keys(settings: Settings) -> SigningKeys:
    """Return the folder of the ledger's signing keys."""
    return SigningKeys(settings.var / "keys")
