"""Two activations are applied one after the other.

## Why is this bad?
`Dense(10, activation="relu")` followed by `Activation("softmax")` cuts off all numbers below 0 before they become
probabilities; a second `softmax` or `sigmoid` flattens those of the first. Mostly the argument was left from a copy.

## Fix safety
The activation of the layer before goes, and the later one stays. For the same `relu` twice nothing changes, so that is
safe; anything else is another model, and unsafe.
"""

from collections.abc import Iterator
from itertools import pairwise

from kerasfix.finding import Applicability, Finding, Fix, Note, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import remove_argument
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Training

rule = Rule(__name__, "KF701", Severity.WARNING, fixable=Fixable.SOMETIMES)

_ACTIVATIONS = frozenset({"Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax"})
_PLAIN = frozenset({None, "linear"})


@rule.on(Training)
def check(record: Training, module: Module) -> Iterator[Finding]:
    for before, after in pairwise(record.chain):
        first, second = before.activation, after.activation
        if after.layer.cls not in _ACTIVATIONS or first is None or second is None:
            continue
        if first.name in _PLAIN or second.name in _PLAIN:
            continue
        written = first.argument is not None or before.layer.cls in _ACTIVATIONS
        if not written or before.layer.call is after.layer.call or before.step.looped:
            continue
        fixes: tuple[Fix, ...] = ()
        if first.argument is not None and before.layer.cls != "Activation":
            level = Applicability.SAFE if first.name == second.name == "relu" else Applicability.UNSAFE
            edit = remove_argument(module, before.layer.call, first.argument.node)
            fixes = (Fix(f"Drop the `{first.name}` before", (edit,), level),)
        yield rule.finding(
            module.span(after.layer.call),
            f"`{second.name}` is applied to what `{first.name}` puts out ({module.place(before.layer.call)}): keep one"
            " of them",
            fixes=fixes,
            notes=(Note(f"here `{first.name}` is applied", *module.span(before.layer.call)),),
        )


EXAMPLES = (
    Example(
        """\
import keras
from keras.layers import Activation, Dense, Input
model = keras.Sequential()
model.add(Input((8,)))
model.add(Dense(16, activation="relu"))
model.add(Activation("relu"))  # <- KF701
model.add(Dense(3, activation="relu"))
model.add(Activation("softmax"))  # <- KF701
model.compile(loss="sparse_categorical_crossentropy")
""",
        """\
import keras
from keras.layers import Activation, Dense, Input
model = keras.Sequential()
model.add(Input((8,)))
model.add(Dense(16))
model.add(Activation("relu"))
model.add(Dense(3))
model.add(Activation("softmax"))
model.compile(loss="sparse_categorical_crossentropy")
""",
    ),
    Example(
        """\
from keras import Model, layers
inputs = layers.Input((8,))
h = layers.Dense(4)(inputs)
h = layers.Activation('sigmoid')(h)
outputs = layers.Softmax()(h)  # <- KF701
model = Model(inputs, outputs)
model.compile(loss='categorical_crossentropy')
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
from keras.layers import Activation, Dense, Input, LeakyReLU
model = keras.Sequential([Input((8,)), Dense(16), LeakyReLU(), Dense(3), Activation("softmax")])
model.compile(loss="sparse_categorical_crossentropy")
""",
    """\
import keras
from keras.layers import Activation, Dense, Input
model = keras.Sequential([Input((8,)), Dense(3, activation="linear"), Activation("softmax")])
model.compile(loss="sparse_categorical_crossentropy")
""",
    """\
import keras
from keras.layers import Activation, Dense, Input, LSTM
model = keras.Sequential([Input((8, 2)), LSTM(16), Activation("relu"), Dense(1)])
model.compile(loss="mse")
""",
)
