"""Where a program already ran, a safe fix of what is only a warning leaves its parameters and predictions alone."""

from pathlib import Path

import pytest

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.fixing import fix_source
from kerasfix.registry import all_rules
from kerasfix.rule import Example
from kerasfix.source import Source
from kerasfix.syntax.module import Module
from kerasfix.trace import undefined_data
from kerasfix.verify import Verdict, Verifier

pytestmark = [pytest.mark.keras, pytest.mark.slow]

MENDS_RESULTS = frozenset({"KF307", "KF308"})
"""Rules whose fix means to change what is predicted: the activation of the output is what is wrong."""


def quiet(finding: Finding) -> Fix | None:
    """The safe fix of a finding that claims no failure."""
    safe = finding.fix is not None and finding.fix.applicability is Applicability.SAFE
    wanted = safe and finding.severity is not Severity.ERROR and finding.code not in MENDS_RESULTS
    return finding.fix if wanted else None


CASES = [
    pytest.param(example, fixed, id=f"{rule.name}-{number}")
    for rule in all_rules()
    for number, example in enumerate(rule.examples)
    if (fixed := fix_source(Source("example.py", example.code), all_rules(), quiet).text) != example.code
]


def run(verifier: Verifier, text: str, folder: Path) -> Verdict:
    script = folder / "script.py"
    script.write_text(text, encoding="utf-8")
    assumed = undefined_data(Module.parse(Source("script.py", text)))
    return verifier.verify(text, str(script), assumed, predictions=True)


@pytest.mark.parametrize(("example", "fixed"), CASES)
def test_a_safe_fix_of_a_warning_changes_no_result(
    example: Example, fixed: str, verifier: Verifier, tmp_path: Path
) -> None:
    before, after = (run(verifier, text, tmp_path) for text in (example.code, fixed))
    if not before.ran:
        pytest.skip(f"the example does not run as it is: {before.error}")
    assert after.ran, after.error
    assert after.same_results(before) is not False


def test_the_comparison_sees_a_change(verifier: Verifier, tmp_path: Path) -> None:
    text = "import keras\nmodel = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, 'sigmoid')])\n"
    before, after = (run(verifier, code, tmp_path) for code in (text, text.replace("sigmoid", "tanh")))
    assert after.same_results(before) is False
