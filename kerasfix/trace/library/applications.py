"""`keras.applications`: ready models, as one part of which shapes and weights are known."""

from typing import Any

from kerasfix.keras import api, applications
from kerasfix.keras.layers import UNKNOWN
from kerasfix.keras.shape import TensorSpec
from kerasfix.trace.calls import Call
from kerasfix.trace.library import models, python_value
from kerasfix.trace.library.arguments import computed
from kerasfix.trace.library.layers import as_shape, skip_names, tensors
from kerasfix.trace.values import Argument, Array, Layer, LayerCall, Model, Tensor, Value


@models("keras.applications.*")
def make_application(call: Call) -> Value:
    """`keras.applications.ResNet50(include_top=False, ...)`; its helper functions give what is not known."""
    name = call.name.rpartition(".")[2]
    if name == "preprocess_input" and call.positional:
        return _preprocessed(call, call.positional[0])
    if name not in applications.table():
        return call.unknown()
    interp = call.interp
    model = Model("Functional", call.node)
    interp.note(model)
    arguments = _arguments(call)
    given = arguments.pop("input_tensor", None)
    model.known = call.complete and given is not UNKNOWN and applications.is_known(name, arguments)
    entry = given if isinstance(given, Tensor) else None
    if entry is not None and entry.spec.shape is not None:
        arguments["input_shape"] = entry.spec.shape[1:]
    model.label = applications.model_name(name, arguments)
    skip_names(interp, applications.named(name, arguments))
    if not model.known:
        return model
    shape = applications.input_shape(name, arguments)
    model.opaque = lambda inputs: applications.infer(name, arguments, inputs)
    model.inputs = TensorSpec(shape)
    model.output = model.opaque(None if shape is None else model.inputs).output
    if entry is None:
        source = Layer("InputLayer", {}, True, call.node, interp.statement, call.via)
        source.params = 0
        entry = Tensor(model.inputs, call.node, source=source)
    model.entry = entry
    _connect(call, model, entry)
    return model


def _preprocessed(call: Call, x: Value) -> Value:
    """Other values in the same shape."""
    match x:
        case Array(spec=TensorSpec(shape=shape)):
            return Array(TensorSpec(shape, None), call.node, shaped=x.shaped)
        case Tensor():
            return computed(x.spec, [x], call.node, x.taint, call.interp.statement)
    return call.unknown()


def _connect(call: Call, model: Model, entry: Tensor) -> None:
    """`base.output` is a tensor that further layers are put on."""
    step = LayerCall(
        None, entry.spec, model.output, call.node, call.interp.statement, (entry,), model, given=entry
    )
    step.value = model.outputs = Tensor(model.output, call.node, history=step)


def _arguments(call: Call) -> dict[str, Any]:
    """The arguments that are given, as Python values; a tensor as the value that it is."""
    signature = api.signature(call.name)
    if signature is None:
        return {"?": UNKNOWN}
    positional = [argument for argument in call.arguments if argument.keyword is None]
    keywords = {argument.keyword: argument for argument in call.arguments if argument.keyword is not None}
    bound: dict[str, Argument] = dict(signature.bind(positional, keywords).arguments)
    return {name: _value(argument.value) for name, argument in bound.items()}


def _value(value: Value) -> Any:
    if isinstance(value, Tensor):
        return value
    found = python_value(value)
    if found is UNKNOWN and not tensors(value):
        return as_shape(value) or UNKNOWN
    return found
