"""The sizes of a kernel one by one, as Keras 1 took them: the third argument is the stride now.

## Why is this bad?
`Conv2D(32, 3, 3)` was 32 filters of 3 x 3. It still runs: as 32 filters of 3 x 3 that move 3 pixels at a time, and
the feature map shrinks to a third. The old names `Convolution2D` and the like are still there, and mean the same.

## Fix safety
Unsafe: the stride may be meant, and the `output_shape` of `Deconvolution2D` is dropped. Safe where another argument
of the same call is one that only Keras 1 had.
"""

from collections.abc import Iterator

from kerasfix.finding import Applicability, Edit, Finding, Fix, Severity
from kerasfix.keras import old_arguments
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.outdated import kernel_sizes, output_shape
from kerasfix.trace.records import KerasCall

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


EXAMPLES = (
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
from keras.layers import Conv2D
print(Conv2D(32, 3, 2), Conv2D(32, (3, 3)), Conv2D(32, 3, 1), Conv2D(64, 4, 4), Conv2D(64, 2, 2))
""",
    """\
from keras.layers import Conv2D, Conv1D, Convolution2D
print(Conv2D(32, 3, 3, padding='same'), Conv1D(8, 3, 3), Convolution2D(8, 1, 1))
""",
)
