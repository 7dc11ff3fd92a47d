"""A regression loss such as `mse` or `mae` is used for a classifier.

## Why is this bad?
Squared distances between class numbers mean nothing, and between probabilities they give weak gradients just where
the model is most wrong. With class numbers and one unit for each class Keras raises, or stretches the numbers over
all units without a word.

## Fix safety
The loss becomes the cross-entropy for the labels. Where the code runs as it stands the training changes, so it is
unsafe; where Keras raises it is safe.
"""

from collections.abc import Iterator

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.keras.losses import REGRESSION, Meeting, meeting
from kerasfix.repairs.training import Suited, set_activation, set_loss, suited, together
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Labels, Loss, Training

rule = Rule(__name__, "KF309", Severity.WARNING, fixable=Fixable.SOMETIMES)


@rule.on(Training)
def check(record: Training, module: Module) -> Iterator[Finding]:
    head, loss, width = record.head, record.loss, record.width
    if head is None or loss is None or loss.name not in REGRESSION or width is None:
        return
    labels = record.known_labels
    right = _right_loss(labels, head.activation, width)
    if right is None:
        if (
            labels is not None
            and (end := suited(labels, width)) is not None
            and _is_classifier(labels, width)
        ):
            yield _no_classifier_yet(record, loss, end, module)
        return
    wrong = (
        labels is not None and labels.kind in {"classes", "binary"} and width > 1 and _misses(record, labels)
    )
    edits = set_loss(module, loss, right) if _fits(labels, width) else None
    level = Applicability.SAFE if wrong else Applicability.UNSAFE
    what = "the labels are class numbers" if wrong else "the model is a classifier"
    yield rule.finding(
        module.span(loss.node),
        f"`{loss.name}` measures distances, but {what}: use `{right}`",
        fixes=(Fix(f"Use `{right}`", edits, level),) if edits else (),
        severity=Severity.ERROR if wrong else None,
    )


def _is_classifier(labels: Labels, width: int) -> bool:
    """Whether the labels are classes for certain, and the output has room for them as it is."""
    x = labels.feed.x
    if x is not None and x.value is labels.data:  # an autoencoder
        return False
    if labels.kind == "one-hot":
        shape = labels.data.spec.shape
        return width > 1 and shape is not None and len(shape) == 2 and shape[-1] == width
    return labels.kind == "binary" and width == 1


def _no_classifier_yet(record: Training, loss: Loss, end: Suited, module: Module) -> Finding:
    """Classes for labels, and neither the loss nor the activation of a classifier."""
    assert record.head is not None
    edits = together(set_activation(module, record.head, end.activation), set_loss(module, loss, end.loss))
    what = "one-hot rows" if end.activation == "softmax" else "0 or 1"
    return rule.finding(
        module.span(loss.node),
        f"`{loss.name}` measures distances, but the labels are classes ({what}): use `{end.activation}` and"
        f" `{end.loss}`",
        fixes=(Fix(f"Use `{end.activation}` and `{end.loss}`", edits, Applicability.UNSAFE),)
        if edits
        else (),
    )


def _right_loss(labels: Labels | None, activation: str | None, width: int) -> str | None:
    """The loss for a classifier with these labels; None where it is not known to be one."""
    if labels is not None and labels.kind == "one-hot":
        return "categorical_crossentropy" if activation == "softmax" else None
    if labels is not None and labels.kind in {"classes", "binary"}:
        if width > 1 and activation in {"softmax", "sigmoid"}:
            return "sparse_categorical_crossentropy"
        if width == 1 and activation == "sigmoid" and labels.kind == "binary":
            return "binary_crossentropy"
    return None


def _misses(record: Training, labels: Labels) -> bool:
    """Whether class numbers and outputs do not meet."""
    shape, output = labels.data.spec.shape, record.output.shape if record.output is not None else None
    if shape is None or output is None or record.loss is None:
        return False
    return meeting(record.loss.name, shape, output) in {Meeting.RAISES, Meeting.BROADCASTS}


def _fits(labels: Labels | None, width: int) -> bool:
    """Whether the output is wide enough for the cross-entropy."""
    return labels is None or labels.classes is None or width == 1 or width >= labels.classes


EXAMPLES = (
    Example(
        """\
import keras
(x, y), _ = keras.datasets.mnist.load_data()
x = x / 255.0
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile(loss="mse", metrics=["accuracy"])  # <- KF309
model.fit(x, y)
""",
        """\
import keras
(x, y), _ = keras.datasets.mnist.load_data()
x = x / 255.0
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 4), np.random.randint(0, 2, 64)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss=keras.losses.MeanAbsoluteError())  # <- KF309
model.fit(x, y)
""",
        """\
import keras
import numpy as np
x, y = np.random.rand(64, 4), np.random.randint(0, 2, 64)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss=keras.losses.BinaryCrossentropy())
model.fit(x, y)
""",
    ),
    Example(
        """\
import numpy as np
from keras.layers import Dense, Input
from keras.models import Sequential
from keras.utils import to_categorical
x, y = np.random.rand(60, 4), to_categorical(np.random.randint(0, 3, 60), 3)
model = Sequential([Input((4,)), Dense(3, activation='softmax')])
model.compile('adam', 'mean_squared_error')  # <- KF309
model.fit(x, y)
""",
        """\
import numpy as np
from keras.layers import Dense, Input
from keras.models import Sequential
from keras.utils import to_categorical
x, y = np.random.rand(60, 4), to_categorical(np.random.randint(0, 3, 60), 3)
model = Sequential([Input((4,)), Dense(3, activation='softmax')])
model.compile('adam', 'categorical_crossentropy')
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
import numpy as np
x, y = np.random.rand(60, 4), np.eye(3)[np.random.randint(0, 3, 60)]
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
model.compile(loss="mse")  # <- KF309
model.fit(x, y)
""",
        """\
import keras
import numpy as np
x, y = np.random.rand(60, 4), np.eye(3)[np.random.randint(0, 3, 60)]
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
model.compile(loss="categorical_crossentropy")
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
from sklearn.datasets import make_moons
x, y = make_moons(200)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="relu")])
model.compile(loss="mse")  # <- KF309
model.fit(x, y)
""",
        """\
import keras
from sklearn.datasets import make_moons
x, y = make_moons(200)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
model.fit(x, y)
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
import numpy as np
x = np.eye(8)
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(2), keras.layers.Dense(8)])
model.compile(loss="mse")
model.fit(x, x)
""",
    """\
import keras
from sklearn.datasets import make_regression
x, y = make_regression(n_samples=50, n_features=3)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(x, y)
""",
    """\
import keras
import numpy as np
x, y = np.random.rand(64, 4), np.random.rand(64, 1)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="mse")
model.fit(x, y)
""",
    """\
import keras
import numpy as np
x, y = np.random.rand(64, 4), np.random.randint(0, 50, 64)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(x, y)
""",
    """\
import keras
(x, _), _ = keras.datasets.mnist.load_data()
x = x.reshape(60000, 784) / 255.0
model = keras.Sequential([keras.layers.Dense(784, activation="sigmoid")])
model.compile(loss="mse")
model.fit(x, x)
""",
)
