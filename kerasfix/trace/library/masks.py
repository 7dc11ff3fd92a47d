"""Masks that layers hand on beside their tensors: in a Functional model they are steps of their own.

`Embedding(mask_zero=True)` and `Masking` make a mask, which shows in the summary where a layer takes it.
"""

from typing import TYPE_CHECKING

from kerasfix.keras.layers.base import flag
from kerasfix.keras.shape import Shape, TensorSpec
from kerasfix.trace.library import shapes
from kerasfix.trace.library.layers import config, next_name, tensors
from kerasfix.trace.values import Layer, LayerCall, Tensor

if TYPE_CHECKING:
    from kerasfix.trace.interpreter import Interpreter


_RECURRENT = frozenset({"LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"})
_MERGES = frozenset({"Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"})
_TAKERS = _RECURRENT | {
    "AdditiveAttention", "Attention", "BatchNormalization", "Bidirectional", "GlobalAveragePooling1D", "Lambda",
    "Pipeline", "Softmax", "TimeDistributed",
}  # fmt: skip
"""Layers that are called with the mask of their input."""
_PASSING = frozenset(
    {"Activation", "ActivityRegularization", "AlphaDropout", "BatchNormalization", "Dense", "Dropout", "ELU",
     "GaussianDropout", "GaussianNoise", "GroupNormalization", "GroupQueryAttention", "Identity", "LayerNormalization",
     "LeakyReLU", "MultiHeadAttention", "Normalization", "PReLU", "ReLU", "Rescaling", "Softmax", "SpatialDropout1D",
     "SpatialDropout2D", "SpatialDropout3D", "TimeDistributed", "UnitNormalization"}
)  # fmt: skip
"""Layers that hand the mask of their input on as it is."""


def taken(layer: Layer, step: LayerCall) -> tuple[Tensor, ...]:
    """The masks that Keras calls a layer with."""
    given = tensors(step.given)
    beside = [parent for parent in step.parents if parent not in given]
    if layer.cls not in _TAKERS or beside:
        return ()
    found = [tensor.mask for tensor in given]
    return tuple({id(mask): mask for mask in found if mask is not None}.values())


def hand_on(interp: "Interpreter", layer: Layer, step: LayerCall) -> None:
    """Give the output of a layer the mask that it has in Keras."""
    outputs, given = tensors(step.value), tensors(step.given)
    if not outputs or not given:
        return
    mask = given[0].mask
    arguments = config(layer).config
    if layer.cls == "Embedding":
        mask = (
            _operation(interp, "NotEqual", step, given[:1]) if flag(arguments, "mask_zero", False) else None
        )
    elif layer.cls == "Masking":
        differs = _operation(interp, "NotEqual", step, given[:1])
        mask = _operation(interp, "Any", step, (differs,), shapes.reduced(differs.spec.shape, -1, False))
    elif layer.cls in _MERGES:
        mask = _met(interp, step, given)
    elif layer.cls == "Concatenate":
        mask = _joined(interp, step, given, arguments.get("axis", -1))
    elif layer.cls in _RECURRENT or layer.cls == "Bidirectional":
        inner = layer.arguments.get("layer")
        wrapped = config(inner.value).config if inner and isinstance(inner.value, Layer) else arguments
        mask = mask if flag(wrapped, "return_sequences", False) else None
    elif layer.cls == "Attention":
        mask = _operation(interp, "ConvertToTensor", step, (mask,)) if mask is not None else None
    elif layer.cls not in _PASSING:
        mask = None
    outputs[0].mask = mask


def _met(interp: "Interpreter", step: LayerCall, given: tuple[Tensor, ...]) -> Tensor | None:
    """The masks of merged tensors: where one of them has none, there is none."""
    mask = given[0].mask
    for tensor in given[1:]:
        if mask is None or tensor.mask is None:
            return None
        mask = _operation(interp, "LogicalOr", step, (mask, tensor.mask), mask.spec.shape)
    return mask


def _joined(interp: "Interpreter", step: LayerCall, given: tuple[Tensor, ...], axis: object) -> Tensor | None:
    """The masks of joined tensors, each made as large as its tensor, joined as they are, and then made small."""
    if all(tensor.mask is None for tensor in given):
        return None
    large: list[Tensor] = []
    for tensor in given:
        mask, shape = tensor.mask, tensor.spec.shape
        if mask is None:
            mask = _operation(interp, "OnesLike", step, (tensor,))
        elif mask.spec.rank is not None and shape is not None and mask.spec.rank < len(shape):
            wider = _operation(interp, "ExpandDims", step, (mask,), shapes.expanded(mask.spec.shape, -1))
            zeros = _operation(interp, "ZerosLike", step, (tensor,))
            mask = _operation(interp, "LogicalOr", step, (wider, zeros), shape)
        large.append(mask)
    joined = shapes.concatenated([mask.spec.shape for mask in large], axis)
    whole = _operation(interp, "Concatenate", step, tuple(large), joined)
    return _operation(interp, "Any", step, (whole,), shapes.reduced(joined, -1, False))


def _operation(
    interp: "Interpreter",
    name: str,
    step: LayerCall,
    parents: tuple[Tensor, ...],
    shape: Shape | None = None,
) -> Tensor:
    """A step of the graph; its shape is that of its first input, unless another one is given."""
    spec = TensorSpec(shape if shape is not None else parents[0].spec.shape, "bool")
    made = LayerCall(None, parents[0].spec, spec, step.node, step.statement, parents)
    made.operation, made.name = name, next_name(interp, name)
    made.value = Tensor(spec, step.node, history=made)
    return made.value
