"""Operators on symbolic tensors whose shapes cannot meet: Keras raises where the model is made."""

from typing import TYPE_CHECKING, Final

import libcst as cst

from kerasfix.keras.shape import clash
from kerasfix.trace.custom_records import OperandsClash
from kerasfix.trace.values import Array, Tensor, Value

if TYPE_CHECKING:
    from kerasfix.trace.interpreter import Interpreter

_ELEMENTWISE: Final = frozenset(
    {"Add", "Subtract", "Multiply", "Divide", "FloorDivide", "Modulo", "Power", "LessThan", "LessThanEqual",
     "GreaterThan", "GreaterThanEqual"}
)  # fmt: skip


def check_operands(interp: "Interpreter", name: str, left: Value, right: Value, node: cst.CSTNode) -> None:
    """Report an elementwise operation that Keras refuses; `name` is libcst's name of the operator.

    In losses and metrics nothing is said: what they are called on is not known well enough.
    """
    tensors = isinstance(left, Tensor) or isinstance(right, Tensor)
    if name not in _ELEMENTWISE or not tensors or not _of_a_model(interp):
        return
    if not isinstance(left, (Array, Tensor)) or not isinstance(right, (Array, Tensor)):
        return
    sizes = clash(left.spec.shape or (), right.spec.shape or ())
    if sizes is not None:
        interp.report(OperandsClash(name, left, right, sizes, node), node)


def _of_a_model(interp: "Interpreter") -> bool:
    """Whether a model is put together, or the `call` of a layer or model is followed."""
    return not interp.graph or interp.graph[-1][0].startswith(("`call` of", "a Lambda layer"))
