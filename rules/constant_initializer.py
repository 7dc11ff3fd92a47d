"""The weights of a hidden layer all start with the same value.

## Why is this bad?
Units that start alike get the same gradients and stay alike: a layer of 64 learns no more than one unit. With zeros the
layers before it get no gradient at all.

## Fix safety
The argument goes, and Keras's default (`glorot_uniform`) takes its place. Training starts elsewhere, so it is unsafe.
"""

from collections.abc import Iterator

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.keras import api
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import remove_argument
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Training
from kerasfix.trace.values import Const, Object, Reference, Value

rule = Rule(__name__, "KF703", Severity.WARNING, fixable=Fixable.SOMETIMES)

_CONSTANT = frozenset({"Zeros", "Ones", "Constant"})


@rule.on(Training)
def check(record: Training, module: Module) -> Iterator[Finding]:
    weighted = [link for link in record.chain if link.width is not None]
    for link in weighted[:-1]:  # a last layer of zeros is fine: what comes before it differs
        argument = link.layer.arguments.get("kernel_initializer")
        name = _constant(argument.value) if argument is not None else None
        if argument is None or name is None or link.width == 1:
            continue
        edit = remove_argument(module, link.layer.call, argument.node) if argument.keyword else None
        yield rule.finding(
            module.span(argument.node),
            f"With `{name}` all {link.width} {'filters' if 'Conv' in link.layer.cls else 'units'} start alike and stay"
            " alike: leave the initializer out",
            fixes=(Fix("Leave the initializer out", (edit,), Applicability.UNSAFE),) if edit else (),
        )


def _constant(value: Value) -> str | None:
    """The name of an initializer that gives one value to all weights."""
    match value:
        case Const(value=str(text)):
            full = api.identified("initializer", text)
            return text if full is not None and full.rpartition(".")[2] in _CONSTANT else None
        case Object(cls=cls) if cls.startswith("keras.initializers."):
            last = cls.rpartition(".")[2]
            return last if last in _CONSTANT else None
        case Reference(name=name) if name.startswith("keras.initializers."):
            last = name.rpartition(".")[2]
            return last if last.capitalize() in _CONSTANT else None
    return None


EXAMPLES = (
    Example(
        """\
import keras
from keras import layers
model = keras.Sequential([
    layers.Input((8,)),
    layers.Dense(64, kernel_initializer="zeros", activation="relu"),  # <- KF703
    layers.Dense(1),
])
model.compile(loss="mse")
""",
        """\
import keras
from keras import layers
model = keras.Sequential([
    layers.Input((8,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(1),
])
model.compile(loss="mse")
""",
    ),
    Example(
        """\
import keras
from keras import layers
inputs = keras.Input((28, 28, 1))
h = layers.Conv2D(8, 3, activation="relu", kernel_initializer=keras.initializers.Ones())(inputs)  # <- KF703
h = layers.Flatten()(h)
model = keras.Model(inputs, layers.Dense(10, activation="softmax")(h))
model.compile(loss="sparse_categorical_crossentropy")
""",
        """\
import keras
from keras import layers
inputs = keras.Input((28, 28, 1))
h = layers.Conv2D(8, 3, activation="relu")(inputs)
h = layers.Flatten()(h)
model = keras.Model(inputs, layers.Dense(10, activation="softmax")(h))
model.compile(loss="sparse_categorical_crossentropy")
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
from keras import layers
model = keras.Sequential([layers.Input((8,)), layers.Dense(1, kernel_initializer="zeros")])
model.compile(loss="mse")
""",
    """\
import keras
from keras import layers
model = keras.Sequential([
    layers.Input((8,)),
    layers.Dense(16, activation="relu", bias_initializer="zeros"),
    layers.Dense(1, kernel_initializer="zeros"),
])
model.compile(loss="mse")
""",
)
