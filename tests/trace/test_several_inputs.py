"""Models with several inputs and what they are given: a finding only where Keras raises."""

import random
import re

import pytest

from kerasfix.linter import lint
from kerasfix.registry import default_rules
from kerasfix.source import Source

SCRIPT = """\
import keras
import numpy as np
from keras import layers

a, b = keras.Input({a}, name="a"), keras.Input({b}, name="b")
model = keras.Model({inputs}, layers.Dense(1)(layers.Concatenate()([layers.Flatten()(a), layers.Flatten()(b)])))
model.compile(loss="mse")
A, B, C = np.ones((8, *{a})), np.ones((8, *{b})), np.ones((8, {wide}))
model.{use}
"""

GIVEN = (
    "[A, B]", "(A, B)", "[B, A]", "[A]", "A", "[A, B, A]", "[A, C]", "[A[..., None], B]", "[A[:, 0], B]", "[C, C]",
    "{'a': A, 'b': B}", "{'b': B, 'a': A}", "{'a': A, 'b': B, 'c': C}", "{'a': A}", "{'a': A, 'c': B}",
    "{'a': B, 'b': A}", "{'p': A, 'q': B}", "{'a': C, 'b': B}", "(lambda: [A, B])()", "dict(a=A, b=C)",
)  # fmt: skip
INPUTS = ("[a, b]", "(a, b)", "[b, a]", "{'a': a, 'b': b}", "{'p': a, 'q': b}", "{'b': b, 'a': a}")
USES = ("fit({}, np.ones(8), verbose=0)", "predict({}, verbose=0)", "evaluate({}, np.ones(8), verbose=0)")
SHAPES = ("(6,)", "(5,)", "(1,)", "(6, 1)", "(4, 3)", "(2, 2, 1)")


def script(chance: random.Random) -> str:
    a, b = chance.choice(SHAPES), chance.choice(SHAPES)
    given, inputs = chance.choice(GIVEN), chance.choice(INPUTS)
    use = chance.choice(USES).format(given)
    return SCRIPT.format(a=a, b=b, inputs=inputs, use=use, wide=chance.choice((6, 7)))


def codes(text: str) -> set[str]:
    return {finding.code for finding in lint(Source("x.py", text), default_rules())}


@pytest.mark.parametrize(
    ("inputs", "given", "found"),
    [
        ("[a, b]", "[A, B]", ""),
        ("[a, b]", "[B, A]", "KF204"),
        ("[a, b]", "A", "KF211"),
        ("[a, b]", "[A]", "KF211"),
        ("[a, b]", "{'a': A, 'b': C}", "KF204"),
        ("[a, b]", "{'a': A, 'c': B}", "KF211"),
        ("[a, b]", "{'b': B, 'c': A, 'a': A}", ""),
        ("{'p': a, 'q': b}", "{'p': A, 'q': B}", ""),
        ("{'p': a, 'q': b}", "{'a': A, 'b': B}", "KF211"),
        ("{'p': a, 'q': b}", "[A, C]", "KF204"),
        ("{'b': b, 'a': a}", "[A, B]", "KF211"),
        ("[a, b]", "[A, open('b').read()]", ""),
        ("[a, b]", "open('b').read()", ""),
    ],
)
def test_each_input_is_compared_with_its_data(inputs: str, given: str, found: str) -> None:
    text = SCRIPT.format(a="(6,)", b="(5,)", inputs=inputs, wide=7, use=f"fit({given}, np.ones(8))")
    assert codes(text) == {*found.split()}


def _raises(text: str) -> str:
    try:
        exec(compile(text, "x.py", "exec"), {})
    except Exception as error:
        return re.sub(r"\s+", " ", f"{type(error).__name__}: {error}")[:200]
    return ""


@pytest.mark.keras
@pytest.mark.parametrize("seed", range(2))
def test_a_finding_is_an_error_of_keras(seed: int) -> None:
    chance = random.Random(seed)
    found = missed = 0
    for _ in range(40):
        text = script(chance)
        told, raised = codes(text), _raises(text)
        assert not told or raised, f"{told}, but Keras runs it:\n{text}"
        found += bool(told)
        missed += bool(raised and not told)
    assert found > 10
    assert missed <= found / 4, "much of what Keras refuses is not told"
