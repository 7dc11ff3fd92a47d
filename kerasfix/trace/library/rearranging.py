"""Families of functions that put the same values into other shapes, or several arrays into one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kerasfix.keras.shape import ANY, Dim, Shape
from kerasfix.trace.library import UNKNOWN, dtypes, shapes
from kerasfix.trace.library.arguments import Arguments, as_array, facts_of, joined_facts, known_spec
from kerasfix.trace.library.families import combined
from kerasfix.trace.values import NO_FACTS, Array, Facts, Sequence, Value


def _axes(args: Arguments, *names: str) -> list[Any]:
    return [args.constant(name) for name in names]


def _reshaped(args: Arguments, x: Shape | None) -> Shape | None:
    target = args.shape("shape")
    return shapes.reshaped(x, target) if target is not None else None


def _raveled(args: Arguments, x: Shape | None) -> Shape | None:
    return (shapes.product(x) if x is not None else ANY,)


def _expanded(args: Arguments, x: Shape | None) -> Shape | None:
    return shapes.expanded(x, args.constant("axis"))


def _squeezed(args: Arguments, x: Shape | None) -> Shape | None:
    return shapes.squeezed(x, args.constant("axis"))


def _transposed(args: Arguments, x: Shape | None) -> Shape | None:
    axes = args.constant("axes")
    return shapes.transposed(x, axes or None) if axes is not UNKNOWN else None


def _moved(args: Arguments, x: Shape | None) -> Shape | None:
    return shapes.moved(x, *_axes(args, "source", "destination"))


def _swapped(args: Arguments, x: Shape | None) -> Shape | None:
    return shapes.swapped(x, *_axes(args, "one", "other"))


def _tiled(args: Arguments, x: Shape | None) -> Shape | None:
    repeats = args.constant("repeats")
    if repeats is UNKNOWN:
        known = args.shape("repeats")
        return shapes.tiled(x, known) if known is not None else None
    return shapes.tiled(x, repeats)


def _repeated(args: Arguments, x: Shape | None) -> Shape | None:
    axis, repeats = args.constant("axis"), args.constant("repeats")
    if x is None or axis is UNKNOWN:
        return None
    flat = (shapes.product(x),) if axis is None else x
    place = shapes.axis_index(0 if axis is None else axis, len(flat))
    if place is None:
        return None
    dim: Dim = ANY
    if isinstance(repeats, int):
        dim = shapes.product([flat[place], repeats])
    elif isinstance(repeats, (list, tuple)) and all(isinstance(times, int) for times in repeats):
        dim = sum(repeats) if len(repeats) > 1 else ANY
    return shapes.replaced(flat, place, dim)


def _broadcast(args: Arguments, x: Shape | None) -> Shape | None:
    return args.shape("shape")


def _depth_first(args: Arguments, x: Shape | None) -> Shape | None:
    return shapes.at_least(x, 1)


def _kept(args: Arguments, x: Shape | None) -> Shape | None:
    return x


SHAPES: dict[str, Callable[[Arguments, Shape | None], Shape | None]] = {
    "reshape": _reshaped,
    "ravel": _raveled,
    "expand_dims": _expanded,
    "squeeze": _squeezed,
    "transpose": _transposed,
    "moveaxis": _moved,
    "swapaxes": _swapped,
    "tile": _tiled,
    "repeat": _repeated,
    "broadcast_to": _broadcast,
    "atleast_1d": _depth_first,
    "atleast_2d": lambda args, x: shapes.at_least(x, 2),
    "same": _kept,
}


# What NumPy does by making an array first: a DataFrame, say, comes out as an array too.
_MAKING_ARRAYS = frozenset(
    {"reshape", "ravel", "expand_dims", "tile", "broadcast_to", "atleast_1d", "atleast_2d"}
)


def rearrange(args: Arguments, how: str = "same") -> Value:
    """The same values in another shape or order."""
    x = args.any_array("x") if how in _MAKING_ARRAYS else args.array("x")
    if x is None:
        return args.unknown()
    shape = SHAPES[how](args, x.spec.shape)
    facts = moved_facts(facts_of(x), shape, rows=how == "same" and known_spec(x).rank == 2)
    if how in {"tile", "repeat", "broadcast_to"}:  # not that many samples any more
        facts = Facts(facts.low, facts.high, facts.labels)
    return args.give(shape, x.spec.dtype, x, facts=facts)


def moved_facts(facts: Facts, shape: Shape | None, *, rows: bool = False) -> Facts:
    """What is known of values after they were put into another shape: one-hot rows must still be rows.

    `rows` says that they are.
    """
    labels = facts.labels
    if (
        labels is not None
        and labels.one_hot
        and not (rows and shape)
        and (not shape or labels.classes is None or shape[-1] != labels.classes)
    ):
        labels = None
    return replace(facts, labels=labels, grouped=False)


def pad(args: Arguments) -> Value:
    """`pad`: zeros around, or whatever the mode says."""
    x = args.array("x")
    if x is None:
        return args.unknown()
    return args.give(shapes.padded(x.spec.shape, args.constant("widths")), x.spec.dtype, x)


def take(args: Arguments) -> Value:
    """`take` and `gather`: some of the values along an axis."""
    x, indices = args.array("x"), args.array("indices")
    axis = args.constant("axis", 0 if args.library == "tensorflow" else None)
    if x is None or indices is None or axis is UNKNOWN:
        return args.unknown()
    shape = shapes.taken(x.spec.shape, indices.spec.shape, axis)
    facts = moved_facts(facts_of(x), shape)
    if facts_of(indices).low is None:  # found by a look at the labels, for all we know
        facts = Facts(facts.low, facts.high, None, facts.dataset)
    return args.give(shape, x.spec.dtype, x, indices, facts=facts)


# --- several arrays -------------------------------------------------------------------------------------


def join(args: Arguments, how: str = "concatenate") -> Value:
    """`concatenate`, `stack` and their kin."""
    parts = args.arrays("arrays")
    if parts is None and (joined := _of_any_number(args, how)) is not None:
        return joined
    if not parts or all(part is None for part in parts):
        some = args.any_array("arrays") if parts is None or parts else None
        return args.unknown() if some is None else args.give(None, None, some)
    axis = args.constant("axis", -1 if how == "concatenate" and args.library == "keras_layer" else 0)
    if how == "concatenate" and axis is None:
        shapes_ = [
            (shapes.product(s),) if (s := known_spec(part).shape) is not None else (ANY,) for part in parts
        ]
        axis = 0
        shape = shapes.concatenated(list(shapes_), axis)
    else:
        shape = _JOINS[how]([known_spec(part).shape for part in parts], axis)
    dtype = known_spec(parts[0]).dtype
    for part in parts[1:]:
        other = known_spec(part).dtype
        dtype = (
            dtypes.promote(dtype, other) if args.library == "numpy" else (dtype if dtype == other else None)
        )
    known = [part for part in parts if isinstance(part, Array)]
    facts = joined_facts(known) if len(known) == len(parts) else NO_FACTS
    rows = shape is not None and len(shape) == 2 and (how == "vstack" or (how == "concatenate" and axis == 0))
    return args.give(shape, dtype, *parts, facts=moved_facts(facts, shape, rows=rows))


def _of_any_number(args: Arguments, how: str) -> Value | None:
    """The same of a list of arrays that are alike, where it is not known how many there are."""
    given = args.value("arrays")
    if not isinstance(given, Sequence) or given.items is not None or given.kind not in {"list", "tuple"}:
        return None
    one = as_array(given.element, args.node) if given.element is not None else None
    axis = args.constant("axis", 0)
    if not isinstance(one, Array) or one.spec.shape is None or axis in (None, UNKNOWN):
        return None
    shape = _JOINS[how]([one.spec.shape], axis)
    place = {"vstack": 0, "hstack": 0 if one.spec.rank == 1 else 1}.get(how, axis)
    if shape is None or how not in {"concatenate", "stack", "vstack", "hstack"}:
        return None
    facts = moved_facts(one.facts, shapes.replaced(shape, place, ANY))
    return args.give(shapes.replaced(shape, place, ANY), one.spec.dtype, one, facts=facts)


def _hstacked(parts: list[Shape | None], axis: Any) -> Shape | None:
    known = [shapes.at_least(part, 1) for part in parts]
    flat = any(part is not None and len(part) == 1 for part in known)
    return shapes.concatenated(known, 0 if flat else 1)


def _columns(parts: list[Shape | None], axis: Any) -> Shape | None:
    if None in parts:
        return None
    return shapes.concatenated(
        [shapes.at_least(shapes.at_least(part, 1), 2, front=False) for part in parts], 1
    )


def _in_depth(parts: list[Shape | None], axis: Any) -> Shape | None:
    if None in parts or any(part is not None and len(part) < 2 for part in parts):
        return None  # Keras and NumPy make two axes out of one each in its way
    return shapes.concatenated([shapes.at_least(part, 3, front=False) for part in parts], 2)


def _numpy_in_depth(parts: list[Shape | None], axis: Any) -> Shape | None:
    """`np.dstack`: one axis becomes the second of three."""
    known = [
        shapes.at_least(shapes.at_least(part, 2), 3, front=False) if part is not None else None
        for part in parts
    ]
    return shapes.concatenated(known, 2)


_JOINS: dict[str, Callable[[list[Shape | None], Any], Shape | None]] = {
    "concatenate": shapes.concatenated,
    "stack": shapes.stacked,
    "vstack": lambda parts, axis: shapes.concatenated([shapes.at_least(part, 2) for part in parts], 0),
    "hstack": _hstacked,
    "column_stack": _columns,
    "dstack": _in_depth,
    "numpy_dstack": _numpy_in_depth,
}


def append(args: Arguments) -> Value:
    """`np.append(arr, values, axis)`."""
    parts = [args.any_array("x"), args.any_array("values")]
    axis = args.constant("axis")
    if None in parts or axis is UNKNOWN:
        return args.unknown()
    known = [known_spec(part) for part in parts]
    dims: list[Shape | None] = [spec.shape for spec in known]
    if axis is None:
        dims = [(shapes.product(shape) if shape is not None else ANY,) for shape in dims]
    shape = shapes.concatenated(dims, 0 if axis is None else axis)
    arrays = [part for part in parts if isinstance(part, Array)]
    facts = moved_facts(joined_facts(arrays), shape)
    return args.give(shape, dtypes.promote(known[0].dtype, known[1].dtype), *parts, facts=facts)


def split(args: Arguments, equal: bool = True) -> Value:
    """`split`: a list of arrays."""
    x = args.array("x")
    sections = args.constant("sections")
    if x is None or sections is UNKNOWN:
        return args.unknown()
    parts = shapes.split(x.spec.shape, sections, args.constant("axis", 0), equal=equal)
    if parts is None:
        return args.unknown()
    facts, rows = facts_of(x), x.spec.rank == 2 and args.constant("axis", 0) == 0
    items = [args.give(part, x.spec.dtype, x, facts=moved_facts(facts, part, rows=rows)) for part in parts]
    return Sequence("list", items, args.node, args.call.taint)


def product(
    args: Arguments, how: Callable[[Shape | None, Shape | None], Shape | None] = shapes.multiplied
) -> Value:
    """`matmul` and `dot`."""
    x, y = args.array("x"), args.array("y")
    if x is None or y is None:
        return args.unknown()
    return args.give(how(x.spec.shape, y.spec.shape), combined(x, y, args.library), x, y)
