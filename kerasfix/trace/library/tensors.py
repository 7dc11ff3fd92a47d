"""What the methods of tensors do: those of TensorFlow are few, KerasTensors have fewer."""

from functools import partial

from kerasfix.trace.calls import Call
from kerasfix.trace.library import models
from kerasfix.trace.library import rearranging as r
from kerasfix.trace.library.arguments import register
from kerasfix.trace.values import Const, Sequence, Tensor, Unknown, Value

# Those that KerasTensors have; tensors in a graph have not, but there nothing is claimed because of a shape.
register(
    "keras",
    "Tensor.",
    {
        "reshape": (partial(r.rearrange, how="reshape"), "x *shape=newshape"),
        "squeeze": (partial(r.rearrange, how="squeeze"), "x axis"),
    },
)


@models("Tensor.set_shape")
def _set_shape(call: Call) -> Value:
    """Done for its effect."""
    return Const(None, call.node)


@models("Tensor.get_shape")
def _get_shape(call: Call) -> Value:
    """The shape: of a KerasTensor, which has no such method, what its `shape` is."""
    owner = call.owner
    if not isinstance(owner, Tensor) or owner.spec.shape is None:
        return call.unknown()
    dims: list[Value] = [
        Const(dim, call.node) if isinstance(dim, int) else Unknown(call.node) for dim in owner.spec.shape
    ]
    return Sequence("tuple", dims, call.node)
