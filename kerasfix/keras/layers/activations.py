"""Activations as layers."""

from collections.abc import Mapping

from kerasfix.keras.layers.base import (
    OPAQUE,
    UNKNOWN,
    Inferred,
    LayerConfig,
    compute_dtype,
    elementwise,
    layer,
    normal_axis,
    not_a_list,
    refuse,
    stretched,
    weights,
)
from kerasfix.keras.shape import ANY, Dim, Reason, Rejected, Shape, Structure, TensorSpec, show

Config = Mapping[str, object]

# Arguments that must be 0 or more, and whether None is refused too.
_NOT_NEGATIVE: Mapping[str, Mapping[str, bool]] = {
    "LeakyReLU": {"negative_slope": True, "alpha": False},
    "ReLU": {"max_value": False, "negative_slope": True, "threshold": True},
}


def _arguments(layer: LayerConfig) -> Config:
    for name, required in _NOT_NEGATIVE.get(layer.class_name, {}).items():
        value = layer.config.get(name)
        if isinstance(value, int | float):
            if value < 0:
                refuse(f"{name} must be 0 or more, not {value}")
        elif value is not UNKNOWN and (value is not None or (required and name in layer.config)):
            refuse(f"{name} must be a number that is 0 or more, not {value!r}")
    return layer.config


# Activations that do more than to hand their input to one operation, which takes a list of tensors for a tensor.
_OF_TENSORS = ("glu", "soft_shrink", "softmax", "sparse_plus")


@layer("Activation", "ELU", "LeakyReLU", "ReLU", parse=_arguments, takes="structure")
def activation(config: Config, inputs: Structure, call: Config) -> Inferred:
    """Works on each value by itself."""
    if config.get("activation") in _OF_TENSORS or config.get("alpha", 1.0) not in (1, UNKNOWN, None):
        not_a_list(inputs)
    lone = isinstance(inputs, TensorSpec) and inputs.shape == (None,)
    if lone and config.get("activation") == "glu":
        return OPAQUE  # It halves the batch, which may be odd.
    if config.get("alpha", 1.0) is None:
        raise Rejected(Reason.ARGUMENT, "alpha must be a number, not None", stage="call")
    return elementwise(config, inputs)


@layer("Softmax", takes="structure")
def softmax(config: Config, inputs: Structure, call: Config) -> Inferred:
    """Works along `axis`, which the input must have when data flows."""
    not_a_list(inputs)
    axis = config.get("axis", -1)
    if isinstance(inputs, TensorSpec) and inputs.shape is not None:
        for item in axis if isinstance(axis, tuple | list) else (axis,):
            if isinstance(item, int):
                normal_axis(item, len(inputs.shape), stage="call")
    return elementwise(config, inputs)


def _slopes(config: Config, shape: Shape) -> tuple[list[Dim], list[int] | None]:
    """The shape of the learnt slopes, and the axes that share one; None where those are not known."""
    given = config.get("shared_axes")
    sizes: list[Dim] = list(shape[1:])
    if given is None:
        return sizes, []
    items = list(given) if isinstance(given, tuple | list) else [given]
    axes = [item for item in items if isinstance(item, int)]
    if len(axes) != len(items):
        return [ANY] * len(sizes), None
    for axis in axes:
        place = normal_axis(axis, len(shape), "shared axis") if axis > 0 else len(shape) + axis - 1
        if place < 1:
            refused = (
                f"shared axis {axis} is none of the axes of the input {show(shape)} behind the batch axis"
            )
            raise Rejected(Reason.RANK, refused, stage="build")
        sizes[place - 1] = 1
    return sizes, axes


def _slope_axes(config: Config, x: TensorSpec) -> dict[int, Dim]:
    if x.shape is None:
        return {}
    _, shared = _slopes(config, x.shape)
    if shared is None:
        return {}
    return {axis: x.shape[axis] for axis in range(1, len(x.shape)) if axis not in shared}


def _checked_axes(config: Config, x: TensorSpec) -> dict[int, Dim]:
    """Keras looks at the sizes only where some axes share their slope."""
    return _slope_axes(config, x) if config.get("shared_axes") else {}


def _other_axes(config: Config, x: TensorSpec) -> Mapping[int, Dim]:
    return {} if config.get("shared_axes") else stretched(_slope_axes(config, x))


@layer("PReLU", fixed=_checked_axes, fixed_late=_other_axes, fixed_rank=True)
def prelu(config: Config, x: TensorSpec) -> Inferred:
    """One learnt slope for each value, shared along `shared_axes`."""
    dtype = compute_dtype(config)
    if x.shape is None:
        return Inferred(TensorSpec(None, dtype), None)
    sizes, _ = _slopes(config, x.shape)
    return Inferred(TensorSpec(x.shape, dtype), weights(tuple(sizes)))
