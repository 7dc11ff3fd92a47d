"""What TensorFlow and NumPy do with the tensors of a Functional model, and what `keras.ops` has in their place."""

import contextlib
from typing import Any

import libcst as cst
import pytest

from kerasfix.finding import Fix
from kerasfix.fixing import fix_source
from kerasfix.keras.tensorflow_functions import FUNCTIONS
from kerasfix.linter import lint
from kerasfix.registry import all_rules
from kerasfix.source import Source

# One call for each function: of `x` (2, 3, 4) floats between 0 and 1, `b` booleans, `i` (2, 3) class numbers.
_UNARY = (
    "abs exp sqrt square sign round floor sin cos tan tanh sigmoid negative ones_like zeros_like identity"
)
_MATH = "log log1p ceil erf rsqrt expm1 softplus is_nan"
_NN = "relu relu6 elu selu softplus silu swish gelu leaky_relu softmax log_softmax sigmoid tanh"
_REDUCE = "reduce_sum reduce_mean reduce_max reduce_min reduce_prod reduce_logsumexp"
_BINARY = (
    "add subtract multiply divide maximum minimum pow equal not_equal greater greater_equal less less_equal"
)
CALLS = [
    *(f"tf.{name}(x)" for name in _UNARY.split()),
    *(f"tf.math.{name}(x)" for name in _MATH.split()),
    *(f"tf.nn.{name}(x)" for name in _NN.split()),
    *(f"tf.{name}(x, axis=1)" for name in _REDUCE.split()),
    *(f"tf.math.{name}(x, 1, True)" for name in ("reduce_std", "reduce_variance")),
    *(f"tf.{name}(x, x + 0.5)" for name in _BINARY.split()),
    *(f"tf.{name}(b, axis=-1, keepdims=True)" for name in ("reduce_any", "reduce_all")),
    "tf.logical_not(b)",
    *(f"tf.{name}(b, b)" for name in ("logical_and", "logical_or")),
    "tf.reduce_sum(input_tensor=x)",
    "tf.math.maximum(x=x, y=0.5)",
    "tf.where(b, x, -x)",
    "tf.where(condition=b, x=x, y=0.0)",
    "tf.cast(i, tf.float32)",
    "tf.cast(x, dtype='int32')",
    "tf.reshape(x, (-1, 12))",
    "tf.reshape(tensor=x, shape=(2, 12))",
    "tf.squeeze(x[:, :, :1], axis=-1)",
    "tf.squeeze(input=x[:, :, :1], axis=-1)",
    "tf.expand_dims(x, 1)",
    "tf.expand_dims(input=x, axis=-1)",
    "tf.transpose(x, perm=[0, 2, 1])",
    "tf.transpose(a=x, perm=[0, 2, 1])",
    "tf.tile(x, [1, 2, 1])",
    "tf.tile(input=x, multiples=[1, 2, 1])",
    "tf.repeat(x, 2, axis=1)",
    "tf.roll(x, 1, 1)",
    "tf.roll(x, shift=1, axis=1)",
    "tf.reverse(x, [1])",
    "tf.concat([x, x], 1)",
    "tf.concat(values=[x, x], axis=-1)",
    "tf.stack([x, x], axis=1)",
    "tf.stack([x, x])",
    "tf.unstack(x, axis=1)",
    "tf.split(x, 2, axis=-1)",
    "tf.clip_by_value(x, 0.2, 0.8)",
    "tf.clip_by_value(t=x, clip_value_min=0.2, clip_value_max=0.8)",
    "tf.one_hot(i, 5)",
    "tf.one_hot(indices=i, depth=5)",
    "tf.argmax(x)",
    "tf.argmax(x, axis=-1)",
    "tf.math.argmin(x, axis=-1)",
    "tf.cumsum(x)",
    "tf.math.cumsum(x, axis=1)",
    "tf.gather(x, [0, 1], axis=1)",
    "tf.matmul(x, tf.transpose(x, perm=[0, 2, 1]))",
    "tf.pad(x, [[0, 0], [1, 1], [0, 0]])",
    "tf.einsum('bij,bkj->bik', x, x)",
    "tf.tensordot(x, tf.ones((4, 1)), 1)",
    "tf.stop_gradient(x)",
    "tf.stop_gradient(input=x)",
    "tf.shape(x)",
    "tf.convert_to_tensor(x)",
    "tf.norm(x, axis=-1)",
    "tf.image.resize(x, (4, 4))",
    "tf.nn.softmax(logits=x, axis=1)",
    "tf.nn.relu(features=x)",
    "tf.nn.leaky_relu(x, alpha=0.3)",
]
_INPUTS = {"x": "x = keras.Input((3, 4), batch_size=2)", "b": "b = keras.Input((3, 4), batch_size=2, dtype='bool')",
           "i": "i = keras.Input((3,), batch_size=2, dtype='int32')"}  # fmt: skip


def rewritten(call: str) -> str:
    """A call on tensors of Keras, after all fixes."""
    lines = "\n".join(_INPUTS.values())
    code = f"import keras\nimport tensorflow as tf\n{lines}\nresult = {call}\n"

    def all_fixes(finding) -> Fix | None:
        return finding.fix if finding.code == "KF404" else None

    result = fix_source(Source("example.py", code), all_rules(), all_fixes, lint)
    assert result.applied, call
    return result.text.splitlines()[-1].removeprefix("result = ")


def test_every_function_of_the_table_has_a_case() -> None:
    called = {
        cst.Module([]).code_for_node(node.func).removeprefix("tf.")
        for text in CALLS
        for node in _calls(cst.parse_expression(text))
    }
    both = called | {f"math.{name}" for name in called} | {name.removeprefix("math.") for name in called}
    assert set(FUNCTIONS) <= both


def _calls(node: cst.CSTNode) -> list[cst.Call]:
    own = [node] if isinstance(node, cst.Call) else []
    return own + [call for child in node.children for call in _calls(child)]


@pytest.mark.keras
@pytest.mark.parametrize("call", CALLS)
def test_keras_ops_does_what_tensorflow_does(call: str) -> None:
    import keras
    import numpy as np
    import tensorflow as tf

    rng = np.random.default_rng(1)
    names = {"keras": keras, "tf": tf, "x": tf.constant(rng.random((2, 3, 4)), "float32"),
             "b": tf.constant(rng.random((2, 3, 4)) > 0.5), "i": tf.constant([[0, 1, 2], [4, 3, 0]])}  # fmt: skip
    if "image.resize" in call:
        names["x"] = tf.constant(rng.random((2, 3, 4, 1)), "float32")
    new = rewritten(call)
    before, after = eval(call, dict(names)), eval(new, dict(names))
    np.testing.assert_allclose(np.asarray(before), np.asarray(after), rtol=1e-5, atol=1e-6)
    symbolic: dict[str, object] = {"keras": keras, "tf": tf}
    exec("\n".join(_INPUTS.values()), symbolic)
    if "image.resize" in call:
        symbolic["x"] = keras.Input((3, 4, 1), batch_size=2)
    with pytest.raises((ValueError, TypeError)):
        eval(call, dict(symbolic))
    eval(new, dict(symbolic))


def test_unsafe_where_defaults_differ() -> None:
    unsafe = {name for name, function in FUNCTIONS.items() if not function.safe and "math." not in name}
    assert unsafe == {"norm", "split", "image.resize"}


@pytest.mark.keras
@pytest.mark.parametrize("name", ["exp", "mean", "concatenate", "expand_dims", "reshape", "maximum", "array",
                                  "argmax", "where", "transpose", "dot", "linalg.norm"])  # fmt: skip
def test_numpy_raises_on_tensors_of_keras(name: str) -> None:
    import keras
    import numpy as np

    x = keras.Input((4,))
    arguments = {"concatenate": ([x, x],), "expand_dims": (x, 0), "reshape": (x, (-1,)), "maximum": (x, 0.0),
                 "where": (x, 1.0, 0.0), "dot": (x, np.ones((4, 2)))}  # fmt: skip
    function = np
    for part in name.split("."):
        function = getattr(function, part)
    with pytest.raises((ValueError, TypeError)):
        function(*arguments.get(name, (x,)))
    assert np.shape(x) == (None, 4)
    assert np.ndim(x) == 2


@pytest.mark.keras
def test_constructors_of_layers_refuse_tensors() -> None:
    keras: Any = pytest.importorskip("keras")
    from kerasfix.trace.library.mending import TAKE_TENSORS

    tensors = [keras.Input(shape) for shape in ((8,), (8, 4), (8, 8, 3), (4, 8, 8, 3))]
    took = set()
    for name, cls in vars(keras.layers).items():
        if not isinstance(cls, type) or not issubclass(cls, keras.Layer) or name == "Layer":
            continue
        for tensor in tensors:
            with contextlib.suppress(Exception):
                cls(tensor)
                took.add(name)
    assert took == TAKE_TENSORS
