"""Scopes, and a journal of changes so that branches can be tried, undone and joined."""

from collections.abc import Iterable
from typing import Any, Final

from kerasfix.keras.naming import Names
from kerasfix.keras.shape import ANY, UNKNOWN_SPEC, Shape, TensorSpec
from kerasfix.trace.values import (
    NO_FACTS,
    Among,
    Array,
    Const,
    Frame,
    Instance,
    Layer,
    LayerCall,
    Mapping,
    Model,
    Reference,
    Sequence,
    Tensor,
    Unknown,
    Value,
    taint_of,
)


class Scope:
    """Names of a module, function or class body. Names in `maybe` are bound on some paths only."""

    __slots__ = ("globals", "kind", "maybe", "names", "parent")

    def __init__(self, kind: str, parent: "Scope | None" = None) -> None:
        self.kind = kind
        self.parent = parent
        self.names: dict[str, Value] = {}
        self.maybe: set[str] = set()
        self.globals: set[str] = set()

    def find(self, name: str) -> "Scope | None":
        """The scope in which a name is bound, seen from here (class bodies are not seen from inside functions)."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names and (scope is self or scope.kind != "class"):
                return scope
            scope = scope.parent
        return None


# The fields of each kind of value that a script can change after it was made.
_MUTABLE: dict[type, tuple[str, ...]] = {
    Scope: ("names", "maybe"),
    Sequence: ("items", "element"),
    Mapping: ("items",),
    Frame: ("spec", "columns", "facts"),
    Instance: ("attributes", "weights"),
    Layer: ("built_with", "first", "params"),
    Model: (
        "steps",
        "inputs",
        "output",
        "entry",
        "outputs",
        "declared",
        "known",
        "in_sight",
        "repaired",
        "compiled",
        "name",
        "first",
    ),
    Names: ("taken",),
    Tensor: ("cycle",),
}
State = dict[str, Any]


def _fields(thing: Any) -> tuple[str, ...]:
    return next(fields for kind, fields in _MUTABLE.items() if isinstance(thing, kind))


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, (dict, list, set)) else value


def _state(thing: Any) -> State:
    return {name: _copy(getattr(thing, name)) for name in _fields(thing)}


def _restore(thing: Any, state: State) -> None:
    for name, value in state.items():
        setattr(thing, name, _copy(value))


class Journal:
    """Remembers, for each branch under way, how things were before it changed them."""

    def __init__(self) -> None:
        self._stack: list[dict[Any, State]] = []
        self._born: list[set[Any]] = []
        self.grown = 0
        """How often a list came out of a branch with other items than it went in."""

    def touch(self, thing: Any) -> None:
        """To be called before anything is changed."""
        if self._stack and thing not in self._stack[-1] and thing not in self._born[-1]:
            self._stack[-1][thing] = _state(thing)

    def born(self, thing: Any) -> None:
        """Something is new: only this branch knows it, so that there is nothing to put back or to join."""
        if self._born:
            self._born[-1].add(thing)

    def begin(self) -> None:
        """Start a branch."""
        self._stack.append({})
        self._born.append(set())

    def undo(self) -> dict[Any, State]:
        """End a branch and put everything back; what it had changed, and to what, is returned."""
        before = self._stack.pop()
        self._end_births()
        after = {thing: _state(thing) for thing in before}
        for thing, state in before.items():
            _restore(thing, state)
        return after

    def keep(self) -> None:
        """End a branch and leave everything as it is now."""
        before = self._stack.pop()
        self._end_births()
        if self._stack:
            for thing, state in before.items():
                self._stack[-1].setdefault(thing, state)

    def _end_births(self) -> None:
        born = self._born.pop()
        if self._born:
            self._born[-1] |= born

    def join(self, *branches: dict[Any, State], scopes: bool = True) -> None:
        """Go on with what holds after any of these branches; one that changed nothing is an empty dict."""
        for thing in {thing: None for branch in branches for thing in branch}:
            if isinstance(thing, Scope) and not scopes:
                continue
            self.touch(thing)
            states = [branch.get(thing) or _state(thing) for branch in branches]
            joined = states[0]
            for other in states[1:]:
                joined = _join_states(thing, joined, other)
            _restore(thing, joined)
            self.grown += isinstance(thing, Sequence) and joined["items"] is None


def _join_states(thing: Any, one: State, other: State) -> State:
    match thing:
        case Scope():
            names, half = _join_names(one["names"], other["names"])
            return {"names": names, "maybe": one["maybe"] | other["maybe"] | half}
        case Instance():
            weights = one["weights"] if one["weights"] == other["weights"] else None
            return {"attributes": _join_names(one["attributes"], other["attributes"])[0], "weights": weights}
        case Sequence():
            if _same_items(one["items"], other["items"]) and one["element"] is other["element"]:
                return one
            return {"items": None, "element": _joined_element(one, other)}
        case Frame():
            return {
                "spec": join_specs(one["spec"], other["spec"]),
                "columns": one["columns"] if one["columns"] == other["columns"] else None,
                "facts": one["facts"] if one["facts"] == other["facts"] else NO_FACTS,
            }
        case Mapping():
            same = one["items"] is not None and one["items"] == other["items"]
            return one if same else {"items": None}
        case Names():
            words = {*one["taken"], *other["taken"]}
            same = {word: one["taken"].get(word, 0) for word in words}
            return {
                "taken": {word: n if n == other["taken"].get(word, 0) else None for word, n in same.items()}
            }
        case Tensor():
            return one if one == other else {"cycle": Unknown()}
        case Model():
            return _join_models(thing, one, other)
    return one if one == other else dict.fromkeys(one)


def _join_models(model: Model, one: State, other: State) -> State:
    """A model whose layers differ is not known, but for a Sequential one of which only the end is another."""
    changed = {name for name in one if one[name] != other[name]}
    joined = one
    if (
        model.kind == "Sequential"
        and changed & {"steps"}
        and changed <= _GROWN
        and isinstance(one["inputs"], TensorSpec)
    ):
        joined = _join_steps(one, other)
    elif changed - {"compiled", "name", "entry", "in_sight"}:
        joined = {**one, "known": False}
    in_sight = one["in_sight"] and other["in_sight"]
    return {**joined, "compiled": one["compiled"] or other["compiled"], "in_sight": in_sight}


_GROWN: Final = frozenset({"steps", "output", "outputs", "compiled", "name", "entry", "in_sight", "first"})


def _join_steps(one: State, other: State) -> State:
    """Layers that were added on one way only stand as one step, of which its output alone may be known."""
    shared = [a for a, b in zip(one["steps"], other["steps"], strict=False) if a is b]
    longer = max(one["steps"], other["steps"], key=len)
    last, before = longer[-1], shared[-1].output if shared else one["inputs"]
    outputs = [state["output"] for state in (one, other)]
    single = all(isinstance(output, TensorSpec) for output in outputs)
    output = join_specs(*outputs) if single else UNKNOWN_SPEC
    entry = shared[-1].value if shared else one["entry"]
    parents = (entry,) if isinstance(entry, Tensor) else ()
    step = LayerCall(None, before, output, last.node, last.statement, parents, given=entry, operation="?")
    step.value = Tensor(output, last.node, history=step)
    return {**one, "steps": [*shared, step], "output": output, "outputs": step.value}


def _same_items(one: list[Value] | None, other: list[Value] | None) -> bool:
    return one is not None and other is not None and one == other


def _joined_element(one: State, other: State) -> Value | None:
    """What holds of each item of a list that is in one state or the other."""
    items: list[Value] = []
    for state in (one, other):
        if state["items"] is None and state["element"] is None:
            return None
        items += state["items"] if state["items"] is not None else [state["element"]]
    return join_all(items) if items else None


def _join_names(one: dict[str, Value], other: dict[str, Value]) -> tuple[dict[str, Value], set[str]]:
    names = {
        name: join(one[name], other[name])
        if name in one and name in other
        else (one.get(name) or other[name])
        for name in {**one, **other}
    }
    return names, set(one.keys() ^ other.keys())


def join(one: Value, other: Value) -> Value:
    """What is known of a value that is one or the other."""
    if one is other:
        return one
    match one, other:
        case Const(value=a), Const(value=b) if type(a) is type(b) and (a is b or a == b):
            return one
        case Reference(name=a), Reference(name=b) if a == b:
            return one
        case Array(), Array() if type(one) is type(other):
            facts = one.facts if one.facts == other.facts else NO_FACTS
            spec = join_specs(one.spec, other.spec)
            if isinstance(one, Frame) and isinstance(other, Frame):
                columns = one.columns if one.columns == other.columns else None
                return Frame(spec, columns, one.origin, facts, one.shaped, taint_of(one, other))
            return Array(spec, one.origin, facts, one.shaped, taint_of(one, other))
        case Tensor(), Tensor():
            spec = join_specs(one.spec, other.spec)
            return Tensor(spec, one.origin, graph=one.graph, taint=taint_of(one, other))
        case Sequence(items=list(a)), Sequence(items=list(b)) if one.kind == other.kind and len(a) == len(b):
            return Sequence(one.kind, [join(x, y) for x, y in zip(a, b, strict=True)], one.origin)
    strings = (*_strings(one), *_strings(other))
    if 0 < len(strings) <= _MAX_STRINGS:
        return Among(strings, one.origin, taint_of(one, other))
    return Unknown(one.origin, taint_of(one, other))


_MAX_STRINGS = 8


def _strings(value: Value) -> tuple[Const, ...]:
    """The strings that a value may be."""
    match value:
        case Among(strings=strings):
            return strings
        case Const(value=str()):
            return (value,)
    return ()


def join_all(values: Iterable[Value | None]) -> Value:
    """`join` over several; Unknown for none, or where one is None."""
    joined: Value | None = None
    for value in values:
        if value is None:
            return Unknown()
        joined = value if joined is None else join(joined, value)
    return joined or Unknown()


def join_specs(one: TensorSpec, other: TensorSpec) -> TensorSpec:
    """What is known of a tensor that has one spec or the other."""
    dtype = one.dtype if one.dtype == other.dtype else None
    if one.shape is None or other.shape is None or len(one.shape) != len(other.shape):
        return TensorSpec(None, dtype)
    shape: Shape = tuple(a if a == b else ANY for a, b in zip(one.shape, other.shape, strict=True))
    return TensorSpec(shape, dtype)
