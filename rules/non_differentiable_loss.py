"""No gradient gets through the loss: `argmax`, `round`, a comparison or a cast to integers stands in the way.

## Why is this bad?
Training follows the gradient of the loss with respect to the outputs. Functions that jump from one value to the next
have none. If all of a loss goes through such a function, `fit` raises `No gradients provided for any variable`, or
(with `sign`) the weights never change. Accuracy, F1 and the like count hits and cannot be used as a loss for this
reason; a smooth stand-in, such as a cross-entropy, or the same formula on the probabilities themselves, can.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Finding, Note, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.custom_records import NoGradient

rule = Rule(__name__, "KF403", Severity.ERROR, fixable=Fixable.NEVER)

_INSTEAD = {
    "argmax": "compare the probabilities themselves",
    "argmin": "compare the values themselves",
    "a comparison": "use a smooth function, such as `sigmoid`",
    "cast": "stay with floats",
    "stop_gradient": "leave it out",
}


@rule.on(NoGradient)
def check(record: NoGradient, module: Module) -> Iterator[Finding]:
    used = (Note("here it is used as the loss", *module.span(record.compile.node)),)
    subject = record.name[0].upper() + record.name[1:]
    result = "`fit` raises `No gradients provided`" if record.only else "this output learns nothing"
    if record.cuts:
        node, name = record.cuts[0]
        what = f"`{name}`" if " " not in name else name
        advice = _INSTEAD.get(name, "leave the values as they are")
        yield rule.finding(
            module.span(node),
            f"{what[0].upper() + what[1:]} has no gradient, and all of {record.name} goes through it, so that"
            f" {result if name != 'sign' else 'the weights never change'}: {advice}",
            notes=used,
            severity=None if record.only else Severity.WARNING,
        )
    elif record.function is None:
        given = record.compile.arguments["loss"].node
        yield rule.finding(
            module.span(given),
            f"{subject} counts, and has no gradient to learn by: {result}; use a loss of Keras",
        )
    else:
        at = record.function.node
        yield rule.finding(
            module.span(at.name if isinstance(at, cst.FunctionDef) else at),
            f"{subject} does not depend on the model's output: {result}",
            notes=used,
            severity=None if record.only else Severity.WARNING,
        )


EXAMPLES = (
    Example(
        """\
import keras
from keras import ops
def misses(y_true, y_pred):
    picked = ops.argmax(y_pred, axis=-1)  # <- KF403
    return ops.mean(ops.cast(picked, "float32") - y_true)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
model.compile(loss=misses)
"""
    ),
    Example(
        """\
import tensorflow as tf
def f1_loss(y_true, y_pred):
    hits = tf.reduce_sum(y_true * tf.round(y_pred))  # <- KF403
    return 1 - hits / (tf.reduce_sum(tf.round(y_pred)) + 1e-7)
model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss=f1_loss)
"""
    ),
    Example(
        """\
import keras
from keras import ops
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss=lambda y, p: ops.mean(ops.cast(p > 0.5, "float32") - y))  # <- KF403
"""
    ),
    Example(
        """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss=keras.metrics.binary_accuracy)  # <- KF403
"""
    ),
    Example(
        """\
import keras
from keras import ops
def spread(y_true, y_pred):  # <- KF403
    return ops.mean(ops.square(y_true))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss=spread)
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
class Penalty(keras.layers.Layer):
    def call(self, inputs):
        self.add_loss(keras.ops.mean(keras.ops.square(inputs)))
        return inputs
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1), Penalty()])
model.compile(loss=lambda y_true, y_pred: 0.0)
model.compile(loss=lambda y_true, y_pred: keras.ops.mean(keras.ops.zeros_like(y_true)))
""",
    """\
import keras
from keras import ops
def masked(y_true, y_pred):
    mask = ops.cast(y_true > 0, "float32") * ops.cast(y_pred > 0, "float32")
    return ops.sum(mask * ops.square(y_true - y_pred)) / ops.cast(ops.shape(y_pred)[0], "float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss=masked)
""",
    """\
import keras
from keras import ops
def hits(y_true, y_pred):
    return ops.mean(ops.cast(ops.equal(y_true, ops.round(y_pred)), "float32"))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", metrics=[hits])
""",
    """\
import keras
from keras import ops
def huber(y_true, y_pred):
    error = y_true - y_pred
    return ops.mean(ops.where(ops.abs(error) < 1.0, 0.5 * error ** 2, ops.abs(error) - 0.5))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss=huber)
""",
    """\
import keras
from keras import ops
from losses import distance
def custom(y_true, y_pred):
    return distance(y_true, ops.round(y_pred))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss=custom)
""",
    """\
import keras
from keras import ops
def weighted(y_true, y_pred):
    weights = ops.stop_gradient(ops.abs(y_true - y_pred))
    return ops.mean(weights * keras.losses.mean_squared_error(y_true, y_pred))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss=weighted)
""",
)
