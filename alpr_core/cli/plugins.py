"""``alpr-core plugins``: what is installed, whose it is, and why something is not used."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import json_option, print_record, print_rows, say
from alpr_core.errors import ConfigError, NotFound, PluginError
from alpr_core.kit import FAILED, KINDS, check_plugin, write_package
from alpr_core.problems import suggestion

if TYPE_CHECKING:
    from alpr_core.options import Options
    from alpr_core.plugins import Listing, PluginHost

COLUMNS = {
    "name": "Name",
    "kind": "Kind",
    "distribution": "Distribution",
    "version": "Version",
    "enabled": "Enabled",
    "why_not": "Why not",
}
CHECK_COLUMNS = {"check": "Check", "result": "Result", "says": "What is wrong, or why not"}
OPTION_COLUMNS = {"name": "Option", "type": "Type", "default": "Default", "description": "Meaning"}


@open_to_all
@click.group()
def plugins() -> None:
    """Show what is installed, whose it is, and why something is not used."""


@plugins.command("list")
@json_option
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List everything that plugins register, and the plugins that are left out."""
    host = invocation.host(quiet=True)
    print_rows(map(dataclasses.asdict, host.listing()), columns=COLUMNS, as_json=as_json)


@plugins.command()
@click.argument("name")
@json_option
@pass_invocation
def show(invocation: Invocation, name: str, as_json: bool) -> None:
    """Show what is registered under NAME, with its options and their defaults.

    \b
    Example:
      alpr-core plugins show rapidocr
    """
    host = invocation.host(quiet=True)
    for line in _named(name, host):
        options = list(_options(line, host))
        if as_json:
            print_record({**dataclasses.asdict(line), "options": options}, as_json=True)
        else:
            print_record(dataclasses.asdict(line), as_json=False)
            print_rows(options, columns=OPTION_COLUMNS, as_json=False, empty="It has no options.")
            say("")


@plugins.command()
@click.argument("name")
@click.option("--kind", required=True, type=click.Choice(sorted(KINDS)), help="What it is to be.")
@click.option(
    "--into",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="The folder that the package's folder is made in; this one by default.",
)
@json_option
def new(name: str, kind: str, into: Path, as_json: bool) -> None:
    """Write a package with the plugin NAME to begin with.

    \b
    Example:
      alpr-core plugins new idaho --kind state
    """
    written = write_package(name, kind, into)
    if as_json:
        print_record({"files": [str(path) for path in written]}, as_json=True)
        return
    say("\n".join(map(str, written)))
    say(f"\nNow: pip install -e {written[0].parent}, and alpr-core plugins check {name}")


@plugins.command()
@click.argument("name")
@click.option(
    "--options",
    "options_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file with the plugin's options.",
)
@json_option
def check(name: str, options_file: Path | None, as_json: bool) -> None:
    """Check that the plugin NAME does what plugins promise, in a process of its own.

    \b
    Example:
      alpr-core plugins check idaho --options idaho.toml
    """
    options = {} if options_file is None else _read_options(options_file)
    folder = None if options_file is None else options_file.resolve().parent
    results = check_plugin(name, options, folder=folder)
    print_rows(map(dataclasses.asdict, results), columns=CHECK_COLUMNS, as_json=as_json)
    failed = sum(one.result == FAILED for one in results)
    if failed:
        raise PluginError(f"{failed} of {len(results)} checks failed")


def _read_options(file: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError([f"cannot be read: {error}."], where=str(file)) from error


def _named(name: str, host: PluginHost) -> list[Listing]:
    lines = host.listing()
    found = [line for line in lines if name in (line.name, line.plugin)]
    if not found:
        raise NotFound(f"no plugin {name!r} is installed.{suggestion(name, {line.name for line in lines})}")
    return found


def _options(line: Listing, host: PluginHost) -> Iterator[Mapping[str, Any]]:
    model: type[Options] | None = host.options_model(line)
    for name, field in model.model_fields.items() if model is not None else ():
        yield {
            "name": name,
            "type": getattr(field.annotation, "__name__", str(field.annotation)),
            "default": "(required)" if field.is_required() else field.get_default(call_default_factory=True),
            "description": field.description or "",
        }
