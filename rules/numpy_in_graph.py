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

import libcst as cst

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.keras import api
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.imports import spell
from kerasfix.syntax.module import Module
from kerasfix.trace.records import NumpyInGraph

rule = Rule(__name__, "KF401", Severity.ERROR, fixable=Fixable.SOMETIMES)

# NumPy functions whose counterpart in keras.ops takes the same arguments and gives the same values.
_SAME = frozenset(
    "exp log sqrt square sin cos tan tanh sinh cosh arcsin arccos arctan sign floor ceil negative log1p expm1 log2"
    " log10 reciprocal sum mean prod max min maximum minimum power add subtract multiply divide where clip"
    " zeros_like ones_like matmul dot var std expand_dims squeeze reshape transpose concatenate stack logical_and"
    " logical_or logical_not equal not_equal greater less greater_equal less_equal isnan abs absolute".split()
)
_RENAMED = {"amax": "max", "amin": "min", "linalg.norm": "norm", "true_divide": "divide", "float32": "cast"}
_ARGUMENTS = frozenset({"axis", "keepdims"})


@rule.on(NumpyInGraph)
def check(record: NumpyInGraph, module: Module) -> Iterator[Finding]:
    fix = rewrite(record, module)
    name = module.code(record.node.func)
    advice = f"`keras.ops.{_target(record)}` can" if fix.edits else "write it with functions of `keras.ops`"
    yield rule.finding(
        module.span(record.node),
        f"`{name}` in {record.where} gets a symbolic tensor, and NumPy cannot compute with one: {advice}",
        fixes=(fix,) if fix.edits else (),
    )


def rewrite(record: NumpyInGraph, module: Module) -> Fix:
    """The call with `keras.ops`; a fix without edits where there is no such function."""
    target = _target(record)
    if target is None:
        return Fix("", (), Applicability.DISPLAY)
    ops, imports = spell(module, "keras.ops")
    same = record.function in _SAME and all(
        argument.keyword is None or argument.keyword.value in _ARGUMENTS for argument in record.node.args
    )
    return Fix(
        f"Use `keras.ops.{target}`",
        (replace(module, record.node.func, f"{ops}.{target}"), *imports),
        Applicability.SAFE if same else Applicability.UNSAFE,
    )


def _target(record: NumpyInGraph) -> str | None:
    name = _RENAMED.get(record.function, record.function)
    return name if api.exists(f"keras.ops.{name}") and isinstance(record.node.func, cst.Attribute) else None


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
