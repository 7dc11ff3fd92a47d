"""The result of `compile`, `summary`, `add` ... or `fit` is put in the place of the model.

## Why is this bad?
These methods change the model and return `None` (`fit` returns a `History`). After `model = model.compile(...)`
the model is gone, and the next `model.fit(...)` raises `AttributeError: 'NoneType' object has no attribute 'fit'`.

## Fix safety
The assignment is dropped and the call stays. The next use raises as the code stands, so nothing that worked changes.
"""

import re
from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Edit, Finding, Fix, Note, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import indentation, insert_statement_after
from kerasfix.syntax.module import Module
from kerasfix.trace.records import ResultAssigned

rule = Rule(__name__, "KF301", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(ResultAssigned)
def check(record: ResultAssigned, module: Module) -> Iterator[Finding]:
    gives = "a `History`, not the model" if record.method == "fit" else "`None`"
    name = f"`{record.name}`" if record.name else "the result"
    yield rule.finding(
        module.span(record.assignment),
        f"`{record.method}` returns {gives}: {name} is no model any more when it is used in {module.place(record.use)}",
        fixes=tuple(_fixes(record, module)),
        notes=(Note(f"here {name} is used as a model", *module.span(record.use)),),
    )


def _fixes(record: ResultAssigned, module: Module) -> Iterator[Fix]:
    call, assignment, name = record.call, record.assignment, record.name
    if name is None or not isinstance(assignment, cst.Assign) or assignment.value is not call:
        return
    assert isinstance(call, cst.Call)
    if not isinstance(call.func, cst.Attribute) or call.lpar:
        return
    start, owner = module.span(assignment)[0], call.func.value
    bare = Edit(start, module.span(call)[0], "")
    if isinstance(owner, cst.Name) and owner.value == name:
        yield Fix(f"Drop the assignment: call `{name}.{record.method}(...)` alone", (bare,))
        return
    statement = _line(module, assignment)
    if isinstance(owner, cst.Name):
        after = insert_statement_after(module, statement, f"{name} = {owner.value}")
        if after is not None:
            yield Fix(f"Call `{record.method}` alone, then assign the model", (bare, after))
        return
    indent, end = indentation(module, start), module.span(owner)[1]
    dot = re.compile(r"[\s\\]*(?=\.)").match(module.text, end)
    if indent is not None and dot is not None and not owner.lpar:
        split = Edit(end, dot.end(), f"{module.newline}{indent}{name}")
        yield Fix(f"Assign the model, then call `{name}.{record.method}(...)`", (split,))


def _line(module: Module, node: cst.CSTNode) -> cst.CSTNode | None:
    """The line that consists of this statement alone."""
    span = module.span(node)
    for other, place in module.spans.items():
        if place == span and isinstance(other, cst.SimpleStatementLine):
            return other
    return None


EXAMPLES = (
    Example(
        """\
import keras
from data import x, y
model = keras.Sequential([keras.layers.Dense(1)])
model = model.compile(optimizer="adam",  # <- KF301
                      loss="mse")
model.fit(x, y)
""",
        """\
import keras
from data import x, y
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(optimizer="adam",
                      loss="mse")
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
net = keras.Sequential([keras.layers.Dense(1)])
compiled = net.compile(loss="mse")  # <- KF301
compiled.summary()
""",
        """\
import keras
net = keras.Sequential([keras.layers.Dense(1)])
net.compile(loss="mse")
compiled = net
compiled.summary()
""",
    ),
    Example(
        """\
import keras
model = keras.Sequential().add(keras.layers.Dense(1))  # <- KF301
model.compile(loss="mse")
""",
        """\
import keras
model = keras.Sequential()
model.add(keras.layers.Dense(1))
model.compile(loss="mse")
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
from data import x, y
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss="mse")
model = model.fit(x, y)
print(model.history["loss"])
""",
    """\
import keras
model = keras.Sequential([keras.layers.Dense(1)])
nothing = model.compile(loss="mse")
print(nothing)
""",
    """\
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model = model.compile(loss="mse")
model = keras.Sequential([keras.layers.Dense(1)])
model.summary()
""",
)
