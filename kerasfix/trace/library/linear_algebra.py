"""`keras.ops` of linear algebra, sequences and signals: results whose shape follows from a rule of its own."""

import re
from collections.abc import Callable
from functools import partial
from typing import Final

from kerasfix.keras.shape import ANY, Dim, Shape, broadcast
from kerasfix.trace.library import families as f
from kerasfix.trace.library import rearranging as r
from kerasfix.trace.library import shapes
from kerasfix.trace.library.arguments import Arguments, Table, as_array, register
from kerasfix.trace.values import Const, Sequence, Tensor, Value

Rule = Callable[[Arguments, Shape], Shape | None]
"""From a call and the shape of its `x` to the shape of the result, None where that is not known."""


def of_shape(args: Arguments, rule: Rule, dtype: f.DtypeRule = f.floats_only) -> Value:
    """A result whose shape follows from that of `x`."""
    x = args.array("x")
    if x is None:
        return args.unknown()
    shape = rule(args, x.spec.shape) if x.spec.shape is not None else None
    return args.give(shape, args.dtype(dtype(x.spec.dtype, args)), x)


def several(args: Arguments, rules: tuple[Rule, ...], dtype: f.DtypeRule = f.floats_only) -> Value:
    """A tuple of results."""
    items = [of_shape(args, rule, dtype) for rule in rules]
    return Sequence("tuple", items, args.node, args.call.taint)


def of_two(
    args: Arguments,
    rule: Callable[[Arguments, Shape, Shape], Shape | None],
    dtype: f.DtypeRule = f.same_dtype,
) -> Value:
    """A result whose shape follows from those of `x` and `y`."""
    x, y = args.array("x"), args.array("y")
    if x is None or y is None:
        return args.unknown()
    known = x.spec.shape is not None and y.spec.shape is not None
    shape = rule(args, x.spec.shape or (), y.spec.shape or ()) if known else None
    return args.give(shape, dtype(f.combined(x, y, args.library), args), x, y)


# --- several axes ---------------------------------------------------------------------------------------


def diagonal(args: Arguments, shape: Shape) -> Shape | None:
    """The two axes go, and behind all others comes the diagonal."""
    one, other = args.constant("one", 0), args.constant("other", 1)
    a, b = shapes.axis_index(one, len(shape)), shapes.axis_index(other, len(shape))
    offset = args.constant("offset", 0)
    if a is None or b is None or a == b or not isinstance(offset, int):
        return None
    rows, columns = shape[a], shape[b]
    length: Dim = ANY
    if isinstance(rows, int) and isinstance(columns, int):
        length = max(0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns))
    elif rows is None or columns is None:
        return None
    return (*(dim for place, dim in enumerate(shape) if place not in (a, b)), length)


def trace(args: Arguments, shape: Shape) -> Shape | None:
    found = diagonal(args, shape)
    return None if found is None else found[:-1]


def diag(args: Arguments, shape: Shape) -> Shape | None:
    k = args.constant("k", 0)
    if not isinstance(k, int):
        return None
    if len(shape) == 1 and isinstance(shape[0], int):
        return (shape[0] + abs(k),) * 2
    return _diagonal_of(shape, k) if len(shape) == 2 else None


def _diagonal_of(shape: Shape, k: int) -> Shape | None:
    rows, columns = shape
    if not isinstance(rows, int) or not isinstance(columns, int):
        return None
    return (max(0, min(rows, columns - k) if k >= 0 else min(rows + k, columns)),)


def flat_diagonal(args: Arguments, shape: Shape) -> Shape | None:
    k, length = args.constant("k", 0), shapes.product(shape)
    return (length + abs(k),) * 2 if isinstance(k, int) and isinstance(length, int) else None


def difference(args: Arguments, shape: Shape) -> Shape | None:
    n, place = args.constant("n", 1), shapes.axis_index(args.constant("axis", -1), len(shape))
    if not isinstance(n, int) or place is None:
        return None
    dim = shape[place]
    return shapes.replaced(shape, place, max(0, dim - n) if isinstance(dim, int) else dim)


def quarter_turned(args: Arguments, shape: Shape) -> Shape | None:
    k, axes = args.constant("k", 1), args.constant("axes", (0, 1))
    if not isinstance(k, int) or not isinstance(axes, tuple | list) or len(axes) != 2:
        return None
    # Keras itself takes each turn of a symbolic tensor for a quarter.
    return shapes.swapped(shape, *axes) if k % 2 or isinstance(args.array("x"), Tensor) else shape


def quantiled(args: Arguments, shape: Shape) -> Shape | None:
    q = args.array("q")
    rest = shapes.reduced(shape, args.constant("axis"), args.constant("keepdims", False))
    return None if q is None or q.spec.shape is None or rest is None else (*q.spec.shape, *rest)


def _top(args: Arguments, shape: Shape) -> Shape | None:
    k = args.constant("k")
    return (*shape[:-1], k) if isinstance(k, int) and shape else None


def along(args: Arguments, shape: Shape) -> Shape | None:
    """`take_along_axis`: the other axes meet, the one that is named has the size of the indices."""
    indices, axis = args.array("indices"), args.constant("axis")
    if indices is None or indices.spec.shape is None:
        return None
    if axis is None:
        return indices.spec.shape
    place = shapes.axis_index(axis, len(shape))
    if place is None or len(indices.spec.shape) != len(shape):
        return None
    met = broadcast(
        shapes.replaced(shape, place, 1) or (), shapes.replaced(indices.spec.shape, place, 1) or ()
    )
    return shapes.replaced(met, place, indices.spec.shape[place])


def drop_last(args: Arguments, shape: Shape) -> Shape | None:
    return shape[:-1] if shape else None


def drop_two(args: Arguments, shape: Shape) -> Shape | None:
    return shape[:-2] if len(shape) >= 2 else None


def _sign(args: Arguments, shape: Shape) -> Shape | None:
    """Of a symbolic tensor Keras takes the sign of the determinants for one number."""
    return () if isinstance(args.array("x"), Tensor) else drop_two(args, shape)


def same(args: Arguments, shape: Shape) -> Shape | None:
    return shape


def inverse(args: Arguments, shape: Shape) -> Shape | None:
    return (*shape[:-2], shape[-1], shape[-2]) if len(shape) >= 2 else None


def _smaller(shape: Shape) -> Dim:
    m, n = shape[-2:]
    return min(m, n) if isinstance(m, int) and isinstance(n, int) else ANY


def qr(args: Arguments) -> Value:
    complete = args.constant("mode", "reduced") == "complete"
    return several(
        args,
        (
            lambda _, s: (*s[:-1], s[-2] if complete else _smaller(s)) if len(s) >= 2 else None,
            lambda _, s: (*s[:-2], s[-2] if complete else _smaller(s), s[-1]) if len(s) >= 2 else None,
        ),
    )


def svd(args: Arguments) -> Value:
    full, vectors = args.constant("full_matrices", True), args.constant("compute_uv", True)
    if not isinstance(full, bool) or not isinstance(vectors, bool):
        return args.unknown()

    def values(_: Arguments, s: Shape) -> Shape | None:
        return (*s[:-2], _smaller(s)) if len(s) >= 2 else None

    if not vectors:
        return of_shape(args, values)
    return several(
        args,
        (
            lambda _, s: (*s[:-1], s[-2] if full else _smaller(s)) if len(s) >= 2 else None,
            values,
            lambda _, s: (*s[:-2], s[-1] if full else _smaller(s), s[-1]) if len(s) >= 2 else None,
        ),
    )


# --- two arrays -----------------------------------------------------------------------------------------


def outer(args: Arguments, x: Shape, y: Shape) -> Shape | None:
    return (shapes.product(x), shapes.product(y))


def inner(args: Arguments, x: Shape, y: Shape) -> Shape | None:
    if not x or not y:
        return x or y
    return (*x[:-1], *y[:-1]) if shapes.agree((x[-1], y[-1])) else None


def kronecker(args: Arguments, x: Shape, y: Shape) -> Shape | None:
    rank = max(len(x), len(y))
    pairs = zip(shapes.at_least(x, rank) or (), shapes.at_least(y, rank) or (), strict=True)
    return tuple(shapes.product([a, b]) for a, b in pairs)


def contracted(args: Arguments, x: Shape, y: Shape) -> Shape | None:
    """`tensordot`: the axes that are summed over go."""
    axes = args.constant("axes", 2)
    if isinstance(axes, int):
        if axes > min(len(x), len(y)):
            return None
        here, there = list(range(len(x) - axes, len(x))), list(range(axes))
    elif isinstance(axes, tuple | list) and len(axes) == 2:
        first, second = (axes[0], axes[1])
        left, right = shapes.axis_indices(first, len(x)), shapes.axis_indices(second, len(y))
        if left is None or right is None or None in axes:
            return None
        here, there = left, right
    else:
        return None
    rest = [dim for place, dim in enumerate(x) if place not in here]
    return (*rest, *(dim for place, dim in enumerate(y) if place not in there))


def cross(args: Arguments, x: Shape, y: Shape) -> Shape | None:
    if any(args.constant(name, -1) != -1 for name in ("axisa", "axisb", "axisc", "axis")):
        return None
    if not x or not y or (x[-1], y[-1]) != (3, 3):
        return None
    return broadcast(x, y)


def _distances(args: Arguments, x: Shape, y: Shape) -> Shape | None:
    if len(x) < 2 or len(y) < 2:
        return None
    batch = broadcast(x[:-2], y[:-2])
    return None if batch is None else (*batch, x[-2], y[-2])


def solved(args: Arguments, x: Shape, y: Shape) -> Shape | None:
    return y if len(x) >= 2 else None


_TERM: Final = re.compile(r"[A-Za-z]*(\.\.\.)?[A-Za-z]*")


def einsum(args: Arguments) -> Value:
    """`einsum`: the axes that the right side names; without one, those that occur once, in alphabetical order."""
    equation, operands = args.constant("equation"), args.value("operands")
    if not isinstance(equation, str) or not isinstance(operands, Sequence) or operands.items is None:
        return args.unknown()
    arrays = [as_array(item, args.node) for item in operands.items]
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(arrays) or not all(_TERM.fullmatch(term) for term in (*terms, right)):
        return args.unknown()
    sizes: dict[str, Dim] = {}
    batch: Shape | None = ()
    for term, array in zip(terms, arrays, strict=True):
        shape = array.spec.shape if array is not None else None
        if shape is None:
            return args.unknown()
        before, dots, after = term.partition("...")
        middle = len(shape) - len(before) - len(after)
        if middle < 0 or (middle and not dots) or batch is None:
            return args.unknown()
        batch = broadcast(batch, shape[len(before) : len(before) + middle])
        named = (*shape[: len(before)], *shape[len(shape) - len(after) :])
        for letter, dim in zip(before + after, named, strict=True):
            sizes[letter] = dim if sizes.get(letter) in (None, 1, ANY) else sizes[letter]
    if not arrow:
        letters = sorted(letter for letter in sizes if left.count(letter) == 1)
        right = ("..." if "..." in left else "") + "".join(letters)
    before, dots, after = right.partition("...")
    if batch is None or not set(before + after) <= sizes.keys():
        return args.unknown()
    shape = (
        *(sizes[letter] for letter in before),
        *(batch if dots else ()),
        *(sizes[letter] for letter in after),
    )
    known = [array for array in arrays if array is not None]
    dtypes = {array.spec.dtype for array in known}
    dtype = dtypes.pop() if len(dtypes) == 1 else None
    return args.give(shape, dtype if args.library == "numpy" else f.floats_only(dtype, args), *known)


# --- lists of arrays, pieces ----------------------------------------------------------------------------


def cut(args: Arguments, axis: int) -> Value:
    """`hsplit` and its kin: `split` along an axis of their own."""
    x = args.array("x")
    flat = axis == 1 and x is not None and x.spec.rank == 1
    args.given["axis"] = Const(0 if flat else axis, args.node)
    return r.split(args)


def unstack(args: Arguments) -> Value:
    x = args.array("x")
    place = shapes.axis_index(args.constant("axis", 0), x.spec.rank or 0) if x is not None else None
    if x is None or x.spec.shape is None or place is None:
        return args.unknown()
    count = x.spec.shape[place]
    if not isinstance(count, int) or count > 1024:
        return args.unknown()
    rest = (*x.spec.shape[:place], *x.spec.shape[place + 1 :])
    return Sequence(
        "list", [args.give(rest, x.spec.dtype, x) for _ in range(count)], args.node, args.call.taint
    )


def _moments(args: Arguments) -> Value:
    return several(args, (_reduced, _reduced))


def _reduced(args: Arguments, shape: Shape) -> Shape | None:
    return shapes.reduced(shape, args.constant("axis"), args.constant("keepdims", False))


def _sliced(args: Arguments, shape: Shape) -> Shape | None:
    size = args.shape("shape")
    if size is None or len(size) != len(shape):
        return None
    return size if all(isinstance(dim, int) and dim >= 0 for dim in size) else None


def grid(args: Arguments) -> Value:
    given = args.value("x")
    if not isinstance(given, Sequence) or given.items is None:
        return args.unknown()
    arrays = [as_array(item, args.node) for item in given.items]
    if any(array is None or array.spec.rank != 1 for array in arrays):
        return args.unknown()
    known = [array for array in arrays if array is not None]
    dims = [array.spec.shape[0] for array in known if array.spec.shape]
    if args.constant("indexing", "xy") == "xy":
        dims[:2] = dims[:2][::-1]
    items = [args.give(tuple(dims), array.spec.dtype, *known) for array in known]
    return Sequence("list", items, args.node, args.call.taint)


# --- signals --------------------------------------------------------------------------------------------


def _half_spectrum(args: Arguments, shape: Shape) -> Shape | None:
    length = args.constant("length")
    size = shape[-1] if length is None and shape else length
    return (*shape[:-1], size // 2 + 1 if isinstance(size, int) else None) if shape else None


def _whole_signal(args: Arguments, shape: Shape) -> Shape | None:
    length = args.constant("length")
    if isinstance(length, int):
        return (*shape[:-1], length)
    last = shape[-1] if shape and length is None else ANY
    return (*shape[:-1], 2 * (last - 1) if isinstance(last, int) else last)


def _frames(args: Arguments, shape: Shape) -> Shape | None:
    """`extract_sequences`: pieces of one length, so many steps apart."""
    length, stride = args.constant("length"), args.constant("stride")
    if not isinstance(length, int) or not isinstance(stride, int) or not shape:
        return None
    last = shape[-1]
    count: Dim = 1 + (last - length) // stride if isinstance(last, int) else last
    return (*shape[:-1], count, length)


def _real_parts(args: Arguments) -> bool:
    """Go on with the first of two arrays that are one of complex numbers; False where they are not seen."""
    given = args.value("x")
    if not isinstance(given, Sequence) or given.items is None or len(given.items) != 2:
        return False
    args.given["x"] = given.items[0]
    return True


def _complex(args: Arguments) -> Value:
    return several(args, (same, same)) if _real_parts(args) else args.unknown()


def _irfft(args: Arguments) -> Value:
    return of_shape(args, _whole_signal) if _real_parts(args) else args.unknown()


# --- the table ------------------------------------------------------------------------------------------

TABLE: Table = {
    "diagonal": (partial(of_shape, rule=diagonal), "x offset one=axis1 other=axis2"),
    "trace": (partial(of_shape, rule=trace), "x offset one=axis1 other=axis2"),
    "diag": (partial(of_shape, rule=diag), "x k"),
    "diagflat": (partial(of_shape, rule=flat_diagonal), "x k"),
    "diff": (partial(of_shape, rule=difference), "x=a n axis"),
    "rot90": (partial(of_shape, rule=quarter_turned), "x=array k axes"),
    **dict.fromkeys(
        ("quantile", "percentile", "nanquantile", "nanpercentile"),
        (partial(of_shape, rule=quantiled), "x q axis method keepdims"),
    ),
    "top_k": (partial(several, rules=(_top, _top), dtype=f.no_dtype), "x k sorted"),
    "take_along_axis": (partial(of_shape, rule=along), "x indices axis"),
    "argpartition": (partial(of_shape, rule=same, dtype=f.index_dtype), "x kth axis"),
    # matrices
    "det": (partial(of_shape, rule=drop_two), "x"),
    "logdet": (partial(of_shape, rule=drop_two), "x"),
    "slogdet": (partial(several, rules=(_sign, drop_two)), "x"),
    "inv": (partial(of_shape, rule=same), "x"),
    "pinv": (partial(of_shape, rule=inverse), "x rcond"),
    "cholesky": (partial(of_shape, rule=same), "x upper"),
    "cholesky_inverse": (partial(of_shape, rule=same), "x upper"),
    "eig": (partial(several, rules=(drop_last, same)), "x"),
    "eigh": (partial(several, rules=(drop_last, same)), "x"),
    "lu_factor": (partial(several, rules=(same, drop_last)), "x"),
    "matrix_rank": (partial(of_shape, rule=drop_two, dtype=f.no_dtype), "x tol"),
    "qr": (qr, "x mode"),
    "svd": (svd, "x full_matrices compute_uv"),
    "solve": (partial(of_two, rule=solved), "x=a y=b"),
    "solve_triangular": (partial(of_two, rule=solved), "x=a y=b lower"),
    "outer": (partial(of_two, rule=outer), "x=x1 y=x2"),
    "inner": (partial(of_two, rule=inner), "x=x1 y=x2"),
    "vdot": (partial(of_two, rule=lambda args, x, y: ()), "x=x1 y=x2"),
    "kron": (partial(of_two, rule=kronecker), "x=x1 y=x2"),
    "tensordot": (partial(of_two, rule=contracted), "x=x1 y=x2 axes"),
    "cross": (partial(of_two, rule=cross), "x=x1 y=x2 axisa axisb axisc axis"),
    "cdist": (partial(of_two, rule=_distances), "x y"),
    "einsum": (einsum, "equation=subscripts *operands"),
    # pieces
    "array_split": (partial(r.split, equal=False), "x sections=indices_or_sections axis"),
    "vsplit": (partial(cut, axis=0), "x sections=indices_or_sections"),
    "hsplit": (partial(cut, axis=1), "x sections=indices_or_sections"),
    "dsplit": (partial(cut, axis=2), "x sections=indices_or_sections"),
    "unstack": (unstack, "x num axis"),
    "meshgrid": (grid, "*x indexing"),
    "moments": (_moments, "x axis=axes keepdims"),
    "slice": (partial(of_shape, rule=_sliced), "x=inputs start_indices shape"),
    "slice_update": (partial(of_shape, rule=same), "x=inputs start_indices updates"),
    "scatter_update": (partial(of_shape, rule=same), "x=inputs indices updates"),
    "scatter": (partial(of_shape, rule=lambda args, s: args.shape("shape")), "indices x=values shape"),
    # signals
    "rfft": (partial(several, rules=(_half_spectrum, _half_spectrum)), "x length=fft_length"),
    "irfft": (_irfft, "x length=fft_length"),
    **dict.fromkeys(("fft", "fft2", "ifft2"), (_complex, "x")),
    "extract_sequences": (partial(of_shape, rule=_frames), "x length=sequence_length stride=sequence_stride"),
}
for _module in ("keras.ops.", "keras.ops.numpy.", "keras.ops.linalg.", "keras.ops.core.", "keras.ops.math."):
    register("keras", _module, TABLE)
