"""A name that is bound nowhere, or only further down.

## Why is this bad?
The script stops with a `NameError` when it gets there: after the imports, the downloads and perhaps the training. In
documents only blocks that import Keras themselves count: the others are parts of something that is not shown.

## What to do
Look at the name that the message shows as the nearest: most of these are slips of the pen. A name that is bound further
down belongs above, as in `model.add(...)` before `model = Sequential()`; in a notebook it may be in a cell that was
moved.
"""

from collections.abc import Iterator

from kerasfix.finding import Finding, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import UndefinedName

rule = Rule(__name__, "KF105", Severity.ERROR, fixable=Fixable.NEVER)


@rule.on(UndefinedName)
def check(record: UndefinedName, module: Module) -> Iterator[Finding]:
    if module.source.fragment:
        return
    if record.later:
        message = f"`{record.name}` is used here, but it gets its value only further down"
    elif record.near:
        message = f"`{record.name}` is not defined anywhere: did you mean `{record.near[0]}`?"
    else:
        message = f"`{record.name}` is not defined anywhere in this file"
    yield rule.finding(module.span(record.nodes[0]), message)


EXAMPLES = (
    Example(
        """\
import keras
model.add(keras.layers.Dense(1))  # <- KF105
model = keras.Sequential()
"""
    ),
    Example(
        """\
import keras
optimiser = keras.optimizers.Adam()
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(optimizer=optimizr, loss="mse")  # <- KF105
"""
    ),
)
NEAR_MISSES = (
    """\
from keras import layers
from helpers import model
model.add(layers.Dense(1))
""",
    """\
import keras
def build():
    return units
units = 3
build()
""",
    """\
import keras
for name in ["a"]:
    if name == "b":
        print(model)
    model = keras.Sequential()
""",
    """\
import keras
exec("size = 3")
print(size)
""",
)
