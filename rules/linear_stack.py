"""Two layers with weights follow each other without an activation between them.

## Why is this bad?
A linear layer on a linear layer is one linear layer: the second adds weights and time, and nothing that one layer
could not do. Mostly `activation="relu"` was forgotten.

## Fix safety
The first layer gets `relu`, the usual choice. It is another model then, so the fix is unsafe.
"""

from collections.abc import Iterator

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.repairs.training import set_activation
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Head, Link, Training

rule = Rule(__name__, "KF702", Severity.WARNING, fixable=Fixable.SOMETIMES)

_LEARN = frozenset({"Dense", "Conv1D", "Conv2D", "Conv3D"})
# Layers that are linear themselves, or only choose: they put nothing between that bends.
_LINEAR = frozenset(
    {"Dropout", "Flatten", "Reshape", "Permute", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D",
     "GlobalAveragePooling1D", "GlobalAveragePooling2D", "ZeroPadding1D", "ZeroPadding2D", "BatchNormalization"}
)  # fmt: skip


@rule.on(Training)
def check(record: Training, module: Module) -> Iterator[Finding]:
    for first, second in _stacks(record.chain):
        edits = set_activation(module, Head(first.layer, None, (), after=False), "relu")
        cls = second.layer.cls
        yield rule.finding(
            module.span(first.layer.call),
            f"There is no activation between this `{first.layer.cls}` and the next one, `{cls}`"
            f" ({module.place(second.layer.call)}): together they are one linear layer",
            fixes=(Fix("Use `relu`", edits, Applicability.UNSAFE),) if edits else (),
        )


def _stacks(chain: list[Link]) -> Iterator[tuple[Link, Link]]:
    """Pairs of layers with nothing but linear ones between, in models that have no way to bend there."""
    for place, link in enumerate(chain):
        if link.layer.cls not in _LEARN or link.activation is None or link.activation.name != "linear":
            continue
        for later in chain[place + 1 :]:
            if later.layer.cls in _LEARN:
                if later.layer.call is not link.layer.call and not _is_bottleneck(link, later):
                    yield link, later
                break
            if later.layer.cls not in _LINEAR:
                break


def _is_bottleneck(first: Link, second: Link) -> bool:
    """A narrow linear layer is meant as such: it halves a matrix, or holds the code of an autoencoder."""
    return first.width is None or second.width is None or first.width < second.width


EXAMPLES = (
    Example(
        """\
import keras
from keras import layers
model = keras.Sequential([
    layers.Input((8,)),
    layers.Dense(64),  # <- KF702
    layers.Dropout(0.2),
    layers.Dense(32),  # <- KF702
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
    layers.Dropout(0.2),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
])
model.compile(loss="mse")
""",
    ),
    Example(
        """\
from keras.layers import Conv2D, Dense, Flatten, Input
from keras.models import Sequential
model = Sequential()
model.add(Input((28, 28, 1)))
model.add(Conv2D(32, 3, activation=None))  # <- KF702
model.add(Flatten())
model.add(Dense(10, activation='softmax'))
model.compile(loss='sparse_categorical_crossentropy')
""",
        """\
from keras.layers import Conv2D, Dense, Flatten, Input
from keras.models import Sequential
model = Sequential()
model.add(Input((28, 28, 1)))
model.add(Conv2D(32, 3, activation='relu'))
model.add(Flatten())
model.add(Dense(10, activation='softmax'))
model.compile(loss='sparse_categorical_crossentropy')
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
from keras import layers
model = keras.Sequential([layers.Input((8,)), layers.Dense(64), layers.ReLU(), layers.Dense(1)])
model.compile(loss="mse")
""",
    """\
import keras
from keras import layers
model = keras.Sequential([layers.Input((28, 28, 1)), layers.Conv2D(8, 3), layers.MaxPooling2D(), layers.Flatten(),
                          layers.Dense(4)])
model.compile(loss="mse")
""",
    """\
import keras
from keras import layers
autoencoder = keras.Sequential([
    layers.Input((64,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(2),
    layers.Dense(32, activation="relu"),
    layers.Dense(64),
])
autoencoder.compile(loss="mse")
""",
)
