"""A run of `kerasfix verify`: scripts are run, and what that has shown is told."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click

from kerasfix import cluster, spread
from kerasfix.config import Resolver
from kerasfix.console import CLEAN, FAILED, FOUND, Console
from kerasfix.files import find_files, shown
from kerasfix.linter import mentions_keras
from kerasfix.progress import progress
from kerasfix.proof import place_of, verify_source
from kerasfix.report import verdict
from kerasfix.source import Document, Source, UnreadableFile, open_document
from kerasfix.verify import CannotVerify, Options, Verdict, Verifier

Program = tuple[Document, Source]
Found = Verdict | str
"""The verdict on a program, or why there can be none here."""


@dataclass(frozen=True)
class Trial:
    """What is done with each program.

    Attributes:
        repeat: how often it is run, to see whether the verdict is the same.
    """

    verifier: Verifier
    repeat: int = 1

    def __call__(self, program: Program) -> Found:
        """The verdict: of several runs the worst."""
        document, source = program
        try:
            runs = [verify_source(self.verifier, document, source, source.text) for _ in range(self.repeat)]
        except CannotVerify as error:
            return str(error)
        worst = min(runs, key=Verdict.rank)
        return replace(worst, runs=len(runs), stable=all(run.same_as(worst) for run in runs))

    def lost(self, program: Program, problem: str) -> Found:
        """The verdict on a program that nobody could run."""
        message = f"the process that verified it did not end well ({problem})"
        report = {"error": {"type": "Crash", "line": None, "message": message}, "seconds": 0.0}
        return Verdict.from_report(program[0].path, report | {"isolation": "none"})


@dataclass
class VerifyRun:
    """What the command line asked to verify.

    Attributes:
        jobs: how many scripts run at a time; they are told of in their order all the same.
        executor: the address of processes elsewhere that run them.
    """

    paths: tuple[str, ...]
    options: Options
    console: Console
    resolver: Resolver
    output_format: str = "full"
    repeat: int = 1
    jobs: int = 0
    executor: str | None = None
    verdicts: list[Verdict] = field(default_factory=list)

    def run(self) -> int:
        """Verify the scripts, print the verdicts; the exit status."""
        programs, problems = self._programs(), set[str]()
        with Verifier(self.options) as verifier:
            results = self._results(Trial(verifier, self.repeat), programs)
            in_turn = progress(self.console, programs, lambda each: place_of(*each), "Verifying")
            for program, found in zip(in_turn, results, strict=False):
                if isinstance(found, Verdict):
                    self._tell(place_of(*program), found)
                elif found not in problems:  # once for all that it holds for
                    problems.add(found)
                    self.console.error(f"{place_of(*program)}: cannot be verified: {found}")
        if self.output_format == "json":
            alone = len(self.paths) == 1 and len(self.verdicts) == 1 and not Path(self.paths[0]).is_dir()
            _print_json(self.verdicts, alone)
        elif not programs and not self.console.failed:
            self.console.warning("No Keras code found under the given path(s)")
        if self.console.failed:
            return FAILED
        return FOUND if any(found.status in ("failed", "timeout") for found in self.verdicts) else CLEAN

    def _results(self, trial: Trial, programs: list[Program]) -> Iterator[Found]:
        if self.executor is not None:
            results = cluster.connect(self.executor).do(trial, programs)
            return spread.as_far_as_possible(results, self.console.error)
        return spread.threads(self.jobs).do(trial, programs) if self.jobs > 1 else map(trial, programs)

    def _tell(self, place: str, found: Verdict) -> None:
        self.verdicts.append(found)
        if self.output_format == "full":
            self.console.make_way()
            for line in verdict.description(place, found, self.console.paint()):
                click.echo(line, color=self.console.colored())

    def _programs(self) -> list[Program]:
        """What is to be verified; says what cannot be read."""
        found = find_files(map(Path, self.paths), self.resolver)
        for message in found.errors:
            self.console.error(message)
        named = {Path(path).absolute() for path in self.paths}  # verified whatever they hold
        programs: list[Program] = []
        for path in found.paths:
            try:
                document = open_document(path, shown(path))
            except UnreadableFile as error:
                self.console.error(f"{shown(path)}: {error}")
            except OSError as error:
                self.console.error(f"{shown(path)}: cannot be read: {error.strerror or error}")
            else:
                wanted = (source for source in document.sources if path in named or mentions_keras(source))
                programs += [(document, source) for source in wanted]
        return programs


def _print_json(verdicts: list[Verdict], alone: bool) -> None:
    """One object for one file, an array for several."""
    import json

    objects: list[dict[str, Any]] = [verdict.to_json() for verdict in verdicts]
    click.echo(json.dumps(objects[0] if alone else objects, indent=2))
