"""`itertools`: loops over several things at once, one after the other, or in all their combinations."""

import itertools
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

from kerasfix.trace.calls import Call
from kerasfix.trace.expressions import element_of, iterate
from kerasfix.trace.flow import MAX_ITEMS
from kerasfix.trace.library import UNKNOWN, models
from kerasfix.trace.library.containers import iterator
from kerasfix.trace.scope import join_all
from kerasfix.trace.values import Argument, Const, Sequence, Value


def _known(call: Call) -> list[list[Value]] | None:
    """The items of all positional arguments; None where those of one are not known."""
    columns = [iterate(call.interp, value) for value in call.positional]
    known = [column for column in columns if column is not None]
    return known if call.complete and len(known) == len(columns) else None


def _limited(call: Call, rows: Iterable[Any]) -> list[Any] | None:
    """So many as are followed; None where there are more."""
    found = list(itertools.islice(rows, MAX_ITEMS + 1))
    call.interp.spend(len(found))
    return found if len(found) <= MAX_ITEMS else None


def _tuples(call: Call, rows: Iterable[tuple[Value, ...]], parts: list[Value | None]) -> Value:
    """An iterator of tuples; of these `parts` is what holds where there are too many to follow."""
    found = _limited(call, rows)
    if found is None:
        return iterator(call, None, parts)
    return iterator(call, [Sequence("tuple", list(row), call.node) for row in found])


def _alike(call: Call, *items: Value | None) -> Value:
    """An iterator of nobody knows how many items, each of which is one of these."""
    known = [item for item in items if item is not None]
    some = join_all(known) if known and len(known) == len(items) and call.complete else None
    return Sequence("iterator", None, call.node, call.taint, some)


def _elements(call: Call, values: list[Value]) -> list[Value | None]:
    return [element_of(call.interp, value) for value in values]


@models("itertools.product")
def _product(call: Call) -> Value:
    columns, times = _known(call), call.constant("repeat", None, 1)
    parts = _elements(call, call.positional)
    if not isinstance(times, int) or not 0 <= times <= 16:
        return iterator(call, None)
    return (
        iterator(call, None, parts * times)
        if columns is None
        else _tuples(call, itertools.product(*columns, repeat=times), parts * times)
    )


def _chosen(call: Call, rows: Callable[[list[Value], int], Iterable[tuple[Value, ...]]]) -> Value:
    """`combinations(items, n)` and the like."""
    count = call.constant("r", 1)
    items = iterate(call.interp, call.positional[0]) if call.positional else None
    if count is None and items is not None and call.name.endswith("permutations"):
        count = len(items)
    if not isinstance(count, int) or not 0 <= count <= 64:
        return iterator(call, None)
    parts = _elements(call, call.positional[:1]) * count
    return iterator(call, None, parts) if items is None else _tuples(call, rows(items, count), parts)


for _name in ("combinations", "permutations", "combinations_with_replacement"):
    models(f"itertools.{_name}")(partial(_chosen, rows=getattr(itertools, _name)))


@models("itertools.chain")
def _chain(call: Call) -> Value:
    columns = _known(call)
    items = _limited(call, itertools.chain(*columns)) if columns is not None else None
    return iterator(call, items) if items is not None else _alike(call, *_elements(call, call.positional))


@models("itertools.chain.from_iterable")
def _chain_of(call: Call) -> Value:
    outer = iterate(call.interp, call.positional[0]) if call.positional else None
    columns = [iterate(call.interp, value) for value in outer or ()]
    known = [column for column in columns if column is not None]
    if outer is None or len(known) < len(columns) or not call.complete:
        inner = element_of(call.interp, call.positional[0]) if call.positional else None
        return _alike(call, element_of(call.interp, inner) if inner is not None else None)
    items = _limited(call, itertools.chain(*known))
    return iterator(call, items) if items is not None else _alike(call)


@models("itertools.zip_longest")
def _zip_longest(call: Call) -> Value:
    filling = call.get("fillvalue") or Const(None, call.node)
    columns = _known(call)
    if columns is None:
        return iterator(call, None)
    return _tuples(call, itertools.zip_longest(*columns, fillvalue=filling), [])


@models("itertools.islice")
def _islice(call: Call) -> Value:
    ends: list[Any] = [part.value if isinstance(part, Const) else UNKNOWN for part in call.positional[1:]]
    given = call.positional[0] if call.positional else None
    items = iterate(call.interp, given) if given is not None else None
    plain = call.complete and 0 < len(ends) <= 3
    if plain and items is not None and all(end is None or (type(end) is int and end >= 0) for end in ends):
        return iterator(call, items[slice(*ends)] if ends[2:] != [0] else None)
    some = element_of(call.interp, given) if given is not None else None
    endless = isinstance(given, Sequence) and given.kind == _ENDLESS
    if plain and endless and some is not None and len(ends) == 1 and type(ends[0]) is int:
        return iterator(call, [some] * ends[0]) if 0 <= ends[0] <= MAX_ITEMS else _alike(call, some)
    return _alike(call, some)


_ENDLESS: Final = "endless"
"""The kind of `repeat(x)`, `cycle(items)` and `count()`: as many items as are asked for can be taken."""


@models("itertools.repeat")
def _repeat(call: Call) -> Value:
    what, times = call.get("object", 0), call.get("times", 1)
    if what is None or not call.complete:
        return iterator(call, None)
    if times is None:
        return Sequence(_ENDLESS, None, call.node, call.taint, what)
    count = times.value if isinstance(times, Const) else None
    if type(count) is int and count <= MAX_ITEMS:
        return iterator(call, [what] * count)
    return _alike(call, what)


@models("itertools.cycle")
def _cycle(call: Call) -> Value:
    some = element_of(call.interp, call.positional[0]) if call.positional else None
    return Sequence(_ENDLESS, None, call.node, call.taint, some)


@models("itertools.count")
def _count(call: Call) -> Value:
    return Sequence(_ENDLESS, None, call.node, call.taint)


@models("itertools.starmap")
def _starmap(call: Call) -> Value:
    function, rows = call.get("function", 0), call.get("iterable", 1)
    items = iterate(call.interp, rows) if rows is not None else None
    if function is None or items is None or not call.complete:
        return iterator(call, None)
    node, results = call.node.args[0], list[Value]()
    for item in items:
        given = iterate(call.interp, item)
        if given is None:
            return iterator(call, None)
        call.interp.spend()
        arguments = [Argument(value, node) for value in given]
        results.append(call.interp.call(function, arguments, True, call.node))
    return iterator(call, results)


@models("itertools.accumulate")
def _accumulate(call: Call) -> Value:
    function, first = call.get("func", 1), call.get("initial")
    items = iterate(call.interp, call.positional[0]) if call.positional else None
    if items is None or not call.complete:
        return iterator(call, None)
    if first is not None and not (isinstance(first, Const) and first.value is None):
        items = [first, *items]
    results, node = items[:1], call.node.args[0]
    for item in items[1:]:
        call.interp.spend()
        results.append(_next_sum(call, function, results[-1], item, node))
    return iterator(call, results)


def _next_sum(call: Call, function: Value | None, total: Value, item: Value, node: Any) -> Value:
    if function is None or (isinstance(function, Const) and function.value is None):
        from kerasfix.trace.expressions import binary_operation

        return binary_operation(call.interp, "Add", total, item, call.node)
    return call.interp.call(function, [Argument(total, node), Argument(item, node)], True, call.node)


@models("itertools.pairwise")
def _pairwise(call: Call) -> Value:
    columns = _known(call)
    parts = _elements(call, call.positional[:1]) * 2
    if columns is None or len(columns) != 1:
        return iterator(call, None, parts)
    return _tuples(call, itertools.pairwise(columns[0]), parts)


@models("itertools.tee")
def _tee(call: Call) -> Value:
    count = call.constant("n", 1, 2)
    items = iterate(call.interp, call.positional[0]) if call.positional else None
    if type(count) is not int or not 0 <= count <= 64:
        return call.unknown()
    some = element_of(call.interp, call.positional[0]) if call.positional else None
    copies: list[Value] = [
        iterator(call, list(items)) if items is not None else _alike(call, some) for _ in range(count)
    ]
    return Sequence("tuple", copies, call.node)
