"""Data such as `x_train` is used but never loaded.

## Why is this bad?
The script stops with a `NameError`. Articles often show a model without the lines that load its data; what the
model needs is told here, as far as the model says it. In documents only blocks that import Keras themselves count: the
others are parts of something that is not shown. As in `missing-import`, it is a warning where only functions that
nothing calls use the name.

## Fix safety
Only you know where the data comes from: the fix is shown and never applied.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Edit, Finding, Fix, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import UndefinedData

rule = Rule(__name__, "KF104", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(UndefinedData)
def check(record: UndefinedData, module: Module) -> Iterator[Finding]:
    if module.source.fragment:
        return
    needs = f": the model needs {record.needs}" if record.needs else ""
    yield rule.finding(
        module.span(record.nodes[0]),
        f"`{record.name}` is used but never loaded{needs}",
        fixes=_fixes(record, module),
        severity=Severity.WARNING if record.unreached else None,
    )


def _fixes(record: UndefinedData, module: Module) -> tuple[Fix, ...]:
    start = module.span(record.nodes[0])[0]
    statement = next(
        (node for node in module.tree.body if _covers(module, node, start)) if module.tree else iter(()), None
    )
    if statement is None:
        return ()
    what = f"  # {record.needs}" if record.needs else ""
    line = f"{record.name} = ...{what}{module.newline}"
    place = module.span(statement)[0]
    return (
        Fix(f"Load `{record.name}` before this line", (Edit(place, place, line),), Applicability.DISPLAY),
    )


def _covers(module: Module, node: cst.CSTNode, offset: int) -> bool:
    start, end = module.span(node)
    return start <= offset < end


EXAMPLES = (
    Example(
        """\
import keras
model = keras.Sequential([keras.Input(shape=(784,)), keras.layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train)  # <- KF104, KF104
"""
    ),
    Example(
        """\
import keras
images = train_images / 255.0  # <- KF104
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
from data import x_train, y_train
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(x_train, y_train)
""",
    """\
import keras
def train(model, x_train, y_train):
    model.fit(x_train, y_train)
""",
    """\
import keras
if "x_train" in globals():
    print(x_train)
x_train = 1
""",
)
