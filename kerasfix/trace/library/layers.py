"""Layers: what `Dense(...)` and `layer(x)` give."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import libcst as cst

from kerasfix.keras import api
from kerasfix.keras.layers import UNKNOWN, Inferred, LayerConfig, canonical_class, construct, infer
from kerasfix.keras.naming import MADE_WHEN_BUILT, MADE_WITH, real_class
from kerasfix.keras.shape import ANY, UNKNOWN_SPEC, Dim, Reason, Rejected, Shape, Structure, TensorSpec
from kerasfix.trace.calls import Call
from kerasfix.trace.flow import MAX_ITEMS
from kerasfix.trace.graph import call_in_graph, in_graph
from kerasfix.trace.identifiers import check_layer_identifiers
from kerasfix.trace.library import models, python_value
from kerasfix.trace.records import LayerRejected
from kerasfix.trace.values import (
    Argument,
    Array,
    Const,
    Function,
    Layer,
    LayerCall,
    Model,
    Sequence,
    Tensor,
    Unknown,
    Value,
)
from kerasfix.trace.values import Mapping as MappingValue

if TYPE_CHECKING:
    from kerasfix.trace.interpreter import Interpreter

# The keyword arguments by which a layer declares the input of a model, as old code does.
INPUT_ARGUMENTS = ("input_shape", "batch_input_shape", "batch_shape", "input_dim")


@models("keras.layers.*", "keras.Layer")
def make_layer(call: Call) -> Value:
    """A call of a layer class."""
    name = api.canonical(call.name)
    if api.family(name) != "Layer":
        return call.unknown()
    if call.positional and isinstance(call.positional[0], Tensor) and not call.positional[0].graph:
        from kerasfix.trace.library.mending import given_a_tensor

        if (result := given_a_tensor(call, name)) is not None:
            return result
    layer, lacking = bound_layer(call, name)
    call.interp.journal.born(layer)
    layer.name = given_name(call, layer.arguments.get("name"), real_class(layer.cls))
    skip_names(call.interp, MADE_WITH.get(layer.cls, {}))
    check_layer_identifiers(call.interp, layer)
    try:
        if lacking:
            raise Rejected(Reason.ARGUMENT, f"it needs {_words(lacking)}", stage="construct")
        construct(config(layer))
    except Rejected as rejected:
        layer.refused = True
        step = LayerCall(layer, None, UNKNOWN_SPEC, call.node, call.interp.statement)
        call.interp.report(LayerRejected(rejected, layer, step, None, None), call.node)
    return layer


def bound_layer(call: Call, name: str) -> tuple[Layer, tuple[str, ...]]:
    """A layer of a class of Keras with the arguments of a call, without a name yet, and what it lacks for certain."""
    signature = api.signature(name)
    arguments: dict[str, Argument] = {}
    lacking: tuple[str, ...] = ()
    if signature is not None:
        positional = [argument for argument in call.arguments if argument.keyword is None]
        keywords = {argument.keyword: argument for argument in call.arguments if argument.keyword is not None}
        binding = signature.bind(positional, keywords)
        arguments = dict(binding.arguments)
        # What the layer does not take is a fault of its own; what declares an input still does here.
        arguments |= {key: value for key, value in keywords.items() if key in INPUT_ARGUMENTS}
        lacking = binding.missing if call.complete and not binding.unknown else ()
    interp = call.interp
    arguments |= _settings(interp, arguments, signature is not None and signature.parameter("data_format"))
    cls = canonical_class(name.rpartition(".")[2])
    return Layer(cls, arguments, call.complete, call.node, interp.statement, call.via), lacking


def _words(names: tuple[str, ...]) -> str:
    *first, last = (f"`{name}`" for name in names)
    return f"{', '.join(first)} and {last}" if first else last


def _settings(interp: "Interpreter", given: Mapping[str, Argument], spatial: object) -> dict[str, Argument]:
    """The arguments that a layer takes from the settings, where the script has changed these."""
    settings = interp.settings.items or {}
    found: dict[str, Argument] = {}
    for name, setting, usual in (
        ("data_format", "image_data_format", "channels_last"),
        ("dtype", "dtype_policy", "float32"),
    ):
        value = settings.get(setting)
        unchanged = isinstance(value, Const) and value.value == usual
        open_ = name not in given or python_value(given[name].value) is None
        if not unchanged and open_ and (spatial or name == "dtype"):
            found[name] = Argument(value or Unknown(), cst.Arg(cst.Name("_")), name)
    return found


def given_name(call: Call, argument: Argument | None, class_name: str) -> str | None:
    """The name of a new layer or model: the one that is given, or the next one of its class."""
    given = python_value(argument.value) if argument is not None else None if call.complete else UNKNOWN
    if given is None:
        return next_name(call.interp, class_name)
    return given if isinstance(given, str) else None


def next_name(interp: "Interpreter", class_name: str) -> str | None:
    """The name that Keras gives to one more object of a class."""
    interp.journal.touch(interp.labels)
    return interp.labels.next(class_name)


def skip_names(interp: "Interpreter", counts: Mapping[str, int]) -> None:
    """Note the names of layers that Keras makes out of sight."""
    if counts:
        interp.journal.touch(interp.labels)
        interp.labels.skip(counts)


_MERGES = ("add", "subtract", "multiply", "average", "maximum", "minimum", "concatenate", "dot")


@models(*(f"keras.layers.{name}" for name in _MERGES))
def merge(call: Call) -> Value:
    """`keras.layers.add([a, b])`: a layer and its call in one."""
    inputs = call.argument("inputs", 0)
    name = call.name.rpartition(".")[2].capitalize()
    signature = api.signature(f"keras.layers.{name}")
    rest = [argument for argument in call.arguments if argument is not inputs]
    positional = [argument for argument in rest if argument.keyword is None]
    keywords = {argument.keyword: argument for argument in rest if argument.keyword is not None}
    bound = signature.bind(positional, keywords).arguments if signature is not None else {}
    layer = Layer(name, dict(bound), call.complete, call.node, call.interp.statement, call.via)
    call.interp.journal.born(layer)
    layer.name = given_name(call, layer.arguments.get("name"), name)
    if inputs is None:
        return call.unknown()
    return call_layer(
        Call(call.interp, "__call__", [Argument(inputs.value, inputs.node)], True, call.node, layer)
    )


def report_refusal(
    call: Call, rejected: Rejected, name: str, arguments: dict[str, Argument], node: cst.CSTNode
) -> None:
    """Report that Keras refuses to make what is no layer; `name` is what messages call it, `node` where it stands."""
    shown = Layer(name, arguments, True, call.node, call.interp.statement, call.via)
    step = LayerCall(shown, None, UNKNOWN_SPEC, node, call.interp.statement)
    call.interp.report(LayerRejected(rejected, shown, step, None, None), node)


def as_shape(value: Value) -> Shape | None:
    """A value as a shape; sizes that are not known are `ANY`, a value that is no shape is None."""
    match value:
        case Sequence(items=list(items)):
            dims: list[Dim] = []
            for item in items:
                size = python_value(item)
                known = size is None or (isinstance(size, int) and not isinstance(size, bool))
                dims.append(size if known else ANY)
            return tuple(dims)
    size = python_value(value)
    return (size,) if isinstance(size, int) and not isinstance(size, bool) else None


def declared_input(layer: Layer) -> tuple[TensorSpec, Argument] | None:
    """The input that a layer declares by `input_shape=` or the like, and the argument that does."""
    signature = api.signature(f"keras.layers.{layer.cls}")
    for name in INPUT_ARGUMENTS:
        argument = layer.arguments.get(name)
        if argument is None or (signature is not None and signature.parameter(name)):
            continue  # `Embedding(input_dim=...)` is the size of its vocabulary
        shape = as_shape(argument.value)
        if shape is None and name == "input_dim":
            shape = (ANY,)  # one size, whatever it is
        if shape is not None and not name.startswith("batch"):
            shape = (None, *shape)
        return TensorSpec(shape, None if layer.cls == "Embedding" else "float32"), argument
    return None


def config(layer: Layer, interp: "Interpreter | None" = None) -> LayerConfig:
    """The layer's arguments with Keras's defaults filled in, as the layer engine takes them.

    Models and layers of the script's own inside of a wrapper are followed where `interp` is given.
    """
    signature = api.signature(f"keras.layers.{layer.cls}")
    values: dict[str, object] = {}
    for parameter in signature.parameters if signature else ():
        if parameter.kind in {"args", "kwargs"}:
            continue
        default = UNKNOWN if parameter.default is ... or parameter.required else parameter.default
        values[parameter.name] = default if layer.complete else UNKNOWN
    values |= {name: _config_value(argument.value, interp) for name, argument in layer.arguments.items()}
    if layer.cls == "Embedding" and "weights" in layer.arguments:
        values["weights"] = structure(layer.arguments["weights"].value)
    if "vocabulary" in values and values["vocabulary"] is None:
        values["vocabulary"] = UNKNOWN  # `adapt` may have learnt it since
    return LayerConfig(layer.cls, values)


def _config_value(value: Value, interp: "Interpreter | None") -> object:
    match value:
        case Layer(refused=True):
            return UNKNOWN
        case Layer() if value.instance is None:
            return config(value, interp)
        case Layer() | Model():
            from kerasfix.trace.library.graphs import inferred

            return lambda inputs: inferred(interp, value, inputs)
        case Sequence(items=list(items)) if any(isinstance(item, (Layer, Model)) for item in items):
            return [_config_value(item, interp) for item in items]
    return python_value(value)


def structure(value: Value) -> Structure:
    """What is given to a layer or model, as specs."""
    return _structure(value) if _is_small(value) else UNKNOWN_SPEC


def _is_small(value: Value | None) -> bool:
    """Whether nested lists and dicts hold no more than can be looked at: lists of one list grow without bounds."""
    stack, seen = [value], 0
    while stack:
        seen += 1
        if seen > MAX_ITEMS:
            return False
        match stack.pop():
            case Sequence(items=list(items)):
                stack += items
            case MappingValue(items=dict(mapped)):
                stack += mapped.values()
    return True


def _structure(value: Value) -> Structure:
    match value:
        case Tensor(spec=spec):
            return spec
        case Array(spec=TensorSpec(shape=(), dtype=None)):  # a number or a word, in a list that is one tensor
            return UNKNOWN_SPEC
        case Array(spec=spec):
            return spec
        case Sequence(items=list(items)):
            return tuple(_structure(item) for item in items)
        case MappingValue(items=dict(items)):
            return {str(key): _structure(item) for key, item in items.items()}
    return UNKNOWN_SPEC


def tensors(value: Value | None) -> tuple[Tensor, ...]:
    """The symbolic tensors in a value."""
    return _tensors(value) if _is_small(value) else ()


def _tensors(value: Value | None) -> tuple[Tensor, ...]:
    match value:
        case Tensor():
            return (value,)
        case Sequence(items=list(items)):
            return tuple(tensor for item in items for tensor in _tensors(item))
        case MappingValue(items=dict(items)):  # Keras goes through dicts by their sorted keys
            return tuple(tensor for key in sorted(items, key=str) for tensor in _tensors(items[key]))
    return ()


def apply(
    layer: Layer,
    inputs: Structure,
    extra: dict[str, object] | None = None,
    interp: "Interpreter | None" = None,
) -> Inferred:
    """The output of a layer of Keras, and its weights.

    Raises:
        Rejected: Keras refuses this input.
    """
    try:
        return infer(config(layer, interp), inputs, layer.built_with, extra or {})
    except Rejected as rejected:
        if rejected.reason is Reason.ARITY and isinstance(inputs, TensorSpec) and inputs.shape is None:
            return Inferred(UNKNOWN_SPEC, None)  # what is not known may as well be a list of tensors
        raise


@models("Layer.__call__")
def call_layer(call: Call) -> Value:
    """`layer(x)`: one step of a Functional model, or an eager call on data."""
    layer = call.owner
    assert isinstance(layer, Layer)
    if layer.instance is not None:
        from kerasfix.trace.library.subclassing import call_own_layer

        return call_own_layer(call, layer)
    from kerasfix.trace.library.mending import refused, what_it_puts_out

    given = what_it_puts_out(call, layer)
    if given is None:
        return call.unknown()
    interp = call.interp
    parents = (
        *tensors(given),
        *(tensor for value in call.values if value is not call.positional[0] for tensor in tensors(value)),
    )
    inputs = structure(given)
    traced = run_lambda(interp, layer, given) if layer.cls == "Lambda" else UNKNOWN_SPEC
    step = LayerCall(
        layer,
        inputs,
        UNKNOWN_SPEC,
        call.node,
        interp.statement,
        parents,
        looped=interp.loops > 0,
        given=given,
    )
    if not parents and not isinstance(given, (Array, Sequence)):
        return call.unknown()
    step.extra = call_arguments(call, layer)
    try:
        found = apply(layer, inputs, step.extra, interp)
        step.output = found.output if found.output != UNKNOWN_SPEC else traced
        built(interp, layer, inputs, found.params)
        look_again(interp, step)
    except Rejected as rejected:
        if not may_be_several(inputs, rejected):
            first = all(parent.history is None for parent in parents)
            mended = refused(interp, step, LayerRejected(rejected, layer, step, inputs, None, first=first))
            if mended is not None:
                step.inputs, step.output = mended, apply(layer, mended, step.extra).output
    graph = any(parent.graph for parent in parents)
    value = produced(interp, step, eager=not parents, graph=graph)
    if (
        parents
        and value is not given
        and not graph
        and (layer.cls in _MASKING or any(parent.mask for parent in parents))
    ):
        from kerasfix.trace.library import masks

        step.masks = masks.taken(layer, step)
        masks.hand_on(interp, layer, step)
    return value


_MASKING = frozenset({"Embedding", "Masking"})


def look_again(interp: "Interpreter", step: LayerCall, model: Model | None = None) -> None:
    """Note what Keras takes and what is very likely not meant."""
    layer, spec = step.layer, step.inputs
    if layer is None or not step.parents:
        return
    if layer.cls in {"Attention", "AdditiveAttention"}:
        if step.parents[0].spec.rank == 2:
            from kerasfix.trace.library.mending import attention_over_batch

            attention_over_batch(interp, step)
    elif not isinstance(spec, TensorSpec) or spec.shape is None or len(spec.shape) not in (4, 5):
        return
    elif layer.cls == "BatchNormalization":
        if "axis" in layer.arguments and python_value(layer.arguments["axis"].value) == 1:
            from kerasfix.trace.library.channels import note_normalization

            note_normalization(interp, step, model)
    elif spec.shape[1] in (1, 3) and step.parents[0].history is None and "D" in layer.cls:
        from kerasfix.trace.library.channels import note_input

        note_input(interp, step, model)


def may_be_several(inputs: Structure, rejected: Rejected) -> bool:
    """Whether a layer may get another number of tensors than it seems: something of which nothing is known."""
    return rejected.reason is Reason.ARITY and _holds_unknown(inputs)


def _holds_unknown(inputs: Structure) -> bool:
    if isinstance(inputs, TensorSpec):
        return inputs == UNKNOWN_SPEC
    return any(map(_holds_unknown, inputs.values() if isinstance(inputs, dict) else inputs))


def call_arguments(call: Call, layer: Layer) -> dict[str, object]:
    """What a layer is called with besides its first argument: `value` of attention, `training`, ..."""
    signature = api.signature(f"keras.layers.{layer.cls}.call")
    keywords = {argument.keyword: argument.value for argument in call.arguments if argument.keyword}
    given: dict[str, Value] = {key: value for key, value in keywords.items() if key is not None}
    if signature is not None:
        given = dict(signature.bind(call.positional, given).arguments)
        given.pop(next(iter(given), ""), None)
    values = {name: _call_value(value) for name, value in given.items()}
    if not call.complete and signature is not None:
        hidden = [parameter.name for parameter in signature.parameters[1:]]
        values = {**dict.fromkeys(hidden, UNKNOWN), **values}
    return values


def _call_value(value: Value) -> object:
    if tensors(value) or isinstance(value, Array):
        return structure(value)
    return python_value(value)


def built(interp: "Interpreter", layer: Layer, inputs: Structure, params: int | None) -> None:
    """Note what has made a layer's weights: the first input it gets."""
    if layer.built_with is None:
        interp.journal.touch(layer)
        layer.built_with, layer.params = inputs, params
        skip_names(interp, MADE_WHEN_BUILT.get(layer.cls, {}))


def produced(interp: "Interpreter", step: LayerCall, *, eager: bool = False, graph: bool = False) -> Value:
    """The value that a step of a model gives; the first one of a layer is what `layer.output` gives."""
    step.value = None if eager or graph else _given_back(interp, step)
    if step.value is None:
        step.value = as_value(step.output, step.node, step, eager=eager, graph=graph)
    part = step.layer if step.layer is not None else step.model
    if part is not None and (part.first is None or not (eager or part.first.parents)):
        interp.journal.touch(part)
        part.first = step
    return step.value


def _given_back(interp: "Interpreter", step: LayerCall) -> Value | None:
    """The input of `Equalization`, which is its symbolic output where it has its dtype; None for a new tensor."""
    if step.layer is None or step.layer.cls != "Equalization":
        return None
    found: LayerCall | Unknown = Unknown()
    if isinstance(step.inputs, TensorSpec) and step.inputs.dtype and step.output.dtype:
        if step.inputs.dtype != step.output.dtype:
            return None
        found = step
    for tensor in tensors(step.given):
        interp.journal.touch(tensor)
        tensor.cycle = found
    return step.given


def run_lambda(interp: "Interpreter", layer: Layer, given: Value) -> Structure:
    """Follow the function of a Lambda layer, in which NumPy has no place; what it gives."""
    function = layer.arguments.get("function")
    if function is None or not isinstance(function.value, Function):
        return UNKNOWN_SPEC
    return structure(call_in_graph(interp, "a Lambda layer", function.value, [in_graph(given)]))


def as_value(
    output: Structure, node: cst.CSTNode, step: LayerCall, *, eager: bool = False, graph: bool = False
) -> Value:
    """A layer's output as a value of the script."""
    match output:
        case TensorSpec():
            if eager:
                return Array(output, node)
            return Tensor(output, node, graph=graph, history=step)
        case tuple():
            return Sequence(
                "list", [as_value(part, node, step, eager=eager, graph=graph) for part in output], node
            )
        case dict():
            parts = {
                key: as_value(part, node, step, eager=eager, graph=graph) for key, part in output.items()
            }
            return MappingValue(dict(parts), node)


@models(
    "Layer.set_weights",
    "Layer.get_weights",
    "Layer.build",
    "Layer.count_params",
    "Layer.get_config",
    "Layer.*",
)
def harmless_method(call: Call) -> Value:
    """A method that leaves the layer's shapes alone."""
    return call.unknown()
