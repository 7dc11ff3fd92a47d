"""`tf.data.Dataset.from_generator`: what a generator yields, in the shapes and dtypes of a signature."""

from typing import Any

from kerasfix.keras.shape import ANY, Dim, TensorSpec
from kerasfix.trace.calls import Call
from kerasfix.trace.expressions import element_of
from kerasfix.trace.library import models, python_value
from kerasfix.trace.library.dtypes import dtype_of
from kerasfix.trace.library.families import cast_facts
from kerasfix.trace.library.pipelines import DATASET, pipeline, tensors
from kerasfix.trace.values import Array, Const, Facts, Mapping, Object, Reference, Sequence, Unknown, Value


@models("tensorflow.TensorSpec")
def _spec(call: Call) -> Value:
    return Object(
        "tensorflow.TensorSpec", {"spec": _specified(call.get("shape", 0), call.get("dtype", 1), call)}
    )


def _specified(shape: Value | None, dtype: Value | None, call: Call) -> Array:
    """An array of a shape and dtype as TensorFlow writes them; sizes that are None are not known."""
    dims: tuple[Dim, ...] | None = None
    match shape:
        case Sequence(items=list(items)):
            known = [python_value(item) for item in items]
            dims = tuple(size if isinstance(size, int) else ANY for size in known)
        case Const(value=int(size)):
            dims = (size,)
    name = "float32" if dtype is None and call.complete else None
    text = isinstance(dtype, Reference) and dtype.name == "tensorflow.string"
    spec = TensorSpec(dims, name if dtype is None else dtype_of(dtype, numpy=False))
    return Array(spec, call.node, Facts(text=text))


@models(f"{DATASET}.from_generator")
def _from_generator(call: Call) -> Value:
    """What the generator yields, in the shapes and dtypes that the signature says."""
    given = call.get("generator", 0)
    made = call.interp.call(given, [], call.get("args", 3) is None, call.node) if given is not None else None
    yielded = element_of(call.interp, made) if made is not None else None
    yielded = tensors(yielded, call.node) if yielded is not None else Unknown(call.node)
    signature, types, shapes = (
        call.get(name, place)
        for name, place in (("output_signature", 4), ("output_types", 1), ("output_shapes", 2))
    )
    if signature is not None:
        return pipeline(call, _signed(call, signature, yielded))
    return pipeline(call, _typed(call, types, shapes, yielded)) if types is not None else call.unknown()


def _signed(call: Call, signature: Value, yielded: Value) -> Value:
    """An element as its signature says, with what is known of its values by the way they come about."""
    match signature:
        case Sequence(kind="tuple", items=list(items)):
            return Sequence(
                "tuple",
                [_signed(call, item, _part(yielded, place, len(items))) for place, item in enumerate(items)],
                call.node,
            )
        case Mapping(items=dict(named)):
            return Mapping(
                {key: _signed(call, item, _part(yielded, key)) for key, item in named.items()}, call.node
            )
        case Object(cls="tensorflow.TensorSpec", arguments={"spec": Array() as wanted}):
            return _agreed(wanted, yielded, call)
    return Unknown(call.node)


def _typed(call: Call, types: Value, shapes: Value | None, yielded: Value) -> Value:
    """As `_signed`, of dtypes and shapes that are given apart."""
    match types:
        case Sequence(kind="tuple", items=list(items)):
            parts = [_part(shapes, place, len(items)) for place in range(len(items))] if shapes else []
            return Sequence(
                "tuple",
                [
                    _typed(call, item, parts[place] if parts else None, _part(yielded, place, len(items)))
                    for place, item in enumerate(items)
                ],
                call.node,
            )
        case Mapping(items=dict(named)):
            return Mapping(
                {
                    key: _typed(call, item, _part(shapes, key) if shapes else None, _part(yielded, key))
                    for key, item in named.items()
                },
                call.node,
            )
    return _agreed(_specified(shapes, types, call), yielded, call)


def _part(value: Value | None, key: Any, count: int | None = None) -> Value:
    """A part of a tuple of so many, or of a dict."""
    match value:
        case Sequence(items=list(items)) if len(items) == count:
            found: Value = items[key]
            return found
        case Mapping(items=dict(named)) if key in named:
            return named[key]
    return Unknown()


def _agreed(wanted: Array, yielded: Value, call: Call) -> Array:
    """What is asked for, with the sizes and values of what comes."""
    if not isinstance(yielded, Array):
        return wanted
    shape, given = wanted.spec.shape, yielded.spec.shape
    if shape is None:
        shape = given
    elif given is not None and len(given) == len(shape):
        shape = tuple(own if size is ANY else size for size, own in zip(shape, given, strict=True))
    facts = wanted.facts if wanted.facts.text else cast_facts(yielded.facts, wanted.spec.dtype)
    return Array(TensorSpec(shape, wanted.spec.dtype), call.node, facts, yielded.shaped)
