"""Shapes through array functions: pure functions on tuples, shared by NumPy, `keras.ops` and TensorFlow.

They give None where the shape is not known, and also where the call would fail: what comes after is not run.
"""

from itertools import pairwise
from math import prod
from typing import Any

from kerasfix.keras.shape import ANY, Dim, Shape, broadcast, size


def axis_index(axis: Any, rank: int) -> int | None:
    """An axis counted from the front; None where it is not an int or out of range."""
    if not isinstance(axis, int) or isinstance(axis, bool) or not -rank <= axis < rank:
        return None
    return axis % rank


def axis_indices(axis: Any, rank: int) -> list[int] | None:
    """One axis, several or (None) all, counted from the front."""
    if axis is None:
        return list(range(rank))
    axes = [axis_index(item, rank) for item in (axis if isinstance(axis, (tuple, list)) else (axis,))]
    found = [item for item in axes if item is not None]
    return found if len(found) == len(axes) == len(set(found)) else None


def product(dims: "Shape | list[Dim]") -> Dim:
    """The number of elements: ANY where a size is not known, None where one is any."""
    if 0 in dims:
        return 0
    if ANY in dims:
        return ANY
    return None if None in dims else prod(dim for dim in dims if isinstance(dim, int))


def total(dims: "list[Dim]") -> Dim:
    """The sum of sizes: None where one is any, ANY where one is not known."""
    if None in dims:
        return None
    return ANY if ANY in dims else sum(dim for dim in dims if isinstance(dim, int))


def reduced(shape: Shape | None, axis: Any, keepdims: Any) -> Shape | None:
    """Some axes gone, or of size 1."""
    if shape is None or not isinstance(keepdims, (bool, int)):
        return () if axis is None and keepdims in (False, 0) else None
    axes = axis_indices(axis, len(shape))
    if axes is None:
        return None
    if keepdims:
        return tuple(1 if position in axes else dim for position, dim in enumerate(shape))
    return tuple(dim for position, dim in enumerate(shape) if position not in axes)


def reshaped(shape: Shape | None, target: Any) -> Shape | None:
    """`reshape`; `target` is an int or a sequence of ints and ANY, with one -1 at most."""
    dims: list[Dim] = list(target) if isinstance(target, (tuple, list)) else [target]
    if (
        any(dim is not ANY and dim is not None and not isinstance(dim, int) for dim in dims)
        or dims.count(-1) > 1
    ):
        return None
    if any(isinstance(dim, int) and dim < -1 for dim in dims):
        return None
    if -1 not in dims:
        before, after = size(shape) if shape is not None else None, size(tuple(dims))
        return None if before is not None and after is not None and before != after else tuple(dims)
    rest = [dim for dim in dims if dim != -1]
    return tuple(_missing(shape, rest) if dim == -1 else dim for dim in dims)


def _missing(shape: Shape | None, rest: list[Dim]) -> Dim:
    """The size that -1 stands for."""
    if shape is None or ANY in shape or ANY in rest:
        return ANY
    if None in shape or None in rest:
        return None
    whole, known = product(shape), product(rest)
    assert isinstance(whole, int)
    assert isinstance(known, int)
    return whole // known if known and whole % known == 0 else ANY


def expanded(shape: Shape | None, axis: Any) -> Shape | None:
    """New axes of size 1."""
    if shape is None:
        return None
    count = len(axis) if isinstance(axis, (tuple, list)) else 1
    axes = None if axis is None else axis_indices(axis, len(shape) + count)
    if axes is None:
        return None
    rest = iter(shape)
    return tuple(1 if position in axes else next(rest) for position in range(len(shape) + count))


def squeezed(shape: Shape | None, axis: Any) -> Shape | None:
    """Axes of size 1 gone."""
    if shape is None:
        return None
    if axis is None:
        return None if ANY in shape or None in shape else tuple(dim for dim in shape if dim != 1)
    axes = axis_indices(axis, len(shape))
    if axes is None or any(isinstance(shape[position], int) and shape[position] != 1 for position in axes):
        return None
    return tuple(dim for position, dim in enumerate(shape) if position not in axes)


def transposed(shape: Shape | None, axes: Any) -> Shape | None:
    """Axes in another order; None turns them around."""
    if shape is None:
        return None
    if axes is None:
        return shape[::-1]
    order = axis_indices(axes, len(shape))
    return tuple(shape[position] for position in order) if order and len(order) == len(shape) else None


def moved(shape: Shape | None, source: Any, destination: Any) -> Shape | None:
    """`moveaxis`."""
    if shape is None or source is None or destination is None:
        return None
    here, there = axis_indices(source, len(shape)), axis_indices(destination, len(shape))
    if here is None or there is None or len(here) != len(there):
        return None
    order = [position for position in range(len(shape)) if position not in here]
    for target, position in sorted(zip(there, here, strict=True)):
        order.insert(target, position)
    return tuple(shape[position] for position in order)


def swapped(shape: Shape | None, one: Any, other: Any) -> Shape | None:
    """`swapaxes`."""
    if shape is None:
        return None
    a, b = axis_index(one, len(shape)), axis_index(other, len(shape))
    if a is None or b is None:
        return None
    dims = list(shape)
    dims[a], dims[b] = dims[b], dims[a]
    return tuple(dims)


def agree(dims: tuple[Dim, ...]) -> bool:
    """Whether these sizes can all be the same."""
    return len({dim for dim in dims if isinstance(dim, int)}) < 2


def met(dims: tuple[Dim, ...]) -> Dim:
    """The size that all of these, which agree, have."""
    known = next((dim for dim in dims if isinstance(dim, int)), None)
    if known is not None:
        return ANY if None in dims else known
    return ANY if ANY in dims else None


def concatenated(shapes: list[Shape | None], axis: Any) -> Shape | None:
    """`concatenate`; all shapes must agree but for one axis."""
    known = [shape for shape in shapes if shape is not None]
    if not known or len({len(shape) for shape in known}) > 1:
        return None
    rank = len(known[0])
    position = axis_index(axis, rank)
    if position is None:
        return None
    known += [(ANY,) * rank] * (len(shapes) - len(known))
    result: list[Dim] = []
    for index, dims in enumerate(zip(*known, strict=True)):
        if index != position and not agree(dims):
            return None
        result.append(total(list(dims)) if index == position else met(dims))
    return tuple(result)


def stacked(shapes: list[Shape | None], axis: Any) -> Shape | None:
    """`stack`: a new axis of as many as there are."""
    known = [shape for shape in shapes if shape is not None]
    if not known or len({len(shape) for shape in known}) > 1:
        return None
    position = axis_index(axis, len(known[0]) + 1)
    columns = list(zip(*known, strict=True))
    if position is None or not all(map(agree, columns)):
        return None
    dims = [met(column) for column in columns]
    return (*dims[:position], len(shapes), *dims[position:])


def at_least(shape: Shape | None, rank: int, *, front: bool = True) -> Shape | None:
    """As `atleast_2d`: axes of size 1 in front (or behind) until there are enough."""
    if shape is None:
        return None
    ones = (1,) * max(0, rank - len(shape))
    return ones + shape if front else shape + ones


def tiled(shape: Shape | None, repeats: Any) -> Shape | None:
    """`tile`."""
    times = list(repeats) if isinstance(repeats, (tuple, list)) else [repeats]
    if shape is None:
        return None
    width = max(len(shape), len(times))
    dims = (1,) * (width - len(shape)) + shape
    return tuple(
        product([dim, count]) for dim, count in zip(dims, [1] * (width - len(times)) + times, strict=True)
    )


def padded(shape: Shape | None, widths: Any) -> Shape | None:
    """`pad`; widths as NumPy takes them: a number, (before, after), or such a pair for each axis."""
    if shape is None:
        return None
    match widths:
        case int():
            pairs = [(widths, widths)] * len(shape)
        case [int() as before, int() as after]:
            pairs = [(before, after)] * len(shape)
        case [[int() as before, int() as after]]:
            pairs = [(before, after)] * len(shape)
        case list() | tuple() if all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in widths):
            pairs = list(widths)
        case _:
            return None
    if len(pairs) != len(shape):
        return None
    return tuple(total([dim, *pair]) for dim, pair in zip(shape, pairs, strict=True))


def split(shape: Shape | None, sections: Any, axis: Any, *, equal: bool = True) -> list[Shape | None] | None:
    """The parts of `split` (or `array_split`): so many, or cut at these indices."""
    position = axis_index(axis, len(shape)) if shape is not None else None
    if isinstance(sections, (tuple, list)):
        count = len(sections) + 1
    elif isinstance(sections, int) and 0 < sections <= 1024:
        count = sections
    else:
        return None
    if shape is None or position is None:
        return [None] * count
    dim = shape[position]
    sizes: list[Dim]
    if not isinstance(dim, int):
        sizes = [dim if dim is None else ANY] * count
    elif isinstance(sections, int):
        if equal and dim % sections:
            return None
        sizes = [dim // sections + (part < dim % sections) for part in range(sections)]
    elif all(isinstance(cut, int) for cut in sections):
        cuts = [0, *(slice(cut).indices(dim)[1] for cut in sections), dim]
        sizes = [max(0, end - start) for start, end in pairwise(cuts)]
    else:
        sizes = [ANY] * count
    return [(*shape[:position], part, *shape[position + 1 :]) for part in sizes]


def replaced(shape: Shape | None, axis: Any, dim: Dim) -> Shape | None:
    """One axis with another size."""
    position = axis_index(axis, len(shape)) if shape is not None else None
    if shape is None or position is None:
        return None
    return (*shape[:position], dim, *shape[position + 1 :])


def taken(shape: Shape | None, indices: Shape | None, axis: Any) -> Shape | None:
    """`take`: the indices' axes in place of one axis (of all, flattened, where it is None)."""
    if indices is None or axis is None:
        return indices
    position = axis_index(axis, len(shape)) if shape is not None else None
    if shape is None or position is None:
        return None
    return (*shape[:position], *indices, *shape[position + 1 :])


def multiplied(left: Shape | None, right: Shape | None) -> Shape | None:
    """`matmul`."""
    if left is None or right is None or not left or not right:
        return None
    inner = right[-2] if len(right) > 1 else right[0]
    if not agree((left[-1], inner)):
        return None
    batch = broadcast(left[:-2], right[:-2])
    if batch is None:
        return None
    return batch + (left[-2:-1] if len(left) > 1 else ()) + (right[-1:] if len(right) > 1 else ())


def dotted(left: Shape | None, right: Shape | None) -> Shape | None:
    """`dot`: as `matmul` up to two axes; then all axes of both but the inner ones."""
    if left is None or right is None:
        return None
    if not left or not right:
        return left + right
    inner = right[-2] if len(right) > 1 else right[0]
    if not agree((left[-1], inner)):
        return None
    return left[:-1] + (right[:-2] + right[-1:] if len(right) > 1 else ())


def step_count(start: Any, stop: Any, step: Any) -> Dim:
    """The length of `arange`."""
    if not all(isinstance(part, (int, float)) for part in (start, stop, step)) or not step:
        return ANY
    if all(isinstance(part, int) for part in (start, stop, step)):
        return len(range(start, stop, step))
    count = (stop - start) / step
    whole = int(count)
    return max(0, whole + (count > whole)) if abs(count) < 10**9 else ANY
