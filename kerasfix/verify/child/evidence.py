"""What the arrays of a script really are: their shapes, dtypes and ranges, by the expression that made them.

The checker gets them where reading alone could not tell: then its rules can explain what running showed.
"""

import ast
import math
from typing import Any

import numpy as np

SAW = "__kerasfix_saw__"
TRAINERS = frozenset(("fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch"))
MOST_PLACES = 500
MOST_ITEMS = 8  # of a tuple or list
LOOKED_THROUGH = 1 << 24  # elements of an array in which its range is looked for
COMPARED = 3  # times that an expression is compared with what it was before; then it is taken to stay so

Place = tuple[int, int, int, int]
"""Line (from 1) and column (in bytes, from 0) of the start, and of the end."""


class Evidence:
    """The values seen, by place; an expression that is worth different things is left out."""

    def __init__(self) -> None:
        self._seen: dict[Place, dict[str, Any] | None] = {}
        self._times: dict[Place, int] = {}

    def saw(self, value: Any, *place: int) -> Any:
        """Note what an expression is worth; returns it as it is."""
        key: Place = place  # type: ignore[assignment]
        times = self._times.get(key, 0)
        if times < COMPARED and (times or len(self._times) < MOST_PLACES):
            self._times[key] = times + 1
            found = _described(value)
            if not times:
                self._seen[key] = found
            elif found != self._seen[key]:
                self._seen[key] = None
                self._times[key] = COMPARED
        return value

    def report(self) -> list[dict[str, Any]]:
        """What was seen, as JSON: each with its `place`."""
        return [{"place": list(place), **found} for place, found in self._seen.items() if found is not None]


def watch(tree: ast.Module) -> None:
    """Let the values of assignments, and what trainers are given, pass through `SAW`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            node.value = _watched(node.value)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", None) in TRAINERS:
            node.args = [_watched(argument) for argument in node.args]
            for keyword in node.keywords:
                keyword.value = _watched(keyword.value) if keyword.arg else keyword.value


def _watched(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Constant | ast.Lambda | ast.Starred | ast.JoinedStr | ast.Await | ast.Yield):
        return node
    place = (node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)
    call = ast.Call(ast.Name(SAW, ast.Load()), [node, *map(ast.Constant, place)], [])
    return ast.fix_missing_locations(ast.copy_location(call, node))


def _described(value: Any, depth: int = 0) -> dict[str, Any] | None:
    """An array, or a short tuple or list of arrays, in plain words; None for anything else."""
    if isinstance(value, tuple | list):
        if depth or not 0 < len(value) <= MOST_ITEMS:
            return None
        items = [_described(item, depth + (not isinstance(item, tuple))) for item in value]
        return {"kind": type(value).__name__, "items": items} if any(items) else None
    array = _array(value)
    if array is None:
        return None
    found: dict[str, Any] = {"shape": list(map(int, array.shape)), "dtype": str(array.dtype)}
    if array.dtype.kind in "biuf" and 0 < array.size <= LOOKED_THROUGH:
        low, high = float(array.min()), float(array.max())
        if np.isfinite([low, high]).all():
            found |= {"low": low, "high": high}
            found["one_hot"] = _is_one_hot(array, low, high)
    return found


def _array(value: Any) -> Any:
    """A NumPy array of an array or an eager tensor; None for symbols and all that only looks alike."""
    if isinstance(value, np.ndarray):
        return value if value.dtype.kind in "biufOU" else None
    if type(value).__module__.partition(".")[0] in ("tensorflow", "jaxlib", "torch") and hasattr(
        value, "shape"
    ):
        try:
            if math.prod(value.shape) > LOOKED_THROUGH:  # NumPy would need a copy
                return None
            return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
        except Exception:
            return None
    return None


def _is_one_hot(array: Any, low: float, high: float) -> bool:
    if array.ndim != 2 or array.shape[1] < 2 or (low, high) != (0, 1):
        return False
    return bool((array.sum(axis=1) == 1).all() and np.isin(array, (0, 1)).all())
