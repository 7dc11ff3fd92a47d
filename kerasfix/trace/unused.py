"""Optimizers, regularizers and the like that are made and that nothing uses."""

from typing import TYPE_CHECKING, Final

import libcst as cst

from kerasfix.syntax.references import enclosing_function
from kerasfix.trace.records import Compile, UnusedObject
from kerasfix.trace.values import Const, Object

if TYPE_CHECKING:
    from kerasfix.trace.interpreter import Interpreter

WATCHED: Final = frozenset({"Optimizer", "Regularizer", "Initializer", "Constraint"})
"""The kinds of object that do nothing unless they are given to something."""


def settle(interp: "Interpreter") -> None:
    """At the end: report objects whose name is never read, or that have none, in scripts that make models."""
    if not interp.made or not interp.program.models or interp.open_names:
        return
    compiles = [record for record in interp.program.records if isinstance(record, Compile)]
    for made, family, statement in interp.made:
        name = _name(statement, made)
        if name is None or name in interp.program.reads:
            continue
        defaulting = (
            [record for record in compiles if _takes_default(record)] if family == "Optimizer" else []
        )
        if family == "Optimizer" and (not defaulting or len(defaulting) != len(compiles)):
            continue
        only = defaulting[0] if len(defaulting) == 1 else None
        assert made.origin is not None
        in_reach = only is not None and _reaches(interp, made.origin, only.node)
        interp.report(UnusedObject(made, family, name, only, in_reach), made.origin)


def _name(statement: cst.CSTNode | None, made: Object) -> str | None:
    """The one name that a statement gives an object; empty where it is dropped at once, None for anything else."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=value)]) if value is made.origin:
            return ""
        case cst.SimpleStatementLine(
            body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value)]
        ) if value is made.origin:
            return name
    return None


def _reaches(interp: "Interpreter", made: cst.CSTNode, use: cst.CSTNode) -> bool:
    """Whether a statement stands further down in the same function, or in the module."""
    module = interp.module
    same = enclosing_function(module, made) is enclosing_function(module, use)
    return same and module.span(made)[0] < module.span(use)[0]


def _takes_default(record: Compile) -> bool:
    """Whether a `compile` is known to use an optimizer of its own: one by name, or the default."""
    given = record.arguments.get("optimizer")
    if given is None:
        return record.complete
    return isinstance(given.value, Const) and (
        given.value.value is None or isinstance(given.value.value, str)
    )
