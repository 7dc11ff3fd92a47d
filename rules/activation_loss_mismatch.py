"""The activation of the output and the loss do not go together.

## Why is this bad?
A loss expects outputs of one kind: `categorical_crossentropy` a distribution over exclusive classes (`softmax`),
`binary_crossentropy` one probability for each unit (`sigmoid`). With `relu` or `tanh` there, the logarithm of the
loss meets numbers that are no probabilities, and training stalls or runs astray. `categorical_crossentropy` on one
unit is always 0. A `sigmoid` cannot reach targets above 1.

## Fix safety
The activation, or for `softmax` with `binary_crossentropy` the loss, becomes the usual one. Safe where the code as
it stands cannot learn; unsafe where it learns, but not what such a model stands for.
"""

import math
from collections.abc import Iterator

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.keras.losses import BINARY, EXCLUSIVE, REGRESSION
from kerasfix.repairs.training import refit, set_activation, set_loss, together
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Head, Loss, Training

rule = Rule(__name__, "KF307", Severity.WARNING, fixable=Fixable.SOMETIMES)

_NO_PROBABILITIES = frozenset(
    {"relu", "relu6", "leaky_relu", "prelu", "elu", "selu", "celu", "gelu", "silu", "mish", "softplus", "softsign",
     "tanh", "exponential", "hard_silu", "hard_tanh"}
)  # fmt: skip
_BOUNDED = {
    "sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "softplus": (0.0, math.inf),
    "relu": (0.0, math.inf),
}


@rule.on(Training)
def check(record: Training, module: Module) -> Iterator[Finding]:
    head, loss, width = record.head, record.loss, record.width
    if loss is None or (head is not None and head.activation == "softmax" and width == 1):
        return
    if loss.name == "categorical_crossentropy" and width == 1:
        yield _one_unit(record, head, loss, module)
    elif head is None or head.activation is None:
        return
    elif (
        loss.name in EXCLUSIVE | BINARY and head.activation in _NO_PROBABILITIES and record.output is not None
    ):
        yield _no_probability(record, head, loss, module)
    elif loss.name in EXCLUSIVE and head.activation == "sigmoid" and width is not None and width > 1:
        edits = set_activation(module, head, "softmax")
        yield rule.finding(
            module.span(head.activations[-1].layer.call),
            f"`sigmoid` rates each of the {width} classes on its own, but `{loss.name}` is for classes that exclude"
            " each other: use `softmax`",
            fixes=(Fix("Use `softmax`", edits, Applicability.UNSAFE),) if edits else (),
        )
    elif loss.name in BINARY and head.activation == "softmax" and width is not None:
        yield from _softmax_binary(record, loss, module)
    elif loss.name in BINARY and head.activation == "sigmoid" and width is not None and width > 2:
        yield from _sigmoid_binary(record, head, loss, module)
    elif loss.name == "categorical_crossentropy" and head.activation == "softmax" and _several(record):
        yield _exclusive_for_several(head, loss, module)
    elif loss.name in REGRESSION and head.activation in _BOUNDED:
        yield from _bounded_target(record, head, module)


def _exclusive_for_several(head: Head, loss: Loss, module: Module) -> Finding:
    edits = together(set_activation(module, head, "sigmoid"), set_loss(module, loss, "binary_crossentropy"))
    return rule.finding(
        module.span(loss.node),
        f"The labels have several 0 or 1 for each sample, but `{loss.name}` and `softmax` are for classes that"
        " exclude each other: use `sigmoid` and `binary_crossentropy`",
        fixes=(Fix("Use `sigmoid` and `binary_crossentropy`", edits, Applicability.UNSAFE),) if edits else (),
    )


def _several(record: Training) -> bool:
    return any(labels.kind == "multi-label" for labels in record.labels)


def _one_unit(record: Training, head: Head | None, loss: Loss, module: Module) -> Finding:
    known = head is not None and head.activation is not None
    edits = set_loss(module, loss, "binary_crossentropy") if known else None
    sigmoid = head is not None and head.activation in {"sigmoid", "hard_sigmoid"}
    if edits and head is not None and not sigmoid:
        activation = set_activation(module, head, "sigmoid")
        edits = (*edits, *activation) if activation else None
    labels = record.known_labels
    level = Applicability.SAFE if labels is not None and labels.kind == "binary" else Applicability.UNSAFE
    what = "`binary_crossentropy`" if sigmoid else "`sigmoid` and `binary_crossentropy`"
    return rule.finding(
        module.span(loss.node),
        f"`{loss.name}` on one unit is always 0, so the model learns nothing: use {what}",
        fixes=(Fix(f"Use {what}", edits, level),) if edits else (),
        severity=Severity.ERROR,
    )


def _no_probability(record: Training, head: Head, loss: Loss, module: Module) -> Finding:
    logits = loss.from_logits
    right = "sigmoid" if loss.name in BINARY else "softmax"
    wanted = "linear" if logits else right
    edits = set_activation(module, head, wanted)
    advice = "leave the output without activation" if logits else f"use `{right}`"
    return rule.finding(
        module.span(head.activations[-1].layer.call),
        f"`{head.activation}` puts out {'no free numbers' if logits else 'no probabilities'}, but `{loss.name}`"
        f" takes them for {'logits' if logits else 'such'}: {advice}",
        fixes=(Fix(advice[0].upper() + advice[1:], edits),) if edits and logits is not None else (),
    )


def _softmax_binary(record: Training, loss: Loss, module: Module) -> Iterator[Finding]:
    labels = record.known_labels
    if labels is not None and labels.kind in {"binary", "classes"}:
        return  # KF304, KF305
    edits = set_loss(module, loss, "categorical_crossentropy")
    yield rule.finding(
        module.span(loss.node),
        f"`{loss.name}` judges each unit on its own, but `softmax` is for classes that exclude each other: use"
        " `categorical_crossentropy`",
        fixes=(Fix("Use `categorical_crossentropy`", edits, Applicability.UNSAFE),) if edits else (),
    )


def _sigmoid_binary(record: Training, head: Head, loss: Loss, module: Module) -> Iterator[Finding]:
    """One class out of several, judged as several that may go together."""
    labels = record.known_labels
    if (
        labels is None
        or labels.kind != "one-hot"
        or labels.feed.x is None
        or labels.feed.x.value is labels.data
    ):
        return
    activation, other = (
        set_activation(module, head, "softmax"),
        set_loss(module, loss, "categorical_crossentropy"),
    )
    edits = together(activation, other)
    yield rule.finding(
        module.span(loss.node),
        f"`{loss.name}` with `sigmoid` rates each of the {record.width} classes on its own, but the labels are one-hot"
        " rows of classes that exclude each other: use `softmax` and `categorical_crossentropy`",
        fixes=(Fix("Use `softmax` and `categorical_crossentropy`", edits, Applicability.UNSAFE),)
        if edits
        else (),
    )


def _bounded_target(record: Training, head: Head, module: Module) -> Iterator[Finding]:
    assert head.activation is not None
    low, high = _BOUNDED[head.activation]
    for labels in record.labels:
        facts = labels.data.facts
        if labels.kind != "values":
            continue
        if facts.drawn == "normal":
            targets = "lie on both sides of 0, without bounds"
        elif facts.low is not None and facts.high is not None and (facts.low < low or facts.high > high):
            targets = f"go from {facts.low:g} to {facts.high:g}"
        else:
            targets = ""
        if targets:
            edits, _ = refit(module, record, labels)
            reach = f"between {low:g} and {high:g}" if high < math.inf else f"at {low:g} and above"
            yield rule.finding(
                module.span(head.activations[-1].layer.call),
                f"`{head.activation}` stays {reach}, but the targets {targets}: leave the output without activation",
                fixes=(Fix("Leave the output without activation", edits),) if edits else (),
            )
            return


EXAMPLES = (
    Example(
        """\
import keras
(x, y), _ = keras.datasets.mnist.load_data()
x = x / 255.0
model = keras.Sequential([
    keras.layers.Flatten(),
    keras.layers.Dense(10, activation="sigmoid"),  # <- KF307
])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
        """\
import keras
(x, y), _ = keras.datasets.mnist.load_data()
x = x / 255.0
model = keras.Sequential([
    keras.layers.Flatten(),
    keras.layers.Dense(10, activation="softmax"),
])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
    ),
    Example(
        """\
import numpy as np
from keras.layers import Activation, Dense, Input
from keras.models import Sequential
from keras.utils import to_categorical
x, y = np.random.rand(60, 4), to_categorical(np.random.randint(0, 3, 60), 3)
model = Sequential()
model.add(Input((4,)))
model.add(Dense(3))
model.add(Activation('softmax'))
model.compile(loss='binary_crossentropy', optimizer='adam')  # <- KF307
model.fit(x, y)
""",
        """\
import numpy as np
from keras.layers import Activation, Dense, Input
from keras.models import Sequential
from keras.utils import to_categorical
x, y = np.random.rand(60, 4), to_categorical(np.random.randint(0, 3, 60), 3)
model = Sequential()
model.add(Input((4,)))
model.add(Dense(3))
model.add(Activation('softmax'))
model.compile(loss='categorical_crossentropy', optimizer='adam')
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 4), np.random.randint(0, 2, 64)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="relu")])  # <- KF307
model.compile(loss="binary_crossentropy")
model.fit(x, y)
""",
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 4), np.random.randint(0, 2, 64)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 4), np.random.randint(0, 2, 64)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="categorical_crossentropy")  # <- KF307
model.fit(x, y)
""",
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 4), np.random.randint(0, 2, 64)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
(x, y), _ = keras.datasets.boston_housing.load_data()
model = keras.Sequential([
    keras.layers.BatchNormalization(),
    keras.layers.Dense(1, activation="sigmoid"),  # <- KF307
])
model.compile(loss="mse")
model.fit(x, y)
""",
        """\
import keras
(x, y), _ = keras.datasets.boston_housing.load_data()
model = keras.Sequential([
    keras.layers.BatchNormalization(),
    keras.layers.Dense(1),
])
model.compile(loss="mse")
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
from tensorflow.keras.preprocessing.image import ImageDataGenerator
flow = ImageDataGenerator(rescale=1 / 255).flow_from_directory("photos", target_size=(32, 32))
model = keras.Sequential([
    keras.Input((32, 32, 3)), keras.layers.Flatten(), keras.layers.Dense(4, activation="sigmoid")
])
model.compile(loss="binary_crossentropy")  # <- KF307
model.fit(flow, epochs=3)
""",
        """\
import keras
from tensorflow.keras.preprocessing.image import ImageDataGenerator
flow = ImageDataGenerator(rescale=1 / 255).flow_from_directory("photos", target_size=(32, 32))
model = keras.Sequential([
    keras.Input((32, 32, 3)), keras.layers.Flatten(), keras.layers.Dense(4, activation="softmax")
])
model.compile(loss="categorical_crossentropy")
model.fit(flow, epochs=3)
""",
    ),
    Example(
        """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="tanh")])  # <- KF307
model.compile(loss=keras.losses.CategoricalCrossentropy(from_logits=bool(input())))
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
import numpy as np
x = np.eye(8)
model = keras.Sequential([
    keras.Input((8,)), keras.layers.Dense(3, activation="relu"), keras.layers.Dense(8, activation="sigmoid")
])
model.compile(loss="binary_crossentropy")
model.fit(x, x)
""",
    """\
import keras
from tensorflow.keras.preprocessing.image import ImageDataGenerator
flow = ImageDataGenerator(rescale=1 / 255).flow_from_directory("photos", target_size=(32, 32), class_mode="raw")
model = keras.Sequential([
    keras.Input((32, 32, 3)), keras.layers.Flatten(), keras.layers.Dense(4, activation="sigmoid")
])
model.compile(loss="binary_crossentropy")
model.fit(flow)
""",
    """\
import keras
import numpy as np
x, y = np.random.rand(64, 4), np.random.randint(0, 2, (64, 3))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(x, y)
""",
    """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="tanh")])
model.compile(loss="hinge")
""",
    """\
import keras
import numpy as np
x = np.random.rand(64, 4)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, activation="sigmoid")])
model.compile(loss="mse")
model.fit(x, x)
""",
    """\
import keras
def scaled(x):
    return 4 * keras.ops.sigmoid(x)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation=scaled)])
model.compile(loss="categorical_crossentropy")
""",
    """\
import keras
(x, y), _ = keras.datasets.boston_housing.load_data()
model = keras.Sequential([keras.layers.BatchNormalization(), keras.layers.Dense(1, activation="relu")])
model.compile(loss="mse")
model.fit(x, y)
""",
)
