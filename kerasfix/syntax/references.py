"""Where a node stands in the tree, and where the names that imports bind are used."""

from weakref import WeakKeyDictionary

import libcst as cst

from kerasfix.syntax.module import Module

_PARENTS: WeakKeyDictionary[Module, dict[cst.CSTNode, cst.CSTNode]] = WeakKeyDictionary()


def parents(module: Module) -> dict[cst.CSTNode, cst.CSTNode]:
    """The parent of every node. One walk over the tree, made when it is first asked for."""
    known = _PARENTS.get(module)
    if known is None:
        known = _PARENTS[module] = {}
        stack: list[cst.CSTNode] = [module.tree] if module.tree is not None else []
        while stack:
            node = stack.pop()
            for child in node.children:
                known[child] = node
                stack.append(child)
    return known


def parent(module: Module, node: cst.CSTNode) -> cst.CSTNode | None:
    """The node that a node is part of."""
    return parents(module).get(node)


def call_of(module: Module, function: cst.CSTNode) -> cst.Call | None:
    """The call whose function this is."""
    above = parent(module, function)
    return above if isinstance(above, cst.Call) and above.func is function else None


def enclosing_function(module: Module, node: cst.CSTNode) -> cst.CSTNode | None:
    """The innermost function or lambda around a node; None at the level of the module or of a class in it."""
    above = parent(module, node)
    while above is not None and not isinstance(above, (cst.FunctionDef, cst.Lambda)):
        above = parent(module, above)
    return above


def statement_of(module: Module, node: cst.CSTNode) -> cst.SimpleStatementLine | None:
    """The line of simple statements that a node is part of."""
    above: cst.CSTNode | None = node
    while above is not None and not isinstance(above, cst.SimpleStatementLine):
        above = parent(module, above)
    return above


def reads(module: Module, name: str) -> list[cst.Name] | None:
    """Where a name is read; None where it is bound more than once, so that one read may mean another thing.

    Functions and comprehensions that bind the name for themselves are left out where the module binds it once.
    """
    found: list[cst.Name] = []
    bound: list[cst.CSTNode] = []
    for node, above in parents(module).items():
        if not isinstance(node, cst.Name) or node.value != name:
            continue
        match above:
            case cst.Attribute(attr=attr) if attr is node:
                continue
            case cst.Arg(keyword=keyword) if keyword is node:
                continue
            case cst.ImportAlias(asname=None) | cst.AsName():
                bound.append(node)
            case cst.ImportAlias():
                continue
            case (
                cst.AssignTarget() | cst.AnnAssign() | cst.AugAssign() | cst.For() | cst.CompFor() | cst.NamedExpr()
                | cst.FunctionDef() | cst.ClassDef() | cst.Param() | cst.Global() | cst.Nonlocal() | cst.NameItem()
                | cst.Element() | cst.Del() | cst.MatchAs() | cst.MatchStar()
            ) if _binds(module, node, above):  # fmt: skip
                bound.append(node)
            case _:
                found.append(node)
    if len(bound) > 1:
        scopes = [_scope(module, node) for node in bound]
        if scopes.count(None) != 1 or any(isinstance(scope, cst.ClassDef) for scope in scopes):
            return None
        found = [node for node in found if not _inside(module, node, scopes)]
    found.sort(key=lambda node: module.span(node))
    return found


_SCOPES = (
    cst.FunctionDef,
    cst.Lambda,
    cst.ClassDef,
    cst.ListComp,
    cst.SetComp,
    cst.DictComp,
    cst.GeneratorExp,
)


def _scope(module: Module, node: cst.CSTNode) -> cst.CSTNode | None:
    """The function, class or comprehension that a name is bound in; None for the module."""
    above = parent(module, node)
    if isinstance(above, (cst.FunctionDef, cst.ClassDef)) and above.name is node:
        above = parent(module, above)
    while above is not None and not isinstance(above, _SCOPES):
        if isinstance(above, (cst.Global, cst.Nonlocal)):
            return None
        above = parent(module, above)
    return above


def _inside(module: Module, node: cst.CSTNode, scopes: list[cst.CSTNode | None]) -> bool:
    above = parent(module, node)
    while above is not None:
        if any(above is scope for scope in scopes):
            return True
        above = parent(module, above)
    return False


def _binds(module: Module, node: cst.Name, above: cst.CSTNode) -> bool:
    """Whether a name is bound here, not read."""
    match above:
        case cst.AnnAssign(target=target) | cst.AugAssign(target=target) | cst.For(target=target):
            return target is node
        case cst.CompFor(target=target) | cst.NamedExpr(target=target):
            return target is node
        case cst.FunctionDef(name=name) | cst.ClassDef(name=name) | cst.Param(name=name):
            return name is node
        case cst.Element():
            outer = parent(module, above)
            while isinstance(outer, (cst.Element, cst.Tuple, cst.List, cst.StarredElement)):
                above, outer = outer, parent(module, outer)
            return isinstance(outer, cst.AssignTarget) or (
                isinstance(outer, (cst.For, cst.CompFor)) and outer.target is above
            )
    return True
