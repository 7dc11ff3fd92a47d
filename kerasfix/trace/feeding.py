"""What `fit` and the like are given, taken apart: the batches of pipelines and generators, and several inputs."""

from typing import TYPE_CHECKING, Final

from kerasfix.keras import api
from kerasfix.keras.shape import ANY, TensorSpec
from kerasfix.trace.calls import GENERATOR, call_function
from kerasfix.trace.library.pipelines import each, element_in
from kerasfix.trace.values import (
    Argument,
    Array,
    Function,
    Instance,
    Mapping,
    Object,
    Sequence,
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
