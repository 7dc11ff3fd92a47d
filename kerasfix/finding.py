"""What a rule reports: findings, and the fixes that go with them.

Positions are offsets (in characters) into `Source.text`; a document turns them into rows and columns.
"""

from enum import StrEnum

from kerasfix.light import dataclass


class Severity(StrEnum):
    """How sure and how bad: an error raises, or provably trains something else than the code says."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Applicability(StrEnum):
    """Whether a fix may be applied: always, on request, or never (only shown)."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY = "display"


@dataclass(frozen=True)
class Edit:
    """Replace `text[start:end]` by `content`."""

    start: int
    end: int
    content: str
    mergeable: bool = False
    """An insertion that may share its place with others, in any order (a name added to an import)."""


@dataclass(frozen=True)
class Fix:
    """One repair: all of its edits are applied, or none."""

    title: str
    edits: tuple[Edit, ...]
    applicability: Applicability = Applicability.SAFE


@dataclass(frozen=True)
class Note:
    """A place that explains a finding: where a tensor, a shape or a name came from."""

    message: str
    start: int
    end: int


@dataclass(frozen=True)
class Finding:
    """One fault at one place, with its reasons and its repairs, best repair first."""

    code: str
    name: str
    message: str
    start: int
    end: int
    severity: Severity
    fixes: tuple[Fix, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def fix(self) -> Fix | None:
        """The best repair."""
        return self.fixes[0] if self.fixes else None


@dataclass(frozen=True)
class Failure(Finding):
    """A bug of kerasfix met on the way to findings: never shown as one, but as an error with exit status 2."""

    trace: str = ""
    """The traceback."""
