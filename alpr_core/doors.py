"""What of a node may be asked without an act: its time and its policy, and the little that a login needs.

Each of these doors yields one narrow thing, and none of it is data about anybody but the one who asks. Whatever else
is looked at or changed goes through an act (`act`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from alpr_core.clock import LONGEST_SILENCE
from alpr_core.delivering import Delivery
from alpr_core.errors import NotFound
from alpr_core.models import Actor
from alpr_core.policy import Gate
from alpr_core.retention import RetentionOffice
from alpr_core.site import Site
from alpr_core.store.devices import Device
from alpr_core.store.heartbeats import Heartbeats
from alpr_core.store.hotlist_staging import Staging
from alpr_core.store.images import ImageStore
from alpr_core.store.installed import Part
from alpr_core.store.jobs import Jobs
from alpr_core.store.logins import Accounts
from alpr_core.store.notices import Notices
from alpr_core.store.proven import Mark
from alpr_core.store.sweeping import Swept
from alpr_core.store.vault import Vault
from alpr_core.verification import StateSystem
from alpr_ledger.heard import Heard


class Doors:
    """The doors of one actor at one node.

    Args:
        site: the node's parts.
        actor: who asks.
    """

    def __init__(self, site: Site, actor: Actor) -> None:
        self._site = site
        self.actor = actor

    @property
    def now(self) -> datetime:
        """The node's time, UTC."""
        return self._site.clock()

    @property
    def images(self) -> ImageStore:
        """The image files; blobs are written before the change that mentions them."""
        return self._site.images

    @property
    def ledger_source(self) -> str:
        """What `alpr_ledger.verify` opens: the database file or URL. It may hold a password: never show it."""
        store = self._site.store
        return str(store.sqlite_path or store.engine.url.render_as_string(hide_password=False))

    @property
    def vkey(self) -> str:
        """The verifier key of the ledger's signing key."""
        return str(self._site.log.key.vkey)

    @property
    def gate(self) -> Gate:
        """The policy in force, for showing it; acts decide by themselves."""
        return self._site.gate

    @property
    def origin(self) -> str:
        """Where this node's data stands: "server" or "vehicle"."""
        return self._site.origin

    @property
    def systems(self) -> Mapping[str, StateSystem]:
        """The states' systems that installed data sources ask, by their codes."""
        return self._site.systems

    @property
    def is_live(self) -> bool:
        """Whether this node is live, so that what a simulator says counts for nothing."""
        return self._site.live

    @property
    def retention(self) -> RetentionOffice:
        """What says when reads are due."""
        return self._site.retention

    @property
    def outbox(self) -> Path | None:
        """The folder that files go out by."""
        return self._site.outbox

    def reclaim(self) -> None:
        """Give the room of what was deleted back, so that no byte of it stays in the database's files.

        Raises:
            StoreError: somebody holds an old snapshot open for too long; nothing is lost, and it can be tried again.
        """
        self._site.store.reclaim()

    def settle(self) -> None:
        """Take what was written out of the way of who writes next, as far as nobody is held up."""
        self._site.store.settle()

    @contextmanager
    def staging(self) -> Iterator[Staging]:
        """Yield the hotlists' generations that are not in force: what is written there is matched with nothing.

        No entry is made of it; the act that puts one in force has its own.
        """
        site = self._site
        with site.store.writing() as work:
            yield Staging(
                work.connection,
                node=site.name,
                process=site.presence.name,
                is_alive=site.presence.is_alive,
            )

    def hotlists_standing(self) -> Mapping[str, tuple[object, ...]]:
        """Return what tells, for each hotlist, whether anything has changed it since."""
        with self._site.store.snapshot() as work:
            return work.hotlists.standing()

    def entries_on(self, name: str) -> int:
        """Return how many entries a hotlist has, for an import of it: that tells nothing about anybody."""
        with self._site.store.snapshot() as work:
            return work.hotlists.size(name)

    def fetched_last(self, name: str) -> str:
        """Return the SHA-256 of the file that a hotlist was fetched as, and imported from, last; "" for none."""
        with self._site.store.snapshot() as work:
            return work.hotlists.fetched(name)

    def images_to_sweep(self, most: int) -> list[Swept]:
        """Return ciphertexts whose keys are destroyed, at most so many; a name is a hash, and tells nothing."""
        with self._site.store.snapshot() as work:
            return work.sweeping.waiting(most)

    def strays(self, day: str, names: Sequence[str]) -> list[str]:
        """Return of these names of ciphertexts those that no read of that day mentions."""
        with self._site.store.snapshot() as work:
            return work.sweeping.unknown(day, names)

    @property
    def heard(self) -> Heard | None:
        """What the ledger's witnesses remember, as this host heard it; None where nothing is remembered."""
        last_signed = self._site.log.last_signed
        return None if last_signed is None else last_signed.heard

    @property
    def delivery(self) -> Delivery:
        """What sends notices to persons."""
        return self._site.delivery

    @contextmanager
    def before_login(self) -> Iterator[Accounts]:
        """Yield the accounts, read-only, so that a login can be checked: nobody is known yet whom to ask about."""
        with self._site.store.snapshot() as work:
            yield work.accounts

    def seal(self, person: str, secret: bytes) -> bytes:
        """Return what a person's login needs, sealed by the key that is that person's alone."""
        return self._site.keys.wrap("login", person, secret)[1]

    def unseal(self, person: str, sealed: bytes) -> bytes:
        """Return what `seal` sealed.

        Raises:
            StoreError: it was changed, or the key is not there.
        """
        return self._site.keys.unwrap(f"login/{person}", sealed)

    def searched_before(self, plate: str) -> bool:
        """Return whether stored reads were searched for exactly this plate before, and still known to have been.

        Only for the facts of a request: the answer goes to the gate, never to a person.
        """
        with self._site.store.snapshot() as work:
            return Vault(work.connection, self._site.keys).was_searched(plate)

    def stored_before(self, source: str, ids: Collection[str]) -> set[str]:
        """Return which of these names of another system's reads are stored: who asks has just been told them all."""
        with self._site.store.snapshot() as work:
            return work.foreign_reads.known(source, ids)

    def carrier_of(self, camera: str) -> Device | None:
        """Return the device that a camera is on, None for one that is not known: that tells of nobody."""
        with self._site.store.snapshot() as work:
            return work.devices.carrying(camera)

    def verdict(self, number: int) -> str:
        """Return what was said of an approval that this actor asked for: "granted", "denied", "" while nobody has.

        It says nothing about any plate or person, so that somebody can wait for it without an entry each time.

        Raises:
            NotFound: this actor has asked for no such approval.
        """
        with self._site.store.snapshot() as work:
            one = work.approvals.get(number)
        if one is None or one.requester != self.actor.id:
            raise NotFound(f"you have asked for no approval {number}")
        return one.verdict

    def tell(self, hook: str, **fields: object) -> None:
        """Tell the plugins of something that is committed."""
        self._site.notify(hook, fields)

    @contextmanager
    def undelivered(self) -> Iterator[Notices]:
        """Yield the notices that wait: they tell nothing about anybody, so no entry is made of it."""
        with self._site.store.writing() as work:
            yield work.notices

    @contextmanager
    def scheduling(self) -> Iterator[Jobs]:
        """Yield the scheduler's notes of its own work: they tell nothing about anybody, so no entry is made of it."""
        with self._site.store.writing() as work:
            yield work.jobs

    def is_outdated(self) -> bool:
        """Return whether other settings were accepted since this process was started."""
        with self._site.store.snapshot() as work:
            return work.accepted.digest() != self._site.accepted

    @contextmanager
    def heartbeats(self) -> Iterator[Heartbeats]:
        """Yield the cameras' heartbeats: one comes each minute, and tells nothing about anybody."""
        with self._site.store.writing() as work:
            yield work.heartbeats

    def proven_time(self) -> Mark:
        """Return the time that the ledger proves: it tells nothing about anybody."""
        with self._site.store.snapshot() as work:
            return work.proven_time.mark(LONGEST_SILENCE[self.origin])

    def clock_before(self) -> tuple[datetime, Mark | None]:
        """Return the time of the newest entry, and what was noted of the clock last."""
        with self._site.store.snapshot() as work:
            return work.proven_time.newest_entry_at(), work.proven_time.stored()

    def note_time(self, mark: Mark) -> None:
        """Note the time that the ledger proves, so that its entries need not be read again."""
        with self._site.store.writing() as work:
            work.proven_time.note(mark)

    def recorded_parts(self) -> dict[str, Part]:
        """Return what was installed when it was last recorded."""
        with self._site.store.snapshot() as work:
            return work.installed.all()
