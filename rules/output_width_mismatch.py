"""The last layer has another number of units than there are classes or targets.

## Why is this bad?
With fewer units than classes Keras raises in the middle of training; with one-hot labels of another width it raises
at once. A single `sigmoid` unit with labels 0 to 9 runs, and its loss falls to minus infinity. `mse` even stretches
a column of targets over all units without a word, so that each of them learns the same. With one unit,
`sparse_categorical_crossentropy` has only one class to choose from: nothing is learnt.

## Fix safety
The layer gets as many units as the labels have classes, with the activation and the loss that go with them. Safe
where the classes are known for certain: from a data set of Keras, or from one-hot labels.
"""

from collections.abc import Iterator

from kerasfix.finding import Applicability, Finding, Fix, Note, Severity
from kerasfix.keras.losses import BINARY, EXCLUSIVE, ONE_HOT, REGRESSION, SPARSE, Meeting, meeting
from kerasfix.keras.shape import show, size
from kerasfix.repairs.training import refit, set_loss, set_units
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Labels, Training

rule = Rule(__name__, "KF305", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(Training)
def check(record: Training, module: Module) -> Iterator[Finding]:
    head, width = record.head, record.width
    if width is None or record.loss is None or record.output is None:
        return
    if width == 1 and head is not None and head.activation == "softmax":
        return  # KF306
    for labels in record.labels:
        why = _wrong(record, labels, width)
        if why:
            units = f"{width} unit{'s' if width > 1 else ''}"
            yield rule.finding(
                module.span(head.layer.call if head is not None else record.loss.node),
                f"The model puts out {units}, but {why} ({module.place(labels.feed.node)})",
                fixes=tuple(_fixes(record, labels, module)),
                notes=(Note("the labels are given here", *module.span(labels.feed.node)),),
            )
            return
    if (
        width == 1
        and record.loss.name in SPARSE
        and all(labels.kind != "one-hot" for labels in record.labels)
    ):
        yield _one_class(record, module)


def _one_class(record: Training, module: Module) -> Finding:
    """A loss that chooses between units, and one unit: there is nothing to choose from, whatever the labels."""
    assert record.loss is not None
    edits = None
    if record.head is not None and record.head.activation == "sigmoid":
        edits = set_loss(module, record.loss, "binary_crossentropy")
    return rule.finding(
        module.span(record.head.layer.call if record.head is not None else record.loss.node),
        f"The model puts out 1 unit, but `{record.loss.name}` wants one for each class: with one unit, label 0 gives"
        " a loss of 0 and any other is out of range",
        fixes=(Fix("Use `binary_crossentropy`", edits, Applicability.UNSAFE),) if edits else (),
        notes=(Note("the loss is chosen here", *module.span(record.loss.node)),),
    )


def _wrong(record: Training, labels: Labels, width: int) -> str:
    """What is wrong with the width for these labels, in words; empty where nothing is known to be."""
    assert record.loss is not None
    assert record.output is not None
    shape, output = labels.data.spec.shape, record.output.shape
    if shape is None or output is None:
        return ""
    loss, kind = record.loss.name, labels.kind
    column = len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)
    known = loss in EXCLUSIVE | BINARY | ONE_HOT | REGRESSION
    facts, integers = labels.data.facts, "int" in (labels.data.spec.dtype or "")
    steps = len(shape) == len(output) - 1 or (len(shape) == len(output) and shape[-1] == 1)
    if steps and integers and loss in SPARSE and _reaches(labels, width):
        return f"the labels are class numbers from {facts.low:g} to {facts.high:g}"
    if not known or len(output) != 2:
        return ""
    if kind in {"classes", "binary"} and column:
        if loss in EXCLUSIVE and labels.classes is not None and width < labels.classes and _occur(labels):
            # One unit and 0/1 labels with `categorical_crossentropy` is a matter of the loss: KF307.
            if width == 1 and kind == "binary" and loss == "categorical_crossentropy":
                return ""
            return f"the labels are class numbers from 0 to {labels.classes - 1}"
        if loss in BINARY and kind == "classes" and width == 1 and _occur(labels):
            return f"the labels are class numbers from 0 to {(labels.classes or 0) - 1}, not 0 and 1"
        return ""
    last = shape[-1]
    if kind == "one-hot" and len(shape) == 2 and isinstance(last, int) and last != width:
        return f"the labels are one-hot rows of {last} classes"
    if column and loss in BINARY and width > 1 and meeting(loss, shape, output) is Meeting.RAISES:
        return f"there is one label for each sample, of shape {show(shape)}"
    given = last if len(shape) == 2 and loss not in SPARSE else None
    if isinstance(given, int) and given != width and kind in {None, "values", "multi-label"}:
        meets = meeting(loss, shape, output)
        if (meets is Meeting.RAISES and given > 1) or (meets is Meeting.BROADCASTS and kind == "values"):
            return f"the targets have the shape {show(shape)}"
    if kind == "values" and len(shape) == 1 and width > 1 and loss in REGRESSION:
        return f"there is one target for each sample, of shape {show(shape)}"
    return ""


def _reaches(labels: Labels, width: int) -> bool:
    """Whether some label is beyond the last unit for certain: drawn at random, so many do not all miss."""
    facts, shape = labels.data.facts, labels.data.spec.shape
    count = size(shape) if shape else None
    if facts.drawn != "integers" or facts.low is None or facts.high is None or count is None:
        return False
    within = max(0.0, (width - facts.low) / (facts.high - facts.low + 1))
    return bool(within**count < 1e-4)


def _occur(labels: Labels) -> bool:
    """Whether all the classes will turn up: there are more than a few samples for each."""
    shape = labels.data.spec.shape
    count = shape[0] if shape else None
    return labels.exact or (
        isinstance(count, int) and labels.classes is not None and count >= 5 * labels.classes
    )


def _fixes(record: Training, labels: Labels, module: Module) -> Iterator[Fix]:
    if record.head is None:
        return
    certain = labels.exact and record.head.units is not None
    level = Applicability.SAFE if certain else Applicability.UNSAFE
    shape, high = labels.data.spec.shape, labels.data.facts.high
    if labels.kind not in {None, "multi-label"}:
        edits, words = refit(module, record, labels)
        if edits:
            yield Fix(f"Use {words}", edits, level)
        return
    last = shape[-1] if shape and len(shape) > 1 else 1
    if record.loss is not None and record.loss.name in SPARSE and high is not None:
        last = int(high) + 1
    if isinstance(last, int) and (edits := set_units(module, record.head, last)):
        yield Fix(f"Use {last} units", edits, Applicability.UNSAFE)


EXAMPLES = (
    Example(
        """\
import keras
import numpy as np
words, tags = np.random.randint(1, 50, (40, 12)), np.random.randint(0, 5, (40, 12))
model = keras.Sequential([
    keras.Input((12,)),
    keras.layers.Embedding(50, 8),
    keras.layers.Dense(4, activation="softmax"),  # <- KF305
])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(words, tags)
""",
        """\
import keras
import numpy as np
words, tags = np.random.randint(1, 50, (40, 12)), np.random.randint(0, 5, (40, 12))
model = keras.Sequential([
    keras.Input((12,)),
    keras.layers.Embedding(50, 8),
    keras.layers.Dense(5, activation="softmax"),
])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(words, tags)
""",
    ),
    Example(
        """\
import keras
from helpers import x, y
model = keras.Sequential([
    keras.Input((4,)),
    keras.layers.Dense(1, activation="sigmoid"),  # <- KF305
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
        """\
import keras
from helpers import x, y
model = keras.Sequential([
    keras.Input((4,)),
    keras.layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(90, 14), np.random.randint(0, 2, size=(90, 6))
model = keras.Sequential([
    keras.Input((14,)),
    keras.layers.Dense(24, activation="relu"),
    keras.layers.Dense(5, activation="sigmoid"),  # <- KF305
])
model.compile(loss="binary_crossentropy")
model.fit(x, y)
""",
        """\
import keras
import numpy as np
x, y = np.random.rand(90, 14), np.random.randint(0, 2, size=(90, 6))
model = keras.Sequential([
    keras.Input((14,)),
    keras.layers.Dense(24, activation="relu"),
    keras.layers.Dense(6, activation="sigmoid"),
])
model.compile(loss="binary_crossentropy")
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
import numpy as np

def batches(size):
    while True:
        x = np.random.rand(size, 6)
        yield x, (x.mean(axis=1) > 0.5).astype("float32")

model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, activation="sigmoid")])  # <- KF305
model.compile(loss="binary_crossentropy")
model.fit(batches(16), steps_per_epoch=10)
""",
        """\
import keras
import numpy as np

def batches(size):
    while True:
        x = np.random.rand(size, 6)
        yield x, (x.mean(axis=1) > 0.5).astype("float32")

model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(batches(16), steps_per_epoch=10)
""",
    ),
    Example(
        """\
import keras
(x, y), _ = keras.datasets.mnist.load_data()
x = x / 255.0
model = keras.Sequential([
    keras.Input((28, 28)),
    keras.layers.Flatten(),
    keras.layers.Dense(9, activation="softmax"),  # <- KF305
])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
        """\
import keras
(x, y), _ = keras.datasets.mnist.load_data()
x = x / 255.0
model = keras.Sequential([
    keras.Input((28, 28)),
    keras.layers.Flatten(),
    keras.layers.Dense(10, activation="softmax"),
])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
(x, y), _ = keras.datasets.fashion_mnist.load_data()
x = x / 255.0
model = keras.Sequential()
model.add(keras.layers.Flatten())
model.add(keras.layers.Dense(1, activation="sigmoid"))  # <- KF305
model.compile(loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y)
""",
        """\
import keras
(x, y), _ = keras.datasets.fashion_mnist.load_data()
x = x / 255.0
model = keras.Sequential()
model.add(keras.layers.Flatten())
model.add(keras.layers.Dense(10, activation="softmax"))
model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
from keras import layers
(x, y), _ = keras.datasets.boston_housing.load_data()
inputs = keras.Input((13,))
h = layers.BatchNormalization()(inputs)
h = layers.Dense(32, activation="relu")(h)
outputs = layers.Dense(4)(h)  # <- KF305
model = keras.Model(inputs, outputs)
model.compile(loss="mse")
model.fit(x, y)
""",
        """\
import keras
from keras import layers
(x, y), _ = keras.datasets.boston_housing.load_data()
inputs = keras.Input((13,))
h = layers.BatchNormalization()(inputs)
h = layers.Dense(32, activation="relu")(h)
outputs = layers.Dense(1)(h)
model = keras.Model(inputs, outputs)
model.compile(loss="mse")
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(100, 6), keras.utils.to_categorical(np.random.randint(0, 5, 100), 5)
model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4, activation="softmax")])  # <- KF305
model.compile(loss="categorical_crossentropy")
model.fit(x, y)
""",
        """\
import keras
import numpy as np
x, y = np.random.rand(100, 6), keras.utils.to_categorical(np.random.randint(0, 5, 100), 5)
model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(5, activation="softmax")])
model.compile(loss="categorical_crossentropy")
model.fit(x, y)
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
import numpy as np
words, tags = np.random.randint(1, 50, (40, 12)), np.random.randint(0, 5, (40, 12))
model = keras.Sequential([keras.layers.Embedding(50, 8), keras.layers.Dense(5, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(words, tags)
model.fit(words, np.random.randint(0, 5, (40, 12, 1)))
""",
    """\
import keras
import numpy as np

def batches(size):
    while True:
        x = np.random.rand(size, 6)
        yield x, (x > 0.5).astype("float32")

def columns(size):
    yield np.random.rand(size, 6), np.random.rand(size)[:, None]

model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(6, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(batches(16), steps_per_epoch=10)
single = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, activation="sigmoid")])
single.compile(loss="binary_crossentropy")
single.fit(columns(8))
""",
    """\
import keras
from helpers import x, y, classes
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(classes, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
    """\
import keras
import numpy as np
x, y = np.random.rand(90, 14), np.random.randint(0, 2, size=(90, 6))
model = keras.Sequential([
    keras.Input((14,)),
    keras.layers.Dense(24, activation="relu"),
    keras.layers.Dense(6, activation="sigmoid"),
])
model.compile(loss="binary_crossentropy")
model.fit(x, y)
""",
    """\
import keras
(x, y), _ = keras.datasets.mnist.load_data()
x = x / 255.0
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(20, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
    """\
import keras
(x, y), _ = keras.datasets.mnist.load_data()
x, y = x / 255.0, (y == 3)
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(x, y)
""",
    """\
import keras
import numpy as np
x, y = np.random.rand(32, 4), np.random.rand(32, 3)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
model.compile(loss="mse")
model.fit(x, y)
""",
    """\
import keras
(x, y), _ = keras.datasets.mnist.load_data()
keep = y < 2
x, y = x[keep] / 255.0, y[keep]
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(x, y)
""",
)
