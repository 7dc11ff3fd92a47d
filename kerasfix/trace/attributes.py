"""What `value.name` is."""

from typing import TYPE_CHECKING

import libcst as cst

from kerasfix.keras.shape import ANY, size
from kerasfix.trace import imports
from kerasfix.trace.custom_records import GoneAttribute
from kerasfix.trace.data_records import DatasetNotUnpacked, PipelineIndexed
from kerasfix.trace.flow import MAX_NUMBER
from kerasfix.trace.old_names import LayersPopped, OldAttribute
from kerasfix.trace.python_numbers import INTEGER, some_number
from kerasfix.trace.records import ResultAssigned
from kerasfix.trace.returned import DatasetSplit, Dropped
from kerasfix.trace.tape import Tape
from kerasfix.trace.values import (
    Argument,
    Array,
    Bound,
    Class,
    Const,
    Frame,
    Function,
    Instance,
    Layer,
    Mapping,
    Model,
    Object,
    Reference,
    Sequence,
    Super,
    Tensor,
    Unknown,
    Value,
    taint_of,
)

if TYPE_CHECKING:
    from kerasfix.trace.interpreter import Interpreter

# What only a model has: an attribute of these on the result of `compile` means that the model was meant.
_MODEL_ATTRIBUTES = frozenset(
    {
        "add", "build", "compile", "count_params", "evaluate", "export", "fit", "get_layer", "get_weights", "input",
        "input_shape", "inputs", "layers", "load_weights", "metrics_names", "optimizer", "output", "output_shape",
        "outputs", "pop", "predict", "predict_on_batch", "save", "save_weights", "set_weights", "stop_training",
        "summary", "test_on_batch", "to_json", "train_on_batch", "trainable", "trainable_weights", "weights",
        "fit_generator", "predict_classes", "evaluate_generator", "predict_generator",
    }
)  # fmt: skip
_OF_TENSORFLOW = frozenset({"get_shape", "set_shape", "numpy", "eval"})
"""What tensors of TensorFlow have, and those of Keras have not."""
_ARRAY_METHODS = frozenset(
    {
        "astype",
        "reshape",
        "shape",
        "ndim",
        "dtype",
        "flatten",
        "mean",
        "max",
        "min",
        "T",
        "transpose",
        "ravel",
    }
)


def attribute(interp: "Interpreter", value: Value, name: str, node: cst.Attribute) -> Value:
    """The value of an attribute."""
    if name in _OLD:
        note_old(interp, value, name, node)
    match value:
        case Reference():
            return imports.member(interp, value, name, node.attr)
        case Dropped():
            return _dropped(interp, value, name, node)
        case Frame():
            from kerasfix.trace.library import pandas

            return pandas.attribute(value, name, node)
        case Array() | Tensor():
            if isinstance(value, Tensor) and _is_gone(interp, value, name):
                interp.report(GoneAttribute(value, name, node), node)
            return _tensor_attribute(value, name, node)
        case Model():
            return _model_attribute(interp, value, name, node)
        case Layer():
            return _layer_attribute(interp, value, name, node)
        case DatasetSplit() if name in _ARRAY_METHODS:
            shown = node.value.value if isinstance(node.value, cst.Name) else ""
            assert value.origin is not None
            interp.report(DatasetNotUnpacked(value.dataset, shown, node, value.origin), node)
            return Unknown(node)
        case Object(cls="tensorflow.data.Dataset", origin=cst.CSTNode() as made) if name in _ARRAY_METHODS:
            interp.report(PipelineIndexed(node.value, node, name, made), node)
            return Unknown(node)
        case Instance():
            return _instance_attribute(interp, value, name, node)
        case Class() | Function() if name == "__name__":
            return Const(value.name, node)
        case Class():
            found = value.find(name)
            if isinstance(found, Function) and found.kind == "class":
                return Bound(value, name, node)
            return found or Unknown(node)
        case Object(cls="keras.callbacks.History") if name == "history":
            return value.arguments.get("log") or Mapping(None, node)
        case Object(cls="argparse.Namespace" | "sklearn.utils.Bunch"):
            return value.arguments.get(name) or Unknown(node)
        case Super() | Sequence() | Mapping() | Object() | Const() | Tape():
            return Bound(value, name, node)
    return Unknown(node, taint_of(value))


def _is_gone(interp: "Interpreter", tensor: Tensor, name: str) -> bool:
    """Whether a tensor lacks what eager tensors have: those of a graph, in `fit`, have no numbers yet."""
    if not tensor.graph:
        return name in _OF_TENSORFLOW
    return name == "numpy" and bool(interp.graph) and "run_eagerly" not in interp.module.text


# Attributes that Keras 3 has no more, of one kind of value or another.
_OLD = frozenset({"input", "output", "inbound_nodes", "outbound_nodes", "lr", "weights", "pop"})


def note_old(interp: "Interpreter", value: Value, name: str, node: cst.Attribute) -> None:
    """Report an attribute that a layer, an optimizer or a Sequential model had."""
    match value:
        case Sequence(origin=cst.Attribute(attr=cst.Name(value="layers"))) if name == "pop":
            if value.origin is node.value:
                interp.report(LayersPopped(node), node)
            return
        case Layer(instance=None, cls=cls) if cls not in {"Layer", "InputLayer"}:
            family = "Layer"
        case Model(kind="Sequential", instance=None, first=None, known=True) if value.entry is not None:
            family = "Sequential"
        case Object(cls=cls) if cls.startswith("keras.optimizers.") and ".schedules." not in cls:
            family = "Optimizer"
        case _:
            return
    from kerasfix.keras.old_arguments import ATTRIBUTES

    if name in ATTRIBUTES[family]:
        interp.report(OldAttribute(family, name, node), node)


def _dropped(interp: "Interpreter", value: Dropped, name: str, node: cst.Attribute) -> Value:
    """The script goes on as if the name were still the model: so do we."""
    if value.method == "fit" and name not in _MODEL_ATTRIBUTES:
        log: dict[str, Value] = {} if value.log is None else {"log": value.log}
        return attribute(interp, Object("keras.callbacks.History", log, value.origin), name, node)
    if name not in _MODEL_ATTRIBUTES:
        return Unknown(node)
    assignment = value.assignment
    if assignment is not None and not value.reported:
        value.reported = True
        target = assignment.targets[0].target if isinstance(assignment, cst.Assign) else None
        plain = isinstance(assignment, cst.Assign) and len(assignment.targets) == 1
        bound = target.value if plain and isinstance(target, cst.Name) else None
        interp.report(
            ResultAssigned(value.model, value.method, value.call, assignment, node, bound), assignment
        )
    return _model_attribute(interp, value.model, name, node)


def _tensor_attribute(value: Array | Tensor, name: str, node: cst.Attribute) -> Value:
    shape, taint = value.spec.shape, value.taint
    match name:
        case "shape" if shape is not None:
            # A dimension that is not an int (the batch axis, an unknown size) is unknown as a number.
            dims: list[Value] = [
                Const(dim, value.origin)
                if isinstance(dim, int)
                else some_number(value.origin, facts=INTEGER)
                if isinstance(value, Array)
                else Unknown(value.origin)
                for dim in shape
            ]
            return Sequence("tuple", dims, node)
        case "values" if isinstance(value, Array):  # it can only be a table, changed by a function of NumPy
            return value
        case "ndim" | "rank" if shape is not None:
            return Const(len(shape), node)
        case "dtype":
            return Const(value.spec.dtype, node) if value.spec.dtype else Unknown(node)
        case "T" if shape is not None and isinstance(value, Array):
            from kerasfix.keras.shape import TensorSpec

            return Array(TensorSpec(shape[::-1], value.spec.dtype), node, value.facts, taint=taint)
        case "size" if isinstance(value, Array) and shape is not None and (count := size(shape)) is not None:
            return Const(count, node) if count <= MAX_NUMBER else Unknown(node, taint)
        case "shape" | "ndim" | "T" | "size" | "flat" | "real" | "imag":
            return Unknown(node, taint)
    return Bound(value, name, node)


def _model_attribute(interp: "Interpreter", model: Model, name: str, node: cst.Attribute) -> Value:
    if model.instance is not None and (own := _own_attribute(interp, model, model.instance, name, node)):
        return own
    match name:
        case "layers":
            from kerasfix.trace.library.keras_models import inner_layers, model_layers

            return inner_layers(interp, model, node) or Sequence("list", model_layers(model), node)
        case "input" | "inputs" if model.entry is not None and model.known:
            return _one_or_list(model.entry, name == "inputs", node)
        case "output" | "outputs" if model.entry is not None and model.known and model.outputs is not None:
            return _one_or_list(model.outputs, name == "outputs", node)
        case "input_shape" | "output_shape" if model.entry is not None and model.known:
            spec = model.inputs if name == "input_shape" else model.output
            shape = getattr(spec, "shape", None)
            if shape is None:
                return Unknown(node)
            dims: list[Value] = [Unknown(node) if dim is ANY else Const(dim, node) for dim in shape]
            return Sequence("tuple", dims, node)
        case "name" if model.label is not None:
            return Const(model.label, node)
        case "optimizer" if model.compiled is not None and model.instance is None:
            return Object("keras.optimizers.Optimizer", {}, node)
        case (
            "input" | "inputs" | "output" | "outputs" | "name" | "weights" | "trainable_weights" | "optimizer"
        ):
            return Unknown(node)
    return Bound(model, name, node)


def _one_or_list(value: Value, several: bool, node: cst.Attribute) -> Value:
    """`model.input` is the one tensor there is; `model.inputs` always is a list."""
    from kerasfix.trace.library.layers import tensors

    found = tensors(value)
    if len(found) == 1 and not several:
        return found[0]
    return Sequence("list", list(found), node) if several else value


def _layer_attribute(interp: "Interpreter", layer: Layer, name: str, node: cst.Attribute) -> Value:
    if layer.instance is not None and (own := _own_attribute(interp, layer, layer.instance, name, node)):
        return own
    match name:
        case "output" if layer.first is not None and layer.first.parents and layer.first.value is not None:
            return layer.first.value
        case "input" if layer.first is not None and layer.first.parents and layer.first.given is not None:
            return layer.first.given
        case "name" if layer.name is not None:
            return Const(layer.name, node)
        case "input_shape" | "output_shape" if layer.instance is None:
            interp.report(GoneAttribute(layer, name, node), node)
            tensor = _layer_attribute(interp, layer, name.removesuffix("_shape"), node)
            return _tensor_attribute(tensor, "shape", node) if isinstance(tensor, Tensor) else Unknown(node)
        case "units" | "filters" | "rate":
            own = layer if layer.instance is None else layer.instance.inherited
            given = own.arguments.get(name) if own is not None else None
            return given.value if given is not None else Unknown(node)
        case "input" | "output" | "name" | "weights" | "trainable_weights":
            return Unknown(node)
    return Bound(layer, name, node)


def _own_attribute(
    interp: "Interpreter", owner: Value, instance: Instance, name: str, node: cst.Attribute
) -> Value | None:
    """What the script itself gives to a model or layer of its own class; None where Keras is to say."""
    if name in instance.attributes:
        return instance.attributes[name]
    found = instance.cls.find(name)
    if isinstance(found, Function):
        return _member(interp, owner, found, name, node)
    if found is None and "?" in instance.cls.library_bases():
        return Unknown(node)
    return found


def _member(interp: "Interpreter", owner: Value, found: Function, name: str, node: cst.CSTNode) -> Value:
    """A function of a class, seen from an object: a method, a property, or just a function."""
    if found.kind == "property":
        from kerasfix.trace.calls import call_function

        return call_function(interp, found, [Argument(owner, cst.Arg(cst.Name("self")))], True, node)
    return found if found.kind == "static" else Bound(owner, name, node)


def _instance_attribute(interp: "Interpreter", value: Instance, name: str, node: cst.Attribute) -> Value:
    if name in value.attributes:
        return value.attributes[name]
    found = value.cls.find(name)
    if isinstance(found, Function):
        return _member(interp, value, found, name, node)
    if found is not None:
        return found
    # Inherited from a library class: models and layers have methods that the calls know.
    return Bound(value, name, node) if value.cls.library_bases() - {"?"} else Unknown(node)


def assign_attribute(interp: "Interpreter", owner: Value, name: str, value: Value) -> None:
    """`owner.name = value`."""
    match owner:
        case Instance():
            interp.journal.touch(owner)
            owner.attributes[name] = value
        case Class():
            owner.members[name] = value
        case Frame():
            from kerasfix.trace.library import pandas

            pandas.assign_attribute(interp, owner, name, value)
        case Model(instance=Instance() as own) | Layer(instance=Instance() as own):
            interp.journal.touch(own)
            own.attributes[name] = value
        case Model() if name not in {"trainable", "optimizer", "stop_training", "name"}:
            interp.escape(owner)
