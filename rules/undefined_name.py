"""A name that is bound nowhere, or only further down.

## Why is this bad?
The script stops with a `NameError` when it gets there: after the imports, the downloads and perhaps the training. In
documents only blocks that import Keras themselves count: the others are parts of something that is not shown. As in
`missing-import`, it is a warning where only functions that nothing calls use the name.

## What to do
Look at the name that the message shows as the nearest: most of these are slips of the pen. A name that is bound further
down belongs above, as in `model.add(...)` before `model = Sequential()`; in a notebook it may be in a cell that was
moved. What only Python 2 had (`xrange`, `raw_input`, `unicode`) is written as in Python 3.

## Fix safety
Offered for names of Python 2 that mean the same under another name in Python 3.
"""

from collections.abc import Iterator

from kerasfix.finding import Finding, Fix, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.module import Module
from kerasfix.trace.records import UndefinedName

rule = Rule(__name__, "KF105", Severity.ERROR, fixable=Fixable.SOMETIMES)

_PYTHON_2 = {
    "basestring": "str",
    "long": "int",
    "raw_input": "input",
    "unichr": "chr",
    "unicode": "str",
    "xrange": "range",
}


@rule.on(UndefinedName)
def check(record: UndefinedName, module: Module) -> Iterator[Finding]:
    if module.source.fragment:
        return
    fixes: tuple[Fix, ...] = ()
    now = _PYTHON_2.get(record.name)
    if now is not None and not record.later:
        message = f"`{record.name}` was a name of Python 2: it is `{now}` now"
        fixes = (Fix(f"Use `{now}`", tuple(replace(module, node, now) for node in record.nodes)),)
    elif record.later:
        message = f"`{record.name}` is used here, but it gets its value only further down"
    elif record.near:
        message = f"`{record.name}` is not defined anywhere: did you mean `{record.near[0]}`?"
    else:
        message = f"`{record.name}` is not defined anywhere in this file"
    severity = Severity.WARNING if record.unreached else None
    yield rule.finding(module.span(record.nodes[0]), message, fixes=fixes, severity=severity)


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
    Example(
        """\
import keras
model = keras.Sequential([keras.Input((4,))])
for _ in xrange(2):  # <- KF105
    model.add(keras.layers.Dense(8))
widths = [layer.units for layer in model.layers for _ in xrange(2)]
""",
        """\
import keras
model = keras.Sequential([keras.Input((4,))])
for _ in range(2):
    model.add(keras.layers.Dense(8))
widths = [layer.units for layer in model.layers for _ in range(2)]
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
try:
    xrange
except NameError:
    xrange = range
layers = [keras.layers.Dense(n) for n in xrange(1, 3)]
""",
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
