"""What to write for the functions of `keras.backend` that Keras 3 lacks, as a table.

`target` takes the same arguments, under the same names but for `keywords`. Where the call itself changes, `form`
is its new text: `{x}` stands for the argument of that name, `{x!}` for one that needs parentheses unless it is a
name, a call or the like, and what is in `<...>` is left out where an argument in it is not given. Names that
start with `keras.` are spelled as the file does.
"""

from collections.abc import Mapping
from typing import Final

from kerasfix.light import dataclass, field


@dataclass(frozen=True)
class Function:
    """One function of `keras.backend`."""

    target: str
    """The function, class or module that does it now: what a message names."""
    form: str = ""
    parameters: str = ""
    """The old parameters with their defaults, where there is a `form`: `x, axis=-1`. `!` marks one without which,
    and `None` of which, there is no new text; `?` one that has no place in it, `-` one that is dropped."""
    keywords: Mapping[str, str] = field(default_factory=dict)
    """Arguments that have another name now; other keywords must be the same."""
    literals: Mapping[str, str] = field(default_factory=dict)
    """Strings in the arguments, or that the result is compared with, that are called something else."""
    safe: bool = True
    note: str = ""


_SAME: Final = (
    "abs all any cast ceil clip cos elu equal exp eye greater greater_equal less less_equal log logsumexp max maximum"
    " mean min minimum not_equal ones ones_like prod reshape round shape sigmoid sign sin size softmax softplus"
    " softsign square squeeze stack std stop_gradient sum tanh tile transpose var zeros zeros_like"
    " separable_conv1d separable_conv2d dot one_hot slice is_tensor"
)
_OTHER: Final = {
    "clip": {"min_value": "x_min", "max_value": "x_max"},
    "dot": {"x": "x1", "y": "x2"},
    "maximum": {"x": "x1", "y": "x2"},
    "minimum": {"x": "x1", "y": "x2"},
    "one_hot": {"indices": "x"},
    "slice": {"x": "inputs", "start": "start_indices", "size": "shape"},
    "tile": {"n": "repeats"},
    **{
        name: {"x": "x1", "y": "x2"}
        for name in ["equal", "not_equal", "greater", "greater_equal", "less", "less_equal"]
    },
}
_ORDERING: Final = {"tf": "channels_last", "th": "channels_first"}
_CONV: Final = {"x": "inputs", "border_mode": "padding", "subsample": "strides"}
_KERAS_1_ORDER: Final = "Keras 1 took the output first, Keras 2 takes the target first"

SHAPE_OF_A_GRAPH: Final = Function(
    "keras.ops.shape",
    "keras.layers.Lambda(lambda tensor: keras.ops.convert_to_tensor(keras.ops.shape(tensor)))({x})",
    "x",
    safe=False,
)
"""`K.shape` of a tensor of a model, counted with: sizes that are known only when data comes."""

FUNCTIONS: Final[dict[str, Function]] = {
    **{
        name: Function(f"keras.ops.{name}", keywords=_OTHER.get(name, {}))
        for name in _SAME.split()
        if not name.startswith("separable")
    },
    "arange": Function(
        "keras.ops.arange",
        "keras.ops.arange({start}<, stop={stop}><, step={step}>, dtype={dtype})",
        'start, stop=, step=, dtype="int32"',
    ),
    "argmax": Function("keras.ops.argmax", "keras.ops.argmax({x}, axis={axis})", "x, axis=-1"),
    "argmin": Function("keras.ops.argmin", "keras.ops.argmin({x}, axis={axis})", "x, axis=-1"),
    "batch_dot": Function(
        "keras.layers.dot",
        "keras.layers.dot([{x}, {y}], axes={axes})",
        "x, y, axes!",
        safe=False,
        note="for what `axes` means on tensors of unequal rank compare the shapes",
    ),
    "batch_flatten": Function("keras.layers.Flatten", "keras.layers.Flatten()({x})", "x"),
    "batch_get_value": Function(
        "keras.ops.convert_to_numpy", "[keras.ops.convert_to_numpy(v) for v in {tensors}]", "tensors"
    ),
    "binary_crossentropy": Function("keras.ops.binary_crossentropy", safe=False, note=_KERAS_1_ORDER),
    "categorical_crossentropy": Function(
        "keras.ops.categorical_crossentropy", safe=False, note=_KERAS_1_ORDER
    ),
    "cast_to_floatx": Function("keras.ops.cast", "keras.ops.cast({x}, keras.backend.floatx())", "x"),
    "concatenate": Function(
        "keras.ops.concatenate", "keras.ops.concatenate({tensors}, axis={axis})", "tensors, axis=-1"
    ),
    "constant": Function(
        "keras.ops.convert_to_tensor",
        "keras.ops.convert_to_tensor({value}, dtype={dtype})",
        'value, dtype="float32", shape?',
    ),
    "conv1d": Function("keras.ops.conv", keywords=_CONV),
    "conv2d": Function("keras.ops.conv", keywords=_CONV),
    "conv3d": Function("keras.ops.conv", keywords=_CONV),
    "ctc_batch_cost": Function(
        "tensorflow.keras.backend.ctc_batch_cost",
        safe=False,
        note="it works inside of a `Lambda` or a layer only; `keras.losses.CTC` is the loss of Keras 3",
    ),
    "cumprod": Function("keras.ops.cumprod", "keras.ops.cumprod({x}, axis={axis})", "x, axis=0"),
    "cumsum": Function("keras.ops.cumsum", "keras.ops.cumsum({x}, axis={axis})", "x, axis=0"),
    "dropout": Function("keras.random.dropout", keywords={"x": "inputs", "level": "rate"}),
    "dtype": Function("keras.backend.standardize_dtype", "keras.backend.standardize_dtype({x!}.dtype)", "x"),
    "eval": Function(
        "keras.ops.convert_to_numpy",
        "keras.ops.convert_to_numpy({x})",
        "x",
        safe=False,
        note="symbolic tensors have no value",
    ),
    "expand_dims": Function("keras.ops.expand_dims", "keras.ops.expand_dims({x}, axis={axis})", "x, axis=-1"),
    "flatten": Function("keras.ops.reshape", "keras.ops.reshape({x}, (-1,))", "x"),
    "gather": Function(
        "keras.ops.take", "keras.ops.take({reference}, {indices}, axis=0)", "reference, indices"
    ),
    "get_value": Function("keras.ops.convert_to_numpy", "keras.ops.convert_to_numpy({x})", "x"),
    "get_variable_shape": Function("tuple(x.shape)", "tuple({x!}.shape)", "x"),
    "hard_sigmoid": Function(
        "keras.ops.clip",
        "keras.ops.clip(0.2 * {x!} + 0.5, 0.0, 1.0)",
        "x",
        note="`keras.ops.hard_sigmoid` is another function now",
    ),
    "identity": Function(
        "keras.ops.copy",
        "keras.ops.copy({x})",
        "x, name-",
        note="`keras.ops.identity` makes an identity matrix",
    ),
    "image_dim_ordering": Function(
        "keras.backend.image_data_format", "keras.backend.image_data_format()", "", literals=_ORDERING
    ),
    "in_top_k": Function(
        "keras.ops.in_top_k", "keras.ops.in_top_k({targets}, {predictions}, {k})", "predictions, targets, k"
    ),
    "int_shape": Function("tuple(x.shape)", "tuple({x!}.shape)", "x"),
    "is_variable": Function("keras.Variable", "isinstance({x}, keras.Variable)", "x"),
    "l2_normalize": Function(
        "keras.ops.normalize", "keras.ops.normalize({x}, axis={axis}, order=2)", "x, axis!"
    ),
    "lesser": Function("keras.ops.less", keywords={"x": "x1", "y": "x2"}),
    "lesser_equal": Function("keras.ops.less_equal", keywords={"x": "x1", "y": "x2"}),
    "map_fn": Function("keras.ops.map", "keras.ops.map({fn}, {elems})", "fn, elems, name-, dtype?"),
    "moving_average_update": Function(
        "keras.Variable.assign",
        "{x!}.assign({x!} * {momentum!} + {value!} * (1.0 - {momentum!}))",
        "x, value, momentum",
    ),
    "name_scope": Function("keras.name_scope"),
    "ndim": Function("len(x.shape)", "len({x!}.shape)", "x"),
    "permute_dimensions": Function(
        "keras.ops.transpose", "keras.ops.transpose({x}, axes={pattern})", "x, pattern"
    ),
    "pow": Function("keras.ops.power", keywords={"x": "x1", "a": "x2"}),
    "random_binomial": Function(
        "keras.random.binomial",
        "keras.random.binomial({shape}, 1, {p}<, dtype={dtype}>)",
        "shape, p=0.0, dtype=, seed?",
    ),
    "random_normal": Function(
        "keras.random.normal",
        "keras.random.normal({shape}, mean={mean}, stddev={stddev}<, dtype={dtype}>)",
        "shape, mean=0.0, stddev|std=1.0, dtype=, seed?",
    ),
    "random_normal_variable": Function(
        "keras.Variable",
        "keras.Variable(keras.random.normal({shape}, mean={mean}, stddev={scale})<, dtype={dtype}><, name={name}>)",
        "shape, mean, scale, dtype=, name=, seed?",
    ),
    "random_uniform": Function(
        "keras.random.uniform",
        "keras.random.uniform({shape}, minval={minval}, maxval={maxval}<, dtype={dtype}>)",
        "shape, minval|low=0.0, maxval|high=1.0, dtype=, seed?",
    ),
    "random_uniform_variable": Function(
        "keras.Variable",
        "keras.Variable(keras.random.uniform({shape}, minval={low}, maxval={high})<, dtype={dtype}><, name={name}>)",
        "shape, low, high, dtype=, name=, seed?",
    ),
    "relu": Function(
        "keras.activations.relu",
        "keras.activations.relu({x}<, negative_slope={alpha}><, max_value={max_value}><, threshold={threshold}>)",
        "x, alpha=, max_value=, threshold=",
    ),
    "repeat": Function(
        "keras.ops.repeat",
        "keras.ops.repeat(keras.ops.expand_dims({x}, axis=1), {n}, axis=1)",
        "x, n",
        note="`keras.ops.repeat` alone is another function",
    ),
    "repeat_elements": Function(
        "keras.ops.repeat", "keras.ops.repeat({x}, {rep}, axis={axis})", "x, rep, axis"
    ),
    "reset_uids": Function("keras.utils.clear_session", "keras.utils.clear_session()", ""),
    "resize_images": Function(
        "keras.layers.UpSampling2D",
        "keras.layers.UpSampling2D(({height_factor}, {width_factor})<, data_format={data_format}>"
        "<, interpolation={interpolation}>)({x})",
        "x, height_factor, width_factor, data_format=, interpolation=",
    ),
    "reverse": Function("keras.ops.flip", "keras.ops.flip({x}, axis={axes})", "x, axes"),
    "set_image_dim_ordering": Function(
        "keras.backend.set_image_data_format",
        "keras.backend.set_image_data_format({dim_ordering})",
        "dim_ordering",
        literals=_ORDERING,
    ),
    "set_value": Function("keras.Variable.assign", "{x!}.assign({value})", "x, value"),
    "spatial_2d_padding": Function(
        "keras.layers.ZeroPadding2D",
        "keras.layers.ZeroPadding2D({padding}<, data_format={data_format}>)({x})",
        "x, padding=(1, 1), data_format=",
    ),
    "sqrt": Function(
        "keras.ops.sqrt",
        "keras.ops.sqrt(keras.ops.maximum({x}, 0.0))",
        "x",
        note="it took negative numbers for 0",
    ),
    "switch": Function(
        "keras.ops.where",
        "keras.ops.where({condition}, {then_expression}, {else_expression})",
        "condition, then_expression, else_expression",
        safe=False,
        note="for functions as branches it is `keras.ops.cond`",
    ),
    "temporal_padding": Function(
        "keras.layers.ZeroPadding1D", "keras.layers.ZeroPadding1D({padding})({x})", "x, padding=(1, 1)"
    ),
    "truncated_normal": Function(
        "keras.random.truncated_normal",
        "keras.random.truncated_normal({shape}, mean={mean}, stddev={stddev}<, dtype={dtype}>)",
        "shape, mean=0.0, stddev=1.0, dtype=, seed?",
    ),
    "is_placeholder": Function(
        "keras.KerasTensor",
        "isinstance({x}, keras.KerasTensor)",
        "x",
        safe=False,
        note="it is every symbolic tensor",
    ),
    "is_sparse": Function("keras.KerasTensor", 'getattr({tensor}, "sparse", False)', "tensor"),
    "placeholder": Function(
        "keras.Input",
        "keras.Input(batch_shape={shape}<, dtype={dtype}><, name={name}>)",
        "shape!, ndim?, dtype=, sparse?, name=",
        safe=False,
        note="its `batch_shape` is the shape with the axis of samples",
    ),
    "update": Function("keras.Variable.assign", "{x!}.assign({new_x})", "x, new_x"),
    "update_add": Function("keras.Variable.assign_add", "{x!}.assign_add({increment})", "x, increment"),
    "update_sub": Function("keras.Variable.assign_sub", "{x!}.assign_sub({decrement})", "x, decrement"),
    "variable": Function(
        "keras.Variable",
        "keras.Variable({value}, dtype={dtype}<, name={name}>)",
        'value, dtype="float32", name=, constraint?',
    ),
}


def _initializer(call: str, parameters: str = "") -> Function:
    """A function of a shape, as the initializer called on it; the name of the variable that it made is dropped."""
    target = f"keras.initializers.{call.partition('(')[0]}"
    rest = f"{parameters}, " if parameters else ""
    return Function(target, f"keras.initializers.{call}({{shape}})", f"shape, {rest}name-=, dim_ordering-=")


INITIALIZERS: Final[dict[str, Function]] = {
    "glorot_normal": _initializer("GlorotNormal()"),
    "glorot_uniform": _initializer("GlorotUniform()"),
    "he_normal": _initializer("HeNormal()"),
    "he_uniform": _initializer("HeUniform()"),
    "identity": _initializer("Identity(gain={scale})", "scale=1"),
    "lecun_uniform": _initializer("LecunUniform()"),
    "normal": _initializer("RandomNormal(stddev={scale})", "scale=0.05"),
    "one": _initializer("Ones()"),
    "orthogonal": _initializer("Orthogonal(gain={scale})", "scale=1.1"),
    "uniform": _initializer("RandomUniform(-{scale!}, {scale})", "scale=0.05"),
    "zero": _initializer("Zeros()"),
}
"""The functions of `keras.initializations` in Keras 1."""

ADVICE: Final[dict[str, str]] = {
    "batch_normalization": "write `keras.ops.batch_normalization`, whose arguments have another order",
    "batch_set_value": "write `variable.assign(value)` for each pair",
    "bias_add": "add the bias, reshaped where channels come first",
    "conv2d_transpose": "write `keras.ops.conv_transpose`: the size of the output follows from strides and padding",
    "conv3d_transpose": "write `keras.ops.conv_transpose`: the size of the output follows from strides and padding",
    "count_params": "write `math.prod(x.shape)`",
    "ctc_decode": "write `keras.ops.ctc_decode`, whose arguments differ",
    "deconv2d": "write `keras.ops.conv_transpose`: the size of the output follows from strides and padding",
    "depthwise_conv2d": "write `keras.ops.depthwise_conv`",
    "foldl": "write `keras.ops.scan` or a loop",
    "foldr": "write `keras.ops.scan(reverse=True)` or a loop",
    "local_conv1d": "it was removed without a successor",
    "local_conv2d": "it was removed without a successor",
    "normalize_batch_in_training": "write `keras.ops.moments` and `keras.ops.batch_normalization`",
    "normalize_data_format": "write `data_format or keras.backend.image_data_format()`",
    "pool2d": "write `keras.ops.max_pool` or `keras.ops.average_pool`",
    "pool3d": "write `keras.ops.max_pool` or `keras.ops.average_pool`",
    "print_tensor": "write `tf.print(x)`",
    "resize_volumes": "write `keras.ops.repeat` along each of the three axes",
    "rnn": "write `keras.layers.RNN` with a cell",
    "separable_conv1d": "write `keras.ops.separable_conv`",
    "separable_conv2d": "write `keras.ops.separable_conv`",
    "sparse_categorical_crossentropy": "write `keras.ops.sparse_categorical_crossentropy`",
    "spatial_3d_padding": "write `keras.layers.ZeroPadding3D(padding)(x)`",
    "tf": "write `import tensorflow as tf`",
    "to_dense": "write `keras.ops.convert_to_tensor(x, sparse=False)`",
}
"""Functions for which there is no text to put in their place, and what to do instead."""

NOT_NEGATIVE: Final = frozenset(
    {"square", "abs", "exp", "var", "std", "relu", "sigmoid", "softmax", "softplus", "epsilon"}
)
"""Functions whose values are never negative: `sqrt` of them needs no guard."""
KEEP_SIGN: Final = frozenset({"sum", "mean", "max", "min", "cumsum", "prod"})
"""Functions whose values are not negative where their arguments are not."""
