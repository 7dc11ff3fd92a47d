"""The arguments of a call under the names that a family of functions shares, and the making of its result.

NumPy, `keras.ops`, TensorFlow and array methods name and order the same arguments differently. A signature
such as `"x=a axis keepdims=keep_dims"` lists a function's parameters in order, each with the family's name
and, behind `=`, the function's own. `*shape` stands for all positional arguments from there on.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from kerasfix.keras.shape import ANY, UNKNOWN_SPEC, Dim, Shape, TensorSpec
from kerasfix.trace.flow import MAX_ITEMS, MAX_NUMBER, MAX_ROUNDS
from kerasfix.trace.library import UNKNOWN, dtypes, models, python_value, shapes
from kerasfix.trace.python_numbers import is_python_number, some_number
from kerasfix.trace.values import NO_FACTS, Array, Const, Facts, LayerCall, Sequence, Taint, Tensor, Value

if TYPE_CHECKING:
    import libcst as cst

    from kerasfix.trace.calls import Call

MAX_NESTING = 8
"""Lists within lists are followed this deep."""

Family = Callable[["Arguments"], Value]
Table = dict[str, tuple[Family, str]]
"""A function's name, its family and its signature."""


@cache
def _parameters(signature: str) -> tuple[tuple[str, str], ...]:
    """The pairs of the family's name and the function's own."""
    pairs = (word.partition("=") for word in signature.split())
    return tuple((name, own or name) for name, _, own in pairs)


class Arguments:
    """The arguments of one call."""

    __slots__ = ("call", "given", "library")

    def __init__(self, call: "Call", signature: str, library: str) -> None:
        self.call = call
        self.library = library
        """`numpy`, `keras` or `tensorflow`: whose habits (default dtypes, promotion) hold."""
        self.given: dict[str, Value] = {}
        positional = call.positional if call.owner is None else [call.owner, *call.positional]
        keywords = {argument.keyword: argument.value for argument in call.arguments if argument.keyword}
        starred = False
        for position, (name, own) in enumerate(_parameters(signature)):
            if name.startswith("*"):
                rest = positional[position:]
                if rest or own.lstrip("*") not in keywords:
                    one = rest[0] if len(rest) == 1 else None
                    self.given[name[1:]] = (
                        one if isinstance(one, Sequence) else Sequence("tuple", rest, call.node)
                    )
                    starred = True  # what comes behind is given by keyword only
                    continue
            own = own.lstrip("*")
            if position < len(positional) and not starred:
                self.given[name.lstrip("*")] = positional[position]
            elif own in keywords:
                self.given[name.lstrip("*")] = keywords[own]

    @property
    def node(self) -> "cst.Call":
        """The call, as the origin of the result."""
        return self.call.node

    def value(self, name: str) -> Value | None:
        """An argument, None where it is not given."""
        return self.given.get(name)

    def constant(self, name: str, default: Any = None) -> Any:
        """An argument as a Python value; `UNKNOWN` where it is not known."""
        value = self.given.get(name)
        if value is None:
            return default if self.call.complete else UNKNOWN
        return python_value(value)

    def array(self, name: str) -> Array | Tensor | None:
        """An argument as an array: numbers and regular lists are read as NumPy does."""
        value = self.given.get(name)
        return None if value is None else as_array(value, self.node)

    def any_array(self, name: str) -> Array | Tensor | None:
        """As `array`, for functions of NumPy that give an array whatever they are given."""
        value = self.array(name)
        if value is None and name in self.given and self.library == "numpy":
            return Array(UNKNOWN_SPEC, self.node, taint=self.call.taint)
        return value

    def arrays(self, name: str) -> list[Array | Tensor | None] | None:
        """An argument that is a list of arrays; None where its length is not known."""
        value = self.given.get(name)
        if not isinstance(value, Sequence) or value.items is None or value.kind not in {"list", "tuple"}:
            return None
        return [as_array(item, self.node) for item in value.items]

    def shape(self, name: str) -> Shape | None:
        """An argument that is a shape: an int or a sequence of sizes, of which some may not be known."""
        value = self.given.get(name)
        match value:
            case None:
                return None
            case Sequence(items=list(items)):
                dims = [python_value(item) for item in items]
            case Sequence():
                return None
            case _:
                dims = [python_value(value)]
                if dims[0] is UNKNOWN and not is_python_number(value):  # may be one size or a whole shape
                    return None
        if any(dim is not UNKNOWN and not isinstance(dim, (int, float)) for dim in dims):
            return None
        return tuple(dim if isinstance(dim, int) else ANY for dim in dims)

    def dtype(self, default: str | None = None) -> str | None:
        """The `dtype=` argument; None where it is not known."""
        value = self.given.get("dtype")
        if value is None or (isinstance(value, Const) and value.value is None):
            return default if self.call.complete else None
        return dtypes.dtype_of(value, numpy=self.library == "numpy")

    def unknown(self) -> Value:
        """A result of which nothing is known."""
        return self.call.unknown()

    def give(
        self,
        shape: Shape | None,
        dtype: str | None,
        *inputs: Value | None,
        facts: Facts = NO_FACTS,
        shaped: "cst.CSTNode | None" = None,
    ) -> Value:
        """The result: a Tensor where any input is one, else an Array."""
        if shape is not None:
            shape = tuple(map(_limited, shape))
        spec, taint = TensorSpec(shape, dtype), self.call.taint
        tensors = [value for value in inputs if isinstance(value, Tensor)]
        if tensors:
            return computed(spec, tensors, self.node, taint, self.call.interp.statement)
        if not self.call.complete and shape is not None and self.library == "numpy":
            spec = TensorSpec(None, dtype)  # an argument that is not seen may change the shape
        return Array(spec, self.node, facts, shaped, taint)


def computed(
    spec: TensorSpec,
    tensors: list[Tensor],
    node: "cst.CSTNode",
    taint: Taint,
    statement: "cst.CSTNode | None" = None,
) -> Tensor:
    """A tensor that an operation makes of others: in a Functional model, a step without a layer."""
    inputs = tensors[0].spec if len(tensors) == 1 else tuple(tensor.spec for tensor in tensors)
    step = LayerCall(None, inputs, spec, node, statement, tuple(tensors))
    return Tensor(spec, node, graph=any(tensor.graph for tensor in tensors), history=step, taint=taint)


def _limited(dim: Dim) -> Dim:
    return ANY if isinstance(dim, int) and not 0 <= dim <= MAX_NUMBER else dim


def register(library: str, prefix: str, table: Table) -> None:
    """Make the functions of a table known under `prefix`."""
    for name, (family, signature) in table.items():
        models(prefix + name)(_handler(library, family, signature))


def _handler(library: str, family: Family, signature: str) -> "Callable[[Call], Value]":
    def handle(call: "Call") -> Value:
        if library != "keras" and _refuses(call, library):
            return call.unknown()
        return family(Arguments(call, signature, library))

    return handle


def _refuses(call: "Call", library: str) -> bool:
    """NumPy does not take tensors, nor TensorFlow those of Keras: faults of their own."""
    values = [call.owner, *call.values]
    values += [item for value in values if isinstance(value, Sequence) for item in value.items or ()]
    return any(isinstance(value, Tensor) and (library == "numpy" or not value.graph) for value in values)


def as_array(value: Value, node: "cst.CSTNode | None" = None) -> Array | Tensor | None:
    """A value as `np.asarray` would see it; None where nothing is known of it."""
    return _as_array(value, node, {}, MAX_NESTING)


# Lists may hold the same list many times, or themselves: each is looked at once.
_Seen = dict[int, Array | Tensor | None]


def _as_array(value: Value, node: "cst.CSTNode | None", seen: _Seen, depth: int) -> Array | Tensor | None:
    match value:
        case Array() | Tensor():
            return value
        case Const(value=bool() | int() | float() as number):
            facts = Facts(number, number) if number == number else NO_FACTS
            return Array(TensorSpec((), dtypes.of_numbers([number])), node, facts, taint=value.taint)
        case Sequence(kind="list" | "tuple" | "range", items=list(items)) if depth:
            if id(value) not in seen:
                seen[id(value)] = None
                seen[id(value)] = _nested(value, items, node, seen, depth)
            return seen[id(value)]
        case Sequence(kind="list" | "tuple", items=None, element=Value() as element) if depth:
            part = _as_array(element, node, seen, depth - 1)
            shape = part.spec.shape if isinstance(part, Array) else None
            if not isinstance(part, Array) or shape is None or ANY in shape:  # the items may differ
                return None
            facts = replace(part.facts, labels=None)
            return Array(TensorSpec((ANY, *shape), _listed_dtype(part)), node, facts, taint=value.taint)
    return None


def _nested(
    value: Sequence, items: list[Value], node: "cst.CSTNode | None", seen: _Seen, depth: int
) -> Array | None:
    constants = flat_numbers(value)
    if constants is not None:
        numbers, shape = constants
        known = numbers and all(n == n for n in numbers)
        facts = Facts(min(numbers), max(numbers), grouped=_by_class(numbers, shape)) if known else NO_FACTS
        return Array(TensorSpec(shape, dtypes.of_numbers(numbers)), node, facts, taint=value.taint)
    if items and all(isinstance(item, Const) and isinstance(item.value, str) for item in items):
        return Array(TensorSpec((len(items),), None), node, Facts(text=True), taint=value.taint)
    parts = [_as_array(item, None, seen, depth - 1) for item in items]
    arrays = [part for part in parts if isinstance(part, Array)]
    if not parts or len(arrays) < len(parts):
        return None
    if all(isinstance(item, Const) for item in items):  # more numbers than are held one by one
        return Array(TensorSpec((len(items),), None), node, taint=value.taint)
    stacked = shapes.stacked([array.spec.shape for array in arrays], 0)
    if stacked is None or any(array.spec.shape is None for array in arrays):
        return None
    dtype = _listed_dtype(arrays[0])
    for array in arrays[1:]:
        dtype = dtypes.promote(dtype, _listed_dtype(array))
    return Array(TensorSpec(stacked, dtype), node, joined_facts(arrays), taint=value.taint)


def _by_class(numbers: list[Any], shape: Shape) -> bool:
    """Whether integers come class by class: in order, and each of them several times."""
    return (
        len(shape) == 1
        and numbers == sorted(numbers)
        and all(isinstance(n, int) for n in numbers)
        and 1 < len(set(numbers)) <= len(numbers) // 2
    )


def flat_numbers(value: Value, depth: int = MAX_NESTING) -> tuple[list[Any], Shape] | None:
    """The numbers of a regular nested list, and its shape; None for anything else, and for too many."""
    match value:
        case Const(value=bool() | int() | float() as number):
            return [number], ()
        case Sequence(kind="list" | "tuple" | "range", items=list(items)) if depth:
            numbers: list[Any] = []
            inner: Shape | None = None
            for item in items:
                part = flat_numbers(item, depth - 1)
                if part is None or (inner is not None and part[1] != inner):
                    return None
                numbers += part[0]
                inner = part[1]
                if len(numbers) > MAX_ITEMS or (not part[0] and len(items) > MAX_ROUNDS):
                    return None
            return numbers, (len(items), *(inner or ()))
    return None


def joined_facts(arrays: list[Array]) -> Facts:
    """What is known of the content of several arrays together."""
    first = arrays[0].facts
    if all(array.facts == first for array in arrays):
        return first
    same = {array.facts.dataset for array in arrays}
    dataset = same.pop() if len(same) == 1 else None
    labels = first.labels if all(array.facts.labels == first.labels for array in arrays) else None
    lows = [array.facts.low for array in arrays]
    highs = [array.facts.high for array in arrays]
    low = min(value for value in lows if value is not None) if None not in lows else None
    high = max(value for value in highs if value is not None) if None not in highs else None
    return Facts(low, high, labels, dataset)


def number(value: Value | None) -> Any:
    """A number that is known: a constant, or a NumPy scalar whose range is one point; else None."""
    match value:
        case Const(value=bool() | int() | float() as known):
            return known
        case Array(spec=TensorSpec(shape=()), facts=Facts(low=low, high=high)) if (
            low is not None and low == high
        ):
            return low
    return None


def scalar(args: Arguments, value: Any, dtype: str | None) -> Value:
    """A NumPy scalar of a known value."""
    return Array(TensorSpec((), dtype), args.node, Facts(value, value), taint=args.call.taint)


def python_number(call: "Call", facts: Facts = NO_FACTS) -> Value:
    """A number of Python that is not known: a scalar whose dtype gives way to all others."""
    return some_number(call.node, call.taint, facts)


def _listed_dtype(item: Array) -> str | None:
    """The dtype that an item of a list asks for; numbers of Python are known by the way they came about."""
    if item.spec.shape != () or item.spec.dtype is not None:
        return item.spec.dtype
    return "int64" if item.facts.drawn == "integers" else "float64" if item.facts.continuous else None


def known_spec(value: Value | None) -> TensorSpec:
    """The spec of an array, or one of which nothing is known."""
    return value.spec if isinstance(value, (Array, Tensor)) else TensorSpec(None, None)


def facts_of(value: Value | None) -> Facts:
    """What is known of an array's content."""
    return value.facts if isinstance(value, Array) else NO_FACTS


def shaped_of(value: Value | None) -> Any:
    """The node that gave an array its shape."""
    return value.shaped if isinstance(value, Array) else None


__all__ = [
    "Arguments",
    "Table",
    "as_array",
    "computed",
    "facts_of",
    "flat_numbers",
    "joined_facts",
    "known_spec",
    "number",
    "python_number",
    "register",
    "scalar",
    "shaped_of",
]
