"""A string that names no loss, metric, optimizer, activation, initializer, regularizer or constraint of Keras.

## Why is this bad?
`compile` takes any string and checks nothing: Keras raises only when `fit` begins, after the data was loaded. A
custom loss is given as the function itself, not as its name in quotes.

## Fix safety
A class of an optimizer is called. A string that names a function of the script becomes that function; a misspelt
name of Keras is put right where only one name is near. Keras raises as it stands, so nothing that worked changes.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Finding, Fix, Severity
from kerasfix.keras import api
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.module import Module
from kerasfix.trace.records import UnknownIdentifier

rule = Rule(__name__, "KF302", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(UnknownIdentifier)
def check(record: UnknownIdentifier, module: Module) -> Iterator[Finding]:
    if record.uncalled:
        code = module.code(record.node)
        yield rule.finding(
            module.span(record.node),
            f"`{record.owner}` wants an {record.kind}, but `{code}` is its class: write `{code}()`",
            fixes=(Fix(f"Write `{code}()`", (replace(module, record.node, f"{code}()"),)),),
        )
        return
    article = "an" if record.kind[0] in "aeio" else "a"
    fixes: tuple[Fix, ...] = ()
    near = api.closest(record.kind, record.text)
    literal = isinstance(record.node, cst.SimpleString)
    if record.function:
        advice = f"give the function `{record.text}` itself, without quotes"
        if literal:
            fixes = (Fix(f"Pass the function `{record.text}`", (replace(module, record.node, record.text),)),)
    elif near:
        advice = f"did you mean `{near[0]}`?"
        if literal and isinstance(record.node, cst.SimpleString) and _alone(record.text, near):
            quoted = f"{record.node.prefix}{record.node.quote}{near[0]}{record.node.quote}"
            fixes = (Fix(f"Replace with `{near[0]}`", (replace(module, record.node, quoted),)),)
    else:
        advice = f"give one of Keras's names, or the {record.kind} itself"
    yield rule.finding(
        module.span(record.node),
        f"`{record.owner}` does not know {article} {record.kind} called `{record.text}`: {advice}",
        fixes=fixes,
    )


def _alone(text: str, near: list[str]) -> bool:
    """Whether one name is clearly nearer than all others that mean something else."""

    def plain(name: str) -> str:
        return name.lower().replace("_", "")

    ratios = {plain(name): api.likeness(text.lower(), name.lower()) for name in near}
    best = ratios.pop(plain(near[0]))
    return best > 0.8 and all(ratio < best - 0.05 for ratio in ratios.values())


EXAMPLES = (
    Example(
        """\
import keras
from keras.optimizers import Adam
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(optimizer=Adam, loss=keras.losses.MeanSquaredError)  # <- KF302
""",
        """\
import keras
from keras.optimizers import Adam
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(optimizer=Adam(), loss=keras.losses.MeanSquaredError)
""",
    ),
    Example(
        """\
import keras
def custom_loss(y_true, y_pred):
    return keras.ops.mean(keras.ops.square(y_true - y_pred))
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(optimizer='adam', loss='custom_loss')  # <- KF302
""",
        """\
import keras
def custom_loss(y_true, y_pred):
    return keras.ops.mean(keras.ops.square(y_true - y_pred))
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(optimizer='adam', loss=custom_loss)
""",
    ),
    Example(
        """\
from keras import layers, models
model = models.Sequential([layers.Dense(4, activation="rellu"), layers.Dense(3, "softmax")])  # <- KF302
model.compile(loss="sparse_categorial_crossentropy")  # <- KF302
""",
        """\
from keras import layers, models
model = models.Sequential([layers.Dense(4, activation="relu"), layers.Dense(3, "softmax")])
model.compile(loss="sparse_categorical_crossentropy")
""",
    ),
    Example(
        """\
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(optimizer="gradient_magic", loss="mse")  # <- KF302
"""
    ),
    Example(
        """\
import keras, sys
loss, act = "mse", "relu"
if len(sys.argv) > 1:
    loss, act = "binary_crossentorpy", "sigmoyd"  # <- KF302, KF302
model = keras.Sequential([keras.layers.Dense(1, act)])
model.compile(optimizer=keras.optimizers.get("adma"), loss=loss)  # <- KF302
""",
        """\
import keras, sys
loss, act = "mse", "relu"
if len(sys.argv) > 1:
    loss, act = "binary_crossentropy", "sigmoid"
model = keras.Sequential([keras.layers.Dense(1, act)])
model.compile(optimizer=keras.optimizers.get("adam"), loss=loss)
""",
    ),
)
NEAR_MISSES = (
    """\
import keras, sys
losses = {"mse_": lambda y, p: keras.ops.mean(y - p)}
name = sys.argv[1] if len(sys.argv) > 1 else "mse_"
loss = losses[name] if name in losses else name
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss=loss)
""",
    """\
import keras, sys
activation = ""
if len(sys.argv) > 1:
    activation = sys.argv[1]
model = keras.Sequential([keras.layers.Dense(1, activation or None)])
model.compile(optimizer=keras.optimizers.get(sys.argv[2]), loss="mse")
""",
    """\
import keras
model = keras.Sequential([keras.layers.Dense(1, "sigmoid", kernel_initializer="uniform")])
model.compile(optimizer="Adam", loss="MSE", metrics=["acc", "mae"])
""",
    """\
import keras
@keras.saving.register_keras_serializable()
def swishy(x):
    return x
layer = keras.layers.Dense(1, activation="swishy")
""",
    """\
import keras, sys
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(optimizer=sys.argv[1], loss=sys.argv[2])
""",
)
