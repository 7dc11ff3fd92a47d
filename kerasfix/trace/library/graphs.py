"""Models as graphs of layer calls: their order, their weights, and what they give for other inputs."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import libcst as cst

from kerasfix.keras.layers import Inferred
from kerasfix.keras.naming import operation_class
from kerasfix.keras.shape import ANY, UNKNOWN_SPEC, Rejected, Structure, TensorSpec
from kerasfix.trace.flow import RERUN_STEPS
from kerasfix.trace.library.layers import apply, tensors
from kerasfix.trace.values import Array, Layer, LayerCall, Mapping, Model, Sequence, Tensor, Unknown, Value

if TYPE_CHECKING:
    from kerasfix.trace.interpreter import Interpreter

Part = Layer | Model | LayerCall
"""What stands in one row of a summary: a layer, a nested model, or an operation."""


# --- order ----------------------------------------------------------------------------------------------


def steps_between(
    inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...], *, masks: bool = False
) -> list[LayerCall]:
    """The steps that lead from inputs to outputs, each behind those that it needs; with those of `masks` too."""
    stop = {id(tensor) for tensor in inputs}
    done: dict[int, LayerCall] = {}
    entered: set[int] = set()
    stack = [(tensor, False) for tensor in reversed(outputs)]
    while stack:
        tensor, leaving = stack.pop()
        step = tensor.history
        if step is None or id(step) in done or id(tensor) in stop:
            continue
        if leaving:
            done[id(step)] = step
        elif id(step) not in entered:
            entered.add(id(step))
            stack.append((tensor, True))
            stack.extend((parent, False) for parent in reversed(sources(step) if masks else step.parents))
    return list(done.values())


def parts_between(inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> list[Part]:
    """The layers and operations of a graph, ordered as Keras does: by their distance from the outputs."""
    steps = steps_between(inputs, outputs, masks=True)
    known = {id(step) for step in steps}
    stop = {id(tensor) for tensor in inputs}
    index = _traversal(steps, stop, outputs)
    depth_of_step: dict[int, int] = {}
    depth: dict[int, int] = {}
    parts: dict[int, Part] = {}
    for step in reversed(steps):
        part = part_of(step)
        parts[id(part)] = part
        here = max(depth_of_step.get(id(step), 0), depth.get(id(part), 0))
        depth[id(part)] = depth_of_step[id(step)] = here
        for parent in sources(step):
            source = source_of(parent, stop)
            if isinstance(source, LayerCall):
                if id(source) in known:
                    depth_of_step[id(source)] = max(here + 1, depth_of_step.get(id(source), 0))
            elif source is not None:
                parts[id(source)] = source
                depth[id(source)] = max(here + 1, depth.get(id(source), 0))
    for tensor in (*outputs, *inputs):
        source = source_of(tensor, stop)
        if isinstance(source, Layer):
            parts.setdefault(id(source), source)
            depth.setdefault(id(source), 0)
    return sorted(parts.values(), key=lambda part: (-depth[id(part)], index.get(id(part), -1)))


def _traversal(steps: list[LayerCall], stop: set[int], outputs: tuple[Tensor, ...]) -> dict[int, int]:
    """When each part is first met on the way from the outputs to the inputs."""
    index: dict[int, int] = {}
    seen: set[int] = set()
    stack = list(reversed(outputs))
    while stack:
        source = source_of(stack.pop(), stop)
        if source is None or id(source) in seen:
            continue
        seen.add(id(source))
        part = part_of(source) if isinstance(source, LayerCall) else source
        index.setdefault(id(part), len(index))
        if isinstance(source, LayerCall):
            stack.extend(reversed(sources(source)))
    return index


def cycle_in(
    inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...], steps: list[LayerCall]
) -> LayerCall | Unknown | None:
    """A call that gave back a tensor of this graph as its own output, which Keras then takes for a cycle.

    Behind the inputs of a model Keras does not look.
    """
    stop = {id(tensor) for tensor in inputs}
    inner = [tensor for step in steps for tensor in sources(step) if id(tensor) not in stop]
    return next((tensor.cycle for tensor in (*outputs, *inner) if tensor.cycle is not None), None)


def source_of(tensor: Tensor, stop: Iterable[int] = ()) -> LayerCall | Layer | None:
    """What a tensor comes from: a step, or the `InputLayer` of an input of the model."""
    if tensor.history is not None and id(tensor) not in stop:
        return tensor.history
    return tensor.source


def sources(step: LayerCall) -> tuple[Tensor, ...]:
    """All tensors that a step takes in Keras's graph, masks too."""
    return (*step.parents, *step.masks)


def part_of(step: LayerCall) -> Part:
    """The layer or model that a step calls; the step itself where it is an operation."""
    return step.layer or step.model or step


def operation_of(step: LayerCall) -> str:
    """The class of an operation of `keras.ops`, by what is written: `Add` for `a + b`."""
    if step.operation is not None:
        return step.operation
    match step.node:
        case cst.BinaryOperation(operator=operator):
            return _OPERATORS.get(type(operator).__name__, type(operator).__name__)
        case cst.AugAssign(operator=operator):
            name = type(operator).__name__.removesuffix("Assign")
            return _OPERATORS.get(name, name)
        case cst.Comparison(comparisons=[comparison]):
            return _OPERATORS.get(type(comparison.operator).__name__, "?")
        case cst.Subscript():
            return "GetItem"
        case cst.UnaryOperation():
            return "Negative"
        case cst.Call(func=cst.Attribute(attr=cst.Name(value=name)) | cst.Name(value=name)):
            return operation_class(name)
    return "?"


_OPERATORS = {
    "Divide": "TrueDivide", "Modulo": "Mod", "MatrixMultiply": "Matmul", "LessThan": "Less",
    "LessThanEqual": "LessEqual", "GreaterThan": "Greater", "GreaterThanEqual": "GreaterEqual",
}  # fmt: skip


def parts_of(model: Model) -> list[Part]:
    """The rows of a model's summary, in Keras's order."""
    if model.kind == "Functional" and model.entry is not None:
        return parts_between(tensors(model.entry), tensors(model.outputs))
    if model.kind == "Subclass":
        return list(tracked(model)[0])
    return [part_of(step) for step in model.steps]


def tracked(owner: Layer | Model) -> tuple[list[Layer | Model], bool]:
    """The layers that a subclassed layer or model holds in its attributes, and whether these are all."""
    found: dict[int, Layer | Model] = {}
    complete = True
    stack = list(owner.instance.attributes.values())[::-1] if owner.instance is not None else []
    seen: set[int] = set()
    while stack:
        value = stack.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        match value:
            case Layer() | Model():
                found[id(value)] = value
            case Sequence(items=list(items)):
                stack += items[::-1]
            case Mapping(items=dict(items)):
                stack += list(items.values())[::-1]
            case Sequence() | Mapping():
                complete = False
            case _ if type(value).__name__ in {"Unknown", "Instance", "Bound"}:
                complete = False
    return list(found.values()), complete


# --- weights --------------------------------------------------------------------------------------------


def count(part: Part) -> int | None:
    """How many numbers the weights of a layer or model hold, shared layers once; None where not known."""
    counts: dict[int, int | None] = {}
    _gather(part, counts, 0)
    return None if None in counts.values() else sum(n for n in counts.values() if n is not None)


def _gather(part: Part, counts: dict[int, int | None], depth: int) -> None:
    if id(part) in counts:
        return
    counts[id(part)] = 0
    if depth > 64:
        counts[id(part)] = None
    elif isinstance(part, Layer) and part.instance is None:
        counts[id(part)] = part.params
    elif isinstance(part, Layer) or (isinstance(part, Model) and part.instance is not None):
        parts, complete = tracked(part)
        parts += (
            [part.instance.inherited]
            if part.instance is not None and part.instance.inherited is not None
            else []
        )
        ready = part.built_with is not None if isinstance(part, Layer) else part.output is not None
        own = part.instance.weights if part.instance is not None else 0
        counts[id(part)] = own if complete and ready and followed(part) else None
        for inner in {id(inner): inner for inner in (*parts, *_graph_parts(part))}.values():
            _gather(inner, counts, depth + 1)
    elif isinstance(part, Model):
        if part.opaque is not None:
            counts[id(part)] = part.opaque(None).params
        elif not part.known or (part.kind == "Sequential" and (part.inputs is None or has_unknown(part))):
            counts[id(part)] = None
        for inner in _graph_parts(part) if part.opaque is None else ():
            _gather(inner, counts, depth + 1)


def has_unknown(model: Model) -> bool:
    """Whether a Sequential model holds layers of which nothing is known."""
    return any(step.layer is None and step.model is None for step in model.steps)


def _graph_parts(part: Part) -> list[Part]:
    return parts_of(part) if isinstance(part, Model) and part.kind != "Subclass" else []


def followed(part: Layer | Model) -> bool:
    """Whether all weights of a class of the script's own can be seen: it builds on plain Layer or Model."""
    own = part.instance
    return own is not None and (own.inherited is not None or own.cls.library_bases() <= PLAIN)


PLAIN = frozenset({"keras.Model", "keras.models.Model", "keras.Layer", "keras.layers.Layer", "keras.Sequential",
                   "keras.models.Sequential"})  # fmt: skip


# --- the same model on other inputs ---------------------------------------------------------------------


def leaves(structure: Structure) -> Iterator[TensorSpec]:
    """The specs in a structure, in Keras's order."""
    if isinstance(structure, TensorSpec):
        yield structure
    elif isinstance(structure, dict):
        for key in sorted(structure):
            yield from leaves(structure[key])
    else:
        for item in structure:
            yield from leaves(item)


def inferred(interp: "Interpreter | None", part: Layer | Model, inputs: Structure) -> Inferred:
    """What a model, or a layer of the script's own, gives inside of a wrapper."""
    if isinstance(part, Model):
        return Inferred(rerun(interp, part, inputs), count(part))
    if interp is None:
        return Inferred(UNKNOWN_SPEC, None)
    from kerasfix.trace.library.subclassing import run_layer

    output = run_layer(interp, part, inputs)
    return Inferred(output, count(part))


def rerun(interp: "Interpreter | None", model: Model, inputs: Structure, *, data: bool = False) -> Structure:
    """What a model gives for these inputs, symbolic ones or `data`; unknown where Keras would refuse them."""
    if not model.known:
        return UNKNOWN_SPEC
    if model.opaque is not None:
        fits = isinstance(inputs, TensorSpec) and adjusted(inputs, model.inputs) is not None
        output: Structure = model.opaque(inputs).output if fits else UNKNOWN_SPEC
        return output
    if model.overrides("call"):
        if interp is None:
            return UNKNOWN_SPEC
        from kerasfix.trace.library.subclassing import run_model

        return run_model(interp, model, inputs)
    given, declared = list(leaves(inputs)), tensors(model.entry)
    try:
        if model.kind == "Sequential" and not declared:
            return _in_turn(interp, model, inputs)
        if len(given) != len(declared):
            return UNKNOWN_SPEC
        fitting = [adjusted(a, b.spec) for a, b in zip(given, declared, strict=True)]
        adapted = [spec for spec in fitting if spec is not None]
        if len(adapted) != len(declared):
            return UNKNOWN_SPEC
        found = _follow(interp, model, adapted)
        if data or all(a.rank == b.rank for a, b in zip(given, adapted, strict=True)):
            return found
        # Keras adjusts the rank of data, but not that of symbols: what is true of both is known.
        as_given = [TensorSpec(a.shape, b.dtype) for a, b in zip(given, adapted, strict=True)]
        return found if found == _follow(interp, model, as_given) else UNKNOWN_SPEC
    except Rejected:
        return UNKNOWN_SPEC


def _follow(interp: "Interpreter | None", model: Model, inputs: list[TensorSpec]) -> Structure:
    """A model on inputs of just the shapes and dtypes that it takes."""
    if inputs == [tensor.spec for tensor in tensors(model.entry)]:
        known: Structure = model.output
        return known
    if model.kind == "Sequential":
        return _in_turn(interp, model, inputs[0])
    return _Rerun(interp, model, inputs).output()


def _in_turn(interp: "Interpreter | None", model: Model, inputs: Structure) -> Structure:
    for step in model.steps:
        inputs = _through(interp, step, inputs)
    return inputs


def cast(given: TensorSpec, dtype: str | None = "float32") -> TensorSpec:
    """Numbers as a Sequential model takes them: it casts them to the dtype of its Input."""
    return given if given.dtype in (None, "string", "object") else TensorSpec(given.shape, dtype)


def _through(interp: "Interpreter | None", step: LayerCall, inputs: Structure) -> Structure:
    if interp is not None:
        interp.spend(RERUN_STEPS)  # models in models, each of them twice, are many layers soon
    if step.model is not None:
        return rerun(interp, step.model, inputs)
    if step.layer is None:
        return UNKNOWN_SPEC
    if step.layer.instance is not None:
        return inferred(interp, step.layer, inputs).output
    if any(isinstance(value, (TensorSpec, tuple, dict)) for value in (step.extra or {}).values()):
        return UNKNOWN_SPEC  # other tensors come in beside
    output = apply(step.layer, inputs, step.extra, interp).output
    return output[0] if isinstance(output, tuple) and len(output) == 1 else output


class _Rerun:
    """A Functional model on other inputs than those it was made with."""

    def __init__(self, interp: "Interpreter | None", model: Model, inputs: list[TensorSpec]) -> None:
        self.interp = interp
        self.model = model
        self.results: dict[int, Structure] = {}
        entry = tensors(model.entry)
        self.specs = {id(tensor): spec for tensor, spec in zip(entry, inputs, strict=True)}

    def output(self) -> Structure:
        """The output of the model."""
        for step in self.model.steps:  # first ones first, so that nothing below goes deep
            self._result(step)
        return self._structure(self.model.outputs)

    def _structure(self, value: Value | None) -> Structure:
        match value:
            case Tensor():
                return self._spec(value)
            case Array(spec=spec):
                return spec
            case Sequence(items=list(items)):
                return tuple(self._structure(item) for item in items)
            case Mapping(items=dict(items)):
                return {str(key): self._structure(item) for key, item in items.items()}
        return UNKNOWN_SPEC

    def _spec(self, tensor: Tensor) -> TensorSpec:
        if id(tensor) not in self.specs:
            step = tensor.history
            found = self._result(step) if step is not None else tensor.spec
            if not isinstance(found, TensorSpec) and step is not None:
                places = [id(part) for part in tensors(step.value)]
                parts = list(leaves(found))
                known = id(tensor) in places and len(parts) == len(places)
                found = parts[places.index(id(tensor))] if known else UNKNOWN_SPEC
            self.specs[id(tensor)] = found if isinstance(found, TensorSpec) else UNKNOWN_SPEC
        return self.specs[id(tensor)]

    def _result(self, step: LayerCall) -> Structure:
        if id(step) not in self.results:
            if all(self._spec(parent) == parent.spec for parent in step.parents):
                result: Structure = step.output
            elif (step.layer is None and step.model is None) or step.given is None:
                result = UNKNOWN_SPEC
            else:
                result = _through(self.interp, step, self._structure(step.given))
            self.results[id(step)] = result
        return self.results[id(step)]


def adjusted(given: TensorSpec, declared: TensorSpec) -> TensorSpec | None:
    """An input as a Functional model takes it: a last axis of size 1 comes and goes; None where it is refused."""
    if given.shape is None or declared.shape is None:
        return TensorSpec(given.shape, declared.dtype)
    shape = given.shape
    if len(shape) == len(declared.shape) + 1 and shape[-1] == 1:
        shape = shape[:-1]
    elif len(shape) == len(declared.shape) - 1 and declared.shape[-1] == 1:
        shape = (*shape, 1)
    if len(shape) != len(declared.shape):
        return None
    if any(
        isinstance(b, int) and isinstance(a, int) and a != b
        for a, b in zip(shape[1:], declared.shape[1:], strict=True)  # batches may be of other sizes
    ):
        return None
    known = tuple(
        b if a is ANY and isinstance(b, int) else a for a, b in zip(shape, declared.shape, strict=True)
    )
    return TensorSpec(known, declared.dtype)
