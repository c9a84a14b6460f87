"""From a text model's steps to the strings that it may have seen, with their probabilities.

Connectionist temporal classification (Graves et al., ICML 2006): at each step the model says how probable
each character is, or "none" (blank). Many paths spell one string; its probability is the sum of theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from alpr_core.plates import ALPHABET

Steps = NDArray[np.float64]
"""T×37: for each step the probability of none, then of each character of `ALPHABET`."""

LEAST = 1e-4
"""A character less probable than this at a step is not followed there."""


class Charset:
    """The characters of a text model, and where those of plates are among them.

    Args:
        characters: in the order of the model's output, without the blank before and the space behind them.
    """

    def __init__(self, characters: Sequence[str]) -> None:
        self._characters = ("", *characters, " ")
        place = {character: index for index, character in enumerate(self._characters)}
        self._plain = [place[character] for character in ALPHABET]
        self._letters = [index for index, character in enumerate(ALPHABET, start=1) if character.isalpha()]
        self._lower = [place[character.lower()] for character in ALPHABET if character.isalpha()]

    def steps(self, output: NDArray[np.float32]) -> Steps:
        """Return the model's output (T×all characters) as steps over plates' characters.

        A lower-case letter counts as its capital. All else (hyphens, dots, state seals) counts as none.
        """
        steps: Steps = np.zeros((len(output), 1 + len(ALPHABET)))
        steps[:, 1:] = output[:, self._plain]
        steps[:, self._letters] += output[:, self._lower]
        steps[:, 0] = np.maximum(0.0, 1.0 - steps[:, 1:].sum(axis=1))
        return steps

    def text(self, output: NDArray[np.float32]) -> str:
        """Return the text as the model has it: the best character of each step, of whatever script and case."""
        best = output.argmax(axis=1)
        changes = np.flatnonzero(np.diff(best, prepend=0))
        return "".join(self._characters[best[step]] for step in changes)


def strings(steps: Steps, width: int) -> dict[str, float]:
    """Return the most probable strings and their probabilities (prefix search), at most ``width``.

    Args:
        steps: of one look at one line.
        width: how many prefixes are followed at a time.
    """
    # For each prefix: the probability of its paths that end in a blank, and in its last character.
    beam: dict[tuple[int, ...], tuple[float, float]] = {(): (1.0, 0.0)}
    for step in steps:
        none = float(step[0])
        followed = [(int(index), float(step[index])) for index in np.flatnonzero(step[1:] > LEAST) + 1]
        grown: dict[tuple[int, ...], tuple[float, float]] = {}
        for prefix, (blank, last) in beam.items():
            stays = last * float(step[prefix[-1]]) if prefix else 0.0
            before = grown.get(prefix, (0.0, 0.0))
            grown[prefix] = (before[0] + (blank + last) * none, before[1] + stays)
            for index, probability in followed:
                # A character twice in a row needs a blank between.
                paths = blank if prefix and prefix[-1] == index else blank + last
                longer = (*prefix, index)
                before = grown.get(longer, (0.0, 0.0))
                grown[longer] = (before[0], before[1] + paths * probability)
        beam = dict(sorted(grown.items(), key=lambda item: -sum(item[1]))[:width])
    return {
        "".join(ALPHABET[index - 1] for index in prefix): sum(ends)
        for prefix, ends in beam.items()
        if any(ends)
    }


def averaged(looks: Iterable[dict[str, float]]) -> dict[str, float]:
    """Return each string's mean probability over several looks at the same line."""
    looks = list(looks)
    total: dict[str, float] = {}
    for look in looks:
        for text, probability in look.items():
            total[text] = total.get(text, 0.0) + probability / len(looks)
    return total
