"""Symbolic tensors of which Python wants a truth, a number or items: they have none before the model runs."""

from typing import TYPE_CHECKING, Final

import libcst as cst

from kerasfix.trace.custom_records import SymbolicAsPython, Wanted
from kerasfix.trace.values import Tensor

if TYPE_CHECKING:
    from kerasfix.trace.calls import Call
    from kerasfix.trace.interpreter import Interpreter

_EAGER: Final = ("run_eagerly", "run_functions_eagerly", "tf.function", "autograph", "KERAS_BACKEND", "torch")
"""Words of files in which the tensors of losses and layers may have numbers, or loops over them are compiled."""


def symbolic(
    interp: "Interpreter", tensor: Tensor, node: cst.CSTNode, wanted: Wanted, function: str = ""
) -> None:
    """Report that Python wants something of a tensor that only numbers have."""
    if tensor.graph:
        if not interp.graph or any(word in interp.module.text for word in _EAGER):
            return
    elif tensor.spec.shape is None:
        return  # it may as well be a list of tensors
    elif isinstance(tensor.origin, cst.Comparison) and isinstance(
        tensor.origin.comparisons[0].operator, cst.Equal
    ):
        return  # `==` of two Keras tensors asks whether they are one object
    where = interp.graph[-1][0] if interp.graph else None
    interp.report(SymbolicAsPython(tensor, node, wanted, where, function), node)


_BUILTINS: Final[dict[str, Wanted]] = {
    "bool": "truth",
    **dict.fromkeys(("float", "int"), "number"),
    **dict.fromkeys(
        ("all", "any", "enumerate", "iter", "list", "set", "sorted", "sum", "tuple", "zip"), "items"
    ),
    "len": "length",
}


def builtin_on_tensor(call: "Call") -> None:
    """Report a function of Python's own that is given a symbolic tensor."""
    module, _, name = call.name.rpartition(".")
    tensors = [value for value in call.positional if isinstance(value, Tensor)]
    if not tensors:
        return
    wanted: Wanted | None
    if module == "math":
        wanted = "number"
    elif name in ("max", "min"):
        wanted = "truth" if len(call.positional) > 1 else "items"
    else:
        wanted = _BUILTINS.get(name)
    if wanted is not None:
        symbolic(call.interp, tensors[0], call.node, wanted, name)
