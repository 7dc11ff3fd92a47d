"""Text edits in the style of the file. Nothing but the characters that must change is touched."""

import re
from collections.abc import Sequence
from itertools import pairwise

import libcst as cst

from kerasfix.finding import Edit
from kerasfix.syntax.module import Module


def replace(module: Module, node: cst.CSTNode, content: str) -> Edit:
    """Put other text in the place of a node."""
    return Edit(*module.span(node), content)


def insert(offset: int, content: str, *, mergeable: bool = False) -> Edit:
    """Put text in at an offset."""
    return Edit(offset, offset, content, mergeable)


def wrap(module: Module, node: cst.CSTNode, before: str, after: str) -> tuple[Edit, Edit]:
    """Put text before and behind a node."""
    start, end = module.span(node)
    return insert(start, before), insert(end, after)


def indentation(module: Module, offset: int) -> str | None:
    """The whitespace before an offset on its line; None where something else stands there."""
    row, column = module.source.row_column(offset)
    before = module.source.line(row)[:column]
    return before if not before.strip() else None


def insert_statement_before(module: Module, statement: cst.CSTNode | None, code: str) -> Edit | None:
    """A new statement on its own line before another, with the same indentation."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return None
    start = module.span(statement)[0]
    indent = indentation(module, start)
    return None if indent is None else insert(start, f"{code}{module.newline}{indent}")


def insert_statement_after(module: Module, statement: cst.CSTNode | None, code: str) -> Edit | None:
    """A new statement on its own line behind another, with the same indentation."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return None
    start, end = module.span(statement)
    indent = indentation(module, start)
    return None if indent is None else insert(end_of_line(module, end), f"{module.newline}{indent}{code}")


def end_of_line(module: Module, offset: int) -> int:
    """The offset at which the line of an offset ends, before its newline."""
    row, _ = module.source.row_column(offset)
    return module.source.line_starts[row] + len(module.source.line(row))


def append_argument(module: Module, call: cst.Call, code: str) -> Edit:
    """Put an argument behind the last one of a call."""
    if not call.args:
        opening = module.text.index("(", module.span(call.func)[1])
        return insert(opening + 1, code)
    return insert(_argument_span(module, call.args[-1])[1], f", {code}")


def remove_argument(module: Module, call: cst.Call, argument: cst.Arg) -> Edit:
    """Take an argument out of a call, with the comma that belongs to it."""
    position = call.args.index(argument)
    start = _argument_span(module, argument)[0]
    if position + 1 < len(call.args):
        return Edit(start, _argument_span(module, call.args[position + 1])[0], "")
    end = _argument_span(module, argument)[1]
    if position > 0:
        return Edit(_argument_span(module, call.args[position - 1])[1], end, "")
    trailing = re.compile(r"\s*,").match(module.text, end)
    return Edit(start, trailing.end() if trailing else end, "")


def _argument_span(module: Module, argument: cst.Arg) -> tuple[int, int]:
    """From the keyword or star of an argument to the end of its value, without the comma."""
    return module.span(argument)[0], module.span(argument.value)[1]


def insert_element_before(
    module: Module, elements: Sequence[cst.CSTNode], element: cst.CSTNode, code: str
) -> Edit:
    """A new element before another one of a list, laid out as the others are."""
    start = module.span(element)[0]
    indent = indentation(module, start)
    if indent is not None:
        return insert(start, f"{code},{module.newline}{indent}")
    return insert(start, f"{code}{_separator(module, elements)}")


def insert_element_after(module: Module, elements: Sequence[cst.CSTNode], code: str) -> Edit:
    """A new last element of a list, laid out as the others are."""
    start, end = module.span(elements[-1])
    indent = indentation(module, start)
    between = f",{module.newline}{indent}" if indent is not None else _separator(module, elements)
    return insert(end, f"{between}{code}")


def _separator(module: Module, elements: Sequence[cst.CSTNode]) -> str:
    """What stands between two elements, `, ` where that cannot be copied."""
    for one, other in pairwise(elements):
        between = module.text[module.span(one)[1] : module.span(other)[0]]
        if re.fullmatch(r",[ \t]*", between):
            return between
    return ", "
