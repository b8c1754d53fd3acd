"""The application: a Typer group that finds and builds a command only when it is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from cerebro_core.errors import PluginError
from cerebro_core.method import Command
from cerebro_core.plugins import core_version, plugins

CORE_PANEL = "Commands"
ANALYSIS_PANEL = "Analyses"


class LazyGroup(TyperGroup):
    """Lists commands from the plugins' light modules, and builds the one that is called."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Pass over our own flags where a command comes first: reading them would import pydantic."""
        if not args or args[0].startswith("-"):
            return super().parse_args(ctx, args)
        ctx._protected_args, ctx.args = args[:1], args[1:]
        return args[1:]

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of all commands of the plugins that load."""
        return [command.name for command in plugins().commands()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A stub with the command's name and help: enough for listings and completion."""
        try:
            command = plugins().command(cmd_name)
        except PluginError:
            return None
        panel = ANALYSIS_PANEL if command.spec else CORE_PANEL
        return TyperCommand(command.name, help=command.help, rich_help_panel=panel)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The real command. A missing one is named with its pip line."""
        name = args[0]
        if name.startswith("-"):
            return super().resolve_command(ctx, args)
        command = plugins().command(name)
        return command.name, build(command), args[1:]


class LightCommand(TyperCommand):
    """A command whose absent `--help` is False: Typer reads a flag without a value through pydantic."""

    def get_help_option(self, ctx: Any) -> Any:
        """The option of `--help`."""
        option = super().get_help_option(ctx)
        if option is not None and option.default is None:
            option.default = False
        return option


def build(command: Command) -> Any:
    """The Click command of a registered command."""
    if command.spec is not None:
        from cerebro_core.cli.analysis import analysis_callback

        callback = analysis_callback(command)
    elif command.run is not None:
        from cerebro_core.load import import_name

        callback = import_name(command.run)
    else:
        raise PluginError(f"command '{command.name}' names neither a spec nor a function to run")
    built = typer_command(command.name, command.help, callback)
    if command.domain == "core":
        _lighten(built)
    return built


class _PlainText:
    """Passes text through as it is."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value."""
        return value


def _lighten(command: Any) -> None:
    """Let parameters that are plain text be read without pydantic, which Typer imports for the first of them."""
    for parameter in command.params:
        described = getattr(parameter, "type_descriptor", None)
        if described is not None and described.annotation is str:
            parameter._runtime_param = _PlainText()


def typer_command(name: str, text: str, callback: Callable[..., Any]) -> Any:
    """A Click command of one function that Typer understands."""
    app = typer.Typer(add_completion=False)
    app.command(name, help=text, cls=LightCommand)(callback)
    return get_command(app)


def application() -> Any:
    """The `cerebro` command."""
    app = typer.Typer(cls=LazyGroup, no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback(epilog="Start with: cerebro auto data.csv --run")(_root)
    group = get_group(app)
    group.params += _completion_options()
    return group


def _completion_options() -> list[Any]:
    from typer.main import get_install_completion_arguments

    return list(get_install_completion_arguments())


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"cerebro {core_version()}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """From a table and a question to a checked causal analysis, and a script that you own."""
