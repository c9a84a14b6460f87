"""What is installed is compared with what was recorded of it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from alpr_core.act import Act
from alpr_core.models import Actor
from alpr_core.services import upgrades
from alpr_core.services.upgrades import check_installed, note_installed
from alpr_core.store.installed import Part


def part(version: str, sha256: str = "a" * 64) -> Part:
    return Part(distribution="alpr-x", version=version, sha256=sha256)


@pytest.fixture
def node(site) -> Act:
    return Act(site, Actor(id="system:installed"))


@pytest.fixture
def told(monkeypatch) -> list[str]:
    kinds: list[str] = []
    monkeypatch.setattr(upgrades, "tell", lambda _act, kind, **_numbers: kinds.append(kind))
    return kinds


def changes(site) -> list[Mapping]:
    with site.store.snapshot() as work:
        return [entry.body["public"] for entry in work.ledger.entries(kind="node.changed")]


def test_the_first_time_all_of_it_is_recorded_and_nobody_is_told(site, node, told) -> None:
    assert note_installed(node, {"alpr-core": part("1"), "plugin x": part("1")}) == 2
    assert [(one["first"], one["changed"]) for one in changes(site)] == [(True, ["alpr-core", "plugin x"])]
    assert told == []


@pytest.mark.parametrize("now", [part("2"), part("1", "b" * 64)])
def test_another_version_or_other_files_are_an_entry_and_a_notice(site, node, told, now) -> None:
    note_installed(node, {"alpr-core": part("1"), "plugin x": part("1")})
    for _ in range(2):
        note_installed(node, {"alpr-core": part("1"), "plugin x": now})
    assert changes(site)[1]["parts"] == {
        "plugin x": {"distribution": "alpr-x", "version": now.version, "sha256": now.sha256}
    }
    assert len(changes(site)) == 2
    assert told == ["node.changed"]


def test_a_plugin_that_comes_or_goes_is_an_entry(site, node, told) -> None:
    note_installed(node, {"alpr-core": part("1")})
    note_installed(node, {"alpr-core": part("1"), "plugin x": part("1")})
    note_installed(node, {"alpr-core": part("1")})
    assert [(one["changed"], sorted(one["parts"])) for one in changes(site)[1:]] == [
        (["plugin x"], ["plugin x"]),
        (["plugin x"], []),
    ]
    assert told == []


def test_an_entry_of_many_plugins_still_fits(site, node) -> None:
    many = {f"plugin {number:040}": part("1.0.0-with-a-long-name") for number in range(300)}
    assert note_installed(node, many) == 300


def test_the_job_reads_what_is_installed_each_time(site, node, tmp_path) -> None:
    versions = iter(("1", "1", "2"))
    plugins = lambda: {"x": {"distribution": "alpr-x", "version": next(versions), "sha256": "a" * 64}}  # noqa: E731
    assert [check_installed(node, plugins, tmp_path)["changed"] for _ in range(3)] == [2, 0, 1]
