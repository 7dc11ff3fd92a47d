"""`keras.ops` that layers are made of: convolutions, pools, normalization, attention, losses, images."""

from functools import partial
from typing import Final

from kerasfix.keras import api
from kerasfix.keras.layers import UNKNOWN, LayerConfig, infer
from kerasfix.keras.shape import Dim, Rejected, Shape, TensorSpec
from kerasfix.trace.library import families as f
from kerasfix.trace.library import shapes
from kerasfix.trace.library.arguments import Arguments, Table, register
from kerasfix.trace.library.linear_algebra import of_shape
from kerasfix.trace.values import Value

# --- what a layer does too: its shape is that of the layer ----------------------------------------------


def _as_layer(args: Arguments, kind: str, **given: object) -> Value:
    """The output of the layer `kind` for the rank of `x`, such as `MaxPooling2D`, with the call's arguments."""
    x = args.array("x")
    rank = x.spec.rank if x is not None else None
    if x is None or rank is None or not 3 <= rank <= 5:
        return args.unknown()
    name = kind.replace("#", str(rank - 2))
    signature = api.signature(f"keras.layers.{name}")
    if signature is None:
        return args.unknown()
    values: dict[str, object] = {
        p.name: UNKNOWN if p.default is ... or p.required else p.default for p in signature.parameters
    }
    values |= {name: args.constant(name) for name in args.given if name in values} | given
    try:
        output = infer(LayerConfig(name, values), TensorSpec(x.spec.shape)).output
    except Rejected:
        return args.unknown()
    shape = output.shape if isinstance(output, TensorSpec) else None
    return args.give(shape, f.floats_only(x.spec.dtype, args), x)


def _kernel(args: Arguments, name: str = "kernel") -> Shape | None:
    kernel = args.array(name)
    return kernel.spec.shape if kernel is not None else None


def _known(dim: Dim) -> object:
    return dim if isinstance(dim, int) else UNKNOWN


def _convolution(args: Arguments, kind: str, filters: int = -1, depthwise: bool = False) -> Value:
    kernel, x = _kernel(args), args.array("x")
    if kernel is None or x is None or x.spec.rank is None or len(kernel) != x.spec.rank:
        return args.unknown()
    size = tuple(map(_known, kernel[:-2]))
    if depthwise:
        return _as_layer(args, kind, kernel_size=size, depth_multiplier=_known(kernel[-1]))
    groups: dict[str, object] = {} if "Transpose" in kind else {"groups": UNKNOWN}
    return _as_layer(args, kind, kernel_size=size, filters=_known(kernel[filters]), **groups)


def _separable(args: Arguments) -> Value:
    kernel, last = _kernel(args), _kernel(args, "pointwise")
    if kernel is None or last is None or not last or len(kernel) < 3:
        return args.unknown()
    return _as_layer(
        args, "SeparableConv#D", kernel_size=tuple(map(_known, kernel[:-2])), filters=_known(last[-1]),
        depth_multiplier=_known(kernel[-1]),
    )  # fmt: skip


# --- attention, losses ----------------------------------------------------------------------------------


def _attended(args: Arguments, shape: Shape) -> Shape | None:
    value = args.array("value")
    known = value is not None and value.spec.shape
    return (*shape[:-1], known[-1]) if known and shape else None


def _per_sample(args: Arguments, shape: Shape) -> Shape | None:
    place = shapes.axis_index(args.constant("axis", -1), len(shape))
    return None if place is None else (*shape[:place], *shape[place + 1 :])


def _same(args: Arguments, shape: Shape) -> Shape | None:
    return shape


def _classes(args: Arguments, shape: Shape) -> Shape | None:
    """`multi_hot`: the axis of numbers becomes one of classes."""
    classes = args.constant("classes")
    place = shapes.axis_index(args.constant("axis", -1), len(shape))
    if not isinstance(classes, int) or place is None or args.constant("axis", -1) != -1:
        return None
    return (*shape[:-1], classes) if len(shape) > 1 else (classes,)


# --- images ---------------------------------------------------------------------------------------------


def _format(args: Arguments) -> bool | None:
    """Whether channels are last; None where that is not known."""
    given = args.constant("data_format")
    return {None: True, "channels_last": True, "channels_first": False}.get(given)


def _sized(shape: Shape, sides: tuple[Dim, Dim], last: bool | None) -> Shape | None:
    if last is None or len(shape) not in (3, 4):
        return None
    return (*shape[:-3], *sides, shape[-1]) if last else (*shape[:-2], *sides)


def _resized(args: Arguments, shape: Shape) -> Shape | None:
    size = args.shape("size")
    return _sized(shape, (size[0], size[1]), _format(args)) if size is not None and len(size) == 2 else None


def _sides(shape: Shape, last: bool | None) -> tuple[Dim, Dim] | None:
    if last is None or len(shape) not in (3, 4):
        return None
    height, width = shape[-3:-1] if last else shape[-2:]
    return height, width


def _grown(args: Arguments, shape: Shape, sign: int) -> Shape | None:
    """`pad_images` and `crop_images`: by so much on each side, or to a size."""
    sides = _sides(shape, _format(args))
    if sides is None:
        return None
    found: list[Dim] = []
    for side, names in zip(sides, (("top", "bottom", "height"), ("left", "right", "width")), strict=True):
        before, after, target = (args.constant(name) for name in names)
        if isinstance(target, int):
            found.append(target)
        elif isinstance(before, int) and isinstance(after, int) and target is None:
            found.append(side + sign * (before + after) if isinstance(side, int) else side)
        else:
            return None
    return _sized(shape, (found[0], found[1]), _format(args))


def _grey(args: Arguments, shape: Shape) -> Shape | None:
    last = _format(args)
    if last is None or len(shape) not in (3, 4):
        return None
    return shapes.replaced(shape, -1 if last else -3, 1)


def _patches(args: Arguments, shape: Shape, axes: int) -> Shape | None:
    """`extract_patches`: windows along height and width, each laid out along the channels."""
    size, strides, padding = (
        args.constant("size"),
        args.constant("strides"),
        args.constant("padding", "valid"),
    )
    size = (size,) * axes if isinstance(size, int) else size
    strides = size if strides is None else (strides,) * axes if isinstance(strides, int) else strides
    plain = isinstance(size, tuple | list) and isinstance(strides, tuple | list) and len(size) == axes
    if not plain or args.constant("dilation_rate", 1) != 1 or not _format(args) or len(shape) <= axes:
        return None
    places: list[Dim] = []
    for side, window, stride in zip(shape[-axes - 1 : -1], size, strides, strict=False):
        if not isinstance(side, int):
            places.append(side)
        elif padding == "same":
            places.append(-(-side // stride))
        else:
            places.append((side - window) // stride + 1)
    channels = shapes.product([shape[-1], *size])
    return (*shape[: -axes - 1], *places, channels)


def _mapped(args: Arguments, shape: Shape) -> Shape | None:
    """`map_coordinates`: as many values as there are coordinates."""
    given = _kernel(args, "coordinates")
    return given[1:] if given else None


def _blocks(args: Arguments, shape: Shape, deeper: bool) -> Shape | None:
    """`space_to_depth` and back."""
    block = args.constant("block")
    sides = _sides(shape, _format(args)) if len(shape) == 4 else None
    if not isinstance(block, int) or block < 1 or sides is None:
        return None
    channels = shape[-1] if _format(args) else shape[1]

    def scaled(dim: Dim, up: int, down: int) -> Dim:
        return dim * up // down if isinstance(dim, int) else dim

    up, down = (1, block) if deeper else (block, 1)
    height, width = (scaled(side, up, down) for side in sides)
    depth = scaled(channels, down * down, up * up)
    return (shape[0], height, width, depth) if _format(args) else (shape[0], depth, height, width)


_IMAGE: Final = "x=images"
_KEPT_IMAGES: Final = (
    "affine_transform elastic_transform gaussian_blur hsv_to_rgb rgb_to_hsv perspective_transform"
)
_POOL: Final = "x=inputs pool_size strides padding data_format"
_CONV: Final = "x=inputs kernel strides padding data_format dilation_rate"

TABLE: Table = {
    "conv": (partial(_convolution, kind="Conv#D"), _CONV),
    "conv_transpose": (
        partial(_convolution, kind="Conv#DTranspose", filters=-2),
        "x=inputs kernel strides padding output_padding data_format dilation_rate",
    ),
    "depthwise_conv": (partial(_convolution, kind="DepthwiseConv#D", depthwise=True), _CONV),
    "separable_conv": (
        _separable,
        "x=inputs kernel=depthwise_kernel pointwise=pointwise_kernel strides padding data_format dilation_rate",
    ),
    "max_pool": (partial(_as_layer, kind="MaxPooling#D"), _POOL),
    "average_pool": (partial(_as_layer, kind="AveragePooling#D"), _POOL),
    **dict.fromkeys(
        ("layer_normalization", "rms_normalization", "batch_normalization", "normalize"),
        (partial(of_shape, rule=_same), "x"),
    ),
    "dot_product_attention": (partial(of_shape, rule=_attended), "x=query key value"),
    "binary_crossentropy": (partial(of_shape, rule=_same), "x=output target from_logits"),
    "categorical_crossentropy": (partial(of_shape, rule=_per_sample), "target x=output from_logits axis"),
    "sparse_categorical_crossentropy": (partial(of_shape, rule=_same), "x=target"),
    "ctc_loss": (partial(of_shape, rule=lambda args, shape: shape[:1] or None), "x=target"),
    "multi_hot": (partial(of_shape, rule=_classes, dtype=f.no_dtype), "x=inputs classes=num_classes axis"),
    "in_top_k": (partial(of_shape, rule=_same, dtype=f.bool_dtype), "x=targets predictions k"),
    "space_to_depth": (partial(of_shape, rule=partial(_blocks, deeper=True)), "x block=block_size data_format"),
    "depth_to_space": (partial(of_shape, rule=partial(_blocks, deeper=False)), "x block=block_size data_format"),
}  # fmt: skip
IMAGES: Table = {
    **{name: (partial(of_shape, rule=_same), _IMAGE) for name in _KEPT_IMAGES.split()},
    "resize": (
        partial(of_shape, rule=_resized),
        f"{_IMAGE} size interpolation antialias crop_to_aspect_ratio pad_to_aspect_ratio fill_mode fill_value"
        " data_format",
    ),
    "rgb_to_grayscale": (partial(of_shape, rule=_grey), f"{_IMAGE} data_format"),
    "pad_images": (
        partial(of_shape, rule=partial(_grown, sign=1)),
        f"{_IMAGE} top=top_padding left=left_padding bottom=bottom_padding right=right_padding"
        " height=target_height width=target_width data_format",
    ),
    "crop_images": (
        partial(of_shape, rule=partial(_grown, sign=-1)),
        f"{_IMAGE} top=top_cropping left=left_cropping bottom=bottom_cropping right=right_cropping"
        " height=target_height width=target_width data_format",
    ),
    "extract_patches": (
        partial(of_shape, rule=partial(_patches, axes=2)), f"{_IMAGE} size strides dilation_rate padding data_format",
    ),
    "extract_patches_3d": (
        partial(of_shape, rule=partial(_patches, axes=3)),
        "x=volumes size strides dilation_rate padding data_format",
    ),
    "map_coordinates": (partial(of_shape, rule=_mapped), "x=inputs coordinates order"),
    "scale_and_translate": (
        partial(of_shape, rule=lambda args, shape: args.shape("shape")), f"{_IMAGE} shape=output_shape",
    ),
}  # fmt: skip
for _module in ("keras.ops.", "keras.ops.nn."):
    register("keras", _module, TABLE)
register("keras", "keras.ops.image.", IMAGES)
