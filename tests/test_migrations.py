"""The tables of old names and arguments agree with the API data and, under the mark `keras`, with Keras itself."""

import builtins
import importlib
import inspect
import re
import textwrap
from typing import Any

import pytest

from kerasfix.finding import Applicability, Finding, Fix
from kerasfix.fixing import apply_fixes, fix_source
from kerasfix.keras import api, migrations, old_arguments, old_backend, old_names
from kerasfix.keras.old_layers import resnet50
from kerasfix.keras.old_libraries import GONE
from kerasfix.linter import lint
from kerasfix.registry import all_rules, default_rules
from kerasfix.source import Source

RULES = tuple(rule for rule in all_rules() if re.match(r"KF(10[23]|6)", rule.code) and rule.default)
TARGETS = sorted(
    {
        *old_names.CLASSES.values(),
        *old_names.FUNCTIONS.values(),
        *(f"keras.layers.{name}" for name in old_arguments.MERGE_MODES.values()),
    }
)
BACKEND_NAMES = sorted(
    {
        name
        for function in old_backend.FUNCTIONS.values()
        for name in re.findall(
            r"(?<![\w.])(?:tensorflow\.)?keras(?:\.\w+)+", f"{function.target} {function.form}"
        )
    }
)


def fix(text: str, *, unsafe: bool = True) -> str:
    def applicable(finding: Finding) -> Fix | None:
        levels = (Applicability.SAFE, Applicability.UNSAFE) if unsafe else (Applicability.SAFE,)
        return finding.fix if finding.fix and finding.fix.applicability in levels else None

    result = fix_source(Source("old.py", textwrap.dedent(text)), RULES, applicable)
    assert result.error is None
    return result.text


def resolve(name: str) -> Any:
    """What a dotted name means in the installed Keras."""
    parts = name.split(".")
    for size in range(len(parts), 0, -1):
        try:
            value: Any = importlib.import_module(".".join(parts[:size]))
        except ImportError:
            continue
        for part in parts[size:]:
            value = getattr(value, part)
        return value
    raise AttributeError(name)


@pytest.mark.parametrize("name", TARGETS + BACKEND_NAMES)
def test_every_replacement_is_public(name: str) -> None:
    assert migrations.exists(
        name.removesuffix(".assign").removesuffix(".assign_add").removesuffix(".assign_sub")
    )


@pytest.mark.parametrize(
    "old",
    [*old_names.CLASSES, *old_names.FUNCTIONS, *old_names.ADVICE, *old_names.GRAPH,
     *(f"keras.backend.{name}" for name in (*old_backend.FUNCTIONS, *old_backend.ADVICE))],
)  # fmt: skip
def test_old_names_are_gone_and_known(old: str) -> None:
    assert not migrations.usable(old)
    found = migrations.successor(old)
    assert found is not None
    assert found.name or found.advice


@pytest.mark.parametrize("module", sorted(old_names.MODULES))
def test_moved_modules_lead_to_modules(module: str) -> None:
    for home in migrations.homes(module):
        assert api.kind(home.removeprefix("tensorflow.")) == "module"


@pytest.mark.parametrize("scope", sorted(old_arguments.RENAMED))
def test_renamed_arguments_have_their_new_name_somewhere(scope: str) -> None:
    classes = [name for name in api._data()["classes"] if api.family(name) == scope] or [scope]
    for old, new in old_arguments.RENAMED[scope].items():
        for word in new.split():
            signatures = [signature for name in classes if (signature := api.signature(name)) is not None]
            assert any(signature.parameter(word) for signature in signatures), (scope, old, word)


def test_tables_do_not_know_what_keras_takes() -> None:
    assert migrations.renamed_argument("keras.layers.ELU", "alpha") is None
    assert migrations.renamed_argument("keras.layers.Embedding", "output_dim") is None
    assert migrations.removed_argument("keras.layers.Embedding", "weights") is None
    assert migrations.renamed_argument("keras.layers.Dense", "output_dim") == "units"
    assert migrations.renamed_argument("keras.layers.Embedding", "init") == "embeddings_initializer"


# Imports


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("from keras.layers.core import *\n", "from keras.layers import *\n"),
        (
            "from keras.utils import np_utils, plot_model\nprint(np_utils.to_categorical, plot_model)\n",
            "from keras.utils import to_categorical, plot_model\nprint(to_categorical, plot_model)\n",
        ),
        (
            "import keras.utils.np_utils as U\nprint(U.to_categorical([1]))\n",
            "import keras.utils as U\nprint(U.to_categorical([1]))\n",
        ),
        (
            "import keras.layers.core\nprint(keras.layers.core.Dense(3))\n",
            "import keras.layers\nprint(keras.layers.Dense(3))\n",
        ),
        (
            "import keras\nprint(keras.preprocessing.text.Tokenizer())\n",
            "from tensorflow.keras.preprocessing.text import Tokenizer\nprint(Tokenizer())\n",
        ),
        (
            "from keras.layers.core import (\n    Dense,\n    Dropout as Drop,  # p\n)\nprint(Dense, Drop)\n",
            "from keras.layers import (\n    Dense,\n    Dropout as Drop,  # p\n)\nprint(Dense, Drop)\n",
        ),
        (
            "def f():\n    from keras.layers.core import Dense\n    return Dense(3)\n",
            "def f():\n    from keras.layers import Dense\n    return Dense(3)\n",
        ),
        (
            "from keras.layers.core import Dense  # the best\nfrom keras.layers import Input\nprint(Dense, Input)\n",
            "from keras.layers import Dense  # the best\nfrom keras.layers import Input\nprint(Dense, Input)\n",
        ),
        (
            "from keras import backend as K\nimport keras\nprint(K.square(2.0))\n",
            "import keras\nprint(keras.ops.square(2.0))\n",
        ),
        (
            "from keras import backend as K\nprint(K.square(2.0), K.epsilon())\n",
            "from keras import backend as K, ops\nprint(ops.square(2.0), K.epsilon())\n",
        ),
        (
            "from keras.backend import square, mean as average\nprint(square(2.0), average([1.0]))\n",
            "from keras.ops import square, mean as average\nprint(square(2.0), average([1.0]))\n",
        ),
        ("from keras.layers import CuDNNLSTM\n", ""),
        (
            "from keras import backend as K, objectives\nprint(objectives.mean_squared_error, K.sum([1]))\n",
            "from keras import ops\nfrom keras.losses import mean_squared_error\n"
            "print(mean_squared_error, ops.sum([1]))\n",
        ),
    ],
)
def test_imports_come_out_clean(old: str, new: str) -> None:
    assert fix(old) == new


@pytest.mark.parametrize(
    "text",
    [
        "from keras.layers.core import Dense, Unheard\nprint(Dense, Unheard)\n",
        "from keras.utils import np_utils\nprint(np_utils.unheard_of, np_utils.to_categorical)\n",
        "from keras.utils import np_utils\nto_categorical = 3\nprint(np_utils.to_categorical([1]), to_categorical)\n",
        "from keras.utils import np_utils\nprint(np_utils)\n",
        "import keras\ndef merge(x, mode):\n    return x\nprint(merge([1], mode='sum'))\n",
        "import keras\nclass Adam:\n    def __init__(self, lr):\n        pass\nprint(Adam(lr=3))\n",
        "from keras import backend as K\nfrom mine import ops\nprint(K.square(2.0), ops)\n",
        "from keras import backend as K\nprint(K.random_normal((2, 2), seed=3), K.l2_normalize([1.0]))\n",
        "from keras import backend as K\nprint(map(K.flatten, [1]))\n",
        "from keras import backend as K\nprint(K.argmax([1],  # why\n    axis=0))\n",
    ],
)
def test_what_cannot_be_resolved_is_left_alone(text: str) -> None:
    assert fix(text) == text


def test_unsafe_fixes_wait() -> None:
    text = "import keras\nprint(keras.layers.Deconvolution2D(8, 3))\n"
    assert fix(text, unsafe=False) == text
    assert "Conv2DTranspose(8, 3)" in fix(text)


@pytest.mark.parametrize("name", ["keras.wrappers.scikit_learn.KerasClassifier", "keras.layers.core.Highway"])
def test_a_safe_fix_imports_nothing_that_is_gone(name: str) -> None:
    home, _, word = name.rpartition(".")
    old = f"from {home} import {word}\nprint({word})\n"
    assert fix(old, unsafe=False) == old


def test_other_rules_read_old_arguments_as_what_they_meant() -> None:
    """A 3 x 3 map is not too small for `border_mode="same"`: no other rule adds a `padding` of its own."""
    text = textwrap.dedent(
        """\
        import keras
        model = keras.Sequential([keras.Input((4, 4, 1))])
        model.add(keras.layers.Convolution2D(8, 3, 3, border_mode="same", activation="relu"))
        model.add(keras.layers.Convolution2D(8, 3, 3, border_mode="same", activation="relu"))
        model.add(keras.layers.Conv2D(nb_filter=8, nb_row=4, nb_col=4, activation="relu"))
        model.add(keras.layers.MaxPooling2D((1, 1), dim_ordering="tf"))
        """
    )
    codes = {finding.code for finding in lint(Source("old.py", text), default_rules())}
    assert codes == {"KF603", "KF608"}
    fixed = fix_source(Source("old.py", text), default_rules(), lambda finding: finding.fix)
    assert not fixed.remaining
    compile(fixed.text, "old.py", "exec")


# Against Keras


@pytest.mark.keras
@pytest.mark.parametrize("name", TARGETS + [name for name in BACKEND_NAMES if ".assign" not in name])
def test_every_replacement_is_in_the_installed_keras(name: str) -> None:
    assert resolve(name) is not None


@pytest.mark.keras
@pytest.mark.parametrize("module", sorted(old_names.MODULES))
def test_moved_modules_are_not_in_the_installed_keras(module: str) -> None:
    if api.exists(module):
        pytest.skip("the module is there, without most of what it held")
    with pytest.raises((ImportError, AttributeError)):
        resolve(module)


REQUIRED: dict[str, Any] = {
    "filters": 4, "kernel_size": 3, "units": 4, "rate": 0.5, "stddev": 0.1, "pool_size": 2, "n": 3, "layer": None,
    "target_shape": (4,), "dims": (1,), "input_dim": 4, "output_dim": 4, "axes": 1, "function": abs, "strides": 1,
    "equation": "ab,bc->ac", "output_shape": (4,), "num_heads": 2, "key_dim": 2, "seed": None, "factor": 0.1,
    "height": 4, "width": 4, "scale": 1.0, "num_bins": 3, "num_tokens": 3, "data_format": "channels_last",
    "size": 2, "output_size": 2, "groups": 1, "activation": "relu", "padding": "valid",
}  # fmt: skip


VALUES = {
    "dilation_rate": 1,
    "dropout": 0.1,
    "recurrent_dropout": 0.1,
    "learning_rate": 0.01,
    "negative_slope": 0.1,
    "max_value": 2.0,
}
"""Values for what is not required."""


def build(name: str, **extra: Any) -> Any:
    """An object of a class, with values for what it requires."""
    signature = api.signature(name)
    assert signature is not None
    import keras

    values = {"layer": keras.layers.Dense(1)}
    given = {
        parameter.name: values.get(parameter.name, REQUIRED.get(parameter.name))
        for parameter in signature.parameters
        if parameter.required and parameter.kind in {"either", "keyword"} and parameter.name not in extra
    }
    return resolve(name)(**given, **extra)


CONSTRUCTORS = [
    "Dense", "Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "SeparableConv2D", "ConvLSTM2D", "LSTM", "GRU",
    "SimpleRNN", "Embedding", "BatchNormalization", "MaxPooling1D", "MaxPooling2D", "AveragePooling2D",
    "UpSampling1D", "UpSampling2D", "ZeroPadding2D", "Cropping2D", "Dropout", "SpatialDropout2D", "GaussianNoise",
    "GaussianDropout", "PReLU", "LeakyReLU", "Reshape",
]  # fmt: skip
PAIRS = [
    *((f"keras.layers.{name}", old) for name in CONSTRUCTORS for old in old_arguments.RENAMED["Layer"]),
    *((f"keras.layers.{name}", old) for name in CONSTRUCTORS for old in old_arguments.REMOVED["Layer"]),
    *((f"keras.optimizers.{name}", "lr") for name in ("SGD", "Adam", "RMSprop", "Adadelta", "Nadam")),
    *(
        ("keras.layers.BatchNormalization", old)
        for old in old_arguments.REMOVED["keras.layers.BatchNormalization"]
    ),
    *(("keras.callbacks.TensorBoard", old) for old in old_arguments.REMOVED["keras.callbacks.TensorBoard"]),
    ("keras.layers.Embedding", "dropout"),
    ("keras.layers.Embedding", "input_length"),
    ("keras.optimizers.Nadam", "schedule_decay"),
    ("keras.constraints.MaxNorm", "m"),
]
CASES = [
    pair
    for pair in PAIRS
    # `ZeroPadding2D` has a `padding` of another kind, and never had a `border_mode`.
    if migrations.knows_argument(*pair) and pair != ("keras.layers.ZeroPadding2D", "border_mode")
]


@pytest.mark.keras
@pytest.mark.parametrize(("name", "old"), CASES)
def test_old_arguments_raise_or_warn_as_the_level_says(name: str, old: str) -> None:
    signature = api.signature(name)
    assert signature is not None
    new = migrations.renamed_argument(name, old)
    value = VALUES.get(new or "", REQUIRED.get(new or ""))
    if signature.takes(old):
        build(name, **{old: value})
        return
    with pytest.raises((TypeError, ValueError)):
        build(name, **{old: value})
    if new is not None:
        build(name, **{new: value})


X = [[[0.1, 0.5, 0.9], [0.4, 0.2, 0.3]], [[1.5, 2.5, 0.25], [3.0, 0.125, 2.0]]]
NUMERIC = {
    "abs": "K.abs(x)", "argmax": "K.argmax(x)", "argmin": "K.argmin(x)", "arange": "K.arange(2, 8, 3)",
    "batch_dot": "K.batch_dot(x, x, axes=2)", "batch_flatten": "K.batch_flatten(x)", "cast": "K.cast(x, 'int32')",
    "cast_to_floatx": "K.cast_to_floatx([1, 2])", "clip": "K.clip(x, 0.2, 0.5)",
    "concatenate": "K.concatenate([x, x])",
    "constant": "K.constant([1, 2])", "cos": "K.cos(x)", "cumprod": "K.cumprod(x)", "cumsum": "K.cumsum(x)",
    "dot": "K.dot(x, K.transpose(x[0]))", "elu": "K.elu(x - 1.0, 0.5)", "equal": "K.equal(x, x)", "exp": "K.exp(x)",
    "expand_dims": "K.expand_dims(x)", "flatten": "K.flatten(x)", "gather": "K.gather(x, [1])",
    "greater": "K.greater(x, 0.3)", "hard_sigmoid": "K.hard_sigmoid(x - 1.0)", "identity": "K.identity(x)",
    "int_shape": "K.int_shape(x)", "l2_normalize": "K.l2_normalize(x, axis=1)", "log": "K.log(x)",
    "logsumexp": "K.logsumexp(x, axis=1)", "max": "K.max(x, axis=1, keepdims=True)", "maximum": "K.maximum(x, 0.3)",
    "mean": "K.mean(x, axis=[1, 2])", "min": "K.min(x)", "minimum": "K.minimum(x, 0.3)", "ndim": "K.ndim(x)",
    "not_equal": "K.not_equal(x, 0.5)", "one_hot": "K.one_hot([1, 0], 3)", "ones": "K.ones((2, 3))",
    "ones_like": "K.ones_like(x)", "permute_dimensions": "K.permute_dimensions(x, (0, 2, 1))", "pow": "K.pow(x, 2)",
    "prod": "K.prod(x, axis=-1)", "relu": "K.relu(x - 1.0, alpha=0.1, max_value=0.5)", "repeat": "K.repeat(x[0], 2)",
    "repeat_elements": "K.repeat_elements(x, 2, axis=1)", "reshape": "K.reshape(x, (4, 3))",
    "resize_images": "K.resize_images(x[..., None], 2, 3, 'channels_last')", "reverse": "K.reverse(x, 1)",
    "round": "K.round(x)", "sigmoid": "K.sigmoid(x)", "sign": "K.sign(x - 1.0)", "sin": "K.sin(x)",
    "softmax": "K.softmax(x)", "softplus": "K.softplus(x)", "softsign": "K.softsign(x)",
    "spatial_2d_padding": "K.spatial_2d_padding(x[..., None], ((1, 0), (0, 2)))", "sqrt": "K.sqrt(x - 0.4)",
    "square": "K.square(x)", "squeeze": "K.squeeze(x[:, :1], 1)", "stack": "K.stack([x, x], axis=1)",
    "std": "K.std(x, axis=1)", "sum": "K.sum(x, axis=0)", "tanh": "K.tanh(x)",
    "temporal_padding": "K.temporal_padding(x, (2, 1))", "tile": "K.tile(x, [1, 2, 1])",
    "transpose": "K.transpose(x[0])",
    "var": "K.var(x, axis=2)", "variable": "K.variable([1, 2])", "zeros": "K.zeros((2,))",
    "zeros_like": "K.zeros_like(x)",
    "in_top_k": "K.in_top_k(x[0], [2, 1], 1)", "eye": "K.eye(3)", "size": "K.size(x)",
    "get_value": "K.get_value(K.variable(x))",
    "less": "K.less(x, 0.3)", "less_equal": "K.less_equal(x, 0.5)", "greater_equal": "K.greater_equal(x, 0.5)",
    "any": "K.any(x > 1.0, axis=1)", "all": "K.all(x > 0.2, axis=1)", "map_fn": "K.map_fn(lambda v: v * 2, x)",
    "binary_crossentropy": "K.binary_crossentropy(K.sigmoid(x), K.sigmoid(x - 1.0))",
    "categorical_crossentropy": "K.categorical_crossentropy(K.softmax(x), K.softmax(x - 1.0))",
    "switch": "K.switch(x > 0.3, x, -x)", "slice": "K.slice(x, [0, 1, 0], [1, 1, 2])",
    "conv1d": "K.conv1d(x, K.ones((2, 3, 4)), padding='same')",
    "conv2d": "K.conv2d(x[..., None], K.ones((2, 2, 1, 3)), strides=(1, 1), padding='valid')",
    "stop_gradient": "K.stop_gradient(x)", "is_tensor": "K.is_tensor(x)", "shape": "K.shape(x)",
    "dtype": "K.dtype(x)",
}  # fmt: skip


@pytest.mark.keras
@pytest.mark.parametrize("name", sorted(NUMERIC))
def test_rewritten_backend_functions_compute_the_same(name: str) -> None:
    import keras
    import numpy as np
    import tensorflow as tf

    new = fix(f"from keras import backend as K\nimport keras\nx = tensor()\ny = {NUMERIC[name]}\n")
    expression = new[new.index("y = ") + 4 :]
    x = tf.constant(X)
    legacy = tf.keras.backend
    if not hasattr(legacy, name):
        pytest.skip("tf.keras.backend lacks it too")
    old = eval(NUMERIC[name], {"K": legacy, "x": x})
    now = eval(expression, {"keras": keras, "K": keras.backend, "x": x})
    if name == "dtype":
        assert old == now
        return
    one, other = (np.asarray(value) for value in (old, now))
    assert one.shape == other.shape
    np.testing.assert_allclose(one.astype("float64"), other.astype("float64"), rtol=1e-5, atol=1e-6)


@pytest.mark.keras
def test_every_exact_backend_function_is_compared_with_the_old_one() -> None:
    exempt = {
        "batch_get_value", "dropout", "eval", "get_variable_shape", "image_dim_ordering", "is_variable", "lesser",
        "lesser_equal", "moving_average_update", "name_scope", "random_binomial", "random_normal",
        "random_normal_variable", "random_uniform", "random_uniform_variable", "reset_uids", "set_image_dim_ordering",
        "ctc_batch_cost", "set_value", "truncated_normal", "update", "update_add", "update_sub", "conv3d", "ceil",
        "placeholder", "is_placeholder", "is_sparse",
    }  # fmt: skip  # random, of settings, variables or graphs, or an alias
    assert set(old_backend.FUNCTIONS) - set(NUMERIC) <= exempt


@pytest.mark.keras
def test_suffixes_are_those_that_keras_asks_for() -> None:
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    refused: list[tuple[Any, str, dict[str, Any]]] = [
        (model.save_weights, "/tmp/x.h5", {}),
        (model.save, "/tmp/x", {}),
        (keras.callbacks.ModelCheckpoint, "x.hdf5", {}),
        (keras.callbacks.ModelCheckpoint, "x.h5", {"save_weights_only": True}),
    ]
    for call, path, arguments in refused:
        with pytest.raises(ValueError, match=r"end in|extension"):
            call(path, **arguments)
    keras.callbacks.ModelCheckpoint("x.h5")
    keras.callbacks.ModelCheckpoint("x.weights.h5", save_weights_only=True)


@pytest.mark.keras
@pytest.mark.parametrize("method", [*old_arguments.METHODS, "predict_classes", "reset_states", "to_yaml"])
def test_removed_methods_of_models_are_gone(method: str) -> None:
    import keras

    assert not hasattr(keras.Sequential, method)
    for new in {old_arguments.METHODS.get(method, "fit")}:
        assert inspect.isfunction(getattr(keras.Sequential, new))


@pytest.mark.keras
@pytest.mark.parametrize("old", sorted(GONE))
def test_names_of_other_libraries_are_gone_and_their_successors_there(old: str) -> None:
    library, _, word = old.partition(".")
    module = importlib.import_module(library)
    if GONE[old].always or int(importlib.import_module("numpy").__version__.partition(".")[0]) > 1:
        with pytest.raises(AttributeError):
            getattr(module, word)
    new = GONE[old].new
    if new.startswith("."):
        assert resolve(library + new) is not None
    else:
        assert hasattr(builtins, new) if new else GONE[old].advice


# Bad input


OLD_EXAMPLES = [
    pytest.param(example.code, id=f"{rule.name}-{number}")
    for rule in RULES
    for number, example in enumerate(rule.examples)
]


@pytest.mark.parametrize("text", OLD_EXAMPLES)
def test_no_fix_leaves_an_unresolved_name(text: str) -> None:
    """Each fix by itself, as if the rest of the file had been migrated already or never was."""
    names = tuple(rule for rule in all_rules() if rule.code in {"KF101", "KF102", "KF105"})

    def unresolved(text: str) -> set[str]:
        return {f"{finding.code} {finding.message}" for finding in lint(Source("old.py", text), names)}

    before = unresolved(text)
    for finding in lint(Source("old.py", text), RULES):
        if finding.fix is not None:
            new, done = apply_fixes(text, [finding.fix])
            compile(new, "old.py", "exec")
            assert done == [finding.fix]
            assert unresolved(new) <= before, finding.message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (  # both roots: each name stays with its own
            "from keras.layers.core import Dense\nfrom tensorflow.keras.layers import CuDNNLSTM\n"
            "from tensorflow.keras import backend as K\nprint(Dense(3, init='one'), CuDNNLSTM(3), K.mean([1.0]))\n",
            "from keras.layers import Dense\nfrom tensorflow.keras.layers import LSTM\n"
            "from tensorflow.keras import backend as K\n"
            "print(Dense(3, kernel_initializer='one'), LSTM(3), K.mean([1.0]))\n",
        ),
        (  # generations mixed in one call
            "from keras.layers import Conv2D\nprint(Conv2D(8, 3, 3, border_mode='same', kernel_initializer='zeros'))\n",
            "from keras.layers import Conv2D\nprint(Conv2D(8, (3, 3), padding='same', kernel_initializer='zeros'))\n",
        ),
        (  # the new name is given already
            "from keras.layers import Dense\nprint(Dense(3, init='one', kernel_initializer='zeros'))\n",
            "from keras.layers import Dense\nprint(Dense(3, init='one', kernel_initializer='zeros'))\n",
        ),
        (  # half-migrated imports
            "from keras import backend as K\nfrom keras import ops\nprint(ops.mean([1.0]), K.square(2.0))\n",
            "from keras import ops\nprint(ops.mean([1.0]), ops.square(2.0))\n",
        ),
        (  # a class of the user's own under an old name
            "import keras\nclass Merge:\n    pass\nclass KerasClassifier:\n    pass\n"
            "print(Merge(), KerasClassifier())\n",
            "import keras\nclass Merge:\n    pass\nclass KerasClassifier:\n    pass\n"
            "print(Merge(), KerasClassifier())\n",
        ),
        (  # the name of the helper is taken
            "from keras import backend as K\narray_function = 3\nf = K.function([], [])\nprint(array_function, f)\n",
            "from keras import backend as K\narray_function = 3\nf = K.function([], [])\nprint(array_function, f)\n",
        ),
        (  # the name of the optimizer is the user's
            "from keras import optimizers\nclass SGD:\n    def __init__(self, lr):\n        self.lr = lr\n"
            "print(SGD(lr=1).lr, optimizers.SGD(lr=0.1))\n",
            "from keras import optimizers\nclass SGD:\n    def __init__(self, lr):\n        self.lr = lr\n"
            "print(SGD(lr=1).lr, optimizers.SGD(learning_rate=0.1))\n",
        ),
    ],
)
def test_mixed_and_half_migrated_files(old: str, new: str) -> None:
    assert fix(old) == new


@pytest.mark.keras
def test_the_layers_of_old_resnet50_are_those_of_the_new_one() -> None:
    import keras

    model = keras.applications.ResNet50(weights=None)
    kinds = {
        "activation": [layer.name for layer in model.layers if isinstance(layer, keras.layers.Activation)],
        "add": [layer.name for layer in model.layers if isinstance(layer, keras.layers.Add)],
    }
    for kind, names in kinds.items():  # in the order in which both make them
        assert [resnet50(f"{kind}_{number + 1}") for number in range(len(names))] == names
        assert resnet50(f"{kind}_{len(names) + 1}") is None
    branches = [f"{stage}{letter}_branch2{part}" for stage in "2345" for letter in "abcdef" for part in "abc"]
    known = [branch for branch in branches if resnet50(f"res{branch}")]
    assert len(known) == 16 * 3
    for branch in [*known, "2a_branch1", "5a_branch1"]:
        convolution = model.get_layer(resnet50(f"res{branch}"))
        assert convolution.kernel_size == ((3, 3) if branch.endswith("b") else (1, 1))
        normalised = model.get_layer(resnet50(f"bn{branch}"))
        assert convolution.output in keras.tree.flatten(normalised.input)
    assert model.get_layer(resnet50("fc1000")) is model.layers[-1]
    assert model.get_layer(resnet50("conv1")).filters == 64
    assert resnet50("conv5_block3_out") is None


@pytest.mark.keras
def test_the_layers_of_a_model_are_a_copy() -> None:
    import keras

    sequential = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), keras.layers.Dense(1)])
    for model in (sequential, keras.Model(sequential.inputs, sequential.outputs)):
        count = len(model.layers)
        model.layers.pop()
        assert len(model.layers) == count
