"""Normalization: the shape stays; the weights have the size of the normalized axes."""

from collections.abc import Mapping

from kerasfix.keras.layers.base import (
    OPAQUE,
    UNKNOWN,
    Inferred,
    LayerConfig,
    compute_dtype,
    flag,
    is_integer,
    layer,
    normal_axis,
    one_tensor,
    plus,
    refuse,
    stretched,
    weights,
    when,
)
from kerasfix.keras.shape import ANY, Dim, Reason, Rejected, Shape, Structure, TensorSpec, broadcast, show

Config = Mapping[str, object]


def _axes(config: Config) -> tuple[int, ...] | None:
    """The `axis` argument as axes; None where it is not known."""
    value = config.get("axis", -1)
    items = value if isinstance(value, tuple | list) else (value,)
    if UNKNOWN in items:
        return None
    axes = tuple(item for item in items if isinstance(item, int))
    if len(axes) != len(items):
        raise Rejected(
            Reason.ARGUMENT, f"axis must be an integer or a tuple of integers, not {value!r}", stage="build"
        )
    return axes


def _sizes(config: Config, shape: Shape, *, ordered: bool = False) -> Shape:
    """The sizes of the normalized axes, as given or in the order of the axes as numbers."""
    axes = _axes(config)
    if axes is None:
        return (ANY,)
    if ordered:
        axes = tuple(sorted(axes))
    return tuple(shape[normal_axis(axis, len(shape))] for axis in axes)


def _distinct(config: Config, shape: Shape) -> None:
    """Refuses an axis that is named twice, as Keras does when data flow."""
    axes = [axis % len(shape) for axis in _axes(config) or ()]
    if len(set(axes)) < len(axes):
        raise Rejected(Reason.ARGUMENT, "axis names the same axis twice", stage="call")


def _fixed(config: Config, x: TensorSpec) -> dict[int, Dim]:
    axes = _axes(config)
    if axes is None or x.shape is None:
        return {}
    return {axis: x.shape[axis] for axis in axes}


def _stretched(config: Config, x: TensorSpec) -> Mapping[int, Dim]:
    return stretched(_fixed(config, x))


def _batch_arguments(layer: LayerConfig) -> Config:
    axis = layer.config["axis"]
    if isinstance(axis, tuple | list) or axis is None:
        refuse(f"axis must be one integer, not {axis!r}")
    for name in ("momentum", "epsilon"):
        if layer.config.get(name, UNKNOWN) is None:
            refuse(f"{name} must be a number, not None")
    return layer.config


@layer("BatchNormalization", parse=_batch_arguments, fixed=_fixed, fixed_rank=True)
def batch_normalization(config: Config, x: TensorSpec) -> Inferred:
    """Mean and variance of each channel, learnt scale and offset."""
    if x.shape is None:
        return _give(config, x, None)
    one = weights(_sizes(config, x.shape))
    renorm = flag(config, "renorm", False)
    return _give(
        config,
        x,
        plus(
            when(flag(config, "scale", True), one),
            when(flag(config, "center", True), one),
            one,
            one,
            when(renorm, None if one is None else 3 * one),
        ),
    )


def _give(config: Config, x: TensorSpec, params: int | None) -> Inferred:
    return Inferred(TensorSpec(x.shape, compute_dtype(config)), params)


def _group_arguments(layer: LayerConfig) -> Config:
    groups = layer.config["groups"]
    if groups is UNKNOWN:
        return layer.config
    if not is_integer(groups) or (isinstance(groups, int) and groups <= 0 and groups != -1):
        refuse(f"groups must be a positive integer, or -1 for one group a channel, not {groups!r}")
    return layer.config


@layer("GroupNormalization", parse=_group_arguments, fixed=_fixed, fixed_rank=True)
def group_normalization(config: Config, x: TensorSpec) -> Inferred:
    """Groups of channels are normalized together."""
    if x.shape is None:
        return _give(config, x, None)
    shape = _sizes(config, x.shape)
    groups = config["groups"]
    one = weights(shape)
    size = shape[0] if len(shape) == 1 else ANY
    if (
        isinstance(size, int)
        and isinstance(groups, int)
        and groups != -1
        and (size < groups or size % groups)
    ):
        raise Rejected(
            Reason.MISMATCH,
            f"the input {show(x.shape)} has {size} channels, which cannot be put into {groups} groups:"
            " groups must divide the number of channels",
            expected=f"a multiple of {groups} channels",
            stage="build",
        )
    for axis in _axes(config) or ():
        normal_axis(-2 if axis == -1 else axis - 1, len(x.shape), "the axis before", "call")
    return _give(
        config, x, plus(when(flag(config, "scale", True), one), when(flag(config, "center", True), one))
    )


def _axis_arguments(layer: LayerConfig) -> Config:
    axis = layer.config["axis"]
    if axis is not UNKNOWN and not is_integer(axis) and not isinstance(axis, tuple | list):
        refuse(f"axis must be an integer or a tuple of integers, not {axis!r}")
    return layer.config


def _layer_sizes(config: Config, x: TensorSpec) -> Mapping[int, Dim]:
    """The sizes that the weights have: they are stretched only along a last axis that is named as such."""
    weighted = [flag(config, name, True) for name in ("scale", "center")] + [
        flag(config, "rms_scaling", False)
    ]
    if not any(weighted):
        return {}
    if x.shape is None:
        return stretched({})
    last = _axes(config) == (len(x.shape) - 1,)
    return _stretched(config, x) if last else _fixed(config, x)


@layer("LayerNormalization", parse=_axis_arguments, fixed_late=_layer_sizes, takes="structure")
def layer_normalization(config: Config, inputs: Structure, call: Config) -> Inferred:
    """Each sample by itself, along `axis`."""
    rms = flag(config, "rms_scaling", False)
    scale, center = flag(config, "scale", True), flag(config, "center", True)
    try:
        x = one_tensor(inputs)
    except Rejected as rejected:
        # Without weights, the shapes in a list are taken for sizes until data flow.
        count = len(inputs) if isinstance(inputs, tuple) else 0
        if True not in (rms, scale, center) and all(-count <= axis < count for axis in _axes(config) or ()):
            rejected.stage = "call"
        raise
    if x is None:
        return OPAQUE
    if x.shape is None:
        return _give(config, x, None)
    kept = _sizes(config, x.shape)
    one = weights(kept) if True in (rms, scale, center) else None
    _distinct(config, x.shape)
    if (rms, scale, center) == (False, False, False):
        return _give(config, x, 0)
    if rms is None:
        return _give(config, x, None)
    return _give(config, x, one if rms else plus(when(scale, one), when(center, one)))


@layer("RMSNormalization", fixed_late=_stretched)
def rms_normalization(config: Config, x: TensorSpec) -> Inferred:
    """Divides by the root mean square along `axis`, and scales."""
    if x.shape is None:
        return _give(config, x, None)
    scale = _sizes(config, x.shape, ordered=True)
    params = weights(scale)
    _distinct(config, x.shape)
    if broadcast(x.shape, scale) is None:
        raise Rejected(
            Reason.MISMATCH,
            f"the learnt scale {show(scale)} cannot be applied to an input of {show(x.shape)}:"
            " RMSNormalization works on the last axes only",
            expected="axis=-1, or the last axes",
            stage="call",
        )
    return _give(config, x, params)


@layer("UnitNormalization", parse=_axis_arguments, takes="structure")
def unit_normalization(config: Config, x: Structure, call: Config) -> Inferred:
    """Makes vectors along `axis` of length 1; no weights."""
    if not isinstance(x, TensorSpec):
        return OPAQUE
    if x.shape is not None:
        _sizes(config, x.shape)
        _distinct(config, x.shape)
    return _give(config, x, 0)
