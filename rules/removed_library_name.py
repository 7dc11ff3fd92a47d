"""A name of NumPy or TensorFlow 1 that is gone.

## Why is this bad?
The line stops with `AttributeError`. Scripts of the time of Keras 1 and 2 use `np.float` for Python's `float`,
`tf.set_random_seed`, and sessions, of which nothing is left. `np.Inf` and others are gone since NumPy 2: those are
warnings, since Keras 3 works with NumPy 1.26, too.

## Fix safety
Safe: the new name means the same. There is no fix for sessions, placeholders and the like.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Finding, Fix, Severity
from kerasfix.keras.old_libraries import GONE
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.module import Module
from kerasfix.syntax.references import parent
from kerasfix.trace.old_names import RemovedName

rule = Rule(__name__, "KF613", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(RemovedName)
def check(record: RemovedName, module: Module) -> Iterator[Finding]:
    gone = GONE[record.name]
    attribute = parent(module, record.node)
    if not isinstance(attribute, cst.Attribute) or attribute.attr is not record.node:
        return
    library = "NumPy" if record.name.startswith("numpy.") else "TensorFlow"
    written = module.code(attribute)
    new = module.code(attribute.value) + gone.new if gone.new.startswith(".") else gone.new
    builtin = bool(new) and not gone.new.startswith(".")
    fixes: tuple[Fix, ...] = ()
    if new and not (builtin and new in module.bound_names):
        fixes = (Fix(f"Use `{new}`", (replace(module, attribute, new),)),)
    when = "has no" if gone.always else "2 has no"
    yield rule.finding(
        module.span(attribute),
        f"{library} {when} `{written}`{' any more' if gone.always else ''}: {gone.advice or f'use `{new}`'}",
        fixes=fixes,
        severity=Severity.ERROR if gone.always else Severity.WARNING,
    )


EXAMPLES = (
    Example(
        """\
import keras
import numpy as np
import tensorflow as tf
tf.set_random_seed(1)  # <- KF613
x = np.zeros((8, 3), dtype=np.float)  # <- KF613
best = -np.Inf  # <- KF613
tf.logging.set_verbosity(tf.logging.ERROR)  # <- KF613, KF613
""",
        """\
import keras
import numpy as np
import tensorflow as tf
tf.random.set_seed(1)
x = np.zeros((8, 3), dtype=float)
best = -np.inf
tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
""",
    ),
    Example(
        """\
import tensorflow as tf
from tensorflow import keras
session = tf.Session(config=tf.ConfigProto())  # <- KF613, KF613
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
import numpy as np
import tensorflow.compat.v1 as tf
print(np.float32, np.bool_, np.inf, tf.Session, tf.set_random_seed)
""",
    """\
import keras
import numpy
import tensorflow as tf
class np:
    float = 3
print(np.float, tf.random.set_seed(1), tf.math.log(2.0), numpy.int64)
""",
)
