"""What a run of `kerasfix check` prints, where, and in which format."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from kerasfix.commands.request import FOR_PEOPLE, Request
from kerasfix.light import dataclass, field

if TYPE_CHECKING:
    from kerasfix.checker import Checked
    from kerasfix.report import Placed


@dataclass
class Output:
    """Findings and changes, as they were asked for."""

    request: Request
    notices: list[str] = field(default_factory=list)
    """What verification had to say."""
    remarks: list[str] = field(default_factory=list)
    """What there is to say below the findings."""

    @property
    def in_a_stream(self) -> bool:
        """Whether findings can be reported one by one."""
        request = self.request
        return request.format in {"json-lines", "parquet"} and not (request.copies or request.statistics)

    def stream(self, results: "Iterator[Checked]") -> bool:
        """Report what is found as it is found: it may be more than memory holds. Whether anything was."""
        from kerasfix import report

        found = False
        with ExitStack() as stack:
            if self.request.format == "parquet":
                from kerasfix.report.parquet import ParquetWriter

                assert self.request.output_file
                write = stack.enter_context(ParquetWriter(self.request.output_file)).write
            else:

                def write(findings: "Sequence[Placed]") -> None:
                    self._print(report.render(self.request.format, findings))

            for checked in results:
                write(checked.findings)
                found = True
        return found

    def diff(self, results: "list[Checked]", findings: "list[Placed]", fixed: int) -> None:
        """Print what fixes would change."""
        from kerasfix.report import summary

        on_terminal = self.request.console.colored() or sys.stdout.isatty()
        for checked in results:
            if checked.fixed:
                self._print(summary.unified_diff(checked, self.request.paint, on_terminal))
        if not self.request.console.quiet:
            self._tell_notices()
            click.echo(summary.diff_footer(findings, fixed), err=True)

    def findings(self, results: "list[Checked]", findings: "list[Placed]", fixed: int) -> None:
        """Print what was found; what was fixed is told below it, to people."""
        from kerasfix import report
        from kerasfix.report import summary

        request = self.request
        for form, file in request.copies:
            report.write(form, findings, file)
        if request.format == "parquet":
            assert request.output_file
            report.write(request.format, findings, request.output_file)
            return
        for_people = request.format in FOR_PEOPLE
        if findings or not for_people:
            text = self._statistics(findings) if request.statistics else None
            self._print(text or report.render(request.format, findings, request.paint))
        if not for_people:
            self._tell_notices()
        elif not request.console.quiet:
            lines: list[str] = [*self.notices, ""] if self.notices else []
            if request.show_fixes:
                lines += summary.fixes_shown(results, request.paint)
            lines += [*self._footer(findings, fixed), *self.remarks]
            self._print("".join(f"{line}\n" for line in lines))

    def _statistics(self, findings: "list[Placed]") -> str:
        from kerasfix.report import summary

        if self.request.format == "json":
            return summary.statistics_json(findings)
        return "".join(f"{line}\n" for line in summary.statistics(findings, self.request.paint))

    def _footer(self, findings: "list[Placed]", fixed: int) -> Iterable[str]:
        from kerasfix.report import summary

        if self.request.fix_only:
            return [f"Fixed {summary.plural(fixed, 'error')}."] if fixed else []
        if self.request.console.failed and not findings and not fixed:
            return []  # not all checks passed
        return summary.footer(findings, fixed, self.request.paint)

    def _tell_notices(self) -> None:
        console = self.request.console
        if not console.quiet:
            for line in (*self.notices, *self.remarks):
                click.echo(line, err=True, color=console.colored(stderr=True))

    def _print(self, text: str) -> None:
        request = self.request
        if request.output_file:
            with request.output_file.open("a", encoding="utf-8") as file:
                file.write(text)
        elif text and not request.console.silent:
            color = request.console.colored(request.to_stderr)
            click.echo(text, nl=False, err=request.to_stderr, color=color)
