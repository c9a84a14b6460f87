"""An export behind a web server or in an object store is the same ledger; what goes wrong there is said in words."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from alpr_ledger import storage
from alpr_ledger.errors import SourceError, VerificationError
from alpr_ledger.export import Exported, export
from alpr_ledger.sample import sample
from alpr_ledger.source import open_source
from alpr_ledger.storage import open_storage
from alpr_ledger.verify import verify


@contextmanager
def serve(handler):
    """The URL of a web server on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Files(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def answering(status, body=b""):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with serve(Handler) as url:
        yield url


def check(target):
    with open_source(target) as source:
        return verify(source)


def write(ledger, target):
    with open_source(ledger.target) as source:
        return export(source, target)


@pytest.fixture
def exported(sqlite_ledger, tmp_path):
    sqlite_ledger.append_some(5000)
    write(sqlite_ledger, tmp_path / "export")
    return tmp_path / "export"


def test_any_web_server_serves_it_to_an_auditor(sqlite_ledger, exported, key):
    with serve(partial(Files, directory=exported.parent)) as url:
        assert check(f"{url}/export/").root == check(sqlite_ledger.target).root
        with open_source(f"{url}/export") as source:
            assert sample(source, 3, vkey=str(key.vkey)).size == 5001


def test_a_file_that_the_server_lacks_is_named_as_missing_in_the_ledger(exported):
    (exported / "tile/entries/007").unlink()
    with (
        serve(partial(Files, directory=exported)) as url,
        pytest.raises(VerificationError, match="tile/entries/007 is missing") as caught,
    ):
        check(url)
    assert caught.value.entry == 7 * 256


def test_a_server_without_an_export_is_said_to_have_none(tmp_path):
    with (
        serve(partial(Files, directory=tmp_path)) as url,
        pytest.raises(SourceError, match="no file 'checkpoint'"),
    ):
        check(url)


@pytest.mark.parametrize(("status", "why"), [(500, "answered 500"), (403, "answered 403")])
def test_a_server_that_refuses_is_quoted(status, why):
    with answering(status) as url, pytest.raises(SourceError, match=why):
        check(url)


def test_a_server_that_sends_without_end_is_cut_off():
    with answering(200, bytes(2_000_000)) as url, pytest.raises(SourceError, match="longer than"):
        check(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/x", "http://[/x", "http://name:secret@127.0.0.1/x", "http:///"]
)
def test_an_address_that_cannot_be_used_is_said_in_words_without_its_password(url):
    with pytest.raises(SourceError) as caught:
        check(url)
    assert "secret" not in str(caught.value)


def test_a_web_server_is_only_read(sqlite_ledger, tmp_path):
    with (
        serve(partial(Files, directory=tmp_path)) as url,
        pytest.raises(SourceError, match="only read"),
    ):
        write(sqlite_ledger, url)


def test_what_fsspec_does_not_know_is_refused(sqlite_ledger):
    with pytest.raises(SourceError, match="nosuch://"):
        write(sqlite_ledger, "nosuch://bucket")


def test_without_the_packages_for_it_the_way_to_them_is_told(monkeypatch):
    def missing(*_):
        raise ImportError("No module named 'fsspec'")

    monkeypatch.setattr(storage, "ObjectStorage", missing)
    with pytest.raises(SourceError, match=r"pip install 'alpr-ledger\[s3\]'"):
        open_storage("s3://key:secret@bucket/x")


@pytest.fixture(scope="module")
def object_store():
    """An S3 on this machine, with a bucket ``ledger``."""
    s3fs = pytest.importorskip("s3fs", reason="an object store needs s3fs")
    moto = pytest.importorskip("moto.server", reason="an object store needs moto")
    server = moto.ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        s3fs.S3FileSystem.clear_instance_cache()
        s3fs.S3FileSystem().mkdir("ledger")
        yield s3fs.S3FileSystem()
        s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


def test_an_object_store_holds_it_grows_it_and_gives_it_back(sqlite_ledger, object_store):
    sqlite_ledger.append_some(300)
    assert write(sqlite_ledger, "s3://ledger/export") == Exported(size=301, before=0)
    sqlite_ledger.append_some(300)
    assert write(sqlite_ledger, "s3://ledger/export") == Exported(size=601, before=301)
    assert check("s3://ledger/export").root == check(sqlite_ledger.target).root
    found = {path.removeprefix("ledger/export/") for path in object_store.find("ledger/export")}
    assert "tile/0/001" in found
    assert not any(path.startswith("tile/0/001.p") for path in found)


def test_an_object_store_that_does_not_answer_as_it_should_is_said_in_words(sqlite_ledger, object_store):
    with pytest.raises(SourceError, match="s3://nosuchbucket/x"):
        write(sqlite_ledger, "s3://nosuchbucket/x")
    with pytest.raises(SourceError, match="no file 'checkpoint'"):
        check("s3://ledger/none")
