"""`Dropout` stands before batch normalisation, an activation or pooling.

## Why is this bad?
Before `BatchNormalization` dropout changes the variance that is measured in training and missing at test time. Before
max pooling a dropped value is mostly replaced by its neighbour, and before an activation it is a value like others. The
usual place is behind them.
"""

from collections.abc import Iterator
from itertools import pairwise

from kerasfix.finding import Finding, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Training

rule = Rule(__name__, "KF705", Severity.INFO, fixable=Fixable.NEVER, default=False)

_DROPOUT = frozenset({"Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout"})
_AFTER = {
    "BatchNormalization": "the batch normalisation",
    "Activation": "the activation",
    "ReLU": "the activation",
    "LeakyReLU": "the activation",
    "MaxPooling1D": "the pooling",
    "MaxPooling2D": "the pooling",
    "MaxPooling3D": "the pooling",
}


@rule.on(Training)
def check(record: Training, module: Module) -> Iterator[Finding]:
    for link, after in pairwise(record.chain):
        what = _AFTER.get(after.layer.cls)
        if link.layer.cls in _DROPOUT and what is not None:
            yield rule.finding(
                module.span(link.layer.call),
                f"`{link.layer.cls}` belongs behind {what} ({module.place(after.layer.call)}), not before it",
            )


EXAMPLES = (
    Example(
        """\
from keras import Sequential, layers
model = Sequential([
    layers.Input((28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.Dropout(0.2),  # <- KF705
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(loss="sparse_categorical_crossentropy")
"""
    ),
    Example(
        """\
from keras import Sequential, layers
model = Sequential()
model.add(layers.Input((8,)))
model.add(layers.Dense(16, activation="relu"))
model.add(layers.Dropout(0.5))  # <- KF705
model.add(layers.BatchNormalization())
model.add(layers.Dense(1))
model.compile(loss="mse")
"""
    ),
)
NEAR_MISSES = (
    """\
from keras import Sequential, layers
model = Sequential([layers.Input((28, 28, 1)), layers.Conv2D(8, 3, activation="relu"), layers.MaxPooling2D(),
                    layers.Dropout(0.2), layers.Flatten(), layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
""",
    """\
from keras import Sequential, layers
model = Sequential([layers.Input((8,)), layers.Dense(16, activation="relu"), layers.Dropout(0.5), layers.Dense(1)])
model.compile(loss="mse")
""",
)
