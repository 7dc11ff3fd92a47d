"""The number of samples stands in `input_shape`, or in the shape of `Input`.

## Why is this bad?
`input_shape` and `keras.Input(shape=...)` describe one sample; Keras puts the batch axis in front itself. With
`input_shape=x_train.shape` the model expects one axis more than the data has.

## Fix safety
`[1:]` leaves out the number of samples and nothing else. Keras raises as the code stands.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Finding, Fix, Severity
from kerasfix.keras.shape import TensorSpec, show
from kerasfix.repairs.models import shape_argument, whole_shape
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import insert, replace
from kerasfix.syntax.module import Module
from kerasfix.trace.records import InputMismatch, LayerRejected

rule = Rule(__name__, "KF202", Severity.ERROR, fixable=Fixable.ALWAYS)


@rule.on(LayerRejected, InputMismatch)
def check(record: LayerRejected | InputMismatch, module: Module) -> Iterator[Finding]:
    if record.model is None:
        return
    argument = shape_argument(record.model.declared)
    if argument is None or not whole_shape(record):
        return
    value = argument.value
    shape = record.spec if isinstance(record, LayerRejected) else record.expected
    if isinstance(value, cst.Tuple):
        assert isinstance(shape, TensorSpec)
        assert shape.shape is not None
        sample = show(shape.shape[2:])
        yield rule.finding(
            module.span(argument),
            f"`{module.code(value)}` counts the samples too, which makes the input {show(shape.shape)}: the shape of"
            f" one sample is `{sample}`",
            fixes=(Fix("Leave out the number of samples", (replace(module, value, sample),)),),
        )
        return
    assert isinstance(value, cst.Attribute)
    data = module.code(value.value)
    yield rule.finding(
        module.span(argument),
        f"`{module.code(value)}` counts the samples too, which makes the input {show(getattr(shape, 'shape', None))}:"
        f" the shape of one sample is `{data}.shape[1:]`",
        fixes=(
            Fix("Leave out the number of samples: `[1:]`", (insert(module.span(value)[1], "[1:]"),)),
        ),
    )  # fmt: skip


EXAMPLES = (
    Example(
        """\
import keras
import numpy as np
model = keras.Sequential([
    keras.Input(shape=(50, 48)),  # <- KF202
    keras.layers.Reshape((-1, 1)),
    keras.layers.Conv1D(4, 3),
    keras.layers.GlobalMaxPooling1D(),
    keras.layers.Dense(1),
])
model.compile(loss="mse")
model.fit(np.zeros((50, 48)), np.zeros(50))
""",
        """\
import keras
import numpy as np
model = keras.Sequential([
    keras.Input(shape=(48,)),
    keras.layers.Reshape((-1, 1)),
    keras.layers.Conv1D(4, 3),
    keras.layers.GlobalMaxPooling1D(),
    keras.layers.Dense(1),
])
model.compile(loss="mse")
model.fit(np.zeros((50, 48)), np.zeros(50))
""",
    ),
    Example(
        """\
import keras
import numpy as np
x = np.zeros((335, 48))
inputs = keras.Input(shape=(335, 48))  # <- KF202
model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
model.compile(loss="mse")
model.fit(x, np.zeros((335, 1)))
""",
        """\
import keras
import numpy as np
x = np.zeros((335, 48))
inputs = keras.Input(shape=(48,))
model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
model.compile(loss="mse")
model.fit(x, np.zeros((335, 1)))
""",
    ),
    Example(
        """\
import keras
import numpy as np
x = np.zeros((500, 100, 7))
model = keras.Sequential()
model.add(keras.layers.LSTM(8, input_shape=x.shape))  # <- KF202
model.add(keras.layers.Dense(1))
model.compile(loss="mse")
model.fit(x, np.zeros(500))
""",
        """\
import keras
import numpy as np
x = np.zeros((500, 100, 7))
model = keras.Sequential()
model.add(keras.layers.LSTM(8, input_shape=x.shape[1:]))
model.add(keras.layers.Dense(1))
model.compile(loss="mse")
model.fit(x, np.zeros(500))
""",
    ),
    Example(
        """\
import keras
import numpy as np
x = np.zeros((335, 48))
inputs = keras.Input(shape=x.shape)  # <- KF202
model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
model.compile(loss="mse")
model.fit(x, np.zeros((335, 1)))
""",
        """\
import keras
import numpy as np
x = np.zeros((335, 48))
inputs = keras.Input(shape=x.shape[1:])
model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
model.compile(loss="mse")
model.fit(x, np.zeros((335, 1)))
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
import numpy as np
x = np.zeros((9, 335, 48))
inputs = keras.Input(shape=(335, 48))
model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
model.compile(loss="mse")
model.fit(x, np.zeros((9, 335, 1)))
""",
    """\
import keras
import numpy as np
x = np.zeros((500, 100, 7))
model = keras.Sequential([keras.layers.LSTM(8, input_shape=x.shape[1:])])
""",
    """\
import keras
import numpy as np
image = np.zeros((28, 28, 3))
model = keras.Sequential([keras.layers.Conv2D(8, 3, input_shape=image.shape)])
""",
    """\
import keras
import numpy as np
x = np.zeros((64, 1))
model = keras.Sequential([keras.layers.LSTM(4, input_shape=x.shape), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(x, np.zeros(64))
""",
)
