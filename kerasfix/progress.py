"""A bar for what takes long, on a terminal; nothing in a pipe."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import click

from kerasfix.console import Console

T = TypeVar("T")
_CLEAR, _UP = "\r\033[K", "\033[1A"


def progress(console: Console, items: Sequence[T], name: Callable[[T], str], label: str) -> Iterator[T]:
    """The items, with a bar on stderr that names the one that is worked on; its line is gone at the end.

    What is printed meanwhile calls `Console.make_way` first.
    """
    if not items or console.quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield from items
        return
    bar = click.progressbar(
        items, label=label, file=sys.stderr, show_pos=True, show_percent=False, show_eta=len(items) > 1,
        item_show_func=lambda item: name(item) if item is not None else None, width=24,
        color=console.colored(stderr=True),
    )  # fmt: skip
    console.make_way = lambda: click.echo(_CLEAR, nl=False, err=True, color=True)
    try:
        with bar:
            yield from bar
    finally:
        console.make_way = lambda: None
        click.echo(_UP + _CLEAR, nl=False, err=True, color=True)
