"""The way of one plate through the command line: capture, search, show, ledger."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from pathlib import Path

import cv2
import numpy as np
import pytest

from alpr_core.session import session_file, write_session
from alpr_core.vision.scenes import render_scene

WHY = ("--purpose", "stolen_vehicle", "--case", "26-1041")


def rows(result) -> list[dict]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(scope="module")
def street(tmp_path_factory) -> Path:
    """A folder with one picture of a street."""
    folder = tmp_path_factory.mktemp("street")
    cv2.imwrite(str(folder / "street.png"), render_scene(7).image)
    return folder


@pytest.fixture(scope="module")
def captured_template(officer_template, street, tmp_path_factory, command_line):
    """A node with that street captured, made once, and what capture printed."""
    template, token = officer_template
    folder = tmp_path_factory.mktemp("captured")
    shutil.copytree(template.folder, folder / "node")
    node = command_line(folder / "node", folder / "passphrase")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALPR_SESSION", str(folder / "session"))
        write_session(folder / "session", token)
        printed = node("capture", str(street), "--camera", "car-7", "--recognizer", "rapidocr", "--json")
    reads = rows(printed)
    assert reads, "the street shows plates"
    return node, token, reads


@pytest.fixture
def captured(captured_template, tmp_path, command_line):
    """A copy of that node for one test, with the officer logged in."""
    template, token, reads = captured_template
    shutil.copytree(template.folder, tmp_path / "captured")
    node = command_line(tmp_path / "captured", tmp_path / "passphrase")
    write_session(session_file(node.folder, os.environ), token)
    node.reads = reads
    return node


def test_what_was_captured_can_be_searched_shown_and_opened(captured, street, tmp_path) -> None:
    plate, key = captured.reads[0]["plate"], captured.reads[0]["read"]
    assert key in {row["read"] for row in rows(captured("reads", "search", plate, *WHY, "--json"))}

    (shown,) = rows(captured("reads", "show", key, "--json"))
    assert shown["plate"] == plate
    assert shown["images"] == ["frame", "plate"]

    picture = tmp_path / "car.jpg"
    opened = captured("reads", "show", key, "--image", str(picture), *WHY)
    assert opened.exit_code == 0, opened.output
    assert cv2.imread(str(picture)).shape == cv2.imread(str(street / "street.png")).shape
    assert picture.stat().st_mode & 0o777 == 0o600


def test_an_image_is_never_written_over_another_file(captured, tmp_path) -> None:
    precious = tmp_path / "precious.jpg"
    precious.write_bytes(b"mine")
    result = captured("reads", "show", captured.reads[0]["read"], "--image", str(precious), *WHY)
    assert result.exit_code == 1
    assert precious.read_bytes() == b"mine"


def test_a_plate_given_as_a_dash_is_asked_for_and_not_echoed(captured) -> None:
    plate = captured.reads[0]["plate"]
    result = captured("reads", "search", "-", *WHY, typed=f"{plate}\n")
    assert result.exit_code == 0, result.output
    assert plate in result.stdout
    assert plate not in result.stderr


def test_times_are_meant_and_shown_in_the_nodes_zone(captured) -> None:
    plate = captured.reads[0]["plate"]
    assert rows(captured("reads", "search", plate, *WHY, "--from", "2099-01-01", "--json")) == []
    assert rows(captured("reads", "search", plate, *WHY, "--from", "2020-01-01T00:00+02:00", "--json"))


@pytest.mark.parametrize("time", ["yesterday", "2026-13-01", "12:30"])
def test_a_time_that_is_none_says_how_times_are_written(captured, time) -> None:
    result = captured("reads", "search", "ABC123", *WHY, "--from", time)
    assert result.exit_code == 2
    assert "2026-11-23T14:30" in result.stderr


@pytest.mark.parametrize("key", ["", "nonsense", "2026-11-23/none", "../../etc/passwd"])
def test_a_read_that_is_not_there_is_said(captured, key) -> None:
    result = captured("reads", "show", key)
    assert result.exit_code == 1
    assert "no read" in result.stderr


JPEG = cv2.imencode(".jpg", np.zeros((50, 50, 3), np.uint8))[1].tobytes()


class TestBrokenInput:
    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("empty.jpg", b""),
            ("truncated.jpg", JPEG[:90]),
            ("text.png", b"this is not a picture\n"),
            ("video.mp4", b"\x00\x00\x00\x20ftypisom" + b"\x00" * 50),
        ],
    )
    def test_it_is_named_and_what_was_good_is_stored(self, as_officer, street, tmp_path, name, data) -> None:
        folder = tmp_path / "mixed"
        folder.mkdir()
        good = (street / "street.png").read_bytes()
        (folder / "a-good.png").write_bytes(good)
        (folder / name).write_bytes(
            cv2.imencode(".jpg", np.zeros((50, 50, 3), np.uint8))[1].tobytes()[:90] if data is None else data
        )
        result = as_officer("capture", str(folder), "--recognizer", "rapidocr", "--json")
        assert result.exit_code == 1
        assert name in result.stderr
        assert "Traceback" not in result.output
        assert [json.loads(line) for line in result.stdout.splitlines()], (
            "the good picture's reads are stored"
        )

    def test_a_source_that_is_not_there_is_said(self, as_officer, tmp_path) -> None:
        result = as_officer("capture", str(tmp_path / "gone"))
        assert result.exit_code == 1
        assert "gone" in result.stderr

    def test_a_folder_without_images_is_said(self, as_officer, tmp_path) -> None:
        result = as_officer("capture", str(tmp_path))
        assert result.exit_code == 1


@pytest.mark.clause("M22")
def test_the_auditor_sees_who_did_what_when_and_verifies_it(captured) -> None:
    captured("reads", "search", captured.reads[0]["plate"], *WHY)
    captured.log_in("1001")
    captured.add("1003", "Abe Auditor", "auditor")
    captured.log_in("1003")

    log = rows(captured("ledger", "log", "--kind", "search.run", "--json"))
    assert [(row["who"], row["purpose"]) for row in log] == [("Sam Roe", "stolen_vehicle")]
    assert log[0]["time"]

    table = captured("ledger", "log")
    assert "Sam Roe" in table.stdout

    verified = captured("ledger", "verify")
    assert verified.exit_code == 0, verified.output
    assert "not anchored" in verified.stdout


def test_no_search_leaves_its_plate_in_a_file_of_the_node_in_clear(as_officer) -> None:
    as_officer("reads", "search", "QQZ7719", *WHY)
    files = [file for file in as_officer.folder.rglob("*") if file.is_file()]
    assert len(files) > 3
    assert [file.name for file in files if b"QQZ7719" in file.read_bytes()] == []


def test_the_proof_of_an_entry_is_a_c2sp_tlog_proof(captured) -> None:
    captured.log_in("1001")
    captured.add("1003", "Abe Auditor", "auditor")
    captured.log_in("1003")
    proof = captured("ledger", "show", "0", "--proof")
    assert proof.exit_code == 0, proof.output
    assert proof.stdout.startswith("c2sp.org/tlog-proof@v1\nindex 0\n")
    (entry,) = rows(captured("ledger", "show", "0", "--json"))
    assert entry["kind"] == "ledger.open"
    assert captured("ledger", "show", "9999").exit_code == 1


def test_a_tampered_ledger_fails_with_status_4_and_the_entry_is_named(captured) -> None:
    captured.log_in("1001")
    captured.add("1003", "Abe Auditor", "auditor")
    captured.log_in("1003")
    with sqlite3.connect(captured.folder / "var" / "alpr.db") as database:
        database.execute("DROP TRIGGER entry_no_UPDATE")
        database.execute("UPDATE entry SET bytes = replace(bytes, 'person.add', 'person.had') WHERE idx = 1")
    database.close()
    result = captured("ledger", "verify")
    assert result.exit_code == 4, result.output
    assert "entry 1" in result.stderr


def test_status_says_what_the_node_holds(captured) -> None:
    (state,) = rows(captured("status", "--json"))
    assert state["reads"] == len(captured.reads)
    assert state["cameras"] == ["car-7"]
    assert "not anchored" in state["ledger_anchored"]
