"""A constraint is given as a regularizer, or a regularizer, constraint or initializer in each other's place.

## Why is this bad?
All three are functions of a weight, so a layer takes any of them. A regularizer's value is added to the loss: with
`kernel_regularizer=MaxNorm(3)` Keras adds the weights themselves to the loss, limits nothing, and does not say a
word. A regularizer as constraint, or anything but an initializer as initializer, raises: at the latest in `fit`.

## Fix safety
The argument gets the name of what it is given (`kernel_constraint=MaxNorm(3)`). The weights are limited then, which
is what was written; nothing else of the layer changes.
"""

from collections.abc import Iterator

from kerasfix.finding import Finding, Fix, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.module import Module
from kerasfix.trace.custom_records import MisplacedArgument

rule = Rule(__name__, "KF316", Severity.WARNING, fixable=Fixable.SOMETIMES)

_ARTICLE = {"initializer": "an initializer", "regularizer": "a regularizer", "constraint": "a constraint"}


@rule.on(MisplacedArgument)
def check(record: MisplacedArgument, module: Module) -> Iterator[Finding]:
    silent = record.given == "constraint" and record.wanted == "regularizer"
    given = module.code(record.argument.node.value)
    why = (
        "its value is added to the loss, and limits nothing" if silent else "Keras raises when it is applied"
    )
    advice = f": write `{record.right}=`" if record.right else ""
    yield rule.finding(
        module.span(record.argument.node),
        f"`{given}` is {_ARTICLE[record.given]}, but `{record.keyword}` wants {_ARTICLE[record.wanted]}:"
        f" {why}{advice}",
        fixes=_fixes(record, module),
        severity=None if silent else Severity.ERROR,
    )


def _fixes(record: MisplacedArgument, module: Module) -> tuple[Fix, ...]:
    keyword = record.argument.node.keyword
    if record.right is None or keyword is None or keyword.value != record.keyword:
        return ()
    return (Fix(f"Write `{record.right}=`", (replace(module, keyword, record.right),)),)


EXAMPLES = (
    Example(
        """\
import keras
from keras.constraints import MaxNorm
model = keras.Sequential([
    keras.Input((4,)),
    keras.layers.Dense(8, activation="relu", kernel_regularizer=MaxNorm(3)),  # <- KF316
    keras.layers.Dense(1),
])
model.compile(loss="mse")
""",
        """\
import keras
from keras.constraints import MaxNorm
model = keras.Sequential([
    keras.Input((4,)),
    keras.layers.Dense(8, activation="relu", kernel_constraint=MaxNorm(3)),
    keras.layers.Dense(1),
])
model.compile(loss="mse")
""",
    ),
    Example(
        """\
from tensorflow.keras import layers, models, regularizers
model = models.Sequential()
model.add(layers.Input((4,)))
model.add(layers.Dense(1, kernel_constraint=regularizers.l2(0.01)))  # <- KF316
model.compile(loss='mse')
""",
        """\
from tensorflow.keras import layers, models, regularizers
model = models.Sequential()
model.add(layers.Input((4,)))
model.add(layers.Dense(1, kernel_regularizer=regularizers.l2(0.01)))
model.compile(loss='mse')
""",
    ),
    Example(
        """\
import keras
layer = keras.layers.Dense(1, activity_regularizer=keras.constraints.NonNeg())  # <- KF316
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
from keras.constraints import MaxNorm
layer = keras.layers.Dense(1, kernel_constraint=MaxNorm(3), kernel_regularizer=keras.regularizers.L2(0.01))
""",
    """\
import keras
def limited(weights):
    return keras.ops.sum(keras.ops.square(weights))
layer = keras.layers.Dense(1, kernel_regularizer=limited, bias_regularizer="l2")
""",
    """\
import keras
from settings import REGULARIZER
layer = keras.layers.Dense(1, kernel_regularizer=REGULARIZER, kernel_initializer=keras.initializers.Zeros)
""",
)
