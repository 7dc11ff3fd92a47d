"""Every example of every rule: fires as marked, is fixed as shown, and near misses stay silent."""

import ast
import re
from collections import Counter
from collections.abc import Callable

import pytest

from kerasfix import linter
from kerasfix.finding import Applicability, Finding, Fix
from kerasfix.fixing import fix_source
from kerasfix.registry import all_rules
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.source import Source

EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.name}-{number}")
    for rule in all_rules()
    for number, example in enumerate(rule.examples)
]
NEAR_MISSES = [
    pytest.param(rule, text, id=f"{rule.name}-{number}")
    for rule in all_rules()
    for number, text in enumerate(rule.near_misses)
]
RULES = [pytest.param(rule, id=rule.name) for rule in all_rules()]


def lint(source: Source, rules: tuple[Rule, ...]) -> list[Finding]:
    return linter.heed_comments(source, rules, linter.lint(source, rules))


def applicable(*levels: Applicability) -> Callable[[Finding], Fix | None]:
    return lambda finding: finding.fix if finding.fix and finding.fix.applicability in levels else None


def rules_with(rule: Rule) -> tuple[Rule, ...]:
    """All rules that are on by default, and this one."""
    return tuple(other for other in all_rules() if other.default or other is rule)


ALL_FIXES = applicable(Applicability.SAFE, Applicability.UNSAFE)


def places(findings: list[Finding], source: Source) -> list[tuple[int, str]]:
    return sorted((source.row_column(finding.start)[0] + 1, finding.code) for finding in findings)


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_example_fires_as_marked_under_all_rules(rule: Rule, example: Example) -> None:
    source = Source("example.py", example.code)
    found = places(lint(source, rules_with(rule)), source)
    assert found == example.expected
    assert rule.code in {code for _, code in found}


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_example_is_fixed_as_shown(rule: Rule, example: Example) -> None:
    result = fix_source(Source("example.py", example.code), rules_with(rule), ALL_FIXES, lint)
    assert result.error is None
    assert result.text == (example.fixed if example.fixed is not None else example.code)
    if example.fixed is not None:
        assert rule.code not in {finding.code for finding in result.remaining}
        ast.parse(result.text)


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_fixed_text_is_final(rule: Rule, example: Example) -> None:
    first = fix_source(Source("example.py", example.code), rules_with(rule), ALL_FIXES, lint)
    second = fix_source(Source("example.py", first.text), rules_with(rule), ALL_FIXES, lint)
    assert second.text == first.text
    assert not second.applied


@pytest.mark.parametrize(("rule", "text"), NEAR_MISSES)
def test_near_miss_is_silent_under_all_rules(rule: Rule, text: str) -> None:
    source = Source("near_miss.py", text)
    assert places(lint(source, rules_with(rule)), source) == []


@pytest.mark.parametrize("rule", RULES)
def test_rule_describes_itself(rule: Rule) -> None:
    assert re.fullmatch(r"KF\d{3}", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    assert rule.summary.endswith(".")
    assert len(rule.summary) <= 110
    assert "## Why is this bad?" in rule.documentation
    assert ("## Fix safety" in rule.documentation) == (rule.fixable is not Fixable.NEVER)
    assert len(rule.examples) >= 2
    assert len(rule.near_misses) >= min(2, len(rule.examples))


@pytest.mark.parametrize("rule", RULES)
def test_declared_fixable_is_what_happens(rule: Rule) -> None:
    fixes = Counter(
        bool(finding.fix)
        for example in rule.examples
        for finding in lint(Source("example.py", example.code), (rule,))
    )
    expected = {
        Fixable.ALWAYS: {True},
        Fixable.NEVER: {False},
        Fixable.SOMETIMES: {True, False} if len(fixes) > 1 else {True},
    }
    assert set(fixes) == expected[rule.fixable]


def test_codes_and_names_are_unique() -> None:
    assert len({rule.code for rule in all_rules()}) == len(all_rules())
    assert len({rule.name for rule in all_rules()}) == len(all_rules())


@pytest.mark.parametrize("rule", RULES)
def test_messages_are_plain(rule: Rule) -> None:
    for example in rule.examples:
        for finding in lint(Source("example.py", example.code), (rule,)):
            assert "\n" not in finding.message
            assert not finding.message.endswith(".")
            assert len(finding.message) <= 260
            assert all(fix.title for fix in finding.fixes)
