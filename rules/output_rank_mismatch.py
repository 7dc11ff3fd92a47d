"""The model's output has another shape than the labels, in rank or in an axis that is no class axis.

## Why is this bad?
A loss compares output and labels element by element. With one axis too many or too few Keras raises in `fit`; worse,
`mse` and its kin stretch the shorter one along the batch, so that each sample is compared with all others, and the
loss goes down to nothing of use. (A `Dense` head on a feature map, and a recurrent layer that gives all steps, have
rules of their own: KF203, KF208.)

## Fix safety
Where all axes in the middle have size 1, a `Flatten` at the end takes them away, and not one number changes: safe.
Where they are larger, averaging over them is one of several ways: unsafe. Labels that have an axis too many are not
touched.
"""

from collections.abc import Iterator

from kerasfix.finding import Applicability, Finding, Fix, Note, Severity
from kerasfix.keras.losses import EXCLUSIVE, SPARSE, Meeting, meeting
from kerasfix.keras.shape import Shape, show
from kerasfix.repairs.models import append_layer
from kerasfix.repairs.training import class_numbers_for_rows
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.imports import spell
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Labels, Loss, Training

rule = Rule(__name__, "KF311", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(Training)
def check(record: Training, module: Module) -> Iterator[Finding]:
    output = record.output.shape if record.output is not None else None
    if record.loss is None or output is None or record.model.repaired:
        return
    for labels in record.labels:
        shape, x = labels.data.spec.shape, labels.feed.x
        alike = x is not None and x.value is labels.data
        if shape is None or (alike and record.loss.name in EXCLUSIVE):
            continue  # the input as labels: KF317
        steps = record.loss.name in SPARSE and len(shape) == 2 and shape[1] != 1 and labels.kind != "one-hot"
        if len(output) == 2 and len(shape) <= 2 and not steps:
            continue  # a matter of the width, or of the loss
        if class_numbers_for_rows(record, record.loss, labels):
            continue  # another loss takes them: KF304
        meets = meeting(record.loss.name, shape, output)
        if meets in {Meeting.RAISES, Meeting.BROADCASTS}:
            yield _finding(record, record.loss, labels, meets, module)
            return
        if record.loss.name in SPARSE and len(shape) == len(output) + 1 and shape[-2:] == (1, 1):
            yield _unlike_the_metric(record, labels, module)
            return


def _finding(record: Training, loss: Loss, labels: Labels, meets: Meeting, module: Module) -> Finding:
    assert record.output is not None
    assert record.output.shape is not None
    what = (
        "Keras raises" if meets is Meeting.RAISES else f"`{loss.name}` stretches them over each other, so that"
        " samples are compared with other samples"
    )  # fmt: skip
    at = record.head.layer.call if record.head is not None else loss.node
    return rule.finding(
        module.span(at),
        f"The model puts out {show(record.output.shape)}, but `{labels.feed.method}`"
        f" ({module.place(labels.feed.node)}) gives it labels of shape {show(labels.data.spec.shape)}: {what}",
        fixes=tuple(_fixes(record, labels, record.output.shape, module)),
        notes=(Note("the labels are given here", *module.span(labels.feed.node)),),
    )


def _fixes(record: Training, labels: Labels, output: Shape, module: Module) -> Iterator[Fix]:
    shape = labels.data.spec.shape
    head, steps = record.head, record.model.steps
    if shape is None or len(shape) > 2 or len(output) < 3 or head is None or steps[-1].layer is None:
        return
    if steps[-1].output != record.output:  # layers that were added after it was trained
        return
    like = steps[-1].layer.call.func
    choices = []
    if all(size == 1 for size in output[1:-1]):
        choices.append(("Flatten", "Take the axes of size 1 away: `Flatten`", Applicability.SAFE))
    elif len(output) <= 5:
        pooling = f"GlobalAveragePooling{len(output) - 2}D"
        choices.append((pooling, f"Average over the places: `{pooling}`", Applicability.UNSAFE))
    for cls, title, level in choices:
        name, imports = spell(module, f"keras.layers.{cls}", like)
        edits = append_layer(module, record.model, f"{name}()")
        if edits is not None:
            yield Fix(title, (*edits, *imports), level)


def _unlike_the_metric(record: Training, labels: Labels, module: Module) -> Finding:
    """Class numbers with two axes of size 1: the loss takes them, accuracy compares each with all of the batch."""
    argument = labels.feed.y
    return rule.finding(
        module.span(argument.node if argument is not None else labels.feed.node),
        f"The labels have the shape {show(labels.data.spec.shape)}, and metrics compare each of them with all"
        " outputs of the batch: reshape them to one axis",
        severity=Severity.WARNING,
    )


EXAMPLES = (
    Example(
        """\
import keras
import numpy as np
images = np.random.rand(32, 28, 28, 1)
model = keras.Sequential([
    keras.Input((28, 28, 1)),
    keras.layers.MaxPooling2D(5),
    keras.layers.UpSampling2D(5),
    keras.layers.Conv2D(1, 3, padding="same"),  # <- KF311
])
model.compile(loss="mse")
model.fit(images, images)
"""
    ),
    Example(
        """\
import keras
import numpy as np
from keras import layers
x = np.random.rand(64, 8, 8, 1)
y = keras.utils.to_categorical(np.random.randint(0, 3, 64), 3)
model = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(16, 3, strides=2, activation="relu"),
    layers.Conv2D(3, 3, activation="softmax"),  # <- KF311
])
model.compile(loss="categorical_crossentropy")
model.fit(x, y)
""",
        """\
import keras
import numpy as np
from keras import layers
x = np.random.rand(64, 8, 8, 1)
y = keras.utils.to_categorical(np.random.randint(0, 3, 64), 3)
model = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(16, 3, strides=2, activation="relu"),
    layers.Conv2D(3, 3, activation="softmax"),
    layers.Flatten(),
])
model.compile(loss="categorical_crossentropy")
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 12, 2), np.random.rand(64)
model = keras.Sequential()
model.add(keras.Input((12, 2)))
model.add(keras.layers.Conv1D(8, 3, activation='relu'))
model.add(keras.layers.Conv1D(1, 3))  # <- KF311
model.compile(loss='mse')
model.fit(x, y)
""",
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 12, 2), np.random.rand(64)
model = keras.Sequential()
model.add(keras.Input((12, 2)))
model.add(keras.layers.Conv1D(8, 3, activation='relu'))
model.add(keras.layers.Conv1D(1, 3))
model.add(keras.layers.GlobalAveragePooling1D())
model.compile(loss='mse')
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(32, 28, 28, 1), np.random.rand(32, 28, 28, 1)
model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(1, 3)])  # <- KF311
model.compile(loss="mae")
model.fit(x, y)
"""
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(32, 20), np.random.randint(0, 5, (32, 7))
model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(5, activation="softmax")])  # <- KF311
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
import numpy as np
images = np.random.rand(32, 28, 28, 1)
model = keras.Sequential([
    keras.Input((28, 28, 1)),
    keras.layers.MaxPooling2D(4),
    keras.layers.UpSampling2D(4),
    keras.layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
])
model.compile(loss="binary_crossentropy")
model.fit(images, images)
model.fit(images[..., 0], images[..., 0])
""",
    """\
import keras
import numpy as np
x, y = np.random.rand(32, 28, 28, 1), np.random.rand(32, 28, 28)
model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(1, 3, padding="same")])
model.compile(loss="mae")
model.fit(x, y)
""",
    """\
import keras
import numpy as np
x, y = np.random.rand(32, 28, 28, 1), np.random.randint(0, 4, (32, 28, 28))
model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(4, 3, padding="same", activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
    """\
import keras
import numpy as np
x, y = np.random.rand(32, 5, 8), np.random.randint(0, 4, (32, 5, 1))
model = keras.Sequential([keras.Input((5, 8)), keras.layers.Conv1D(4, 1, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
    """\
import keras
import numpy as np
from data import load
x, y = load()
model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(1, 3)])
model.compile(loss="mae")
model.fit(np.asarray(x), np.asarray(y))
""",
)
