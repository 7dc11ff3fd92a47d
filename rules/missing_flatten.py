"""A feature map reaches the `Dense` head though there is one label for each sample.

## Why is this bad?
`Dense` works on the last axis only: on `(None, 5, 5, 64)` it gives one prediction for each of the 25 places, and
Keras raises when it compares them with the labels. A `Flatten` (or a global pooling) before the first `Dense`
makes one prediction for each sample of it.

## Fix safety
The model cannot be trained as it stands. `Flatten` keeps all values, as the author of a `Dense` head expects;
`GlobalAveragePooling2D` is the second choice, with far fewer weights. Where the data does not fit the input of the
model, as after `Input((32, 784))` with the batch in the shape, that comes first, and the layer is only shown.
"""

from collections.abc import Iterator
from dataclasses import replace

import libcst as cst

from kerasfix.finding import Applicability, Finding, Fix, Note, Severity
from kerasfix.keras.shape import show
from kerasfix.repairs.models import insert_layer_before
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.imports import spell
from kerasfix.syntax.module import Module
from kerasfix.trace.records import MissingFlatten
from kerasfix.trace.values import Layer

rule = Rule(__name__, "KF203", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(MissingFlatten)
def check(record: MissingFlatten, module: Module) -> Iterator[Finding]:
    layer = record.step.layer
    assert layer is not None
    feed = f"`{record.feed.method}` ({module.place(record.feed.node)})"
    if record.labels is None:
        yield _likely(record, layer, module)
        return
    yield rule.finding(
        module.span(layer.call),
        f"`{layer.cls}` gets a feature map of shape {show(record.spec.shape)}, so the model puts out"
        f" {show(record.output.shape)}, but {feed} gives it one label per sample, of shape"
        f" {show(record.labels.spec.shape)}",
        fixes=tuple(_fixes(record, module)),
        notes=(
            Note("the labels are given here", *module.span(record.feed.node)),
            Note(f"the output {show(record.output.shape)} is made here", *module.span(_last(record))),
        ),
    )


def _likely(record: MissingFlatten, layer: Layer, module: Module) -> Finding:
    """The labels are not known."""
    places = " x ".join(str(size) for size in (record.output.shape or ())[1:-1])
    return rule.finding(
        module.span(layer.call),
        f"`{layer.cls}` gets a feature map of shape {show(record.spec.shape)}, so the model puts out"
        f" {show(record.output.shape)}, a prediction for each of {places} places: for one label per sample it needs a"
        " `Flatten` before",
        fixes=tuple(replace(fix, applicability=Applicability.UNSAFE) for fix in _fixes(record, module)),
        notes=(Note(f"the output {show(record.output.shape)} is made here", *module.span(_last(record))),),
        severity=Severity.WARNING,
    )


def _last(record: MissingFlatten) -> cst.CSTNode:
    """The last layer of the head."""
    last = next(step.layer for step in reversed(record.model.steps) if step.layer is not None)
    return last.call


def _fixes(record: MissingFlatten, module: Module) -> Iterator[Fix]:
    layer = record.step.layer
    assert layer is not None
    assert record.spec.shape is not None
    choices = [("Flatten", "Flatten the feature map first", Applicability.SAFE)]
    if 3 <= len(record.spec.shape) <= 5:
        pooling = f"GlobalAveragePooling{len(record.spec.shape) - 2}D"
        choices.append((pooling, f"Average each channel first: `{pooling}`", Applicability.UNSAFE))
    for cls, title, applicability in choices:
        name, imports = spell(module, f"keras.layers.{cls}", layer.call.func)
        edits = insert_layer_before(module, record.model, record.step, f"{name}()")
        if (
            record.model.repaired and record.model.steps[0] is record.step
        ):  # the axes are those of a wrong input
            applicability = Applicability.DISPLAY
        if edits is not None:
            yield Fix(title, (*edits, *imports), applicability)


EXAMPLES = (
    Example(
        """\
import keras
import numpy as np
x, y = np.zeros((200, 8)), np.random.randint(0, 2, 200)
model = keras.Sequential([
    keras.Input((32, 8)),
    keras.layers.Dense(16, activation="relu"),  # <- KF203
    keras.layers.Dense(1, activation="sigmoid"),
])
model.compile(loss="binary_crossentropy")
model.fit(x, y)  # <- KF204
""",
        """\
import keras
import numpy as np
x, y = np.zeros((200, 8)), np.random.randint(0, 2, 200)
model = keras.Sequential([
    keras.Input((8,)),
    keras.layers.Dense(16, activation="relu"),
    keras.layers.Dense(1, activation="sigmoid"),
])
model.compile(loss="binary_crossentropy")
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
from helpers import signals, marks
model = keras.Sequential([
    keras.Input((100, 1)),
    keras.layers.Conv1D(8, 3, activation="relu"),
    keras.layers.MaxPooling1D(2),
    keras.layers.Dense(5, activation="softmax"),  # <- KF203
])
model.compile(loss="categorical_crossentropy")
model.fit(signals, marks)
""",
        """\
import keras
from helpers import signals, marks
model = keras.Sequential([
    keras.Input((100, 1)),
    keras.layers.Conv1D(8, 3, activation="relu"),
    keras.layers.MaxPooling1D(2),
    keras.layers.Flatten(),
    keras.layers.Dense(5, activation="softmax"),
])
model.compile(loss="categorical_crossentropy")
model.fit(signals, marks)
""",
    ),
    Example(
        """\
import keras
from keras.layers import Conv2D, Dense
(x, y), _ = keras.datasets.cifar10.load_data()
x = x / 255.0
model = keras.Sequential()
model.add(Conv2D(8, 3, activation="relu"))
model.add(Dense(64, activation="relu"))  # <- KF203
model.add(Dense(10, activation="softmax"))
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
        """\
import keras
from keras.layers import Conv2D, Dense, Flatten
(x, y), _ = keras.datasets.cifar10.load_data()
x = x / 255.0
model = keras.Sequential()
model.add(Conv2D(8, 3, activation="relu"))
model.add(Flatten())
model.add(Dense(64, activation="relu"))
model.add(Dense(10, activation="softmax"))
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
    ),
    Example(
        """\
import tensorflow as tf
(x, y), _ = tf.keras.datasets.cifar10.load_data()
x = x / 255.0
model = tf.keras.Sequential([
    tf.keras.layers.Conv2D(8, 3),
    tf.keras.layers.Dense(10),  # <- KF203
])
model.compile(loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(x, y)
""",
        """\
import tensorflow as tf
(x, y), _ = tf.keras.datasets.cifar10.load_data()
x = x / 255.0
model = tf.keras.Sequential([
    tf.keras.layers.Conv2D(8, 3),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(10),
])
model.compile(loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
from keras import layers
(x, y), _ = keras.datasets.cifar10.load_data()
x = x / 255.0
inputs = keras.Input((32, 32, 3))
h = layers.Conv2D(8, 3, activation="relu")(inputs)
h = layers.Dense(16, activation="relu")(h)  # <- KF203
outputs = layers.Dense(10, activation="softmax")(h)
model = keras.Model(inputs, outputs)
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
        """\
import keras
from keras import layers
(x, y), _ = keras.datasets.cifar10.load_data()
x = x / 255.0
inputs = keras.Input((32, 32, 3))
h = layers.Conv2D(8, 3, activation="relu")(inputs)
h = layers.Flatten()(h)
h = layers.Dense(16, activation="relu")(h)
outputs = layers.Dense(10, activation="softmax")(h)
model = keras.Model(inputs, outputs)
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
from helpers import signals, marks
model = keras.Sequential([
    keras.Input((100, 1)),
    keras.layers.Conv1D(8, 3, padding="same", activation="relu"),
    keras.layers.Dense(5, activation="softmax"),
])
model.compile(loss="categorical_crossentropy")
model.fit(signals, marks)
""",
    """\
import keras
from helpers import images, marks
model = keras.Sequential([
    keras.Input((64, 64, 3)),
    keras.layers.Conv2D(8, 3, padding="same", activation="relu"),
    keras.layers.MaxPooling2D(),
    keras.layers.Conv2D(5, 1, activation="softmax"),
])
model.compile(loss="categorical_crossentropy")
model.fit(images, marks)
""",
    """\
import keras
import numpy as np
model = keras.Sequential([keras.Input((12, 4)), keras.layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(np.zeros((8, 12, 4)), np.zeros((8, 12)))
""",
    """\
import keras
(x, y), _ = keras.datasets.cifar10.load_data()
x = x / 255.0
model = keras.Sequential([keras.layers.Dense(8), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(10)])
model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(x, y)
""",
    """\
import keras
from data import load
x, y = load()
model = keras.Sequential([keras.layers.Conv2D(8, 3), keras.layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
    """\
import keras
from helpers import questions, answers
model = keras.Sequential([
    keras.Input((7, 12)),
    keras.layers.LSTM(32),
    keras.layers.RepeatVector(4),
    keras.layers.LSTM(32, return_sequences=True),
    keras.layers.Dense(12, activation="softmax"),
])
model.compile(loss="categorical_crossentropy")
model.fit(questions, answers)
""",
)
