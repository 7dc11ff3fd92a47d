"""Strings that name losses, metrics, optimizers, activations ...: those that Keras does not know."""

import re
from typing import TYPE_CHECKING

from kerasfix.keras import api
from kerasfix.trace.custom_records import MisplacedArgument
from kerasfix.trace.records import UnknownIdentifier
from kerasfix.trace.values import (
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
                check_identifier(interp, kind, argument.value, argument, layer.cls)
                if kind in _WEIGHT_KINDS:
                    _check_place(interp, layer, name, kind, argument)
                break


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
            if not api.is_identifier(kind, text) and not _CUSTOM_OBJECTS.search(interp.module.text):
                node = origin if origin is not None else argument.node
                scope = interp.scope.find(text)
                function = scope is not None and isinstance(scope.names[text], (Function, Class))
                interp.report(UnknownIdentifier(kind, text, node, owner, function), node)
        case Reference(name=name) if kind == "optimizer" and api.family(name) == "Optimizer":
            node = argument.node.value
            interp.report(UnknownIdentifier(kind, name.rpartition(".")[2], node, owner, False, True), node)
        case Sequence(items=list(items)):
            for item in items:
                check_identifier(interp, kind, item, argument, owner)
        case Mapping(items=dict(items)):
            for item in items.values():
                check_identifier(interp, kind, item, argument, owner)
