"""A trace that remembers what each expression of the script was worth."""

import libcst as cst

from kerasfix.syntax.module import Module
from kerasfix.trace.interpreter import Interpreter
from kerasfix.trace.values import Value

Seen = dict[cst.CSTNode, list[Value]]
"""The values of expressions and of names that are bound, in the order in which the script meets them."""

_MAX_VALUES = 8  # of one expression, in a loop or in a function that is called again


class Observer(Interpreter):
    """Runs as its base does; a class of its own, so that runs which show nothing pay nothing."""

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self.seen: Seen = {}

    def evaluate(self, node: cst.BaseExpression) -> Value:
        value = super().evaluate(node)
        self._keep(node, value)
        return value

    def lookup(
        self, name: str, node: cst.CSTNode, attribute: str | None = None, called: bool = False
    ) -> Value:
        value = super().lookup(name, node, attribute, called)
        self._keep(node, value)
        return value

    def assign(self, name: str, value: Value, node: cst.CSTNode | None = None) -> None:
        super().assign(name, value, node)
        if node is not None:
            self._keep(node, value)

    def _keep(self, node: cst.CSTNode, value: Value) -> None:
        values = self.seen.setdefault(node, [])
        if len(values) < _MAX_VALUES and not (values and values[-1] is value):
            values.append(value)
