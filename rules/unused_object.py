"""An optimizer, regularizer, initializer or constraint is made, and nothing uses it.

## Why is this bad?
The object does nothing by itself. `compile(optimizer="sgd")` makes an optimizer of its own, with the default learning
rate, whatever `SGD(learning_rate=...)` stands above it; a regularizer must be given to a layer. The model trains with
other settings than those that the script seems to set.

## Fix safety
An optimizer goes into the one `compile`. Safe where that names the same class, or none; unsafe where it names
another one, as it is not known which of the two is meant. For the others there is no telling where they belong.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Edit, Finding, Fix, Note, Severity
from kerasfix.keras import api
from kerasfix.repairs.calls import append_argument
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Compile, UnusedObject
from kerasfix.trace.values import Const

rule = Rule(__name__, "KF315", Severity.WARNING, fixable=Fixable.SOMETIMES)


@rule.on(UnusedObject)
def check(record: UnusedObject, module: Module) -> Iterator[Finding]:
    assert record.made.origin is not None
    shown = f"`{record.name}`" if record.name else f"This `{record.made.cls.rpartition('.')[2]}`"
    notes: tuple[Note, ...] = ()
    if record.family == "Optimizer":
        given = record.compile.arguments.get("optimizer") if record.compile is not None else None
        instead = f"`{module.code(given.node.value)}`" if given is not None else "an optimizer of its own"
        why = f"`compile` trains with {instead}: give it the object"
        if record.compile is not None:
            notes = (Note("the model is compiled here", *module.span(record.compile.node)),)
    else:
        why = f"no layer gets it: give it to one, as `kernel_{record.family.lower()}=`"
    yield rule.finding(
        module.span(record.made.origin),
        f"{shown} is made and never used; {why}",
        fixes=tuple(_fixes(record, module)),
        notes=notes,
    )


def _fixes(record: UnusedObject, module: Module) -> Iterator[Fix]:
    compiled = record.compile
    if compiled is None or not record.name or not record.in_reach:
        return
    edit, level = _edit(record, compiled, module)
    if edit is not None:
        yield Fix(f"Compile with `{record.name}`", (edit,), level)


def _edit(record: UnusedObject, compiled: Compile, module: Module) -> tuple[Edit | None, Applicability]:
    given = compiled.arguments.get("optimizer")
    if given is None:
        node = compiled.node
        assert isinstance(node, cst.Call)
        plain = all(argument.keyword is not None for argument in node.args)
        code = f"optimizer={record.name}"
        return append_argument(module, node, code) if plain else None, Applicability.SAFE
    text = given.value.value if isinstance(given.value, Const) else None
    same = isinstance(text, str) and api.identified("optimizer", text) == record.made.cls
    edit = replace(module, given.node.value, record.name)
    return edit, Applicability.SAFE if same or text is None else Applicability.UNSAFE


EXAMPLES = (
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 4), np.random.rand(64)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
sgd = keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)  # <- KF315
model.compile(optimizer="sgd", loss="mse")
model.fit(x, y)
""",
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 4), np.random.rand(64)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
sgd = keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)
model.compile(optimizer=sgd, loss="mse")
model.fit(x, y)
""",
    ),
    Example(
        """\
from keras.layers import Dense, Input
from keras.models import Sequential
from keras.optimizers import RMSprop
model = Sequential([Input((4,)), Dense(1)])
opt = RMSprop(1e-4)  # <- KF315
model.compile(loss='mse')
""",
        """\
from keras.layers import Dense, Input
from keras.models import Sequential
from keras.optimizers import RMSprop
model = Sequential([Input((4,)), Dense(1)])
opt = RMSprop(1e-4)
model.compile(loss='mse', optimizer=opt)
""",
    ),
    Example(
        """\
import keras
from keras import regularizers
keras.optimizers.SGD(learning_rate=0.1)  # <- KF315
weight_decay = regularizers.L2(0.01)  # <- KF315
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
"""
    ),
    Example(
        """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
sgd = keras.optimizers.SGD(learning_rate=0.1)  # <- KF315
model.compile("adam", "mse")
""",
        """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
sgd = keras.optimizers.SGD(learning_rate=0.1)
model.compile(sgd, "mse")
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
sgd = keras.optimizers.SGD(learning_rate=0.1)
weight_decay = keras.regularizers.L2(0.01)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, kernel_regularizer=weight_decay)])
model.compile(sgd, "mse")
""",
    """\
import keras
OPTIMIZER = keras.optimizers.SGD(learning_rate=0.1)
""",
    """\
import keras
def build(optimizer):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(optimizer, "mse")
    return model
slow = keras.optimizers.SGD(learning_rate=0.001)
first, second = build("adam"), build(slow)
""",
    """\
import keras
from settings import NAME
choices = {"sgd": keras.optimizers.SGD(0.1), "adam": keras.optimizers.Adam(0.01)}
other = keras.optimizers.Adagrad()
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(choices[NAME], "mse")
""",
)
