"""Fixes proven by training: scripts are run before and after."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kerasfix.checker import Find
from kerasfix.finding import Finding
from kerasfix.fixing import FixResult
from kerasfix.report import Paint, clean, plain, verdict
from kerasfix.rule import Rule
from kerasfix.source import Document, Source
from kerasfix.trace.evidence import Evidence
from kerasfix.verify import CannotVerify, Verdict, Verifier

if TYPE_CHECKING:
    from kerasfix.search import Outcome


@dataclass(frozen=True)
class Prover:
    """Chooses the fixes of files by running them: what is written runs better, or as well as it already ran.

    `budget` is the seconds of CPU that the runs of one file may take together.
    """

    verifier: Verifier
    budget: float

    def proof(self, paint: Paint | None = None) -> "Proof":
        """What fixes one file."""
        return Proof(self, paint or plain)


@dataclass
class Proof:
    """Fixes the sources of a file as far as it can be proven (see `kerasfix.checker.Prove`)."""

    prover: Prover
    paint: Paint
    lines: list[str] = field(default_factory=list)
    """What the runs have shown."""
    problem: str = ""
    """Why there were none."""

    def __call__(
        self, document: Document, source: Source, rules: tuple[Rule, ...], find: Find, unsafe: bool
    ) -> FixResult:
        unchanged = FixResult(source.text, [], Counter())
        if not find(source, rules, None):
            return unchanged
        verifier, budget = self.prover.verifier, self.prover.budget
        try:
            outcome = repaired(verifier, document, source, rules, find, unsafe, budget)
        except CannotVerify as error:
            self.problem = str(error)
            return unchanged
        self.lines.extend(verdict.repaired(place_of(document, source), outcome, self.paint))
        return outcome.result

    def describe(self, document: Document, source: Source) -> None:
        """Run a source as it stands."""
        try:
            found = verify_source(self.prover.verifier, document, source, source.text)
        except CannotVerify as error:
            self.problem = str(error)
        else:
            self.lines.extend(verdict.description(place_of(document, source), found, self.paint))


def repaired(
    verifier: Verifier,
    document: Document,
    source: Source,
    rules: tuple[Rule, ...],
    find: Find,
    unsafe: bool,
    budget: float,
) -> "Outcome":
    """Search for a repair of a source (see `kerasfix.search.repair`), each candidate run in its document's place.

    Raises:
        CannotVerify: nothing can be run here.
    """
    from kerasfix.search import repair

    def judge(text: str, seconds: float) -> Verdict:
        return verify_source(verifier, document, source, text, seconds, predictions=True)

    def lint(seen: Source, rules: tuple[Rule, ...], shown: Verdict | None) -> list[Finding]:
        return find(seen, rules, _evidence(document, source, seen, shown) if shown else None)

    return repair(source, rules, lint, judge, unsafe, budget)


def verify_source(
    verifier: Verifier,
    document: Document,
    source: Source,
    text: str,
    cpu: float | None = None,
    predictions: bool = False,
) -> Verdict:
    """Run a text in the place of a source; lines in the verdict are those of the document."""
    from kerasfix.syntax.module import Module
    from kerasfix.trace import undefined_data

    assumed = undefined_data(Module.parse(Source(source.path, text)))
    found = verifier.verify(document.runnable(source, text), document.path, assumed, cpu, predictions)
    if document.locate(source, 0).cell is None:
        return found
    run = replace(source, text=text)
    places = (document.locate(run, start) for start in run.line_starts)
    return replace(found, cells=tuple((place.cell or 0, place.row) for place in places))


def _evidence(document: Document, source: Source, seen: Source, shown: Verdict) -> Evidence:
    """What a run has shown of the expressions of a text, by their offsets."""
    first = document.locate(source, 0)
    above = 0 if first.cell is not None else first.row - 1

    def offset(line: int, column: int) -> int:
        row = line - 1 - above
        return seen.line_starts[row] + len(seen.line(row).encode()[:column].decode(errors="ignore"))

    rows = range(1 + above, len(seen.line_starts) + above + 1)  # a script may have forged what it reports
    places = {place: found for place, found in shown.evidence.items() if {place[0], place[2]} <= {*rows}}
    return {(offset(*place[:2]), offset(*place[2:])): found for place, found in places.items()}


def place_of(document: Document, source: Source) -> str:
    """The name of the file, with the first line of a source that is not the whole of it."""
    row = document.locate(source, 0).row
    return clean(document.path) + (f":{row}" if len(document.sources) > 1 else "")
