"""The content pass: every entry is strictly parsed and checked against the catalogue.

Entries stand alone here, so large ledgers are split over processes.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from .catalogue import load_catalogue
from .entry import parse_entry
from .errors import EntryError, SourceError, VerificationError
from .source import Source, open_source

SHARE = 50_000
"""Entries below which another process costs more than it saves."""


def check(
    source: Source, first: int, size: int, processes: int, progress: Callable[[str, int, int], None]
) -> Counter[str]:
    """Check entries `first` .. `size` - 1; return the kinds that the catalogue lacks, with their numbers.

    Raises:
        VerificationError: an entry is not canonical, or holds what its kind does not declare.
    """
    processes = min(processes, (size - first) // SHARE)
    if processes < 2:
        return check_range(source, first, size, lambda done: progress("content", done, size))
    shares = [(at, min(at + SHARE, size)) for at in range(first, size, SHARE)]
    unknown: Counter[str] = Counter()
    # Spawned, not forked: a caller with threads or an open database would hand broken copies of them down.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        try:
            results = pool.map(
                _check_share, *zip(*((source.target, *share) for share in shares), strict=True)
            )
            for (_, end), found in zip(shares, results, strict=True):
                unknown += found
                progress("content", end, size)
        except BrokenProcessPool:
            raise SourceError("a process of the content pass was killed; is there memory enough?") from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return unknown


def check_range(source: Source, first: int, end: int, progress: Callable[[int], None]) -> Counter[str]:
    """Check entries `first` .. `end` - 1 in this process.

    Raises:
        VerificationError: an entry is not canonical, or holds what its kind does not declare.
    """
    catalogue, unknown = load_catalogue(), Counter[str]()
    for page in source.entries(first, end):
        for idx, data, _, _, req in page:
            try:
                body = parse_entry(data).body
                if not catalogue.check(body):
                    unknown[str(body["kind"])] += 1
            except EntryError as error:
                raise VerificationError(str(error), entry=idx) from None
            if source.has_tables and body.get("req") != req:
                raise VerificationError(
                    "its request id is stored otherwise", entry=idx, expected=body.get("req"), got=req
                )
            ref = body.get("ref")
            if isinstance(ref, int) and ref >= idx:
                raise VerificationError("it refers to an entry that is not before it", entry=idx, got=ref)
        progress(idx + 1)
    return unknown


def _check_share(target: str, first: int, end: int) -> Counter[str]:
    with open_source(target) as source:
        return check_range(source, first, end, lambda _: None)
