"""What layers refuse whatever the shape: dtypes, when data flow through them, and activations.

Keras casts floats to the dtype of the layer and hands all else to the backend as it is; the operations of
TensorFlow then take it or not. (In a model, data are first cast to the dtype of its Input, float32 if none
is given.)
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal

from kerasfix.keras.layers.base import UNKNOWN, compute_dtype, refuse
from kerasfix.keras.shape import UNKNOWN_SPEC, Reason, Rejected, Structure, TensorSpec

Config = Mapping[str, object]

_CONVOLUTIONS: Final = (
    "Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose DepthwiseConv1D DepthwiseConv2D"
    " SeparableConv1D SeparableConv2D ConvLSTM1D ConvLSTM2D ConvLSTM3D"
)
_FLOATS_ONLY: Final = frozenset(
    f"{_CONVOLUTIONS} AveragePooling1D AveragePooling2D AveragePooling3D MaxPooling3D ELU PReLU Softmax"
    " AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling3D"
    " UnitNormalization RandomContrast RandomSaturation STFTSpectrogram".split()
)
_NO_BOOLEANS: Final = frozenset(
    [
        "AdaptiveMaxPooling1D",
        "AdaptiveMaxPooling2D",
        "MaxPooling1D",
        "MaxPooling2D",
        "LeakyReLU",
        "ReLU",
        "RandomBrightness",
        "Resizing",
    ]
)

_ACTIVATIONS: Final = (
    "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear"
    " log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign"
    " sparse_plus sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold"
)
ACTIVATIONS: Final = frozenset(_ACTIVATIONS.split())
"""What `activation=` takes as a string."""

# Activations that take integers, and of these the ones that take booleans too.
_INTEGER_ACTIVATIONS: Final = frozenset(("linear", "exponential", "tanh", "relu", "relu6", "leaky_relu"))
_BOOLEAN_ACTIVATIONS: Final = frozenset(("linear", "exponential", "tanh"))


def check_names(config: Config) -> None:
    """Refuses the name of an activation that Keras does not have."""
    for name in ("activation", "recurrent_activation"):
        value = config.get(name)
        if isinstance(value, str) and value not in ACTIVATIONS:
            refuse(f"{name}={value!r} is not an activation of Keras")


def check(class_name: str, config: Config, inputs: Structure, output: Structure) -> None:
    """Refuses data of a dtype that the layer's operations do not have, and activations that cannot run."""
    if output == UNKNOWN_SPEC:  # What the layer does with such an input is not known at all.
        return
    check_activation(config, output, "call")
    _check_epsilon(class_name, config)
    if class_name == "CutMix" and _one_picture(inputs):
        return  # there is none to mix it with: it stays as it is
    dtypes = [spec.dtype for spec in _leaves(inputs)]
    dtype = compute_dtype(config)
    special = _SPECIAL.get(class_name)
    if None in dtypes or dtype is None:
        return
    found = [dtype if _is_float(name) else str(name) for name in dtypes]
    given = next((name for name in dtypes if not _is_float(name)), None)
    if given is None:
        refused = special is not None and special(config, found)
    elif class_name in _FLOATS_ONLY or (class_name in _NO_BOOLEANS and "bool" in found):
        refused = True
    else:
        refused = special is not None and special(config, found)
    if refused:
        raise Rejected(
            Reason.DTYPE,
            f"{class_name} cannot work on {given} data: cast them before, for instance with"
            ' x.astype("float32"), or let the model do it with keras.Input of dtype float32'
            if given
            else f'{class_name} has no {dtype} operation: give it dtype="float32"',
            expected="floating-point data" if given else "",
            stage="call",
        )


def _one_picture(inputs: Structure) -> bool:
    """Whether the images, or those of a dict, are a single one without a batch axis."""
    images = inputs.get("images") if isinstance(inputs, Mapping) else inputs
    return isinstance(images, TensorSpec) and images.rank == 3


def _check_epsilon(class_name: str, config: Config) -> None:
    """Refuses what cannot be added to a variance; only some take None for no number at all."""
    epsilon = config.get("epsilon", UNKNOWN)
    if class_name in _NORMALIZING and (
        isinstance(epsilon, str) or (epsilon is None and class_name == "GroupNormalization")
    ):
        raise Rejected(Reason.ARGUMENT, f"epsilon must be a number, not {epsilon!r}", stage="call")


_NORMALIZING: Final = ("GroupNormalization", "LayerNormalization", "RMSNormalization")


def check_activation(config: Config, output: Structure, stage: Literal["build", "call"]) -> None:
    """Refuses activations that take more than the tensor, or halve an axis that has no half.

    Stage "build" is for layers that are run already when a model is made: those that declare no shape.
    """
    for argument in ("activation", "recurrent_activation"):
        name = config.get(argument)
        if name == "threshold":
            raise Rejected(
                Reason.ARGUMENT,
                f'{argument}="threshold" cannot be run by its name: it needs a threshold and a default value',
                stage=stage,
            )
        if name == "sparsemax" and stage == "build" and compute_dtype(config) == "float16":
            raise Rejected(
                Reason.DTYPE,
                f'{argument}="sparsemax" has no float16 operation in a graph: give the layer dtype="float32"',
                stage=stage,
            )
        if name != "glu":
            continue
        first = next(_leaves(output))
        if first.shape and isinstance(first.shape[-1], int) and first.shape[-1] % 2:
            raise Rejected(
                Reason.MISMATCH,
                f'{argument}="glu" halves the last axis, which has the odd size {first.shape[-1]}',
                stage=stage,
            )


def _all_floats(dtypes: list[str]) -> bool:
    return all(_is_float(dtype) for dtype in dtypes)


def _leaves(structure: Structure) -> Iterator[TensorSpec]:
    if isinstance(structure, TensorSpec):
        yield structure
    else:
        for item in structure.values() if isinstance(structure, dict) else structure:
            yield from _leaves(item)


def _is_float(dtype: str | None) -> bool:
    return dtype is not None and "float" in dtype


# --- layers where it depends on an argument or on several inputs ----------------------------------------


def _activation(config: Config, dtypes: list[str]) -> bool:
    name = config.get("activation")
    if not isinstance(name, str) or _all_floats(dtypes):
        return False
    return name not in (_BOOLEAN_ACTIVATIONS if "bool" in dtypes else _INTEGER_ACTIVATIONS)


def _penalty(config: Config, dtypes: list[str]) -> bool:
    """The squares of small integers are summed as larger ones, which do not meet the penalty's dtype."""
    given = [config.get(name, 0.0) for name in ("l1", "l2")]
    if UNKNOWN in given:
        return False
    return any(given) and bool({"bool", "uint8", "int8", "uint16", "int16"} & set(dtypes))


def _dropouts(config: Config, dtypes: list[str]) -> bool:
    rate = config.get("dropout", 0.0)
    return isinstance(rate, int | float) and rate > 0 and not _all_floats(dtypes)


def _mirrored(config: Config, dtypes: list[str]) -> bool:
    """With a slope and a bound or threshold, negative values are worked on apart, in the dtype of the input."""
    slope, threshold, bound = (config.get(name) for name in ("negative_slope", "threshold", "max_value"))
    if UNKNOWN in (slope, threshold, bound) or _all_floats(dtypes):
        return False
    if not slope or (bound is None and not threshold):
        return False
    fractions = isinstance(slope, float) or (isinstance(threshold, float) and threshold != 0)
    return fractions or any(dtype.startswith("uint") for dtype in dtypes)


def _both_bool(config: Config, dtypes: list[str]) -> bool:
    """Inputs are merged from the left: two booleans have no sum, whatever comes after them."""
    return len(dtypes) > 1 and dtypes[0] == dtypes[1] == "bool"


def _average(config: Config, dtypes: list[str]) -> bool:
    return _both_bool(config, dtypes) or dtypes == ["bool"]


def _upsampled(config: Config, dtypes: list[str]) -> bool:
    return "bool" in dtypes and config.get("interpolation", "nearest") not in ("nearest", UNKNOWN)


def _added(config: Config, dtypes: list[str]) -> bool:
    """Query and key are added as they are, without a common dtype."""
    query, key = dtypes[0], dtypes[-1]
    return query != key or query == "bool"


def _attended(config: Config, dtypes: list[str]) -> bool:
    if config.get("score_mode", "dot") == "concat":
        return _added(config, dtypes)
    if config.get("score_mode", "dot") != "dot" or config.get("use_scale", False) is not False:
        return False
    return not _is_float(dtypes[0]) and not _is_float(dtypes[-1])


def _normalized(config: Config, dtypes: list[str]) -> bool:
    return config.get("normalize", False) is True and not _all_floats(dtypes)


def _bounded(config: Config, dtypes: list[str]) -> bool:
    """Integers are cut to the value range, which must be of integers too."""
    bounds = config.get("value_range")
    fractions = isinstance(bounds, tuple | list) and any(isinstance(bound, float) for bound in bounds)
    return fractions and not _all_floats(dtypes)


def _in_bfloat16(config: Config, dtypes: list[str]) -> bool:
    return compute_dtype(config) == "bfloat16"


def _in_float64(config: Config, dtypes: list[str]) -> bool:
    return compute_dtype(config) == "float64"


def _decibels(config: Config, dtypes: list[str]) -> bool:
    """Only what turns power into decibels lacks float64."""
    return compute_dtype(config) == "float64" and config.get("power_to_db", True) is True


_SPECIAL: Final[Mapping[str, Callable[[Config, list[str]], bool]]] = {
    "Activation": _activation,
    "ActivityRegularization": _penalty,
    "LSTM": _dropouts,
    "GRU": _dropouts,
    "SimpleRNN": _dropouts,
    "Add": _both_bool,
    "Average": _average,
    "Maximum": _both_bool,
    "Minimum": _both_bool,
    "Multiply": _both_bool,
    "Subtract": _both_bool,
    "UpSampling2D": _upsampled,
    "AdditiveAttention": _added,
    "CutMix": _in_bfloat16,
    "Dot": _normalized,
    "MelSpectrogram": _decibels,
    "AdaptiveMaxPooling3D": _in_float64,
    "MaxPooling3D": _in_float64,
    "STFTSpectrogram": _in_bfloat16,
    "RandomBrightness": _bounded,
    "ReLU": _mirrored,
    "Attention": _attended,
}
