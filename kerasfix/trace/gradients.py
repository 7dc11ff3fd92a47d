"""Which functions have no gradient: a value that went through one of them carries none any more.

The outputs of a model carry `GRADIENT` among their taint when a loss is followed; what a function gives has it
from its arguments, unless the function is one of these.
"""

from typing import TYPE_CHECKING, Final

import libcst as cst

from kerasfix.trace.values import Sequence, Tensor, Value, taint_of

if TYPE_CHECKING:
    from kerasfix.trace.calls import Call
    from kerasfix.trace.interpreter import Interpreter

GRADIENT: Final = "gradient of y_pred"

_STEPS: Final = (
    "argmax argmin argsort round rint floor ceil trunc sign heaviside stop_gradient one_hot to_categorical isnan"
    " isinf isfinite equal not_equal greater greater_equal less less_equal logical_and logical_or logical_not"
    " logical_xor isclose any all reduce_any reduce_all count_nonzero digitize searchsorted bincount floor_divide"
    " in_top_k"
)
STEPS: Final = frozenset(_STEPS.split(" "))
"""Functions that are flat, or jump, or give integers: their gradient is None or 0 everywhere."""

_SHAPES: Final = frozenset(
    ("shape", "int_shape", "ndim", "rank", "size", "zeros_like", "ones_like", "full_like", "empty_like")
)  # of the values, nothing is left in what these give
_FLAT_OPERATORS: Final = frozenset(
    {"Equal", "NotEqual", "LessThan", "LessThanEqual", "GreaterThan", "GreaterThanEqual", "FloorDivide"}
)
_LIBRARIES: Final = ("keras.ops.", "keras.backend.", "?keras.backend.", "tensorflow.", "numpy.")


def after_call(call: "Call", result: Value) -> Value:
    """The result of a library's function, without gradient where the function has none."""
    if GRADIENT not in taint_of(result) or not call.name.startswith(_LIBRARIES):
        return result
    name = call.name.rpartition(".")[2]
    if name in _SHAPES:
        _forget(result)
    elif name in STEPS or _to_integers(name, result) or _chooses(name, call):
        cut(call.interp, name, result, call.node)
    return result


def after_operator(interp: "Interpreter", name: str, result: Value, node: cst.CSTNode) -> Value:
    """The result of an operator; `name` is libcst's."""
    if name in _FLAT_OPERATORS and GRADIENT in result.taint:
        cut(interp, "//" if name == "FloorDivide" else "a comparison", result, node)
    return result


def cut(interp: "Interpreter", name: str, result: Value, node: cst.CSTNode) -> None:
    """Note that the gradient ends here."""
    _forget(result)
    interp.cuts.append((node, name))


def _forget(value: Value) -> None:
    value.taint -= {GRADIENT}
    if isinstance(value, Sequence):
        for item in value.items or ():
            _forget(item)


def _to_integers(name: str, result: Value) -> bool:
    return (
        name in {"cast", "saturate_cast"}
        and isinstance(result, Tensor)
        and (result.spec.dtype or "").startswith(("int", "uint", "bool"))
    )


def _chooses(name: str, call: "Call") -> bool:
    """`where(condition, x, y)` with the gradient in its condition only."""
    chosen = [argument.value for argument in call.arguments if argument.keyword != "condition"]
    if name != "where" or len(call.arguments) != 3:
        return False
    if len(chosen) == 3:
        chosen = chosen[1:]
    return GRADIENT not in taint_of(*chosen)
