"""What a plugin object fulfils: one protocol per kind; a plugin registers a factory for it by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, ConfigDict

from alpr_core.models import Frame, HotlistEntry, Reading


class Options(BaseModel):
    """Base of every plugin's options: unknown keys are refused, values don't change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@runtime_checkable
class Recognizer(Protocol):
    """Finds and reads plates in one frame.

    Called from one thread at a time. Keeps nothing between frames.
    """

    def recognize(self, frame: Frame) -> Sequence[Reading]:
        """Return one reading for each plate box, in no particular order, [] if there is none.

        Candidates carry the recognizer's own probabilities: weighing them by the states' syntaxes is the
        pipeline's work.

        Raises:
            InputError: if the image cannot be used.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class RejectedLine:
    """A line of a hotlist that was left out.

    Attributes:
        number: 1-based line number in the file.
        problem: what is wrong with it, without quoting it whole: it may hold a plate.
    """

    number: int
    problem: str


@runtime_checkable
class HotlistSource(Protocol):
    """A data source with the capability ``hotlist``: delivers entries."""

    def entries(self, path: Path) -> Iterator[HotlistEntry | RejectedLine]:
        """Yield each good line as an entry and each bad one with its number, in file order.

        Raises:
            InputError: if the file as a whole cannot be read.
        """
        ...


T = TypeVar("T", covariant=True)


def always_ready() -> None:
    """Say that nothing is missing: the default of `Plugin.missing`."""
    return


@dataclass(frozen=True, kw_only=True)
class Plugin(Generic[T]):
    """One registered thing: what the core knows of it before it makes one.

    Attributes:
        name: unique within its kind; what the config's ``use`` says.
        factory: makes the object from validated options; heavy imports belong in here.
        options: model of the config section ``options``.
        summary: one line for ``plugins list``.
        missing: cheap check: None if it can be used now, else what is missing and what to do.
    """

    name: str
    factory: Callable[[Options], T]
    options: type[Options] = Options
    summary: str = ""
    missing: Callable[[], str | None] = always_ready


class Register(Protocol):
    """The callback that a ``register_…`` hook gets."""

    def __call__(self, plugin: Plugin[object], /) -> None:
        """Register one thing.

        Raises:
            PluginError: if the name is taken, naming both distributions.
        """
        ...
