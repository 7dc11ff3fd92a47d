"""What `value.name` is."""

from typing import TYPE_CHECKING

import libcst as cst

from kerasfix.trace import imports
from kerasfix.trace.records import DatasetNotUnpacked, ResultAssigned
from kerasfix.trace.values import (
    Array,
    Bound,
    Class,
    Const,
    DatasetSplit,
    Dropped,
    Function,
    Instance,
    Layer,
    Mapping,
    Model,
    Object,
    Reference,
    Sequence,
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
    match value:
        case Reference():
            return imports.member(interp, value, name, node.attr)
        case Dropped():
            return _dropped(interp, value, name, node)
        case Array() | Tensor():
            return _tensor_attribute(value, name, node)
        case Model():
            return _model_attribute(value, name, node)
        case DatasetSplit() if name in _ARRAY_METHODS:
            shown = node.value.value if isinstance(node.value, cst.Name) else ""
            assert value.origin is not None
            interp.report(DatasetNotUnpacked(value.dataset, shown, node, value.origin), node)
            return Unknown(node)
        case Instance():
            return _instance_attribute(value, name, node)
        case Class():
            return value.find(name) or Unknown(node)
        case Object(cls="keras.callbacks.History") if name == "history":
            return Mapping(None, node)
        case Layer() | Sequence() | Mapping() | Object() | Const():
            return Bound(value, name, node)
    return Unknown(node, taint_of(value))


def _dropped(interp: "Interpreter", value: Dropped, name: str, node: cst.Attribute) -> Value:
    """The script goes on as if the name were still the model: so do we."""
    if value.method == "fit" and name not in _MODEL_ATTRIBUTES:
        return attribute(interp, Object("keras.callbacks.History", {}, value.origin), name, node)
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
    return _model_attribute(value.model, name, node)


def _tensor_attribute(value: Array | Tensor, name: str, node: cst.Attribute) -> Value:
    shape, taint = value.spec.shape, value.taint
    match name:
        case "shape" if shape is not None:
            # A dimension that is not an int (the batch axis, an unknown size) is unknown as a number.
            dims: list[Value] = [
                Const(dim, value.origin) if isinstance(dim, int) else Unknown(value.origin) for dim in shape
            ]
            return Sequence("tuple", dims, node)
        case "ndim" | "rank" if shape is not None:
            return Const(len(shape), node)
        case "dtype":
            return Const(value.spec.dtype, node) if value.spec.dtype else Unknown(node)
        case "T" if shape is not None and isinstance(value, Array):
            from kerasfix.keras.shape import TensorSpec

            return Array(TensorSpec(shape[::-1], value.spec.dtype), node, value.facts, taint=taint)
        case "shape" | "ndim" | "T" | "size" | "flat" | "real" | "imag":
            return Unknown(node, taint)
    return Bound(value, name, node)


def _model_attribute(model: Model, name: str, node: cst.Attribute) -> Value:
    match name:
        case "layers":
            layers: list[Value] = [step.layer for step in model.steps if step.layer is not None]
            known = model.known and model.kind == "Sequential" and len(layers) == len(model.steps)
            return Sequence("list", list(layers) if known else None, node)
        case "output" | "outputs" if isinstance(model.outputs, Tensor) and model.known:
            return model.outputs if name == "output" else Sequence("list", [model.outputs], node)
        case (
            "input" | "inputs" | "output" | "outputs" | "name" | "weights" | "trainable_weights" | "optimizer"
        ):
            return Unknown(node)
    return Bound(model, name, node)


def _instance_attribute(value: Instance, name: str, node: cst.Attribute) -> Value:
    if name in value.attributes:
        return value.attributes[name]
    found = value.cls.find(name)
    if isinstance(found, Function):
        return Bound(value, name, node)
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
        case Model() if name not in {"trainable", "optimizer", "stop_training", "name"}:
            interp.escape(owner)
