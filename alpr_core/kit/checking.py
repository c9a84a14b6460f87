"""Checking a plugin from outside: in a process of its own, which may hang, crash or print whatever it likes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 60.0
"""Seconds that all checks together may take."""

PLATE = "KIT0PL8"
"""The plate that the checks use: whoever finds it in a log, a file or a plugin's memory knows where it came from."""

OK, FAILED, SKIPPED = "ok", "failed", "skipped"


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


def check_plugin(
    name: str, options: Mapping[str, object], *, patience: float = PATIENCE
) -> list[CheckResult]:
    """Run every check that fits what a plugin registers.

    The plugin is imported and used in a process of its own, in an empty folder.

    Args:
        name: of the plugin's entry point.
        options: for what it registers, as they would stand in alpr.toml.
        patience: seconds for all of it.
    """
    with tempfile.TemporaryDirectory(prefix="alpr-kit-") as folder:
        home = Path(folder)
        report = home / "report.jsonl"
        work = home / "work"
        work.mkdir()
        command = [sys.executable, "-m", "alpr_core.kit.trial", name, str(report), json.dumps(dict(options))]
        surroundings = {**os.environ, "HOME": str(work), "TMPDIR": str(work), "XDG_STATE_HOME": str(work)}
        output = home / "output"
        try:
            with output.open("wb") as printed:
                ended = subprocess.run(  # noqa: S603  our own interpreter, no shell
                    command,
                    cwd=work,
                    env=surroundings,
                    stdin=subprocess.DEVNULL,
                    stdout=printed,
                    stderr=subprocess.STDOUT,
                    timeout=patience,
                    check=False,
                ).returncode
        except subprocess.TimeoutExpired:
            ended = None
        results = [CheckResult(**line) for line in _lines(report)]
        results += _of_the_process(ended, results, patience)
        results.append(_nothing_left(output, work))
    return results


def _lines(report: Path) -> list[dict[str, str]]:
    if not report.exists():
        return []
    return [json.loads(line) for line in report.read_text("utf-8").splitlines() if line.endswith("}")]


def _of_the_process(ended: int | None, results: list[CheckResult], patience: float) -> list[CheckResult]:
    after = f"after the check {results[-1].check!r}" if results else "while it was imported"
    if ended is None:
        says = f"it blocked {after}: every call has a limit, and it kept to none within {patience:g} seconds"
        return [CheckResult(check="time", result=FAILED, says=says)]
    if ended != 0:
        says = f"the process that used it ended {after} with status {ended}"
        return [CheckResult(check="process", result=FAILED, says=says)]
    return []


def _nothing_left(output: Path, work: Path) -> CheckResult:
    """Look for the plate in whatever the plugin printed, logged or wrote."""
    places = [("what it printed or logged", output)]
    places += [(f"the file {path.name} that it wrote", path) for path in work.rglob("*") if path.is_file()]
    for where, path in places:
        if PLATE.encode() in path.read_bytes().upper():
            says = f"{where} holds the plate that was looked for: log counts and codes, never a plate"
            return CheckResult(check="no plate in logs", result=FAILED, says=says)
    return CheckResult(check="no plate in logs", result=OK)
