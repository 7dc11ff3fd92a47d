"""`metrics=` of `compile` is a string or a metric, not a list of them.

## Why is this bad?
Keras 3 takes a list (or, for several outputs, a dict) and raises a `ValueError` for anything else.

## Fix safety
`compile` raises on the code as it stands; the one metric becomes a list of one.
"""

from collections.abc import Iterator

from kerasfix.finding import Finding, Fix, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import wrap
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Compile
from kerasfix.trace.values import Const, Function, Object

rule = Rule(__name__, "KF312", Severity.ERROR, fixable=Fixable.ALWAYS)


@rule.on(Compile)
def check(record: Compile, module: Module) -> Iterator[Finding]:
    for name in ("metrics", "weighted_metrics"):
        argument = record.arguments.get(name)
        if argument is None:
            continue
        match argument.value:
            case Const(value=str()) | Object() | Function():
                node = argument.node.value
                yield rule.finding(
                    module.span(argument.node),
                    f"`{name}` must be a list, but it is `{module.code(node)}` itself: write `[{module.code(node)}]`",
                    fixes=(Fix("Make it a list", wrap(module, node, "[", "]")),),
                )


EXAMPLES = (
    Example(
        """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", metrics="accuracy")  # <- KF312
""",
        """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", metrics=["accuracy"])
""",
    ),
    Example(
        """\
from keras import layers, metrics, models
model = models.Sequential([layers.Dense(1)])
model.compile("adam", "mse", metrics=metrics.MeanAbsoluteError())  # <- KF312
""",
        """\
from keras import layers, metrics, models
model = models.Sequential([layers.Dense(1)])
model.compile("adam", "mse", metrics=[metrics.MeanAbsoluteError()])
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", metrics=["accuracy"])
""",
    """\
import keras
from settings import METRICS
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", metrics=METRICS)
""",
    """\
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss="mse", metrics=None)
""",
)
