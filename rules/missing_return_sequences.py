"""A recurrent layer gives its last step where all steps are wanted, or all steps where one is.

## Why is this bad?
`LSTM(32)` gives one vector for each sample, `LSTM(32, return_sequences=True)` one for each step. Another recurrent
layer, `Conv1D` or `TimeDistributed` behind it takes all steps, and Keras raises without them. Attention does not
raise: without steps it attends from one sample of the batch to the others. A head with one label for each sample, and
`RepeatVector`, take the last step only.

## Fix safety
Keras raises as the code stands, and `return_sequences` is the one argument that decides it. Attention runs, with
another meaning, so that the fix is unsafe there. No fix where one place in the text stands for several layers.
"""

from collections.abc import Iterator

from kerasfix.finding import Applicability, Edit, Finding, Fix, Note, Severity
from kerasfix.keras.shape import show
from kerasfix.repairs.models import insert_layer_before
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import append_argument, remove_argument, replace
from kerasfix.syntax.imports import spell
from kerasfix.syntax.module import Module
from kerasfix.trace.records import SequenceMismatch

rule = Rule(__name__, "KF208", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(SequenceMismatch)
def check(record: SequenceMismatch, module: Module) -> Iterator[Finding]:
    taker = record.taker.layer
    assert taker is not None
    gives = "only its last step" if record.wanted else "every step of its sequence"
    message = f"`{record.inner.cls}` gives {gives}, {show(record.source.output.shape)}, but "
    if record.feed is not None and record.labels is not None:
        message += (
            f"`{record.feed.method}` ({module.place(record.feed.node)}) gives the model one label per sample,"
            f" of shape {show(record.labels.spec.shape)}"
        )
        note = Note("the labels are given here", *module.span(record.feed.node))
    else:
        where = f"`{taker.cls}` ({module.place(record.taker.node)})"
        if record.rejected is not None:
            message += f"{where} takes {record.rejected.expected}"
        else:
            message += f"{where} attends along axis 1, which is missing: it would mix the samples of a batch"
        note = Note(f"`{taker.cls}` gets it here", *module.span(record.taker.node))
    runs = record.rejected is None and record.feed is None
    severity = Severity.WARNING if runs else Severity.ERROR
    fixes = tuple(_fixes(record, module, Applicability.UNSAFE if runs else Applicability.SAFE))
    yield rule.finding(module.span(record.inner.call), message, severity=severity, fixes=fixes, notes=(note,))


def _fixes(record: SequenceMismatch, module: Module, applicability: Applicability) -> Iterator[Fix]:
    edit = None if record.source.looped else _edit(record, module)
    if edit is not None:
        title = "Give all steps: `return_sequences=True`" if record.wanted else (
            "Give the last step only: leave out `return_sequences`"
        )  # fmt: skip
        yield Fix(title, (edit,), applicability)
    if record.feed is not None and record.taker.layer is not None:
        name, imports = spell(module, "keras.layers.GlobalAveragePooling1D", record.taker.layer.call.func)
        edits = insert_layer_before(module, record.model, record.taker, f"{name}()") if record.model else None
        if edits is not None:
            yield Fix("Average all steps: `GlobalAveragePooling1D`", (*edits, *imports), Applicability.UNSAFE)


def _edit(record: SequenceMismatch, module: Module) -> Edit | None:
    inner = record.inner
    argument = inner.arguments.get("return_sequences")
    if argument is None:
        return append_argument(module, inner.call, "return_sequences=True") if inner.complete else None
    if argument.node not in inner.call.args or argument.node.star:
        return None
    if record.wanted or argument.keyword is None:
        return replace(module, argument.node.value, str(record.wanted))
    return remove_argument(module, inner.call, argument.node)


EXAMPLES = (
    Example(
        """\
import keras
from keras.layers import LSTM, Dense
model = keras.Sequential()
model.add(keras.Input((20, 8)))
model.add(LSTM(32))  # <- KF208
model.add(keras.layers.Dropout(0.2))
model.add(LSTM(16, return_sequences=False))  # <- KF208
model.add(LSTM(4))
model.add(Dense(1))
""",
        """\
import keras
from keras.layers import LSTM, Dense
model = keras.Sequential()
model.add(keras.Input((20, 8)))
model.add(LSTM(32, return_sequences=True))
model.add(keras.layers.Dropout(0.2))
model.add(LSTM(16, return_sequences=True))
model.add(LSTM(4))
model.add(Dense(1))
""",
    ),
    Example(
        """\
import keras
from keras import layers
x = keras.Input((20, 8))
y = layers.Bidirectional(layers.GRU(8))(x)  # <- KF208
y = layers.TimeDistributed(layers.Dense(3))(y)
""",
        """\
import keras
from keras import layers
x = keras.Input((20, 8))
y = layers.Bidirectional(layers.GRU(8, return_sequences=True))(x)
y = layers.TimeDistributed(layers.Dense(3))(y)
""",
    ),
    Example(
        """\
import keras
from keras import layers
x = keras.Input((20, 8))
h = layers.LSTM(8)(x)  # <- KF208
y = layers.MultiHeadAttention(2, 4)(h, h)
model = keras.Model(x, y)
model.compile(loss="mse")
""",
        """\
import keras
from keras import layers
x = keras.Input((20, 8))
h = layers.LSTM(8, return_sequences=True)(x)
y = layers.MultiHeadAttention(2, 4)(h, h)
model = keras.Model(x, y)
model.compile(loss="mse")
""",
    ),
    Example(
        """\
import keras
from keras import layers
x = keras.Input((20, 8))
h = layers.SimpleRNN(8)(x)  # <- KF208
y = layers.Attention()([h, h])
""",
        """\
import keras
from keras import layers
x = keras.Input((20, 8))
h = layers.SimpleRNN(8, return_sequences=True)(x)
y = layers.Attention()([h, h])
""",
    ),
    Example(
        """\
import keras
import numpy as np
from keras.layers import LSTM, Dense
model = keras.Sequential([
    keras.Input((20, 8)),
    LSTM(32, return_sequences=True),
    LSTM(16, return_sequences=True),  # <- KF208
    Dense(1, activation="sigmoid"),
])
model.compile(loss="binary_crossentropy")
model.fit(np.zeros((50, 20, 8)), np.random.randint(0, 2, 50))
""",
        """\
import keras
import numpy as np
from keras.layers import LSTM, Dense
model = keras.Sequential([
    keras.Input((20, 8)),
    LSTM(32, return_sequences=True),
    LSTM(16),
    Dense(1, activation="sigmoid"),
])
model.compile(loss="binary_crossentropy")
model.fit(np.zeros((50, 20, 8)), np.random.randint(0, 2, 50))
""",
    ),
    Example(
        """\
import keras
from keras import layers
model = keras.Sequential([
    keras.Input((20, 8)),
    layers.LSTM(32, return_sequences=True),  # <- KF208
    layers.RepeatVector(5),
    layers.LSTM(8, return_sequences=True),
])
""",
        """\
import keras
from keras import layers
model = keras.Sequential([
    keras.Input((20, 8)),
    layers.LSTM(32),
    layers.RepeatVector(5),
    layers.LSTM(8, return_sequences=True),
])
""",
    ),
    Example(
        """\
import keras
model = keras.Sequential([keras.Input((20, 8))])
for units in (32, 16):
    model.add(keras.layers.LSTM(units))  # <- KF208
model.add(keras.layers.Dense(1))
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
from keras.layers import LSTM, Dense
model = keras.Sequential([
    keras.Input((20, 8)), LSTM(32, return_sequences=True), LSTM(16), Dense(1),
])
""",
    """\
import keras
import numpy as np
from keras.layers import LSTM, Dense
model = keras.Sequential([
    keras.Input((20, 8)), LSTM(32, return_sequences=True), Dense(1, activation="sigmoid"),
])
model.compile(loss="binary_crossentropy")
model.fit(np.zeros((50, 20, 8)), np.random.randint(0, 2, (50, 20)))
""",
    """\
import keras
from keras import layers
model = keras.Sequential([
    keras.Input((20, 8)), layers.LSTM(32), layers.RepeatVector(20),
    layers.LSTM(8, return_sequences=True), layers.TimeDistributed(layers.Dense(8)),
])
""",
    """\
import keras
from settings import LAST
model = keras.Sequential([
    keras.Input((20, 8)), keras.layers.LSTM(32, return_sequences=not LAST), keras.layers.LSTM(4),
])
""",
    """\
import keras
from keras import layers
x = keras.Input((20, 8))
h = layers.LSTM(8, return_sequences=True)(x)
y = layers.Attention()([h, h])
z = layers.GlobalAveragePooling1D()(y)
""",
    """\
import keras
from keras import layers
x = keras.Input((20, 8))
sequence, state, carry = layers.LSTM(8, return_sequences=True, return_state=True)(x)
y = layers.LSTM(8)(sequence, initial_state=[state, carry])
""",
)
