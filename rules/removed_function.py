"""A function of `keras.backend`, or another one, that Keras 3 no longer has.

## Why is this bad?
The call stops with an `AttributeError`, the import with an `ImportError`. Almost all of `keras.backend` went; its
place is taken by `keras.ops`, where some names mean another thing: `keras.ops.identity` makes a matrix,
`keras.ops.repeat` repeats along one axis, `keras.ops.argmax`, `concatenate`, `cumsum` and `expand_dims` have other
default axes. `tensorflow.keras.backend` still has most of the old functions, and is not reported where it does.

## Fix safety
Safe where the new text computes the same: defaults that differ are written out, `sqrt` is kept from negative
numbers as before. Unsafe where the order of arguments depends on the version of Keras that the code was written
for, where `axes` may mean another thing, or where symbolic tensors would need a value. The size of a symbolic tensor
is computed by a layer: `keras.ops.shape` has `None` for it.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Edit, Finding, Fix, Severity
from kerasfix.keras import migrations
from kerasfix.keras.old_backend import INITIALIZERS, SHAPE_OF_A_GRAPH, Function
from kerasfix.repairs.forms import rewrite_call, shape_of_a_graph, starting_value
from kerasfix.repairs.unknown import Place, place_of, rename_edits, uses
from kerasfix.rule import Example, Rule
from kerasfix.syntax.module import Module
from kerasfix.syntax.moves import drop_alias
from kerasfix.syntax.references import call_of
from kerasfix.trace.records import KerasCall, UnknownKerasName

rule = Rule(__name__, "KF605", Severity.ERROR)


@rule.on(UnknownKerasName)
def check(record: UnknownKerasName, module: Module) -> Iterator[Finding]:
    old = f"{record.module}.{record.name}"
    found = migrations.successor(old, migrations.as_via(record.via))
    place = place_of(module, record)
    if found is None or found.kind != "function" or place is None:
        return
    function = migrations.function(old)
    safe = function is None or function.safe
    if record.name == "shape" and place.attribute is not None and shape_of_a_graph(module, place.attribute):
        function, safe = SHAPE_OF_A_GRAPH, False
    edits = _edits(module, record, place, function) if function is not None else None
    new = f"use `{found.name}`" if found.name else ""
    advice = "; ".join(part for part in (new, found.advice) if part)
    level = Applicability.SAFE if safe else Applicability.UNSAFE
    yield rule.finding(
        module.span(record.node),
        f"Keras 3 has no `{old}`: {advice}",
        fixes=(Fix(f"Use `{found.name}`", edits, level),) if edits else (),
    )


@rule.on(KerasCall)
def check_initializer(record: KerasCall, module: Module) -> Iterator[Finding]:
    """The initializers of Keras 1 were functions of a shape."""
    home, _, word = record.name.rpartition(".")
    function = INITIALIZERS.get(word) if home == "keras.initializations" else None
    if function is not None:
        edits = rewrite_call(module, record.node, function)
        message = (
            f"Keras 3 has no function `{record.name}`: call an object of `{function.target}` on the shape"
        )
        fixes = (Fix(f"Use `{function.target}`", edits),) if edits else ()
        yield rule.finding(module.span(record.node.func), message, fixes=fixes)


def _edits(
    module: Module, record: UnknownKerasName, place: Place, function: Function
) -> tuple[Edit, ...] | None:
    if place.attribute is not None:
        call = call_of(module, place.attribute)
        if call is not None and record.module == "keras.backend":
            if record.name == "variable" and (edits := starting_value(module, call)) is not None:
                return edits
            return rewrite_call(module, call, function)
        return None if function.form else rename_edits(module, place, record.module, function.target)
    if not function.form:
        return rename_edits(module, place, record.module, function.target)
    found = uses(module, place)
    if found is None or place.alias is None or not isinstance(place.node, cst.ImportFrom):
        return None
    dropped = drop_alias(module, place.node, place.alias)
    rewritten = [
        call and rewrite_call(module, call, function) for call in (call_of(module, use) for use in found)
    ]
    if dropped is None or not all(rewritten):
        return None
    return (*dropped, *(edit for edits in rewritten for edit in edits or ()))


EXAMPLES = (
    Example(
        """\
from keras import backend as K
import keras
def loss(y_true, y_pred):
    error = K.flatten(y_true) - K.flatten(y_pred)  # <- KF605, KF605
    return K.sqrt(K.mean(K.square(error), axis=-1))  # <- KF605, KF605, KF605
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss=loss)
""",
        """\
import keras
def loss(y_true, y_pred):
    error = keras.ops.reshape(y_true, (-1,)) - keras.ops.reshape(y_pred, (-1,))
    return keras.ops.sqrt(keras.ops.mean(keras.ops.square(error), axis=-1))
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss=loss)
""",
    ),
    Example(
        """\
from keras import backend as K
from keras.layers import Lambda
from keras.losses import mse  # <- KF605
def sampling(args):
    mean, log_var = args
    epsilon = K.random_normal(shape=(K.shape(mean)[0], K.int_shape(mean)[1]), std=0.1)  # <- KF605, KF605, KF605
    return mean + K.exp(0.5 * log_var) * epsilon  # <- KF605
sample = Lambda(sampling)
print(K.epsilon(), K.argmax([[1, 2]]), mse, K.sqrt(3.0 - 1))  # <- KF605, KF605
if K.image_dim_ordering() == 'th':  # <- KF605
    print("channels first")
K.set_image_dim_ordering("tf")  # <- KF605
""",
        """\
from keras import backend as K, ops
from keras.layers import Lambda
from keras.losses import mean_squared_error
import keras
def sampling(args):
    mean, log_var = args
    epsilon = keras.random.normal((ops.shape(mean)[0], tuple(mean.shape)[1]), mean=0.0, stddev=0.1)
    return mean + ops.exp(0.5 * log_var) * epsilon
sample = Lambda(sampling)
print(K.epsilon(), ops.argmax([[1, 2]], axis=-1), mean_squared_error, ops.sqrt(ops.maximum(3.0 - 1, 0.0)))
if K.image_data_format() == 'channels_first':
    print("channels first")
K.set_image_data_format("channels_last")
""",
    ),
    Example(
        """\
import keras
outputs = keras.backend.rnn(step, x, [])  # <- KF105, KF104, KF605
"""
    ),
    Example(
        """\
from keras import backend as K
import keras
image = K.placeholder((1, 8, 8, 3))  # <- KF605
loss = K.variable(0.)  # <- KF605
loss = loss + K.sum(image)  # <- KF605
scale = K.variable(2.)  # <- KF605
""",
        """\
import keras
image = keras.Input(batch_shape=(1, 8, 8, 3))
loss = 0.
loss = loss + keras.ops.sum(image)
scale = keras.Variable(2., dtype="float32")
""",
    ),
    Example(
        """\
from keras import backend as K
from keras.layers import Input
x = Input((None, None, 3))
size = K.prod(K.cast(K.shape(x), "float32"))  # <- KF605, KF605, KF605
rows = K.shape(x)[1]  # <- KF605
""",
        """\
from keras import ops
from keras.layers import Input, Lambda
x = Input((None, None, 3))
size = ops.prod(ops.cast(Lambda(lambda tensor: ops.convert_to_tensor(ops.shape(tensor)))(x), "float32"))
rows = ops.shape(x)[1]
""",
    ),
    Example(
        """\
from keras.initializations import normal, identity  # <- KF601
from keras.layers import Dense
def own(shape, name=None):
    return normal(shape, scale=0.01, name=name)  # <- KF605
layer = Dense(3, kernel_initializer=own)  # <- KF603
print(identity((2, 2), 0.5))  # <- KF605
""",
        """\
from keras.layers import Dense
from keras.initializers import RandomNormal, Identity
def own(shape, name=None, dtype=None):
    return RandomNormal(stddev=0.01)(shape)
layer = Dense(3, kernel_initializer=own)
print(Identity(gain=0.5)((2, 2)))
""",
    ),
    Example(
        """\
from keras import initializations  # <- KF601
print(initializations.uniform((2, 2)), initializations.he_normal)  # <- KF605
""",
        """\
from keras.initializers import RandomUniform, he_normal
print(RandomUniform(-0.05, 0.05)((2, 2)), he_normal)
""",
    ),
)
NEAR_MISSES = (
    """\
from tensorflow.keras import backend as K
def loss(y_true, y_pred):
    return K.mean(K.square(y_true - y_pred))
""",
    """\
from keras import backend as K
print(K.epsilon(), K.floatx(), K.image_data_format(), K.clear_session())
""",
    """\
import keras
class K:
    mean = sum
print(keras.backend.backend(), K.mean([1]))
""",
)
