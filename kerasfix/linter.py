"""From a source to its findings: gate, parse, trace, rules."""

from typing import TYPE_CHECKING

from kerasfix.source import Source

if TYPE_CHECKING:
    from kerasfix.finding import Finding
    from kerasfix.rule import Rule


def mentions_keras(text: str) -> bool:
    """Whether a text can hold Keras code at all; nothing is parsed, or even imported, where it cannot."""
    return "keras" in text or "tensorflow" in text


def lint(source: Source, rules: "tuple[Rule, ...]") -> "list[Finding]":
    """All findings of these rules in one source, ordered by place and code; suppressions are not looked at."""
    if not mentions_keras(source.text):
        return []
    from kerasfix.syntax.module import Module
    from kerasfix.trace import trace

    module = Module.parse(source)
    interested: dict[str, list[Rule]] = {}
    for rule in rules:
        for name in rule.records:
            interested.setdefault(name, []).append(rule)
    found = {
        finding: None
        for record in trace(module).records
        for rule in interested.get(type(record).__name__, ())
        for finding in rule.checks[type(record)](record, module)
    }
    return sorted(found, key=lambda finding: (finding.start, finding.code, finding.end))


def without_unused_imports(before: str, after: str) -> str:
    """A fixed text without the imports that only what was fixed had used."""
    from kerasfix.syntax.unused import drop_unused_imports

    return drop_unused_imports(before, after)
