"""The same data is given as input and as labels to a classifier.

## Why is this bad?
`fit(x, x)` is right for an autoencoder, which learns to put out its input. With a loss for class labels the input
is read as class numbers: Keras raises, or the model trains on nonsense.

## What to do
Give the labels as the second argument. For an autoencoder take a loss that compares values, such as `mse` or
`binary_crossentropy`.
"""

from collections.abc import Iterator

from kerasfix.finding import Finding, Severity
from kerasfix.keras.shape import TensorSpec
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Feed
from kerasfix.trace.training import loss_name
from kerasfix.trace.values import Const

rule = Rule(__name__, "KF317", Severity.WARNING, fixable=Fixable.NEVER)

# Layers of models that may well put out one class for each step of their own input.
_SEQUENCE = frozenset(
    {"Embedding", "RepeatVector", "TimeDistributed", "LSTM", "GRU", "SimpleRNN", "Bidirectional"}
)


@rule.on(Feed)
def check(record: Feed, module: Module) -> Iterator[Finding]:
    x, y = record.x, record.y
    if (
        record.method != "fit"
        or x is None
        or y is None
        or x.value is not y.value
        or isinstance(x.value, Const)
    ):
        return
    if record.compiled is None or loss_name(record.compiled.loss) != "sparse_categorical_crossentropy":
        return
    output = record.model.output
    if isinstance(output, TensorSpec) and output.shape is not None and len(output.shape) > 2:
        return
    if any(step.layer is None or step.layer.cls in _SEQUENCE for step in record.model.steps):
        return
    name = module.code(x.node.value)
    yield rule.finding(
        module.span(y.node),
        f"`{name}` is given as input and as labels, but the loss `sparse_categorical_crossentropy` wants one class"
        " number for each sample: pass the labels that belong to the data",
    )


EXAMPLES = (
    Example(
        """\
import keras
from data import texts
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(texts, texts, epochs=10)  # <- KF317
"""
    ),
    Example(
        """\
import keras
(x, y), _ = keras.datasets.mnist.load_data()
x = x / 255.0
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10)])
model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(x, x)  # <- KF317
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
(x, _), _ = keras.datasets.mnist.load_data()
x = x.reshape(60000, 784) / 255.0
autoencoder = keras.Sequential([keras.layers.Dense(32), keras.layers.Dense(784, activation="sigmoid")])
autoencoder.compile(loss="binary_crossentropy")
autoencoder.fit(x, x)
""",
    """\
import keras
from data import tokens
model = keras.Sequential([
    keras.layers.Embedding(1000, 16),
    keras.layers.LSTM(32, return_sequences=True),
    keras.layers.Dense(1000, activation="softmax"),
])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(tokens, tokens)
""",
)
