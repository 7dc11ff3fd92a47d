"""The trace: what a script does with Keras, found by abstract execution."""

from typing import TYPE_CHECKING

from kerasfix.trace.records import InvalidSyntax, Program, UndefinedData

if TYPE_CHECKING:
    from kerasfix.syntax.module import Module

__all__ = ["Program", "trace", "undefined_data"]


def trace(module: "Module") -> Program:
    """Follow a script; never raises for anything that stands in it."""
    if module.fault is not None:
        return Program([InvalidSyntax(module.fault)])
    from kerasfix.trace.interpreter import Interpreter

    return Interpreter(module).run()


def undefined_data(module: "Module") -> tuple[str, ...]:
    """The names that a script uses as data and never defines."""
    return tuple(record.name for record in trace(module).records if isinstance(record, UndefinedData))
