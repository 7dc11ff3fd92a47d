"""What the methods of arrays do."""

from functools import partial
from typing import Final

from kerasfix.keras.shape import Shape
from kerasfix.trace.calls import Call
from kerasfix.trace.library import creation as c
from kerasfix.trace.library import families as f
from kerasfix.trace.library import linear_algebra as la
from kerasfix.trace.library import models, shapes
from kerasfix.trace.library import rearranging as r
from kerasfix.trace.library.arguments import Table, number, python_number, register
from kerasfix.trace.values import NO_FACTS, Array, Const, Sequence, Value

_TABLE: Table = {
    "astype": (f.cast, "x dtype"),
    "reshape": (partial(r.rearrange, how="reshape"), "x *shape"),
    "flatten": (partial(r.rearrange, how="ravel"), "x"),
    "ravel": (partial(r.rearrange, how="ravel"), "x"),
    "squeeze": (partial(r.rearrange, how="squeeze"), "x axis"),
    "transpose": (partial(r.rearrange, how="transpose"), "x *axes"),
    "swapaxes": (partial(r.rearrange, how="swapaxes"), "x one=axis1 other=axis2"),
    "repeat": (partial(r.rearrange, how="repeat"), "x repeats axis"),
    "copy": (r.rearrange, "x"),
    "numpy": (r.rearrange, "x"),
    "__array__": (r.rearrange, "x"),
    "sum": (partial(f.reduction, dtype=f.sum_dtype), "x axis dtype out keepdims"),
    "prod": (partial(f.reduction, dtype=f.sum_dtype), "x axis dtype out keepdims"),
    "mean": (partial(f.reduction, dtype=f.mean_dtype), "x axis dtype out keepdims"),
    "std": (partial(f.reduction, dtype=f.mean_dtype), "x axis dtype out ddof keepdims"),
    "var": (partial(f.reduction, dtype=f.mean_dtype), "x axis dtype out ddof keepdims"),
    "max": (partial(f.reduction, end="high"), "x axis out keepdims"),
    "min": (partial(f.reduction, end="low"), "x axis out keepdims"),
    "any": (partial(f.reduction, dtype=f.bool_dtype), "x axis out keepdims"),
    "all": (partial(f.reduction, dtype=f.bool_dtype), "x axis out keepdims"),
    "argmax": (f.position, "x axis out keepdims"),
    "argmin": (f.position, "x axis out keepdims"),
    "cumsum": (partial(f.cumulative, dtype=f.sum_dtype), "x axis dtype out"),
    "round": (f.unary, "x decimals out"),
    "cumprod": (partial(f.cumulative, dtype=f.sum_dtype), "x axis dtype out"),
    "argsort": (partial(f.ordered, dtype=f.index_dtype), "x axis"),
    "nonzero": (f.found, "x"),
    "diagonal": (
        partial(la.of_shape, rule=la.diagonal, dtype=f.same_dtype),
        "x offset one=axis1 other=axis2",
    ),
    "trace": (partial(la.of_shape, rule=la.trace, dtype=f.sum_dtype), "x offset one=axis1 other=axis2"),
    "conj": (f.unary, "x"),
    "searchsorted": (partial(la.of_shape, rule=la.same, dtype=f.index_dtype), "sorted_sequence x=v"),
    "clip": (f.clip, "x low=min high=max out"),
    "take": (r.take, "x indices axis"),
    "dot": (partial(r.product, how=shapes.dotted), "x y=b"),
    "get_shape": (f.dimensions, "x"),
    "sort": (c.nothing, "x axis"),
}
register("numpy", "Array.", _TABLE)


@models("Array.tolist")
def _tolist(call: Call) -> Value:
    """Lists in lists, whose numbers are not known one by one."""
    assert isinstance(call.owner, Array)
    shape = call.owner.spec.shape
    if shape is None or call.owner.spec.dtype in (None, "object"):
        return Sequence("list", None, call.node, call.taint)
    return _listed(call, shape, call.owner) if shape else _item(call)


def _listed(call: Call, shape: Shape, array: Array) -> Value:
    """Lists of one shape; `array` holds their numbers."""
    if not shape:
        return python_number(call, array.facts)
    dim, *rest = shape
    part = _listed(call, tuple(rest), array)
    if isinstance(dim, int) and dim <= _FEW:
        return Sequence("list", [part] * dim, call.node, call.taint)
    return Sequence("list", None, call.node, call.taint, part)


_FEW: Final = 16
"""Longer lists are not held item by item."""


@models("Array.item")
def _item(call: Call) -> Value:
    """A number of Python."""
    known = number(call.owner)
    if known is not None:
        return Const(known, call.node, call.taint)
    assert isinstance(call.owner, Array)
    numeric = call.owner.spec.dtype not in (None, "object")
    return python_number(call, call.owner.facts) if numeric else call.unknown()


@models("Array.fill", "Array.put", "Array.itemset")
def _fill(call: Call) -> Value:
    """The values change in place: what was known of them is forgotten, on all branches."""
    if isinstance(call.owner, Array):
        call.owner.facts = NO_FACTS
    return Const(None, call.node)
