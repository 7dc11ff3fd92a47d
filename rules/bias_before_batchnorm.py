"""A layer adds a bias, and the `BatchNormalization` behind it takes it out again.

## Why is this bad?
Batch normalisation subtracts the mean of each channel, bias and all, and adds its own `beta`. The bias costs memory and
time and has no effect.

## Fix safety
The layer gets `use_bias=False`: the model computes the same functions as before.
"""

from collections.abc import Iterator
from itertools import pairwise

from kerasfix.finding import Finding, Fix, Severity
from kerasfix.repairs.training import add_argument
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Training

rule = Rule(__name__, "KF704", Severity.INFO, fixable=Fixable.ALWAYS, default=False)

_BIASED = frozenset(
    {"Dense", "Conv1D", "Conv2D", "Conv3D", "SeparableConv2D", "DepthwiseConv2D", "Conv2DTranspose"}
)


@rule.on(Training)
def check(record: Training, module: Module) -> Iterator[Finding]:
    for link, after in pairwise(record.chain):
        if (
            link.layer.cls not in _BIASED
            or after.layer.cls != "BatchNormalization"
            or not link.layer.complete
        ):
            continue
        if link.activation is None or link.activation.name != "linear" or "use_bias" in link.layer.arguments:
            continue
        if "center" in after.layer.arguments or not after.layer.complete:
            continue
        edit = add_argument(module, link.layer.call, "use_bias=False")
        yield rule.finding(
            module.span(link.layer.call),
            f"The bias of this `{link.layer.cls}` has no effect: the `BatchNormalization` behind it"
            f" ({module.place(after.layer.call)}) subtracts it",
            fixes=(Fix("Leave out the bias", (edit,)),),
        )


EXAMPLES = (
    Example(
        """\
import keras
from keras import layers
model = keras.Sequential([
    layers.Input((28, 28, 1)),
    layers.Conv2D(8, 3),  # <- KF704
    layers.BatchNormalization(),
    layers.ReLU(),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(loss="sparse_categorical_crossentropy")
""",
        """\
import keras
from keras import layers
model = keras.Sequential([
    layers.Input((28, 28, 1)),
    layers.Conv2D(8, 3, use_bias=False),
    layers.BatchNormalization(),
    layers.ReLU(),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(loss="sparse_categorical_crossentropy")
""",
    ),
    Example(
        """\
from keras import Model, layers
inputs = layers.Input((8,))
h = layers.Dense(16)(inputs)  # <- KF704
h = layers.BatchNormalization()(h)
h = layers.Activation("relu")(h)
model = Model(inputs, layers.Dense(1)(h))
model.compile(loss="mse")
""",
        """\
from keras import Model, layers
inputs = layers.Input((8,))
h = layers.Dense(16, use_bias=False)(inputs)
h = layers.BatchNormalization()(h)
h = layers.Activation("relu")(h)
model = Model(inputs, layers.Dense(1)(h))
model.compile(loss="mse")
""",
    ),
)
NEAR_MISSES = (
    """\
from keras import Sequential, layers
model = Sequential([layers.Input((8,)), layers.Dense(16, activation="relu"), layers.BatchNormalization(),
                    layers.Dense(1)])
model.compile(loss="mse")
""",
    """\
from keras import Sequential, layers
model = Sequential([layers.Input((8,)), layers.Dense(16, use_bias=False), layers.BatchNormalization(),
                    layers.ReLU(), layers.Dense(1)])
model.compile(loss="mse")
""",
)
