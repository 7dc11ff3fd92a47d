"""What pandas does to tables: a DataFrame is a `Frame` of rank 2, a Series one of rank 1.

How many rows a file has is never known, and its columns only where the script names them.
"""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from kerasfix.keras.shape import ANY, Dim, TensorSpec
from kerasfix.trace.calls import Call
from kerasfix.trace.library import UNKNOWN, Handler, models, python_value, shapes
from kerasfix.trace.library.arguments import as_array, python_number
from kerasfix.trace.python_numbers import INTEGER
from kerasfix.trace.values import (
    NO_FACTS,
    Array,
    Bound,
    Const,
    Facts,
    Frame,
    Labels,
    Mapping,
    Sequence,
    Unknown,
    Value,
    taint_of,
)

if TYPE_CHECKING:
    import libcst as cst

    from kerasfix.trace.interpreter import Interpreter

Columns = tuple[Any, ...] | None


def table(
    node: "cst.CSTNode", rows: Dim, columns: Columns, facts: Facts = NO_FACTS, count: Dim = ANY
) -> Frame:
    """A DataFrame; `count` is the number of its columns where their names are not known."""
    width = len(columns) if columns is not None else count
    return Frame(TensorSpec((rows, width), None), columns, node, facts)


def series(node: "cst.CSTNode", rows: Dim, facts: Facts = NO_FACTS, dtype: str | None = None) -> Frame:
    """A Series."""
    return Frame(TensorSpec((rows,), dtype), None, node, facts)


# --- where tables come from -----------------------------------------------------------------------------


@models(*(f"pandas.read_{kind}" for kind in ("csv", "table", "excel", "fwf", "parquet", "feather", "sql")))
def _read(call: Call) -> Value:
    """A file: its columns are known where the script names or picks them."""
    columns: Columns = None
    names, used = call.constant("names"), call.constant("usecols")
    if any(call.argument(name) for name in ("chunksize", "iterator", "squeeze")) or not call.complete:
        return call.unknown()
    if call.constant("sheet_name", None, 0) in (None, UNKNOWN) or isinstance(
        call.constant("sheet_name"), list
    ):
        return call.unknown()
    if call.argument("index_col") is None:
        if isinstance(used, list) and all(isinstance(name, str) for name in used) and names is None:
            columns = tuple(used)
        elif isinstance(names, list) and used is None:
            columns = tuple(names)
    width = len(used) if isinstance(used, list) and call.argument("index_col") is None else ANY
    return table(call.node, ANY, columns, Facts(raw=call.name), width)


@models("pandas.DataFrame")
def _frame(call: Call) -> Value:
    """From an array, a dict of columns, or nothing."""
    data, names = call.get("data", 0), call.constant("columns", 2)
    columns = tuple(names) if isinstance(names, list) else None
    if not call.complete:
        return call.unknown()
    match data:
        case Array(spec=TensorSpec(shape=(rows, *rest))) if len(rest) < 2:
            count = rest[0] if rest else 1
            return table(call.node, rows, columns, replace(data.facts, labels=None), count)
        case Mapping(items=dict(items)) if names is None:
            parts = [as_array(value) for value in items.values()]
            rows = next((part.spec.shape[0] for part in parts if part is not None and part.spec.shape), ANY)
            return table(call.node, rows, tuple(items))
    return table(call.node, ANY, columns)


@models("pandas.Series")
def _series(call: Call) -> Value:
    data = as_array(value) if (value := call.get("data", 0)) is not None else None
    if isinstance(data, Array) and data.spec.shape is not None and len(data.spec.shape) == 1:
        return series(call.node, data.spec.shape[0], data.facts, data.spec.dtype)
    return series(call.node, ANY)


@models("pandas.get_dummies")
def _get_dummies(call: Call) -> Value:
    """One column for each value of a Series; those of a DataFrame in place of its columns of text."""
    data = call.get("data", 0)
    if not isinstance(data, Frame):
        return call.unknown()
    rows = data.spec.shape[0] if data.spec.shape else ANY
    one = data.spec.rank == 1 and call.constant("drop_first", None, False) is False
    facts = (
        Facts(0, 1, Labels(None, one_hot=True))
        if one and not call.constant("dummy_na", None, False)
        else None
    )
    return table(call.node, rows, None, facts or NO_FACTS)


@models("pandas.concat")
def _concat(call: Call) -> Value:
    """Tables below or beside each other; the index decides what of them meets, so that sizes are not told."""
    return table(call.node, ANY, None) if call.constant("axis", 1, 0) in (0, 1) else call.unknown()


@models("pandas.factorize")
def _factorize(call: Call) -> Value:
    """Class numbers, and what they stand for."""
    data = call.get("values", 0)
    rows = data.spec.shape[0] if isinstance(data, Array) and data.spec.shape else ANY
    codes = Array(TensorSpec((rows,), "int64"), call.node)
    return Sequence("tuple", [codes, Unknown(call.node)], call.node)


# --- attributes and subscripts --------------------------------------------------------------------------


def attribute(frame: Frame, name: str, node: "cst.Attribute") -> Value:
    """`df.values`, `df.shape`, `df.price`, a method."""
    shape = frame.spec.shape
    match name:
        case "values" | "array":
            return plain(frame, node)
        case "shape":
            dims = [Const(dim, node) if isinstance(dim, int) else Unknown(node) for dim in shape or ()]
            return Sequence("tuple", list(dims), node) if shape is not None else Unknown(node)
        case "T" if shape is not None:
            return Frame(TensorSpec(shape[::-1], frame.spec.dtype), None, node)
        case "columns":
            names = [Const(column, node) for column in frame.columns] if frame.columns is not None else None
            return Sequence("index", list(names) if names is not None else None, node)
        case "index" | "dtypes" | "dtype" | "size" | "ndim" | "str" | "dt" | "cat":
            return Unknown(node)
    if frame.columns is not None and name in frame.columns:
        return series(node, shape[0] if shape else ANY, _of_columns(frame))
    return Bound(frame, name, node)


def plain(frame: Frame, node: "cst.CSTNode") -> Array:
    """The numbers of a table as an array."""
    return Array(frame.spec, node, frame.facts, frame.shaped, frame.taint)


def _of_columns(frame: Frame) -> Facts:
    return replace(frame.facts, labels=None)


def subscript(frame: Frame, indices: list[Any], node: "cst.Subscript") -> Value:
    """`df["a"]`, `df[["a", "b"]]`, `df[df.a > 0]`, `df[:10]`."""
    rows = frame.spec.shape[0] if frame.spec.shape else ANY
    if frame.spec.rank == 1:
        return Unknown(node) if len(indices) == 1 and isinstance(indices[0], Const) else _rows(frame, node)
    match indices:
        case [Sequence(kind="list", items=list(items))]:
            names = [python_value(item) for item in items]
            known = None if UNKNOWN in names else tuple(names)
            return table(node, rows, known, _of_columns(frame), len(items))
        case [Const(value=str() | int())]:
            return series(node, rows, _of_columns(frame))
        case [slice()] | [Frame(spec=TensorSpec(dtype="bool"))]:
            return _rows(frame, node)
    return Unknown(node, taint_of(frame))


def _rows(frame: Frame, node: "cst.CSTNode") -> Value:
    """Some of the rows: how many is not told, nor which classes are among them."""
    shape = frame.spec.shape
    spec = TensorSpec((ANY, *shape[1:]) if shape else None, frame.spec.dtype)
    return Frame(spec, frame.columns, node, Facts(raw=frame.facts.raw), frame.shaped)


def located(frame: Frame, by_name: bool, indices: list[Any], node: "cst.Subscript") -> Value:
    """`df.iloc[:, 0:4]` and `df.loc[:, "a"]`."""
    from kerasfix.trace.subscripts import index_shape

    if len(indices) == 1 and isinstance(indices[0], Sequence) and indices[0].kind == "tuple":
        indices = indices[0].items or []
    if not indices or frame.spec.shape is None or len(indices) > len(frame.spec.shape):
        return Unknown(node)
    shape = frame.spec.shape
    if by_name:
        all_rows = indices[0] == slice(None)
        rows = shape[0] if all_rows else ANY
        if not isinstance(indices[0], (slice, Sequence, Array)):
            return Unknown(node)
        if len(indices) == 1:
            return _rows(frame, node)
        columns = Frame(TensorSpec((rows, *shape[1:])), frame.columns, node, _of_columns(frame))
        if isinstance(indices[1], slice):  # from a name to a name
            return table(node, rows, None, _of_columns(frame))
        return subscript(columns, indices[1:], node)
    taken = index_shape(shape, indices)
    if taken is None or len(taken) not in (1, 2):
        return Unknown(node)
    facts = _of_columns(frame) if indices[0] == slice(None) else Facts(raw=frame.facts.raw)
    width = indices[1] if len(indices) > 1 else slice(None)
    columns_ = None
    if frame.columns is not None and isinstance(width, slice) and _plain(width):
        columns_ = frame.columns[width]
    return Frame(TensorSpec(taken, frame.spec.dtype), columns_ if len(taken) == 2 else None, node, facts)


def _plain(part: slice) -> bool:
    return all(end is None or isinstance(end, int) for end in (part.start, part.stop, part.step))


def assign_attribute(interp: "Interpreter", frame: Frame, name: str, value: Value) -> None:
    """`df.columns = [...]` gives new names; `df.price = ...` other values to a column."""
    known = python_value(value) if name == "columns" else UNKNOWN
    columns = tuple(known) if isinstance(known, list) else None
    facts = frame.facts if name in {"columns", "index"} else NO_FACTS
    become(interp, frame, Frame(frame.spec, columns, facts=facts))


# --- methods --------------------------------------------------------------------------------------------


def _same(call: Call, rows: bool = True, facts: bool = False) -> Value:
    """A table of the same columns; `rows` where it has the same rows too, `facts` where the same values."""
    frame = call.owner
    assert isinstance(frame, Frame)
    shape = frame.spec.shape
    if rows or shape is None:
        spec = frame.spec if facts else TensorSpec(shape, None)
    else:
        spec = TensorSpec((ANY, *shape[1:]), frame.spec.dtype)
    kept = frame.facts if facts and rows else Facts(raw=frame.facts.raw if facts else None)
    return _changed(call, Frame(spec, frame.columns, call.node, kept, frame.shaped))


def _changed(call: Call, result: Frame) -> Value:
    """What a method gives; with `inplace=True` nothing, and the table itself becomes that."""
    frame = call.owner
    assert isinstance(frame, Frame)
    inplace = call.constant("inplace", None, False)
    if inplace is False:
        return result
    become(call.interp, frame, result if inplace is True else None)
    return Const(None, call.node) if inplace is True else call.unknown()


def become(interp: "Interpreter", frame: Frame, result: Frame | None) -> None:
    """A table changes in place; None where it is not known to what."""
    interp.journal.touch(frame)
    rank = frame.spec.rank
    if result is None:
        result = Frame(TensorSpec((ANY,) * rank if rank is not None else None, None))
    frame.spec, frame.columns, frame.facts = result.spec, result.columns, result.facts


def set_columns(interp: "Interpreter", frame: Frame, keys: list[Value]) -> None:
    """`df["a"] = ...`: a column that is new, or gets other values; sizes that a mask picks stay."""
    names = [python_value(key) for key in keys]
    rows, *widths = frame.spec.shape or (ANY, ANY)
    name = names[0] if len(names) == 1 else UNKNOWN
    changed = Frame(TensorSpec(frame.spec.shape, None), frame.columns)
    if len(widths) == 1 and not isinstance(keys[0], Array):
        several = name if isinstance(name, list) else [name]
        if frame.columns is None or UNKNOWN in several:
            changed = Frame(TensorSpec((rows, ANY), None))
        else:
            columns = (*frame.columns, *(one for one in several if one not in frame.columns))
            changed = Frame(TensorSpec((rows, len(columns)), None), columns)
    become(interp, frame, changed)


def _reset_index(call: Call) -> Value:
    if call.constant("drop", 1, False) is True:
        return _same(call, facts=True)
    return _other_columns(call)


def _other_columns(call: Call) -> Value:
    """Other columns than before."""
    frame = call.owner
    assert isinstance(frame, Frame)
    rows = frame.spec.shape[0] if frame.spec.shape else ANY
    return _changed(call, table(call.node, rows, None))


def _inserted(call: Call) -> Value:
    """A column more, in place."""
    assert isinstance(call.owner, Frame)
    become(call.interp, call.owner, None)
    return Const(None, call.node)


def _drop(call: Call) -> Value:
    """Columns by name, or rows."""
    frame = call.owner
    assert isinstance(frame, Frame)
    if not call.complete or frame.spec.rank != 2 or frame.spec.shape is None:
        return _same(call, rows=False)
    axis = call.constant("axis", 1, 0)
    names = call.constant("columns") if call.argument("columns") else None
    if names is None and axis in (1, "columns"):
        names = call.constant("labels", 0)
    if names is None:
        return _same(call, rows=False, facts=True) if axis in (0, "index") else call.unknown()
    gone = names if isinstance(names, list) else [names]
    rows, width = frame.spec.shape
    columns: Columns = None
    if UNKNOWN not in gone and frame.columns is not None and set(gone) <= set(frame.columns):
        columns = tuple(name for name in frame.columns if name not in gone)
    count = shapes.total([width, -len(gone)]) if UNKNOWN not in gone and width is not ANY else ANY
    left = table(call.node, rows, columns, _of_columns(frame), count if count is not None else ANY)
    return _changed(call, left)


def _pop(call: Call) -> Value:
    """One column, which the table loses."""
    frame = call.owner
    assert isinstance(frame, Frame)
    if frame.spec.shape is None or len(frame.spec.shape) != 2:
        return call.unknown()
    rows, width = frame.spec.shape
    name, columns = call.constant("item", 0), frame.columns
    if columns is not None:
        columns = tuple(column for column in columns if column != name) if name in columns else None
    left = width - 1 if isinstance(width, int) else ANY
    column = series(call.node, rows, _of_columns(frame))
    become(call.interp, frame, table(call.node, rows, columns, _of_columns(frame), left))
    return column


def _to_numpy(call: Call) -> Value:
    assert isinstance(call.owner, Frame)
    return plain(call.owner, call.node) if call.argument("dtype", 0) is None else call.unknown()


def _astype(call: Call) -> Value:
    from kerasfix.trace.library import dtypes
    from kerasfix.trace.library.families import cast_facts

    frame = call.owner
    assert isinstance(frame, Frame)
    given = call.get("dtype", 0)
    dtype = dtypes.dtype_of(given) if given is not None else None
    spec = TensorSpec(frame.spec.shape, dtype)
    return Frame(spec, frame.columns, call.node, cast_facts(frame.facts, dtype), frame.shaped)


def _some(call: Call) -> Value:
    """Some of the rows; where `axis` says so, of the columns."""
    if call.constant("axis", None, 0) not in (0, "index"):
        frame = call.owner
        assert isinstance(frame, Frame)
        return _changed(call, Frame(TensorSpec((ANY,) * (frame.spec.rank or 2), None)))
    return _same(call, rows=False, facts=True)


def _renamed(call: Call) -> Value:
    """The same columns under other names."""
    frame = call.owner
    assert isinstance(frame, Frame)
    return _changed(call, Frame(frame.spec, None, call.node, frame.facts, frame.shaped))


def _mapped(call: Call) -> Value:
    """`series.map(...)`: as many values."""
    frame = call.owner
    assert isinstance(frame, Frame)
    return (
        series(call.node, frame.spec.shape[0] if frame.spec.shape else ANY)
        if frame.spec.rank == 1
        else (call.unknown())
    )


def _reduced(call: Call) -> Value:
    """`df.mean()`: a number for each column, of a Series one number."""
    frame = call.owner
    assert isinstance(frame, Frame)
    if frame.spec.rank == 1 and not call.arguments:
        return python_number(call)
    if (
        frame.spec.shape is None
        or len(frame.spec.shape) != 2
        or call.constant("axis", 0, 0) not in (0, "index")
        or call.argument("numeric_only")
    ):
        return call.unknown()
    return series(call.node, frame.spec.shape[1])


def _distinct(call: Call) -> Value:
    """`series.unique()` and how many these are."""
    frame = call.owner
    assert isinstance(frame, Frame)
    if frame.spec.rank != 1:
        return call.unknown()
    if call.name.endswith("nunique"):
        return python_number(call, INTEGER)
    return Array(TensorSpec((ANY,), None), call.node, taint=call.taint)


_METHODS: Final[dict[str, Handler]] = {
    **dict.fromkeys(("copy", "sort_values", "sort_index", "infer_objects"), partial(_same, facts=True)),
    **dict.fromkeys(("fillna", "ffill", "bfill", "replace", "round", "abs", "clip", "interpolate", "shift",
                     "isnull", "isna", "notna", "diff", "pct_change", "cumsum"), _same),
    **dict.fromkeys(("dropna", "drop_duplicates", "query", "sample", "head", "tail", "nlargest", "nsmallest"),
                    _some),
    **dict.fromkeys(("set_index", "join", "merge", "assign", "select_dtypes", "filter"), _other_columns),
    **dict.fromkeys(("mean", "std", "var", "min", "max", "sum", "median", "prod"), _reduced),
    **dict.fromkeys(("unique", "nunique"), _distinct),
    "insert": _inserted,
    "rename": _renamed,
    "reset_index": _reset_index,
    "drop": _drop,
    "pop": _pop,
    "to_numpy": _to_numpy,
    "astype": _astype,
    "map": _mapped,
}  # fmt: skip


@models("Frame.*")
def _method(call: Call) -> Value:
    """A method of a DataFrame or Series; of the others nothing is known."""
    handler = _METHODS.get(call.name.removeprefix("Frame."))
    frame = call.owner
    assert isinstance(frame, Frame)
    if handler is not None and call.complete:
        return handler(call)
    if call.constant("inplace", None, False) is not False:
        become(call.interp, frame, None)
    return call.unknown()
