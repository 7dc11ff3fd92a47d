"""Where a comment goes that silences a finding."""

import tokenize

from kerasfix.finding import Edit, Finding
from kerasfix.source import Source
from kerasfix.suppressions import Suppressions


def suppress(source: Source, finding: Finding) -> Edit:
    """The edit that silences a finding: a code more in a comment that counts for it, or a comment of its own."""
    first = source.row_column(finding.start)[0]
    last = source.row_column(max(finding.start, finding.end - 1))[0]
    known = Suppressions(source).on_rows(first, last)
    if known is not None:
        end = known.places[-1][1]
        return Edit(end, end, f", {finding.code}")
    comment = f"# kerasfix: ignore[{finding.code}]"
    statement, free = _rows(source, first)
    row = next((row for row in (first, last) if row in free), None)
    if row is None:  # every line of it goes on in a string, or behind a backslash
        start = source.line_starts[statement]
        line = source.line(statement)
        indent = line[: len(line) - len(line.lstrip())]
        newline = source.text[start + len(line) :][:2] if "\r\n" in source.text else "\n"
        return Edit(start, start, f"{indent}{comment}{newline}")
    end = source.line_starts[row] + len(source.line(row).rstrip())
    return Edit(end, end, f"  {comment}")


def _rows(source: Source, wanted: int) -> tuple[int, set[int]]:
    """The first row of the statement that a row is in, and the rows that may end in a comment."""
    lines = iter([source.line(row) + "\n" for row in range(len(source.line_starts))])
    statement, found, free = None, wanted, set()
    try:
        for kind, _, (row, _), (end, _), _ in tokenize.generate_tokens(lambda: next(lines, "")):
            if kind in (tokenize.NEWLINE, tokenize.NL):
                free.add(row - 1)
            if kind == tokenize.NEWLINE:
                statement = None
            elif kind not in (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT):
                statement = row - 1 if statement is None else statement
                if statement <= wanted < end:
                    found = statement
    except (tokenize.TokenError, SyntaxError):
        free.add(wanted)  # it does not parse: the end of its line is as good as any
    return found, free
