"""Plain lists are given to `fit` and its kin where they take arrays, tuples, or a dict.

## Why is this bad?
Keras reads a list as several inputs, each of them an array: a list of numbers, or of lists of numbers, raises
`ValueError: Unrecognized data type`. A generator must yield tuples, also for several inputs: with lists, as Keras 2
took them, `fit` stops with `TypeError: output_signature must contain objects that are subclass of tf.TypeSpec`, and
with an array by itself, `yield x`, with `ValueError: ... the generator must return a tuple`.
`class_weight` is a dict from class number to weight: on a list, or on the array that scikit-learn computes,
`fit` stops with `AttributeError: ... has no attribute 'get'`.

## Fix safety
The list becomes a NumPy array, a tuple or a dict, as it is meant; Keras raises on the list itself.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Edit, Finding, Fix, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import wrap
from kerasfix.syntax.generators import generator_of, yields
from kerasfix.syntax.imports import add_import, imports
from kerasfix.syntax.module import Module
from kerasfix.trace.python_numbers import is_python_number
from kerasfix.trace.records import Feed
from kerasfix.trace.values import Argument, Array, Const, Sequence, Value

rule = Rule(__name__, "KF504", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(Feed)
def check(record: Feed, module: Module) -> Iterator[Finding]:
    if record.model.instance is not None:
        return
    yield from _class_weights(record, module)
    for argument in (record.x, record.y, record.weights.get("sample_weight")):
        if argument is None or argument.node.star or not _of_numbers(argument.value):
            continue
        shown = _short(argument, module)
        yield rule.finding(
            module.span(argument.node),
            f"`{record.method}` takes arrays, but {shown} is a plain list of numbers: make it one with `np.array`",
            fixes=(_fix(argument, module),),
        )
    function = generator_of(module, record.x.node.value) if record.x is not None else None
    for value in yields(module, function) if function is not None else ():
        if record.bare and not isinstance(value, (cst.Tuple, cst.List)):
            yield rule.finding(
                module.span(value),
                f"The generator must yield a tuple, also where there are no labels: `({module.code(value)},)`",
                fixes=(Fix("Make it a tuple", wrap(module, value, "(", ",)")),),
            )
        for part in _lists(value):
            assert function is not None
            yield rule.finding(
                module.span(part),
                f"The generator `{function.name.value}` must yield tuples, also where there are several inputs",
                fixes=(Fix("Make it a tuple", _as_tuple(part, module)),),
            )


def _class_weights(record: Feed, module: Module) -> Iterator[Finding]:
    argument = record.weights.get("class_weight")
    if argument is None or argument.node.star:
        return
    listed = isinstance(argument.value, Sequence) and argument.value.kind in {"list", "tuple"}
    if isinstance(argument.value, Const) and isinstance(argument.value.value, str):
        yield rule.finding(
            module.span(argument.node),
            f"`class_weight` takes a dict from class number to weight, and no words such as"
            f" `{module.code(argument.node.value)}`: compute the weights first",
        )
    elif listed or isinstance(argument.value, Array):
        code = module.code(argument.node.value)
        yield rule.finding(
            module.span(argument.node),
            f"`class_weight` takes a dict from class number to weight, not a list of weights: write"
            f" `dict(enumerate({code}))`",
            fixes=(Fix("Make it a dict", wrap(module, argument.node.value, "dict(enumerate(", "))")),),
        )


def _lists(value: cst.BaseExpression) -> list[cst.List]:
    """The lists of arrays in what is yielded: `[x, y]`, or `[a, b]` in `([a, b], y)`."""
    parts = [value] if _holds_arrays(value, inner=True) else []
    if isinstance(value, (cst.Tuple, cst.List)):
        parts += [element.value for element in value.elements if _holds_arrays(element.value)]
    return [part for part in parts if isinstance(part, cst.List)]


def _holds_arrays(value: cst.BaseExpression, *, inner: bool = False) -> bool:
    """Whether no element is a number or (but for `inner`) a list, which make a list an array of its own."""
    numbers = (cst.Integer, cst.Float, cst.UnaryOperation, cst.SimpleString, *(() if inner else (cst.List,)))
    return (
        isinstance(value, cst.List)
        and bool(value.elements)
        and not any(
            isinstance(element, cst.StarredElement) or isinstance(element.value, numbers)
            for element in value.elements
        )
    )


def _as_tuple(value: cst.List, module: Module) -> tuple[Edit, Edit]:
    start, end = module.span(value)
    comma = "," if len(value.elements) == 1 and value.elements[0].comma == cst.MaybeSentinel.DEFAULT else ""
    return Edit(start, start + 1, "("), Edit(end - 1, end, f"{comma})")


def _of_numbers(value: Value, depth: int = 6) -> bool:
    """Whether this is a list or tuple of numbers, or of such lists."""
    if not isinstance(value, Sequence) or value.kind not in {"list", "tuple"} or not depth:
        return False
    items = value.items if value.items is not None else [value.element] if value.element is not None else []
    if items and _is_number(items[0]):
        return all(map(_is_number, items))
    return bool(items) and _of_numbers(items[0], depth - 1)


def _is_number(value: Value) -> bool:
    """Whether this is a number of Python, known or not."""
    return is_python_number(value) or (isinstance(value, Const) and isinstance(value.value, (int, float)))


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
x, y = np.random.rand(64, 2), np.random.randint(0, 2, 64)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(x, y.tolist())  # <- KF504
""",
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 2), np.random.randint(0, 2, 64)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(x, np.array(y.tolist()))
""",
    ),
    Example(
        """\
import keras
import numpy as np

def batches():
    for _ in range(4):
        yield np.random.rand(8, 2)  # <- KF504

model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.predict(batches())
""",
        """\
import keras
import numpy as np

def batches():
    for _ in range(4):
        yield (np.random.rand(8, 2),)

model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.predict(batches())
""",
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 2), np.random.randint(0, 2, 64)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(x, y, class_weight="balanced")  # <- KF504
"""
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 2), np.random.randint(0, 2, 64)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(x, y, class_weight=[1.0, 3.0])  # <- KF504
model.fit(x, y, sample_weight=[1.0] * 64, class_weight=None)  # <- KF504
""",
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 2), np.random.randint(0, 2, 64)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(x, y, class_weight=dict(enumerate([1.0, 3.0])))
model.fit(x, y, sample_weight=np.array([1.0] * 64), class_weight=None)
""",
    ),
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
    Example(
        """\
import keras
import numpy as np
def pairs(a, b, y):
    while True:
        yield [a, b], y  # <- KF504
def singles(x, y):
    while True:
        yield [[x], y]  # <- KF504, KF504
a, b = keras.Input((3,)), keras.Input((3,))
model = keras.Model([a, b], keras.layers.add([a, b]))
model.compile('sgd', 'mse')
x = np.zeros((8, 3))
model.fit(pairs(x, x, x), steps_per_epoch=2)
other = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
other.compile('sgd', 'mse')
batches = singles(x, x)
other.fit(batches, steps_per_epoch=2)
""",
        """\
import keras
import numpy as np
def pairs(a, b, y):
    while True:
        yield (a, b), y
def singles(x, y):
    while True:
        yield ((x,), y)
a, b = keras.Input((3,)), keras.Input((3,))
model = keras.Model([a, b], keras.layers.add([a, b]))
model.compile('sgd', 'mse')
x = np.zeros((8, 3))
model.fit(pairs(x, x, x), steps_per_epoch=2)
other = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
other.compile('sgd', 'mse')
batches = singles(x, x)
other.fit(batches, steps_per_epoch=2)
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
import numpy as np
x, y = np.random.rand(64, 2), np.random.randint(0, 2, 64)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(np.array(x.tolist()), np.array(y.tolist()))
""",
    """\
import keras
import numpy as np
from files import read

def batches():
    yield (np.random.rand(8, 2),)

def unknown():
    yield read()

class Batches(keras.utils.PyDataset):
    def __init__(self):
        super().__init__()

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return np.random.rand(8, 2)

model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.predict(batches())
model.predict(unknown())
model.predict(Batches())
""",
    """\
import keras
import numpy as np
from settings import WEIGHTS
x, y = np.random.rand(64, 2), np.random.randint(0, 2, 64)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(x, y, class_weight={0: 1.0, 1: 3.0})
model.fit(x, y, class_weight=WEIGHTS)
model.fit(x, y, sample_weight=np.where(y, 3.0, 1.0), class_weight=None)
""",
    """\
import keras
import numpy as np
def pairs(x, y):
    while True:
        yield (x, x), y
def numbers():
    yield [1, 2]
def ignored(x):
    yield [x, x]
a, b = keras.Input((3,)), keras.Input((3,))
model = keras.Model([a, b], keras.layers.add([a, b]))
model.compile('sgd', 'mse')
x = np.zeros((8, 3))
model.fit(pairs(x, x), steps_per_epoch=2)
model.fit([x, x], x)
print(list(numbers()), next(ignored(x)))
""",
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
