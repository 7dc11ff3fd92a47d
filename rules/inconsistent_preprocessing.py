"""Training data and test data are not brought to the same scale.

## Why is this bad?
A model expects the numbers that it was trained on. Images divided by 255 for training and given as 0 to 255 later
are a different world to it: validation looks terrible although training went well. A scaler that is fitted again on
the test data subtracts other means, so the same flower gets other numbers. And class labels are names, not
quantities: divided by 255 they all become 0.

## Fix safety
The other data are divided too, `transform` takes the place of the second `fit_transform`, or the division of the
labels goes. The script measures something else then, so the fix is unsafe.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Finding, Fix, Note, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace, wrap
from kerasfix.syntax.module import Module
from kerasfix.trace.data_records import FittedAgain, ScaledLabels, UnevenData

rule = Rule(__name__, "KF502", Severity.WARNING, fixable=Fixable.SOMETIMES)


@rule.on(UnevenData)
def check_range(record: UnevenData, module: Module) -> Iterator[Finding]:
    name = module.code(record.node)
    one, other = record.trained.facts, record.given.facts
    ratio = _ratio(one.high, other.high)
    fixes: tuple[Fix, ...] = ()
    if ratio is not None and isinstance(record.node, cst.Name):
        edits = wrap(module, record.node, "", f" / {ratio}")
        fixes = (Fix(f"Divide `{name}` by {ratio}", edits, Applicability.UNSAFE),)
    yield rule.finding(
        module.span(record.node),
        f"`{name}` goes from {other.low:g} to {other.high:g}, but the model was trained on numbers from {one.low:g} to"
        f" {one.high:g} ({module.place(record.fit)}): scale both alike",
        fixes=fixes,
        notes=(Note("the model is trained here", *module.span(record.fit)),),
    )


def _ratio(trained: float | None, given: float | None) -> str | None:
    """By what to divide, where that is a round number."""
    if not trained or not given:
        return None
    ratio = given / trained
    return f"{ratio:.1f}" if ratio > 1 and abs(ratio - round(ratio)) < 1e-9 else None


@rule.on(FittedAgain)
def check_scaler(record: FittedAgain, module: Module) -> Iterator[Finding]:
    assert isinstance(record.node.func, cst.Attribute)
    method = record.node.func.attr
    scaler = module.code(record.node.func.value)
    fixes: tuple[Fix, ...] = ()
    if method.value == "fit_transform":
        edit = replace(module, method, "transform")
        fixes = (Fix("Use `transform`, with the scale of the training data", (edit,), Applicability.UNSAFE),)
    yield rule.finding(
        module.span(record.node),
        f"`{scaler}` is fitted a second time, so that training and test data are scaled differently: use `transform`"
        " here",
        fixes=fixes,
        notes=(Note("it is fitted here first", *module.span(record.first)),),
    )


@rule.on(ScaledLabels)
def check_labels(record: ScaledLabels, module: Module) -> Iterator[Finding]:
    facts = record.data.facts
    origin = record.data.origin
    yield rule.finding(
        module.span(record.node),
        f"The labels of `{(facts.dataset or '').rpartition('.')[2]}` have been scaled, to {facts.low:g} to"
        f" {facts.high:g}: they are class numbers, leave them as they are",
        notes=() if origin is None else (Note("they are scaled here", *module.span(origin)),),
    )


EXAMPLES = (
    Example(
        """\
import keras
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train = x_train / 255.0
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, validation_data=(x_test, y_test))  # <- KF502
model.evaluate(x_test, y_test)  # <- KF502
""",
        """\
import keras
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train = x_train / 255.0
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, validation_data=(x_test / 255.0, y_test))
model.evaluate(x_test / 255.0, y_test)
""",
    ),
    Example(
        """\
import keras
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
x, y = load_breast_cancer(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y)
scaler = StandardScaler()
x_train = scaler.fit_transform(x_train)
x_test = scaler.fit_transform(x_test)  # <- KF502
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(x_train, y_train)
""",
        """\
import keras
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
x, y = load_breast_cancer(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y)
scaler = StandardScaler()
x_train = scaler.fit_transform(x_train)
x_test = scaler.transform(x_test)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(x_train, y_train)
""",
    ),
    Example(
        """\
import keras
(x, y), _ = keras.datasets.mnist.load_data()
x, y = x / 255.0, y / 255.0
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)  # <- KF502
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train, x_test = x_train / 255.0, x_test / 255.0
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, validation_data=(x_test, y_test))
model.predict(x_test[:1])
""",
    """\
import keras
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train = (x_train - x_train.mean()) / x_train.std()
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train)
model.evaluate((x_test - 33.3) / 78.6, y_test)
""",
    """\
import keras
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
x, y = load_diabetes(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y)
scaler, targets = StandardScaler(), StandardScaler()
x_train, x_test = scaler.fit_transform(x_train), scaler.transform(x_test)
y_train = targets.fit_transform(y_train.reshape(-1, 1))
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(x_train, y_train)
""",
)
