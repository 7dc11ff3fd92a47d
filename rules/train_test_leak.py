"""Data that the model is trained on is also what it is validated with.

## Why is this bad?
Validation tells how well a model does on data that it has not seen. Samples that it was trained on tell nothing:
overfitting stays hidden, and callbacks that watch `val_loss` choose the wrong moment. Labels that come class by
class have a trap of the other kind: `validation_split` takes the *last* samples as they lie, so that the model is
validated on a class that it hardly ever saw.
"""

from collections.abc import Iterator

from kerasfix.finding import Finding, Note, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.data_records import Leak

rule = Rule(__name__, "KF505", Severity.WARNING, fixable=Fixable.NEVER)


@rule.on(Leak)
def check(record: Leak, module: Module) -> Iterator[Finding]:
    given = module.code(record.argument.node.value)
    origin = record.data.origin
    notes = () if origin is None else (Note("they come from here", *module.span(origin)),)
    match record.kind:
        case "same":
            message = (
                f"The model is trained and validated on the same data, `{given}`: hold some of them back"
            )
        case "part":
            message = (
                f"The validation data are a part of `{given}`, on all of which the model is trained too: train on the"
                " rest of it only"
            )
        case _:
            message = (
                f"The labels `{given}` come class by class, and `validation_split` takes the last ones as they lie:"
                " shuffle data and labels together first"
            )
    yield rule.finding(module.span(record.place), message, notes=notes)


EXAMPLES = (
    Example(
        """\
import keras
(x_train, y_train), _ = keras.datasets.mnist.load_data()
x_train = x_train / 255.0
x_val, y_val = x_train[:10000], y_train[:10000]
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, validation_data=(x_val, y_val))  # <- KF505
"""
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(200, 4), np.random.rand(200)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(x[:150], y[:150], validation_data=(x[100:], y[100:]))  # <- KF505
model.fit(x, y, validation_data=(x, y))  # <- KF505
"""
    ),
    Example(
        """\
import keras
import numpy as np
x = np.random.rand(100, 4)
y = np.array([0] * 50 + [1] * 50)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(x, y, validation_split=0.2)  # <- KF505
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
(x, y), _ = keras.datasets.mnist.load_data()
x = x / 255.0
x_val, y_val = x[50000:], y[50000:]
x, y = x[:50000], y[:50000]
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y, validation_data=(x_val, y_val))
""",
    """\
import keras
import numpy as np
from settings import CUT
x, y = np.random.rand(200, 4), np.random.rand(200)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(x[:CUT], y[:CUT], validation_data=(x[CUT:], y[CUT:]))
model.fit(x[:-50], y[:-50], validation_data=(x[-50:], y[-50:]))
""",
    """\
import keras
import numpy as np
x = np.random.rand(100, 4)
y = np.array([0] * 50 + [1] * 50)
order = np.random.permutation(100)
x, y = x[order], y[order]
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(x, y, validation_split=0.2)
""",
    """\
import keras
import numpy as np
x, y = np.random.rand(100, 4), np.random.rand(100)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(x, y, validation_split=0.2)
model.evaluate(x, y)
""",
)
