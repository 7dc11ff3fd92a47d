"""What belongs to each output of a model: losses, their weights, metrics and labels, by name or by place."""

from typing import TYPE_CHECKING, Final

from kerasfix.light import dataclass
from kerasfix.trace.outcome import output_name
from kerasfix.trace.structures import OutputStructure, Part
from kerasfix.trace.values import (
    Argument,
    Array,
    Const,
    Function,
    Mapping,
    Model,
    Object,
    Reference,
    Sequence,
    Tensor,
    Value,
)

if TYPE_CHECKING:
    from kerasfix.trace.calls import Call
    from kerasfix.trace.records import Compile, Feed


@dataclass(frozen=True)
class _Outputs:
    names: tuple[str | None, ...]
    named: bool
    """They are a dict."""


_PARTS: Final[tuple[Part, ...]] = ("loss", "metrics", "weighted_metrics", "loss_weights")


def check_outputs(call: "Call", record: "Feed") -> None:
    """Report losses, weights, metrics and labels that are for other outputs than the model has.

    Keras looks at all of them in `fit`, and not in `compile`.
    """
    outputs, compiled = _outputs(record.model), record.compiled
    if outputs is None or compiled is None or record.method.startswith("predict"):
        return
    for part in _PARTS:
        argument = compiled.arguments.get(part)
        fault = _fault(compiled, part, argument, outputs) if argument is not None else None
        if fault is not None:
            call.interp.report(fault, fault.argument.node)
    weights = record.weights.get("class_weight")
    if weights is not None and len(outputs.names) > 1 and isinstance(weights.value, Mapping):
        call.interp.report(OutputStructure("class_weight", weights, outputs.names, record), weights.node)
    if record.y is not None and compiled.complete and _all_compared(compiled, len(outputs.names)):
        _check_labels(call, record, record.y, outputs)


def _check_labels(call: "Call", record: "Feed", y: Argument, outputs: _Outputs) -> None:
    fault: OutputStructure | None = None
    names, several = outputs.names, len(outputs.names) > 1
    match y.value:
        case Mapping(items=dict(items)) if not several and not outputs.named:
            fault = OutputStructure("labels", y, names, record, alone=True)
        case Mapping(items=dict(items)):
            fault = _keys("labels", y, list(items), outputs, complete=True)
        case Sequence(kind="list" | "tuple", items=list(items)) if len(items) != len(names):
            if items and all(isinstance(item, Array) for item in items):
                fault = OutputStructure("labels", y, names, record, len(items))
        case Array() if several:
            fault = OutputStructure("labels", y, names, record, 1)
    if fault is not None:
        fault.feed = record
        call.interp.report(fault, y.node)


def _outputs(model: Model) -> _Outputs | None:
    """The outputs of a model that trains as Keras does; None where they are not known."""
    if not model.known or model.instance is not None or model.opaque is not None:
        return None
    if model.kind == "Sequential":
        return _Outputs((None,), False) if _is_known(model.outputs) else None
    match model.outputs if model.kind == "Functional" else None:
        case Sequence(items=list(items)) if items and all(_is_known(item) for item in items):
            return _Outputs(tuple(map(output_name, items)), False)
        case Mapping(items=dict(items)) if items and all(_is_known(item) for item in items.values()):
            return _Outputs(tuple(map(str, items)), True)
        case Tensor() as output if _is_known(output):
            return _Outputs((output_name(output),), False)
    return None


def _is_known(output: Value | None) -> bool:
    """Whether an output is one tensor for certain."""
    return isinstance(output, Tensor) and output.spec.shape is not None


_ONE: Final = (Const, Object, Reference, Function)


def _fault(record: "Compile", part: Part, argument: Argument, outputs: _Outputs) -> OutputStructure | None:
    names, given = outputs.names, argument.value
    if part == "loss_weights":
        return _weights(record, argument, outputs)
    match given:
        case Mapping(items=dict()) if record.model.kind == "Sequential":
            return OutputStructure(part, argument, names, alone=True) if part == "loss" else None
        case Mapping(items=dict(items)) if len(names) > 1 or part == "loss":
            return _keys(part, argument, list(items), outputs, complete=part == "loss" and not outputs.named)
        case Sequence(kind="list" | "tuple", items=list(items)) if part == "loss" and len(names) > 1:
            if len(items) != len(names) and all(isinstance(item, _ONE) for item in items):
                return OutputStructure(part, argument, names, count=len(items))
    return None


def _weights(record: "Compile", argument: Argument, outputs: _Outputs) -> OutputStructure | None:
    """Weights have to be as many as the losses, and under the same names."""
    loss, count = record.loss, len(outputs.names)
    if count < 2:
        return None
    match loss:
        case Mapping(items=dict(losses)):
            if isinstance(argument.value, Mapping) and argument.value.items is not None and not outputs.named:
                known = _Outputs(tuple(map(str, losses)), False)
                return _keys(
                    "loss_weights", argument, list(argument.value.items), known, complete=True, more=True
                )
            losses_given = len(losses)
        case Sequence(items=list(several)):
            losses_given = len(several)
        case Const() | Object() | Reference() | Function() if not _is_none(loss):
            losses_given = 1
        case _:
            return None
    match argument.value:
        case Sequence(items=list(items)) | Mapping(items=dict(items)) if len(items) != losses_given:
            one = record.arguments["loss"] if losses_given == 1 and len(items) == count else None
            return OutputStructure(
                "loss_weights", argument, outputs.names, count=len(items), weighs=losses_given, loss=one
            )
    return None


def _keys(
    part: Part,
    argument: Argument,
    keys: list[object],
    outputs: _Outputs,
    *,
    complete: bool,
    more: bool = False,
) -> OutputStructure | None:
    """What is wrong with the keys of a dict; `complete` where there must be one for each output.

    Others are let pass where `more` says so.
    """
    if None in outputs.names or len(set(outputs.names)) < len(outputs.names):
        return None
    unknown = tuple(str(key) for key in keys if key not in outputs.names)
    missing = tuple(name for name in outputs.names if name is not None and name not in keys)
    if (unknown and not more) or (missing and complete):
        return OutputStructure(part, argument, outputs.names, unknown=unknown, missing=missing)
    return None


def _all_compared(record: "Compile", count: int) -> bool:
    """Whether each output is known to have a loss."""
    match record.loss:
        case Mapping(items=dict(losses)):
            given: list[Value] = list(losses.values())
        case Sequence(items=list(several)):
            given = several
        case Const() | Object() | Reference() | Function():
            given = [record.loss] * count
        case _:
            return False
    return len(given) == count and all(isinstance(loss, _ONE) and not _is_none(loss) for loss in given)


def _is_none(value: Value) -> bool:
    return isinstance(value, Const) and value.value is None
