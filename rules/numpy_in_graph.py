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

from kerasfix.finding import Finding, Fix, Severity
from kerasfix.keras import api
from kerasfix.repairs.ops import rewrite_numpy, use_ops
from kerasfix.repairs.training import quoted
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.module import Module
from kerasfix.trace.custom_records import NumpyActivation, NumpyInGraph

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


@rule.on(NumpyActivation)
def check_activation(record: NumpyActivation, module: Module) -> Iterator[Finding]:
    name = module.code(record.node)
    if api.identified("activation", record.function) is not None:
        edit = replace(module, record.node, quoted(module, record.function))
        fix: Fix | None = Fix(f"Use `{record.function}` of Keras", (edit,))
    else:
        fix = use_ops(record.function, record.node, module)
    advice = f"{fix.title.removeprefix('Use ')} can" if fix is not None else "give a function of `keras.ops`"
    yield rule.finding(
        module.span(record.node),
        f"`{name}` as the activation of `{record.layer}` gets a symbolic tensor, and NumPy cannot compute with one:"
        f" {advice}",
        fixes=(fix,) if fix is not None else (),
    )


EXAMPLES = (
    Example(
        """\
import keras
import numpy as np
model = keras.Sequential([
    keras.Input((4,)),
    keras.layers.Dense(8, activation=np.tanh),  # <- KF401
    keras.layers.Dense(8, activation=np.sin),  # <- KF401
])
model.compile(loss="mse")
model.fit(np.random.rand(32, 4), np.random.rand(32, 8))
""",
        """\
import keras
import numpy as np
model = keras.Sequential([
    keras.Input((4,)),
    keras.layers.Dense(8, activation="tanh"),
    keras.layers.Dense(8, activation=keras.ops.sin),
])
model.compile(loss="mse")
model.fit(np.random.rand(32, 4), np.random.rand(32, 8))
""",
    ),
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
layer = keras.layers.Dense(4, activation=keras.ops.tanh, bias_initializer=keras.initializers.Constant(np.pi))
""",
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
