"""The shape of the input given to the first layer, where `keras.Input` is the way of Keras 3.

## Why is this bad?
Keras 3 takes `input_shape=` and `input_dim=`, and warns: `Do not pass an input_shape/input_dim argument to a layer`.
Off by default, since nothing breaks.

## Fix safety
Safe: the same shape is declared before the layer. There is no fix where the layer is not seen to be the first one.
"""

from collections.abc import Iterator

from kerasfix.finding import Edit, Finding, Fix, Severity
from kerasfix.keras import api, migrations
from kerasfix.repairs.calls import keyword_node
from kerasfix.repairs.inputs import declare_input
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import KerasCall

rule = Rule(__name__, "KF610", Severity.INFO, fixable=Fixable.SOMETIMES, default=False)


@rule.on(KerasCall)
def check(record: KerasCall, module: Module) -> Iterator[Finding]:
    target = migrations.call_target(record.name, record.via)
    signature = api.signature(target)
    if signature is None or api.family(target) != "Layer":
        return
    for argument in record.arguments:
        if argument.keyword not in {"input_shape", "input_dim"} or argument.keyword not in signature.warns:
            continue
        edits: tuple[Edit, ...] | None = None
        if keyword_node(record, argument) is not None:
            value = module.code(argument.node.value)
            shape = value if argument.keyword == "input_shape" else f"({value},)"
            edits = declare_input(module, record, [argument], f"shape={shape}")
        yield rule.finding(
            module.span(argument.node),
            f"`{argument.keyword}` of `{target.rpartition('.')[2]}` is the old way: declare the input with"
            " `keras.Input`",
            fixes=(Fix("Declare the input with `keras.Input`", edits),) if edits else (),
        )


EXAMPLES = (
    Example(
        """\
from keras.models import Sequential
from keras.layers import Dense, Flatten
model = Sequential()
model.add(Dense(4, input_dim=3, activation='relu'))  # <- KF610
other = Sequential([
    Flatten(input_shape=(28, 28)),  # <- KF610
    Dense(3),
])
""",
        """\
from keras.models import Sequential
from keras.layers import Dense, Flatten, Input
model = Sequential()
model.add(Input(shape=(3,)))
model.add(Dense(4, activation='relu'))
other = Sequential([
    Input(shape=(28, 28)),
    Flatten(),
    Dense(3),
])
""",
    ),
    Example(
        """\
import keras
layer = keras.layers.Dense(3, input_shape=(4,))  # <- KF610
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)])
print(keras.layers.Embedding(input_dim=10, output_dim=3))
""",
    """\
import keras
model = keras.applications.ResNet50(input_shape=(32, 32, 3), weights=None, include_top=False)
""",
)
