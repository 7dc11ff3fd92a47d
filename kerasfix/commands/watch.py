"""`--watch`: check again whenever a file changes."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import click

from kerasfix.config import ConfigError
from kerasfix.console import FAILED, Console


def watch(run: Callable[[], int], paths: tuple[str, ...], console: Console, stop: Event | None = None) -> int:
    """Call `run`, which reads the settings afresh, now and after each change under the paths; until interrupted.

    Raises:
        click.ClickException: the package that watches is not installed.
    """
    try:
        from watchfiles import DefaultFilter
        from watchfiles import watch as changes
    except ImportError:
        raise click.ClickException(
            "--watch needs the package `watchfiles`: pip install 'kerasfix[watch]'"
        ) from None

    _clear(console)
    _say("Starting linter in watch mode...")
    status = _run(run, console)
    folders = {path if path.is_dir() else path.parent for path in map(Path, paths)}
    for changed in changes(
        *sorted(folders), watch_filter=DefaultFilter(), stop_event=stop, raise_interrupt=False
    ):
        if not any(_concerns(Path(name)) for _, name in changed):
            continue
        _clear(console)
        _say("File change detected...")
        status = _run(run, console)
    return status


def _run(run: Callable[[], int], console: Console) -> int:
    console.failed = False
    try:
        status = run()
    except ConfigError as error:  # somebody is just writing it
        console.error(str(error))
        status = FAILED
    _say("Watching for file changes.")
    return status


_SUFFIXES = frozenset({".py", ".pyw", ".ipynb", ".md", ".markdown", ".rst", ".txt", ".toml", ".json"})


def _concerns(path: Path) -> bool:
    """Whether a change can change what is found: in code, documents, or settings."""
    return path.suffix in _SUFFIXES or path.name == ".gitignore"


def _clear(console: Console) -> None:
    if console.colored():
        click.clear()


def _say(text: str) -> None:
    click.echo(f"[{time.strftime('%H:%M:%S')}] {text}", err=True)
