"""Commands that are imported when they are called, so that the front door opens at once.

A command of yibao stands on engines, charts and statistics; all of them together take seconds to import, one command
needs a few. The list of commands, and the help of the door itself, need none.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from yibao.cli.words import t

#: What every command understands.
SETTINGS = {"help_option_names": ["-h", "--help"]}


@dataclass(frozen=True)
class Lazy:
    """A command by its name, its place ``module:attribute`` in this package, and its line of help.

    The attribute is a function, or the Typer of a group of commands.
    """

    name: str
    place: str
    zh: str
    en: str

    def line(self) -> TyperCommand:
        """The name and its help, for a list of commands."""
        return TyperCommand(self.name, help=t(self.zh, self.en))

    def load(self) -> Any:
        """The command itself."""
        module, _, attribute = self.place.partition(":")
        found = getattr(import_module(f"yibao.cli.{module}"), attribute)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(add_completion=False, context_settings=SETTINGS)
            alone.command(self.name)(found)
            found = alone
        command = get_command(found)
        command.name, command.help = self.name, t(self.zh, self.en)
        command.params = [p for p in command.params if p.name not in ("install_completion", "show_completion")]
        return command


class LazyCommands(MutableMapping[str, Any]):
    """Commands by name, in their order; each is loaded once, when it is asked for."""

    def __init__(self, commands: Sequence[Lazy]) -> None:
        self.lazy = {command.name: command for command in commands}
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = self.lazy[name].load()
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self.lazy[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.lazy)

    def __len__(self) -> int:
        return len(self.lazy)

    def __contains__(self, name: object) -> bool:
        return name in self.lazy


def lazy_group(commands: Sequence[Lazy]) -> type[TyperGroup]:
    """The class of a Typer whose commands are ``commands``."""

    class Group(TyperGroup):
        def __init__(self, **given: Any) -> None:
            super().__init__(**given)
            self.commands = LazyCommands(commands)
            self._listing = False

        def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the signature of the library
            return list(self.commands)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            if self._listing:
                return self.commands.lazy[cmd_name].line()  # type: ignore[attr-defined]
            return super().get_command(ctx, cmd_name)

        def format_help(self, ctx: Any, formatter: Any) -> None:
            self._listing = True
            try:
                super().format_help(ctx, formatter)
            finally:
                self._listing = False

    return Group
