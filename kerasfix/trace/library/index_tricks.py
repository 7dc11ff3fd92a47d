"""What NumPy makes of indices: `np.r_[a, b]`, `np.c_[a, b]`, `np.mgrid[0:3, 0:4]`."""

import libcst as cst

from kerasfix.keras.shape import ANY, Dim, Shape, TensorSpec
from kerasfix.trace.library import dtypes, shapes
from kerasfix.trace.library.arguments import as_array
from kerasfix.trace.values import Array, Const, Sequence, Taint, Unknown, Value


def made(name: str, indices: "list[Value | slice]", node: cst.CSTNode, taint: Taint) -> Value:
    """The array that `np.r_`, `np.c_` or `np.mgrid` makes of these indices."""
    if len(indices) == 1 and isinstance(indices[0], Sequence) and indices[0].kind == "tuple":
        if indices[0].items is None:
            return Unknown(node, taint)
        indices = list(indices[0].items)
    parts = [_part(index) for index in indices]
    known = [part for part in parts if part is not None]
    if not parts or len(known) < len(parts):
        return Unknown(node, taint)
    dtype = known[0].dtype
    for spec in known[1:]:
        dtype = dtypes.promote(dtype, spec.dtype)
    shape = _joined(name, [spec.shape for spec in known])
    return Array(TensorSpec(shape, dtype), node, taint=taint)


def _joined(name: str, parts: list[Shape | None]) -> Shape | None:
    if name == "numpy.mgrid":
        dims: list[Dim] = [part[0] if part else ANY for part in parts]
        return (len(dims), *dims) if len(dims) > 1 else (dims[0],)
    if name == "numpy.c_":
        columns = [shapes.at_least(shapes.at_least(part, 1), 2, front=False) for part in parts]
        return shapes.concatenated(columns, -1) if None not in columns else None
    rows = [shapes.at_least(part, 1) for part in parts]
    return shapes.concatenated(rows, 0) if None not in rows else None


def _part(index: "Value | slice") -> TensorSpec | None:
    """One index as an array; None for what is not followed, such as `r_["-1", a]`."""
    if isinstance(index, slice):
        start, step = (0 if index.start is None else index.start), (1 if index.step is None else index.step)
        plain = all(isinstance(end, int) for end in (start, index.stop, step))
        return TensorSpec((shapes.step_count(start, index.stop, step),), "int64") if plain else None
    if isinstance(index, Const) and isinstance(index.value, str):
        return None
    array = as_array(index)
    return array.spec if isinstance(array, Array) else None


__all__ = ["made"]
