"""`kerasfix verify`."""

import sys
from typing import Literal

import click

from kerasfix.cli.options import color_option, verify_options
from kerasfix.run import Console


@click.command(short_help="Build and briefly fit the models of scripts.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(), metavar="PATH...")
@click.option("--output-format", type=click.Choice(["full", "json"]), default="full", show_default=True)
@verify_options
@color_option
def verify(
    paths: tuple[str, ...],
    output_format: str,
    device: Literal["auto", "cpu", "gpu"],
    python: str | None,
    timeout: float,
    allow_unisolated: bool,
    color: str,
) -> None:
    """Build and briefly fit the models of scripts, isolated, on synthetic data.

    Exit status: 0 passed; 1 failed, or out of time; 2 could not be run.
    """
    from kerasfix.proof import verify_files
    from kerasfix.verify import Options

    options = Options(device, python, timeout, allow_unisolated)
    sys.exit(verify_files(paths, options, output_format, Console(color)))
