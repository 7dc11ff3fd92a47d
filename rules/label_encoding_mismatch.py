"""Class numbers are given to a loss for one-hot labels, or one-hot labels to a loss for class numbers.

## Why is this bad?
`categorical_crossentropy` compares each output with a one-hot row, `sparse_categorical_crossentropy` takes the class
number itself. Given the other kind, Keras raises when training begins. The metrics `categorical_accuracy` and
`sparse_categorical_accuracy` differ likewise, and may count nonsense without a word.

## Fix safety
The loss (or metric) becomes its counterpart for the labels that are given: one place to change, and all labels of
the script stay as they are. Keras raises on the code as it stands, or the metric has no meaning. Where some labels are
one-hot and others are not, no loss takes both, and there is no fix.
"""

from collections.abc import Iterator

from kerasfix.finding import Applicability, Finding, Fix, Note, Severity
from kerasfix.keras.losses import (
    BINARY,
    COUNTERPARTS,
    PER_UNIT,
    SPARSE,
)
from kerasfix.keras.shape import show
from kerasfix.repairs.training import Edits, class_numbers_for_rows, set_loss, set_metric
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Labels, Loss, Training

rule = Rule(__name__, "KF304", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(Training)
def check(record: Training, module: Module) -> Iterator[Finding]:
    loss = record.loss
    odd = next((labels for labels in record.labels if _what_is_odd(record, labels)), None)
    if odd is not None:
        yield rule.finding(
            module.span(odd.feed.y.node if odd.feed.y is not None else odd.feed.node),
            _what_is_odd(record, odd),
            notes=_origin(odd, module),
        )
        return
    wrong = next((labels for labels in record.labels if loss and _differs(record, loss, labels)), None)
    if wrong is not None and loss is not None:
        yield _loss_finding(record, loss, wrong, module)
    elif loss is not None and record.width is not None:
        yield from _metric_findings(record, module)


def _differs(record: Training, loss: Loss, labels: Labels) -> bool:
    """Whether the loss wants the labels written the other way."""
    shape = labels.data.spec.shape
    output = record.output.shape if record.output is not None else None
    if shape is None:
        return False
    if loss.name in SPARSE:
        return labels.kind == "one-hot" and len(shape) > 1 and (output is None or len(output) == len(shape))
    return class_numbers_for_rows(record, loss, labels)


def _loss_finding(record: Training, loss: Loss, labels: Labels, module: Module) -> Finding:
    shape = show(labels.data.spec.shape)
    one_hot = labels.kind == "one-hot"
    kinded = (each for each in record.labels if each.kind in {"classes", "binary", "one-hot"})
    against = next((each for each in kinded if (each.kind == "one-hot") != one_hot), None)
    if against is not None:  # another loss would not take those
        kinds = ("one-hot rows", "class numbers") if one_hot else ("class numbers", "one-hot rows")
        return rule.finding(
            module.span(loss.node),
            f"`{loss.name}` gets {kinds[0]} of shape {shape} by `{labels.feed.method}`"
            f" ({module.place(labels.feed.node)}), but {kinds[1]} of shape {show(against.data.spec.shape)} as well"
            f" ({module.place(against.feed.node)}): encode all labels alike",
            notes=_origin(labels, module),
        )
    new = COUNTERPARTS.get(loss.name, "sparse_categorical_crossentropy")
    if labels.kind == "one-hot":
        wants, given = "class numbers", f"one-hot rows of shape {shape}"
    else:
        wants = "one-hot rows" if "categorical" in loss.name else "one number for each unit"
        given = f"class numbers of shape {shape}"
    edits = set_loss(module, loss, new)
    changes: list[Edits] = [] if edits is None else [edits]
    for metric in record.metrics or ():
        if metric.name in COUNTERPARTS and ("sparse" in metric.name) != ("sparse" in new):
            other = set_metric(module, metric, COUNTERPARTS[metric.name])
            changes += [] if other is None else [other]
    fixes: tuple[Fix, ...] = ()
    if edits is not None:
        flat = tuple(edit for change in changes for edit in change)
        known = labels.kind is not None and loss.name in COUNTERPARTS
        level = Applicability.SAFE if known else Applicability.UNSAFE
        fixes = (Fix(f"Use `{new}`", flat, level),)
    return rule.finding(
        module.span(loss.node),
        f"`{loss.name}` wants {wants}, but `{labels.feed.method}` ({module.place(labels.feed.node)}) gives it"
        f" {given}: use `{new}`",
        fixes=fixes,
        notes=_origin(labels, module),
    )


def _origin(labels: Labels, module: Module) -> tuple[Note, ...]:
    origin = labels.data.shaped or labels.data.origin
    return () if origin is None else (Note("the labels come from here", *module.span(origin)),)


def _what_is_odd(record: Training, labels: Labels) -> str:
    """What no loss takes, or binary cross-entropy does not; empty where there is nothing."""
    if labels.kind == "text":
        return (
            "The labels are strings, and Keras takes numbers: number them, for example by"
            " `np.unique(labels, return_inverse=True)[1]`"
        )
    facts, loss = labels.data.facts, record.loss
    signed = (facts.low, facts.high) == (-1, 1) and not facts.continuous
    if signed and loss is not None and loss.name in BINARY:
        return f"The labels are -1 and 1, but `{loss.name}` wants 0 and 1: give `(labels + 1) / 2`, or use `hinge`"
    return ""


def _per_sample(record: Training, labels: Labels) -> bool:
    """Whether there is one class number for a sample, and several units."""
    shape, output = labels.data.spec.shape, record.output.shape if record.output is not None else None
    column = shape is not None and (len(shape) == 1 or shape[1:] == (1,))
    several = record.width is not None and record.width > 1
    return labels.kind != "one-hot" and column and several and output is not None and len(output) == 2


def _metric_findings(record: Training, module: Module) -> Iterator[Finding]:
    signed = any((one.data.facts.low, one.data.facts.high) == (-1, 1) for one in record.labels)
    labels = record.known_labels
    for metric in record.metrics or ():
        if signed and record.width == 1 and metric.name in {"accuracy", "acc", "binary_accuracy"}:
            yield rule.finding(
                module.span(metric.node),
                f"The metric `{metric.name}` counts 0 and 1, but the labels are -1 and 1: it never reaches 1.0",
                severity=Severity.WARNING,
            )
    if labels is None or labels.kind not in {"classes", "binary", "one-hot"}:
        return
    for metric in record.metrics or ():
        if metric.name in {"f1_score", "f_beta_score"} and labels.data.spec.rank == 1 and record.width == 1:
            yield rule.finding(
                module.span(metric.node),
                f"The metric `{metric.name}` wants labels of two axes, but they have the shape"
                f" {show(labels.data.spec.shape)}: reshape them to one column",
            )
        if metric.name in PER_UNIT and _per_sample(record, labels):
            yield rule.finding(
                module.span(metric.node),
                f"The metric `{metric.name}` wants one 0 or 1 for each of the {record.width} units, but the labels are"
                " class numbers: give it one-hot rows, with `categorical_crossentropy`",
            )
        if metric.name not in COUNTERPARTS or "accuracy" not in metric.name or "top_k" in metric.name:
            continue
        sparse = metric.name.startswith("sparse")
        if record.width == 1:
            new, why = "binary_accuracy", "compares several units, but the output has one"
        elif sparse == (labels.kind != "one-hot"):
            continue
        else:
            new = COUNTERPARTS[metric.name]
            given = "one-hot rows" if sparse else "class numbers"
            why = f"wants {'class numbers' if sparse else 'one-hot rows'}, but the labels are {given}"
        edits = set_metric(module, metric, new)
        yield rule.finding(
            module.span(metric.node),
            f"The metric `{metric.name}` {why}: use `{new}`",
            fixes=(Fix(f"Use `{new}`", edits),) if edits else (),
        )


EXAMPLES = (
    Example(
        """\
import keras
import numpy as np
from keras import layers
model = keras.Sequential([keras.Input((16, 16, 3)), layers.Conv2D(4, 3, padding="same", activation="softmax")])
model.compile("adam", "categorical_crossentropy")  # <- KF304
model.fit(np.random.rand(8, 16, 16, 3), np.random.randint(0, 4, (8, 16, 16)))
""",
        """\
import keras
import numpy as np
from keras import layers
model = keras.Sequential([keras.Input((16, 16, 3)), layers.Conv2D(4, 3, padding="same", activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(np.random.rand(8, 16, 16, 3), np.random.randint(0, 4, (8, 16, 16)))
""",
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 5).astype("float32"), np.random.randint(0, 3, 64)
model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, activation="softmax")])
loss = keras.losses.CategoricalCrossentropy()  # <- KF304
print(loss(y, model(x)))
""",
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 5).astype("float32"), np.random.randint(0, 3, 64)
model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, activation="softmax")])
loss = keras.losses.SparseCategoricalCrossentropy()
print(loss(y, model(x)))
""",
    ),
    Example(
        """\
import keras
from keras.utils import to_categorical
(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
x, x_test = x / 255.0, x_test / 255.0
y = to_categorical(y, 10)
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile(optimizer="adam", loss="categorical_crossentropy")  # <- KF304
model.fit(x, y, validation_data=(x_test, y_test))
""",
    ),
    Example(
        """\
import keras
(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
x, x_test = x / 255.0, x_test / 255.0
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])  # <- KF304
model.fit(x, y, validation_data=(x_test, y_test))
""",
        """\
import keras
(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
x, x_test = x / 255.0, x_test / 255.0
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, validation_data=(x_test, y_test))
""",
    ),
    Example(
        """\
import numpy as np
from keras import layers, losses, models
from keras.utils import to_categorical
x = np.random.rand(60, 5)
y = to_categorical(np.random.randint(0, 3, 60), 3)
model = models.Sequential([layers.Input((5,)), layers.Dense(3)])
model.compile(loss=losses.SparseCategoricalCrossentropy(from_logits=True),  # <- KF304
              metrics=['sparse_categorical_accuracy'])
model.fit(x, y)
""",
        """\
import numpy as np
from keras import layers, losses, models
from keras.utils import to_categorical
x = np.random.rand(60, 5)
y = to_categorical(np.random.randint(0, 3, 60), 3)
model = models.Sequential([layers.Input((5,)), layers.Dense(3)])
model.compile(loss=losses.CategoricalCrossentropy(from_logits=True),
              metrics=['categorical_accuracy'])
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
(x, y), _ = keras.datasets.cifar10.load_data()
x = x / 255
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", metrics=["categorical_accuracy"])  # <- KF304
model.fit(x, y)
""",
        """\
import keras
(x, y), _ = keras.datasets.cifar10.load_data()
x = x / 255
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", metrics=["sparse_categorical_accuracy"])
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
(x, y), _ = keras.datasets.mnist.load_data()
x = x / 255.0
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile(loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1))  # <- KF304
model.fit(x, y)
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
import numpy as np
from keras import layers
model = keras.Sequential([keras.Input((16, 16, 3)), layers.Conv2D(4, 3, padding="same", activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(np.random.rand(8, 16, 16, 3), np.random.randint(0, 4, (8, 16, 16)))
""",
    """\
import keras
import numpy as np
import tensorflow as tf
x, y = np.random.rand(64, 5).astype("float32"), np.random.randint(0, 3, 64)
model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, activation="softmax")])
loss = keras.losses.CategoricalCrossentropy()
print(loss(tf.one_hot(y, 3), model(x)), loss(keras.utils.to_categorical(y), model(x)))
""",
    """\
import keras
from keras.utils import to_categorical
(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
x, x_test = x / 255.0, x_test / 255.0
y = to_categorical(y, 10)
y_test = to_categorical(y_test, 10)
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile(optimizer="adam", loss="categorical_crossentropy")
model.fit(x, y, validation_data=(x_test, y_test))
""",
    """\
import keras
(x, y), _ = keras.datasets.mnist.load_data()
x = x / 255.0
y = keras.utils.to_categorical(y)
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile(loss="categorical_crossentropy", metrics=["categorical_accuracy"])
model.fit(x, y)
""",
    """\
import keras
import numpy as np
from data import load
x, y = load()
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile(loss="categorical_crossentropy")
model.fit(np.asarray(x), np.asarray(y))
""",
    """\
import keras
import numpy as np
x, y = np.random.rand(32, 6, 4), np.random.randint(0, 9, (32, 6))
model = keras.Sequential([keras.Input((6, 4)), keras.layers.Dense(9, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
    """\
import keras
import numpy as np
x, y = np.random.rand(32, 4), np.random.randint(0, 2, (32, 3))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(x, y)
""",
)
