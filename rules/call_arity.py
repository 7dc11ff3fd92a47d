"""A layer is called with the wrong number or structure of inputs.

## Why is this bad?
A merge layer takes a list of tensors, `Attention` a list of two or three, `Dense` a single one: Keras raises
otherwise.

## What to do
Put brackets around the tensors of a merge layer: `Add()([a, b])`. Where a layer that takes one tensor gets a list, name
the one that is meant, or merge the list first.
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
)
NEAR_MISSES = (
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
