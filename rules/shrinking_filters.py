"""Convolutions have fewer filters the deeper they stand.

## Why is this bad?
While pooling makes feature maps smaller, classifiers usually get more channels with depth: simple edges first, many
combinations of them later. Fewer filters behind more of them squeeze out what was found.
"""

from collections.abc import Iterator
from itertools import pairwise

from kerasfix.finding import Finding, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.library import python_value
from kerasfix.trace.records import Link, Training

rule = Rule(__name__, "KF707", Severity.INFO, fixable=Fixable.NEVER, default=False)

_CONVOLUTIONS = frozenset({"Conv1D", "Conv2D", "Conv3D", "SeparableConv1D", "SeparableConv2D"})
# What tells an autoencoder or a generator, where filters shrink on purpose.
_GROWING = frozenset({"UpSampling1D", "UpSampling2D", "UpSampling3D"})


@rule.on(Training)
def check(record: Training, module: Module) -> Iterator[Finding]:
    if any(link.layer.cls in _GROWING or "Transpose" in link.layer.cls for link in record.chain):
        return
    if not record.chain or record.chain[-1].layer.cls in _CONVOLUTIONS:
        return
    convolutions = [link for link in record.chain if link.layer.cls in _CONVOLUTIONS and not _mixes(link)]
    for before, link in pairwise(convolutions):
        if before.width is not None and link.width is not None and link.width < before.width:
            yield rule.finding(
                module.span(link.layer.call),
                f"This `{link.layer.cls}` has {link.width} filters, fewer than the {before.width} before it"
                f" ({module.place(before.layer.call)}): classifiers usually get more with depth",
            )


def _mixes(link: Link) -> bool:
    """A 1 x 1 convolution, which mixes channels and may well make them fewer."""
    kernel = link.layer.arguments.get("kernel_size")
    return kernel is not None and python_value(kernel.value) in (1, (1,), (1, 1), [1, 1])


EXAMPLES = (
    Example(
        """\
from keras import Sequential, layers
model = Sequential([
    layers.Input((28, 28, 1)),
    layers.Conv2D(64, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(32, 3, activation="relu"),  # <- KF707
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(loss="sparse_categorical_crossentropy")
"""
    ),
    Example(
        """\
from keras.layers import Conv1D, Dense, GlobalMaxPooling1D, Input
from keras.models import Sequential
model = Sequential()
model.add(Input((100, 8)))
model.add(Conv1D(32, 5, activation="relu"))
model.add(Conv1D(16, 5, activation="relu"))  # <- KF707
model.add(Conv1D(8, 5, activation="relu"))  # <- KF707
model.add(GlobalMaxPooling1D())
model.add(Dense(1, activation="sigmoid"))
model.compile(loss="binary_crossentropy")
"""
    ),
)
NEAR_MISSES = (
    """\
from keras import Sequential, layers
model = Sequential([layers.Input((28, 28, 1)), layers.Conv2D(32, 3, activation="relu"),
                    layers.Conv2D(64, 3, activation="relu"), layers.Conv2D(16, 1, activation="relu"),
                    layers.Flatten(), layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
""",
    """\
from keras import Sequential, layers
model = Sequential([layers.Input((28, 28, 1)), layers.Conv2D(32, 3, activation="relu"), layers.UpSampling2D(),
                    layers.Conv2D(16, 3, activation="relu"), layers.Conv2D(1, 3, activation="sigmoid")])
model.compile(loss="mse")
""",
)
