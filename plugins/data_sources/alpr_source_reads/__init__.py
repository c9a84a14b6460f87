"""Data sources for the reads of other systems: one module a format, each registered under its system's name.

docs/importing-reads.md describes what is taken of each format, and what is not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alpr_core import Options, Plugin, ReadSource, Register, hookimpl
from alpr_source_reads.options import (
    FlockOptions,
    FrigateOptions,
    GenetecOptions,
    OpenAlprOptions,
    ReadOptions,
    VerkadaOptions,
)


def make_openalpr(options: OpenAlprOptions) -> ReadSource:
    """Make the source ``openalpr``."""
    from alpr_source_reads.openalpr import OpenAlpr

    return OpenAlpr(options)


def make_platerecognizer(options: ReadOptions) -> ReadSource:
    """Make the source ``platerecognizer``."""
    from alpr_source_reads.platerecognizer import PlateRecognizer

    return PlateRecognizer(options)


def make_flock(options: FlockOptions) -> ReadSource:
    """Make the source ``flock``."""
    from alpr_source_reads.flock import Flock

    return Flock(options)


def make_genetec(options: GenetecOptions) -> ReadSource:
    """Make the source ``genetec``."""
    from alpr_source_reads.genetec import Genetec

    return Genetec(options)


def make_verkada(options: VerkadaOptions) -> ReadSource:
    """Make the source ``verkada``."""
    from alpr_source_reads.verkada import Verkada

    return Verkada(options)


def make_frigate(options: FrigateOptions) -> ReadSource:
    """Make the source ``frigate``."""
    from alpr_source_reads.frigate import Frigate

    return Frigate(options)


_SOURCES: tuple[tuple[str, Callable[[Any], ReadSource], type[Options], str], ...] = (
    ("openalpr", make_openalpr, OpenAlprOptions, "Reads of OpenALPR and Rekor: alpr_group and alpr_results."),
    (
        "platerecognizer",
        make_platerecognizer,
        ReadOptions,
        "Reads of Plate Recognizer Stream: webhook and CSV.",
    ),
    ("flock", make_flock, FlockOptions, "Reads from CSV files whose columns the options name, as Flock's."),
    ("genetec", make_genetec, GenetecOptions, "Reads of Genetec AutoVu cameras, from their XML."),
    ("verkada", make_verkada, VerkadaOptions, "Reads of Verkada's cameras, from their webhook."),
    ("frigate", make_frigate, FrigateOptions, "Reads of Frigate, from the messages that it publishes."),
)


@hookimpl
def register_data_sources(register: Register) -> None:
    """Register every format."""
    for name, factory, options, summary in _SOURCES:
        register(Plugin(name=name, factory=factory, options=options, summary=summary))
