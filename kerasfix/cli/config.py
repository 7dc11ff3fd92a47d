"""`kerasfix config`."""

import json
import sys

import click

from kerasfix.console import FAILED, Console


@click.command(short_help="List the keys of a configuration, or explain one.")
@click.argument("key", required=False, metavar="[KEY]")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def config(key: str | None, output_format: str) -> None:
    """List the keys of a configuration, or explain one."""
    from kerasfix.config import nearest
    from kerasfix.config.keys import KEYS

    if key is not None and key not in KEYS:
        Console().error(f"there is no key `{key}`{nearest(key, KEYS)} `kerasfix config` lists them.")
        sys.exit(FAILED)
    if output_format == "json":
        objects = {name: one.as_object() for name, one in KEYS.items()}
        click.echo(json.dumps(objects[key] if key else objects, indent=2))
    elif key:
        click.echo(KEYS[key].as_text())
    else:
        click.echo("\n".join(KEYS))
