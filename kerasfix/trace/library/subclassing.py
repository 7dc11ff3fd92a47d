"""Models and layers of the script's own: their constructors, `build` and `call`, followed on symbolic tensors."""

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from kerasfix.keras import api
from kerasfix.keras.layers import canonical_class, is_known
from kerasfix.keras.shape import ANY, UNKNOWN_SPEC, Shape, Structure, TensorSpec
from kerasfix.trace.calls import Call, call_function
from kerasfix.trace.custom_records import CallLacks
from kerasfix.trace.graph import in_graph, run_in_graph
from kerasfix.trace.identifiers import check_layer_identifiers
from kerasfix.trace.library import graphs, models, python_value
from kerasfix.trace.library.layers import (
    INPUT_ARGUMENTS,
    as_shape,
    bound_layer,
    call_layer,
    given_name,
    next_name,
    produced,
    structure,
    tensors,
)
from kerasfix.trace.values import (
    Argument,
    Array,
    Class,
    Const,
    Function,
    Instance,
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


# --- making one -----------------------------------------------------------------------------------------


def instantiate(
    interp: "Interpreter", cls: Class, arguments: list[Argument], complete: bool, node: cst.Call
) -> Layer | Model | None:
    """An object of a class that derives from a model or layer of Keras; None for other classes."""
    families = {api.family(name): name for name in sorted(cls.library_bases()) if name.startswith("keras.")}
    owner: Layer | Model
    if "Model" in families:
        sequential = api.canonical(families["Model"]) == "keras.models.Sequential"
        owner = Model("Sequential" if sequential else "Subclass", node)
        interp.note(owner)
    elif "Layer" in families:
        owner = Layer("Layer", {}, complete, node, interp.statement, "")
        interp.journal.born(owner)
    else:
        return None
    owner.instance = Instance(cls, {}, node)
    interp.journal.born(owner.instance)
    init = cls.find("__init__")
    if isinstance(init, Function):
        call_function(interp, init, [_self(owner), *arguments], complete, node)
    else:
        _init(Call(interp, "__init__", arguments, complete, node, owner))
    return owner


def _self(owner: Value) -> Argument:
    return Argument(owner, cst.Arg(cst.Name("self")))


@models("Layer.__init__", "Model.__init__")
def _init(call: Call) -> Value:
    """`super().__init__(...)`: what reaches Keras's own constructor."""
    owner = call.owner
    if isinstance(owner, Layer):
        owner.name = given_name(call, call.argument("name"), owner.class_name)
        named = {argument.keyword: argument for argument in call.arguments if argument.keyword}
        call.interp.journal.touch(owner)
        owner.arguments |= {name: named[name] for name in INPUT_ARGUMENTS if name in named}
        if (base := _base_layer(owner)) is not None and owner.instance is not None:
            owner.instance.inherited, _ = bound_layer(call, f"keras.layers.{base}")
            check_layer_identifiers(call.interp, owner.instance.inherited)
    elif isinstance(owner, Model):
        from kerasfix.trace.library.keras_models import init_functional, init_sequential

        if owner.kind == "Sequential":
            init_sequential(call, owner)
        elif call.get("inputs", 0) is not None and call.get("outputs", 1) is not None:
            owner.kind = "Functional"
            init_functional(call, owner)
        else:
            owner.label = given_name(call, call.argument("name"), owner.class_name)
    return Const(None, call.node)


def _base_layer(layer: Layer) -> str | None:
    """The class of Keras, known and more than `Layer`, that the class of a layer derives from."""
    names = layer.instance.cls.library_bases() if layer.instance is not None else ()
    found = [canonical_class(name.rpartition(".")[2]) for name in names if api.family(name) == "Layer"]
    return found[0] if len(names) == len(found) == 1 and is_known(found[0]) else None


@models("Layer.call")
def _inherited_call(call: Call) -> Value:
    """`super().call(x)` of a layer that derives from one of Keras."""
    owner = call.owner
    assert isinstance(owner, Layer)
    inherited = owner.instance.inherited if owner.instance is not None else owner
    return call.unknown() if inherited is None else _call_quietly(call.interp, inherited, call)


def _call_quietly(interp: "Interpreter", layer: Layer, call: Call) -> Value:
    """Call a layer without a word on what it refuses: no line of the script is known to be at fault."""
    interp.guarded += 1
    try:
        return call_layer(Call(interp, "Layer.__call__", call.arguments, call.complete, call.node, layer))
    finally:
        interp.guarded -= 1


@models("Layer.add_weight", "Model.add_weight", "Layer.add_variable")
def _add_weight(call: Call) -> Value:
    """`self.add_weight(shape=..., ...)`: a variable, which is counted."""
    owner = call.owner
    instance = owner.instance if isinstance(owner, (Layer, Model)) else None
    value = call.get("shape", 0)
    shape: Shape | None = as_shape(value) if value is not None else () if call.complete else None
    if value is not None and python_value(value) is None:
        shape = ()
    dtype = call.constant("dtype")
    if instance is not None:
        call.interp.journal.touch(instance)
        known = instance.weights is not None and shape is not None and all(isinstance(n, int) for n in shape)
        total = 1
        for size in shape or ():
            total *= size if isinstance(size, int) else 0
        instance.weights = (instance.weights or 0) + total if known else None
    dtype = "float32" if dtype is None else dtype if isinstance(dtype, str) else None
    return Array(TensorSpec(shape, dtype), call.node)


# --- calling one ----------------------------------------------------------------------------------------


def call_own_layer(call: Call, layer: Layer) -> Value:
    """`layer(x)` of a layer that the script defines."""
    return call_own(call, layer)


def call_own(call: Call, owner: Layer | Model) -> Value:
    """`layer(x)` or `model(x)` of a class that the script defines."""
    interp = call.interp
    given = call.positional[0] if call.positional else next((a.value for a in call.arguments), None)
    if given is None:
        return call.unknown()
    _check_arguments(call, owner)
    parents = tuple(tensor for value in call.values for tensor in tensors(value))
    arrays = any(isinstance(value, Array) for value in call.values)
    if not parents and not arrays and not isinstance(given, (Sequence, Mapping)):
        return call.unknown()
    inputs = structure(given)
    step = LayerCall(
        owner if isinstance(owner, Layer) else None, inputs, UNKNOWN_SPEC, call.node, interp.statement, parents,
        owner if isinstance(owner, Model) else None, interp.loops > 0, given=given,
    )  # fmt: skip
    step.extra = {
        argument.keyword: structure(argument.value) for argument in call.arguments if argument.keyword
    }
    if len(call.arguments) > 1:
        step.extra["*"] = ()  # more than the input: what it gives for another one is not told
    step.output = _run(interp, owner, call.arguments, call.complete, eager=not parents)
    return produced(interp, step, eager=not parents, graph=any(parent.graph for parent in parents))


def _check_arguments(call: Call, owner: Layer | Model) -> None:
    """Report a parameter of `call` that has no default and gets nothing: Keras gives `training` and `mask` later."""
    assert owner.instance is not None
    cls = owner.instance.cls
    method = cls.find("call")
    if not call.complete or not isinstance(method, Function) or not isinstance(method.node, cst.FunctionDef):
        return
    if cls.find("__call__") is not None or isinstance(method.node.params.star_arg, cst.Param) or method.kind:
        return
    positional = [*method.node.params.posonly_params, *method.node.params.params][1:]
    keywords = {argument.keyword for argument in call.arguments}
    needed = [*positional[len(call.positional) :], *method.node.params.kwonly_params]
    for parameter in needed:
        if parameter.default is None and parameter.name.value not in keywords:
            call.interp.report(CallLacks(owner, method, parameter, call.node), call.node)
            return


def run_layer(interp: "Interpreter", layer: Layer, inputs: Structure) -> Structure:
    """What a layer of the script's own gives for these inputs."""
    return _run(interp, layer, [Argument(_symbolic(inputs), cst.Arg(cst.Name("_")))], True)


def run_model(interp: "Interpreter", model: Model, inputs: Structure) -> Structure:
    """What a model of the script's own gives for these inputs."""
    return _run(interp, model, [Argument(_symbolic(inputs), cst.Arg(cst.Name("_")))], True)


def _run(
    interp: "Interpreter",
    owner: Layer | Model,
    arguments: list[Argument],
    complete: bool,
    eager: bool = False,
) -> Structure:
    """Build it where that is due, and follow its `call`."""
    assert owner.instance is not None
    inputs = structure(arguments[0].value)
    _build(interp, owner, inputs)
    method = owner.instance.cls.find("call")
    output: Structure = UNKNOWN_SPEC
    result: Value | None = None
    if isinstance(method, Function):
        result = _follow(interp, owner, method, arguments, complete, eager)
        output = structure(result)
    elif owner.instance.inherited is not None and isinstance(owner.origin, cst.Call):
        given = [replace(a, value=a.value if eager else in_graph(a.value)) for a in arguments]
        made = Call(interp, "Layer.call", given, complete, owner.origin, owner)
        output = structure(_inherited_call(made))
    if isinstance(owner, Layer) and isinstance(owner.instance.cls.find("compute_output_shape"), Function):
        output = _declared_output(interp, owner, inputs)
    interp.journal.touch(owner)
    if isinstance(owner, Model):
        owner.inputs, owner.output, owner.outputs = inputs, output, result
    else:
        owner.params = graphs.count(owner)
    return output


def _follow(
    interp: "Interpreter",
    owner: Layer | Model,
    method: Function,
    arguments: list[Argument],
    complete: bool,
    eager: bool,
) -> Value:
    parameters = method.node.params
    names = [p.name.value for p in (*parameters.posonly_params, *parameters.params)][1:]
    named = {*names, *(p.name.value for p in parameters.kwonly_params)}
    given = {*names[: sum(a.keyword is None for a in arguments)], *(a.keyword for a in arguments)}
    arguments = [
        _self(owner),
        *(Argument(argument.value if eager else in_graph(argument.value), argument.node, argument.keyword)
          for argument in arguments),
    ]  # fmt: skip
    for name in ("training", "mask"):  # Keras gives these itself
        if name in named and name not in given:
            arguments.append(Argument(Unknown(method.node), cst.Arg(cst.Name("_")), name))
    if eager and not interp.graph:
        return call_function(interp, method, arguments, complete, method.node)
    kind = "model" if isinstance(owner, Model) else "layer"
    where = f"`call` of the {kind} `{owner.class_name}`"
    return run_in_graph(interp, where, method, arguments, complete)


def _symbolic(inputs: Structure) -> Value:
    match inputs:
        case TensorSpec():
            return Tensor(inputs, graph=True)
        case dict():
            return Mapping({key: _symbolic(part) for key, part in inputs.items()})
        case _:
            return Sequence("list", [_symbolic(part) for part in inputs])


def _build(interp: "Interpreter", owner: Layer | Model, inputs: Structure) -> None:
    """Run `build` before the first call."""
    assert owner.instance is not None
    if isinstance(owner, Layer):
        if owner.built_with is not None:
            return
        interp.journal.touch(owner)
        owner.built_with = inputs
    elif owner.output is not None:
        return
    method = owner.instance.cls.find("build")
    if isinstance(method, Function):
        shapes = _shape_value(inputs)
        call_function(
            interp, method, [_self(owner), Argument(shapes, cst.Arg(cst.Name("_")))], True, method.node
        )


def _shape_value(inputs: Structure) -> Value:
    """Shapes as `build` gets them."""
    match inputs:
        case TensorSpec(shape=None):
            return Unknown()
        case TensorSpec(shape=shape):
            return Sequence("tuple", [Unknown() if dim is ANY else Const(dim) for dim in shape or ()])
        case dict():
            return Mapping({key: _shape_value(part) for key, part in inputs.items()})
    return Sequence("list", [_shape_value(part) for part in inputs])


def _declared_output(interp: "Interpreter", layer: Layer, inputs: Structure) -> Structure:
    """What `compute_output_shape` says; where it is defined, Keras follows `call` only when data flow."""
    assert layer.instance is not None
    method = layer.instance.cls.find("compute_output_shape")
    assert isinstance(method, Function)
    arguments = [_self(layer), Argument(_shape_value(inputs), cst.Arg(cst.Name("_")))]
    found = call_function(interp, method, arguments, True, method.node)
    shape = as_shape(found) if isinstance(found, Sequence) else None
    flat = isinstance(found, Sequence) and all(isinstance(i, (Const, Unknown)) for i in found.items or ())
    return TensorSpec(shape if flat else None, None)


def train(call: Call, model: Model, x: Value | None, y: Value | None) -> None:
    """Follow what `fit` runs of a model's own class: `call`, or `train_step`, on the spec of the data."""
    if model.instance is None or x is None:
        return
    interp = call.interp
    inputs = _batched(structure(x))
    if model.overrides("call"):
        run_model(interp, model, inputs)
    step = model.instance.cls.find("train_step")
    if isinstance(step, Function) and call.name == "Model.fit":
        data: Value = _symbolic(inputs)
        if y is not None:
            data = Sequence("tuple", [data, _symbolic(_batched(structure(y)))])
        where = f"`train_step` of the model `{model.class_name}`"
        run_in_graph(interp, where, step, [_self(model), Argument(data, cst.Arg(cst.Name("_")))], True)


def _batched(structure: Structure) -> Structure:
    """Data as `fit` hands it on: in batches of any size."""
    match structure:
        case TensorSpec(shape=shape) if shape:
            return TensorSpec((None, *shape[1:]), structure.dtype)
        case TensorSpec():
            return structure
        case dict():
            return {key: _batched(part) for key, part in structure.items()}
    return tuple(_batched(part) for part in structure)


__all__ = ["call_own", "call_own_layer", "instantiate", "next_name", "run_layer", "run_model", "train"]
