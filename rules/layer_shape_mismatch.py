"""Shapes that cannot meet in a layer: merged tensors, reshapes, shared layers, sizes that must be known.

## Why is this bad?
Keras raises when the layer is put on its input. The shapes are those that Keras would compute.

## Fix safety
An `Embedding` with given weights can take their sizes as its own. That is unsafe: the weights may be the wrong ones.

## What to do
The message shows both shapes and the notes the lines that they come from. Go back to the first line where a shape is
another one than you think, or look at the whole model by `kerasfix shapes`.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Finding, Fix, Note, Severity
from kerasfix.keras.shape import Reason, TensorSpec, show
from kerasfix.repairs.models import origins, rejected_at
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.module import Module
from kerasfix.trace.custom_records import OperandsClash
from kerasfix.trace.records import LayerRejected, NestedRank
from kerasfix.trace.values import Array, Const, Layer, Sequence

rule = Rule(__name__, "KF205", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(LayerRejected)
def check(record: LayerRejected, module: Module) -> Iterator[Finding]:
    if record.rejected.reason in {Reason.MISMATCH, Reason.CHANNELS, Reason.DTYPE}:
        if record.rejected.stage == "construct":
            yield rule.finding(
                module.span(record.layer.call),
                f"`{record.layer.cls}` refuses this: {record.rejected.message}",
                fixes=tuple(_sizes_of_weights(record.layer, module)),
            )
            return
        shape = show(record.spec.shape) if isinstance(record.spec, TensorSpec) else ""
        given = f" {shape}" if shape not in record.rejected.message else ""
        yield rule.finding(
            module.span(rejected_at(record)),
            f"`{record.layer.cls}` cannot take its input{given}{origins(module, record)}: {record.rejected.message}",
        )


@rule.on(OperandsClash)
def check_operator(record: OperandsClash, module: Module) -> Iterator[Finding]:
    """`x + y` on tensors."""
    left, right = (show(value.spec.shape) for value in (record.left, record.right))
    one, other = record.sizes
    sign = _SIGNS.get(record.operator, record.operator)
    yield rule.finding(
        module.span(record.node),
        f"`{sign}` cannot be done with tensors of {left} and {right}: {one} and {other} differ, and"
        " neither is 1",
        notes=tuple(
            Note(f"{shape} comes from here", *module.span(value.origin))
            for value, shape in ((record.left, left), (record.right, right))
            if value.origin is not None and value.origin in module.spans
        ),
    )


_SIGNS = {
    "Add": "+", "Subtract": "-", "Multiply": "*", "Divide": "/", "FloorDivide": "//", "Modulo": "%", "Power": "**",
    "LessThan": "<", "LessThanEqual": "<=", "GreaterThan": ">", "GreaterThanEqual": ">=",
}  # fmt: skip


def _sizes_of_weights(layer: Layer, module: Module) -> Iterator[Fix]:
    """An `Embedding` of the sizes of the weights that it is given."""
    weights = layer.arguments.get("weights")
    value = weights.value if weights else None
    node = weights.node.value if weights else None
    if isinstance(value, Sequence) and value.items and len(value.items) == 1:
        value, node = value.items[0], node.elements[0].value if isinstance(node, cst.List) else None
    shape = value.spec.shape if isinstance(value, Array) else None
    sizes = [layer.arguments.get(name) for name in ("input_dim", "output_dim")]
    if (
        shape is None
        or len(shape) != 2
        or any(size is None or size.node not in layer.call.args or size.node.star for size in sizes)
    ):
        return
    named = isinstance(node, cst.Name | cst.Attribute)
    edits = []
    for axis, (size, wanted) in enumerate(zip(sizes, shape, strict=True)):
        assert size is not None
        if not (isinstance(size.value, Const) and size.value.value == wanted):
            text = f"{module.code(node)}.shape[{axis}]" if named and node else str(wanted)
            edits.append(replace(module, size.node.value, text))
    if named or all(isinstance(wanted, int) for wanted in shape):
        yield Fix("Take the sizes of the weights", tuple(edits), Applicability.UNSAFE)


@rule.on(NestedRank)
def check_model(record: NestedRank, module: Module) -> Iterator[Finding]:
    """A model called on a tensor of other sizes than its input."""
    declared = record.model.inputs
    if isinstance(declared, TensorSpec) and declared.rank == record.given.rank:
        name = f"`{record.model.name}`" if record.model.name else "The model"
        yield rule.finding(
            module.span(record.node),
            f"{name} takes {show(declared.shape)}, and is called on {show(record.given.shape)}",
        )


EXAMPLES = (
    Example(
        """\
import keras
from keras import layers
a, b = keras.Input((8, 4)), keras.Input((8, 6))
c = a + b  # <- KF205
d = keras.ops.multiply(a, b)  # <- KF205
class Block(layers.Layer):
    def __init__(self, width):
        super().__init__()
        self.dense = layers.Dense(width)
    def call(self, x):
        return x + self.dense(x)  # <- KF205
e = Block(5)(a)
"""
    ),
    Example(
        """\
import keras
from keras import layers
encoder = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(8)])
one, other = keras.Input((28, 28)), keras.Input((32, 28))
a = encoder(one)
b = encoder(other)  # <- KF205
"""
    ),
    Example(
        """\
import keras
from keras import layers
a = keras.Input((8,))
b = keras.Input((4,))
total = layers.Add()([a, b])  # <- KF205
"""
    ),
    Example(
        """\
import keras
from keras import layers
model = keras.Sequential([
    keras.Input((10,)),
    layers.Dense(12),
    layers.Reshape((5, 5)),  # <- KF205
])
"""
    ),
    Example(
        """\
import keras
from keras import layers
model = keras.Sequential([keras.Input((None, 32)), layers.Flatten(), layers.Dense(4)])  # <- KF205
"""
    ),
    Example(
        """\
import keras
import numpy as np
vectors = np.random.rand(5000, 300)
layer = keras.layers.Embedding(4000, 300, weights=[vectors], trainable=False)  # <- KF205
""",
        """\
import keras
import numpy as np
vectors = np.random.rand(5000, 300)
layer = keras.layers.Embedding(vectors.shape[0], 300, weights=[vectors], trainable=False)
""",
    ),
    Example(
        """\
import keras
import numpy as np
layer = keras.layers.Embedding(output_dim=8, input_dim=40, weights=np.zeros((50, 16)))  # <- KF205
""",
        """\
import keras
import numpy as np
layer = keras.layers.Embedding(output_dim=16, input_dim=50, weights=np.zeros((50, 16)))
""",
    ),
    Example(
        """\
import keras
import numpy as np
sizes = {"input_dim": 40}
layer = keras.layers.Embedding(**sizes, output_dim=16, weights=[np.zeros((50, 16))])  # <- KF205
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
from keras import layers
a, b = keras.Input((8, 4)), keras.Input((8, 1))
c = a + b * 2 - keras.Input((None, 4))
class Block(layers.Layer):
    def __init__(self, width):
        super().__init__()
        self.dense = layers.Dense(width)
    def call(self, x):
        return x + self.dense(x)
d = Block(4)(a)
""",
    """\
import keras
from keras import layers
encoder = keras.Sequential([keras.Input((None, 28)), layers.LSTM(8)])
a = encoder(keras.Input((32, 28)))
other = keras.Sequential([keras.Input((16, 28)), layers.LSTM(8)])
b = other(keras.Input((None, 28)))
""",
    """\
import keras
from keras import layers
a = keras.Input((8, 1))
b = keras.Input((1, 4))
total = layers.Add()([a, b])
""",
    """\
import keras
from keras import layers
model = keras.Sequential([keras.Input((10,)), layers.Dense(12), layers.Reshape((3, -1))])
""",
    """\
import keras
import numpy as np
from helpers import words, vectors
table = np.zeros((len(words) + 1, 100))
layer = keras.layers.Embedding(len(words) + 1, 100, weights=[table])
layer = keras.layers.Embedding(50, 100, weights=[np.ones((50, 100))])
layer = keras.layers.Embedding(50, 100, weights=np.ones((50, 100)))
layer = keras.layers.Embedding(50, 100, weights=[vectors])
""",
    """\
import keras
from keras import layers
width = int(input())
a, b = keras.Input((8,)), keras.Input((width,))
total = layers.Add()([a, b])
""",
    """\
import keras
from keras import layers
from helpers import texts
vectorizer = layers.TextVectorization(output_mode="multi_hot")
vectorizer.adapt(texts)
model = keras.Sequential([vectorizer, layers.Dense(4)])
model(texts)
""",
)
