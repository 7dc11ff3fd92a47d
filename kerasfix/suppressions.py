"""Comments that silence findings: `# noqa: KF203`, `# kerasfix: ignore[KF203]`, and both for a whole file.

A comment counts for the findings that start or end on its line. `# kerasfix: ignore[...]` on a line of its
own counts for the statement below it. Codes of other tools, and a bare `# noqa`, are theirs too: they are never
called unused.
"""

import re
import tokenize
from collections.abc import Collection, Iterable, Iterator

from kerasfix.finding import Finding
from kerasfix.light import dataclass, field
from kerasfix.source import Source

_CODE = r"(?:[A-Za-z]+[0-9]+|[a-z]+(?:-[a-z0-9]+)+)\b"
_COMMENT = re.compile(
    rf"""\#[ \t]*(?:
        (?P<file_noqa>kerasfix[ \t]*:[ \t]*)? noqa\b (?:[ \t]*:[ \t]*(?P<codes>{_CODE}(?:[ \t,]+{_CODE})*))?
        | kerasfix[ \t]*:[ \t]* (?P<file_ignore>file-)? ignore [ \t]*\[(?P<list>[^\]]*)\]
    )""",
    re.IGNORECASE | re.VERBOSE,
)

_SELF = frozenset({"KF002", "unused-suppression"})
"""The rule that looks at these comments: naming it in one keeps that very comment."""


@dataclass(eq=False)
class Suppression:
    """One comment. No codes: it silences every rule. `rows` None: it counts for the whole source."""

    codes: tuple[str, ...]
    rows: tuple[int, int] | None
    start: int
    end: int
    places: tuple[tuple[int, int], ...] = ()
    """The span of each of the codes."""
    comment: tuple[int, int] = (0, 0)
    """The span of the whole comment, which may say more."""
    is_ours: bool = True
    """Whether no other tool reads it: `# kerasfix: ...`."""
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


@dataclass(frozen=True)
class UnusedSuppression:
    """A comment that silences nothing, or names rules that do not occur where it counts."""

    suppression: Suppression
    idle: tuple[str, ...]
    """The codes, as written, of rules that found nothing there."""
    unknown: tuple[str, ...]
    """The codes, as written, that no rule has."""


def has_comments(source: Source) -> bool:
    """Whether there may be such comments: tokenizing takes longer than all the rest."""
    return _COMMENT.search(source.text) is not None


class Suppressions:
    """The suppression comments of a source."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.comments = list(_find(source))

    def suppresses(self, finding: Finding, spare: Suppression | None = None) -> bool:
        """Whether a comment silences this finding; each comment that does is marked as used.

        `spare` is a comment that the finding is about: it counts only where it names the rule.
        """
        if not self.comments:
            return False
        first = self._source.row_column(finding.start)[0]
        last = self._source.row_column(max(finding.start, finding.end - 1))[0]
        found = False
        for suppression in self.comments:
            rows = suppression.rows
            if rows and not any(rows[0] <= row <= rows[1] for row in (first, last)):
                continue
            code = suppression.matches(finding)
            if code is not None and (code or suppression is not spare):
                suppression.used.add(code)
                found = True
        return found

    def on_rows(self, *rows: int) -> Suppression | None:
        """A comment that names codes and counts for one of these rows alone."""
        return next(
            (
                suppression
                for suppression in self.comments
                if suppression.codes and suppression.rows and suppression.rows[0] in rows
            ),
            None,
        )

    def code_at(self, offset: int) -> tuple[str, tuple[int, int]] | None:
        """The code in a comment that stands at an offset, and its span."""
        return next(
            (
                (code, (start, end))
                for suppression in self.comments
                for code, (start, end) in zip(suppression.codes, suppression.places, strict=True)
                if start <= offset <= end
            ),
            None,
        )

    def unused(self, active: Collection[str], known: Collection[str]) -> list[UnusedSuppression]:
        """The comments that have silenced nothing so far, wholly or in part.

        `active` are the codes and names of the rules that were looked for, `known` those of all rules: of a rule
        that was not looked for nothing can be said. A comment without codes is there for all of them.
        """
        found = []
        for suppression in self.comments:
            idle, unknown = [], []
            for code in suppression.codes:
                name = code.upper() if code.upper() in known else code
                if name in active and code not in suppression.used and name not in _SELF:
                    idle.append(code)
                elif name not in known and (suppression.is_ours or re.fullmatch(r"(?i:KF\d+)", code)):
                    unknown.append(code)
            blanket = not suppression.codes and suppression.is_ours and not suppression.used
            if idle or unknown or blanket:
                found.append(UnusedSuppression(suppression, tuple(idle), tuple(unknown)))
        return found


def _find(source: Source) -> Iterator[Suppression]:
    if not has_comments(source):  # nearly always
        return
    pending: list[Suppression] = []  # comments on lines of their own, waiting for their statement
    statement: int | None = None
    for kind, text, (row, column), (end_row, _), _ in tokens(source):
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
        listed = "codes" if match["codes"] else "list"
        codes = list(re.finditer(_CODE, match[listed] or ""))
        if match["list"] is not None and not codes:  # `ignore[]` names nothing
            continue
        offset = source.line_starts[row] + column
        first = offset + match.start(listed)
        yield Suppression(
            tuple(code[0] for code in codes),
            None if match["file_noqa"] or match["file_ignore"] else (row, row),
            offset + match.start(),
            offset + match.end(),
            tuple((first + code.start(), first + code.end()) for code in codes),
            (offset, offset + len(comment)),
            is_ours=match["list"] is not None or match["file_noqa"] is not None,
            covers_statement=match["list"] is not None,
        )


def tokens(source: Source) -> Iterable[tokenize.TokenInfo]:
    """The tokens of a text, as far as it can be read; rows are those of the source."""
    lines = iter([source.line(row) + "\n" for row in range(len(source.line_starts))])
    try:
        yield from tokenize.generate_tokens(lambda: next(lines, ""))
    except (tokenize.TokenError, SyntaxError):
        return
