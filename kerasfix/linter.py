"""From a source to its findings: gate, parse, trace, rules."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kerasfix.source import Source

if TYPE_CHECKING:
    from kerasfix.finding import Failure, Finding
    from kerasfix.rule import Rule
    from kerasfix.syntax.module import Module
    from kerasfix.trace import Program
    from kerasfix.trace.evidence import Evidence


def mentions_keras(source: Source) -> bool:
    """Whether a source can hold Keras code at all; nothing is parsed, or even imported, where it cannot."""
    text = source.text
    return "keras" in text or "tensorflow" in text or (source.whole and _forgets_imports(text))


def _forgets_imports(text: str) -> bool:
    """Whether a model is made in a script that imports no Keras: a piece of code as it is pasted into a question."""
    return (".add(" in text or ".compile(" in text) and any(layer in text for layer in _BARE_LAYERS)


_BARE_LAYERS = ("Dense(", "Conv1D(", "Conv2D(", "LSTM(", "GRU(", "Flatten(")


def lint(source: Source, rules: "tuple[Rule, ...]", evidence: "Evidence | None" = None) -> "list[Finding]":
    """All findings of these rules in one source, in order; comments that silence them are not looked at.

    `evidence` is what a run of this very text has shown.
    """
    if not mentions_keras(source):
        return []
    from kerasfix.syntax.module import Module
    from kerasfix.trace import deep_recursion, trace

    with deep_recursion():
        module = Module.parse(source)
        return judge(module, trace(module, evidence), rules)


def judge(module: "Module", program: "Program", rules: "tuple[Rule, ...]") -> "list[Finding]":
    """All findings of these rules in a program that has been traced, ordered by place and code.

    Where the trace or a rule fails, the others' findings are there all the same, and a `Failure` beside them.
    """
    interested: dict[str, list[Rule]] = {}
    for rule in rules:
        for name in rule.records:
            interested.setdefault(name, []).append(rule)
    found: list[Finding] = [] if program.failure is None else [failure(program.failure)]
    places: set[tuple[str, int, int]] = set()  # a line that is met several times is told of once
    for record in program.records:
        for rule in interested.get(type(record).__name__, ()):
            try:
                told = list(dict.fromkeys(rule.checks[type(record)](record, module)))
            except Exception as error:
                found.append(failure(error, rule))
                continue
            new = [finding for finding in told if (finding.code, finding.start, finding.end) not in places]
            places.update((finding.code, finding.start, finding.end) for finding in new)
            found += [_with_comments(finding, module) for finding in new]
    return _in_order(dict.fromkeys(found))


def _with_comments(finding: "Finding", module: "Module") -> "Finding":
    """Comments in the text that its fixes replace are kept; where places are not exact, nothing is replaced."""
    if module.exact and not any(
        "#" in module.text[edit.start : edit.end] for fix in finding.fixes for edit in fix.edits
    ):
        return finding
    from dataclasses import replace

    from kerasfix.syntax.comments import keep_comments

    kept = finding.fixes if module.exact else ()
    return replace(finding, fixes=tuple(keep_comments(module, fix) for fix in kept))


def failure(error: Exception, rule: "Rule | None" = None) -> "Failure":
    """A bug of kerasfix, as it goes down the pipeline among the findings."""
    import traceback
    from pathlib import Path

    from kerasfix.finding import Failure, Severity

    frames = traceback.extract_tb(error.__traceback__)
    ours = {Path(__file__).parent, Path(__file__).parent.parent / "rules"}
    last = next((frame for frame in reversed(frames) if ours & {*Path(frame.filename).parents}), frames[-1])
    message = f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"
    text = "".join(traceback.format_exception(error))
    code, name = (rule.code, rule.name) if rule else ("", "")
    return Failure(code, name, message, 0, 0, Severity.ERROR, trace=text)


_INCOMPLETE = frozenset({"KF001", "KF003"})
"""Findings that say that a part of the source was not looked at: a comment there may be needed."""


def heed_comments(source: Source, rules: "tuple[Rule, ...]", findings: "list[Finding]") -> "list[Finding]":
    """The findings that no comment silences, and those about comments that silence nothing."""
    text = source.text.lower()
    if "noqa" not in text and "ignore" not in text:  # nearly always: nothing is imported for it then
        return findings
    from kerasfix.finding import Failure
    from kerasfix.suppressions import Suppressions, UnusedSuppression, has_comments

    if not has_comments(source):
        return findings
    suppressions = Suppressions(source)
    heard = [
        finding
        for finding in findings
        if isinstance(finding, Failure) or not suppressions.suppresses(finding)
    ]
    watching = [rule for rule in rules if UnusedSuppression.__name__ in rule.records]
    if not watching or any(isinstance(one, Failure) or one.code in _INCOMPLETE for one in findings):
        return heard
    from kerasfix.registry import all_rules, default_rules
    from kerasfix.syntax.module import Module

    active = _names(rules)
    unused = suppressions.unused(active, _names(all_rules()))
    if not unused or (module := Module.parse(source)).fault is not None:
        return heard
    # Last those for all rules: they are used where they silence what is said of the others.
    unused.sort(key=lambda record: not record.suppression.codes)
    for record in unused:
        if not record.suppression.codes and (
            record.suppression.used or not active.issuperset(_names(default_rules()))
        ):
            continue
        heard += [
            finding
            for rule in watching
            for finding in rule.checks[UnusedSuppression](record, module)
            if not suppressions.suppresses(finding, spare=record.suppression)
        ]
    return _in_order(heard)


def _names(rules: "tuple[Rule, ...]") -> set[str]:
    return {name for rule in rules for name in (rule.code, rule.name)}


def _in_order(findings: Iterable["Finding"]) -> "list[Finding]":
    return sorted(findings, key=lambda finding: (finding.start, finding.code, finding.end))


def without_unused_imports(before: str, after: str) -> str:
    """A fixed text without the imports that only what was fixed had used."""
    from kerasfix.syntax.unused import drop_unused_imports

    return drop_unused_imports(before, after)
