"""`kerasfix clean`."""

import sys
from pathlib import Path

import click

from kerasfix.cli.options import cache_folder
from kerasfix.config import Resolver
from kerasfix.console import Console


@click.command(short_help="Delete what is kept from earlier runs.")
@click.option("--cache-dir", type=click.Path(file_okay=False, path_type=Path), envvar="KERASFIX_CACHE_DIR",
              show_envvar=True, metavar="FOLDER", help="The folder to delete, where it is another one.")  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Print nothing.")
def clean(cache_dir: Path | None, quiet: bool) -> None:
    """Delete the folder of findings and verdicts: .kerasfix_cache beside the configuration that holds here."""
    import shutil

    folder = cache_folder({"cache_dir": cache_dir}, Resolver())
    if folder is None or not folder.is_dir():
        return
    if not (folder / "CACHEDIR.TAG").is_file():
        Console().error(f"{folder} was not made by kerasfix: it is left alone.")
        sys.exit(2)
    shutil.rmtree(folder)
    if not quiet:
        click.echo(f"Removed {folder}")
