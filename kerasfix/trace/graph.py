"""Code that Keras runs on symbolic tensors: losses, metrics, Lambda layers."""

from typing import TYPE_CHECKING, Final

import libcst as cst

from kerasfix.keras import api
from kerasfix.keras.shape import UNKNOWN_SPEC
from kerasfix.trace.calls import call_function
from kerasfix.trace.custom_records import NumpyInGraph, OnKerasTensor
from kerasfix.trace.library import find
from kerasfix.trace.library.arguments import computed
from kerasfix.trace.values import (
    Argument,
    Array,
    Function,
    Mapping,
    Reference,
    Sequence,
    Tensor,
    Value,
    taint_of,
)

if TYPE_CHECKING:
    from kerasfix.trace.calls import Call
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


def in_graph(value: Value) -> Value:
    """A value as `call` sees it: symbolic tensors, of which no history is known."""
    match value:
        case Tensor() | Array():
            return Tensor(value.spec, value.origin, graph=True, taint=value.taint)
        case Sequence(items=list(items)):
            return Sequence(value.kind, [in_graph(item) for item in items], value.origin)
        case Mapping(items=dict(items)):
            return Mapping({key: in_graph(item) for key, item in items.items()}, value.origin)
    return value


def numpy_on_tensor(
    interp: "Interpreter", function: Reference, arguments: list[Argument], node: cst.Call
) -> Value | None:
    """NumPy applied to a symbolic tensor: a fault. None where there is no such tensor among the arguments."""
    found = [tensor for argument in arguments for tensor in _graph_tensors(argument.value)]
    if not found or not interp.graph or function.name in TAKES_ANY:
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


def _graph_tensors(value: Value, *, graph: bool = True) -> list[Tensor]:
    """The tensors that an argument is, or holds: those of a graph, or those of Functional models."""
    items = (value.items or [])[:_LOOKED_AT] if isinstance(value, Sequence) else [value]
    return [item for item in items if isinstance(item, Tensor) and item.graph is graph]


_LOOKED_AT: Final = 32
"""Of a list, so many items: lists of numbers are long."""

TAKES_ANY: Final = frozenset(
    {
        "keras.backend.batch_normalization",
        "keras.backend.eval",
        "keras.backend.get_value",
        "keras.backend.int_shape",
        "keras.backend.is_sparse",
        "keras.backend.to_dense",
        "numpy.shape",
        "numpy.ndim",
        "numpy.size",
        "numpy.isscalar",
        "numpy.iterable",
        "numpy.ones",
        "numpy.zeros",
    }
)
"""What takes a `KerasTensor` as it is, or does not look at numbers."""
_MODULES: Final = (
    "numpy.linalg.",
    "tensorflow.math.",
    "tensorflow.nn.",
    "tensorflow.image.",
    "tensorflow.linalg.",
)


def on_keras_tensor(call: "Call") -> Value | None:
    """A function of NumPy or TensorFlow on a `KerasTensor`: a fault. None where it is none, or not known to be.

    The functions that only `tensorflow.keras.backend` has are TensorFlow's as well.
    """
    found = [t for argument in call.arguments for t in _graph_tensors(argument.value, graph=False)]
    if not found or call.name in TAKES_ANY:
        return None
    from kerasfix.keras import old_backend, tensorflow_functions

    library, _, word = call.name.rpartition(".")
    if library == "keras.backend":
        if api.exists(call.name):
            return None
        function = old_backend.FUNCTIONS.get(word)
    else:
        function = tensorflow_functions.FUNCTIONS.get(call.name.removeprefix("tensorflow."))
    if function is None and not call.name.startswith(_MODULES) and find(call.name) is None:
        return None
    call.interp.report(OnKerasTensor(call.name, call.node, found[0]), call.node)
    keywords = function.keywords if function is not None else {}
    target = function.target if function is not None else f"keras.ops.{word}"
    arguments = [
        Argument(argument.value, argument.node, keywords.get(argument.keyword or "", argument.keyword))
        for argument in call.arguments
    ]
    mended = type(call)(call.interp, target, arguments, call.complete, call.node)
    handler = find(target) if function is None or not function.form else None
    result = handler(mended) if handler is not None else None
    if isinstance(result, (Tensor, Sequence)):
        return result
    return computed(UNKNOWN_SPEC, found, call.node, call.taint, call.interp.statement)


ELEMENTWISE = frozenset(
    {"exp", "log", "sqrt", "abs", "absolute", "square", "sin", "cos", "tan", "tanh", "sign", "floor", "ceil",
     "negative", "log1p", "expm1", "log2", "log10", "reciprocal", "round", "clip"}
)  # fmt: skip
