"""A few small batches of whatever a model is given: arrays, structures of them, streams."""

import itertools
import math
from contextlib import suppress
from typing import Any

import keras
import numpy as np

STEPS = 2
LARGEST, SMALLEST = 8, 2
LARGE = 1 << 19  # numbers in a batch; above it, batches are smaller
LOOKED_THROUGH = 1 << 26  # elements of an array in which unusual values are looked for


class Batches:
    """Arguments for a trainer, the first batch where it can be looked at, the length of what was asked."""

    def __init__(self, arguments: dict[str, Any], first: tuple[Any, ...] | None, length: int | None) -> None:
        self.arguments = arguments
        self.first = first
        self.length = length


def sizes(model: Any, asked: Any, x: Any = None) -> tuple[int, int]:
    """How many samples a batch has, and how many are looked at closely.

    At most and at least `LARGEST`, or fewer of large samples, unless the model declares the size of its batches.
    """
    try:
        declared = [tensor.shape[0] for tensor in model.inputs or ()]
    except (ValueError, AttributeError):
        declared = []
    fixed = next((int(length) for length in declared if length), None)
    if fixed is not None:
        return fixed, fixed
    largest = LARGEST
    while largest > SMALLEST and largest * _sample_size(x) > LARGE:
        largest //= 2
    return (min(asked, largest) if isinstance(asked, int) and asked > 0 else largest), largest


def _sample_size(x: Any) -> int:
    """How many numbers one sample of arrays holds."""
    shapes = [getattr(leaf, "shape", None) for leaf in _leaves(x)]
    return sum(math.prod(int(size or 1) for size in shape[1:]) for shape in shapes if shape)


def is_stream(x: Any) -> bool:
    """Whether data comes by itself, batch by batch: tf.data, PyDataset, generators, loaders."""
    if isinstance(x, keras.utils.PyDataset) or hasattr(x, "element_spec"):
        return True
    arrays = x is None or isinstance(x, list | tuple | dict | str) or hasattr(x, "shape")
    return not arrays and (hasattr(x, "__iter__") or hasattr(x, "__next__"))


def of_stream(x: Any, steps: Any) -> Batches:
    """The first batches of a stream, as they are."""
    few = min(steps, STEPS) if isinstance(steps, int) and steps > 0 else STEPS
    if hasattr(x, "element_spec"):
        x = x.take(few)
        return Batches({"x": x}, _first(next(iter(x), None)), None)
    if isinstance(x, keras.utils.PyDataset):
        x._workers, x._use_multiprocessing = 1, False  # no other processes here
        return Batches({"x": x, "steps_per_epoch": min(len(x), few)}, _first(x[0]), None)
    if hasattr(x, "__next__"):
        ahead = list(itertools.islice(x, 1))
        rest = x
        x = (batch for part in (ahead, rest) for batch in part)  # Keras wants a generator
        return Batches({"x": x, "steps_per_epoch": few}, _first(ahead[0] if ahead else None), None)
    return Batches({"x": x, "steps_per_epoch": few}, None, None)


def of_arrays(x: Any, y: Any, sample_weight: Any, samples: int, batch: int, looked_at: int) -> Batches:
    """So many samples of arrays for batches of a size, and some to look at closely."""
    lengths = {_length(leaf) for part in (x, y, sample_weight) for leaf in _leaves(part)} - {None}
    if len(lengths) > 1:  # Keras says what is wrong with that
        return Batches({"x": x, "y": y, "sample_weight": sample_weight, "batch_size": batch}, None, None)
    length = _length(x)
    most = max(samples, looked_at)
    order = _order(x, y, most, length)
    arrays = [head(part, most) if order is None else _taken(part, order) for part in (x, y, sample_weight)]
    first = tuple(head(part, looked_at) for part in arrays)
    few = [head(part, samples) for part in arrays]
    arguments = dict(zip(("x", "y", "sample_weight"), few, strict=True))
    return Batches({**arguments, "batch_size": batch}, first, length)


def _order(x: Any, y: Any, samples: int, length: int | None) -> Any:
    """Which samples to take: first those with extreme values, so that a label or a word out of range shows.

    None where that is not possible, or nothing is left out.
    """
    leaves = [leaf for leaf in _leaves(x) + _leaves(y) if leaf is not None]
    if length is None or length <= samples or not all(isinstance(leaf, np.ndarray) for leaf in leaves):
        return None
    telling: dict[int, None] = {}
    for leaf in leaves:
        if leaf.size <= LOOKED_THROUGH and leaf.ndim and leaf.dtype.kind in "iuf":
            with suppress(ValueError):
                width = leaf.size // length
                places = [leaf.argmax(), leaf.argmin()] if leaf.dtype.kind in "iu" else [leaf.argmax()]
                telling |= dict.fromkeys(int(place) // width for place in places)  # NaN counts as largest
    rows = list(dict.fromkeys([*telling, *range(samples)]))
    return np.array(rows[:samples])


def _taken(structure: Any, order: Any) -> Any:
    if isinstance(structure, dict):
        return {name: _taken(part, order) for name, part in structure.items()}
    if isinstance(structure, list | tuple):
        return type(structure)([_taken(part, order) for part in structure])
    return structure[order] if isinstance(structure, np.ndarray) else structure


def _first(batch: Any) -> tuple[Any, ...] | None:
    """A batch of a stream as (x, y, sample_weight)."""
    if batch is None:
        return None
    parts = batch if isinstance(batch, tuple) else (batch,)
    if len(parts) > 3:
        return None
    return tuple(head(part, LARGEST) for part in (*parts, None, None)[:3])


def _length(structure: Any) -> int | None:
    for leaf in _leaves(structure):
        shape = getattr(leaf, "shape", None)
        if shape is not None and len(shape) and shape[0] is not None:
            return int(shape[0])
    return None


def _leaves(structure: Any) -> list[Any]:
    """The arrays of a structure; a list of plain numbers stays one leaf, which Keras itself refuses."""
    if isinstance(structure, dict):
        return [leaf for part in structure.values() for leaf in _leaves(part)]
    if isinstance(structure, list | tuple) and structure and not _is_plain(structure[0]):
        return [leaf for part in structure for leaf in _leaves(part)]
    return [structure]


def _is_plain(value: Any) -> bool:
    return isinstance(value, int | float | str | bool)


def head(structure: Any, samples: int) -> Any:
    """The first samples of every array of a structure."""
    if isinstance(structure, dict):
        return {name: head(part, samples) for name, part in structure.items()}
    if isinstance(structure, list | tuple) and structure:
        if _is_plain(structure[0]):
            return structure[:samples]
        return type(structure)([head(part, samples) for part in structure])
    if hasattr(structure, "iloc"):  # pandas
        return structure.iloc[:samples]
    shape = getattr(structure, "shape", None)
    return structure[:samples] if shape is not None and len(shape) else structure
