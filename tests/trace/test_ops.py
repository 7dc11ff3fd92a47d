"""`keras.ops` and TensorFlow, abstractly and for real: on eager arrays, on KerasTensors, in a graph."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasfix.keras.shape import ANY
from kerasfix.source import Source
from kerasfix.syntax.module import Module
from kerasfix.trace import trace
from kerasfix.trace.custom_records import OnKerasTensor
from kerasfix.trace.values import Array, Tensor, Unknown

pytestmark = pytest.mark.keras

SETUP = """
import numpy as np
import keras
from keras import ops
a = np.arange(24).reshape(2, 3, 4).astype("float32")
b = np.ones((4, 5), "float32")
i = np.arange(6, dtype="int32").reshape(2, 3)
"""

OPS = """
ops.abs(a)
ops.exp(a)
ops.relu(a)
ops.sigmoid(a)
ops.softmax(a)
ops.softmax(a, axis=1)
ops.square(i)
ops.sqrt(i)
ops.log(a)
ops.isnan(a)
ops.add(a, 1)
ops.add(a, a)
ops.subtract(1.0, a)
ops.multiply(a, i[:, :, None])
ops.divide(i, 2)
ops.divide(a, 255)
ops.add(i, 1)
ops.add(i, 1.5)
ops.power(a, 2)
ops.greater(a, 3)
ops.equal(i, 2)
ops.maximum(a, 0)
ops.maximum(i, 0)
ops.minimum(i, 1.5)
ops.logical_and(a > 1, a < 3)
ops.clip(a, 0.0, 1.0)
ops.clip(i, 0, 1)
ops.where(a > 2, a, 0.0)
ops.where(i > 2, i, 0)
ops.cast(a, "int32")
ops.cast(i, "float32")
ops.sum(a)
ops.sum(i, axis=0)
ops.sum(a, axis=-1, keepdims=True)
ops.sum(a, [0, 1])
ops.mean(a, axis=(1, 2))
ops.mean(i)
ops.std(a)
ops.var(a, axis=1)
ops.max(a, axis=0)
ops.min(i)
ops.prod(i, axis=1)
ops.any(a > 1)
ops.all(a > 1, axis=0)
ops.argmax(a)
ops.argmax(a, axis=-1)
ops.norm(a, axis=1)
ops.logsumexp(a, axis=0)
ops.cumsum(a)
ops.cumsum(i, axis=0)
ops.reshape(a, (6, 4))
ops.reshape(a, (-1, 2))
ops.reshape(a, -1)
ops.reshape(a, [4, -1])
ops.ravel(a)
ops.expand_dims(a, 0)
ops.expand_dims(a, axis=-1)
ops.squeeze(a[:1], axis=0)
ops.squeeze(a[:1])
ops.transpose(a)
ops.transpose(a, (1, 0, 2))
ops.transpose(a, axes=[2, 0, 1])
ops.moveaxis(a, 0, -1)
ops.swapaxes(a, 0, 1)
ops.tile(a, [1, 2, 1])
ops.tile(b, 2)
ops.repeat(a, 2, axis=1)
ops.repeat(b, 2)
ops.broadcast_to(b, (3, 4, 5))
ops.flip(a, axis=1)
ops.roll(a, 1)
ops.pad(b, [[1, 1], [0, 2]])
ops.take(a, [0, 1], axis=1)
ops.take(a, [0, 1])
ops.sort(a)
ops.argsort(a)
ops.concatenate([a, a])
ops.concatenate([a, a], axis=-1)
ops.concatenate([i, i], 1)
ops.stack([a, a])
ops.stack([a, a], axis=2)
ops.vstack([b, b])
ops.hstack([b, b])
ops.append(b, b)
ops.append(b, b, axis=0)
ops.split(b, 2)
ops.split(b, [1, 3], axis=1)
ops.matmul(a, b)
ops.dot(a, b)
ops.zeros((2, 3))
ops.ones((2, 3), dtype="int32")
ops.full((2,), 3.0)
ops.zeros_like(a)
ops.ones_like(i)
ops.zeros_like(a, dtype="int32")
ops.convert_to_tensor([[1, 2], [3, 4]])
ops.convert_to_tensor([1.5, 2])
ops.convert_to_tensor(a)
ops.convert_to_tensor(np.zeros((2, 3)))
ops.convert_to_tensor([1, 2], dtype="float32")
ops.array([1, 2])
ops.convert_to_numpy(ops.zeros((2, 3)))
ops.arange(5)
ops.arange(2, 10, 3)
ops.linspace(0.0, 1.0, 5)
ops.eye(3)
ops.eye(3, 4)
ops.identity(3)
ops.one_hot(i, 5)
ops.one_hot(i, num_classes=6)
ops.stop_gradient(a)
ops.sum(a) / 3
ops.mean(a, axis=-1) * 2
-ops.relu(a)
ops.zeros((2, 3)) + 1
ops.zeros((2, 3))[:, 0]
ops.shape(a)
ops.shape(a)[1]
ops.ndim(a)
ops.reshape(a, (ops.shape(a)[0], -1))
keras.random.normal((2, 3))
keras.random.uniform((2, 3))
keras.random.uniform((2, 3), minval=-1.0, maxval=2.0)
keras.random.randint((4,), 0, 10)
keras.random.shuffle(a)
keras.random.truncated_normal(shape=(2,))
keras.random.dropout(a, 0.5)
""".strip().splitlines()

TENSORFLOW = """
tf.abs(a)
tf.exp(a)
tf.square(i)
tf.math.log(a)
tf.math.sqrt(a)
tf.nn.relu(a)
tf.nn.softmax(a)
tf.sigmoid(a)
tf.tanh(a)
tf.add(a, 1.0)
tf.multiply(a, a)
tf.subtract(a, 1.0)
tf.divide(a, 2.0)
tf.math.divide(a, 2.0)
tf.greater(a, 1.0)
tf.equal(i, 2)
tf.maximum(a, 0.0)
tf.pow(a, 2.0)
tf.cast(a, tf.int32)
tf.cast(i, "float32")
tf.cast(a, dtype=tf.float64)
tf.reduce_sum(a)
tf.reduce_sum(i, axis=0)
tf.reduce_mean(a, axis=[0, 1])
tf.reduce_mean(a, 1, True)
tf.reduce_max(a, axis=-1, keepdims=True)
tf.math.reduce_sum(a, axis=0)
tf.math.reduce_min(i)
tf.reduce_any(a > 1)
tf.argmax(a)
tf.argmax(a, axis=1)
tf.argmax(a, -1, output_type=tf.int32)
tf.reshape(a, [6, 4])
tf.reshape(a, (-1, 2))
tf.reshape(a, [-1])
tf.expand_dims(a, 0)
tf.expand_dims(a, axis=-1)
tf.squeeze(a[:1])
tf.squeeze(a[:1], axis=0)
tf.squeeze(a[:1], [0])
tf.transpose(a)
tf.transpose(a, [1, 0, 2])
tf.transpose(a, perm=(2, 0, 1))
tf.tile(b, [1, 2])
tf.repeat(b, 2, axis=0)
tf.broadcast_to(b, [3, 4, 5])
tf.reverse(a, [0])
tf.pad(b, [[1, 1], [0, 2]])
tf.gather(a, [0, 1])
tf.gather(a, [0, 1], axis=1)
tf.concat([a, a], 0)
tf.concat([a, a], axis=-1)
tf.stack([a, a])
tf.stack([a, a], axis=1)
tf.matmul(b, tf.transpose(b))
tf.zeros([2, 3])
tf.ones((2, 3), dtype=tf.int32)
tf.fill([2, 3], 1.0)
tf.zeros_like(a)
tf.ones_like(i)
tf.constant([[1, 2], [3, 4]])
tf.constant([1.0, 2.0])
tf.constant(3)
tf.constant([1, 2], dtype=tf.float32)
tf.constant(0.0, shape=(2, 3))
tf.convert_to_tensor(a)
tf.convert_to_tensor(np.zeros((2, 3)))
tf.Variable([1.0, 2.0])
tf.range(5)
tf.range(2, 10, 3)
tf.eye(3)
tf.one_hot(i, 5)
tf.one_hot(i, depth=6, dtype=tf.int32)
tf.random.normal([2, 3])
tf.random.uniform((2, 3))
tf.random.uniform((2, 3), -1, 1)
tf.random.uniform((2, 3), minval=0, maxval=10, dtype=tf.int32)
tf.clip_by_value(a, 0.0, 1.0)
tf.where(a > 1, a, 0.0)
tf.stop_gradient(a)
tf.identity(a)
tf.constant([1.0, 2.0]) * 2.0
tf.constant([[1.0, 2.0]]).numpy()
tf.zeros([2, 3])[:, 0]
tf.shape(a)[0]
tf.shape(a)[1] * 2
tf.reshape(a, (tf.shape(a)[0], -1))
tf.rank(a)
a.shape[0]
tuple(tf.constant([[1, 2]]).shape)
tf.random.set_seed(1)
tf.random.shuffle(a)
tf.logical_not(a > 1)
tf.math.rsqrt(a)
tf.round(a)
""".strip().splitlines()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("expression", OPS)
def test_keras_ops(compare, expression: str) -> None:
    compare(f"{SETUP}result = {expression}", known=True)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("expression", TENSORFLOW)
def test_tensorflow(compare, expression: str) -> None:
    compare(f"import tensorflow as tf{SETUP}result = {expression}", known=True)


SYMBOLIC = """
ops.relu(x)
x + 1
x * x
x / 2
x > 0
x @ w
ops.add(x, y)
ops.multiply(x, 2.0)
ops.reshape(x, (-1, 12))
ops.reshape(x, (-1, 3, 2, 2))
ops.reshape(x, (-1,))
ops.expand_dims(x, -1)
ops.expand_dims(x, 0)
ops.transpose(x, (0, 2, 1))
ops.transpose(x)
ops.swapaxes(x, 1, 2)
ops.concatenate([x, x])
ops.concatenate([x, x], axis=-1)
ops.concatenate([x, y], axis=1)
ops.stack([x, x], axis=1)
ops.sum(x)
ops.sum(x, axis=1)
ops.mean(x, axis=-1, keepdims=True)
ops.max(x, axis=(1, 2))
ops.argmax(x, axis=-1)
ops.softmax(x)
ops.cast(x, "int32")
ops.squeeze(y, axis=1)
ops.tile(x, [1, 2, 1])
ops.repeat(x, 2, axis=1)
ops.take(x, 0, axis=1)
ops.pad(x, [[0, 0], [1, 1], [0, 0]])
ops.split(x, 3, axis=1)
ops.matmul(x, w)
ops.where(x > 0, x, 0.0)
ops.zeros_like(x)
ops.flip(x, axis=1)
ops.maximum(x, y)
ops.clip(x, 0.0, 1.0)
ops.norm(x, axis=-1)
ops.one_hot(n, 7)
x[:, 0]
x[:, 1:]
x[..., None]
x[:, -1, :]
x[0]
ops.cumsum(x, axis=1)
ops.broadcast_to(y, (2, 3, 4))
x + np.ones((4,), "float32")
ops.ravel(x)
ops.moveaxis(x, 1, 2)
ops.sort(x, axis=-1)
x.reshape((-1, 12))
y.squeeze(1)
""".strip().splitlines()


@pytest.mark.parametrize("expression", SYMBOLIC)
def test_symbolic_tensors(abstract, expression: str) -> None:
    setup = (
        "import numpy as np\nimport keras\nfrom keras import ops\nx = keras.Input((3, 4))\n"
        "y = keras.Input((1, 4))\nw = np.ones((4, 5), 'float32')\nn = keras.Input((6,), dtype='int32')\n"
    )
    code = f"{setup}result = {expression}"
    names: dict[str, object] = {}
    exec(code, names)
    values, reals = abstract(code), names["result"]
    pairs = zip(values.items, reals, strict=True) if isinstance(reals, list) else [(values, reals)]
    for value, real in pairs:
        assert isinstance(value, Tensor)
        assert not value.graph
        assert value.spec.shape == tuple(real.shape)
        assert value.spec.dtype in (None, real.dtype)


SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)


@settings(max_examples=40, deadline=None)
@given(SHAPES, st.data())
def test_reductions(compare, shape: tuple[int, ...], data: st.DataObject) -> None:
    axes = st.integers(-len(shape), len(shape) - 1)
    axis = data.draw(
        st.one_of(st.none(), axes, st.lists(axes, min_size=1, unique_by=lambda a: a % len(shape)))
    )
    function = data.draw(st.sampled_from(["sum", "mean", "max", "std"]))
    keep = data.draw(st.sampled_from(["", ", keepdims=True"]))
    code = f"import numpy as np\nfrom keras import ops\nx = np.ones({shape}, 'float32')\n"
    compare(f"{code}result = ops.{function}(x, axis={axis}{keep})", known=True)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([1, 2, 3, 4]), min_size=1, max_size=3), st.data())
def test_reshape_of_a_batch(abstract, dims: list[int], data: st.DataObject) -> None:
    """Any target with a -1: what Keras makes of it, with the batch axis and without."""
    import keras

    target = [data.draw(st.sampled_from([-1, 2, 3, 4])) for _ in range(data.draw(st.integers(1, 3)))]
    code = f"import keras\nx = keras.Input({tuple(dims)})\nresult = keras.ops.reshape(x, {tuple(target)})"
    try:
        real = keras.ops.reshape(keras.Input(tuple(dims)), tuple(target)).shape
    except ValueError:
        return
    value = abstract(code)
    assert isinstance(value, Tensor)
    assert value.spec.shape is None or value.spec.shape == tuple(real)


def test_in_a_loss(abstract) -> None:
    code = (
        "import tensorflow as tf\nimport keras\nfrom keras import layers\n"
        "def loss(y_true, y_pred):\n    global result\n"
        "    result = tf.reduce_mean(tf.square(y_true - y_pred), axis=-1)\n    return result\n"
        "model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])\n"
        "model.compile(loss=loss)\nmodel.fit(tf.zeros((8, 4)), tf.zeros((8, 3)))\n"
    )
    value = abstract(code)
    assert isinstance(value, Tensor)
    assert value.graph
    assert value.taint == {"y_true", "y_pred", "gradient of y_pred"}


BACKEND = """
K.abs(a)
K.sum(a, axis=1)
K.mean(a)
K.mean(a, -1, True)
K.max(a, axis=0, keepdims=True)
K.square(a)
K.pow(a, 2)
K.clip(a, 0, 1)
K.argmax(a)
K.argmax(a, axis=1)
K.concatenate([a, a])
K.concatenate([a, a], axis=0)
K.expand_dims(a)
K.expand_dims(a, 0)
K.flatten(a)
K.batch_flatten(a)
K.permute_dimensions(a, (1, 0, 2))
K.repeat_elements(a, 2, 1)
K.tile(b, [1, 2])
K.reverse(a, 1)
K.gather(a, [0, 1])
K.int_shape(a)
K.cast(a, "int32")
K.reshape(a, (-1, 4))
K.transpose(a)
K.stack([a, a])
K.zeros_like(a)
K.ones((2, 3))
K.constant([1.0, 2.0])
K.constant(1.0, shape=(2, 3))
K.variable([1.0, 2.0])
K.eye(3)
K.equal(a, a)
K.maximum(a, 0.0)
K.one_hot(i, 5)
K.softmax(a)
K.std(a, axis=0)
K.dot(b, K.transpose(b))
K.random_normal((2, 3))
K.random_uniform((2, 3))
K.epsilon()
K.floatx()
K.image_data_format()
K.clear_session()
""".strip().splitlines()


@pytest.mark.parametrize("expression", BACKEND)
def test_backend_functions(compare, expression: str) -> None:
    """Under `tf.keras` Keras 3 still has them."""
    setup = SETUP.replace("from keras import ops", "from tensorflow.keras import backend as K")
    compare(
        f"{setup}a, b, i = [tf.constant(x) for x in (a, b, i)]\nresult = {expression}".replace(
            "import keras\n", "import keras\nimport tensorflow as tf\n"
        ),
        known=True,
    )


def test_backend_functions_that_are_gone(abstract) -> None:
    code = "from keras import backend as K\nimport numpy as np\nresult = K.mean(np.ones((2, 3)), axis=-1)"
    assert abstract(code).spec.shape == (2,)
    changed = "from keras import backend as K\nK.set_image_data_format(name)\nresult = K.image_data_format()"
    assert isinstance(abstract(changed), Unknown)


def test_tensorflow_does_not_take_keras_tensors() -> None:
    """It is noted, and the script goes on as if it had been written with `keras.ops`."""
    code = "import tensorflow as tf\nimport keras\nx = keras.Input((3,))\nresult = tf.{}"
    for call in ("reshape(x, (-1, 3))", "concat([x, x], 1)", "square(x)", "reduce_mean(x)"):
        records = trace(Module.parse(Source("x.py", code.format(call)))).records
        assert any(isinstance(record, OnKerasTensor) for record in records), call


def test_sizes_that_are_not_known(abstract) -> None:
    code = "import numpy as np\nfrom keras import ops\nx = np.zeros((size(), 3))\nresult = ops.{}"

    def shape(call: str) -> object:
        value = abstract(code.format(call))
        assert isinstance(value, Array)
        return value.spec.shape

    assert shape("reshape(x, (-1, 3, 1))") == (ANY, 3, 1)
    assert shape("sum(x, axis=0)") == (3,)
    assert shape("concatenate([x, x], axis=1)") == (ANY, 6)
    assert shape("expand_dims(x, axis=where())") is None
    assert shape("squeeze(x)") is None
    assert shape("transpose(x)") == (3, ANY)


def test_operations_are_steps_of_a_functional_model(abstract) -> None:
    code = (
        "import keras\nfrom keras import layers, ops\nx = inputs = keras.Input((28, 28))\n"
        "x = layers.Dense(4)(x)\nx = ops.relu(x) * 2\nx = -x[:, 0]\nx = layers.Dense(3)(x)\n"
        "result = keras.Model(inputs, x)"
    )
    steps = abstract(code).steps
    assert [step.layer is not None for step in steps] == [True, False, False, False, False, True]
    assert [step.output.shape for step in steps][-2:] == [(None, 4), (None, 3)]


def test_what_is_assigned_into_arrays_is_forgotten(abstract) -> None:
    code = "import numpy as np\nx = np.array([1, 2, 3])\ny = x\ny[0] = 100\nresult = x"
    value = abstract(code)
    assert value.spec.shape == (3,)
    assert value.facts.high is None
    assert abstract("import numpy as np\nx = np.array([1, 2, 3])\nx.fill(7)\nresult = x").facts.high is None
