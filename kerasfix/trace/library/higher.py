"""`functools`: functions made of functions."""

import libcst as cst

from kerasfix.trace.calls import Call
from kerasfix.trace.expressions import iterate
from kerasfix.trace.library import models
from kerasfix.trace.values import Argument, Partial, Value


@models("functools.partial")
def _partial(call: Call) -> Value:
    """`partial(layers.Conv2D, kernel_size=3)`: what is given here stands in no call that a fix could change."""
    if not call.positional or not call.complete:
        return call.unknown()
    function, *given = call.arguments
    hidden = [
        Argument(item.value, cst.Arg(item.node.value, star="**" if item.keyword else "*"), item.keyword)
        for item in given
    ]
    return Partial(function.value, hidden, call.node)


@models("functools.reduce")
def _reduce(call: Call) -> Value:
    """`reduce(function, items, first)`."""
    function, items, *first = call.positional if len(call.positional) >= 2 else (None, None)
    known = iterate(call.interp, items) if items is not None else None
    if function is None or known is None or not call.complete:
        return call.unknown()
    rest = [*first, *known]
    if not rest:
        return call.unknown()
    result, node = rest[0], call.arguments[1].node
    for item in rest[1:]:
        call.interp.spend()
        result = call.interp.call(function, [Argument(result, node), Argument(item, node)], True, call.node)
    return result
