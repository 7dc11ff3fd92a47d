"""A name of Keras, NumPy, Matplotlib or another well-known library is used but never imported.

## Why is this bad?
The script stops with a `NameError` at the first use, and only there: with three imports forgotten it takes
three runs to find them all.

It is a warning where only functions use the name that nothing calls, in a script that does something: it runs as it is,
and the first who calls such a function gets the error. In a file of definitions alone, made to be imported, it is an
error like everywhere.

## Fix safety
The import is added in the style of the file: an existing `from keras.layers import ...` is extended, and
`tensorflow.keras` stays `tensorflow.keras`. Without the import the line raises, so nothing that worked changes.
"""

from collections.abc import Iterator

from kerasfix.finding import Finding, Fix, Severity
from kerasfix.keras import api
from kerasfix.repairs.ops import rewrite_numpy
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.imports import add_import
from kerasfix.syntax.module import Module
from kerasfix.trace.records import MissingImport

rule = Rule(__name__, "KF101", Severity.ERROR, fixable=Fixable.ALWAYS)


@rule.on(MissingImport)
def check(record: MissingImport, module: Module) -> Iterator[Finding]:
    yield rule.finding(
        module.span(record.nodes[0]),
        f"`{record.name}` is used but never imported: {_what(record)}{_uses(record)}",
        fixes=(_fix(record, module),),
        severity=Severity.WARNING if record.unreached else None,
    )


def _what(record: MissingImport) -> str:
    kind = {"class": "a class", "function": "a function", "module": "a module"}.get(
        api.kind(record.home) or "", ""
    )
    if record.home.startswith("keras"):
        return f"it is {kind or 'part'} of Keras, `{record.home}`"
    if record.home == record.name:
        return "it is a module"
    return f"it usually stands for `{record.home}`"


def _uses(record: MissingImport) -> str:
    several = f", used in {len(record.nodes)} places" if len(record.nodes) > 1 else ""
    return several + (", only in a function that nothing calls" if record.unreached else "")


def _fix(record: MissingImport, module: Module) -> Fix:
    if record.replaced:  # every use goes away with NumPy in the graph: importing it would only hide that
        rewritten = [rewrite_numpy(use.function, use.node, module) for use in record.replaced]
        edits = [edit for fix in rewritten if fix is not None for edit in fix.edits]
        return Fix(
            "Write these calls with `keras.ops` instead", tuple(dict.fromkeys(edits)),
            max((fix.applicability for fix in rewritten if fix is not None), key=_RANK.index),
        )  # fmt: skip
    return Fix(f"Import `{record.name}`", add_import(module, record.home, record.name))


_RANK = ["safe", "unsafe", "display"]


EXAMPLES = (
    Example(
        """\
import keras

def show(history):
    plt.plot(history.history["loss"])  # <- KF101
    plt.show()

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.summary()
""",
        """\
import matplotlib.pyplot as plt
import keras

def show(history):
    plt.plot(history.history["loss"])
    plt.show()

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.summary()
""",
    ),
    Example(
        """\
from keras.layers import Dense, Conv2D
from keras.models import Sequential

model = Sequential()
model.add(Conv2D(8, 3, input_shape=(28, 28, 1)))
model.add(MaxPooling2D())  # <- KF101
model.add(MaxPooling2D())
model.add(Flatten())  # <- KF101
model.add(Dense(10))
""",
        """\
from keras.layers import Dense, Conv2D, MaxPooling2D, Flatten
from keras.models import Sequential

model = Sequential()
model.add(Conv2D(8, 3, input_shape=(28, 28, 1)))
model.add(MaxPooling2D())
model.add(MaxPooling2D())
model.add(Flatten())
model.add(Dense(10))
""",
    ),
    Example(
        """\
from tensorflow.keras.layers import (
    Dense,  # 全连接层
)

x = np.zeros((8, 4))  # <- KF101
model = Sequential([Dense(1)])  # <- KF101
model.compile(loss="mse")
model.fit(x, np.ones(8))
""",
        """\
import numpy as np
from tensorflow.keras.layers import (
    Dense,  # 全连接层
)
from tensorflow.keras.models import Sequential

x = np.zeros((8, 4))
model = Sequential([Dense(1)])
model.compile(loss="mse")
model.fit(x, np.ones(8))
""",
    ),
    Example(
        """\
\"\"\"A model without any import.\"\"\"

model = keras.Sequential()  # <- KF101
""",
        """\
\"\"\"A model without any import.\"\"\"
import keras

model = keras.Sequential()
""",
    ),
    Example(
        """\
model = Sequential()  # <- KF101
model.add(Dense(1))  # <- KF101
""",
        """\
from keras.models import Sequential
from keras.layers import Dense
model = Sequential()
model.add(Dense(1))
""",
    ),
)
NEAR_MISSES = (
    """\
from helpers import *

model = Sequential()
model.add(Dense(1))
""",
    """\
from flax.linen import Dense

names = set()
names.add(Dense(1))
""",
    """\
from keras.layers import *

Dense(1)
""",
    """\
from keras import layers
from helpers import *

model = Sequential([layers.Dense(1)])
""",
    """\
import keras

class Dense(keras.layers.Layer):
    pass

Dense()
""",
    """\
import keras

try:
    MaxPooling2D
except NameError:
    MaxPooling2D = keras.layers.MaxPooling2D
""",
)
