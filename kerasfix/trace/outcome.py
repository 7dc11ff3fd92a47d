"""What a training brings together: the end of the model, loss and metrics, and the labels."""

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from kerasfix.keras import api
from kerasfix.keras.layers import UNKNOWN
from kerasfix.keras.shape import ANY, TensorSpec
from kerasfix.trace.library import python_value
from kerasfix.trace.records import Activation, Compile, Feed, Head, LabelKind, Labels, Link, Loss, Training
from kerasfix.trace.values import (
    Argument,
    Array,
    Const,
    Layer,
    LayerCall,
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
    from kerasfix.trace.interpreter import Interpreter

# Layers that stand behind the last one with weights and leave the meaning of its values as it is.
_KEEPS_WIDTH: Final = frozenset(
    {"Dropout", "GaussianNoise", "GaussianDropout", "AlphaDropout", "SpatialDropout1D", "SpatialDropout2D",
     "SpatialDropout3D", "ActivityRegularization", "Identity"}
)  # fmt: skip
_KEEPS_VALUES: Final = frozenset(
    {"Flatten", "Reshape", "Permute", "GlobalAveragePooling1D", "GlobalAveragePooling2D",
     "GlobalAveragePooling3D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D",
     "Cropping1D", "Cropping2D", "UpSampling1D", "UpSampling2D"}
)  # fmt: skip
_ACTIVATION_LAYERS: Final = {
    "ReLU": "relu", "LeakyReLU": "leaky_relu", "PReLU": "prelu", "ELU": "elu", "Softmax": "softmax"
}  # fmt: skip
_WIDTHS: Final = {
    "Dense": "units", "EinsumDense": "", "LSTM": "units", "GRU": "units", "SimpleRNN": "units",
    "Conv1D": "filters", "Conv2D": "filters", "Conv3D": "filters", "Conv1DTranspose": "filters",
    "Conv2DTranspose": "filters", "Conv3DTranspose": "filters", "SeparableConv1D": "filters",
    "SeparableConv2D": "filters",
}  # fmt: skip


# --- the end of a model ---------------------------------------------------------------------------------


def head_of(model: Model, output: Tensor | None = None) -> Head | None:
    """The last layer with weights and the activations behind it; None where the end cannot be followed.

    `output` is one of several outputs.
    """
    activations: list[Activation] = []
    resized = after = False
    for step in _backwards(model, output):
        layer = step.layer
        if layer is None or layer.instance is not None:
            return None
        if layer.cls in _KEEPS_WIDTH:
            after = True
        elif layer.cls in _KEEPS_VALUES:
            after = resized = True
        elif layer.cls == "Activation" or layer.cls in _ACTIVATION_LAYERS:
            activations.append(_activation_layer(layer))
        else:
            inner = _unwrapped(layer)
            if inner is None or inner.cls not in _WIDTHS:
                return None
            own = activation_of(inner)
            if own is None:
                return None
            units = None if resized else inner.arguments.get(_WIDTHS[inner.cls])
            names = [one for one in (own, *reversed(activations)) if one.name != "linear"]
            return Head(inner, units, tuple(names), after)
    return None


def _backwards(model: Model, output: Tensor | None = None) -> "list[LayerCall]":
    """The steps from a model's output back to its input, as long as they are one chain."""
    if model.kind == "Sequential":
        return model.steps[::-1]
    chain: list[LayerCall] = []
    tensor = output or (model.outputs if isinstance(model.outputs, Tensor) else None)
    while tensor is not None and tensor.history is not None:
        chain.append(tensor.history)
        parents = tensor.history.parents
        tensor = parents[0] if len(parents) == 1 else None
    return chain


def chain_of(model: Model) -> list[Link]:
    """All layers of a model from its input to its output; empty where it branches, or holds what is not known."""
    links: list[Link] = []
    steps = _backwards(model)[::-1]
    if model.kind != "Sequential" and len(steps) != len(model.steps):
        return []
    for step in steps:
        layer = step.layer
        if layer is None or layer.instance is not None:
            return []
        width = python_value(layer.arguments[_WIDTHS[layer.cls]].value) if _has_width(layer) else None
        own = _activation_layer(layer) if layer.cls in _ACTIVATION_LAYERS else activation_of(layer)
        links.append(Link(layer, step, own, width if isinstance(width, int) else None))
    return links


def _has_width(layer: Layer) -> bool:
    return bool(_WIDTHS.get(layer.cls)) and _WIDTHS[layer.cls] in layer.arguments


def _unwrapped(layer: Layer) -> Layer | None:
    """The layer in a `TimeDistributed`."""
    if layer.cls != "TimeDistributed":
        return layer
    inner = layer.arguments.get("layer")
    return inner.value if inner is not None and isinstance(inner.value, Layer) else None


def activation_of(layer: Layer) -> Activation | None:
    """The activation that a layer has as its argument; None where the layer has none and takes none."""
    if not layer.complete:
        return Activation(None, layer, None)
    argument = layer.arguments.get("activation")
    if argument is not None:
        return Activation(activation_name(argument.value), layer, argument)
    signature = api.signature(f"keras.layers.{layer.cls}")
    parameter = signature.parameter("activation") if signature is not None else None
    if parameter is None:
        return None
    return Activation(parameter.default or "linear", layer, None)


def _activation_layer(layer: Layer) -> Activation:
    if layer.cls == "Activation":
        found = activation_of(layer)
        return found if found is not None else Activation(None, layer, None)
    if "axis" in layer.arguments or not layer.complete:
        return Activation(None, layer, None)
    return Activation(_ACTIVATION_LAYERS[layer.cls], layer, None)


def activation_name(value: Value) -> str | None:
    """The canonical name of an activation: by string, by function, or by layer; None where it is not known."""
    match value:
        case Const(value=None):
            return "linear"
        case Const(value=str(text)):
            full = api.identified("activation", text)
            return full.rpartition(".")[2] if full is not None else None
        case Reference(name=name):
            last = name.rpartition(".")[2]
            full = api.identified("activation", last)
            return full.rpartition(".")[2] if full is not None else None
        case Layer(cls=cls):
            return _ACTIVATION_LAYERS.get(cls)
    return None


# --- losses and metrics ---------------------------------------------------------------------------------


def loss_of(value: Value | None, argument: Argument, kind: str = "loss") -> Loss | None:
    """A loss or metric of Keras; None for one that is not known, or is of the script's own."""
    node: cst.CSTNode = (
        value.origin if value is not None and value.origin is not None else argument.node.value
    )
    match value:
        case Const(value=str(text)):
            if kind == "metric" and text in {"accuracy", "acc", "crossentropy", "ce"}:
                return Loss(text, node, key=text)
            full = api.identified(kind, text)
            return Loss(snake(full), node, key=text) if full is not None else None
        case Object(cls=cls, arguments=arguments) if api.family(cls) in {"Loss", "Metric"}:
            given = arguments.get("from_logits")
            known = python_value(given) if given is not None else False
            rest = arguments.keys() - {"from_logits", "name"}
            name = python_value(arguments["name"]) if "name" in arguments else None
            key = name if isinstance(name, str) else None
            return Loss(snake(cls), node, None if known is UNKNOWN else bool(known), not rest, key)
        case Reference(name=name) if api.canonical(name).startswith(("keras.losses.", "keras.metrics.")):
            if api.kind(name) == "function":
                short = name.rpartition(".")[2]
                return Loss(snake(api.canonical(name)), argument.node.value, key=short)
    return None


def snake(full: str) -> str:
    """`keras.losses.KLDivergence` is `kl_divergence`."""
    last = full.rpartition(".")[2]
    last = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", last)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", last).lower()


def metrics_of(argument: Argument | None) -> list[Loss] | None:
    """The metrics given to `compile`; None where they are not all known."""
    if argument is None:
        return []
    match argument.value:
        case Const(value=None):
            return []
        case Sequence(items=list(items)):
            found = [loss_of(item, argument, "metric") for item in items]
            known = [metric for metric in found if metric is not None]
            return known if len(known) == len(found) else None
    return None


def start(interp: "Interpreter", record: Compile) -> Training:
    """The record of a training that begins with `compile`."""
    given = record.arguments.get("loss")
    value = given.value if given is not None else None
    if isinstance(value, Sequence) and value.items is not None and len(value.items) == 1:
        value = value.items[0]
    loss = loss_of(value, given) if given is not None else None
    training = Training(record.model, record, loss, metrics_of(record.arguments.get("metrics")))
    observe(training)
    interp.report(training, record.node, record.model)
    record.outputs = _several(record, given)
    for one in record.outputs:
        assert one.tensor is not None
        observe(one)
        interp.report(one, one.tensor.origin or record.node, record.model)
    return training


def compared(call: "Call") -> None:
    """Note the training that a script does itself: a loss of Keras is called on labels and on what a model gives."""
    interp, loss, labels = call.interp, call.owner, call.argument("y_true", 0)
    match call.get("y_pred", 1):
        case (
            Array(step=LayerCall(model=Model() as model)) | Tensor(history=LayerCall(model=Model() as model))
        ):
            pass
        case _:
            return
    if labels is None or not isinstance(loss, Object) or not isinstance(model.output, TensorSpec):
        return
    if model.compiled is not None and model.compiled.loss is not None:
        return  # the same, most likely
    name = f"{call.node.func.value}(...)" if isinstance(call.node.func, cst.Name) else "the loss"
    feed = Feed(name, model, None, labels, call.node, interp.statement, direct=True)
    training = _own_training(interp, model, loss) or Training(model, None, loss_of(loss, labels), [])
    given = labels.value
    if isinstance(given, Tensor) and given.spec.shape:
        given = Array(TensorSpec((ANY, *given.spec.shape[1:]), given.spec.dtype), given.origin)
    add_labels(training, feed, given)
    interp.report(training, call.node, model)


def _own_training(interp: "Interpreter", model: Model, loss: Object) -> Training | None:
    """The training that another call of the same loss, for the same model, began."""
    for record in interp.program.records:
        match record:
            case Training(compile=None, loss=Loss(node=node)) if (
                record.model is model and node is loss.origin
            ):
                return record
    return None


def _several(record: Compile, given: Argument | None) -> list[Training]:
    """The trainings of a Functional model with several outputs: each has a loss, and labels, of its own."""
    model, value = record.model, given.value if given is not None else None
    match model.outputs if model.known and model.kind == "Functional" else None:
        case Sequence(items=[_, _, *_] as items):
            tensors = [(output_name(item), item) for item in items]
        case Mapping(items=dict(mapped)) if len(mapped) > 1:
            tensors = [(str(key), item) for key, item in mapped.items()]
        case _:
            return []
    metrics = record.arguments.get("metrics")
    found: list[Training] = []
    for place, (key, tensor) in enumerate(tensors):
        loss = _for_output(value, place, key, len(tensors))
        named = _for_output(metrics.value, place, key, len(tensors)) if metrics is not None else None
        if isinstance(named, (Const, Object)):
            named = Sequence("list", [named])
        if isinstance(tensor, Tensor) and given is not None:
            known = (
                metrics_of(Argument(named, metrics.node)) if metrics is not None and named is not None else []
            )
            found.append(Training(model, record, loss_of(loss, given), known, tensor=tensor, key=key))
    return found


def output_name(tensor: Value) -> str | None:
    """The name of an output: that of its layer."""
    step = tensor.history if isinstance(tensor, Tensor) else None
    return step.layer.name if step is not None and step.layer is not None else None


def _for_output(value: Value | None, place: int, key: str | None, count: int) -> Value | None:
    """What a dict, a list, or one thing for all, holds for one output; None where that is not known."""
    match value:
        case Mapping(items=dict(mapped)):
            return mapped.get(key) if key is not None else None
        case Sequence(items=list(items)):
            return items[place] if len(items) == count else None
        case Const() | Object() | Reference():
            return value
    return None


def add_labels_of_outputs(compiled: Compile, feed: Feed, data: Value | None) -> None:
    """Note the labels of each of several outputs."""
    for place, one in enumerate(compiled.outputs):
        labels = None
        if isinstance(data, (Mapping, Sequence)):
            labels = _for_output(data, place, one.key, len(compiled.outputs))
        add_labels(one, feed, labels)


_OWN_LOSS: Final = ("compute_loss", "train_step")


def observe(training: Training) -> None:
    """Note what the model puts out, as soon as that is known."""
    model = training.model
    if not model.known or model.opaque is not None:
        return
    if model.overrides("call"):
        if isinstance(model.output, TensorSpec) and not any(map(model.overrides, _OWN_LOSS)):
            training.output = model.output  # for the data that it was given last
            if isinstance(model.outputs, Tensor):
                training.head = head_of(model, model.outputs)
        return
    if training.tensor is not None:
        training.head = head_of(model, training.tensor)
        training.output = training.tensor.spec
        return
    if training.head is None:
        training.head = head_of(model)
        training.chain = chain_of(model)
    if isinstance(model.output, TensorSpec):
        training.output = model.output


# --- labels ---------------------------------------------------------------------------------------------


def add_labels(training: Training, feed: Feed, data: Value | None) -> None:
    """Note labels that a model is given."""
    training.feeds.append(feed)
    observe(training)
    if isinstance(data, Array) and data.spec.shape != ():  # else from a data set without batches
        training.labels.append(labels_of(feed, data, training.loss))


def labels_of(feed: Feed, data: Array, loss: Loss | None) -> Labels:
    """What kind of labels an array holds, as far as known."""
    facts, spec = data.facts, data.spec
    column = spec.shape is not None and (len(spec.shape) == 1 or spec.shape[1:] == (1,))
    kind: LabelKind | None = None
    classes: int | None = None
    exact = False
    if facts.labels is not None and facts.labels.one_hot:
        last = spec.shape[-1] if spec.shape else None
        kind, classes = "one-hot", last if isinstance(last, int) else facts.labels.classes
        exact = True
    elif facts.labels is not None:
        kind, classes, exact = "classes", facts.labels.classes, facts.dataset is not None
    elif spec.dtype == "bool" and column:
        kind, classes = "binary", 2
    elif spec.dtype is not None and "int" in spec.dtype and column and facts.low == 0:
        count = spec.shape[0] if spec.shape else None
        if facts.high is not None and 0 < facts.high < min(_MANY, count if isinstance(count, int) else 0):
            kind, classes = "classes", int(facts.high) + 1
    elif facts.drawn == "integers" and (facts.low, facts.high) == (0, 1) and spec.rank == 2 and not column:
        kind = "multi-label"
    elif facts.continuous:
        kind = "values"
    elif facts.text:
        kind = "text"
    if kind == "classes" and classes == 2 and column:
        kind = "binary"
    return Labels(feed, data, kind, classes, exact)


_MANY = 1000
