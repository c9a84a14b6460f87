"""Importing hotlists: a file takes the place of a whole list, or changes it.

A list of millions is not replaced in one transaction, for every read that arrives would wait for it. Its lines are
written in small batches into a generation of entries beside the one in force, which nothing is matched with; then one
small change, with its entry on the ledger, puts it in force. What it held before, and what an import that was cut off
left behind, is cleared away in small batches again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alpr_core.act import Act
from alpr_core.errors import InputError, StoreError
from alpr_core.interfaces import HotlistSource, RejectedLine, RemovedLine
from alpr_core.models import HotlistEntry
from alpr_core.recording import Change, Given
from alpr_core.services.hotlist_admission import NOTHING_PERSONAL, Admission, Refused, Stripped
from alpr_core.services.hotlist_lines import USUAL, FileLines, Terms
from alpr_core.store.batches import batches
from alpr_core.store.hotlist_rows import PackedEntries
from alpr_core.store.hotlists import BY_HAND, Line

MOST_CHANGES = 50_000
"""Lines of a file of changes: they are one transaction, for which every read that arrives waits."""

RUN = 500_000
"""Entries that are sorted in memory at a time, 200 MB: in the order of the index they are stored thrice as fast."""

SETTLE_AFTER = 8
"""Batches after which SQLite's log is put away: whoever commits next would have to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """What an import did.

    Attributes:
        hotlist: the list's name.
        added: how many entries it brought.
        removed: entries that changes took off, those in whose place others came included; None for a whole list.
        withdrawn: open hits on plates that the list holds no longer.
        rejected: the lines that were left out because something is wrong with them.
        stripped: the personal fields that the policy does not let be stored, each with the number of lines it was
            taken out of, and the clause.
        refused: the categories that the policy does not let be looked for, each with the number of its lines.
        dropped: the categories that the department does not want, each with the number of its lines.
        entry: index of the ledger entry that records it.
    """

    hotlist: str
    added: int
    removed: int | None
    withdrawn: int
    rejected: tuple[RejectedLine, ...]
    stripped: Mapping[str, Stripped]
    refused: Mapping[str, Refused]
    dropped: Mapping[str, int]
    entry: int


def import_hotlist(
    act: Act,
    path: Path,
    source: HotlistSource,
    *,
    source_name: str,
    name: str = "",
    purpose: str,
    case: str = "",
    reason: str = "",
    terms: Terms = USUAL,
    fetched: bool = False,
) -> Imported:
    """Put the lines of a file in the place of everything that a list held, or change it by them: whole or not at all.

    Bad lines are left out and returned.

    Args:
        act: who imports.
        path: the file.
        source: the data source that can read it.
        source_name: what the source is called.
        name: the list's; "" for the one that all its lines name in the column ``list``, else the file's own.
        purpose: purpose code of the pack.
        case: case or incident number.
        reason: free text.
        terms: what the file may do.
        fetched: whether it is what the list's server offers, which is not fetched twice.

    Raises:
        Denied: by the policy; asked before the file is opened.
        InputError: the file cannot be read, no line of it is good, too many are bad, it would leave too little of
            the list, the list is kept by hand, or something else changed it meanwhile.
        PluginError: the source failed.
    """
    why = Given(purpose=purpose, case=case, reason=reason, facts=NOTHING_PERSONAL)
    act.admit("hotlist.import", **why)
    admission = Admission(act, purpose, case, reason, terms.drop)
    lines = FileLines(path, source, source_name, admission, terms, is_fetched=fetched)
    return (_change if terms.delta else _replace)(act, lines, name, why)


def clear_leftovers(act: Act) -> int:
    """Clear away the generations that are not in force and that nobody writes any more; return how many.

    Nothing that is looked for changes by it, so it leaves no entry.

    Raises:
        StoreError: the database cannot be written.
    """
    with act.staging() as staging:
        waiting = staging.leftovers()
    for generation in waiting:
        number = 0
        after: int | None = 0
        while after is not None:
            with act.staging() as staging:
                after = staging.clear(generation, after)
            number += 1
            if number % SETTLE_AFTER == 0:
                act.settle()
    return len(waiting)


# -- the whole list ---------------------------------------------------------------------------------------------


def _replace(act: Act, lines: FileLines, name: str, why: Given) -> Imported:
    before = act.hotlists_standing()
    with _new_generation(act) as generation:
        added = _stage(act, generation, lines.wanted())
        lines.check_used(added)
        name = lines.name_of_list(name)
        lines.check_size(added, held=act.entries_on(name))
        with act.change("hotlist.import", **why) as change:
            _check_source(change.work.hotlists.source(name), name)
            if change.work.hotlists.standing().get(name) != before.get(name):
                raise InputError(
                    f"{lines.path}: somebody else changed the hotlist {name!r} while this file was read, so it stays "
                    "as it is now. If the file is the newer one, import it again"
                )
            change.work.hotlists.put_in_force(
                name,
                lines.source_name,
                generation,
                act.now,
                digest=lines.digest,
                is_fetched=lines.is_fetched,
            )
            withdrawn = change.work.hits.withdraw_unlisted(name, change.work.hotlists)
            _record(change, lines, hotlist=name, added=added, withdrawn=withdrawn)
    return _imported(change, lines, name, added=added, removed=None, withdrawn=withdrawn)


@contextmanager
def _new_generation(act: Act) -> Iterator[int]:
    """Begin a generation; at the end, whether it is in force or not, clear away what is not."""
    with act.staging() as staging:
        generation = staging.begin(act.now)
    try:
        yield generation
    except BaseException:
        with suppress(StoreError), act.staging() as staging:
            staging.give_up(generation)
        raise
    finally:
        with suppress(StoreError):  # what stays is cleared by the next import, or by the job for it
            clear_leftovers(act)


def _check_source(came_from: str | None, name: str) -> None:
    if came_from == BY_HAND:
        raise InputError(
            f"the hotlist {name!r} is kept by hand, and an import would empty it: name another one"
        )


def _stage(act: Act, generation: int, entries: Iterable[HotlistEntry | RemovedLine]) -> int:
    """Write the entries into a generation, and return how many they are."""
    packed, count = PackedEntries(), 0
    for entry in entries:
        if isinstance(entry, HotlistEntry):
            packed.add(entry)
        if len(packed) == RUN:
            count += _write(act, generation, packed)
    count += _write(act, generation, packed)
    with act.staging() as staging:
        staging.count()
    return count


def _write(act: Act, generation: int, packed: PackedEntries) -> int:
    packed.sort()
    with act.staging() as staging:
        size = staging.batch
    for number, some in enumerate(batches(packed.rows, size), start=1):
        with act.staging() as staging:
            staging.write(generation, some)
        if number % SETTLE_AFTER == 0:
            act.settle()
    count = len(packed)
    packed.rows.clear()
    return count


# -- changes ----------------------------------------------------------------------------------------------------


def _change(act: Act, lines: FileLines, name: str, why: Given) -> Imported:
    changes = _Changes()
    for number, line in enumerate(lines.wanted(), start=1):
        if number > MOST_CHANGES:
            raise InputError(
                f"{lines.path}: a file of changes has {MOST_CHANGES:,} lines at most. Import the whole list instead"
            )
        changes.take(line)
    if lines.rejected:
        lines.check_used(lines.good)
    name = lines.name_of_list(name)
    held, added = act.entries_on(name), changes.added()
    with act.change("hotlist.import", **why) as change:
        hotlists = change.work.hotlists
        came_from = hotlists.source(name)
        _check_source(came_from, name)
        if came_from is None:
            raise InputError(f"there is no hotlist {name!r} that could be changed: import it whole first")
        gone = changes.gone(hotlists.of_plates(name, changes.plates))
        lines.check_size(held - len(gone) + len(added), held=held)
        hotlists.change(name, gone, added, act.now, digest=lines.digest, is_fetched=lines.is_fetched)
        withdrawn = change.work.hits.withdraw_unlisted(name, change.work.hotlists)
        _record(change, lines, hotlist=name, added=len(added), withdrawn=withdrawn, removed=len(gone))
    return _imported(change, lines, name, added=len(added), removed=len(gone), withdrawn=withdrawn)


class _Changes:
    """What a file of changes comes to, its lines taken in their order.

    An entry takes the place of one of the same plate, state, category and NCIC number, so that a file that is
    imported twice changes nothing the second time.
    """

    def __init__(self) -> None:
        self._added: dict[str, dict[tuple[str, str, str], HotlistEntry]] = defaultdict(dict)
        self._removed: dict[str, list[RemovedLine]] = defaultdict(list)

    @property
    def plates(self) -> set[str]:
        """The plates that anything is said of."""
        return {*self._added, *self._removed}

    def take(self, line: HotlistEntry | RemovedLine) -> None:
        """Take the next line."""
        if isinstance(line, HotlistEntry):
            key = (line.state, line.category, line.fields.get("NIC", ""))
            self._added[line.plate][key] = line
            return
        self._removed[line.plate].append(line)
        before = self._added.get(line.plate, {})
        for key in [key for key in before if _is_meant(line, key[0], key[2])]:
            del before[key]

    def gone(self, listed: Iterable[Line]) -> list[int]:
        """Return the numbers of those entries that these changes take off, or put others in the place of."""
        return [
            one.id
            for one in listed
            if (one.state, one.category, one.nic) in self._added.get(one.plate, {})
            or any(_is_meant(line, one.state, one.nic) for line in self._removed.get(one.plate, ()))
        ]

    def added(self) -> PackedEntries:
        """Return the entries that are added."""
        packed = PackedEntries(entry for entries in self._added.values() for entry in entries.values())
        packed.sort()
        return packed


def _is_meant(line: RemovedLine, state: str, nic: str) -> bool:
    return line.state in ("", state) and line.nic in ("", nic)


def _record(change: Change, lines: FileLines, **counts: Any) -> None:
    admission = lines.admission
    if admission.dropped:
        counts["dropped"] = sum(admission.dropped.values())
    if admission.left_out:
        counts["categories"] = admission.categories
    change.record(
        source=lines.source_name,
        rejected=len(lines.rejected),
        refused=sum(one.lines for one in admission.refused.values()),
        stripped={field: one.lines for field, one in admission.stripped.items()},
        file=lines.path.name,
        digest=lines.digest,
        **counts,
    )


def _imported(
    change: Change, lines: FileLines, name: str, *, added: int, removed: int | None, withdrawn: int
) -> Imported:
    return Imported(
        hotlist=name,
        added=added,
        removed=removed,
        withdrawn=withdrawn,
        rejected=tuple(lines.rejected),
        stripped=lines.admission.stripped,
        refused=lines.admission.refused,
        dropped=lines.admission.dropped,
        entry=change.receipt.first if change.receipt else -1,
    )
