"""The parts of one node that acts work on, put together by `node.Node`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from alpr_core.clock import Clock
from alpr_core.delivering import Delivery
from alpr_core.policy import Gate
from alpr_core.retention import NO_RETENTION, RetentionOffice
from alpr_core.store.images import ImageStore
from alpr_core.store.keys import KeyStore
from alpr_core.store.presence import Presence
from alpr_core.store.work import Store
from alpr_core.verification import StateSystem
from alpr_ledger.group import GroupCommitter
from alpr_ledger.log import Log, Receipt

RECEIPTS = 1000
"""So many receipts a process keeps, for whoever wants proof of what was just recorded."""

Notify = Callable[[str, Mapping[str, object]], None]
"""Tells the plugins of something that is committed; never raises."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """The parts of one node that acts work on. Put together by `node.Node`.

    Attributes:
        name: the node's name.
        origin: "server" or "vehicle": where its data stands.
        store: the database.
        log: the ledger's writing end.
        keys: the vault's and the images' keys.
        images: the image files.
        gate: decides.
        clock: what time it is.
        notify: tells the plugins.
        committer: commits the looks of all threads together.
        presence: tells which processes of this node are alive.
        retention: says when reads are due.
        systems: the states' systems that installed data sources ask, by their codes.
        live: whether the node is live, so that no simulator answers it; as long as nobody says that it is not.
        outbox: the folder that files go out by; None for parts that were put together without one.
        delivery: sends notices to persons.
        accepted: digest of the settings that this process works under, as they were accepted; "" for none.
        receipts: of the acts of this process, oldest first; the newest thousand.
    """

    name: str
    origin: str
    store: Store
    log: Log
    keys: KeyStore
    images: ImageStore
    gate: Gate
    clock: Clock
    notify: Notify
    committer: GroupCommitter
    presence: Presence
    retention: RetentionOffice = NO_RETENTION
    systems: Mapping[str, StateSystem] = field(default_factory=dict)
    live: bool = True
    outbox: Path | None = None
    delivery: Delivery = field(default_factory=Delivery)
    accepted: str = ""
    receipts: deque[Receipt] = field(default_factory=lambda: deque(maxlen=RECEIPTS))
