"""A function of TensorFlow or NumPy is applied to a symbolic tensor of Keras.

## Why is this bad?
What `keras.Input` and layers give while a model is put together is a `KerasTensor`: a shape and a dtype, without
numbers. `tf.*` and `np.*` compute with numbers and raise `ValueError: A KerasTensor cannot be used as input to a
TensorFlow function`. So do the functions of `tensorflow.keras.backend` that Keras itself no longer has, as in the
loss of an old variational autoencoder. `keras.ops` has the same functions for tensors of all kinds. Inside of the
`call` of a layer, a `Lambda` or a loss `tf.*` is fine: there Keras hands over tensors of TensorFlow. `get_shape()`,
`numpy()` and `layer.output_shape` went with Keras 3.

## Fix safety
Safe where `keras.ops` has a function that gives the same numbers for the same arguments, and for `get_shape()` and
`layer.output_shape`, which are `shape` and `layer.output.shape` now; unsafe where defaults differ. The call raises
as it stands.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Edit, Finding, Fix, Note, Severity
from kerasfix.keras import migrations
from kerasfix.keras.old_backend import SHAPE_OF_A_GRAPH, Function
from kerasfix.keras.shape import show
from kerasfix.keras.tensorflow_functions import FUNCTIONS
from kerasfix.repairs.forms import rewrite_call
from kerasfix.repairs.ops import rewrite_numpy
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.module import Module
from kerasfix.syntax.references import parent
from kerasfix.trace.custom_records import GoneAttribute, OnKerasTensor
from kerasfix.trace.values import Tensor

rule = Rule(__name__, "KF404", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(OnKerasTensor)
def check_function(record: OnKerasTensor, module: Module) -> Iterator[Finding]:
    fix = _fix(record, module)
    shown = module.code(record.node.func)
    advice = (
        f"use `{fix.title.removeprefix('Use ').strip('`')}`"
        if fix is not None
        else "put the call into a `Lambda` layer"
    )
    shape = f" of shape {show(record.tensor.spec.shape)}" if record.tensor.spec.shape is not None else ""
    origin = record.tensor.origin
    yield rule.finding(
        module.span(record.node),
        f"`{shown}` gets a symbolic tensor{shape}, which has no numbers to compute with: {advice}",
        fixes=(fix,) if fix is not None else (),
        notes=(Note("the tensor comes from here", *module.span(origin)),) if origin is not None else (),
    )


def _fix(record: OnKerasTensor, module: Module) -> Fix | None:
    library, _, name = record.function.partition(".")
    if library == "numpy":
        return rewrite_numpy(name, record.node, module)
    if record.function == "keras.backend.shape":
        function: Function | None = SHAPE_OF_A_GRAPH
    elif library == "keras":
        function = migrations.function(record.function)
    else:
        function = FUNCTIONS.get(name)
    edits = rewrite_call(module, record.node, function) if function is not None else None
    if function is None or not edits:
        return None
    level = Applicability.SAFE if function.safe else Applicability.UNSAFE
    return Fix(f"Use `{function.target}`", edits, level)


@rule.on(GoneAttribute)
def check_attribute(record: GoneAttribute, module: Module) -> Iterator[Finding]:
    owner = module.code(record.node.value)
    what = (
        "Symbolic tensors have" if isinstance(record.owner, Tensor) else f"`{record.owner.cls}` layers have"
    )
    new, edits = _without(record, module)
    yield rule.finding(
        module.span(record.node.attr),
        f"{what} no `{record.name}` in Keras 3: "
        + (f"write `{new}`" if new else f"there are no numbers in `{owner}`"),
        fixes=(Fix(f"Write `{new}`", edits),) if new else (),
    )


def _without(record: GoneAttribute, module: Module) -> tuple[str, tuple[Edit, ...]]:
    """What to write in the place of an attribute; empty where there is nothing."""
    owner = module.code(record.node.value)
    if record.name in {"input_shape", "output_shape"}:
        new = f"{owner}.{record.name.removesuffix('_shape')}.shape"
        return new, (replace(module, record.node, new),)
    call = parent(module, record.node)
    if record.name != "get_shape" or not isinstance(call, cst.Call):
        return "", ()
    new = f"{owner}.shape"
    match above := parent(module, call):
        case cst.Attribute(attr=cst.Name(value="as_list" | "ndims" | "rank" as name)):
            listed = parent(module, above)
            if name == "as_list" and isinstance(listed, cst.Call):
                return f"list({new})", (replace(module, listed, f"list({new})"),)
            if name != "as_list":
                return f"len({new})", (replace(module, above, f"len({new})"),)
    return new, (replace(module, call, new),)


EXAMPLES = (
    Example(
        """\
from tensorflow import keras
from tensorflow.keras import backend as K
image = keras.Input((4,))
mean, spread = keras.layers.Dense(2)(image), keras.layers.Dense(2)(image)
loss = 1 + spread - K.square(mean) - K.exp(spread)  # <- KF404, KF404
total = K.sum(loss, axis=-1)  # <- KF404
""",
        """\
from tensorflow import keras
image = keras.Input((4,))
mean, spread = keras.layers.Dense(2)(image), keras.layers.Dense(2)(image)
loss = 1 + spread - keras.ops.square(mean) - keras.ops.exp(spread)
total = keras.ops.sum(loss, axis=-1)
""",
    ),
    Example(
        """\
import tensorflow as tf
from tensorflow.keras import layers
inputs = tf.keras.Input((8, 4))
x = layers.Dense(16, activation="relu")(inputs)
x = tf.reduce_mean(x, axis=1)  # <- KF404
x = tf.concat([x, x], axis=-1)  # <- KF404
outputs = layers.Dense(1)(x)
model = tf.keras.Model(inputs, outputs)
model.compile(loss="mse")
""",
        """\
import tensorflow as tf
from tensorflow.keras import layers, ops
inputs = tf.keras.Input((8, 4))
x = layers.Dense(16, activation="relu")(inputs)
x = ops.mean(x, axis=1)
x = ops.concatenate([x, x], axis=-1)
outputs = layers.Dense(1)(x)
model = tf.keras.Model(inputs, outputs)
model.compile(loss="mse")
""",
    ),
    Example(
        """\
import keras
import numpy as np
inputs = keras.Input((8,))
x = keras.layers.Dense(4)(inputs)
x = np.exp(x)  # <- KF404
outputs = keras.layers.Dense(1)(np.expand_dims(x, 1))  # <- KF404
model = keras.Model(inputs, outputs)
""",
        """\
import keras
import numpy as np
inputs = keras.Input((8,))
x = keras.layers.Dense(4)(inputs)
x = keras.ops.exp(x)
outputs = keras.layers.Dense(1)(keras.ops.expand_dims(x, 1))
model = keras.Model(inputs, outputs)
""",
    ),
    Example(
        """\
from keras.layers import Dense, Input, Reshape
from keras.models import Model
inputs = Input((8, 4))
dense = Dense(6)
x = dense(inputs)
rank = x.get_shape().ndims  # <- KF404
rows, columns = x.get_shape().as_list()[1:]  # <- KF404
print(rank, dense.output_shape)  # <- KF404
model = Model(inputs, Reshape((columns, rows))(x))
""",
        """\
from keras.layers import Dense, Input, Reshape
from keras.models import Model
inputs = Input((8, 4))
dense = Dense(6)
x = dense(inputs)
rank = len(x.shape)
rows, columns = list(x.shape)[1:]
print(rank, dense.output.shape)
model = Model(inputs, Reshape((columns, rows))(x))
""",
    ),
    Example(
        """\
import keras
def spread(y_true, y_pred):
    return y_pred.numpy().std()  # <- KF404
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", metrics=[spread])
"""
    ),
    Example(
        """\
import keras
import tensorflow as tf
inputs = keras.Input((32, 32, 3))
x = tf.image.adjust_contrast(inputs, 2.0)  # <- KF404
print(x.numpy())  # <- KF404
"""
    ),
    Example(
        """\
import keras
import tensorflow as tf
inputs = keras.Input((32, 32, 3))
x = tf.image.resize(inputs, (16, 16))  # <- KF404
outputs = keras.layers.Conv2D(3, 1)(x)
""",
        """\
import keras
inputs = keras.Input((32, 32, 3))
x = keras.ops.image.resize(inputs, (16, 16))
outputs = keras.layers.Conv2D(3, 1)(x)
""",
    ),
)
NEAR_MISSES = (
    """\
from tensorflow import keras
from tensorflow.keras import backend as K
image = keras.Input((4,))
print(K.int_shape(image), K.is_keras_tensor(image), K.epsilon())
squares = keras.layers.Lambda(lambda x: K.square(x), output_shape=(4,))(image)
def loss(y_true, y_pred):
    return K.mean(K.square(y_true - y_pred), axis=-1)
""",
    """\
import keras
def spread(y_true, y_pred):
    return y_pred.numpy().std()
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", metrics=[spread], run_eagerly=True)
""",
    """\
import keras
import tensorflow as tf
class Mean(keras.layers.Layer):
    def call(self, inputs):
        return tf.reduce_mean(inputs, axis=1) + inputs.get_shape()[-1]
inputs = keras.Input((8, 4))
x = Mean()(inputs)
x = keras.layers.Lambda(lambda t: tf.exp(t))(x)
model = keras.Model(inputs, keras.layers.Dense(1)(x))
""",
    """\
import keras
import numpy as np
import tensorflow as tf
inputs = keras.Input((8, 4))
x = inputs * tf.constant(2.0) + np.pi
print(np.shape(x), np.ndim(x), tf.is_tensor(x))
tf.print(x)
model = keras.Model(inputs, keras.layers.Dense(np.prod((2, 2)).item())(x))
""",
    """\
import keras
import numpy as np
import tensorflow as tf
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
outputs = model(tf.zeros((2, 4)))
print(tf.reduce_mean(outputs), np.exp(outputs), outputs.numpy(), outputs.get_shape())
print(np.argmax(model.predict(np.zeros((2, 4))), axis=-1), model.output_shape)
""",
    """\
import keras
class Doubled(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.output_shape = None

    def call(self, inputs):
        return 2 * inputs
layer = Doubled()
print(layer.output_shape)
""",
)
