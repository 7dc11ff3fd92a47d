"""A run of `kerasfix report`: files are checked, repaired in memory, and their models drawn, for one page."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kerasfix.checker import Check, Checked, Job, Mode, check_file
from kerasfix.commands.file_loop import FileLoop
from kerasfix.commands.request import Request
from kerasfix.config import Settings
from kerasfix.console import CLEAN, FAILED
from kerasfix.files import spare
from kerasfix.linter import mentions_keras
from kerasfix.progress import progress
from kerasfix.report.html import FileReport, page, paint
from kerasfix.report.summary import plural, unified_diff
from kerasfix.shapes import summaries
from kerasfix.source import Document

if TYPE_CHECKING:
    from kerasfix.proof import Prover


@dataclass(frozen=True)
class Reporter:
    """What is done with each file: a plain value, which can travel to other processes."""

    prover: "Prover | None" = None

    def __call__(self, job: Job) -> FileReport:
        """Check a file, see what `--fix` would do and, with a prover, what runs show; nothing is written."""
        path, name, settings, data = job
        report = FileReport(name)
        checked = check_file(path, name, settings, Mode(unsafe_fixes=settings.unsafe_fixes), data)
        report.findings, report.errors = checked.findings, checked.errors
        if checked.document is not None:
            fixed = self._repair(checked, settings, report)
            try:
                report.models = summaries(fixed or checked.document)
            except Exception as error:  # the findings are worth the page all the same
                report.errors.append(f"{name}: its models cannot be drawn: {error}")
        return report

    def lost(self, job: Job, problem: str) -> FileReport:
        """What is said of a file whose check has ended its process."""
        return FileReport(job[1], errors=Check(Mode()).lost(job, problem).errors)

    def _repair(self, checked: Checked, settings: Settings, report: FileReport) -> Document | None:
        mode = Mode(fix=True, unsafe_fixes=settings.unsafe_fixes)
        proof = self.prover.proof(paint) if self.prover else None
        fixed = check_file(checked.path, checked.shown, settings, mode, checked.data, proof)
        if fixed.fixed is not None:
            report.fixed = fixed.applied.total()
            report.diff = unified_diff(fixed, paint, on_terminal=True)
        if proof is not None:
            if not proof.lines and not proof.problem and checked.document:
                for source in filter(mentions_keras, checked.document.sources):
                    proof.describe(checked.document, source)
            report.verdicts, report.unproven = proof.lines, proof.problem
        return fixed.fixed


def report(request: Request, output_file: Path) -> int:
    """Check, draw, write one page; the exit status."""
    loop = FileLoop(request)
    jobs = _jobs(loop)
    spare((path for path, *_ in jobs), [output_file])
    output_file.write_text("", encoding="utf-8")  # what cannot be written is said before the work
    reports = list(_reports(loop, jobs))
    output_file.write_text(page(reports, len(jobs)), encoding="utf-8")
    findings = sum(len(report.findings) for report in reports)
    models = sum(len(report.models) for report in reports)
    if not request.console.quiet:
        click.echo(
            f"Wrote {output_file}: {plural(findings, 'finding')} and {plural(models, 'model')} "
            f"in {plural(len(jobs), 'file')}."
        )
    return FAILED if request.console.failed else CLEAN


def _jobs(loop: FileLoop) -> list[Job]:
    request = loop.request
    if not request.on_stdin:
        return list(map(loop.job, request.files()))
    path, name = request.stdin()
    return [(path, name, request.resolver.settings(path.parent), sys.stdin.buffer.read())]


def _reports(loop: FileLoop, jobs: list[Job]) -> Iterator[FileReport]:
    request, told = loop.request, set[str]()
    reporter, workers = Reporter(request.prover), loop.workers(len(jobs))
    results: Iterator[FileReport] = map(reporter, jobs)
    if workers:
        from kerasfix import spread

        results = spread.as_far_as_possible(workers.do(reporter, jobs), request.console.error)
    label = "Verifying" if request.prover else "Checking"
    in_turn = progress(request.console, jobs, lambda job: job[1], label)
    for _, report in zip(in_turn, results, strict=False):
        report.findings, _remarks = request.baselines.new(report.findings)
        for message in report.errors:
            request.console.error(message)
        if report.unproven and report.unproven not in told:  # once for all that it holds for
            told.add(report.unproven)
            request.console.error(f"{report.name}: cannot be verified: {report.unproven}")
        if report.matters:
            yield report
