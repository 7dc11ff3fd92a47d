"""Frames: lines of code with numbers, carets under spans and words at their ends, for a terminal."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from kerasfix.light import dataclass
from kerasfix.report import Paint, clean, place
from kerasfix.source import Document, Source

_TAB = 4
_LONGEST = 200  # characters of a line that are shown, around what is marked in it
_CONTEXT = 2  # lines above and below the marked ones
_HEAD = 4  # lines shown of a long span, before the last one

_BLUE: dict[str, Any] = {"fg": "bright_blue", "bold": True}
_SIGNS: dict[str, dict[str, Any]] = {"|": _BLUE, "-": {"fg": "red"}, "+": {"fg": "green"}}


@dataclass(frozen=True)
class Mark:
    """A span of a source to underline, and what to say of it. The first mark of a frame is the main one."""

    start: int
    end: int
    message: str = ""


class Line:
    """A line as a terminal shows it: tabs expanded, control characters visible, long ends cut."""

    def __init__(self, text: str, marked: Iterable[int] = ()) -> None:
        if len(text) <= _LONGEST and text.isascii() and text.isprintable():  # nearly every line
            self._first, self.text = 0, text
            self._columns: Sequence[int] = range(len(text) + 1)
            return
        self._first = 0
        last = len(text)
        if last > _LONGEST:
            self._first = max(0, min(marked, default=0) - _LONGEST // 3)
            last = min(last, self._first + _LONGEST)
        cut = text[self._first : last]
        self.text = "…" if self._first else ""
        columns = [len(self.text)]
        for character in cut:
            column = columns[-1]
            shown = " " * (_TAB - column % _TAB) if character == "\t" else clean(character)
            self.text += shown
            columns.append(column + sum(map(_width, shown)))
        self._columns = columns
        if last < len(text):
            self.text += "…"

    def column(self, index: int) -> int:
        """The column of the terminal, from 0, at which the character with this index starts."""
        return self._columns[min(max(index - self._first, 0), len(self._columns) - 1)]


def _width(character: str) -> int:
    """How many columns a terminal gives a character: 2 for East Asian wide ones, 0 for combining marks."""
    if character < "\u0300":
        return 1
    if unicodedata.east_asian_width(character) in "WF":
        return 2
    return (
        0 if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf") else 1
    )


class Gutter:
    """The margin with line numbers: as wide as the greatest number of a frame."""

    def __init__(self, document: Document, source: Source, rows: Iterable[int], paint: Paint) -> None:
        self._number = {row: document.locate(source, source.line_starts[row]).row for row in rows}
        self.width = len(str(max(self._number.values(), default=1)))
        self._paint = paint

    def line(self, content: str = "", row: int | None = None, sign: str = "|", shift: int = 0) -> str:
        """`12 | content`, or `   | content` without a row; `shift` is added to its number."""
        number = "" if row is None else str(self._number[row] + shift)
        margin = self._paint(f"{number:>{self.width}} {sign}", **_SIGNS[sign])
        return f"{margin} {content}" if content.strip() else margin


def frame(
    document: Document, source: Source, marks: list[Mark], gutter: Gutter, colour: str, paint: Paint
) -> Iterator[str]:
    """The lines of a frame around some marks; the first one is underlined with carets in its colour."""
    main = marks[0]
    first, last = _rows(source, main)
    rows = shown_rows(source, marks)
    at = place(document, document.locate(source, main.start))
    yield f"{' ' * gutter.width}{paint('-->', **_BLUE)} {at}"
    yield gutter.line()
    several = last > first
    previous = rows[0] - 1
    for row in rows:
        if row > previous + 1:
            yield gap(source, previous, row, paint)
        previous = row
        here = [mark for mark in marks if _rows(source, mark)[0] == row]
        line = Line(source.visible(source.line(row)), [source.row_column(mark.start)[1] for mark in here])
        side = ""
        if several:
            at_left = not source.line(row)[: source.row_column(main.start)[1]].strip()
            inside = first < row <= last
            side = (
                paint("| ", fg=colour)
                if inside
                else paint("/ ", fg=colour)
                if row == first and at_left
                else "  "
            )
        yield gutter.line(side + line.text, row)
        if several and row == first and not at_left:
            column = line.column(source.row_column(main.start)[1])
            yield gutter.line(paint(f" {'_' * (column + 1)}^", fg=colour, bold=True))
        if several and row == last:
            column = line.column(max(source.row_column(main.end)[1] - 1, 0))
            yield gutter.line(paint(f"|{'_' * (column + 1)}^", fg=colour, bold=True))
        side = "" if not several else paint("| ", fg=colour) if first <= row < last else "  "
        spans = [mark for mark in here if mark is not main or not several]
        for underline in _underlines(source, row, line, spans, main, colour, paint):
            yield gutter.line(side + underline)
    yield gutter.line()


def _underlines(
    source: Source, row: int, line: Line, marks: list[Mark], main: Mark, colour: str, paint: Paint
) -> Iterator[str]:
    """The lines below a line of code; spans share one as long as no message stands in the way."""
    text, width, open_ended = "", 0, True
    for mark in sorted(marks, key=lambda mark: mark.start):
        start = line.column(mark.start - source.line_starts[row])
        end = max(line.column(min(mark.end - source.line_starts[row], len(source.line(row)))), start + 1)
        if text and (start <= width or not open_ended):
            yield text
            text, width = "", 0
        style = {"fg": colour, "bold": True} if mark is main else _BLUE
        underline = ("^" if mark is main else "-") * (end - start)
        message = f" {clean(mark.message)}" if mark.message else ""
        text += " " * (start - width) + paint(underline + message, **style)
        width, open_ended = end, not mark.message
    if text:
        yield text


def gap(source: Source, previous: int, row: int, paint: Paint) -> str:
    """What stands for rows that are not shown; tells where a row is in another cell than the previous one."""
    cell = source.cell(row)
    return paint("..." if cell == source.cell(previous) else f"... cell {cell}", **_BLUE)


def _rows(source: Source, mark: Mark) -> tuple[int, int]:
    """The first and last row that a mark touches."""
    return source.row_column(mark.start)[0], source.row_column(max(mark.start, mark.end - 1))[0]


def shown_rows(source: Source, marks: list[Mark]) -> list[int]:
    """The rows of a frame: what is marked, and a little around the main mark; no blank lines at its ends."""
    first, last = _rows(source, marks[0])
    seen = source.neighbours(first)
    above, below = max(seen.start, first - _CONTEXT), max(last, min(seen.stop - 1, last + _CONTEXT))
    while above < first and not source.line(above).strip():
        above += 1
    while below > last and not source.line(below).strip():
        below -= 1
    rows = {*range(above, min(last, first + _HEAD) + 1), *range(last, below + 1)}
    rows.update(_rows(source, mark)[0] for mark in marks[1:])
    rows.update(  # a single line is shorter than its gap
        row + 1 for row in list(rows) if row + 2 in rows and row + 1 in source.neighbours(row)
    )
    return sorted(rows)
