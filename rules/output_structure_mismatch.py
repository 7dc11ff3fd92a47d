"""Losses, weights, metrics or labels that are not those of the model's outputs, by name or by number.

## Why is this bad?
A model with several outputs takes a dict by the names of its outputs (those of the layers that make them, or the keys
of `Model(inputs, {...})`), or a list with one entry for each, in their order. `compile` looks at neither; `fit` raises:
`Expected keys [...] in loss dict`, `y_true and y_pred have different structures`, or just `KeyError`. With one loss in
a list, for two outputs, it trains the first alone. A model with one output takes one array, and a Sequential model no
dict at all.

## Fix safety
Where just one name is wrong and just one is missing, it becomes the missing one; a dict of one entry, for a model with
one output, becomes that entry; one loss for all outputs, with a weight for each, is repeated. Keras raises on each of
these. Where several names are missing, the nearest one is unsafe.
"""

from collections.abc import Iterator
from difflib import get_close_matches

import libcst as cst

from kerasfix.finding import Applicability, Finding, Fix, Note, Severity
from kerasfix.repairs.training import Edits, listing, rename_key
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.module import Module
from kerasfix.trace.structures import OutputStructure

rule = Rule(__name__, "KF318", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(OutputStructure)
def check(record: OutputStructure, module: Module) -> Iterator[Finding]:
    node = record.argument.node
    at = node.value if record.feed is not None and record.feed.streamed == "" else node
    fixes = list(_renamed(record, module))
    if record.alone and (edits := _only(module, node.value)):
        fixes.append(Fix("Give it without the dict", edits))
    if record.loss is not None:
        code = module.code(record.loss.node.value)
        losses = f"[{', '.join([code] * len(record.outputs))}]"
        fixes.append(Fix("Give the loss for each output", (replace(module, record.loss.node.value, losses),)))
    fewer = record.part == "loss" and 0 < record.count < len(record.outputs)
    yield rule.finding(
        module.span(at),
        _message(record, module),
        fixes=tuple(fixes),
        notes=(Note("the model is trained here", *module.span(record.feed.node)),)
        if record.feed is not None and record.feed.node is not node
        else (),
        severity=Severity.WARNING if fewer else None,
    )


def _renamed(record: OutputStructure, module: Module) -> Iterator[Fix]:
    """The name of an output for a key that is none: certain where there is no other, else the nearest."""
    if len(record.unknown) != 1:
        return
    old, names = record.unknown[0], record.missing
    certain = len(names) == 1
    for new in names if certain else get_close_matches(old, names, n=1, cutoff=0.75):
        if edits := rename_key(module, record.argument.node.value, old, new):
            level = Applicability.SAFE if certain else Applicability.UNSAFE
            yield Fix(f"Rename `{old}` to `{new}`", edits, level)


def _message(record: OutputStructure, module: Module) -> str:
    outputs, part = record.outputs, record.part
    method = record.feed.method if record.feed is not None else "compile"
    names = [f"`{name}`" for name in outputs if name is not None]
    listed = f" ({', '.join(names)})" if len(names) == len(outputs) > 1 else ""
    have = f"the model has {len(outputs)} outputs{listed}" if len(outputs) > 1 else "the model has one output"
    what = "its labels" if part == "labels" else f"`{part}`"
    if part == "class_weight":
        return f"`class_weight` is for models with one output, but {have}: give each sample a `sample_weight`"
    if record.alone:
        return f"`{method}` gets {what} as a dict, but {have}, for which Keras takes no dict"
    if record.weighs:
        losses = "one loss" if record.weighs == 1 else f"{record.weighs} losses"
        return (
            f"`loss_weights` has {_entries(record.count)}, but `loss` is {losses}: each loss takes one weight"
        )
    if part == "labels" and record.count == 1 and len(outputs) > 1:
        return f"`{method}` gives the model one array of labels, but {have}: give it a list, or a dict by their names"
    if record.count:
        alone = ": only the first is trained" if part == "loss" and record.count == 1 else ""
        return f"`{method}` gets {_entries(record.count)} as {what}, but {have}{alone}"
    wrong, missing = _listed(record.unknown), _listed(record.missing)
    known = (
        f"the output of the model is {names[0]}"
        if len(names) == 1
        else f"the outputs of the model are {listing(names)}"
    )
    return f"{what[:1].upper()}{what[1:]} {'have' if part == 'labels' else 'has'} " + (
        f"an entry for {wrong}, but {known}" if wrong else f"no entry for {missing}: {known}"
    )


def _entries(count: int) -> str:
    return f"{count} entr{'y' if count == 1 else 'ies'}"


def _listed(names: tuple[str, ...]) -> str:
    return listing([f"`{name}`" for name in names])


def _only(module: Module, node: cst.CSTNode) -> Edits | None:
    """The entry of a dict with one alone."""
    match node:
        case cst.Dict(elements=[cst.DictElement(value=value)]):
            return (replace(module, node, module.code(value)),)
    return None


EXAMPLES = (
    Example(
        """\
import keras
import numpy as np
x, price, kind = np.random.rand(60, 8), np.random.rand(60), np.random.randint(0, 4, 60)
inputs = keras.Input((8,))
outputs = [
    keras.layers.Dense(1, name="price")(inputs),
    keras.layers.Dense(4, activation="softmax", name="kind")(inputs),
]
model = keras.Model(inputs, outputs)
model.compile(loss={"price": "mse", "kinds": "sparse_categorical_crossentropy"})  # <- KF318
model.fit(x, [price, kind])
""",
        """\
import keras
import numpy as np
x, price, kind = np.random.rand(60, 8), np.random.rand(60), np.random.randint(0, 4, 60)
inputs = keras.Input((8,))
outputs = [
    keras.layers.Dense(1, name="price")(inputs),
    keras.layers.Dense(4, activation="softmax", name="kind")(inputs),
]
model = keras.Model(inputs, outputs)
model.compile(loss={"price": "mse", "kind": "sparse_categorical_crossentropy"})
model.fit(x, [price, kind])
""",
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(60, 8), np.random.rand(60)
inputs = keras.Input((8,))
model = keras.Model(inputs, [keras.layers.Dense(1, name="a")(inputs), keras.layers.Dense(1, name="b")(inputs)])
model.compile(loss=["mse", "mae"])
model.fit(x, {"a": y, "c": y})  # <- KF318
""",
        """\
import keras
import numpy as np
x, y = np.random.rand(60, 8), np.random.rand(60)
inputs = keras.Input((8,))
model = keras.Model(inputs, [keras.layers.Dense(1, name="a")(inputs), keras.layers.Dense(1, name="b")(inputs)])
model.compile(loss=["mse", "mae"])
model.fit(x, {"a": y, "b": y})
""",
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(60, 8), np.random.rand(60)
inputs = keras.Input((8,))
model = keras.Model(inputs, [keras.layers.Dense(1, name="a")(inputs), keras.layers.Dense(1, name="b")(inputs)])
model.compile(loss="mse")
model.fit(x, y)  # <- KF318
model.compile(loss=["mse", "mae"], loss_weights={"a": 1.0})  # <- KF318
model.fit(x, [y, y])
model.compile(loss=["mse", "mae"], metrics={"one": "mae"})  # <- KF318
model.fit(x, [y, y])
model.compile(loss=["mse"])  # <- KF318
model.fit(x, [y, y], class_weight={0: 1.0, 1: 2.0})  # <- KF318
"""
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(60, 8), np.random.rand(60)
inputs = keras.Input((8,))
model = keras.Model(inputs, [keras.layers.Dense(1, name="a")(inputs), keras.layers.Dense(1, name="b")(inputs)])
model.compile(loss="mse", loss_weights=[1.0, 0.2])  # <- KF318
model.fit(x, [y, y])
""",
        """\
import keras
import numpy as np
x, y = np.random.rand(60, 8), np.random.rand(60)
inputs = keras.Input((8,))
model = keras.Model(inputs, [keras.layers.Dense(1, name="a")(inputs), keras.layers.Dense(1, name="b")(inputs)])
model.compile(loss=["mse", "mse"], loss_weights=[1.0, 0.2])
model.fit(x, [y, y])
""",
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(60, 8), np.random.rand(60)
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(1, name="a")])
model.compile(loss={"a": "mse"})  # <- KF318
model.fit(x, y)
""",
        """\
import keras
import numpy as np
x, y = np.random.rand(60, 8), np.random.rand(60)
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(1, name="a")])
model.compile(loss="mse")
model.fit(x, y)
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
inputs = keras.Input((8,))
model = keras.Model(inputs, [keras.layers.Dense(1, name="a")(inputs), keras.layers.Dense(1, name="b")(inputs)])
model.compile(loss="mse", loss_weights=None)
model.compile(loss=["mse", "mae"], loss_weights=[1.0, 0.5])
model.compile(loss=["mse", "mae"], loss_weights={"a": 1.0, "b": 0.5})
""",
    """\
import keras
import numpy as np
x, price, kind = np.random.rand(60, 8), np.random.rand(60), np.random.randint(0, 4, 60)
inputs = keras.Input((8,))
a = keras.layers.Dense(1, name="price")(inputs)
b = keras.layers.Dense(4, activation="softmax", name="kind")(inputs)
losses = {"price": "mse", "kind": "sparse_categorical_crossentropy"}
model = keras.Model(inputs, [a, b])
model.compile(loss=losses, metrics={"kind": "accuracy"}, loss_weights={"price": 1.0, "kind": 0.5, "more": 1.0})
model.fit(x, {"price": price, "kind": kind})
model.fit(x, [price, kind])
model.compile(loss=["mse", None])
model.fit(x, [price])
named = keras.Model(inputs, {"price": a, "kind": b})
named.compile(loss=losses, metrics={"kind": ["accuracy"]})
named.fit(x, [kind, price])
""",
    """\
import keras
from files import losses, labels, x, y
inputs = keras.Input((8,))
outputs = [keras.layers.Dense(1, name=name)(inputs) for name in labels]
model = keras.Model(inputs, outputs)
model.compile(loss=losses)
model.fit(x, y)
two = keras.Model(inputs, [keras.layers.Dense(1, name="a")(inputs), keras.layers.Dense(1, name="b")(inputs)])
two.compile(loss="mse")
two.fit(x, y)
two.fit(x, [y, y])
two.compile(loss={name: "mse" for name in labels})
""",
    """\
import keras
import numpy as np
inputs = keras.Input((8,))
model = keras.Model(inputs, keras.layers.Dense(1, name="a")(inputs))
model.compile(loss={"b": "mse"})  # nothing comes of it
model.compile(loss={"a": "mse"}, metrics={"b": ["mae"]})
model.fit(np.ones((8, 8)), [np.ones(8)], class_weight={1: 2.0})
""",
)
