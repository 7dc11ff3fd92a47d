"""A run of `kerasfix report`: files are checked, repaired in memory, and their models drawn, for one page."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kerasfix.checker import Mode, check_file
from kerasfix.commands.check import CheckRun
from kerasfix.console import CLEAN, FAILED
from kerasfix.files import shown
from kerasfix.linter import mentions_keras
from kerasfix.progress import progress
from kerasfix.report.html import FileReport, page, paint
from kerasfix.report.summary import plural, unified_diff
from kerasfix.shapes import summaries

if TYPE_CHECKING:
    from kerasfix.checker import Checked
    from kerasfix.proof import Prover

File = tuple[Path, str, bytes | None]
"""A file, its name for people, and its bytes where it comes from stdin."""


@dataclass
class ReportRun:
    """What the command line asked for."""

    checks: CheckRun
    output_file: Path
    prover: "Prover | None" = None

    def run(self) -> int:
        """Check, draw, write; the exit status."""
        if self.checks.paths == ("-",):
            files: list[File] = [(*self.checks.stdin(), sys.stdin.buffer.read())]
        else:
            files = [(path, shown(path), None) for path in self.checks.files()]
        reports = list(self._reports(files))
        self.output_file.write_text(page(reports, len(files)), encoding="utf-8")
        findings = sum(len(report.findings) for report in reports)
        models = sum(len(report.models) for report in reports)
        if not self.checks.console.quiet:
            click.echo(
                f"Wrote {self.output_file}: {plural(findings, 'finding')} and {plural(models, 'model')} "
                f"in {plural(len(files), 'file')}."
            )
        return FAILED if self.checks.console.failed else CLEAN

    def _reports(self, files: "list[File]") -> Iterator[FileReport]:
        console = self.checks.console
        label = "Verifying" if self.prover else "Checking"
        for path, name, data in progress(console, files, lambda file: file[1], label):
            report = FileReport(name)
            settings = self.checks.resolver.settings(path.parent)
            checked = check_file(path, name, settings, Mode(unsafe_fixes=settings.unsafe_fixes), data)
            report.findings, _ = self.checks.baselines.new(checked.findings)
            report.errors = checked.errors
            for message in checked.errors:
                console.error(message)
            if checked.document is not None:
                self._repair(checked, report)
                try:
                    report.models = summaries(checked.fixed or checked.document)
                except Exception as error:  # the findings are worth the page all the same
                    report.errors.append(f"{report.name}: its models cannot be drawn: {error}")
            if report.matters:
                yield report

    def _repair(self, checked: "Checked", report: FileReport) -> None:
        """What `--fix` would do, and with `--verify` what running it has shown; nothing is written."""
        settings = self.checks.resolver.settings(checked.path.parent)
        mode = Mode(fix=True, unsafe_fixes=settings.unsafe_fixes)
        prove = self.prover.prove(report.verdicts, paint) if self.prover else None
        fixed = check_file(checked.path, checked.shown, settings, mode, checked.data, prove)
        if fixed.fixed is not None:
            report.fixed = fixed.applied.total()
            report.diff = unified_diff(fixed, paint, on_terminal=True)
            checked.fixed = fixed.fixed
        if self.prover and not report.verdicts and checked.document:
            for source in filter(mentions_keras, checked.document.sources):
                report.verdicts += self.prover.describe(checked.document, source, paint)
