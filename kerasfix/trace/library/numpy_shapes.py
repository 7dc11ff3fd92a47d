"""NumPy's functions of linear algebra, statistics, signals and positions: each shape follows by a rule of its own."""

from functools import partial
from typing import Final

from kerasfix.keras.shape import ANY, Dim, Shape, broadcast
from kerasfix.trace.calls import Call
from kerasfix.trace.library import UNKNOWN, models, ops, shapes
from kerasfix.trace.library import creation as c
from kerasfix.trace.library import families as f
from kerasfix.trace.library import linear_algebra as la
from kerasfix.trace.library import rearranging as r
from kerasfix.trace.library.arguments import Arguments, Table, as_array, known_spec, register
from kerasfix.trace.values import Argument, Array, Const, Facts, Sequence, Value


def _fixed_dtype(name: str) -> f.DtypeRule:
    """Always the same dtype."""
    return lambda dtype, args: name


_INTEGER: Final = _fixed_dtype("int64")
_OF_MATRIX: Final = f.mean_dtype  # linear algebra is done in floats, integers in those of 64 bits


# --- positions ------------------------------------------------------------------------------------------


def _positions_among(args: Arguments) -> Value:
    """`digitize`, `searchsorted`: for each value, its place among others in order: from 0 to how many they are."""
    x, bounds = args.array("x"), args.array("bounds")
    if x is None:
        return args.unknown()
    count = (
        bounds.spec.shape[0] if bounds is not None and bounds.spec.rank == 1 and bounds.spec.shape else ANY
    )
    facts = Facts(0, count) if isinstance(count, int) else Facts()
    return args.give(x.spec.shape, "int64", x, facts=facts, shaped=args.node)


def _open_grid(args: Arguments) -> Value:
    """`np.ix_`: one index for each axis."""
    parts = args.arrays("parts")
    if parts is None or any(part is None or part.spec.rank != 1 for part in parts):
        return args.unknown()
    items: list[Value] = []
    for place, part in enumerate(parts):
        spec = known_spec(part)
        dim = spec.shape[0] if spec.shape and spec.dtype != "bool" else ANY
        shape = tuple(dim if other == place else 1 for other in range(len(parts)))
        items.append(args.give(shape, "int64", facts=part.facts if isinstance(part, Array) else Facts()))
    return Sequence("tuple", items, args.node)


# --- one axis longer or shorter -------------------------------------------------------------------------


def _changed_axis(args: Arguments, shape: Shape) -> tuple[Shape, int] | None:
    """The shape that is changed along one axis, flat where none is named, and that axis."""
    axis = args.constant("axis")
    if axis is UNKNOWN:
        return None
    flat = (shapes.product(shape),) if axis is None else shape
    place = shapes.axis_index(0 if axis is None else axis, len(flat))
    return None if place is None else (flat, place)


def _deleted(args: Arguments, shape: Shape) -> Shape | None:
    if (changed := _changed_axis(args, shape)) is None:
        return None
    flat, place = changed
    dim, count = flat[place], _count_of(args.constant("gone"))
    left = dim - count if isinstance(dim, int) and count is not None and count <= dim else ANY
    return shapes.replaced(flat, place, left)


def _count_of(positions: object) -> int | None:
    """How many positions are named; None where some may be the same, or are masks."""
    if isinstance(positions, int) and not isinstance(positions, bool):
        return 1
    if isinstance(positions, (list, tuple)) and all(type(one) is int and one >= 0 for one in positions):
        return len(set(positions))
    return None


def _inserted(args: Arguments, shape: Shape) -> Shape | None:
    if (changed := _changed_axis(args, shape)) is None:
        return None
    flat, place = changed
    at = args.constant("at")
    dim, values = flat[place], args.array("values")
    one = isinstance(at, int) and values is not None and values.spec.shape == ()
    return shapes.replaced(flat, place, dim + 1 if one and isinstance(dim, int) else ANY)


def _differences(args: Arguments, shape: Shape) -> Shape | None:
    length = shapes.product(shape)
    return (max(0, length - 1) if isinstance(length, int) else ANY,)


def _powers(args: Arguments, shape: Shape) -> Shape | None:
    """`vander`: so many powers of each number, as many as there are numbers unless told otherwise."""
    count = args.constant("count")
    if len(shape) != 1:
        return None
    return (*shape, shape[0] if count is None else count if isinstance(count, int) else ANY)


def _rolled(args: Arguments, shape: Shape) -> Shape | None:
    """`rollaxis`: an axis goes before another."""
    start = args.constant("start", 0)
    return shapes.moved(shape, args.constant("axis"), 0) if start == 0 else None


def _three(args: Arguments, shape: Shape) -> Shape | None:
    return shapes.at_least(shapes.at_least(shape, 2), 3, front=False)


def _stepwise(args: Arguments, shape: Shape) -> Shape | None:
    """`diff`, of which something may be put at the ends."""
    found = la.difference(args, shape)
    ends = args.value("prepend") is not None or args.value("append") is not None
    return shapes.replaced(shape, args.constant("axis", -1), ANY) if ends else found


def _windows(args: Arguments, shape: Shape) -> Shape | None:
    """`sliding_window_view`: fewer places along the axes, and the windows behind all others."""
    window, axis = args.constant("window"), args.constant("axis")
    sizes = [window] if isinstance(window, int) else window
    axes = shapes.axis_indices(axis, len(shape))
    if not isinstance(sizes, (list, tuple)) or axes is None or len(axes) != len(sizes):
        return None
    dims: list[Dim] = list(shape)
    for place, size in zip(axes, sizes, strict=True):
        dim = dims[place]
        dims[place] = dim - size + 1 if isinstance(dim, int) and isinstance(size, int) else ANY
    return (*dims, *(size if isinstance(size, int) else ANY for size in sizes))


# --- statistics and signals -----------------------------------------------------------------------------


def _histogram(args: Arguments) -> Value:
    """Counts, and one edge more than those."""
    bins = args.value("bins")
    count: Dim = 10 if bins is None else ANY
    if isinstance(bins, Const) and isinstance(bins.value, int):
        count = bins.value
    elif bins is not None and (edges := as_array(bins)) is not None and edges.spec.rank == 1:
        size = edges.spec.shape[0] if edges.spec.shape else ANY
        count = size - 1 if isinstance(size, int) else ANY
    edge = count + 1 if isinstance(count, int) else ANY
    return Sequence("tuple", [args.give((count,), None), args.give((edge,), None)], args.node)


def _covariance(args: Arguments, shape: Shape) -> Shape | None:
    rows = args.constant("rowvar", True)
    if args.value("y") is not None or rows not in (True, False) or len(shape) > 2:
        return None
    return (shape[0 if rows else 1],) * 2 if len(shape) == 2 else ()


def _convolved(args: Arguments, default: str) -> Value:
    x, y = args.array("x"), args.array("y")
    mode = args.constant("mode", default)
    shape: Shape = (ANY,)
    if x is None or y is None or x.spec.rank != 1 or y.spec.rank != 1:
        return args.unknown()
    m, n = known_spec(x).shape, known_spec(y).shape
    if m and n and isinstance(m[0], int) and isinstance(n[0], int) and mode in ("full", "same", "valid"):
        longer, shorter = max(m[0], n[0]), min(m[0], n[0])
        full = m[0] + n[0] - 1
        shape = ({"full": full, "same": longer, "valid": longer - shorter + 1}[mode],)
    return args.give(shape, f.combined(x, y, args.library), x, y)


def _polynomial(args: Arguments) -> Value:
    """`polyfit`: one number more than the degree."""
    degree = args.constant("degree")
    plain = args.constant("full", False) is False and args.constant("cov", False) is False
    if not plain or not isinstance(degree, int):
        return args.unknown()
    return args.give((degree + 1,), "float64")


def _spectrum(args: Arguments, half: bool = False) -> Value:
    """`fft` and `rfft` along one axis."""

    def rule(args: Arguments, shape: Shape) -> Shape | None:
        place, length = shapes.axis_index(args.constant("axis", -1), len(shape)), args.constant("length")
        if place is None:
            return None
        size = shape[place] if length is None else length
        whole = size if isinstance(size, int) else ANY
        return shapes.replaced(shape, place, whole // 2 + 1 if half and isinstance(whole, int) else whole)

    return la.of_shape(args, rule, f.no_dtype)


def _interpolated(args: Arguments) -> Value:
    x, values = args.array("x"), args.array("values")
    return (
        args.unknown() if x is None else args.give(x.spec.shape, _OF_MATRIX(known_spec(values).dtype, args))
    )


# --- several arrays -------------------------------------------------------------------------------------


def _grids(args: Arguments) -> Value:
    """`meshgrid`: a tuple in NumPy."""
    found = la.grid(args) if args.constant("sparse", False) is False else args.unknown()
    return Sequence("tuple", found.items, args.node) if isinstance(found, Sequence) else found


def _blocks(args: Arguments) -> Value:
    """`block`: the innermost lists side by side, the outer ones below each other."""
    made = _block(args.value("x"))
    return args.unknown() if made is None else args.give(made, None)


def _block(value: Value | None, depth: int = 0) -> Shape | None:
    if not isinstance(value, Sequence):
        array = as_array(value) if value is not None else None
        return shapes.at_least(array.spec.shape, 2) if array is not None else None
    if value.items is None or depth > 1 or value.kind != "list":
        return None
    parts = [_block(item, depth + 1) for item in value.items]
    nested = any(isinstance(item, Sequence) for item in value.items)
    return None if None in parts else shapes.concatenated(parts, 0 if nested else 1)


def _chosen(args: Arguments) -> Value:
    """`select`: as large as all conditions and choices together."""
    shape: Shape | None = ()
    for part in (*(args.arrays("conditions") or [None]), *(args.arrays("choices") or [None])):
        known = known_spec(part).shape
        shape = broadcast(shape, known) if shape is not None and known is not None else None
    return args.give(shape, None)


def _met(args: Arguments) -> Value:
    """`broadcast_arrays`: all in the shape in which they meet."""
    parts = args.arrays("parts")
    shape: Shape | None = ()
    for part in parts or ():
        known = known_spec(part).shape
        shape = broadcast(shape, known) if shape is not None and known is not None else None
    if parts is None or shape is None:
        return args.unknown()
    return Sequence("tuple", [args.give(shape, known_spec(part).dtype) for part in parts], args.node)


# --- functions of functions -----------------------------------------------------------------------------


def _along(call: Call) -> Value:
    """`apply_along_axis(function, axis, array)`: what the function makes of a row stands in its place."""
    function, axis, array = call.get("func1d", 0), call.constant("axis", 1), call.get("arr", 2)
    x = as_array(array) if array is not None else None
    shape = x.spec.shape if isinstance(x, Array) else None
    place = shapes.axis_index(axis, len(shape)) if shape is not None else None
    if function is None or x is None or shape is None or place is None or not call.complete:
        return call.unknown()
    row = Array(type(x.spec)((shape[place],), x.spec.dtype), call.node, taint=call.taint)
    rest = [argument for argument in call.arguments if argument.keyword not in {"axis", "arr", "func1d"}][3:]
    made = call.interp.call(function, [Argument(row, call.node.args[0]), *rest], True, call.node)
    part = as_array(made)
    if not isinstance(part, Array) or part.spec.shape is None:
        return call.unknown()
    dims = (*shape[:place], *part.spec.shape, *shape[place + 1 :])
    return Array(type(x.spec)(dims, part.spec.dtype), call.node, taint=call.taint)


models("numpy.apply_along_axis")(_along)


@models("numpy.fromfunction")
def _from_function(call: Call) -> Value:
    """`fromfunction(function, shape)`: what the function makes of arrays of positions."""
    args = Arguments(call, "function shape dtype", "numpy")
    function, shape = args.value("function"), args.shape("shape")
    if function is None or shape is None:
        return call.unknown()
    places = [Argument(args.give(shape, args.dtype("float64")), call.node.args[0]) for _ in shape]
    return call.interp.call(function, places, True, call.node)


def _of_places(args: Arguments) -> Value:
    """`indices((2, 3))`: for each axis an array of positions."""
    shape = args.shape("shape")
    return args.unknown() if shape is None else args.give((len(shape), *shape), args.dtype("int64"))


def _triangle(args: Arguments) -> Value:
    """`tri(rows, columns)`."""
    rows, columns = args.constant("rows"), args.constant("columns")
    dims = [dim if isinstance(dim, int) else ANY for dim in (rows, rows if columns is None else columns)]
    return args.give(tuple(dims), args.dtype("float64"), facts=Facts(0, 1))


def _window(args: Arguments) -> Value:
    """`hanning(size)` and the like."""
    size = args.constant("size")
    return args.give((size if isinstance(size, int) and size > 0 else ANY,), "float64")


def _from_items(args: Arguments) -> Value:
    """`fromiter`: one axis, of as many as come."""
    given, count = args.value("x"), args.constant("count", -1)
    size: Dim = count if isinstance(count, int) and count >= 0 else ANY
    if size is ANY and isinstance(given, Sequence) and given.items is not None and count == -1:
        size = len(given.items)
    return args.give((size,), args.dtype())


def _size_along(args: Arguments) -> Value:
    """`np.size(x, axis)`."""
    x, axis = args.array("x"), args.constant("axis")
    if axis is None or x is None or x.spec.shape is None:
        return f.count(args)
    place = shapes.axis_index(axis, len(x.spec.shape))
    dim = x.spec.shape[place] if place is not None else None
    return Const(dim, args.node) if isinstance(dim, int) else args.unknown()


# --- random vectors -------------------------------------------------------------------------------------


def _vectors(args: Arguments) -> Value:
    """`multivariate_normal` and the like: each draw is a vector."""
    one = args.array("vector")
    width = one.spec.shape[-1:] if one is not None and one.spec.shape else (ANY,)
    many = () if args.constant("shape") is None else args.shape("shape")
    dtype = "int64" if args.call.name.endswith("multinomial") else "float64"
    facts = Facts(continuous=dtype == "float64")
    return args.give((*many, *width) if many is not None else None, dtype, facts=facts)


_RANDOM: Final[Table] = {
    "multivariate_normal": (_vectors, "vector=mean cov shape=size"),
    "dirichlet": (_vectors, "vector=alpha shape=size"),
    "multinomial": (_vectors, "n vector=pvals shape=size"),
    **dict.fromkeys(
        ("weibull", "pareto", "power", "chisquare", "standard_t", "standard_gamma", "rayleigh"),
        (c.random, "a shape=size"),
    ),
    **dict.fromkeys(("standard_cauchy", "standard_exponential"), (c.random, "shape=size")),
    **dict.fromkeys(("wald", "f"), (c.random, "a b shape=size")),
    "triangular": (c.random, "left mode right shape=size"),
    **dict.fromkeys(("geometric", "zipf", "logseries"), (partial(c.random, dtype="int64"), "a shape=size")),
    "negative_binomial": (partial(c.random, dtype="int64"), "n p shape=size"),
    "hypergeometric": (partial(c.random, dtype="int64"), "good bad sample shape=size"),
}
for _source in ("numpy.random.", "numpy.random.RandomState.", "numpy.random.Generator."):
    register("numpy", _source, _RANDOM)


# --- the table ------------------------------------------------------------------------------------------

_SAME: Final = partial(la.of_shape, rule=la.same, dtype=f.same_dtype)
_SET: Final = partial(c.some, shape=(ANY,))
_PAIR: Final = (la.same, la.same)
_QUANTILE: Final = (
    partial(la.of_shape, rule=la.quantiled, dtype=f.mean_dtype),
    "x=a q axis out overwrite_input method keepdims",
)

_TABLE: Final[Table] = {
    "digitize": (_positions_among, "x bounds=bins right"),
    "searchsorted": (_positions_among, "bounds=a x=v side sorter"),
    "argwhere": (partial(la.of_shape, rule=lambda args, s: (ANY, len(s)), dtype=_INTEGER), "x=a"),
    "ix_": (_open_grid, "*parts"),
    "delete": (partial(la.of_shape, rule=_deleted, dtype=f.same_dtype), "x=arr gone=obj axis"),
    "insert": (partial(la.of_shape, rule=_inserted, dtype=f.same_dtype), "x=arr at=obj values axis"),
    "diff": (partial(la.of_shape, rule=_stepwise, dtype=f.same_dtype), "x=a n axis prepend append"),
    "ediff1d": (partial(la.of_shape, rule=_differences, dtype=f.same_dtype), "x=ary"),
    "lib.stride_tricks.sliding_window_view": (
        partial(la.of_shape, rule=_windows, dtype=f.same_dtype), "x window=window_shape axis",
    ),
    "lib.stride_tricks.as_strided": (
        partial(la.of_shape, rule=lambda args, s: args.shape("shape"), dtype=f.same_dtype), "x shape strides",
    ),
    "resize": (
        partial(la.of_shape, rule=lambda args, s: args.shape("shape"), dtype=f.same_dtype), "x=a shape=new_shape",
    ),
    "take_along_axis": (partial(la.of_shape, rule=la.along, dtype=f.same_dtype), "x=arr indices axis"),
    "rot90": (partial(la.of_shape, rule=la.quarter_turned, dtype=f.same_dtype), "x=m k axes"),
    "tril": (_SAME, "x=m k"),
    "diag": (partial(la.of_shape, rule=la.diag, dtype=f.same_dtype), "x=v k"),
    "diagflat": (partial(la.of_shape, rule=la.flat_diagonal, dtype=f.same_dtype), "x=v k"),
    "diagonal": (partial(la.of_shape, rule=la.diagonal, dtype=f.same_dtype), "x=a offset one=axis1 other=axis2"),
    "trace": (partial(la.of_shape, rule=la.trace, dtype=f.sum_dtype), "x=a offset one=axis1 other=axis2"),
    "angle": (partial(la.of_shape, rule=la.same, dtype=f.float_dtype), "x=z"),
    "rollaxis": (partial(la.of_shape, rule=_rolled, dtype=f.same_dtype), "x=a axis start"),
    "atleast_3d": (partial(la.of_shape, rule=_three, dtype=f.same_dtype), "x"),
    "vander": (partial(la.of_shape, rule=_powers, dtype=f.no_dtype), "x count=N"),
    **dict.fromkeys(("asarray_chkfinite", "asfortranarray", "conjugate", "partition"), (_SAME, "x=a")),
    "require": (c.array, "x=a dtype"),
    "argpartition": (partial(la.of_shape, rule=la.same, dtype=_INTEGER), "x=a"),
    "gradient": (partial(la.of_shape, rule=lambda args, s: s if len(s) == 1 else None, dtype=f.mean_dtype), "x=f"),
    **dict.fromkeys(("percentile", "quantile", "nanpercentile", "nanquantile"), _QUANTILE),
    "nanmedian": (partial(f.reduction, dtype=f.mean_dtype), "x=a axis out overwrite_input keepdims"),
    "nanvar": (partial(f.reduction, dtype=f.mean_dtype), "x=a axis dtype out ddof keepdims"),
    "nanprod": (partial(f.reduction, dtype=f.sum_dtype), "x=a axis dtype out keepdims"),
    **dict.fromkeys(("nanargmax", "nanargmin"), (f.position, "x=a axis out keepdims")),
    **dict.fromkeys(("nancumsum", "nancumprod"), (partial(f.cumulative, dtype=f.sum_dtype), "x=a axis dtype out")),
    "histogram": (_histogram, "x=a bins"),
    "cov": (partial(la.of_shape, rule=_covariance, dtype=f.mean_dtype), "x=m y rowvar"),
    "corrcoef": (partial(la.of_shape, rule=_covariance, dtype=f.mean_dtype), "x y rowvar"),
    "convolve": (partial(_convolved, default="full"), "x=a y=v mode"),
    "correlate": (partial(_convolved, default="valid"), "x=a y=v mode"),
    "interp": (_interpolated, "x places=xp values=fp"),
    "polyfit": (_polynomial, "x y degree=deg rcond full w cov"),
    "polyval": (partial(la.of_shape, rule=la.same, dtype=f.no_dtype), "p x"),
    **dict.fromkeys(("fft.fft", "fft.ifft"), (_spectrum, "x=a length=n axis")),
    "fft.fftfreq": (_window, "size=n d"),
    "fft.rfft": (partial(_spectrum, half=True), "x=a length=n axis"),
    **dict.fromkeys(("fft.fft2", "fft.ifft2"), (partial(la.of_shape, rule=la.same, dtype=f.no_dtype), "x=a")),
    **dict.fromkeys(("fft.fftshift", "fft.ifftshift"), (_SAME, "x axes")),
    **dict.fromkeys(
        ("hanning", "hamming", "blackman", "bartlett", "kaiser"), (_window, "size=M beta"),
    ),
    # linear algebra
    "linalg.pinv": (partial(la.of_shape, rule=la.inverse, dtype=_OF_MATRIX), "x=a"),
    "linalg.det": (partial(la.of_shape, rule=la.drop_two, dtype=_OF_MATRIX), "x=a"),
    "linalg.cholesky": (partial(la.of_shape, rule=la.same, dtype=_OF_MATRIX), "x=a"),
    "linalg.matrix_rank": (partial(la.of_shape, rule=la.drop_two, dtype=f.no_dtype), "x=A"),
    "linalg.matrix_power": (partial(la.of_shape, rule=la.same, dtype=f.no_dtype), "x=a n"),
    "linalg.eig": (partial(la.several, rules=(la.drop_last, la.same), dtype=f.no_dtype), "x=a"),
    "linalg.eigh": (partial(la.several, rules=(la.drop_last, la.same), dtype=_OF_MATRIX), "x=a"),
    "linalg.eigvals": (partial(la.of_shape, rule=la.drop_last, dtype=f.no_dtype), "x=a"),
    "linalg.eigvalsh": (partial(la.of_shape, rule=la.drop_last, dtype=_OF_MATRIX), "x=a"),
    "linalg.qr": (la.qr, "x=a mode"),
    "linalg.svd": (la.svd, "x=a full_matrices compute_uv"),
    "linalg.solve": (partial(la.of_two, rule=la.solved, dtype=_OF_MATRIX), "x=a y=b"),
    "outer": (partial(la.of_two, rule=la.outer), "x=a y=b"),
    "inner": (partial(la.of_two, rule=la.inner), "x=a y=b"),
    "vdot": (partial(la.of_two, rule=lambda args, x, y: ()), "x=a y=b"),
    "kron": (partial(la.of_two, rule=la.kronecker), "x=a y=b"),
    "tensordot": (partial(la.of_two, rule=la.contracted), "x=a y=b axes"),
    "cross": (partial(la.of_two, rule=la.cross), "x=a y=b axisa axisb axisc axis"),
    "einsum": (la.einsum, "equation=subscripts *operands"),
    "linalg.multi_dot": (c.some, "arrays"),
    # several arrays
    "dstack": (partial(r.join, how="numpy_dstack"), "arrays=tup"),
    "block": (_blocks, "x=arrays"),
    "meshgrid": (_grids, "*x indexing sparse"),
    "select": (_chosen, "conditions=condlist choices=choicelist default"),
    "broadcast_arrays": (_met, "*parts"),
    "vsplit": (partial(la.cut, axis=0), "x=ary sections=indices_or_sections"),
    "hsplit": (partial(la.cut, axis=1), "x=ary sections=indices_or_sections"),
    "dsplit": (partial(la.cut, axis=2), "x=ary sections=indices_or_sections"),
    **dict.fromkeys(("setxor1d", "extract"), (_SET, "x")),
    "float_power": (partial(f.binary, dtype=f.no_dtype), "x=x1 y=x2"),
    "lexsort": (
        partial(la.of_shape, rule=lambda args, s: s[1:] if len(s) == 2 else None, dtype=_INTEGER), "x=keys",
    ),
    "isin": (partial(la.of_shape, rule=la.same, dtype=f.bool_dtype), "x=element"),
    "in1d": (partial(la.of_shape, rule=la.same, dtype=f.bool_dtype), "x=ar1"),
    "divmod": (partial(la.several, rules=_PAIR, dtype=f.no_dtype), "x=x1"),
    "modf": (partial(la.several, rules=_PAIR, dtype=f.float_dtype), "x"),
    "frexp": (partial(la.several, rules=_PAIR, dtype=f.no_dtype), "x"),
    # new arrays
    "indices": (_of_places, "shape=dimensions dtype"),
    "tri": (_triangle, "rows=N columns=M k dtype"),
    "fromiter": (_from_items, "x=iter dtype count"),
    "ndarray": (c.create, "shape dtype"),
    "size": (_size_along, "x=a axis"),
    # methods of the functions of operators
    **{
        f"{name}.reduce": (ops.with_axis(partial(f.reduction, dtype=dtype), 0), "x=array axis dtype out keepdims")
        for name, dtype in {
            "add": f.sum_dtype, "multiply": f.sum_dtype, "maximum": f.same_dtype, "minimum": f.same_dtype,
            "logical_and": f.bool_dtype, "logical_or": f.bool_dtype,
        }.items()
    },
    **{
        f"{name}.accumulate": (ops.with_axis(partial(f.cumulative, dtype=dtype), 0), "x=array axis dtype out")
        for name, dtype in {"add": f.sum_dtype, "multiply": f.sum_dtype, "maximum": f.same_dtype,
                            "minimum": f.same_dtype}.items()
    },
    **{
        f"{name}.outer": (partial(la.of_two, rule=lambda args, x, y: (*x, *y)), "x y")
        for name in ("add", "subtract", "multiply", "maximum", "minimum")
    },
}  # fmt: skip
register("numpy", "numpy.", _TABLE)


@models(
    "numpy.put_along_axis", "numpy.put", "numpy.copyto", "numpy.place", "numpy.fill_diagonal", "numpy.putmask"
)
def _changed(call: Call) -> Value:
    """The first array changes in place: what was known of its values is forgotten, on all branches."""
    given = call.positional[0] if call.positional else None
    if isinstance(given, Array):
        given.facts = Facts()
    return Const(None, call.node)
