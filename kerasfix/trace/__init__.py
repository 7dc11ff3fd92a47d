"""The trace: what a script does with Keras, found by abstract execution."""

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from kerasfix.trace.records import InvalidSyntax, NotFollowed, Program, UndefinedData

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kerasfix.syntax.module import Module
    from kerasfix.trace.evidence import Evidence
    from kerasfix.trace.interpreter import Interpreter
    from kerasfix.trace.observed import Seen

__all__ = ["Program", "observe", "trace", "undefined_data"]

_RECURSION_LIMIT: Final = 8000
"""Expressions and calls within each other are followed by recursion; `MAX_DEPTH` bounds the calls."""


def trace(module: "Module", evidence: "Evidence | None" = None) -> Program:
    """Follow a script; never raises for anything that stands in it.

    `evidence` is what a run has shown of the values of expressions, for those that reading cannot tell.
    """
    if module.fault is not None:
        limit = module.fault.limit
        return Program([NotFollowed(module.fault.message) if limit else InvalidSyntax(module.fault)])
    if evidence:
        from kerasfix.trace.evidence import Informed

        return _run(Informed(module, evidence))
    from kerasfix.trace.interpreter import Interpreter

    return _run(Interpreter(module))


def observe(module: "Module") -> "tuple[Program, Seen]":
    """Follow a script as `trace` does, and keep what each expression was worth, for editors to show."""
    if module.fault is not None:
        return trace(module), {}
    from kerasfix.trace.observed import Observer

    observer = Observer(module)
    return _run(observer), observer.seen


def _run(interpreter: "Interpreter") -> Program:
    with deep_recursion():
        return interpreter.run()


@contextmanager
def deep_recursion() -> "Iterator[None]":
    """Code that goes down a syntax tree by recursion runs in here."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def undefined_data(module: "Module") -> tuple[str, ...]:
    """The names that a script uses as data and never defines."""
    return tuple(record.name for record in trace(module).records if isinstance(record, UndefinedData))
