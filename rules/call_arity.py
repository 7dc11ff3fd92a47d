"""A layer or model is called with the wrong number or structure of inputs, or where it cannot stand.

## Why is this bad?
A merge layer takes a list of tensors, `Attention` a list of two or three, `Dense` a single one: Keras raises
otherwise. A model with several inputs takes a list with an array for each of them, or a dict with all of their names
(others are ignored). `Equalization` gives a symbolic tensor back as it is, which a model takes for a cycle.

## Fix safety
Where just one name is wrong in a dict of inputs, it becomes the one that is missing; Keras raises as it stands.
`training` and `mask` of a `call` get the default None where they have none: Keras 3 gives them itself, but only then.
A class of layers that needs no arguments gets the parentheses that were forgotten. A model called by itself, as in
`GlobalAveragePooling2D()(base)`, becomes `base.output`; Keras raises as it stands.

## What to do
Put brackets around the tensors of a merge layer: `Add()([a, b])`. Where a layer that takes one tensor gets a list, name
the one that is meant, or merge the list first. Call `Equalization` on the data, as in `dataset.map`: as the first layer
of a model Keras takes it, and leaves it out.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Edit, Finding, Fix, Note, Severity
from kerasfix.keras.shape import Reason
from kerasfix.repairs.models import origins, rejected_at
from kerasfix.repairs.training import rename_key
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.custom_records import CallLacks
from kerasfix.trace.records import LayerRejected, NotATensor, NotCalled
from kerasfix.trace.structures import InputStructure
from kerasfix.trace.values import Layer, Model

rule = Rule(__name__, "KF211", Severity.ERROR, fixable=Fixable.SOMETIMES)


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


@rule.on(NotATensor)
def check_given(record: NotATensor, module: Module) -> Iterator[Finding]:
    """A layer called on a layer or model."""
    called = _name(record.called)
    if isinstance(record.given, Layer):
        yield rule.finding(
            module.span(record.node),
            f"{called} is called on the layer {_name(record.given)} itself: call that on a tensor first",
        )
        return
    code = module.code(record.node)
    fixes: tuple[Fix, ...] = ()
    if record.given.outputs is not None and isinstance(record.node, (cst.Name, cst.Attribute)):
        end = module.span(record.node)[1]
        output = ".outputs[0]" if record.given.kind == "Sequential" else ".output"  # what Keras 3 has of them
        fixes = (Fix(f"Use `{code}{output}`", (Edit(end, end, output),)),)
    yield rule.finding(
        module.span(record.node),
        f"{called} is called on the model {_name(record.given)} itself: give it what the model puts out",
        fixes=fixes,
    )


@rule.on(NotCalled)
def check_class(record: NotCalled, module: Module) -> Iterator[Finding]:
    """A class in the place of a layer."""
    code, end = module.code(record.node), module.span(record.node)[1]
    fixes = (Fix(f"Make the layer: `{code}()`", (Edit(end, end, "()"),)),) if record.simple else ()
    if record.tensor is None:
        message = f"`{code}` is a class of layers, and not a layer: write `{code}({'' if record.simple else '...'})`"
    else:
        given = module.code(record.tensor.node.value)
        made = f"{code}()" if record.simple else f"{code}(...)"
        message = f"`{code}` gets a tensor where its arguments stand: make the layer first, `{made}({given})`"
    yield rule.finding(module.span(record.node), message, fixes=fixes)


def _name(part: Layer | Model) -> str:
    named = part.name if isinstance(part, Model) else None
    return f"`{named or part.class_name}`"


@rule.on(CallLacks)
def check_arguments(record: CallLacks, module: Module) -> Iterator[Finding]:
    """A layer of the script's own whose `call` wants more than it gets."""
    parameter, name = record.parameter, record.parameter.name.value
    node = parameter.annotation if parameter.annotation is not None else parameter.name
    fixes: tuple[Fix, ...] = ()
    if name in {"training", "mask"} and _may_have_default(record):
        end = module.span(node)[1]
        default = " = None" if parameter.annotation is not None else "=None"
        fixes = (Fix(f"Let `{name}` be None, for Keras to give it", (Edit(end, end, default),)),)
    yield rule.finding(
        module.span(record.node),
        f"{_name(record.called)} is called without `{name}`, for which its `call` has no default",
        fixes=fixes,
        notes=(Note(f"`{name}` is required here", *module.span(parameter.name)),),
    )


def _may_have_default(record: CallLacks) -> bool:
    """Whether no parameter without a default follows."""
    assert isinstance(record.call.node, cst.FunctionDef)
    parameters = record.call.node.params
    if record.parameter in parameters.kwonly_params:
        return True
    after = parameters.params[list(parameters.params).index(record.parameter) + 1 :]
    return all(each.default is not None for each in after)


@rule.on(InputStructure)
def check_data(record: InputStructure, module: Module) -> Iterator[Finding]:
    names = [f"`{name}`" for name in record.inputs if name is not None]
    known = f" ({', '.join(names)})" if len(names) == len(record.inputs) else ""
    has = f"it has {len(record.inputs)} input{'s' if len(record.inputs) > 1 else ''}{known}"
    method, value = record.feed.method, record.argument.node.value
    if record.count:
        given = "1 array" if record.count == 1 else f"{record.count} arrays"
        yield rule.finding(module.span(value), f"`{method}` gives the model {given}, but {has}")
        return
    if not record.missing:
        yield rule.finding(
            module.span(value),
            f"`{method}` gives the model a list, but its inputs are a dict{known} in no alphabetic order, in which"
            " Keras would read a list: give it a dict",
        )
        return
    extra = [key for key in record.keys if key not in record.inputs]
    one = len(extra) == 1 and sum(name not in record.keys for name in record.inputs) == 1
    edits = rename_key(module, value, extra[0], record.missing) if one else None
    yield rule.finding(
        module.span(value),
        f"`{method}` gives the model a dict without `{record.missing}`, but {has}",
        fixes=(Fix(f"Rename `{extra[0]}` to `{record.missing}`", edits),) if edits else (),
    )


EXAMPLES = (
    Example(
        """\
import keras
from keras import layers
image = keras.Input((8, 8, 3))
x = layers.Conv2D(4, 3, padding="same")(image)
x = layers.BatchNormalization(x)  # <- KF211
x = layers.GlobalAveragePooling2D(x)  # <- KF211
model = keras.Model(image, layers.Dense(2)(x))
other = keras.Sequential([keras.Input((8, 8, 3)), layers.Flatten, layers.Dense(2)])  # <- KF211
other.add(layers.Softmax)  # <- KF211
""",
        """\
import keras
from keras import layers
image = keras.Input((8, 8, 3))
x = layers.Conv2D(4, 3, padding="same")(image)
x = layers.BatchNormalization()(x)
x = layers.GlobalAveragePooling2D()(x)
model = keras.Model(image, layers.Dense(2)(x))
other = keras.Sequential([keras.Input((8, 8, 3)), layers.Flatten(), layers.Dense(2)])
other.add(layers.Softmax())
""",
    ),
    Example(
        """\
import keras
x = keras.layers.Dropout(keras.Input((8,)))  # <- KF211
"""
    ),
    Example(
        """\
import keras
class Block(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.dropout = keras.layers.Dropout(0.5)
    def call(self, x, training):
        return self.dropout(x, training=training)
image = keras.Input((4,))
x = Block()(image)  # <- KF211
""",
        """\
import keras
class Block(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.dropout = keras.layers.Dropout(0.5)
    def call(self, x, training=None):
        return self.dropout(x, training=training)
image = keras.Input((4,))
x = Block()(image)
""",
    ),
    Example(
        """\
import keras
class Scaled(keras.layers.Layer):
    def call(self, x, factor):
        return x * factor
y = Scaled()(keras.Input((4,)))  # <- KF211
"""
    ),
    Example(
        """\
import keras
from keras import layers
base = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(96, 96, 3))
x = layers.GlobalAveragePooling2D()(base)  # <- KF211
head = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
y = layers.Add()([head, head.outputs[0]])  # <- KF211
model = keras.Model(base.input, layers.Dense(2)(x))
""",
        """\
import keras
from keras import layers
base = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(96, 96, 3))
x = layers.GlobalAveragePooling2D()(base.output)
head = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
y = layers.Add()([head.outputs[0], head.outputs[0]])
model = keras.Model(base.input, layers.Dense(2)(x))
""",
    ),
    Example(
        """\
import keras
hidden = keras.layers.Dense(8)
y = keras.layers.Dense(2)(hidden)  # <- KF211
"""
    ),
    Example(
        """\
import keras
import numpy as np
a, b = keras.Input((4,), name="words"), keras.Input((3,), name="tags")
model = keras.Model([a, b], keras.layers.Dense(1)(keras.layers.Concatenate()([a, b])))
model.compile(loss="mse")
model.fit({"words": np.ones((8, 4)), "tag": np.ones((8, 3))}, np.ones(8))  # <- KF211
""",
        """\
import keras
import numpy as np
a, b = keras.Input((4,), name="words"), keras.Input((3,), name="tags")
model = keras.Model([a, b], keras.layers.Dense(1)(keras.layers.Concatenate()([a, b])))
model.compile(loss="mse")
model.fit({"words": np.ones((8, 4)), "tags": np.ones((8, 3))}, np.ones(8))
""",
    ),
    Example(
        """\
import keras
import numpy as np
a, b = keras.Input((4,), name="words"), keras.Input((3,), name="tags")
model = keras.Model([a, b], keras.layers.Dense(1)(keras.layers.Concatenate()([a, b])))
print(model.predict(np.ones((8, 4))))  # <- KF211
named = keras.Model({"words": a, "tags": b}, model([a, b]))
print(named.predict([np.ones((8, 4)), np.ones((8, 3))]))  # <- KF211
"""
    ),
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
import random
import keras
words = ["a b", "c d"]
texts = keras.layers.TextVectorization(max_tokens=10)
texts.adapt(words)
print(texts([random.choice(words)]), texts(["a c"]))
""",
    """\
import keras
from keras import layers
block, shape = layers.Flatten, (4, 4)
model = keras.Sequential([keras.Input(shape), block(), layers.Dense(2)])
x = layers.BatchNormalization()(keras.Input(shape))
norm = layers.LayerNormalization if x.shape[1] else layers.BatchNormalization
y = norm()(x)
""",
    """\
import keras
import numpy as np
class Scaled(keras.layers.Layer):
    def call(self, x, factor, training=None, *, mask=None):
        return x * factor
image = keras.Input((4,))
x = Scaled()(image, 2.0)
x = Scaled()(image, factor=2.0)
options = {"factor": 2.0}
x = Scaled()(image, **options)
class Whole(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)
    def call(self, x, training):
        return self.dense(x)
model = Whole()
model.compile("sgd", "mse")
model.fit(np.ones((8, 4)), np.ones((8, 1)))
print(model(np.ones((8, 4)), training=False))
""",
    """\
import keras
from keras import layers
base = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
x = layers.Dense(2)(base.outputs[0])
y = layers.TimeDistributed(base)(keras.Input((5, 4)))
z = base(keras.Input((4,)))
""",
    """\
import keras
import numpy as np
from files import batch
a, b = keras.Input((4,), name="words"), keras.Input((3,), name="tags")
model = keras.Model([a, b], keras.layers.Dense(1)(keras.layers.Concatenate()([a, b])))
model.compile(loss="mse")
words, tags = np.ones((8, 4)), np.ones((8, 3))
model.fit({"words": words, "tags": tags, "more": tags}, np.ones(8))
model.fit((words, tags), np.ones(8))
model.predict(batch())
named = keras.Model({"a": a, "b": b}, model([a, b]))
named.predict([words, tags])
""",
    """\
import keras
import numpy as np
layers = [keras.Input((4,), name="a"), keras.layers.Dense(1)]
x = np.ones((8, 4))
keras.Sequential(layers).predict([x, x])
i = keras.Input((4,), name="a")
keras.Model(i, layers[1](i)).predict({"a": x})
keras.Model([i], layers[1](i)).predict([x])
""",
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
