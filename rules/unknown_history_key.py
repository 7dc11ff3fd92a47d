"""A name that the logs of the training do not hold is read from the history, or watched by a callback.

## Why is this bad?
The history has `loss`, each metric under the name given to `compile`, and the same with `val_` where `fit` validates.
Reading another one raises a `KeyError` after the whole training. A callback that watches one only warns, and then never
stops, saves or changes anything.

## Fix safety
The name becomes the one under which the same metric is logged. The lookup fails as it stands, or the callback does
nothing.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Finding, Fix, Note, Severity
from kerasfix.keras import api
from kerasfix.keras.losses import ACCURACIES
from kerasfix.repairs.training import quoted
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.module import Module
from kerasfix.trace.records import UnknownLogKey

rule = Rule(__name__, "KF313", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(UnknownLogKey)
def check(record: UnknownLogKey, module: Module) -> Iterator[Finding]:
    known = ", ".join(f"`{name}`" for name in record.known)
    validated = any(name.startswith("val_") for name in record.known)
    right = _same(record.key, record.known)
    if record.open and right is None:
        return
    if right is not None:
        advice = f"it is logged as `{right}`"
    elif record.key.startswith("val_") and not validated:
        advice = "give `fit` `validation_data` or `validation_split`"
    else:
        advice = f"there are {known}"
    subject = f"`{record.callback}` watches" if record.callback else "The history holds no"
    place = module.place(record.fit)
    middle = f" `{record.key}`, which `fit` ({place}) does not log" if record.callback else f" `{record.key}`"
    fixes: tuple[Fix, ...] = ()
    if right is not None and isinstance(record.node, cst.SimpleString):
        fixes = (Fix(f"Use `{right}`", (replace(module, record.node, quoted(module, right, record.node)),)),)
    yield rule.finding(
        module.span(record.node),
        f"{subject}{middle}: {advice}",
        fixes=fixes,
        notes=(Note("the training", *module.span(record.fit)),),
        severity=Severity.WARNING if record.callback or record.open else None,
    )


def _same(key: str, known: tuple[str, ...]) -> str | None:
    """The name under which the same metric is logged."""
    prefix = "val_" if key.startswith("val_") else ""
    wanted = _meaning(key.removeprefix("val_"))
    for name in known:
        if name.startswith("val_") == bool(prefix) and _meaning(name.removeprefix("val_")) == wanted:
            return name
    return None


def _meaning(name: str) -> str:
    """What a metric's name stands for: `mae` and `mean_absolute_error` are the same."""
    if name in ACCURACIES:
        return "accuracy"
    if name == "lr":
        return "learning_rate"
    return api.identified("metric", name) or name


EXAMPLES = (
    Example(
        """\
import keras
from helpers import x, y, Timing
def show(history):
    print(history.history["acc"])  # <- KF313
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, callbacks=[Timing()])
print(history.history.keys())
print(history.history["acc"])  # <- KF313
""",
        """\
import keras
from helpers import x, y, Timing
def show(history):
    print(history.history["accuracy"])
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, callbacks=[Timing()])
print(history.history.keys())
print(history.history["accuracy"])
""",
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 4), np.random.randint(0, 2, 64)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, validation_split=0.2)
print(history.history["acc"])  # <- KF313
print(history.history["val_acc"])  # <- KF313
print(history.history["val_loss"])
""",
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 4), np.random.randint(0, 2, 64)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, validation_split=0.2)
print(history.history["accuracy"])
print(history.history["val_accuracy"])
print(history.history["val_loss"])
""",
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 4), np.random.rand(64)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", metrics=['mae'])
stop = keras.callbacks.EarlyStopping(monitor='mean_absolute_error', patience=3)  # <- KF313
model.fit(x, y, callbacks=[stop])
""",
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 4), np.random.rand(64)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", metrics=['mae'])
stop = keras.callbacks.EarlyStopping(monitor='mae', patience=3)
model.fit(x, y, callbacks=[stop])
""",
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 4), np.random.rand(64)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse")
log = model.fit(x, y).history
print(log["val_loss"])  # <- KF313
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
import numpy as np
from helpers import Timing
x, y = np.random.rand(9, 4), np.random.rand(9)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse")
history = model.fit(x, y, callbacks=[Timing()])
print(history.history.keys())
print(history.history["seconds"])
""",
    """\
import keras
def show(history):
    print(history.history["acc"])
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", metrics=["acc"])
""",
    """\
import keras
import numpy as np
x, y = np.random.rand(64, 4), np.random.randint(0, 2, 64)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", metrics=["acc"])
history = model.fit(x[8:], y[8:], validation_data=(x[:8], y[:8]), callbacks=[keras.callbacks.ReduceLROnPlateau()])
print(history.history["acc"], history.history["val_acc"], history.history["learning_rate"])
if "auc" in history.history:
    print(history.history["auc"])
""",
    """\
import keras
import numpy as np
from callbacks import Extra
x, y = np.random.rand(64, 4), np.random.rand(64)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse")
history = model.fit(x, y, callbacks=[Extra()])
print(history.history["extra"])
""",
    """\
import keras
import numpy as np
x, y = np.random.rand(64, 4), np.random.rand(64)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(x, y, callbacks=[keras.callbacks.ModelCheckpoint("model.keras")])
""",
)
