"""Other objects of Keras: optimizers, losses, metrics, callbacks; and its functions."""

from typing import Final

from kerasfix.keras import api
from kerasfix.keras.shape import ANY, TensorSpec
from kerasfix.trace import outcome
from kerasfix.trace.calls import Call
from kerasfix.trace.identifiers import check_identifier
from kerasfix.trace.library import models, python_value
from kerasfix.trace.library.arguments import computed
from kerasfix.trace.unused import WATCHED
from kerasfix.trace.values import Object, Tensor, Value


@models("keras.*")
def make_object(call: Call) -> Value:
    """A call of a class or function that has no handler of its own."""
    if api.family(call.name) == "Layer" and call.name.startswith("keras.layers."):
        from kerasfix.trace.library.layers import make_layer

        return make_layer(call)
    if api.kind(call.name) != "class":
        return _of_tensors(call) if call.name.startswith("keras.losses.") else call.unknown()
    signature = api.signature(call.name)
    arguments: dict[str, Value] = {}
    if signature is not None:
        positional = [argument.value for argument in call.arguments if argument.keyword is None]
        keywords = {arg.keyword: arg.value for arg in call.arguments if arg.keyword is not None}
        arguments = dict(signature.bind(positional, keywords).arguments)
    made = Object(api.canonical(call.name), arguments, call.node)
    family = api.family(made.cls)
    if family in WATCHED:
        call.interp.made.append((made, family, call.interp.statement))
    return made


_KINDS: Final = {
    "keras.optimizers.get": "optimizer",
    "keras.losses.get": "loss",
    "keras.metrics.get": "metric",
    "keras.activations.get": "activation",
    "keras.initializers.get": "initializer",
    "keras.regularizers.get": "regularizer",
    "keras.constraints.get": "constraint",
}


@models(*_KINDS)
def get(call: Call) -> Value:
    """`keras.optimizers.get("adam")`."""
    if call.arguments:
        given = call.arguments[0]
        check_identifier(call.interp, _KINDS[call.name], given.value, given, call.name)
    return call.unknown()


@models("Loss.__call__")
def call_loss(call: Call) -> Value:
    """`loss(y_true, y_pred)` of an object of Keras, in a loop of the script's own."""
    outcome.compared(call)
    return _of_tensors(call)


def _of_tensors(call: Call) -> Value:
    """What a loss gives: in a graph, a tensor."""
    given = [value for value in call.values if isinstance(value, Tensor) and value.graph]
    if not given or not call.interp.graph:
        return call.unknown()
    return computed(TensorSpec(None, None), given, call.node, call.taint)


_FEATURES = "keras.utils.FeatureSpace"


@models("Object.get_encoded_features")
def _encoded(call: Call) -> Value:
    """The features of a `FeatureSpace` side by side, as an input; how many there are depends on the data."""
    owner = call.owner
    if not isinstance(owner, Object) or owner.cls != _FEATURES or not _is_one_row(owner):
        return call.unknown()
    return Tensor(TensorSpec((None, ANY), "float32"), call.node)


def _is_one_row(features: Object) -> bool:
    """Whether all features are put into one tensor."""
    mode = features.arguments.get("output_mode")
    return mode is None or python_value(mode) == "concat"


@models("Object.*")
def object_method(call: Call) -> Value:
    """A method of an optimizer, a loss, a metric."""
    return call.unknown()
