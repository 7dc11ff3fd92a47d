"""An argument of Keras 1 or 2 that has no successor.

## Why is this bad?
The call stops with `TypeError` or `ValueError`, or Keras takes the argument, warns, and ignores it: the `decay` of an
optimizer no longer lowers its learning rate.

## Fix safety
Safe where the argument had no effect on what is computed, or its value was the only one that is left, and where the
shape of the input moves to `keras.Input`. Unsafe where it did have an effect: then the message says how to get it.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Edit, Finding, Fix, Severity
from kerasfix.keras import api, migrations, old_arguments
from kerasfix.keras.old_arguments import Removed
from kerasfix.repairs.calls import given, keyword_node, remove_arguments, write_argument
from kerasfix.repairs.inputs import declare_input
from kerasfix.repairs.weights import set_weights
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import remove_argument
from kerasfix.syntax.module import Module
from kerasfix.syntax.moves import spell_new
from kerasfix.trace.records import KerasCall
from kerasfix.trace.values import Argument

rule = Rule(__name__, "KF604", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(KerasCall)
def check(record: KerasCall, module: Module) -> Iterator[Finding]:
    target = migrations.call_target(record.name, record.via)
    signature = api.signature(target)
    for argument in record.arguments:
        keyword = argument.keyword
        if keyword is None or signature is None:
            continue
        owner, _, name = target.rpartition(".")
        shown = (
            record.name.rpartition(".")[2]
            if api.kind(target) == "class"
            else f"{owner.rpartition('.')[2]}.{name}"
        )
        warned = keyword in signature.warns
        verb = "ignores" if warned else "takes no"
        if keyword == "decay" and warned and api.family(target) == "Optimizer":
            message = f"`{shown}` ignores `decay` in Keras 3: make the learning rate a schedule"
            fixes = _decay(module, record, argument)
        elif (removed := migrations.removed_argument(target, keyword)) is not None:
            message = f"`{shown}` {verb} `{keyword}` in Keras 3: {removed.advice}"
            fixes = _fixes(module, record, argument, removed, target)
        else:
            continue
        severity = Severity.WARNING if warned else Severity.ERROR
        yield rule.finding(module.span(argument.node), message, fixes=fixes, severity=severity)


def _fixes(
    module: Module, record: KerasCall, argument: Argument, removed: Removed, target: str
) -> tuple[Fix, ...]:
    if keyword_node(record, argument) is None:
        return ()
    value = module.code(argument.node.value)
    if target == "keras.layers.Embedding" and argument.keyword == "input_length" and value != "None":
        declared = declare_input(module, record, [argument], f"shape=({value},)")
        if declared is not None:
            return (Fix("Declare the input with `keras.Input`", declared),)
    if removed.drop or value == "None":
        level = (removed.safe and not removed.harmless) or value in {*removed.harmless, "None"}
        return (_drop(module, record, argument, Applicability.SAFE if level else Applicability.UNSAFE),)
    edits: tuple[Edit, ...] | None = None
    title = "Declare the input with `keras.Input`"
    if argument.keyword == "batch_input_shape":
        edits = declare_input(module, record, [argument], f"batch_shape={value}")
    elif argument.keyword == "weights":
        edits = set_weights(module, record, argument)
        return (Fix("Set the weights once the layer is built", edits, Applicability.UNSAFE),) if edits else ()
    elif argument.keyword == "batch_size" and (shape := given(record, "input_shape")) is not None:
        code = f"shape={module.code(shape.node.value)}, batch_size={value}"
        edits = declare_input(module, record, [argument, shape], code)
    elif argument.keyword == "input_length" and (size := given(record, "input_dim")) is not None:
        title = "Write `input_shape`"
        if keyword_node(record, size) is not None:
            both = f"input_shape=({value}, {module.code(size.node.value)})"
            edits = (
                write_argument(module, argument.node, both),
                *remove_arguments(module, record.node, [size.node]),
            )
    return (Fix(title, edits),) if edits else ()


def _drop(module: Module, record: KerasCall, argument: Argument, level: Applicability) -> Fix:
    return Fix(f"Remove `{argument.keyword}`", (remove_argument(module, record.node, argument.node),), level)


def _decay(module: Module, record: KerasCall, argument: Argument) -> tuple[Fix, ...]:
    """The rate fell by `1 / (1 + decay * step)`: what `InverseTimeDecay` does."""
    if keyword_node(record, argument) is None:
        return ()
    value = module.code(argument.node.value)
    if isinstance(argument.node.value, (cst.Integer, cst.Float)) and not float(value.replace("_", "")):
        return (_drop(module, record, argument, Applicability.SAFE),)
    rate = given(record, "learning_rate") or next((a for a in record.arguments if a.keyword is None), None)
    spelled = spell_new(module, "keras.optimizers.schedules.InverseTimeDecay")
    if spelled is None or not record.complete or given(record, "lr"):
        return ()
    edits: tuple[Edit, ...]
    if rate is None:
        target = migrations.call_target(record.name, record.via)
        default = old_arguments.DEFAULTS.get(target, {}).get("learning_rate") or _default(
            target, "learning_rate"
        )
        schedule = f"{spelled[0]}({default}, 1, {value})"
        edits = (write_argument(module, argument.node, f"learning_rate={schedule}"), *spelled[1])
    elif rate.node not in record.node.args or rate.node.star:
        return ()
    else:
        schedule = f"{spelled[0]}({module.code(rate.node.value)}, 1, {value})"
        keyword = f"{rate.keyword}=" if rate.keyword else ""
        edits = (
            write_argument(module, rate.node, keyword + schedule),
            remove_argument(module, record.node, argument.node),
            *spelled[1],
        )
    return (Fix("Make the learning rate an `InverseTimeDecay`", edits, Applicability.UNSAFE),)


def _default(target: str, name: str) -> str:
    """The default of an argument, as text."""
    signature = api.signature(target)
    parameter = signature.parameter(name) if signature is not None else None
    return repr(parameter.default) if parameter is not None else ""


EXAMPLES = (
    Example(
        """\
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Embedding, LSTM, BatchNormalization
from keras.optimizers import SGD
model = Sequential()
model.add(LSTM(8, batch_input_shape=(4, 5, 3), stateful=True, consume_less='gpu'))  # <- KF604, KF604
model.add(BatchNormalization(mode=0))  # <- KF604
model.add(Dense(1))
model.compile(SGD(learning_rate=0.1, decay=1e-6), 'mse', sample_weight_mode='temporal')  # <- KF604, KF604
other = Sequential([Dense(1)])
other.compile('sgd', 'mse')
other.fit(np.zeros((4, 3)), np.zeros((4, 1)), workers=4)  # <- KF604
layer = Embedding(10, 4, input_length=3)  # <- KF604
print(SGD(decay=1e-6, momentum=0.9))  # <- KF604
print(SGD(0.1, decay=0.0), LSTM(4, input_length=5, input_dim=3))  # <- KF604, KF604
""",
        """\
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Embedding, LSTM, BatchNormalization, Input
from keras.optimizers import SGD
from keras.optimizers.schedules import InverseTimeDecay
model = Sequential()
model.add(Input(batch_shape=(4, 5, 3)))
model.add(LSTM(8, stateful=True))
model.add(BatchNormalization())
model.add(Dense(1))
model.compile(SGD(learning_rate=InverseTimeDecay(0.1, 1, 1e-6)), 'mse')
other = Sequential([Dense(1)])
other.compile('sgd', 'mse')
other.fit(np.zeros((4, 3)), np.zeros((4, 1)))
layer = Embedding(10, 4)
print(SGD(learning_rate=InverseTimeDecay(0.01, 1, 1e-6), momentum=0.9))
print(SGD(0.1), LSTM(4, input_shape=(5, 3)))
""",
    ),
    Example(
        """\
import keras
model = keras.Sequential([
    keras.layers.LSTM(4, input_shape=(5, 3), batch_size=2),  # <- KF604
])
""",
        """\
import keras
model = keras.Sequential([
    keras.layers.Input(shape=(5, 3), batch_size=2),
    keras.layers.LSTM(4),
])
""",
    ),
    Example(
        """\
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Input
kernel, bias = np.ones((4, 3)), np.zeros(3)
a = Input((4,))
b = Dense(3, weights=[kernel, bias], name='one')(a)  # <- KF604
dense_2 = Dense(3, weights=[kernel, bias])  # <- KF604
c = dense_2(a)
model = Sequential([
    Input((4,)),
    Dense(3, weights=[kernel, bias]),  # <- KF604
])
other = Sequential()
other.add(Input((4,)))
other.add(Dense(3, weights=[kernel, bias]))  # <- KF604
""",
        """\
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Input
kernel, bias = np.ones((4, 3)), np.zeros(3)
a = Input((4,))
dense = Dense(3, name='one')
b = dense(a)
dense.set_weights([kernel, bias])
dense_2 = Dense(3)
c = dense_2(a)
dense_2.set_weights([kernel, bias])
model = Sequential([
    Input((4,)),
    Dense(3),
])
model.layers[0].set_weights([kernel, bias])
other = Sequential()
other.add(Input((4,)))
other.add(Dense(3))
other.layers[-1].set_weights([kernel, bias])
""",
    ),
    Example(
        """\
import numpy as np
import keras
layer = keras.layers.Dense(3, weights=[0, 0])  # <- KF604
model = keras.Sequential([keras.layers.Dense(1, weights=[np.ones((3, 1)), np.zeros(1)])])  # <- KF604
model.compile('sgd', 'mse')
model.fit(np.zeros((8, 3)), np.zeros((8, 1)))
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
print(keras.layers.Embedding(10, 4, weights=None), keras.layers.LSTM(4, implementation=2))
print(keras.optimizers.SGD(0.1, weight_decay=1e-4))
""",
    """\
import keras
print(keras.layers.InputLayer(batch_shape=(2, 3)), keras.optimizers.schedules.InverseTimeDecay(0.1, 1, 0.5))
""",
)
