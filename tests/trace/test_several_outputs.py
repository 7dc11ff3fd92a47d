"""Models with several outputs: what belongs to each, by name or place; a finding only where Keras raises."""

import random
import re
import warnings

import pytest

from kerasfix.finding import Severity
from kerasfix.linter import lint
from kerasfix.registry import default_rules
from kerasfix.source import Source

SCRIPT = """\
import keras
import numpy as np
from keras import layers

A, B = np.random.rand(16, 1), np.random.randint(0, 4, 16)
x = keras.Input((3,))
a, b = layers.Dense(1, name="a")(x), layers.Dense(4, activation="softmax", name="b")(x)
model = keras.{model}
model.compile(loss={loss}, metrics={metrics}, loss_weights={weights})
model.fit(np.random.rand(16, 3), {labels}, verbose=0)
"""
S = "'sparse_categorical_crossentropy'"
MODELS = ("Model(x, [a, b])", "Model(x, {'p': a, 'q': b})", "Model(x, {'a': a, 'b': b})", "Model(x, a)")
LOSSES = (
    f"['mse', {S}]", f"{{'a': 'mse', 'b': {S}}}", f"{{'p': 'mse', 'q': {S}}}", "'mse'", "['mse']", "{'a': 'mse'}",
    f"{{'a': 'mse', 'c': {S}}}", f"['mse', {S}, 'mae']", "['mse', None]", "keras.losses.MeanSquaredError()",
)  # fmt: skip
METRICS = ("None", "[['mae'], ['accuracy']]", "{'b': ['accuracy']}", "{'q': 'accuracy'}", "{'c': ['mae']}")
WEIGHTS = ("None", "None", "None", "[1.0, 0.5]", "{'a': 1.0, 'b': 0.5}", "{'a': 1.0}", "[1.0]")
LABELS = (
    "[A, B]", "(A, B)", "{'a': A, 'b': B}", "{'p': A, 'q': B}", "A", "[A]", "{'a': A}", "{'a': A, 'c': B}",
    "[A, B, B]", "{'a': A, 'b': B, 'c': B}",
)  # fmt: skip


def script(model: str, loss: str, labels: str, metrics: str = "None", weights: str = "None") -> str:
    return SCRIPT.format(model=model, loss=loss, labels=labels, metrics=metrics, weights=weights)


def told(text: str, *codes: str) -> set[str]:
    """The errors of a script, but for those that are no matter of the structure."""
    found = lint(Source("x.py", text), default_rules())
    return {one.code for one in found if one.severity is Severity.ERROR and (not codes or one.code in codes)}


@pytest.mark.parametrize(
    ("model", "loss", "labels", "found"),
    [
        (0, f"['mse', {S}]", "[A, B]", ""),
        (0, f"{{'a': 'mse', 'b': {S}}}", "{'a': A, 'b': B}", ""),
        (0, f"{{'a': 'mse', 'c': {S}}}", "[A, B]", "KF318"),
        (0, "{'a': 'mse'}", "[A, B]", "KF318"),
        (0, f"['mse', {S}]", "A", "KF318"),
        (0, f"['mse', {S}]", "{'a': A}", "KF318"),
        (0, "['mse', None]", "[A]", ""),
        (0, f"{{'b': 'mse', 'a': {S}}}", "[A, B]", "KF305"),
        (0, "['mse', 'categorical_crossentropy']", "[A, B]", "KF304"),
        (0, f"['mse', {S}]", "[B, A]", ""),
        (1, f"{{'p': 'mse', 'q': {S}}}", "{'p': A, 'q': B}", ""),
        (1, f"{{'p': 'mse', 'q': {S}}}", "{'a': A, 'b': B}", "KF318"),
        (3, "{'a': 'mse'}", "A", ""),
        (3, "{'b': 'mse'}", "A", "KF318"),
        (3, "'mse'", "{'a': A}", "KF318"),
    ],
)
def test_each_output_has_its_own(model: int, loss: str, labels: str, found: str) -> None:
    assert told(script(MODELS[model], loss, labels)) >= {*found.split()}
    assert ("KF318" in found) == bool(told(script(MODELS[model], loss, labels), "KF318"))


def _raises(text: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(text, "x.py", "exec"), {})
    except Exception as error:
        return re.sub(r"\s+", " ", f"{type(error).__name__}: {error}")[:200]
    return ""


@pytest.mark.keras
@pytest.mark.parametrize("seed", range(3))
def test_an_error_is_one_of_keras(seed: int) -> None:
    chance = random.Random(seed)
    found = 0
    for _ in range(25):
        plain = chance.random() < 0.7
        text = script(
            chance.choice(MODELS), chance.choice(LOSSES), chance.choice(LABELS),
            "None" if plain else chance.choice(METRICS), "None" if plain else chance.choice(WEIGHTS),
        )  # fmt: skip
        codes = told(text, "KF318", "KF312", "KF311", "KF304")
        if codes:
            assert _raises(text), f"{codes}, but Keras runs it:\n{text}"
        found += bool(codes)
    assert found > 8
