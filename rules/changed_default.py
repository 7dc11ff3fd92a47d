"""An argument that is left at a default which was another one in Keras 2.

## Why is this bad?
The code runs, and trains differently than when it was written: `Adadelta` starts at a learning rate of 0.001 and not
1.0, `LSTM` and `GRU` use `sigmoid` and not `hard_sigmoid` inside, `GRU` resets after the multiplication. Off by
default, since most code was written for the present defaults, or is as good with them.

## Fix safety
Unsafe: the old default is written out, which changes what the code does now.
"""

from collections.abc import Iterator

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.keras import migrations, old_arguments
from kerasfix.repairs.calls import append_argument
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import KerasCall

rule = Rule(__name__, "KF609", Severity.WARNING, fixable=Fixable.ALWAYS, default=False)


@rule.on(KerasCall)
def check(record: KerasCall, module: Module) -> Iterator[Finding]:
    from kerasfix.keras import api

    target = migrations.call_target(record.name, record.via)
    signature = api.signature(target)
    defaults = old_arguments.DEFAULTS.get(target)
    if defaults is None or signature is None or not record.complete:
        return
    places = [parameter.name for parameter in signature.parameters]
    given = {argument.keyword for argument in record.arguments}
    positional = sum(argument.keyword is None for argument in record.arguments)
    given |= {*places[:positional], *(("learning_rate",) if "lr" in given else ())}
    missing = {name: old for name, old in defaults.items() if name not in given}
    if missing:
        code = ", ".join(f"{name}={old}" for name, old in missing.items())
        yield rule.finding(
            module.span(record.node),
            f"`{target.rpartition('.')[2]}` had other defaults in Keras 2: `{code}`",
            fixes=(
                Fix(f"Write `{code}`", (append_argument(module, record.node, code),), Applicability.UNSAFE),
            ),
        )


EXAMPLES = (
    Example(
        """\
from keras.layers import LSTM, GRU
print(LSTM(4), GRU(4, reset_after=True))  # <- KF609, KF609
""",
        """\
from keras.layers import LSTM, GRU
print(LSTM(4, recurrent_activation="hard_sigmoid"), GRU(4, reset_after=True, recurrent_activation="hard_sigmoid"))
""",
    ),
    Example(
        """\
import keras
optimizer = keras.optimizers.Adadelta()  # <- KF609
""",
        """\
import keras
optimizer = keras.optimizers.Adadelta(learning_rate=1.0)
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
print(keras.optimizers.Adadelta(1.0), keras.optimizers.Adam(), keras.optimizers.Nadam(learning_rate=0.01))
""",
    """\
import keras
settings = {}
print(keras.layers.LSTM(4, 'tanh', 'sigmoid'), keras.layers.SimpleRNN(4), keras.layers.LSTMCell(3))
""",
)
