"""Comments that a fix would take away with the code around them: they move to lines above the statement."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import libcst as cst

from kerasfix.finding import Applicability, Edit, Fix
from kerasfix.syntax.edits import indentation
from kerasfix.syntax.module import Module


def keep_comments(module: Module, fix: Fix) -> Fix:
    """The same fix, with every comment of the code that it replaces still there afterwards.

    Where there is no place for a comment, the fix is only shown.
    """
    edits = with_comments(module, fix.edits)
    if edits is None:
        return replace(fix, applicability=Applicability.DISPLAY)
    return fix if edits is fix.edits else replace(fix, edits=edits)


def with_comments(module: Module, edits: tuple[Edit, ...]) -> tuple[Edit, ...] | None:
    """These edits, and those that put back, above its statement, each comment that they take away.

    None where the place above the statement is replaced too.
    """
    if not any("#" in module.text[edit.start : edit.end] for edit in edits):
        return edits
    written = "\n".join(edit.content for edit in edits)
    found = [
        (edit, node.value)
        for node, (start, end) in module.spans.items()
        if isinstance(node, cst.Comment)
        for edit in edits
        if edit.start <= start and end <= edit.end
    ]
    spare = Counter(text for _, text in found)
    lost: dict[Edit, list[str]] = {}
    for edit, text in found:
        if spare[text] > written.count(text):
            spare[text] -= 1
            lost.setdefault(edit, []).append(text)
    return _restored(module, edits, lost) if lost else edits


def _restored(module: Module, edits: Sequence[Edit], lost: dict[Edit, list[str]]) -> tuple[Edit, ...] | None:
    result: list[Edit] = []
    for edit in edits:
        if edit not in lost:
            result.append(edit)
            continue
        start = _start_of_statement(module, edit.start, edit.end)
        indent = indentation(module, start) or ""
        if edit.start == start - len(indent) and edit.end > start:  # the statement goes, with its line
            lines = "".join(f"{indent}{text}{module.newline}" for text in lost[edit])
            result.append(replace(edit, content=lines + edit.content))
        elif any(other.start < start < other.end for other in edits):
            return None
        else:
            lines = "".join(f"{text}{module.newline}{indent}" for text in lost[edit])
            result += [edit, Edit(start, start, lines, mergeable=True)]
    return tuple(result)


def _start_of_statement(module: Module, start: int, end: int) -> int:
    """Where the innermost statement begins that a span starts in; else the first one within the span."""
    statements = [
        span
        for node, span in module.spans.items()
        if isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement))
    ]
    around = [first for first, last in statements if first <= start < last]
    within = [first for first, _ in statements if start <= first < end]
    return max(around) if around else min(within, default=start)
