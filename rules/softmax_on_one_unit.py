"""`softmax` over a single unit: the output is 1.0 whatever goes in.

## Why is this bad?
Softmax divides by the sum of all units of the last axis. With one unit that is the unit itself: the model puts out
1.0 for every sample. Keras 3 only warns, and training runs. Nothing is learnt with most losses; with
`binary_crossentropy` TensorFlow goes back to what went into the softmax, so that the loss falls, but the output of the
model and its accuracy never change.

## Fix safety
The labels decide. For 0 and 1 the activation becomes `sigmoid` (with `binary_crossentropy`), for a quantity it goes,
for class numbers the layer gets as many units as there are classes. Safe where the labels, or a loss that takes
only such labels, are known; nothing that worked can change, as the output was a constant.
"""

from collections.abc import Iterator

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.keras.losses import BINARY, EXCLUSIVE, REGRESSION
from kerasfix.repairs.training import refit, set_activation, set_loss, together
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Training

rule = Rule(__name__, "KF306", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(Training)
def check(record: Training, module: Module) -> Iterator[Finding]:
    head = record.head
    if head is None or head.activation != "softmax" or record.width != 1:
        return
    fixes = tuple(_fixes(record, module))
    advice = f": {fixes[0].title[0].lower()}{fixes[0].title[1:]}" if fixes else ""
    yield rule.finding(
        module.span(head.activations[-1].layer.call),
        f"`softmax` over one unit is always 1.0, so the model says the same of every sample{advice}",
        fixes=fixes,
    )


def _fixes(record: Training, module: Module) -> Iterator[Fix]:
    head, loss, labels = record.head, record.loss, record.known_labels
    assert head is not None
    if labels is not None and loss is not None:
        edits, words = refit(module, record, labels)
        if edits:
            yield Fix(f"Use {words}, as the labels ask for", edits)
        return
    if loss is None or loss.name in BINARY:
        level = Applicability.SAFE if loss is not None else Applicability.DISPLAY
        if edits := set_activation(module, head, "sigmoid"):
            yield Fix("Use `sigmoid`, for labels 0 and 1", edits, level)
    elif loss.name in REGRESSION:
        if edits := set_activation(module, head, "linear"):
            yield Fix("Use no activation, for numbers of any size", edits, Applicability.UNSAFE)
        if edits := set_activation(module, head, "sigmoid"):
            yield Fix("Use `sigmoid`, for numbers from 0 to 1", edits, Applicability.UNSAFE)
    elif loss.name in EXCLUSIVE:
        edits = together(
            set_activation(module, head, "sigmoid"), set_loss(module, loss, "binary_crossentropy")
        )
        if edits:
            yield Fix(
                "Use `sigmoid` and `binary_crossentropy`, for labels 0 and 1", edits, Applicability.UNSAFE
            )


EXAMPLES = (
    Example(
        """\
import keras
import numpy as np
x = np.random.rand(64, 8)
y = np.random.randint(0, 2, (64, 1))
model = keras.Sequential([
    keras.Input((8,)),
    keras.layers.Dense(16, activation="relu"),
    keras.layers.Dense(1, activation="softmax"),  # <- KF306
])
model.compile(loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y)
""",
        """\
import keras
import numpy as np
x = np.random.rand(64, 8)
y = np.random.randint(0, 2, (64, 1))
model = keras.Sequential([
    keras.Input((8,)),
    keras.layers.Dense(16, activation="relu"),
    keras.layers.Dense(1, activation="sigmoid"),
])
model.compile(loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y)
""",
    ),
    Example(
        """\
from keras.datasets import boston_housing
from keras.layers import Activation, BatchNormalization, Dense
from keras.models import Sequential
(x, y), _ = boston_housing.load_data()
model = Sequential()
model.add(BatchNormalization())
model.add(Dense(64, activation='relu'))
model.add(Dense(1))
model.add(Activation('softmax'))  # <- KF306
model.compile(loss='mse')
model.fit(x, y)
""",
        """\
from keras.datasets import boston_housing
from keras.layers import Activation, BatchNormalization, Dense
from keras.models import Sequential
(x, y), _ = boston_housing.load_data()
model = Sequential()
model.add(BatchNormalization())
model.add(Dense(64, activation='relu'))
model.add(Dense(1))
model.add(Activation('linear'))
model.compile(loss='mse')
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
from keras import layers
(x, y), _ = keras.datasets.mnist.load_data()
inputs = keras.Input((28, 28))
h = layers.Rescaling(1 / 255)(inputs)
h = layers.Flatten()(h)
outputs = layers.Dense(1, activation="softmax")(h)  # <- KF306
model = keras.Model(inputs, outputs)
model.compile(loss="categorical_crossentropy")
model.fit(x, y)
""",
        """\
import keras
from keras import layers
(x, y), _ = keras.datasets.mnist.load_data()
inputs = keras.Input((28, 28))
h = layers.Rescaling(1 / 255)(inputs)
h = layers.Flatten()(h)
outputs = layers.Dense(10, activation="softmax")(h)
model = keras.Model(inputs, outputs)
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
from losses import ranking
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(1, activation="softmax")])  # <- KF306
model.compile(loss=ranking)
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
import numpy as np
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(2, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(np.zeros((4, 8)), np.array([0, 1, 1, 0]))
""",
    """\
import keras
from settings import UNITS
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(UNITS, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
""",
    """\
import keras
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
""",
    """\
import keras
inputs = keras.Input((8, 4))
scores = keras.layers.Dense(1)(inputs)
weights = keras.layers.Softmax(axis=1)(scores)
pooled = keras.layers.Dot(axes=1)([weights, inputs])
outputs = keras.layers.Flatten()(pooled)
model = keras.Model(inputs, outputs)
model.compile(loss="mse")
""",
)
