"""Recurrent layers whose cells are convolutions."""

from collections.abc import Mapping

from kerasfix.keras.layers.base import (
    OPAQUE,
    UNKNOWN,
    Inferred,
    LayerConfig,
    NumpyInteger,
    check_bfloat16,
    compute,
    compute_dtype,
    data_format,
    flag,
    is_number,
    layer,
    need_rank,
    plus,
    refuse,
    sizes,
    text,
    weights,
    when,
)
from kerasfix.keras.layers.recurrent import halves
from kerasfix.keras.layers.windows import join, slide, split
from kerasfix.keras.shape import ANY, Dim, Reason, Rejected, Shape, TensorSpec
from kerasfix.light import dataclass

Config = Mapping[str, object]

_AXES = {
    4: "(batch, time, steps, channels)",
    5: "(batch, time, height, width, channels)",
    6: "(batch, time, depth, height, width, channels)",
}


@dataclass(frozen=True)
class ConvLSTM:
    """The arguments of a ConvLSTM over `rank` spatial axes."""

    config: Config
    rank: int
    filters: object
    kernel: Shape
    strides: Shape
    dilation: Shape
    padding: str | None
    format: str | None


def _arguments(layer: LayerConfig) -> ConvLSTM:
    config, rank = layer.config, int(layer.class_name[-2])
    strides = sizes(config["strides"], rank, "strides", allow_zero=True)
    dilation = sizes(config["dilation_rate"], rank, "dilation_rate")
    if any(isinstance(s, int) and s > 1 for s in strides) and any(
        isinstance(d, int) and d > 1 for d in dilation
    ):
        refuse("strides above 1 cannot be combined with a dilation_rate above 1")
    for name in ("dropout", "recurrent_dropout"):
        value = config.get(name, 0.0)
        if value is not UNKNOWN and not is_number(value):
            refuse(f"{name} must be a number from 0 to 1, not {value!r}")
    padding = config["padding"]
    return ConvLSTM(
        config,
        rank,
        config["filters"],
        sizes(config["kernel_size"], rank, "kernel_size"),
        strides,
        dilation,
        repr(padding) if isinstance(padding, tuple | list) else text(config, "padding", ("valid", "same")),
        data_format(config),
    )


def _filters(value: object) -> Dim:
    """The filters, which the constructor does not look at."""
    if value is UNKNOWN:
        return ANY
    if not isinstance(value, int) or value < 0:
        raise Rejected(Reason.ARGUMENT, f"filters must be a positive integer, not {value!r}", stage="build")
    return int(value)


def _step(lstm: ConvLSTM, x: TensorSpec) -> dict[int, Dim]:
    """One step must keep the shape it was built with."""
    return {} if x.shape is None else {axis: x.shape[axis] for axis in range(2, len(x.shape))}


@layer("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", parse=_arguments, fixed_late=_step)
def conv_lstm(lstm: ConvLSTM, x: TensorSpec) -> Inferred:
    """Reads a sequence of feature maps step by step."""
    config = lstm.config
    batch, steps, *rest = need_rank(x, lstm.rank + 3, _AXES[lstm.rank + 3])
    _, spatial, channels = split((batch, *rest), lstm.format)
    if None in spatial or channels is None:
        raise Rejected(
            Reason.CHANNELS,
            "every axis but the batch and the steps needs a fixed size",
            expected="fixed sizes of the feature map and its channels",
            stage="build",
        )
    filters = _filters(lstm.filters)
    check_bfloat16(config)
    gates = compute(lambda f: 4 * f, filters)
    params = plus(
        weights((*lstm.kernel, channels, gates), (*lstm.kernel, filters, gates)),
        when(flag(config, "use_bias", True), weights((gates,))),
    )
    if flag(config, "stateful", False) and batch is None:
        raise Rejected(
            Reason.ARGUMENT,
            "a stateful layer needs a fixed batch size: give the model Input(batch_shape=...)",
            stage="build",
        )
    places = slide(spatial, lstm.kernel, lstm.strides, lstm.padding, lstm.dilation)
    if filters == 0:
        raise Rejected(Reason.ARGUMENT, "filters must be a positive integer, not 0", stage="call")
    state = join(batch, places, filters, lstm.format)
    dtype = compute_dtype(config)
    sequences, states = flag(config, "return_sequences", False), flag(config, "return_state", False)
    if states is None:
        return Inferred(OPAQUE.output, params)
    shape = None if sequences is None else (batch, steps, *state[1:]) if sequences else state
    output = TensorSpec(shape, dtype)
    if halves(config) and not (isinstance(state[-1], int) and state[-1] % 2):
        return Inferred(OPAQUE.output, params)  # Halved states may still be stretched to the others.
    if not states:
        return Inferred(output, params)
    if isinstance(lstm.filters, NumpyInteger):
        message = (
            "filters must be a Python integer with return_state=True, not a NumPy one: wrap it in int(...)"
        )
        raise Rejected(Reason.ARGUMENT, message, stage="build")
    return Inferred((output, TensorSpec(state, dtype), TensorSpec(state, dtype)), params)
