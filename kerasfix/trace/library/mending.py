"""What a layer would get if a fault were mended, so that the trace can go on behind it."""

from typing import TYPE_CHECKING

import libcst as cst

from kerasfix.keras import api
from kerasfix.keras.layers import LayerConfig, infer
from kerasfix.keras.layers.base import flag
from kerasfix.keras.shape import Reason, Rejected, TensorSpec
from kerasfix.trace.calls import Call
from kerasfix.trace.feeding import written_items
from kerasfix.trace.library.channels import channels_first
from kerasfix.trace.library.layers import apply, call_layer, config, make_layer
from kerasfix.trace.records import Feed, LayerRejected, NotATensor, NotCalled, SequenceMismatch
from kerasfix.trace.values import Array, Layer, LayerCall, Model, Reference, Sequence, Tensor, Unknown, Value

if TYPE_CHECKING:
    from kerasfix.trace.interpreter import Interpreter

RECURRENT = frozenset({"LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"})
# What may stand between a recurrent layer and the one that takes sequences: it works on steps as on samples.
_STEPWISE = frozenset(
    {"Activation", "AlphaDropout", "BatchNormalization", "Dense", "Dropout", "ELU", "GaussianNoise",
     "GaussianDropout", "LayerNormalization", "LeakyReLU", "PReLU", "ReLU"}
)  # fmt: skip


def refused(interp: "Interpreter", step: LayerCall, record: LayerRejected) -> TensorSpec | None:
    """Report that Keras refuses a layer's input; the input that it would get if that were mended, None if unknown."""
    found = _sequence_mismatch(step, record)
    if found is not None:
        interp.report(found[0], found[0].inner.call)
        return found[1]
    order = channels_first(interp, record)
    if order is not None:
        interp.report(order[0], order[0].step.node)
        if record.model is not None:
            interp.journal.touch(record.model)
            record.model.repaired = True
        return order[1] if order[1] is not None and _takes(record.layer, order[1]) else None
    interp.report(record, step.node if record.model is None else record.layer.call)
    return _channel_added(record, first=record.first or record.model is None)


def what_it_puts_out(call: Call, called: Layer | Model) -> Value | None:
    """The first argument of a call; where that holds layers or models, which is reported, what these put out."""
    if not call.positional:
        return None
    argument = next(argument for argument in call.arguments if argument.keyword is None)
    given, node = argument.value, argument.node.value
    if not isinstance(given, Sequence) or not given.items:
        return _put_out(call, called, given, node)
    nodes = written_items(node, len(given.items))
    items = [_put_out(call, called, item, place) for item, place in zip(given.items, nodes, strict=True)]
    return given if items == given.items else Sequence(given.kind, items, given.origin, given.taint)


def _put_out(call: Call, called: Layer | Model, given: Value, node: cst.BaseExpression) -> Value:
    if not isinstance(given, (Layer, Model)):
        return given
    call.interp.report(NotATensor(called, given, node), node)
    return given.outputs if isinstance(given, Model) and isinstance(given.outputs, Tensor) else Unknown()


TAKE_TENSORS = frozenset(
    {"AdditiveAttention", "Attention", "Concatenate", "ContrastLimitedAdaptiveHistogramEqualization", "ELU",
     "HashedCrossing", "Masking", "MixUp", "Pipeline", "RMSNormalization", "RandomColorJitter", "RandomFlip",
     "Rescaling", "Softmax"}
)  # fmt: skip
"""The layers whose constructors do not look at their arguments at once."""


def given_a_tensor(call: Call, name: str) -> Value | None:
    """What a class of layers gives that is called on a tensor, as its layers are; None where it may take one."""
    cls, signature = name.rpartition(".")[2], api.signature(name)
    if cls in TAKE_TENSORS or signature is None:
        return None
    simple = len(call.arguments) == 1 and signature.needs_nothing
    call.interp.report(NotCalled(cls, call.node.func, call.arguments[0], simple), call.node)
    if not simple:
        return call.unknown()
    layer = make_layer(Call(call.interp, call.name, [], call.complete, call.node, via=call.via))
    return call_layer(Call(call.interp, "__call__", call.arguments, True, call.node, layer))


def check_class(interp: "Interpreter", value: Value, node: cst.CSTNode) -> None:
    """Report a class of layers that is put into a model."""
    if not isinstance(value, Reference) or not isinstance(node, (cst.Name, cst.Attribute)):
        return
    name = api.canonical(value.name)
    signature = api.signature(name)
    if api.family(name) == "Layer" and signature is not None:
        interp.report(NotCalled(name.rpartition(".")[2], node, simple=signature.needs_nothing), node)


def _channel_added(record: LayerRejected, *, first: bool) -> TensorSpec | None:
    """The input that a layer takes where only the axis of channels or features was left out."""
    spec, rejected = record.spec, record.rejected
    if not first or rejected.reason is not Reason.RANK or not isinstance(spec, TensorSpec):
        return None
    if spec.shape is None or rejected.rank != len(spec.shape) + 1:
        return None
    added = TensorSpec((*spec.shape, 1), spec.dtype)
    return added if _takes(record.layer, added) else None


def _takes(layer: Layer, spec: TensorSpec, extra: dict[str, object] | None = None) -> bool:
    try:
        apply(layer, spec, extra)
    except Rejected:
        return False
    return True


# --- sequences ------------------------------------------------------------------------------------------


def _recurrent_before(step: LayerCall, *, sequences: bool) -> tuple[LayerCall, list[LayerCall]] | None:
    """The recurrent layer whose output reaches a step, and what stands between; None where there is none.

    It is known to give all steps (`sequences`), or only the last one.
    """
    between: list[LayerCall] = []
    current = step
    while len(current.parents) >= 1 and len({id(parent) for parent in current.parents}) == 1:
        source = current.parents[0].history
        if source is None or source.layer is None or source.layer.instance is not None:
            return None
        inner = _inner_recurrent(source.layer)
        if inner is not None:
            given = flag(config(inner).config, "return_sequences", False)
            return (source, between) if given is sequences else None
        if source.layer.cls not in _STEPWISE:
            return None
        between.insert(0, source)
        current = source
    return None


def _inner_recurrent(layer: Layer) -> Layer | None:
    """The layer that reads a sequence: itself, or the one in a `Bidirectional`."""
    if layer.cls in RECURRENT:
        return layer
    inner = layer.arguments.get("layer") if layer.cls == "Bidirectional" else None
    if inner is None or not isinstance(inner.value, Layer) or "backward_layer" in layer.arguments:
        return None
    return inner.value if inner.value.cls in RECURRENT else None


def _sequence_mismatch(step: LayerCall, record: LayerRejected) -> tuple[SequenceMismatch, TensorSpec] | None:
    """Whether the layer is refused only because a recurrent layer before it gives one step instead of all, or all
    instead of one; and the input with that put right."""
    if record.rejected.reason is not Reason.RANK or not isinstance(record.spec, TensorSpec):
        return None
    for wanted in (True, False):
        found = _recurrent_before(step, sequences=not wanted)
        spec = _with_sequences(*found, wanted) if found is not None else None
        if found is None or spec is None:
            continue
        # `attention(x, x)`: what stands beside the input is often the same tensor.
        extra = {name: spec if value == record.spec else value for name, value in (step.extra or {}).items()}
        if _takes(record.layer, spec, extra):
            step.extra = extra
            return _mismatch(found[0], step, wanted, record.rejected), spec
    return None


def attention_over_batch(interp: "Interpreter", step: LayerCall) -> None:
    """Note attention between the samples of a batch: there are no steps, for a recurrent layer keeps the last one."""
    if not step.parents or step.parents[0].spec.rank != 2:
        return
    found = _recurrent_before(step, sequences=False)
    if found is not None:
        record = _mismatch(found[0], step, True)
        interp.report(record, record.inner.call)


def sequence_before_head(step: LayerCall, feed: Feed, labels: Array) -> SequenceMismatch | None:
    """The recurrent layer that gives all steps to a Dense head, though there is one label for each sample."""
    found = _recurrent_before(step, sequences=True)
    if found is None:
        return None
    record = _mismatch(found[0], step, False)
    record.feed, record.labels, record.model = feed, labels, feed.model
    return record


def _mismatch(
    source: LayerCall, taker: LayerCall, wanted: bool, rejected: Rejected | None = None
) -> SequenceMismatch:
    assert source.layer is not None
    inner = _inner_recurrent(source.layer)
    assert inner is not None
    return SequenceMismatch(inner, source, taker, wanted, rejected)


def _with_sequences(source: LayerCall, between: list[LayerCall], wanted: bool) -> TensorSpec | None:
    """What reaches a layer if the recurrent layer before it gives all steps, or the last one only."""
    assert source.layer is not None
    changed = config(source.layer)
    if source.layer.cls == "Bidirectional":
        inner = changed.config["layer"]
        assert isinstance(inner, LayerConfig)
        changed = LayerConfig("Bidirectional", {**changed.config, "layer": _returning(inner, wanted)})
    else:
        changed = _returning(changed, wanted)
    try:
        spec = infer(changed, source.inputs, None, source.extra or {}).output
        for step in between:
            assert step.layer is not None
            spec = infer(config(step.layer), spec).output
    except Rejected:
        return None
    return spec if isinstance(spec, TensorSpec) else None


def _returning(layer: LayerConfig, wanted: bool) -> LayerConfig:
    return LayerConfig(layer.class_name, {**layer.config, "return_sequences": wanted})
