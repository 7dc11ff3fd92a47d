"""Fixes proven by training: scripts are run before and after; and `kerasfix verify`."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

from kerasfix.checker import Find, Prove
from kerasfix.config import Resolver
from kerasfix.console import CLEAN, FAILED, FOUND, Console
from kerasfix.files import find_files, shown
from kerasfix.finding import Finding
from kerasfix.fixing import FixResult
from kerasfix.linter import mentions_keras
from kerasfix.progress import progress
from kerasfix.report import Paint, clean, verdict
from kerasfix.rule import Rule
from kerasfix.source import Document, Source, UnreadableFile, open_document
from kerasfix.trace.evidence import Evidence
from kerasfix.verify import CannotVerify, Options, Verdict, Verifier

if TYPE_CHECKING:
    from kerasfix.search import Outcome


class Prover:
    """Chooses the fixes of a file by running it: what is written runs better, or as well as it already ran."""

    def __init__(self, options: Options, console: Console, budget: float) -> None:
        """Take up no work yet; `budget` is the seconds of CPU that the runs of one file may take together."""
        self._verifier = Verifier(options)
        self._console = console
        self._budget = budget
        self._impossible = False

    def __enter__(self) -> "Prover":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._verifier.close()

    def prove(self, lines: list[str], paint: Paint) -> Prove:
        """A function that fixes a source as far as it can be proven, and adds to `lines` how."""

        def fix(
            document: Document, source: Source, rules: tuple[Rule, ...], find: Find, unsafe: bool
        ) -> FixResult:
            unchanged = FixResult(source.text, [], Counter())
            if self._impossible or not find(source, rules, None):
                return unchanged
            place = _place(document, source)
            try:
                outcome = repaired(self._verifier, document, source, rules, find, unsafe, self._budget)
            except CannotVerify as error:
                self._impossible = True
                self._console.error(f"{place}: fixes are not written, since they cannot be verified: {error}")
                return unchanged
            lines.extend(verdict.repaired(place, outcome, paint))
            return outcome.result

        return fix

    def describe(self, document: Document, source: Source, paint: Paint) -> Iterator[str]:
        """What a run of a source as it stands has shown."""
        if self._impossible:
            return
        place = _place(document, source)
        try:
            found = verify_source(self._verifier, document, source, source.text)
        except CannotVerify as error:
            self._impossible = True
            self._console.error(f"{place}: cannot be verified: {error}")
        else:
            yield from verdict.description(place, found, paint)


def repaired(
    verifier: Verifier,
    document: Document,
    source: Source,
    rules: tuple[Rule, ...],
    find: Find,
    unsafe: bool,
    budget: float,
) -> "Outcome":
    """Search for a repair of a source (see `kerasfix.search.repair`), each candidate run in its document's place.

    Raises:
        CannotVerify: nothing can be run here.
    """
    from kerasfix.search import repair

    def judge(text: str, seconds: float) -> Verdict:
        return verify_source(verifier, document, source, text, seconds, predictions=True)

    def lint(seen: Source, rules: tuple[Rule, ...], shown: Verdict | None) -> list[Finding]:
        return find(seen, rules, _evidence(document, source, seen, shown) if shown else None)

    return repair(source, rules, lint, judge, unsafe, budget)


@dataclass(frozen=True)
class Verified:
    """A step of a run of `kerasfix verify`, as it is told to whoever watches: a script, and how far the run is."""

    place: str
    verdict: Verdict
    done: int
    total: int


@dataclass
class VerifyRun:
    """What the command line asked to verify.

    Attributes:
        repeat: how often each script is run, to see whether the verdict is the same.
        jobs: how many scripts run at a time; they are told of in their order all the same.
        watch: told of each script as its verdict is there.
    """

    paths: tuple[str, ...]
    options: Options
    console: Console
    output_format: str = "full"
    repeat: int = 1
    jobs: int = 1
    watch: Callable[[Verified], None] | None = None
    verdicts: list[Verdict] = field(default_factory=list)

    def run(self) -> int:
        """Verify the scripts, print the verdicts; the exit status."""
        paint = self.console.paint()
        sources = self._sources()
        with Verifier(self.options) as verifier, ThreadPoolExecutor(self.jobs) as pool:
            waiting = [
                (place, pool.submit(self._verdict, verifier, document, source))
                for place, document, source in sources
            ]
            steps = progress(self.console, waiting, lambda waits: waits[0], "Verifying")
            for number, (place, future) in enumerate(steps, 1):
                try:
                    found = future.result()
                except CannotVerify as error:
                    self.console.error(f"{place}: cannot be verified: {error}")
                    pool.shutdown(cancel_futures=True)
                    break
                self.verdicts.append(found)
                if self.watch is not None:
                    self.watch(Verified(place, found, number, len(waiting)))
                if self.output_format == "full":
                    self.console.make_way()
                    for line in verdict.description(place, found, paint):
                        click.echo(line, color=self.console.colored())
        if self.output_format == "json":
            alone = len(self.paths) == 1 and len(self.verdicts) == 1 and not Path(self.paths[0]).is_dir()
            _print_json(self.verdicts, alone)
        elif not self.verdicts and not self.console.failed:
            self.console.warning("No Keras code found under the given path(s)")
        if self.console.failed:
            return FAILED
        return FOUND if any(found.status in ("failed", "timeout") for found in self.verdicts) else CLEAN

    def _sources(self) -> list[tuple[str, Document, Source]]:
        """What is to be verified, with its place in words; says what cannot be read."""
        found = find_files(map(Path, self.paths), Resolver(isolated=True))
        for message in found.errors:
            self.console.error(message)
        sources = []
        for path in found.paths:
            try:
                document = open_document(path, shown(path))
                sources += [
                    (_place(document, source), document, source)
                    for source in document.sources
                    if path in _named(self.paths) or mentions_keras(source)
                ]
            except UnreadableFile as error:
                self.console.error(f"{shown(path)}: {error}")
            except OSError as error:
                self.console.error(f"{shown(path)}: cannot be read: {error.strerror or error}")
        return sources

    def _verdict(self, verifier: Verifier, document: Document, source: Source) -> Verdict:
        """The verdict on a source: of several runs the worst."""
        runs = [verify_source(verifier, document, source, source.text) for _ in range(self.repeat)]
        worst = min(runs, key=Verdict.rank)
        return replace(worst, runs=len(runs), stable=all(run.same_as(worst) for run in runs))


def _named(paths: tuple[str, ...]) -> set[Path]:
    """The arguments that are files: they are verified whatever they hold."""
    return {Path(path).absolute() for path in paths}


def _print_json(verdicts: list[Verdict], alone: bool) -> None:
    """One object for one file, an array for several."""
    import json

    objects: list[dict[str, Any]] = [verdict.to_json() for verdict in verdicts]
    click.echo(json.dumps(objects[0] if alone else objects, indent=2))


def verify_source(
    verifier: Verifier,
    document: Document,
    source: Source,
    text: str,
    cpu: float | None = None,
    predictions: bool = False,
) -> Verdict:
    """Run a text in the place of a source; lines in the verdict are those of the document."""
    from kerasfix.syntax.module import Module
    from kerasfix.trace import undefined_data

    assumed = undefined_data(Module.parse(Source(source.path, text)))
    found = verifier.verify(document.runnable(source, text), document.path, assumed, cpu, predictions)
    if document.locate(source, 0).cell is None:
        return found
    run = replace(source, text=text)
    places = (document.locate(run, start) for start in run.line_starts)
    return replace(found, cells=tuple((place.cell or 0, place.row) for place in places))


def _evidence(document: Document, source: Source, seen: Source, shown: Verdict) -> Evidence:
    """What a run has shown of the expressions of a text, by their offsets."""
    first = document.locate(source, 0)
    above = 0 if first.cell is not None else first.row - 1

    def offset(line: int, column: int) -> int:
        row = line - 1 - above
        return seen.line_starts[row] + len(seen.line(row).encode()[:column].decode(errors="ignore"))

    return {(offset(*place[:2]), offset(*place[2:])): found for place, found in shown.evidence.items()}


def _place(document: Document, source: Source) -> str:
    """The file, with the first line of a source that is not the whole of it."""
    row = document.locate(source, 0).row
    return clean(document.path) + (f":{row}" if len(document.sources) > 1 else "")
