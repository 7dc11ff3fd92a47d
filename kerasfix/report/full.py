"""`--output-format full`: for each finding its message, the code, the reasons in the code, and the repair."""

import re
from collections.abc import Iterator, Sequence

from kerasfix.finding import Applicability, Edit, Severity
from kerasfix.report import Paint, Placed, clean
from kerasfix.report.frame import Gutter, Line, Mark, frame, gap, shown_rows
from kerasfix.source import Source

_COLOURS = {Severity.ERROR: "bright_red", Severity.WARNING: "bright_yellow", Severity.INFO: "bright_cyan"}
_CAUTIONS = {
    Applicability.UNSAFE: "This is an unsafe fix and may change what the program does",
    Applicability.DISPLAY: "This is a suggestion; it is never applied for you",
}
_LONGEST_DIFF = 30  # lines

Hunk = tuple[int, int, list[str]]
"""Rows `[first, last)` of a source, and the lines that take their place."""


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
    source = placed.source
    hunks = list(_hunks(source, placed.fix.edits)) if placed.fix else []
    rows = {*shown_rows(source, marks), *_near(source, hunks)}
    gutter = Gutter(placed.document, source, rows, paint)
    yield from frame(placed.document, source, marks, gutter, colour, paint)
    if placed.fix:
        title = paint(f": {clean(placed.fix.title)}", bold=True)
        yield f"{paint('help', fg='bright_cyan', bold=True)}{title}"
        yield from _diff(source, hunks, source.row_column(finding.start)[0], gutter, paint)
        for other in finding.fixes:
            if other is not placed.fix:
                yield f"{paint('  or', fg='bright_cyan', bold=True)}: {clean(other.title)}"
        if caution := _CAUTIONS.get(placed.fix.applicability):
            yield f"{paint('note', fg='bright_yellow', bold=True)}: {caution}"


def _diff(source: Source, hunks: list[Hunk], above: int, gutter: Gutter, paint: Paint) -> Iterator[str]:
    """What a fix does to the lines it touches; kept and new lines have the numbers they will have.

    `above` is a row of what is shown above it.
    """
    if not hunks or sum(last - first + len(new) for first, last, new in hunks) > _LONGEST_DIFF:
        return
    count = len(source.line_starts)
    yield gutter.line()
    shift, previous = 0, -1  # lines added so far; the last row that was printed
    for first, last, new in hunks:
        if source.cell(first) != source.cell(above):
            shift = 0
            yield gap(source, above, first, paint)
        elif previous >= 0 and first - 1 > previous + 1:
            yield gap(source, previous, first, paint)
        above = first
        seen = source.neighbours(first)
        if first - 1 > previous and first - 1 in seen:
            yield gutter.line(Line(source.visible(source.line(first - 1))).text, first - 1, shift=shift)
        for row in range(first, last):
            yield gutter.line(paint(Line(source.visible(source.line(row))).text, fg="red"), row, "-")
        for number, text in enumerate(new):
            row = min(first, count - 1)
            yield gutter.line(
                paint(Line(source.visible(text)).text, fg="green"),
                row,
                "+",
                shift=shift + number + first - row,
            )
        shift += len(new) - (last - first)
        previous = last - 1
        if last in seen and source.line(last).strip():
            yield gutter.line(Line(source.visible(source.line(last))).text, last, shift=shift)
            previous = last
    yield gutter.line()


def _near(source: Source, hunks: list[Hunk]) -> Iterator[int]:
    """The rows that a diff shows."""
    for first, last, _ in hunks:
        yield from range(
            max(0, min(first, len(source.line_starts)) - 1), min(last + 1, len(source.line_starts))
        )


def _hunks(source: Source, edits: Sequence[Edit]) -> Iterator[Hunk]:
    """What edits do to whole lines."""
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
