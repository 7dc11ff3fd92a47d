"""What the layers of a program put out, by the expressions that make or call them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import libcst as cst

from kerasfix.keras.shape import Structure
from kerasfix.server.analysis import Part
from kerasfix.trace.library.graphs import leaves
from kerasfix.trace.library.layers import structure
from kerasfix.trace.values import Layer, LayerCall, Model, Tensor, Value

_Step = tuple[cst.CSTNode, Layer | Model, Structure | None, Structure | None]
"""Where, what, its output, its input."""


@dataclass
class Output:
    """What one layer, or nested model, puts out at one place; several in loops and repeated calls."""

    part: Layer | Model
    shapes: list[Structure] = field(default_factory=list)
    """Without repetitions."""
    inputs: list[Structure | None] = field(default_factory=list)
    """What it got each time, None where that is not known."""

    def add(self, shape: Structure | None, given: Structure | None) -> None:
        """One more."""
        if shape is not None and _is_known(shape) and shape not in self.shapes:
            self.shapes.append(shape)
            self.inputs.append(given)


def outputs(part: Part) -> dict[cst.CSTNode, Output]:
    """What is put out behind each expression; where nothing is known there is no entry."""
    found: dict[cst.CSTNode, Output] = {}
    for node, owner, shape, given in (*_steps(part), *_calls(part)):
        if node in part.module.spans:
            found.setdefault(node, Output(owner)).add(shape, given)
    return {node: output for node, output in found.items() if output.shapes}


def _steps(part: Part) -> Iterator[_Step]:
    """The steps of Sequential models: they stand where the layers are made."""
    for model in part.program.models:
        for step in model.steps if model.kind == "Sequential" else ():
            owner = step.layer or step.model
            if owner is not None:
                yield step.layer.call if step.layer else step.node, owner, step.output, step.inputs


def _calls(part: Part) -> Iterator[_Step]:
    """Layers that are called, and inputs."""
    for node, values in part.seen.items():
        if not isinstance(node, cst.Call):
            continue
        owner = next(iter(part.seen.get(node.func, ())), None)
        for value in values:
            if isinstance(value, Tensor) and value.history is None and value.source and value.origin is node:
                yield node, value.source, value.spec, None
            elif isinstance(owner, Layer | Model) and not isinstance(value, Layer | Model):
                step = _step(value)
                yield node, owner, structure(value), step.inputs if step else None


def _step(value: Value) -> LayerCall | None:
    """The step that a tensor, or the first one of several, comes from."""
    items = getattr(value, "items", None)
    while isinstance(items, list) and items:
        value = items[0]
        items = getattr(value, "items", None)
    return value.history if isinstance(value, Tensor) else None


def _is_known(shape: Structure) -> bool:
    return any(spec.shape is not None for spec in leaves(shape))
