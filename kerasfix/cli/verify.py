"""`kerasfix verify`."""

import sys
from pathlib import Path
from typing import Any

import click

from kerasfix.cli.options import color_option, verify_options
from kerasfix.console import Console


@click.command(short_help="Build and briefly fit the models of scripts.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(), metavar="PATH...")
@click.option("--output-format", type=click.Choice(["full", "json"]), default="full", show_default=True)
@click.option("--repeat", type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
              help="Run each script N times with the same seed, and say whether the verdict is the same.")  # fmt: skip
@click.option("--jobs", "-j", type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
              help="How many scripts run at a time.")  # fmt: skip
@click.option("--no-cache", "-n", is_flag=True, help="Run also what has been run before, unchanged.")
@verify_options
@color_option
def verify(
    paths: tuple[str, ...],
    output_format: str,
    repeat: int,
    jobs: int,
    no_cache: bool,
    color: str,
    **options: Any,
) -> None:
    """Build and briefly fit the models of scripts, isolated, on synthetic data.

    Exit status: 0 passed; 1 failed, or out of time; 2 could not be run.
    """
    from kerasfix.proof import VerifyRun
    from kerasfix.verify import Options

    cache = None if no_cache or repeat > 1 else Path.cwd()
    run = VerifyRun(paths, Options(cache=cache, **options), Console(color), output_format, repeat, jobs)
    sys.exit(run.run())
