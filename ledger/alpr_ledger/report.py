"""What a verification tells: to a person line by line, to a program as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field

from .anchoring import Anchoring
from .ed25519 import LIBRARY
from .stamping import Stamping
from .state import State
from .succession import KeyRange, range_lines
from .text import encode_base64


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a verification did, and found in order.

    Attributes:
        origin: the ledger's name.
        vkey: the key that signed the newest checkpoint.
        keys: every key that signed, with its sizes, oldest first.
        pinned: whether one of those keys was given by the caller, not only named by the ledger.
        size: number of entries, all of which are covered by the newest checkpoint.
        root: Merkle root over them.
        checkpoint: the newest signed note.
        checkpoints: number of stored checkpoints, whose roots were all recomputed.
        signatures: how many of their signatures were verified; the newest always is.
        content: whether the content pass ran.
        unknown_kinds: kinds that the catalogue lacks, with the number of their entries.
        kept: sizes of the checkpoints that the caller kept and that are its beginning, ascending.
        anchoring: how far witnesses have confirmed it.
        stamping: what time stamps show.
        first: index of the first entry that was read; those before were verified earlier.
        recoveries: indexes of the entries, of those read, by which two persons had it go on after a loss.
        state: what to keep so that the next verification reads only what came since.
    """

    origin: str
    vkey: str
    keys: tuple[KeyRange, ...]
    pinned: bool
    size: int
    root: bytes
    checkpoint: bytes
    checkpoints: int
    signatures: int
    content: bool
    state: State
    first: int = 0
    recoveries: tuple[int, ...] = ()
    unknown_kinds: dict[str, int] = field(default_factory=dict)
    kept: tuple[int, ...] = ()
    anchoring: Anchoring = field(default_factory=Anchoring)
    stamping: Stamping = field(default_factory=Stamping)

    def lines(self) -> list[str]:
        """The report for a person."""
        name = "+".join(self.vkey.split("+")[:2])  # name and key ID; the key itself stands above
        whose = "the key you gave" if self.pinned else "a key the ledger itself names: compare it with yours"
        some = "all" if self.signatures == self.checkpoints else f"{self.signatures:,} (the newest)"
        lines = [
            f"ledger    {self.origin}",
            f"size      {self.size:,} entries, root {encode_base64(self.root)}",
            f"key       {self.vkey}",
            f"          {whose}",
            *range_lines(self.keys),
            f"chain     {self._read} entries: first and last bytes, leaf hashes, tree, head, tiles",
            f"          {self.checkpoints:,} checkpoints: all roots recomputed, {some} signatures verified "
            f"by {LIBRARY}",
        ]
        if self.content:
            lines.append(f"content   {self._read} entries: canonical, no key twice, fields as declared")
        else:
            lines.append("content   not checked: only the chain was asked for")
        lines += [
            f"          kind {kind!r} is not in the catalogue: {count:,} entries, fields not checked"
            for kind, count in sorted(self.unknown_kinds.items())
        ]
        lines += [
            f"recovered by entry {idx} two persons had it go on after its newest entries were lost: compare the "
            "checkpoints that you hold"
            for idx in self.recoveries
        ]
        if self.first:
            lines.append(
                f"earlier   {self.first:,} entries were verified before and not read again: "
                "only a full verification sees later edits of those"
            )
        if self.kept:
            lines.append(
                f"kept      the checkpoints that you kept ({len(self.kept):,}, up to size {self.kept[-1]:,}) "
                "are its beginning"
            )
        return [
            *lines,
            f"complete up to size {self.size:,}, signed by {name}",
            *self.stamping.lines(),
            *self.anchoring.lines(self.size),
        ]

    @property
    def _read(self) -> str:
        return f"{self.size - self.first:,}{' new' if self.first else ''}"

    def as_json(self) -> dict[str, object]:
        """The report for a program."""
        return {
            "verified": True,
            "origin": self.origin,
            "vkey": self.vkey,
            "keys": [one.as_json() for one in self.keys],
            "pinned": self.pinned,
            "size": self.size,
            "first_read": self.first,
            "root": encode_base64(self.root),
            "checkpoint": self.checkpoint.decode("utf-8"),
            "checkpoints": self.checkpoints,
            "signatures_verified": self.signatures,
            "content_checked": self.content,
            "recoveries": list(self.recoveries),
            "unknown_kinds": dict(sorted(self.unknown_kinds.items())),
            "kept": list(self.kept),
            **self.anchoring.as_json(),
            **self.stamping.as_json(),
        }
