"""`predict` gets one sample without the batch axis.

## Why is this bad?
A model works on batches, and one image of shape `(28, 28, 1)` is read as 28 samples of another shape. Keras raises.
A batch of one has the shape `(1, 28, 28, 1)`.

## Fix safety
The sample becomes a batch of one; the result gets that axis, too, as every result of `predict` has it. Keras raises
as the code stands. Of a table of unknown width one row is told of as a warning: if there is one column only, Keras
takes it, and the result is the same. So is a picture or series whose last axis has size 1, which some models take for
as many samples: there the fix is unsafe, as the result becomes another.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.keras.shape import show
from kerasfix.repairs.models import one_sample
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.module import Module
from kerasfix.trace.records import InputMismatch

rule = Rule(__name__, "KF209", Severity.ERROR, fixable=Fixable.ALWAYS)


@rule.on(InputMismatch)
def check(record: InputMismatch, module: Module) -> Iterator[Finding]:
    if not one_sample(record):
        return
    value = record.argument.node.value
    data = record.data.spec.shape
    if record.feed.streamed:
        yield _unbatched(record, value, module)
        return
    runs = not record.sure and data is not None and len(data) > 1
    level = Applicability.UNSAFE if runs else Applicability.SAFE
    simple = isinstance(value, (cst.Name, cst.Attribute, cst.Subscript, cst.Call))
    code = module.code(value) if simple else f"({module.code(value)})"
    yield rule.finding(
        module.span(value),
        f"`{record.feed.method}` gets one sample of shape {show(data)}, but the model takes batches"
        f" {show(record.expected.shape)}: put an axis for the batch in front",
        fixes=(Fix("Make it a batch of one", (replace(module, value, f"{code}[None, ...]"),), level),),
        severity=None if record.sure else Severity.WARNING,
    )


def _unbatched(record: InputMismatch, value: cst.BaseExpression, module: Module) -> Finding:
    """A pipeline without `batch`."""
    edits = (replace(module, value, f"{module.code(value)}.batch(32)"),)
    return rule.finding(
        module.span(value),
        f"`{record.feed.method}` gets single samples of shape {show(record.data.spec.shape)} from this data set, but"
        f" the model takes batches {show(record.expected.shape)}: put `batch(32)` behind it",
        fixes=(Fix("Make batches of 32", edits, Applicability.UNSAFE),),
    )


EXAMPLES = (
    Example(
        """\
import keras
import numpy as np
model = keras.Sequential([keras.Input((30, 30, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
image = np.zeros((30, 30, 3))
print(model.predict(image))  # <- KF209
""",
        """\
import keras
import numpy as np
model = keras.Sequential([keras.Input((30, 30, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
image = np.zeros((30, 30, 3))
print(model.predict(image[None, ...]))
""",
    ),
    Example(
        """\
import keras
import tensorflow as tf
(x, y), _ = keras.datasets.mnist.load_data()
model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10)])
model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
ds = tf.data.Dataset.from_tensor_slices((x / 255, y)).shuffle(60000)
model.fit(ds)  # <- KF209
""",
        """\
import keras
import tensorflow as tf
(x, y), _ = keras.datasets.mnist.load_data()
model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10)])
model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
ds = tf.data.Dataset.from_tensor_slices((x / 255, y)).shuffle(60000)
model.fit(ds.batch(32))
""",
    ),
    Example(
        """\
import keras
(x, y), (u, v) = keras.datasets.mnist.load_data()
model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10)])
answer = model.predict(u[0] / 255.0)  # <- KF209
""",
        """\
import keras
(x, y), (u, v) = keras.datasets.mnist.load_data()
model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10)])
answer = model.predict((u[0] / 255.0)[None, ...])
""",
    ),
    Example(
        """\
import keras
import numpy as np
series = np.random.rand(50, 20, 1)
model = keras.Sequential([keras.Input((20, 1)), keras.layers.LSTM(4), keras.layers.Dense(1)])
print(model.predict(series[0]))  # <- KF209
""",
        """\
import keras
import numpy as np
series = np.random.rand(50, 20, 1)
model = keras.Sequential([keras.Input((20, 1)), keras.layers.LSTM(4), keras.layers.Dense(1)])
print(model.predict(series[0][None, ...]))
""",
    ),
    Example(
        """\
import keras
import numpy as np
table = np.loadtxt("table.csv", delimiter=",")
x = table[:, :-1] / 10.0
model = keras.Sequential([keras.Input((x.shape[1],)), keras.layers.Dense(1)])
print(model.predict(x[0]))  # <- KF209
""",
        """\
import keras
import numpy as np
table = np.loadtxt("table.csv", delimiter=",")
x = table[:, :-1] / 10.0
model = keras.Sequential([keras.Input((x.shape[1],)), keras.layers.Dense(1)])
print(model.predict(x[0][None, ...]))
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
import numpy as np
x = np.loadtxt("table.csv", delimiter=",")
model = keras.Sequential([keras.Input((x.shape[1],)), keras.layers.Dense(1)])
print(model.predict(x[0:1]), model.predict(x[[0]]), model.predict(x[:1, :]))
one = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
print(one.predict(np.arange(10.0)[3:]), one.predict(np.ones((5, 1))[0]))
""",
    """\
import keras
import tensorflow as tf
(x, y), _ = keras.datasets.mnist.load_data()
model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10)])
model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(tf.data.Dataset.from_tensor_slices((x / 255, y)).batch(32))
""",
    """\
import keras
(x, y), (u, v) = keras.datasets.mnist.load_data()
model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10)])
model.predict(u[:1])
""",
    """\
import keras
import numpy as np
model = keras.Sequential([keras.Input((4, 1)), keras.layers.LSTM(2)])
model.predict(np.zeros((9, 4)))
""",
)
