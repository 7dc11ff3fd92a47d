"""What `fit` and the like are given, taken apart: the batches of pipelines and generators, and several inputs."""

from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from kerasfix.keras import api
from kerasfix.keras.shape import ANY, TensorSpec
from kerasfix.trace.calls import GENERATOR, call_function
from kerasfix.trace.library.pipelines import each, element_in
from kerasfix.trace.records import Feed
from kerasfix.trace.structures import InputStructure
from kerasfix.trace.values import (
    Argument,
    Array,
    Function,
    Instance,
    Mapping,
    Model,
    Object,
    Sequence,
    Tensor,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from kerasfix.trace.calls import Call

_DATASET: Final = "keras.utils.PyDataset"


def batch_in(call: "Call", given: Argument | None) -> tuple[Value, Value | None] | None:
    """The inputs and labels that a pipeline or generator gives to `fit`; None for all else."""
    match _element(call, given):
        case None:
            return None
        case Sequence(kind="tuple", items=[x, y] | [x, y, _]):
            return x, y
        case Sequence(kind="tuple", items=[x]):
            return x, None
        case element:
            return element, None


def yields_bare(value: Value) -> bool:
    """Whether this is a generator of the script that yields arrays by themselves, which Keras refuses."""
    match value:
        case Object(cls=cls, arguments={"element": Array() | Mapping()}):
            return cls == GENERATOR
    return False


def _element(call: "Call", given: Argument | None) -> Value | None:
    """One batch, with its labels."""
    match given.value if given is not None else None:
        case Object(cls=cls, arguments={"element": element}) if cls == GENERATOR:
            return _of_any_size(element)
        case Instance(cls=cls) as dataset if _is_dataset(dataset):
            method = cls.find("__getitem__")
            if not isinstance(method, Function):
                return None
            assert given is not None
            arguments = [Argument(dataset, given.node), Argument(Unknown(given.node), given.node)]
            return _of_any_size(call_function(call.interp, method, arguments, True, call.node))
        case value:
            return element_in(value)


def _is_dataset(instance: Instance) -> bool:
    bases = instance.cls.library_bases()
    return any(name.startswith("keras.") and api.canonical(name) == _DATASET for name in bases)


def _of_any_size(batch: Value) -> Value:
    """A batch of the script's own making: the next one may hold more samples, or fewer."""

    def part(array: Array) -> Value:
        shape = array.spec.shape
        if not shape:
            return Unknown(array.origin)
        spec = TensorSpec((ANY, *shape[1:]), array.spec.dtype)
        return Array(spec, array.origin, array.facts, array.shaped, array.taint)

    return each(batch, part)


# --- several inputs -------------------------------------------------------------------------------------


def inputs_of(model: Model) -> dict[str, Tensor] | list[Tensor] | None:
    """The inputs of a Functional model, as it was given them; None for all else."""
    if model.kind != "Functional" or not model.known:
        return None
    match model.entry:
        case Mapping(items=dict(items)) if all(isinstance(item, Tensor) for item in items.values()):
            return {str(key): item for key, item in items.items() if isinstance(item, Tensor)}
        case Sequence(items=list(items)) if all(isinstance(item, Tensor) for item in items):
            return [item for item in items if isinstance(item, Tensor)]
        case Tensor() as entry:
            return [entry]
    return None


def paired(
    feed: Feed, inputs: dict[str, Tensor] | list[Tensor]
) -> list[tuple[Tensor, Argument]] | InputStructure:
    """Each input with its data, or why Keras refuses what is given; data that cannot be told apart is left out."""
    assert feed.x is not None
    names = tuple(inputs) if isinstance(inputs, dict) else tuple(_name(tensor) for tensor in inputs)
    entries = list(inputs.values()) if isinstance(inputs, dict) else inputs
    match feed.x.value:
        case Mapping(items=dict(given)):
            lacking = [name for name in names if name is not None and name not in given]
            if lacking:
                return InputStructure(feed, names, feed.x, missing=lacking[0], keys=tuple(given))
            parts = _parts(feed.x, list(given.values()), list(given))
            return [(entry, parts[name]) for entry, name in zip(entries, names, strict=True) if name in parts]
        case Sequence(kind="list" | "tuple", items=list(items)):
            if len(items) != len(entries):
                arrays = len(items) if all(isinstance(item, Array) for item in items) else 0
                return InputStructure(feed, names, feed.x, count=arrays) if arrays else []
            if isinstance(inputs, dict) and list(inputs) != sorted(inputs):
                return InputStructure(feed, names, feed.x)
            return list(zip(entries, _parts(feed.x, items).values(), strict=True))
        case Array() if len(entries) > 1:
            return InputStructure(feed, names, feed.x, count=1)
        case Array():
            return [(entries[0], feed.x)]
    return []


def _name(tensor: Tensor) -> str | None:
    return tensor.source.name if tensor.source is not None else None


def _parts(argument: Argument, values: list[Value], keys: list[Any] | None = None) -> dict[Any, Argument]:
    """Each value with the expression that it is written as, where it is; by place where there are no keys."""
    nodes = written_items(argument.node.value, len(values))
    arguments = [Argument(value, cst.Arg(node)) for value, node in zip(values, nodes, strict=True)]
    return dict(zip(keys if keys is not None else range(len(values)), arguments, strict=True))


def written_items(node: cst.BaseExpression, count: int) -> list[cst.BaseExpression]:
    """The expressions of so many items of a list, tuple or dict; for each the whole, where they are not written."""
    nodes: list[cst.BaseExpression] = []
    match node:
        case cst.List(elements=elements) | cst.Tuple(elements=elements):
            nodes = [element.value for element in elements if isinstance(element, cst.Element)]
        case cst.Dict(elements=elements):
            nodes = [element.value for element in elements if isinstance(element, cst.DictElement)]
    return nodes if len(nodes) == count else [node] * count
