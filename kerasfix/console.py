"""Where a run speaks, and the exit statuses."""

import os
import sys
from collections.abc import Callable

import click

from kerasfix.report import Paint, clean, plain

CLEAN, FOUND, FAILED = 0, 1, 2
"""Exit statuses: nothing found, or all fixed; something found; something could not be done."""


class Console:
    """Where a run speaks: results to stdout or a file, all else to stderr."""

    def __init__(
        self, color: str = "auto", quiet: bool = False, verbose: bool = False, silent: bool = False
    ) -> None:
        self.quiet = quiet or silent
        self.verbose = verbose
        self.silent = silent
        self._color = color
        self.failed = False
        self.make_way: Callable[[], None] = lambda: None
        """Called before anything is printed: takes a progress bar off the line."""

    def colored(self, stderr: bool = False) -> bool:
        """Whether a stream gets colours: by `--color`, `NO_COLOR`, `FORCE_COLOR`, or being a terminal."""
        if self._color != "auto":
            return self._color == "always"
        if os.environ.get("NO_COLOR"):
            return False
        if os.environ.get("FORCE_COLOR", "0") != "0":
            return True
        return (sys.stderr if stderr else sys.stdout).isatty() and os.environ.get("TERM") != "dumb"

    def paint(self, stderr: bool = False) -> Paint:
        """How to colour what goes to a stream."""
        return click.style if self.colored(stderr) else plain

    def error(self, message: str) -> None:
        """Something could not be done: the exit status will be 2."""
        self.failed = True
        self._say("error", "bright_red", message)

    def warning(self, message: str) -> None:
        """Something to know."""
        if not self.quiet:
            self._say("warning", "bright_yellow", message)

    def detail(self, message: str) -> None:
        """Something for `--verbose`."""
        if self.verbose:
            self.make_way()
            click.echo(message, err=True)

    def _say(self, word: str, colour: str, message: str) -> None:
        self.make_way()
        word = self.paint(stderr=True)(word, fg=colour, bold=True)
        click.echo(f"{word}: {clean(message)}", err=True, color=self.colored(stderr=True))
