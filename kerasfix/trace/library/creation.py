"""Families of functions that make new arrays: of zeros, of numbers, at random."""

from dataclasses import replace

from kerasfix.keras.shape import ANY, UNKNOWN_SPEC, Shape, TensorSpec
from kerasfix.trace.library import UNKNOWN, dtypes, shapes
from kerasfix.trace.library.arguments import (
    Arguments,
    as_array,
    facts_of,
    flat_numbers,
    known_spec,
    number,
    python_number,
    shaped_of,
)
from kerasfix.trace.library.families import cast_facts, is_whole
from kerasfix.trace.library.rearranging import rearrange
from kerasfix.trace.python_numbers import is_python_number
from kerasfix.trace.values import NO_FACTS, Array, Const, Facts, Labels, Sequence, Tensor, Value

_FLOATS = {"numpy": "float64", "keras": "float32", "tensorflow": "float32"}
_REAL = frozenset({"float32", "float64"})


def create(args: Arguments) -> Value:
    """`zeros`, `ones`, `empty` and the like; what is put into them later is not seen."""
    return args.give(args.shape("shape"), args.dtype(_FLOATS[args.library]))


def full(args: Arguments) -> Value:
    """`full(shape, value)`."""
    filling = args.array("value")
    return args.give(args.shape("shape"), args.dtype(_default_dtype(args, args.value("value"), filling)))


def _default_dtype(args: Arguments, given: Value | None, x: Array | Tensor | None) -> str | None:
    """The dtype that a library gives to what is no array yet: Python's numbers have 64 bits in NumPy only."""
    if x is None or args.library == "numpy" or isinstance(given, (Array, Tensor)):
        return x.spec.dtype if x is not None else None
    return {"int64": "int32", "float64": "float32"}.get(x.spec.dtype or "", x.spec.dtype)


def like(args: Arguments) -> Value:
    """`zeros_like` and the like."""
    x = args.array("x")
    if x is None:
        return args.unknown()
    shape = args.shape("shape") if args.value("shape") is not None else x.spec.shape
    return args.give(shape, args.dtype(x.spec.dtype), x)


def array(args: Arguments) -> Value:
    """`np.array`, `tf.constant`, `keras.ops.convert_to_tensor`: what it is given, as an array."""
    given = args.value("x")
    x = args.array("x")
    if isinstance(given, Sequence) and given.items is None and args.library == "numpy":
        x = _of_alike(args, given) or Array(UNKNOWN_SPEC, args.node)
    x = x if x is not None else args.any_array("x")
    if x is None or given is None:
        return args.unknown()
    kept = isinstance(given, (Array, Tensor))
    dtype = args.dtype(_default_dtype(args, given, x))
    shape = x.spec.shape
    if args.value("shape") is not None:
        shape = args.shape("shape")
    facts = facts_of(x) if dtype == x.spec.dtype else cast_facts(facts_of(x), dtype)
    return args.give(shape, dtype, x, facts=facts, shaped=shaped_of(given) if kept else args.node)


def _of_alike(args: Arguments, given: Value | None) -> Array | None:
    """Arrays in a list of nobody knows how many: NumPy wants them all in one shape."""
    if not isinstance(given, Sequence) or given.kind not in {"list", "tuple"} or given.items is not None:
        return None
    one = as_array(given.element, args.node) if given.element is not None else None
    if not isinstance(one, Array) or one.spec.shape is None or args.dtype("float64") in {None, "object"}:
        return None
    facts = replace(one.facts, labels=None, grouped=False)
    return Array(TensorSpec((ANY, *one.spec.shape), one.spec.dtype), args.node, facts, taint=args.call.taint)


def convert(args: Arguments, dtype: str = "float64") -> Value:
    """`np.float32(x)`: a scalar or array of that dtype."""
    x = args.array("x")
    if x is None:
        return args.unknown()
    return args.give(x.spec.shape, dtype, x, facts=cast_facts(facts_of(x), dtype), shaped=shaped_of(x))


def permutation(args: Arguments) -> Value:
    """`permutation(n)` or `permutation(x)`."""
    given = args.value("x")
    if isinstance(given, Const) and isinstance(given.value, int):
        return args.give((given.value,), "int64", facts=Facts(0, given.value - 1))
    if is_python_number(given):
        return args.give((ANY,), "int64", facts=Facts(low=0))
    return rearrange(args)


def arange(args: Arguments) -> Value:
    """`arange(stop)`, `arange(start, stop, step)`."""
    start, stop, step = args.constant("start", 0), args.constant("stop"), args.constant("step", 1)
    if stop is None:
        start, stop = 0, start
    numbers = [part for part in (start, stop, step) if isinstance(part, (int, float))]
    given = [args.value(name) for name in ("start", "stop", "step")]
    numbers += [0 for value in given if is_python_number(value) and value.facts.drawn == "integers"]
    dtype = None
    if len(numbers) == 3 and args.library == "numpy":
        dtype = "float64" if any(isinstance(part, float) for part in numbers) else "int64"
    return args.give((shapes.step_count(start, stop, 1 if step is None else step),), args.dtype(dtype))


def linspace(args: Arguments) -> Value:
    """`linspace(start, stop, num)`."""
    arrays = [args.array(name) for name in ("start", "stop")]
    ends, count = [number(array) for array in arrays], args.constant("num", 50)
    scalars = all(array is not None and array.spec.shape == () for array in arrays)
    if not scalars or args.constant("retstep", False) is not False:
        return args.unknown()
    dim = count if isinstance(count, int) else ANY
    known = None not in ends and args.call.name.endswith("linspace")
    facts = Facts(min(ends), max(ends)) if known else NO_FACTS
    return args.give(
        (dim,), args.dtype(_FLOATS[args.library]), facts=facts if dim and dim is not ANY else NO_FACTS
    )


def eye(args: Arguments) -> Value:
    """`eye(rows, columns)`."""
    rows, columns = args.constant("rows"), args.constant("columns")
    dims = [dim if isinstance(dim, int) else ANY for dim in (rows, rows if columns is None else columns)]
    square = columns is None and args.constant("k", 0) == 0  # each row is the code of a class
    count = rows if isinstance(rows, int) else None
    facts = Facts(0, 1, Labels(count, one_hot=True)) if square else Facts(0, 1)
    return args.give(tuple(dims), args.dtype(_FLOATS[args.library]), facts=facts)


def some(args: Arguments, shape: Shape | None = None, dtype: str | None = None) -> Value:
    """An array that depends on what is in others, in files or in memory: not even all of its shape is known."""
    return args.give(shape, dtype if args.value("dtype") is None else args.dtype())


def counts(args: Arguments) -> Value:
    """`bincount`: how often each number occurs, from 0 to the highest."""
    given, least = args.value("x"), args.constant("least", 0)
    numbers = flat_numbers(given) if given is not None else None
    known = numbers is not None and numbers[0] and all(isinstance(number, int) for number in numbers[0])
    count = (
        max(*numbers[0], least - 1) + 1 if known and numbers is not None and isinstance(least, int) else ANY
    )
    return args.give((count,), "int64" if args.value("weights") is None else None)


def text_table(args: Arguments) -> Value:
    """`loadtxt`: the numbers of a file."""
    dtype = "float64" if args.value("dtype") is None else args.dtype()
    return args.give(None, dtype, facts=Facts(raw=args.call.name))


def load(args: Arguments) -> Value:
    """`np.load`: an array from a `.npy` file, several from others."""
    name = args.constant("file")
    return some(args) if isinstance(name, str) and name.endswith(".npy") else args.unknown()


def one_hot(args: Arguments) -> Value:
    """`keras.ops.one_hot`, `tf.one_hot`: a new last axis of classes."""

    x, classes = args.array("x"), args.constant("classes")
    if x is None or x.spec.shape is None or args.constant("axis", -1) != -1:
        return args.unknown()
    count = classes if isinstance(classes, int) else None
    shape = (*x.spec.shape, ANY if count is None else int(count))
    given = facts_of(x)
    facts = Facts(0, 1, Labels(count, one_hot=True), given.dataset, grouped=given.grouped)
    return args.give(shape, args.dtype("float32"), x, facts=facts)


def random(
    args: Arguments, low: float | None = None, high: float | None = None, dtype: str | None = ""
) -> Value:
    """Random numbers of a given shape; without one, a single number."""
    if args.constant("shape") is None or args.constant("shape") == ():
        return one(args, Facts(low, high, continuous=dtype == ""))
    result = args.dtype(_FLOATS[args.library] if dtype == "" else dtype)
    around_0 = args.call.name.endswith("normal") and args.constant("loc", args.constant("mean", 0)) == 0
    normal = result in _REAL and (around_0 or args.call.name.endswith("randn"))
    facts = Facts(low, high, continuous=result in _REAL, drawn="normal" if normal else "")
    return args.give(args.shape("shape"), result, facts=facts)


def one(args: Arguments, facts: Facts) -> Value:
    """A single number: of Python, where NumPy draws it."""
    if not args.call.complete or args.library != "numpy":
        return args.unknown()
    return python_number(args.call, facts)


def uniform(args: Arguments) -> Value:
    """Random numbers of a range whose ends are arguments."""
    low, high = (
        number(args.value(name)) if args.value(name) else end for name, end in (("low", 0.0), ("high", 1.0))
    )
    known = low is not None and high is not None
    if args.constant("shape") is None:
        return one(args, Facts(low if known else None, high if known else None, continuous=True))
    result = args.dtype(_FLOATS[args.library])
    facts = Facts(low if known else None, high if known else None, continuous=result in _REAL)
    return args.give(args.shape("shape"), result, facts=facts)


def integers(args: Arguments) -> Value:
    """`randint`: integers below an end."""
    low, high = number(args.value("low")), number(args.value("high"))
    if args.value("high") is None or args.constant("high") is None:
        low, high = 0, low
    known = isinstance(low, int) and isinstance(high, int)
    facts = Facts(low, high - 1, drawn="integers") if known else NO_FACTS
    if args.constant("shape") is None:
        return one(args, facts)
    return args.give(
        args.shape("shape"), args.dtype("int64" if args.library == "numpy" else "int32"), facts=facts
    )


def choice(args: Arguments) -> Value:
    """`choice(a, size)`: some of these."""
    given = args.value("x")
    if is_python_number(given) and args.constant("shape") is not None:
        return args.give(args.shape("shape"), "int64", facts=Facts(low=0))
    if args.constant("shape") is None:
        if isinstance(given, Const) and isinstance(given.value, int):
            return one(args, Facts(0, given.value - 1, drawn="integers"))
        return args.unknown()
    if isinstance(given, Const) and isinstance(given.value, int):
        return args.give(args.shape("shape"), "int64", facts=Facts(0, given.value - 1, drawn="integers"))
    x = args.array("x")
    if x is not None and (x.spec.rank or 1) > 1 and ".Generator." in args.call.name:  # along the first axis
        shape = args.shape("shape")
        return args.give((*shape, *(x.spec.shape or ())[1:]) if shape is not None else None, x.spec.dtype)
    if x is None or x.spec.shape is None or len(x.spec.shape) != 1:
        return args.unknown()
    facts = replace(facts_of(x), grouped=False, drawn="integers" if x.spec.dtype in dtypes.INTEGERS else "")
    return args.give(args.shape("shape"), x.spec.dtype, facts=facts)


def unique(args: Arguments) -> Value:
    """`np.unique`: as many as there are classes, where that is known."""
    x = args.array("x")
    if x is None or args.value("axis") is not None or not args.call.complete:
        return args.unknown()
    labels = facts_of(x).labels
    whole = isinstance(x, Array) and labels is not None and not labels.one_hot and is_whole(x)
    numbers = flat_numbers(args.given["x"])
    count = (
        len(set(numbers[0]))
        if numbers is not None
        else labels.classes
        if labels is not None and whole
        else None
    )
    facts = facts_of(x)
    values = args.give(
        (ANY if count is None else count,), x.spec.dtype, x, facts=Facts(facts.low, facts.high)
    )
    extras = [args.constant(name, False) for name in ("index", "inverse", "counts")]
    if any(extra is UNKNOWN for extra in extras):
        return args.unknown()
    more: list[Value] = []
    for name, extra in zip(("index", "inverse", "counts"), extras, strict=True):
        if extra:
            more.append(args.give(x.spec.shape if name == "inverse" else known_spec(values).shape, "int64"))
    return Sequence("tuple", [values, *more], args.node) if more else values


def shuffle(args: Arguments) -> Value:
    """`np.random.shuffle`: done for its effect."""
    x = args.value("x")
    if isinstance(x, Array):  # forgetting is right on every branch
        x.facts = replace(x.facts, grouped=False)
    return Const(None, args.node)


def nothing(args: Arguments) -> Value:
    """Done for its effect: `seed`."""
    return Const(None, args.node)
