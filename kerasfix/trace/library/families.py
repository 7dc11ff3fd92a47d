"""Families of array functions: what NumPy, `keras.ops`, TensorFlow and array methods have in common.

Each takes the arguments of a call and gives its result; the tables in the modules of the libraries say which
function belongs to which family.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from kerasfix.keras.shape import ANY, Shape, TensorSpec, broadcast, size
from kerasfix.trace.flow import MAX_NUMBER
from kerasfix.trace.library import UNKNOWN, dtypes, shapes
from kerasfix.trace.library.arguments import (
    Arguments,
    as_array,
    facts_of,
    flat_numbers,
    known_spec,
    number,
    scalar,
    shaped_of,
)
from kerasfix.trace.values import NO_FACTS, Array, Const, Facts, Frame, Labels, Sequence, Tensor, Value

DtypeRule = Callable[[str | None, Arguments], str | None]


# --- dtypes of results ----------------------------------------------------------------------------------


def same_dtype(dtype: str | None, args: Arguments) -> str | None:
    """As the input."""
    return dtype


def float_dtype(dtype: str | None, args: Arguments) -> str | None:
    """A float: integers are computed as such."""
    if dtype is None or dtype in dtypes.FLOAT_BITS:
        return dtype
    if args.library == "numpy":
        return dtypes.to_float(dtype) if dtype in dtypes.INTEGERS or dtype == "bool" else None
    return None


def mean_dtype(dtype: str | None, args: Arguments) -> str | None:
    """NumPy takes the mean of integers in float64."""
    if args.library == "numpy" and dtype is not None:
        return dtype if dtype in dtypes.FLOAT_BITS else "float64" if float_dtype(dtype, args) else None
    return dtype if dtype in dtypes.FLOAT_BITS else None


def sum_dtype(dtype: str | None, args: Arguments) -> str | None:
    """NumPy adds integers up in 64 bits."""
    if dtype is None or dtype in dtypes.FLOAT_BITS:
        return dtype
    if args.library != "numpy":
        return None
    if dtype in dtypes.INTEGERS or dtype == "bool":
        return "uint64" if dtype.startswith("u") else "int64"
    return None


def floats_only(dtype: str | None, args: Arguments) -> str | None:
    """As the input where that is a float; what integers become is left open."""
    return dtype if dtype in dtypes.FLOAT_BITS else None


def same_or_float(dtype: str | None, args: Arguments) -> str | None:
    """As the input; Python's numbers are read as floats or integers all the same."""
    return dtype


def no_dtype(dtype: str | None, args: Arguments) -> str | None:
    """Not told."""
    return None


def index_dtype(dtype: str | None, args: Arguments) -> str | None:
    """Positions."""
    return {"numpy": "int64", "keras": "int32", "tensorflow": "int64"}[args.library]


def bool_dtype(dtype: str | None, args: Arguments) -> str | None:
    """Yes or no."""
    return "bool"


def combined(one: Value | None, other: Value | None, library: str) -> str | None:
    """The dtype of an operation of two arrays, or an array and a number."""
    left, right = known_spec(one).dtype, known_spec(other).dtype
    if library == "numpy":
        for value, dtype in ((one, right), (other, left)):
            if isinstance(value, Const):
                return dtypes.promote_number(dtype, value.value)
        return dtypes.promote(left, right)
    constants = [value for value in (one, other) if isinstance(value, Const)]
    if constants:
        dtype = left or right
        return dtype if dtype in dtypes.FLOAT_BITS or isinstance(constants[0].value, int) else None
    return left if left == right else None


# --- elementwise ----------------------------------------------------------------------------------------


def unary(
    args: Arguments,
    dtype: DtypeRule = same_dtype,
    exact: Callable[[Any], Any] | None = None,
    keep: bool = False,
) -> Value:
    """One array in, one of the same shape out; `keep` where its values and their order stay."""
    x = args.array("x")
    if x is None:
        return args.unknown()
    known = number(x)
    result = args.dtype(dtype(x.spec.dtype, args))
    if exact is not None and known is not None and args.library == "numpy":
        try:
            return scalar(args, exact(known), result)
        except (ArithmeticError, ValueError):
            return args.unknown()
    facts = facts_of(x) if keep else Facts(dataset=facts_of(x).dataset)
    if isinstance(x, Frame):
        return Frame(TensorSpec(x.spec.shape, None), x.columns, args.node, shaped=x.shaped)
    return args.give(x.spec.shape, result, x, facts=facts, shaped=shaped_of(x))


def binary(args: Arguments, dtype: DtypeRule = same_dtype) -> Value:
    """Two arrays that are broadcast."""
    one, other = args.array("x"), args.array("y")
    if one is None or other is None:
        return args.unknown()
    left, right = one.spec.shape, other.spec.shape
    shape = broadcast(left, right) if left is not None and right is not None else None
    result = dtype(combined(args.value("x"), args.value("y"), args.library), args)
    return args.give(shape, args.dtype(result), one, other)


def operation(args: Arguments, name: str = "Add") -> Value:
    """The function of an operator: `np.add`, `keras.ops.multiply`."""
    from kerasfix.trace.expressions import binary_operation

    x, y = args.value("x"), args.value("y")
    if x is None or y is None:
        return args.unknown()
    x, y = (value if isinstance(value, Const) else as_array(value, args.node) for value in (x, y))
    if x is None or y is None or not (isinstance(x, (Array, Tensor)) or isinstance(y, (Array, Tensor))):
        return args.unknown()
    result = binary_operation(args.call.interp, name, x, y, args.node)
    if isinstance(result, Array) and args.library != "numpy" and result.spec.dtype != "bool":
        dtype = combined(x, y, args.library)
        result.spec = TensorSpec(result.spec.shape, floats_only(dtype, args) if name == "Divide" else dtype)
    return result


def where(args: Arguments) -> Value:
    """`where(condition, x, y)`; with the condition alone, positions."""
    if args.library == "numpy" and args.call.complete and len(args.given) == 1:
        return found(args, "condition")
    parts = [args.array(name) for name in ("condition", "x", "y")]
    given = [part for part in parts if part is not None]
    if len(given) < 3:
        return args.unknown()
    shape: Shape | None = ()
    for part in given:
        other = part.spec.shape
        shape = broadcast(shape, other) if shape is not None and other is not None else None
    return args.give(shape, combined(args.value("x"), args.value("y"), args.library), *given)


def found(args: Arguments, name: str = "x") -> Value:
    """`nonzero`: the positions along each axis of what is not zero."""
    x = args.array(name)
    if x is None or not x.spec.rank:
        return args.unknown()
    return Sequence("tuple", [args.give((ANY,), "int64") for _ in range(x.spec.rank)], args.node)


def clip(args: Arguments) -> Value:
    """Values are kept within a range."""
    x = args.array("x")
    if x is None:
        return args.unknown()
    ends = [number(args.value(end)) for end in ("low", "high")]
    facts = facts_of(x)
    kept = NO_FACTS
    if facts.low is not None and facts.high is not None and None not in ends:
        low, high = (min(max(end, ends[0]), ends[1]) for end in (facts.low, facts.high))
        kept = Facts(low, high)
    elif None not in ends:
        kept = Facts(ends[0], ends[1])
    dtype = x.spec.dtype if x.spec.dtype in dtypes.FLOAT_BITS or all(type(e) is int for e in ends) else None
    plain = args.call.complete and all(isinstance(args.value(end), Const | None) for end in ("low", "high"))
    shape = x.spec.shape if plain else None
    return args.give(
        shape, dtype, x, facts=Facts(kept.low, kept.high, None, facts.dataset), shaped=shaped_of(x)
    )


def cast(args: Arguments) -> Value:
    """`astype`: the same values in another dtype."""
    x = args.array("x")
    if x is None:
        return args.unknown()
    dtype = args.dtype()
    return args.give(x.spec.shape, dtype, x, facts=cast_facts(facts_of(x), dtype), shaped=shaped_of(x))


def cast_facts(facts: Facts, dtype: str | None) -> Facts:
    """What is still known of values in another dtype: integers cut off what is behind the point, and wrap."""
    if dtype in dtypes.FLOAT_BITS:
        return facts
    ends = dtypes.limits(dtype) if dtype else None
    if ends is None or facts.low is None or facts.high is None or dtype == "bool":
        return Facts(dataset=facts.dataset)
    low, high = math.trunc(facts.low), math.trunc(facts.high)
    if low < ends[0] or high > ends[1]:
        return Facts(dataset=facts.dataset)
    drawn: Literal["integers", ""] = "integers" if facts.drawn == "integers" else ""
    return replace(facts, low=low, high=high, continuous=False, drawn=drawn)


def dimensions(args: Arguments, static: bool = False) -> Value:
    """`shape(x)`: ints, in TensorFlow a tensor of them unless `static`; others are unknown as a number."""
    x = args.array("x")
    if x is None or x.spec.shape is None:
        return args.unknown()
    items: list[Value] = []
    for dim in x.spec.shape:
        if not isinstance(dim, int):
            items.append(args.unknown())
        elif args.library == "tensorflow" and not static:
            items.append(scalar(args, dim, "int32"))
        else:
            items.append(Const(dim, args.node))
    return Sequence("tuple", items, args.node, args.call.taint)


def rank(args: Arguments) -> Value:
    """`np.ndim`, `tf.rank`."""
    x = args.array("x")
    if x is None or x.spec.rank is None:
        return args.unknown()
    return (
        scalar(args, x.spec.rank, "int32") if args.library == "tensorflow" else Const(x.spec.rank, args.node)
    )


def count(args: Arguments) -> Value:
    """`np.size(x)`: how many numbers there are."""
    x = args.array("x")
    known = size(x.spec.shape) if x is not None and x.spec.shape is not None else None
    if known is None or known > MAX_NUMBER or args.value("axis") is not None or len(args.call.arguments) != 1:
        return args.unknown()
    return Const(known, args.node)


# --- reductions -----------------------------------------------------------------------------------------


def reduction(
    args: Arguments,
    dtype: DtypeRule = same_dtype,
    exact: Callable[[list[Any]], Any] | None = None,
    end: str = "",
) -> Value:
    """Axes are reduced. `exact` does it to numbers that are known, `end` is the end of the range it gives."""
    x = args.array("x")
    if x is None or isinstance(x, Frame):  # pandas has ways of its own
        return args.unknown()
    result = args.dtype(dtype(x.spec.dtype, args))
    axis, keepdims = args.constant("axis"), args.constant("keepdims", False)
    given = args.value("x")
    numbers = flat_numbers(given) if given is not None and args.library == "numpy" else None
    if exact is not None and numbers is not None and numbers[0] and axis is None and not keepdims:
        value = exact(numbers[0])
        if isinstance(value, (int, float)) and abs(value) < 2**53:
            return scalar(args, value, result)
    shape = shapes.reduced(x.spec.shape, axis, keepdims)
    facts = facts_of(x)
    if end and shape == () and isinstance(x, Array) and is_whole(x):
        edge = facts.low if end == "low" else facts.high
        return args.give((), result, x, facts=Facts(edge, edge, dataset=facts.dataset))
    return args.give(shape, result, x, facts=Facts(dataset=facts.dataset))


def is_whole(x: Array) -> bool:
    """Whether an array holds all training data of a data set, so that it reaches both ends of its range."""
    if x.facts.dataset is None or x.facts.low is None or x.spec.shape is None or x.spec.dtype == "object":
        return False
    from kerasfix.trace.library.datasets import training_size

    count, least = size(x.spec.shape), training_size(x.facts.dataset, labels=x.facts.labels is not None)
    return count is not None and least is not None and count >= least


def classes_in(x: Array | Tensor | None) -> int | None:
    """How many classes there are among class numbers; None where some may not occur."""
    labels = facts_of(x).labels
    if not isinstance(x, Array) or labels is None or labels.one_hot or labels.classes is None:
        return None
    rows = x.spec.shape[0] if x.spec.shape else None
    many = isinstance(rows, int) and rows >= _SURE * labels.classes
    return labels.classes if many or is_whole(x) else None


_SURE = 50
"""Among so many samples for each class, none of the classes will be missing."""


def position(args: Arguments) -> Value:
    """`argmax` and the like."""
    x = args.array("x")
    if x is None:
        return args.unknown()
    shape = shapes.reduced(
        x.spec.shape, args.constant("axis", args_axis(args)), args.constant("keepdims", False)
    )
    labels = facts_of(x).labels
    facts = NO_FACTS
    last = x.spec.rank is not None and args.constant("axis") in (-1, x.spec.rank - 1)
    if labels is not None and labels.one_hot and last:  # back from one-hot rows
        high = labels.classes - 1 if labels.classes is not None else None
        facts = Facts(0, high, Labels(labels.classes), facts_of(x).dataset)
    return args.give(shape, args.dtype(index_dtype(None, args)), x, facts=facts)


def average(args: Arguments) -> Value:
    """`np.average`: a mean, with the sum of weights beside it where that is asked for."""
    returned = args.constant("returned", False)
    return args.unknown() if returned is not False else reduction(args, mean_dtype)


def args_axis(args: Arguments) -> int | None:
    """TensorFlow's `argmax` goes along the first axis unless told otherwise, the others' over all."""
    return 0 if args.library == "tensorflow" else None


def cumulative(args: Arguments, dtype: DtypeRule = same_dtype) -> Value:
    """`cumsum`: the shape stays, or becomes one axis where none is named."""
    x = args.array("x")
    if x is None:
        return args.unknown()
    axis = args.constant("axis")
    shape = x.spec.shape
    if axis is None and shape is not None:
        shape = (shapes.product(shape),)
    return args.give(shape if axis is not UNKNOWN else None, args.dtype(dtype(x.spec.dtype, args)), x)


def ordered(args: Arguments, dtype: DtypeRule = same_dtype) -> Value:
    """`sort` and `argsort`: along the last axis; flattened where that is None."""
    x, axis = args.array("x"), args.constant("axis", -1)
    if x is None or axis is UNKNOWN:
        return args.unknown()
    shape = x.spec.shape
    if axis is None and shape is not None:
        shape = (shapes.product(shape),)
    facts = facts_of(x) if dtype is same_dtype else NO_FACTS
    return args.give(
        shape, dtype(x.spec.dtype, args), x, facts=Facts(facts.low, facts.high, None, facts.dataset)
    )
