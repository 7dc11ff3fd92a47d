"""What a rule is: a code, a level, and functions that turn records of the trace into findings.

A rule is one module in `rules/`. Its docstring is its documentation; below the logic stand `EXAMPLES`
(each fires exactly as marked, and becomes `fixed`) and `NEAR_MISSES` (silent under all rules).
"""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from kerasfix.finding import Finding, Fix, Note, Severity

if TYPE_CHECKING:
    from kerasfix.syntax.module import Module

Record = TypeVar("Record")
Check = Callable[[Any, "Module"], Iterator[Finding]]

_MARK = re.compile(r"[ \t]*# <- (KF\d{3}(?:, KF\d{3})*)$", re.MULTILINE)


class Fixable(StrEnum):
    """Whether findings of a rule come with a fix."""

    ALWAYS = "always"
    SOMETIMES = "sometimes"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Example:
    """Code that a rule finds fault with. Lines end in `# <- KF203` where a finding starts.

    `fixed` is the text after all fixes (`unsafe` ones too), or None where no fix applies.
    """

    marked: str
    fixed: str | None = None

    @property
    def code(self) -> str:
        """The example without its marks."""
        return _MARK.sub("", self.marked)

    @property
    def expected(self) -> list[tuple[int, str]]:
        """The (line, code) of each finding, in order."""
        return sorted(
            (self.marked.count("\n", 0, mark.start()) + 1, code)
            for mark in _MARK.finditer(self.marked)
            for code in mark[1].split(", ")
        )


class Rule:
    """A rule: `rule = Rule(__name__, "KF203", Severity.ERROR)`, then functions under `@rule.on(Record)`."""

    def __init__(
        self,
        module: str,
        code: str,
        severity: Severity,
        *,
        since: str = "0.1.0",
        fixable: Fixable = Fixable.SOMETIMES,
        default: bool = True,
    ) -> None:
        self.module = module
        self.name = module.rpartition(".")[2].replace("_", "-")
        self.code = code
        self.severity = severity
        self.since = since
        self.fixable = fixable
        self.default = default
        self.checks: dict[type, Check] = {}

    def __repr__(self) -> str:
        return f"<Rule {self.code} {self.name}>"

    def on(
        self, *records: type[Record]
    ) -> Callable[
        [Callable[[Record, "Module"], Iterator[Finding]]], Callable[[Record, "Module"], Iterator[Finding]]
    ]:
        """Register a function that is called with each record of these kinds."""

        def register(check: Callable[[Record, "Module"], Iterator[Finding]]) -> Any:
            for record in records:
                self.checks[record] = check
            return check

        return register

    def finding(
        self,
        span: tuple[int, int],
        message: str,
        *,
        fixes: tuple[Fix, ...] = (),
        notes: tuple[Note, ...] = (),
        severity: Severity | None = None,
    ) -> Finding:
        """A finding of this rule over the characters `span`."""
        return Finding(self.code, self.name, message, *span, severity or self.severity, fixes, notes)

    @property
    def documentation(self) -> str:
        """The module's docstring, in Markdown; its first line is the summary."""
        return sys.modules[self.module].__doc__ or ""

    @property
    def summary(self) -> str:
        """The first line of the documentation."""
        return self.documentation.strip().partition("\n")[0]

    @property
    def examples(self) -> tuple[Example, ...]:
        """Code with this fault."""
        examples: tuple[Example, ...] = sys.modules[self.module].EXAMPLES
        return examples

    @property
    def near_misses(self) -> tuple[str, ...]:
        """Code that looks like this fault and is none."""
        near_misses: tuple[str, ...] = sys.modules[self.module].NEAR_MISSES
        return near_misses
