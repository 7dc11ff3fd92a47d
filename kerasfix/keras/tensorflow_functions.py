"""What `keras.ops` has for the functions of TensorFlow, which do not take the tensors of a Functional model.

Measured by `tests/trace/test_keras_tensors.py`: each function here raises on a `KerasTensor`, and what stands in its
place gives the same numbers on an eager tensor.
"""

from typing import Final

from kerasfix.keras.old_backend import Function

_INPUT: Final = {"input": "x"}
_PAIR: Final = {"x": "x1", "y": "x2"}
_OTHER_NAMES: Final = {
    "ceil": "ceil",
    "pow": "power",
    "concat": "concatenate",
    "reverse": "flip",
    "identity": "copy",
}

# By the names of their first arguments in TensorFlow, and what these are called in `keras.ops`.
_RENAMED: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("abs exp sqrt square sign round floor sin cos tan tanh sigmoid negative cast math.log math.log1p math.ceil"
     " math.erf math.rsqrt math.expm1 math.softplus nn.sigmoid nn.tanh math.is_nan", {"features": "x"}),
    ("nn.relu nn.relu6 nn.elu nn.selu nn.softplus nn.silu nn.swish", {"features": "x", "beta": "beta"}),
    ("nn.softmax nn.log_softmax", {"logits": "x"}),
    ("squeeze expand_dims ones_like zeros_like shape repeat roll identity", _INPUT),
    ("stop_gradient", {"input": "variable"}),
    ("reshape", {"tensor": "x", "shape": "newshape"}),
    ("reverse", {"tensor": "x"}),
    ("tile", {"input": "x", "multiples": "repeats"}),
    ("transpose", {"a": "x", "perm": "axes"}),
    ("reduce_sum reduce_mean reduce_max reduce_min reduce_prod reduce_any reduce_all reduce_logsumexp"
     " math.reduce_std math.reduce_variance", {"input_tensor": "x"}),
    ("add subtract multiply divide maximum minimum pow equal not_equal greater greater_equal less less_equal"
     " logical_and logical_or where", _PAIR),
    ("logical_not", {}),
    ("concat", {"values": "xs"}),
    ("stack", {"values": "x"}),
    ("einsum", {}),
    ("tensordot", {"a": "x1", "b": "x2"}),
    ("clip_by_value", {"t": "x", "clip_value_min": "x_min", "clip_value_max": "x_max"}),
    ("one_hot", {"indices": "x", "depth": "num_classes"}),
    ("convert_to_tensor", {"value": "x"}),
)  # fmt: skip
_TARGETS: Final = {
    **_OTHER_NAMES,
    "clip_by_value": "clip",
    "is_nan": "isnan",
    "reduce_variance": "var",
    "reduce_std": "std",
}


def _target(name: str) -> str:
    last = name.rpartition(".")[2]
    return f"keras.ops.{_TARGETS.get(last, last.removeprefix('reduce_'))}"


def _form(target: str, form: str, parameters: str, *, safe: bool = True) -> Function:
    return Function(f"keras.ops.{target}", form, parameters, safe=safe)


_FUNCTIONS: Final[dict[str, Function]] = {
    **{
        name: Function(_target(name), keywords=keywords)
        for names, keywords in _RENAMED
        for name in names.split()
    },
    "argmax": _form("argmax", "keras.ops.argmax({input}, axis={axis})", "input, axis=0"),
    "argmin": _form("argmin", "keras.ops.argmin({input}, axis={axis})", "input, axis=0"),
    "cumsum": _form("cumsum", "keras.ops.cumsum({x}, axis={axis})", "x, axis=0"),
    "gather": _form(
        "take",
        "keras.ops.take({params}, {indices}, axis={axis})",
        "params, indices, validate_indices?, axis=0",
    ),
    "matmul": _form("matmul", "keras.ops.matmul({a}, {b})", "a, b"),
    "pad": _form("pad", "keras.ops.pad({tensor}, {paddings})", "tensor, paddings"),
    "nn.gelu": _form(
        "gelu", "keras.ops.gelu({features}, approximate={approximate})", "features, approximate=False"
    ),
    "nn.leaky_relu": _form(
        "leaky_relu", "keras.ops.leaky_relu({features}, negative_slope={alpha})", "features, alpha=0.2"
    ),
    "image.resize": _form(
        "image.resize", "keras.ops.image.resize({images}, {size})", "images, size", safe=False
    ),
    "norm": _form("norm", "keras.ops.norm({tensor}<, axis={axis}>)", "tensor, ord?, axis=", safe=False),
    "split": _form(
        "split",
        "keras.ops.split({value}, {num_or_size_splits}, axis={axis})",
        "value, num_or_size_splits, axis=0",
        safe=False,
    ),
    "unstack": _form("unstack", "keras.ops.unstack({value}, axis={axis})", "value, num?, axis=0"),
}

FUNCTIONS: Final[dict[str, Function]] = {
    **{f"math.{name}": function for name, function in _FUNCTIONS.items() if "." not in name},
    **{name.removeprefix("math."): function for name, function in _FUNCTIONS.items()},
    **_FUNCTIONS,
}
"""By the name behind `tensorflow.`; those of `tensorflow.math` under both names. Names that TensorFlow does not
have are among them."""
