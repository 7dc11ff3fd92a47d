"""Models: Sequential and Functional ones, and what is done with them."""

from typing import TYPE_CHECKING

import libcst as cst

from kerasfix.keras.shape import UNKNOWN_SPEC, Reason, Rejected, Structure, TensorSpec
from kerasfix.trace.calls import Call
from kerasfix.trace.inputs import check_call, takes
from kerasfix.trace.library import graphs, models
from kerasfix.trace.library.layers import (
    apply,
    as_shape,
    as_value,
    built,
    declared_input,
    given_name,
    look_again,
    may_be_several,
    next_name,
    produced,
    report_refusal,
    run_lambda,
    skip_names,
    structure,
    tensors,
)
from kerasfix.trace.logs import log_of
from kerasfix.trace.old_names import OldLayerName
from kerasfix.trace.records import LayerRejected, NestedRank
from kerasfix.trace.returned import Dropped, InnerLayers
from kerasfix.trace.training import compile_model, feed
from kerasfix.trace.values import (
    Array,
    Const,
    Layer,
    LayerCall,
    Mapping,
    Model,
    Sequence,
    Tensor,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from kerasfix.trace.interpreter import Interpreter


@models("keras.Sequential", "keras.models.Sequential")
def make_sequential(call: Call) -> Value:
    """`Sequential()`, `Sequential([...])`."""
    model = Model("Sequential", call.node)
    call.interp.note(model)
    init_sequential(call, model)
    return model


def init_sequential(call: Call, model: Model) -> None:
    """What the constructor of a Sequential model does with its arguments."""
    layers = call.get("layers", 0)
    model.known = call.complete
    model.label = given_name(call, call.argument("name", 2), model.class_name)
    if isinstance(layers, Sequence) and layers.items is not None:
        for layer in layers.items:
            _add(call, model, layer, layer.origin if layer.origin is not None else call.node)
        _rebuilt(call, model)
    elif layers is not None and not _is_none(layers):
        model.known = False


def _is_none(value: Value) -> bool:
    return getattr(value, "value", ...) is None


def _rebuilt(call: Call, model: Model) -> None:
    """Each time that a Sequential model is built, it makes a Functional one inside, which takes a name."""
    if model.entry is not None and model.steps:
        skip_names(call.interp, {"functional": 1})
        _check_cycles(call, model)


def _check_cycles(call: Call, model: Model) -> None:
    """Keras refuses a graph in which a tensor is made of itself."""
    found = graphs.cycle_in(tensors(model.entry), tensors(model.outputs), model.steps)
    if found is None:
        return
    model.known = False
    if isinstance(found, LayerCall) and found.layer is not None:
        message = "its output is its input itself, which a model takes for a cycle"
        rejected = Rejected(Reason.CYCLE, message, stage="build")
        # The layers of a Sequential model are put on tensors out of sight.
        inside = model if found in model.steps and model.kind == "Sequential" else None
        record = LayerRejected(rejected, found.layer, found, found.inputs, inside)
        call.interp.report(record, found.node if inside is None else found.layer.call)


@models("keras.Model", "keras.models.Model")
def make_functional(call: Call) -> Value:
    """`Model(inputs, outputs)`."""
    model = Model("Functional", call.node)
    call.interp.note(model)
    init_functional(call, model)
    return model


def init_functional(call: Call, model: Model) -> None:
    """What the constructor of a Functional model does with its arguments."""
    inputs, outputs = call.get("inputs", 0), call.get("outputs", 1)
    model.label = given_name(call, call.argument("name", 2), model.class_name)
    if inputs is None or outputs is None or not call.complete:
        model.known = False
        return
    model.inputs, model.output = _single(structure(inputs)), _single(structure(outputs))
    model.entry, model.outputs = inputs, outputs
    declared = tensors(inputs)
    for tensor in declared:
        if tensor.source is None:  # out of the middle of another graph: Keras puts an InputLayer in its place
            layer = Layer("InputLayer", {}, True, call.node, call.interp.statement, call.via)
            tensor.source, layer.params = layer, 0
    model.declared = declared[0].origin if len(declared) == 1 else None
    model.steps = graphs.steps_between(declared, tensors(outputs))
    for step in model.steps:
        if step.layer is None and step.model is None and step.name is None:
            step.name = next_name(call.interp, graphs.operation_of(step))
    model.known = bool(declared) and bool(tensors(outputs)) and all(map(_all_known, (inputs, outputs)))
    _check_cycles(call, model)


def _all_known(value: Value) -> bool:
    """Whether a structure holds tensors only."""
    match value:
        case Sequence(items=list(items)):
            return all(map(_all_known, items))
        case Mapping(items=dict(items)):
            return all(map(_all_known, items.values()))
    return isinstance(value, Tensor)


def _single(specs: Structure) -> Structure:
    """A list of one tensor is that tensor, to a model."""
    return specs[0] if isinstance(specs, tuple) and len(specs) == 1 else specs


@models("Model.add")
def add(call: Call) -> Value:
    """`model.add(layer)`."""
    model = call.owner
    assert isinstance(model, Model)
    layer = call.get("layer", 0)
    if layer is None or model.kind != "Sequential":  # others have no `add`, but one from a file may
        call.interp.escape(model)
    else:
        _add(call, model, layer, layer.origin if layer.origin is not None else call.node)
        _rebuilt(call, model)
    return Dropped(model, "add", call.node)


def _add(call: Call, model: Model, layer: Value, node: cst.CSTNode) -> None:
    """Put a layer, an input or a nested model at a Sequential model's end."""
    interp = call.interp
    interp.journal.touch(model)
    if isinstance(layer, Tensor):  # keras.Input(...)
        if not model.steps:
            _declare(call, model, layer.spec, layer)
            model.declared = layer.origin
        return
    if isinstance(layer, Const):
        message = f"it is made of layers, not of {layer.value!r}"
        rejected = Rejected(Reason.ARGUMENT, message, stage="construct")
        report_refusal(call, rejected, "Sequential", {}, node)
    if not isinstance(layer, (Layer, Model)) or layer is model:
        from kerasfix.trace.library.mending import check_class

        check_class(interp, layer, node)
        step = LayerCall(
            None, model.output, UNKNOWN_SPEC, node, interp.statement, looped=interp.loops > 0, operation="?"
        )
        model.steps = [*model.steps, step]
        if model.output is not None:
            model.output = UNKNOWN_SPEC
        if model.inputs is None:
            model.known = False
        return
    first = not model.steps
    step = LayerCall(
        layer if isinstance(layer, Layer) else None,
        model.output,
        None,
        node,
        interp.statement,
        model=layer if isinstance(layer, Model) else None,
        looped=interp.loops > 0,
    )
    model.steps = [*model.steps, step]
    if first and model.inputs is None:
        if isinstance(layer, Layer):
            declared = declared_input(layer)
            if declared is not None:
                _declare(call, model, declared[0])
                model.declared = declared[1].node
        elif layer.kind != "Subclass" and isinstance(layer.inputs, TensorSpec):
            _declare(call, model, layer.inputs)
    if model.output is not None:
        advance(call, model, step, given=None)


def _declare(call: Call, model: Model, spec: TensorSpec, entry: Tensor | None = None) -> None:
    """Give a Sequential model its input."""
    model.inputs = model.output = spec
    if entry is None:
        source = Layer("InputLayer", {}, True, call.node, call.interp.statement, call.via)
        source.name, source.params = next_name(call.interp, "InputLayer"), 0
        entry = Tensor(spec, call.node, source=source)
    model.entry = model.outputs = entry


def advance(call: Call, model: Model, step: LayerCall, given: Array | None) -> None:
    """Pass the model's output so far through its next step."""
    interp = call.interp
    if not model.known:  # what it holds by now is not told: nothing is claimed
        step.output = model.output = UNKNOWN_SPEC
        return
    step.inputs = model.output
    step.given = model.outputs
    step.parents = tensors(model.outputs)
    try:
        step.output = _step_output(call, step, model.output)
        look_again(interp, step, model)
    except Rejected as rejected:
        step.output = UNKNOWN_SPEC
        if step.layer is not None and not may_be_several(step.inputs, rejected):
            from kerasfix.trace.library.mending import refused

            first = model.steps[0] is step
            record = LayerRejected(rejected, step.layer, step, model.output, model, given, first=first)
            record.given_at = call.node if given is not None else None
            mended = refused(interp, step, record)
            if mended is not None and first:
                model.repaired = True
                _declare(call, model, mended)
                step.given, step.parents = model.outputs, tensors(model.outputs)
            if mended is not None:
                step.inputs, step.output = mended, apply(step.layer, mended).output
    model.output = step.output
    model.outputs = produced(interp, step)


def _step_output(call: Call, step: LayerCall, inputs: Structure) -> Structure:
    interp = call.interp
    if step.layer is not None and step.layer.instance is not None:
        return graphs.inferred(interp, step.layer, inputs).output
    if step.layer is not None:
        traced: Structure = UNKNOWN_SPEC
        if step.layer.cls == "Lambda":
            traced = run_lambda(interp, step.layer, as_value(inputs, step.node, step))
        found = apply(step.layer, inputs, interp=interp)
        built(interp, step.layer, inputs, found.params)
        output = found.output if found.output != UNKNOWN_SPEC else traced
        return output[0] if isinstance(output, tuple) and len(output) == 1 else output
    if step.model is None:
        return UNKNOWN_SPEC
    if _waits(step.model) and isinstance(inputs, TensorSpec):
        build_with(call, step.model, inputs, None)
    return graphs.rerun(interp, step.model, inputs)


def _waits(model: Model) -> bool:
    """Whether a model is Sequential and waits for its first input."""
    return model.kind == "Sequential" and model.inputs is None and bool(model.steps) and model.known


def build_with(call: Call, model: Model, spec: TensorSpec, given: Array | None) -> None:
    """Build a Sequential model that waited for its data."""
    call.interp.journal.touch(model)
    _declare(call, model, graphs.cast(spec))
    for step in model.steps:
        advance(call, model, step, given)
    _rebuilt(call, model)


@models("Model.pop")
def pop(call: Call) -> Value:
    """`model.pop()`: takes the last layer off."""
    model = call.owner
    assert isinstance(model, Model)
    call.interp.journal.touch(model)
    if model.kind != "Sequential" or not model.steps:
        return Unknown(call.node)
    *model.steps, last = model.steps
    if model.inputs is not None:
        model.output = model.steps[-1].output if model.steps else model.inputs
        model.outputs = model.steps[-1].value if model.steps else model.entry
        _rebuilt(call, model)
    return last.layer or last.model or Unknown(call.node)


@models("Model.get_layer")
def get_layer(call: Call) -> Value:
    """`model.get_layer("name")`, `model.get_layer(index=0)`."""
    model = call.owner
    assert isinstance(model, Model)
    name, index = call.constant("name", 0), call.constant("index", 1)
    layers = model_layers(model)
    if isinstance(name, str) and model.opaque is not None:
        _old_layer(call, model, name)
    if layers is None:
        inner = inner_layers(call.interp, model, call.node)
        if inner is None or inner.element is None:
            return call.unknown()
        return inner.last if index == -1 else inner.element
    if isinstance(name, str):
        return next((layer for layer in layers if label(layer) == name), call.unknown())
    if isinstance(index, int) and -len(layers) <= index < len(layers):
        return layers[index]
    return call.unknown()


def _old_layer(call: Call, model: Model, name: str) -> None:
    """Note a name that the layers of a ready model had in old Keras."""
    from kerasfix.keras.old_layers import resnet50

    new = resnet50(name) if model.label == "resnet50" else None
    argument = call.argument("name", 0)
    if new is not None and argument is not None:
        origin = argument.value.origin
        node = origin if isinstance(origin, cst.SimpleString) else argument.node.value
        call.interp.report(OldLayerName(name, new, "ResNet50", node), node)


def inner_layers(interp: "Interpreter", model: Model, node: cst.CSTNode) -> InnerLayers | None:
    """The layers of a ready model, of which nothing is known but that they are on the way from its input."""
    if model.opaque is None or not isinstance(model.origin, cst.Call) or not isinstance(model.entry, Tensor):
        return None
    some, last = (Layer("Layer", {}, False, model.origin, interp.statement, "") for _ in range(2))
    given, entry = model.inputs, model.entry
    produced(interp, LayerCall(some, given, UNKNOWN_SPEC, node, interp.statement, (entry,), given=entry))
    last.first = LayerCall(
        last, given, model.output, node, interp.statement, (entry,), given=entry, value=model.outputs
    )
    return InnerLayers(some, last, node)


def label(part: Value) -> str | None:
    """The name of a layer or model in Keras."""
    return part.label if isinstance(part, Model) else part.name if isinstance(part, Layer) else None


def model_layers(model: Model) -> list[Value] | None:
    """`model.layers`; None where they are not all known."""
    if not model.known or model.opaque is not None:
        return None
    parts = graphs.parts_of(model)
    if model.kind == "Subclass" and not graphs.tracked(model)[1]:
        return None
    if model.kind == "Sequential" and any(isinstance(part, LayerCall) for part in parts):
        return None
    return [part for part in parts if not isinstance(part, LayerCall)]


@models("Model.__call__", "Model.call")
def call_model(call: Call) -> Value:
    """`model(x)`: a nested model, or an eager call."""
    model = call.owner
    assert isinstance(model, Model)
    if model.overrides("call"):
        from kerasfix.trace.library.subclassing import call_own

        return call_own(call, model)
    from kerasfix.trace.library.mending import what_it_puts_out

    given = what_it_puts_out(call, model) if call.positional else call.get("inputs")
    parents = tensors(given)
    if given is None or not (parents or _is_data(given)):
        return call.unknown()
    inputs = structure(given)
    if not parents:
        check_call(call, model)
    if _waits(model) and isinstance(inputs, TensorSpec) and inputs.shape:
        build_with(call, model, inputs, given if isinstance(given, Array) else None)
    graph = any(parent.graph for parent in parents)
    output = graphs.rerun(call.interp, model, inputs, data=graph or not parents)
    if parents and isinstance(inputs, TensorSpec) and _shape_refused(model, inputs):
        call.interp.report(NestedRank(model, inputs, call.node), call.node)
        output = model.output  # as if it had the shape that was meant
    step = LayerCall(None, inputs, output, call.node, call.interp.statement, parents, model, given=given)
    result = produced(call.interp, step, eager=not parents, graph=graph)
    if isinstance(result, Array):
        result.step = step
    return result


def _is_data(given: Value) -> bool:
    """Whether a model is called on arrays."""
    match given:
        case Sequence(items=[*items]) if items:
            return all(isinstance(item, Array) for item in items)
        case Mapping(items=dict(mapped)) if mapped:
            return all(isinstance(item, Array) for item in mapped.values())
    return isinstance(given, Array)


def _shape_refused(model: Model, inputs: TensorSpec) -> bool:
    """Whether a model that declares one input is called on a tensor with more or fewer axes, or of other sizes."""
    declared = model.inputs
    if not model.known or not isinstance(declared, TensorSpec):
        return False
    if inputs.shape is None or declared.shape is None:
        return False
    return not takes(model, (None, *inputs.shape[1:]), nested=True)


@models("Model.compile")
def compile_(call: Call) -> Value:
    """`model.compile(...)`."""
    model = call.owner
    assert isinstance(model, Model)
    compile_model(call, model)
    return Dropped(model, "compile", call.node)


@models("Model.fit", "Model.evaluate", "Model.predict", "Model.train_on_batch", "Model.test_on_batch",
        "Model.predict_on_batch", "Model.fit_generator", "Model.evaluate_generator",
        "Model.predict_generator")  # fmt: skip
def fit(call: Call) -> Value:
    """`model.fit(x, y)` and the like."""
    model = call.owner
    assert isinstance(model, Model)
    method = call.name.removeprefix("Model.").removesuffix("_generator")
    record = feed(call, model, method)
    if method == "fit":
        result = Dropped(model, "fit", call.node)
        result.log = log_of(call, record)
        return result
    x = record.x.value if record.x is not None else None
    if method.startswith("predict") and isinstance(x, Array) and x.spec.shape:
        spec = TensorSpec((None, *x.spec.shape[1:]), x.spec.dtype)
        output = graphs.rerun(call.interp, model, spec, data=True)
        if isinstance(output, TensorSpec) and output.shape:
            return Array(TensorSpec((x.spec.shape[0], *output.shape[1:]), output.dtype), call.node)
    return Unknown(call.node)


@models("Model.summary", "Model.save", "Model.save_weights", "Model.load_weights", "Model.build")
def without_result(call: Call) -> Value:
    """A method that returns None."""
    model = call.owner
    assert isinstance(model, Model)
    given = call.get("input_shape", 0) if call.name == "Model.build" else None
    shape = as_shape(given) if given is not None else None
    if shape is not None and _waits(model):  # of a class with a `call` of its own, it builds nothing
        build_with(call, model, TensorSpec(shape), None)
    return Dropped(model, call.name.removeprefix("Model."), call.node)


@models("Model.compile_from_config")
def compile_unseen(call: Call) -> Value:
    """A `compile` with arguments that are not seen."""
    call.interp.escape(call.owner)
    return call.unknown()


@models("Model.*")
def other_method(call: Call) -> Value:
    """A method that leaves the layers alone."""
    return call.unknown()
