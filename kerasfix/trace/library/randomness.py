"""Python's own `random`: numbers one at a time, choices, and lists put into another order."""

from kerasfix.trace.calls import Call
from kerasfix.trace.expressions import element_of, iterate
from kerasfix.trace.flow import MAX_ITEMS
from kerasfix.trace.library import dtypes, models
from kerasfix.trace.library.arguments import as_array, number, python_number
from kerasfix.trace.scope import join_all
from kerasfix.trace.values import Array, Const, Facts, Sequence, Value


@models("random.random", "random.betavariate")
def _fraction(call: Call) -> Value:
    return python_number(call, Facts(0.0, 1.0, continuous=True))


@models(
    "random.gauss", "random.normalvariate", "random.expovariate", "random.triangular", "random.lognormvariate"
)
def _real(call: Call) -> Value:
    return python_number(call, Facts(continuous=True))


@models("random.uniform")
def _uniform(call: Call) -> Value:
    ends = [number(call.get(name, place)) for place, name in enumerate("ab")]
    known = Facts(min(ends), max(ends), continuous=True) if None not in ends else Facts(continuous=True)
    return python_number(call, known)


@models("random.randint", "random.randrange")
def _integer(call: Call) -> Value:
    """`randint(a, b)` may be b, `randrange` ends before it."""
    ends = [number(value) for value in call.positional]
    if not call.complete or not 1 <= len(ends) <= 2 or not all(type(end) is int for end in ends):
        return python_number(call)
    low, high = ends if len(ends) == 2 else (0, ends[0])
    last = high if call.name.endswith("randint") else high - 1
    return python_number(call, Facts(low, last, drawn="integers"))


@models("random.choice")
def _choice(call: Call) -> Value:
    return _one_of(call, call.positional[0]) if call.positional else call.unknown()


def _one_of(call: Call, value: Value) -> Value:
    """One of the items: of numbers that are known, one in their range."""
    numbers = as_array(value) if isinstance(value, Sequence) else None
    if isinstance(numbers, Array) and numbers.spec.rank == 1 and numbers.facts.low is not None:
        whole = numbers.spec.dtype in dtypes.INTEGERS
        drawn = Facts(numbers.facts.low, numbers.facts.high, drawn="integers" if whole else "")
        return python_number(call, drawn)
    some = element_of(call.interp, value)
    return some if some is not None else call.unknown()


@models("random.sample", "random.choices")
def _several(call: Call) -> Value:
    """A list of so many of the items."""
    given = call.positional[0] if call.positional else None
    count = call.constant("k", 1 if call.name.endswith("sample") else None, 1)
    if given is None:
        return call.unknown()
    one = _one_of(call, given)
    known = type(count) is int and 0 <= count <= MAX_ITEMS
    return Sequence("list", [one] * count if known else None, call.node, call.taint, None if known else one)


@models("random.shuffle")
def _shuffle(call: Call) -> Value:
    """The same items in an order that nobody knows."""
    match call.positional:
        case [Sequence() as given]:
            call.interp.journal.touch(given)
            items = iterate(call.interp, given)
            if items:
                given.items = [join_all(items)] * len(items)
        case [Array() as array]:
            array.facts = Facts(array.facts.low, array.facts.high, array.facts.labels, array.facts.dataset)
    return Const(None, call.node)


@models("random.seed")
def _seed(call: Call) -> Value:
    return Const(None, call.node)
