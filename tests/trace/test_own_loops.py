"""Training loops of the script's own: what a model is called on, and what its output is compared with."""

import pytest

from kerasfix.linter import lint
from kerasfix.registry import default_rules
from kerasfix.source import Source

LOOP = """\
import keras
import numpy as np
import tensorflow as tf

model = keras.Sequential([keras.Input((6,)), keras.layers.Dense({units}, activation={activation!r})])
optimizer, loss_fn = keras.optimizers.Adam(), keras.losses.{loss}
x, y = np.random.rand(32, {wide}).astype("float32"), {labels}
data = tf.data.Dataset.from_tensor_slices((x, y)).batch(8)

{step}
for features, wanted in data:
    train(features, wanted)
"""
STEP = """\
def train(features, wanted):
    with tf.GradientTape() as tape:
        outputs = model(features, training=True)
        loss = loss_fn(wanted, outputs)
    gradients = tape.gradient(loss, model.trainable_weights)
    optimizer.apply_gradients(zip(gradients, model.trainable_weights))
"""
CLASSES = "np.random.randint(0, 3, 32)"
ONE_HOT = f"keras.utils.to_categorical({CLASSES}, 3)"

# Units, activation, loss, labels, width of the data, what is found, and whether Keras raises.
CASES = {
    "right": (3, "softmax", "SparseCategoricalCrossentropy()", CLASSES, 6, "", False),
    "logits": (3, None, "SparseCategoricalCrossentropy(from_logits=True)", CLASSES, 6, "", False),
    "one-hot": (3, "softmax", "CategoricalCrossentropy()", ONE_HOT, 6, "", False),
    "regression": (1, None, "MeanSquaredError()", "np.random.rand(32)", 6, "", False),
    "wide data": (3, "softmax", "SparseCategoricalCrossentropy()", CLASSES, 7, "KF204", True),
    "classes for one-hot": (3, "softmax", "CategoricalCrossentropy()", CLASSES, 6, "KF304", True),
    "one-hot for classes": (3, "softmax", "SparseCategoricalCrossentropy()", ONE_HOT, 6, "KF304", True),
    "width": (4, "softmax", "CategoricalCrossentropy()", ONE_HOT, 6, "KF305", True),
    "no logits": (3, None, "SparseCategoricalCrossentropy()", CLASSES, 6, "KF308", False),
    "softmax over one": (
        1,
        "softmax",
        "BinaryCrossentropy()",
        "np.random.randint(0, 2, 32)",
        6,
        "KF306",
        False,
    ),
}


def script(case: str, step: str = STEP) -> str:
    units, activation, loss, labels, wide, *_ = CASES[case]
    return LOOP.format(units=units, activation=activation, loss=loss, labels=labels, wide=wide, step=step)


def codes(text: str) -> set[str]:
    return {finding.code for finding in lint(Source("x.py", text), default_rules())}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("decorator", ["", "@tf.function\n"])
def test_a_loop_is_judged_as_fit_is(case: str, decorator: str) -> None:
    assert codes(script(case, decorator + STEP)) == {*CASES[case][5].split()}


@pytest.mark.keras
@pytest.mark.parametrize("case", CASES)
def test_keras_raises_in_the_loop(case: str) -> None:
    code = compile(script(case), "x.py", "exec")
    if CASES[case][6]:
        with pytest.raises(ValueError, match=r"compatible|same rank|same shape|must have rank"):
            exec(code, {})
    else:
        exec(code, {})


@pytest.mark.parametrize(
    "step",
    [
        STEP.replace("loss_fn(wanted, outputs)", "loss_fn(prepare(wanted), outputs)"),
        STEP.replace("model(features, training=True)", "tf.nn.softmax(model(prepare(features)))"),
        STEP.replace("loss_fn(wanted", "tf.one_hot(wanted, 3)\n        loss = loss_fn(loss"),
    ],
)
def test_what_is_changed_on_the_way_is_not_judged(step: str) -> None:
    assert codes("from helpers import prepare\n" + script("classes for one-hot", step)) == set()


TRAIN_STEP = """\
import keras
import numpy as np
import tensorflow as tf

class Own(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(y=y, y_pred=self(x, training=True))
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights))
        return {{"loss": loss}}

inputs = keras.Input((6,))
model = Own(inputs, keras.layers.Dense(1)(inputs))
model.compile(loss="mse")
model.fit(np.random.rand(16, {wide}), np.random.rand(16, 1), verbose=0)
"""


@pytest.mark.parametrize(
    ("wide", "found"), [("6", set()), ("7", {"KF205"}), ("3, 6", {"KF614"}), ("6, 1", set())]
)
def test_a_model_is_called_in_its_own_train_step(wide: str, found: set[str]) -> None:
    assert codes(TRAIN_STEP.format(wide=wide)) == found


@pytest.mark.keras
@pytest.mark.parametrize(("wide", "raises"), [("6", False), ("7", True), ("3, 6", True), ("6, 1", False)])
def test_keras_raises_in_train_step(wide: str, raises: bool) -> None:
    code = compile(TRAIN_STEP.format(wide=wide), "x.py", "exec")
    if raises:
        with pytest.raises(ValueError, match="compatible"):
            exec(code, {})
    else:
        exec(code, {})


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("x", ""),
        ("x[0]", "KF209"),
        ("x[:, :4]", "KF204"),
        ("x[..., None]", ""),
        ("x.reshape(-1, 3, 3)", "KF204"),
    ],
)
def test_a_model_called_on_data(given: str, found: str) -> None:
    text = (
        f"{script('right', '')}\nprint(model({given}))\n".partition("for features")[0] + f"model({given})\n"
    )
    assert codes(text) == {*found.split()}


@pytest.mark.keras
@pytest.mark.parametrize("kind", ["Sequential([i, d])", "Model(i, d(i))", "Model([i], d(i))"])
@pytest.mark.parametrize("shape", [(8, 6), (8, 5), (6,), (8, 6, 1), (8, 1, 6), (8, 6, 6)])
def test_a_call_on_data_is_refused_as_told(kind: str, shape: tuple[int, ...]) -> None:
    text = (
        "import keras\nimport numpy as np\ni, d = keras.Input((6,)), keras.layers.Dense(2)\n"
        f"model = keras.{kind}\nmodel(np.ones({shape}))\n"
    )
    found = codes(text)
    try:
        exec(text, {})
    except ValueError:
        assert found
    else:
        assert found == set()
