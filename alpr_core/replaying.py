"""What the ledger says happened after a backup was made, done again in the database that was restored from it.

A backup is older than the node that was lost: it still holds reads that were purged since, and knows rights that
were taken away since. The ledger's public fields tell of both, so both are done again before anybody can act. What
they do not tell (names, reads, who was given a right and for what) cannot be brought back; it is counted, so that
somebody can see to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from alpr_core.models import ReadKey
from alpr_core.repurging import purge_again
from alpr_core.store.keys import KeyStore
from alpr_core.store.work import Work
from alpr_ledger.entry import parse_time
from alpr_ledger.errors import EntryError
from alpr_ledger.reader import StoredEntry

PURGE = "read.purge"


LOOKS = frozenset(
    {
        *("act.deny", "act.fail", "act.due", "search.run", "image.open", "breach.scope", "notice.test"),
        *("person.login", "person.logout", "person.fail", "person.confirm", "person.acknowledge"),
        *("config.history", "policy.explain", "policy.publish", "backup.make", "backup.restore"),
        *("purge.certify", "image.sweep", "job.run", "job.pause", "job.fail", "job.miss"),
        *("key.rotate", "key.revoke"),  # the ledger's own: with its entries they are back
    }
)
"""Kinds that change nothing which a backup could hold."""


@dataclass
class Replayed:
    """What was done again, and what could not be.

    Attributes:
        entries: how many entries came after the backup.
        done: by kind, how many entries took effect again.
        purged: reads that were destroyed again.
        unknown: by kind, how many entries told of something that the ledger does not hold.
        passphrases: pseudonyms of those who changed their passphrase since: the old one counts again.
    """

    entries: int = 0
    done: Counter[str] = field(default_factory=Counter)
    purged: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    passphrases: set[str] = field(default_factory=set)


def replay(
    work: Work,
    entries: Iterable[StoredEntry],
    at: datetime,
    keys: KeyStore,
    *,
    are_here: bool = True,
) -> Replayed:
    """Do again what the entries after a backup say, and end every session.

    Args:
        work: the writing transaction of the restore; nothing of it is on the ledger, which has these entries.
        entries: those after the backup, in order.
        at: the time of the restore, UTC.
        keys: of the restored node.
        are_here: whether the entries are in the restored ledger; else they are known from its export alone.

    Raises:
        StoreError: a purge cannot be done again.
    """
    replaying = _Replaying(work, at, keys, are_here=are_here)
    for entry in entries:
        replaying.follow(entry)
    work.people.end_all_sessions(at)
    return replaying.result


class _Replaying:
    def __init__(self, work: Work, at: datetime, keys: KeyStore, *, are_here: bool) -> None:
        self._work, self._at, self._keys, self._are_here = work, at, keys, are_here
        self._holds = work.holds.by_number()
        self._approvals = {one.decided_entry: one.id for one in work.approvals.all() if one.decided_entry}
        self.result = Replayed()
        self._known: Mapping[str, Callable[[Mapping[str, Any], datetime], bool]] = {
            "person.leave": self._leave,
            "person.grant": self._grant,
            "person.reset": self._reset,
            "person.appoint": self._appoint,
            "person.passphrase": self._passphrase,
            "authority.revoke": self._authority,
            "delegation.revoke": self._delegation,
            "device.move": self._move,
            "agency.end": self._agency,
            "hold.place": self._hold,
            "hold.cover": self._hold,
            "hold.end": self._hold_end,
            PURGE: self._purge,
            "access.purge": self._access,
        }

    def follow(self, entry: StoredEntry) -> None:
        body = entry.body
        kind, ref = str(body.get("kind")), body.get("ref")
        public = body.get("public")
        self.result.entries += 1
        if body.get("outcome") == "intent":
            return  # what became of it is an entry of its own
        if isinstance(ref, int):
            if "outcome" in body:
                if self._are_here:
                    self._work.intents.finish(ref, entry.idx)
            elif ref in self._approvals:
                self._work.approvals.use(self._approvals.pop(ref), _time(body.get("t"), self._at))
        done = self._known.get(kind)
        if done is not None:
            if done(public if isinstance(public, dict) else {}, _time(body.get("t"), self._at)):
                self.result.done[kind] += 1
            else:
                self.result.unknown[kind] += 1
        elif kind not in LOOKS and not kind.endswith((".list", ".show")) and not kind.startswith("ledger."):
            self.result.unknown[kind] += 1

    def _leave(self, public: Mapping[str, Any], at: datetime) -> bool:
        person = self._work.people.by_id(str(public.get("person")))
        if person is None:
            return False
        end = _time(public.get("from"), at)
        self._work.people.set_leaving(person.id, min(end, person.leaves_at or end))
        return True

    def _grant(self, public: Mapping[str, Any], _at: datetime) -> bool:
        person = self._work.people.by_id(str(public.get("person")))
        if person is None:
            return False
        self._work.people.set_roles(person.id, person.roles - set(public.get("removed") or ()))
        return not public.get("added")

    def _reset(self, public: Mapping[str, Any], at: datetime) -> bool:
        person = self._work.people.by_id(str(public.get("person")))
        if person is None:
            return False
        self._work.logins.note(
            person.id, totp_secret=None, totp_step=None, reset_at=at, reset_by="system:restore"
        )
        return True

    def _appoint(self, public: Mapping[str, Any], at: datetime) -> bool:
        self._reset(public, at)
        return public.get("new") is not True and self._passphrase(public, at)

    def _passphrase(self, public: Mapping[str, Any], _at: datetime) -> bool:
        self.result.passphrases.add(str(public.get("person")))
        return False

    def _authority(self, public: Mapping[str, Any], at: datetime) -> bool:
        self._work.rights.revoke_authority(int(public.get("authority", 0)), at)
        return True

    def _delegation(self, public: Mapping[str, Any], at: datetime) -> bool:
        self._work.rights.revoke_delegation(int(public.get("delegation", 0)), at)
        return True

    def _move(self, public: Mapping[str, Any], _at: datetime) -> bool:
        self._work.devices.take_out_of_service(int(public.get("device", 0)))
        return False  # it does not say where to

    def _agency(self, public: Mapping[str, Any], at: datetime) -> bool:
        if public.get("person"):
            self._work.releases.end_person(int(public["person"]), at)
        else:
            self._work.releases.end_agency(int(public.get("agency", 0)), at)
        return True

    def _hold(self, public: Mapping[str, Any], at: datetime) -> bool:
        keys = {_read_key(text) for text in public.get("reads") or ()}
        number = int(public.get("hold", 0))
        self._holds.setdefault(number, set()).update(keys)
        if "hold_reason" in public:  # what it was about is lost, so that somebody has to place it anew
            review = date.fromisoformat(str(public.get("review")))
            self._work.holds.bring_back(number, str(public["hold_reason"]), review, at)
        self._work.holds.cover_stored(number, keys)
        return False

    def _hold_end(self, public: Mapping[str, Any], at: datetime) -> bool:
        number = int(public.get("hold", 0))
        self._holds.pop(number, None)
        found = self._work.holds.get(number)
        if found is None:
            return False
        self._work.holds.end(number, "system:restore", at)
        return True

    def _access(self, public: Mapping[str, Any], _at: datetime) -> bool:
        self._work.access_records.destroy(str(public.get("month")))
        return True

    def _purge(self, public: Mapping[str, Any], at: datetime) -> bool:
        held = frozenset().union(*self._holds.values())
        asof, zone = _time(public.get("asof"), at), str(public.get("zone"))
        self.result.purged += purge_again(self._work, self._keys, asof, zone, dict(public["terms"]), held)
        return True


def _time(text: object, otherwise: datetime) -> datetime:
    try:
        return parse_time(str(text))
    except EntryError:
        return otherwise


def _read_key(text: object) -> ReadKey:
    day, _, number = str(text).partition("/")
    return ReadKey(day=day, id=number)
