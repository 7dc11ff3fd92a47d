"""The static graph of Keras 1 and 2: functions, gradients, placeholders, sessions, `Merge`.

## Why is this bad?
Keras 3 builds no graph beforehand: `K.function`, `K.gradients`, `K.placeholder`, `K.learning_phase` and sessions are
gone, and the line stops with an `AttributeError` or `ImportError`. `tf.keras.backend.gradients` is there and raises.
No text can be put in the place of one name, since the code around it has another shape now: the message says which.
"""

from collections.abc import Iterator

from kerasfix.finding import Finding, Severity
from kerasfix.keras import migrations
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import KerasCall, UnknownKerasName
from kerasfix.trace.values import Model, Tensor

rule = Rule(__name__, "KF611", Severity.ERROR, fixable=Fixable.NEVER)


@rule.on(UnknownKerasName)
def check(record: UnknownKerasName, module: Module) -> Iterator[Finding]:
    old = f"{record.module}.{record.name}"
    found = migrations.successor(old, migrations.as_via(record.via))
    if found is not None and found.kind == "graph":
        yield rule.finding(module.span(record.node), f"Keras 3 has no `{old}`: {found.advice}")


@rule.on(KerasCall)
def check_loss(record: KerasCall, module: Module) -> Iterator[Finding]:
    """`model.add_loss(tensor)` on a model that is a graph."""
    owner = record.owner
    if not record.name.endswith(".add_loss") or not isinstance(owner, Model) or owner.instance is not None:
        return
    loss = record.arguments[0].value if record.arguments else None
    if isinstance(loss, Tensor) and not loss.graph:
        message = (
            "`add_loss` takes no symbolic tensor in Keras 3: call `self.add_loss` in the `call` of a layer"
        )
        yield rule.finding(module.span(record.node), message)


EXAMPLES = (
    Example(
        """\
from keras import backend as K
from keras.models import Sequential
model = Sequential()
grads = K.gradients(model.output, model.input)  # <- KF611
f = K.function([model.input, K.learning_phase()], grads)  # <- KF611, KF611
"""
    ),
    Example(
        """\
from keras.layers import Dense, Merge  # <- KF611
from keras.backend import get_session  # <- KF611
print(Dense(3), Merge, get_session())
"""
    ),
    Example(
        """\
import keras
x = keras.Input((3,))
y = keras.layers.Dense(3)(x)
model = keras.Model(x, y)
model.add_loss(keras.ops.mean(keras.ops.square(x - y)))  # <- KF611
"""
    ),
)
NEAR_MISSES = (
    """\
import tensorflow as tf
with tf.GradientTape() as tape:
    y = tf.constant(1.0)
""",
    """\
import keras
class Penalty(keras.layers.Layer):
    def call(self, x):
        self.add_loss(keras.ops.mean(x))
        return x
inputs = keras.Input((3,))
print(keras.Function(inputs, inputs + 1))
""",
)
