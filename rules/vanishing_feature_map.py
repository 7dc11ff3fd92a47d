"""A window that is larger than what is left of the feature map.

## Why is this bad?
Each convolution and pooling with `padding="valid"` makes the feature map smaller. When a kernel no longer fits, Keras
raises: "Computed output size would be negative".

## Fix safety
Unsafe: `padding="same"` keeps the size, but fewer layers, smaller windows or larger images may be what is wanted.
"""

from collections.abc import Iterator

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.keras.shape import Reason, TensorSpec, show
from kerasfix.repairs.models import origins, rejected_at
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import append_argument
from kerasfix.syntax.module import Module
from kerasfix.trace.records import LayerRejected

rule = Rule(__name__, "KF206", Severity.ERROR, fixable=Fixable.ALWAYS)


@rule.on(LayerRejected)
def check(record: LayerRejected, module: Module) -> Iterator[Finding]:
    if record.rejected.reason is not Reason.WINDOW:
        return
    layer = record.layer
    fixes: tuple[Fix, ...] = ()
    if (
        layer.complete
        and "padding" not in layer.arguments
        and layer.cls.startswith(("Conv", "MaxP", "AverageP"))
    ):
        edit = append_argument(module, layer.call, 'padding="same"')
        fixes = (Fix('Keep the size: `padding="same"`', (edit,), Applicability.UNSAFE),)
    yield rule.finding(
        module.span(rejected_at(record)),
        f"Nothing is left for `{layer.cls}` to work on in {_given(record)}{origins(module, record)}:"
        f" {record.rejected.message}",
        fixes=fixes,
    )


def _given(record: LayerRejected) -> str:
    return show(record.spec.shape) if isinstance(record.spec, TensorSpec) else "its input"


EXAMPLES = (
    Example(
        """\
import keras
import numpy as np
x, y = np.zeros((200, 20, 1)), np.zeros(200)  # as the model declares it
model = keras.Sequential([
    keras.Input((20, 1)),
    keras.layers.Conv1D(8, 3),
    keras.layers.MaxPooling1D(64),  # <- KF206
    keras.layers.Flatten(),
    keras.layers.Dense(1),
])
model.compile(loss="mse")
model.fit(x, y)
""",
        """\
import keras
import numpy as np
x, y = np.zeros((200, 20, 1)), np.zeros(200)  # as the model declares it
model = keras.Sequential([
    keras.Input((20, 1)),
    keras.layers.Conv1D(8, 3),
    keras.layers.MaxPooling1D(64, padding="same"),
    keras.layers.Flatten(),
    keras.layers.Dense(1),
])
model.compile(loss="mse")
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
from keras import layers
model = keras.Sequential()
model.add(keras.Input((8, 8, 1)))
model.add(layers.Conv2D(4, 5))
model.add(layers.MaxPooling2D(2))
model.add(layers.Conv2D(8, 3))  # <- KF206
""",
        """\
import keras
from keras import layers
model = keras.Sequential()
model.add(keras.Input((8, 8, 1)))
model.add(layers.Conv2D(4, 5))
model.add(layers.MaxPooling2D(2))
model.add(layers.Conv2D(8, 3, padding="same"))
""",
    ),
    Example(
        """\
from keras.layers import Input, MaxPooling1D
x = Input((3, 2))
y = MaxPooling1D(
    pool_size=4,
)(x)
""".replace("y = MaxPooling1D(\n", "y = MaxPooling1D(  # <- KF206\n"),
        """\
from keras.layers import Input, MaxPooling1D
x = Input((3, 2))
y = MaxPooling1D(
    pool_size=4, padding="same",
)(x)
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 8), keras.layers.Flatten()])
""",
    """\
import keras
model = keras.Sequential([keras.Input((None, None, 1)), keras.layers.Conv2D(4, 50)])
""",
    """\
import keras
model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Conv2D(4, 5, padding="same")])
""",
)
