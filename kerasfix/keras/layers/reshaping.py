"""Layers that change the shape and nothing else."""

from collections.abc import Mapping
from math import prod

from kerasfix.keras.layers.base import (
    AXES,
    CHANNELS_FIRST_AXES,
    UNKNOWN,
    Inferred,
    LayerConfig,
    compute,
    compute_dtype,
    data_format,
    is_integer,
    kept_dtype,
    layer,
    need_min_rank,
    need_rank,
    positive,
    product,
    refuse,
    sizes,
)
from kerasfix.keras.layers.windows import join, split
from kerasfix.keras.shape import ANY, Dim, Reason, Rejected, Shape, TensorSpec, show
from kerasfix.light import dataclass

Config = Mapping[str, object]


def _flatten_arguments(layer: LayerConfig) -> Config:
    data_format(layer.config)
    return layer.config


@layer("Flatten", parse=_flatten_arguments)
def flatten(config: Config, x: TensorSpec) -> Inferred:
    """All axes but the batch become one."""
    dtype = kept_dtype(config, x)
    if x.shape is None:
        return Inferred(TensorSpec((ANY, ANY), dtype), 0)
    need_min_rank(x.shape, 1, "(batch, ...)")
    return Inferred(TensorSpec((x.shape[0], product(x.shape[1:])), dtype), 0)


def _permute_arguments(layer: LayerConfig) -> tuple[Config, tuple[int, ...] | None]:
    dims = layer.config["dims"]
    if dims is UNKNOWN or (isinstance(dims, tuple | list) and UNKNOWN in dims):
        return layer.config, None
    if not isinstance(dims, tuple | list):
        refuse(f"dims must be a tuple of axes, not {dims!r}")
    if not all(isinstance(item, int | float) for item in dims) or sorted(dims) != list(
        range(1, len(dims) + 1)
    ):
        refuse(f"dims must hold each axis once, counted from 1 (the batch axis stays), not {dims!r}")
    return layer.config, tuple(dims)


@layer("Permute", parse=_permute_arguments)
def permute(arguments: tuple[Config, tuple[int, ...] | None], x: TensorSpec) -> Inferred:
    """The axes in another order."""
    config, dims = arguments
    dtype = kept_dtype(config, x)
    if dims is None:
        rest = None if x.shape is None else (x.shape[0], *(ANY,) * (len(x.shape) - 1))
        return Inferred(TensorSpec(rest, dtype), 0)
    rank = len(dims) + 1
    if not all(isinstance(dim, int) for dim in dims):
        raise Rejected(Reason.ARGUMENT, f"dims must hold integers, not {dims!r}", stage="build")
    shape = need_rank(x, rank, f"one axis for each of dims={dims}, and the batch axis")
    return Inferred(TensorSpec((shape[0], *(shape[dim] for dim in dims)), dtype), 0)


def _repeat_arguments(layer: LayerConfig) -> tuple[Config, Dim]:
    return layer.config, positive(layer.config, "n", booleans=False)


@layer("RepeatVector", parse=_repeat_arguments)
def repeat_vector(arguments: tuple[Config, Dim], x: TensorSpec) -> Inferred:
    """A vector n times: a new axis of steps."""
    config, n = arguments
    batch, features = need_rank(x, 2)
    return Inferred(TensorSpec((batch, n, features), compute_dtype(config)), 0)


def _reshape_arguments(layer: LayerConfig) -> tuple[Config, Shape | None]:
    target = layer.config["target_shape"]
    if target is UNKNOWN:
        return layer.config, None
    if not isinstance(target, tuple | list):
        instead = f"({target},)" if isinstance(target, int) else ""
        hint = f": write {instead}" if instead else ""
        refuse(f"target_shape must be a tuple of sizes, not {target!r}{hint}", instead)
    dims: list[Dim] = []
    for item in target:
        if item is UNKNOWN or item is ANY:
            dims.append(ANY)
        elif isinstance(item, int):
            if item < -1:
                refuse(f"target_shape holds a negative size: {target!r}; only -1 may stand for the rest")
            dims.append(int(item))
        else:
            dims.append(None)
    if dims.count(-1) > 1:
        refuse(f"target_shape may hold -1 only once, not {target!r}")
    return layer.config, tuple(dims)


@layer("Reshape", parse=_reshape_arguments)
def reshape(arguments: tuple[Config, Shape | None], x: TensorSpec) -> Inferred:
    """The same values on other axes; the batch axis stays."""
    config, target = arguments
    dtype = kept_dtype(config, x)
    if target is None:
        return Inferred(TensorSpec(None, dtype), 0)
    if x.shape is None:
        return Inferred(TensorSpec((ANY, *(ANY if dim == -1 else dim for dim in target)), dtype), 0)
    need_min_rank(x.shape, 1, "(batch, ...)")
    batch, *rest = x.shape
    return Inferred(TensorSpec((batch, *_fill(tuple(rest), target)), dtype), 0)


def _fill(source: Shape, target: Shape) -> Shape:
    """The target with its -1 worked out."""
    _check_open(source, target)
    if None in source or None in target:
        return tuple(None if dim == -1 else dim for dim in target)
    if ANY in source or ANY in target:
        return tuple(ANY if dim == -1 else dim for dim in target)
    total = prod(dim for dim in source if isinstance(dim, int))
    given = prod(dim for dim in target if isinstance(dim, int) and dim != -1)
    if -1 not in target and total == given:
        return target
    if -1 in target and given and total % given == 0:
        return tuple(total // given if dim == -1 else dim for dim in target)
    raise Rejected(
        Reason.MISMATCH,
        f"an input of {show(source)}, {total} values a sample, cannot be reshaped to {show(target)}"
        + (f", {given} values" if -1 not in target else f": {total} is not a multiple of {given}"),
        expected=f"{given} values a sample" if -1 not in target else f"a multiple of {given} values a sample",
        stage="build",
    )


def _check_open(source: Shape, target: Shape) -> None:
    """Refuses what fails with data where the target holds None: each None is one more -1."""
    if None not in target or ANY in source or ANY in target:
        return
    given = prod(dim for dim in target if isinstance(dim, int) and dim != -1)
    total = product(source)
    if target.count(None) + target.count(-1) > 1 or (isinstance(total, int) and (not given or total % given)):
        raise Rejected(
            Reason.MISMATCH,
            f"an input of {show(source)} cannot be reshaped to {show(target)}: only one size may be left open,"
            " and the others must divide the number of values",
            stage="call",
        )


@dataclass(frozen=True)
class Spatial:
    """The arguments of a layer that works on each spatial axis by itself: padding, cropping or scaling."""

    config: Config
    rank: int
    format: str | None
    change: tuple[Shape, ...]

    def split(self, x: TensorSpec) -> tuple[Dim, Shape, Dim]:
        """Batch, spatial axes and channels of the input, which must have the right rank."""
        first = self.format == "channels_first"
        axes = (CHANNELS_FIRST_AXES if first else AXES)[self.rank + 2]
        return split(need_rank(x, self.rank + 2, axes), self.format)

    def give(self, batch: Dim, spatial: list[Dim], channels: Dim) -> Inferred:
        """The output with these spatial axes."""
        shape = join(batch, tuple(spatial), channels, self.format)
        return Inferred(TensorSpec(shape, compute_dtype(self.config)), 0)


def _pairs(value: object, rank: int, name: str, *, negative: bool) -> tuple[Shape, ...]:
    """How much is put before and after each of the axes: an int, one int an axis, or a pair an axis."""
    if rank == 1:
        return (sizes(value, 2, name, allow_zero=True),)
    if value is UNKNOWN:
        return ((ANY, ANY),) * rank
    if is_integer(value):
        assert isinstance(value, int)
        if value < 0 and not negative:
            refuse(f"{name} must be 0 or more, not {value}")
        return ((value, value),) * rank
    if not isinstance(value, tuple | list) or len(value) != rank:
        refuse(f"{name} must be an integer, {rank} integers or {rank} pairs of integers, not {value!r}")
    return tuple(sizes(item, 2, name, allow_zero=True) for item in value)


def _padding_arguments(layer: LayerConfig) -> Spatial:
    config, rank = layer.config, int(layer.class_name[-2])
    return Spatial(
        config, rank, data_format(config), _pairs(config["padding"], rank, "padding", negative=True)
    )


@layer("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D", parse=_padding_arguments)
def zero_padding(pad: Spatial, x: TensorSpec) -> Inferred:
    """Rows and columns of zeros around."""
    batch, spatial, channels = pad.split(x)
    padded = [
        compute(lambda n, a, b: n + a + b, size, *pair)
        for size, pair in zip(spatial, pad.change, strict=True)
    ]
    if any(isinstance(amount, int) and amount < 0 for pair in pad.change for amount in pair):
        negative = any(isinstance(size, int) and size < 0 for size in padded)
        raise Rejected(Reason.ARGUMENT, "padding must be 0 or more", stage="build" if negative else "call")
    return pad.give(batch, padded, channels)


def _cropping_arguments(layer: LayerConfig) -> Spatial:
    config, rank = layer.config, int(layer.class_name[-2])
    return Spatial(
        config, rank, data_format(config), _pairs(config["cropping"], rank, "cropping", negative=False)
    )


@layer("Cropping1D", "Cropping2D", "Cropping3D", parse=_cropping_arguments)
def cropping(crop: Spatial, x: TensorSpec) -> Inferred:
    """Rows and columns cut off."""
    batch, spatial, channels = crop.split(x)
    left = [
        compute(lambda n, a, b: n - a - b, size, *pair)
        for size, pair in zip(spatial, crop.change, strict=True)
    ]
    if any(isinstance(size, int) and size <= 0 for size in left):
        raise Rejected(
            Reason.WINDOW,
            f"cropping {show_pairs(crop.change)} leaves nothing of an input of {show(x.shape)}",
            stage="build",
        )
    return crop.give(batch, left, channels)


def show_pairs(pairs: tuple[Shape, ...]) -> str:
    """How much is cut before and after each axis, as Python prints it."""
    return show(pairs[0]) if len(pairs) == 1 else f"({', '.join(show(pair) for pair in pairs)})"


def _upsampling_arguments(layer: LayerConfig) -> Spatial:
    config, rank = layer.config, int(layer.class_name[-2])
    if rank == 1:
        return Spatial(config, 1, "channels_last", ((positive(config, "size", booleans=False),),))
    interpolation = config.get("interpolation", "nearest")
    if interpolation is not UNKNOWN and not isinstance(interpolation, str):
        refuse(f"interpolation must be a string, not {interpolation!r}")
    factors = sizes(config["size"], rank, "size")
    return Spatial(config, rank, data_format(config), tuple((factor,) for factor in factors))


@layer("UpSampling1D", "UpSampling2D", "UpSampling3D", parse=_upsampling_arguments)
def upsampling(up: Spatial, x: TensorSpec) -> Inferred:
    """Each row and column several times."""
    batch, spatial, channels = up.split(x)
    return up.give(
        batch,
        [compute(lambda n, f: n * f, size, *factor) for size, factor in zip(spatial, up.change, strict=True)],
        channels,
    )
