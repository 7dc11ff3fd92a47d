"""A run of `kerasfix check`: the loop over the files, what is written, what is printed, the exit status."""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kerasfix.checker import Check, Checked, Job, Mode, check_file
from kerasfix.config import Resolver
from kerasfix.console import CLEAN, FAILED, FOUND, Console
from kerasfix.files import find_files, is_excluded, shown, spare
from kerasfix.light import dataclass, field
from kerasfix.report import Paint, plain
from kerasfix.source import TABLES

if TYPE_CHECKING:
    from kerasfix.cache import Cache
    from kerasfix.commands.baseline import Baselines
    from kerasfix.proof import Prover
    from kerasfix.report import Placed
    from kerasfix.spread import Workers

_FEW = 12
"""So many files are checked sooner than processes are started."""
_TOGETHER = 8
"""So many files travel together: one takes less time than its journey."""
_FOR_PEOPLE = frozenset({"full", "concise", "grouped"})
"""The formats with a summary below the findings; of the others stdout has nothing else."""


@dataclass
class CheckRun:
    """What the command line asked for, and what came of it."""

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
    notices: list[str] = field(default_factory=list)
    """What verification had to say."""
    remarks: list[str] = field(default_factory=list)
    """What there is to say below the findings."""
    _told: set[str] = field(default_factory=set)
    _piped: dict[Path, bytes] = field(default_factory=dict)
    """What was read from what is no regular file."""
    """Why files could not be verified."""

    @cached_property
    def mode(self) -> Mode:
        """How files are checked."""
        settings = self.resolver.settings(Path.cwd())
        return Mode(self.fix or self.diff or self.fix_only, settings.unsafe_fixes, self.ignore_noqa)

    @cached_property
    def format(self) -> str:
        """The output format."""
        return self.resolver.settings(Path.cwd()).output_format

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

    def run(self) -> int:
        """Check, fix, report; the exit status."""
        on_stdin = self.paths == ("-",)
        files = [self.stdin()[0]] if on_stdin else self.files()
        outputs = [file for file in (self.output_file, *(file for _, file in self.copies)) if file]
        spare(files, outputs)
        for output in outputs:
            output.write_text("")  # what cannot be written is said before the work
        if on_stdin:
            results = self._check_stdin()
        else:
            if self._in_a_stream and files and all(map(_is_table, files)):
                return self._stream(files)
            results = sorted(filter(_matters, self._check_files(files)), key=lambda checked: checked.path)
        findings = [placed for checked in results for placed in checked.findings]
        findings.sort(key=_order)
        applied = sum((checked.applied for checked in results), Counter[str]())
        if self.write_baseline:
            return self._write_baseline(findings)
        findings = self._without_known(findings)
        if self.diff:
            self._report_diff(results, findings, applied.total())
        else:
            self._report(results, [] if self.fix_only else findings, applied.total())
        return self._status(bool(findings), bool(applied))

    def _status(self, findings: bool, applied: bool = False) -> int:
        if self.console.failed:
            return FAILED
        if self.exit_zero:
            return CLEAN
        if applied and (self.diff or self.exit_non_zero_on_fix):
            return FOUND
        return FOUND if findings and not self.diff and not self.fix_only else CLEAN

    @property
    def _in_a_stream(self) -> bool:
        """Whether findings can be reported one by one."""
        return self.format in {"json-lines", "parquet"} and not (self.copies or self.statistics)

    def _stream(self, tables: list[Path]) -> int:
        """Report what is found in tables as it is found: it may be more than memory holds."""
        from kerasfix import report

        found = False
        with ExitStack() as stack:
            if self.format == "parquet":
                from kerasfix.report.parquet import ParquetWriter

                assert self.output_file
                write = stack.enter_context(ParquetWriter(self.output_file)).write
            else:

                def write(findings: "Sequence[Placed]") -> None:
                    self._print(report.render(self.format, findings))

            for checked in filter(_matters, self._check_files(tables)):
                write(checked.findings)
                found = True
        return self._status(found)

    @cached_property
    def baselines(self) -> "Baselines":
        """What is known already, and not reported."""
        from kerasfix.commands.baseline import Baselines

        return Baselines(self.resolver, [Path(os.path.abspath(path)) for path in self.paths])  # noqa: PTH100

    def _without_known(self, findings: "list[Placed]") -> "list[Placed]":
        """The findings that are not in a baseline; `remarks` tell of the others."""
        files = [placed for placed in findings if not placed.document.row]
        folders = {Path.cwd(), *((Path.cwd() / placed.document.path).parent for placed in files)}
        if all(self.resolver.settings(folder).baseline is None for folder in folders):
            return findings
        new, remarks = self.baselines.new(files)
        self.remarks += [] if self.console.failed else remarks
        return new + [placed for placed in findings if placed.document.row]

    def _write_baseline(self, findings: "list[Placed]") -> int:
        if self.console.failed:
            self.console.error("the baseline was not written, since not every file could be checked")
            return FAILED
        said = self.baselines.write(findings)
        if not self.console.quiet:
            click.echo(said)
        return CLEAN

    def _check_files(self, files: list[Path]) -> Iterator[Checked]:
        """First those files that a glance is enough for, then the others, by several processes where it pays."""
        pending: list[Path] = []
        tables: list[Path] = []
        for path in files:
            self.console.detail(
                f"{shown(path)}: settings of {self.resolver.settings(path.parent).file or 'kerasfix'}"
            )
            if _is_table(path):
                tables.append(path)
                continue
            checked = self._check(self._here(path), glance=True)
            if not checked.pending:
                yield self._done(checked)
                continue
            pending.append(path)
            if not path.is_file():  # a pipe gives what it has only once
                self._piped[path] = checked.data
        results = self._check_thoroughly(map(self.job, pending))
        for _, checked in zip(self._in_turn(pending), results, strict=False):
            yield self._done(checked)
        if tables:
            from kerasfix.commands.tables import pending_rows

            for table in tables:
                for checked in self._check_thoroughly(pending_rows(self, table)):
                    yield self._done(checked)

    def _in_turn(self, paths: list[Path]) -> Iterable[Path]:
        """The files; where they are verified, which takes long, with a bar."""
        if not self.prover:
            return paths
        from kerasfix.progress import progress

        return progress(self.console, paths, shown, "Verifying")

    def _check_thoroughly(self, jobs: Iterator[Job]) -> Iterator[Checked]:
        few = list(islice(jobs, _FEW))
        workers, check, jobs = self.workers(len(few)), self._check, chain(few, jobs)
        if workers is None:
            return map(check, jobs)
        from kerasfix import spread

        if self.executor is not None:  # another machine has no folder of ours
            check = replace(check, cache=None)
        results = workers.do(check, jobs, 1 if self.prover else _TOGETHER)
        return spread.as_far_as_possible(results, self.console.error)

    def workers(self, count: int) -> "Workers | None":
        """Who checks at least so many files; None for this process, one after the other."""
        if not count or (self.executor is None and not self.prover and count < _FEW):
            return None
        from kerasfix import spread

        if self.executor is not None:
            return spread.remote(self.executor)
        jobs = self.jobs or (1 if self.prover else spread.usable_cores())
        return None if jobs == 1 else spread.threads(jobs) if self.prover else spread.processes(jobs)

    @cached_property
    def _check(self) -> Check:
        if self.prover is None:
            return Check(self.mode, self.cache)
        paint = self.console.paint(stderr=True) if self._notices_to_stderr else self._paint
        return Check(self.mode, self.cache, self.prover, paint)

    def _here(self, path: Path) -> Job:
        return path, shown(path), self.resolver.settings(path.parent), None

    def job(self, path: Path) -> Job:
        """What whoever checks a file needs: on another machine its content, too."""
        if path in self._piped:
            return (*self._here(path)[:3], self._piped[path])
        if self.executor is not None:
            with suppress(OSError):  # what is wrong is said by whoever tries next
                return (*self._here(path)[:3], path.read_bytes())
        return self._here(path)

    def _done(self, checked: Checked) -> Checked:
        """Say what went wrong, write what was fixed."""
        self.tell(checked)
        if checked.fixed and not self.diff and not self._write(checked):
            return self._as_it_was(checked)
        return checked

    def tell(self, checked: Checked) -> None:
        """Say what could not be done with a file, and what running it has shown."""
        for message in checked.errors:
            self.console.error(message)
        if checked.trace:
            self.console.detail(checked.trace)
        self.notices += checked.notices
        if checked.unproven and checked.unproven not in self._told:  # once for all that it holds for
            self._told.add(checked.unproven)
            self.console.error(
                f"{checked.shown}: fixes are not written, since they cannot be verified: {checked.unproven}"
            )

    def _as_it_was(self, checked: Checked) -> Checked:
        """The file without its fixes, which were not written."""
        settings = self.resolver.settings(checked.path.parent)
        return check_file(checked.path, checked.shown, settings, replace(self.mode, fix=False), checked.data)

    def _write(self, checked: Checked) -> bool:
        from kerasfix.fixing import FileChanged, write_document

        assert checked.fixed
        if checked.path in self._piped:
            self.console.error(f"{checked.shown}: not fixed: this is no regular file; `-` is stdin")
            return False
        try:
            write_document(checked.path, checked.data, checked.fixed.encode(checked.fixed.text))
        except FileChanged:
            self.console.error(
                f"{checked.shown}: not fixed: the file was changed by something else meanwhile"
            )
        except OSError as error:
            self.console.error(f"{checked.shown}: not fixed: {error.strerror or error}")
        else:
            return True
        return False

    def stdin(self) -> tuple[Path, str]:
        """Where the file that comes from stdin would lie, and what it is called."""
        if self.stdin_filename:
            return Path(os.path.abspath(self.stdin_filename)), self.stdin_filename  # noqa: PTH100
        return Path.cwd() / "stdin.py", "-"

    def _check_stdin(self) -> list[Checked]:
        data = sys.stdin.buffer.read()
        path, name = self.stdin()
        settings = self.resolver.settings(path.parent)
        if self.force_exclude and is_excluded(path, self.resolver):
            checked = Checked(path, name, data)
        else:
            checked = self._check((path, name, settings, data))
        self.tell(checked)
        if self.mode.fix and not self.diff:
            fixed = checked.fixed.encode(checked.fixed.text) if checked.fixed else data
            stream = sys.stdout.buffer
            stream.write(fixed)
            stream.flush()
        return [checked]

    def _report_diff(self, results: list[Checked], findings: "list[Placed]", fixed: int) -> None:
        from kerasfix.report import summary

        on_terminal = self.console.colored() or sys.stdout.isatty()
        for checked in results:
            if checked.fixed:
                self._print(summary.unified_diff(checked, self._paint, on_terminal))
        if not self.console.quiet:
            self._tell_notices()
            click.echo(summary.diff_footer(findings, fixed), err=True)

    def _report(self, results: list[Checked], findings: "list[Placed]", fixed: int) -> None:
        from kerasfix import report
        from kerasfix.report import summary

        for form, file in self.copies:
            report.write(form, findings, file)
        if self.format == "parquet":
            assert self.output_file
            report.write(self.format, findings, self.output_file)
            return
        for_people = self.format in _FOR_PEOPLE
        if findings or not for_people:
            text = self._statistics(findings) if self.statistics else None
            self._print(text or report.render(self.format, findings, self._paint))
        if not for_people:
            self._tell_notices()
        elif not self.console.quiet:
            lines: list[str] = [*self.notices, ""] if self.notices else []
            if self.show_fixes:
                lines += summary.fixes_shown(results, self._paint)
            lines += [*self._footer(findings, fixed), *self.remarks]
            self._print("".join(f"{line}\n" for line in lines))

    def _statistics(self, findings: "list[Placed]") -> str:
        from kerasfix.report import summary

        if self.format == "json":
            return summary.statistics_json(findings)
        return "".join(f"{line}\n" for line in summary.statistics(findings, self._paint))

    def _footer(self, findings: "list[Placed]", fixed: int) -> Iterable[str]:
        from kerasfix.report import summary

        if self.fix_only:
            return [f"Fixed {summary.plural(fixed, 'error')}."] if fixed else []
        if self.console.failed and not findings and not fixed:
            return []  # not all checks passed
        return summary.footer(findings, fixed, self._paint)

    def _tell_notices(self) -> None:
        if not self.console.quiet:
            for line in (*self.notices, *self.remarks):
                click.echo(line, err=True, color=self.console.colored(stderr=True))

    @property
    def _notices_to_stderr(self) -> bool:
        """Whether what verification says would spoil what stdout is read for."""
        return self.diff or self._to_stderr or self.format not in _FOR_PEOPLE

    @property
    def _to_stderr(self) -> bool:
        """Whether stdout is taken by the fixed text."""
        return self.paths == ("-",) and self.mode.fix and not self.diff

    @cached_property
    def _paint(self) -> Paint:
        return plain if self.output_file else self.console.paint(self._to_stderr)

    def _print(self, text: str) -> None:
        if self.output_file:
            with self.output_file.open("a", encoding="utf-8") as file:
                file.write(text)
        elif text and not self.console.silent:
            click.echo(text, nl=False, err=self._to_stderr, color=self.console.colored(self._to_stderr))


def _is_table(path: Path) -> bool:
    return path.suffix.lower() in TABLES


def _order(placed: "Placed") -> tuple[object, ...]:
    file, row = placed.document.row or (placed.document.path, 0)
    return file, row, placed.start, placed.finding.code


def _matters(checked: Checked) -> bool:
    """Whether anything is to be said of a file: the others are forgotten at once, since they can be many."""
    return bool(checked.findings or checked.applied)
