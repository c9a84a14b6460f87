"""The process in which a plugin is tried: ``python -m alpr_core.kit.trial NAME REPORT FOLDER ORDER``.

Each check is a line of the report as soon as it is over, so that whoever waits knows how far it came. FOLDER is for
files that the kit gives to the plugin; ORDER is JSON, with the ``options`` and the ``folder`` that theirs are in.
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

from alpr_core import API_VERSION, AlprError, ConfigError, Plugin
from alpr_core.kit.checking import FAILED, OK, SKIPPED, CheckResult
from alpr_core.kit.exercises import EXERCISES
from alpr_core.kit.ground import Complaint, Ground, NotTried
from alpr_core.kit.hooks import hooks_of
from alpr_core.plugins import Kind, PluginHost
from alpr_core.plugins.loader import GROUP, load
from alpr_core.plugins.ready import missing, validated

CALL = 10.0
"""Seconds for one call."""

OURS = "alpr-core"
"""The distribution that a plugin is written for."""


def main(name: str, report: Path, given: Path, options: Mapping[str, object], folder: Path | None) -> None:
    """Try a plugin, and write what came of it; the last line says that the last check was reached."""
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    with report.open("a", encoding="utf-8", buffering=1) as file:
        for one in _results(name, given, options, folder):
            line = asdict(one) if isinstance(one, CheckResult) else {"told": sorted(one)}
            file.write(json.dumps(line) + "\n")
        file.write(json.dumps({"done": True}) + "\n")


def _results(
    name: str, given: Path, options: Mapping[str, object], folder: Path | None
) -> Iterator[CheckResult | set[str]]:
    """Yield what came of each check, and the words that the plugin was told about people by then."""
    points = [point for point in metadata.entry_points(group=GROUP) if point.name == name]
    if not points:
        yield CheckResult(
            check="registration",
            result=FAILED,
            says=f"no plugin {name!r} is installed: an entry point in the group {GROUP!r} names its module",
        )
        return
    loaded = load(points, (), ())
    host = PluginHost(loaded, {}, loaded.problems(), points)
    lines = [line for line in host.listing() if line.kind is not None]
    if host.problems or not lines:
        says = " ".join(host.problems) or "it registers nothing and implements no hook"
        yield CheckResult(check="registration", result=FAILED, says=says)
        return
    yield CheckResult(check="registration", result=OK)
    yield _version_range(points[0])
    for check, hook in hooks_of(loaded):
        yield _tried(check, hook)
    for line in lines:
        if line.kind is None or line.kind is Kind.HOOKS:
            continue
        thing = host.get(line.kind, line.name)
        if isinstance(thing, Plugin):
            yield _options(thing)
            yield from _use(thing, str(line.kind), given, options, folder)


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
        says = (
            f"its distribution asks for {' and '.join(map(str, asked))}, and this is alpr-core {ours} "
            f"(plugin API {API_VERSION}): use a version of the plugin that was written for it"
        )
        return CheckResult(check=check, result=FAILED, says=says)
    operators = {each.operator for one in asked for each in one.specifier}
    for bounds, which in ((_LOWER, "first"), (_UPPER, "last")):
        if not operators & bounds:
            says = (
                f"its distribution does not name the {which} version of alpr-core that it is for: "
                f"ask for one like {_EXAMPLE}"
            )
            return CheckResult(check=check, result=FAILED, says=says)
    return CheckResult(check=check, result=OK)


_LOWER, _UPPER = {">", ">=", "~=", "==", "==="}, {"<", "<=", "~=", "==", "==="}
"""The operators of a requirement that end it below, and above."""

_EXAMPLE = "alpr-core>=0.1,<1"


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
    if plugin.options.model_config.get("extra") != "forbid":
        says = "an unknown option is not refused: a misspelt one would be passed over in silence"
        return CheckResult(check=check, result=FAILED, says=says)
    bare = [name for name, field in plugin.options.model_fields.items() if not field.description]
    if bare:
        says = f"nobody is told what these options mean: {', '.join(bare)}. Give each a description"
        return CheckResult(check=check, result=FAILED, says=says)
    return CheckResult(check=check, result=OK)


def _use(
    plugin: Plugin[Any], kind: str, given: Path, options: Mapping[str, object], folder: Path | None
) -> Iterator[CheckResult | set[str]]:
    check = f"making {plugin.name}"
    if why_not := missing(plugin):
        yield CheckResult(check=check, result=SKIPPED, says=why_not)
        return
    try:
        taken = validated(plugin, options, "options", folder)
    except ConfigError as error:
        says = f"{' '.join(error.problems)} Write them into a file: --options FILE"
        yield CheckResult(check=check, result=FAILED if options else SKIPPED, says=says)
        return
    made: list[Any] = []
    yield _tried(check, lambda: made.append(plugin.factory(taken)))
    for thing in made:
        ground = Ground(plugin=plugin, thing=thing, folder=given)
        for name, exercise in EXERCISES.get(kind, ()):
            yield _tried(f"{plugin.name}: {name}", partial(exercise, ground))
            yield ground.told


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
    order = json.loads(sys.argv[4])
    at = order["folder"]
    main(
        sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), order["options"], None if at is None else Path(at)
    )
