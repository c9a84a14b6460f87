"""A whole look, as a search makes it: gate, query, entry with its sealed values, group commit. For `ledger.py`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from alpr_core.act import Act
from alpr_core.clock import system_clock
from alpr_core.entries import ACTIONS
from alpr_core.models import Actor, ReadFilter
from alpr_core.policy import Gate, load_pack
from alpr_core.services.search import search_reads
from alpr_core.site import Site
from alpr_core.store import schema
from alpr_core.store.images import ImageStore
from alpr_core.store.keys import KeyStore
from alpr_core.store.people import Person
from alpr_core.store.presence import Presence
from alpr_core.store.work import Store
from alpr_ledger.group import GroupCommitter
from alpr_ledger.log import Log


def looker(url: str, log: Log, folder: Path, callers: int) -> Callable[[], object]:
    """Return a call that is one search, by one of ``callers`` officers in turn.

    Args:
        url: of a database with an open ledger.
        log: of that ledger.
        folder: for keys and locks.
        callers: how many officers.
    """
    folder = Path(tempfile.mkdtemp(dir=folder))
    store = Store(url, lock_path=folder / "write.lock")
    keys = KeyStore(folder / "keys")
    site = Site(
        name="benchmark",
        origin="server",
        store=store,
        log=log,
        keys=keys,
        images=ImageStore(folder / "images", keys),
        gate=Gate(load_pack("minimal", actions=ACTIONS)),
        clock=system_clock,
        notify=lambda _hook, _fields: None,
        committer=GroupCommitter(log, store.connection),
        presence=Presence(folder / "run"),
    )
    with store.connection() as connection:
        schema.upgrade(connection)
    acts = [_officer(site, number) for number in range(callers)]
    idle, lock = list(acts), Lock()

    def look() -> object:
        with lock:
            act = idle.pop()
        found = search_reads(act, ReadFilter(plate="ABC123"), purpose="stolen_vehicle", case="26-1041")
        with lock:
            idle.append(act)
        return found

    return look


def _officer(site: Site, number: int) -> Act:
    now = site.clock()
    person = Person(
        id=f"p{number}",
        badge=str(number),
        name=f"Officer {number}",
        roles=frozenset({"officer"}),
        active=True,
        added_at=now,
        added_by="p0",
    )
    with site.store.writing() as work:
        work.people.add(person, "no passphrase")
        work.people.start_session(
            token_sha256=f"{number:064}", session_id=f"s{number}", person_id=person.id, at=now
        )
    return Act(site, Actor(id=person.id, name=person.name, roles=person.roles, session=f"s{number}"))
