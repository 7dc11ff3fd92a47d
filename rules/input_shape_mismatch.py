"""The data given to `fit`, `evaluate`, `predict` or the model itself does not have the shape that it declares.

## Why is this bad?
Keras raises at the first batch. A frequent case: the model takes vectors of 784 numbers, and the images that
`mnist.load_data()` returns are 28 x 28.

A missing or an extra last axis of size 1 is no fault: Keras adds or drops it.

## Fix safety
Safe where both shapes hold the same number of values: a `Flatten` at the front of the model, or a `reshape` of
the data, changes the arrangement and nothing else. Declaring another input shape is unsafe: the data could be
what is wrong.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Edit, Finding, Fix, Note, Severity
from kerasfix.keras.shape import show, size
from kerasfix.repairs.models import (
    insert_layer_before,
    one_sample,
    receiver,
    shape_argument,
    transposed,
    whole_shape,
)
from kerasfix.repairs.pictures import read_in_other_colors
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import insert_statement_after, remove_argument, replace
from kerasfix.syntax.imports import spell
from kerasfix.syntax.module import Module
from kerasfix.trace.records import InputMismatch

rule = Rule(__name__, "KF204", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(InputMismatch)
def check(record: InputMismatch, module: Module) -> Iterator[Finding]:
    if whole_shape(record) or one_sample(record) or transposed(record) or read_in_other_colors(record):
        return  # rules of their own
    data, expected = record.data.spec.shape, record.expected.shape
    if data is not None and expected is not None and data[1:] == expected[1:]:
        return  # a layer behind the input wants another batch size: no change of the data's shape would do
    value = record.argument.node.value
    name = f"`{module.code(value)}`" if isinstance(value, cst.Name) else "the data"
    notes: list[Note] = []
    if record.data.shaped in module.spans:
        notes.append(Note(f"{name} gets its shape {show(data)} here", *module.span(record.data.shaped)))
    argument = shape_argument(record.declared)
    if argument is not None:
        notes.append(Note(f"the model declares {show(expected)} here", *module.span(argument)))
    yield rule.finding(
        module.span(value),
        f"`{record.feed.method}` gives the model {name} of shape {show(data)}, but it takes {show(expected)}",
        fixes=tuple(_fixes(record, module, argument)),
        notes=tuple(notes),
    )


def _fixes(record: InputMismatch, module: Module, argument: cst.Arg | None) -> Iterator[Fix]:
    data, expected = record.data.spec.shape, record.expected.shape
    assert data is not None
    assert expected is not None
    sample, wanted = data[1:], expected[1:]
    if size(sample) is not None and size(sample) == size(wanted):
        if (
            len(wanted) == 1
            and record.entry is None
            and _all_alike(record)
            and (edits := _flatten(record, module, argument))
        ):
            yield Fix(f"Flatten the input of the model: {show(sample)} to {size(sample)} values", edits)
        value = record.argument.node.value
        if isinstance(value, (cst.Name, cst.Attribute, cst.Call, cst.Subscript)) and not record.feed.streamed:
            sizes = ", ".join(map(str, wanted))
            code = f"{module.code(value)}.reshape(-1, {sizes})"
            yield Fix(f"Reshape the data to {show(('n', *wanted))}", (replace(module, value, code),))  # type: ignore[arg-type]
    elif argument is not None and size(sample) is not None and _takes_rank(record, len(sample)):
        keyword = argument.keyword.value if argument.keyword is not None else "shape"
        if keyword in {"shape", "input_shape"}:
            declared = show(sample)
        elif keyword == "input_dim" and len(sample) == 1:
            declared = str(sample[0])
        else:
            return
        yield Fix(
            f"Declare the shape of the data: {show(sample)}",
            (replace(module, argument.value, declared),),
            Applicability.UNSAFE,
        )


def _takes_rank(record: InputMismatch, rank: int) -> bool:
    """Whether the model could as well declare an input of another rank (without the batch axis)."""
    assert record.expected.shape is not None
    first = record.model.steps[0].layer if record.model.steps else None
    declared = len(record.expected.shape) - 1
    if first is None or declared == rank or record.entry is not None:
        return declared == rank
    return first.cls in {"Flatten", "Reshape"} or (first.cls == "Dense" and rank < declared)


def _all_alike(record: InputMismatch) -> bool:
    """Whether all data that the model is ever given has this one shape."""
    shape = record.data.spec.shape
    assert shape is not None
    return all(data.spec.shape is not None and data.spec.shape[1:] == shape[1:] for data in record.model.fed)


def _flatten(record: InputMismatch, module: Module, argument: cst.Arg | None) -> tuple[Edit, ...]:
    """A `Flatten` at the front of a model; no edits where there is no one place for it."""
    model, shape = record.model, record.data.spec.shape
    assert shape is not None
    if argument is None or not model.steps:
        return ()
    sample, first = show(shape[1:]), model.steps[0]
    if first.layer is None:
        return ()
    call = first.layer.call
    name, imports = spell(module, "keras.layers.Flatten", call.func)
    if argument in call.args:  # `Dense(32, input_shape=(784,))`: the first layer declares the input
        inserted = insert_layer_before(module, model, first, f"{name}(input_shape={sample})")
        return (*inserted, remove_argument(module, call, argument), *imports) if inserted else ()
    declared = replace(module, argument.value, sample)
    owner = receiver(first.statement, call)
    if owner is not None:
        line = insert_statement_after(module, _statement_of_input(module, model.declared), "")
        if line is None:
            return ()
        flatten = Edit(line.start, line.end, f"{line.content}{module.code(owner)}.add({name}())")
        return (declared, flatten, *imports)
    takers = [step for step in model.steps if step.inputs is first.inputs]
    inserted = insert_layer_before(module, model, first, f"{name}()") if len(takers) == 1 else None
    return (declared, *inserted, *imports) if inserted else ()


def _statement_of_input(module: Module, node: cst.CSTNode | None) -> cst.CSTNode | None:
    """The line `model.add(Input(...))`."""
    if node is None or module.tree is None:
        return None
    start = module.span(node)[0]
    for statement in module.tree.body:
        first, last = module.span(statement)
        if first <= start < last:
            return statement
    return None


EXAMPLES = (
    Example(
        """\
import keras
import numpy as np
import tensorflow as tf
x, y = np.random.rand(64, 5).astype("float32"), np.random.rand(64, 1).astype("float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
loss, optimizer = keras.losses.MeanSquaredError(), keras.optimizers.Adam()
for inputs, targets in tf.data.Dataset.from_tensor_slices((x, y)).batch(16):
    with tf.GradientTape() as tape:
        error = loss(targets, model(inputs, training=True))  # <- KF204
    gradients = tape.gradient(error, model.trainable_weights)
    optimizer.apply_gradients(zip(gradients, model.trainable_weights))
""",
        """\
import keras
import numpy as np
import tensorflow as tf
x, y = np.random.rand(64, 5).astype("float32"), np.random.rand(64, 1).astype("float32")
model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1)])
loss, optimizer = keras.losses.MeanSquaredError(), keras.optimizers.Adam()
for inputs, targets in tf.data.Dataset.from_tensor_slices((x, y)).batch(16):
    with tf.GradientTape() as tape:
        error = loss(targets, model(inputs, training=True))
    gradients = tape.gradient(error, model.trainable_weights)
    optimizer.apply_gradients(zip(gradients, model.trainable_weights))
""",
    ),
    Example(
        """\
import keras
import numpy as np
from keras import layers
words, tags = np.random.randint(0, 50, (64, 20)), np.random.rand(64, 6)
a, b = keras.Input((20,), name="words"), keras.Input((4,), name="tags")
h = layers.GlobalAveragePooling1D()(layers.Embedding(50, 8)(a))
model = keras.Model([a, b], layers.Dense(1)(layers.Concatenate()([h, b])))
model.compile(loss="mse")
model.fit({"tags": tags, "words": words}, np.random.rand(64))  # <- KF204
model.predict([words, tags])
""",
        """\
import keras
import numpy as np
from keras import layers
words, tags = np.random.randint(0, 50, (64, 20)), np.random.rand(64, 6)
a, b = keras.Input((20,), name="words"), keras.Input((6,), name="tags")
h = layers.GlobalAveragePooling1D()(layers.Embedding(50, 8)(a))
model = keras.Model([a, b], layers.Dense(1)(layers.Concatenate()([h, b])))
model.compile(loss="mse")
model.fit({"tags": tags, "words": words}, np.random.rand(64))
model.predict([words, tags])
""",
    ),
    Example(
        """\
from keras.layers import Dense
from keras.models import Sequential
from keras.datasets import mnist
(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train = x_train.astype('float32') / 255.
x_test = x_test.astype('float32') / 255.
model = Sequential()
model.add(Dense(32, input_shape=(784,), activation='relu'))
model.add(Dense(10, activation='softmax'))
model.compile(loss='sparse_categorical_crossentropy')
model.fit(x_train, y_train)  # <- KF204
model.evaluate(x_test, y_test)
""",
        """\
from keras.layers import Dense, Flatten
from keras.models import Sequential
from keras.datasets import mnist
(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train = x_train.astype('float32') / 255.
x_test = x_test.astype('float32') / 255.
model = Sequential()
model.add(Flatten(input_shape=(28, 28)))
model.add(Dense(32, activation='relu'))
model.add(Dense(10, activation='softmax'))
model.compile(loss='sparse_categorical_crossentropy')
model.fit(x_train, y_train)
model.evaluate(x_test, y_test)
""",
    ),
    Example(
        """\
import keras
from keras import layers
(x, y), (u, v) = keras.datasets.mnist.load_data()
x = x.reshape(60000, 784) / 255.0
model = keras.Sequential([layers.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)  # <- KF204
""",
        """\
import keras
from keras import layers
(x, y), (u, v) = keras.datasets.mnist.load_data()
x = x.reshape(60000, 784) / 255.0
model = keras.Sequential([layers.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x.reshape(-1, 28, 28, 1), y)
""",
    ),
    Example(
        """\
import keras
import numpy as np
model = keras.Sequential()
model.add(keras.Input(shape=(10,)))
model.add(keras.layers.Dense(1))
model.compile(loss="mse")
model.fit(np.zeros((64, 8)), np.zeros(64))  # <- KF204
""",
        """\
import keras
import numpy as np
model = keras.Sequential()
model.add(keras.Input(shape=(8,)))
model.add(keras.layers.Dense(1))
model.compile(loss="mse")
model.fit(np.zeros((64, 8)), np.zeros(64))
""",
    ),
    Example(
        """\
import numpy as np
from keras.layers import Dense
from keras.models import Sequential
model = Sequential()
model.add(Dense(6, activation="relu", input_dim=11))
model.add(Dense(1, activation="sigmoid"))
model.compile("adam", "binary_crossentropy")
model.fit(np.random.rand(64, 30), np.random.randint(0, 2, 64))  # <- KF204
""",
        """\
import numpy as np
from keras.layers import Dense
from keras.models import Sequential
model = Sequential()
model.add(Dense(6, activation="relu", input_dim=30))
model.add(Dense(1, activation="sigmoid"))
model.compile("adam", "binary_crossentropy")
model.fit(np.random.rand(64, 30), np.random.randint(0, 2, 64))
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
import numpy as np
from keras import layers
from files import load
a, b = keras.Input((20,), name="words"), keras.Input((6, 1), name="tags")
model = keras.Model([a, b], layers.Dense(1)(layers.Concatenate()([a, layers.Flatten()(b)])))
model.compile(loss="mse")
model.fit([np.random.rand(64, 20, 1), np.random.rand(64, 6)], np.random.rand(64))
model.fit([np.random.rand(64, 20), load()], np.random.rand(64))
parts = {"tags": np.random.rand(64, 6), "words": np.random.rand(64, 20)}
model.predict(parts)
""",
    """\
import keras
(x, y), _ = keras.datasets.mnist.load_data()
x = x / 255.0
model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(x, y)
""",
    """\
import keras
import numpy as np
model = keras.Sequential([keras.Input((30, 1)), keras.layers.LSTM(4), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(np.zeros((64, 30)), np.zeros(64))
""",
    """\
import keras
import numpy as np
model = keras.Sequential([keras.Input((None, 4)), keras.layers.LSTM(4), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(np.load("x.npy"), np.zeros(64))
model.predict(np.zeros((3, 17, 4)))
""",
)
