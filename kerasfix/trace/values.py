"""Abstract values: what an expression of the script is, as far as it can be told without running it.

`origin` is the node that made a value, so that a message can say where it came from. `taint` names the
parameters (of a loss, say) that a value depends on.
"""

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, Literal

import libcst as cst

from kerasfix import light
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
            if name
            not in {
                "origin",
                "taint",
                "shaped",
                "scope",
                "node",
                "_constant",
                "history",
                "cycle",
                "first",
                "instance",
                "mask",
                "offset",
            }
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


class Among(Unknown):
    """A value that is not known, but on some way through the script it is one of these strings."""

    __slots__ = ("strings",)

    def __init__(self, strings: "tuple[Const, ...]", origin: cst.CSTNode | None, taint: Taint) -> None:
        super().__init__(origin, taint)
        self.strings = strings


class Sequence(Value):
    """A tuple, list or set; `items` is None where it is not known how many there are."""

    __slots__ = ("element", "items", "kind")

    def __init__(
        self,
        kind: str,
        items: list[Value] | None,
        origin: cst.CSTNode | None = None,
        taint: Taint = CLEAN,
        element: Value | None = None,
    ) -> None:
        super().__init__(origin, taint)
        self.kind = kind
        self.items = items
        self.element = element
        """What holds of each item, where `items` is None and that much is known."""


class Mapping(Value):
    """A dict with keys that are constants; `items` is None where its contents are not known."""

    __slots__ = ("items",)

    def __init__(
        self, items: dict[Any, Value] | None, origin: cst.CSTNode | None = None, taint: Taint = CLEAN
    ) -> None:
        super().__init__(origin, taint)
        self.items = items


@light.dataclass(frozen=True)
class Labels:
    """What is known of class labels: how many classes, and whether integers or one-hot rows."""

    classes: int | None
    one_hot: bool = False


@light.dataclass(frozen=True)
class Facts:
    """What is known of an array's content."""

    low: float | None = None
    high: float | None = None
    labels: Labels | None = None
    dataset: str | None = None
    """The loader it comes from, such as `keras.datasets.mnist`."""
    continuous: bool = False
    """Numbers of a quantity that takes any value, drawn at random or measured: they are no class labels."""
    drawn: Literal["integers", "normal", ""] = ""
    """How they were drawn at random, each on its own: integers of a range, or numbers around 0."""
    grouped: bool = False
    """Labels that come class by class."""
    text: bool = False
    """Strings."""
    raw: str | None = None
    """The reader whose numbers these still are, only picked and put in order: `pandas.read_csv`."""


NO_FACTS = Facts()


class Array(Value):
    """A NumPy array or an eager tensor: its shape has no batch axis of its own, sizes are as they are."""

    __slots__ = ("facts", "offset", "part", "shaped", "spec", "step")

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
        self.part: tuple[Array, slice] | None = None
        """Whose samples these are, and which of them, where they were taken by a slice."""
        self.shaped = shaped if shaped is not None else origin
        """The node that gave it its shape: elementwise steps keep it."""
        self.offset: tuple[Array, int] | None = None
        """For a number that is not known: which other one it is, and how much more."""
        self.step: LayerCall | None = None
        """The call of a model on data that it is the output of."""


class Frame(Array):
    """A DataFrame (rank 2) or Series (rank 1) of pandas; `columns` are its names, None where not known."""

    __slots__ = ("columns",)

    def __init__(
        self,
        spec: TensorSpec,
        columns: tuple[Any, ...] | None = None,
        origin: cst.CSTNode | None = None,
        facts: Facts = NO_FACTS,
        shaped: cst.CSTNode | None = None,
        taint: Taint = CLEAN,
    ) -> None:
        super().__init__(spec, origin, facts, shaped, taint)
        self.columns = columns


class Tensor(Value):
    """A symbolic tensor: a KerasTensor, or (`graph`) a tensor inside a loss, a metric or a `call`."""

    __slots__ = ("cycle", "graph", "history", "mask", "source", "spec")

    def __init__(
        self,
        spec: TensorSpec,
        origin: cst.CSTNode | None = None,
        *,
        graph: bool = False,
        history: "LayerCall | None" = None,
        source: "Layer | None" = None,
        taint: Taint = CLEAN,
    ) -> None:
        super().__init__(origin, taint)
        self.spec = spec
        self.graph = graph
        self.history = history
        self.mask: Tensor | None = None
        """The mask that Keras keeps beside it."""
        self.source = source
        """The `InputLayer` that `keras.Input` stands for, or that a model has put in the place of this tensor."""
        self.cycle: LayerCall | Unknown | None = None
        """A call that gave this tensor back as its own output; Unknown where it may have."""


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


class Partial(Value):
    """A function with some of its arguments: `functools.partial(layers.Dense, activation="relu")`."""

    __slots__ = ("arguments", "function")

    def __init__(self, function: Value, arguments: "list[Argument]", origin: cst.CSTNode | None) -> None:
        super().__init__(origin)
        self.function = function
        self.arguments = arguments


class Function(Value):
    """A function or lambda of the script. `kind` is `static`, `class` or `property` where a decorator says so."""

    __slots__ = ("called", "defaults", "kind", "name", "node", "owner", "scope")

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
        self.kind = ""


class Class(Value):
    """A class of the script. `bases` are values; `members` the names bound in its body."""

    __slots__ = ("bases", "dataclass", "members", "name")

    def __init__(self, name: str, bases: list[Value], members: dict[str, Value], origin: cst.CSTNode) -> None:
        super().__init__(origin)
        self.name = name
        self.bases = bases
        self.members = members
        self.dataclass = False

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
    """An object of a class of the script.

    Of a subclassed Keras model or layer it is the part that the script defines: the value itself is a
    `Model` or `Layer` that has it as `instance`.
    """

    __slots__ = ("attributes", "cls", "inherited", "weights")

    def __init__(self, cls: Class, attributes: dict[str, Value], origin: cst.CSTNode | None = None) -> None:
        super().__init__(origin)
        self.cls = cls
        self.attributes = attributes
        self.weights: int | None = 0
        """The numbers in the weights that it adds itself; None where that is not known."""
        self.inherited: Layer | None = None
        """What its class inherits from a layer of Keras that is more than `Layer`: a `Dense`, say."""


class Super(Value):
    """`super()`: what the classes above `cls` make of `owner`."""

    __slots__ = ("cls", "owner")

    def __init__(self, cls: Class, owner: Value, origin: cst.CSTNode | None = None) -> None:
        super().__init__(origin)
        self.cls = cls
        self.owner = owner


class Object(Value):
    """An object of a library class: an optimizer, a loss, a `History`; `arguments` are as given."""

    __slots__ = ("arguments", "cls")

    def __init__(self, cls: str, arguments: "dict[str, Value]", origin: cst.CSTNode | None = None) -> None:
        super().__init__(origin)
        self.cls = cls
        self.arguments = arguments


class Layer(Value):
    """A Keras layer: class, arguments, and the calls made to it so far.

    One of a class of the script has that part as `instance`, and `Layer` as its `cls`.
    """

    __slots__ = (
        "arguments", "built_with", "call", "cls", "complete", "first", "instance", "name", "params", "refused",
        "statement", "via",
    )  # fmt: skip

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
        self.name: str | None = None
        """Its name in Keras: `dense_1`, or what `name=` says; None where that is not known."""
        self.built_with: Any = None
        self.first: LayerCall | None = None
        """The first call on symbolic tensors: what `layer.output` speaks of."""
        self.params: int | None = None
        """How many numbers its weights hold; None where it is not built, or not known."""
        self.instance: Instance | None = None
        self.refused = False
        """Whether its constructor refuses the arguments, which has been told."""

    @property
    def class_name(self) -> str:
        """The name of its class, also where the script defines it."""
        return self.cls if self.instance is None else self.instance.cls.name


@dataclass(eq=False, repr=False)
class Argument:
    """One argument of a call, as written."""

    value: Value
    node: cst.Arg
    keyword: str | None = None


@dataclass(eq=False, repr=False)
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
    extra: dict[str, Any] | None = None
    """The call's other arguments, by name."""
    name: str | None = None
    """The name of an operation that is neither layer nor model in Keras: `add_1`."""
    given: Value | None = None
    """What it was called on: tensors, or a list or dict of them."""
    value: Value | None = None
    """What came out."""
    masks: "tuple[Tensor, ...]" = ()
    """The masks of its inputs, where Keras calls the layer with them."""
    operation: str | None = None
    """The class of an operation that no line of the script names."""
    order: int = field(default_factory=count().__next__)
    """Later calls have higher numbers."""


class Model(Value):
    """A Keras model.

    `steps` are the layers of a Sequential model in order; `inputs` and `output` are structures of `TensorSpec`, None
    while not known. `known` falls where something is done to it that cannot be followed: no shape is claimed then.
    """

    __slots__ = (
        "compiled", "declared", "entry", "fed", "first", "in_sight", "inputs", "instance", "kind", "known", "label",
        "name", "opaque", "output", "outputs", "repaired", "steps",
    )  # fmt: skip

    def __init__(self, kind: str, origin: cst.CSTNode | None) -> None:
        super().__init__(origin)
        self.kind = kind
        self.name: str | None = None
        self.steps: list[LayerCall] = []
        self.inputs: Any = None
        self.output: Any = None
        self.entry: Value | None = None
        """The input tensor or tensors of a model that is a graph (Functional, or Sequential and built)."""
        self.outputs: Any = None
        """The output tensors of such a model."""
        self.declared: cst.CSTNode | None = None
        """The node that declares the input: `Input(...)`, or the `input_shape=` argument of a layer."""
        self.known = True
        self.repaired = False
        """The declared input was wrong and has been replaced by what a fix would put there."""
        self.label: str | None = None
        """Its name in Keras: `sequential_1`, or what `name=` says; None where that is not known."""
        self.first: LayerCall | None = None
        """The first time that it was called on symbolic tensors, as a part of another model."""
        self.instance: Instance | None = None
        self.opaque: Any = None
        """The `Inferred` of any input, as a function, for a model whose layers are not looked at."""
        self.compiled: Any = None
        self.in_sight = True
        """Whether all that is done to it is seen; it may be compiled elsewhere if not."""
        self.fed: list[Array] = []
        """All data that is given to it, anywhere in the script."""

    @property
    def class_name(self) -> str:
        """The name of its class, also where the script defines it."""
        return self.kind if self.instance is None else self.instance.cls.name

    def overrides(self, method: str) -> bool:
        """Whether the script has its own way for a method of Keras, such as `train_step`."""
        return self.instance is not None and self.instance.cls.find(method) is not None


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
            taint = taint | value.taint if value.taint else taint
            if not isinstance(value, (Sequence, Mapping, Bound)):  # nearly always
                continue
            if isinstance(value, Sequence):
                inner += value.items or ()
            elif isinstance(value, Mapping):
                inner += (value.items or {}).values()
            elif isinstance(value, Bound):
                inner.append(value.owner)
        if not (level := inner):
            break
    return taint
