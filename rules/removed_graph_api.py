"""The static graph of Keras 1 and 2: functions, gradients, sessions, losses of symbolic tensors, `Merge`.

## Why is this bad?
Keras 3 builds no graph beforehand: `K.function`, `K.gradients`, `K.placeholder`, `K.learning_phase` and sessions are
gone, and the line stops with an `AttributeError` or `ImportError`. `tf.keras.backend.gradients` is there and raises.
The code around such a name has another shape now: the message says which.

## Fix safety
Unsafe: the file gets a function or layer that does the same with the means of Keras 3. There is no fix for sessions,
for updates, and for gradients of weights.
"""

from collections.abc import Iterator

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.keras import migrations, old_names
from kerasfix.repairs import graphs
from kerasfix.repairs.merging import MERGE_LAYERS, functional
from kerasfix.repairs.unknown import drop_unused, place_of
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.syntax.references import call_of
from kerasfix.trace.custom_records import TensorFromOutside
from kerasfix.trace.records import KerasCall, UnknownKerasName
from kerasfix.trace.values import Model, Tensor

rule = Rule(__name__, "KF611", Severity.ERROR, fixable=Fixable.SOMETIMES)


_CALLS = {
    "keras.backend.function": graphs.array_function,
    "keras.backend.gradients": graphs.symbolic_gradients,
    "keras.backend.set_learning_phase": graphs.without_learning_phase,
}


@rule.on(UnknownKerasName)
def check(record: UnknownKerasName, module: Module) -> Iterator[Finding]:
    old = f"{record.module}.{record.name}"
    place = place_of(module, record)
    attribute = place.attribute if place is not None else None
    if old in _CALLS and attribute is not None and call_of(module, attribute) is not None:
        return  # the call itself tells more
    found = migrations.successor(old, migrations.as_via(record.via))
    if found is not None and found.kind == "graph":
        edits = drop_unused(module, place) if place is not None else None
        fixes = (Fix("Remove the import", edits),) if edits else ()
        yield rule.finding(module.span(record.node), f"Keras 3 has no `{old}`: {found.advice}", fixes=fixes)


@rule.on(KerasCall)
def check_call(record: KerasCall, module: Module) -> Iterator[Finding]:
    """Functions of the graph, and `model.add_loss(tensor)` on a model that is one."""
    if record.name in _CALLS and not record.exists:
        fix = _CALLS[record.name](module, record)
        message = f"Keras 3 has no `{record.name}`: {old_names.GRAPH[record.name]}"
        yield rule.finding(module.span(record.node.func), message, fixes=(fix,) if fix else ())
    if record.name in MERGE_LAYERS and not record.exists:
        edits = functional(module, record)
        fix = Fix("Make it a functional model", edits, Applicability.UNSAFE) if edits else None
        message = f"Keras 3 has no `{record.name}`: {old_names.GRAPH['keras.layers.Merge']}"
        yield rule.finding(module.span(record.node.func), message, fixes=(fix,) if fix else ())
    owner = record.owner
    if not record.name.endswith(".add_loss") or not isinstance(owner, Model) or owner.instance is not None:
        return
    loss = record.arguments[0].value if record.arguments else None
    if isinstance(loss, Tensor) and not loss.graph:
        message = (
            "`add_loss` takes no symbolic tensor in Keras 3: call `self.add_loss` in the `call` of a layer"
        )
        fix = graphs.add_loss(module, record)
        yield rule.finding(module.span(record.node), message, fixes=(fix,) if fix else ())


@rule.on(TensorFromOutside)
def check_loss(record: TensorFromOutside, module: Module) -> Iterator[Finding]:
    """A loss that computes with tensors of the model."""
    fix = graphs.own_loss(module, record)
    loss = record.function.name
    message = (
        f"The loss `{loss}` computes with `{module.code(record.node)}`, a tensor of the model: Keras 3 gives a loss"
        " nothing but `y_true` and `y_pred`; call `self.add_loss` in the `call` of a layer"
    )
    argument = record.compile.arguments.get("loss")
    node = argument.node if argument is not None else record.compile.node
    yield rule.finding(module.span(node), message, fixes=(fix,) if fix else ())


EXAMPLES = (
    Example(
        """\
from keras import backend as K
from keras.layers import Input, Dense
from keras.models import Model
a = Input((3,))
b = Dense(3, name='b')(a)
model = Model(a, b)
grads = K.gradients(K.sum(b), model.input)[0]  # <- KF605, KF611
f = K.function([model.input, K.learning_phase()], [b, grads])  # <- KF611, KF611
print(f([[[1, 2, 3]], 0])[0])
K.set_learning_phase(0)  # <- KF611
""",
        '''\
from keras import ops
from keras.layers import Input, Dense, Layer
from keras.models import Model
import keras
import tensorflow as tf


def array_function(inputs, outputs):
    """A function from arrays for `inputs` to the arrays of `outputs`, as `K.function` made it."""
    graph = keras.Function(inputs, outputs)

    def run(arrays):
        tensors = [ops.convert_to_tensor(array, x.dtype) for x, array in zip(inputs, arrays)]
        return [ops.convert_to_numpy(tensor) for tensor in graph(tensors)]

    return run


class Gradients(Layer):
    """The gradients of a tensor with respect to others that it was computed from."""

    def __init__(self, loss, inputs):
        super().__init__()
        self.graph = keras.Function(inputs, loss)

    def call(self, inputs):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            loss = self.graph(inputs)
        return tape.gradient(loss, inputs)


def symbolic_gradients(loss, variables):
    """A list with the gradient for each of `variables`, as `K.gradients` made it."""
    variables = variables if isinstance(variables, (list, tuple)) else [variables]
    return Gradients(loss, variables)(variables)


a = Input((3,))
b = Dense(3, name='b')(a)
model = Model(a, b)
grads = symbolic_gradients(ops.sum(b), model.input)[0]
f = array_function([model.input], [b, grads])
print(f([[[1, 2, 3]]])[0])
''',
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
from keras.models import Sequential
from keras.layers import Dense, LSTM, Merge  # <- KF611
left = Sequential()
left.add(Dense(4, input_shape=(3,)))
right = Sequential([Dense(4, input_shape=(3,))])
pair = Sequential()
pair.add(Merge([left, right], mode='concat'))  # <- KF611
pair.add(Dense(4))  # the middle
whole = Sequential([Merge([pair, left], mode='sum'), Dense(1)])  # <- KF611
whole.compile('sgd', 'mse')
""",
        """\
from keras.models import Sequential, Model
from keras.layers import Dense, LSTM, concatenate, add
left = Sequential()
left.add(Dense(4, input_shape=(3,)))
right = Sequential([Dense(4, input_shape=(3,))])
pair_output = concatenate([left.outputs[0], right.outputs[0]])
pair_output = Dense(4)(pair_output)  # the middle
pair = Model(left.inputs + right.inputs, pair_output)
whole_output = add([pair.outputs[0], left.outputs[0]])
whole_output = Dense(1)(whole_output)
whole = Model(left.inputs + right.inputs, whole_output)
whole.compile('sgd', 'mse')
""",
    ),
    Example(
        """\
import keras
x = keras.Input((3,))
y = keras.layers.Dense(3)(x)
model = keras.Model(x, y)

loss = keras.ops.mean(keras.ops.square(x - y))
model.add_loss(loss)  # <- KF611
model.compile('sgd')
""",
        '''\
import keras


class AddLoss(keras.layers.Layer):
    """Gives back its first input, and adds the second to the loss of the model."""

    def call(self, inputs):
        outputs, loss = inputs
        self.add_loss(loss)
        return outputs


x = keras.Input((3,))
y = keras.layers.Dense(3)(x)
model = keras.Model(x, y)

loss = keras.ops.mean(keras.ops.square(x - y))
model = keras.models.Model(model.input, AddLoss()([model.output, loss]), name=model.name)
model.compile('sgd')
''',
    ),
    Example(
        """\
import numpy as np
from keras import ops
from keras.layers import Input, Dense
from keras.models import Model

x = Input((4,))
z = Dense(2)(x)
y = Dense(4)(z)
def vae_loss(a, b):
    return ops.mean(ops.square(a - b), axis=-1) + ops.sum(ops.square(z), axis=-1)
vae = Model(x, y)
vae.compile(optimizer='rmsprop', loss=vae_loss)  # <- KF611
data = np.random.rand(8, 4)
vae.fit(data, data)
""",
        '''\
import numpy as np
from keras import ops
from keras.layers import Input, Dense, Layer
from keras.models import Model


class AddLoss(Layer):
    """Gives back its first input, and adds the second to the loss of the model."""

    def call(self, inputs):
        outputs, loss = inputs
        self.add_loss(loss)
        return outputs


x = Input((4,))
z = Dense(2)(x)
y = Dense(4)(z)
def vae_loss(a, b):
    return ops.mean(ops.square(a - b), axis=-1) + ops.sum(ops.square(z), axis=-1)
vae = Model(x, y)
vae = Model(vae.input, AddLoss()([vae.output, ops.mean(vae_loss(vae.input, vae.output))]), name=vae.name)
vae.compile(optimizer='rmsprop')
data = np.random.rand(8, 4)
vae.fit(data, data)
''',
    ),
    Example(
        """\
from keras import backend as K
from keras.layers import Dense
layer = Dense(3)
layer.build((None, 4))
f = K.function([], [], updates=[])  # <- KF611
grads = K.gradients(layer.kernel, layer.weights)  # <- KF611
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
    """\
import keras
x = keras.Input((4,))
z = keras.layers.Dense(2)(x)
y = keras.layers.Dense(4)(z)
def loss(y_true, y_pred):
    return keras.ops.mean(keras.ops.square(y_true - y_pred)) * z.shape[-1]
model = keras.Model(x, y)
model.compile(loss=loss)
""",
    """\
from mine import backend as K
import keras
print(K.gradients(keras.Input((3,)), 0), K.function([], []))
""",
)
