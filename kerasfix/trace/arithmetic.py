"""Arithmetic on arrays and tensors: shapes by broadcasting, dtypes, and what is known of the values."""

import operator
from collections.abc import Callable
from typing import Any, Final

import libcst as cst

from kerasfix.keras.shape import ANY, Shape, TensorSpec, broadcast
from kerasfix.trace.library import dtypes, shapes
from kerasfix.trace.library.arguments import as_array, computed, number
from kerasfix.trace.python_numbers import INTEGER, is_python_number, some_number
from kerasfix.trace.values import Array, Const, Facts, Frame, Taint, Tensor, Unknown, Value, taint_of

COMPARISONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "Equal": operator.eq,
    "NotEqual": operator.ne,
    "LessThan": operator.lt,
    "LessThanEqual": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEqual": operator.ge,
    "Is": operator.is_,
    "IsNot": operator.is_not,
}
# Operators that keep or turn around the order of values, so that a range is told by its ends.
_MONOTONE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "Add": operator.add,
    "Subtract": operator.sub,
    "Multiply": operator.mul,
    "Divide": operator.truediv,
}


def elementwise(name: str, left: Value, right: Value, node: cst.CSTNode) -> Value:
    """An operation on arrays or tensors; `name` is libcst's name of the operator, such as `Add`."""
    taint = taint_of(left, right)
    if isinstance(left, Frame) or isinstance(right, Frame):
        return _of_tables(name, left, right, node)
    one, other = as_array(left, node), as_array(right, node)
    shape = _shape(name, one.spec.shape, other.spec.shape) if one is not None and other is not None else None
    tensors = [value for value in (left, right) if isinstance(value, Tensor)]
    if tensors:
        spec = TensorSpec(shape, _tensor_dtype(name, left, right))
        return computed(spec, tensors, node, taint)
    dtype = array_dtype(
        name, left if isinstance(left, Const) else one, right if isinstance(right, Const) else other
    )
    arrays = [value for value in (left, right) if isinstance(value, Array)]
    shaped = next((array.shaped for array in arrays if array.spec.shape == shape), None)
    if isinstance(one, Array) and isinstance(other, Array):
        facts = _facts(name, one, other, dtype)
    else:
        facts = Facts(dataset=arrays[0].facts.dataset)
    return Array(TensorSpec(shape, dtype), node, facts, shaped if shape is not None else None, taint)


def with_number(name: str, left: Value, right: Value, node: cst.CSTNode, taint: Taint) -> Value | None:
    """An operation with a number of Python that is not known; None where that does as an array does."""
    other = right if is_python_number(left) else left
    if not isinstance(other, (Array, Tensor, Const)) or (
        isinstance(other, Const) and not isinstance(other.value, (int, float))
    ):
        return Unknown(node, taint)  # `[0] * n` is a list, `"a" * n` a text
    whole = [_is_integer(value) for value in (left, right)]
    if not all(whole) or name not in {"Add", "Subtract", "Multiply", "FloorDivide", "Modulo"}:
        return None
    result = some_number(node, taint, INTEGER)
    step = other.value if isinstance(other, Const) else None
    base = left if other is right else right
    if (
        step is not None
        and isinstance(base, Array)
        and (name == "Add" or (name == "Subtract" and base is left))
    ):
        origin, before = base.offset or (base, 0)
        result.offset = (origin, before + step if name == "Add" else before - step)
    return result


def _is_integer(value: Value) -> bool:
    """Whether this is an integer of Python, known or not."""
    if isinstance(value, Const):
        return type(value.value) is int
    return is_python_number(value) and value.facts.drawn == "integers"


def _of_tables(name: str, left: Value, right: Value, node: cst.CSTNode) -> Value:
    """With tables of pandas: a number or an array changes each value; two tables are put in line by their index."""
    frame, other = (left, right) if isinstance(left, Frame) else (right, left)
    assert isinstance(frame, Frame)
    dtype = "bool" if name in COMPARISONS or name in {"BitAnd", "BitOr"} else None
    same = isinstance(other, Const) or (
        not isinstance(other, Frame)
        and isinstance(other, Array)
        and other.spec.shape in ((), frame.spec.shape)
    )
    if same and name != "MatrixMultiply":
        return Frame(TensorSpec(frame.spec.shape, dtype), frame.columns, node, shaped=frame.shaped)
    ranks = {value.spec.rank for value in (left, right) if isinstance(value, Frame)}
    if ranks == {1, 2} and isinstance(left, Frame) and isinstance(right, Frame):
        return _by_columns(left, right, dtype, node)
    if ranks == {1} and isinstance(other, Frame):  # columns of one table, as a rule
        return Frame(TensorSpec((ANY,), dtype), None, node)
    return Frame(TensorSpec(None, dtype), None, node)


def _by_columns(left: Frame, right: Frame, dtype: str | None, node: cst.CSTNode) -> Value:
    """A table and a Series with a number for each column, such as `df - df.mean()`."""
    frame, numbers = (left, right) if left.spec.rank == 2 else (right, left)
    (rows, width), count = frame.spec.shape or (ANY, ANY), (numbers.spec.shape or (ANY,))[0]
    same = isinstance(width, int) and width == count
    shape = (rows, width if same else ANY)
    return Frame(TensorSpec(shape, dtype), frame.columns if same else None, node, shaped=frame.shaped)


def _shape(name: str, left: Shape | None, right: Shape | None) -> Shape | None:
    if left is None or right is None:
        return None
    return shapes.multiplied(left, right) if name == "MatrixMultiply" else broadcast(left, right)


def array_dtype(name: str, left: Value | None, right: Value | None) -> str | None:
    """The dtype of a NumPy operation; constants are Python's numbers."""
    if name in COMPARISONS:
        return "bool"
    if left is None or right is None:
        return None
    match left, right:
        case Const(value=value), Array(spec=spec):
            dtype = dtypes.promote_number(spec.dtype, value)
        case Array(spec=spec), Const(value=value):
            dtype = dtypes.promote_number(spec.dtype, value)
        case Array(spec=one), Array(spec=other):
            dtype = dtypes.promote(one.dtype, other.dtype)
        case _:
            return None
    if name == "Divide":
        return "float64" if dtype in dtypes.INTEGERS or dtype == "bool" else dtype
    bools = any(isinstance(value, Array) and value.spec.dtype == "bool" for value in (left, right))
    return None if bools and name in {"FloorDivide", "Modulo", "Power"} else dtype  # int8, or as the other


def _tensor_dtype(name: str, left: Value, right: Value) -> str | None:
    """The dtype of an operation on tensors, where Keras and TensorFlow agree on it."""
    if name in COMPARISONS:
        return "bool"
    if not all(isinstance(value, (Array, Tensor, Const)) for value in (left, right)):
        return None
    constants = [value.value for value in (left, right) if isinstance(value, Const)]
    found = {value.spec.dtype for value in (left, right) if isinstance(value, (Array, Tensor))}
    dtype = found.pop() if len(found) == 1 else None
    if dtype in dtypes.FLOAT_BITS:
        return dtype
    whole = all(isinstance(constant, int) for constant in constants)
    return dtype if dtype in dtypes.INTEGERS and whole and name not in {"Divide", "Power"} else None


def _facts(name: str, one: Array, other: Array, dtype: str | None) -> Facts:
    """What is known of the values: a range is known after an operation with one number."""
    if name in COMPARISONS:
        return Facts(0, 1)
    same = {array.facts.dataset for array in (one, other)} - {None}
    dataset = same.pop() if len(same) == 1 else None
    continuous = name in _MONOTONE and any(array.facts.continuous for array in (one, other))
    operation = _MONOTONE.get(name)
    left, right = number(one), number(other)
    normal = (
        name in {"Multiply", "Divide"}
        and (left or right)
        and "normal" in {one.facts.drawn, other.facts.drawn}
    )
    unknown = Facts(dataset=dataset, continuous=continuous, drawn="normal" if normal else "")
    ranged = (one if right is not None else other).facts
    if operation is None or (left is None and right is None) or ranged.low is None or ranged.high is None:
        return unknown
    if name == "Divide" and (right == 0 or (right is None and ranged.low <= 0 <= ranged.high)):
        return unknown
    ends = [
        operation(end, right) if right is not None else operation(left, end)
        for end in (ranged.low, ranged.high)
    ]
    low, high = min(ends), max(ends)
    limits = dtypes.limits(dtype) if dtype is not None else None
    if dtype is None or (limits is not None and (low < limits[0] or high > limits[1])):
        return unknown  # integers wrap
    return Facts(low, high, dataset=dataset, continuous=continuous)
