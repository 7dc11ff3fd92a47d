"""Code that Keras runs on symbolic tensors: losses, metrics, Lambda layers."""

from typing import TYPE_CHECKING

import libcst as cst

from kerasfix.keras.shape import UNKNOWN_SPEC
from kerasfix.trace.calls import call_function
from kerasfix.trace.records import NumpyInGraph
from kerasfix.trace.values import Argument, Function, Reference, Sequence, Tensor, Value, taint_of

if TYPE_CHECKING:
    from kerasfix.trace.interpreter import Interpreter


def call_in_graph(interp: "Interpreter", where: str, function: Function, values: list[Value]) -> Value:
    """Follow a function of the script as Keras calls it; `where` names it in messages."""
    arguments = [Argument(value, cst.Arg(cst.Name("_"))) for value in values]
    return run_in_graph(interp, where, function, arguments, complete=True)


def run_in_graph(
    interp: "Interpreter", where: str, function: Function, arguments: list[Argument], complete: bool
) -> Value:
    """`call_in_graph` with arguments as in a call."""
    interp.graph.append((where, function))
    statement = interp.statement
    try:
        return call_function(interp, function, arguments, complete, node=function.node)
    finally:
        interp.graph.pop()
        interp.statement = statement


OUTSIDE = frozenset({"tensors from outside"})
"""The taint of what a function that Keras calls computes from tensors of the model around it."""


def from_outside(interp: "Interpreter", tensor: Tensor, node: cst.CSTNode) -> Tensor:
    """A tensor of a model, named in a function that Keras calls on other tensors."""
    interp.outside.append(node)
    return Tensor(
        tensor.spec, node, history=tensor.history, source=tensor.source, taint=tensor.taint | OUTSIDE
    )


def numpy_on_tensor(
    interp: "Interpreter", function: Reference, arguments: list[Argument], node: cst.Call
) -> Value | None:
    """NumPy applied to a symbolic tensor: a fault. None where there is no such tensor among the arguments."""
    found = [tensor for argument in arguments for tensor in _graph_tensors(argument.value)]
    if not found or not interp.graph:
        return None
    where, owner = interp.graph[-1]
    base: cst.CSTNode | None = node.func
    while isinstance(base, cst.Attribute):
        base = base.value
    name = function.name.removeprefix("numpy.")
    interp.report(NumpyInGraph(name, node, where, owner, function.via, base), node)
    taint = taint_of(*(argument.value for argument in arguments))
    spec = found[0].spec if len(found) == 1 and name in ELEMENTWISE else UNKNOWN_SPEC
    return Tensor(spec, node, graph=True, taint=taint)


def _graph_tensors(value: Value) -> list[Tensor]:
    if isinstance(value, Tensor) and value.graph:
        return [value]
    if isinstance(value, Sequence) and value.items:
        return [tensor for item in value.items for tensor in _graph_tensors(item)]
    return []


ELEMENTWISE = frozenset(
    {"exp", "log", "sqrt", "abs", "absolute", "square", "sin", "cos", "tan", "tanh", "sign", "floor", "ceil",
     "negative", "log1p", "expm1", "log2", "log10", "reciprocal", "round", "clip"}
)  # fmt: skip
