"""Model files: where they lie, from a folder by their hash, from a server by resuming download."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from alpr_core import download, weights
from alpr_core.errors import InputError, ModelsMissing, PluginError
from alpr_core.weights import Weight, WeightSet

DETECTOR, SMALL, OCR = b"detector" * 20_000, b"small detector" * 9_000, b"ocr" * 30_000


@dataclass
class Publisher:
    """An HTTP server on loopback. What it does wrong is set by the test."""

    url: str = ""
    body: bytes = DETECTOR
    cut_at: int | None = None
    resumes: bool = True
    lies_about_range: bool = False
    status: int | None = None
    asked: list[str] = field(default_factory=list)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range", "")
        self.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.resumes else 0
        if self.status is not None:
            request.send_error(self.status)
            return
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(len(self.body) - start))
        if start:
            told = 0 if self.lies_about_range else start
            request.send_header("Content-Range", f"bytes {told}-{len(self.body) - 1}/{len(self.body)}")
        request.end_headers()
        request.wfile.write(self.body[start : self.cut_at])


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    publisher = Publisher()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            publisher.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        publisher.url = f"http://127.0.0.1:{server.server_address[1]}/detector.onnx"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield publisher
        server.shutdown()
        thread.join()


def pinned(name: str, content: bytes, role: str, **more: object) -> Weight:
    fields = {"url": "https://example.org/x", "licence": "MIT", **more}
    return Weight(
        name=name, role=role, bytes=len(content), sha256=hashlib.sha256(content).hexdigest(), **fields
    )


SET = WeightSet(
    name="some-models",
    needs=("detector", "ocr"),
    weights=(
        pinned("detector.onnx", DETECTOR, "detector"),
        pinned("small.onnx", SMALL, "detector", folder_only=True),
        pinned("ocr.onnx", OCR, "ocr"),
    ),
)


@pytest.fixture
def weight(publisher: Publisher) -> Weight:
    return replace(SET.weights[0], url=publisher.url)


# --- where they lie ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"ALPR_MODELS": "/m", "XDG_DATA_HOME": "/x"}, Path("/m")),
        ({"XDG_DATA_HOME": "/x"}, Path("/x/alpr-core/models")),
        ({}, Path.home() / ".local/share/alpr-core/models"),
        ({"ALPR_MODELS": "", "XDG_DATA_HOME": ""}, Path.home() / ".local/share/alpr-core/models"),
    ],
)
def test_models_lie_where_the_environment_says_else_under_the_data_home(environ, folder):
    assert weights.models_folder(environ) == folder


def test_what_is_missing_is_said_with_the_command_that_brings_it(tmp_path):
    (tmp_path / "ocr.onnx").write_bytes(OCR)
    problem = SET.missing(tmp_path)
    assert problem is not None
    assert "detector" in problem
    assert "alpr-core models install some-models" in problem


def test_of_two_detectors_the_first_of_the_table_is_used(tmp_path):
    for name, content in (("small.onnx", SMALL), ("ocr.onnx", OCR)):
        (tmp_path / name).write_bytes(content)
    assert SET.missing(tmp_path) is None
    assert SET.verified(tmp_path)["detector"].name == "small.onnx"
    (tmp_path / "detector.onnx").write_bytes(DETECTOR)
    assert SET.verified(tmp_path)["detector"].name == "detector.onnx"


def test_a_file_of_the_right_size_and_the_wrong_content_is_not_used(tmp_path):
    (tmp_path / "detector.onnx").write_bytes(DETECTOR[:-1] + b"X")
    (tmp_path / "ocr.onnx").write_bytes(OCR)
    with pytest.raises(ModelsMissing, match="damaged"):
        SET.verified(tmp_path)


# --- the table ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "name = 1", "= broken", 'name = "n"\nneeds = []\n[[file]]\nname = "f"', "\xff"]
)
def test_a_broken_table_of_models_is_the_plugins_defect(tmp_path, text):
    path = tmp_path / "models.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(PluginError, match="defect of that plugin"):
        weights.read_pins(path)


# --- from a folder -----------------------------------------------------------------------------------------


def test_files_are_taken_by_their_hash_whatever_they_are_called_and_how_deep_they_lie(tmp_path):
    source, folder = tmp_path / "usb", tmp_path / "models"
    (source / "deep").mkdir(parents=True)
    (source / "a.bin").write_bytes(SMALL)
    (source / "deep" / "b").write_bytes(OCR)
    (source / "detector.onnx").write_bytes(DETECTOR[:-1] + b"X")  # the right name and size, another file
    taken = weights.install_from(SET, source, folder)
    assert {weight.name for weight in taken} == {"small.onnx", "ocr.onnx"}
    assert sorted(path.name for path in folder.iterdir()) == ["ocr.onnx", "small.onnx"]
    assert (folder / "small.onnx").read_bytes() == SMALL


def test_a_folder_without_all_that_is_needed_installs_nothing_and_says_what_it_lacks(tmp_path):
    source, folder = tmp_path / "usb", tmp_path / "models"
    source.mkdir()
    (source / "b").write_bytes(OCR)
    with pytest.raises(InputError, match=r"for detector detector\.onnx or small\.onnx"):
        weights.install_from(SET, source, folder)
    assert not folder.exists()


def test_what_is_already_installed_need_not_be_in_the_folder(tmp_path):
    source, folder = tmp_path / "usb", tmp_path / "models"
    source.mkdir()
    folder.mkdir()
    (folder / "detector.onnx").write_bytes(DETECTOR)
    (source / "b").write_bytes(OCR)
    weights.install_from(SET, source, folder)
    assert SET.missing(folder) is None


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match="not a folder"):
        weights.install_from(SET, tmp_path / "nowhere", tmp_path)


# --- from a server -----------------------------------------------------------------------------------------


def test_a_download_appears_under_its_name_with_progress_to_its_end(tmp_path, weight):
    steps: list[tuple[str, int, int]] = []
    download.download(weight, tmp_path / "new", lambda *step: steps.append(step))
    assert (tmp_path / "new" / "detector.onnx").read_bytes() == DETECTOR
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["detector.onnx"]
    assert steps[0] == ("detector.onnx", 0, len(DETECTOR))
    assert steps[-1] == ("detector.onnx", len(DETECTOR), len(DETECTOR))
    assert steps == sorted(steps)


def test_a_download_with_another_hash_is_thrown_away(tmp_path, publisher, weight):
    publisher.body = DETECTOR[:-1] + b"X"
    with pytest.raises(InputError, match="not the pinned file"):
        download.download(weight, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_sends_too_much_is_not_listened_to_for_ever(tmp_path, publisher, weight):
    publisher.body = DETECTOR * 3
    with pytest.raises(InputError, match="not the pinned file"):
        download.download(weight, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_cut_download_says_so_and_goes_on_where_it_stopped(tmp_path, publisher, weight):
    publisher.cut_at = 100_000
    with pytest.raises(InputError, match="goes on where it stopped"):
        download.download(weight, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["detector.onnx.part"]
    assert not (tmp_path / "detector.onnx").exists()

    publisher.cut_at = None
    download.download(weight, tmp_path)
    assert publisher.asked == ["", "bytes=100000-"]
    assert (tmp_path / "detector.onnx").read_bytes() == DETECTOR
    assert [path.name for path in tmp_path.iterdir()] == ["detector.onnx"]


def test_a_server_that_cannot_resume_sends_it_all_again(tmp_path, publisher, weight):
    (tmp_path / "detector.onnx.part").write_bytes(b"old" * 10)
    publisher.resumes = False
    download.download(weight, tmp_path)
    assert (tmp_path / "detector.onnx").read_bytes() == DETECTOR


def test_a_server_that_resumes_at_another_place_is_refused(tmp_path, publisher, weight):
    (tmp_path / "detector.onnx.part").write_bytes(DETECTOR[:500])
    publisher.lies_about_range = True
    with pytest.raises(InputError, match="another place"):
        download.download(weight, tmp_path)
    assert (tmp_path / "detector.onnx.part").read_bytes() == DETECTOR[:500]


def test_a_part_of_something_else_ends_in_the_wrong_hash_and_the_next_run_begins_anew(tmp_path, weight):
    (tmp_path / "detector.onnx.part").write_bytes(b"X" * 500)
    with pytest.raises(InputError, match="not the pinned file"):
        download.download(weight, tmp_path)
    download.download(weight, tmp_path)
    assert weights.is_intact(weight, tmp_path)


def test_a_whole_part_is_put_in_place_without_asking_again(tmp_path, publisher, weight):
    (tmp_path / "detector.onnx.part").write_bytes(DETECTOR)
    download.download(weight, tmp_path)
    assert publisher.asked == []
    assert weights.is_intact(weight, tmp_path)


def test_a_part_longer_than_the_file_is_begun_anew(tmp_path, publisher, weight):
    (tmp_path / "detector.onnx.part").write_bytes(DETECTOR + b"X")
    download.download(weight, tmp_path)
    assert publisher.asked == [""]
    assert weights.is_intact(weight, tmp_path)


@pytest.mark.parametrize("status", [404, 416, 500])
def test_a_refusing_server_is_told_with_its_address(tmp_path, publisher, weight, status):
    publisher.status = status
    (tmp_path / "detector.onnx.part").write_bytes(DETECTOR[:500])
    with pytest.raises(InputError, match=publisher.url):
        download.download(weight, tmp_path)
    assert (tmp_path / "detector.onnx.part").exists() == (status != 416)


def test_a_server_that_is_not_there_is_told(tmp_path, weight):
    with pytest.raises(InputError, match="could not be fetched"):
        download.download(replace(weight, url="http://127.0.0.1:9/x"), tmp_path)


@pytest.mark.parametrize("url", ["http://example.org/x", "file:///etc/passwd", "ftp://example.org/x", "x"])
def test_nothing_is_fetched_over_an_open_connection_or_from_a_file(tmp_path, weight, url):
    with pytest.raises(InputError, match="not an https address"):
        download.download(replace(weight, url=url), tmp_path)


def test_what_no_publisher_offers_is_not_downloaded(tmp_path):
    with pytest.raises(InputError, match="--from"):
        download.download(SET.weights[1], tmp_path)
