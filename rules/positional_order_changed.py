"""An argument by position that means something else now: sizes of a kernel, metrics of `compile`.

## Why is this bad?
`Conv2D(32, 3, 3)` was 32 filters of 3 x 3. It still runs: as 32 filters of 3 x 3 that move 3 pixels at a time, and
the feature map shrinks to a third. The old names `Convolution2D` and the like are still there, and mean the same.
The third argument of `compile` was the metrics and is `loss_weights` now: with names of metrics there, `fit` raises.

## Fix safety
Metrics get their name, `metrics=`: safe, as `fit` raises on them. Kernels are unsafe: the stride may be meant, and
the `output_shape` of `Deconvolution2D` is dropped. Safe where another argument of the same call is one that only
Keras 1 had.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Edit, Finding, Fix, Severity
from kerasfix.keras import old_arguments
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import insert
from kerasfix.syntax.module import Module
from kerasfix.trace.outdated import kernel_sizes, output_shape
from kerasfix.trace.records import Compile, KerasCall

rule = Rule(__name__, "KF608", Severity.WARNING, fixable=Fixable.ALWAYS)


@rule.on(KerasCall)
def check(record: KerasCall, module: Module) -> Iterator[Finding]:
    sizes = kernel_sizes(record.name, record.exists, record.via, record.arguments)
    if not sizes or any(size.node not in record.node.args or size.node.star for size in sizes):
        return
    certain = any(argument.keyword in old_arguments.KERAS_1_KEYWORDS for argument in record.arguments)
    dropped = output_shape(record.name, sizes, record.arguments)
    start = module.span(sizes[0].node)[0]
    end = module.span([*sizes, *dropped][-1].node.value)[1]
    kernel = f"({', '.join(module.code(size.node.value) for size in sizes)})"
    name = record.name.rpartition(".")[2]
    yield rule.finding(
        (start, end),
        f"`{name}` takes the sizes of its kernel as one tuple, and a number behind the first for the strides: write"
        f" `{kernel}`",
        fixes=(
            Fix(
                f"Write `{kernel}`",
                (Edit(start, end, kernel),),
                Applicability.SAFE if certain and not dropped else Applicability.UNSAFE,
            ),
        ),
    )


@rule.on(Compile)
def check_metrics(record: Compile, module: Module) -> Iterator[Finding]:
    argument = record.misplaced
    if argument is None or argument.node.star:
        return
    later = (
        record.node.args[record.node.args.index(argument.node) + 1 :]
        if isinstance(record.node, cst.Call)
        else ()
    )
    named = all(other.keyword is not None for other in later)
    yield rule.finding(
        module.span(argument.node),
        "The third argument of `compile` is `loss_weights` in Keras 3, and `fit` raises on names of metrics there:"
        " write `metrics=`",
        fixes=(Fix("Write `metrics=`", (insert(module.span(argument.node)[0], "metrics="),)),)
        if named
        else (),
        severity=Severity.ERROR,
    )


EXAMPLES = (
    Example(
        """\
from keras.layers import Dense, Input
from keras.models import Sequential
model = Sequential([Input((4,)), Dense(3, activation='softmax')])
model.compile('adam', 'categorical_crossentropy', ['accuracy'])  # <- KF608
""",
        """\
from keras.layers import Dense, Input
from keras.models import Sequential
model = Sequential([Input((4,)), Dense(3, activation='softmax')])
model.compile('adam', 'categorical_crossentropy', metrics=['accuracy'])
""",
    ),
    Example(
        """\
from keras.layers import Conv2D, Convolution2D
print(Conv2D(32, 3, 3), Conv2D(8, 5, 5, activation='relu'))  # <- KF608, KF608
print(Convolution2D(32, 5, 3, border_mode='same'))  # <- KF603, KF608
""",
        """\
from keras.layers import Conv2D, Convolution2D
print(Conv2D(32, (3, 3)), Conv2D(8, (5, 5), activation='relu'))
print(Convolution2D(32, (5, 3), padding='same'))
""",
    ),
    Example(
        """\
from keras.layers import Deconvolution2D  # <- KF602
rows = int(input())
print(Deconvolution2D(8, 4, 4, subsample=(2, 2)))  # <- KF603, KF608
print(Deconvolution2D(8, rows, rows, (None, 8, 8, 8), init='uniform'))  # <- KF603, KF608
""",
        """\
from keras.layers import Conv2DTranspose
rows = int(input())
print(Conv2DTranspose(8, (4, 4), strides=(2, 2)))
print(Conv2DTranspose(8, (rows, rows), kernel_initializer='uniform'))
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
inputs = keras.Input((4,))
outputs = [keras.layers.Dense(1, name="a")(inputs), keras.layers.Dense(1, name="b")(inputs)]
model = keras.Model(inputs, outputs)
model.compile("adam", ["mse", "mse"], [0.5, 0.5], [["mae"], ["mae"]])
""",
    """\
from keras.layers import Conv2D
print(Conv2D(32, 3, 2), Conv2D(32, (3, 3)), Conv2D(32, 3, 1), Conv2D(64, 4, 4), Conv2D(64, 2, 2))
""",
    """\
from keras.layers import Conv2D, Conv1D, Convolution2D
print(Conv2D(32, 3, 3, padding='same'), Conv1D(8, 3, 3), Convolution2D(8, 1, 1))
""",
)
