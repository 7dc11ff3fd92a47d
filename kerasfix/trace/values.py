"""Abstract values: what an expression of the script is, as far as it can be told without running it.

`origin` is the node that made a value, so that a message can say where it came from. `taint` names the
parameters (of a loss, say) that a value depends on.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import libcst as cst

from kerasfix.keras.shape import TensorSpec

if TYPE_CHECKING:
    from kerasfix.trace.scope import Scope

Taint = frozenset[str]
CLEAN: Taint = frozenset()


class Value:
    """Any value; on its own, one of which nothing is known."""

    __slots__ = ("origin", "taint")

    def __init__(self, origin: cst.CSTNode | None = None, taint: Taint = CLEAN) -> None:
        self.origin = origin
        self.taint = taint

    def __repr__(self) -> str:
        fields = [name for cls in type(self).__mro__ for name in getattr(cls, "__slots__", ())]
        shown = ", ".join(
            f"{name}={getattr(self, name)!r}"
            for name in fields
            if name not in {"origin", "taint", "scope", "node", "_constant", "history"}
        )
        return f"{type(self).__name__}({shown})"


class Unknown(Value):
    """A value of which nothing is known."""

    __slots__ = ()


class Const(Value):
    """A Python number, string, bool, None or the like."""

    __slots__ = ("value",)

    def __init__(self, value: Any, origin: cst.CSTNode | None = None, taint: Taint = CLEAN) -> None:
        super().__init__(origin, taint)
        self.value = value


class Sequence(Value):
    """A tuple, list or set; `items` is None where its contents are not known."""

    __slots__ = ("items", "kind")

    def __init__(
        self,
        kind: str,
        items: list[Value] | None,
        origin: cst.CSTNode | None = None,
        taint: Taint = CLEAN,
    ) -> None:
        super().__init__(origin, taint)
        self.kind = kind
        self.items = items


class Mapping(Value):
    """A dict with keys that are constants; `items` is None where its contents are not known."""

    __slots__ = ("items",)

    def __init__(
        self, items: dict[Any, Value] | None, origin: cst.CSTNode | None = None, taint: Taint = CLEAN
    ) -> None:
        super().__init__(origin, taint)
        self.items = items


@dataclass(frozen=True, slots=True)
class Labels:
    """What is known of class labels: how many classes, and whether integers or one-hot rows."""

    classes: int | None
    one_hot: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an array's content."""

    low: float | None = None
    high: float | None = None
    labels: Labels | None = None
    dataset: str | None = None
    """The loader it comes from, such as `keras.datasets.mnist`."""


NO_FACTS = Facts()


class Array(Value):
    """A NumPy array or an eager tensor: its shape has no batch axis of its own, sizes are as they are."""

    __slots__ = ("facts", "shaped", "spec")

    def __init__(
        self,
        spec: TensorSpec,
        origin: cst.CSTNode | None = None,
        facts: Facts = NO_FACTS,
        shaped: cst.CSTNode | None = None,
        taint: Taint = CLEAN,
    ) -> None:
        super().__init__(origin, taint)
        self.spec = spec
        self.facts = facts
        self.shaped = shaped if shaped is not None else origin
        """The node that gave it its shape: elementwise steps keep it."""


class Tensor(Value):
    """A symbolic tensor: a KerasTensor, or (`graph`) a tensor inside a loss, a metric or a `call`."""

    __slots__ = ("graph", "history", "spec")

    def __init__(
        self,
        spec: TensorSpec,
        origin: cst.CSTNode | None = None,
        *,
        graph: bool = False,
        history: "LayerCall | None" = None,
        taint: Taint = CLEAN,
    ) -> None:
        super().__init__(origin, taint)
        self.spec = spec
        self.graph = graph
        self.history = history


class Reference(Value):
    """Something of a library, by its canonical dotted name: `keras.layers.Dense`, `numpy`, `numpy.exp`.

    `via` is the root under which the script reached Keras: `keras` or `tensorflow.keras`.
    """

    __slots__ = ("name", "via")

    def __init__(self, name: str, via: str = "", origin: cst.CSTNode | None = None) -> None:
        super().__init__(origin)
        self.name = name
        self.via = via


class Bound(Value):
    """A method of a value, not called yet."""

    __slots__ = ("name", "owner")

    def __init__(self, owner: Value, name: str, origin: cst.CSTNode | None = None) -> None:
        super().__init__(origin, owner.taint)
        self.owner = owner
        self.name = name


class Function(Value):
    """A function or lambda of the script."""

    __slots__ = ("called", "defaults", "name", "node", "owner", "scope")

    def __init__(
        self,
        node: cst.FunctionDef | cst.Lambda,
        scope: "Scope",
        defaults: dict[str, Value],
        owner: "Class | None" = None,
    ) -> None:
        super().__init__(node)
        self.node = node
        self.scope = scope
        self.defaults = defaults
        self.owner = owner
        self.name = node.name.value if isinstance(node, cst.FunctionDef) else "<lambda>"
        self.called = False


class Class(Value):
    """A class of the script. `bases` are values; `members` the names bound in its body."""

    __slots__ = ("bases", "members", "name")

    def __init__(self, name: str, bases: list[Value], members: dict[str, Value], origin: cst.CSTNode) -> None:
        super().__init__(origin)
        self.name = name
        self.bases = bases
        self.members = members

    def find(self, name: str) -> Value | None:
        """A member of this class or of its bases in the script."""
        if name in self.members:
            return self.members[name]
        for base in self.bases:
            if isinstance(base, Class) and (found := base.find(name)) is not None:
                return found
        return None

    def library_bases(self) -> set[str]:
        """The library classes it derives from; `?` stands for one that is not known."""
        names: set[str] = set()
        for base in self.bases:
            if isinstance(base, Class):
                names |= base.library_bases()
            else:
                names.add(base.name if isinstance(base, Reference) else "?")
        return names


class Instance(Value):
    """An object of a class of the script."""

    __slots__ = ("attributes", "cls")

    def __init__(self, cls: Class, attributes: dict[str, Value], origin: cst.CSTNode | None = None) -> None:
        super().__init__(origin)
        self.cls = cls
        self.attributes = attributes


class Object(Value):
    """An object of a library class: an optimizer, a loss, a `History`; `arguments` are as given."""

    __slots__ = ("arguments", "cls")

    def __init__(self, cls: str, arguments: "dict[str, Value]", origin: cst.CSTNode | None = None) -> None:
        super().__init__(origin)
        self.cls = cls
        self.arguments = arguments


class Layer(Value):
    """A Keras layer: class, arguments, and the calls made to it so far."""

    __slots__ = ("arguments", "built_with", "call", "cls", "complete", "statement", "via")

    def __init__(
        self,
        cls: str,
        arguments: dict[str, "Argument"],
        complete: bool,
        call: cst.Call,
        statement: cst.CSTNode | None,
        via: str,
    ) -> None:
        super().__init__(call)
        self.cls = cls
        self.arguments = arguments
        self.complete = complete
        """Whether all arguments are seen (no unknown `**kwargs`)."""
        self.call = call
        self.statement = statement
        self.via = via
        self.built_with: Any = None


@dataclass(slots=True, eq=False)
class Argument:
    """One argument of a call, as written."""

    value: Value
    node: cst.Arg
    keyword: str | None = None


@dataclass(slots=True, eq=False)
class LayerCall:
    """One layer applied to one input: a step of a model."""

    layer: Layer | None
    inputs: Any
    """A `Structure` of `TensorSpec`."""
    output: Any
    node: cst.CSTNode
    statement: cst.CSTNode | None
    parents: "tuple[Tensor, ...]" = ()
    model: "Model | None" = None
    """The nested model that was called, where it was not a layer."""
    looped: bool = False
    """Made in a loop, or in a function called more than once: one place in the text, several layers."""


class Model(Value):
    """A Keras model.

    `steps` are the layers of a Sequential model in order; `inputs` and `output` are structures of
    `TensorSpec`, None while not known. `known` falls where the script does something to the model that
    cannot be followed: from then on nothing is claimed about its shapes.
    """

    __slots__ = (
        "compiled", "declared", "fed", "inputs", "kind", "known", "name", "output", "outputs", "repaired", "steps",
    )  # fmt: skip

    def __init__(self, kind: str, origin: cst.CSTNode | None) -> None:
        super().__init__(origin)
        self.kind = kind
        self.name: str | None = None
        self.steps: list[LayerCall] = []
        self.inputs: Any = None
        self.output: Any = None
        self.outputs: Any = None
        """The output tensors of a Functional model."""
        self.declared: cst.CSTNode | None = None
        """The node that declares the input: `Input(...)`, or the `input_shape=` argument of a layer."""
        self.known = True
        self.repaired = False
        """The declared input was wrong and has been replaced by what a fix would put there."""
        self.compiled: Any = None
        self.fed: list[Array] = []
        """All data that is given to it, anywhere in the script."""


class Dropped(Value):
    """What a method that returns None (or a History) gives, where the script may go on as if it were the model."""

    __slots__ = ("assignment", "call", "method", "model", "reported")

    def __init__(self, model: Model, method: str, call: cst.Call) -> None:
        super().__init__(call)
        self.model = model
        self.method = method
        self.call = call
        self.assignment: cst.CSTNode | None = None
        self.reported = False


class DatasetSplit(Sequence):
    """What `load_data()` of a Keras dataset returns, before it is unpacked: a pair of pairs."""

    __slots__ = ("dataset",)

    def __init__(self, dataset: str, items: list[Value], origin: cst.CSTNode) -> None:
        super().__init__("tuple", items, origin)
        self.dataset = dataset


def taint_of(*values: "Value | None", depth: int = 4) -> Taint:
    """The parameters that any of these values, or what is in them, depends on."""
    taint: Taint = CLEAN
    seen: set[int] = set()  # a list may hold the same list many times
    level = list(values)
    for _ in range(depth + 1):
        inner: list[Value | None] = []
        for value in level:
            if value is None or id(value) in seen:
                continue
            seen.add(id(value))
            taint |= value.taint
            if isinstance(value, Sequence):
                inner += value.items or ()
            elif isinstance(value, Mapping):
                inner += (value.items or {}).values()
            elif isinstance(value, Bound):
                inner.append(value.owner)
        if not inner:
            break
        level = inner
    return taint
