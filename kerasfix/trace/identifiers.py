"""Strings that name losses, metrics, optimizers, activations ...: those that Keras does not know."""

import re
from typing import TYPE_CHECKING, TypeGuard

from kerasfix.keras import api
from kerasfix.trace.custom_records import MisplacedArgument, NumpyActivation
from kerasfix.trace.records import UnknownIdentifier
from kerasfix.trace.values import (
    Among,
    Argument,
    Class,
    Const,
    Function,
    Layer,
    Mapping,
    Object,
    Reference,
    Sequence,
    Value,
)

if TYPE_CHECKING:
    from kerasfix.trace.interpreter import Interpreter

# Arguments of layers that take such a string, by the ending of their names.
_LAYER_ARGUMENTS = (
    ("activation", "activation"),
    ("initializer", "initializer"),
    ("activity_regularizer", "regularizer"),
    ("regularizer", "regularizer"),
    ("constraint", "constraint"),
)
_CUSTOM_OBJECTS = re.compile(r"custom_object|register_keras_serializable|CustomObjectScope")


def check_layer_identifiers(interp: "Interpreter", layer: Layer) -> None:
    """Report unknown strings among a layer's arguments."""
    for name, argument in layer.arguments.items():
        for ending, kind in _LAYER_ARGUMENTS:
            if name.endswith(ending):
                if kind == "activation" and _is_numpy(argument.value):
                    function = argument.value.name.removeprefix("numpy.")
                    record = NumpyActivation(function, argument.node.value, layer.cls)
                    interp.report(record, argument.node)
                check_identifier(interp, kind, argument.value, argument, layer.cls)
                if kind in _WEIGHT_KINDS:
                    _check_place(interp, layer, name, kind, argument)
                break


def _is_numpy(value: Value) -> TypeGuard[Reference]:
    return isinstance(value, Reference) and value.name.startswith("numpy.")


_WEIGHT_KINDS = ("initializer", "regularizer", "constraint")


def _check_place(interp: "Interpreter", layer: Layer, keyword: str, wanted: str, argument: Argument) -> None:
    """Report a regularizer, constraint or initializer that stands in the place of another of them."""
    match argument.value:
        case Object(cls=cls) | Reference(name=cls):
            given = (api.family(cls) or "").lower()
        case _:
            return
    if given == wanted or given not in _WEIGHT_KINDS:
        return
    right = keyword.removesuffix(wanted) + given
    signature = api.signature(f"keras.layers.{layer.cls}")
    free = signature is not None and signature.parameter(right) is not None and right not in layer.arguments
    record = MisplacedArgument(layer, argument, keyword, given, wanted, right if free else None)
    interp.report(record, argument.node)


def check_identifier(interp: "Interpreter", kind: str, value: Value, argument: Argument, owner: str) -> None:
    """Report unknown strings in a value: a string, or a list or dict of them."""
    match value:
        case Const(value=str(text), origin=origin):
            if not api.is_identifier(kind, text) and _is_unknown(kind, text, interp.module.text):
                node = origin if origin is not None else argument.node
                scope = interp.scope.find(text)
                function = scope is not None and isinstance(scope.names[text], (Function, Class))
                interp.report(UnknownIdentifier(kind, text, node, owner, function), node)
        case Among(strings=strings):
            for string in strings:
                if _is_misspelt(kind, string.value, interp.module.text):
                    check_identifier(interp, kind, string, argument, owner)
        case Reference(name=name) if kind == "optimizer" and api.family(name) == "Optimizer":
            node = argument.node.value
            interp.report(UnknownIdentifier(kind, name.rpartition(".")[2], node, owner, False, True), node)
        case Sequence(items=list(items)):
            for item in items:
                check_identifier(interp, kind, item, argument, owner)
        case Mapping(items=dict(items)):
            for item in items.values():
                check_identifier(interp, kind, item, argument, owner)


def _is_unknown(kind: str, text: str, script: str) -> bool:
    """Whether a string that is no name of Keras is none of the script's own custom objects either."""
    return _CUSTOM_OBJECTS.search(script) is None or _is_misspelt(kind, text, script)


def _is_misspelt(kind: str, text: str, script: str) -> bool:
    """Whether a string is nearly a name of Keras, and the script does not speak of it elsewhere as its own name."""
    if api.is_identifier(kind, text) or script.count(text) > 1:
        return False
    return any(api.likeness(text, name) > _NEARLY for name in api.closest(kind, text))


_NEARLY = 0.85
