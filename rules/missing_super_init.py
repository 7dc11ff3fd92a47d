"""The constructor of a custom layer, model, loss or metric calls `super().__init__()` never, or too late.

## Why is this bad?
The base class of Keras sets up what it needs there: the name, the lists of weights and layers. Without it the object
fails as soon as it is used: `RuntimeError: you forgot to call super().__init__()`, or
`AttributeError: ... has no attribute 'name'`. In Keras 3 attributes may be set before the call, weights not added.

## Fix safety
`super().__init__()` becomes the first statement of the constructor, with its `**kwargs` where it takes any, or moves
there where its arguments are the constructor's own. Keras raises as soon as such an object is used, so there is
nothing that worked.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Edit, Finding, Fix, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import indentation, insert, insert_statement_after
from kerasfix.syntax.module import Module
from kerasfix.syntax.moves import remove_line
from kerasfix.trace.custom_records import MissingSuper

rule = Rule(__name__, "KF406", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(MissingSuper)
def check(record: MissingSuper, module: Module) -> Iterator[Finding]:
    if record.early is not None:
        yield rule.finding(
            module.span(record.early),
            f"`{record.cls.name}.__init__` adds a weight before it calls `super().__init__()`, and Keras raises:"
            " call that first",
            fixes=tuple(_moved(record, module)),
        )
        return
    yield rule.finding(
        module.span(record.init.name),
        f"`{record.cls.name}.__init__` never calls `super().__init__()`, so Keras raises as soon as the"
        f" {record.family.lower()} is used: call it first",
        fixes=tuple(_fixes(record, module)),
    )


def _fixes(record: MissingSuper, module: Module) -> Iterator[Fix]:
    body = record.init.body
    if record.family == "Optimizer" or not isinstance(body, cst.IndentedBlock):
        return  # an optimizer wants its learning rate
    rest = record.init.params.star_kwarg
    call = f"super().__init__({'**' + rest.name.value if rest is not None else ''})"
    edit = _first_in(module, body, call)
    if edit is not None:
        yield Fix(f"Call `{call}` first", (edit,))


def _moved(record: MissingSuper, module: Module) -> Iterator[Fix]:
    """The call of the base goes first, where nothing that it is given is made in between."""
    line, body = record.late, record.init.body
    if line is None or len(line.body) != 1 or not isinstance(body, cst.IndentedBlock):
        return
    parameters = record.init.params
    given = {parameter.name.value for parameter in (*parameters.params, *parameters.kwonly_params)}
    if isinstance(parameters.star_kwarg, cst.Param):
        given.add(parameters.star_kwarg.name.value)
    match line.body[0]:
        case cst.Expr(value=cst.Call(args=args) as call) if all(
            isinstance(arg.value, cst.Name) and arg.value.value in given for arg in args
        ):
            edit = _first_in(module, body, module.code(call))
            if edit is not None:
                yield Fix("Call `super().__init__` first", (edit, remove_line(module, line)))


def _first_in(module: Module, body: cst.IndentedBlock, code: str) -> Edit | None:
    """A statement at the beginning of a function, behind its docstring and before any comment."""
    first = body.body[0]
    match first:
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.SimpleString() | cst.ConcatenatedString())]):
            return insert_statement_after(module, first, code)
    start = module.span(first)[0]
    indent = indentation(module, start)
    comments = len(first.leading_lines) if isinstance(first, _WITH_COMMENTS) else 0
    row = module.source.row_column(start)[0] - comments
    return None if indent is None else insert(module.source.line_starts[row], indent + code + module.newline)


_WITH_COMMENTS = (cst.SimpleStatementLine, cst.If, cst.For, cst.While, cst.With, cst.Try)


EXAMPLES = (
    Example(
        """\
import keras
from keras import layers
class Scale(layers.Layer):
    def __init__(self, units, **kwargs):
        self.units = units
        self.scale = self.add_weight(shape=(units,), initializer="ones")  # <- KF406
        super().__init__(**kwargs)

    def call(self, inputs):
        return inputs * self.scale
model = keras.Sequential([keras.Input((4,)), Scale(4), layers.Dense(1)])
model.compile(loss="mse")
""",
        """\
import keras
from keras import layers
class Scale(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.scale = self.add_weight(shape=(units,), initializer="ones")

    def call(self, inputs):
        return inputs * self.scale
model = keras.Sequential([keras.Input((4,)), Scale(4), layers.Dense(1)])
model.compile(loss="mse")
""",
    ),
    Example(
        """\
import keras
from keras import layers
class Scale(layers.Layer):
    def __init__(self, factor):  # <- KF406
        self.factor = factor

    def call(self, inputs):
        return inputs * self.factor
model = keras.Sequential([keras.Input((4,)), Scale(2.0), layers.Dense(1)])
model.compile(loss="mse")
""",
        """\
import keras
from keras import layers
class Scale(layers.Layer):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def call(self, inputs):
        return inputs * self.factor
model = keras.Sequential([keras.Input((4,)), Scale(2.0), layers.Dense(1)])
model.compile(loss="mse")
""",
    ),
    Example(
        """\
import numpy as np
import tensorflow as tf
class Classifier(tf.keras.Model):
    def __init__(self, units, **kwargs):  # <- KF406
        # the one layer
        self.out = tf.keras.layers.Dense(units, activation='sigmoid')

    def call(self, inputs):
        return self.out(inputs)
model = Classifier(1)
model.compile(loss='binary_crossentropy')
model.fit(np.random.rand(32, 4), np.random.randint(0, 2, 32))
""",
        """\
import numpy as np
import tensorflow as tf
class Classifier(tf.keras.Model):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        # the one layer
        self.out = tf.keras.layers.Dense(units, activation='sigmoid')

    def call(self, inputs):
        return self.out(inputs)
model = Classifier(1)
model.compile(loss='binary_crossentropy')
model.fit(np.random.rand(32, 4), np.random.randint(0, 2, 32))
""",
    ),
    Example(
        """\
from keras import Input, Sequential, ops
from keras.layers import Dense
from keras.losses import Loss
class Weighted(Loss):
    def __init__(self, weight):  # <- KF406
        super().__init__
        self.weight = weight

    def call(self, y_true, y_pred):
        return self.weight * ops.mean(ops.square(y_true - y_pred), axis=-1)
model = Sequential([Input((4,)), Dense(1)])
model.compile(loss=Weighted(2.0))
""",
        """\
from keras import Input, Sequential, ops
from keras.layers import Dense
from keras.losses import Loss
class Weighted(Loss):
    def __init__(self, weight):
        super().__init__()
        super().__init__
        self.weight = weight

    def call(self, y_true, y_pred):
        return self.weight * ops.mean(ops.square(y_true - y_pred), axis=-1)
model = Sequential([Input((4,)), Dense(1)])
model.compile(loss=Weighted(2.0))
""",
    ),
    Example(
        """\
import keras
class Slow(keras.optimizers.SGD):
    def __init__(self, rate):  # <- KF406
        self.rate = rate
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
class Scale(keras.layers.Layer):
    def __init__(self, units):
        self.units = units
        make = lambda: self.add_weight(shape=(units,))
        super().__init__()
        self.scale, self.make = self.add_weight(shape=(units,)), make

    def call(self, inputs):
        return inputs * self.scale
model = keras.Sequential([keras.Input((4,)), Scale(4)])
""",
    """\
import keras
class Scale(keras.layers.Layer):
    def __init__(self, factor):
        self.factor = factor
        super().__init__()

    def call(self, inputs):
        return inputs * self.factor
""",
    """\
import keras
class Scale(keras.layers.Layer):
    def __init__(self, factor):
        keras.layers.Layer.__init__(self)
        self.factor = factor
""",
    """\
import keras
from base import setup
class Scale(keras.layers.Layer):
    def __init__(self, factor):
        setup(self, factor)
""",
    """\
import keras
class Watch(keras.callbacks.Callback):
    def __init__(self, patience):
        self.patience = patience
""",
    """\
from models import Base
class Scale(Base):
    def __init__(self, factor):
        self.factor = factor
""",
)
