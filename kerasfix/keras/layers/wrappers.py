"""Layers around other layers. A wrapped model, or any layer of the user's own, may be given as a function
from its inputs to what it gives."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from kerasfix.keras.layers import construct, infer, running
from kerasfix.keras.layers.base import (
    OPAQUE,
    UNKNOWN,
    Inferred,
    LayerConfig,
    NumpyInteger,
    check_bfloat16,
    compute,
    compute_dtype,
    flag,
    is_integer,
    layer,
    need_min_rank,
    plus,
    refuse,
    sizes,
)
from kerasfix.keras.shape import ANY, Dim, Reason, Rejected, Structure, TensorSpec
from kerasfix.light import dataclass

Config = Mapping[str, object]
Wrapped: TypeAlias = LayerConfig | Callable[[Structure], Inferred]

_NOT_LAYERS = (str, int, float, list, tuple, dict, type(None))


def _wrapped(config: Config, name: str = "layer") -> Wrapped | None:
    """The layer inside, whose constructor has accepted its arguments; None where it is not known."""
    value = config[name]
    if isinstance(value, _NOT_LAYERS):
        refuse(f"{name} must be a layer, not {value!r}")
    if isinstance(value, LayerConfig):
        construct(value)
        return value
    return value if callable(value) else None


def _inside(wrapped: Wrapped | None, inputs: Structure) -> Inferred:
    if wrapped is None:
        return OPAQUE
    return infer(wrapped, inputs) if isinstance(wrapped, LayerConfig) else wrapped(inputs)


def _arguments(layer: LayerConfig) -> tuple[Config, Wrapped | None]:
    return layer.config, _wrapped(layer.config)


def _several() -> Rejected:
    return Rejected(
        Reason.ARITY,
        "the layer inside gives several tensors, but TimeDistributed takes one that gives one",
        stage="build",
    )


_NAMED_RECURRENT = ("LSTM", "GRU", "SimpleRNN")


def _looks_late(class_name: str, rank: int, takes: int) -> bool:
    """Whether a wrong rank, inside of TimeDistributed, is seen only when data flow."""
    if class_name.startswith("Adaptive"):
        return True
    if "Pooling" in class_name:
        return rank == 3 or takes == 3  # One size is stretched to all axes.
    return class_name in _NAMED_RECURRENT and rank > takes


_LINES = ("MaxPooling1D", "AveragePooling1D")
_PLANES = ("MaxPooling2D", "AveragePooling2D")
_VOLUMES = ("MaxPooling3D", "AveragePooling3D")


def _does_not_fit(wrapped: LayerConfig, rest: list[Dim]) -> bool:
    """Whether Keras cannot tell the shape that a pooling layer gives on other axes than it takes: its padding
    is none, or its window does not fit into the one axis that there is, stretched to two.

    Keras counts an open size as -1, and forgets that it was open on the second axis.
    """
    if wrapped.class_name not in (*_LINES, *_PLANES, *_VOLUMES):
        return False
    config, strides = wrapped.config, wrapped.config.get("strides")
    if config.get("padding", "valid") not in ("valid", "same", UNKNOWN):
        return True
    if wrapped.class_name not in _PLANES or len(rest) != 2:
        return False
    windows = sizes(config.get("pool_size", 2), 2, "pool_size")
    steps = windows if strides is None else sizes(strides, 2, "strides", allow_zero=True)
    if 0 in steps:
        return True
    size = rest[1] if config.get("data_format") == "channels_first" else rest[0]
    if size is ANY:
        return False
    if config.get("padding", "valid") == "valid":
        checked = windows if size is not None else windows[1:]
        return any(isinstance(window, int) and (size or -1) < window for window in checked)
    return config.get("padding") == "same" and size is None and 1 in steps[1:]


def _at_each_step(arguments: tuple[Config, Wrapped | None]) -> int | None:
    wrapped = arguments[1]
    return 3 if isinstance(wrapped, LayerConfig) and wrapped.class_name in _NAMED_RECURRENT else None


def _features(arguments: tuple[Config, Wrapped | None], x: TensorSpec) -> dict[int, Dim]:
    """The features that the layer inside was built with."""
    wrapped = arguments[1]
    reads = isinstance(wrapped, LayerConfig) and wrapped.class_name in ("Dense", *_NAMED_RECURRENT)
    return {-1: x.shape[-1]} if reads and x.shape else {}


@layer("TimeDistributed", parse=_arguments, fixed_late=_features, late_rank=_at_each_step)
def time_distributed(arguments: tuple[Config, Wrapped | None], x: TensorSpec) -> Inferred:
    """The same layer on each step."""
    config, wrapped = arguments
    dtype = compute_dtype(config)
    if x.shape is None:
        return Inferred(TensorSpec(None, dtype), _inside(wrapped, x).params)
    need_min_rank(x.shape, 3, "(batch, steps, ...)")
    batch, steps, *rest = x.shape
    try:
        inside = _inside(wrapped, TensorSpec((batch, *rest), x.dtype))
    except Rejected as rejected:
        if not isinstance(wrapped, LayerConfig) or rejected.rank is None:
            raise
        if wrapped.class_name in _NAMED_RECURRENT and len(rest) < 2 and batch is not None:
            return OPAQUE  # The batch size is taken for the features, and may happen to fit.
        if wrapped.class_name.startswith("Global"):
            return OPAQUE  # Keras takes the mean over the axes that there are.
        if (wrapped.class_name in _LINES and len(rest) > 2) or (
            wrapped.class_name in _VOLUMES and len(rest) == 2
        ):
            return OPAQUE  # Its window is stretched to all axes, or the one axis to those of the window.
        if flag(wrapped.config, "return_state", False):
            raise _several() from None
        waits = flag(wrapped.config, "stateful", False) and batch is None
        late = _looks_late(wrapped.class_name, len(rest) + 1, rejected.rank) and not waits
        sizeless = wrapped.class_name in _NAMED_RECURRENT and rest[-1] is None  # It cannot make its weights.
        if late and not sizeless and not _does_not_fit(wrapped, rest):
            if wrapped.class_name in _NAMED_RECURRENT:
                check_bfloat16(wrapped.config)
            rejected.stage = "call"
        raise
    if not isinstance(inside.output, TensorSpec):
        raise _several()
    if isinstance(wrapped, LayerConfig):
        _need_one_dtype(config, wrapped)
    shape = inside.output.shape
    if shape is None:
        return Inferred(TensorSpec(None, dtype), inside.params)
    return Inferred(TensorSpec((shape[0], steps, *shape[1:]), dtype), inside.params)


# Layers whose operation takes inputs and weights of one dtype only.
_ONE_DTYPE = (
    *("Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", "PReLU"),
    *("DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D"),
)


def _need_one_dtype(config: Config, wrapped: LayerConfig) -> None:
    """Refuses weights of another dtype than TimeDistributed's: the layer inside does not cast its input."""
    dtype, inner = config.get("dtype") or "float32", wrapped.config.get("dtype") or "float32"
    if wrapped.class_name not in _ONE_DTYPE or not isinstance(dtype, str) or not isinstance(inner, str):
        return
    weights = "float32" if inner.startswith("mixed_") else inner
    if flag(wrapped.config, "lora_rank", None):  # The kernel is made anew, in the dtype of the layer inside.
        weights, dtype = inner.removeprefix("mixed_"), dtype.removeprefix("mixed_")
    if weights != dtype and not dtype.startswith("mixed_"):
        raise Rejected(
            Reason.DTYPE,
            f"TimeDistributed hands its input on in {dtype}, but the weights of {wrapped.class_name} are"
            f" {weights}: give both the same dtype",
            stage="call",
        )


# --- Bidirectional --------------------------------------------------------------------------------------

_RECURRENT = ("LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")


@dataclass(frozen=True)
class Both:
    """The arguments of Bidirectional."""

    config: Config
    forward: LayerConfig | None
    backward: LayerConfig | None
    merge: object


def _both(layer: LayerConfig) -> Both:
    config = layer.config
    forward = _wrapped(config)
    merge = config.get("merge_mode", "concat")
    if merge not in ("sum", "mul", "ave", "concat", None, UNKNOWN):
        refuse(f'merge_mode must be "sum", "mul", "ave", "concat" or None, not {merge!r}')
    backward = None if config.get("backward_layer") is None else _wrapped(config, "backward_layer")
    for name, item in (("layer", forward), ("backward_layer", backward)):
        if isinstance(item, LayerConfig) and item.class_name not in _RECURRENT:
            refuse(f"{name} must be a recurrent layer such as LSTM or GRU, not {item.class_name}")
    if not isinstance(forward, LayerConfig):
        return Both(config, None, None, merge)
    forward = _remade(forward)
    if config.get("backward_layer") is None:
        if flag(forward.config, "go_backwards", False):
            refuse("layer must read forwards: leave out go_backwards=True")
        return Both(config, forward, forward, merge)
    if not isinstance(backward, LayerConfig):
        return Both(config, forward, None, merge)
    backward = _remade(backward)
    back = [flag(item.config, "go_backwards", False) for item in (forward, backward)]
    if None not in back and back[0] == back[1]:
        refuse("backward_layer must read the other way: give it go_backwards=True")
    for name in ("stateful", "return_sequences", "return_state"):
        values = [flag(item.config, name, False) for item in (forward, backward)]
        if None not in values and values[0] != values[1]:
            refuse(f"layer and backward_layer must have the same {name}")
    return Both(config, forward, backward, merge)


def _remade(layer: LayerConfig) -> LayerConfig:
    """The layer with plain integers, which NumPy's are as good as here: its states are not asked for their size."""
    return LayerConfig(layer.class_name, {name: _plain(value) for name, value in layer.config.items()})


def _plain(value: object) -> object:
    if isinstance(value, LayerConfig):
        return _remade(value)
    if isinstance(value, tuple | list):
        return tuple(_plain(item) for item in value)
    return int(value) if isinstance(value, NumpyInteger) else value


def _reads_any(both: Both) -> int | None:
    return 2 if both.forward is not None and both.forward.class_name == "RNN" else None


@layer("Bidirectional", parse=_both, late_rank=_reads_any)
def bidirectional(both: Both, x: TensorSpec) -> Inferred:
    """One layer reads forwards, one backwards; `merge_mode` says how their outputs meet."""
    if both.forward is None:
        return OPAQUE
    first = infer(both.forward, x)
    second = None if both.backward is None else infer(both.backward, x)
    params = None if second is None else plus(first.params, second.params)
    dtype = compute_dtype(both.config)
    states: tuple[Structure, ...] = ()
    output = first.output
    returns = flag(both.forward.config, "return_state", False)
    if returns and flag(both.forward.config, "stateful", False):
        raise Rejected(
            Reason.ARGUMENT,
            "Bidirectional cannot work out its output for a layer with both stateful=True and return_state=True",
            stage="build",
        )
    if isinstance(output, tuple):
        output, *rest = output
        states = tuple(_as(item, dtype) for item in rest) * 2
    if (
        not isinstance(output, TensorSpec)
        or output == OPAQUE.output
        or returns is None
        or both.merge is UNKNOWN
    ):
        return Inferred(OPAQUE.output, params)
    output = TensorSpec(output.shape, dtype)
    if both.merge is None:
        return Inferred((output, output, *states), params)
    if both.merge == "concat" and output.shape is not None:
        output = TensorSpec((*output.shape[:-1], _twice(output.shape[-1])), dtype)
    return Inferred((output, *states) if states else output, params)


def _twice(dim: Dim) -> Dim:
    if dim is None:
        raise Rejected(
            Reason.CHANNELS, "the last axis is None, so its two halves cannot be joined", stage="build"
        )
    return compute(lambda n: 2 * n, dim)


def _as(structure: Structure, dtype: str | None) -> Structure:
    if isinstance(structure, TensorSpec):
        return TensorSpec(structure.shape, dtype)
    if isinstance(structure, dict):
        return {key: _as(value, dtype) for key, value in structure.items()}
    return tuple(_as(item, dtype) for item in structure)


# --- SpectralNormalization ------------------------------------------------------------------------------

# Where the last axis of a layer's kernel gets its size: an argument, or the input's channels.
_KERNEL_WIDTH: Mapping[str, str] = {
    "Dense": "units",
    "Embedding": "output_dim",
    "ReversibleEmbedding": "output_dim",
    "Conv1D": "filters",
    "Conv2D": "filters",
    "Conv3D": "filters",
    "DepthwiseConv1D": "depth_multiplier",
    "DepthwiseConv2D": "depth_multiplier",
    "Conv1DTranspose": "",
    "Conv2DTranspose": "",
    "Conv3DTranspose": "",
    "EinsumDense": "?",
}


def _spectral(layer: LayerConfig) -> tuple[Config, Wrapped | None]:
    wrapped = _wrapped(layer.config)
    iterations = layer.config.get("power_iterations", 1)
    if isinstance(iterations, int | float) and iterations <= 0:
        refuse(f"power_iterations must be a positive integer, not {iterations}")
    return layer.config, wrapped


def _last(_: object, x: TensorSpec) -> dict[int, Dim]:
    return {-1: x.shape[-1]} if x.shape else {}


def _need_kernel(class_name: str | None) -> None:
    if class_name is not None and class_name not in _KERNEL_WIDTH:
        raise Rejected(
            Reason.ARGUMENT, f"{class_name} has no kernel and no embeddings to normalize", stage="build"
        )


def _looks_only_at_channels(wrapped: LayerConfig, x: TensorSpec, rejected: Rejected) -> bool:
    """Whether the layer, whose `build` is called apart, does not look at the axes that are missing."""
    name = wrapped.class_name
    if not x.shape or (name != "Dense" and not name.endswith("Transpose")):
        return False
    axis = 1 if wrapped.config.get("data_format") == "channels_first" else -1
    if axis >= len(x.shape) or x.shape[axis] is None:
        return False
    return len(x.shape) < (2 if name == "Dense" else rejected.rank or 0)


@layer("SpectralNormalization", parse=_spectral, fixed=_last)
def spectral_normalization(arguments: tuple[Config, Wrapped | None], x: TensorSpec) -> Inferred:
    """Keeps the layer's kernel small; one more weight for each column of it."""
    config, wrapped = arguments
    name = wrapped.class_name if isinstance(wrapped, LayerConfig) else None
    try:
        inside = _inside(wrapped, x)
    except Rejected as rejected:
        if isinstance(wrapped, LayerConfig) and _looks_only_at_channels(wrapped, x, rejected):
            rejected.stage = "call"
        if rejected.stage == "call":
            _need_kernel(name)
        raise
    _need_kernel(name)
    params = None
    if isinstance(wrapped, LayerConfig):
        source = _KERNEL_WIDTH[wrapped.class_name]
        width: Dim = ANY
        size = wrapped.config.get(source)
        if isinstance(size, int) and is_integer(size):
            width = int(size)
        elif not source and x.shape:
            first = wrapped.config.get("data_format") == "channels_first"
            width = x.shape[1] if first else x.shape[-1]
        params = plus(inside.params, width if isinstance(width, int) else None)
    output = inside.output
    if isinstance(output, TensorSpec):
        output = TensorSpec(output.shape, compute_dtype(config))
    return Inferred(output, params)


# --- Pipeline -------------------------------------------------------------------------------------------


def _pipeline_arguments(layer: LayerConfig) -> Config:
    layers = layer.config["layers"]
    for item in layers if isinstance(layers, tuple | list) else ():
        if isinstance(item, LayerConfig):
            construct(item)
    return layer.config


# Layers that, when they are run, give what they declare, whatever the sizes that are open and the dtype.
_AS_DECLARED = ("Dense", "Flatten", "RandomFlip", "Rescaling")
_SIZED = ("CenterCrop", "RandomCrop", "Resizing")


def _exact(x: TensorSpec, item: object) -> bool:
    """Whether a layer of a pipeline does what it declares: it is run, and its operations may lose a size that
    is open, or keep a dtype that is not a float."""
    if x.shape is None or x.dtype is None:
        return False
    name = item.class_name if isinstance(item, LayerConfig) else ""
    open_axes = x.shape if len(x.shape) == 3 and name in _SIZED else x.shape[1:]  # perhaps one image
    if ANY in open_axes:
        return False
    return name in _AS_DECLARED or (None not in open_axes and "float" in x.dtype)


def _as_run(item: object, x: TensorSpec, output: Structure) -> Structure:
    """What a layer gives when it is run: images that CenterCrop has to enlarge become float32, and the
    activation glu halves the last axis."""
    if not isinstance(item, LayerConfig) or x.shape is None:
        return output
    if not isinstance(output, TensorSpec) or not output.shape:
        return output
    activation = item.config.get("activation")
    if activation == "glu" or activation is UNKNOWN:
        half = ANY if activation is UNKNOWN else compute(lambda n: n // 2, output.shape[-1])
        return TensorSpec((*output.shape[:-1], half), output.dtype)
    if item.class_name != "CenterCrop":
        return output
    grown = [
        isinstance(b, int) and isinstance(a, int) and a < b
        for a, b in zip(x.shape, output.shape, strict=True)
    ]
    return TensorSpec(output.shape, "float32") if any(grown) else output


@layer("Pipeline", parse=_pipeline_arguments, takes="structure")
def pipeline(config: Config, inputs: Structure, call: Config) -> Inferred:
    """One layer after the other."""
    layers = config["layers"]
    if not isinstance(layers, tuple | list):
        return OPAQUE
    if not layers:
        raise Rejected(Reason.ARGUMENT, "a pipeline needs at least one layer", stage="build")
    total: int | None = 0
    for item in layers:
        x = inputs
        if isinstance(x, TensorSpec) and not _exact(x, item):
            return OPAQUE
        try:
            inside = _inside(item if isinstance(item, LayerConfig) or callable(item) else None, x)
            if isinstance(item, LayerConfig):
                running.check_activation(item.config, inside.output, "build")
        except Rejected as rejected:
            if (
                rejected.reason is Reason.DTYPE
                and isinstance(x, TensorSpec)
                and "float" not in (x.dtype or "")
            ):
                return OPAQUE  # Some operations see it only with data.
            rejected.stage = "build"  # The layers are run when the pipeline is put into a model.
            raise
        total, inputs = plus(total, inside.params), inside.output
        if isinstance(x, TensorSpec):
            inputs = _as_run(item, x, inputs)
    return Inferred(inputs, total)
