"""A hotlist's file while it is imported: its good lines, and what speaks against using any of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alpr_core.errors import AlprError, InputError, PluginError
from alpr_core.files import sha256_of
from alpr_core.interfaces import HotlistLine, HotlistSource, RejectedLine, RemovedLine
from alpr_core.models import HotlistEntry
from alpr_core.services.hotlist_admission import Admission
from alpr_core.store.hotlist_checks import check_entry, checked_name

SHOWN = 10
"""Bad lines that an error tells of; it counts the others."""

REJECTS, SHARE = 100, 10
"""Bad lines that a file may have: so many, or one in so many lines if that is more."""

HOPELESS = 100_000
"""With so many more bad lines than good ones the rest of a file is not read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What a file may do to a list.

    Attributes:
        delta: whether it holds changes, not the whole list.
        drop: categories that the department does not want, in any spelling of case.
        rejects: bad lines that it may have; None for `REJECTS`, or one in `SHARE`.
        smaller_is_right: whether it may leave less than half of what the list holds.
        configured: names of lists that something is set for: a file that names one itself is not taken for it.
    """

    delta: bool = False
    drop: tuple[str, ...] = ()
    rejects: int | None = None
    smaller_is_right: bool = False
    configured: frozenset[str] = frozenset()


USUAL = Terms()
"""What a file may do if nobody says anything."""


class FileLines:
    """A file's lines, and what was found about them while they were read.

    Attributes:
        path: of the file.
        source_name: what the source that reads it is called.
        admission: what lets its entries in.
        good: how many lines were good, those of categories that were left out included.
        rejected: the bad ones.
        digest: SHA-256 of the file.
        is_fetched: whether it was fetched from the list's server.
    """

    def __init__(
        self,
        path: Path,
        source: HotlistSource,
        source_name: str,
        admission: Admission,
        terms: Terms,
        *,
        is_fetched: bool = False,
    ) -> None:
        self.path = path
        self.source_name = source_name
        self.admission = admission
        self.good = 0
        self.rejected: list[RejectedLine] = []
        self.digest = ""
        self.is_fetched = is_fetched
        self._source = source
        self._terms = terms
        self._names: set[str] = set()

    def wanted(self) -> Iterator[HotlistEntry | RemovedLine]:
        """Yield what is to be stored or taken off, in file order.

        Raises:
            InputError: the file cannot be read, changes meanwhile, too many of its lines are bad, or one comes from a
                system that is not known.
            PluginError: the source failed, or delivers what no entry can be.
        """
        self.digest = sha256_of(self.path)
        for line in self._read():
            if isinstance(line, RejectedLine):
                self.rejected.append(line)
                if len(self.rejected) > self.good + HOPELESS:
                    raise InputError(self._hopeless(line.number))
                continue
            self.good += 1
            if isinstance(line, RemovedLine):
                if not self._terms.delta:
                    raise InputError(
                        f"{self.path}: line {line.number} takes a plate off, so this is no whole list. If the file "
                        "holds changes, say so: --delta"
                    )
                yield line
                continue
            if line.origin not in self.admission.origins:
                raise InputError(self._stranger(line.origin))
            if (kept := self.admission.admitted(line)) is not None:
                self._names.add(kept.fields.get("list", ""))
                yield kept
        self._check_rejects()
        if sha256_of(self.path) != self.digest:
            raise InputError(f"{self.path} changed while it was read: import it again when it is complete")

    def _read(self) -> Iterator[HotlistLine]:
        try:
            for line in self._source.entries(self.path):
                if isinstance(line, HotlistEntry):
                    check_entry(line)
                yield line
        except AlprError:
            raise
        except Exception as error:
            raise PluginError(
                f"the data source {self.source_name!r} failed at {self.path}: {type(error).__name__}"
            ) from error

    def _check_rejects(self) -> None:
        bad, lines = len(self.rejected), len(self.rejected) + self.good
        most = max(REJECTS, lines // SHARE) if self._terms.rejects is None else self._terms.rejects
        if self.good and bad > most:
            raise InputError(
                f"{self.path}: {bad:,} of {lines:,} lines are bad, and {most:,} may be, so the hotlist stays as it "
                f"was.{self._first_bad()}\nIf the others are right: --rejects {bad}"
            )

    def _hopeless(self, number: int) -> str:
        return (
            f"{self.path}: {len(self.rejected):,} lines are bad down to line {number:,}, and {self.good:,} are good, "
            f"so the rest was not read, and the hotlist stays as it was.{self._first_bad()}"
        )

    def _stranger(self, origin: str) -> str:
        known = ", ".join(sorted(self.admission.origins))
        return (
            f"{self.path}: a line comes from {origin!r}, and nobody here knows whom that lets see it: no data source "
            f"asks such a system, and no clause speaks of it. So the hotlist stays as it was. Known are {known}"
        )

    def check_size(self, left: int, *, held: int) -> None:
        """Refuse a file that would leave less than half of a list: it may have been cut off where it was made.

        Raises:
            InputError: it would.
        """
        if 2 * left < held and not self._terms.smaller_is_right:
            raise InputError(
                f"{self.path}: the hotlist has {held:,} entries, and {left:,} would be left, so it stays as it was. "
                "If that is right: --smaller-is-right"
            )

    def check_used(self, used: int) -> None:
        """Refuse a file of which nothing can be used.

        Raises:
            InputError: saying why not.
        """
        if not used:
            raise InputError(self._all_bad())

    def _all_bad(self) -> str:
        if not (self.rejected or self.good):
            return f"{self.path}: there is nothing in it, so the hotlist stays as it was."
        out = [f"\n  {one.lines:,} lines: {one.why}" for one in self.admission.refused.values()]
        if self.admission.dropped:
            out.append(
                f"\n  {sum(self.admission.dropped.values()):,} lines: of categories that are dropped here"
            )
        return (
            f"{self.path}: no line is good, so the hotlist stays as it was.{''.join(out)}{self._first_bad()}"
        )

    def _first_bad(self) -> str:
        shown = "".join(f"\n  line {line.number}: {line.problem}" for line in self.rejected[:SHOWN])
        more = len(self.rejected) - SHOWN
        return f"{shown}\n  and {more:,} more" if more > 0 else shown

    def name_of_list(self, given: str) -> str:
        """Return the list's name: the one that was given, the one that all lines say, or the file's own.

        Raises:
            InputError: the lines name several, or it is no name.
        """
        if not given and len(self._names) > 1:
            raise InputError(
                f"{self.path}: its lines name several hotlists in the column list. A file is one hotlist: give its "
                "--name"
            )
        own = next(iter(self._names), "") or self.path.stem
        if not given and own in self._terms.configured:
            raise InputError(f"{self.path}: something is set for the hotlist {own!r}: give its --name")
        return checked_name(given or own)
