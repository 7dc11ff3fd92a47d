"""`accuracy` is asked of a regression.

## Why is this bad?
Accuracy counts how often output and target are the same (rounded) number. For a quantity that is next to never: the
metric stays near 0, or near a constant, however good the model is. Watch the mean absolute error instead.

## Fix safety
The metric becomes `mae`, or goes where `mae` is there already; training itself does not change. It is unsafe where
the script mentions the old name elsewhere, for a callback or a plot.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Edit, Finding, Fix, Severity
from kerasfix.keras.losses import ACCURACIES, REGRESSION
from kerasfix.repairs.calls import remove_arguments
from kerasfix.repairs.training import Edits, set_metric, together
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.syntax.references import parent
from kerasfix.trace.records import Loss, Training

rule = Rule(__name__, "KF310", Severity.WARNING, fixable=Fixable.SOMETIMES)


@rule.on(Training)
def check(record: Training, module: Module) -> Iterator[Finding]:
    head, loss = record.head, record.loss
    if (
        head is None
        or loss is None
        or loss.name not in REGRESSION
        or head.activation not in {"linear", "relu"}
    ):
        return
    kinds = {labels.kind for labels in record.labels}
    numbers = record.width == 1 and not any(labels.classes == 2 for labels in record.labels)
    if kinds & {"binary", "one-hot", "multi-label"} or ("classes" in kinds and not numbers):
        return
    for metric in record.metrics or ():
        # Who asks for `BinaryAccuracy` has classes in mind, unless the labels say otherwise.
        if metric.name in {"accuracy", "acc"} or (metric.name in ACCURACIES and "values" in kinds):
            once = module.text.count(metric.key) == 1 if metric.key else False
            there = any(other.name == "mean_absolute_error" for other in record.metrics or ())
            edits = _dropped(module, metric.node) if there else _error_instead(module, metric)
            level = Applicability.SAFE if once else Applicability.UNSAFE
            advice = "drop it" if there else "use `mae`"
            yield rule.finding(
                module.span(metric.node),
                f"`{metric.key or metric.name}` means nothing for a regression with `{loss.name}`: {advice}",
                fixes=(Fix(advice.capitalize(), edits, level),) if edits else (),
            )


def _error_instead(module: Module, metric: Loss) -> Edits | None:
    """The mean absolute error in the place of a metric, whose name of its own goes."""
    if isinstance(metric.node, cst.SimpleString):
        return set_metric(module, metric, "mae")
    edits = set_metric(module, metric, "mean_absolute_error")
    if not isinstance(metric.node, cst.Call) or not metric.node.args:
        return edits
    return together(edits, remove_arguments(module, metric.node, list(metric.node.args)))


def _dropped(module: Module, metric: cst.CSTNode) -> tuple[Edit, ...] | None:
    """A metric taken out of its list, with the comma; None where it stands in no list of several."""
    element = parent(module, metric)
    values = parent(module, element) if isinstance(element, cst.Element) else None
    if not isinstance(values, (cst.List, cst.Tuple)) or len(values.elements) < 2:
        return None
    spans = [module.span(each.value) for each in values.elements]
    position = next(index for index, each in enumerate(values.elements) if each is element)
    if position:
        return (Edit(spans[position - 1][1], spans[position][1], ""),)
    return (Edit(spans[0][0], spans[1][0], ""),)


EXAMPLES = (
    Example(
        """\
import keras
(x, y), _ = keras.datasets.boston_housing.load_data()
model = keras.Sequential([keras.layers.BatchNormalization(), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse", metrics=["accuracy"])  # <- KF310
model.fit(x, y)
""",
        """\
import keras
(x, y), _ = keras.datasets.boston_housing.load_data()
model = keras.Sequential([keras.layers.BatchNormalization(), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
model.fit(x, y)
""",
    ),
    Example(
        """\
from keras.layers import Dense, Input
from keras.models import Sequential
model = Sequential([Input((8,)), Dense(16, activation='relu'), Dense(1)])
model.compile(loss='mean_absolute_error', metrics=['acc', 'mse'])  # <- KF310
""",
        """\
from keras.layers import Dense, Input
from keras.models import Sequential
model = Sequential([Input((8,)), Dense(16, activation='relu'), Dense(1)])
model.compile(loss='mean_absolute_error', metrics=['mae', 'mse'])
""",
    ),
    Example(
        """\
from keras.layers import Dense, Input
from keras.models import Sequential
model = Sequential([Input((8,)), Dense(16, activation='relu'), Dense(1)])
model.compile(loss='mse', metrics=['mae', 'acc'])  # <- KF310
model.compile(loss='mse', metrics=['accuracy', 'mse', 'mean_absolute_error'])  # <- KF310
""",
        """\
from keras.layers import Dense, Input
from keras.models import Sequential
model = Sequential([Input((8,)), Dense(16, activation='relu'), Dense(1)])
model.compile(loss='mse', metrics=['mae'])
model.compile(loss='mse', metrics=['mse', 'mean_absolute_error'])
""",
    ),
    Example(
        """\
import keras
import numpy as np
from keras import losses
from keras.metrics import CategoricalAccuracy, RootMeanSquaredError
x, y = np.random.rand(64, 8), np.random.rand(64, 4)
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])
model.compile(
    loss=losses.MeanSquaredError(),
    metrics=[CategoricalAccuracy(name="acc"), RootMeanSquaredError(name="error")],  # <- KF310
)
model.fit(x, y)
""",
        """\
import keras
import numpy as np
from keras import losses
from keras.metrics import RootMeanSquaredError, MeanAbsoluteError
x, y = np.random.rand(64, 8), np.random.rand(64, 4)
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])
model.compile(
    loss=losses.MeanSquaredError(),
    metrics=[MeanAbsoluteError(), RootMeanSquaredError(name="error")],
)
model.fit(x, y)
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
from helpers import x, y
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss="mse", metrics=[keras.metrics.BinaryAccuracy()])
model.fit(x, y)
""",
    """\
import keras
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(1)])
model.compile(loss="mse", metrics=["mae"])
""",
    """\
import keras
import numpy as np
x, y = np.random.rand(64, 8), np.random.randint(0, 2, (64, 3))
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(3)])
model.compile(loss="mse", metrics=["accuracy"])
model.fit(x, y)
""",
    """\
import keras
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(1)])
model.compile(loss="hinge", metrics=["accuracy"])
""",
)
