"""Parsing again after a change: statements at the top level that are as they were keep their nodes and spans.

Nodes of libcst do not know where they stand, so those of an earlier version can be part of the next one. In an editor
nearly all of them can: what is typed changes one statement.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from kerasfix.source import Source
from kerasfix.syntax.module import Module, Span

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


@dataclass(eq=False)
class Piece:
    """Whole lines of a text that hold one statement at the top level, or none."""

    text: str
    statements: tuple[Statement, ...]
    spans: dict[cst.CSTNode, Span]
    """The spans of its nodes, from where it starts."""


class PiecewiseModule(Module):
    """A module that is made of pieces."""

    def __init__(self, source: Source, first: cst.Module, pieces: list[Piece]) -> None:
        body = [statement for piece in pieces for statement in piece.statements]
        super().__init__(source, first.with_changes(body=body))
        self.pieces = pieces

    @cached_property
    def spans(self) -> dict[cst.CSTNode, Span]:
        found: dict[cst.CSTNode, Span] = {}
        offset = 0
        for piece in self.pieces:
            if offset:
                found |= {node: (start + offset, end + offset) for node, (start, end) in piece.spans.items()}
            else:
                found |= piece.spans
            offset += len(piece.text)
        return found


def parse_again(source: Source, before: Module | None) -> Module:
    """Parse a source of which an earlier version is known; the result is that of `Module.parse`."""
    if before is None or before.tree is None:
        return Module.parse(source)
    old = before.pieces if isinstance(before, PiecewiseModule) else _pieces(before)
    text = source.text
    first, start = _equal_at_start(old, text)
    last, end = _equal_at_end(old[first:], text, start)
    last += first
    new = _parsed(source, start, end, before.tree)
    if new is None and first:  # what was typed may go on with the statement above it
        first -= 1
        start -= len(old[first].text)
        new = _parsed(source, start, end, before.tree)
    if new is None:
        return Module.parse(source)
    return PiecewiseModule(source, before.tree, [*old[:first], *new, *old[last:]])


def _pieces(module: Module) -> list[Piece]:
    """A module that was parsed as a whole, in pieces: each ends with the last line of its statement."""
    assert module.tree is not None
    starts = [0]
    for statement in module.tree.body[:-1]:
        row = module.source.row_column(module.span(statement)[1])[0]
        starts.append(module.source.line_starts[row + 1])
    ends = [*starts[1:], len(module.text)]
    spans: list[dict[cst.CSTNode, Span]] = [{} for _ in starts]
    for node, (start, end) in module.spans.items():
        place = bisect_right(starts, start) - 1
        spans[place][node] = (start - starts[place], end - starts[place])
    statements: list[tuple[Statement, ...]] = [(statement,) for statement in module.tree.body]
    return [
        Piece(module.text[start:end], statement, found)
        for start, end, statement, found in zip(starts, ends, statements or [()], spans, strict=True)
    ]


def _equal_at_start(pieces: Sequence[Piece], text: str) -> tuple[int, int]:
    """How many pieces a text begins with, and where they end in it."""
    offset = 0
    for count, piece in enumerate(pieces):
        end = offset + len(piece.text)
        if not text.startswith(piece.text, offset) or not (_starts_line(text, end) or end == len(text)):
            return count, offset
        offset = end
    return len(pieces), offset


def _equal_at_end(pieces: Sequence[Piece], text: str, start: int) -> tuple[int, int]:
    """Which of these pieces are the first of those that a text ends with, behind `start`, and where it stands."""
    end = len(text)
    for place in range(len(pieces) - 1, -1, -1):
        begin = end - len(pieces[place].text)
        if begin < start or not text.endswith(pieces[place].text, 0, end) or not _starts_line(text, begin):
            return place + 1, end
        end = begin
    return 0, end


def _starts_line(text: str, offset: int) -> bool:
    """Whether a line starts at an offset, and no statement goes on there from the line above."""
    before = text[max(0, offset - 3) : offset].replace("\r\n", "\n")
    if before[-1:] == "\r" and text[offset : offset + 1] == "\n":
        return False
    return not before or (before[-1] in "\r\n" and before[-2:-1] != "\\")


def _parsed(source: Source, start: int, end: int, like: cst.Module) -> list[Piece] | None:
    """The pieces of a part of a text; None where it is not made of whole statements."""
    part = source.text[start:end]
    if not part:
        return []
    if end < len(source.text) and not _starts_line(source.text, end):
        return None
    module = Module.parse(Source(source.path, part), like.config_for_parsing)
    return None if module.fault is not None else _pieces(module)
