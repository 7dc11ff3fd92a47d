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
from kerasfix.keras.shape import TensorSpec
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Feed
from kerasfix.trace.values import Argument, Array, Mapping, Sequence, Value

rule = Rule(__name__, "KF503", Severity.ERROR, fixable=Fixable.NEVER)


@rule.on(Feed)
def check(record: Feed, module: Module) -> Iterator[Finding]:
    if record.x is None:
        return
    x = _samples(record.x.value)
    for argument, several in ((record.x, "inputs"), (record.y, "outputs")):
        found = sorted(_counts(argument.value)) if argument is not None else []
        if argument is not None and len(found) > 1:
            yield rule.finding(
                module.span(argument.node),
                f"The data for the {several} of the model have {found[0]} and {found[-1]} samples: `{record.method}`"
                " needs as many for each",
            )
    weight = record.weights.get("sample_weight")
    for argument, what in ((record.y, "label"), (weight, "weight")):
        count = _samples(argument.value) if argument is not None else None
        if argument is not None and x is not None and count not in {None, x}:
            data, other = _name(record.x, "the data", module), _name(argument, f"the {what} array", module)
            yield rule.finding(
                module.span(argument.node),
                f"{data} has {x} samples, but {other} has {count}: `{record.method}` needs one {what} for each sample",
            )
    counts = [_samples(part) for part in record.validation]
    known = {count for count in counts if count is not None}
    if len(known) > 1 and record.validation_node is not None:
        yield rule.finding(
            module.span(record.validation_node),
            f"The validation data have {counts[0]} samples, but their labels or weights are for"
            f" {next(count for count in counts[1:] if count not in {None, counts[0]})}",
        )


def _name(argument: Argument, what: str, module: Module) -> str:
    code = module.code(argument.node.value)
    return f"`{code}`" if len(code) <= 40 and "\n" not in code else what


def _samples(value: Value) -> int | None:
    """How many samples there are; None where that is not known, or not the same for all inputs."""
    counts = _counts(value)
    return next(iter(counts)) if len(counts) == 1 else None


def _counts(value: Value) -> set[int]:
    """The known numbers of samples of an array, or of the arrays in a list or dict."""
    match value:
        case Sequence(kind="list" | "tuple", items=list(items)):
            return {count for item in items if isinstance(item, Array) for count in _counts(item)}
        case Mapping(items=dict(items)):
            return {count for item in items.values() if isinstance(item, Array) for count in _counts(item)}
        case Array(spec=TensorSpec(shape=(int(count), *_))):
            return {count}
    return set()


EXAMPLES = (
    Example(
        """\
import keras
import numpy as np
a, b = keras.Input((4,)), keras.Input((3,))
model = keras.Model([a, b], keras.layers.Dense(1)(keras.layers.Concatenate()([a, b])))
model.compile(loss="mse")
one, other = np.random.rand(60, 4), np.random.rand(50, 3)
model.fit([one, other], np.ones(60))  # <- KF503
model.fit([one[:50], other], np.ones(60))  # <- KF503
"""
    ),
    Example(
        """\
import keras
import numpy as np
x, y, weights = np.random.rand(100, 4), np.random.rand(100), np.random.rand(80)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(x, y, sample_weight=weights)  # <- KF503
model.fit(x[:80], y[:80], validation_data=(x[80:], y[:80]))  # <- KF503
"""
    ),
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
a, b = keras.Input((4,)), keras.Input((3,))
model = keras.Model([a, b], keras.layers.Dense(1)(keras.layers.Concatenate()([a, b])))
model.compile(loss="mse")
one, other = np.random.rand(60, 4), np.random.rand(50, 3)
model.fit([one[:50], other], np.ones(50))
model.predict([one[:1], other[:1]])
""",
    """\
import keras
import numpy as np
x, y, weights = np.random.rand(100, 4), np.random.rand(100), np.random.rand(100)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(x[:80], y[:80], sample_weight=weights[:80], validation_data=(x[80:], y[80:], weights[80:]))
""",
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
