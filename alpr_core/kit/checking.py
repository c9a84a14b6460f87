"""Checking a plugin from outside: in a process of its own, which may hang, crash or print whatever it likes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from alpr_core.kit.traces import left_in_files, left_in_output

PATIENCE = 60.0
"""Seconds that all checks together may take."""

OK, FAILED, SKIPPED = "ok", "failed", "skipped"

IN_LOGS, IN_FILES = "no plate or name in logs", "no plate or name in files"
"""The checks of what is left of a plate or a name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResult:
    """What came of one check.

    Attributes:
        check: its name.
        result: "ok", "failed" or "skipped".
        says: what is wrong and what to do, or why it was skipped.
    """

    check: str
    result: str
    says: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What the process wrote of its checks.

    Attributes:
        results: in their order.
        told: words that the plugin was told about people.
        done: whether the last check was reached: a process may end in the middle, and call that a success.
    """

    results: tuple[CheckResult, ...] = ()
    told: frozenset[str] = frozenset()
    done: bool = False


def check_plugin(
    name: str, options: Mapping[str, object], *, folder: Path | None = None, patience: float = PATIENCE
) -> list[CheckResult]:
    """Run every check that fits what a plugin registers.

    The plugin is imported and used in a process of its own, in an empty folder, which is its home too.

    Args:
        name: of the plugin's entry point.
        options: for what it registers, as they would stand in alpr.toml.
        folder: that relative files in the options are taken from, as from a node's.
        patience: seconds for all of it.
    """
    with tempfile.TemporaryDirectory(prefix="alpr-kit-") as made:
        home = Path(made)
        report, work, given = home / "report.jsonl", home / "work", home / "given"
        work.mkdir()
        given.mkdir()
        order = {"options": dict(options), "folder": str(folder) if folder else None}
        command = [
            *(sys.executable, "-m", "alpr_core.kit.trial"),
            *(name, str(report), str(given), json.dumps(order, default=str)),  # TOML has dates, JSON has none
        ]
        output = home / "output"
        began = time.time() - 1  # files' times are coarse
        try:
            with output.open("wb") as printed:
                ended = subprocess.run(  # noqa: S603  our own interpreter, no shell
                    command,
                    cwd=work,
                    env={**os.environ, **_surroundings(work)},
                    stdin=subprocess.DEVNULL,
                    stdout=printed,
                    stderr=subprocess.STDOUT,
                    timeout=patience,
                    check=False,
                ).returncode
        except subprocess.TimeoutExpired:
            ended = None
        found = _report(report)
        return [
            *found.results,
            *_of_the_process(ended, found, patience),
            _unless(IN_LOGS, left_in_output(output, found.told)),
            _unless(IN_FILES, left_in_files(work, found.told, began)),
        ]


def _surroundings(work: Path) -> Mapping[str, str]:
    """Return the variables by which programs find a place to write to: all of them lead into one folder."""
    homes = ("HOME", "TMPDIR", "TEMP", "TMP")
    return dict.fromkeys(
        (*homes, *(f"XDG_{kind}_HOME" for kind in ("STATE", "CACHE", "CONFIG", "DATA"))), str(work)
    )


def _report(file: Path) -> Report:
    """Return what stands in a report, as far as it was written."""
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    whole = [json.loads(line) for line in lines if line.endswith("}")]
    return Report(
        results=tuple(CheckResult(**line) for line in whole if "check" in line),
        told=frozenset(word for line in whole for word in line.get("told", ())),
        done=bool(whole) and "done" in whole[-1],
    )


def _of_the_process(ended: int | None, found: Report, patience: float) -> list[CheckResult]:
    after = f"after the check {found.results[-1].check!r}" if found.results else "while it was imported"
    if ended is None:
        says = f"it blocked {after}: every call has a limit, and it kept to none within {patience:g} seconds"
        return [CheckResult(check="time", result=FAILED, says=says)]
    if not found.done:
        says = (
            f"the process that used it ended {after} with status {ended}, before it was done: "
            "a plugin never ends the process that it is a part of"
        )
        return [CheckResult(check="process", result=FAILED, says=says)]
    if ended != 0:
        says = f"the process that used it ended with status {ended} once all was done"
        return [CheckResult(check="process", result=FAILED, says=says)]
    return []


def _unless(check: str, trouble: str) -> CheckResult:
    return CheckResult(check=check, result=FAILED if trouble else OK, says=trouble)
