"""What `Input(...)` and `InputLayer(...)` give."""

from kerasfix.keras import api
from kerasfix.keras.layers import LayerConfig, construct
from kerasfix.keras.shape import ANY, Rejected, Shape, TensorSpec
from kerasfix.trace.calls import Call
from kerasfix.trace.library import models, python_value
from kerasfix.trace.library.layers import as_shape, given_name, report_refusal
from kerasfix.trace.values import Layer, Tensor, Value


@models("keras.layers.Input", "keras.Input")
def make_input(call: Call) -> Value:
    """`keras.Input(...)`: a symbolic tensor."""
    layer = Layer("InputLayer", {}, call.complete, call.node, call.interp.statement, call.via)
    layer.name, layer.params = given_name(call, call.argument("name"), "InputLayer"), 0
    _check_input(call, layer)
    return Tensor(TensorSpec(_input_shape(call), _input_dtype(call)), call.node, source=layer)


@models("keras.layers.InputLayer")
def make_input_layer(call: Call) -> Value:
    """`InputLayer(...)`: stands for its tensor, as the first layer of a Sequential model."""
    return make_input(call)


def _check_input(call: Call, layer: Layer) -> None:
    """Report a shape that is none, or two of them."""
    signature = api.signature("keras.layers.Input")
    keywords = {argument.keyword: argument for argument in call.arguments if argument.keyword is not None}
    positional = [argument for argument in call.arguments if argument.keyword is None]
    bound = signature.bind(positional, keywords) if signature is not None and call.complete else None
    if bound is None or bound.unknown or bound.arguments.keys() & {"tensor", "input_tensor"}:
        return
    arguments = dict(bound.arguments)
    values = {name: python_value(argument.value) for name, argument in arguments.items() if name != "name"}
    try:
        construct(LayerConfig("InputLayer", values))
    except Rejected as rejected:
        report_refusal(call, rejected, "Input", arguments, call.node)


def _input_shape(call: Call) -> Shape | None:
    batch_shape = call.argument("batch_shape") or call.argument("batch_input_shape")
    if batch_shape is not None:
        return as_shape(batch_shape.value)
    first = call.argument("shape", 0) or call.argument("input_shape")
    shape = as_shape(first.value) if first else None
    batch = call.get("batch_size")
    size = python_value(batch) if batch is not None else None
    return None if shape is None else (size if isinstance(size, int) or size is None else ANY, *shape)


def _input_dtype(call: Call) -> str | None:
    dtype = call.constant("dtype")
    if dtype is None:
        return "float32"
    return dtype if isinstance(dtype, str) else None
