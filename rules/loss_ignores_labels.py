"""A custom loss whose value does not depend on the labels.

## Why is this bad?
The model is trained towards the same thing whatever the right answers are. The loss may well go down; nothing of
the task is learned, and Keras does not say a word.

## What to do
Use `y_true` in the value that is returned, or take a loss of `keras.losses`. Where a loss of the output alone is meant,
as a penalty beside another loss, `self.add_loss` of a layer says so.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Finding, Note, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.custom_records import LabelsIgnored

rule = Rule(__name__, "KF402", Severity.WARNING, fixable=Fixable.NEVER)


@rule.on(LabelsIgnored)
def check(record: LabelsIgnored, module: Module) -> Iterator[Finding]:
    function = record.function
    node: cst.CSTNode = function.node.name if isinstance(function.node, cst.FunctionDef) else function.node
    yield rule.finding(
        module.span(node),
        f"The loss `{function.name}` does not depend on `{record.parameter}`: its value is the same whatever the"
        " right answers are, so the model cannot learn them",
        notes=(Note("here it is used as the loss", *module.span(record.compile.node)),),
    )


EXAMPLES = (
    Example(
        """\
import keras
def custom_loss(y_true, y_pred):  # <- KF402
    return 10 / (1 + keras.ops.exp(100 * y_pred))
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss=custom_loss)
"""
    ),
    Example(
        """\
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss=lambda y_true, y_pred: keras.ops.mean(y_pred ** 2))  # <- KF402
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
labels, inputs = keras.Input((3,)), keras.Input((4,))
outputs = keras.layers.Dense(3, activation="softmax")(inputs)
loss = keras.layers.Lambda(lambda pair: keras.losses.categorical_crossentropy(*pair), output_shape=())(
    [labels, outputs])
model = keras.Model([inputs, labels], loss)
model.compile(loss=lambda y_true, y_pred: y_pred)
""",
    """\
import keras
def custom_loss(y_true, y_pred):
    error = y_true - y_pred
    return keras.ops.mean(keras.ops.square(error))
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss=custom_loss)
""",
    """\
import keras
from losses import distance
def custom_loss(y_true, y_pred):
    return distance(y_pred)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss=custom_loss)
""",
    """\
import keras
def custom_loss(labels, output):
    mask = labels > 0
    return keras.ops.mean(keras.ops.where(mask, output, 0.0))
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss=custom_loss)
""",
)
