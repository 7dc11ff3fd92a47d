"""What the methods of tensors do: those of TensorFlow are few, KerasTensors have fewer."""

from kerasfix.trace.calls import Call
from kerasfix.trace.library import models
from kerasfix.trace.values import Const, Sequence, Tensor, Unknown, Value


@models("Tensor.set_shape")
def _set_shape(call: Call) -> Value:
    """Done for its effect."""
    return Const(None, call.node)


@models("Tensor.get_shape")
def _get_shape(call: Call) -> Value:
    """The shape, where the tensor is one of TensorFlow; KerasTensors have no such method."""
    owner = call.owner
    if not isinstance(owner, Tensor) or not owner.graph or owner.spec.shape is None:
        return call.unknown()
    dims: list[Value] = [
        Const(dim, call.node) if isinstance(dim, int) else Unknown(call.node) for dim in owner.spec.shape
    ]
    return Sequence("tuple", dims, call.node)
