"""A learning rate with which nothing can be learned.

## Why is this bad?
With 0 the weights stay as they are, and below 0 the loss is made as large as possible. `SGD` at 1 and above, or an
adaptive optimizer such as `Adam` at 0.05 and above, steps so far that the loss jumps about or becomes NaN. Momentum
adds steps up: 0.1 with a momentum of 0.9 goes as far as 1 without.

`Adadelta` finds its steps by itself, and its learning rate only scales them: it was 1.0 in the paper and in Keras 2.
The default is 0.001 now, with which most models stay nearly as they were made.

## Fix safety
The optimizer's default takes the place of the number, and 1.0 that of `Adadelta`'s default. Which rate is best depends
on the model and the data, so it is unsafe.
"""

from collections.abc import Iterator
from typing import TypeGuard

import libcst as cst

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.keras import api
from kerasfix.repairs.calls import Edits, append_argument
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.imports import spell
from kerasfix.syntax.module import Module
from kerasfix.trace.library import python_value
from kerasfix.trace.records import Compile, KerasCall, Training
from kerasfix.trace.values import Argument, Const, Object

rule = Rule(__name__, "KF314", Severity.WARNING, fixable=Fixable.ALWAYS)

_TOO_HIGH = {"SGD": 1.0, "Adam": 0.05, "AdamW": 0.05, "Adamax": 0.1, "Nadam": 0.05, "RMSprop": 0.05}


@rule.on(KerasCall)
def check(record: KerasCall, module: Module) -> Iterator[Finding]:
    """Rates that are wrong for any model."""
    if api.family(record.name) != "Optimizer":
        return
    argument = _rate_argument(record.arguments)
    rate = argument.value.value if argument is not None and isinstance(argument.value, Const) else None
    if argument is None or not _is_number(rate) or rate > 0:
        return
    why = "is not above 0: the model learns nothing" if rate == 0 else "is below 0: the loss only grows"
    yield _finding(record.name, argument.node, f"The learning rate {rate:g} {why}", module, Severity.ERROR)


@rule.on(Training)
def check_model(record: Training, module: Module) -> Iterator[Finding]:
    """Rates that are too low or too high for the model; a single layer bears more."""
    if record.compile is None:
        return
    yield from _adadelta(record, record.compile, module)
    given = record.compile.arguments.get("optimizer")
    if given is None or not isinstance(given.value, Object) or not isinstance(given.value.origin, cst.Call):
        return
    name, call = given.value.cls.rpartition(".")[2], given.value.origin
    rate, momentum = (python_value(given.value.arguments.get(part) or Const(0)) for part in _STEPS)
    highest = _TOO_HIGH.get(name)
    single = record.chain and sum(link.width is not None for link in record.chain) < 2
    if highest is None or not _is_number(rate) or single:
        return
    node = next((arg for arg in call.args if arg.keyword and arg.keyword.value in _RATES), None)
    node = node or (call.args[0] if call.args and not call.args[0].keyword else None)
    if node is None:
        return
    if rate >= highest:
        why = f"is far above what `{name}` usually bears: the loss may jump about or become NaN"
        yield _finding(given.value.cls, node, f"The learning rate {rate:g} {why}", module)
    elif name == "SGD" and _is_number(momentum) and 0 < momentum < 1 and record.chain:
        # Momentum adds up to steps `1 / (1 - momentum)` times as long; normalisation layers bear them.
        step = round(rate / (1 - momentum), 9)
        if step >= highest and not any("Normalization" in link.layer.cls for link in record.chain):
            why = (
                f"The learning rate {rate:g} with a momentum of {momentum:g} makes steps of {step:g} in the end:"
                " without normalisation layers the loss may jump about or become NaN"
            )
            yield _finding(given.value.cls, node, why, module)


def _adadelta(record: Training, compiled: Compile, module: Module) -> Iterator[Finding]:
    """Its default, with which next to nothing is learned."""
    given = compiled.arguments.get("optimizer")
    if given is None:
        return
    optimizer, node = given.value, given.node.value
    if isinstance(optimizer, Object) and isinstance(optimizer.origin, cst.Call):
        call = optimizer.origin
        name, bare = optimizer.cls.rpartition(".")[2].lower(), not call.args
    else:
        call, name, bare = None, str(python_value(optimizer)).lower(), isinstance(node, cst.SimpleString)
    if name != "adadelta" or not bare:
        return
    edits: Edits
    if call is not None:
        edits = (append_argument(module, call, "learning_rate=1.0"),)
    else:
        spelled, imports = spell(module, "keras.optimizers.Adadelta")
        edits = (replace(module, node, f"{spelled}(learning_rate=1.0)"), *imports)
    yield rule.finding(
        module.span(call or node),
        "`Adadelta` hardly learns with its default learning rate of 0.001: 1.0 is that of its paper and of older Keras",
        fixes=(Fix("Give it the learning rate 1.0", edits, Applicability.UNSAFE),),
    )


def _rate_argument(arguments: list[Argument]) -> Argument | None:
    named = (argument for argument in arguments if argument.keyword in _RATES)
    first = arguments[0] if arguments and arguments[0].keyword is None else None
    return next(named, first)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _finding(
    name: str, node: cst.Arg, message: str, module: Module, severity: Severity | None = None
) -> Finding:
    default = _default(name)
    fix = Fix(f"Use {default}", (replace(module, node.value, default),), Applicability.UNSAFE)
    return rule.finding(
        module.span(node), f"{message}; the default is {default}", fixes=(fix,), severity=severity
    )


_RATES = ("learning_rate", "lr")
_STEPS = ("learning_rate", "momentum")


def _default(name: str) -> str:
    signature = api.signature(name)
    parameter = signature.parameter("learning_rate") if signature is not None else None
    return str(parameter.default) if parameter is not None and parameter.default is not None else "0.001"


EXAMPLES = (
    Example(
        """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.1), loss="mse")  # <- KF314
""",
        """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.001), loss="mse")
""",
    ),
    Example(
        """\
from keras.optimizers import SGD
rate = 0
optimizer = SGD(rate, momentum=0.9)  # <- KF314
other = SGD(learning_rate=-1.0)  # <- KF314
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
""",
        """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
optimizer = keras.optimizers.SGD(learning_rate=0.01, momentum=0.9, nesterov=True)
model.compile(optimizer, loss="mse")
""",
    ),
    Example(
        """\
from keras import Input, Sequential, layers
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
model.compile(optimizer="adadelta", loss="mse")  # <- KF314
""",
        """\
from keras import Input, Sequential, layers
import keras
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
model.compile(optimizer=keras.optimizers.Adadelta(learning_rate=1.0), loss="mse")
""",
    ),
    Example(
        """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adadelta(), loss="mse")  # <- KF314
""",
        """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adadelta(learning_rate=1.0), loss="mse")
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Normalization(), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(learning_rate=0.1), loss="mae")
""",
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
from settings import OPTIONS
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adadelta(0.5), loss="mse")
model.compile(keras.optimizers.Adadelta(**OPTIONS), loss="mse")
model.compile("adagrad", loss="mse")
""",
    """\
import keras
from settings import RATE
optimizer = keras.optimizers.Adam(learning_rate=RATE)
schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 1000, 0.96)
other = keras.optimizers.SGD(learning_rate=schedule)
""",
)
