"""Records of code that the script writes for Keras to call: losses, metrics, layers, training loops."""

from typing import TYPE_CHECKING, Literal

import libcst as cst

from kerasfix.light import dataclass
from kerasfix.trace.values import Argument, Array, Class, Function, Layer, Model, Tensor

if TYPE_CHECKING:
    from kerasfix.trace.records import Compile


@dataclass(eq=False, repr=False)
class NumpyInGraph:
    """A NumPy function applied to a tensor in a loss, metric, Lambda or `call`."""

    function: str
    """The NumPy function: `exp`, `maximum`, `linalg.norm`."""
    node: cst.Call
    where: str
    """What it is part of: `the loss custom_loss`."""
    owner: Function | None
    via: str
    name_node: cst.CSTNode | None
    """The `np` in `np.exp`."""


@dataclass(eq=False, repr=False)
class NumpyActivation:
    """A function of NumPy given to a layer as its activation."""

    function: str
    """`tanh`, `exp`."""
    node: cst.BaseExpression
    layer: str


@dataclass(eq=False, repr=False)
class LabelsIgnored:
    """A custom loss whose value does not depend on its first parameter."""

    function: Function
    parameter: str
    compile: "Compile"


@dataclass(eq=False, repr=False)
class OnKerasTensor:
    """A function of TensorFlow or NumPy on a symbolic tensor of Keras."""

    function: str
    """`tensorflow.math.log`, `numpy.exp`."""
    node: cst.Call
    tensor: Tensor


@dataclass(eq=False, repr=False)
class OperandsClash:
    """An operation on tensors whose shapes cannot meet."""

    operator: str
    """libcst's name of it: `Add`."""
    left: Tensor | Array
    right: Tensor | Array
    sizes: tuple[int, int]
    """Those of them that differ."""
    node: cst.CSTNode


@dataclass(eq=False, repr=False)
class CallLacks:
    """A layer or model of the script's own is called without an argument that its `call` requires."""

    called: Layer | Model
    call: Function
    parameter: cst.Param
    node: cst.CSTNode


Wanted = Literal["truth", "items", "number", "length"]


@dataclass(eq=False, repr=False)
class SymbolicAsPython:
    """Python wants something of a symbolic tensor that only numbers have: `if`, `for`, `float(...)`."""

    tensor: Tensor
    node: cst.CSTNode
    """The tensor, or the call of a function of Python."""
    wanted: Wanted
    where: str | None
    """What it is part of: `the loss custom_loss`; None for a tensor of a Functional model."""
    function: str
    """`max`; empty for a statement or an operator."""


@dataclass(eq=False, repr=False)
class GoneAttribute:
    """An attribute that symbolic tensors or layers had before Keras 3: `x.get_shape()`, `layer.output_shape`."""

    owner: Tensor | Layer
    name: str
    node: cst.Attribute


@dataclass(eq=False, repr=False)
class OutsideTape:
    """A gradient of weights that cannot be: what leads to the loss was not recorded."""

    tape: cst.With
    gradient: cst.Call
    fault: Literal["forward", "predict", "loss"]
    """No layer is called under the tape; only `predict` is, which gives NumPy arrays; the loss is made behind it."""
    place: cst.CSTNode | None
    """The call of `predict`, or what makes the loss."""


@dataclass(eq=False, repr=False)
class NoGradient:
    """A loss through which no gradient reaches the model's output."""

    name: str
    """What it is called in messages."""
    function: Function | None
    """None for a metric of Keras that is used as a loss."""
    cuts: list[tuple[cst.CSTNode, str]]
    """Where the gradient ends, and in which function: `argmax`. Empty where the output is not used at all."""
    compile: "Compile"
    only: bool
    """It is the only loss of the model."""


@dataclass(eq=False, repr=False)
class LossSignature:
    """A loss or metric of the script that Keras cannot call, or that gives it nothing."""

    name: str
    """What it is called in messages."""
    function: Function
    called: str
    """How Keras calls it: `(y_true, y_pred)`."""
    fault: Literal["parameters", "factory", "nothing"]
    """It takes others; it makes the function that was meant; it returns None."""
    compile: "Compile"


@dataclass(eq=False, repr=False)
class MissingSuper:
    """A class on a base of Keras whose constructor calls that of the base never, or too late."""

    cls: Class
    init: cst.FunctionDef
    family: str
    """What the base is: `Layer`, `Model`, `Loss`, `Metric`, `Optimizer`."""
    early: cst.Call | None = None
    """A call of `add_weight` before that of the base; None where there is no call of the base at all."""
    late: cst.SimpleStatementLine | None = None
    """The call of the base, where it is a line of its own."""


@dataclass(eq=False, repr=False)
class MisplacedArgument:
    """A regularizer, constraint or initializer given to the argument for another of them."""

    layer: Layer
    argument: Argument
    keyword: str
    given: str
    """What it is: `constraint`."""
    wanted: str
    """What the argument is for: `regularizer`."""
    right: str | None
    """The argument that it belongs to, where the layer has one that is free."""


@dataclass(eq=False, repr=False)
class TensorFromOutside:
    """A custom loss that computes with a symbolic tensor of the model, which is not among its parameters."""

    function: Function
    compile: "Compile"
    node: cst.CSTNode
    """The first such tensor, in the loss."""
