"""`--output-format full`: for each finding its message, the code, the reasons in the code, and the repair."""

import re
from collections.abc import Iterator, Sequence

from kerasfix.finding import Applicability, Edit, Fix, Severity
from kerasfix.report import Paint, Placed, clean
from kerasfix.report.frame import Gutter, Line, Mark, frame
from kerasfix.source import Source

_COLOURS = {Severity.ERROR: "bright_red", Severity.WARNING: "bright_yellow", Severity.INFO: "bright_cyan"}
_CAUTIONS = {
    Applicability.UNSAFE: "This is an unsafe fix and may change what the program does",
    Applicability.DISPLAY: "This is a suggestion; it is never applied for you",
}
_LONGEST_DIFF = 30


def render(findings: Sequence[Placed], paint: Paint) -> str:
    """The findings, a blank line behind each."""
    return "".join(f"{line}\n" for placed in findings for line in (*_finding(placed, paint), ""))


def _finding(placed: Placed, paint: Paint) -> Iterator[str]:
    finding = placed.finding
    colour = _COLOURS[finding.severity]
    mark = f" [{paint('*', fg='bright_cyan', bold=True)}]" if placed.applicable else ""
    yield f"{paint(finding.code, fg=colour, bold=True)}{mark} {paint(clean(finding.message), bold=True)}"
    marks = [
        Mark(finding.start, finding.end),
        *(Mark(note.start, note.end, note.message) for note in finding.notes),
    ]
    yield from frame(placed.document, placed.source, marks, colour, paint)
    if placed.fix:
        yield f"{paint('help', fg='bright_cyan', bold=True)}{paint(f': {clean(placed.fix.title)}', bold=True)}"
        yield from _diff(placed, placed.fix, paint)
        for other in finding.fixes:
            if other is not placed.fix:
                yield f"{paint('  or', fg='bright_cyan', bold=True)}: {clean(other.title)}"
        if caution := _CAUTIONS.get(placed.fix.applicability):
            yield f"{paint('note', fg='bright_yellow', bold=True)}: {caution}"


def _diff(placed: Placed, fix: Fix, paint: Paint) -> Iterator[str]:
    """What a fix does to the lines it touches."""
    source = placed.source
    hunks = list(_hunks(source, fix.edits))
    touched = [row for first, last, _ in hunks for row in range(max(0, first - 1), last + 2)]
    rows = [row for row in touched if row < len(source.line_starts)]
    gutter = Gutter(placed.document, source, rows, paint)
    lines = sum(last - first + len(new) for first, last, new in hunks)
    if not hunks or lines > _LONGEST_DIFF:
        return
    yield gutter.line()
    previous = -1
    for first, last, new in hunks:
        if first - 1 > previous and previous >= 0:
            yield paint("...", fg="bright_blue", bold=True)
        if first - 1 > previous and first > 0:
            yield gutter.line(f"  {Line(source.line(first - 1)).text}", first - 1)
        for row in range(first, last):
            yield gutter.line(paint(f"- {Line(source.line(row)).text}", fg="red"), row)
        for text in new:
            yield gutter.line(paint(f"+ {Line(text).text}", fg="green"))
        previous = last
        if last < len(source.line_starts) and source.line(last):
            yield gutter.line(f"  {Line(source.line(last)).text}", last)
    yield gutter.line()


def _hunks(source: Source, edits: Sequence[Edit]) -> Iterator[tuple[int, int, list[str]]]:
    """Rows `[first, last)` that edits change, and the lines that take their place."""
    groups: list[list[Edit]] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        row = source.row_column(edit.start)[0]
        if groups and row <= source.row_column(groups[-1][-1].end)[0] + 1:
            groups[-1].append(edit)
        else:
            groups.append([edit])
    for group in groups:
        first, last = source.row_column(group[0].start)[0], source.row_column(group[-1].end)[0] + 1
        start = source.line_starts[first]
        end = source.line_starts[last] if last < len(source.line_starts) else len(source.text)
        text, position = "", start
        for edit in group:
            text += source.text[position : edit.start] + edit.content
            position = max(position, edit.end)
        new = re.split(r"\r\n?|\n", (text + source.text[position:end]).rstrip("\r\n"))
        old = [source.line(row) for row in range(first, last)]
        while old and new and old[0] == new[0]:
            old, new, first = old[1:], new[1:], first + 1
        while old and new and old[-1] == new[-1]:
            old, new, last = old[:-1], new[:-1], last - 1
        if not (len(old) == 1 and not old[0] and not new):  # the empty row behind the last newline
            if old and not old[-1] and last == len(source.line_starts):
                last -= 1
            yield first, last, new
