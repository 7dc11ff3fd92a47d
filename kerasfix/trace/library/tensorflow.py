"""What TensorFlow's functions do to eager tensors, and to the tensors of a loss or a `call`."""

from functools import partial
from typing import Final

from kerasfix.trace.library import creation as c
from kerasfix.trace.library import families as f
from kerasfix.trace.library import rearranging as r
from kerasfix.trace.library.arguments import Table, register
from kerasfix.trace.library.ops import TABLE as KERAS

_REDUCE: Final = "x=input_tensor axis keepdims"
_ARG: Final = "x=input axis dtype=output_type"

# By name in `keras.ops`, whose family they share.
_FAMILIES: Final = {
    "abs": "abs", "square": "square", "negative": "negative", "sign": "sign", "round": "round",
    "floor": "floor", "exp": "exp", "sqrt": "sqrt", "sin": "sin", "cos": "cos", "tan": "tan", "tanh": "tanh",
    "sigmoid": "sigmoid",
    "stop_gradient": "stop_gradient", "identity": "copy",
}  # fmt: skip
_OPERATORS: Final = {
    "add": "Add", "subtract": "Subtract", "multiply": "Multiply", "divide": "Divide", "pow": "Power",
    "greater": "GreaterThan", "greater_equal": "GreaterThanEqual", "less": "LessThan",
    "less_equal": "LessThanEqual", "equal": "Equal", "not_equal": "NotEqual",
}  # fmt: skip

_REDUCTIONS: Table = {
    "reduce_sum": (f.reduction, _REDUCE),
    "reduce_prod": (f.reduction, _REDUCE),
    "reduce_mean": (f.reduction, _REDUCE),
    "reduce_max": (f.reduction, _REDUCE),
    "reduce_min": (f.reduction, _REDUCE),
    "reduce_any": (f.reduction, _REDUCE),
    "reduce_all": (f.reduction, _REDUCE),
    "reduce_logsumexp": (f.reduction, _REDUCE),
    "argmax": (f.position, _ARG),
    "argmin": (f.position, _ARG),
}
_ELEMENTWISE: Table = {
    **{name: (KERAS[family][0], "x") for name, family in _FAMILIES.items()},
    **{name: (partial(f.operation, name=operator), "x y") for name, operator in _OPERATORS.items()},
    "maximum": (f.binary, "x y"),
    "minimum": (f.binary, "x y"),
    "logical_and": (partial(f.binary, dtype=f.bool_dtype), "x y"),
    "logical_or": (partial(f.binary, dtype=f.bool_dtype), "x y"),
    "logical_not": (partial(f.unary, dtype=f.bool_dtype), "x"),
}
_TABLE: Table = {
    **_REDUCTIONS,
    **_ELEMENTWISE,
    "clip_by_value": (f.clip, "x=t low=clip_value_min high=clip_value_max"),
    "where": (f.where, "condition x y"),
    "shape": (f.dimensions, "x=input"),
    "rank": (f.rank, "x=input"),
    "cast": (f.cast, "x dtype"),
    "reshape": (partial(r.rearrange, how="reshape"), "x=tensor shape"),
    "expand_dims": (partial(r.rearrange, how="expand_dims"), "x=input axis"),
    "squeeze": (partial(r.rearrange, how="squeeze"), "x=input axis"),
    "transpose": (partial(r.rearrange, how="transpose"), "x=a axes=perm"),
    "tile": (partial(r.rearrange, how="tile"), "x=input repeats=multiples"),
    "repeat": (partial(r.rearrange, how="repeat"), "x=input repeats axis"),
    "broadcast_to": (partial(r.rearrange, how="broadcast_to"), "x=input shape"),
    "reverse": (r.rearrange, "x=tensor axis"),
    "pad": (r.pad, "x=tensor widths=paddings mode"),
    "gather": (r.take, "x=params indices validate_indices axis"),
    "concat": (r.join, "arrays=values axis"),
    "stack": (partial(r.join, how="stack"), "arrays=values axis"),
    "matmul": (r.product, "x=a y=b"),
    "zeros": (c.create, "shape dtype"),
    "ones": (c.create, "shape dtype"),
    "fill": (c.full, "shape=dims value"),
    "zeros_like": (c.like, "x=input dtype"),
    "ones_like": (c.like, "x=input dtype"),
    "constant": (c.array, "x=value dtype shape"),
    "convert_to_tensor": (c.array, "x=value dtype"),
    "Variable": (c.array, "x=initial_value trainable validate_shape caching_device name variable_def dtype"),
    "range": (c.arange, "start=start stop=limit step=delta dtype"),
    "eye": (c.eye, "rows=num_rows columns=num_columns batch_shape dtype"),
    "one_hot": (c.one_hot, "x=indices classes=depth on_value off_value axis dtype"),
}
register("tensorflow", "tensorflow.", _TABLE)
register("tensorflow", "tensorflow.math.", _REDUCTIONS | _ELEMENTWISE)
register(
    "tensorflow",
    "tensorflow.math.",
    {name: (KERAS[name][0], "x") for name in ("log", "log1p", "expm1", "rsqrt", "erf", "softplus", "ceil")},
)
register(
    "tensorflow",
    "tensorflow.nn.",
    {
        **{
            name: (KERAS[name][0], "x=features")
            for name in ("relu", "relu6", "elu", "selu", "softplus", "gelu")
        },
        **{name: (KERAS[name][0], "x") for name in ("sigmoid", "tanh")},
        **{name: (KERAS[name][0], "x=logits axis") for name in ("softmax", "log_softmax")},
    },
)
register(
    "tensorflow",
    "tensorflow.random.",
    {
        "normal": (c.random, "shape mean stddev dtype seed"),
        "truncated_normal": (c.random, "shape mean stddev dtype seed"),
        "uniform": (c.uniform, "shape low=minval high=maxval dtype seed"),
        "set_seed": (c.nothing, "seed"),
        "shuffle": (r.rearrange, "x=value seed"),
    },
)
