"""Generators of the script, and what they yield."""

import libcst as cst

from kerasfix.syntax.module import Module
from kerasfix.syntax.references import parent, parents


def generator_of(module: Module, value: cst.BaseExpression) -> cst.FunctionDef | None:
    """The function of the script that makes a generator: `batches(x, y)`, or a name for that."""
    if isinstance(value, cst.Name):
        made = [
            node.value
            for node in parents(module)
            if isinstance(node, cst.Assign) and module.code(node.targets[0].target) == value.value
        ]
        value = made[0] if len(made) == 1 else value
    match value:
        case cst.Call(func=cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name))):
            found = [n for n in parents(module) if isinstance(n, cst.FunctionDef) and n.name.value == name]
            if len(found) == 1 and not found[0].decorators and yields(module, found[0]):
                return found[0]
    return None


def yields(module: Module, function: cst.FunctionDef) -> list[cst.BaseExpression]:
    """What a function yields itself, one expression for each `yield`."""
    return [
        node.value
        for node in parents(module)
        if isinstance(node, cst.Yield)
        and isinstance(node.value, cst.BaseExpression)
        and _function_around(module, node) is function
    ]


def _function_around(module: Module, node: cst.CSTNode) -> cst.CSTNode | None:
    above = parent(module, node)
    while above is not None and not isinstance(above, (cst.FunctionDef, cst.Lambda)):
        above = parent(module, above)
    return above
