"""The command line: one command, one file, imported when it is asked for."""

import atexit
import gc
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from kerasfix import __version__
from kerasfix.config import ConfigError
from kerasfix.console import FAILED, Console

_COMMANDS = (
    "check",
    "clean",
    "config",
    "generate-shell-completion",
    "report",
    "rule",
    "server",
    "shapes",
    "verify",
)
"""Each is a function of its name in the module of its name, with `_` for `-`."""
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Group(click.Group):
    """Ends every command in the documented way, whatever happens in it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*_COMMANDS, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return super().get_command(ctx, cmd_name)
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(import_module(f"{__name__}.{name}"), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        console = Console()
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except ConfigError as error:
            console.error(str(error))
        except OSError as error:
            console.error(_reason(error))
        except KeyboardInterrupt:
            console.error("interrupted; files that were written so far are whole")
            sys.exit(130)
        except Exception:
            from traceback import format_exc

            console.error(f"internal error in kerasfix {__version__}: please report what follows.")
            click.echo(format_exc(), err=True)
        sys.exit(FAILED)


def _reason(error: OSError) -> str:
    if error.filename:
        return f"{error.filename}: {error.strerror}"
    try:
        Path.cwd()
    except OSError:
        return "the current folder is gone"
    return error.strerror or str(error)


@click.group(cls=_Group, context_settings=_CONTEXT)
@click.version_option(__version__, "-V", "--version", message="kerasfix %(version)s")
def main() -> None:
    """Check and repair Keras model code."""
    gc.set_threshold(50_000, 20, 20)  # start-up makes many objects and no garbage: seldom look for it
    atexit.register(gc.freeze)  # nor at the end, where Python would look through all that is left three times
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # it was closed: nothing comes from it, and nobody reads it
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
    for stream in (
        sys.stdout,
        sys.stderr,
    ):  # a message never fails for want of a character in the terminal's encoding
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


@main.command()
def version() -> None:
    """Print the version."""
    click.echo(f"kerasfix {__version__}")
