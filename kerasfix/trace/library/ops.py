"""What `keras.ops` does, on tensors and arrays."""

from functools import partial
from typing import Final

from kerasfix.trace.library import creation as c
from kerasfix.trace.library import families as f
from kerasfix.trace.library import rearranging as r
from kerasfix.trace.library import shapes
from kerasfix.trace.library.arguments import Table, register

_FLOAT_UNARY: Final = (
    "exp exp2 expm1 log log2 log10 log1p sqrt rsqrt sin cos tan sinh cosh tanh arcsin arccos arctan arcsinh"
    " arccosh arctanh sigmoid softplus softsign silu swish gelu elu selu erf hard_sigmoid hard_silu"
    " leaky_relu log_sigmoid mish celu"
)
_SAME_UNARY: Final = (
    "abs absolute negative square sign relu relu6 stop_gradient floor ceil round nan_to_num conj real"
)
_BOOL_UNARY: Final = "isnan isinf isfinite logical_not"
_REDUCE: Final = "x axis keepdims"

TABLE: Table = {
    **{name: (partial(f.unary, dtype=f.float_dtype), "x") for name in _FLOAT_UNARY.split()},
    **{name: (partial(f.unary, dtype=f.float_dtype), "x axis") for name in ("softmax", "log_softmax")},
    **{name: (partial(f.unary, dtype=f.floats_only), "x") for name in _SAME_UNARY.split()},
    **{name: (partial(f.unary, dtype=f.bool_dtype), "x") for name in _BOOL_UNARY.split()},
    **{
        name: (partial(f.operation, name=operator), "x=x1 y=x2")
        for name, operator in {
            "add": "Add",
            "subtract": "Subtract",
            "multiply": "Multiply",
            "divide": "Divide",
            "true_divide": "Divide",
            "floor_divide": "FloorDivide",
            "mod": "Modulo",
            "power": "Power",
            "greater": "GreaterThan",
            "greater_equal": "GreaterThanEqual",
            "less": "LessThan",
            "less_equal": "LessThanEqual",
            "equal": "Equal",
            "not_equal": "NotEqual",
        }.items()
    },
    **dict.fromkeys(("maximum", "minimum"), (f.binary, "x=x1 y=x2")),
    "arctan2": (partial(f.binary, dtype=f.floats_only), "x=x1 y=x2"),
    **{
        name: (partial(f.binary, dtype=f.bool_dtype), "x=x1 y=x2")
        for name in ("logical_and", "logical_or", "logical_xor", "isclose")
    },
    "clip": (f.clip, "x low=x_min high=x_max"),
    "where": (f.where, "condition x=x1 y=x2"),
    "shape": (f.dimensions, "x"),
    "ndim": (f.rank, "x"),
    "size": (f.count, "x"),
    "cast": (f.cast, "x dtype"),
    # reductions
    "sum": (partial(f.reduction, dtype=f.sum_dtype), _REDUCE),
    "prod": (partial(f.reduction, dtype=f.sum_dtype), "x axis keepdims dtype"),
    "mean": (partial(f.reduction, dtype=f.mean_dtype), _REDUCE),
    "std": (partial(f.reduction, dtype=f.mean_dtype), _REDUCE),
    "var": (partial(f.reduction, dtype=f.mean_dtype), _REDUCE),
    "median": (partial(f.reduction, dtype=f.mean_dtype), _REDUCE),
    "logsumexp": (partial(f.reduction, dtype=f.mean_dtype), _REDUCE),
    "max": (f.reduction, _REDUCE),
    "amax": (f.reduction, _REDUCE),
    "min": (f.reduction, _REDUCE),
    "amin": (f.reduction, _REDUCE),
    "any": (partial(f.reduction, dtype=f.bool_dtype), _REDUCE),
    "all": (partial(f.reduction, dtype=f.bool_dtype), _REDUCE),
    "argmax": (f.position, _REDUCE),
    "argmin": (f.position, _REDUCE),
    "norm": (partial(f.reduction, dtype=f.mean_dtype), "x ord axis keepdims"),
    "cumsum": (partial(f.cumulative, dtype=f.floats_only), "x axis dtype"),
    # shapes
    "reshape": (partial(r.rearrange, how="reshape"), "x shape=newshape"),
    "ravel": (partial(r.rearrange, how="ravel"), "x"),
    "expand_dims": (partial(r.rearrange, how="expand_dims"), "x axis"),
    "squeeze": (partial(r.rearrange, how="squeeze"), "x axis"),
    "transpose": (partial(r.rearrange, how="transpose"), "x axes"),
    "moveaxis": (partial(r.rearrange, how="moveaxis"), "x source destination"),
    "swapaxes": (partial(r.rearrange, how="swapaxes"), "x one=axis1 other=axis2"),
    "tile": (partial(r.rearrange, how="tile"), "x repeats"),
    "repeat": (partial(r.rearrange, how="repeat"), "x repeats axis"),
    "broadcast_to": (partial(r.rearrange, how="broadcast_to"), "x shape"),
    "copy": (r.rearrange, "x"),
    "flip": (r.rearrange, "x axis"),
    "roll": (r.rearrange, "x shift axis"),
    "pad": (r.pad, "x widths=pad_width mode"),
    "take": (r.take, "x indices axis"),
    "sort": (f.ordered, "x axis"),
    "argsort": (partial(f.ordered, dtype=f.index_dtype), "x axis"),
    # several arrays
    "concatenate": (r.join, "arrays=xs axis"),
    "stack": (partial(r.join, how="stack"), "arrays=x axis"),
    "vstack": (partial(r.join, how="vstack"), "arrays=xs"),
    "hstack": (partial(r.join, how="hstack"), "arrays=xs"),
    "append": (r.append, "x=x1 values=x2 axis"),
    "split": (r.split, "x sections=indices_or_sections axis"),
    "matmul": (r.product, "x=x1 y=x2"),
    "dot": (partial(r.product, how=shapes.dotted), "x=x1 y=x2"),
    # new arrays
    "zeros": (c.create, "shape dtype"),
    "ones": (c.create, "shape dtype"),
    "empty": (c.create, "shape dtype"),
    "full": (c.full, "shape value=fill_value dtype"),
    "zeros_like": (c.like, "x dtype"),
    "ones_like": (c.like, "x dtype"),
    "full_like": (c.like, "x fill_value dtype"),
    "convert_to_tensor": (c.array, "x dtype"),
    "array": (c.array, "x dtype"),
    "convert_to_numpy": (c.array, "x"),
    "arange": (c.arange, "start stop step dtype"),
    "linspace": (c.linspace, "start stop num endpoint retstep dtype"),
    "eye": (c.eye, "rows=N columns=M k dtype"),
    "identity": (c.eye, "rows=n dtype"),
    "one_hot": (c.one_hot, "x classes=num_classes axis dtype"),
}
for _module in ("keras.ops.", "keras.ops.numpy.", "keras.ops.nn.", "keras.ops.core."):
    register("keras", _module, TABLE)
register("keras", "keras.ops.linalg.", {"norm": TABLE["norm"]})

RANDOM: Table = {
    "normal": (c.random, "shape mean stddev dtype seed"),
    "truncated_normal": (c.random, "shape mean stddev dtype seed"),
    "uniform": (c.uniform, "shape low=minval high=maxval dtype seed"),
    "randint": (c.integers, "shape low=minval high=maxval dtype seed"),
    "dropout": (f.unary, "x=inputs rate"),
    "shuffle": (r.rearrange, "x axis seed"),
}
register("keras", "keras.random.", RANDOM)
