"""The file alpr.toml: where it is found, what is wrong with it, how a new one looks."""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from alpr_core.config.hotlists import options_for
from alpr_core.config.lines import line_of, lines_of
from alpr_core.config.settings import FILE_NAME, Settings
from alpr_core.errors import ConfigError, NotFound
from alpr_core.problems import Location, sentences


def find(directory: Path | None = None, *, start: Path | None = None) -> Path | None:
    """Return the node's folder, absolute: ``-C``, else ``ALPR_HOME``, else the nearest alpr.toml upward.

    Args:
        directory: what ``-C`` gave; taken as it is, whether or not a node is there.
        start: where to look upward from, by default the working directory.
    """
    if directory is not None:
        return directory.absolute()
    if home := os.environ.get("ALPR_HOME"):
        return Path(home).absolute()
    here = (start or Path.cwd()).absolute()
    return next((folder for folder in (here, *here.parents) if (folder / FILE_NAME).is_file()), None)


def require(directory: Path | None = None, *, start: Path | None = None) -> Path:
    """Return the node's folder as `find` does.

    Raises:
        NotFound: if there is none, with the command that makes one.
    """
    folder = find(directory, start=start)
    if folder is None:
        raise NotFound(
            f"there is no node here: no {FILE_NAME} in this folder or above it."
            " Name one with -C DIR or ALPR_HOME, or make one: alpr-core init DIR"
        )
    if not (folder / FILE_NAME).is_file():
        raise NotFound(
            f"there is no node in {folder}: no {FILE_NAME} in it. Make one: alpr-core init {folder}"
        )
    return folder


def load(folder: Path) -> Settings:
    """Return the settings of the node in ``folder``.

    Raises:
        NotFound: if there is no alpr.toml.
        ConfigError: if it is wrong, with every problem and its line.
    """
    folder = require(folder)
    file = folder / FILE_NAME
    try:
        text = file.read_bytes().decode()
        document = tomllib.loads(text)
    except OSError as error:
        raise ConfigError([f"it cannot be read: {error.strerror}."], where=str(file)) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"it is not UTF-8 text: byte {error.start}."], where=str(file)) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError([f"it is not TOML: {error}."], where=str(file)) from error
    return _settings(document, text, folder)


def _settings(document: Mapping[str, Any], text: str, folder: Path) -> Settings:
    try:
        settings = Settings.model_validate(document, context={"folder": folder})
    except ValidationError as error:
        lines = lines_of(text)

        def line(location: Location) -> int | None:
            return line_of(location, lines)

        def place(location: Location) -> str:
            number = line(location)
            return words_for(location) if number is None else f"line {number}, {words_for(location)}"

        problems = sentences(error, Settings, place, line)
        raise ConfigError(problems, where=str(folder / FILE_NAME)) from error
    settings.found_in(folder, document)
    return settings


def words_for(location: Location) -> str:
    """Return a place as people write it: ``[store] url``, ``[[source]] 2 options.host``."""
    section, *rest = location
    head = f"[{section}]"
    if rest and isinstance(rest[0], int):
        head = f"[[{section}]] {rest.pop(0) + 1}"  # type: ignore[operator]
    return f"{head} {'.'.join(map(str, rest))}".rstrip()


class OptionChecker(Protocol):
    """What can say whether a plugin's options are right: the plugin host."""

    def option_problems(
        self, kind: str, name: str, options: Mapping[str, object], *, where: str, folder: Path | None = None
    ) -> list[str]:
        """Return what is wrong with the options of a config section."""
        ...


def option_problems(settings: Settings, checker: OptionChecker) -> list[str]:
    """Return what the plugins find wrong with their sections, so that it can be shown with everything else."""
    problems = []
    if settings.recognizer.use != "auto":
        used = settings.recognizer
        problems += checker.option_problems(
            "recognizer", used.use, used.options, where="[recognizer] options", folder=settings.folder
        )
    if settings.retention.use != "auto":
        chosen = settings.retention
        problems += checker.option_problems(
            "retention_strategy",
            chosen.use,
            chosen.options,
            where="[retention] options",
            folder=settings.folder,
        )
    made = [
        ("data_source", f"[[source]] {number}", each.use, each.options)
        for number, each in enumerate(settings.source, start=1)
    ]
    made += [
        ("data_source", f"[[hotlist]] {number}", each.use, options_for(each, settings.source))
        for number, each in enumerate(settings.hotlist, start=1)
    ]
    made += [
        ("notifier", f"[[notifier]] {number}", each.use, each.options)
        for number, each in enumerate(settings.notifier, start=1)
    ]
    made += [
        ("job", f"[[jobs.plugin]] {number}", each.use, each.options)
        for number, each in enumerate(settings.jobs.plugin, start=1)
    ]
    for kind, section, use, options in made:
        where = f"{section} options"
        problems += checker.option_problems(kind, use, options, where=where, folder=settings.folder)
    return problems


# ---------------------------------------------------------------------------
# A new one
# ---------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """What ``init`` asks. The names are those of the settings; ``kept_for`` is a period where the pack has none."""

    name: str
    origin: str
    role: str = "server"
    mode: str = "training"
    timezone: str = "UTC"
    department: str = ""
    ori: str = ""
    pack: str = "minimal"
    overlays: tuple[str, ...] = ()
    values: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    store_url: str = "sqlite:///var/alpr.db"
    last_signed: str = ""
    kept_for: str = ""


_TEMPLATE = """\
# What each setting means: docs/config.md. Check this file with: alpr-core config check
[node]
name = {name}
role = {role}
mode = {mode}                     # "live" once every value that the policy leaves open is filled in
timezone = {timezone}             # times are stored in UTC; entered and shown in this zone
department = {department}
ori = {ori}

[policy]
pack = {pack}
overlays = {overlays}
{filled_in}
[store]
url = {store_url}

[ledger]
origin = {origin}                 # on every checkpoint, for ever: it never changes
{remembered}
[recognizer]
use = "auto"                      # fast_alpr when its models are there, else rapidocr
{retention}"""

_RETENTION = """
[retention]
use = "fixed"

[retention.options]
period = {period}
"""


def write_default(folder: Path, answers: Answers) -> Path:
    """Write the alpr.toml of a new node and return its path.

    Raises:
        ConfigError: if an answer is wrong, with every problem; nothing is written then.
        ConfigError: if there already is an alpr.toml: it is never overwritten.
    """
    values = {name: _toml(getattr(answers, name)) for name in Answers.__slots__ if name != "values"}
    remembered = f"last_signed = {_toml(answers.last_signed)}\n" if answers.last_signed else ""
    retention = _RETENTION.format(period=_toml(answers.kept_for)) if answers.kept_for else ""
    filled_in = _filled_in(answers.values)
    text = _TEMPLATE.format(**values, remembered=remembered, filled_in=filled_in, retention=retention)
    _settings(tomllib.loads(text), text, folder.absolute())
    file = folder / FILE_NAME
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise ConfigError(["there already is one. A node is made once."], where=str(file)) from error
    except OSError as error:
        raise ConfigError([f"it cannot be written: {error.strerror}."], where=str(file)) from error
    return file


def with_own_pack(folder: Path, answers: Answers) -> Answers:
    """Copy a pack that was given as a file into the node's folder: the node holds what it works under.

    Raises:
        ConfigError: if it cannot be read.
    """
    given = Path(answers.pack)
    if given.suffix != ".toml":
        return answers
    try:
        shutil.copyfile(given, folder / given.name)
    except shutil.SameFileError:
        pass
    except OSError as error:
        raise ConfigError([f"the pack {given} cannot be read: {error.strerror}"], where="init") from error
    return replace(answers, pack=given.name)


def _filled_in(values: Mapping[str, Mapping[str, object]]) -> str:
    """Return the table of what the paper leaves open, "" where nothing is filled in yet."""
    lines = [
        f"{_toml(clause)} = {{ {', '.join(f'{name} = {_toml(each)}' for name, each in value.items())} }}"
        for clause, value in values.items()
    ]
    return "\n".join(["", "[policy.values]", *lines, ""]) if lines else ""


def _toml(value: object) -> str:
    """Return a value in TOML. A JSON string is a TOML basic string but for DEL (TOML 1.0, "String")."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
