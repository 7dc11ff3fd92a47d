"""`metrics=` of `compile` is no list of metrics, or has not one entry for each output.

## Why is this bad?
Keras 3 takes a list and raises a `ValueError` for anything else. For a model with several outputs it is a dict, or a
list with one entry for each output; one list for all of them, as in Keras 2, raises in `fit`.

## Fix safety
Keras raises on the code as it stands. One metric becomes a list of one; metrics for all outputs, given as strings,
are repeated for each output, which is what they meant.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Finding, Fix, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace, wrap
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Compile
from kerasfix.trace.values import Argument, Const, Function, Object, Reference, Sequence, Value

rule = Rule(__name__, "KF312", Severity.ERROR, fixable=Fixable.ALWAYS)


@rule.on(Compile)
def check(record: Compile, module: Module) -> Iterator[Finding]:
    for name in ("metrics", "weighted_metrics"):
        argument = record.arguments.get(name)
        if argument is None:
            continue
        match argument.value:
            case Sequence(items=list(items)) if _is_flat(record, items):
                yield _for_all(record, argument, name, items, module)
            case Const(value=str()) | Object() | Function():
                node = argument.node.value
                yield rule.finding(
                    module.span(argument.node),
                    f"`{name}` must be a list, but it is `{module.code(node)}` itself: write `[{module.code(node)}]`",
                    fixes=(Fix("Make it a list", wrap(module, node, "[", "]")),),
                )


def _is_flat(record: Compile, items: list[Value]) -> bool:
    """Whether one list of metrics is given for several outputs."""
    plain = all(isinstance(item, (Const, Object, Function, Reference)) for item in items)
    return plain and bool(items) and len(record.outputs) > 1 and len(items) != len(record.outputs)


def _for_all(record: Compile, argument: Argument, name: str, items: list[Value], module: Module) -> Finding:
    node, count = argument.node.value, len(record.outputs)
    code = module.code(node)
    fixes: tuple[Fix, ...] = ()
    if isinstance(node, cst.List) and all(isinstance(item, Const) for item in items):
        repeated = f"[{', '.join([code] * count)}]"
        fixes = (Fix("Repeat the metrics for each output", (replace(module, node, repeated),)),)
    return rule.finding(
        module.span(argument.node),
        f"The model has {count} outputs, but `{name}` has {len(items)} entr{'y' if len(items) == 1 else 'ies'}: give"
        " one list of metrics for each output, or a dict",
        fixes=fixes,
    )


EXAMPLES = (
    Example(
        """\
import keras
inputs = keras.Input((4,))
outputs = [keras.layers.Dense(1, name="a")(inputs), keras.layers.Dense(1, name="b")(inputs)]
model = keras.Model(inputs, outputs)
model.compile(loss="mse", metrics=["mae"])  # <- KF312
""",
        """\
import keras
inputs = keras.Input((4,))
outputs = [keras.layers.Dense(1, name="a")(inputs), keras.layers.Dense(1, name="b")(inputs)]
model = keras.Model(inputs, outputs)
model.compile(loss="mse", metrics=[["mae"], ["mae"]])
""",
    ),
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
inputs = keras.Input((4,))
outputs = [keras.layers.Dense(1, name="a")(inputs), keras.layers.Dense(1, name="b")(inputs)]
model = keras.Model(inputs, outputs)
model.compile(loss="mse", metrics=["mae", "mse"])
model.compile(loss="mse", metrics=[["mae"], []])
model.compile(loss="mse", metrics={"a": "mae"})
""",
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
