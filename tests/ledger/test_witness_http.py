"""A witness over HTTP and on a stick: the same bytes, and the command that runs it."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from alpr_ledger import outgoing
from alpr_ledger.__main__ import main
from alpr_ledger.checkpoint import parse_checkpoint
from alpr_ledger.errors import NoteError, WitnessError
from alpr_ledger.keys import SigningKey
from alpr_ledger.note import COSIGNATURE, Vkey, parse_note
from alpr_ledger.policy import read_policy
from alpr_ledger.proof import ConsistencyProof
from alpr_ledger.reader import Reader
from alpr_ledger.stick import answer_requests, read_exchange, write_request
from alpr_ledger.witness import Answer, Witness, origin_hash, read_answer
from alpr_ledger.witness_http import WitnessServer, fetch_checkpoint, submit

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ORIGIN = "ledger.example/test"


@pytest.fixture
def witness(tmp_path, key):
    policy = read_policy(f"log {key.vkey}\nquorum none\n".encode())
    (tmp_path / "witness").mkdir()
    return Witness(
        SigningKey("witness.example/clerk", bytes([7]) * 32), policy, tmp_path / "witness", lambda: AT
    )


@pytest.fixture
def url(witness):
    """Where the witness listens."""
    with WitnessServer(witness, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def request_for(ledger, old: int, size: int) -> ConsistencyProof:
    with ledger.reading() as connection:
        reader = Reader(connection)
        return ConsistencyProof(old, tuple(reader.consistency_proof(old, size)), reader.checkpoint(size))


class TestHttp:
    def test_a_ledger_is_cosigned_as_it_grows_and_monitors_see_it(self, sqlite_ledger, witness, url):
        sqlite_ledger.append_some(5)
        sqlite_ledger.append_some(300)
        assert fetch_checkpoint(url, ORIGIN) is None
        for old, size in ((0, 6), (6, 306)):
            request = request_for(sqlite_ledger, old, size)
            found = read_answer(submit(url, request), request.signed()[0].text, witness.vkey)
            assert found.time == AT
            seen = parse_note(fetch_checkpoint(url + "/", ORIGIN))
            assert parse_checkpoint(seen.text).size == size
            assert len(seen.signatures) == 2

    def test_a_conflict_tells_the_size_in_its_own_type(self, sqlite_ledger, url):
        submit(url, request_for(sqlite_ledger, 0, 1))
        answer = submit(url, request_for(sqlite_ledger, 0, 1))
        assert answer == Answer(409, b"1\n", "text/x.tlog.size")

    def test_one_connection_takes_several_requests(self, url, sqlite_ledger):
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
        for status in (200, 409):
            connection.request("POST", "/add-checkpoint", request_for(sqlite_ledger, 0, 1).to_bytes())
            answer = connection.getresponse()
            answer.read()
            assert answer.status == status
        connection.close()

    @pytest.mark.parametrize(
        ("method", "path", "headers", "status"),
        [
            ("GET", "/", {}, 404),
            ("GET", "/../witness.key", {}, 404),
            ("GET", f"/{origin_hash('other')}/checkpoint", {}, 404),
            ("POST", "/sign-subtree", {"Content-Length": "0"}, 404),
            ("POST", "/add-checkpoint", {"Content-Length": "0"}, 400),
            ("POST", "/add-checkpoint", {"Content-Length": "1000001"}, 413),
            ("POST", "/add-checkpoint", {"Content-Length": "-1"}, 411),
            ("POST", "/add-checkpoint", {"Transfer-Encoding": "chunked"}, 411),
            ("PUT", "/add-checkpoint", {}, 501),
        ],
    )
    def test_what_is_no_such_request_is_refused(self, url, method, path, headers, status):
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
        connection.putrequest(method, path)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        assert connection.getresponse().status == status
        connection.close()

    def test_a_damaged_memory_is_500_and_no_cosignature(self, url, sqlite_ledger, tmp_path):
        submit(url, request_for(sqlite_ledger, 0, 1))
        (tmp_path / "witness" / origin_hash(ORIGIN) / "checkpoint").write_bytes(b"junk")
        answer = submit(url, request_for(sqlite_ledger, 1, 1))
        assert (answer.status, b"signs nothing" in answer.body) == (500, True)

    def test_a_witness_that_cannot_be_reached_is_told_without_a_traceback(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        with pytest.raises(WitnessError, match=r"127\.0\.0\.1 cannot be reached"):
            submit(f"http://127.0.0.1:{port}", ConsistencyProof(0, (), b""))
        with pytest.raises(WitnessError, match="https://"):
            submit("file:///etc", ConsistencyProof(0, (), b""))


class TestStick:
    def test_request_and_answer_are_the_bytes_of_http(self, sqlite_ledger, witness, tmp_path):
        stick = tmp_path / "stick"
        stick.mkdir()
        request = request_for(sqlite_ledger, 0, 1)
        assert write_request(stick, ORIGIN, witness.vkey, request).read_bytes() == request.to_bytes()
        assert read_exchange(stick, ORIGIN, witness.vkey) is None
        ((name, answer),) = answer_requests(stick, witness)
        assert name == f"{origin_hash(ORIGIN)}.{witness.vkey.key_id.hex()}.add-checkpoint"
        assert read_exchange(stick, ORIGIN, witness.vkey) == (request, answer)
        assert read_answer(answer, request.signed()[0].text, witness.vkey).time == AT

    def test_a_conflict_comes_home_as_a_size_and_a_new_request_takes_its_place(
        self, sqlite_ledger, witness, tmp_path
    ):
        stick = tmp_path / "stick"
        stick.mkdir()
        sqlite_ledger.append_some(2)
        witness.add_checkpoint(request_for(sqlite_ledger, 0, 1).to_bytes())
        write_request(stick, ORIGIN, witness.vkey, request_for(sqlite_ledger, 0, 3))
        list(answer_requests(stick, witness))
        _, answer = read_exchange(stick, ORIGIN, witness.vkey)
        assert (answer.status, answer.body) == (409, b"1\n")
        write_request(stick, ORIGIN, witness.vkey, request_for(sqlite_ledger, 1, 3))
        assert read_exchange(stick, ORIGIN, witness.vkey) is None
        list(answer_requests(stick, witness))
        assert read_exchange(stick, ORIGIN, witness.vkey)[1].status == 200

    def test_requests_to_others_are_left_alone(self, sqlite_ledger, witness, tmp_path):
        other = Vkey.of("witness.example/other", witness.vkey.key, COSIGNATURE)
        write_request(tmp_path, ORIGIN, other, request_for(sqlite_ledger, 0, 1))
        assert list(answer_requests(tmp_path, witness)) == []

    def test_an_answer_without_its_request_is_told(self, witness, tmp_path):
        stem = f"{origin_hash(ORIGIN)}.{witness.vkey.key_id.hex()}"
        (tmp_path / f"{stem}.cosignature").write_bytes(b"x")
        with pytest.raises(NoteError, match="without its request"):
            read_exchange(tmp_path, ORIGIN, witness.vkey)


class TestCommand:
    def test_a_witness_is_made_signs_a_stick_and_remembers(self, sqlite_ledger, key, tmp_path, capsys):
        folder, stick = tmp_path / "clerk", tmp_path / "stick"
        stick.mkdir()
        words = ["witness", "init", str(folder), "--name", "witness.example/clerk", "--log", str(key.vkey)]
        assert main(words) == 0
        said = capsys.readouterr().out
        vkey = Vkey.parse(re.search(r"witness NAME (\S+)", said)[1], COSIGNATURE)
        assert vkey.name == "witness.example/clerk"
        assert (folder / "witness.key").stat().st_mode & 0o777 == 0o600
        request = request_for(sqlite_ledger, 0, 1)
        write_request(stick, ORIGIN, vkey, request)
        assert main(["witness", "sign", str(folder), str(stick)]) == 0
        _, answer = read_exchange(stick, ORIGIN, vkey)
        read_answer(answer, request.signed()[0].text, vkey)
        assert (
            main(["witness", "sign", str(folder), str(stick)]) == 4
        )  # the size that it cosigned is another now
        assert "refused" in capsys.readouterr().err

    def test_a_witness_that_is_there_is_never_replaced(self, tmp_path, capsys):
        words = ["witness", "init", str(tmp_path / "w"), "--name", "witness.example/w"]
        assert main(words) == 0
        before = (tmp_path / "w" / "witness.key").read_bytes()
        assert main(words) == 2
        assert "not replaced" in capsys.readouterr().err
        assert (tmp_path / "w" / "witness.key").read_bytes() == before

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (["init", "{tmp}/w", "--name", "two words"], "name must be"),
            (["init", "{tmp}/w", "--name", "w", "--log", "junk"], "line 3"),
            (["sign", "{tmp}/none", "{tmp}"], "cannot be read"),
        ],
    )
    def test_a_mistake_is_one_line_and_status_2(self, tmp_path, capsys, words, told):
        assert main(["witness", *(word.format(tmp=tmp_path) for word in words)]) == 2
        error = capsys.readouterr().err
        assert told in error
        assert error.count("\n") == 1

    def test_it_serves_in_a_process_of_its_own(self, sqlite_ledger, key, tmp_path):
        main(["witness", "init", str(tmp_path / "w"), "--name", "witness.example/w", "--log", str(key.vkey)])
        words = ["witness", "serve", str(tmp_path / "w"), "--listen", "127.0.0.1:0"]
        process = subprocess.Popen(
            [sys.executable, "-m", "alpr_ledger", *words], stderr=subprocess.PIPE, text=True
        )
        try:
            vkey, _, address = process.stderr.readline().strip().partition(" listens on ")
            request = request_for(sqlite_ledger, 0, 1)
            answer = submit(address, request)
            read_answer(answer, request.signed()[0].text, Vkey.parse(vkey, COSIGNATURE))
        finally:
            process.terminate()
            process.communicate(timeout=10)


@pytest.fixture
def answering():
    """``answering(bytes...)``: a server that sends exactly these parts and hangs up; returns its URL."""
    servers = []

    def serve(*parts: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        stop = threading.Event()

        def answer() -> None:
            with suppress(OSError):
                while not stop.is_set():
                    peer, _ = listener.accept()
                    with peer, suppress(OSError):
                        peer.recv(65536)
                        for part in parts:
                            peer.sendall(part)
                        if parts and parts[-1] == b"":  # never hang up
                            stop.wait(10)

        thread = threading.Thread(target=answer)
        thread.start()
        servers.append((listener, stop, thread))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    for listener, stop, thread in servers:
        stop.set()
        with suppress(OSError), socket.create_connection(listener.getsockname(), timeout=1):
            pass
        thread.join()
        listener.close()


class TestHostileAnswers:
    @pytest.mark.parametrize(
        "parts",
        [
            (b"",),
            (b"\x00\xff" * 100,),
            (b"HTTP/1.1 nine\r\n\r\n",),
            (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nx",),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",),
            (b"HTTP/1.1 409 Conflict\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nx",),
            (b"HTTP/1.1 409 Conflict\r\nContent-Length: 100\r\n\r\n1", b""),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n1", b""),
            (b"HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n",),
            (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_001,),
            (b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n\r\n",),
        ],
    )
    def test_no_answer_ends_in_anything_but_a_sentence(self, answering, parts):
        with pytest.raises((WitnessError, NoteError)):
            parse_note(fetch_checkpoint(answering(*parts), ORIGIN, seconds=0.3) or b"")

    def test_an_answer_that_trickles_in_is_left_after_the_time_that_was_given(self, answering, monkeypatch):
        now = iter(range(100))
        monkeypatch.setattr(outgoing.time, "monotonic", lambda: float(next(now)))
        parts = (b"HTTP/1.1 200 OK\r\n\r\n", b"x", b"")
        with pytest.raises(WitnessError, match=r"did not end within 0\.5 s"):
            fetch_checkpoint(answering(*parts), ORIGIN, seconds=0.5)

    @pytest.mark.parametrize("url", ["http://[", "http://a\nb", "http://x:y", "https://\udc80", "http://"])
    def test_a_url_that_is_none_is_told(self, url):
        with pytest.raises(WitnessError):
            fetch_checkpoint(url, ORIGIN, seconds=0.3)
