"""What a plugin's object, and the module that it is from, still hold of what they were told."""

from __future__ import annotations

import gc
import sys
from types import FunctionType, ModuleType

from alpr_core.kit.traces import words_in

MOST_OBJECTS = 300_000
"""Objects behind a plugin that are looked through for what it should have forgotten."""


def words_behind(thing: object) -> set[str]:
    """Return the words in all texts that a thing, and the module that it is from, hold."""
    gc.collect()
    module = sys.modules.get(type(thing).__module__)
    waiting: list[object] = [thing, *(vars(module).values() if module is not None else ())]
    seen: set[int] = set()
    words: set[str] = set()
    while waiting and len(seen) < MOST_OBJECTS:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, ModuleType):
            continue
        seen.add(id(one))
        if isinstance(
            one, FunctionType | type
        ):  # what belongs to another module leads through all of this program
            if one.__module__ == type(thing).__module__:
                waiting.extend([*vars(one).values(), getattr(one, "__closure__", None)])
            continue
        if isinstance(one, str | bytes | bytearray):
            words |= words_in(one if isinstance(one, str) else one.decode("latin-1"))
        waiting.extend(one if isinstance(one, dict) else ())  # whose keys the collector passes over
        waiting.extend(gc.get_referents(one))
    return words
