"""What every command stands in: which node it is about, who may call it, what becomes of an error."""

from __future__ import annotations

import importlib
import os
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from weakref import WeakSet

import click
from click.exceptions import NoSuchCommand

from alpr_core.cli.output import note
from alpr_core.errors import AlprError, ConfigError, StoreError

if TYPE_CHECKING:
    from alpr_core.act import Act
    from alpr_core.config import Settings
    from alpr_core.node import Node
    from alpr_core.plugins import PluginHost


# ---------------------------------------------------------------------------
# What a command knows of its surroundings
# ---------------------------------------------------------------------------


@dataclass
class Invocation:
    """One call of the command line.

    Attributes:
        directory: what ``-C`` gave, None without it.
        receipt: where ``--receipt`` wants proof of what the command did, None without it.
        commands: names of our own commands, which no plugin can take.
    """

    directory: Path | None = None
    receipt: Path | None = None
    commands: frozenset[str] = field(default_factory=frozenset)
    _node: Node | None = field(default=None, init=False, repr=False)

    def folder(self) -> Path:
        """Return the node's folder.

        Raises:
            NotFound: if there is no node, with the command that makes one.
        """
        from alpr_core import config

        return config.require(self.directory)

    def folder_or_none(self) -> Path | None:
        """Return the folder that is meant, None if there is no node: for commands that work without one too."""
        from alpr_core import config

        return config.find(self.directory)

    @cached_property
    def _settings(self) -> Settings | None:
        from alpr_core import config

        folder = self.folder_or_none()
        return None if folder is None else config.load(folder)

    def settings(self) -> Settings:
        """Return the settings as alpr.toml has them; those in force are the node's own.

        Raises:
            NotFound: if there is no node.
            ConfigError: if its alpr.toml is wrong.
        """
        self.folder()
        settings = self._settings
        assert settings is not None  # noqa: S101  folder() raises where there is no node
        return settings

    def settings_or_none(self) -> Settings | None:
        """Return the node's settings, None without a node.

        Raises:
            ConfigError: if there is an alpr.toml, and it is wrong.
        """
        return self._settings

    @cached_property
    def _host(self) -> PluginHost:
        from alpr_core.plugins import PluginHost

        settings = self.settings_or_none()
        if settings is None:
            return PluginHost.load(reserved_commands=self.commands)
        chosen = settings.plugins
        return PluginHost.load(disable=chosen.disable, grants=chosen.grant, reserved_commands=self.commands)

    def host(self, *, quiet: bool = False) -> PluginHost:
        """Return the plugin host, loaded once with what the node disables and grants.

        Args:
            quiet: leave it to the command to show what is wrong with plugins.

        Raises:
            ConfigError: if there is an alpr.toml, and it is wrong.
        """
        first = "_host" not in vars(self)
        host = self._host
        if first and not quiet:
            for problem in host.problems:
                note(f"Warning: {problem}")
        return host

    def _host_or_none(self) -> PluginHost | None:
        """Return the plugins; None where alpr.toml is wrong, and the node has to go on under its old settings."""
        try:
            return self.host()
        except ConfigError:
            return None

    def node(self, *, recovering: bool = False) -> Node:
        """Return the node, opened once, under the settings that were accepted for it.

        Args:
            recovering: also where its database lacks what was signed or witnessed; the witnesses are asked anew.

        Raises:
            NotFound: if there is no node.
            ConfigError: if its settings are wrong, and no old ones can be kept.
            StoreError: if its database, keys or ledger cannot be used.
        """
        if self._node is None:
            from alpr_core.node import Node

            host = self._host_or_none()
            node = Node.open(self.folder(), host=host, recovering=recovering, ask_witnesses=recovering)
            self.adopt(node)
            if node.pending is not None:
                note(f"Warning: {node.pending.headline}. Until that is settled, little but capture goes on.")
            for each in node.cut_off:
                note(f"Warning: {each.kind} of entry {each.entry} was cut off; nobody knows how it ended.")
            return node
        return self._node

    def adopt(self, node: Node) -> None:
        """Take a node that the command made as the one it is about; it is closed when the command has ended."""
        click.get_current_context().find_root().call_on_close(node.close)
        self._node = node

    def give_receipt(self) -> None:
        """Write the proofs that ``--receipt`` asks for: the last act's, or its denial's, under that very name.

        Raises:
            StoreError: if the ledger cannot be read, or a file cannot be written.
        """
        if self.receipt is None:
            return
        proofs = [] if self._node is None else self._node.receipts()
        if not proofs:
            note("No receipt: this command made no entry.")
            return
        path = self.receipt
        earlier = [(path.with_name(f"{path.stem}-{one.index}{path.suffix}"), one) for one in proofs[:-1]]
        try:
            for place, proof in (*earlier, (path, proofs[-1])):
                with place.open("xb") as file:
                    file.write(proof.to_bytes())
                note(f"{place}: proof of entry {proof.index}")
        except OSError as error:
            raise StoreError(f"{path}: the receipt cannot be written: {error.strerror}") from error

    def act(self) -> Act:
        """Return the door to the node's data for whoever is logged in here, or for nobody.

        Raises:
            StoreError: if the session file is not safe to use.
        """
        from alpr_core.session import read_session, session_file

        node = self.node()
        return node.act(read_session(session_file(node.settings.folder, os.environ)))


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)
"""Gives a command the `Invocation` as its first argument."""


# ---------------------------------------------------------------------------
# Who may call a command
# ---------------------------------------------------------------------------

C = TypeVar("C", bound=click.Command)

_OPEN: WeakSet[click.Command] = WeakSet()


def open_to_all(command: C) -> C:
    """Mark a command, or a group with all that is below it, as one that needs no session.

    Every command without this mark has to be refused to a caller without a session or with a wrong role.
    """
    _OPEN.add(command)
    return command


class Leaf(NamedTuple):
    """One command at the end of its path.

    Attributes:
        path: the words that call it: ``("hits", "list")``.
        command: the command.
        open_to_all: whether it needs no session.
    """

    path: tuple[str, ...]
    command: click.Command
    open_to_all: bool


def walk(command: click.Command, path: tuple[str, ...] = (), opened: bool = False) -> Iterator[Leaf]:
    """Yield every command below a group, whatever has to be imported for it."""
    opened = opened or command in _OPEN
    if not isinstance(command, click.Group):
        yield Leaf(path, command, opened)
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        if below is not None:
            yield from walk(below, (*path, name), opened)


# ---------------------------------------------------------------------------
# The top group
# ---------------------------------------------------------------------------


class Lazy(NamedTuple):
    """A command that is imported when it is used.

    Attributes:
        target: ``module:object``.
        summary: its line in the list of commands.
    """

    target: str
    summary: str

    def load(self) -> click.Command:
        """Import it."""
        module, _, name = self.target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


class Frame(click.Group):
    """The top group: our commands by name, then those of plugins; errors become messages and exit statuses."""

    def __init__(self, *args: Any, lazy: Mapping[str, Lazy], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return our names in their order, then the plugins' sorted."""
        return [*self.lazy, *sorted(self._of_plugins(ctx))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one of ours; only for another name are the plugins loaded."""
        if cmd_name in self.lazy:
            return self.lazy[cmd_name].load()
        return self._of_plugins(ctx).get(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command as click does, and suggest from all that there are."""
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            raise NoSuchCommand(args[0], possibilities=self.list_commands(ctx), ctx=ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing ours."""
        rows = [(name, lazy.summary) for name, lazy in self.lazy.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
        plugins = sorted(self._of_plugins(ctx).items())
        if plugins:
            with formatter.section("Commands of plugins"):
                formatter.write_dl([(name, command.get_short_help_str(80)) for name, command in plugins])

    def _of_plugins(self, ctx: click.Context) -> Mapping[str, click.Command]:
        invocation = ctx.ensure_object(Invocation)
        invocation.commands = frozenset(self.lazy)
        try:
            return invocation.host().commands()
        except AlprError as error:  # help is there even where the config is broken
            note(f"Warning: commands of plugins are left out. {error.message}")
            return {}

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; give the receipt that was asked for, also of a denial, while the node is still open."""
        invocation = ctx.ensure_object(Invocation)
        try:
            done = super().invoke(ctx)
        except BaseException:
            try:
                invocation.give_receipt()
            except AlprError as error:  # what went wrong first decides
                note(f"Error: {error.message}")
            raise
        invocation.give_receipt()
        return done

    def main(self, *args: Any, standalone_mode: bool = True, **kwargs: Any) -> Any:
        """Run as click does; an error that escapes becomes its message on stderr and its exit status."""
        try:
            return super().main(*args, standalone_mode=standalone_mode, **kwargs)  # type: ignore[call-overload]
        except Exception as error:
            if not standalone_mode:
                raise
            _report(error)
            raise SystemExit(error.exit_status if isinstance(error, AlprError) else 1) from None


def _report(error: Exception) -> None:
    """Tell a person what went wrong, without a traceback unless it is asked for."""
    traced = os.environ.get("ALPR_TRACE") == "1"
    if traced:
        note("".join(traceback.format_exception(error)).rstrip())
    if isinstance(error, AlprError):
        note("\n".join([f"Error: {error.message}", *getattr(error, "__notes__", ())]))
        return
    if isinstance(
        error, OSError
    ):  # a full disk behind stdout, no more memory: the machine's, not this program's
        place = f"{error.filename}: " if error.filename else ""
        note(f"Error: the system refused: {place}{error.strerror or type(error).__name__}")
        return
    first_line = str(error).strip().partition("\n")[0][:300]
    hint = "" if traced else " Run it again with ALPR_TRACE=1 to see where, and report that."
    note(f"Error: unexpected {type(error).__name__}: {first_line}\nThis is a defect of alpr-core.{hint}")
