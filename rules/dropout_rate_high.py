"""`Dropout` drops more than half of its input, or nothing.

## Why is this bad?
Beyond one half more is thrown away than kept in each step; training gets noisy and the model is too small for its task.
Rates from 0.1 to 0.5 are usual. `Dropout(1)` or a rate meant as "keep" is a slip.
"""

from collections.abc import Iterator

from kerasfix.finding import Finding, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import KerasCall
from kerasfix.trace.values import Const

rule = Rule(__name__, "KF706", Severity.INFO, fixable=Fixable.NEVER, default=False)

_CLASSES = ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")
_NAMES = frozenset(f"keras.layers.{name}" for name in _CLASSES)
_HIGH = 0.5


@rule.on(KerasCall)
def check(record: KerasCall, module: Module) -> Iterator[Finding]:
    if record.name not in _NAMES:
        return
    for argument in record.arguments[:1]:
        rate = argument.value.value if isinstance(argument.value, Const) else None
        if (
            argument.keyword not in {None, "rate"}
            or not isinstance(rate, (int, float))
            or not _HIGH < rate <= 1
        ):
            continue
        yield rule.finding(
            module.span(record.node),
            f"A dropout rate of {rate:g} keeps only {1 - rate:.0%} of the values in each step: 0.1 to 0.5 is usual",
        )


EXAMPLES = (
    Example(
        """\
from keras import layers
drop = layers.Dropout(0.8)  # <- KF706
"""
    ),
    Example(
        """\
import keras
layer = keras.layers.SpatialDropout2D(rate=0.7)  # <- KF706
"""
    ),
)
NEAR_MISSES = (
    """\
from keras import layers
drop = layers.Dropout(0.5)
""",
    """\
from keras import layers
from settings import RATE
drop = layers.Dropout(RATE)
""",
)
