"""Counts of samples, as Keras 1 took them for generators, written as counts of batches."""

import re

import libcst as cst

from kerasfix.finding import Applicability, Edit, Fix
from kerasfix.keras import old_arguments
from kerasfix.repairs.calls import given, keyword_node, write_argument
from kerasfix.syntax.edits import remove_argument
from kerasfix.syntax.module import Module
from kerasfix.syntax.references import parents
from kerasfix.trace.records import KerasCall
from kerasfix.trace.values import Argument, Array, Sequence

_KERAS_1 = re.compile(r"\b(nb_epoch|nb_filter|border_mode|samples_per_epoch|nb_val_samples|val_samples)\s*=")
_FLOWS = {"flow": 2, "flow_from_directory": 5}
"""Methods of generators of images, and where their batch size stands; it is 32 where it is not given."""


def written_for_keras_1(module: Module) -> bool:
    """Whether a file has arguments that only Keras 1 took."""
    return _KERAS_1.search(module.text) is not None


def count_batches(module: Module, record: KerasCall, argument: Argument) -> Fix | None:
    """The fix for `samples_per_epoch` and the like; None where the batch size is not in sight."""
    assert argument.keyword is not None
    if keyword_node(record, argument) is None:
        return None
    new, source = old_arguments.SAMPLES[argument.keyword]
    maker = given(record, source) or (
        given(record, "generator") or record.arguments[0] if source == "x" else None
    )
    if maker is None or _is_data(maker):  # a count only mattered for generators
        edits: tuple[Edit, ...] = (remove_argument(module, record.node, argument.node),)
        return Fix(f"Remove `{argument.keyword}`", edits)
    size = _batch_size(module, maker.node.value)
    if size is None:
        return None
    value = argument.node.value
    text = module.code(value)
    text = f"({text})" if isinstance(value, (cst.BinaryOperation, cst.IfExp)) and not value.lpar else text
    edits = (write_argument(module, argument.node, f"{new}={text} // {size}"),)
    return Fix(f"Count batches: `{new}`", edits, Applicability.UNSAFE)


def _is_data(argument: Argument) -> bool:
    """Whether an argument is arrays, or a pair of them, and no generator."""
    value = argument.value
    items = value.items if isinstance(value, Sequence) else None
    return isinstance(value, Array) or (
        bool(items) and isinstance(argument.node.value, (cst.Tuple, cst.List))
    )


def _batch_size(module: Module, value: cst.BaseExpression) -> str | None:
    """The text of the batch size in the call that makes a generator."""
    if isinstance(value, cst.Name):
        made = [
            node.value
            for node in parents(module)
            if isinstance(node, cst.Assign) and module.code(node.targets[0].target) == value.value
        ]
        value = made[0] if len(made) == 1 else value
    if not isinstance(value, cst.Call) or any(argument.star for argument in value.args):
        return None
    for argument in value.args:
        if argument.keyword is not None and argument.keyword.value == "batch_size":
            return _operand(module, argument.value)
    positional = [argument.value for argument in value.args if argument.keyword is None]
    match value.func:
        case cst.Attribute(attr=cst.Name(value=method)) if method in _FLOWS:
            place = _FLOWS[method]
            return _operand(module, positional[place]) if place < len(positional) else "32"
        case cst.Name(value=name):
            return _of_function(module, name, positional)
    return None


def _of_function(module: Module, name: str, positional: list[cst.BaseExpression]) -> str | None:
    """The batch size that a generator of the script gets by position or default."""
    functions = [
        node for node in parents(module) if isinstance(node, cst.FunctionDef) and node.name.value == name
    ]
    if len(functions) != 1:
        return None
    for place, parameter in enumerate(functions[0].params.params):
        if parameter.name.value == "batch_size":
            value = positional[place] if place < len(positional) else parameter.default
            return _operand(module, value) if value is not None else None
    return None


def _operand(module: Module, value: cst.BaseExpression) -> str:
    text = module.code(value)
    return text if isinstance(value, (cst.Name, cst.Integer, cst.Attribute)) else f"({text})"
