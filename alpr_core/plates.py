"""What is known of plates: normal form, characters that look alike, states' syntaxes, partial plates.

Pure Python: no numpy, no file but the table of published syntaxes beside this module. Plugins may use it.
"""

from __future__ import annotations

import fnmatch
import heapq
import math
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

from alpr_core.errors import InputError, PluginError
from alpr_core.models import Candidate

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""The characters of the normal form."""

LONGEST = 16
"""More characters than any plate has."""


# ---------------------------------------------------------------------------
# Normal form and look-alikes
# ---------------------------------------------------------------------------


def normalize(text: str) -> str:
    """Return the normal form: A-Z and 0-9, accents taken off, all else left out; "" if nothing stays.

    Two plates are the same plate when their normal forms are equal.
    """
    folded = unicodedata.normalize("NFKD", text).upper()
    return "".join(character for character in folded if character in ALPHABET)


CONFUSABLE_GROUPS = ("0ODQ", "1IL", "2Z", "5S", "6G", "8B")
"""Characters that people and machines take for one another; a group's first stands for it in the skeleton.

Kept to the pairs that every reader confuses: each further pair makes more false hits than it saves.
"""

_SKELETON = str.maketrans({other: group[0] for group in CONFUSABLE_GROUPS for other in group[1:]})


def is_one_edit_away(text: str, other: str) -> bool:
    """Return whether two plates in normal form differ by at most one character: one more, less or other."""
    if len(text) > len(other):
        text, other = other, text
    if len(other) - len(text) > 1:
        return False
    same = next((place for place, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), len(text))
    return text[same + (len(text) == len(other)) :] == other[same + 1 :]


def skeleton(plate: str) -> str:
    """Return the plate with every confusable character replaced by the one that stands for its group.

    Two plates may be taken for one another exactly when their skeletons are equal. Wildcards stay.

    Args:
        plate: a plate in normal form, or a partial plate.
    """
    return plate.translate(_SKELETON)


def confusions(seen: str, listed: str) -> tuple[tuple[int, str], ...]:
    """Return where two plates of one skeleton differ: 1-based position and the pair, as ``(3, "0/O")``.

    Args:
        seen: normal form of what was read; first in each pair.
        listed: normal form of what it met.

    Returns:
        () when they are equal, or when their skeletons differ so that no confusion explains it.
    """
    if skeleton(seen) != skeleton(listed):
        return ()
    pairs = enumerate(zip(seen, listed, strict=True), start=1)
    return tuple((position, f"{ours}/{theirs}") for position, (ours, theirs) in pairs if ours != theirs)


# ---------------------------------------------------------------------------
# Partial plates
# ---------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Partial:
    """A plate of which some characters are not known: ``?`` is one character, ``*`` any number, also none.

    Attributes:
        text: normal form with its wildcards.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> Partial:
        """Return the partial plate that a person wrote; spaces and hyphens are left out.

        A text without wildcards is a partial plate too: one that only that plate matches.

        Raises:
            InputError: if it holds nothing but wildcards, or is longer than any plate.
        """
        folded = unicodedata.normalize("NFKD", text).upper()
        kept = "".join(character for character in folded if character in ALPHABET or character in "?*")
        kept = re.sub(r"\*+", "*", kept)
        if not kept.strip("?*"):
            raise InputError("a partial plate needs at least one known letter or digit")
        if len(kept.replace("*", "")) > LONGEST:
            raise InputError(f"a partial plate has at most {LONGEST} characters besides *")
        return cls(text=kept)

    @property
    def known(self) -> int:
        """How many of its characters are known."""
        return sum(character not in "?*" for character in self.text)

    @property
    def is_exact(self) -> bool:
        """Whether it has no wildcard."""
        return self.known == len(self.text)

    def matches(self, plate: str) -> bool:
        """Say whether ``plate``, in normal form, can be this one."""
        return self._expression.match(plate) is not None

    @property
    def like(self) -> str:
        """The same for SQL's LIKE. Nothing needs escaping: a normal form holds no ``_`` and no ``%``."""
        return self.text.replace("?", "_").replace("*", "%")

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        return re.compile(fnmatch.translate(self.text))  # its * cannot backtrack without end


def is_partial(text: str) -> bool:
    """Say whether the text holds a wildcard, ``?`` or ``*``."""
    return "?" in text or "*" in text


_WRITTEN = frozenset(ALPHABET + "?* -.·•/")
"""What a person writes of a plate, with what parts its groups."""


def parse(text: str) -> str:
    """Return the normal form of a plate, or of a partial plate, that a person or a file wrote.

    Stricter than `normalize`: what can stand on no plate is refused here, because leaving it out would quietly
    make another plate of it.

    Raises:
        InputError: if it holds such a character, or no letter and no digit, or is longer than any plate.
    """
    if text.isascii() and text.isalnum() and len(text) <= LONGEST:
        return text.upper()
    folded = unicodedata.normalize("NFKD", text).upper()
    if any(c not in _WRITTEN and not c.isspace() and not unicodedata.combining(c) for c in folded):
        raise InputError(
            "a plate has letters A to Z and digits; ? stands for one character, * for any number"
        )
    return Partial.parse(text).text


# ---------------------------------------------------------------------------
# Syntaxes
# ---------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Syntax:
    """One layout of plates that an authority issues or has issued.

    Attributes:
        region: who issues it: "us-or", "es".
        name: what kind of plate: "passenger", "commercial".
        pattern: ``@`` is a letter, ``#`` a digit, ``[ABC]`` or ``[1-9]`` one of these, ``{2,3}`` after any of
            them how often, any other letter or digit itself.
        source: where this is published.
    """

    region: str
    name: str
    pattern: str
    source: str

    def __post_init__(self) -> None:
        _compile(self.pattern)

    def matches(self, text: str) -> bool:
        """Say whether the whole of ``text``, in normal form, has this layout."""
        return _compile(self.pattern).fullmatch(text) is not None


@dataclass(frozen=True)
class SyntaxBook:
    """The syntaxes that weigh candidates: the published ones, and those of plugins."""

    syntaxes: tuple[Syntax, ...]

    def extended(self, more: Iterable[Syntax]) -> SyntaxBook:
        """Return a book with ``more`` after these."""
        return SyntaxBook((*self.syntaxes, *more))

    def of(self, region: str) -> tuple[Syntax, ...]:
        """Return the syntaxes of a state ("us-or") or of a whole country ("us"); all of them for ""."""
        if not region:
            return self.syntaxes
        return tuple(s for s in self.syntaxes if s.region == region or s.region.startswith(region + "-"))

    def matches(self, text: str, region: str = "") -> bool:
        """Say whether ``text``, in normal form, has a layout of ``region`` (see `of`)."""
        return any(syntax.matches(text) for syntax in self.of(region))


_PATTERN = re.compile(r"(@|#|\[(?:[0-9A-Z](?:-[0-9A-Z])?)+\]|[0-9A-Z])(\{[0-9]{1,2}(?:,[0-9]{1,2})?\})?")


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    position, expression = 0, ""
    while position < len(pattern):
        part = _PATTERN.match(pattern, position)
        if part is None:
            raise PluginError(f"syntax {pattern!r}: cannot be understood from {pattern[position:]!r} on")
        which, how_often = part.groups(default="")
        expression += {"@": "[A-Z]", "#": "[0-9]"}.get(which, which) + how_often
        position = part.end()
    try:
        return re.compile(expression)
    except re.error as error:
        raise PluginError(f"syntax {pattern!r}: {error}") from error


@cache
def published() -> SyntaxBook:
    """Return the syntaxes that this package knows, each with its source."""
    table = tomllib.loads(resources.files("alpr_core").joinpath("syntaxes.toml").read_text("utf-8"))
    return SyntaxBook(tuple(Syntax(**row) for row in table["syntax"]))


def matches(text: str, region: str = "", book: SyntaxBook | None = None) -> bool:
    """Say whether ``text``, in normal form, has a layout of ``region`` ("us-or", "us", "" for any)."""
    return (book or published()).matches(text, region)


LAYOUT_ODDS = 5.0
"""How many times more probable a string becomes by having a published layout.

Measured on photographs: between 2 and 30 nothing changes, so the figure is no fit. Small on purpose:
personalised plates have no layout, and what was seen clearly must stand.
"""


def weigh(
    candidates: Sequence[Candidate], region: str = "", book: SyntaxBook | None = None
) -> tuple[Candidate, ...]:
    """Return the same candidates, those that have a layout of the region's country made more probable.

    Nothing is invented and nothing dropped, and the sum of the probabilities stays what it was. Within a
    country all states count alike: cars travel.

    Args:
        candidates: n-best of a recognizer, in any order.
        region: as the recognizer saw it: "us-or", "us", "es"; "" if unknown, then any layout counts. Where no
            syntax of the country is known, nothing changes but the order.
        book: the syntaxes; the published ones if None.

    Returns:
        By descending confidence; of equal ones the first stays first.
    """
    country = region.partition("-")[0]
    book = book or published()
    weights = [
        candidate.confidence * (LAYOUT_ODDS if book.matches(candidate.text, country) else 1.0)
        for candidate in candidates
    ]
    total = sum(weights)
    scale = sum(candidate.confidence for candidate in candidates) / total if total > 0 else 1.0
    # With one candidate of weight the scale can round to a hair above 1.
    weighed = [
        Candidate(text=candidate.text, confidence=min(1.0, weight * scale))
        for candidate, weight in zip(candidates, weights, strict=True)
    ]
    return tuple(sorted(weighed, key=lambda candidate: -candidate.confidence))


# ---------------------------------------------------------------------------
# n-best
# ---------------------------------------------------------------------------


def n_best(slots: Sequence[Sequence[float]], alphabet: str, n: int, pad: str = "") -> tuple[Candidate, ...]:
    """Return the ``n`` most probable distinct strings that can be read from per-slot probabilities.

    Best first: no more is looked at than is returned. A string that several paths spell (pads may stand
    anywhere) has the probability of its best path.

    Args:
        slots: for each slot, the probability of each character of ``alphabet``.
        alphabet: one character for each column.
        n: how many at most.
        pad: the character of ``alphabet`` that means "nothing here"; "" if there is none.

    Returns:
        By descending confidence; fewer than ``n`` where there are no more with a probability above 0.
    """
    ranked = [
        sorted(((p, char) for p, char in zip(slot, alphabet, strict=True) if p > 0), reverse=True)
        for slot in slots
    ]
    if n < 1 or not all(ranked):
        return ()
    best: dict[str, float] = {}
    # A path is one rank per slot. Its successors worsen one slot, at or after the last one that was worsened:
    # so each path is reached once, and never before a more probable one.
    first = (0,) * len(ranked)
    heap = [(-math.prod(slot[0][0] for slot in ranked), first, 0)]
    while heap and len(best) < n:
        negated, path, last = heapq.heappop(heap)
        text = "".join(slot[rank][1] for slot, rank in zip(ranked, path, strict=True)).replace(pad, "")
        if text:
            best.setdefault(text, -negated)
        for place in range(last, len(ranked)):
            slot, rank = ranked[place], path[place]
            if rank + 1 == len(slot):
                continue
            # max: rounding must not make a worse path look better.
            worse = max(negated, negated / slot[rank][0] * slot[rank + 1][0])
            if worse < 0:
                heapq.heappush(heap, (worse, (*path[:place], rank + 1, *path[place + 1 :]), place))
    return tuple(Candidate(text=text, confidence=p) for text, p in best.items())
