"""A trace that is told what a run has shown of arrays which reading alone could not follow."""

from collections.abc import Mapping
from typing import Any

import libcst as cst

from kerasfix.keras.shape import ANY, TensorSpec
from kerasfix.syntax.module import Module, Span
from kerasfix.trace.interpreter import Interpreter
from kerasfix.trace.values import Array, Facts, Labels, Sequence, Unknown, Value

Evidence = Mapping[Span, Any]
"""By the span of an expression: an object with `shape`, `dtype`, `low`, `high`, `one_hot`, or `kind` and `items`."""


class Informed(Interpreter):
    """Runs as its base does; what stays unknown is looked up. What is known by reading is not replaced."""

    def __init__(self, module: Module, evidence: Evidence) -> None:
        super().__init__(module)
        self.evidence = evidence

    def evaluate(self, node: cst.BaseExpression) -> Value:
        value = super().evaluate(node)
        if not _is_vague(value):
            return value
        found = self.evidence.get(self.module.spans.get(node, (-1, -1)))
        return value if found is None else _value(found, node) or value


def _is_vague(value: Value) -> bool:
    if isinstance(value, Array):
        return value.spec.shape is None or ANY in value.spec.shape
    return isinstance(value, Unknown) or (isinstance(value, Sequence) and value.items is None)


def _value(found: Any, node: cst.CSTNode) -> Value | None:
    if found is None:
        return None
    if "items" in found:
        return Sequence(found["kind"], [_value(item, node) or Unknown(node) for item in found["items"]], node)
    shape = tuple(found["shape"])
    labels = Labels(shape[-1], one_hot=True) if found.get("one_hot") else None
    facts = Facts(found.get("low"), found.get("high"), labels)
    return Array(TensorSpec(shape, found["dtype"]), node, facts)
