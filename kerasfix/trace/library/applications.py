"""`keras.applications`: ready models, as one part of which shapes and weights are known."""

import ast
from typing import TYPE_CHECKING, Any

from kerasfix.keras import api, applications
from kerasfix.keras.layers import UNKNOWN
from kerasfix.keras.shape import Rejected, TensorSpec
from kerasfix.trace.calls import Call
from kerasfix.trace.library import models, python_value
from kerasfix.trace.library.arguments import computed
from kerasfix.trace.library.layers import as_shape, report_refusal, skip_names, tensors
from kerasfix.trace.values import Argument, Array, Const, Layer, LayerCall, Model, Tensor, Value

if TYPE_CHECKING:
    from kerasfix.trace.interpreter import Interpreter


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
    if call.complete and given is None and _channels_last(interp):
        arguments = _checked(call, name, arguments)
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
    if api.signature(call.name) is None:
        return {"?": UNKNOWN}
    return {name: _value(argument.value) for name, argument in _bound(call).items()}


def _bound(call: Call) -> dict[str, Argument]:
    signature = api.signature(call.name)
    assert signature is not None
    positional = [argument for argument in call.arguments if argument.keyword is None]
    keywords = {argument.keyword: argument for argument in call.arguments if argument.keyword is not None}
    return dict(signature.bind(positional, keywords).arguments)


def _channels_last(interp: "Interpreter") -> bool:
    order = (interp.settings.items or {}).get("image_data_format")
    return isinstance(order, Const) and order.value == "channels_last"


def _checked(call: Call, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments as they were surely meant; what Keras refuses is reported."""
    try:
        applications.check_arguments(name, arguments)
    except Rejected as rejected:
        report_refusal(call, rejected, name, _bound(call), call.node)
        if rejected.instead:
            return {**arguments, "input_shape": ast.literal_eval(rejected.instead)}
    return arguments


def _value(value: Value) -> Any:
    if isinstance(value, Tensor):
        return value
    found = python_value(value)
    if found is UNKNOWN and not tensors(value):
        return as_shape(value) or UNKNOWN
    return found
