"""What the methods of lists, dicts and strings do, and what they share with the built-in functions."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from kerasfix.trace.calls import Call
from kerasfix.trace.expressions import element_of, iterate
from kerasfix.trace.flow import MAX_ITEMS, MAX_NUMBER
from kerasfix.trace.library import UNKNOWN, models, python_value
from kerasfix.trace.scope import join
from kerasfix.trace.values import Const, Mapping, Sequence, Value


def constant(call: Call, value: Any) -> Value:
    """A constant result; too large a one is not kept."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and not abs(value) <= MAX_NUMBER:
        return call.unknown()
    if isinstance(value, (str, bytes)) and len(value) > MAX_ITEMS:
        return call.unknown()
    return Const(value, call.node, call.taint)


def wrapped(value: Any, call: Call) -> Value:
    """A Python value as an abstract one."""
    if isinstance(value, (tuple, list)):
        return Sequence(type(value).__name__, [wrapped(item, call) for item in value], call.node, call.taint)
    return constant(call, value)


def first(call: Call) -> Value | None:
    """The first positional argument."""
    return call.positional[0] if call.positional else None


def hashable(key: Any) -> bool:
    """Whether a constant can be a key."""
    return key is None or isinstance(key, (str, bytes, int, float, bool))


def iterator(call: Call, items: list[Value] | None, element: "list[Value | None] | None" = None) -> Value:
    """What can be gone through once, and has no length; `element` are the parts of each item, where so many are."""
    parts: list[Value] = [part if part is not None else call.unknown() for part in element or ()]
    some = Sequence("tuple", parts, call.node) if parts and items is None and call.complete else None
    return Sequence("iterator", items, call.node, call.taint, some)


def in_order(call: Call, items: list[Value] | None) -> list[Value] | None:
    """Constants in order; None where that is not known."""
    reverse = call.constant("reverse", None, False)
    if items is None or call.argument("key") is not None or not isinstance(reverse, (bool, int)):
        return None
    if not all(isinstance(item, Const) for item in items):
        return None
    try:
        return sorted(items, key=lambda item: item.value, reverse=bool(reverse))  # type: ignore[attr-defined]
    except TypeError:
        return None


# --- methods of lists and tuples ------------------------------------------------------------------------


def _change(call: Call, change: Callable[[list[Value], Call], Value | None]) -> Value:
    """A method that changes a list in place; what it cannot follow leaves a list of unknown items."""
    owner = call.owner
    assert isinstance(owner, Sequence)
    call.interp.journal.touch(owner)
    items = list(owner.items) if owner.items is not None else None
    result: Value | None = None
    if items is not None:
        result = change(items, call)
    elif owner.element is not None:
        owner.element = _element_after(owner.element, call)
    owner.items = items if result is not None and items is not None and len(items) <= MAX_ITEMS else None
    if result is None:
        return Const(None, call.node) if call.name.rpartition(".")[2] != "pop" else call.unknown()
    return result


def _element_after(element: Value, call: Call) -> Value | None:
    """What still holds of each item of a list of unknown length after a method that changes it."""
    match call.name.rpartition(".")[2], call.positional:
        case "append", [value]:
            return join(element, value)
        case "extend", [value] if (more := element_of(call.interp, value)) is not None:
            return join(element, more)
        case "pop" | "remove" | "reverse" | "sort" | "clear", _:
            return element
    return None


def _append(items: list[Value], call: Call) -> Value | None:
    if len(call.positional) != 1:
        return None
    items.append(call.positional[0])
    return Const(None, call.node)


def _extend(items: list[Value], call: Call) -> Value | None:
    more = iterate(call.interp, call.positional[0]) if len(call.positional) == 1 else None
    if more is None:
        return None
    items.extend(more)
    return Const(None, call.node)


def _insert(items: list[Value], call: Call) -> Value | None:
    match call.positional:
        case [Const(value=int(place)), value]:
            items.insert(place, value)
            return Const(None, call.node)
    return None


def _pop(items: list[Value], call: Call) -> Value | None:
    place = call.constant("index", 0, -1)
    if isinstance(place, int) and -len(items) <= place < len(items):
        return items.pop(place)
    return None


def _clear(items: list[Value], call: Call) -> Value | None:
    items.clear()
    return Const(None, call.node)


def _reverse(items: list[Value], call: Call) -> Value | None:
    items.reverse()
    return Const(None, call.node)


def _sort(items: list[Value], call: Call) -> Value | None:
    ordered = in_order(call, items)
    if ordered is None:
        return None
    items[:] = ordered
    return Const(None, call.node)


def _remove(items: list[Value], call: Call) -> Value | None:
    place = _place(items, call)
    if place is None:
        return None
    del items[place]
    return Const(None, call.node)


def _place(items: list[Value], call: Call) -> int | None:
    """The position of the first item that equals the argument."""
    wanted = python_value(call.positional[0], 1) if len(call.positional) == 1 else UNKNOWN
    if wanted is UNKNOWN:
        return None
    for place, item in enumerate(items):
        value = python_value(item, 1)
        if value is UNKNOWN:
            return None
        if value == wanted:
            return place
    return None


for _name, _function in {
    "append": _append, "extend": _extend, "insert": _insert, "pop": _pop, "clear": _clear,
    "reverse": _reverse, "sort": _sort, "remove": _remove,
}.items():  # fmt: skip
    models(f"Sequence.{_name}")(partial(_change, change=_function))


@models("Sequence.index", "Sequence.count")
def _index(call: Call) -> Value:
    owner = call.owner
    assert isinstance(owner, Sequence)
    if call.name == "Sequence.count":
        values = [python_value(item, 1) for item in owner.items] if owner.items is not None else [UNKNOWN]
        wanted = python_value(call.positional[0], 1) if len(call.positional) == 1 else UNKNOWN
        known = wanted is not UNKNOWN and not any(value is UNKNOWN for value in values)
        return constant(call, values.count(wanted)) if known else call.unknown()
    place = _place(owner.items, call) if owner.items is not None else None
    return constant(call, place) if place is not None else call.unknown()


@models("Sequence.as_list")
def _as_list(call: Call) -> Value:
    """The shape of a tensor of TensorFlow, as a list."""
    owner = call.owner
    assert isinstance(owner, Sequence)
    known = owner.items is not None and owner.kind == "tuple"
    return Sequence("list", list(owner.items or ()) if known else None, call.node)


@models("Sequence.copy")
def _copy(call: Call) -> Value:
    owner = call.owner
    assert isinstance(owner, Sequence)
    return Sequence(owner.kind, list(owner.items) if owner.items is not None else None, call.node)


@models("Sequence.*")
def _sequence_method(call: Call) -> Value:
    """A method that is not known (`add` of a set): it may change what it belongs to."""
    owner = call.owner
    if isinstance(owner, Sequence) and owner.kind != "tuple":
        call.interp.escape(owner)
        owner.items = None
    return call.unknown()


# --- methods of dicts -----------------------------------------------------------------------------------


def _mapping(call: Call) -> Mapping:
    assert isinstance(call.owner, Mapping)
    return call.owner


@models("Mapping.items")
def _items(call: Call) -> Value:
    known = _mapping(call).items
    if known is None:
        return iterator(call, None)
    return Sequence(
        "view",
        [Sequence("tuple", [Const(key, call.node), value], call.node) for key, value in known.items()],
        call.node,
    )


@models("Mapping.keys")
def _keys(call: Call) -> Value:
    known = _mapping(call).items
    return Sequence(
        "view", [Const(key, call.node) for key in known] if known is not None else None, call.node
    )


@models("Mapping.values")
def _values(call: Call) -> Value:
    known = _mapping(call).items
    return Sequence("view", list(known.values()) if known is not None else None, call.node)


def _lookup(call: Call) -> tuple[bool | None, Any]:
    """Whether the dict has the key that is the first argument (None: not known), and the key."""
    known, key = _mapping(call).items, first(call)
    if known is None or not isinstance(key, Const) or not hashable(key.value):
        return None, None
    return key.value in known, key.value


@models("Mapping.get")
def _get(call: Call) -> Value:
    has, key = _lookup(call)
    if has is None:
        return join(call.unknown(), call.positional[1]) if len(call.positional) > 1 else call.unknown()
    if has:
        found: Value = (_mapping(call).items or {})[key]
        return found
    return call.positional[1] if len(call.positional) > 1 else Const(None, call.node)


@models("Mapping.setdefault", "Mapping.pop")
def _take(call: Call) -> Value:
    mapping = _mapping(call)
    has, key = _lookup(call)
    call.interp.journal.touch(mapping)
    default = call.positional[1] if len(call.positional) > 1 else Const(None, call.node)
    items = dict(mapping.items or {})
    if has is None:
        mapping.items = None
        return call.unknown()
    act = items.pop if call.name == "Mapping.pop" else items.setdefault
    result: Value = act(key, default)
    mapping.items = items
    return result


@models("Mapping.update")
def _update(call: Call) -> Value:
    mapping = _mapping(call)
    call.interp.journal.touch(mapping)
    items = dict(mapping.items) if mapping.items is not None and call.complete else None
    for value in call.positional:
        more = value.items if isinstance(value, Mapping) else None
        items = items | more if items is not None and more is not None else None
    if items is not None:
        items |= {argument.keyword: argument.value for argument in call.arguments if argument.keyword}
    mapping.items = items
    return Const(None, call.node)


@models("Mapping.copy")
def _copy_mapping(call: Call) -> Value:
    known = _mapping(call).items
    return Mapping(dict(known) if known is not None else None, call.node)


@models("Mapping.clear")
def _clear_mapping(call: Call) -> Value:
    mapping = _mapping(call)
    call.interp.journal.touch(mapping)
    mapping.items = {}
    return Const(None, call.node)


@models("Mapping.*")
def _mapping_method(call: Call) -> Value:
    """A method that is not known may change the dict."""
    call.interp.escape(call.owner)
    return call.unknown()


# --- methods of strings ---------------------------------------------------------------------------------

_STRINGS: Final = (
    "capitalize casefold count endswith find index isalnum isalpha isdigit islower isnumeric isspace istitle"
    " isupper join lower lstrip partition removeprefix removesuffix replace rfind rpartition rsplit rstrip"
    " split splitlines startswith strip swapcase title upper"
)
"""Methods that give no more than their arguments hold."""


@models("Const.*")
def _string_method(call: Call) -> Value:
    owner = call.owner
    name = call.name.rpartition(".")[2]
    if not isinstance(owner, Const) or not isinstance(owner.value, str) or name not in _STRINGS.split():
        return call.unknown()
    arguments = [python_value(value) for value in call.values]
    keywords = any(argument.keyword for argument in call.arguments)
    if not call.complete or keywords or any(argument is UNKNOWN for argument in arguments):
        return call.unknown()
    # `replace` multiplies: three times the limit, as both may be as long as it allows.
    if name == "replace" and sum(len(str(argument)) for argument in arguments) + len(owner.value) > 256:
        return call.unknown()
    try:
        return wrapped(getattr(owner.value, name)(*arguments), call)
    except (TypeError, ValueError, AttributeError):
        return call.unknown()


@models("Const.format")
def _format(call: Call) -> Value:
    """`"{}".format(...)` of plain fields: widths and look-ups are left alone."""
    owner = call.owner
    if not isinstance(owner, Const) or not isinstance(owner.value, str) or not call.complete:
        return call.unknown()
    import string

    keywords = {
        argument.keyword: python_value(argument.value) for argument in call.arguments if argument.keyword
    }
    positional = [python_value(value) for value in call.positional]
    try:
        fields = list(string.Formatter().parse(owner.value))
    except ValueError:
        return call.unknown()
    plain = all(
        (name or "").isidentifier() or not (name or "").strip("0123456789") for _, name, _, _ in fields
    )
    if not plain or any(spec or conversion for _, _, spec, conversion in fields):
        return call.unknown()
    if any(not isinstance(value, (str, int, float)) for value in (*positional, *keywords.values())):
        return call.unknown()
    try:
        return constant(
            call, owner.value.format(*positional, **{str(key): value for key, value in keywords.items()})
        )
    except (IndexError, KeyError, ValueError):
        return call.unknown()
