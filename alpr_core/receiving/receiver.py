"""Who may send, and what becomes of a message: everything but the web around it."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from alpr_core.act import Act
from alpr_core.answering import still_answers, who_answers
from alpr_core.errors import AlprError, ConfigError, PluginError, StoreError
from alpr_core.interfaces import HeedlessSource, ReadSource, SignedSource, SubscribingSource
from alpr_core.models import ANONYMOUS
from alpr_core.services.foreign_reads import Taken, take_reads
from alpr_core.site import Site
from alpr_core.store.work import Work

LOOK = 15.0
"""Seconds between two looks whether other settings were accepted."""

SHORTEST_TOKEN = 20
"""Characters of a token: nobody types it, and everybody may try."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A system that may send, or whose messages are fetched.

    Attributes:
        source: takes its messages apart.
        digest: SHA-256 of its token; b"" where it sends nothing by itself.
    """

    source: ReadSource
    digest: bytes = b""

    def admits(self, shown: Iterable[str]) -> bool:
        """Return whether one of these is its token; how long that takes tells nothing of it."""
        matches = [hmac.compare_digest(_digest(one), self.digest) for one in shown]
        return any(matches)


def senders_of(
    options: Mapping[str, Mapping[str, object]], make: Callable[[str], ReadSource]
) -> dict[str, Sender]:
    """Return who may send, by the data source's name: those whose options have a token or a broker. No other is made.

    Args:
        options: of every data source in the settings, by its name.
        make: makes one.

    Raises:
        ConfigError: a token cannot be read or is too short, or there is none at all, nor a broker.
        PluginError: such a data source delivers no reads, cannot be started, hands its token to nobody, or does not
            listen to its broker.
    """
    senders: dict[str, Sender] = {}
    for name, given in options.items():
        if not {"token", "broker"} & given.keys():
            continue
        source = make(name)
        if "broker" in given and not (isinstance(source, SubscribingSource) and source.subscribes):
            raise PluginError(
                f"the data source {name!r} has an option broker and does not listen to it: a defect of that plugin"
            )
        senders[name] = Sender(source, _digest(_token(name, source)) if "token" in given else b"")
    if not senders:
        raise ConfigError(
            ['nobody may send: a source needs token = { file = "keys/NAME" } in its options, or a broker'],
            where="[[source]]",
        )
    return senders


def _token(name: str, source: ReadSource) -> str:
    if source.token is None:
        raise PluginError(
            f"the data source {name!r} has an option token and lets nobody send by it: a defect of that plugin"
        )
    token = source.token.read()
    if len(token) < SHORTEST_TOKEN:
        raise ConfigError(
            [
                f"the token of {name} has fewer than {SHORTEST_TOKEN} characters. Make one: openssl rand -hex 32"
            ],
            where="[[source]]",
        )
    return token


class Receiver:
    """Stores what comes from those who may send.

    Args:
        site: the node's parts.
        senders: by the data source's name.
        answers: the badge number of the person on whose authority a source's reads are stored.
    """

    def __init__(
        self, site: Site, senders: Mapping[str, Sender], answers: Callable[[str], str | None]
    ) -> None:
        self._site = site
        self._senders = senders
        self._answers = answers
        self._door = Act(site, ANONYMOUS)
        self._one_at_a_time = threading.Lock()

    @property
    def names(self) -> Collection[str]:
        """Names of the sources that may send, or are listened to."""
        return self._senders.keys()

    @property
    def is_sent_to(self) -> bool:
        """Whether anybody may send by itself, so that a web server is needed."""
        return any(one.digest for one in self._senders.values())

    @property
    def subscribing(self) -> Mapping[str, SubscribingSource]:
        """The sources that fetch their messages themselves, by their names."""
        return {
            name: one.source
            for name, one in self._senders.items()
            if isinstance(one.source, SubscribingSource) and one.source.subscribes
        }

    def admits(self, name: str, shown: Collection[str]) -> bool:
        """Return whether one of the tokens shown is that of the source; of no source, none is."""
        sender = self._senders.get(name)
        return sender is not None and sender.admits(shown)

    def vouches(self, name: str, content: bytes, headers: Mapping[str, str]) -> bool:
        """Return whether the message is signed by the source's sender, where its messages are signed at all."""
        source = self._senders[name].source
        return not isinstance(source, SignedSource) or source.is_signed(content, headers, self._door.now)

    def is_heard(self, name: str) -> bool:
        """Return whether the source's sender heeds an answer that says to send again."""
        source = self._senders[name].source
        return not isinstance(source, HeedlessSource) or not source.heedless

    def take(self, name: str, content: bytes, content_type: str) -> Taken:
        """Store what a message holds, and return once it is durable; one message at a time.

        Raises:
            StoreError: nobody answers for it, or nothing can be written: it is to be sent again.
            AlprError: as `services.foreign_reads.take_reads`.
        """
        source = self._senders[name].source
        with self._one_at_a_time:  # two of the same message would both find that it is new
            return take_reads(
                self._act_of(name), content, source, source_name=name, content_type=content_type
            )

    def unanswered(self) -> list[str]:
        """Return, a sentence each, for which sources nobody answers; [] if somebody does for every one."""
        return [
            _unanswered(name)
            for name in self._senders
            if who_answers(self._door, self._answers(name)) is None
        ]

    def wait(self, stop: threading.Event, check: Callable[[], None] = lambda: None) -> bool:
        """Wait until told to stop; return whether it ended because other settings were accepted.

        Args:
            stop: set by whoever wants it to end.
            check: called now and then; what it raises ends the waiting.
        """
        while not stop.wait(LOOK):
            check()
            if self.is_outdated():
                return True
        return False

    def is_outdated(self) -> bool:
        """Return whether other settings were accepted, so that it has to be made anew; False if nobody can tell."""
        try:
            return self._door.is_outdated()
        except AlprError:  # a database that is away comes back
            return False

    def _act_of(self, name: str) -> Act:
        person = who_answers(self._door, self._answers(name))
        if person is None:
            raise StoreError(_unanswered(name))

        def guard(work: Work) -> None:
            if not still_answers(work, person, self._door.now):
                raise StoreError(f"whoever answers for {name} has just lost rights: send it again")

        return Act(self._site, replace(person, id=f"system:{name}"), guard=guard)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def _unanswered(name: str) -> str:
    return (
        f"[jobs] by: nobody with an account here is named who answers for the reads of {name}. They are stored on "
        "the authority of a person: write the badge number of one whose roles may capture (docs/importing-reads.md)"
    )
