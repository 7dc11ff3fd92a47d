"""Generators of the script, and what they yield."""

from collections.abc import Iterator

import libcst as cst

from kerasfix.syntax.module import Module


def generator_of(module: Module, value: cst.BaseExpression) -> cst.FunctionDef | None:
    """The function of the script that makes a generator: `batches(x, y)`, or a name for that."""
    if "yield" not in module.text or module.tree is None:  # nearly always
        return None
    statements = list(_statements(module.tree.body))
    if isinstance(value, cst.Name):
        made = [
            node.value
            for node in statements
            if isinstance(node, cst.Assign)
            and isinstance(node.targets[0].target, cst.Name)
            and node.targets[0].target.value == value.value
        ]
        value = made[0] if len(made) == 1 else value
    match value:
        case cst.Call(func=cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name))):
            found = [n for n in statements if isinstance(n, cst.FunctionDef) and n.name.value == name]
            if len(found) == 1 and not found[0].decorators and yields(module, found[0]):
                return found[0]
    return None


def yields(module: Module, function: cst.FunctionDef) -> list[cst.BaseExpression]:
    """What a function yields itself, one expression for each `yield`."""
    found: list[cst.BaseExpression] = []
    stack: list[cst.CSTNode] = [function.body]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Yield) and isinstance(node.value, cst.BaseExpression):
            found.append(node.value)
        if not isinstance(node, (cst.FunctionDef, cst.Lambda)):
            stack += reversed(node.children)
    return found


def _statements(body: object) -> Iterator[cst.CSTNode]:
    """All statements, simple ones and those with blocks; expressions are not looked into."""
    stack: list[object] = [body]
    while stack:
        node = stack.pop()
        if isinstance(node, (tuple, list)):
            stack += reversed(node)
            continue
        if isinstance(node, (cst.BaseSmallStatement, cst.BaseCompoundStatement)):
            yield node
        for name in _BLOCKS:
            if (inner := getattr(node, name, None)) is not None:
                stack.append(inner)


_BLOCKS = ("finalbody", "orelse", "handlers", "cases", "body")
