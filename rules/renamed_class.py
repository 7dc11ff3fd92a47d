"""A class of Keras 1 or 2 under its old name.

## Why is this bad?
The import stops with an `ImportError`, or the attribute with an `AttributeError`: `CuDNNLSTM` is `LSTM`,
`Deconvolution2D` is `Conv2DTranspose`, `TimeDistributedDense` is `Dense`, `keras.initializers.normal` is
`RandomNormal`.

## Fix safety
Safe where the class is the same under its new name. Unsafe where it is not quite: the message says what differs.
"""

from collections.abc import Iterator

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.keras import migrations
from kerasfix.repairs.unknown import place_of, rename_edits
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import UnknownKerasName

rule = Rule(__name__, "KF602", Severity.ERROR, fixable=Fixable.ALWAYS)


@rule.on(UnknownKerasName)
def check(record: UnknownKerasName, module: Module) -> Iterator[Finding]:
    old = f"{record.module}.{record.name}"
    found = migrations.successor(old, migrations.as_via(record.via))
    place = place_of(module, record)
    if found is None or found.kind != "class" or place is None:
        return
    edits = rename_edits(module, place, record.module, found.name)
    level = Applicability.UNSAFE if found.advice else Applicability.SAFE
    note = f"; {found.advice}" if found.advice else ""
    yield rule.finding(
        module.span(record.node),
        f"Keras 3 has no `{old}`: it is `{found.name}`{note}",
        fixes=(Fix(f"Use `{found.name}`", edits, level),) if edits else (),
    )


EXAMPLES = (
    Example(
        """\
from keras.layers import CuDNNLSTM, Dense, LSTM  # <- KF602
from keras.constraints import maxnorm  # <- KF602
import keras
layers = [CuDNNLSTM(8), LSTM(8), Dense(3, kernel_constraint=maxnorm(2))]
start = keras.initializers.normal(stddev=0.1)  # <- KF602
""",
        """\
from keras.layers import Dense, LSTM
from keras.constraints import MaxNorm
import keras
layers = [LSTM(8), LSTM(8), Dense(3, kernel_constraint=MaxNorm(2))]
start = keras.initializers.RandomNormal(stddev=0.1)
""",
    ),
    Example(
        """\
from keras.layers import (
    Dense,
    Deconvolution2D,  # <- KF602
)
from keras import layers
print(Dense(3), Deconvolution2D(8, 3), layers.CuDNNGRU(3))  # <- KF602
""",
        """\
from keras.layers import (
    Dense,
    Conv2DTranspose,
)
from keras import layers
print(Dense(3), Conv2DTranspose(8, 3), layers.GRU(3))
""",
    ),
    Example(
        """\
from keras.layers import CuDNNLSTM  # <- KF602
def LSTM(units):
    return CuDNNLSTM(units)
print(LSTM(3))
""",
        """\
from keras.layers import LSTM as CuDNNLSTM
def LSTM(units):
    return CuDNNLSTM(units)
print(LSTM(3))
""",
    ),
)
NEAR_MISSES = (
    """\
from keras.layers import Convolution2D, LSTM as CuDNNLSTM
print(Convolution2D(8, 3), CuDNNLSTM(3))
""",
    """\
from keras.layers import Dense
class TimeDistributedDense(Dense):
    pass
print(TimeDistributedDense(3))
""",
    """\
from keras.constraints import max_norm
print(max_norm(3))
""",
)
