"""What Python's built-in functions and `math` do."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import libcst as cst

from kerasfix.keras.shape import TensorSpec
from kerasfix.trace.attributes import assign_attribute, attribute
from kerasfix.trace.calls import Call
from kerasfix.trace.expressions import distinct, element_of, iterate, truth
from kerasfix.trace.flow import MAX_ITEMS
from kerasfix.trace.library import models, python_value
from kerasfix.trace.library.arguments import number, python_number
from kerasfix.trace.library.containers import constant, first, hashable, in_order, iterator, wrapped
from kerasfix.trace.python_numbers import INTEGER, is_python_number
from kerasfix.trace.values import (
    Array,
    Const,
    Facts,
    Frame,
    Layer,
    Mapping,
    Model,
    Object,
    Reference,
    Sequence,
    Super,
    Tensor,
    Unknown,
    Value,
)

# --- sizes, numbers -------------------------------------------------------------------------------------


@models("builtins.len")
def _len(call: Call) -> Value:
    match first(call):
        case Sequence(kind=kind, items=list(items)) if kind != "iterator":
            return constant(call, len(items))
        case Mapping(items=dict(items)):
            return constant(call, len(items))
        case Const(value=str() | bytes() as text):
            return constant(call, len(text))
        case Array() | Tensor() as value if value.spec.shape and isinstance(value.spec.shape[0], int):
            return constant(call, value.spec.shape[0])
        case Tensor():
            return call.unknown()
    return python_number(call, INTEGER)


def _of_numbers(call: Call, compute: Callable[..., Any]) -> Value:
    """A function of numbers, where all of them are known."""
    numbers = [number(value) for value in call.values]
    if not call.complete or None in numbers:
        return call.unknown()
    try:
        result = compute(*numbers)
    except (ArithmeticError, ValueError, TypeError):
        return call.unknown()
    if isinstance(result, complex):
        return call.unknown()
    return wrapped(result, call)


def _convert(call: Call, kind: type) -> Value:
    """`int(x)`, `float(x)`: of a number, or of a string that spells one."""
    match first(call):
        case None if not call.arguments and call.complete:
            return constant(call, kind())
        case Const(value=str(text)) if len(call.arguments) == 1 and len(text) < 64:
            try:
                return constant(call, kind(text))
            except (ValueError, OverflowError):
                return call.unknown()
        case Tensor():
            return call.unknown()
    known = _of_numbers(call, kind) if len(call.arguments) == 1 else call.unknown()
    return python_number(call, _drawn(call, kind)) if isinstance(known, Unknown) else known


def _drawn(call: Call, kind: type) -> Facts:
    """What is still known of a number that was drawn at random."""
    value = first(call)
    return (
        value.facts if is_python_number(value) and (kind is float or not value.facts.continuous) else Facts()
    )


def _rounded(value: Any, digits: Any = None) -> Any:
    if digits is None or (isinstance(digits, int) and abs(digits) < 64):
        return round(value, digits)
    raise ValueError


models("builtins.bin")(partial(_of_numbers, compute=bin))
models("builtins.chr")(partial(_of_numbers, compute=chr))


@models("builtins.ord")
def _ord(call: Call) -> Value:
    match first(call):
        case Const(value=str(text)) if len(text) == 1:
            return constant(call, ord(text))
    return call.unknown()


models("builtins.abs")(partial(_of_numbers, compute=abs))
models("builtins.round")(partial(_of_numbers, compute=_rounded))
models("builtins.divmod")(partial(_of_numbers, compute=divmod))
models("builtins.int")(partial(_convert, kind=int))
models("builtins.float")(partial(_convert, kind=float))

_MATH: Final = "ceil floor trunc sqrt exp log log2 log10 log1p sin cos tan tanh fabs isnan isfinite hypot"
for _name in _MATH.split():
    models(f"math.{_name}")(partial(_of_numbers, compute=getattr(math, _name)))


@models("builtins.bool")
def _bool(call: Call) -> Value:
    known = truth(call.positional[0]) if call.positional else None
    return constant(call, known) if known is not None else call.unknown()


@models("builtins.str")
def _str(call: Call) -> Value:
    match first(call):
        case Const(value=str() | int() as value) if len(call.arguments) == 1:
            return constant(call, str(value))
    return call.unknown()


def _aggregate(call: Call, compute: Callable[[list[Any]], Any], whole: bool = False) -> Value:
    """`min`, `max`, `sum`: of the items of one argument, or of several arguments."""
    if any(argument.keyword for argument in call.arguments) or not call.complete or not call.positional:
        return call.unknown()
    if len(call.positional) == 1 and isinstance(call.positional[0], Array) and compute in (min, max, sum):
        return _along_first(call, call.positional[0], compute)
    values: list[Value] | None = call.positional
    if len(call.positional) == 1 or whole:
        values = _contents(call) if len(call.positional) == 1 else None
    if values is None or not all(isinstance(value, Const) for value in values):
        return call.unknown()
    try:
        return constant(call, compute([value.value for value in values if isinstance(value, Const)]))
    except (TypeError, ValueError, ArithmeticError):
        return call.unknown()


def _along_first(call: Call, array: Array, compute: Callable[[list[Any]], Any]) -> Value:
    """`sum` of an array adds its rows up; `min` and `max` give one of the numbers in an axis."""
    shape = array.spec.shape
    if isinstance(array, Frame) or not shape or (compute is not sum and len(shape) > 1):
        return call.unknown()
    wide = compute is not sum or array.spec.dtype in {"int64", "float32", "float64"}
    return Array(TensorSpec(shape[1:], array.spec.dtype if wide else None), call.node, taint=call.taint)


models("builtins.min")(partial(_aggregate, compute=min))
models("builtins.max")(partial(_aggregate, compute=max))
models("builtins.sum")(partial(_aggregate, compute=sum, whole=True))
models("math.fsum")(partial(_aggregate, compute=math.fsum, whole=True))
models("math.prod")(partial(_aggregate, compute=math.prod, whole=True))
models("builtins.all")(partial(_aggregate, compute=all, whole=True))
models("builtins.any")(partial(_aggregate, compute=any, whole=True))


def _contents(call: Call) -> list[Value] | None:
    """The items of the first argument, in any order."""
    value = first(call)
    if isinstance(value, Sequence) and value.items is not None:
        return value.items
    return iterate(call.interp, value) if value is not None else None


# --- collections ----------------------------------------------------------------------------------------


@models("builtins.range")
def _range(call: Call) -> Value:
    numbers = [python_value(value) for value in call.positional]
    known = call.complete and 0 < len(numbers) <= 3 and all(isinstance(value, int) for value in numbers)
    items: list[Value] | None = None
    if known and numbers[2:] != [0] and len(counted := range(*numbers)) <= MAX_ITEMS:
        items = [Const(value, call.node) for value in counted]
    some = python_number(call, INTEGER) if items is None and call.complete else None
    return Sequence("range", items, call.node, call.taint, some)


def _collect(call: Call, kind: str) -> Value:
    """`list(x)`, `tuple(x)`, `set(x)`."""
    value = first(call)
    if value is None:
        return Sequence(kind, [] if call.complete else None, call.node)
    items = iterate(call.interp, value)
    if items is not None and kind == "set":
        items = distinct(_contents(call) or items)
    return Sequence(kind, list(items) if items is not None else None, call.node, call.taint)


for _kind in ("list", "tuple", "set"):
    models(f"builtins.{_kind}")(partial(_collect, kind=_kind))


@models("builtins.dict")
def _dict(call: Call) -> Value:
    items: dict[Any, Value] | None = {}
    match call.positional:
        case []:
            pass
        case [Mapping(items=dict(known))]:
            items = dict(known)
        case [Sequence(items=list(pairs))]:
            items = _pairs(pairs)
        case [Frame(columns=tuple(names)) as table] if table.spec.shape:
            spec = TensorSpec(table.spec.shape[:1], None)
            items = {name: Frame(spec, None, call.node) for name in names if hashable(name)}
        case _:
            items = None
    if items is not None and call.complete:
        items |= {argument.keyword: argument.value for argument in call.arguments if argument.keyword}
        return Mapping(items, call.node, call.taint)
    return Mapping(None, call.node, call.taint)


def _pairs(pairs: list[Value]) -> dict[Any, Value] | None:
    items: dict[Any, Value] = {}
    for pair in pairs:
        match pair:
            case Sequence(items=[Const(value=key), value]) if hashable(key):
                items[key] = value
            case _:
                return None
    return items


@models("builtins.enumerate")
def _enumerate(call: Call) -> Value:
    start = call.constant("start", 1, 0)
    items = iterate(call.interp, call.positional[0]) if call.positional else None
    if items is None or not isinstance(start, int):
        some = element_of(call.interp, call.positional[0]) if call.positional else None
        return iterator(call, None, [python_number(call, INTEGER), some])
    return iterator(
        call,
        [
            Sequence("tuple", [Const(index, call.node), item], call.node)
            for index, item in enumerate(items, start)
        ],
    )


@models("builtins.zip")
def _zip(call: Call) -> Value:
    columns = [iterate(call.interp, value) for value in call.positional]
    if not call.complete or any(column is None for column in columns):
        return iterator(call, None, [element_of(call.interp, value) for value in call.positional])
    rows = zip(*(column for column in columns if column is not None), strict=False)
    return iterator(call, [Sequence("tuple", list(row), call.node) for row in rows])


@models("builtins.reversed")
def _reversed(call: Call) -> Value:
    items = iterate(call.interp, call.positional[0]) if call.positional else None
    return iterator(call, items[::-1] if items is not None else None)


@models("builtins.map")
def _map(call: Call) -> Value:
    function, *rest = call.positional or [Unknown()]
    columns = [iterate(call.interp, value) for value in rest]
    known = [column for column in columns if column is not None]
    if not known or len(known) < len(columns) or not call.complete:
        return iterator(call, None)
    from kerasfix.trace.values import Argument

    rows = list(zip(*known, strict=False))
    nodes = [argument.node for argument in call.arguments[1:]]
    results: list[Value] = []
    for row in rows:
        arguments = [Argument(value, node) for value, node in zip(row, nodes, strict=True)]
        call.interp.spend()
        results.append(call.interp.call(function, arguments, True, call.node))
    return iterator(call, results)


@models("builtins.sorted")
def _sorted(call: Call) -> Value:
    items = _contents(call)
    return Sequence("list", in_order(call, items), call.node, call.taint)


@models("builtins.iter")
def _iter(call: Call) -> Value:
    """What is gone through one by one."""
    value = first(call)
    items = iterate(call.interp, value) if value is not None and len(call.arguments) == 1 else None
    some = element_of(call.interp, value) if value is not None else None
    return Sequence("iterator", items, call.node, call.taint, some if items is None else None)


@models("builtins.next")
def _next(call: Call) -> Value:
    """An item of an iterator, where they are all alike."""
    value = first(call)
    some = element_of(call.interp, value) if value is not None else None
    return some if some is not None else call.unknown()


@models("builtins.slice")
def _slice(call: Call) -> Value:
    """`slice(stop)`, `slice(start, stop, step)`: an index like `start:stop:step`."""
    parts = call.positional
    if not call.complete or not 1 <= len(parts) <= 3 or len(parts) < len(call.arguments):
        return call.unknown()
    lower, upper, step = [Const(None), *parts, Const(None)] if len(parts) == 1 else [*parts, Const(None)][:3]
    return Object("builtins.slice", {"parts": Sequence("tuple", [lower, upper, step])}, call.node)


# --- the rest -------------------------------------------------------------------------------------------


@models("builtins.print")
def _print(call: Call) -> Value:
    return Const(None, call.node)


@models("builtins.super")
def _super(call: Call) -> Value:
    """`super()` in a method: the classes above the one that it stands in."""
    function = call.interp.frames[-1].function
    if function is None or function.owner is None or not isinstance(function.node, cst.FunctionDef):
        return call.unknown()
    parameters = [*function.node.params.posonly_params, *function.node.params.params]
    owner = call.interp.scope.names.get(parameters[0].name.value) if parameters else None
    return Super(function.owner, owner, call.node) if owner is not None else call.unknown()


@models("builtins.setattr", "builtins.getattr")
def _attribute_by_name(call: Call) -> Value:
    """`setattr(self, "dense1", layer)`, `getattr(self, "dense1")`."""
    match call.positional:
        case [owner, Const(value=str(name)), value] if call.name == "builtins.setattr":
            assign_attribute(call.interp, owner, name, value)
            return Const(None, call.node)
        case [owner, Const(value=str(name))] if call.name == "builtins.getattr" and name.isidentifier():
            return attribute(call.interp, owner, name, cst.Attribute(cst.Name("_"), cst.Name(name)))
    if call.name == "builtins.setattr":
        call.interp.escape(*call.values)
    return call.unknown()


@models("builtins.vars")
def _vars(call: Call) -> Value:
    """`vars(args)`: the settings of a command line, as a dict."""
    match call.positional:
        case [Object(cls="argparse.Namespace", arguments=arguments)]:
            return Mapping(dict(arguments), call.node)
        case []:
            call.interp.open_names = True
    return call.unknown()


@models("builtins.exec", "builtins.eval", "builtins.globals", "builtins.locals")
def _open_names(call: Call) -> Value:
    """Code that nobody can see may bind any name."""
    if call.name != "builtins.vars" or not call.arguments:  # `vars(options)` is an object's dict
        call.interp.open_names = True
    return call.unknown()


_TYPES: Final = {
    "int": int, "float": float, "str": str, "bool": bool, "dict": dict, "list": list, "tuple": tuple, "set": set
}  # fmt: skip


@models("builtins.isinstance")
def _isinstance(call: Call) -> Value:
    match call.positional:
        case [value, Sequence(kind="tuple", items=list(classes))]:
            answers = [_is_of(value, cls) for cls in classes]
        case [value, cls]:
            answers = [_is_of(value, cls)]
        case _:
            return call.unknown()
    if True in answers:
        return constant(call, True)
    return call.unknown() if None in answers else constant(call, False)


def _is_of(value: Value, cls: Value) -> bool | None:
    """Whether a value is of a class of Python; None where that cannot be told."""
    if not isinstance(cls, Reference) or not cls.name.startswith("builtins."):
        return None
    wanted = cls.name.removeprefix("builtins.")
    if wanted not in _TYPES:
        return None
    match value:
        case Const(value=held) if held is not None:
            return isinstance(held, _TYPES[wanted])
        case Sequence(kind="list" | "tuple" as kind):
            return wanted == kind
        case Mapping():
            return wanted == "dict"
        case Array(spec=TensorSpec(shape=())):
            return None  # a number of NumPy may be one of Python as well
        case Array() | Tensor() | Layer() | Model():
            return False
    return None
