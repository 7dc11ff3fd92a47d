"""Convolutions: plain, transposed, depthwise and separable."""

from collections.abc import Mapping

from kerasfix.keras.layers.base import (
    AXES,
    CHANNELS_FIRST_AXES,
    Inferred,
    LayerConfig,
    compute,
    compute_dtype,
    data_format,
    differ,
    flag,
    layer,
    loose_positive,
    lora,
    need_rank,
    plus,
    product,
    refuse,
    sizes,
    text,
    weights,
    when,
)
from kerasfix.keras.layers.windows import join, slide, split
from kerasfix.keras.shape import ANY, Dim, Reason, Rejected, Shape, TensorSpec, show
from kerasfix.light import dataclass


@dataclass(frozen=True)
class Conv:
    """The arguments of a convolution over `rank` spatial axes."""

    config: Mapping[str, object]
    rank: int
    kernel: Shape
    strides: Shape
    dilation: Shape
    padding: str | None
    format: str | None
    filters: Dim = ANY
    groups: Dim = 1
    multiplier: Dim = 1
    output_padding: Shape | None = None

    def shape_of(self, x: TensorSpec) -> Shape:
        """The input's shape, which must have the spatial axes, a batch and a channel axis."""
        first = self.format == "channels_first"
        return need_rank(x, self.rank + 2, (CHANNELS_FIRST_AXES if first else AXES)[self.rank + 2])

    def bias(self, width: Dim) -> int | None:
        """The bias weights."""
        use = flag(self.config, "use_bias", True)
        return when(use, weights((width,))) if use is not False else 0

    def give(self, batch: Dim, spatial: Shape, channels: Dim, params: int | None) -> Inferred:
        """The output, with its channels where the data format has them."""
        return Inferred(
            TensorSpec(join(batch, spatial, channels, self.format), compute_dtype(self.config)), params
        )


def _spatial_rank(class_name: str) -> int:
    return next(int(letter) for letter in class_name if letter.isdigit())


def _arguments(layer: LayerConfig, *extra: str) -> Conv:
    config, rank = layer.config, _spatial_rank(layer.class_name)
    padding = config["padding"]
    return Conv(
        config,
        rank,
        kernel=sizes(config["kernel_size"], rank, "kernel_size"),
        strides=sizes(config["strides"], rank, "strides"),
        dilation=sizes(config["dilation_rate"], rank, "dilation_rate"),
        # A tuple passes the constructor and is refused when the layer is built.
        padding=repr(padding)
        if isinstance(padding, tuple | list)
        else text(config, "padding", ("valid", "same", *extra)),
        format=data_format(config),
    )


def _with_filters(conv: Conv) -> dict[str, object]:
    if conv.config.get("filters") is None:
        return {"filters": None}
    return {"filters": loose_positive(conv.config, "filters")}


def _not_both(conv: Conv) -> None:
    if any(isinstance(s, int) and s > 1 for s in conv.strides) and any(
        isinstance(d, int) and d > 1 for d in conv.dilation
    ):
        refuse("strides above 1 cannot be combined with a dilation_rate above 1")


def _conv_arguments(layer: LayerConfig) -> Conv:
    conv = _arguments(layer, *(["causal"] if layer.class_name == "Conv1D" else []))
    _not_both(conv)
    groups = layer.config.get("groups", 1)
    if isinstance(groups, int) and groups <= 0:
        refuse(f"groups must be a positive integer, not {groups}")
    filters = layer.config.get("filters")
    if isinstance(filters, float) and isinstance(groups, int) and filters > 0 and filters % groups:
        refuse(f"filters must be an integer, not {filters}")
    conv = replaced(conv, groups=groups if isinstance(groups, int) else ANY, **_with_filters(conv))
    if isinstance(conv.filters, int) and isinstance(conv.groups, int) and conv.filters % conv.groups:
        refuse(f"filters ({conv.filters}) must be a multiple of groups ({conv.groups})")
    return conv


def _transposed_arguments(layer: LayerConfig) -> Conv:
    conv = _arguments(layer)
    given = layer.config["output_padding"]
    padding = None if given is None else sizes(given, conv.rank, "output_padding", allow_zero=True)
    for extra, stride in zip(padding or (), conv.strides, strict=False):
        if isinstance(extra, int) and isinstance(stride, int) and extra >= stride:
            refuse(f"output_padding ({extra}) must be smaller than strides ({stride})")
    _not_both(conv)
    return replaced(conv, output_padding=padding, **_with_filters(conv))


def _depthwise_arguments(layer: LayerConfig) -> Conv:
    conv = _arguments(layer)
    multiplier = layer.config["depth_multiplier"]
    return replaced(
        conv,
        multiplier=None if multiplier is None else loose_positive(layer.config, "depth_multiplier"),
        **(_with_filters(conv) if "filters" in layer.config else {}),
    )


def replaced(conv: Conv, **changes: object) -> Conv:
    """The same arguments, some of them changed."""
    return Conv(**{**vars(conv), **changes})


def _channels(conv: Conv, x: TensorSpec) -> dict[int, Dim]:
    _, _, channels = split(conv.shape_of(x), conv.format)
    return {} if conv.format is None else {1 if conv.format == "channels_first" else -1: channels}


@layer("Conv1D", "Conv2D", "Conv3D", parse=_conv_arguments, fixed=_channels)
def convolution(conv: Conv, x: TensorSpec) -> Inferred:
    """`kernel x channels / groups x filters` weights and a bias."""
    shape = conv.shape_of(x)
    batch, spatial, channels = split(shape, conv.format)
    if isinstance(channels, int) and isinstance(conv.groups, int) and channels % conv.groups:
        raise Rejected(
            Reason.MISMATCH,
            f"the input {show(shape)} has {channels} channels, which groups={conv.groups} does not divide",
            stage="build",
        )
    kernel = (*conv.kernel, compute(lambda c, g: c // g, channels, conv.groups), conv.filters)
    params = plus(weights(kernel), lora(conv.config, kernel), conv.bias(conv.filters))
    paddings = ("valid", "same", "causal")
    places = slide(spatial, conv.kernel, conv.strides, conv.padding, conv.dilation, paddings)
    return conv.give(batch, places, conv.filters, params)


@layer("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", parse=_transposed_arguments, fixed=_channels)
def transposed(conv: Conv, x: TensorSpec) -> Inferred:
    """The inverse of a convolution's arithmetic: strides make the feature map larger."""
    batch, spatial, channels = split(conv.shape_of(x), conv.format)
    params = plus(weights((*conv.kernel, conv.filters, channels)), conv.bias(conv.filters))
    extra = conv.output_padding or (None,) * conv.rank
    places = tuple(
        _enlarged(size, axis, conv, pad) for axis, (size, pad) in enumerate(zip(spatial, extra, strict=True))
    )
    if 0 in places:  # It depends on the device whether nothing can come out.
        empty = tuple(ANY if place == 0 else place for place in places)
        return conv.give(batch, empty, conv.filters, params)
    for axis, (size, place) in enumerate(zip(spatial, places, strict=True)):
        _need_inverse(conv, axis, size, place)
    return conv.give(batch, places, conv.filters, params)


def _need_inverse(conv: Conv, axis: int, size: Dim, place: Dim) -> None:
    """Refuses a size that the convolution of which this is the inverse would not give back."""
    cover = compute(lambda k, d: (k - 1) * d + 1, conv.kernel[axis], conv.dilation[axis])
    if conv.padding == "valid":
        back = compute(lambda n, k, s: (n - k) // s + 1, place, cover, conv.strides[axis])
    else:
        back = compute(lambda n, s: -(-n // s), place, conv.strides[axis])
    if differ(size, back):
        raise Rejected(
            Reason.MISMATCH,
            f"with this output_padding, {size} would become {place} on spatial axis {axis}, from which a"
            f" convolution does not come back to {size}: leave output_padding out",
            stage="call",
        )


def _enlarged(size: Dim, axis: int, conv: Conv, pad: Dim) -> Dim:
    if size is None:
        return None
    if conv.padding is None:
        return ANY
    stride = conv.strides[axis]
    if conv.padding == "same" and pad is None:
        return compute(lambda n, s: n * s, size, stride)
    cover = compute(lambda k, d: (k - 1) * d + 1, conv.kernel[axis], conv.dilation[axis])
    if conv.padding == "same":
        return compute(lambda n, s, k, p: (n - 1) * s + k % 2 + p, size, stride, cover, pad)
    if conv.padding != "valid":
        raise Rejected(Reason.ARGUMENT, 'padding must be "valid" or "same"', stage="build")
    if pad is None:
        return compute(lambda n, s, k: (n - 1) * s + max(k, s), size, stride, cover)
    return compute(lambda n, s, k, p: (n - 1) * s + k + p, size, stride, cover, pad)


@layer("DepthwiseConv1D", "DepthwiseConv2D", parse=_depthwise_arguments, fixed=_channels)
def depthwise(conv: Conv, x: TensorSpec) -> Inferred:
    """`depth_multiplier` filters on each channel by itself."""
    batch, spatial, channels = split(conv.shape_of(x), conv.format)
    width = product((channels, conv.multiplier))
    params = plus(weights((*conv.kernel, channels, conv.multiplier)), conv.bias(width))
    places = slide(spatial, conv.kernel, conv.strides, conv.padding, conv.dilation)
    return conv.give(batch, places, width, params)


@layer("SeparableConv1D", "SeparableConv2D", parse=_depthwise_arguments, fixed=_channels)
def separable(conv: Conv, x: TensorSpec) -> Inferred:
    """A depthwise convolution, then a 1x1 convolution that mixes its channels."""
    batch, spatial, channels = split(conv.shape_of(x), conv.format)
    width = product((channels, conv.multiplier))
    params = plus(
        weights((*conv.kernel, channels, conv.multiplier), (width, conv.filters)), conv.bias(conv.filters)
    )
    places = slide(spatial, conv.kernel, conv.strides, conv.padding, conv.dilation)
    return conv.give(batch, places, conv.filters, params)
