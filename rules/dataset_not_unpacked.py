"""The result of `load_data()`, or a `tf.data.Dataset`, is used as if it were one array.

## Why is this bad?
Every loader of `keras.datasets` returns `(x_train, y_train), (x_test, y_test)`: a pair of pairs. It has no
`astype`, `reshape` or `shape`, and the script stops with an `AttributeError`.
A `tf.data.Dataset` is gone through batch by batch: `dataset[0]` stops with `TypeError: ... object is not
subscriptable`, `dataset.shape` with an `AttributeError`.
"""

from collections.abc import Iterator

from kerasfix.finding import Finding, Note, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.data_records import DatasetNotUnpacked, PipelineIndexed

rule = Rule(__name__, "KF506", Severity.ERROR, fixable=Fixable.NEVER)


@rule.on(DatasetNotUnpacked)
def check(record: DatasetNotUnpacked, module: Module) -> Iterator[Finding]:
    name = f"`{record.name}`" if record.name else "this"
    unpacked = "(x_train, y_train), (x_test, y_test)"
    yield rule.finding(
        module.span(record.node),
        f"{name} is no array: `load_data()` returns the pairs `{unpacked}`; unpack them and use the arrays",
        notes=(Note("`load_data()` is called here", *module.span(record.load)),),
    )


@rule.on(PipelineIndexed)
def check_pipeline(record: PipelineIndexed, module: Module) -> Iterator[Finding]:
    code = module.code(record.value)
    shown = f"`{code}`" if len(code) <= 40 and "\n" not in code else "this"
    what = "it cannot be indexed" if record.attribute is None else f"it has no `{record.attribute}`"
    yield rule.finding(
        module.span(record.node),
        f"{shown} is a `tf.data.Dataset`, no array: {what}; `next(iter(...))` of it is its first element",
        notes=(Note("the dataset is made here", *module.span(record.made)),),
    )


EXAMPLES = (
    Example(
        """\
import keras
import tensorflow as tf
data = tf.data.Dataset.from_tensor_slices(([[0.0, 1.0], [1.0, 0.0]], [1, 0])).batch(2)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.predict(data[0])  # <- KF506
print(data.shape)  # <- KF506
"""
    ),
    Example(
        """\
from keras.datasets import mnist
data = mnist.load_data()
data = data.astype("float32") / 255.0  # <- KF506
"""
    ),
    Example(
        """\
import keras
print(keras.datasets.imdb.load_data(num_words=1000).shape)  # <- KF506
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
import tensorflow as tf
data = tf.data.Dataset.from_tensor_slices(([[0.0, 1.0], [1.0, 0.0]], [1, 0])).batch(2)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
x, y = next(iter(data))
print(x.shape, x[0], list(data)[0], data.element_spec, len(data))
model.predict(data.map(lambda a, b: a))
""",
    """\
from tensorflow.keras.preprocessing.image import ImageDataGenerator
import numpy as np
flow = ImageDataGenerator().flow(np.ones((5, 8, 8, 3)), np.arange(5))
x, y = flow[0]
""",
    """\
from keras.datasets import mnist
data = mnist.load_data()
images = data[0][0].astype("float32") / 255.0
""",
    """\
from keras.datasets import mnist
train, test = mnist.load_data()
x, y = train
x = x.astype("float32")
""",
)
