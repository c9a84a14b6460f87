"""The notifier ``command`` with real programs: what one gets, and how one fails."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from alpr_core import InputError, Notice
from alpr_core.plugins import PluginHost
from alpr_notify_command import CommandOptions

NOTICE = Notice(
    kind="approval.asked",
    node="server",
    at=datetime(2026, 11, 23, 14, 0, tzinfo=UTC),
    to="+1 541 555 0100",
    numbers={"approval": 3},
)


@pytest.fixture(scope="module")
def host():
    return PluginHost.load()


@pytest.fixture
def notifier(host, tmp_path):
    """``notifier(script, *words)`` runs a shell script of that text with those words."""

    def make(script: str, *words: str, **options):
        file = tmp_path / "page"
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o700)
        return host.notifier("command", {"run": [str(file), *words], **options})

    return make


def test_the_program_gets_the_notice_as_json_and_its_words_as_they_are(notifier, tmp_path) -> None:
    notifier(f'cat > "{tmp_path}/got"; echo "$1" > "{tmp_path}/word"', "$(id); 'x'").send(NOTICE)
    assert json.loads((tmp_path / "got").read_text()) == {
        "kind": "approval.asked",
        "urgency": "urgent",
        "text": NOTICE.text,
        "numbers": {"approval": 3},
        "node": "server",
        "at": "2026-11-23T14:00:00+00:00",
        "to": "+1 541 555 0100",
    }
    assert (tmp_path / "word").read_text() == "$(id); 'x'\n"


def test_it_sees_nothing_of_the_nodes_environment(notifier, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("ALPR_DATABASE_PASSWORD", "geheim")
    notifier(f'env > "{tmp_path}/env"').send(NOTICE)
    assert "geheim" not in (tmp_path / "env").read_text()


def test_one_that_reads_nothing_and_ends_well_has_delivered(notifier) -> None:
    notifier("exit 0").send(NOTICE)


def test_another_exit_status_is_a_failure_and_what_it_printed_is_not_quoted(notifier) -> None:
    with pytest.raises(InputError, match="ended with exit status 7") as failed:
        notifier("echo secret; echo secret >&2; exit 7").send(NOTICE)
    assert "secret" not in failed.value.message


def test_one_that_takes_too_long_is_ended_with_all_that_it_started(notifier, tmp_path) -> None:
    begun = time.monotonic()
    with pytest.raises(InputError, match=r"took longer than 0\.2 seconds"):
        notifier(f'(sleep 1; touch "{tmp_path}/late") & sleep 30', timeout=0.2).send(NOTICE)
    assert time.monotonic() - begun < 5
    time.sleep(1)
    assert not (tmp_path / "late").exists()


def test_one_that_is_not_there_is_named(host) -> None:
    notifier = host.notifier("command", {"run": ["/no/such/program"]})
    with pytest.raises(InputError, match="/no/such/program cannot be run: No such file"):
        notifier.send(NOTICE)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"run": []}, "at least 1 item"),
        ({"run": "/bin/page chief"}, "valid list"),
        ({"run": ["page"]}, "whole path"),
        ({"run": ["/bin/page", "a\0b"]}, "no program can be given"),
        ({"run": ["/bin/page"], "timeout": 60}, "less than or equal to 5"),
    ],
)
def test_options_that_cannot_be_are_refused(options, says) -> None:
    with pytest.raises(ValidationError, match=says):
        CommandOptions.model_validate(options)
