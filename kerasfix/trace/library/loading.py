"""Models that come out of a file, a configuration or another model."""

from dataclasses import replace

from kerasfix.trace.calls import Call
from kerasfix.trace.library import models
from kerasfix.trace.values import Class, Mapping, Model, Value


@models(
    "keras.models.load_model",
    "keras.saving.load_model",
    "keras.models.model_from_json",
    "keras.models.model_from_config",
    "?keras.models.model_from_yaml",
    "?keras.models.model_from_config",
)
def load(call: Call) -> Value:
    """`load_model("model.keras")`: a model, compiled or not, of which nothing else is known."""
    own = call.get("custom_objects", 1)
    if not call.complete or (own is not None and _has_classes(own)):
        return call.unknown()
    model = Model("Model", call.node)
    model.known = model.in_sight = False
    return model


def _has_classes(value: Value) -> bool:
    """Whether a dict of custom objects may hold a class, perhaps that of the model, with methods of its own."""
    if isinstance(value, Mapping) and value.items is not None:
        return any(isinstance(item, Class) for item in value.items.values())
    return True


@models("keras.models.clone_model")
def clone(call: Call) -> Value:
    """`clone_model(model)`: layers of the same names and shapes with new weights, not compiled."""
    original = call.get("model", 0)
    if not isinstance(original, Model) or original.instance is not None or len(call.arguments) > 1:
        original = None
    model = Model(original.kind if original is not None else "Model", call.node)
    call.interp.note(model)
    model.known = False
    if original is not None and original.kind == "Sequential":
        model.known, model.label, model.declared = original.known, original.label, original.declared
        model.inputs, model.output = original.inputs, original.output
        model.entry, model.outputs = original.entry, original.outputs
        model.steps = [replace(step) for step in original.steps]
    return model
