"""A node keeps watch over its clock, its cameras and its own program, as people see it."""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest

from alpr_core.clock import system_clock
from alpr_core.node import Node
from alpr_core.plugins.fingerprint import package_fingerprint
from alpr_core.services.heartbeats import Beats
from alpr_core.vision.pipeline import Reader


def at(off: timedelta):
    return lambda: system_clock() + off


class TestClock:
    def test_a_node_opened_an_hour_back_says_so_on_its_ledger_once(self, node) -> None:
        assert node.log_in().exit_code == 0  # the newest entry is of now
        for _ in range(2):
            Node.open(node.folder, clock=at(timedelta(hours=-1))).close()
        (entry,) = node.entries("clock.set_back")
        assert 3500 < entry["public"]["seconds"] < 3700
        assert entry["actor"]["id"] == "system:start"

    def test_a_leap_is_confirmed_by_who_may(self, node) -> None:
        Node.open(node.folder, clock=at(timedelta(days=90))).close()
        assert len(node.entries("clock.leap")) == 1
        assert node.log_in().exit_code == 0
        assert "behind" not in node("status").stdout  # put right, it is the clock of before
        done = node("clock", "confirm", "--reason", "compared with the radio clock", "--json")
        assert done.exit_code == 0, done.output
        assert datetime.fromisoformat(json.loads(done.stdout)["clock"]) <= datetime.now(UTC)
        (entry,) = node.entries("clock.confirm")
        assert "radio" not in json.dumps(entry)

    def test_an_officer_may_not(self, as_officer) -> None:
        assert as_officer("clock", "confirm").exit_code == 3


class TestCameras:
    def test_gaps_are_listed_with_their_reason(self, as_officer) -> None:
        with Node.open(as_officer.folder) as opened:
            act = opened.act(None)
            Beats(act, "car-7").start()
            with act.heartbeats() as known:
                known.end("car-7", system_clock() - timedelta(hours=2), "stopped")
        listed = as_officer.as_("1001", "devices", "gaps", "--json")
        assert listed.exit_code == 0, listed.output
        (gap,) = [json.loads(line) for line in listed.stdout.splitlines()]
        assert (gap["camera"], gap["until"], gap["reason"]) == ("car-7", None, "stopped")
        assert 7100 < gap["seconds"] < 7300
        assert "stopped by a person" in as_officer("devices", "gaps").stdout

    def test_where_there_is_none_it_says_so(self, node) -> None:
        assert "No gap" in node.as_("1001", "devices", "gaps").output

    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
    def test_a_capture_that_somebody_stops_says_so(self, as_officer, tmp_path, monkeypatch, how) -> None:
        """As Ctrl-C does, and as a service manager does."""

        class Stops:
            def recognize(self, _frame):
                os.kill(os.getpid(), how)
                return []

        cv2.imwrite(str(tmp_path / "street.png"), np.zeros((40, 60, 3), np.uint8))
        monkeypatch.setattr(Node, "reader", lambda _node, _use: Reader(Stops()))
        was = signal.signal(
            signal.SIGINT, signal.default_int_handler
        )  # of what runs in the background it is ignored
        before = signal.getsignal(signal.SIGTERM)
        assert as_officer("capture", str(tmp_path / "street.png")).exit_code == 1
        signal.signal(signal.SIGINT, was)
        assert signal.getsignal(signal.SIGTERM) is before
        assert [one["public"]["why"] for one in as_officer.entries("capture.end")] == ["stopped"]


class TestProgram:
    def test_a_new_node_has_on_record_what_it_was_made_with(self, node) -> None:
        (entry,) = node.entries("node.changed")
        assert entry["public"]["first"] is True
        assert len(entry["public"]["parts"]["alpr-core"]["sha256"]) == 64

    def test_while_nothing_changes_nothing_is_written(self, node) -> None:
        for _ in range(2):
            Node.open(node.folder).close()
        assert len(node.entries("node.changed")) == 1

    def test_changed_files_are_noticed_at_the_next_start_and_not_again(self, node, monkeypatch) -> None:
        self.change(monkeypatch, "0" * 64)
        for _ in range(2):
            Node.open(node.folder).close()
        entry = node.entries("node.changed")[-1]
        assert len(node.entries("node.changed")) == 2
        assert entry["public"]["changed"] == ["alpr-core"]
        assert entry["public"]["parts"]["alpr-core"]["sha256"] == "0" * 64

    def test_changed_files_can_be_put_on_record_by_upgrade(self, node, monkeypatch) -> None:
        self.change(monkeypatch, "0" * 64)
        due = json.loads(node("upgrade", "--check", "--json").stdout)
        assert (due["due"], due["changed"]) == (True, ["alpr-core"])
        assert json.loads(node("upgrade", "--json").stdout)["upgraded"] is True
        assert [one["public"]["changed"] for one in node.entries("node.upgrade")] == [["alpr-core"]]
        assert len(node.entries("node.changed")) == 1

    @pytest.mark.parametrize("what", ["grows", "is touched"])
    def test_a_file_that_changed_is_read_again(self, what, tmp_path, monkeypatch) -> None:
        folder = tmp_path / "alpr_fingerprinted"
        folder.mkdir()
        file = folder / "__init__.py"
        file.write_text("A = 1\n")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "alpr_fingerprinted", raising=False)
        state, before = package_fingerprint("alpr_fingerprinted")
        assert package_fingerprint("alpr_fingerprinted", known={state: "known"}) == (state, "known")
        if what == "grows":
            file.write_text("A = 1\nB = 2\n")
        else:
            file.write_text("A = 2\n")
            os.utime(file, ns=(1, 1))
        assert package_fingerprint("alpr_fingerprinted", known={state: "known"})[1] not in ("known", before)

    @staticmethod
    def change(monkeypatch, sha256: str) -> None:
        monkeypatch.setattr("alpr_core.installed.package_fingerprint", lambda *_, known: ("state", sha256))
