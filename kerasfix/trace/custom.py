"""Losses and metrics of the script's own, followed as Keras calls them; and its classes on bases of Keras."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import libcst as cst

from kerasfix.keras import api
from kerasfix.keras.losses import ACCURACIES
from kerasfix.keras.shape import TensorSpec
from kerasfix.trace import outcome
from kerasfix.trace.calls import own_method
from kerasfix.trace.custom_records import (
    LabelsIgnored,
    LossSignature,
    MissingSuper,
    NoGradient,
    TensorFromOutside,
)
from kerasfix.trace.gradients import GRADIENT
from kerasfix.trace.graph import OUTSIDE, call_in_graph
from kerasfix.trace.records import Compile
from kerasfix.trace.values import (
    CLEAN,
    Array,
    Bound,
    Class,
    Const,
    Function,
    Instance,
    Mapping,
    Object,
    Reference,
    Sequence,
    Tensor,
    Value,
    taint_of,
)

if TYPE_CHECKING:
    from kerasfix.trace.calls import Call
    from kerasfix.trace.interpreter import Interpreter

# The methods that Keras calls of a loss or metric that is a class.
_METHODS: Final = {"Loss": "call", "Metric": "update_state"}


@dataclass(frozen=True, slots=True)
class _Objective:
    """A function that Keras calls with labels and outputs."""

    kind: Literal["loss", "metric"]
    function: Function
    owner: Value | None = None
    """The object whose method it is."""
    weighted: bool = False
    """Keras gives it `sample_weight=` too."""

    @property
    def bound(self) -> bool:
        """Whether the first parameter is its object."""
        return self.owner is not None and self.function.kind != "static"

    @property
    def name(self) -> str:
        """What it is called in messages."""
        if isinstance(self.function.node, cst.Lambda):
            return f"the lambda given as {self.kind}"
        owner = self.owner.cls.name + "." if isinstance(self.owner, Instance) else ""
        return f"the {self.kind} `{owner}{self.function.name}`"


def follow(call: "Call", record: Compile) -> None:
    """Follow all losses and metrics of the script that `compile` is given."""
    interp = call.interp
    losses = _objectives("loss", record.loss)
    only = not isinstance(record.loss, (Sequence, Mapping))
    for objective in losses:
        if _fits(interp, objective, record):
            _run_loss(interp, objective, record, only)
    if only and (name := _metric_as_loss(record.loss)) is not None:
        interp.report(NoGradient(name, None, [], record, only), record.node)
    eager = call.constant("run_eagerly", default=False) is not False
    for keyword in ("metrics", "weighted_metrics"):
        given = record.arguments.get(keyword)
        for objective in _objectives("metric", given.value if given is not None else None):
            if _fits(interp, objective, record) and not eager:
                _run(interp, objective, record)


def _objectives(kind: Literal["loss", "metric"], value: Value | None) -> list[_Objective]:
    match value:
        case Function():
            return [_Objective(kind, value)]
        case Bound() if (method := own_method(value)) is not None:
            return [_Objective(kind, method, value.owner)]
        case Instance(cls=cls):
            families = {api.family(name) for name in cls.library_bases()}
            for family, name in _METHODS.items():
                found = cls.find(name)
                if family in families and isinstance(found, Function):
                    return [_Objective(kind, found, value, family == "Metric")]
        case Sequence(items=list(items)):
            return [one for item in items for one in _objectives(kind, item)]
        case Mapping(items=dict(mapped)):
            return [one for item in mapped.values() for one in _objectives(kind, item)]
    return []


def _metric_as_loss(value: Value | None) -> str | None:
    """An accuracy of Keras, or a metric object, used as a loss; None for anything else."""
    match value:
        case Reference(name=name) if outcome.snake(api.canonical(name)) in ACCURACIES:
            return f"the metric `{name.rpartition('.')[2]}`"
        case Object(cls=cls) if api.family(cls) == "Metric":
            return f"the metric `{cls.rpartition('.')[2]}`"
    return None


# --- parameters -----------------------------------------------------------------------------------------


def _fits(interp: "Interpreter", objective: _Objective, record: Compile) -> bool:
    """Whether Keras can call it; if not, that is reported."""
    called = "(y_true, y_pred, sample_weight=None)" if objective.weighted else "(y_true, y_pred)"
    fault: Literal["parameters", "factory"] = "parameters"
    fits = _takes(objective)
    if not isinstance(objective.function.node, cst.Lambda) and objective.owner is None:
        inner = _returned_function(objective.function.node)
        if inner is not None:
            fits, fault = False, "factory"
    if not fits:
        node = objective.function.node
        interp.report(LossSignature(objective.name, objective.function, called, fault, record), node)
    return fits


def _takes(objective: _Objective) -> bool:
    parameters = objective.function.node.params
    plain = [*parameters.posonly_params, *parameters.params]
    plain = plain[objective.bound :]
    several = isinstance(parameters.star_arg, cst.Param)
    required = [parameter for parameter in plain if parameter.default is None]
    named = {parameter.name.value for parameter in (*plain[2:], *parameters.kwonly_params)}
    hidden = {parameter.name.value for parameter in parameters.kwonly_params if parameter.default is None}
    if objective.weighted and "sample_weight" not in named and parameters.star_kwarg is None:
        return False
    weight = {"sample_weight"} if objective.weighted else set()
    return (
        (len(plain) >= 2 or several)
        and {parameter.name.value for parameter in required[2:]} <= weight
        and hidden <= weight
    )


def _returned_function(node: cst.FunctionDef) -> str | None:
    """The name of an inner function that a function ends in returning."""
    last = node.body.body[-1] if node.body.body else None
    inner = {part.name.value for part in node.body.body if isinstance(part, cst.FunctionDef)}
    match last:
        case cst.SimpleStatementLine(body=[*_, cst.Return(value=cst.Name(value=name))]) if name in inner:
            return name
        case cst.SimpleStatementLine(body=[*_, cst.Return(value=cst.Lambda())]):
            return "<lambda>"
    return None


# --- values ---------------------------------------------------------------------------------------------


def _run(interp: "Interpreter", objective: _Objective, record: Compile) -> Value:
    model = record.model
    known = model.known and isinstance(model.output, TensorSpec)
    output = model.output if known else TensorSpec(None, "float32")
    interp.control = CLEAN
    interp.cuts, interp.outside = [], []
    arguments: list[Value] = [
        Tensor(TensorSpec(None, None), graph=True, taint=frozenset({"y_true"})),
        Tensor(output, graph=True, taint=frozenset({"y_pred", GRADIENT})),
    ]
    if objective.owner is not None and objective.bound:
        arguments.insert(0, objective.owner)
    result = call_in_graph(interp, objective.name, objective.function, arguments)
    nothing = isinstance(result, Const) and result.value is None and result.origin is objective.function.node
    if nothing and not objective.weighted:
        fault = LossSignature(objective.name, objective.function, "", "nothing", record)
        interp.report(fault, objective.function.node)
    return result


def _run_loss(interp: "Interpreter", objective: _Objective, record: Compile, only: bool) -> None:
    """Follow a loss, and see what its value depends on."""
    result = _run(interp, objective, record)
    taint, node = taint_of(result), objective.function.node
    if interp.outside and taint & OUTSIDE:
        interp.report(TensorFromOutside(objective.function, record, interp.outside[0]), record.node)
        return
    if not isinstance(result, (Tensor, Array)) or (
        "y_pred" not in taint and "add_loss" in interp.module.text
    ):
        return  # a plain number stands in for losses that are added elsewhere
    if GRADIENT not in taint:
        cuts = interp.cuts if "y_pred" in taint else []
        interp.report(NoGradient(objective.name, objective.function, cuts, record, only), node)
    elif (taint | interp.control) - {GRADIENT} == {"y_pred"} and not _hands_on(objective):
        parameters = [*node.params.posonly_params, *node.params.params]
        first = parameters[objective.bound]
        interp.report(LabelsIgnored(objective.function, first.name.value, record), node)


def _hands_on(objective: _Objective) -> bool:
    """Whether a loss only gives the output back, or its mean: the model itself computes the loss then."""
    parameters = objective.function.node.params.params
    body = objective.function.node.body
    value: cst.CSTNode | None = body if isinstance(body, cst.BaseExpression) else None
    if isinstance(body, cst.IndentedBlock):
        match body.body[-1]:
            case cst.SimpleStatementLine(body=[cst.Return(value=returned)]) if len(body.body) == 1:
                value = returned
    match value:
        case cst.Call(func=cst.Attribute(attr=cst.Name(value="mean" | "reduce_mean" | "sum" | "reduce_sum")),
                      args=[cst.Arg(value=inner), *_]):  # fmt: skip
            value = inner
    return isinstance(value, cst.Name) and value.value in {p.name.value for p in parameters}


# --- constructors ---------------------------------------------------------------------------------------

_NEEDS_SUPER: Final = ("Layer", "Model", "Loss", "Metric", "Optimizer")


def check_class(interp: "Interpreter", cls: Class) -> None:
    """Report a constructor that never reaches that of its base.

    Keras notices when the object is used. Attributes that are set before the call are fine in Keras 3.
    """
    init = cls.members.get("__init__")
    bases = cls.library_bases()
    if not isinstance(init, Function) or not isinstance(init.node, cst.FunctionDef) or "?" in bases:
        return
    families = {api.family(name) for name in bases}
    family = next((name for name in _NEEDS_SUPER if name in families), None)
    if family is None or not init.node.params.params:
        return
    own = init.node.params.params[0].name.value
    methods = [member.node for member in cls.members.values() if isinstance(member, Function)]
    if any(_may_initialise(node, own) for node in methods):
        if family == "Layer" and "add_weight" not in cls.members:
            _check_order(interp, cls, init.node, own)
        return
    interp.report(MissingSuper(cls, init.node, family), init.node)


def _check_order(interp: "Interpreter", cls: Class, init: cst.FunctionDef, own: str) -> None:
    """Report weights that are added before the base class is there to hold them."""
    early: cst.Call | None = None
    for statement in init.body.body:
        simple = statement if isinstance(statement, cst.SimpleStatementLine) else None
        for part in simple.body if simple is not None else (statement,):
            if _may_initialise(part, own):
                if early is not None and _weight_added(part, own) is None:
                    interp.report(MissingSuper(cls, init, "Layer", early, simple), init)
                return
            if early is None and simple is not None:
                early = _weight_added(part, own)


def _weight_added(node: cst.CSTNode, own: str) -> cst.Call | None:
    """`self.add_weight(...)` in a statement."""
    match node:
        case cst.Call(func=cst.Attribute(value=cst.Name(value=name), attr=cst.Name(value="add_weight"))) if (
            name == own
        ):
            return node
        case cst.Lambda() | cst.FunctionDef():
            return None
    return next((found for child in node.children if (found := _weight_added(child, own)) is not None), None)


def _may_initialise(function: cst.CSTNode, own: str) -> bool:
    """Whether a method calls an `__init__`, or hands its object to something that may do so."""
    stack: list[cst.CSTNode] = [function]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Call):
            if isinstance(node.func, cst.Attribute) and node.func.attr.value == "__init__":
                return True
            if any(isinstance(a.value, cst.Name) and a.value.value == own for a in node.args):
                named = isinstance(node.func, cst.Name) and node.func.value == "super"
                if not named:
                    return True
        stack.extend(node.children)
    return False
