"""``alpr-core receive``: over a real socket, what was answered with 200 is stored, and nothing else is."""

from __future__ import annotations

import hmac
import http.client
import json
import logging
import os
import re
import select
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from alpr_core.errors import ConfigError, PluginError
from alpr_core.node import Node

pytest.importorskip("uvicorn")
pytest.importorskip("starlette")

from alpr_core.receiving import Receiver, app, senders_of, server
from alpr_core.receiving.server import Server, Tls

GOLDEN = Path(__file__).parents[1] / "plugins" / "golden" / "reads"
GROUP = (GOLDEN / "openalpr_group.json").read_bytes()
TOKEN = "0123456789abcdef0123456789abcdef"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
START = [sys.executable, "-c", "from alpr_core.cli import main; main()"]
SECRET = "shared with nobody else"
PATIENCE = 60.0

SOURCES = """
[jobs]
by = "1002"

[[source]]
use = "openalpr"
[source.options]
token = { file = "keys/openalpr" }

[[source]]
use = "verkada"
[source.options]
token = { file = "keys/verkada" }
signature = { file = "keys/verkada-signature" }

[[source]]
use = "platerecognizer"
"""


@pytest.fixture
def receiving(as_officer):
    """A node that takes reads, on the authority of its officer, 1002."""
    keys = as_officer.folder / "keys"
    keys.mkdir()
    for name, token in (("openalpr", TOKEN), ("verkada", "v" * 32), ("verkada-signature", SECRET)):
        (keys / name).write_text(token + "\n")
        (keys / name).chmod(0o600)
    with (as_officer.folder / "alpr.toml").open("a") as toml:
        toml.write(SOURCES)
    as_officer.accept()
    return as_officer


class Sender:
    """A system that sends to a server on this machine."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None) -> None:
        self.port = port
        self.context = context

    def connect(self) -> http.client.HTTPConnection:
        if self.context is None:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        return http.client.HTTPSConnection("localhost", self.port, timeout=PATIENCE, context=self.context)

    def __call__(self, path="/openalpr", body=GROUP, headers=BEARER, method="POST") -> tuple[int, dict]:
        connection = self.connect()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            self.headers = answer.headers
            said = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(said) if answer.headers["Content-Type"] == "application/json" else {}


@contextmanager
def serving(folder: Path, **given):
    """The node's receiver behind a socket, in a thread, as long as the body runs."""
    with Node.open(folder) as node:
        made = Server(node.receiver(), **given)
        listening, stop = made.listen("127.0.0.1", 0), threading.Event()
        port = listening.getsockname()[1]
        thread = threading.Thread(target=made.serve, args=(listening, stop))
        thread.start()
        try:
            yield port
        finally:
            stop.set()
            thread.join()


@pytest.fixture
def send(receiving):
    """``send(path, body)`` sends to the node's receiver, and returns status and answer."""
    with serving(receiving.folder) as port:
        yield Sender(port)


def test_what_was_answered_with_200_is_on_the_ledger_under_both_names(receiving, send) -> None:
    assert send() == (200, {"stored": 1, "doubles": 0, "rejected": 0})
    (body,) = receiving.entries("read.record")
    assert body["public"]["source"] == "openalpr"
    assert body["actor"]["id"] == "system:openalpr"
    with Node.open(receiving.folder) as node, node.site.store.snapshot() as work:
        assert body["actor"]["delegated_by"] == work.people.by_badge("1002").id


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/openalpr", {"Authorization": f"bearer {TOKEN}"}),
        ("/openalpr", {"X-API-Key": TOKEN}),
        (f"/openalpr/{TOKEN}", {}),
        (f"/openalpr/{TOKEN}", {"Content-Type": "text/plain"}),
    ],
)
def test_the_token_may_stand_where_the_sender_can_put_it(send, path, headers) -> None:
    assert send(path, headers=headers)[0] == 200


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/openalpr", {}),
        ("/openalpr", {"Authorization": "Bearer wrong"}),
        ("/openalpr", {"Authorization": f"Basic {TOKEN}"}),
        ("/openalpr", {"X-API-Key": TOKEN[:-1]}),
        ("/openalpr/wrong", {}),
        ("/verkada", BEARER),  # another source's
        ("/platerecognizer", BEARER),  # it has none, so it may not send
        ("/hotfile", BEARER),
        ("/nobody", BEARER),
        ("/nobody/%FF", {}),
    ],
)
def test_without_its_own_token_nothing_is_taken_and_nobody_learns_who_may_send(
    receiving, send, path, headers
) -> None:
    assert send(path, headers=headers) == (401, {"error": "the token is wrong or missing"})
    assert receiving.entries("read.record") == []


@pytest.mark.parametrize(("path", "status"), [("/", 404), ("/a/b/c", 404)])
def test_any_other_path_is_not_there(send, path, status) -> None:
    assert send(path)[0] == status


def test_it_is_only_posted_to(send) -> None:
    assert send(method="GET", body=None)[0] == 405


def test_a_message_that_comes_again_is_a_double_also_at_the_same_moment(receiving, send) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = [said for _, said in pool.map(lambda _: Sender(send.port)(), range(8))]
    assert sorted(said["stored"] for said in answers) == [0] * 7 + [1]
    assert sum(said["doubles"] for said in answers) == 7
    assert len(receiving.entries("read.record")) == 1


def test_a_heartbeat_is_taken_and_stores_nothing(receiving, send) -> None:
    assert send(body=b'{"data_type": "heartbeat"}') == (200, {"stored": 0, "doubles": 0, "rejected": 0})


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, {"error": "it is empty"}),
        (b"ABC123", 400, {"error": "it is no JSON"}),
        (
            GROUP.replace(b'"best_confidence": 91.25', b'"best_confidence": 1000'),
            422,
            {
                "stored": 0,
                "doubles": 0,
                "rejected": 1,
                "problems": [{"number": 1, "problem": "the confidence is not from 0 to 100"}],
            },
        ),
    ],
)
def test_what_never_will_be_a_read_is_answered_so_that_nobody_sends_it_again(
    send, body, status, said
) -> None:
    assert send(body=body) == (status, said)


def test_of_a_message_that_is_good_in_part_that_part_is_stored(send) -> None:
    bad = GROUP.replace(b'"best_uuid": "AGENT1', b'"best_uuid": "\\u0000').replace(b"\n", b"")
    status, said = send(body=GROUP.replace(b"\n", b"") + b"\n" + bad)
    assert (status, said["stored"], said["rejected"]) == (200, 1, 1)


def test_a_read_whose_picture_is_none_is_stored_and_its_sender_told(send) -> None:
    body = GROUP.replace(b'"vehicle_crop_jpeg": "', b'"vehicle_crop_jpeg": "!')
    status, said = send(body=body)
    assert (status, said["stored"], said["rejected"], said["pictures_left_out"]) == (200, 1, 0, 1)


def signed(body: bytes, at: float, secret: str = SECRET) -> dict[str, str]:
    told = hmac.digest(secret.encode(), body + b"|%d" % at, "sha256").hex()
    return {"X-API-Key": "v" * 32, "Verkada-Signature": f"{int(at)}|{told}"}


def test_what_verkada_signed_is_stored_and_what_it_did_not_is_not(receiving, send) -> None:
    body, now = (GOLDEN / "verkada.json").read_bytes(), time.time()
    for headers in (
        {"X-API-Key": "v" * 32},
        signed(body, now, "another"),
        signed(body, now - 301),
        signed(body + b" ", now),
        {**signed(body, now), "Verkada-Signature": "now|" + "0" * 64},
        {**signed(body, now), "Verkada-Signature": signed(body, now)["Verkada-Signature"] + "\u00e9"},
    ):
        assert send("/verkada", body, headers)[0] == 401
    assert receiving.entries("read.record") == []
    assert send("/verkada", body, signed(body, now))[:1] == (200,)
    assert len(receiving.entries("read.record")) == 1


def test_a_message_that_is_too_large_is_refused_before_it_is_there(receiving, send, monkeypatch) -> None:
    connection = send.connect()
    connection.putrequest("POST", "/openalpr")
    connection.putheader("Authorization", f"Bearer {TOKEN}")
    connection.putheader("Content-Length", str(app.LARGEST + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
    monkeypatch.setattr(app, "LARGEST", 1000)
    with send_in_pieces(send) as status:  # nobody said before how much it is
        assert status == 413
    assert receiving.entries("read.record") == []


@contextmanager
def send_in_pieces(send):
    connection = send.connect()
    try:
        connection.putrequest("POST", "/openalpr")
        connection.putheader("Authorization", f"Bearer {TOKEN}")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders(b"12c\r\n%b\r\n" % GROUP[:300] * 4)  # and its end never comes
        yield connection.getresponse().status
    finally:
        connection.close()


def test_a_message_that_does_not_come_is_not_waited_for(send, monkeypatch) -> None:
    monkeypatch.setattr(app, "PATIENCE", 0.05)
    connection = send.connect()
    connection.putrequest("POST", "/openalpr")
    connection.putheader("Authorization", f"Bearer {TOKEN}")
    connection.putheader("Content-Length", "10")
    connection.endheaders(b"{")
    assert connection.getresponse().status == 408
    connection.close()


def test_a_connection_on_which_nothing_is_asked_is_cut_off(send, monkeypatch) -> None:
    monkeypatch.setattr(app, "PATIENCE", 0.05)
    connection = send.connect()
    connection.connect()
    connection.sock.sendall(b"POST /openalpr HTTP/1.1\r\nHost: ")
    with suppress(ConnectionResetError):  # which is as good
        assert connection.sock.recv(1) == b""
    connection.close()
    assert send()[0] == 200


def test_one_connection_too_many_is_hung_up_on_and_those_that_are_there_are_served(
    send, monkeypatch, caplog
) -> None:
    monkeypatch.setattr(server, "AT_ONCE", 1)
    first, second = send.connect(), send.connect()
    for connection in (first, second):
        connection.connect()
    with suppress(ConnectionResetError):  # which is as good
        assert second.sock.recv(1) == b""
    first.request("POST", "/openalpr", GROUP, BEARER)
    assert first.getresponse().status == 200
    first.close()
    second.close()
    assert "more than 1 connections" in caplog.text


def test_what_is_no_http_is_logged_once_a_minute_and_without_a_word_of_it(send, caplog) -> None:
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", send.port), timeout=PATIENCE) as raw:
            raw.sendall(b"ABC123\r\n\r\n")
            assert raw.recv(100).startswith(b"HTTP/1.1 400")
    assert caplog.text.count("Invalid HTTP request") == 1
    assert "ABC123" not in caplog.text


def test_of_a_defect_in_an_answer_only_the_place_is_logged(receiving, monkeypatch, caplog) -> None:
    def broken(_taken):
        raise RuntimeError("ABC123")

    monkeypatch.setattr(app, "_summary", broken)
    with serving(receiving.folder) as port:
        assert Sender(port)()[0] == 500
    assert "RuntimeError at " in caplog.text
    assert "ABC123" not in caplog.text


@pytest.fixture
def unwritable(monkeypatch):
    """``with unwritable():`` is a time in which the ledger cannot be written."""
    from alpr_ledger.errors import LedgerError
    from alpr_ledger.log import Log

    def refuse(*_args, **_given):
        raise LedgerError("the disk is full")

    @contextmanager
    def unwritable():
        with monkeypatch.context() as patch:
            patch.setattr(Log, "append", refuse)
            yield

    return unwritable


def test_where_the_ledger_cannot_be_written_the_sender_is_told_to_send_again(
    receiving, send, unwritable
) -> None:
    body = (GOLDEN / "verkada.json").read_bytes()
    given = "/verkada", body, signed(body, time.time())
    with unwritable():
        assert send(*given) == (503, {"error": "it cannot be stored now"})
        assert send.headers["Retry-After"] == "5"
    assert receiving.entries("read.record") == []
    assert send(*given)[1]["stored"] == 1


def test_a_sender_that_takes_every_answer_for_delivery_is_given_none_until_it_is_stored(
    receiving, send, unwritable, caplog
) -> None:
    with (
        unwritable(),
        pytest.raises(ConnectionResetError),
    ):  # also where it is closed in order: RemoteDisconnected
        send()
    assert receiving.entries("read.record") == []
    assert "hung up instead" in caplog.text
    assert send() == (200, {"stored": 1, "doubles": 0, "rejected": 0})
    assert send(body=b"{}")[0] == 422  # which would never be stored, and is not to come again


def test_where_nobody_answers_any_more_it_is_to_be_sent_again(receiving, send) -> None:
    assert receiving.as_("1001", "people", "leave", "1002", "--reason", "has moved away").exit_code == 0
    body = (GOLDEN / "verkada.json").read_bytes()
    assert send("/verkada", body, signed(body, time.time()))[0] == 503
    assert receiving.entries("read.record") == []


def test_where_the_policy_does_not_let_that_person_capture_it_is_denied_and_on_record(receiving) -> None:
    receiving.log_in()
    assert receiving.add("1003", "Ada Auditor", "auditor").exit_code == 0
    receiving.change_settings('by = "1002"', 'by = "1002"\nby_job = { openalpr = "1003" }')
    with serving(receiving.folder) as port:
        assert Sender(port)() == (403, {"error": "the policy does not allow it"})
    assert receiving.entries("act.deny")[-1]["public"]["action"] == "read.record"


def test_a_defect_is_answered_and_its_words_are_told_to_nobody(send, monkeypatch, caplog) -> None:
    def broken(*_args):
        raise RuntimeError("ABC123")

    monkeypatch.setattr(Receiver, "take", broken)
    assert send() == (500, {"error": "this is a defect here"})
    assert "RuntimeError at " in caplog.text
    assert "ABC123" not in caplog.text


def test_what_is_refused_is_logged_once_a_minute_without_plate_and_token(send, caplog) -> None:
    with caplog.at_level(logging.DEBUG):
        for body in (b"ABC123", b"XYZ987", b"ABC123"):
            send(body=body)
        for _ in range(3):
            send(f"/openalpr/{TOKEN[:-1]}", headers={})
            send("/ABC123/x", headers={})
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("alpr_core.receiving")]
    assert ours == [
        "openalpr: answered 400, it is no JSON",
        "openalpr: answered 401, token",
        "somebody: answered 401, token",
    ]
    assert not re.search("ABC123|XYZ987|0123456789", caplog.text)


def test_after_a_minute_it_is_logged_again_with_how_often_it_was(caplog) -> None:
    seconds = iter([0.0, 1.0, 59.0, 60.0])
    complaints = app.Complaints(lambda: next(seconds))
    for _ in range(4):
        complaints.note("openalpr", 401, "token")
    assert [record.getMessage() for record in caplog.records] == [
        "openalpr: answered 401, token",
        "openalpr: answered 401, token; 2 more since then",
    ]


def test_over_tls_it_shows_the_certificate_that_it_was_given(receiving, tmp_path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    named = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    made = subprocess.run([*command.split(), *named], capture_output=True, check=False)
    assert made.returncode == 0, made.stderr
    key.chmod(0o600)
    with serving(receiving.folder, tls=Tls(certificate=certificate, key=key)) as port:
        send = Sender(port, ssl.create_default_context(cafile=str(certificate)))
        assert send()[0] == 200
    key.chmod(0o644)
    with Node.open(receiving.folder) as node, pytest.raises(ConfigError, match="may be read by others"):
        Server(node.receiver(), tls=Tls(certificate=certificate, key=key))
    key.chmod(0o600)
    key.write_text("no key")
    with Node.open(receiving.folder) as node, pytest.raises(ConfigError, match="cannot be used"):
        Server(node.receiver(), tls=Tls(certificate=certificate, key=key))


# --- how it starts and ends --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('by = "1002"\n', "", "nobody with an account here is named"),
        ('by = "1002"', 'by = "4711"', "nobody with an account here is named"),
        ("token =", "#", "nobody may send"),
    ],
)
def test_what_keeps_it_from_starting_is_said(receiving, old, new, said) -> None:
    toml = receiving.folder / "alpr.toml"
    toml.write_text(toml.read_text().replace(old, new))
    receiving.accept()
    result = receiving("receive", "--port", "0")
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr


def test_who_may_send_is_said_by_the_option_token_alone() -> None:
    class Forgetful:
        token = None

        def parse(self, content, content_type):
            return ()

    with pytest.raises(PluginError, match="lets nobody send by it"):
        senders_of({"mine": {"token": {"file": "keys/mine"}}}, lambda _: Forgetful())
    with pytest.raises(ConfigError, match="nobody may send"):
        senders_of({"mine": {}}, lambda _: pytest.fail("a source that nobody sends by is made"))


def test_a_token_that_could_be_tried_out_is_refused(receiving) -> None:
    (receiving.folder / "keys" / "openalpr").write_text("secret")
    result = receiving("receive", "--port", "0")
    assert (result.exit_code, "fewer than 20 characters" in result.stderr) == (2, True)
    assert "secret" not in result.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "alpr.example"])
def test_beyond_this_machine_it_listens_with_tls_unless_that_is_said(receiving, host) -> None:
    result = receiving("receive", "--host", host, "--port", "0")
    assert (result.exit_code, "--without-tls" in result.stderr) == (2, True)


def test_where_the_web_server_is_not_installed_it_is_said_how_it_is(receiving, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "alpr_core.receiving.server")
    result = receiving("receive", "--port", "0")
    assert (result.exit_code, "pip install 'alpr-core[webhooks]'" in result.stderr) == (1, True)


def test_a_port_that_is_taken_is_an_error(receiving) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = receiving("receive", "--port", str(taken.getsockname()[1]))
    assert (result.exit_code, "nothing can listen there" in result.stderr) == (1, True)


@pytest.fixture
def process(receiving):
    """``alpr-core receive`` in a process of its own; its port, once it listens."""
    with subprocess.Popen(
        [*START, "-C", str(receiving.folder), "receive", "--port", "0"],
        stderr=subprocess.PIPE,
        env=os.environ,
    ) as started:
        said, ends = "", time.monotonic() + PATIENCE
        while "listens on" not in said:
            assert time.monotonic() < ends, said
            if select.select([started.stderr], [], [], 1)[0]:
                got = os.read(started.stderr.fileno(), 65536)
                assert got, said
                said += got.decode()
        started.port = int(re.search(r"port (\d+)", said)[1])
        yield started
        started.kill()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_stopped_and_ends_in_order(receiving, process, how) -> None:
    assert Sender(process.port)() == (200, {"stored": 1, "doubles": 0, "rejected": 0})
    process.send_signal(how)
    said = process.stderr.read().decode()
    assert process.wait(PATIENCE) == 0, said
    assert "stopped" in said
    assert TOKEN not in said
    assert len(receiving.entries("read.record")) == 1


def test_it_ends_by_itself_once_other_settings_are_accepted_so_that_it_starts_under_them(
    receiving, monkeypatch
) -> None:
    monkeypatch.setattr("alpr_core.receiving.receiver.LOOK", 0.05)
    with Node.open(receiving.folder) as node, ThreadPoolExecutor(1) as pool:
        made = Server(node.receiver())
        listening = made.listen("127.0.0.1", 0)
        ended = pool.submit(made.serve, listening, threading.Event())
        assert Sender(listening.getsockname()[1])()[0] == 200
        receiving.change_settings('by = "1002"', 'by = "1001"')
        assert ended.result(PATIENCE) is True


def test_reads_are_stored_while_other_settings_wait_to_be_accepted(receiving) -> None:
    toml = receiving.folder / "alpr.toml"
    toml.write_text(toml.read_text().replace('by = "1002"', 'by = "4711"'))
    with serving(receiving.folder) as port:
        assert Sender(port)() == (200, {"stored": 1, "doubles": 0, "rejected": 0})


def test_somebody_else_may_answer_for_a_source_and_a_source_runs_at_no_moments(receiving) -> None:
    receiving.change_settings('by = "1002"', 'by = "1002"\nby_job = { openalpr = "1001" }')
    with Node.open(receiving.folder) as node:
        assert "openalpr" not in {job.name for job in node.jobs()}
    receiving.change_settings('by = "1002"', 'by = "1002"\nevery = { openalpr = "PT1H" }')
    with Node.open(receiving.folder) as node, pytest.raises(ConfigError, match="no job 'openalpr'"):
        node.jobs()
