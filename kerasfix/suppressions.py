"""Comments that silence findings: `# noqa: KF203`, `# kerasfix: ignore[KF203]`, and both for a whole file.

A comment counts for the findings that start or end on its line. `# kerasfix: ignore[...]` on a line of its
own counts for the statement below it.
"""

import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kerasfix.finding import Finding
from kerasfix.source import Source

_CODE = r"(?:[A-Za-z]+[0-9]+|[a-z]+(?:-[a-z0-9]+)+)\b"
_COMMENT = re.compile(
    rf"""\#[ \t]*(?:
        (?P<file_noqa>kerasfix[ \t]*:[ \t]*)? noqa\b (?:[ \t]*:[ \t]*(?P<codes>{_CODE}(?:[ \t,]+{_CODE})*))?
        | kerasfix[ \t]*:[ \t]* (?P<file_ignore>file-)? ignore [ \t]*\[(?P<list>[^\]]*)\]
    )""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(eq=False)
class Suppression:
    """One comment. No codes: it silences every rule. `rows` None: it counts for the whole source."""

    codes: tuple[str, ...]
    rows: tuple[int, int] | None
    start: int
    end: int
    covers_statement: bool = False
    """Whether it speaks for the statement below when it stands on a line of its own."""
    used: set[str] = field(default_factory=set)
    """The codes, as written, that silenced something; `""` for a comment without codes."""

    def matches(self, finding: Finding) -> str | None:
        """The code, as written, under which this comment names a finding's rule."""
        if not self.codes:
            return ""
        return next(
            (code for code in self.codes if code.upper() == finding.code or code == finding.name), None
        )


class Suppressions:
    """The suppression comments of a source."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._all = list(_find(source))

    def suppresses(self, finding: Finding) -> bool:
        """Whether a comment silences this finding; each comment that does is marked as used."""
        if not self._all:
            return False
        first = self._source.row_column(finding.start)[0]
        last = self._source.row_column(max(finding.start, finding.end - 1))[0]
        found = False
        for suppression in self._all:
            rows = suppression.rows
            if rows and not any(rows[0] <= row <= rows[1] for row in (first, last)):
                continue
            code = suppression.matches(finding)
            if code is not None:
                suppression.used.add(code)
                found = True
        return found

    def unused(self) -> list[tuple[Suppression, tuple[str, ...]]]:
        """The comments that have silenced nothing so far, wholly or in part, with the codes at fault."""
        return [
            (suppression, tuple(code for code in suppression.codes if code not in suppression.used))
            for suppression in self._all
            if not suppression.used.issuperset(suppression.codes or ("",))
        ]


def _find(source: Source) -> Iterator[Suppression]:
    if not _COMMENT.search(source.text):  # nearly always: tokenizing takes longer than all the rest
        return
    pending: list[Suppression] = []  # comments on lines of their own, waiting for their statement
    statement: int | None = None
    for kind, text, (row, column), (end_row, _), _ in _tokens(source):
        if kind == tokenize.COMMENT:
            for suppression in _parse(source, text, row - 1, column):
                if suppression.rows and suppression.covers_statement and statement is None:
                    pending.append(suppression)
                else:
                    yield suppression
        elif kind == tokenize.NEWLINE:
            for suppression in pending:
                suppression.rows = (statement or row) - 1, end_row - 1
            yield from pending
            pending, statement = [], None
        elif kind not in (tokenize.NL, tokenize.INDENT, tokenize.DEDENT) and statement is None:
            statement = row
    yield from pending


def _parse(source: Source, comment: str, row: int, column: int) -> Iterator[Suppression]:
    for match in _COMMENT.finditer(comment):
        codes = tuple(re.findall(_CODE, match["codes"] or match["list"] or ""))
        if match["list"] is not None and not codes:  # `ignore[]` names nothing
            continue
        offset = source.line_starts[row] + column
        yield Suppression(
            codes,
            None if match["file_noqa"] or match["file_ignore"] else (row, row),
            offset + match.start(),
            offset + match.end(),
            covers_statement=match["list"] is not None,
        )


def _tokens(source: Source) -> Iterable[tokenize.TokenInfo]:
    """The tokens of a text, as far as it can be read; rows are those of the source."""
    lines = iter([source.line(row) + "\n" for row in range(len(source.line_starts))])
    try:
        yield from tokenize.generate_tokens(lambda: next(lines, ""))
    except (tokenize.TokenError, SyntaxError):
        return
