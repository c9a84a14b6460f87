"""A message switch for tests, on a real socket: threads and plain strings, nothing of the client's or simulator's."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import xml.etree.ElementTree as ElementTree

import pytest

from alpr_core import QueryKind, ReplyKind, StateQuery
from alpr_source_leds import PROFILE as LEDS
from alpr_source_switch import SwitchOptions
from alpr_source_switch.source import SwitchSource

ORI = "OR0000000"
ENOUGH = 20.0
"""Seconds within which anything that comes at all has come."""


class Conversation:
    """One connection, from the switch's side."""

    def __init__(self, connected, dialect):
        self.socket = connected
        self.dialect = dialect

    def frame(self, kind, content=b""):
        return struct.pack(">I", len(content) + 1) + kind + content

    def send(self, data):
        self.socket.sendall(data)

    def hello(self, words=b"alpr-switch/1"):
        self.send(self.frame(b"H", words))

    def _bytes(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise ConnectionError
            data += more
        return data

    def next_frame(self):
        content = self._bytes(struct.unpack(">I", self._bytes(4))[0])
        return content[:1], content[1:]

    def query(self):
        """The next query: its key, where it goes, its control field."""
        while True:
            kind, content = self.next_frame()
            if kind == b"M":
                break
            if kind == b"P":
                self.send(self.frame(b"Q"))
        if self.dialect == "nlets-text":
            key, origin, to, control, rest = content.decode().split(".", 4)
            assert rest.startswith("TXT\r\n")
        else:
            header = ElementTree.fromstring(content)[0]
            key, origin, to, control = (element.text for element in header)
        assert origin == ORI
        return key, to, control

    def written(self, key, control, words, *, destination=ORI):
        """A reply as bytes of a message."""
        if self.dialect == "nlets-text":
            return f"{key}.OR.{destination}{'.' if control else ''}{control}.TXT\r\n{words}".encode()
        field = f"<y:DocumentControlFieldText>{control}</y:DocumentControlFieldText>" if control else ""
        return (
            '<x:NLETS xmlns:x="http://www.nlets.org/niem/1.0" xmlns:y="http://www.nlets.org/niem/nlets-hdr/1.0">'
            f"<x:NLETSMessageHeader><y:MessageKeyCodeText>{key}</y:MessageKeyCodeText>"
            f"<y:OriginatingORIID>OR</y:OriginatingORIID><y:DestinationORIID>{destination}</y:DestinationORIID>{field}"
            f"</x:NLETSMessageHeader><x:NLETSResponseData><x:ResponseText><![CDATA[{words}]]></x:ResponseText>"
            "</x:NLETSResponseData></x:NLETS>"
        ).encode()

    def reply(self, key, control, words, **how):
        self.send(self.frame(b"M", self.written(key, control, words, **how)))


class Peer:
    """A switch that does with each connection what a test says.

    Attributes:
        problems: what went wrong in it.
    """

    def __init__(self, script, dialect="nlets-text", tls=None):
        self.problems = []
        self.connections = 0
        self._script = script
        self._dialect = dialect
        self._tls = tls
        self._open = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self):
        while True:
            try:
                connected, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._converse, args=(connected,))
            self._threads.append(thread)
            thread.start()

    def _converse(self, connected):
        connected.settimeout(ENOUGH)
        try:
            if self._tls is not None:
                connected = self._tls.wrap_socket(connected, server_side=True)
            self._open.append(connected)
            with connected:
                self._script(Conversation(connected, self._dialect))
        except OSError:
            pass  # the client has gone, or does not trust us
        except Exception as error:  # noqa: BLE001  the test's own thread raises it
            self.problems.append(error)
        finally:
            connected.close()

    def close(self):
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(ENOUGH)
        assert self.problems == []


@pytest.fixture
def asking():
    """``asking(script, **options)`` is a source with a peer that follows the script; both end with the test."""
    with contextlib.ExitStack() as stack:

        def make(script, *, dialect="nlets-text", encrypted=None, **options):
            peer = Peer(script, dialect, encrypted)
            stack.callback(peer.close)
            return connected_to(peer.port, dialect=dialect, **options), peer

        def connected_to(port, **options):
            given = {"host": "127.0.0.1", "port": port, "ori": ORI, "dialect": "nlets-text", **options}
            source = SwitchSource(LEDS, SwitchOptions.model_validate(given))
            stack.callback(source.close)
            return source

        make.port = connected_to
        yield make


def query(control="A1", **changes):
    given = {"kind": QueryKind.REGISTRATION, "ori": ORI, "operator": "4711", "to": "WA", "plate": "SIM123"}
    return StateQuery(control=control, **{**given, **changes})


def answers(source, asked=None, patience=ENOUGH):
    return [(reply.message_key, reply.kind, reply.text) for reply in source.ask(asked or query(), patience)]


def both_asked(talk):
    """Say hello, and return the control field of a registration once both of its messages are here."""
    talk.hello()
    first, second = talk.query(), talk.query()
    assert (first[0], second[0]) == ("RQ", "QV")
    assert first[2] == second[2]
    return first[2]


RECORD = ("RR", ReplyKind.RECORD, "LIC/SIM123")
NOTHING = ("QV", ReplyKind.NO_RECORD, "NO RECORD")


def wait_for_the_end(talk):
    with contextlib.suppress(ConnectionError):
        while True:
            talk.next_frame()
