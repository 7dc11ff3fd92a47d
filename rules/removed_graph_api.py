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
from kerasfix.trace.records import UnknownKerasName

rule = Rule(__name__, "KF611", Severity.ERROR, fixable=Fixable.NEVER)


@rule.on(UnknownKerasName)
def check(record: UnknownKerasName, module: Module) -> Iterator[Finding]:
    old = f"{record.module}.{record.name}"
    found = migrations.successor(old, migrations.as_via(record.via))
    if found is not None and found.kind == "graph":
        yield rule.finding(module.span(record.node), f"Keras 3 has no `{old}`: {found.advice}")


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
)
NEAR_MISSES = (
    """\
import tensorflow as tf
with tf.GradientTape() as tape:
    y = tf.constant(1.0)
""",
    """\
import keras
inputs = keras.Input((3,))
print(keras.Function(inputs, inputs + 1))
""",
)
