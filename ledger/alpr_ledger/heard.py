"""What a ledger's witnesses remember of it, as this host last heard it; a file beside that of `last_signed`.

A database that was restored on a host that remembers nothing, or a history that a stolen key signed, is seen by
those alone who remember more. What they say is kept here, so that it counts also while nobody can be asked: a ledger
that a witness contradicts gets no signature until it holds what the witness confirmed, or two persons answer for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from .checkpoint import Checkpoint, parse_checkpoint
from .entry import format_time, parse_time
from .errors import EntryError, LedgerBehind, NoteError, SourceError, StoreError
from .note import MAX_NOTE, parse_note
from .storage import FolderStorage

FORMAT = "alpr-ledger/heard/v1"
ASK_EACH = timedelta(hours=1)
"""How often the witnesses are asked; a host that remembers nothing of its ledger asks each time."""

GOING_ON = (
    "Going on would sign a second history. Bring the newer database back; if it is lost, two persons record that: "
    "alpr-core ledger recover"
)


class Verdict(StrEnum):
    """What the database says to a witness's word."""

    NEW = "new"
    """It was not asked yet."""
    HELD = "held"
    """It holds what the witness confirmed."""
    CONTRADICTS = "contradicts"
    """It does not."""
    SETTLED = "settled"
    """It does not, and an entry of two persons says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What one witness remembers.

    Attributes:
        witness: its verifier key.
        name: its name in the witness file.
        note: the checkpoint that it cosigned last, verified, with the cosignature; empty where it said none.
        time: of the cosignature, None without one.
        verdict: what the database says to it.
        entry: index of the entry that settled it, None without one.
        trouble: why it could not be asked the last time, "" where it answered.
        since: when that began, None where it answered.
    """

    witness: str
    name: str
    note: bytes = b""
    time: datetime | None = None
    verdict: Verdict = Verdict.NEW
    entry: int | None = None
    trouble: str = ""
    since: datetime | None = None

    @property
    def checkpoint(self) -> Checkpoint:
        """What it confirmed; of a word with a note alone."""
        return parse_checkpoint(parse_note(self.note).text)

    def __str__(self) -> str:
        at = "" if self.time is None else f" at {self.time:%Y-%m-%d %H:%M:%S} UTC"
        return f"the witness {self.name} confirmed {self.checkpoint.size:,} entries{at}"

    def followed_by(self, new: Word, at: datetime) -> Word:
        """What is kept of this word when the same witness says a new one."""
        if not new.trouble and self.note and not new.note:
            new = replace(
                new, trouble="it remembers nothing of this ledger any more; its keeper has to retire it"
            )
        if new.trouble:
            return replace(self, name=new.name, trouble=new.trouble, since=self.since or at)
        before = replace(self, name=new.name, trouble="", since=None)
        if not self.note:
            return new
        old, now = self.checkpoint, new.checkpoint
        if (old.size, old.root) == (now.size, now.root):
            return before
        # A contradiction stands until it is judged again: only a larger one takes its place.
        return before if self.verdict is Verdict.CONTRADICTS and now.size <= old.size else new


class Heard:
    """The file, as one process sees it. Several processes of a host share it.

    Args:
        path: the file; it and its folder are made when first needed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._storage = FolderStorage(path.parent)
        self._seen: tuple[int, ...] | None = None
        self._asked: datetime | None = None
        self._words: tuple[Word, ...] = ()

    @property
    def asked(self) -> datetime | None:
        """When the witnesses were last asked, None for never."""
        self._refresh()
        return self._asked

    @property
    def words(self) -> tuple[Word, ...]:
        """The word of each witness."""
        self._refresh()
        return self._words

    def is_due(self, now: datetime) -> bool:
        """Whether it is time to ask again."""
        asked = self.asked
        return asked is None or not asked <= now < asked + ASK_EACH

    def check(self) -> None:
        """Refuse to sign for a ledger that a witness contradicts; called before each signature.

        Raises:
            LedgerBehind: one does.
            StoreError: the file cannot be read.
        """
        for word in self.words:
            if word.verdict is Verdict.CONTRADICTS:
                raise LedgerBehind(f"{word}, which this database does not hold. {GOING_ON}")

    def take(self, words: Iterable[Word], at: datetime, *, asked: bool = True) -> None:
        """Keep what witnesses said.

        Args:
            words: as they were verified.
            at: now.
            asked: whether these are all that can be asked; one that is not among them is forgotten, unless it
                contradicts.

        Raises:
            LedgerError: it cannot be kept.
        """
        with self._changing():
            before = {word.witness: word for word in self._words}
            kept: dict[str, Word] = {}
            for word in words:
                first = replace(word, since=at if word.trouble else None)
                earlier = before.pop(word.witness, None)
                kept[word.witness] = first if earlier is None else earlier.followed_by(word, at)
            for word in before.values():
                if not asked:
                    kept[word.witness] = word
                elif word.verdict in (Verdict.CONTRADICTS, Verdict.SETTLED):
                    kept[word.witness] = replace(word, trouble="", since=None)
            self._write(at if asked else self._asked, kept.values())

    def judge(self, judged: Iterable[Word]) -> None:
        """Keep the verdicts over words that are still the same."""
        verdicts = {(word.witness, word.note): (word.verdict, word.entry) for word in judged}
        if not verdicts:
            return
        with self._changing():
            words = []
            for word in self._words:
                verdict, entry = verdicts.get((word.witness, word.note), (word.verdict, word.entry))
                words.append(replace(word, verdict=verdict, entry=entry))
            if tuple(words) != self._words:
                self._write(self._asked, words)

    def reconsider(self) -> None:
        """Let the next start judge anew what contradicts: a recovery is committed."""
        if any(word.verdict is Verdict.CONTRADICTS for word in self.words):
            self.judge(
                replace(word, verdict=Verdict.NEW)
                for word in self.words
                if word.verdict is Verdict.CONTRADICTS
            )

    def lines(self) -> list[str]:
        """What there is to say of the witnesses, for a person."""
        lines = [] if self.asked is None else [f"witnesses last asked {self.asked:%Y-%m-%d %H:%M} UTC"]
        for word in self.words:
            if word.trouble and word.since is not None:
                lines.append(
                    f"witness {word.name} could not be asked since {word.since:%Y-%m-%d %H:%M} UTC: {word.trouble}"
                )
            if word.verdict is Verdict.SETTLED:
                lines.append(
                    f"witness {word.name} remembers another ledger, of {word.checkpoint.size:,} entries: entry "
                    f"{word.entry} answers for that. It confirms nothing here until its keeper makes a new one"
                )
            elif word.verdict is Verdict.CONTRADICTS:
                lines.append(f"{word}, which this database does not hold")
        return lines

    # -- the file ---------------------------------------------------------------------------------------------

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Under a lock that stays until what was changed is written."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SourceError(f"{self.path}: cannot be written: {error.strerror}") from None
        with self._storage.alone():
            self._refresh()
            yield

    def _refresh(self) -> None:
        """Read the file if it is another one than was read."""
        try:
            status = self.path.stat()
            seen: tuple[int, ...] = (status.st_ino, status.st_mtime_ns, status.st_size)
        except OSError:
            seen = ()
        if seen != self._seen:
            self._asked, self._words = self._read()
            self._seen = seen

    def _read(self) -> tuple[datetime | None, tuple[Word, ...]]:
        data = self._storage.read(self.path.name, MAX_NOTE)
        if not data:  # empty after a power cut
            return None, ()
        with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError, EntryError, NoteError):
            fields = json.loads(data)
            if fields["format"] == FORMAT:
                return _time(fields["asked"]), tuple(_word(one) for one in fields["words"])
        raise StoreError(
            f"{self.path}: what the witnesses said is damaged. Find out why; then remove it, and they are asked again"
        )

    def _write(self, asked: datetime | None, words: Iterable[Word]) -> None:
        self._asked, self._words = asked, tuple(words)
        fields = {
            "format": FORMAT,
            "asked": None if asked is None else format_time(asked),
            "words": [_fields(word) for word in self._words],
        }
        self._storage.write(self.path.name, json.dumps(fields, indent=1).encode("ascii"))
        self._storage.sync()
        self._seen = None


def _fields(word: Word) -> dict[str, object]:
    return {
        "witness": word.witness,
        "name": word.name,
        "note": word.note.decode("utf-8"),
        "time": None if word.time is None else format_time(word.time),
        "verdict": word.verdict.value,
        "entry": word.entry,
        "trouble": word.trouble,
        "since": None if word.since is None else format_time(word.since),
    }


def _word(fields: dict[str, Any]) -> Word:
    word = Word(
        witness=str(fields["witness"]),
        name=str(fields["name"]),
        note=fields["note"].encode("utf-8"),
        time=_time(fields["time"]),
        verdict=Verdict(fields["verdict"]),
        entry=fields["entry"],
        trouble=str(fields["trouble"]),
        since=_time(fields["since"]),
    )
    if word.note:
        parse_checkpoint(parse_note(word.note).text)
    return word


def _time(text: str | None) -> datetime | None:
    return None if text is None else parse_time(text)
