"""One file: read, checked, and fixed in memory. What comes out is a plain value; nothing is written."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kerasfix import __version__
from kerasfix.config import Settings
from kerasfix.light import dataclass, field
from kerasfix.linter import mentions_keras
from kerasfix.source import Document, Row, Source, UnreadableFile, read_document

if TYPE_CHECKING:
    from kerasfix.cache import Cache
    from kerasfix.finding import Failure, Finding, Fix
    from kerasfix.fixing import FixResult
    from kerasfix.proof import Prover
    from kerasfix.report import Paint, Placed
    from kerasfix.rule import Rule
    from kerasfix.trace.evidence import Evidence


@dataclass(frozen=True)
class Mode:
    """What is asked of a check, besides the settings."""

    fix: bool = False
    unsafe_fixes: bool = False
    ignore_noqa: bool = False


@dataclass
class Checked:
    """What was found in a file, and what it would be after the fixes."""

    path: Path
    shown: str
    data: bytes = b""
    """The file as it was read."""
    document: Document | None = None
    """The file as read; None where it could not be."""
    fixed: Document | None = None
    """The file after the fixes; None where none applied."""
    findings: "list[Placed]" = field(default_factory=list)
    """What is left, at its places in the fixed text."""
    applied: Counter[str] = field(default_factory=Counter)
    """How many findings of each rule were fixed."""
    errors: list[str] = field(default_factory=list)
    trace: str = ""
    """The traceback of an internal error."""
    pending: bool = False
    """There is more to it than a glance shows."""
    notices: list[str] = field(default_factory=list)
    """What runs of the file have shown, in words."""
    unproven: str = ""
    """Why nothing could be run."""


Job = tuple[Path, str, Settings, bytes | Row | None]
"""A file, its name for people, its settings, and its content where a worker cannot read it itself."""


@dataclass(frozen=True)
class Check:
    """How files are checked: what travels to the workers that do it."""

    mode: Mode
    cache: "Cache | None" = None
    prover: "Prover | None" = None
    paint: "Paint | None" = None
    """How the words of the prover are coloured."""

    def __call__(self, job: Job, glance: bool = False) -> Checked:
        """Check one file."""
        path, shown, settings, data = job
        if self.prover is None or glance:
            return check_file(path, shown, settings, self.mode, data, cache=self.cache, glance=glance)
        proof = self.prover.proof(self.paint)
        checked = check_file(path, shown, settings, self.mode, data, proof)
        checked.notices, checked.unproven = proof.lines, proof.problem
        return checked

    def lost(self, job: Job, problem: str) -> Checked:
        """What is said of a file whose check has ended its process."""
        checked = Checked(job[0], job[1])
        checked.errors.append(
            f"{job[1]}: internal error in kerasfix {__version__}: the process that checked this file did not end "
            f"well ({problem}). The file was left as it is. Please report it with the file."
        )
        return checked


Find = Callable[[Source, "tuple[Rule, ...]", "Evidence | None"], "list[Finding]"]
"""The findings in a source by some rules, given what a run of it has shown."""
Prove = Callable[[Document, Source, "tuple[Rule, ...]", Find, bool], "FixResult"]
"""Chooses fixes by running the script, unsafe ones as they are welcome or not, instead of by their rank."""


def check_file(
    path: Path,
    shown: str,
    settings: Settings,
    mode: Mode,
    data: bytes | Row | None = None,
    prove: Prove | None = None,
    cache: "Cache | None" = None,
    glance: bool = False,
) -> Checked:
    """Check a file, or `data` in its place. Never raises for what the file holds: see `Checked.errors`.

    At a `glance`, a file that has to be parsed is left `pending`.
    """
    checked = Checked(path, shown)
    try:
        if isinstance(data, Row):  # nothing is kept: there may be millions, and many of a name
            cache = None
        else:
            data = checked.data = path.read_bytes() if data is None else data
        checked.document = read_document(data, shown)
        _check(checked, settings, mode, prove, cache, glance)
    except OSError as error:
        checked.errors.append(f"{shown}: cannot be read: {error.strerror or error}")
    except UnreadableFile as error:
        checked.errors.append(f"{shown}: {error}")
    except Exception as error:
        from kerasfix.linter import failure

        _blame(checked, failure(error))
        checked.findings, checked.fixed, checked.applied = [], None, Counter()
    return checked


def _blame(checked: Checked, failure: "Failure") -> None:
    """Report a bug of kerasfix."""
    checked.errors.append(
        f"{checked.shown}: internal error in kerasfix {__version__}"
        f"{f', in {failure.code} ({failure.name})' if failure.code else ''}: {failure.message}. The file was left as "
        f"it is; other findings hold. This is a bug of kerasfix: please report it with the file and the output of "
        f"`kerasfix check -v {checked.shown}`."
    )
    checked.trace += failure.trace


def _check(
    checked: Checked,
    settings: Settings,
    mode: Mode,
    prove: Prove | None,
    cache: "Cache | None",
    glance: bool,
) -> None:
    assert checked.document
    document = checked.document
    relevant = [source for source in document.sources if mentions_keras(source)]
    if not relevant:
        return
    entry = None
    if cache is not None and not mode.fix:
        entry = cache.entry(checked.path, checked.data, settings, mode)
        kept = entry.read()
        if kept is not None and all(0 <= number < len(document.sources) for number, _ in kept):
            checked.findings = [
                _placed(finding, document.sources[number], document, mode, settings)
                for number, finding in kept
            ]
            return
    if glance:
        checked.pending = True
        return
    from kerasfix.finding import Failure

    rules = settings.rules_for(checked.path)
    remaining: dict[Source, list[Finding]] = {}
    texts: dict[Source, str] = {}
    for source in relevant:
        if not mode.fix:
            remaining[source] = find(source, rules, settings, mode)
            continue
        result = _fixed(document, source, rules, settings, mode, prove)
        if result.error:
            checked.errors.append(f"{checked.shown}: {result.error}")
        failed = any(isinstance(finding, Failure) for finding in result.remaining)
        if not failed and not result.error and result.text != source.text:
            texts[source] = result.text
            remaining[source] = result.remaining
            checked.applied.update(result.applied)
        else:
            remaining[source] = find(source, rules, settings, mode)
    if texts:
        new = document.replace(texts)
        try:
            document.encode(new)
        except UnicodeEncodeError as error:
            checked.errors.append(
                f"{checked.shown}: not fixed: the fixes need the character {error.object[error.start]!r}, "
                f"which this file's encoding ({document.encoding}) does not have; save the file as UTF-8"
            )
            checked.applied.clear()
            remaining = {source: find(source, rules, settings, mode) for source in relevant}
        else:
            document = checked.fixed = document.with_text(new)
    # Fixes change the texts of sources, never their number: the n-th stays the n-th.
    now = dict(zip(checked.document.sources, document.sources, strict=True))
    for source in relevant:
        for finding in remaining[source]:
            if isinstance(finding, Failure):
                _blame(checked, finding)
            else:
                checked.findings.append(_placed(finding, now[source], document, mode, settings))
    if entry is not None and not checked.errors:
        numbers = {source: number for number, source in enumerate(document.sources)}
        entry.write([(numbers[source], finding) for source in relevant for finding in remaining[source]])


def _fixed(
    document: Document,
    source: Source,
    rules: "tuple[Rule, ...]",
    settings: Settings,
    mode: Mode,
    prove: Prove | None,
) -> "FixResult":
    """A source after its fixes: the best ones, or those that a run has proven."""
    if prove is not None:

        def found(source: Source, rules: "tuple[Rule, ...]", evidence: "Evidence | None") -> "list[Finding]":
            return find(source, rules, settings, mode, evidence)

        return prove(document, source, rules, found, mode.unsafe_fixes)
    from kerasfix.fixing import fix_source

    return fix_source(
        source,
        rules,
        lambda finding: applicable(finding, mode),
        lint=lambda source, rules: find(source, rules, settings, mode),
    )


def find(
    source: Source,
    rules: "tuple[Rule, ...]",
    settings: Settings,
    mode: Mode,
    evidence: "Evidence | None" = None,
) -> "list[Finding]":
    """The findings in a source that no comment silences, with their fixes as safe as the settings say."""
    from kerasfix.linter import lint

    found = lint(source, rules, evidence) if evidence else lint(source, rules)
    return settled(found, source, rules, settings, mode)


def settled(
    findings: "list[Finding]", source: Source, rules: "tuple[Rule, ...]", settings: Settings, mode: Mode
) -> "list[Finding]":
    """Those findings that no comment silences, and unused comments, with fixes as safe as the settings say."""
    if not mode.ignore_noqa:
        from kerasfix.linter import heed_comments

        findings = heed_comments(source, rules, findings)
    return [_with_settings(finding, settings) for finding in findings]


def applicable(finding: "Finding", mode: Mode) -> "Fix | None":
    """The best fix that may be applied."""
    from kerasfix.finding import Applicability

    allowed = {Applicability.SAFE, Applicability.UNSAFE} if mode.unsafe_fixes else {Applicability.SAFE}
    return next((fix for fix in finding.fixes if fix.applicability in allowed), None)


def _with_settings(finding: "Finding", settings: Settings) -> "Finding":
    if not finding.fixes:
        return finding
    if finding.code in settings.unfixable_codes:
        return replace(finding, fixes=())
    from kerasfix.finding import Applicability

    changed = {}
    if finding.code in settings.safe_codes:
        changed[Applicability.UNSAFE] = Applicability.SAFE
    if finding.code in settings.unsafe_codes:
        changed[Applicability.SAFE] = Applicability.UNSAFE
    if not changed:
        return finding
    fixes = (
        replace(fix, applicability=changed.get(fix.applicability, fix.applicability)) for fix in finding.fixes
    )
    return replace(finding, fixes=tuple(fixes))


def _placed(
    finding: "Finding", source: Source, document: Document, mode: Mode, settings: Settings
) -> "Placed":
    from kerasfix.report import Placed

    fix = applicable(finding, mode) if document.row is None else None  # tables are not fixed
    url = settings.page_of(finding.name)
    return Placed(finding, source, document, fix or finding.fix, fix is not None, url)
