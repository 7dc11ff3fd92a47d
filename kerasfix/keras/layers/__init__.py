"""The layer engine: output shape, dtype and parameter count of every Keras layer, without Keras.

    infer(LayerConfig("Dense", {"units": 10, "use_bias": True}), TensorSpec((None, 784)))
    -> Inferred(TensorSpec((None, 10), "float32"), 7850)

What Keras refuses is raised as `Rejected`: with stage "construct" when the layer is made, "build" when it is
put on an input, "call" when only data that flows through it makes Keras fail.
"""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Final, Literal

from kerasfix.keras.layers import running
from kerasfix.keras.layers.base import (
    KINDS,
    OPAQUE,
    UNKNOWN,
    Inferred,
    Kind,
    LayerConfig,
    NumpyInteger,
    Reshaped,
    Stretched,
    differ,
)
from kerasfix.keras.shape import Dim, Reason, Rejected, Shape, Structure, TensorSpec, show

__all__ = [
    "UNKNOWN",
    "Inferred",
    "LayerConfig",
    "NumpyInteger",
    "canonical_class",
    "construct",
    "infer",
    "is_known",
]

# The families, one module each: only those that a program uses are imported.
_FAMILIES: Final = {
    "activations": "Activation ELU LeakyReLU PReLU ReLU Softmax",
    "attention": "AdditiveAttention Attention GroupQueryAttention MultiHeadAttention",
    "conv": "Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose DepthwiseConv1D"
    " DepthwiseConv2D SeparableConv1D SeparableConv2D",
    "convlstm": "ConvLSTM1D ConvLSTM2D ConvLSTM3D",
    "core": "Dense Embedding Identity InputLayer Lambda Masking ReversibleEmbedding",
    "einsum": "EinsumDense",
    "image": "AugMix AutoContrast CenterCrop ContrastLimitedAdaptiveHistogramEqualization CutMix"
    " Equalization MaxNumBoundingBoxes MixUp RandAugment RandomBrightness RandomColorDegeneration"
    " RandomColorJitter RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip"
    " RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization"
    " RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom Resizing"
    " Solarization",
    "merging": "Add Average Concatenate Dot Maximum Minimum Multiply Subtract",
    "normalization": "BatchNormalization GroupNormalization LayerNormalization RMSNormalization"
    " UnitNormalization",
    "pooling": "AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D"
    " AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D AveragePooling1D AveragePooling2D"
    " AveragePooling3D GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D"
    " GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D MaxPooling1D MaxPooling2D MaxPooling3D",
    "recurrent": "GRU GRUCell LSTM LSTMCell RNN SimpleRNN SimpleRNNCell StackedRNNCells",
    "regularization": "ActivityRegularization AlphaDropout Dropout GaussianDropout GaussianNoise"
    " SpatialDropout1D SpatialDropout2D SpatialDropout3D",
    "preprocessing": "CategoryEncoding Discretization HashedCrossing Hashing IntegerLookup Normalization"
    " Rescaling StringLookup TextVectorization",
    "sounds": "MelSpectrogram STFTSpectrogram",
    "reshaping": "Cropping1D Cropping2D Cropping3D Flatten Permute RepeatVector Reshape UpSampling1D"
    " UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D",
    "wrappers": "Bidirectional Pipeline SpectralNormalization TimeDistributed",
}

_FAMILY: Final = {name: family for family, names in _FAMILIES.items() for name in names.split()}

_ALIASES: Final = {
    "AvgPool": "AveragePooling",
    "GlobalAvgPool": "GlobalAveragePooling",
    "GlobalMaxPool": "GlobalMaxPooling",
    "MaxPool": "MaxPooling",
    "Convolution": "Conv",
    "SeparableConvolution": "SeparableConv",
}


def canonical_class(name: str) -> str:
    """The name of a layer's class, from any of its public names (`MaxPool2D` is `MaxPooling2D`)."""
    if name in _FAMILY:
        return name
    for short, long in _ALIASES.items():
        dims = name.removeprefix(short)
        if name.startswith(short) and long + dims in _FAMILY:
            return long + dims
    return name


def is_known(class_name: str) -> bool:
    """Whether the engine has the rules of this class (under any of its public names)."""
    return canonical_class(class_name) in _FAMILY


def construct(layer: LayerConfig) -> None:
    """Raises Rejected (stage "construct") for arguments that the layer's constructor refuses."""
    kind = _kind(layer.class_name)
    if kind is None:
        return
    running.check_names(layer.config)
    try:
        kind.parse(layer)
    except Rejected as rejected:
        if rejected.stage == "construct":
            raise


_NO_ARGUMENTS: Final[Mapping[str, object]] = MappingProxyType({})


def infer(
    layer: LayerConfig,
    inputs: Structure,
    built_with: Structure | None = None,
    call: Mapping[str, object] = _NO_ARGUMENTS,
) -> Inferred:
    """What the layer gives for these inputs, and how many weights it has.

    `built_with` is the input that built the weights, when the layer is called once more; `call` holds
    call-time arguments (`initial_state`, `training` ...). Raises Rejected for what Keras refuses.
    """
    kind = _kind(layer.class_name)
    if kind is None:
        return OPAQUE
    arguments = kind.parse(layer)
    if built_with is None:
        given = kind.apply(arguments, inputs, call)
    else:
        try:
            params = kind.apply(arguments, built_with, {}).params
        except Rejected as rejected:
            # No data ever came with that input, or it came with the states that this call does not name.
            if rejected.stage != "call" and rejected.reason is not Reason.ARITY:
                raise
            params = None
        try:
            completed = _as_built(kind, arguments, inputs, built_with)
        except Rejected as rejected:
            if rejected.stage == "call":  # What is refused when the model is made comes first.
                _once_more(kind, arguments, inputs, call)
            raise
        again = OPAQUE if completed is None else _once_more(kind, arguments, completed, call)
        if params is None and not _is_stretched(kind, arguments, built_with):
            params = again.params
        given = Inferred(again.output, params)
    if kind.takes != "loose" or isinstance(inputs, TensorSpec):  # A list of one mostly fails in its own way.
        running.check(layer.class_name, layer.config, inputs, given.output)
    return given


def _kind(class_name: str) -> Kind | None:
    name = canonical_class(class_name)
    family = _FAMILY.get(name)
    if family is None:
        return None
    if name not in KINDS:
        import_module(f"{__name__}.{family}")
    return KINDS[name]


def _once_more(kind: Kind, arguments: object, inputs: Structure, call: Mapping[str, object]) -> Inferred:
    """What a layer that has its weights gives."""
    try:
        return kind.apply(arguments, inputs, call)
    except Rejected as rejected:
        late = kind.late_rank(arguments) if kind.late_rank is not None else None
        if rejected.reason is Reason.RANK and isinstance(inputs, TensorSpec) and inputs.rank == late:
            rejected.stage = "call"
        raise


def _is_stretched(kind: Kind, arguments: object, built_with: Structure) -> bool:
    """Whether the weights may have other sizes than the input of a later call."""
    if kind.fixed_late is None or not isinstance(built_with, TensorSpec):
        return False
    return isinstance(kind.fixed_late(arguments, built_with), Reshaped | Stretched)


def _as_built(kind: Kind, arguments: object, inputs: Structure, built_with: Structure) -> Structure | None:
    """The input of a layer that has its weights: checked against them, and completed by them.

    None where it does not fit, and the backend may go on all the same.
    """
    if not isinstance(inputs, TensorSpec) or not isinstance(built_with, TensorSpec):
        return inputs
    if inputs.shape is None or built_with.shape is None:
        return inputs
    if kind.fixed_rank and len(inputs.shape) != len(built_with.shape):
        rank = len(built_with.shape)
        raise Rejected(
            Reason.RANK,
            f"the layer was built on an input of shape {show(built_with.shape)}"
            f" and is now called on {show(inputs.shape)}: the number of axes must stay the same",
            expected=f"rank {rank}",
            rank=rank,
            stage="build",
        )
    shape = list(inputs.shape)
    if kind.fixed is not None:
        _complete(shape, kind.fixed(arguments, built_with), built_with.shape, "build")
    if kind.fixed_late is not None:
        late = kind.fixed_late(arguments, built_with)
        if isinstance(late, Reshaped) and any(differ(shape[axis], size) for axis, size in late.items()):
            return None
        _complete(shape, late, built_with.shape, "call")
    return TensorSpec(tuple(shape), inputs.dtype)


def _complete(
    shape: list[Dim], fixed: Mapping[int, Dim], built_with: Shape, stage: Literal["build", "call"]
) -> None:
    """Puts the fixed sizes where the shape has none, and refuses others."""
    for axis, size in fixed.items():
        if not -len(shape) <= axis < len(shape):
            continue
        if shape[axis] == 1 and isinstance(fixed, Stretched):
            continue
        if differ(size, shape[axis]):
            raise Rejected(
                Reason.MISMATCH,
                f"the layer's weights were made for an input of shape {show(built_with)}, with {size} on"
                f" axis {axis}; it is now called on {show(tuple(shape))}",
                expected=f"{size} on axis {axis}",
                stage=stage,
            )
        if not isinstance(shape[axis], int) and not isinstance(fixed, Stretched):
            shape[axis] = size
