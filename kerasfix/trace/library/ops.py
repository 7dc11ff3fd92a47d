"""What `keras.ops` does, on tensors and arrays."""

from functools import partial
from typing import Final

from kerasfix.trace.library import creation as c
from kerasfix.trace.library import families as f
from kerasfix.trace.library import rearranging as r
from kerasfix.trace.library import shapes
from kerasfix.trace.library.arguments import Arguments, Family, Table, register
from kerasfix.trace.values import Const, Value

_FLOAT_UNARY: Final = (
    "exp exp2 expm1 log log2 log10 log1p sqrt rsqrt sin cos tan sinh cosh tanh arcsin arccos arctan arcsinh"
    " arccosh arctanh sigmoid softplus softsign silu swish gelu elu selu erf hard_sigmoid hard_silu"
    " leaky_relu log_sigmoid mish celu cbrt deg2rad rad2deg reciprocal sinc i0 erfc erfinv hard_tanh hard_swish"
    " hard_shrink soft_shrink tanh_shrink threshold squareplus sparse_plus sparse_sigmoid sparsemax angle fabs"
)
_SAME_UNARY: Final = (
    "abs absolute negative square sign relu relu6 stop_gradient floor ceil round nan_to_num conj real"
    " conjugate trunc bitwise_not bitwise_invert"
)
_BOOL_UNARY: Final = "isnan isinf isfinite logical_not isneginf isposinf isreal signbit"
_BINARY: Final = (
    "maximum minimum fmax fmin fmod hypot heaviside logaddexp logaddexp2 ldexp nextafter gcd lcm"
    " divide_no_nan"
)
_BITS: Final = (
    "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift left_shift right_shift"
)
_REDUCE: Final = "x axis keepdims"


def with_axis(family: Family, axis: int) -> Family:
    """A family's function where another axis is the default."""

    def compute(args: Arguments) -> Value:
        args.given.setdefault("axis", Const(axis))
        return family(args)

    return compute


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
    **dict.fromkeys(_BINARY.split(), (f.binary, "x=x1 y=x2")),
    **dict.fromkeys(_BITS.split(), (f.binary, "x y")),
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
    "isin": (partial(f.unary, dtype=f.bool_dtype), "x=x1"),
    "digitize": (partial(f.unary, dtype=f.index_dtype), "x"),
    "searchsorted": (partial(f.unary, dtype=f.index_dtype), "sorted_sequence x=values"),
    "saturate_cast": (f.cast, "x dtype"),
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
    **{
        name: (partial(f.reduction, dtype=f.mean_dtype), _REDUCE)
        for name in (
            "nanmean",
            "nanmedian",
            "nanstd",
            "nanvar",
            "nansum",
            "nanprod",
            "nanmax",
            "nanmin",
            "ptp",
        )
    },
    "average": (partial(f.reduction, dtype=f.mean_dtype), "x axis weights"),
    "count_nonzero": (partial(f.reduction, dtype=f.index_dtype), "x axis"),
    "trapezoid": (with_axis(partial(f.reduction, dtype=f.mean_dtype), -1), "x=y coordinates=x dx axis"),
    **dict.fromkeys(("argmax", "argmin", "nanargmax", "nanargmin"), (f.position, _REDUCE)),
    "norm": (partial(f.reduction, dtype=f.mean_dtype), "x ord axis keepdims"),
    **{
        name: (partial(f.cumulative, dtype=f.floats_only), "x axis dtype")
        for name in ("cumsum", "cumprod", "nancumsum", "nancumprod")
    },
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
    **dict.fromkeys(("flip", "fliplr", "flipud", "tril", "triu"), (r.rearrange, "x axis")),
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
    "dstack": (partial(r.join, how="dstack"), "arrays=xs"),
    "append": (r.append, "x=x1 values=x2 axis"),
    "split": (r.split, "x sections=indices_or_sections axis"),
    "matmul": (r.product, "x=x1 y=x2"),
    "dot": (partial(r.product, how=shapes.dotted), "x=x1 y=x2"),
    # new arrays
    "zeros": (c.create, "shape dtype"),
    "ones": (c.create, "shape dtype"),
    "empty": (c.create, "shape dtype"),
    "empty_like": (c.like, "x dtype"),
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
