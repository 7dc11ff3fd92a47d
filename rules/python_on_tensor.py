"""Python's `if`, `for`, `max` or `float` on a symbolic tensor.

## Why is this bad?
Keras traces losses, metrics, layers and `train_step` once, on tensors that have no numbers yet. `if` and `while` need
to know at that time whether a tensor is true, `for` and `sum` how many items it has, `float` its value: TensorFlow
raises `OperatorNotAllowedInGraphError`, JAX and `keras.Input` the like. Functions of `keras.ops` say the same as part
of the model: `where` and `cond` choose, `maximum` compares, `sum` adds up.

With `run_eagerly=True` such code runs, slowly; nothing is reported then.

## Fix safety
Unsafe: `keras.ops.where` works element by element, and computes both sides.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.imports import spell
from kerasfix.syntax.module import Module
from kerasfix.syntax.references import parent
from kerasfix.trace.custom_records import SymbolicAsPython, Wanted

rule = Rule(__name__, "KF408", Severity.ERROR, fixable=Fixable.SOMETIMES)

_WANTED: dict[Wanted, tuple[str, str]] = {
    "truth": ("whether it is true", "choose with `{ops}.where(condition, a, b)`"),
    "items": ("its items one by one", "compute with all of it, as by `{ops}.sum(x, axis=0)`, or take"
              " `{ops}.unstack(x, axis=...)` of an axis of known size"),
    "number": ("its value", "leave it a tensor, and use the functions of `{ops}`"),
    "length": ("its length", "take `{ops}.shape(x)[0]`"),
}  # fmt: skip
_PAIRS = {"max": "maximum", "min": "minimum"}


@rule.on(SymbolicAsPython)
def check(record: SymbolicAsPython, module: Module) -> Iterator[Finding]:
    what, advice = _WANTED[record.wanted]
    if record.function in _PAIRS:
        advice = "use `{ops}." + (
            f"{_PAIRS[record.function]}`" if record.wanted == "truth" else f"{record.function}`"
        )
    asks = f"`{record.function}` asks" if record.function else "Python asks here"
    place = f" in {record.where}" if record.where else ""
    yield rule.finding(
        module.span(record.node),
        f"{asks} a symbolic tensor{place} for {what}, and it has no numbers yet: {advice.format(ops='keras.ops')}",
        fixes=tuple(_fixes(record, module)),
    )


def _fixes(record: SymbolicAsPython, module: Module) -> Iterator[Fix]:
    node = record.node
    if isinstance(node, cst.Call):
        name = _PAIRS.get(record.function) if record.wanted == "truth" and len(node.args) == 2 else None
        if name is not None and not any(argument.keyword or argument.star for argument in node.args):
            ops, imports = spell(module, "keras.ops")
            edits = (replace(module, node.func, f"{ops}.{name}"), *imports)
            yield Fix(f"Use `keras.ops.{name}`", edits, Applicability.UNSAFE)
    around = parent(module, node)
    if record.wanted == "truth" and isinstance(around, cst.IfExp) and around.test is node:
        ops, imports = spell(module, "keras.ops")
        parts = ", ".join(module.code(part) for part in (node, around.body, around.orelse))
        edits = (replace(module, around, f"{ops}.where({parts})"), *imports)
        yield Fix("Use `keras.ops.where`", edits, Applicability.UNSAFE)


EXAMPLES = (
    Example(
        """\
import keras
def floored(y_true, y_pred):
    error = keras.ops.mean(keras.ops.abs(y_true - y_pred))
    if error < 0.1:  # <- KF408
        return error * 0.0
    return error
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss=floored)
"""
    ),
    Example(
        """\
import keras
from keras import ops
def capped(y_true, y_pred):
    error = ops.mean(ops.square(y_true - y_pred))
    return max(error, 1.0) if ops.mean(y_true) > 0 else error  # <- KF408, KF408
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss=capped)
""",
        """\
import keras
from keras import ops
def capped(y_true, y_pred):
    error = ops.mean(ops.square(y_true - y_pred))
    return ops.where(ops.mean(y_true) > 0, ops.maximum(error, 1.0), error)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss=capped)
""",
    ),
    Example(
        """\
import keras
from keras import ops
def spread(y_true, y_pred):
    total = 0.0
    for row in y_pred:  # <- KF408
        total += ops.mean(row)
    return total / len(y_pred)  # <- KF408
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", metrics=[spread])
"""
    ),
    Example(
        """\
import keras
x = keras.Input((4,))
y = keras.layers.Dense(2)(x)
if keras.ops.mean(y) > 0:  # <- KF408
    y = -y
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
def clipped(y_true, y_pred, top=None):
    if top is not None and y_pred.shape[-1] == 1:
        y_pred = keras.ops.clip(y_pred, 0.0, top)
    return keras.ops.where(y_true > 0, abs(y_true - y_pred), 0.0)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss=clipped)
""",
    """\
import keras
def floored(y_true, y_pred):
    error = keras.ops.mean(keras.ops.abs(y_true - y_pred))
    return error if error > 0.1 else error * 0.0
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss=floored, run_eagerly=True)
""",
    """\
import keras
import tensorflow as tf
@tf.function
def floored(y_true, y_pred):
    error = tf.reduce_mean(tf.abs(y_true - y_pred))
    if error > 0.1:
        return error
    return error * 0.0
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss=floored)
""",
    """\
import keras
import numpy as np
def floored(y_true, y_pred):
    error = keras.ops.mean(keras.ops.abs(y_true - y_pred))
    return float(error) if error > 0.1 else 0.0
print(floored(np.ones((3, 1)), np.zeros((3, 1))))
""",
    """\
import keras
class Scale(keras.layers.Layer):
    def call(self, inputs, weights=None, training=None, mask=None):
        if weights is not None and inputs is not weights:
            inputs = inputs * weights
        total = 0.0
        for part in keras.ops.split(inputs, 2, axis=-1):
            total = total + keras.ops.sum(part)
        if training or mask is not None or len(inputs.shape) > 2 or keras.ops.ndim(inputs) > 2:
            return inputs
        return inputs * total
x = keras.Input((4,))
y = Scale()(x, weights=keras.Input((4,)))
""",
)
