"""``alpr-core receive`` at an MQTT broker: a message is acknowledged once its reads are stored, and not before."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import pytest
from pwdlib import PasswordHash

from alpr_core.errors import ConfigError, StoreError
from alpr_core.node import Node
from alpr_core.plugins import PluginHost
from alpr_core.receiving import Listeners, Receiver, listeners

amqtt_broker = pytest.importorskip("amqtt.broker")
publish = pytest.importorskip("paho.mqtt.publish")
mqtt = pytest.importorskip("alpr_source_reads.mqtt")

PATIENCE = 60.0
START = [sys.executable, "-c", "from alpr_core.cli import main; main()"]
TOPIC = "frigate/events"

SOURCES = """
[jobs]
by = "1002"

[[source]]
use = "frigate"
[source.options.broker]
url = "mqtt://127.0.0.1:{port}"
username = "alpr"
password = {{ file = "keys/broker" }}
"""
PASSWORD = "right and secret"
HASH = PasswordHash.recommended().hash(PASSWORD)


def ended(number: int, plate: str = "ABC123") -> bytes:
    """What Frigate publishes when a vehicle is gone."""
    after = {
        "id": f"1795442390.0-{number}",
        "camera": "front_door",
        "start_time": 1795442390.0 + number,
        "end_time": 1795442394.0 + number,
        "recognized_license_plate": plate,
        "recognized_license_plate_score": 0.97,
    }
    return json.dumps({"type": "end", "before": {}, "after": after}).encode()


class Broker:
    """An MQTT broker in a thread of its own, which knows one user.

    Args:
        port: it listens on.
        folder: for its list of users.
        listener: further settings of its listener.
    """

    def __init__(self, port: int, folder: Path, **listener: object) -> None:
        self.port = port
        users = folder / "users"
        users.write_text(f"alpr:{HASH}\n")
        self._config = {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}", **listener}},
            "plugins": {"amqtt.plugins.authentication.FileAuthPlugin": {"password_file": str(users)}},
        }

    def start(self) -> None:
        started = threading.Event()
        self._loop = asyncio.new_event_loop()

        async def begin() -> None:
            self._broker = amqtt_broker.Broker(self._config)
            await self._broker.start()
            started.set()

        def run() -> None:
            self._loop.run_until_complete(begin())
            self._loop.run_forever()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        assert started.wait(PATIENCE)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._broker.shutdown(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def publish(self, *messages: bytes, topic: str = TOPIC, **given: object) -> None:
        wanted = [{"topic": topic, "payload": one, "qos": 1} for one in messages]
        user = {"username": "alpr", "password": PASSWORD}
        publish.multiple(wanted, hostname="127.0.0.1", port=self.port, auth=user, **given)


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@pytest.fixture
def broker(free_port, tmp_path):
    """A broker on this machine."""
    made = Broker(free_port, tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def receiving(as_officer, free_port, monkeypatch):
    """A node that fetches Frigate's messages there, on the authority of its officer, 1002."""
    monkeypatch.setattr(mqtt, "PAUSES", (0.05, 0.1))
    keys = as_officer.folder / "keys"
    keys.mkdir()
    (keys / "broker").write_text(PASSWORD + "\n")
    (keys / "broker").chmod(0o600)
    with (as_officer.folder / "alpr.toml").open("a") as toml:
        toml.write(SOURCES.format(port=free_port))
    as_officer.accept()
    return as_officer


@pytest.fixture
def stored(receiving):
    """``stored(n)`` waits until n reads are stored, and returns what their other system called them."""

    def of(wanted: int) -> list[str]:
        until = time.monotonic() + PATIENCE
        while len(found := receiving.entries("read.record")) < wanted and time.monotonic() < until:
            time.sleep(0.02)
        return [one["public"]["source"] for one in found]

    return of


@contextmanager
def listening(node_folder, caplog):
    """The node's listeners, once the broker delivers to them."""
    caplog.set_level(logging.INFO, "alpr_source_reads.mqtt")
    with Node.open(node_folder) as node, Listeners(node.receiver()):
        wait_for("delivers what comes on", caplog)
        yield


def wait_for(text, caplog):
    """Wait until that is logged."""
    until = time.monotonic() + PATIENCE
    while text not in caplog.text:
        assert time.monotonic() < until, caplog.text
        time.sleep(0.01)


def test_what_frigate_publishes_is_stored_each_once(receiving, broker, stored, caplog) -> None:
    with listening(receiving.folder, caplog):
        broker.publish(ended(1), ended(1), ended(2, "XYZ987"))
        assert stored(2) == ["frigate", "frigate"]
    (actor, _) = [one["actor"]["id"] for one in receiving.entries("read.record")]
    assert actor == "system:frigate"
    assert not re.search("ABC123|XYZ987", caplog.text)


def test_what_comes_while_nobody_listens_waits_at_the_broker(receiving, broker, stored, caplog) -> None:
    with listening(receiving.folder, caplog):
        pass
    broker.publish(ended(1), ended(2))
    caplog.clear()
    with listening(receiving.folder, caplog):
        assert stored(2) == ["frigate", "frigate"]


class Wire:
    """The broker's end of a connection, packet by packet (OASIS MQTT 3.1.1, 2 and 3)."""

    def __init__(self, listening: socket.socket) -> None:
        self._socket, _ = listening.accept()
        self._socket.settimeout(PATIENCE)

    def next(self) -> tuple[int, bytes]:
        kind, length = self._read(2)
        assert length < 128
        return kind, self._read(length)

    def deliver(self, payload: bytes) -> None:
        """Let the client in, take its subscription, and hand the message over as number 7."""
        kind, body = self.next()
        assert (kind, body[:7], body[7] & 0b10) == (0x10, b"\x00\x04MQTT\x04", 0)  # a session that is kept
        self._socket.sendall(b"\x20\x02\x01\x00")
        kind, body = self.next()
        assert (kind, body[4:]) == (0x82, TOPIC.encode() + b"\x01")
        self._socket.sendall(b"\x90\x03" + body[:2] + b"\x01")
        body = len(TOPIC).to_bytes(2) + TOPIC.encode() + b"\x00\x07" + payload
        assert 128 <= len(body) < 16384
        self._socket.sendall(bytes([0x32, len(body) % 128 | 128, len(body) // 128]) + body)

    def close(self) -> None:
        self._socket.close()

    def _read(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            more = self._socket.recv(size - len(got))
            assert more, "the client has hung up"
            got += more
        return got


def test_what_cannot_be_stored_now_is_not_acknowledged_and_is_taken_when_it_comes_again(
    receiving, free_port, stored, caplog, monkeypatch
) -> None:
    take, tries = Receiver.take, []

    def take_at_the_third_try(self: Receiver, *given: object) -> object:
        tries.append(given)
        if len(tries) < 3:
            raise StoreError("the disk is full")
        return take(self, *given)

    monkeypatch.setattr(Receiver, "take", take_at_the_third_try)
    with (
        socket.create_server(("127.0.0.1", free_port)) as server,
        Node.open(receiving.folder) as node,
        Listeners(node.receiver()),
    ):
        for answer in ((0xE0, b""), (0xE0, b""), (0x40, b"\x00\x07")):  # two goodbyes, and then PUBACK
            wire = Wire(server)
            wire.deliver(ended(1))
            assert wire.next() == answer
            if answer[0] == 0x40:
                assert stored(1) == ["frigate"]
            wire.close()
    assert caplog.text.count("what it delivers stays there") == 1
    assert "ABC123" not in caplog.text


def test_a_message_that_is_none_stops_no_other(receiving, broker, stored, caplog, monkeypatch) -> None:
    monkeypatch.setattr(listeners, "LARGEST", 2000)
    with listening(receiving.folder, caplog):
        broker.publish(b"\x00 no JSON", ended(1) + 2000 * b" ", ended(2, "!"), ended(3))
        assert stored(1) == ["frigate"]
    said = [one.getMessage() for one in caplog.records if one.name == "alpr_core.receiving.complaints"]
    assert [re.match(r"frigate: answered (\d+)", one)[1] for one in said] == ["400", "413", "422"]


def test_a_broker_that_goes_away_is_found_again_when_it_is_back(receiving, broker, stored, caplog) -> None:
    with listening(receiving.folder, caplog):
        broker.stop()
        wait_for("it cannot be reached", caplog)
        caplog.clear()
        broker.start()
        wait_for("delivers what comes on", caplog)
        broker.publish(ended(1))
        assert stored(1) == ["frigate"]
    assert caplog.text.count("cannot be reached") == 0  # it is said once, however often it is tried


def test_only_the_topic_that_is_taken_is_subscribed_to(receiving, broker, stored, caplog) -> None:
    with listening(receiving.folder, caplog):
        broker.publish(ended(1), topic="frigate/tracked_object_update")
        broker.publish(ended(2))
        assert stored(1) == ["frigate"]
        assert len(receiving.entries("read.record")) == 1


def test_a_wrong_password_is_said_and_never_itself(receiving, broker, caplog) -> None:
    password = receiving.folder / "keys" / "broker"
    password.write_text("wrong and secret\n")
    with Node.open(receiving.folder) as node, Listeners(node.receiver()):
        wait_for("it refuses", caplog)
    assert "secret" not in caplog.text
    password.write_text(PASSWORD + "\n")
    with listening(receiving.folder, caplog):
        pass


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # paho leaves a refused socket open
def test_over_tls_the_broker_has_to_show_who_it_is(receiving, free_port, stored, tmp_path, caplog) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    named = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    made = subprocess.run([*command.split(), *named], capture_output=True, check=False)
    assert made.returncode == 0, made.stderr
    secure = Broker(free_port, tmp_path, ssl=True, certfile=str(certificate), keyfile=str(key))
    secure.start()
    toml = receiving.folder / "alpr.toml"
    toml.write_text(
        toml.read_text().replace(f"mqtt://127.0.0.1:{free_port}", f"mqtts://localhost:{free_port}")
    )
    receiving.accept()
    try:
        with Node.open(receiving.folder) as node, Listeners(node.receiver()):
            wait_for("no TLS with it: self-signed certificate", caplog)
        with toml.open("a") as file:
            file.write(f'ca = "{certificate}"\n')
        receiving.accept()
        with listening(receiving.folder, caplog):
            secure.publish(ended(1), tls={"ca_certs": str(certificate), "insecure": True})
            assert stored(1) == ["frigate"]
    finally:
        secure.stop()


def test_a_source_that_fails_to_listen_begins_anew_and_its_words_are_not_logged(monkeypatch, caplog) -> None:
    class Failing:
        subscribes = True

        def listen(self, take, stop) -> None:
            tries.append(1)
            if len(tries) < 3:
                raise ValueError("ABC123 is no number")
            heard.set()
            stop.wait(PATIENCE)

    class OfOne:
        subscribing = MappingProxyType({"mine": Failing()})

    heard, tries = threading.Event(), []
    monkeypatch.setattr(listeners, "PAUSE", 0.01)
    with Listeners(OfOne()):
        assert heard.wait(PATIENCE)
    assert caplog.text.count("mine does not listen any more") == 2
    assert "ValueError at " in caplog.text
    assert "ABC123" not in caplog.text


@pytest.mark.parametrize(
    ("broker", "said"),
    [
        ({"url": "mqtt://frigate.example"}, "encrypted: mqtts://"),
        ({"url": "mqtt://192.0.2.7:1883"}, "encrypted: mqtts://"),
        ({"url": "http://127.0.0.1"}, "mqtts://HOST"),
        ({"url": "mqtts://frigate.example/topic"}, "mqtts://HOST"),
        ({"url": "mqtts://[::1"}, "mqtts://HOST"),
        ({"url": "mqtts://me:secret@frigate.example"}, "settings of their own"),
        ({"url": "mqtts://frigate.example", "password": "secret"}, "never written into the configuration"),
        ({"url": "mqtts://frigate.example", "prefix": "frigate/#"}, "prefix"),
        ({"url": "mqtts://frigate.example", "ca": "nowhere.pem"}, "nowhere.pem cannot be used"),
    ],
)
def test_a_broker_that_cannot_be_meant_is_refused(broker, said, tmp_path) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        PluginHost.load().read_source("frigate", {"broker": broker}, folder=tmp_path)
    assert "secret@" not in str(refused.value)


def test_with_brokers_alone_it_needs_no_web_server_and_ends_when_told_to(receiving, broker, stored) -> None:
    command = [*START, "-C", str(receiving.folder), "receive"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=os.environ) as started:
        said, until = "", time.monotonic() + PATIENCE
        while "frigate fetches its messages itself" not in said:
            assert time.monotonic() < until, said
            if select.select([started.stderr], [], [], 1)[0]:
                said += os.read(started.stderr.fileno(), 65536).decode()
        while not receiving.entries("read.record"):
            assert time.monotonic() < until
            broker.publish(ended(1))  # until it has subscribed, nothing waits for it
        started.send_signal(signal.SIGTERM)
        _, rest = started.communicate(timeout=PATIENCE)
    assert (started.returncode, b"stopped" in rest, b"listens on" in rest) == (0, True, False)
