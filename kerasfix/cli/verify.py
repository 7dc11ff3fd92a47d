"""`kerasfix verify`."""

import sys
from typing import Any

import click

from kerasfix.cli.layers import config_layers
from kerasfix.cli.options import (
    GroupedCommand,
    cache_folder,
    color_option,
    config_options,
    given_paths,
    many_files_options,
    verification,
    verify_options,
)
from kerasfix.config import Resolver
from kerasfix.console import Console


@click.command(cls=GroupedCommand, short_help="Build and briefly fit the models of scripts.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(), metavar="PATH...")
@click.option("--output-format", type=click.Choice(["full", "json"]), default="full", show_default=True)
@click.option("--repeat", type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
              help="Run each script N times with the same seed, and say whether the verdict is the same.")  # fmt: skip
@many_files_options
@config_options
@verify_options
@color_option
def verify(
    paths: tuple[str, ...],
    output_format: str,
    repeat: int,
    config: tuple[str, ...],
    isolated: bool,
    color: str,
    jobs: int,
    executor: str | None,
    **options: Any,
) -> None:
    """Build and briefly fit the models of scripts, isolated, on synthetic data.

    Exit status: 0 passed; 1 failed, or out of time; 2 could not be run.
    """
    from kerasfix.commands.verify import VerifyRun

    layers, file = config_layers(config, isolated, {})
    resolver = Resolver(layers, file, isolated)
    asked = verification(options, cache_folder(options, resolver) if repeat == 1 else None)
    console = Console(color)
    sys.exit(
        VerifyRun(given_paths(paths), asked, console, resolver, output_format, repeat, jobs, executor).run()
    )
