"""The data source that all states share: asks a switch by a profile's rules. Fulfils `alpr_core.StateSource`."""

from __future__ import annotations

import dataclasses
import queue
import ssl
import time
import weakref
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from alpr_core import ConfigError, QueryKind, ReplyKind, SourceUnavailable, StateQuery, StateReply
from alpr_source_switch import niem, text
from alpr_source_switch.answers import SWITCH, Answers
from alpr_source_switch.link import Line, Link, Lost, SentAgain
from alpr_source_switch.message import PREFIX, Message
from alpr_source_switch.options import SwitchOptions, Tls
from alpr_source_switch.profile import LOCAL_PREFIXES, PUBLISHED, REPLY_KEYS, Profile
from alpr_source_switch.questions import parts, questions

DIALECTS = {"nlets-text": text, "nlets-niem": niem}


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SwitchSource:
    """Asks one state's system.

    Args:
        profile: of that system.
        options: where it is, and how it is spoken with.
        now: tells the time, UTC.

    Attributes:
        system: what the profile declares, with the parts that these options ask.

    Raises:
        ConfigError: an option does not go with the profile, or a certificate cannot be used.
    """

    def __init__(
        self, profile: Profile, options: SwitchOptions, *, now: Callable[[], datetime] = _utc_now
    ) -> None:
        _check(profile, options)
        self.system = dataclasses.replace(
            profile.system, parts=parts(profile, QueryKind.REGISTRATION, options.keys)
        )
        self._profile = profile
        self._options = options
        self._now = now
        self._dialect = DIALECTS[options.dialect]
        self._answers = Answers(
            profile=profile, no_record=options.no_record or profile.no_record, keys=options.keys
        )
        self._said_so = False
        self._link = Link(_line(profile, options))
        weakref.finalize(self, self._link.close)  # also at the program's end

    @property
    def simulated(self) -> bool:
        """Whether what answers has announced itself a simulator; known from the first connection on."""
        return self._link.simulated or self._said_so

    def close(self) -> None:
        """End the connection; whoever waits is told that nothing is known."""
        self._link.close()

    def ask(self, query: StateQuery, patience: float) -> Iterator[StateReply]:
        """Send a query, and yield each answer as it comes: see `alpr_core.StateSource`.

        Raises:
            InputError: the query breaks a rule of the system: which, and what to do; nothing was sent.
            SourceUnavailable: the system cannot be reached, or no answer came in time.
        """
        messages = questions(
            self._profile,
            query,
            ori=self._options.ori,
            dialect=self._options.dialect,
            keys=self._options.keys,
        )
        return self._replies(query, messages, patience)

    def _replies(
        self, query: StateQuery, messages: tuple[Message, ...], patience: float
    ) -> Iterator[StateReply]:
        bodies = tuple(self._dialect.encode_query(message) for message in messages)
        sent = [message.key for message in messages]
        missing = set(parts(self._profile, query.kind, self._options.keys))
        deadline = time.monotonic() + patience
        came, nameless = False, 0
        with self._link.sent(query.control, bodies, real_only=query.live) as inbox:
            while len(missing) > nameless:
                try:
                    got = inbox.get(timeout=max(0.0, deadline - time.monotonic()))
                except queue.Empty:
                    got = Lost(f"no answer came within {patience:g} s")
                if isinstance(got, Lost):
                    if came:
                        return
                    raise SourceUnavailable(
                        f"{self._place()}: {got.problem}. Nothing is known; ask again later."
                    )
                if isinstance(got, SentAgain):
                    nameless = 0  # whoever refused a message before refuses it again
                    continue
                message = dataclasses.replace(got.message, control=query.control)
                reply = self._answers.read(
                    message, state=query.state, received_at=self._now(), simulated=got.simulated
                )
                self._said_so |= reply.simulated
                missing.discard(reply.part)
                if not got.to_all and reply.part == SWITCH and reply.kind in _REFUSALS:
                    # One that names its message ends the waiting for that one's answer, and only for that.
                    named = self._answers.refused(reply.text, sent)
                    missing -= named
                    nameless += not named
                came = True
                yield reply

    def _place(self) -> str:
        return f"{self.system.title} at {self._options.host}, port {self._options.port}"


_REFUSALS = frozenset({ReplyKind.REJECTED, ReplyKind.OUT_OF_SERVICE})


def _line(profile: Profile, options: SwitchOptions) -> Line:
    return Line(
        title=profile.system.title,
        host=options.host,
        port=options.port,
        tls=None if options.tls is None else _context(options.tls),
        server_name=(options.tls.server_name if options.tls else "") or options.host,
        framing=profile.framing,
        decode=DIALECTS[options.dialect].decode_reply,
        ori=options.ori,
        connect_timeout=options.connect_timeout,
        heartbeat=options.heartbeat,
        attempts=options.attempts,
    )


def _context(tls: Tls) -> ssl.SSLContext:
    """Return what encrypts: TLS 1.2 at least, the server's certificate and name checked.

    Raises:
        ConfigError: a file cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=tls.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if tls.certificate is not None and tls.key is not None:
            if tls.key.stat().st_mode & 0o077:
                problem = f"{tls.key} may be read by others. Run: chmod 600 {tls.key}"
                raise ConfigError([problem], where="[source.options.tls]")
            context.load_cert_chain(tls.certificate, tls.key, password="")  # a locked key asks nobody
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
        files = ", ".join(str(each) for each in (tls.ca, tls.certificate, tls.key) if each is not None)
        raise ConfigError([f"{files} cannot be used: {why}."], where="[source.options.tls]") from error
    return context


def _check(profile: Profile, options: SwitchOptions) -> None:
    system, problems = profile.system, []
    if not system.ori.fullmatch(options.ori):
        problems.append(f"ori is none that may ask {system.title}.")
    for name, key in options.keys.items():
        if name not in profile.local:
            known = ", ".join(sorted(profile.local)) or "none"
            problems.append(f"keys.{name}: {system.title} has no such key. There are: {known}.")
        elif name in LOCAL_PREFIXES:
            if not PREFIX.fullmatch(key):
                problems.append(f"keys.{name} is no field's prefix: three capital letters.")
        elif key in PUBLISHED | REPLY_KEYS.keys() | {"SM", "AM", profile.rejected}:
            problems.append(f"keys.{name} is a published key, {key}: the state's own query has its own.")
    own = {name: options.keys[name] for name in ("registration", "partial") if name in options.keys}
    if options.keys.get("state_file") in own.values():
        problems.append("keys.state_file is that of registrations too: nobody could tell the answers apart.")
    if problems:
        raise ConfigError(problems, where="[source.options]")
