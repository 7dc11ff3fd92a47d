"""Pooling: over windows, over all of the feature map, and to a given size."""

from collections.abc import Mapping
from typing import Literal

from kerasfix.keras.layers.base import (
    AXES,
    CHANNELS_FIRST_AXES,
    OPAQUE,
    UNKNOWN,
    Inferred,
    LayerConfig,
    compute_dtype,
    data_format,
    flag,
    is_integer,
    layer,
    need_rank,
    refuse,
    sizes,
)
from kerasfix.keras.layers.windows import join, slide, split
from kerasfix.keras.shape import ANY, Dim, Reason, Rejected, Shape, TensorSpec, show
from kerasfix.light import dataclass


@dataclass(frozen=True)
class Pool:
    """The arguments of a pooling layer over `rank` spatial axes."""

    config: Mapping[str, object]
    rank: int
    format: str | None
    window: Shape = ()
    strides: Shape = ()
    padding: str | None = None

    def split(self, x: TensorSpec, stage: Literal["build", "call"] = "build") -> tuple[Dim, Shape, Dim]:
        """Batch, spatial axes and channels of the input, which must have the right rank."""
        axes = CHANNELS_FIRST_AXES if self.format == "channels_first" else AXES
        return split(need_rank(x, self.rank + 2, axes[self.rank + 2], stage), self.format)

    def give(self, shape: Shape) -> Inferred:
        """An output of this shape; pooling has no weights."""
        return Inferred(TensorSpec(shape, compute_dtype(self.config)), 0)


def _global_arguments(layer: LayerConfig) -> Pool:
    return Pool(layer.config, int(layer.class_name[-2]), data_format(layer.config))


def _window_arguments(layer: LayerConfig) -> Pool:
    config, rank = layer.config, int(layer.class_name[-2])
    strides = config["strides"]
    padding = config["padding"]
    return Pool(
        config,
        rank,
        data_format(config),
        window=sizes(config["pool_size"], rank, "pool_size"),
        strides=sizes(config["pool_size"] if strides is None else strides, rank, "strides", allow_zero=True),
        padding=None if padding is UNKNOWN else padding if isinstance(padding, str) else repr(padding),
    )


def _adaptive_arguments(layer: LayerConfig) -> Pool:
    config, rank = layer.config, int(layer.class_name[-2])
    size = config["output_size"]
    if size is not UNKNOWN and not is_integer(size) and not isinstance(size, tuple | list):
        refuse(f"output_size must be an integer or a tuple of {rank} integers, not {size!r}")
    if isinstance(size, tuple | list) and len(size) != rank:
        refuse(f"output_size must be an integer or a tuple of {rank} integers, not {size!r}")
    items = _items(size) * (1 if isinstance(size, tuple | list) else rank)
    window = tuple(int(item) if isinstance(item, int | float) else ANY for item in items)
    return Pool(config, rank, data_format(config), window=window)


def _items(size: object) -> tuple[object, ...]:
    return tuple(size) if isinstance(size, tuple | list) else (size,)


@layer(
    *(f"{mode}Pooling{n}D" for mode in ("Max", "Average") for n in (1, 2, 3)),
    parse=_window_arguments,
    takes="loose",
)
def pooling(pool: Pool, x: TensorSpec) -> Inferred:
    """Each window becomes one value."""
    batch, spatial, channels = pool.split(x)
    places = slide(spatial, pool.window, pool.strides, pool.padding)
    return pool.give(join(batch, places, channels, pool.format))


@layer(
    *(f"Global{mode}Pooling{n}D" for mode in ("Max", "Average") for n in (1, 2, 3)),
    parse=_global_arguments,
    takes="loose",
)
def global_pooling(pool: Pool, x: TensorSpec) -> Inferred:
    """Each channel becomes one value; `keepdims` keeps spatial axes of size 1."""
    batch, spatial, channels = pool.split(x)
    keep = flag(pool.config, "keepdims", False)
    if keep is None:
        return Inferred(TensorSpec(None, compute_dtype(pool.config)), 0)
    return pool.give(join(batch, (1,) * len(spatial), channels, pool.format) if keep else (batch, channels))


@layer(
    *(f"Adaptive{mode}Pooling{n}D" for mode in ("Max", "Average") for n in (1, 2, 3)),
    parse=_adaptive_arguments,
)
def adaptive_pooling(pool: Pool, x: TensorSpec) -> Inferred:
    """The feature map becomes `output_size`, whatever its size."""
    least = min((size for size in pool.window if isinstance(size, int)), default=1)
    if least <= 0:
        message = f"output_size must be positive, not {show(pool.window)}"
        raise Rejected(Reason.ARGUMENT, message, stage="build" if least < 0 else "call")
    if any(isinstance(item, bool) for item in _items(pool.config["output_size"])):
        message = "output_size must be an integer, not True"
        raise Rejected(Reason.ARGUMENT, message, stage="call")
    if x.rank in (3, None) and pool.rank > 1:
        return OPAQUE  # On three axes it runs, also on integers, and gives another shape than it declares.
    early = pool.format == "channels_first" and x.rank is not None and x.rank < 2
    batch, _, channels = pool.split(x, "build" if early else "call")
    return pool.give(join(batch, pool.window, channels, pool.format))
