"""A run of `kerasfix check`: the loop over the files, then the report, then the exit status."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kerasfix.commands.file_loop import FileLoop, is_table
from kerasfix.commands.output import Output
from kerasfix.commands.request import Request
from kerasfix.console import CLEAN, FAILED, FOUND
from kerasfix.files import spare

if TYPE_CHECKING:
    from kerasfix.checker import Checked
    from kerasfix.report import Placed


def check(request: Request) -> int:
    """Check, fix, report; the exit status."""
    files = [request.stdin()[0]] if request.on_stdin else request.files()
    outputs = [file for file in (request.output_file, *(file for _, file in request.copies)) if file]
    spare(files, outputs)
    for file in outputs:
        file.write_text("")  # what cannot be written is said before the work
    loop, output = FileLoop(request), Output(request)
    if request.on_stdin:
        results = [loop.check_stdin()]
    else:
        checked = filter(_matters, loop.check(files))
        if output.in_a_stream and files and all(map(is_table, files)):
            return _status(request, output.stream(checked))
        results = sorted(checked, key=lambda one: one.path)
    findings = [placed for checked in results for placed in checked.findings]
    findings.sort(key=_order)
    applied = sum((checked.applied for checked in results), Counter[str]())
    if request.write_baseline:
        return _write_baseline(request, findings)
    output.notices = loop.notices
    findings, output.remarks = _without_known(request, findings)
    if request.diff:
        output.diff(results, findings, applied.total())
    else:
        output.findings(results, [] if request.fix_only else findings, applied.total())
    return _status(request, bool(findings), bool(applied))


def _status(request: Request, findings: bool, applied: bool = False) -> int:
    if request.console.failed:
        return FAILED
    if request.exit_zero:
        return CLEAN
    if applied and (request.diff or request.exit_non_zero_on_fix):
        return FOUND
    return FOUND if findings and not request.diff and not request.fix_only else CLEAN


def _without_known(request: Request, findings: "list[Placed]") -> "tuple[list[Placed], list[str]]":
    """The findings that are not in a baseline, and what there is to say of the others."""
    files = [placed for placed in findings if not placed.document.row]
    folders = {Path.cwd(), *((Path.cwd() / placed.document.path).parent for placed in files)}
    if all(request.resolver.settings(folder).baseline is None for folder in folders):
        return findings, []
    new, remarks = request.baselines.new(files)
    rows = [placed for placed in findings if placed.document.row]
    return new + rows, [] if request.console.failed else remarks


def _write_baseline(request: Request, findings: "list[Placed]") -> int:
    if request.console.failed:
        request.console.error("the baseline was not written, since not every file could be checked")
        return FAILED
    said = request.baselines.write(findings)
    if not request.console.quiet:
        click.echo(said)
    return CLEAN


def _order(placed: "Placed") -> tuple[object, ...]:
    file, row = placed.document.row or (placed.document.path, 0)
    return file, row, placed.start, placed.finding.code


def _matters(checked: "Checked") -> bool:
    """Whether anything is to be said of a file: the others are forgotten at once, since they can be many."""
    return bool(checked.findings or checked.applied)
