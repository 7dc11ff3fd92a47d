"""Rules are found by their files alone, and known by the heads of these files before they are imported."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from kerasfix.registry import all_rules, default_rules, matching, rule_by_code_or_name, select
from kerasfix.rule import DeferredRule, Rule

ROOT = Path(__file__).parent.parent


def test_every_file_is_a_rule() -> None:
    files = {path.stem.replace("_", "-") for path in (ROOT / "rules").glob("[a-z]*.py")}
    assert files == {rule.name for rule in all_rules()}


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.name)
def test_the_head_of_a_file_tells_what_the_module_says(rule: Rule) -> None:
    assert isinstance(rule, DeferredRule)
    written: Rule = importlib.import_module(rule.module).rule
    for name in ("module", "name", "code", "severity", "since", "fixable", "default", "records", "summary"):
        assert getattr(rule, name) == getattr(written, name), name


def test_rules_of_what_does_not_occur_are_not_imported() -> None:
    code = (
        "import sys\n"
        "from kerasfix.linter import lint\n"
        "from kerasfix.registry import all_rules\n"
        "from kerasfix.source import Source\n"
        "assert not lint(Source('x.py', 'import keras\\nmodel = 1\\n'), all_rules())\n"
        "print(*(name for name in sys.modules if name.startswith('kerasfix.rules.')))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split() == []


def test_rules_are_found_by_code_and_name() -> None:
    rule = rule_by_code_or_name("KF203")
    assert rule is not None
    assert rule is rule_by_code_or_name("missing-flatten") is rule_by_code_or_name("kf203")
    assert rule_by_code_or_name("KF999") is None


def test_the_most_exact_selector_decides() -> None:
    def codes(*selectors: str, ignored: tuple[str, ...] = ()) -> set[str]:
        return {rule.code for rule in select(selectors, ignored)}

    assert codes("KF203") == codes("missing-flatten") == {"KF203"}
    assert "KF203" in codes("KF2") and "KF301" not in codes("KF2")  # noqa: PT018
    assert "KF203" not in codes("KF2", ignored=("KF203",))
    assert "KF203" in codes("KF203", ignored=("KF2",))
    assert codes("ALL") == {rule.code for rule in all_rules()}
    assert codes("KF") == {rule.code for rule in default_rules()}
    with pytest.raises(LookupError, match="KF9"):
        matching("KF9")
