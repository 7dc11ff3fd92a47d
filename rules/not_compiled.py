"""`fit` or `evaluate` on a model that was never compiled.

## Why is this bad?
Keras raises `ValueError: You must call compile() before using the model`. It happens, too, where the model is made
anew after `compile`: the new model knows nothing of the old one's loss and optimizer.

## Fix safety
Loss and optimizer are the author's choice, so a `compile` is shown and never put in.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import insert_statement_before
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Feed

rule = Rule(__name__, "KF303", Severity.ERROR, fixable=Fixable.SOMETIMES)

_NEEDS = frozenset({"fit", "evaluate", "train_on_batch", "test_on_batch"})


@rule.on(Feed)
def check(record: Feed, module: Module) -> Iterator[Finding]:
    if record.method not in _NEEDS or not record.never_compiled:
        return
    call = record.node
    owner = call.func.value if isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute) else None
    name = module.code(owner) if owner is not None else "the model"
    edit = insert_statement_before(module, record.statement, f'{name}.compile(optimizer="adam", loss=...)')
    fixes = () if edit is None else (Fix("Compile the model first", (edit,), Applicability.DISPLAY),)
    yield rule.finding(
        module.span(call),
        f"`{name}` was never compiled: call `{name}.compile(...)` with an optimizer and a loss before"
        f" `{record.method}`",
        fixes=fixes,
    )


EXAMPLES = (
    Example(
        """\
import keras
import numpy as np
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.fit(np.random.rand(32, 4), np.random.rand(32))  # <- KF303
"""
    ),
    Example(
        """\
import keras
import numpy as np
def build():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model = build()
model.compile(loss="mse")
model = build()
print(model.evaluate(np.random.rand(32, 4), np.random.rand(32)))  # <- KF303
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
import numpy as np
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
print(model.predict(np.random.rand(32, 4)))
""",
    """\
import keras
import numpy as np
from training import prepare
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
prepare(model)
model.fit(np.random.rand(32, 4), np.random.rand(32))
""",
    """\
import keras
import numpy as np
model = keras.models.load_model("model.keras")
model.fit(np.random.rand(32, 4), np.random.rand(32))
""",
    """\
import keras
import sys
import numpy as np
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
if len(sys.argv) > 1:
    model.compile(loss="mse")
model.fit(np.random.rand(32, 4), np.random.rand(32))
""",
)
