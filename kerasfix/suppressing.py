"""Where a comment goes that silences findings."""

import tokenize
from collections import defaultdict
from collections.abc import Iterable

from kerasfix.finding import Edit, Finding
from kerasfix.source import Source
from kerasfix.suppressions import Suppressions, tokens

_NO_STATEMENT = frozenset(
    {tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
)


def suppress(
    source: Source, findings: Iterable[Finding], *, noqa: bool = False, reason: str = ""
) -> list[Edit]:
    """The edits that silence findings: codes more in comments that count for them, or new comments.

    A new comment is `# kerasfix: ignore[...]`, or `# noqa: ...`, at the end of the first or last line of a finding.
    Where neither can end in a comment (within a string, before a backslash) it stands above the statement.
    """
    places = _Places(source)
    codes: dict[tuple[int, bool], set[str]] = defaultdict(set)
    for finding in findings:
        codes[places.of(finding)].add(finding.code)
    return [
        places.edit(row, above, ", ".join(sorted(found)), noqa, f" {reason}" if reason else "")
        for (row, above), found in sorted(codes.items())
    ]


class _Places:
    """The lines of a source, as places for comments."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._comments = Suppressions(source)
        self._open_ended: set[int] = set()  # the rows that can end in a comment
        self._statement: dict[int, int] = {}  # the first row of the statement that a row is in
        first: int | None = None
        for kind, _, (row, _), (end_row, _), _ in tokens(source):
            if kind in (tokenize.NEWLINE, tokenize.NL):
                self._open_ended.add(row - 1)
            if kind not in _NO_STATEMENT and first is None:
                first = row - 1
            elif kind == tokenize.NEWLINE and first is not None:
                self._statement |= dict.fromkeys(range(first, end_row), first)
                first = None

    def of(self, finding: Finding) -> tuple[int, bool]:
        """The row for a finding's comment, and whether it stands above that row."""
        first = self._source.row_column(finding.start)[0]
        last = self._source.row_column(max(finding.start, finding.end - 1))[0]
        if (known := self._comments.on_rows(first, last)) and known.rows:
            return known.rows[0], False
        for row in (first, last):
            if row in self._open_ended:
                return row, False
        if first in self._statement:
            return self._statement[first], True
        return first, False  # it does not parse: the end of its line is as good as any

    def edit(self, row: int, above: bool, codes: str, noqa: bool, reason: str) -> Edit:
        """Codes more in a comment that counts for a row, or a comment at its end or above it."""
        if not above and (known := self._comments.on_rows(row)) is not None:
            end = known.places[-1][1]
            return Edit(end, end, f", {codes}")
        start, line = self._source.line_starts[row], self._source.line(row)
        ignore = f"# kerasfix: ignore[{codes}]{reason}"
        if above:
            indent = line[: len(line) - len(line.lstrip())]
            newline = self._source.text[start + len(line) : self._source.line_starts[row + 1]]
            return Edit(start, start, f"{indent}{ignore}{newline}")
        comment = f"# noqa: {codes}{reason}" if noqa else ignore
        return Edit(start + len(line.rstrip()), start + len(line), f"  {comment}")
