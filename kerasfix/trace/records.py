"""What the trace tells the rules: faults met on the way, and facts about models, calls and data.

A record keeps the nodes it came from; rules turn it into a finding and never derive a shape again.
"""

from typing import Literal

import libcst as cst

from kerasfix.keras.shape import Rejected, Structure, TensorSpec
from kerasfix.light import dataclass, field
from kerasfix.syntax.module import SyntaxFault
from kerasfix.trace.custom_records import (
    CallLacks,
    GoneAttribute,
    LabelsIgnored,
    LossSignature,
    MisplacedArgument,
    MissingSuper,
    NoGradient,
    NumpyActivation,
    NumpyInGraph,
    OnKerasTensor,
    OperandsClash,
    OutsideTape,
    SymbolicAsPython,
    TensorFromOutside,
)
from kerasfix.trace.data_records import DataRecord
from kerasfix.trace.old_names import OldName
from kerasfix.trace.structures import InputStructure, OutputStructure
from kerasfix.trace.values import (
    Argument,
    Array,
    Const,
    Layer,
    LayerCall,
    Model,
    Object,
    Tensor,
    Value,
)

LabelKind = Literal["binary", "classes", "one-hot", "multi-label", "values", "text"]
"""0 or 1 for each sample; a class number for each; one-hot rows; several 0 or 1 for each; numbers that are no
classes; strings."""


@dataclass(eq=False, repr=False)
class InvalidSyntax:
    """The source does not parse."""

    fault: SyntaxFault


@dataclass(eq=False, repr=False)
class NotFollowed:
    """A budget ran out: the script is not followed to its end."""

    reason: str
    """What is too much, as a clause: `it takes more than 200,000 steps`."""
    node: cst.CSTNode | None = None
    """The statement at which it ran out; None where nothing was looked at."""


@dataclass(eq=False, repr=False)
class MissingImport:
    """A library's name that is used and bound nowhere; `home` is where it lives (`keras.layers.Dense`, `numpy`)."""

    name: str
    home: str
    nodes: list[cst.CSTNode]
    replaced: "list[NumpyInGraph]" = field(default_factory=list)
    """Uses that go away when NumPy calls in the graph are rewritten."""
    unreached: bool = False
    """All uses are in functions of a script that nothing in it calls."""


@dataclass(eq=False, repr=False)
class UndefinedData:
    """A name for data (`x_train`) that is used and bound nowhere."""

    name: str
    nodes: list[cst.CSTNode]
    needs: str = ""
    """What the model it is given to needs: `shape (None, 784), float32`."""
    role: str = ""
    unreached: bool = False


@dataclass(eq=False, repr=False)
class UndefinedName:
    """Any other name that is not bound where it is used; `later` where it is bound further down."""

    name: str
    nodes: list[cst.CSTNode]
    later: bool = False
    near: tuple[str, ...] = ()
    unreached: bool = False


@dataclass(eq=False, repr=False)
class UnknownKerasName:
    """An import or attribute that Keras does not have."""

    module: str
    """The canonical module it was looked for in."""
    name: str
    via: str
    node: cst.CSTNode
    """The name itself in the text."""
    statement: cst.CSTNode | None
    imported: bool
    uses: list[cst.CSTNode] = field(default_factory=list)
    """Where the name is used that an import binds."""


@dataclass(eq=False, repr=False)
class NestedRank:
    """A model is called on a symbolic tensor with another number of axes, or other sizes, than it declares."""

    model: Model
    given: TensorSpec
    node: cst.Call


@dataclass(eq=False, repr=False)
class NotATensor:
    """A layer or model is called on another one, and not on what that puts out."""

    called: Layer | Model
    given: Layer | Model
    node: cst.BaseExpression


@dataclass(eq=False, repr=False)
class NotCalled:
    """A class of layers is put into a model, or gets a tensor, in the place of a layer that is made of it."""

    cls: str
    node: cst.BaseExpression
    tensor: Argument | None = None
    simple: bool = False
    """A layer of this class needs no arguments, and there are no others."""


@dataclass(eq=False, repr=False)
class LayerRejected:
    """Keras refuses a layer's arguments or input."""

    rejected: Rejected
    layer: Layer
    call: LayerCall
    spec: Structure | None
    """The input, None where the constructor refuses."""
    model: Model | None
    given: Array | None = None
    """The data that decided the input shape, where the model has no declared input."""
    given_at: cst.CSTNode | None = None
    """The call that it was given to."""
    first: bool = False
    """It is the model's first layer."""


@dataclass(eq=False, repr=False)
class ChannelsOrder:
    """A layer looks for the channels of images, or of a feature map, on another axis than they are on."""

    kind: Literal["input", "normalization"]
    """Images come in channels first; a `BatchNormalization` has the axis of channels first."""
    step: LayerCall
    spec: TensorSpec
    """What the layer gets."""
    model: Model | None
    raised: "LayerRejected | InputMismatch | None" = None
    """What Keras says of it; None where it goes on."""


@dataclass(eq=False, repr=False)
class SequenceMismatch:
    """A recurrent layer gives its last step where all steps are wanted, or all where one is."""

    inner: Layer
    """The layer that `return_sequences` is an argument of."""
    source: LayerCall
    """Its call, or that of the `Bidirectional` around it."""
    taker: LayerCall
    """The layer that cannot work on what it gives."""
    wanted: bool
    """What `return_sequences` has to be."""
    rejected: Rejected | None = None
    """What Keras says of it; None where it runs, with another meaning, or where the labels are what tells."""
    feed: "Feed | None" = None
    """The call that gives the model its labels, one for each sample, where that is the fault."""
    labels: Array | None = None
    model: Model | None = None
    """The model that they are given to."""


@dataclass(eq=False, repr=False)
class MissingFlatten:
    """A feature map reaches the Dense head though the labels are one per sample."""

    model: Model
    step: LayerCall
    """The first Dense layer of the head."""
    spec: TensorSpec
    """What reaches it."""
    output: TensorSpec
    feed: "Feed"
    labels: Array | None
    """None where they are not known, but the map is smaller than the input in all directions."""


@dataclass(eq=False, repr=False)
class InputMismatch:
    """Data given to a model differs from the input it declares."""

    model: Model
    expected: TensorSpec
    data: Array
    argument: Argument
    feed: "Feed"
    entry: Tensor | None = None
    """The one input that this is about, of a model with several."""
    sure: bool = True
    """Whether Keras refuses it for certain: data of one column only might pass."""

    @property
    def declared(self) -> cst.CSTNode | None:
        """The node that declares the input."""
        return self.model.declared if self.entry is None else self.entry.origin


@dataclass(eq=False, repr=False)
class ResultAssigned:
    """The result of a method that returns None (or a History) is used as the model afterwards."""

    model: Model
    method: str
    call: cst.CSTNode
    assignment: cst.CSTNode
    use: cst.CSTNode
    name: str | None
    """The name that was assigned, None where it was not a plain `name = ...`."""


@dataclass(eq=False, repr=False)
class UnknownIdentifier:
    """A string that Keras takes for the name of a loss, metric, optimizer ... and does not know."""

    kind: str
    text: str
    node: cst.CSTNode
    owner: str
    """What it was given to: `compile`, `Dense`."""
    function: bool
    """A function or class of this name is in scope."""
    uncalled: bool = False
    """It is no string, but a class of Keras where an object is wanted."""


@dataclass(eq=False, repr=False)
class Compile:
    """A `compile` call."""

    model: Model
    arguments: dict[str, Argument]
    node: cst.CSTNode
    loss: Value | None = None
    statement: cst.CSTNode | None = None
    training: "Training | None" = None
    outputs: "list[Training]" = field(default_factory=list)
    """One for each output of a model with several."""
    complete: bool = True
    """Whether all arguments are seen."""
    misplaced: Argument | None = None
    """The metrics, given by position as in Keras 2: the third argument is `loss_weights` now."""


@dataclass(eq=False, repr=False)
class Feed:
    """A `fit`, `evaluate` or `predict` call, or one like them, and what is given to it."""

    method: str
    model: Model
    x: Argument | None
    y: Argument | None
    node: cst.CSTNode
    statement: cst.CSTNode | None
    compiled: Compile | None = None
    weights: dict[str, Argument] = field(default_factory=dict)
    """`class_weight` and `sample_weight`, where they are given."""
    validation: tuple[Value, ...] = ()
    """Data, labels and weights of `validation_data`, as far as they are given one by one."""
    validation_node: cst.CSTNode | None = None
    never_compiled: bool = False
    """The model is known to be without a `compile` at this place."""
    streamed: Literal["", "pipeline", "generator"] = ""
    """Inputs and labels come out of one pipeline, or a generator of the script: `x` and `y` are one batch of it."""
    direct: bool = False
    """It is a call of the model, or of a loss, itself: `model(x)`; `method` is how that is written."""
    bare: bool = False
    """It is a generator that yields arrays by themselves, and no tuples."""


@dataclass(frozen=True, eq=False)
class Activation:
    """One activation at a model's end: `softmax` and where it is written."""

    name: str | None
    """None where it is not known (a function of the script)."""
    layer: Layer
    """The layer that has it as its argument, or is it."""
    argument: Argument | None
    """`activation="softmax"`; None where it is the layer's default, or the layer is the activation."""


@dataclass(frozen=True, eq=False)
class Head:
    """The end of a model: its last layer with weights, and the activations from there to the output."""

    layer: Layer
    units: Argument | None
    """The argument that says how wide it is; None where another layer behind it changes the width."""
    activations: tuple[Activation, ...]
    """In the order in which they are applied; `linear` ones are left out."""
    after: bool
    """Whether layers that keep the values' meaning stand behind it (`Flatten`, `Dropout`, pooling)."""

    @property
    def activation(self) -> str | None:
        """The last activation, `linear` where there is none, None where it is not known."""
        return self.activations[-1].name if self.activations else "linear"


@dataclass(frozen=True, eq=False)
class Link:
    """One layer of a model that is a chain."""

    layer: Layer
    step: LayerCall
    activation: Activation | None
    """What is applied to its output by itself; None for layers without one (`Dropout`)."""
    width: int | None
    """Its units or filters; None for layers without weights, and where that is not known."""


@dataclass(frozen=True, eq=False)
class Loss:
    """One loss or metric of Keras given to `compile`."""

    name: str
    """Snake case, in full: `mean_squared_error`; `accuracy` and `acc` are as written."""
    node: cst.CSTNode
    """The string, the name, or the call that makes it."""
    from_logits: bool | None = False
    """None where that is not known."""
    plain: bool = True
    """It has no arguments but `from_logits`, so that another may stand in its place."""
    key: str | None = None
    """A metric's name in the logs, where that is known."""


@dataclass(frozen=True, eq=False)
class Labels:
    """Labels that a model is trained or judged with, as far as known."""

    feed: Feed
    data: Array
    kind: LabelKind | None
    classes: int | None
    """How many classes there are, where it is a matter of classes."""
    exact: bool
    """Whether all of the classes are known to occur (the labels of a known data set)."""


@dataclass(eq=False, repr=False)
class Training:
    """What a `compile`, or the call of a loss, brings together: the model's end, the loss, the metrics, all labels."""

    model: Model
    compile: Compile | None
    """None where the script compares output and labels itself: `loss(y, model(x))`."""
    loss: Loss | None
    """None where it is not known, or not of Keras."""
    metrics: list[Loss] | None
    """Those of Keras; None where not all of the list is known."""
    head: Head | None = None
    output: TensorSpec | None = None
    labels: list[Labels] = field(default_factory=list)
    feeds: list[Feed] = field(default_factory=list)
    tensor: Tensor | None = None
    """The one output that this is about, of a model with several."""
    key: str | None = None
    """Its name among the outputs, where that is known."""
    chain: list[Link] = field(default_factory=list)
    """The layers of the model, where all of it is one chain; else empty."""

    @property
    def known_labels(self) -> Labels | None:
        """The first labels whose kind is known."""
        return next((labels for labels in self.labels if labels.kind is not None), None)

    @property
    def width(self) -> int | None:
        """The size of the output's last axis, by its shape or by what the last layer says."""
        if self.output is not None and self.output.shape:
            last = self.output.shape[-1]
            return last if isinstance(last, int) else None
        units = self.head.units.value if self.head is not None and self.head.units is not None else None
        return units.value if isinstance(units, Const) and isinstance(units.value, int) else None


@dataclass(eq=False, repr=False)
class UnknownLogKey:
    """A name that is looked for in the logs of a training and is not there."""

    key: str
    known: tuple[str, ...]
    node: cst.CSTNode
    """The string."""
    fit: cst.CSTNode
    callback: str | None = None
    """The callback that looks for it, None where the script reads it from the history."""
    open: bool = False
    """There may be other names, from callbacks that are not known."""


@dataclass(eq=False, repr=False)
class KerasCall:
    """A call of something of Keras, right or wrong: `keras.layers.Dense(...)`, `model.fit(...)`."""

    name: str
    """As the script reaches it: `keras.layers.Convolution2D`, `keras.models.Model.fit`; not an alias resolved."""
    exists: bool
    """Whether Keras 3 has it."""
    via: str
    arguments: list[Argument]
    complete: bool
    """False where there are arguments that cannot be seen (`**kwargs`)."""
    node: cst.Call
    statement: cst.CSTNode | None
    owner: Value | None = None
    """The value whose method it is."""
    result: Value | None = None
    """What came out of a call that is no method."""


@dataclass(eq=False, repr=False)
class UnusedObject:
    """An optimizer, regularizer, initializer or constraint that nothing uses."""

    made: Object
    family: str
    """`Optimizer`, `Regularizer`, ..."""
    name: str
    """Empty where it has none."""
    compile: Compile | None
    """The one `compile` that takes an optimizer of its own instead."""
    in_reach: bool
    """The name is bound where that `compile` stands."""


Record = (
    InvalidSyntax
    | NotFollowed
    | MissingImport
    | UndefinedData
    | UndefinedName
    | UnknownKerasName
    | OldName
    | NestedRank
    | NotATensor
    | NotCalled
    | LayerRejected
    | SequenceMismatch
    | MissingFlatten
    | InputMismatch
    | InputStructure
    | OutputStructure
    | ResultAssigned
    | UnknownIdentifier
    | Compile
    | Feed
    | Training
    | KerasCall
    | NumpyActivation
    | NumpyInGraph
    | OperandsClash
    | CallLacks
    | UnknownLogKey
    | LabelsIgnored
    | DataRecord
    | NoGradient
    | UnusedObject
    | LossSignature
    | MissingSuper
    | MisplacedArgument
    | OnKerasTensor
    | SymbolicAsPython
    | GoneAttribute
    | OutsideTape
    | ChannelsOrder
    | TensorFromOutside
)


@dataclass
class Program:
    """What a script does with Keras."""

    records: list[Record] = field(default_factory=list)
    models: list[Model] = field(default_factory=list)
    reads: dict[str, list[cst.CSTNode]] = field(default_factory=dict)
    failure: Exception | None = None
    """A bug of kerasfix that ended the trace; the records until then hold."""
