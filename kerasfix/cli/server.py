"""`kerasfix server`."""

import sys

import click

from kerasfix.console import FAILED, Console


@click.command(short_help="Run the language server, for editors.")
@click.option("--stdio", is_flag=True, help="Speak over stdin and stdout, as it always does.")
@click.option("-v", "--verbose", is_flag=True, help="Log all messages to stderr.")
def server(stdio: bool, verbose: bool) -> None:
    """Run the language server over stdin and stdout; docs/editors.md says how editors start it."""
    try:
        from kerasfix.server.serve import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"pygls", "lsprotocol"}:
            raise
        Console().error("the language server needs pygls: pip install 'kerasfix[server]'")
        sys.exit(FAILED)
    serve(verbose)
