"""A learning rate with which nothing can be learned.

## Why is this bad?
With 0 the weights stay as they are, and below 0 the loss is made as large as possible. `SGD` at 1 and above, or an
adaptive optimizer such as `Adam` at 0.05 and above, steps so far that the loss jumps about or becomes NaN. Momentum
adds steps up: 0.1 with a momentum of 0.9 goes as far as 1 without.

## Fix safety
The optimizer's default takes the place of the number. Which rate is best depends on the model and the data, so it is
unsafe.
"""

from collections.abc import Iterator

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.keras import api
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.module import Module
from kerasfix.trace.library import python_value
from kerasfix.trace.records import KerasCall, Training
from kerasfix.trace.values import Const, Object

rule = Rule(__name__, "KF314", Severity.WARNING, fixable=Fixable.SOMETIMES)

_TOO_HIGH = {"SGD": 1.0, "Adam": 0.05, "AdamW": 0.05, "Adamax": 0.1, "Nadam": 0.05, "RMSprop": 0.05}


@rule.on(KerasCall)
def check(record: KerasCall, module: Module) -> Iterator[Finding]:
    name = record.name.rpartition(".")[2]
    if not record.name.startswith("keras.optimizers."):
        return
    if api.family(record.name) != "Optimizer" and name not in _TOO_HIGH:
        return
    for position, argument in enumerate(record.arguments):
        named = argument.keyword in {"learning_rate", "lr"} or (argument.keyword is None and position == 0)
        if not named or not isinstance(argument.value, Const) or isinstance(argument.value.value, bool):
            continue
        rate = argument.value.value
        if not isinstance(rate, (int, float)):
            continue
        if rate <= 0:
            why = (
                "is not above 0: the model learns nothing" if rate == 0 else "is below 0: the loss only grows"
            )
        elif rate >= _TOO_HIGH.get(name, float("inf")):
            why = f"is far above what `{name}` usually bears: the loss may jump about or become NaN"
        else:
            continue
        default = _default(record.name)
        yield rule.finding(
            module.span(argument.node),
            f"The learning rate {rate:g} {why}; the default is {default}",
            fixes=(
                Fix(f"Use {default}", (replace(module, argument.node.value, default),), Applicability.UNSAFE),
            ),
            severity=Severity.ERROR if rate <= 0 else None,
        )


@rule.on(Training)
def check_momentum(record: Training, module: Module) -> Iterator[Finding]:
    """Momentum adds up to steps `1 / (1 - momentum)` times as long; normalisation layers bear them."""
    given = record.compile.arguments.get("optimizer")
    if given is None or not isinstance(given.value, Object) or given.value.cls != "keras.optimizers.SGD":
        return
    rate, momentum = (python_value(given.value.arguments.get(name) or Const(0)) for name in _STEPS)
    if not isinstance(rate, float) or not isinstance(momentum, float) or not 0 < momentum < 1:
        return
    step = round(rate / (1 - momentum), 9)
    if rate >= _TOO_HIGH["SGD"] or step < _TOO_HIGH["SGD"] or not record.chain or given.value.origin is None:
        return
    if any("Normalization" in link.layer.cls for link in record.chain):
        return
    default = _default(given.value.cls)
    yield rule.finding(
        module.span(given.value.origin),
        f"The learning rate {rate:g} with a momentum of {momentum:g} makes steps of {step:g} in the end: without"
        f" normalisation layers the loss may jump about or become NaN; the default is {default}",
    )


_STEPS = ("learning_rate", "momentum")


def _default(name: str) -> str:
    signature = api.signature(name)
    parameter = signature.parameter("learning_rate") if signature is not None else None
    return str(parameter.default) if parameter is not None and parameter.default is not None else "0.001"


EXAMPLES = (
    Example(
        """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.1), loss="mse")  # <- KF314
""",
        """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.001), loss="mse")
""",
    ),
    Example(
        """\
from keras.optimizers import SGD
rate = 0
optimizer = SGD(rate, momentum=0.9)  # <- KF314
other = SGD(learning_rate=2.0)  # <- KF314
""",
        """\
from keras.optimizers import SGD
rate = 0
optimizer = SGD(0.01, momentum=0.9)
other = SGD(learning_rate=0.01)
""",
    ),
    Example(
        """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
optimizer = keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, nesterov=True)  # <- KF314
model.compile(optimizer, loss="mse")
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"),
                          keras.layers.BatchNormalization(), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(learning_rate=0.1, momentum=0.9), loss="mse")
""",
    """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(learning_rate=0.01, momentum=0.9), loss="mse")
""",
    """\
import keras
fast = keras.optimizers.Adam(0.01)
plain = keras.optimizers.SGD(learning_rate=0.5, momentum=0.9)
old = keras.optimizers.Adadelta(learning_rate=1.0)
""",
    """\
import keras
from settings import RATE
optimizer = keras.optimizers.Adam(learning_rate=RATE)
schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 1000, 0.96)
other = keras.optimizers.SGD(learning_rate=schedule)
""",
)
