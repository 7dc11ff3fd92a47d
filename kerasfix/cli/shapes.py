"""`kerasfix shapes`."""

import sys
from pathlib import Path

import click

from kerasfix.cli.options import color_option, given_paths
from kerasfix.console import Console


@click.command(short_help="Show the layers, shapes and weights of models.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(), metavar="PATH...")
@click.option("--output-format", type=click.Choice(["full", "json", "mermaid", "svg"]), default="full",
              show_default=True, help="A table, JSON, or a drawing of the graph.")  # fmt: skip
@click.option("-o", "--output-file", type=click.Path(dir_okay=False, path_type=Path),
              help="Write to a file instead of stdout.")  # fmt: skip
@click.option("--stdin-filename", metavar="NAME", help="The name of the file that comes from stdin (`-`).")
@color_option
def shapes(
    paths: tuple[str, ...],
    output_format: str,
    output_file: Path | None,
    stdin_filename: str | None,
    color: str,
) -> None:
    """Show each model of scripts as `model.summary()` would, and the data that is given to it; nothing is run.

    Exit status: 0; 2 where a file cannot be read.
    """
    from kerasfix.commands.shapes import ShapesRun

    sys.exit(
        ShapesRun(
            Console(color), given_paths(paths, stdin_filename), output_format, output_file, stdin_filename
        ).run()
    )
