"""Plain Python lists are given to `fit`, `evaluate` or `predict`.

## Why is this bad?
Keras reads a list as several inputs, each of them an array: a list of numbers, or of lists of numbers, raises
`ValueError: Unrecognized data type`.

## Fix safety
The list becomes a NumPy array, as it is meant; Keras raises on the list itself.
"""

from collections.abc import Iterator

from kerasfix.finding import Finding, Fix, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import wrap
from kerasfix.syntax.imports import add_import, imports
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Feed
from kerasfix.trace.values import Argument, Const, Sequence, Value

rule = Rule(__name__, "KF504", Severity.ERROR, fixable=Fixable.ALWAYS)


@rule.on(Feed)
def check(record: Feed, module: Module) -> Iterator[Finding]:
    if record.model.instance is not None:
        return
    for argument in (record.x, record.y):
        if argument is None or argument.node.star or not _of_numbers(argument.value):
            continue
        shown = _short(argument, module)
        yield rule.finding(
            module.span(argument.node),
            f"`{record.method}` takes arrays, but {shown} is a plain list of numbers: make it one with `np.array`",
            fixes=(_fix(argument, module),),
        )


def _of_numbers(value: Value, depth: int = 6) -> bool:
    """Whether this is a list or tuple of numbers, or of such lists."""
    if not isinstance(value, Sequence) or value.kind not in {"list", "tuple"} or not value.items or not depth:
        return False
    first = value.items[0]
    if isinstance(first, Const):
        return all(isinstance(item, Const) and isinstance(item.value, (int, float)) for item in value.items)
    return _of_numbers(first, depth - 1)


def _short(argument: Argument, module: Module) -> str:
    code = module.code(argument.node.value)
    return f"`{code}`" if len(code) <= 40 and "\n" not in code else "what it is given"


def _fix(argument: Argument, module: Module) -> Fix:
    numpy = next((item.bound for item in imports(module) if item.dotted == "numpy"), None)
    edits = wrap(module, argument.node.value, f"{numpy or 'np'}.array(", ")")
    added = () if numpy is not None else add_import(module, "numpy", "np")
    return Fix("Make it an array", (*edits, *added))


EXAMPLES = (
    Example(
        """\
import keras
import numpy as np
x = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
y = [1, 1, 0]
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(x, y, epochs=2)  # <- KF504, KF504
""",
        """\
import keras
import numpy as np
x = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
y = [1, 1, 0]
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(np.array(x), np.array(y), epochs=2)
""",
    ),
    Example(
        """\
import keras
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
print(model.predict([[1.0, 2.0]]))  # <- KF504
""",
        """\
import numpy as np
import keras
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
print(model.predict(np.array([[1.0, 2.0]])))
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
import numpy as np
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
print(model.predict([np.array([[1.0, 2.0]])]))
""",
    """\
import keras
import numpy as np
a, b = keras.Input((2,)), keras.Input((3,))
outputs = keras.layers.Dense(1)(keras.layers.Concatenate()([a, b]))
model = keras.Model([a, b], outputs)
model.compile(loss="mse")
model.fit([np.zeros((8, 2)), np.zeros((8, 3))], np.zeros(8))
""",
)
