"""A layer gets a tensor of a rank that it does not take, or `input_shape` has the wrong rank.

## Why is this bad?
Keras raises when the layer is put on its input. Most often the channel axis of greyscale images was left out:
`Conv2D` wants `(height, width, channels)`, and MNIST images are `(28, 28)`.

## Fix safety
Safe where only the last axis of size 1 is missing: the model declares it, and Keras adds that axis to the data.
Other ranks have no fix, since what was meant cannot be told.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Edit, Finding, Fix, Note, Severity
from kerasfix.keras.shape import Reason, TensorSpec, show
from kerasfix.repairs.models import (
    insert_layer_before,
    is_literal_tuple,
    origins,
    shape_argument,
    whole_shape,
)
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.imports import spell
from kerasfix.syntax.module import Module
from kerasfix.trace.records import LayerRejected
from kerasfix.trace.values import Model

rule = Rule(__name__, "KF201", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(LayerRejected)
def check(record: LayerRejected, module: Module) -> Iterator[Finding]:
    if record.rejected.reason is not Reason.RANK or not isinstance(record.spec, TensorSpec):
        return
    if whole_shape(record):  # the number of samples in it: a rule of its own
        return
    shape = record.spec.shape
    assert shape is not None
    cls, takes = record.layer.cls, record.rejected.expected
    notes: tuple[Note, ...] = ()
    declared = record.model.declared if record.model is not None and record.first else None
    argument = shape_argument(declared)
    if argument is not None:
        message = f"`{cls}` takes {takes}, but {_written(module, argument)} makes it {show(shape)}"
        span = module.span(argument)
    elif record.given is not None:
        message = f"`{cls}` takes {takes}, but the data is {show(record.given.spec.shape)}"
        span = module.span(record.layer.call)
        if record.given.shaped is not None and record.given.shaped in module.spans:
            notes = (Note(f"the data gets its shape {show(record.given.spec.shape)} here",
                          *module.span(record.given.shaped)),)  # fmt: skip
        if record.given_at is not None:
            notes = (*notes, Note("the data is given to the model here", *module.span(record.given_at)))
    else:
        message = f"`{cls}` takes {takes}, but it gets {show(shape)}{origins(module, record)}"
        span = module.span(record.call.node if record.model is None else record.layer.call)
    yield rule.finding(span, message, fixes=tuple(_fixes(record, module, argument)), notes=notes)


def _written(module: Module, argument: cst.Arg) -> str:
    return f"`{module.code(argument).rstrip(', ')}`"


def _fixes(record: LayerRejected, module: Module, argument: cst.Arg | None) -> Iterator[Fix]:
    model, spec = record.model, record.spec
    assert isinstance(spec, TensorSpec)
    assert spec.shape is not None
    if not record.first or model is None or record.rejected.rank != len(spec.shape) + 1:
        return
    last = _last_axis(model, len(spec.shape) + 1)
    if argument is not None:
        edit = _append(module, argument.value, last)
        yield Fix(f"Add the axis of channels or features: {show((*spec.shape[1:], last))}", (edit,))
    elif record.given is not None:
        shape = show((*spec.shape[1:], last))
        if "?" in shape or "None" in shape:
            return
        name, edits = spell(module, "keras.layers.Input", record.layer.call.func)
        inserted = insert_layer_before(module, model, record.call, f"{name}(shape={shape})")
        if inserted is not None:
            yield Fix(f"Declare the input with its channel axis: {shape}", (*inserted, *edits))


def _last_axis(model: Model, rank: int) -> int:
    """The size of the missing axis: as in the data that the model gets later, else 1."""
    for data in model.fed:
        shape = data.spec.shape
        if shape is not None and len(shape) == rank and isinstance(shape[-1], int):
            return shape[-1]
    return 1


def _append(module: Module, value: cst.BaseExpression, size: int) -> Edit:
    """One more axis behind a shape as it is written."""
    if is_literal_tuple(value):
        assert isinstance(value, (cst.Tuple, cst.List))
        end = module.span(value.elements[-1].value)[1]
        close = module.span(value)[1] - 1
        return Edit(end, close, f", {size}")
    return replace(module, value, f"(*{module.code(value)}, {size})")


EXAMPLES = (
    Example(
        """\
from keras.layers import Conv2D
from keras.models import Sequential
model = Sequential()
model.add(Conv2D(32, (3, 3), input_shape=(28, 28), activation="relu"))  # <- KF201
""",
        """\
from keras.layers import Conv2D
from keras.models import Sequential
model = Sequential()
model.add(Conv2D(32, (3, 3), input_shape=(28, 28, 1), activation="relu"))
""",
    ),
    Example(
        """\
import keras
from keras import layers
(x, y), _ = keras.datasets.mnist.load_data()
model = keras.Sequential([
    layers.Conv2D(4, 3),  # <- KF201
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x / 255.0, y)
""",
        """\
import keras
from keras import layers
(x, y), _ = keras.datasets.mnist.load_data()
model = keras.Sequential([
    layers.Input(shape=(28, 28, 1)),
    layers.Conv2D(4, 3),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x / 255.0, y)
""",
    ),
    Example(
        """\
import keras
from keras import layers
x = keras.Input(shape=(8,))
y = layers.Dense(4)(x)
y = layers.LSTM(4)(y)  # <- KF201
"""
    ),
)
NEAR_MISSES = (
    """\
from keras.layers import Conv2D
from keras.models import Sequential
model = Sequential([Conv2D(32, 3, input_shape=(28, 28, 1))])
""",
    """\
import keras
size = int(input())
model = keras.Sequential([keras.Input(shape=(size,) * size), keras.layers.Conv2D(4, 3)])
""",
    """\
import keras
model = keras.Sequential([keras.Input(shape=(5, 28, 28, 1)), keras.layers.Dense(4)])
""",
)
