"""A model's input declared by `keras.Input`, not by an argument of its first layer."""

import libcst as cst

from kerasfix.finding import Edit
from kerasfix.repairs.calls import keyword_node, remove_arguments
from kerasfix.repairs.models import receiver
from kerasfix.syntax.edits import insert_element_before, insert_statement_before
from kerasfix.syntax.module import Module
from kerasfix.syntax.moves import spell_new
from kerasfix.syntax.references import parent
from kerasfix.trace.records import KerasCall
from kerasfix.trace.values import Argument


def declare_input(
    module: Module, record: KerasCall, arguments: list[Argument], code: str
) -> tuple[Edit, ...] | None:
    """`Input(<code>)` before the first layer of a Sequential model, whose arguments go.

    None where the layer is not seen to be the first one.
    """
    spelled = spell_new(module, "keras.layers.Input")
    if spelled is None or any(keyword_node(record, argument) is None for argument in arguments):
        return None
    new = f"{spelled[0]}({code})"
    edit: Edit | None = None
    owner = receiver(record.statement, record.node)
    if owner is not None:
        if _added_first(module, record.statement, module.code(owner)):
            edit = insert_statement_before(module, record.statement, f"{module.code(owner)}.add({new})")
    elif (elements := list_of(module, record.node)) and elements[0] is record.node:
        edit = insert_element_before(module, elements, record.node, new)
    if edit is None:
        return None
    nodes = [argument.node for argument in arguments]
    return (edit, *remove_arguments(module, record.node, nodes), *spelled[1])


def _added_first(module: Module, statement: cst.CSTNode | None, model: str) -> bool:
    """Whether the statement before that speaks of the model makes an empty one."""
    block = parent(module, statement) if statement is not None else None
    if not isinstance(block, (cst.Module, cst.IndentedBlock)):
        return False
    before = list(block.body[: list(block.body).index(statement)])  # type: ignore[arg-type]
    for line in reversed(before):
        match line:
            case cst.SimpleStatementLine(body=[cst.Assign(targets=[target], value=cst.Call(args=arguments))]):
                if module.code(target.target) == model:
                    return not arguments or arguments[0].keyword is not None
            case _ if model in module.code(line):
                return False
    return False


def list_of(module: Module, call: cst.Call) -> list[cst.BaseExpression] | None:
    """The elements of the list in `Sequential([...])` that a call is one of."""
    element = parent(module, call)
    layers = parent(module, element) if isinstance(element, cst.Element) else None
    argument = parent(module, layers) if isinstance(layers, (cst.List, cst.Tuple)) else None
    model = parent(module, argument) if isinstance(argument, cst.Arg) else None
    if not isinstance(model, cst.Call) or not module.code(model.func).endswith("Sequential"):
        return None
    assert isinstance(layers, (cst.List, cst.Tuple))
    return [item.value for item in layers.elements]
