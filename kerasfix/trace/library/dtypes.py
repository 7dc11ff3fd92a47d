"""Names of dtypes, as scripts write them, and what becomes of them in arithmetic."""

from typing import Any, Final

from kerasfix.trace.values import Array, Const, Reference, Value

FLOAT_BITS: Final = {"float16": 16, "float32": 32, "float64": 64}
_SIGNED: Final = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}
_UNSIGNED: Final = {"uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64}
INTEGERS: Final = frozenset({*_SIGNED, *_UNSIGNED})
KNOWN: Final = frozenset({*FLOAT_BITS, *INTEGERS, "bool", "object", "bfloat16", "complex64", "complex128"})

# Other spellings, as NumPy reads them.
_SPELLINGS: Final = {
    "float": "float64", "double": "float64", "single": "float32", "half": "float16", "int": "int64",
    "int_": "int64", "intp": "int64", "long": "int64", "longlong": "int64", "uint": "uint64", "intc": "int32",
    "short": "int16", "ushort": "uint16", "byte": "int8", "ubyte": "uint8", "bool_": "bool",
    "object_": "object", "float_": "float64", "?": "bool", "b": "int8", "B": "uint8", "h": "int16", "H": "uint16",
    "i": "int32",
    "I": "uint32", "l": "int64", "L": "uint64", "q": "int64", "e": "float16", "f": "float32", "d": "float64",
    "O": "object", "i1": "int8", "i2": "int16", "i4": "int32", "i8": "int64", "u1": "uint8", "u2": "uint16",
    "u4": "uint32", "u8": "uint64", "f2": "float16", "f4": "float32", "f8": "float64",
}  # fmt: skip
# Python's types stand for other dtypes in Keras and TensorFlow.
_KERAS_SPELLINGS: Final = {**_SPELLINGS, "float": "float32", "int": "int32"}


def dtype_of(value: Value, *, numpy: bool = True) -> str | None:
    """The dtype that a `dtype=` argument names; None where it is not known."""
    match value:
        case Const(value=str(name)):
            name = name.lstrip("<=|")
        case Reference(name=dotted):
            name = dotted.rpartition(".")[2]
        case _:
            return None
    spellings = _SPELLINGS if numpy else _KERAS_SPELLINGS
    name = spellings.get(name, name)
    return name if name in KNOWN else None


def limits(dtype: str) -> tuple[int, int] | None:
    """The least and greatest value of an integer dtype; None for others."""
    if dtype == "bool":
        return 0, 1
    if dtype in _UNSIGNED:
        return 0, 2 ** _UNSIGNED[dtype] - 1
    if dtype in _SIGNED:
        return -(2 ** (_SIGNED[dtype] - 1)), 2 ** (_SIGNED[dtype] - 1) - 1
    return None


def promote(one: str | None, other: str | None) -> str | None:
    """The dtype of NumPy arithmetic between arrays of two dtypes; None where it is not known."""
    if one == other:
        return one
    if one is None or other is None or not {one, other} <= {*FLOAT_BITS, *INTEGERS, "bool"}:
        return None
    if "bool" in (one, other):
        return other if one == "bool" else one
    if one in FLOAT_BITS and other in FLOAT_BITS:
        return max(one, other, key=FLOAT_BITS.__getitem__)
    if one in FLOAT_BITS or other in FLOAT_BITS:
        real, whole = (one, other) if one in FLOAT_BITS else (other, one)
        return max(real, to_float(whole), key=FLOAT_BITS.__getitem__)
    for table in (_SIGNED, _UNSIGNED):
        if one in table and other in table:
            return max(one, other, key=table.__getitem__)
    signed, unsigned = (one, other) if one in _SIGNED else (other, one)
    bits = max(_SIGNED[signed], 2 * _UNSIGNED[unsigned])
    return f"int{bits}" if bits <= 64 else "float64"


def promote_number(dtype: str | None, number: Any) -> str | None:
    """The dtype of NumPy arithmetic between an array and a Python number: the number gives way."""
    if dtype is None or dtype in FLOAT_BITS or isinstance(number, bool):
        return dtype
    if isinstance(number, float):
        return "float64" if dtype in INTEGERS or dtype == "bool" else None
    if dtype == "bool":
        return "int64"
    return dtype if dtype in INTEGERS else None


def to_float(dtype: str) -> str:
    """The float that NumPy's `exp`, `sqrt` and the like compute in."""
    if dtype in {"bool", "int8", "uint8"}:
        return "float16"
    return "float32" if dtype in {"int16", "uint16"} else "float64" if dtype in INTEGERS else dtype


def of_numbers(values: "list[Any]") -> str | None:
    """The dtype of `np.array` of these Python numbers."""
    kinds = {type(value) for value in values}
    if not kinds:
        return "float64"
    if kinds == {bool}:
        return "bool"
    if kinds <= {bool, int}:
        return "int64" if all(-(2**63) <= value < 2**63 for value in values) else None
    return "float64" if kinds <= {bool, int, float} else None


def is_scalar(value: Value) -> bool:
    """Whether a value is a NumPy scalar (an array without axes)."""
    return isinstance(value, Array) and value.spec.shape == ()
