"""`safe` is a measured fact: each example with safe fixes is run on Keras, before and after.

Before, it must fail, or show the wrong that its rule claims; after, it must run. Rules that only warn claim no failure:
their fixed text must run, and no worse than before.
"""

from pathlib import Path

import pytest

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.fixing import fix_source
from kerasfix.linter import lint
from kerasfix.registry import all_rules
from kerasfix.rule import Example, Rule
from kerasfix.source import Source
from kerasfix.syntax.module import Module
from kerasfix.trace import undefined_data
from kerasfix.verify import Verdict, Verifier

pytestmark = [pytest.mark.keras, pytest.mark.slow]


def safe_only(finding: Finding) -> Fix | None:
    """The fix of a finding, where it is safe."""
    return finding.fix if finding.fix and finding.fix.applicability is Applicability.SAFE else None


def safely_fixed(example: Example) -> str:
    """An example after its safe fixes."""
    return fix_source(Source("example.py", example.code), all_rules(), safe_only).text


CASES = [
    pytest.param(rule, example, fixed, id=f"{rule.name}-{number}")
    for rule in all_rules()
    for number, example in enumerate(rule.examples)
    if (fixed := safely_fixed(example)) != example.code
]


# Examples that make a model and do not train it are trained on something: Keras checks most things only then.
TRAIN = """
import numpy
_shape = tuple(size or 4 for size in (model.input_shape if model.built else (None, 4))[1:])
model(numpy.zeros((8, *_shape)))
model.fit(numpy.random.rand(8, *_shape), numpy.zeros((8, *model.output_shape[1:])), verbose=0)
"""

# What an error claims that Keras does not raise, by rule: true of the example, and not of what is fixed.
CLAIMS = {
    # The metric counts something else than the hits.
    "KF304": """
import numpy
_hits = numpy.mean(numpy.argmax(model.predict(x[:2000]), axis=-1) == numpy.ravel(y[:2000]))
_logs = model.test_on_batch(x[:2000], y[:2000], return_dict=True)
_counted = next(value for name, value in _logs.items() if "accuracy" in name)
assert abs(_hits - _counted) > 1e-3, (_hits, _counted)
""",
    # A cross-entropy falls below 0, which it cannot for labels that it takes.
    "KF305": """
for _ in range(100):
    _loss = model.train_on_batch(x[:256], y[:256])
assert (_loss[0] if isinstance(_loss, list) else _loss) < 0
""",
    # The output is 1.0, whatever goes in.
    "KF306": "assert (model.predict(x[:64]) == 1).all()",
    # `categorical_crossentropy` on one unit is 0.
    "KF307": "assert model.evaluate(x[:64], y[:64], return_dict=True)['loss'] == 0",
    # Numbers that are no probabilities make a loss far above that of guessing, and keep it there.
    "KF308": """
import numpy
for _ in range(300):
    _loss = model.train_on_batch(x, y, return_dict=True)["loss"]
assert _loss > 1.5 * numpy.log(max(2, numpy.max(y) + 1)), _loss
""",
}


@pytest.mark.parametrize(("rule", "example", "fixed"), CASES)
def test_safe_fix_is_proven(
    rule: Rule, example: Example, fixed: str, verifier: Verifier, tmp_path: Path
) -> None:
    errors = [f for f in lint(Source("example.py", fixed), all_rules()) if f.severity is Severity.ERROR]
    if errors:
        pytest.skip(f"faults without a safe fix remain: {errors[0].code}")
    before, after = (run(verifier, trained(text), tmp_path) for text in (example.code, fixed))
    if after.error is not None and after.error.type in {"ModuleNotFoundError", "NameError"}:
        pytest.skip(f"the example uses what it does not show: {after.error.message}")
    assert after.ran, after.error
    fatal = any(
        finding.severity is Severity.ERROR and safe_only(finding)
        for finding in lint(Source("example.py", example.code), all_rules())
    )
    if not fatal:
        assert not before.better_than(after)
    elif before.ran:
        claim = CLAIMS[rule.code]
        claimed, mended = (run(verifier, f"{text}\n{claim}", tmp_path) for text in (example.code, fixed))
        assert claimed.ran, claimed.error
        assert mended.error is not None
        assert mended.error.type == "AssertionError", mended.error


def trained(text: str) -> str:
    """An example with a training at its end, where it compiles a model and has none."""
    return text + TRAIN if ".compile(" in text and ".fit" not in text and "\nmodel" in text else text


def run(verifier: Verifier, text: str, folder: Path) -> Verdict:
    """The verdict for a text as a script of a folder."""
    script = folder / "script.py"
    script.write_text(text, encoding="utf-8")
    return verifier.verify(text, str(script), undefined_data(Module.parse(Source("script.py", text))))
