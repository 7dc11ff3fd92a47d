"""The result of `load_data()` is used as if it were one array.

## Why is this bad?
Every loader of `keras.datasets` returns `(x_train, y_train), (x_test, y_test)`: a pair of pairs. It has no
`astype`, `reshape` or `shape`, and the script stops with an `AttributeError`.
"""

from collections.abc import Iterator

from kerasfix.finding import Finding, Note, Severity
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.data_records import DatasetNotUnpacked

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


EXAMPLES = (
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
