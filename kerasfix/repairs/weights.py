"""`weights=[...]` of a layer, given to it by `set_weights` as soon as it is built."""

import re

import libcst as cst

from kerasfix.finding import Edit
from kerasfix.repairs.calls import keyword_node
from kerasfix.repairs.inputs import list_of
from kerasfix.repairs.models import receiver
from kerasfix.syntax.edits import indentation, insert, insert_statement_after, remove_argument
from kerasfix.syntax.module import Module
from kerasfix.syntax.references import statement_of
from kerasfix.trace.records import KerasCall
from kerasfix.trace.values import Argument, Layer, LayerCall

Edits = tuple[Edit, ...]


def set_weights(module: Module, record: KerasCall, argument: Argument) -> Edits | None:
    """The edits; None where the layer is not seen to be built at one place that has a name for it."""
    layer = record.result
    step = layer.first if isinstance(layer, Layer) else None
    if (
        keyword_node(record, argument) is None
        or step is None
        or step.looped
        or not _built_there(module, step)
    ):
        return None
    moved: Edits = ()
    statement = step.statement
    match record.statement:
        case _ if (owner := receiver(statement, record.node)) is not None:
            name = f"{module.code(owner)}.layers[-1]"
        case cst.SimpleStatementLine(body=[cst.Assign(targets=[target], value=made)]) if made is record.node:
            name = module.code(target.target)
        case cst.SimpleStatementLine(
            body=[cst.Assign(targets=[target], value=cst.Call(func=made) as call)]
        ) if made is record.node and step.node is call:
            assert isinstance(layer, Layer)
            name = _unused(module, layer.cls)
            moved = _named(module, record, module.code(target.target), name)
        case _:
            name = _place_in_list(module, record)
            statement = statement_of(module, record.node)
    line = insert_statement_after(
        module, statement, f"{name}.set_weights({module.code(argument.node.value)})"
    )
    if line is None or not name:
        return None
    return (*moved, remove_argument(module, record.node, argument.node), line)


def _built_there(module: Module, step: LayerCall) -> bool:
    """Whether a layer is built where its step is written, and not later, by the data."""
    while step.parents and step.parents[0].history is not None:
        step = step.parents[0].history
    source = step.parents[0].source if step.parents else None
    if source is None or source.statement is None or step.statement is None:
        return False
    return module.span(source.statement)[0] <= module.span(step.statement)[0]


def _named(module: Module, record: KerasCall, target: str, name: str) -> Edits:
    """`x = Dense(3)(y)` as `dense = Dense(3)` and `x = dense(y)`."""
    assert record.statement is not None
    line, (start, end) = module.span(record.statement)[0], module.span(record.node)
    indent = indentation(module, line) or ""
    return (Edit(line, start, f"{name} = "), insert(end, f"{module.newline}{indent}{target} = {name}"))


def _place_in_list(module: Module, record: KerasCall) -> str:
    """`model.layers[2]` for a layer of `model = Sequential([...])`; empty where it is elsewhere."""
    layers = list_of(module, record.node)
    match statement_of(module, record.node):
        case cst.SimpleStatementLine(
            body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=model))], value=cst.Call())]
        ) if layers is not None:
            before = layers[: layers.index(record.node)]
            inputs = sum(
                module.code(layer).partition("(")[0].endswith(("Input", "InputLayer")) for layer in before
            )
            return f"{model}.layers[{len(before) - inputs}]"
    return ""


def _unused(module: Module, cls: str) -> str:
    """A name for a layer of this class that the file does not use."""
    word = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls).lower()
    number, name = 1, word
    while name in module.bound_names:
        number += 1
        name = f"{word}_{number}"
    return name
