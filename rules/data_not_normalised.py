"""Images are given to the training as they are stored, with values from 0 to 255.

## Why is this bad?
Layers start with weights made for inputs around 0 to 1. With 0 to 255 the first outputs are hundreds of times too
large: training is slow, gets stuck, or the loss becomes NaN. Tables with columns of hundreds suffer likewise.

## Fix safety
Training and test images are divided by 255 where they are loaded. The model learns from other numbers than before,
so the fix is unsafe.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Finding, Fix, Note, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import insert_statement_after
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Feed
from kerasfix.trace.values import Array, Model

rule = Rule(__name__, "KF501", Severity.WARNING, fixable=Fixable.SOMETIMES)

_IMAGES = frozenset(f"keras.datasets.{name}" for name in ("mnist", "fashion_mnist", "cifar10", "cifar100"))
_IMAGE_READERS = frozenset({"keras.utils.image_dataset_from_directory", "ImageDataGenerator", "load_img"})
_TOO_LARGE = 30.0
# Layers that bring any input to a common scale, or look it up, or whose doing is not known.
_SCALING = frozenset(
    {"Rescaling", "Normalization", "BatchNormalization", "LayerNormalization", "GroupNormalization",
     "RMSNormalization", "UnitNormalization", "Lambda", "Embedding", "Discretization", "CategoryEncoding", "Hashing",
     "IntegerLookup", "StringLookup", "TextVectorization"}
)  # fmt: skip


@rule.on(Feed)
def check(record: Feed, module: Module) -> Iterator[Finding]:
    if record.method not in {"fit", "train_on_batch"} or record.x is None:
        return
    data = record.x.value
    if not isinstance(data, Array) or data.facts.labels is not None or _scales(record.model):
        return
    facts, code = data.facts, module.code(record.x.node.value)
    name = f"`{code}`" if len(code) < _LONG else "the data"
    source = facts.dataset or facts.raw
    if source is None or data.spec.dtype == "object" or (facts.low is not None and facts.low < 0):
        return
    loader = source.removeprefix("keras.datasets.")
    span = module.span(record.x.node)
    if facts.high == 255 and (source in _IMAGES or source in _IMAGE_READERS):
        what = f"{name} holds the values of `{loader}` from 0 to 255 as they are"
        advice = (
            "divide them by 255"
            if source in _IMAGES
            else "divide them by 255, or put `Rescaling(1 / 255)` in front"
        )
        fixes = tuple(_fixes(module)) if source in _IMAGES else ()
        yield rule.finding(span, f"{what}: {advice}", fixes=fixes)
    elif source in _IMAGES or source in _IMAGE_READERS:
        return
    elif facts.high is not None and facts.high >= _TOO_LARGE and facts.low is not None:
        what = f"{name} holds the values of `{loader}` from {facts.low:g} to {facts.high:g} as they are"
        yield rule.finding(span, f"{what}: {_ADVICE}", severity=Severity.INFO)
    elif facts.high is None and facts.raw is not None:
        origin = data.shaped if data.shaped is not None else data.origin
        notes = (Note("they are picked here", *module.span(origin)),) if origin is not None else ()
        what = f"{name} holds the numbers of `{loader}` as they are"
        yield rule.finding(
            span, f"{what}: unless they are of one scale, {_ADVICE}", severity=Severity.INFO, notes=notes
        )


_ADVICE = "bring the columns to one scale, for example with a `Normalization` layer"
_LONG = 30


def _scales(model: Model) -> bool:
    """Whether a layer of the model takes care of the scale, as far as that can be told."""
    if not model.steps or model.instance is not None:
        return True
    return any(
        step.layer is None or step.layer.instance is not None or step.layer.cls in _SCALING
        for step in model.steps
    )


def _fixes(module: Module) -> Iterator[Fix]:
    """Divide training and test images behind the one place where they are loaded."""
    loads = [
        (statement, assign)
        for statement in (module.tree.body if module.tree is not None else ())
        if isinstance(statement, cst.SimpleStatementLine)
        for assign in statement.body
        if isinstance(assign, cst.Assign) and _is_load(assign.value)
    ]
    if len(loads) != 1:
        return
    names = _images(loads[0][1])
    if not names:
        return
    divided = ", ".join(f"{name} / 255.0" for name in names)
    edit = insert_statement_after(module, loads[0][0], f"{', '.join(names)} = {divided}")
    if edit is not None:
        yield Fix("Divide the images by 255", (edit,), Applicability.UNSAFE)


def _is_load(value: cst.BaseExpression) -> bool:
    return isinstance(value, cst.Call) and (
        (isinstance(value.func, cst.Attribute) and value.func.attr.value == "load_data")
        or (isinstance(value.func, cst.Name) and value.func.value == "load_data")
    )


def _images(assign: cst.Assign) -> list[str]:
    """`x` and `x_test` of `(x, y), (x_test, y_test) = load_data()`."""
    target = assign.targets[0].target
    if len(assign.targets) != 1 or not isinstance(target, cst.Tuple):
        return []
    names: list[str] = []
    for pair in target.elements:
        if not isinstance(pair.value, cst.Tuple) or not pair.value.elements:
            continue
        first = pair.value.elements[0].value
        if isinstance(first, cst.Name) and not first.value.startswith("_"):
            names.append(first.value)
    return names


EXAMPLES = (
    Example(
        """\
import keras
train = keras.utils.image_dataset_from_directory("photos", image_size=(32, 32))
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(5, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(train, epochs=3)  # <- KF501
"""
    ),
    Example(
        """\
import keras
import pandas as pd
from sklearn.model_selection import train_test_split
df = pd.read_csv("table.csv")
x, y = df.drop("price", axis=1).values, df["price"].values
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2)
model = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(x_train, y_train, validation_data=(x_test, y_test))  # <- KF501
"""
    ),
    Example(
        """\
import keras
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
model = keras.Sequential([
    keras.Input((28, 28)),
    keras.layers.Flatten(),
    keras.layers.Dense(10, activation="softmax"),
])
model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train)  # <- KF501
model.evaluate(x_test, y_test)
""",
        """\
import keras
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train, x_test = x_train / 255.0, x_test / 255.0
model = keras.Sequential([
    keras.Input((28, 28)),
    keras.layers.Flatten(),
    keras.layers.Dense(10, activation="softmax"),
])
model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train)
model.evaluate(x_test, y_test)
""",
    ),
    Example(
        """\
from keras.datasets import cifar10
from keras.layers import Conv2D, Dense, Flatten
from keras.models import Sequential
(x, y), _ = cifar10.load_data()
x = x.astype("float32")
model = Sequential([Conv2D(8, 3, activation="relu"), Flatten(), Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)  # <- KF501
""",
        """\
from keras.datasets import cifar10
from keras.layers import Conv2D, Dense, Flatten
from keras.models import Sequential
(x, y), _ = cifar10.load_data()
x = x / 255.0
x = x.astype("float32")
model = Sequential([Conv2D(8, 3, activation="relu"), Flatten(), Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
(x, y), _ = keras.datasets.boston_housing.load_data()
model = keras.Sequential([keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(x, y)  # <- KF501
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
import numpy as np
table = np.loadtxt("table.csv", delimiter=",")
x, y = table[:, 0:8], table[:, 8]
x = (x - x.mean(axis=0)) / x.std(axis=0)
model = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(x, y)
""",
    """\
import keras
import pandas as pd
from sklearn.preprocessing import StandardScaler
df = pd.read_csv("table.csv")
x, y = df.drop("price", axis=1), df["price"]
x = StandardScaler().fit_transform(x)
model = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(x, y)
""",
    """\
import keras
train = keras.utils.image_dataset_from_directory("photos", image_size=(32, 32))
train = train.map(lambda image, label: (image / 255.0, label))
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(5, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(train)
""",
    """\
import keras
train = keras.utils.image_dataset_from_directory("photos", image_size=(32, 32))
base = keras.applications.EfficientNetB0(include_top=False, input_shape=(32, 32, 3), weights=None)
model = keras.Sequential([base, keras.layers.Flatten(), keras.layers.Dense(5, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(train)
""",
    """\
import keras
(x, y), _ = keras.datasets.mnist.load_data()
x = x.reshape(-1, 784).astype("float32") / 255
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
    """\
import keras
(x, y), _ = keras.datasets.mnist.load_data()
model = keras.Sequential([
    keras.layers.Rescaling(1 / 255),
    keras.layers.Flatten(),
    keras.layers.Dense(10, activation="softmax"),
])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
    """\
import keras
(x, y), _ = keras.datasets.mnist.load_data()
x = x.astype("float32")
x -= x.mean()
x /= x.std()
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
    """\
import keras
(x, y), _ = keras.datasets.imdb.load_data(num_words=1000)
x = keras.utils.pad_sequences(x, maxlen=50)
model = keras.Sequential([
    keras.layers.Embedding(1000, 8),
    keras.layers.GlobalAveragePooling1D(),
    keras.layers.Dense(1, activation="sigmoid"),
])
model.compile(loss="binary_crossentropy")
model.fit(x, y)
""",
)
