"""What NumPy's functions do."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from kerasfix.keras.shape import ANY
from kerasfix.trace.calls import Call
from kerasfix.trace.library import creation as c
from kerasfix.trace.library import dtypes, models, shapes
from kerasfix.trace.library import families as f
from kerasfix.trace.library import rearranging as r
from kerasfix.trace.library.arguments import Arguments, Family, Table, register
from kerasfix.trace.values import Reference, Value

_REDUCE: Final = "x=a axis dtype out keepdims"
_EXTREME: Final = "x=a axis out keepdims"

_EXACT: Final[dict[str, Callable[[Any], Any]]] = {
    "floor": math.floor,
    "ceil": math.ceil,
    "rint": round,
    "trunc": math.trunc,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "abs": abs,
    "absolute": abs,
    "fabs": abs,
    "square": lambda value: value * value,
    "negative": lambda value: -value,
}
"""Functions of one number, where the number is known."""

_FLOAT_UNARY: Final = (
    "exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan sinh cosh tanh arcsin arccos arctan arcsinh"
    " arccosh arctanh floor ceil rint trunc fabs deg2rad rad2deg radians degrees sinc"
)
_SAME_UNARY: Final = (
    "invert bitwise_not abs absolute negative positive square sign conj real nan_to_num reciprocal"
)
_BOOL_UNARY: Final = "isnan isinf isfinite logical_not signbit isposinf isneginf isreal"
_OPERATORS: Final = {
    "add": "Add", "subtract": "Subtract", "multiply": "Multiply", "divide": "Divide", "true_divide": "Divide",
    "floor_divide": "FloorDivide", "mod": "Modulo", "remainder": "Modulo", "power": "Power",
    "bitwise_and": "BitAnd", "bitwise_or": "BitOr", "bitwise_xor": "BitXor", "left_shift": "LeftShift",
    "right_shift": "RightShift", "matmul": "MatrixMultiply",
    "greater": "GreaterThan", "greater_equal": "GreaterThanEqual", "less": "LessThan",
    "less_equal": "LessThanEqual", "equal": "Equal", "not_equal": "NotEqual",
}  # fmt: skip


def _of_integers(compute: Callable[[list[Any]], Any]) -> Callable[[list[Any]], Any]:
    """Sums of floats depend on the order in which NumPy adds them: only those of integers are told."""
    return lambda values: compute(values) if all(isinstance(value, int) for value in values) else None


def _whole(name: str) -> Family:
    """`floor` and the like leave integers as they are."""
    return partial(f.unary, dtype=f.same_or_float, exact=_EXACT.get(name))


_TABLE: Table = {
    **{
        name: (partial(f.unary, dtype=f.float_dtype, exact=_EXACT.get(name)), "x out")
        for name in _FLOAT_UNARY.split()
    },
    **{name: (_whole(name), "x out") for name in ("floor", "ceil", "trunc")},
    **{name: (partial(f.unary, exact=_EXACT.get(name)), "x out") for name in _SAME_UNARY.split()},
    **{name: (partial(f.unary, dtype=f.bool_dtype), "x out") for name in _BOOL_UNARY.split()},
    **{name: (partial(f.operation, name=operator), "x=x1 y=x2 out") for name, operator in _OPERATORS.items()},
    **dict.fromkeys(
        ("maximum", "minimum", "fmax", "fmin", "fmod", "gcd", "lcm"), (f.binary, "x=x1 y=x2 out")
    ),
    **{
        name: (partial(f.binary, dtype=f.float_dtype), "x=x1 y=x2 out")
        for name in ("hypot", "arctan2", "logaddexp", "logaddexp2", "copysign", "heaviside")
    },
    **{
        name: (partial(f.binary, dtype=f.bool_dtype), "x=x1 y=x2 out")
        for name in ("logical_and", "logical_or", "logical_xor", "isclose")
    },
    "round": (partial(f.unary, dtype=f.same_dtype), "x=a decimals out"),
    "around": (partial(f.unary, dtype=f.same_dtype), "x=a decimals out"),
    "clip": (f.clip, "x=a low=a_min high=a_max out"),
    "where": (f.where, "condition x y"),
    "nonzero": (f.found, "x=a"),
    "shape": (f.dimensions, "x=a"),
    "ndim": (f.rank, "x=a"),
    # reductions
    "sum": (partial(f.reduction, dtype=f.sum_dtype, exact=_of_integers(sum)), _REDUCE),
    "nansum": (partial(f.reduction, dtype=f.sum_dtype), _REDUCE),
    "prod": (partial(f.reduction, dtype=f.sum_dtype, exact=_of_integers(math.prod)), _REDUCE),
    "product": (partial(f.reduction, dtype=f.sum_dtype, exact=_of_integers(math.prod)), _REDUCE),
    "mean": (
        partial(
            f.reduction, dtype=f.mean_dtype, exact=_of_integers(lambda values: sum(values) / len(values))
        ),
        _REDUCE,
    ),
    "nanmean": (partial(f.reduction, dtype=f.mean_dtype), _REDUCE),
    "std": (partial(f.reduction, dtype=f.mean_dtype), "x=a axis dtype out ddof keepdims"),
    "var": (partial(f.reduction, dtype=f.mean_dtype), "x=a axis dtype out ddof keepdims"),
    "nanstd": (partial(f.reduction, dtype=f.mean_dtype), "x=a axis dtype out ddof keepdims"),
    "median": (partial(f.reduction, dtype=f.mean_dtype), "x=a axis out overwrite_input keepdims"),
    "average": (f.average, "x=a axis weights returned keepdims"),
    "max": (partial(f.reduction, exact=max, end="high"), _EXTREME),
    "amax": (partial(f.reduction, exact=max, end="high"), _EXTREME),
    "nanmax": (partial(f.reduction, end="high"), _EXTREME),
    "min": (partial(f.reduction, exact=min, end="low"), _EXTREME),
    "amin": (partial(f.reduction, exact=min, end="low"), _EXTREME),
    "nanmin": (partial(f.reduction, end="low"), _EXTREME),
    "ptp": (f.reduction, _EXTREME),
    "any": (partial(f.reduction, dtype=f.bool_dtype), _EXTREME),
    "all": (partial(f.reduction, dtype=f.bool_dtype), _EXTREME),
    "count_nonzero": (partial(f.reduction, dtype=f.index_dtype), "x=a axis keepdims"),
    "argmax": (f.position, "x=a axis out keepdims"),
    "argmin": (f.position, "x=a axis out keepdims"),
    "linalg.norm": (partial(f.reduction, dtype=f.mean_dtype), "x ord axis keepdims"),
    "cumsum": (partial(f.cumulative, dtype=f.sum_dtype), "x=a axis dtype out"),
    "cumprod": (partial(f.cumulative, dtype=f.sum_dtype), "x=a axis dtype out"),
    # shapes
    "reshape": (partial(r.rearrange, how="reshape"), "x=a shape order"),
    "ravel": (partial(r.rearrange, how="ravel"), "x=a order"),
    "expand_dims": (partial(r.rearrange, how="expand_dims"), "x=a axis"),
    "squeeze": (partial(r.rearrange, how="squeeze"), "x=a axis"),
    "transpose": (partial(r.rearrange, how="transpose"), "x=a axes"),
    "permute_dims": (partial(r.rearrange, how="transpose"), "x=a axes"),
    "moveaxis": (partial(r.rearrange, how="moveaxis"), "x=a source destination"),
    "swapaxes": (partial(r.rearrange, how="swapaxes"), "x=a one=axis1 other=axis2"),
    "tile": (partial(r.rearrange, how="tile"), "x=A repeats=reps"),
    "repeat": (partial(r.rearrange, how="repeat"), "x=a repeats axis"),
    "broadcast_to": (partial(r.rearrange, how="broadcast_to"), "x=array shape"),
    "atleast_1d": (partial(r.rearrange, how="atleast_1d"), "x"),
    "atleast_2d": (partial(r.rearrange, how="atleast_2d"), "x"),
    "copy": (r.rearrange, "x=a"),
    "flip": (r.rearrange, "x=m axis"),
    "fliplr": (r.rearrange, "x=m"),
    "flipud": (r.rearrange, "x=m"),
    "roll": (r.rearrange, "x=a shift axis"),
    "pad": (r.pad, "x=array widths=pad_width mode"),
    "take": (r.take, "x=a indices axis"),
    "triu": (partial(f.unary), "x=m k"),
    "tril": (partial(f.unary), "x=m k"),
    "sort": (f.ordered, "x=a axis"),
    "argsort": (partial(f.ordered, dtype=f.index_dtype), "x=a axis"),
    # several arrays
    "concatenate": (r.join, "arrays axis out dtype"),
    "concat": (r.join, "arrays axis out dtype"),
    "stack": (partial(r.join, how="stack"), "arrays axis"),
    "vstack": (partial(r.join, how="vstack"), "arrays=tup"),
    "row_stack": (partial(r.join, how="vstack"), "arrays=tup"),
    "hstack": (partial(r.join, how="hstack"), "arrays=tup"),
    "column_stack": (partial(r.join, how="column_stack"), "arrays=tup"),
    "append": (r.append, "x=arr values axis"),
    "split": (r.split, "x=ary sections=indices_or_sections axis"),
    "array_split": (partial(r.split, equal=False), "x=ary sections=indices_or_sections axis"),
    "dot": (partial(r.product, how=shapes.dotted), "x=a y=b"),
    "unique": (c.unique, "x=ar index=return_index inverse=return_inverse counts=return_counts axis"),
    # new arrays
    "zeros": (c.create, "shape dtype"),
    "ones": (c.create, "shape dtype"),
    "empty": (c.create, "shape dtype"),
    "full": (c.full, "shape value=fill_value dtype"),
    "zeros_like": (c.like, "x=a dtype order subok shape"),
    "ones_like": (c.like, "x=a dtype order subok shape"),
    "empty_like": (c.like, "x=prototype dtype order subok shape"),
    "full_like": (c.like, "x=a fill_value dtype order subok shape"),
    "array": (c.array, "x=object dtype"),
    "asarray": (c.array, "x=a dtype"),
    "asanyarray": (c.array, "x=a dtype"),
    "ascontiguousarray": (c.array, "x=a dtype"),
    **{
        name: (partial(c.convert, dtype=name.rstrip("_")), "x")
        for name in (*dtypes.FLOAT_BITS, *sorted(dtypes.INTEGERS), "bool_")
    },
    "arange": (c.arange, "start stop step dtype"),
    "linspace": (c.linspace, "start stop num endpoint retstep dtype"),
    "loadtxt": (c.text_table, "file=fname dtype"),
    "genfromtxt": (c.text_table, "file=fname dtype"),
    "load": (c.load, "file"),
    "fromfile": (partial(c.some, shape=(ANY,), dtype="float64"), "file dtype"),
    "frombuffer": (partial(c.some, shape=(ANY,), dtype="float64"), "buffer dtype"),
    "fromstring": (partial(c.some, shape=(ANY,), dtype="float64"), "string dtype"),
    "flatnonzero": (partial(c.some, shape=(ANY,), dtype="int64"), "x=a"),
    "bincount": (c.counts, "x weights least=minlength"),
    "setdiff1d": (partial(c.some, shape=(ANY,)), "x=ar1 y=ar2"),
    "union1d": (partial(c.some, shape=(ANY,)), "x=ar1 y=ar2"),
    "intersect1d": (partial(c.some, shape=(ANY,)), "x=ar1 y=ar2"),
    "logspace": (c.linspace, "start stop num endpoint base dtype"),
    "geomspace": (c.linspace, "start stop num endpoint dtype"),
    "linalg.inv": (partial(f.unary, dtype=f.float_dtype), "x=a"),
    "eye": (c.eye, "rows=N columns=M k dtype"),
    "identity": (c.eye, "rows=n dtype"),
}
register("numpy", "numpy.", _TABLE)

_LEGACY: Table = {
    "rand": (partial(c.random, low=0.0, high=1.0), "*shape"),
    "randn": (c.random, "*shape"),
    **dict.fromkeys(
        ("random", "random_sample", "ranf", "sample"), (partial(c.random, low=0.0, high=1.0), "shape=size")
    ),
    "randint": (c.integers, "low high shape=size dtype"),
    "random_integers": (partial(c.random, dtype="int64"), "low high shape=size"),
}
_DISTRIBUTIONS: Table = {
    "uniform": (c.uniform, "low high shape=size"),
    **dict.fromkeys(
        ("normal", "lognormal", "laplace", "gumbel", "logistic", "vonmises"),
        (c.random, "loc scale shape=size"),
    ),
    "gamma": (c.random, "a scale shape=size"),
    "beta": (partial(c.random, low=0.0, high=1.0), "a b shape=size"),
    "exponential": (c.random, "scale shape=size"),
    "standard_normal": (c.random, "shape=size"),
    "binomial": (partial(c.random, dtype="int64"), "n p shape=size"),
    "poisson": (partial(c.random, dtype="int64"), "lam shape=size"),
    "choice": (c.choice, "x=a shape=size replace p"),
    "permutation": (c.permutation, "x"),
    "shuffle": (c.shuffle, "x"),
    "seed": (c.nothing, "seed"),
}
_GENERATOR: Table = {
    "random": (partial(c.random, low=0.0, high=1.0), "shape=size dtype"),
    "standard_normal": (c.random, "shape=size dtype"),
    "integers": (c.integers, "low high shape=size dtype endpoint"),
    "permuted": (r.rearrange, "x"),
}
register("numpy", "numpy.random.", _DISTRIBUTIONS | _LEGACY)
register("numpy", "numpy.random.RandomState.", _DISTRIBUTIONS | _LEGACY)
register("numpy", "numpy.random.Generator.", _DISTRIBUTIONS | _GENERATOR)


@models("numpy.random.default_rng", "numpy.random.RandomState")
def _generator(call: Call) -> Value:
    """A source of random numbers. It stands for its class: its methods are found by the class's name."""
    name = "numpy.random.RandomState" if call.name.endswith("RandomState") else "numpy.random.Generator"
    return Reference(name, origin=call.node)


@models("numpy.set_printoptions", "numpy.save", "numpy.savez", "numpy.savetxt", "numpy.savez_compressed")
def _effect(call: Call) -> Value:
    """Done for its effect."""
    return c.nothing(Arguments(call, "", "numpy"))
