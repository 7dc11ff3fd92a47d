"""The forward pass, or the loss, is not computed under the `GradientTape` that is asked for gradients.

## Why is this bad?
A tape knows what happens between `with tf.GradientTape() as tape:` and the end of that block, and nothing else. If
the model is called before, or the loss is computed behind it, `tape.gradient` gives `None` for every weight, and
`apply_gradients` raises `No gradients provided for any variable`. `model.predict` gives arrays of NumPy, which no
tape can follow: call the model itself.
"""

from collections.abc import Iterator

from kerasfix.finding import Finding, Note, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.custom_records import OutsideTape

rule = Rule(__name__, "KF407", Severity.ERROR, fixable=Fixable.NEVER)

_WHY = {
    "forward": "no model or layer is called inside of the tape's `with`: move the forward pass and the loss there",
    "predict": "the tape cannot follow `predict`, which gives arrays of NumPy: call the model itself, `model(x)`",
    "loss": "it is computed behind the tape's `with`: move it inside",
}


@rule.on(OutsideTape)
def check(record: OutsideTape, module: Module) -> Iterator[Finding]:
    target = record.gradient.args[0].value
    at = record.place if record.fault == "predict" and record.place is not None else record.gradient
    start = module.span(record.tape)[0]
    yield rule.finding(
        module.span(at),
        f"No gradient leads from `{module.code(target)}` to the weights: {_WHY[record.fault]}",
        notes=(Note("the tape begins here", start, module.span(record.tape.items[-1])[1]),),
    )


EXAMPLES = (
    Example(
        """\
import keras
import numpy as np
import tensorflow as tf
x, y = np.random.rand(32, 4), np.random.rand(32, 1)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.SGD()
for epoch in range(3):
    outputs = model(x, training=True)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((outputs - y) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)  # <- KF407
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
"""
    ),
    Example(
        """\
import keras
import tensorflow as tf
class Trained(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, inputs):
        return self.dense(inputs)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            outputs = self(x, training=True)
        loss = keras.ops.mean(keras.losses.mean_squared_error(y, outputs))
        gradients = tape.gradient(loss, self.trainable_variables)  # <- KF407
        self.optimizer.apply(gradients, self.trainable_variables)
        return {"loss": loss}
"""
    ),
    Example(
        """\
import keras
import tensorflow as tf
def step(model: keras.Model, x, y):
    net = keras.Sequential([keras.layers.Dense(1)])
    with tf.GradientTape() as tape:
        outputs = net.predict(x)  # <- KF407
        loss = tf.reduce_mean(tf.square(outputs - y))
    return tape.gradient(loss, net.trainable_weights)
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
import numpy as np
import tensorflow as tf
x, y = np.random.rand(32, 4), np.random.rand(32, 1)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
with tf.GradientTape() as tape:
    outputs = model(x, training=True)
    loss = tf.reduce_mean((outputs - y) ** 2)
gradients = tape.gradient(loss, model.trainable_variables)
""",
    """\
import tensorflow as tf
from losses import forward
from models import build
model = build()
with tf.GradientTape() as tape:
    loss = forward(model)
gradients = tape.gradient(loss, model.trainable_variables)
""",
    """\
import keras
import tensorflow as tf
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
x = tf.Variable(tf.zeros((1, 4)))
with tf.GradientTape() as tape:
    tape.watch(x)
    loss = tf.reduce_mean(x ** 2)
print(tape.gradient(loss, x), tape.gradient(loss, [x]))
""",
    """\
import keras
import tensorflow as tf
def objective(model, x, y):
    return tf.reduce_mean((model(x) - y) ** 2)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
with tf.GradientTape() as tape:
    loss = objective(model, tf.zeros((8, 4)), tf.zeros((8, 1)))
    gradients = tape.gradient(loss, model.trainable_variables)
""",
)
