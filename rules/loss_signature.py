"""A custom loss or metric does not take `(y_true, y_pred)`, or gives nothing back.

## Why is this bad?
Keras calls a loss with the labels and the outputs of one batch, and needs the value that it returns. A function with
other parameters raises `TypeError` in `fit`, and so does a function that only *makes* the loss and is given without
being called. A metric that is a class gets `sample_weight=` too. A function without `return` raises
`ValueError: None values not supported`.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Finding, Note, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.custom_records import LossSignature

rule = Rule(__name__, "KF405", Severity.ERROR, fixable=Fixable.NEVER)


@rule.on(LossSignature)
def check(record: LossSignature, module: Module) -> Iterator[Finding]:
    node = record.function.node
    subject = record.name[0].upper() + record.name[1:]
    if record.fault == "factory":
        why = f"{subject} only makes the function that Keras needs: give what it returns,"
        why += f" `{record.function.name}(...)`"
    elif record.fault == "nothing":
        why = f"{subject} returns nothing, so that `fit` raises: end it with `return`"
    else:
        why = f"{subject} takes `({module.code(node.params)})`, but Keras calls it with `{record.called}`"
    yield rule.finding(
        module.span(node.name if isinstance(node, cst.FunctionDef) else node),
        why,
        notes=(Note("here it is given to Keras", *module.span(record.compile.node)),),
    )


EXAMPLES = (
    Example(
        """\
import keras
def weighted(y_true, y_pred, weights):  # <- KF405
    return keras.ops.mean(weights * keras.ops.square(y_true - y_pred))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss=weighted, metrics=[lambda y_true: y_true])  # <- KF405
"""
    ),
    Example(
        """\
import keras
def huber_with(delta):  # <- KF405
    def loss(y_true, y_pred):
        return keras.losses.huber(y_true, y_pred, delta)
    return loss
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss=huber_with)
"""
    ),
    Example(
        """\
from tensorflow import keras
def rmse(y_true, y_pred):  # <- KF405
    error = keras.ops.sqrt(keras.ops.mean(keras.ops.square(y_true - y_pred)))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", metrics=[rmse])
"""
    ),
    Example(
        """\
import keras
class Total(keras.metrics.Metric):
    def __init__(self):
        super().__init__()
        self.total = self.add_weight(shape=(), name="total")

    def update_state(self, y_true, y_pred):  # <- KF405
        self.total.assign_add(keras.ops.sum(y_pred))

    def result(self):
        return self.total
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", metrics=[Total()])
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
def scaled(labels, outputs, factor=2.0, *rest, **more):
    return factor * keras.ops.mean(keras.ops.square(labels - outputs))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss=scaled)
""",
    """\
import functools
import keras
def weighted(y_true, y_pred, weight):
    return weight * keras.ops.mean(keras.ops.square(y_true - y_pred))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss=functools.partial(weighted, weight=2.0))
""",
    """\
import keras
def huber_with(delta):
    def loss(y_true, y_pred):
        return keras.losses.huber(y_true, y_pred, delta)
    return loss
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss=huber_with(0.5))
""",
    """\
import keras
class Objectives:
    def distance(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred))

    @staticmethod
    def error(y_true, y_pred):
        return keras.ops.mean(keras.ops.square(y_true - y_pred))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss=Objectives().distance, metrics=[Objectives.error])
""",
    """\
import keras
def later(y_true, y_pred):
    raise NotImplementedError
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", metrics=[later])
""",
)
