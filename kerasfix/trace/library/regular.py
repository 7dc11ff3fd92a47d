"""`re`: regular expressions."""

import re

import libcst as cst

from kerasfix.trace.calls import Call
from kerasfix.trace.library import models
from kerasfix.trace.old_names import SplitOnNothing
from kerasfix.trace.values import Const, Value


@models("re.split")
def _split(call: Call) -> Value:
    """`re.split(r"(\\W+)?", text)`: what it gives is not followed."""
    pattern = call.positional[0] if call.positional else None
    if isinstance(pattern, Const) and isinstance(pattern.value, str) and _optional_group(pattern.value):
        node = call.node.args[0].value
        if isinstance(node, cst.SimpleString):
            call.interp.report(SplitOnNothing(call.node, node), call.node)
    return call.unknown()


def _optional_group(pattern: str) -> bool:
    """Whether a pattern is `(...)?`, with no other group, and no match of nothing within."""
    if not (pattern.startswith("(") and pattern.endswith(")?")) or pattern.startswith("(?"):
        return False
    try:
        inner = re.compile(pattern[1:-2])
    except (re.error, RecursionError, OverflowError):
        return False
    return inner.groups == 0 and inner.fullmatch("") is None
