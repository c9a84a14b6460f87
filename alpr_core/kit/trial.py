"""The process in which a plugin is tried: ``python -m alpr_core.kit.trial NAME REPORT OPTIONS``.

Each check is a line of the report as soon as it is over, so that whoever waits knows how far it came.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from pydantic import ValidationError

from alpr_core import API_VERSION, AlprError, Options, Plugin
from alpr_core.kit.checking import FAILED, OK, SKIPPED, CheckResult
from alpr_core.kit.exercises import EXERCISES, Complaint, NotTried
from alpr_core.plugins import Kind, PluginHost
from alpr_core.plugins.loader import GROUP
from alpr_core.problems import sentences

CALL = 10.0
"""Seconds for one call."""

OURS = "alpr-core"
"""The distribution that a plugin is written for."""


def main(name: str, report: Path, options: Mapping[str, object]) -> None:
    """Try a plugin, and write what came of it."""
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    with report.open("a", encoding="utf-8", buffering=1) as file:
        for result in _results(name, options):
            file.write(json.dumps(asdict(result)) + "\n")


def _results(name: str, options: Mapping[str, object]) -> Iterator[CheckResult]:
    points = [point for point in metadata.entry_points(group=GROUP) if point.name == name]
    if not points:
        yield CheckResult(
            check="registration",
            result=FAILED,
            says=f"no plugin {name!r} is installed: an entry point in the group {GROUP!r} names its module",
        )
        return
    host = PluginHost.load(entry_points=points)
    lines = [line for line in host.listing() if line.kind is not None]
    if host.problems or not lines:
        says = " ".join(host.problems) or "it registers nothing and implements no hook"
        yield CheckResult(check="registration", result=FAILED, says=says)
        return
    yield CheckResult(check="registration", result=OK)
    yield _version_range(points[0])
    for line in lines:
        if line.kind is None or line.kind is Kind.HOOKS:
            continue
        thing = host.get(line.kind, line.name)
        if isinstance(thing, Plugin):
            yield _options(thing)
            yield from _use(thing, str(line.kind), options)


def _version_range(point: metadata.EntryPoint) -> CheckResult:
    check = "API version"
    ours = metadata.version(OURS)
    if point.dist is not None and canonicalize_name(point.dist.name) == OURS:
        return CheckResult(check=check, result=OK)  # it comes with us
    asked = list(_requirements(point))
    if not asked:
        says = "its distribution does not depend on alpr-core: name the versions that it was written for"
        return CheckResult(check=check, result=FAILED, says=says)
    if not all(one.specifier.contains(ours, prereleases=True) for one in asked):
        says = f"its distribution does not ask for alpr-core {ours} (plugin API {API_VERSION})"
        return CheckResult(check=check, result=FAILED, says=says)
    if not any(one.specifier for one in asked):
        says = (
            "its distribution asks for any alpr-core: name the first version, and the one that may break it"
        )
        return CheckResult(check=check, result=FAILED, says=says)
    return CheckResult(check=check, result=OK)


def _requirements(point: metadata.EntryPoint) -> Iterator[Requirement]:
    for text in (point.dist.requires if point.dist is not None else None) or ():
        try:
            one = Requirement(text)
        except InvalidRequirement:
            continue
        if canonicalize_name(one.name) == OURS:
            yield one


def _options(plugin: Plugin[Any]) -> CheckResult:
    check = f"options of {plugin.name}"
    if not (isinstance(plugin.options, type) and issubclass(plugin.options, Options)):
        return CheckResult(
            check=check, result=FAILED, says="its options are no model under alpr_core.Options"
        )
    if plugin.options.model_config.get("extra") != "forbid":
        says = "an unknown option is not refused: a misspelt one would be passed over in silence"
        return CheckResult(check=check, result=FAILED, says=says)
    bare = [name for name, field in plugin.options.model_fields.items() if not field.description]
    if bare:
        says = f"nobody is told what these options mean: {', '.join(bare)}. Give each a description"
        return CheckResult(check=check, result=FAILED, says=says)
    return CheckResult(check=check, result=OK)


def _use(plugin: Plugin[Any], kind: str, options: Mapping[str, object]) -> Iterator[CheckResult]:
    check = f"making {plugin.name}"
    if why_not := plugin.missing():
        yield CheckResult(check=check, result=SKIPPED, says=why_not)
        return
    try:
        validated = plugin.options.model_validate(dict(options))
    except ValidationError as error:
        problems = sentences(error, plugin.options, lambda location: ".".join(map(str, location)))
        says = f"{' '.join(problems)} Write them into a file: --options FILE"
        yield CheckResult(check=check, result=FAILED if options else SKIPPED, says=says)
        return
    made: list[Any] = []
    yield _tried(check, lambda: made.append(plugin.factory(validated)))
    for name, exercise in EXERCISES.get(kind, ()) if made else ():
        yield _tried(f"{plugin.name}: {name}", partial(exercise, made[0]))


def _tried(check: str, call: Callable[[], None]) -> CheckResult:
    """Make a call, with a limit on its time."""
    ended: list[CheckResult] = []

    def run() -> None:
        try:
            call()
            ended.append(CheckResult(check=check, result=OK))
        except NotTried as why:
            ended.append(CheckResult(check=check, result=SKIPPED, says=str(why)))
        except Complaint as complaint:
            ended.append(CheckResult(check=check, result=FAILED, says=str(complaint)))
        except AlprError as error:
            ended.append(CheckResult(check=check, result=FAILED, says=error.message))
        except BaseException as error:  # noqa: BLE001  whatever a stranger's code raises
            says = (
                f"it raised {type(error).__name__}: raise an error of alpr_core, with a sentence for people"
            )
            ended.append(CheckResult(check=check, result=FAILED, says=says))

    begin = time.monotonic()
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(CALL)
    if not ended:
        says = f"it did not come back within {time.monotonic() - begin:.0f} seconds: give every wait a limit"
        return CheckResult(check=check, result=FAILED, says=says)
    return ended[0]


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3]))
