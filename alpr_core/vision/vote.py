"""What the readings of one vehicle say together.

Each reading votes for the texts among its candidates with the logarithm of how much more probable it holds them
than a text it does not list. A sharp reading therefore weighs much and a blurred one next to nothing, without any
threshold between them. Neighbouring frames make the same mistakes, so many frames are worth only a few
independent ones: without that, fifty blurred frames would look like certainty.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from alpr_core.models import Candidate, Reading

CORRELATION = 0.1
"""How alike the errors of two frames of one vehicle are: n frames count as n / (1 + CORRELATION * (n - 1))."""

LEAST_PROBABILITY = 1e-3
"""No reading is surer than this that a text which it does not list is wrong."""

UNLISTED_TEXTS = 50
"""How many texts that no reading lists share the probability left over for them."""

LOST_EDGE = 0.2
"""Share of its votes that a text gives to the same text with one character more at an end: an edge character is
lost (a tight box, dirt, a frame) more often than one is invented, so the longer text wins a close vote."""

AGREEMENT = 3.0
"""Two votes agree when one text for both costs them at most this much of their own best ones together."""

REMEMBERED = 64
"""Texts kept per vehicle: memory stays flat however long it stands before the camera."""


class Vote:
    """The candidates of one vehicle, collected over frames."""

    def __init__(self) -> None:
        self._votes: dict[str, float] = {}
        self._clear: dict[str, float] = {}
        self._weight = 0.0

    def add(self, reading: Reading, weight: float) -> None:
        """Count one reading.

        Args:
            reading: of this vehicle, in a further frame.
            weight: how good the view was, 0 to 1.
        """
        left_over = 1.0 - sum(candidate.confidence for candidate in reading.candidates)
        floor = min(reading.candidates[-1].confidence, left_over / UNLISTED_TEXTS)
        floor = max(floor, LEAST_PROBABILITY)
        for candidate in reading.candidates:
            votes = weight * math.log(max(candidate.confidence, floor) / floor)
            _add(self._votes, candidate.text, votes)
            _add(self._clear, candidate.text, weight * candidate.confidence)
        self._weight += weight
        self._forget()

    def absorb(self, other: Vote) -> None:
        """Count all that ``other`` counted, too."""
        for text, votes in other._votes.items():
            _add(self._votes, text, votes)
            _add(self._clear, text, other._clear[text])
        self._weight += other._weight
        self._forget()

    def best(self) -> str:
        """Return the text with most votes."""
        return max(self._votes, key=self._total)

    def clear_views(self) -> float:
        """Return how many frames' worth of certainty the best text has: the sum of weight times probability."""
        return self._clear[self.best()]

    def candidates(self, n: int) -> tuple[Candidate, ...]:
        """Return the ``n`` best texts with their probabilities, best first. Their sum is below 1."""
        worth = 1.0 / (1.0 + CORRELATION * max(0.0, self._weight - 1.0))
        totals = sorted(
            ((self._total(text), text) for text in self._votes), key=lambda pair: (-pair[0], pair[1])
        )
        most = totals[0][0]
        odds = [math.exp(worth * (total - most)) for total, _ in totals]
        whole = sum(odds) + UNLISTED_TEXTS * math.exp(-worth * most)
        return tuple(
            Candidate(text=text, confidence=share / whole)
            for (_, text), share in zip(totals[:n], odds, strict=False)
        )

    def agrees(self, other: Vote) -> bool:
        """Say whether both may be about one plate: some text is nearly as good for each as its own best."""
        shared = self._votes.keys() & other._votes.keys()
        if not shared:
            return False
        together = max(self._votes[text] + other._votes[text] for text in shared)
        return max(self._votes.values()) + max(other._votes.values()) - together <= AGREEMENT

    def _total(self, text: str) -> float:
        shorter = max(self._votes.get(text[1:], 0.0), self._votes.get(text[:-1], 0.0))
        return self._votes[text] + LOST_EDGE * shorter

    def _forget(self) -> None:
        # Twice as many before any goes, so that a newcomer has time to gather votes.
        if len(self._votes) > 2 * REMEMBERED:
            kept = sorted(self._votes, key=self._votes.__getitem__, reverse=True)[:REMEMBERED]
            self._votes = {text: self._votes[text] for text in kept}
            self._clear = {text: self._clear[text] for text in kept}


def character_confidences(candidates: Sequence[Candidate]) -> tuple[float, ...]:
    """Return for each character of the first candidate how much of the candidates' probability agrees with it.

    Candidates of another length say nothing about single places and are left out.
    """
    text = candidates[0].text
    rivals = [candidate for candidate in candidates if len(candidate.text) == len(text)]
    whole = sum(candidate.confidence for candidate in rivals)
    if whole <= 0.0:
        return (0.0,) * len(text)
    return tuple(
        min(1.0, sum(rival.confidence for rival in rivals if rival.text[place] == character) / whole)
        for place, character in enumerate(text)
    )


def _add(sums: dict[str, float], text: str, amount: float) -> None:
    sums[text] = sums.get(text, 0.0) + amount
