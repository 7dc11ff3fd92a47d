"""The loop over the files: who checks them, what is written, what is said while it goes on."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from kerasfix.checker import Check, Checked, Job, check_file
from kerasfix.files import is_excluded, shown
from kerasfix.light import dataclass, field
from kerasfix.source import TABLES

if TYPE_CHECKING:
    from kerasfix.commands.request import Request
    from kerasfix.spread import Workers

_FEW = 12
"""So many files are checked sooner than processes are started."""
_TOGETHER = 8
"""So many files travel together: one takes less time than its journey."""


def is_table(path: Path) -> bool:
    """Whether a file has a program in each of its rows."""
    return path.suffix.lower() in TABLES


@dataclass
class FileLoop:
    """Checks files and writes what was fixed."""

    request: "Request"
    notices: list[str] = field(default_factory=list)
    """What verification had to say."""
    _told: set[str] = field(default_factory=set)
    """Why files could not be verified."""
    _piped: dict[Path, bytes] = field(default_factory=dict)
    """What was read from what is no regular file."""

    def check(self, files: list[Path]) -> Iterator[Checked]:
        """First those files that a glance is enough for, then the others, by several processes where it pays."""
        pending: list[Path] = []
        tables: list[Path] = []
        for path in files:
            self.request.console.detail(
                f"{shown(path)}: settings of {self.request.resolver.settings(path.parent).file or 'kerasfix'}"
            )
            if is_table(path):
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
        if not self.request.prover:
            return paths
        from kerasfix.progress import progress

        return progress(self.request.console, paths, shown, "Verifying")

    def _check_thoroughly(self, jobs: Iterator[Job]) -> Iterator[Checked]:
        few = list(islice(jobs, _FEW))
        workers, check, jobs = self.workers(len(few)), self._check, chain(few, jobs)
        if workers is None:
            return map(check, jobs)
        from kerasfix import spread

        if self.request.executor is not None:  # another machine has no folder of ours
            check = replace(check, cache=None)
        results = workers.do(check, jobs, 1 if self.request.prover else _TOGETHER)
        return spread.as_far_as_possible(results, self.request.console.error)

    def workers(self, count: int) -> "Workers | None":
        """Who checks at least so many files; None for this process, one after the other."""
        if not count or (self.request.executor is None and not self.request.prover and count < _FEW):
            return None
        if self.request.executor is not None:
            from kerasfix import cluster

            return cluster.connect(self.request.executor)
        from kerasfix import spread

        jobs = self.request.jobs or (1 if self.request.prover else spread.usable_cores())
        return None if jobs == 1 else spread.threads(jobs) if self.request.prover else spread.processes(jobs)

    @cached_property
    def _check(self) -> Check:
        if self.request.prover is None:
            return Check(self.request.mode, self.request.cache)
        paint = (
            self.request.console.paint(stderr=True) if self.request.notices_to_stderr else self.request.paint
        )
        return Check(self.request.mode, self.request.cache, self.request.prover, paint)

    def _here(self, path: Path) -> Job:
        return path, shown(path), self.request.resolver.settings(path.parent), None

    def job(self, path: Path) -> Job:
        """What whoever checks a file needs: on another machine its content, too."""
        if path in self._piped:
            return (*self._here(path)[:3], self._piped[path])
        if self.request.executor is not None:
            with suppress(OSError):  # what is wrong is said by whoever tries next
                return (*self._here(path)[:3], path.read_bytes())
        return self._here(path)

    def _done(self, checked: Checked) -> Checked:
        """Say what went wrong, write what was fixed."""
        self.tell(checked)
        if checked.fixed and not self.request.diff and not self._write(checked):
            return self._as_it_was(checked)
        return checked

    def tell(self, checked: Checked) -> None:
        """Say what could not be done with a file, and what running it has shown."""
        for message in checked.errors:
            self.request.console.error(message)
        if checked.trace:
            self.request.console.detail(checked.trace)
        self.notices += checked.notices
        if checked.unproven and checked.unproven not in self._told:  # once for all that it holds for
            self._told.add(checked.unproven)
            self.request.console.error(
                f"{checked.shown}: fixes are not written, since they cannot be verified: {checked.unproven}"
            )

    def _as_it_was(self, checked: Checked) -> Checked:
        """The file without its fixes, which were not written."""
        settings = self.request.resolver.settings(checked.path.parent)
        return check_file(
            checked.path, checked.shown, settings, replace(self.request.mode, fix=False), checked.data
        )

    def _write(self, checked: Checked) -> bool:
        from kerasfix.fixing import FileChanged, write_document

        assert checked.fixed
        if checked.path in self._piped:
            self.request.console.error(f"{checked.shown}: not fixed: this is no regular file; `-` is stdin")
            return False
        try:
            write_document(checked.path, checked.data, checked.fixed.encode(checked.fixed.text))
        except FileChanged:
            self.request.console.error(
                f"{checked.shown}: not fixed: the file was changed by something else meanwhile"
            )
        except OSError as error:
            self.request.console.error(f"{checked.shown}: not fixed: {error.strerror or error}")
        else:
            return True
        return False

    def check_stdin(self) -> Checked:
        """Check what comes from stdin; what it is fixed to goes to stdout at once."""
        data = sys.stdin.buffer.read()
        path, name = self.request.stdin()
        settings = self.request.resolver.settings(path.parent)
        if self.request.force_exclude and is_excluded(path, self.request.resolver):
            checked = Checked(path, name, data)
        else:
            checked = self._check((path, name, settings, data))
        self.tell(checked)
        if self.request.mode.fix and not self.request.diff:
            fixed = checked.fixed.encode(checked.fixed.text) if checked.fixed else data
            stream = sys.stdout.buffer
            stream.write(fixed)
            stream.flush()
        return checked
