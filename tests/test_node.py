"""A node is put together from its settings, with what plugins add, and notices what was cut off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from alpr_core.act import Act
from alpr_core.config import Answers
from alpr_core.errors import StoreError
from alpr_core.models import Actor, Frame
from alpr_core.node import FirstPerson, Node
from alpr_core.services.settings import apply_settings
from alpr_ledger.keys import SigningKey

PLUGIN = """
from dataclasses import replace

from alpr_core import Box, Candidate, Options, Plugin, Reading, hookimpl
from alpr_core.plates import Syntax


class MineOptions(Options):
    confidence: float = 0.5


class Mine:
    def __init__(self, options):
        self.confidence = options.confidence

    def recognize(self, frame):
        texts = (("QQ11QQ1", self.confidence), ("11QQ11Q", 0.1))
        candidates = tuple(Candidate(text=text, confidence=p) for text, p in texts)
        box = Box.rectangle(1, 1, 20, 8)
        return [Reading(candidates=candidates, characters=(0.5,) * 7, box=box, detection_confidence=0.9)]


@hookimpl
def register_recognizers(register):
    register(Plugin(name="mine", factory=Mine, options=MineOptions))


@hookimpl
def register_plate_syntaxes(register):
    register(Syntax(region="xx", name="car", pattern="##@@##@", source="Made for a test"))


@hookimpl
def reading_recognized(reading):
    return replace(reading, region="xx")
"""

FIRST = FirstPerson(badge="1001", name="Alex Doe", passphrase="correct horse battery staple")


@pytest.fixture
def folder(tmp_path, plugin_site) -> Path:
    """A node whose alpr.toml chooses the recognizer of a plugin, with an option."""
    plugin_site.install("mine", PLUGIN)
    folder = tmp_path / "node"
    host = plugin_site.host()
    Node.create(folder, Answers(name="n", origin="test.example/ledger/1"), FIRST, host=host).close()
    settings = folder / "alpr.toml"
    chosen = 'use = "mine"\n[recognizer.options]\nconfidence = 0.3\n'
    settings.write_text(settings.read_text().partition('use = "auto"')[0] + chosen)
    with Node.open(folder, host=host) as opened:
        admin = Actor(id="system:test", roles=frozenset({"admin"}), delegated_by="p1")
        apply_settings(Act(opened.site, admin), opened.pending)
    return folder


@pytest.fixture
def node(folder, plugin_site) -> Iterator[Node]:
    with Node.open(folder, host=plugin_site.host()) as opened:
        yield opened


FRAME = Frame(
    source="x", taken_at=datetime(2026, 11, 23, tzinfo=UTC), image=np.zeros((20, 40, 3), dtype=np.uint8)
)


def test_its_reader_weighs_by_the_layouts_of_plugins_and_asks_their_hook(node) -> None:
    (reading,) = node.reader().read(FRAME)
    assert reading.text == "11QQ11Q"  # five times as probable by its layout: 0.5 to 0.3
    assert reading.region == "xx"


def test_naming_the_recognizer_of_the_settings_keeps_its_options(node) -> None:
    assert node.reader("mine").read(FRAME) == node.reader().read(FRAME)


def test_a_send_that_was_cut_off_is_told_once_when_the_node_is_opened(folder, plugin_site) -> None:
    with Node.open(folder, host=plugin_site.host()) as opened:
        admin = Actor(id="system:test", roles=frozenset({"admin"}), delegated_by="p1")
        with (
            pytest.raises(KeyboardInterrupt),
            Act(opened.site, admin).send("hotlist.add", given={"purpose": "administration"}),
        ):
            raise KeyboardInterrupt
    with Node.open(folder, host=plugin_site.host()) as opened:
        (cut_off,) = opened.cut_off
        assert cut_off.kind == "hotlist.add"
    with Node.open(folder, host=plugin_site.host()) as opened:
        assert opened.cut_off == ()


def test_another_ledgers_key_does_not_open_it(folder, plugin_site) -> None:
    path = folder / "var" / "keys" / "ledger.key"
    path.unlink()
    SigningKey.generate("test.example/ledger/1").save(path)
    with pytest.raises(StoreError, match=r"the signing key of .* is not here"):
        Node.open(folder, host=plugin_site.host())


def test_the_ledgers_origin_cannot_be_changed_in_the_settings(folder, plugin_site) -> None:
    settings = folder / "alpr.toml"
    settings.write_text(settings.read_text().replace("test.example/ledger/1", "other.example/ledger/1"))
    with Node.open(folder, host=plugin_site.host()) as opened:
        assert "this node's ledger is test.example/ledger/1" in opened.pending.problem
        assert opened.settings.ledger.origin == "test.example/ledger/1"


def test_a_key_that_others_can_read_does_not_open_it(folder, plugin_site) -> None:
    (folder / "var" / "keys" / "ledger.key").chmod(0o644)
    with pytest.raises(StoreError, match="other accounts may read this key"):
        Node.open(folder, host=plugin_site.host())
