"""Whether a model takes the data that it is given."""

from typing import TYPE_CHECKING

import libcst as cst

from kerasfix.keras.layers import infer
from kerasfix.keras.shape import ANY, UNKNOWN_SPEC, Dim, Rejected, Shape, Structure, TensorSpec
from kerasfix.trace.feeding import inputs_of, paired
from kerasfix.trace.records import Feed, InputMismatch
from kerasfix.trace.structures import InputStructure
from kerasfix.trace.values import Argument, Array, Layer, Model, Tensor, Value

if TYPE_CHECKING:
    from kerasfix.trace.calls import Call


def adjusted(declared: Shape, given: Shape) -> Shape | None:
    """Data as Keras passes it on to a model's first layer, with the batch axis; None where it refuses the rank.

    A missing or an extra last axis of size 1 is put right by Keras.
    """
    if len(given) == len(declared):
        return given
    if len(given) == len(declared) + 1 and given[-1] in (1, ANY):
        return given[:-1]
    if len(given) == len(declared) - 1 and declared[-1] in (1, ANY):
        return (*given, 1)
    return None


def takes(model: Model, given: Shape, *, nested: bool = False) -> bool:
    """Whether a model takes data of a shape, as far as known: False only where Keras raises for certain.

    A Functional model, or one that is `nested` in another, compares each size with its `Input`; a Sequential one only
    the rank, and then each layer refuses what it was not built for.
    """
    assert isinstance(model.inputs, TensorSpec)
    declared = model.inputs.shape
    if declared is None:
        return True
    if (nested or model.kind != "Sequential") and not fits(declared, given):
        return False
    passed = adjusted(declared, given)
    return passed is not None and (not _is_chain(model) or _runs_through(model, passed))


def fits(declared: Shape, given: Shape) -> bool:
    """Whether a Functional model takes data of a shape for an input that it declares so."""
    pairs = zip(
        _squeezed(declared)[1:], _squeezed(given)[1:], strict=False
    )  # Keras, too, stops at the shorter
    return all(_meets(*pair) for pair in pairs) and adjusted(declared, given) is not None


def _is_chain(model: Model) -> bool:
    """Whether each step of a model takes what the one before it gives."""
    if model.kind == "Sequential":
        return True
    before: Value | None = model.entry
    for step in model.steps:
        if len(step.parents) != 1 or step.parents[0] is not before or not isinstance(step.value, Tensor):
            return False
        before = step.value
    return bool(model.steps) and model.outputs is before


def _squeezed(shape: Shape) -> Shape:
    return shape[:-1] if shape and shape[-1] == 1 else shape


def _meets(declared: Dim, given: Dim) -> bool:
    return not (isinstance(declared, int) and isinstance(given, int)) or declared == given


def _runs_through(model: Model, given: Shape) -> bool:
    """Whether the layers of a chain, built as they are, take data of another shape."""
    from kerasfix.trace.library.layers import config

    assert isinstance(model.inputs, TensorSpec)
    declared = model.inputs.shape
    batch = declared[0] if declared else None  # of stateful layers; the data comes in batches of that size
    current: Structure = TensorSpec((batch, *given[1:]))
    for step in model.steps:
        if step.layer is None or not isinstance(step.inputs, TensorSpec):
            return True
        if not _fits_inner(step.layer, current):
            return False
        layer = _of_keras(step.layer, step.inputs)
        try:
            current = infer(config(layer), current, step.inputs).output
        except Rejected as rejected:
            return rejected.stage == "construct" or not _works(layer, step.inputs)
        if layer is not step.layer:  # what it puts out in the end is the script's own affair
            current = UNKNOWN_SPEC
    return True


def _of_keras(layer: Layer, inputs: TensorSpec) -> Layer:
    """The layer of Keras that one of the script's own hands its input on to, where it does so as it comes."""
    inherited = layer.instance.inherited if layer.instance is not None else None
    return inherited if inherited is not None and inherited.built_with == inputs else layer


def _works(layer: Layer, inputs: TensorSpec) -> bool:
    """Whether a layer takes what it was built for: a layer that is wrong in itself says nothing of the data."""
    from kerasfix.trace.library.layers import config

    try:
        infer(config(layer), inputs, inputs)
    except Rejected:
        return False
    return True


def _fits_inner(layer: Layer, given: Structure) -> bool:
    """Whether a model inside of `TimeDistributed` takes each step of what comes in."""
    inner = layer.arguments.get("layer")
    if layer.cls != "TimeDistributed" or inner is None or not isinstance(inner.value, Model):
        return True
    model, shape = inner.value, given.shape if isinstance(given, TensorSpec) else None
    if (
        not model.known
        or model.opaque is not None
        or not isinstance(model.inputs, TensorSpec)
        or shape is None
    ):
        return True
    return len(shape) < 3 or takes(model, (shape[0], *shape[2:]))


def check_input(call: "Call", model: Model, declared: TensorSpec, x: Argument, record: Feed) -> None:
    data = x.value
    assert isinstance(data, Array)
    interp = call.interp
    if declared.shape is None or data.spec.shape is None:
        return
    if takes(model, data.spec.shape):
        alone = record.method.startswith("predict") or record.direct
        if alone and _is_sample(declared.shape, data.spec.shape, x.node.value):
            interp.report(InputMismatch(model, declared, data, x, record, sure=False), x.node)
        return
    interp.journal.touch(model)
    if not model.repaired:
        from kerasfix.trace.library.channels import declared_first

        mismatch = InputMismatch(model, declared, data, x, record)
        if not declared_first(interp, mismatch):
            interp.report(mismatch, x.node)
    # From here on as if the fault were mended: the model takes what it is given.
    model.inputs = TensorSpec((*declared.shape[:1], *data.spec.shape[1:]), declared.dtype)
    model.repaired = True


def _is_sample(declared: Shape, given: Shape, node: cst.BaseExpression) -> bool:
    """Whether data that a model takes is one sample all the same.

    One picture is as many samples of one row each, and a row of a table, `x[0]`, passes where that has one column.
    """
    if len(given) > 1:
        return given == declared[1:] and None not in given and ANY not in given
    match node:
        case cst.Subscript(slice=[cst.SubscriptElement(slice=cst.Index(value=cst.Integer()))]):
            return len(declared) == 2 and declared[1] is ANY
    return False


def check_call(call: "Call", model: Model) -> None:
    """Compare the data that a model is called on, `model(x)`, with what it takes."""
    x = call.argument("inputs", 0)
    if x is None or not model.known or model.opaque is not None or call.interp.graph:
        return
    record = Feed(
        f"{model.name or 'model'}(...)", model, x, None, call.node, call.interp.statement, direct=True
    )
    if isinstance(x.value, Array) and isinstance(model.inputs, TensorSpec):
        if x.value.spec.shape:
            check_input(call, model, model.inputs, x, record)
    elif (inputs := inputs_of(model)) is not None:
        check_inputs(call, record, inputs)


_STEPS = ("train_step", "test_step", "predict_step")


def check_inputs(call: "Call", record: Feed, inputs: dict[str, Tensor] | list[Tensor]) -> None:
    """Compare what a model with several inputs is given with each of them."""
    model = record.model
    if model.repaired or any(model.overrides(step) for step in _STEPS):
        return
    pairs = paired(record, inputs)
    if isinstance(pairs, InputStructure):
        call.interp.report(pairs, pairs.argument.node)
        return
    for entry, part in pairs:
        data, declared = part.value, entry.spec.shape
        if not isinstance(data, Array) or not data.spec.shape or declared is None:
            continue
        if not fits(declared, data.spec.shape):
            call.interp.journal.touch(model)
            model.repaired = True
            mismatch = InputMismatch(model, entry.spec, data, part, record, entry)
            call.interp.report(mismatch, part.node.value)
