"""A size that is a float or a NumPy integer where Keras takes a Python integer.

## Why is this bad?
`Dense(64 / 2)` gets `32.0`, and `Dense(np.max(labels) + 1)` a NumPy integer: Keras raises in both cases, for most
layers.

## Fix safety
`int(...)` gives the same number as the integer it stands for. Offered only where the value is known to be whole.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Finding, Fix, Severity
from kerasfix.keras.layers import NumpyInteger
from kerasfix.keras.shape import Reason
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace, wrap
from kerasfix.syntax.module import Module
from kerasfix.trace.records import LayerRejected
from kerasfix.trace.rejections import refused_whole_number

rule = Rule(__name__, "KF210", Severity.ERROR, fixable=Fixable.ALWAYS)


@rule.on(LayerRejected)
def check(record: LayerRejected, module: Module) -> Iterator[Finding]:
    refused = refused_whole_number(record)
    if record.rejected.reason is not Reason.ARGUMENT or refused is None:
        return
    name, value, argument = refused
    node = argument.node.value
    kind = "a NumPy integer" if isinstance(value, NumpyInteger) else f"the float {value}"
    literal = isinstance(node, cst.Float)
    edits = (replace(module, node, str(int(value))),) if literal else wrap(module, node, "int(", ")")
    yield rule.finding(
        module.span(node),
        f"`{name}` of `{record.layer.cls}` must be a Python integer, and `{module.code(node)}` is {kind}:"
        f" write `int({module.code(node)})`",
        fixes=(Fix("Make it a Python integer", edits),),
    )


EXAMPLES = (
    Example(
        """\
import keras
width = 64
layer = keras.layers.Dense(width / 2)  # <- KF210
""",
        """\
import keras
width = 64
layer = keras.layers.Dense(int(width / 2))
""",
    ),
    Example(
        """\
import keras
import numpy as np
(x, y), _ = keras.datasets.reuters.load_data(num_words=100)
classes = np.max([3, 5]) + 1
layer = keras.layers.Dense(units=classes, activation="softmax")  # <- KF210
""",
        """\
import keras
import numpy as np
(x, y), _ = keras.datasets.reuters.load_data(num_words=100)
classes = np.max([3, 5]) + 1
layer = keras.layers.Dense(units=int(classes), activation="softmax")
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
layer = keras.layers.Dense(64 // 2)
""",
    """\
import keras
layer = keras.layers.Dropout(1 / 2)
""",
    """\
import keras
import numpy as np
layer = keras.layers.Dense(int(np.max([3, 5]) + 1))
""",
)
