"""One site, put together from its settings: the only place where the rooms are joined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from alpr_core import config, entries
from alpr_core.accounts import check_account
from alpr_core.act import Act, settle_intents
from alpr_core.anchoring import ask_when_due
from alpr_core.clock import Clock, system_clock
from alpr_core.errors import ConfigError, StoreError
from alpr_core.files import all_or_nothing
from alpr_core.models import ANONYMOUS, Actor
from alpr_core.plugins import PluginHost
from alpr_core.policy import Choice, Gate, Policy, RuleKinds, load_policy
from alpr_core.programme import Adoption
from alpr_core.recording import header
from alpr_core.services.people import add_person
from alpr_core.session import Token, idle_since
from alpr_core.site import Site
from alpr_core.store import schema
from alpr_core.store.images import ImageStore
from alpr_core.store.intents import Intent
from alpr_core.store.keys import KeyStore
from alpr_core.store.people import Person, new_person_id
from alpr_core.store.presence import Presence
from alpr_core.store.work import Store
from alpr_ledger.errors import LedgerBehind, LedgerError
from alpr_ledger.group import GroupCommitter
from alpr_ledger.keys import SigningKey, SigningKeys
from alpr_ledger.last_signed import LastSigned
from alpr_ledger.log import Log
from alpr_ledger.proof import TlogProof
from alpr_ledger.store import lock_head

if TYPE_CHECKING:
    from alpr_core.vision.pipeline import Reader

PRIVATE = 0o700
"""``var/`` belongs to one account."""

SHARED = 0o770
"""``inbox/`` and ``outbox/`` are for the group too."""


@dataclass(frozen=True, kw_only=True)
class FirstPerson:
    """Who sets the node up: the first account."""

    badge: str
    name: str
    passphrase: str


class Node:
    """One site, open.

    Args:
        settings: from its alpr.toml.
        site: what acts work on.
        host: the plugins.
        cut_off: sends of an earlier run whose outcome nobody knows.
        behind: why its ledger takes nothing but a recovery; "" in the ordinary case.
    """

    def __init__(
        self,
        settings: config.Settings,
        site: Site,
        host: PluginHost,
        cut_off: Sequence[Intent] = (),
        behind: str = "",
    ) -> None:
        self.settings = settings
        self.site = site
        self.host = host
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
    ) -> Node:
        """Set up a new node in ``folder``: settings, keys, database, ledger and the first person.

        Raises:
            ConfigError: an answer is wrong, or there is a node already.
            InputError: the first person's badge number or name cannot be, or the passphrase is too weak.
            StoreError: the database cannot be used.
        """
        with all_or_nothing(folder):
            config.write_default(folder, config.with_own_pack(folder, answers))
            settings, host = _load(folder, host)
            # Before there is a ledger: one in PostgreSQL cannot be taken away again.
            role = _role_that_may(_gate(settings, host), "person.add")
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
            with _first_signed(settings):
                node = cls(settings, _new_site(settings, host, clock), host)
                node._add_first(first, role)
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
        """Open the node in ``folder``.

        Args:
            folder: the node's.
            clock: what time it is.
            host: the plugins, where they are loaded already.
            recovering: also where the database lacks what was signed or witnessed; see `behind`.
            ask_witnesses: ask the ledger's witnesses what they remember, also where that is not due yet.

        Raises:
            ConfigError: the settings are wrong, every problem at once.
            StoreError: database or key cannot be used, the ledger is not this key's, or it is behind.
        """
        settings, host = _load(folder, host)
        file = settings.sqlite_file
        if file is not None and not file.exists():  # SQLite would make an empty one
            raise StoreError(
                f"the database {file} is not there: bring it back from a backup, or correct [store] url in "
                f"{settings.file}"
            )
        site = _site(settings, host, clock)
        try:
            ask_when_due(site.log, settings.witnesses, clock(), even_if_not=ask_witnesses)
            with site.store.snapshot() as work:
                schema.check(work.connection)
                site.log.check(work.connection)
                is_current = schema.ledger_is_current(work.connection)
            _check_live(settings, site)
            if (
                not is_current
            ):  # what the ledger's own steps add is in nobody's way, so nobody has to ask for it
                with site.store.connection() as connection:
                    schema.upgrade(connection)
            _finish_erasure(site, _signing_keys(settings))
            cut_off = settle_intents(site)
        except LedgerBehind as error:
            if recovering:
                return cls(settings, site, host, behind=str(error))
            site.store.close()
            raise StoreError(f"{folder}: {error}") from error
        except LedgerError as error:
            site.store.close()
            raise StoreError(f"{folder}: the ledger cannot be used: {error}") from error
        except BaseException:
            site.store.close()
            raise
        return cls(settings, site, host, cut_off)

    def act(self, token: Token | None) -> Act:
        """Return the door to this node's data for whoever holds the session, or for nobody."""
        if token is None:
            return Act(self.site, ANONYMOUS)
        with self.site.store.snapshot() as work:
            actor = work.people.session_actor(token.sha256, idle_since(self.site.clock()))
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

    def _add_first(self, first: FirstPerson, role: str) -> Person:
        """Make the first account, ordered by the person whose it is: somebody has to be able to add the others."""
        person_id = new_person_id()
        setup = Actor(id="system:init", roles=frozenset({role}), delegated_by=person_id)
        return add_person(
            Act(self.site, setup),
            badge=first.badge,
            name=first.name,
            roles=frozenset({role}),
            passphrase=first.passphrase,
            person_id=person_id,
        )


def _load(folder: Path, host: PluginHost | None) -> tuple[config.Settings, PluginHost]:
    """Return settings and plugins; the plugins' own options are checked with them."""
    settings = config.load(folder)
    if host is None:
        host = PluginHost.load(disable=settings.plugins.disable, grants=settings.plugins.grant)
    problems = config.option_problems(settings, host)
    if problems:
        raise ConfigError(problems, where=str(settings.file))
    return settings, host


@contextmanager
def _first_signed(settings: config.Settings) -> Iterator[None]:
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


def _check_live(settings: config.Settings, site: Site) -> None:
    """Refuse to work on real cases under a policy that is not whole.

    Raises:
        ConfigError: naming every value that is open, and every choice that nobody made.
    """
    if settings.node.mode == "live":
        missing = site.gate.policy.missing(site.gate.policy.day(site.clock()))
        if missing:
            problems = [f"[node] mode: cannot be 'live' yet: {each}" for each in missing]
            raise ConfigError(problems, where=str(settings.file))


def _finish_erasure(site: Site, keys: SigningKeys) -> None:
    """Erase the former keys that a rotation, cut off, left behind."""
    if keys.holds_others(str(site.log.key.vkey)):
        with site.store.connection() as connection:
            lock_head(connection)
            site.log.check(connection)  # under the lock: another process may have rotated just now
            keys.erase_others(str(site.log.key.vkey))


def _site(settings: config.Settings, host: PluginHost, clock: Clock) -> Site:
    """Join the parts of a node that exists."""
    signing_keys = _signing_keys(settings)
    try:
        last_signed = LastSigned(settings.last_signed)
        log = Log(signing_keys.first(), keys=signing_keys, last_signed=last_signed)
    except LedgerError as error:
        raise StoreError(str(error)) from error
    if log.key.name != settings.ledger.origin:
        problem = (
            f"[ledger] origin: this node's ledger is {log.key.name}, and that never changes; write it again"
        )
        raise ConfigError([problem], where=str(settings.file))
    store = Store(settings.database_url(), lock_path=settings.var / "write.lock", last_signed=last_signed)
    keys = KeyStore(settings.var / "keys")
    return Site(
        name=settings.node.name,
        origin=settings.node.role,
        store=store,
        log=log,
        keys=keys,
        images=ImageStore(settings.var / "images", keys),
        gate=_gate(settings, host),
        clock=clock,
        notify=host.notify,
        committer=GroupCommitter(log, store.connection),
        presence=Presence(settings.var / "run"),
    )


def _new_site(settings: config.Settings, host: PluginHost, clock: Clock) -> Site:
    """Make key, database and entry 0, and join them."""
    folder = _signing_keys(settings).folder
    folder.mkdir(mode=PRIVATE, exist_ok=True)
    try:
        SigningKey.generate(settings.ledger.origin).save(folder / "ledger.key")
        site = _site(settings, host, clock)
        with site.store.connection() as connection:
            schema.upgrade(connection)
            opened = header(
                kind="ledger.open",
                at=clock(),
                actor=Actor(id="system:init"),
                node=site.name,
                policy=site.gate.policy,
                clauses=(),
                purpose="",
            )
            site.log.open(connection, at=clock(), header=opened, policy=site.gate.policy.digest)
    except LedgerError as error:
        raise StoreError(f"the ledger cannot be opened: {error}") from error
    return site


def _signing_keys(settings: config.Settings) -> SigningKeys:
    return SigningKeys(settings.var / "keys")


def policy_of(settings: config.Settings, host: PluginHost) -> Policy:
    """Return the policy that a node works under, without opening it. Raises ConfigError with every problem."""
    chosen = settings.policy
    return load_policy(
        chosen.pack,
        overlays=chosen.overlays,
        values=chosen.values,
        choices={name: Choice(each.follow, each.source) for name, each in chosen.choices.items()},
        zone=settings.zone,
        folder=settings.folder,
        kinds=RuleKinds(host.policy_rules()),
        actions=entries.ACTIONS,
    )


def _gate(settings: config.Settings, host: PluginHost) -> Gate:
    return Gate(policy_of(settings, host), review=host.objections)


def _role_that_may(gate: Gate, action: str) -> str:
    for role in gate.policy.roles:
        if action in gate.actions_of([role]):
            return role
    raise ConfigError(
        [f"no role of this pack may {action}, so nobody could ever be added"],
        where=f"pack {gate.policy.pack.id}",
    )
