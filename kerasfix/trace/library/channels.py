"""On which axis images have their channels, and where a layer looks for them."""

from typing import TYPE_CHECKING

from kerasfix.keras.layers import infer
from kerasfix.keras.layers.base import is_integer
from kerasfix.keras.shape import Reason, Rejected, TensorSpec
from kerasfix.trace.library.layers import config
from kerasfix.trace.records import ChannelsOrder, InputMismatch, LayerRejected
from kerasfix.trace.values import Layer, LayerCall, Model, Tensor

if TYPE_CHECKING:
    from kerasfix.trace.interpreter import Interpreter

_COLOURS = (1, 3)
_LEAST = 8
"""Images have at least this many pixels on a side."""
_KEEPING = frozenset(
    {"Activation", "Add", "AveragePooling2D", "AveragePooling3D", "Dropout", "ELU", "LeakyReLU", "MaxPooling2D",
     "MaxPooling3D", "PReLU", "ReLU", "SpatialDropout2D", "SpatialDropout3D"}
)  # fmt: skip
"""Layers that leave the channels where they are."""


def note_input(interp: "Interpreter", step: LayerCall, model: Model | None) -> None:
    """Note images that come channels first into a layer that takes them channels last, and runs all the same."""
    assert step.layer is not None
    if _reads_across(step.layer) and _is_channels_first(step.layer, step.inputs, square=True):
        interp.report(ChannelsOrder("input", step, step.inputs, model), step.node)


def note_normalization(interp: "Interpreter", step: LayerCall, model: Model | None) -> None:
    """Note a feature map, channels last, that is normalized along its height as if that were the channels."""
    tensor: Tensor | None = step.parents[0] if len(step.parents) == 1 else None
    while tensor is not None and tensor.history is not None and tensor.history.layer is not None:
        source = tensor.history.layer
        if _window(source) is not None and not source.cls.endswith(("Pooling2D", "Pooling3D")):
            if config(source).config.get("data_format") in (None, "channels_last"):
                interp.report(ChannelsOrder("normalization", step, step.inputs, model), step.node)
            return
        if source.cls not in _KEEPING:
            return
        tensor = tensor.history.parents[0] if tensor.history.parents else None


def channels_first(
    interp: "Interpreter", record: LayerRejected
) -> tuple[ChannelsOrder, TensorSpec | None] | None:
    """Whether a window does not fit because the images came in channels first; and what the layer gets else."""
    if record.rejected.reason is not Reason.WINDOW:
        return None
    steps = _way_in(record.call)
    first = steps[0]
    if first.layer is None or not _is_channels_first(first.layer, first.inputs, square=False):
        return None
    found = _noted(interp, first) or ChannelsOrder("input", first, first.inputs, record.model)
    found.raised = record
    return found, _through(steps, first.inputs)


def declared_first(interp: "Interpreter", record: InputMismatch) -> bool:
    """Whether data is refused only because the model declares its channels first; then that is what is reported."""
    shape, data = record.expected.shape, record.data.spec.shape
    if shape is None or data is None or data[1:] != (*shape[2:], *shape[1:2]):
        return False
    found = next((_noted(interp, step) for step in record.model.steps[:1]), None)
    if found is None:
        return False
    found.raised = record
    return True


def _noted(interp: "Interpreter", step: LayerCall) -> ChannelsOrder | None:
    for record in interp.program.records:
        if isinstance(record, ChannelsOrder) and record.step is step:
            return record
    return None


def _way_in(step: LayerCall) -> list[LayerCall]:
    """The steps from a model's input to this one, as long as there is one way."""
    steps = [step]
    while len(steps[0].parents) == 1 and (source := steps[0].parents[0].history) is not None:
        steps.insert(0, source)
    return steps


def _through(steps: list[LayerCall], spec: TensorSpec) -> TensorSpec | None:
    """What reaches the last of these steps if the first one gets its channels last."""
    assert spec.shape is not None
    mended = TensorSpec((spec.shape[0], *spec.shape[2:], spec.shape[1]), spec.dtype)
    for step in steps[:-1]:
        if step.layer is None or step.layer.instance is not None:
            return None
        try:
            output = infer(config(step.layer), mended).output
        except Rejected:
            return None
        if not isinstance(output, TensorSpec):
            return None
        mended = output
    return mended


def _is_channels_first(layer: Layer, spec: object, *, square: bool) -> bool:
    """Whether a layer that takes channels last gets (batch, 1 or 3, height, width)."""
    if _window(layer) is None or config(layer).config.get("data_format") not in (None, "channels_last"):
        return False
    if not isinstance(spec, TensorSpec) or spec.shape is None or len(spec.shape) not in (4, 5):
        return False
    channels, *sides = spec.shape[1:]
    if channels not in _COLOURS or not all(isinstance(side, int) and side >= _LEAST for side in sides):
        return False
    return sides[-1] == sides[-2] or not square


def _window(layer: Layer) -> object | None:
    """The window of a layer that looks at height and width; None for other layers."""
    if not layer.cls.endswith(("2D", "3D", "2DTranspose", "3DTranspose")):
        return None
    given = config(layer).config
    return given.get("kernel_size", given.get("pool_size"))


def _reads_across(layer: Layer) -> bool:
    """Whether the window is known to be more than 1 high: `(1, 3)` goes along a row on purpose."""
    window = _window(layer)
    first = window[0] if isinstance(window, tuple | list) and window else window
    return isinstance(first, int) and is_integer(first) and first > 1
