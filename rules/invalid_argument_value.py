"""A value that a layer's constructor refuses: no filters, an unknown padding, a tuple of the wrong length.

## Why is this bad?
Keras raises where the layer is made, so nothing behind that line runs. A size must be a positive whole number, a word
one of those that the argument knows, a tuple as long as the layer has spatial axes: two numbers for `Conv2D`, one for
`Conv1D`.

## What to do
The message names the value and what the argument takes. Where the value comes from a computation, look at what that
gives: a size of 0 is mostly a division that was rounded down.
"""

from collections.abc import Iterator

from kerasfix.finding import Finding, Severity
from kerasfix.keras.shape import Reason
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import LayerRejected
from kerasfix.trace.rejections import refused_argument, refused_whole_number

rule = Rule(__name__, "KF212", Severity.ERROR, fixable=Fixable.NEVER)


@rule.on(LayerRejected)
def check(record: LayerRejected, module: Module) -> Iterator[Finding]:
    if record.rejected.reason is not Reason.ARGUMENT:
        return
    if refused_whole_number(record) is not None:
        return  # a size that is no Python integer: a rule of its own
    if "is not an activation of Keras" in record.rejected.message:
        return  # an unknown identifier: a rule of its own
    refused = refused_argument(record)
    node = refused[2].node if refused is not None else record.layer.call
    yield rule.finding(module.span(node), f"`{record.layer.cls}` refuses this: {record.rejected.message}")


EXAMPLES = (
    Example(
        """\
import keras
layer = keras.layers.Dense(0)  # <- KF212
"""
    ),
    Example(
        """\
from keras.layers import Conv2D, MaxPooling2D
a = Conv2D(8, (3, 3), padding="smae")  # <- KF212
b = MaxPooling2D(pool_size=(2, 2, 2))  # <- KF212
"""
    ),
    Example(
        """\
from keras.layers import Dense, Dropout, GaussianNoise
a = GaussianNoise(15.0)  # <- KF212
b = Dropout(2.0)  # <- KF212
c = Dense(-4.0)  # <- KF212
d = Dense(1e999)  # <- KF212
"""
    ),
)
NEAR_MISSES = (
    """\
from keras.layers import Conv2D, MaxPooling2D
a = Conv2D(8, (3, 3), padding="SAME")
b = MaxPooling2D(pool_size=(2, 2))
""",
    """\
import sys
import keras
layer = keras.layers.Dense(int(sys.argv[1]))
""",
)
