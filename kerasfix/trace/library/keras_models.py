"""Models: Sequential and Functional ones, and what is done with them."""

import libcst as cst

from kerasfix.keras.shape import UNKNOWN_SPEC, Rejected, Structure, TensorSpec
from kerasfix.trace.calls import Call
from kerasfix.trace.library import models
from kerasfix.trace.library.layers import (
    apply,
    as_value,
    declared_input,
    repaired_input,
    structure,
    tensors,
)
from kerasfix.trace.records import LayerRejected
from kerasfix.trace.training import compile_model, feed
from kerasfix.trace.values import (
    Array,
    Dropped,
    Layer,
    LayerCall,
    Model,
    Sequence,
    Tensor,
    Unknown,
    Value,
)


@models("keras.Sequential", "keras.models.Sequential")
def make_sequential(call: Call) -> Value:
    """`Sequential()`, `Sequential([...])`."""
    model = Model("Sequential", call.node)
    call.interp.program.models.append(model)
    layers = call.get("layers", 0)
    model.known = call.complete
    if isinstance(layers, Sequence) and layers.items is not None:
        for layer in layers.items:
            _add(call, model, layer, layer.origin if layer.origin is not None else call.node)
    elif layers is not None and not _is_none(layers):
        model.known = False
    return model


def _is_none(value: Value) -> bool:
    return getattr(value, "value", ...) is None


@models("keras.Model", "keras.models.Model")
def make_functional(call: Call) -> Value:
    """`Model(inputs, outputs)`."""
    model = Model("Functional", call.node)
    call.interp.program.models.append(model)
    inputs, outputs = call.get("inputs", 0), call.get("outputs", 1)
    if inputs is None or outputs is None or not call.complete:
        model.known = False
        return model
    model.inputs, model.output = structure(inputs), structure(outputs)
    model.outputs = outputs
    declared = tensors(inputs)
    model.declared = declared[0].origin if len(declared) == 1 else None
    model.steps = _steps_between(tensors(outputs))
    model.known = bool(declared) and bool(tensors(outputs))
    return model


def _steps_between(outputs: tuple[Tensor, ...]) -> list[LayerCall]:
    """The layer calls that lead to these tensors, first ones first."""
    steps: dict[int, LayerCall] = {}
    stack = list(outputs)
    while stack:
        tensor = stack.pop()
        step = tensor.history
        if step is not None and id(step) not in steps:
            steps[id(step)] = step
            stack.extend(step.parents)
    return list(steps.values())[::-1]


@models("Model.add")
def add(call: Call) -> Value:
    """`model.add(layer)`."""
    model = call.owner
    assert isinstance(model, Model)
    layer = call.get("layer", 0)
    if layer is None:
        call.interp.escape(model)
    else:
        _add(call, model, layer, layer.origin if layer.origin is not None else call.node)
    return Dropped(model, "add", call.node)


def _add(call: Call, model: Model, layer: Value, node: cst.CSTNode) -> None:
    """Put a layer, an input or a nested model at a Sequential model's end."""
    interp = call.interp
    interp.journal.touch(model)
    if isinstance(layer, Tensor):  # keras.Input(...)
        if not model.steps:
            model.inputs = model.output = layer.spec
            model.declared = layer.origin
        return
    if not isinstance(layer, (Layer, Model)):
        step = LayerCall(None, model.output, UNKNOWN_SPEC, node, interp.statement, looped=interp.loops > 0)
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
                model.inputs = model.output = declared[0]
                model.declared = declared[1].node
        elif layer.inputs is not None and isinstance(layer.inputs, TensorSpec):
            model.inputs = model.output = layer.inputs
    if model.output is not None:
        advance(call, model, step, given=None)


def advance(call: Call, model: Model, step: LayerCall, given: Array | None) -> None:
    """Pass the model's output so far through its next step."""
    interp = call.interp
    step.inputs = model.output
    try:
        step.output = _step_output(step, model.output)
    except Rejected as rejected:
        step.output = UNKNOWN_SPEC
        first = model.steps[0] is step
        if step.layer is not None:
            interp.report(
                LayerRejected(rejected, step.layer, step, model.output, model, given, first), step.layer.call
            )
            fixed = repaired_input(step.layer, model.output, rejected) if first else None
            if fixed is not None:
                model.inputs, model.repaired = fixed, True
                step.inputs = fixed
                step.output = apply(step.layer, fixed)
    model.output = step.output


def _step_output(step: LayerCall, inputs: Structure) -> Structure:
    if step.layer is not None:
        output = apply(step.layer, inputs)
        return output[0] if isinstance(output, tuple) and len(output) == 1 else output
    if step.model is not None and step.model.known and step.model.output is not None:
        nested: Structure = step.model.output
        return nested
    return UNKNOWN_SPEC


def build_with(call: Call, model: Model, spec: TensorSpec, given: Array | None) -> None:
    """Build a Sequential model that waited for its data."""
    call.interp.journal.touch(model)
    model.inputs = model.output = spec
    for step in model.steps:
        advance(call, model, step, given)


@models("Model.pop")
def pop(call: Call) -> Value:
    """`model.pop()`: takes the last layer off."""
    model = call.owner
    assert isinstance(model, Model)
    call.interp.journal.touch(model)
    if model.kind == "Sequential" and model.steps:
        model.steps = model.steps[:-1]
        if model.inputs is not None:
            model.output = model.steps[-1].output if model.steps else model.inputs
    return Unknown(call.node)


@models("Model.__call__")
def call_model(call: Call) -> Value:
    """`model(x)`: a nested model, or an eager call."""
    model = call.owner
    assert isinstance(model, Model)
    given = call.positional[0] if call.positional else None
    parents = tensors(given)
    if not parents:
        return call.unknown()
    known = model.known and model.output is not None
    output = model.output if known else UNKNOWN_SPEC
    inputs = structure(given) if given is not None else UNKNOWN_SPEC
    step = LayerCall(None, inputs, output, call.node, call.interp.statement, parents, model)
    return as_value(output, call.node, step, graph=any(parent.graph for parent in parents))


@models("Model.compile")
def compile_(call: Call) -> Value:
    """`model.compile(...)`."""
    model = call.owner
    assert isinstance(model, Model)
    compile_model(call, model)
    return Dropped(model, "compile", call.node)


@models("Model.fit", "Model.evaluate", "Model.predict", "Model.train_on_batch", "Model.test_on_batch",
        "Model.predict_on_batch")  # fmt: skip
def fit(call: Call) -> Value:
    """`model.fit(x, y)` and the like."""
    model = call.owner
    assert isinstance(model, Model)
    method = call.name.removeprefix("Model.")
    feed(call, model, method)
    if method == "fit":
        return Dropped(model, "fit", call.node)
    if method.startswith("predict") and model.known and isinstance(model.output, TensorSpec):
        x = call.get("x", 0)
        shape = model.output.shape
        if shape is not None and isinstance(x, Array) and x.spec.shape:
            return Array(TensorSpec((x.spec.shape[0], *shape[1:]), model.output.dtype), call.node)
    return Unknown(call.node)


@models("Model.summary", "Model.save", "Model.save_weights", "Model.load_weights", "Model.build")
def without_result(call: Call) -> Value:
    """A method that returns None."""
    model = call.owner
    assert isinstance(model, Model)
    if call.name == "Model.build" and model.inputs is None and model.kind == "Sequential":
        from kerasfix.trace.library.layers import as_shape

        given = call.get("input_shape", 0)
        shape = as_shape(given) if given is not None else None
        if shape is not None:
            build_with(call, model, TensorSpec(shape), None)
    return Dropped(model, call.name.removeprefix("Model."), call.node)


@models("Model.*")
def other_method(call: Call) -> Value:
    """A method that leaves the layers alone."""
    return call.unknown()
