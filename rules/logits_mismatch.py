"""A loss for probabilities gets numbers without an activation, or one for logits gets probabilities.

## Why is this bad?
Without `from_logits=True` a cross-entropy takes the logarithm of the outputs. Numbers below 0 are cut off there and
get no gradient: the model hardly learns. The other way round, `from_logits=True` with `softmax` or `sigmoid` applies
the activation twice in everything but TensorFlow, where Keras looks through it and warns.

## Fix safety
The output gets the activation that the loss expects, or a loss object gets `from_logits=True`. The model cannot learn
as it stands. For probabilities with `from_logits=True` the argument goes: TensorFlow computes the same then.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Edit, Finding, Fix, Severity
from kerasfix.keras.losses import BINARY, PROBABILITIES
from kerasfix.repairs.training import add_argument, set_activation
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import remove_argument
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Head, Loss, Training

rule = Rule(__name__, "KF308", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(Training)
def check(record: Training, module: Module) -> Iterator[Finding]:
    head, loss = record.head, record.loss
    if head is None or loss is None or loss.name not in PROBABILITIES:
        return
    # One unit is no distribution: what is wrong there is the width or the loss.
    alone = record.width == 1 and loss.name not in BINARY
    if head.activation == "linear" and loss.from_logits is False and not alone and record.width is not None:
        right = "sigmoid" if loss.name in BINARY else "softmax"
        yield rule.finding(
            module.span(head.layer.call),
            f"The output has no activation, but `{loss.name}` takes it for probabilities: use `{right}`, or a loss"
            " with `from_logits=True`",
            fixes=tuple(_fixes(head, loss, right, module)),
        )
    elif loss.from_logits and head.activation in {"sigmoid", "softmax"}:
        edits = _without(module, loss)
        yield rule.finding(
            module.span(loss.node),
            f"`from_logits=True` says that the output has no activation, but it has `{head.activation}`: leave one"
            " of them out",
            fixes=(Fix("Leave out `from_logits=True`", edits),) if edits else (),
            severity=Severity.WARNING,
        )


def _fixes(head: Head, loss: Loss, right: str, module: Module) -> Iterator[Fix]:
    choices: list[Fix] = []
    if isinstance(loss.node, cst.Call):
        choices.append(Fix("Add `from_logits=True`", (add_argument(module, loss.node, "from_logits=True"),)))
    if edits := set_activation(module, head, right):
        choices.append(Fix(f"Use `{right}`", edits))
    yield from choices


def _without(module: Module, loss: Loss) -> tuple[Edit, ...]:
    call = loss.node
    for argument in call.args if isinstance(call, cst.Call) else ():
        if argument.keyword is not None and argument.keyword.value == "from_logits":
            assert isinstance(call, cst.Call)
            return (remove_argument(module, call, argument),)
    return ()


EXAMPLES = (
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(90, 4), np.random.randint(0, 3, 90)
model = keras.Sequential([
    keras.Input((4,)),
    keras.layers.Dense(8, activation="relu"),
    keras.layers.Dense(3),  # <- KF308
])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
        """\
import keras
import numpy as np
x, y = np.random.rand(90, 4), np.random.randint(0, 3, 90)
model = keras.Sequential([
    keras.Input((4,)),
    keras.layers.Dense(8, activation="relu"),
    keras.layers.Dense(3, activation="softmax"),
])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
import numpy as np
from keras.losses import BinaryCrossentropy
x, y = np.random.rand(64, 4), np.random.randint(0, 2, 64)
model = keras.Sequential()
model.add(keras.Input((4,)))
model.add(keras.layers.Dense(1))  # <- KF308
model.compile(loss=BinaryCrossentropy())
model.fit(x, y)
""",
        """\
import keras
import numpy as np
from keras.losses import BinaryCrossentropy
x, y = np.random.rand(64, 4), np.random.randint(0, 2, 64)
model = keras.Sequential()
model.add(keras.Input((4,)))
model.add(keras.layers.Dense(1))
model.compile(loss=BinaryCrossentropy(from_logits=True))
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(90, 4), np.random.randint(0, 3, 90)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))  # <- KF308
model.fit(x, y)
""",
        """\
import keras
import numpy as np
x, y = np.random.rand(90, 4), np.random.randint(0, 3, 90)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
model.compile(loss=keras.losses.SparseCategoricalCrossentropy())
model.fit(x, y)
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
""",
    """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Softmax()])
model.compile(loss="categorical_crossentropy")
""",
    """\
import keras
inputs = keras.Input((4,))
logits = keras.layers.Dense(3)(inputs)
outputs = keras.layers.Lambda(lambda t: keras.ops.softmax(t))(logits)
model = keras.Model(inputs, outputs)
model.compile(loss="categorical_crossentropy")
""",
    """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse")
""",
)
