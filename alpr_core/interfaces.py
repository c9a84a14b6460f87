"""What a plugin object fulfils: one protocol per kind; a plugin registers a factory for it by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any, Generic, Literal, Protocol, TypeVar, runtime_checkable

from alpr_core.access_log import VendorAccess
from alpr_core.foreign import ForeignRead, RejectedRead
from alpr_core.models import Frame, HotlistEntry, Reading
from alpr_core.notice import Notice
from alpr_core.options import Options, Secret
from alpr_core.periods import Period
from alpr_core.verification import StateQuery, StateReply, StateSystem


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
    """A line of a hotlist, or of a vendor's log, that was left out.

    Attributes:
        number: 1-based line number in the file.
        problem: what is wrong with it, without quoting it whole: it may hold a plate.
    """

    number: int
    problem: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RemovedLine:
    """A line that takes entries off a hotlist: of a file that holds changes, not the whole list.

    Attributes:
        number: 1-based line number in the file.
        plate: normal form, or a partial plate, which is meant as itself.
        state: two letters; "" for entries of every state.
        nic: NCIC number of the entry; "" for every one.
    """

    number: int
    plate: str
    state: str = ""
    nic: str = ""


HotlistLine = HotlistEntry | RemovedLine | RejectedLine
"""What a line of a hotlist can be."""


@runtime_checkable
class HotlistSource(Protocol):
    """A data source with the capability ``hotlist``: delivers entries."""

    def entries(self, path: Path) -> Iterator[HotlistLine]:
        """Yield each good line as an entry and each bad one with its number, in file order.

        Where a file holds changes, a line that takes entries off is a `RemovedLine`.

        Raises:
            InputError: if the file as a whole cannot be read.
        """
        ...


@runtime_checkable
class ReadSource(Protocol):
    """A data source with the capability ``reads``: takes another system's reads out of its messages and files.

    Called from any thread, from several at once. It keeps nothing, asks nobody, and logs neither plate nor text.

    Attributes:
        token: what a sender has to show to `alpr-core receive`; None where reads come as files only.
    """

    token: Secret | None

    def parse(self, content: bytes, content_type: str) -> Sequence[ForeignRead | RejectedRead]:
        """Return each good read and each bad one, in order; [] for a message that is about something else.

        Args:
            content: of one message or file; it may hold anything.
            content_type: as the sender calls it, which need not be true; "" for a file.

        Raises:
            InputError: it cannot be read as a whole: why, in a sentence that quotes nothing of it.
        """
        ...


@runtime_checkable
class SignedSource(ReadSource, Protocol):
    """A source of reads whose messages are signed by their sender, beside the token that it shows."""

    def is_signed(self, content: bytes, headers: Mapping[str, str], now: datetime) -> bool:
        """Return whether a message is of its sender and of now; True where no secret for it is set.

        Args:
            content: of the message, as it came.
            headers: of HTTP, by their names in lower case.
            now: by this node's clock, UTC: what was signed long before is somebody's copy.
        """
        ...


@runtime_checkable
class HeedlessSource(ReadSource, Protocol):
    """A source of reads whose sender takes every answer for delivery, whatever it says, and repeats where none comes.

    Attributes:
        heedless: whether a message that cannot be stored now is to be left without an answer.
    """

    heedless: bool


@runtime_checkable
class SubscribingSource(ReadSource, Protocol):
    """A source of reads that fetches its messages itself, where its option ``broker`` says from where.

    Attributes:
        subscribes: whether it does.
    """

    subscribes: bool

    def listen(self, take: Callable[[bytes], None], stop: Event) -> None:
        """Hand over each message, and tell the broker that it is delivered only then, until told to stop.

        A broker that is away, or refuses, is tried again, with ever longer pauses; the log says so once.

        Args:
            take: returns once a message is stored, or known to be one that never will be. Raises StoreError where
                it could not be stored now: then it stays with the broker, and is handed over again.
            stop: set by whoever wants it to end, in a second or two.
        """
        ...


@runtime_checkable
class AccessLogSource(Protocol):
    """A data source with the capability ``access_log``: takes a vendor's log of who did what in its system apart.

    It keeps nothing, asks nobody, and logs neither plate nor name.
    """

    def accesses(self, content: bytes) -> Sequence[VendorAccess | RejectedLine]:
        """Return each good line as an access and each bad one with its number, in order.

        Args:
            content: of the file; it may hold anything.

        Raises:
            InputError: it cannot be read as a whole: why, in a sentence that quotes nothing of it.
        """
        ...


@runtime_checkable
class StateSource(Protocol):
    """A data source with the capability ``verify``: asks a state's system.

    Called from any thread, from several at once. It keeps nothing of an answer, and logs neither plate nor text.

    Attributes:
        system: what is declared of the system.
        simulated: whether what answers has announced itself a simulator: a live node refuses it.
    """

    system: StateSystem

    @property
    def simulated(self) -> bool:
        """Whether it is a simulator that answers."""
        ...

    def ask(self, query: StateQuery, patience: float) -> Iterator[StateReply]:
        """Send a query, and yield each answer as it comes; end once all parts have answered, or patience is over.

        An outage or a reject is an answer. Closing the iterator gives up waiting.

        Args:
            query: checked against the system's rules before anything is sent.
            patience: seconds to wait for all answers.

        Raises:
            InputError: the query breaks a rule of the system: which, and what to do; nothing was sent.
            SourceUnavailable: the system cannot be reached, or nothing at all came before patience was over, so that
                nothing is known; never a traceback.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatorSettings:
    """What a simulator is started with.

    Attributes:
        port: that it listens on, at 127.0.0.1; 0 for any that is free.
        dialect: that it speaks; "" for its usual one.
        seed: what it answers follows from it, and from what is asked.
        latency: seconds until an answer, about.
        fault: what goes wrong, in its own words; "" for nothing.
        keys: what is not public, and somebody names for it.
    """

    port: int = 0
    dialect: str = ""
    seed: int = 0
    latency: float = 0.0
    fault: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Simulator(Protocol):
    """Stands in for the system that a data source asks, on a socket of this machine; made with `SimulatorSettings`.

    What it says is invented, and it announces itself as simulated to whoever connects.
    """

    def serve(self, stop: Event, listening: Callable[[int, Sequence[str]], None]) -> None:
        """Serve until ``stop`` is set.

        Args:
            stop: set from another thread, or by a signal.
            listening: is called once with the port, and with lines for a person: what can be asked here.

        Raises:
            InputError: the port cannot be had.
        """
        ...


@runtime_checkable
class Notifier(Protocol):
    """Brings a notice to one address: by mail, by a pager, by whatever a department uses.

    Called from any thread, maybe from several at once. It has a few seconds; an own time limit below five keeps a
    machine that does not answer from holding up the notices behind it.
    """

    def send(self, notice: Notice) -> None:
        """Deliver a notice to ``notice.to``, and return only when whoever is next on its way has taken it.

        Raises:
            InputError: it could not be delivered, in a sentence that names neither secrets nor what a stranger's
                machine answered.
        """
        ...


DEFAULT_CLASS = "default"
"""The retention class that every strategy has."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RetentionLimits:
    """What the policy's clauses leave to a strategy, on the day of the purge.

    Attributes:
        least: nothing is destroyed before this is over, from capture; None if no clause says so.
        most: nothing is kept after it, from capture, unless it is held; None if no clause says so.
        then: what follows: somebody ``may``, ``should`` or ``must`` destroy; "" if no clause is about it.
        follows: the vendor whose process the policy follows, "" for none.
    """

    least: Period | None = None
    most: Period | None = None
    then: str = ""
    follows: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RetentionTerm:
    """How long the reads of one retention class are kept.

    Attributes:
        period: from when it starts; counted by the calendar, in the node's zone.
        starts: ``capture``, or ``arrival`` at the server.
        automatic: whether the purge's job destroys what is due by itself; else a person has to order it.
    """

    period: Period
    starts: Literal["capture", "arrival"] = "capture"
    automatic: bool = True


@runtime_checkable
class RetentionStrategy(Protocol):
    """Says how long reads are kept. The core holds every answer against the policy, and destroys what is due.

    Called from any thread. It has a few seconds: one that raises, blocks or answers nonsense destroys nothing.
    """

    def terms(self, limits: RetentionLimits) -> Mapping[str, RetentionTerm]:
        """Return the closed list of retention classes, each with its term; ``default`` is one of them.

        A term outside of the limits is refused, and nothing is purged.
        """
        ...

    def class_of(self, camera: str) -> str:
        """Return the retention class of what a camera sees, from that list; given at capture."""
        ...


@runtime_checkable
class PeriodicJob(Protocol):
    """What a node does by itself, again and again.

    Attributes:
        every: how often, whole seconds, a minute at least; ``[jobs.every]`` may say otherwise.
    """

    every: timedelta

    def run(self, act: Any) -> Mapping[str, int]:
        """Do it, and return counts of what was done, none of which tells anything about a person or a plate.

        Called from one thread at a time, maybe twice for one moment: what is still to be done is looked up each time.
        Whatever is raised is the run's failure: its class goes on the ledger, its words do not.

        Args:
            act: the door to the node's data, for ``system:<name>`` with the rights of the person who answers for the
                job; each of its acts is decided by the policy and stands on the ledger.
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
        factory: makes the object from an instance of ``options``; heavy imports belong in here.
        options: model of the config section ``options``.
        summary: one line for ``plugins list``.
        missing: cheap check: None if it can be used now, else what is missing and what to do.
        models: its ``models.toml``, the table of model files that ``alpr-core models`` installs (see `weights`).
        simulator: of a data source, makes what stands in for its system: ``alpr-core simulate``.
        system: of a data source that asks a state's system, what it declares of it: packs and authorities name it.
    """

    name: str
    factory: Callable[[Any], T]
    options: type[Options] = Options
    summary: str = ""
    missing: Callable[[], str | None] = always_ready
    models: Path | None = None
    simulator: Callable[[SimulatorSettings], Simulator] | None = None
    system: StateSystem | None = None


class Register(Protocol):
    """The callback that a ``register_…`` hook gets."""

    def __call__(self, plugin: Plugin[object], /) -> None:
        """Register one thing.

        A name that another plugin registers too stays unusable until one of the two is disabled.

        Raises:
            PluginError: if it is not a `Plugin`, or a malformed one.
        """
        ...
