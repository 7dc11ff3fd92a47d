"""Windows that slide over the spatial axes of a feature map: kernels and pools."""

from kerasfix.keras.layers.base import compute
from kerasfix.keras.shape import ANY, Dim, Reason, Rejected, Shape


def split(shape: Shape, format: str | None) -> tuple[Dim, Shape, Dim]:
    """The batch axis, the spatial axes and the channels; ANY where the data format leaves them open."""
    batch, *rest = shape
    if format is None:
        return batch, (ANY,) * (len(rest) - 1), ANY
    if format == "channels_first":
        return batch, tuple(rest[1:]), rest[0]
    return batch, tuple(rest[:-1]), rest[-1]


def join(batch: Dim, spatial: Shape, channels: Dim, format: str | None) -> Shape:
    """The shape with these spatial axes and channels."""
    if format is None:
        return (batch, *(ANY,) * (len(spatial) + 1))
    return (batch, channels, *spatial) if format == "channels_first" else (batch, *spatial, channels)


def slide(
    spatial: Shape,
    window: Shape,
    strides: Shape,
    padding: str | None,
    dilation: Shape | None = None,
    paddings: tuple[str, ...] = ("valid", "same"),
) -> Shape:
    """The number of places a window takes along each axis.

    Raises Rejected(WINDOW) where a window without padding does not fit.
    """
    dilation = dilation or (1,) * len(window)
    if padding is None:
        return (ANY,) * len(spatial)
    if padding not in paddings:
        raise Rejected(Reason.ARGUMENT, f'padding must be "valid" or "same", not {padding!r}', stage="build")
    reach = tuple(compute(lambda k, d: d * (k - 1) + 1, k, d) for k, d in zip(window, dilation, strict=True))
    result: list[Dim] = []
    for size, cover, stride in zip(spatial, reach, strides, strict=True):
        if stride == 0:
            raise Rejected(Reason.ARGUMENT, "strides must be positive, not 0", stage="build")
        if padding == "valid" and isinstance(size, int) and isinstance(cover, int) and cover > size:
            raise Rejected(Reason.WINDOW, _misfit(spatial, window, reach), stage="build")
        if padding == "valid":
            result.append(compute(lambda n, k, s: (n - k) // s + 1, size, cover, stride))
        else:
            result.append(compute(lambda n, s: (n - 1) // s + 1, size, stride))
    return tuple(result)


def _misfit(spatial: Shape, window: Shape, reach: Shape) -> str:
    name = _times(window)
    if reach != window:
        name += f" window, spread to {_times(reach)} by dilation_rate,"
    else:
        name += " window"
    return (
        f'a {name} does not fit into a {_times(spatial)} feature map; use padding="same", smaller windows or'
        " fewer layers that shrink it"
    )


def _times(sizes: Shape) -> str:
    if len(sizes) == 1:
        return f"length-{_size(sizes[0])}"
    return "x".join(_size(size) for size in sizes)


def _size(size: Dim) -> str:
    return str(size) if isinstance(size, int) else "?"
