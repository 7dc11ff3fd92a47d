"""What the command line asked of `kerasfix check` and its kin."""

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kerasfix.checker import Mode
from kerasfix.config import Resolver
from kerasfix.console import Console
from kerasfix.files import find_files
from kerasfix.light import dataclass
from kerasfix.report import Paint, plain

if TYPE_CHECKING:
    from kerasfix.cache import Cache
    from kerasfix.commands.baseline import Baselines
    from kerasfix.proof import Prover

FOR_PEOPLE = frozenset({"full", "concise", "grouped"})
"""The formats with a summary below the findings; of the others stdout has nothing else."""


@dataclass
class Request:
    """The files, and what is to be done with them; where output goes."""

    resolver: Resolver
    console: Console
    paths: tuple[str, ...]
    fix: bool = False
    diff: bool = False
    fix_only: bool = False
    show_fixes: bool = False
    ignore_noqa: bool = False
    statistics: bool = False
    write_baseline: bool = False
    exit_zero: bool = False
    exit_non_zero_on_fix: bool = False
    force_exclude: bool = False
    respect_gitignore: bool = True
    stdin_filename: str | None = None
    output_file: Path | None = None
    copies: tuple[tuple[str, Path], ...] = ()
    """Other output formats, and the files that get them."""
    cache: "Cache | None" = None
    """Where findings are kept, if they are."""
    jobs: int = 0
    """How many files are worked on at a time; 0 for one on each processor, or one where they are run."""
    executor: str | None = None
    """The address of processes elsewhere: `dask://host:port`."""
    content_column: str | None = None
    path_column: str | None = None
    """The columns of tables; None where the usual names are tried."""
    prover: "Prover | None" = None

    @cached_property
    def mode(self) -> Mode:
        """How files are checked."""
        settings = self.resolver.settings(Path.cwd())
        return Mode(self.fix or self.diff or self.fix_only, settings.unsafe_fixes, self.ignore_noqa)

    @cached_property
    def format(self) -> str:
        """The output format."""
        return self.resolver.settings(Path.cwd()).output_format

    @property
    def on_stdin(self) -> bool:
        """Whether the one file comes from stdin."""
        return self.paths == ("-",)

    def stdin(self) -> tuple[Path, str]:
        """Where the file that comes from stdin would lie, and what it is called."""
        if self.stdin_filename:
            return Path(os.path.abspath(self.stdin_filename)), self.stdin_filename  # noqa: PTH100
        return Path.cwd() / "stdin.py", "-"

    def files(self) -> list[Path]:
        """The files to check; says what is wrong with the arguments."""
        found = find_files(
            map(Path, self.paths),
            self.resolver,
            force_exclude=self.force_exclude,
            respect_gitignore=self.respect_gitignore,
        )
        for message in found.errors:
            self.console.error(message)
        if not found.paths and not found.errors:
            self.console.warning("No Python files found under the given path(s)")
        return found.paths

    @cached_property
    def baselines(self) -> "Baselines":
        """What is known already, and not reported."""
        from kerasfix.commands.baseline import Baselines

        return Baselines(self.resolver, [Path(os.path.abspath(path)) for path in self.paths])  # noqa: PTH100

    @property
    def to_stderr(self) -> bool:
        """Whether stdout is taken by the fixed text."""
        return self.on_stdin and self.mode.fix and not self.diff

    @property
    def notices_to_stderr(self) -> bool:
        """Whether what verification says would spoil what stdout is read for."""
        return self.diff or self.to_stderr or self.format not in FOR_PEOPLE

    @cached_property
    def paint(self) -> Paint:
        """How what is printed is coloured."""
        return plain if self.output_file else self.console.paint(self.to_stderr)
