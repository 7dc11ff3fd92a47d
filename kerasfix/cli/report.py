"""`kerasfix report`."""

import sys
from pathlib import Path
from typing import Any

import click

from kerasfix.cli.layers import config_layers
from kerasfix.cli.options import (
    Codes,
    GroupedCommand,
    cache_folder,
    color_option,
    config_options,
    given_paths,
    many_files_options,
    proof_options,
    prover,
)
from kerasfix.commands.request import Request
from kerasfix.config import Resolver
from kerasfix.console import Console


@click.command(cls=GroupedCommand, short_help="Write a page with findings, diffs, models and verdicts.")
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
@click.option("-o", "--output-file", type=click.Path(dir_okay=False, path_type=Path), default="report.html",
              show_default=True, help="Where the page is written.")  # fmt: skip
@click.option(
    "--unsafe-fixes/--no-unsafe-fixes", default=None, help="Show also what the unsafe fixes change."
)
@click.option("--select", type=Codes(), multiple=True, help="Rules to check, separated by commas (or ALL).")
@click.option("--ignore", type=Codes(), multiple=True, help="Rules to leave out.")
@click.option("--extend-select", type=Codes(), multiple=True, help="Rules to check besides those selected.")
@click.option("--baseline", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Leave out what this file holds already.")  # fmt: skip
@click.option("--stdin-filename", metavar="NAME", help="The name of the file that comes from stdin.")
@many_files_options
@config_options
@proof_options
@color_option
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def report(
    paths: tuple[str, ...],
    output_file: Path,
    stdin_filename: str | None,
    config: tuple[str, ...],
    isolated: bool,
    color: str,
    quiet: bool,
    jobs: int,
    executor: str | None,
    **options: Any,
) -> None:
    """Write one HTML page with what is wrong, what the fixes change, and the models with their shapes.

    It is about files and folders (default: the current one), or stdin (`-`). The page needs no other file and no
    network. The files stay as they are.

    Exit status: 0 the page was written; 2 something could not be checked.
    """
    from kerasfix.commands.report import report as run_report

    layers, file = config_layers(config, isolated, options)
    resolver = Resolver(layers, file, isolated)
    request = Request(
        resolver,
        Console(color, quiet),
        given_paths(paths, stdin_filename),
        stdin_filename=stdin_filename,
        jobs=jobs,
        executor=executor,
    )
    with prover(options, cache_folder(options, resolver)) as request.prover:
        sys.exit(run_report(request, output_file))
