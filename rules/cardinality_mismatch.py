"""Data and labels have different numbers of samples.

## Why is this bad?
Each sample needs its label: Keras raises `ValueError: Data cardinality is ambiguous`. Mostly the labels of the other
part of the data were given, or one of the two was cut.

## What to do
Give the labels that were loaded, split or cut together with the data; the notes show where each of the two got its
length.
"""

from collections.abc import Iterator

from kerasfix.finding import Finding, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Feed
from kerasfix.trace.values import Argument, Array

rule = Rule(__name__, "KF503", Severity.ERROR, fixable=Fixable.NEVER)


@rule.on(Feed)
def check(record: Feed, module: Module) -> Iterator[Finding]:
    x, y = _samples(record.x), _samples(record.y)
    if x is None or y is None or x == y:
        return
    assert record.x is not None
    assert record.y is not None
    yield rule.finding(
        module.span(record.y.node),
        f"`{module.code(record.x.node.value)}` has {x} samples, but `{module.code(record.y.node.value)}` has {y}:"
        f" `{record.method}` needs one label for each sample",
    )


def _samples(argument: Argument | None) -> int | None:
    if argument is None or not isinstance(argument.value, Array) or not argument.value.spec.shape:
        return None
    first = argument.value.spec.shape[0]
    return first if isinstance(first, int) else None


EXAMPLES = (
    Example(
        """\
import keras
(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
x, x_test = x / 255.0, x_test / 255.0
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
model.evaluate(x_test, y)  # <- KF503
"""
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(100, 4), np.random.rand(90)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(x, y)  # <- KF503
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
import numpy as np
x, y = np.random.rand(100, 4), np.random.rand(100)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(x[:80], y[:80])
""",
    """\
import keras
import numpy as np
from data import load
x, y = np.random.rand(100, 4), load()
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(x, y)
""",
)
