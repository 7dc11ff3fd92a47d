"""NumPy applied to tensors in a loss, a metric or a `Lambda` layer.

## Why is this bad?
Keras runs these functions on symbolic tensors, and NumPy cannot compute with them: `fit` raises
`NotImplementedError: Cannot convert a symbolic tf.Tensor to a numpy array`. Run eagerly it would not raise, but no
gradient flows through NumPy and nothing is learned. `keras.ops` has the same functions for tensors.

## Fix safety
Safe for functions that `keras.ops` has under the same name with the same meaning; unsafe where defaults or
arguments may differ. The call raises as it stands.
"""

from collections.abc import Iterator

from kerasfix.finding import Finding, Severity
from kerasfix.repairs.ops import rewrite_numpy
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.custom_records import NumpyInGraph

rule = Rule(__name__, "KF401", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(NumpyInGraph)
def check(record: NumpyInGraph, module: Module) -> Iterator[Finding]:
    fix = rewrite_numpy(record.function, record.node, module)
    name = module.code(record.node.func)
    advice = (
        f"{fix.title.removeprefix('Use ')} can"
        if fix is not None
        else "write it with functions of `keras.ops`"
    )
    yield rule.finding(
        module.span(record.node),
        f"`{name}` in {record.where} gets a symbolic tensor, and NumPy cannot compute with one: {advice}",
        fixes=(fix,) if fix is not None else (),
    )


EXAMPLES = (
    Example(
        """\
import keras
import numpy as np
def custom_loss(y_true, y_pred):
    return np.mean(np.square(y_true - y_pred))  # <- KF401, KF401
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss=custom_loss)
print(np.pi)
""",
        """\
import keras
import numpy as np
def custom_loss(y_true, y_pred):
    return keras.ops.mean(keras.ops.square(y_true - y_pred))
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss=custom_loss)
print(np.pi)
""",
    ),
    Example(
        """\
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential
import numpy as np
def rmse(y_true, y_pred):
    return np.sqrt(np.mean((y_pred - y_true) ** 2, axis=-1))  # <- KF401, KF401
model = Sequential([Dense(1)])
model.compile(loss="mse", metrics=[rmse])
""",
        """\
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential
from tensorflow.keras import ops
import numpy as np
def rmse(y_true, y_pred):
    return ops.sqrt(ops.mean((y_pred - y_true) ** 2, axis=-1))
model = Sequential([Dense(1)])
model.compile(loss="mse", metrics=[rmse])
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
import numpy as np
def scaled(y_true, y_pred):
    return keras.ops.mean(keras.ops.square(y_true - y_pred)) * np.shape(y_pred)[-1] / np.ndim(y_pred)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss=scaled)
""",
    """\
import keras
import numpy as np
def custom_loss(y_true, y_pred):
    return keras.ops.mean(keras.ops.square(y_true - y_pred)) * np.sqrt(2.0) + np.exp(1.0)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss=custom_loss)
""",
    """\
import keras
import numpy as np
def evaluate(y_true, y_pred):
    return np.mean(y_true == y_pred)
print(evaluate(np.zeros(3), np.ones(3)))
""",
    """\
import keras
import numpy as np
def score(y_true, y_pred):
    return np.mean(y_true == y_pred)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss="mse", metrics=[score], run_eagerly=True)
""",
)
