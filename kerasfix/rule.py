"""What a rule is: a code, a level, and functions that turn records of the trace into findings.

A rule is one module in `rules/`. Its docstring is its documentation; below the logic stand `EXAMPLES`
(each fires exactly as marked, and becomes `fixed`) and `NEAR_MISSES` (silent under all rules).
"""

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from kerasfix.finding import Finding, Fix, Note, Severity
from kerasfix.light import dataclass

if TYPE_CHECKING:
    from kerasfix.syntax.module import Module

Check = Callable[[Any, "Module"], Iterator[Finding]]
CheckT = TypeVar("CheckT", bound=Check)

_MARK = re.compile(r"[ \t]*# <- (KF\d{3}(?:, KF\d{3})*)$", re.MULTILINE)


class Fixable(StrEnum):
    """Whether findings of a rule come with a fix."""

    ALWAYS = "always"
    SOMETIMES = "sometimes"
    NEVER = "never"


@dataclass(frozen=True)
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
        self._checks: dict[type, Check] = {}

    def __repr__(self) -> str:
        return f"<Rule {self.code} {self.name}>"

    @property
    def checks(self) -> dict[type, Check]:
        """The functions of this rule, by the kind of record that each looks at."""
        return self._checks

    @property
    def records(self) -> tuple[str, ...]:
        """The names of the kinds of record that it looks at."""
        return tuple(sorted(record.__name__ for record in self.checks))

    def on(self, *records: type) -> Callable[[CheckT], CheckT]:
        """Register a function that is called with each record of these kinds."""

        def register(check: CheckT) -> CheckT:
            for record in records:
                self._checks[record] = check
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
        return import_module(self.module).__doc__ or ""

    @property
    def summary(self) -> str:
        """The first line of the documentation."""
        return self.documentation.strip().partition("\n")[0]

    @property
    def examples(self) -> tuple[Example, ...]:
        """Code with this fault."""
        examples: tuple[Example, ...] = import_module(self.module).EXAMPLES
        return examples

    @property
    def near_misses(self) -> tuple[str, ...]:
        """Code that looks like this fault and is none."""
        near_misses: tuple[str, ...] = import_module(self.module).NEAR_MISSES
        return near_misses


class DeferredRule(Rule):
    """A rule that is known by the head of its file; the file is imported when its functions are needed."""

    _HEAD = re.compile(
        r'^rule = Rule\(\s*__name__,\s*"(KF\d{3})",\s*Severity\.(\w+)(.*?)\)$', re.MULTILINE | re.DOTALL
    )
    _ON = re.compile(r"^@rule\.on\((.*?)\)$", re.MULTILINE | re.DOTALL)

    @classmethod
    def read(cls, module: str, text: str) -> "DeferredRule | None":
        """The rule of a file, from its text; None where the head is not written as usual."""
        head = cls._HEAD.search(text)
        if head is None:
            return None
        fixable = re.search(r"fixable=Fixable\.(\w+)", head[3])
        since = re.search(r'since="([^"]+)"', head[3])
        records = {name for names in cls._ON.findall(text) for name in re.findall(r"\w+", names)}
        return cls.from_head(
            module,
            {
                "code": head[1],
                "severity": Severity[head[2]].value,
                "since": since[1] if since else "0.1.0",
                "fixable": (Fixable[fixable[1]] if fixable else Fixable.SOMETIMES).value,
                "default": "default=False" not in head[3],
                "records": sorted(records),
            },
        )

    @classmethod
    def from_head(cls, module: str, head: dict[str, Any]) -> "DeferredRule":
        """The rule of a module from what `head` of one has said before."""
        rule = cls(
            module,
            head["code"],
            Severity(head["severity"]),
            since=head["since"],
            fixable=Fixable(head["fixable"]),
            default=head["default"],
        )
        rule._records = tuple(head["records"])
        rule.head = head
        return rule

    head: dict[str, Any]
    """All that its file says, as JSON can hold it."""

    @property
    def checks(self) -> dict[type, Check]:
        if not self._checks:
            self._checks = import_module(self.module).rule.checks
        return self._checks

    @property
    def records(self) -> tuple[str, ...]:
        return self._records

    _records: tuple[str, ...] = ()
