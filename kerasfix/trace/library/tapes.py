"""`tf.GradientTape`: what it has recorded when gradients are asked for."""

from typing import TYPE_CHECKING, Final, Literal

import libcst as cst

from kerasfix.syntax.references import enclosing_function
from kerasfix.trace.custom_records import OutsideTape
from kerasfix.trace.library import models
from kerasfix.trace.tape import Tape
from kerasfix.trace.values import (
    Argument,
    Bound,
    Class,
    Function,
    Layer,
    Model,
    Object,
    Reference,
    Super,
    Value,
)

if TYPE_CHECKING:
    from kerasfix.trace.calls import Call

# What holds the weights of a model or layer.
_WEIGHTS: Final = frozenset({"trainable_variables", "trainable_weights", "weights", "variables"})


# Libraries whose functions call no model, unless they are given one.
_PLAIN: Final = frozenset({"tensorflow", "keras", "numpy", "math", "builtins", "time", "os", "sys"})


def notice(tapes: list[Tape], called: Value, arguments: list[Argument], node: cst.CSTNode) -> None:
    """Note a call that is made while tapes record."""
    forward = opaque = False
    predicted: cst.CSTNode | None = None
    match called:
        case Layer() | Model():
            forward = True
        case Bound(owner=Layer() | Model() as owner, name=name):
            if owner.instance is None or owner.instance.cls.find(name) is None:
                predicted = node if name in {"predict", "predict_on_batch"} else None
                opaque = predicted is None
        case Function() | Class():
            pass  # they are followed
        case Reference(name=name) if name.partition(".")[0] not in _PLAIN:
            opaque = True
        case Reference() | Bound() | Object() | Super():
            opaque = any(isinstance(a.value, (Function, Layer, Model, Bound)) for a in arguments)
        case _:
            opaque = True
    for tape in tapes:
        tape.forward = tape.forward or forward
        tape.opaque = tape.opaque or opaque
        tape.predicted = tape.predicted or predicted


@models("tensorflow.GradientTape")
def make_tape(call: "Call") -> Value:
    """`tf.GradientTape()`."""
    return Tape(call.node)


@models("Tape.gradient", "Tape.jacobian")
def gradient(call: "Call") -> Value:
    """`tape.gradient(loss, model.trainable_variables)`."""
    tape, target, sources = call.owner, call.argument("target", 0), call.argument("sources", 1)
    assert isinstance(tape, Tape)
    if target is None or sources is None or tape.block is None or not _are_weights(sources.node):
        return call.unknown()
    fault: Literal["forward", "predict", "loss"] | None = None
    place: cst.CSTNode | None = None
    if _made_behind(call, tape.block, target.value.origin):
        fault, place = "loss", target.value.origin
    elif not tape.forward and not tape.opaque:
        fault, place = ("predict", tape.predicted) if tape.predicted is not None else ("forward", None)
    if fault is not None:
        call.interp.report(OutsideTape(tape.block, call.node, fault, place), call.node)
    return call.unknown()


@models("Tape.*")
def other(call: "Call") -> Value:
    """`watch`, `reset`, `stop_recording` ...: what is recorded then is not followed."""
    tape = call.owner
    assert isinstance(tape, Tape)
    tape.opaque = tape.opaque or not call.name.endswith(".watch")
    return call.unknown()


def _are_weights(argument: cst.Arg) -> bool:
    return isinstance(argument.value, cst.Attribute) and argument.value.attr.value in _WEIGHTS


def _made_behind(call: "Call", block: cst.With, node: cst.CSTNode | None) -> bool:
    """Whether a value was computed behind the `with`, by a statement of the same function."""
    if not isinstance(node, (cst.Call, cst.BinaryOperation)):
        return False
    module = call.interp.module
    behind = module.span(node)[0] > module.span(block)[1]
    return behind and enclosing_function(module, node) is enclosing_function(module, block)
