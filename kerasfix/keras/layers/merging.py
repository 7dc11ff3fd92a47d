"""Layers that make one tensor of several."""

from collections.abc import Mapping, Sequence

from kerasfix.keras.layers.base import (
    OPAQUE,
    UNKNOWN,
    Inferred,
    LayerConfig,
    compute_dtype,
    differ,
    is_integer,
    layer,
    refuse,
)
from kerasfix.keras.shape import ANY, Dim, Reason, Rejected, Shape, Structure, TensorSpec, show

Config = Mapping[str, object]


def _tensors(inputs: Structure, count: int | None = None) -> tuple[TensorSpec, ...] | None:
    """The tensors to merge; None where Keras's treatment of the structure is not known."""
    if isinstance(inputs, dict):
        return None
    if isinstance(inputs, TensorSpec) or not inputs:
        what = "a single tensor" if isinstance(inputs, TensorSpec) else "an empty list"
        raise Rejected(
            Reason.ARITY,
            f"the layer merges a list of tensors, but it is called on {what}",
            expected="a list of tensors",
            stage="build",
        )
    tensors = tuple(item for item in inputs if isinstance(item, TensorSpec))
    if len(tensors) != len(inputs):
        return None
    if count is not None and len(tensors) != count:
        raise Rejected(
            Reason.ARITY,
            f"the layer takes exactly {count} tensors, but it is called on {len(tensors)}",
            expected=f"a list of {count} tensors",
            stage="build",
        )
    return tensors


def _mismatch(shapes: Sequence[Shape], why: str) -> Rejected:
    listed = " and ".join(show(shape) for shape in shapes)
    return Rejected(Reason.MISMATCH, f"inputs of {listed} cannot be merged: {why}", stage="build")


def _merged(a: Dim, b: Dim) -> Dim:
    """One axis of an elementwise merge. A None stays None, even against a known size."""
    if a is None or b is None:
        return None
    if a is ANY or b is ANY:
        return ANY
    return b if a == 1 else a


def _batch(shapes: Sequence[Shape]) -> Dim:
    """The batch size: known if one input has it."""
    known = {shape[0] for shape in shapes if shape and isinstance(shape[0], int)}
    if len(known) > 1:
        raise _mismatch(shapes, "their batch sizes (the first axis) differ")
    if known:
        return known.pop()
    return ANY if any(shape and shape[0] is ANY for shape in shapes) else None


def _elementwise(config: Config, tensors: Sequence[TensorSpec]) -> Inferred:
    dtype = compute_dtype(config)
    shapes = [tensor.shape for tensor in tensors if tensor.shape is not None]
    if len(shapes) != len(tensors):
        return Inferred(TensorSpec(None, dtype), 0)
    batch = _batch(shapes)
    result = shapes[0][1:]
    for shape in shapes[1:]:
        long, short = sorted((result, shape[1:]), key=len, reverse=True)
        pairs = list(zip(long[len(long) - len(short) :], short, strict=True))
        for a, b in pairs:
            if differ(a, b) and 1 not in (a, b):
                raise _mismatch(shapes, f"{a} and {b} differ, and neither is 1")
        result = (*long[: len(long) - len(short)], *(_merged(a, b) for a, b in pairs))
    return Inferred(TensorSpec((batch, *result), dtype), 0)


@layer("Add", "Average", "Maximum", "Minimum", "Multiply", takes="structure")
def elementwise_merge(config: Config, inputs: Structure, call: Config) -> Inferred:
    """Value by value; sizes of 1 are stretched."""
    tensors = _tensors(inputs)
    return OPAQUE if tensors is None else _elementwise(config, tensors)


@layer("Subtract", takes="structure")
def subtract(config: Config, inputs: Structure, call: Config) -> Inferred:
    """The first input minus the second."""
    tensors = _tensors(inputs, 2)
    return OPAQUE if tensors is None else _elementwise(config, tensors)


@layer("Concatenate", takes="structure")
def concatenate(config: Config, inputs: Structure, call: Config) -> Inferred:
    """One after the other along `axis`; all other axes must be the same."""
    tensors = _tensors(inputs)
    if tensors is None:
        return OPAQUE
    dtype = compute_dtype(config)
    axis = config.get("axis", -1)
    shapes = [tensor.shape for tensor in tensors if tensor.shape is not None]
    if len(shapes) != len(tensors) or not isinstance(axis, int):
        return Inferred(TensorSpec(None, dtype), 0)
    rank = len(shapes[0])
    if len(shapes) == 1 and axis >= rank:
        return Inferred(TensorSpec(shapes[0], dtype), 0)  # Keras does not look at the axis.
    if any(len(shape) == 0 for shape in shapes) or not all(-len(shape) <= axis for shape in shapes):
        raise _mismatch(shapes, f"they do not all have axis {axis}")
    # As Keras does: what is left without the joined axis must be the same, None apart.
    others = [[dim for at, dim in enumerate(shape) if at != axis % len(shape)] for shape in shapes]
    others = [
        list(shape) if axis >= len(shape) else other for shape, other in zip(shapes, others, strict=True)
    ]
    if len({len(other) for other in others}) > 1:
        raise _mismatch(shapes, "they must have the same number of axes")
    for dims in zip(*others, strict=True):
        if len({dim for dim in dims if isinstance(dim, int)}) > 1:
            raise _mismatch(shapes, f"they differ on an axis other than axis {axis}, the one that is joined")
    if axis >= rank:
        raise _mismatch(shapes, f"they have no axis {axis}")
    result = list(shapes[0])
    place = axis % rank
    for shape in shapes[1:]:
        if axis >= len(shape) and result[place] is not None:
            raise _mismatch(shapes, f"they do not all have axis {axis}")
        joined = None if axis >= len(shape) else shape[axis]
        if result[place] is None or joined is None:
            result[place] = None
            break
        first = result[place]
        result[place] = first + joined if isinstance(first, int) and isinstance(joined, int) else ANY
    if any(len(shape) != rank for shape in shapes):
        raise Rejected(
            Reason.MISMATCH,
            f"inputs of {' and '.join(show(shape) for shape in shapes)} cannot be joined: they must have the"
            " same number of axes",
            stage="call",
        )
    return Inferred(TensorSpec(tuple(result), dtype), 0)


def _dot_arguments(layer: LayerConfig) -> Config:
    axes = layer.config["axes"]
    if axes is UNKNOWN or is_integer(axes):
        return layer.config
    if not isinstance(axes, tuple | list) or len(axes) != 2:
        refuse(f"axes must be an integer or two integers, not {axes!r}")
    if not all(item is UNKNOWN or is_integer(item) for item in axes):
        refuse(f"axes must be an integer or two integers, not {axes!r}")
    return layer.config


@layer("Dot", parse=_dot_arguments, takes="structure")
def dot(config: Config, inputs: Structure, call: Config) -> Inferred:
    """Sums the products along one axis of each input."""
    tensors = _tensors(inputs, 2)
    dtype = compute_dtype(config)
    axes = config["axes"]
    if tensors is None:
        return OPAQUE
    left, right = tensors[0].shape, tensors[1].shape
    pair = axes if isinstance(axes, tuple | list) else (axes, axes)
    if left is None or right is None or not all(isinstance(axis, int) for axis in pair):
        return Inferred(TensorSpec(None, dtype), 0)
    first, second = (int(axis) for axis in pair)
    for axis, shape in ((first, left), (second, right)):
        if not -len(shape) <= axis < len(shape):
            raise _mismatch((left, right), f"{show(shape)} has no axis {axis}")
    a, b = left[first], right[second]
    if a is not b and a != b and ANY not in (a, b):
        raise _mismatch((left, right), f"axis {first} has size {a} and axis {second} has size {b}")
    if len(left) < 2 or len(right) < 2:
        raise Rejected(
            Reason.RANK,
            "both inputs must have a batch axis and at least one more",
            expected="rank 2 or more",
            stage="call" if len(right) >= 2 else "build",
        )
    if 0 in (first % len(left), second % len(right)):
        raise Rejected(
            Reason.ARGUMENT, "axes counts the batch axis as 0, which cannot be summed", stage="call"
        )
    if differ(left[0], right[0]):
        raise Rejected(
            Reason.MISMATCH, f"inputs of {show(left)} and {show(right)} have other batch sizes", stage="call"
        )
    result = [dim for axis, dim in enumerate(left) if axis != first % len(left)]
    result += [dim for axis, dim in enumerate(right) if axis not in (0, second % len(right))]
    return Inferred(TensorSpec(tuple(result) if len(result) > 1 else (*result, 1), dtype), 0)
