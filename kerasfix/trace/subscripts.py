"""What `value[...]` is."""

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from kerasfix.keras.shape import ANY, Dim, Shape, TensorSpec, broadcast
from kerasfix.trace.data_records import PipelineIndexed
from kerasfix.trace.python_numbers import is_python_number
from kerasfix.trace.records import UnknownLogKey
from kerasfix.trace.returned import InnerLayers, Log
from kerasfix.trace.values import (
    Array,
    Bound,
    Const,
    Facts,
    Frame,
    Mapping,
    Object,
    Reference,
    Sequence,
    Tensor,
    Unknown,
    Value,
    taint_of,
)

if TYPE_CHECKING:
    from kerasfix.trace.interpreter import Interpreter

Index = Value | slice
"""An evaluated index: a value, or a slice whose parts are ints, None or Unknown."""


def subscript(interp: "Interpreter", value: Value, node: cst.Subscript) -> Value:
    """The value of an index expression."""
    indices = [_index(interp, element.slice) for element in node.slice]
    taint = taint_of(value, *(index for index in indices if isinstance(index, Value)))
    match value, indices:
        case Frame(), _:
            from kerasfix.trace.library import pandas

            return pandas.subscript(value, indices, node)
        case Bound(owner=Frame() as frame, name="iloc" | "loc" as name), _:
            from kerasfix.trace.library import pandas

            return pandas.located(frame, name == "loc", indices, node)
        case Sequence(items=list(items)), [Const(value=int(position))] if (
            -len(items) <= position < len(items)
        ):
            return items[position]
        case Sequence(items=list(items)), [slice() as part] if _known(part):
            return Sequence(value.kind, items[part], node)
        case Reference(name="numpy.r_" | "numpy.c_" | "numpy.mgrid" as name), _:
            from kerasfix.trace.library import index_tricks

            return index_tricks.made(name, indices, node, taint)
        case Reference(name="sys.version_info"), [Const(value=0)]:
            return Const(3, node)
        case InnerLayers(), [Const(value=-1)]:
            return value.last
        case Sequence(items=None, element=Value() as element), [slice()]:
            return Sequence(value.kind, None, node, taint, element)
        case Sequence(items=None, element=Value() as element), [_]:
            return element
        case Mapping(items=dict(known)), [Const(value=key)] if _hashable(key) and key in known:
            return known[key]
        case Object(cls="sklearn.utils.Bunch", arguments=known), [Const(value=str(key))] if key in known:
            return known[key]
        case Log(), [Const(value=str(key), origin=origin)] if value.items is not None:
            where = origin if origin is not None else node
            record = UnknownLogKey(key, tuple(value.items), where, value.fit, open=value.open)
            interp.report(record, where)
        case Const(value=str(text)), [Const(value=int(position))] if -len(text) <= position < len(text):
            return Const(text[position], node)
        case Const(value=str(text)), [slice() as part] if _known(part):
            return Const(text[part], node)
        case Object(cls="keras.preprocessing.image.Iterator", arguments={"element": Value() as batch}), [
            Const()
        ]:
            return batch
        case Object(cls="tensorflow.data.Dataset", arguments={"element": Value() as element}), _:
            if value.origin is not None:
                interp.report(PipelineIndexed(node.value, node, None, value.origin), node)
            return element
        case Array(), _:
            value = _as_table(value, indices)
            shape = index_shape(value.spec.shape, indices)
            from kerasfix.trace.library.rearranging import moved_facts

            whole = not _cuts_last_axis(value.spec.shape, indices)
            facts = moved_facts(value.facts, shape, rows=whole)
            one_hot = facts.labels is not None and facts.labels.one_hot
            if one_hot and not whole:  # no rows any more
                facts = replace(facts, labels=None)
            if not one_hot and not all(map(_is_impartial, indices)):  # `y[y < 5]` has fewer classes
                facts = replace(facts, labels=None)
            if facts.dataset in _SORTED and shape != value.spec.shape and _first_part(indices):
                facts = Facts(dataset=facts.dataset, raw=facts.raw)
            taken = Array(TensorSpec(shape, value.spec.dtype), node, facts, taint=taint)
            first = indices[0] if indices else None
            if isinstance(first, slice) and _known(first) and first.step in (None, 1):
                taken.part = (value, first)
            return taken
        case Tensor(), _:
            shape = index_shape(value.spec.shape, indices)
            from kerasfix.trace.library.arguments import computed

            return computed(TensorSpec(shape, value.spec.dtype), [value], node, taint, interp.statement)
    return Unknown(node, taint)


def _as_table(value: Array, indices: list[Index]) -> Array:
    """The numbers of a text file have two axes at most: with two indices there are two."""
    if value.spec.shape is not None or value.facts.raw not in _TEXT_FILES or len(indices) != 2:
        return value
    if any(map(_is_ellipsis, indices)) or any(map(_is_new_axis, indices)):
        return value
    return Array(
        TensorSpec((ANY, ANY), value.spec.dtype), value.origin, value.facts, value.shaped, value.taint
    )


_TEXT_FILES = frozenset({"numpy.loadtxt", "numpy.genfromtxt"})

_SORTED = frozenset({"sklearn.datasets.load_iris", "sklearn.datasets.load_wine"})
"""Their samples come class by class: a part of them may hold one class only."""


def _cuts_last_axis(shape: Shape | None, indices: list[Index]) -> bool:
    """Whether an index takes a part of the last axis, or may do so."""
    if len(indices) == 1 and isinstance(indices[0], Sequence) and indices[0].kind == "tuple":
        indices = list(indices[0].items or ())
    if shape is None or not indices:
        return True
    consumed = sum(1 for index in indices if not _is_new_axis(index) and not _is_ellipsis(index))
    whole = indices[-1] == slice(None) or _is_ellipsis(indices[-1])
    return not whole and (consumed >= len(shape) or any(map(_is_ellipsis, indices)))


def _first_part(indices: list[Index]) -> bool:
    """Whether not all samples are taken."""
    first = indices[0] if indices else slice(None)
    if isinstance(first, Sequence) and first.kind == "tuple" and first.items:
        first = first.items[0]
    return first != slice(None) and not (
        isinstance(first, Value) and (_is_new_axis(first) or _is_ellipsis(first))
    )


def _hashable(key: object) -> bool:
    return key is None or isinstance(key, (str, bytes, int, float, bool))


def _known(part: slice) -> bool:
    return (
        all(end is None or isinstance(end, int) for end in (part.start, part.stop, part.step))
        and part.step != 0
    )


def _index(interp: "Interpreter", node: cst.BaseSlice) -> Index:
    if isinstance(node, cst.Index):
        value = interp.evaluate(node.value)
        match value:
            case Object(cls="builtins.slice", arguments={"parts": Sequence(items=[lower, upper, step])}):
                return slice(_bound(lower), _bound(upper), _bound(step))
        return value
    assert isinstance(node, cst.Slice)
    ends = (None if end is None else interp.evaluate(end) for end in (node.lower, node.upper, node.step))
    return slice(*map(_bound, ends))


def _bound(value: Value | None) -> int | Value | None:
    if isinstance(value, Const) and (value.value is None or isinstance(value.value, int)):
        result: int | None = value.value
        return result
    return value


def index_shape(shape: Shape | None, indices: list[Index]) -> Shape | None:
    """The shape after NumPy's basic indexing; None where an index is of another kind or not known."""
    if len(indices) == 1 and isinstance(indices[0], Sequence) and indices[0].kind == "tuple":
        items = indices[0].items
        return index_shape(shape, list(items)) if items is not None else None
    if shape is None:
        return None
    consumed = sum(1 for index in indices if not _is_new_axis(index) and not _is_ellipsis(index))
    if len(indices) == 1 and (masked := _masked(shape, indices[0])) is not None:
        return masked
    picks = [index for index in indices if not isinstance(index, slice) and not _is_new_axis(index)]
    single = sum(1 for index in picks if not _is_ellipsis(index)) == 1
    if sum(map(_is_ellipsis, indices)) > 1 or consumed > len(shape):
        return None
    if not single and any(
        isinstance(index, (Array, Sequence)) and not is_python_number(index) for index in picks
    ):
        return _several_picked(shape, indices, consumed)
    result: list[Dim] = []
    axis = 0
    for index in indices:
        if _is_ellipsis(index):
            skipped = len(shape) - consumed
            result += shape[axis : axis + skipped]
            axis += skipped
        elif _is_new_axis(index):
            result.append(1)
        elif isinstance(index, slice):
            result.append(_slice_size(shape[axis], index))
            axis += 1
        elif _is_position(index):
            axis += 1
        elif single and (picked := _picked(index)) is not None:
            result += picked
            axis += 1
        else:
            return None
    return (*result, *shape[axis:])


def _is_position(index: Index) -> bool:
    """Whether this is one position along an axis, known or not."""
    return (isinstance(index, Const) and type(index.value) is int) or (
        isinstance(index, Array) and is_python_number(index)
    )


def _masked(shape: Shape, index: Index) -> Shape | None:
    """A mask of several axes: they become one, of as many as it picks."""
    rank = index.spec.rank if isinstance(index, Array) and index.spec.dtype == "bool" else None
    return (ANY, *shape[rank:]) if rank is not None and 1 < rank <= len(shape) else None


def _several_picked(shape: Shape, indices: list[Index], consumed: int) -> Shape | None:
    """Several axes indexed by arrays: these meet, and stand where the arrays are side by side, else in front."""
    met: Shape | None = ()
    rest: list[Dim] = []
    places: list[int] = []
    start = axis = 0
    for place, index in enumerate(indices):
        if _is_new_axis(index):
            rest.append(1)
            continue
        if _is_ellipsis(index):
            rest += shape[axis : (axis := axis + len(shape) - consumed)]
            continue
        if isinstance(index, slice):
            rest.append(_slice_size(shape[axis], index))
        else:
            picked: Shape | None = () if _is_position(index) else _picked(index)
            met = broadcast(met, picked) if met is not None and picked is not None else None
            start = start if places else len(rest)
            places.append(place)
        axis += 1
    if met is None:
        return None
    together = places == list(range(places[0], places[0] + len(places)))
    start = start if together else 0
    return (*rest[:start], *met, *rest[start:], *shape[axis:])


def _is_impartial(index: Index) -> bool:
    """Whether an index takes samples without a look at their labels: no mask, no positions found by a search."""
    match index:
        case Sequence(items=list(items)):
            return all(map(_is_impartial, items))
        case Array():
            return index.spec.dtype != "bool" and index.facts.low is not None
        case slice():
            return True
    return isinstance(index, (Const, Reference))


def _picked(index: Index) -> Shape | None:
    """What one axis becomes when it is indexed with a list or an array of positions, or with a mask."""
    from kerasfix.trace.library.arguments import as_array

    picks = as_array(index) if isinstance(index, Value) else None
    if picks is None or not isinstance(picks, Array) or picks.spec.shape is None:
        return None
    if picks.spec.dtype == "bool":
        return (ANY,) if len(picks.spec.shape) == 1 else None
    return picks.spec.shape if picks.spec.dtype is not None and "int" in picks.spec.dtype else None


def _slice_size(dim: Dim, part: slice) -> Dim:
    if part == slice(None):
        return dim
    if not _known(part):
        return _moving_window(part)
    if isinstance(dim, int):
        return len(range(*part.indices(dim)))
    one = part.start is not None and (part.stop == part.start + 1 or (part.start, part.stop) == (-1, None))
    return 1 if one and part.step in (None, 1) and part.stop != 0 else ANY  # of nothing there would be none


def _moving_window(part: slice) -> Dim:
    """The size of `i:i + 30`, wherever it stands."""
    ends = [part.start, part.stop]
    if part.step not in (None, 1) or not all(map(is_python_number, ends)):
        return ANY
    (one, first), (other, last) = (end.offset or (end, 0) for end in ends)
    return last - first if one is other and last >= first else ANY


def _is_new_axis(index: Index) -> bool:
    if isinstance(index, Reference):
        return index.name in {"numpy.newaxis", "tensorflow.newaxis"}
    return isinstance(index, Const) and index.value is None


def _is_ellipsis(index: Index) -> bool:
    return isinstance(index, Const) and index.value is ...
