"""Code of Keras 1 and 2, and code without its imports, is followed as what it meant."""

import pytest

from kerasfix.linter import lint, mentions_keras
from kerasfix.registry import select
from kerasfix.source import Source, read_document

LAYERS = """
model = Sequential()
model.add(Conv2D(8, 3, activation="relu", input_shape=(8, 8, 1)))
model.add(Dense(3, activation="softmax"))
model.compile(loss="categorical_crossentropy")
model.fit(np.zeros((9, 8, 8, 1)), np_utils.to_categorical(np.zeros(9, int), 3))
"""
MOVED = """
import numpy as np
from keras.layers.convolutional import Conv2D
from keras.layers.core import Dense
from keras.models import Sequential
from keras.utils import np_utils
"""


def codes(text: str, chosen: str) -> list[str]:
    return [finding.code for finding in lint(Source("x.py", text), select((chosen,)))]


def test_what_has_moved_is_followed() -> None:
    assert codes(MOVED + LAYERS, "KF203") == ["KF203"]
    assert (
        codes(MOVED + LAYERS.replace("model.add(Dense", "model.add(Flatten())\nmodel.add(Dense"), "KF203")
        == []
    )


def test_a_class_may_derive_from_what_has_moved() -> None:
    text = """
from keras.engine.topology import Layer
import numpy as np
class Doubled(Layer):
    def call(self, x):
        return np.exp(x)
import keras
y = Doubled()(keras.Input((3,)))
"""
    assert codes(text, "KF401") == ["KF401"]


def test_the_model_that_is_missing_is_taken_for_a_sequential_one() -> None:
    text = MOVED + LAYERS.replace("model = Sequential()\n", "")
    assert codes(text, "KF105") == ["KF105"]
    assert codes(text, "KF203") == ["KF203"]


@pytest.mark.parametrize(
    ("text", "relevant"),
    [
        ("model.add(Dense(3))", True),
        ("x = LSTM(3)(x)\nmodel.compile(loss='mse')", True),
        ("import numpy\nnumpy.add(1, 2)", False),
        ("Dense(3)", False),
    ],
)
def test_models_without_imports_are_looked_at(text: str, relevant: bool) -> None:
    assert mentions_keras(Source("x.py", text)) is relevant


def test_blocks_of_a_document_may_rest_on_what_stands_before() -> None:
    document = read_document(b"```python\nmodel.add(Dense(3))\n```\n", "x.md")
    assert [mentions_keras(source) for source in document.sources] == [False]
