"""From a source to its findings: gate, parse, trace, rules."""

from typing import TYPE_CHECKING

from kerasfix.source import Source

if TYPE_CHECKING:
    from kerasfix.finding import Finding
    from kerasfix.rule import Rule
    from kerasfix.syntax.module import Module
    from kerasfix.trace import Program


def mentions_keras(source: Source) -> bool:
    """Whether a source can hold Keras code at all; nothing is parsed, or even imported, where it cannot."""
    text = source.text
    return "keras" in text or "tensorflow" in text or (source.whole and _forgets_imports(text))


def _forgets_imports(text: str) -> bool:
    """Whether a model is made in a script that imports no Keras: a piece of code as it is pasted into a question."""
    return (".add(" in text or ".compile(" in text) and any(layer in text for layer in _BARE_LAYERS)


_BARE_LAYERS = ("Dense(", "Conv1D(", "Conv2D(", "LSTM(", "GRU(", "Flatten(")


def lint(source: Source, rules: "tuple[Rule, ...]") -> "list[Finding]":
    """All findings of these rules in one source, ordered by place and code; suppressions are not looked at."""
    if not mentions_keras(source):
        return []
    from kerasfix.syntax.module import Module
    from kerasfix.trace import trace

    module = Module.parse(source)
    return judge(module, trace(module), rules)


def judge(module: "Module", program: "Program", rules: "tuple[Rule, ...]") -> "list[Finding]":
    """All findings of these rules in a program that has been traced, ordered by place and code."""
    interested: dict[str, list[Rule]] = {}
    for rule in rules:
        for name in rule.records:
            interested.setdefault(name, []).append(rule)
    found = {
        finding: None
        for record in program.records
        for rule in interested.get(type(record).__name__, ())
        for finding in rule.checks[type(record)](record, module)
    }
    return sorted(found, key=lambda finding: (finding.start, finding.code, finding.end))


def without_unused_imports(before: str, after: str) -> str:
    """A fixed text without the imports that only what was fixed had used."""
    from kerasfix.syntax.unused import drop_unused_imports

    return drop_unused_imports(before, after)
