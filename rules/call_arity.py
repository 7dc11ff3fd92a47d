"""A layer is called with the wrong number or structure of inputs, or where it cannot stand.

## Why is this bad?
A merge layer takes a list of tensors, `Attention` a list of two or three, `Dense` a single one: Keras raises
otherwise. `Equalization` gives a symbolic tensor back as it is, which a model takes for a cycle.

## What to do
Put brackets around the tensors of a merge layer: `Add()([a, b])`. Where a layer that takes one tensor gets a list, name
the one that is meant, or merge the list first. Call `Equalization` on the data, as in `dataset.map`: as the first layer
of a model Keras takes it, and leaves it out.
"""

from collections.abc import Iterator

from kerasfix.finding import Finding, Severity
from kerasfix.keras.shape import Reason
from kerasfix.repairs.models import origins, rejected_at
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import LayerRejected

rule = Rule(__name__, "KF211", Severity.ERROR, fixable=Fixable.NEVER)


@rule.on(LayerRejected)
def check(record: LayerRejected, module: Module) -> Iterator[Finding]:
    if record.rejected.reason is Reason.ARITY:
        yield rule.finding(
            module.span(rejected_at(record)),
            f"`{record.layer.cls}` is called in the wrong way: {record.rejected.message}{origins(module, record)}",
        )
    elif record.rejected.reason is Reason.CYCLE:
        yield rule.finding(
            module.span(rejected_at(record)),
            f"`{record.layer.cls}` cannot stand here: {record.rejected.message}; call it on the data, "
            "as in `dataset.map`",
        )


EXAMPLES = (
    Example(
        """\
import keras
x = keras.Input((4,))
y = keras.layers.Concatenate()(x)  # <- KF211
"""
    ),
    Example(
        """\
import keras
a, b = keras.Input((4,)), keras.Input((4,))
y = keras.layers.Dense(2)([a, b])  # <- KF211
"""
    ),
    Example(
        """\
import keras
from keras import layers
model = keras.Sequential([
    keras.Input((8, 8, 3)),
    layers.Rescaling(255.0),
    layers.Equalization(),  # <- KF211
    layers.Conv2D(4, 3),
])
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
from keras import layers
model = keras.Sequential([keras.Input((8, 8, 3)), layers.Equalization(), layers.Conv2D(4, 3)])
x = layers.Rescaling(255.0)(keras.Input((8, 8, 3)))
y = layers.Conv2D(4, 3)(layers.Equalization(dtype="float16")(x))
head = keras.Model(x, y)
""",
    """\
import keras
a, b = keras.Input((4,)), keras.Input((4,))
y = keras.layers.Dense(2)(keras.layers.Concatenate()([a, b]))
""",
    """\
import keras
from parts import tensors, names
y = keras.layers.Concatenate()(tensors)
x = keras.Input((4,))
branches = [keras.layers.Dense(3)(x) for name in names]
y = keras.layers.Concatenate()(branches)
y = keras.layers.Attention()(list({name: branches for name in names}.values()))
""",
    """\
import keras
import numpy as np
cell = keras.layers.LSTMCell(4)
x, *states = keras.layers.RNN(cell, return_state=True)(np.random.rand(8, 5, 3))
for step in range(3):
    x, states = cell(np.ones((8, 3)), states=states, training=False)
""",
)
