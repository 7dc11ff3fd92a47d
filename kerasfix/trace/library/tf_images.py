"""What `tf.image` does to a picture, or a batch of pictures: channels are last."""

from functools import partial
from typing import Final

from kerasfix.keras.shape import ANY, Dim, Shape, TensorSpec
from kerasfix.trace.calls import Call
from kerasfix.trace.library import dtypes, models, shapes
from kerasfix.trace.library import families as f
from kerasfix.trace.library import linear_algebra as la
from kerasfix.trace.library import rearranging as r
from kerasfix.trace.library.arguments import Arguments, Table, facts_of, register, shaped_of
from kerasfix.trace.values import NO_FACTS, Array, Facts, Value


def _sized(shape: Shape, height: Dim, width: Dim) -> Shape | None:
    return (*shape[:-3], height, width, shape[-1]) if len(shape) in (3, 4) else None


def _argument(args: Arguments, name: str) -> Dim:
    size = args.constant(name)
    return size if isinstance(size, int) else ANY


def _to_target(args: Arguments, shape: Shape) -> Shape | None:
    return _sized(shape, _argument(args, "height"), _argument(args, "width"))


def _to_size(args: Arguments, shape: Shape) -> Shape | None:
    size = args.shape("size")
    if size is None or len(size) != 2:
        size = (ANY, ANY)
    kept = args.constant("preserve_aspect_ratio", False)
    return _sized(shape, *(size if kept is False else (ANY, ANY)))


def _resized(args: Arguments, rule: la.Rule = _to_size) -> Value:
    """`resize`: floats, but for the nearest pixels as they are; between pixels no value is outside of theirs."""
    x, method = args.array("x"), args.constant("method", "bilinear")
    if x is None:
        return args.unknown()
    nearest, known = method == "nearest", method in {"nearest", "bilinear", "area"}
    shape = rule(args, x.spec.shape) if x.spec.shape is not None else None
    dtype = x.spec.dtype if nearest else "float32" if known else None
    facts = facts_of(x)
    if rule is not _to_size and (facts.low or facts.high is None or facts.high < 0):
        facts = NO_FACTS  # with zeros around
    return args.give(shape, dtype, x, facts=facts if known else NO_FACTS)


def _cut(args: Arguments, shape: Shape) -> Shape | None:
    return args.shape("size")


def _central(args: Arguments, shape: Shape) -> Shape | None:
    """`central_crop`: so large a part of each side, cut off alike on both."""
    part = args.constant("fraction")
    if len(shape) not in (3, 4) or not isinstance(part, (int, float)) or not 0 < part <= 1:
        return None

    def left(side: Dim) -> Dim:
        return side - 2 * int((side - side * part) / 2) if isinstance(side, int) else ANY

    return _sized(shape, left(shape[-3]), left(shape[-2]))


def _turned(args: Arguments, shape: Shape) -> Shape | None:
    """`rot90` turns by quarters, `transpose` swaps the sides."""
    quarters = args.constant("k", 1)
    if len(shape) not in (3, 4):
        return None
    if not isinstance(quarters, int):
        return _sized(shape, ANY, ANY)
    return _sized(shape, shape[-2], shape[-3]) if quarters % 2 else shape


def _with_channels(args: Arguments, shape: Shape, channels: int) -> Shape | None:
    return shapes.replaced(shape, -1, channels)


def _as_floats(dtype: str | None, args: Arguments) -> str | None:
    return dtype if dtype in dtypes.FLOAT_BITS else "float32" if dtype in dtypes.INTEGERS else None


def _converted(args: Arguments) -> Value:
    """`convert_image_dtype`: integers of a dtype are its whole range, floats go from 0 to 1."""
    x, dtype = args.array("x"), args.dtype()
    if x is None:
        return args.unknown()
    limits, facts = dtypes.limits(x.spec.dtype or ""), facts_of(x)
    scaled = NO_FACTS
    if dtype == x.spec.dtype and dtype is not None:
        scaled = facts
    elif (
        dtype in dtypes.FLOAT_BITS and limits is not None and facts.low is not None and facts.high is not None
    ):
        scaled = Facts(facts.low / limits[1], facts.high / limits[1])
    return args.give(x.spec.shape, dtype, x, facts=scaled, shaped=shaped_of(x))


def _decoded(args: Arguments, rank: int = 3) -> Value:
    """A picture from a file: its size is not known."""
    channels = args.constant("channels", 0)
    last = channels if isinstance(channels, int) and channels else ANY
    whole = args.call.name.endswith("decode_image") and args.constant("animations", True) is not False
    dtype = args.dtype("uint8")
    facts = Facts(0, 255) if dtype == "uint8" else NO_FACTS
    return args.give(None if whole else (ANY,) * (rank - 1) + (last,), dtype, facts=facts)


_SHAPE: Final = partial(la.of_shape, rule=la.same, dtype=f.same_dtype)
_KEPT: Final = "flip_left_right flip_up_down random_flip_left_right random_flip_up_down"
_ADJUSTED: Final = (
    "adjust_brightness adjust_contrast adjust_gamma adjust_hue adjust_saturation adjust_jpeg_quality random_brightness"
    " random_contrast random_hue random_saturation random_jpeg_quality"
)
_COLOURS: Final = "hsv_to_rgb rgb_to_hsv rgb_to_yiq rgb_to_yuv yiq_to_rgb yuv_to_rgb"

_TABLE: Final[Table] = {
    **{f"{start}{name}": (r.rearrange, "x=image") for name in _KEPT.split() for start in ("", "stateless_")},
    **{f"{start}{name}": (_SHAPE, "x=image") for name in _ADJUSTED.split() for start in ("", "stateless_")},
    "adjust_contrast": (_SHAPE, "x=images"),
    **dict.fromkeys(_COLOURS.split(), (_SHAPE, "x=images")),
    "per_image_standardization": (partial(la.of_shape, rule=la.same, dtype=_as_floats), "x=image"),
    "convert_image_dtype": (_converted, "x=image dtype saturate"),
    "resize": (_resized, "x=images size method preserve_aspect_ratio antialias"),
    "resize_with_pad": (partial(_resized, rule=_to_target), "x=image height=target_height width=target_width method"),
    "resize_with_crop_or_pad": (
        partial(la.of_shape, rule=_to_target, dtype=f.same_dtype), "x=image height=target_height width=target_width",
    ),
    **dict.fromkeys(
        ("pad_to_bounding_box", "crop_to_bounding_box"),
        (
            partial(la.of_shape, rule=_to_target, dtype=f.same_dtype),
            "x=image offset_height offset_width height=target_height width=target_width",
        ),
    ),
    **dict.fromkeys(
        ("random_crop", "stateless_random_crop"),
        (partial(la.of_shape, rule=_cut, dtype=f.same_dtype), "x=value size seed"),
    ),
    "central_crop": (partial(la.of_shape, rule=_central, dtype=f.same_dtype), "x=image fraction=central_fraction"),
    "rot90": (partial(la.of_shape, rule=_turned, dtype=f.same_dtype), "x=image k"),
    "transpose": (partial(la.of_shape, rule=_turned, dtype=f.same_dtype), "x=image"),
    "grayscale_to_rgb": (
        partial(la.of_shape, rule=partial(_with_channels, channels=3), dtype=f.same_dtype), "x=images",
    ),
    "rgb_to_grayscale": (
        partial(la.of_shape, rule=partial(_with_channels, channels=1), dtype=f.same_dtype), "x=images",
    ),
}  # fmt: skip
_DECODERS: Final[Table] = {
    **dict.fromkeys(("decode_jpeg", "decode_png", "decode_bmp"), (_decoded, "contents channels")),
    "decode_png": (_decoded, "contents channels dtype"),
    "decode_image": (_decoded, "contents channels dtype name animations=expand_animations"),
    "decode_gif": (partial(_decoded, rank=4), "contents"),
}
register("tensorflow", "tensorflow.image.", _TABLE | _DECODERS)
register("tensorflow", "tensorflow.io.", _DECODERS)


@models("tensorflow.io.read_file")
def _read_file(call: Call) -> Value:
    """The bytes of a file: one string."""
    return Array(TensorSpec((), None), call.node, Facts(text=True))
