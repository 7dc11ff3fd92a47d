"""Image preprocessing and augmentation."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, NoReturn

from kerasfix.keras.layers.base import (
    OPAQUE,
    UNKNOWN,
    Inferred,
    LayerConfig,
    compute_dtype,
    data_format,
    elementwise,
    kept_dtype,
    layer,
    not_a_list,
    refuse,
)
from kerasfix.keras.shape import ANY, Dim, Reason, Rejected, Shape, Structure, TensorSpec, show

Config = Mapping[str, object]


class Bounds(NamedTuple):
    """What an argument takes: a number within the bounds, or two of them."""

    low: float
    high: float
    each: bool = False
    """Both of two numbers must lie within the bounds; else their range must only touch them."""
    none: bool = False
    """None is taken too."""
    above: bool = False
    """The lower bound itself is refused."""
    single: bool = False
    """Two numbers are refused."""


_UNIT: Final = Bounds(0, 1)
_SIGNED: Final = Bounds(-1, 1)
_UNIT_EACH: Final = Bounds(0, 1, each=True)
_SIGNED_EACH: Final = Bounds(-1, 1, each=True)

_BOUNDS: Final[Mapping[str, Mapping[str, Bounds]]] = {
    "AugMix": {"factor": _UNIT_EACH},
    "CutMix": {"factor": _UNIT},
    "RandAugment": {"factor": _UNIT_EACH},
    "RandomBrightness": {"factor": Bounds(-1, 1, none=True)},
    "RandomColorDegeneration": {"factor": _SIGNED},
    "RandomColorJitter": {
        "brightness_factor": Bounds(-1, 1, none=True),
        "contrast_factor": Bounds(0, 1, none=True),
        "saturation_factor": Bounds(-1, 1, none=True),
        "hue_factor": Bounds(0, 1, none=True),
    },
    "RandomContrast": {"factor": _UNIT},
    "RandomElasticTransform": {"factor": _UNIT, "scale": _UNIT},
    "RandomErasing": {"factor": _UNIT, "scale": _UNIT},
    "RandomGaussianBlur": {"factor": _UNIT, "sigma": _UNIT},
    "RandomHue": {"factor": _UNIT},
    "RandomInvert": {"factor": _UNIT},
    "RandomPerspective": {"factor": _UNIT, "scale": Bounds(0, 1, single=True)},
    "RandomPosterization": {"factor": Bounds(1, 8)},
    "RandomRotation": {"factor": Bounds(-1, 1, none=True)},
    "RandomSaturation": {"factor": _SIGNED},
    "RandomSharpness": {"factor": _UNIT},
    "RandomShear": {"x_factor": _UNIT_EACH, "y_factor": _UNIT_EACH},
    "RandomTranslation": {"height_factor": _SIGNED_EACH, "width_factor": _SIGNED_EACH},
    "RandomZoom": {
        "height_factor": Bounds(-1, 1, each=True, above=True),
        "width_factor": Bounds(-1, 1, each=True, none=True, above=True),
    },
    "Solarization": {"addition_factor": _UNIT_EACH, "threshold_factor": _UNIT_EACH},
}

# Arguments that take one of a few strings.
_WARPS: Final = {
    "fill_mode": ("reflect", "wrap", "constant", "nearest"),
    "interpolation": ("nearest", "bilinear"),
}
_CHOICES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "AugMix": {"interpolation": ("nearest", "bilinear")},
    "RandAugment": {"interpolation": ("nearest", "bilinear")},
    "RandomElasticTransform": {
        "fill_mode": ("constant", "nearest", "wrap", "mirror", "reflect"),
        "interpolation": ("nearest", "bilinear"),
    },
    "RandomPerspective": {"interpolation": ("nearest", "bilinear")},
    "RandomRotation": _WARPS,
    "RandomShear": _WARPS,
    "RandomTranslation": _WARPS,
    "RandomZoom": _WARPS,
}

# Words of arguments that are looked at when data flow through.
_RUN_CHOICES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "Resizing": {
        "interpolation": ("bilinear", "nearest", "lanczos3", "lanczos5", "bicubic", "area"),
        "fill_mode": ("constant",),
    },
}
# Numbers that data need; True where floats will not do.
_RUN_NUMBERS: Final[Mapping[str, Mapping[str, bool]]] = {
    "AugMix": {"num_chains": True, "chain_depth": True},
    "ContrastLimitedAdaptiveHistogramEqualization": {"clip_limit": False},
    "Equalization": {"bins": True},
    "MixUp": {"alpha": False},
    "RandAugment": {"num_ops": True},
    "RandomGaussianBlur": {"kernel_size": True},
    "RandomElasticTransform": {"fill_value": False},
    "RandomPerspective": {"fill_value": False},
    "RandomRotation": {"fill_value": False},
    "RandomShear": {"fill_value": False},
    "RandomTranslation": {"fill_value": False},
    "RandomZoom": {"fill_value": False},
}
# Arguments that data need two numbers of.
_RUN_PAIRS: Final[Mapping[str, tuple[str, ...]]] = {
    "ContrastLimitedAdaptiveHistogramEqualization": ("value_range", "tile_grid_size"),
    **dict.fromkeys(
        ("RandomContrast", "RandomElasticTransform", "RandomErasing", "RandomGaussianBlur", "RandomHue",
         "RandomInvert"),
        ("value_range",),
    ),
}  # fmt: skip
# Layers that look at the value range even where a factor is 0.
_ALWAYS_RUN: Final = (
    *(
        "RandomColorJitter",
        "RandomContrast",
        "RandomErasing",
        "RandomGaussianBlur",
        "RandomHue",
        "RandomInvert",
    ),
)
# Layers whose constructor wants `value_range` to be two numbers.
_VALUE_RANGES: Final = (
    *("AugMix", "AutoContrast", "Equalization", "RandAugment", "RandomBrightness", "RandomColorDegeneration"),
    *("RandomPosterization", "RandomSaturation", "RandomSharpness", "Solarization"),
)


def _arguments(layer: LayerConfig) -> LayerConfig:
    config = layer.config
    data_format(config)
    for name, bounds in _BOUNDS.get(layer.class_name, {}).items():
        _check(name, config.get(name, UNKNOWN), bounds)
    for name, allowed in _CHOICES.get(layer.class_name, {}).items():
        value = config.get(name, UNKNOWN)
        if value is not UNKNOWN and value not in allowed:
            refuse(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
    inner = layer.class_name == "RandomColorJitter" and _uses(
        config, "brightness_factor", "saturation_factor"
    )
    value_range = config.get("value_range", UNKNOWN)
    if (inner or layer.class_name in _VALUE_RANGES) and not _is_pair(value_range):
        refuse(f"value_range must be two numbers such as (0, 255), not {value_range!r}")
    kernel = config.get("kernel_size", UNKNOWN)
    if layer.class_name == "RandomGaussianBlur" and kernel is not UNKNOWN:
        sides = kernel if isinstance(kernel, tuple | list) and len(kernel) == 2 else (kernel,)
        if not all(isinstance(side, int | float) and side % 2 for side in sides if side is not UNKNOWN):
            refuse(f"kernel_size must be an odd number, or two of them, not {kernel!r}")
    return layer


def _uses(config: Config, *names: str) -> bool:
    """Whether one of the arguments is known and not None."""
    return any(config.get(name, UNKNOWN) not in (None, UNKNOWN) for name in names)


def _is_pair(value: object) -> bool:
    """Whether a value is, or may be, two numbers."""
    return value is UNKNOWN or (isinstance(value, tuple | list) and len(value) == 2)


def _check_run(layer: LayerConfig) -> None:
    """Refuses the arguments that only data show to be wrong."""
    name, config = layer.class_name, layer.config

    def refuse_late(argument: str, takes: str) -> NoReturn:
        message = f"{argument} must be {takes}, not {config[argument]!r}: it is taken, but data are not"
        raise Rejected(Reason.ARGUMENT, message, stage="call")

    pairs = _RUN_PAIRS.get(name, ())
    if name == "RandomColorJitter" and _uses(config, "contrast_factor", "hue_factor"):
        pairs = ("value_range",)
    for argument in pairs:
        if not _is_pair(config.get(argument, UNKNOWN)):
            refuse_late(argument, "two numbers")
    for argument, whole in _RUN_NUMBERS.get(name, {}).items():
        value = config.get(argument, UNKNOWN)
        if argument == "chain_depth" and config.get("num_chains", UNKNOWN) in (0, UNKNOWN):
            continue  # Not looked at, or perhaps not.
        if value is None or (whole and isinstance(value, float)):
            refuse_late(argument, "a whole number" if whole else "a number")
    for argument, allowed in _RUN_CHOICES.get(name, {}).items():
        if config.get(argument, UNKNOWN) not in (*allowed, UNKNOWN):
            refuse_late(argument, f"one of {', '.join(allowed)}")
    both = ("crop_to_aspect_ratio", "pad_to_aspect_ratio")
    if name == "Resizing" and all(config.get(flag, UNKNOWN) is True for flag in both):
        raise Rejected(Reason.ARGUMENT, f"only one of {' and '.join(both)} can be True", stage="call")


def _may_not_run(layer: LayerConfig) -> bool:
    """Whether a layer may leave images as they are, without a look at its arguments: a factor is, or may be, 0."""
    factors = [value for name, value in layer.config.items() if "factor" in name or name == "scale"]
    idle = (0, None, UNKNOWN)
    return any(
        any(item in idle for item in value) if isinstance(value, tuple | list) else value in idle
        for value in factors
    )


def _check(name: str, value: object, bounds: Bounds) -> None:
    if value is UNKNOWN or (value is None and bounds.none):
        return
    takes = f"{name} must be a number from {bounds.low} to {bounds.high}" + ", or two of them" * (
        not bounds.single
    )
    if isinstance(value, tuple | list) and not bounds.single:
        if len(value) != 2:
            refuse(f"{takes}, not {value!r}")
        first, second = value
        if not isinstance(first, int | float) or not isinstance(second, int | float):
            return
        if bounds.each:
            bad = not (_within(first, bounds) and _within(second, bounds))
        else:
            bad = first > bounds.high or second < bounds.low
    elif isinstance(value, int | float):
        bad = not _within(value, bounds)
    else:
        bad = True
    if bad:
        refuse(f"{takes}, not {value!r}")


def _within(value: float, bounds: Bounds) -> bool:
    return bounds.low <= value <= bounds.high and not (bounds.above and value == bounds.low)


def _need_image(shape: Shape) -> None:
    """Refuses what is neither one image nor a batch of them; Keras does so when data flow."""
    if len(shape) not in (3, 4):
        raise Rejected(
            Reason.RANK,
            f"the input has shape {show(shape)}, but the layer takes images: (batch, height, width, channels),"
            " or a single (height, width, channels)",
            expected="rank 4: (batch, height, width, channels)",
            rank=4,
            stage="call",
        )


@layer(
    "AugMix",
    "AutoContrast",
    "CutMix",
    "MixUp",
    "RandAugment",
    "RandomBrightness",
    "RandomColorJitter",
    "RandomContrast",
    "RandomElasticTransform",
    "RandomErasing",
    "MaxNumBoundingBoxes",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
    "Solarization",
    "ContrastLimitedAdaptiveHistogramEqualization",
    parse=_arguments,
    takes="structure",
)
def augmentation(arguments: LayerConfig, inputs: Structure, call: Config) -> Inferred:
    """Changes the values of images; their shape stays."""
    if isinstance(inputs, tuple) and all(
        isinstance(x, TensorSpec) and x.rank in (2, 3, None) for x in inputs
    ):
        return OPAQUE  # The list may be taken for one more axis.
    not_a_list(inputs)
    if isinstance(inputs, TensorSpec) and inputs.shape is not None:
        _need_image(inputs.shape)
        if _works_on_colors(arguments):
            # The layers that jitter is made of are not told the data format.
            inner = {} if arguments.class_name == "RandomColorJitter" else arguments.config
            _need_colors(inner, inputs.shape, "call")
        if arguments.class_name == "RandomPerspective" and 1 in _sides(arguments.config, inputs.shape):
            message = f"images of {show(inputs.shape)} have a side of 1, which has no perspective"
            raise Rejected(Reason.WINDOW, message, stage="call")
        if arguments.class_name == "ContrastLimitedAdaptiveHistogramEqualization":
            _need_tiles(arguments.config, inputs.shape)
    if arguments.class_name == "MaxNumBoundingBoxes" and not isinstance(inputs, TensorSpec):
        return OPAQUE  # Its boxes are cut.
    try:
        _check_run(arguments)
    except Rejected:
        if _may_not_run(arguments) and arguments.class_name not in _ALWAYS_RUN:
            return OPAQUE
        raise
    warped = all(arguments.config.get(name, UNKNOWN) not in (0, UNKNOWN) for name in ("factor", "scale"))
    if arguments.config.get("fill_mode") == "mirror" and warped:
        raise Rejected(Reason.ARGUMENT, 'fill_mode="mirror" is taken, but cannot be run', stage="call")
    return elementwise(arguments.config, inputs)


def _works_on_colors(arguments: LayerConfig) -> bool:
    if arguments.class_name == "RandomColorJitter":
        factors = (arguments.config.get(name) for name in ("hue_factor", "saturation_factor"))
        return any(factor is not None and factor is not UNKNOWN for factor in factors)
    return arguments.class_name in ("RandomHue", "RandomSaturation")


def _sides(config: Config, shape: Shape) -> Shape:
    """Height and width; nothing where the data format is not known."""
    format = data_format(config)
    return () if format is None else shape[-3:-1] if format == "channels_last" else shape[-2:]


def _need_tiles(config: Config, shape: Shape) -> None:
    """Refuses images so small that the last tiles would be more padding than image."""
    grid = config.get("tile_grid_size")
    if not isinstance(grid, tuple | list) or len(grid) != 2:
        return
    for side, tiles in zip(_sides(config, shape), grid, strict=False):
        if isinstance(side, int) and isinstance(tiles, int) and tiles > 0 and -side % tiles > side:
            raise Rejected(
                Reason.WINDOW,
                f"images of {show(shape)} are too small for {tiles} tiles a side",
                stage="call",
            )


def _need_colors(
    config: Config, shape: Shape, stage: Literal["build", "call"], takes: tuple[int, ...] = (3,)
) -> None:
    """Refuses images without red, green and blue."""
    format = data_format(config)
    if format is None:
        return
    channels = shape[-1] if format == "channels_last" else shape[-3]
    if isinstance(channels, int) and channels not in takes:
        raise Rejected(
            Reason.MISMATCH,
            f"the images {show(shape)} have {channels} channels, but the layer works on colors and takes 3",
            expected="3 channels",
            stage=stage,
        )


@layer("Equalization", parse=_arguments, takes="structure")
def equalization(arguments: LayerConfig, x: Structure, call: Config) -> Inferred:
    """Keeps shape and dtype."""
    if not isinstance(x, TensorSpec):
        return OPAQUE
    if x.shape is not None:
        _need_image(x.shape)
    _check_run(arguments)
    return Inferred(TensorSpec(x.shape, kept_dtype(arguments.config, x)), 0)


def _grayscale_arguments(layer: LayerConfig) -> LayerConfig:
    factor = layer.config.get("factor", UNKNOWN)
    if isinstance(factor, int | float):
        if not 0 <= factor <= 1:
            refuse(f"factor must be a number from 0 to 1, not {factor}")
    elif factor is not UNKNOWN:
        refuse(f"factor must be a number from 0 to 1, not {factor!r}")
    return _arguments(layer)


@layer("RandomGrayscale", parse=_grayscale_arguments)
def grayscale(arguments: LayerConfig, x: TensorSpec) -> Inferred:
    """Keeps shape and dtype; the channels become the same."""
    if x.shape is not None:
        _need_image(x.shape)
        _need_colors(arguments.config, x.shape, "call", (1, 3))
    return Inferred(TensorSpec(x.shape, kept_dtype(arguments.config, x)), 0)


@layer("RandomColorDegeneration", parse=_arguments)
def color_degeneration(arguments: LayerConfig, x: TensorSpec) -> Inferred:
    """Takes images of three channels only."""
    shape, config = x.shape, arguments.config
    if shape is None:
        return Inferred(TensorSpec(None, compute_dtype(config)), 0)
    if len(shape) not in (3, 4):
        raise Rejected(
            Reason.RANK,
            f"the input has shape {show(shape)}, but the layer takes images: (batch, height, width, channels)",
            expected="rank 4: (batch, height, width, channels)",
            rank=4,
            stage="build",
        )
    _need_colors(config, shape, "build")
    return Inferred(TensorSpec(shape, compute_dtype(config)), 0)


def _target(config: Config) -> Shape:
    """Height and width as given; the constructor does not look at them."""
    sizes = (config["height"], config["width"])
    for name, value in zip(("height", "width"), sizes, strict=True):
        if value is not UNKNOWN and value is not None and not isinstance(value, int):
            raise Rejected(Reason.ARGUMENT, f"{name} must be an integer, not {value!r}", stage="build")
    return tuple(value if isinstance(value, int) else None if value is None else ANY for value in sizes)


def _need_target(target: Shape) -> None:
    if None in target:
        raise Rejected(Reason.ARGUMENT, "height and width must be integers, not None", stage="call")


def _placed(shape: Shape, axes: tuple[int, int], target: Shape) -> Shape:
    result: list[Dim] = list(shape)
    for axis, size in zip(axes, target, strict=True):
        result[axis] = size
    return tuple(result)


def _fills(config: Config, dtype: str | None) -> bool:
    """Whether images of a dtype can be filled up: integers with integers only."""
    value = config.get("fill_value", 0.0)
    if "float" in (dtype or "float"):
        return value is not None
    return isinstance(value, int)


@layer("CenterCrop", "Resizing", parse=_arguments, takes="structure")
def resize(arguments: LayerConfig, inputs: Structure, call: Config) -> Inferred:
    """Images of the given height and width."""
    config = arguments.config
    dtype = compute_dtype(config)
    if not isinstance(inputs, TensorSpec):
        return OPAQUE
    format, target = data_format(config), _target(config)
    shape = inputs.shape
    # Then it is refused only where there is something to fill.
    unfit = config.get("pad_to_aspect_ratio", False) is not False and not _fills(config, inputs.dtype)
    if shape is None or format is None:
        return OPAQUE if unfit else Inferred(TensorSpec(None, dtype), 0)
    if len(shape) not in (3, 4):
        crop = arguments.class_name == "CenterCrop"
        if not crop and len(shape) >= (2 if format == "channels_last" else 3):
            _need_image(shape)
        raise Rejected(
            Reason.RANK,
            f"the input has shape {show(shape)}, but the layer takes images: (batch, height, width, channels)",
            expected="rank 4: (batch, height, width, channels)",
            rank=4,
            stage="build",
        )
    first = (1, 2) if format == "channels_last" else (2, 3)
    _need_target(target)
    _check_run(arguments)
    if unfit:
        return OPAQUE
    axes = first if len(shape) == 4 else (first[0] - 1, first[1] - 1)
    return Inferred(TensorSpec(_placed(shape, axes, target), dtype), 0)


@layer("RandomCrop", parse=_arguments, takes="structure")
def random_crop(arguments: LayerConfig, inputs: Structure, call: Config) -> Inferred:
    """A piece of the given height and width; small images are made larger first."""
    config = arguments.config
    dtype = compute_dtype(config)
    if not isinstance(inputs, TensorSpec):
        return OPAQUE
    format, target = data_format(config), _target(config)
    shape = inputs.shape
    if shape is None or format is None:
        return Inferred(TensorSpec(None, dtype), 0)
    axes = (-3, -2) if format == "channels_last" else (-2, -1)
    if len(shape) < -axes[0]:
        raise Rejected(
            Reason.RANK,
            f"the input has shape {show(shape)}, but the layer takes images: (batch, height, width, channels)",
            expected="rank 4: (batch, height, width, channels)",
            rank=4,
            stage="build",
        )
    _need_image(shape)
    _need_target(target)
    return Inferred(TensorSpec(_placed(shape, axes, target), dtype), 0)
