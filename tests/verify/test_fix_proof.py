"""`safe` is a measured fact: each example with safe fixes is run on Keras, before and after.

    .venv/bin/python -m pytest tests/verify/test_fix_proof.py

Before, it must fail, or show the wrong that its rule claims; after, it must run. Where it runs before, and nothing
wrong is claimed of what it computes, the model must stay what it was: as many parameters, and the same outputs from
one seed. One process has Keras; each run is a fork of it.
"""

import ast
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

slow = [pytest.mark.keras, pytest.mark.slow, pytest.mark.timeout(600)]


def safe_only(finding: Finding) -> Fix | None:
    """The fix of a finding, where it is safe."""
    return finding.fix if finding.fix and finding.fix.applicability is Applicability.SAFE else None


def rules_with(rule: Rule) -> tuple[Rule, ...]:
    """All rules that are on by default, and this one."""
    return tuple(other for other in all_rules() if other.default or other is rule)


def safely_fixed(rule: Rule, example: Example) -> str:
    """An example after its safe fixes."""
    return fix_source(Source("example.py", example.code), rules_with(rule), safe_only).text


CASES = {
    f"{rule.name}-{number}": (rule, example, fixed)
    for rule in all_rules()
    for number, example in enumerate(rule.examples)
    if (fixed := safely_fixed(rule, example)) != example.code
}

# Modules that examples import, as they might be.
BESIDE = {
    "data": "import numpy\nx, y = numpy.random.rand(64, 4), numpy.random.rand(64, 1)\n",
    "files": "import numpy\ndef batches():\n    while True: yield numpy.ones((8, 4)), numpy.ones((8, 1))\n",
    "helpers": "import keras, numpy\nx, y = numpy.random.rand(64, 4), numpy.random.randint(0, 2, 64)\n"
    "class Timing(keras.callbacks.Callback): pass\n",
}

# What else is wrong with an example, and has no safe fix: mended by hand, so that it can be run and the fixes proven.
BY_HAND = [
    {"K.placeholder((1, 8, 8, 3))": "keras.Input(batch_shape=(1, 8, 8, 3))"},
    {
        "import Input\n": "import Input\nimport keras\n",
        "cast(K.shape(x), ": "cast(keras.ops.shape(keras.ops.ones((2, 3))), ",
    },
    {
        "import Deconvolution2D": "import Conv2DTranspose as Deconvolution2D",
        "rows, rows, (None, 8, 8, 8)": "rows",
    },
    {
        "grads = K.gradients(": "total = (",
        ", model.input)[0]": ")",
        "f = K.function([model.input, K.learning_phase()], [b, grads])\n": "",
        "print(f([[[1, 2, 3]], 0])[0])\nK.set_learning_phase(0)\n": "",
    },
    {'name="activation_4"': 'name="conv2_block1_out"'},
    {
        "samples_per_epoch=len(x)": "steps_per_epoch=4",
        "fit_generator(flow, len(x), 2": "fit(flow, steps_per_epoch=4, epochs=2",
        "val_samples=64))": "steps=2))",
    },
]


def mended(text: str) -> str:
    """A text after what is mended by hand."""
    for changes in BY_HAND:
        if all(old in text for old in changes):
            for old, new in changes.items():
                text = text.replace(old, new)
    return text


# What an error claims that Keras does not raise, by rule: true of the example, and not of what is fixed.
CLAIMS = {
    # The metric counts something else than the hits.
    "KF304": """
import numpy
model.reset_metrics()
_hits = numpy.mean(numpy.argmax(model(x[:2000]), axis=-1) == numpy.ravel(y[:2000]))
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
    "KF306": """
import numpy
assert numpy.allclose(model(x[:64]), 1.0)
""",
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

# Warnings whose fix changes what is computed on purpose, and why it is what was meant all the same.
CHANGED = {
    "KF307": "the activation could not reach the labels, or gave the loss no probabilities",
    "KF308": "the activation was applied twice: the loss looked through it on TensorFlow, and does so no more",
    "KF315": "the optimizer that was made is the one that trains",
    "KF316": "the weights are limited, as was written",
    "KF701": "the outputs are activated once",
    "KF704": "a bias that the normalization takes away again is gone: fewer parameters, the same function",
}

# Examples that make a model and do not train it are trained on something: Keras checks most things only then.
TRAIN = """
import numpy as _numpy
def _train(model):
    for _rank in (2, 4, 3, 5):
        try:
            model.built or model(_numpy.zeros((2, *[28] * (_rank - 2), 4), "float32"))
        except ValueError:
            continue
        break
    else:
        return
    def _sizes(shapes):
        shapes = shapes if isinstance(shapes, list) else [shapes]
        return [tuple(size or 4 for size in shape[1:]) for shape in shapes]
    _inputs = [_numpy.random.rand(8, *sizes) for sizes in _sizes(model.input_shape)]
    _outputs = [_numpy.zeros((8, *sizes)) for sizes in _sizes(model.output_shape)]
    _loss = model._compile_loss._user_loss
    if "parse" in str(getattr(_loss, "name", _loss)):
        _outputs = [_output[..., 0] for _output in _outputs]
    _one = lambda parts: parts[0] if len(parts) == 1 else parts
    model.fit(_one(_inputs), _one(_outputs), verbose=0)
_train(model)
"""


def test_every_rule_with_safe_fixes_has_a_case() -> None:
    offering = {
        rule.name
        for rule in all_rules()
        for example in rule.examples
        if any(safe_only(finding) for finding in lint(Source("example.py", example.code), (rule,)))
    }
    assert offering <= {rule.name for rule, _, _ in CASES.values()}


def remaining(text: str) -> list[Finding]:
    """The errors that are found in a text."""
    findings = lint(Source("example.py", text), all_rules())
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def test_by_hand_is_mended_only_what_has_no_safe_fix() -> None:
    by_hand = [
        (rule, example, fixed)
        for rule, example, fixed in CASES.values()
        if mended(example.code) != example.code
    ]
    assert len(by_hand) == len(BY_HAND)
    for rule, example, fixed in by_hand:
        assert remaining(fixed), "nothing else is wrong with it"
        assert not remaining(mended(fixed))
        code = mended(example.code)
        assert safely_fixed(rule, Example(code)) != code, "what the fixes do is no part of it"


class TestProof:
    """On Keras."""

    pytestmark = slow

    @pytest.mark.parametrize("case", CASES)
    def test_safe_fix_is_proven(self, case: str, verifier: Verifier, tmp_path: Path) -> None:
        rule, example, fixed = CASES[case]
        texts = mended(example.code), mended(fixed)
        before, after = (run(verifier, trained(text), tmp_path) for text in texts)
        assert after.ran, after.error
        claimed = {
            finding.code: finding.severity
            for finding in lint(Source("example.py", example.code), rules_with(rule))
            if safe_only(finding)
        }
        if not before.ran:
            return
        if Severity.ERROR in claimed.values():
            claim = CLAIMS[rule.code]
            true, false = (run(verifier, f"{text}\n{claim}", tmp_path) for text in texts)
            assert true.ran, true.error
            assert false.error is not None
            assert false.error.type == "AssertionError", false.error
        elif not claimed.keys() & CHANGED.keys():
            assert after.same_results(before) is not False

    def test_the_comparison_sees_a_change(self, verifier: Verifier, tmp_path: Path) -> None:
        text = (
            "import keras\nmodel = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, 'sigmoid')])\n"
        )
        before, after = (run(verifier, code, tmp_path) for code in (text, text.replace("sigmoid", "tanh")))
        assert after.same_results(before) is False


def trained(text: str) -> str:
    """An example with a training at its end, where it compiles a model and has none."""
    return text + TRAIN if ".compile(" in text and ".fit" not in text and "\nmodel" in text else text


def run(verifier: Verifier, text: str, folder: Path) -> Verdict:
    """The verdict for a text as a script of a folder."""
    script = folder / "script.py"
    script.write_text(text, encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module in BESIDE:
            (folder / f"{node.module}.py").write_text(BESIDE[node.module], encoding="utf-8")
    assumed = undefined_data(Module.parse(Source("script.py", text)))
    return verifier.verify(text, str(script), assumed, predictions=True)
