"""What rested on the static graph of Keras 1 and 2, written with functional models and layers."""

import re

import libcst as cst

from kerasfix.finding import Applicability, Edit, Fix
from kerasfix.keras.shape import TensorSpec
from kerasfix.repairs.calls import given
from kerasfix.repairs.definitions import define
from kerasfix.repairs.forms import spell_names
from kerasfix.syntax.edits import insert_statement_before, remove_argument, replace
from kerasfix.syntax.module import Module
from kerasfix.syntax.moves import remove_line
from kerasfix.syntax.references import call_of, parent, reads
from kerasfix.trace.custom_records import TensorFromOutside
from kerasfix.trace.records import KerasCall
from kerasfix.trace.values import Model, Tensor, Value
from kerasfix.trace.values import Sequence as SequenceValue

Edits = tuple[Edit, ...]

_OF_MODEL = re.compile(r"\.(input|output)s?(\[[^\]]*\])*$")


def array_function(module: Module, record: KerasCall) -> Fix | None:
    """`K.function(inputs, outputs)` as a function that the file gets; None where it did more."""
    call = record.node
    if len(call.args) != 2 or any(argument.star for argument in call.args):
        return None
    if {a.keyword.value for a in call.args if a.keyword is not None} - {"inputs", "outputs"}:
        return None
    defined = define(module, "array_function", call)
    phase = _without_phase(module, call)
    if defined is None or phase is None:
        return None
    edits = (*defined, replace(module, call.func, "array_function"), *phase)
    return Fix("Define a function that does it with `keras.Function`", edits, Applicability.UNSAFE)


def _without_phase(module: Module, call: cst.Call) -> Edits | None:
    """The learning phase taken out of the inputs, and out of the calls; None where not all of them say 0."""
    inputs = call.args[0].value
    if not isinstance(inputs, (cst.List, cst.Tuple)) or not inputs.elements:
        return ()
    if not module.code(inputs.elements[-1].value).endswith("learning_phase()"):
        return ()
    match parent(module, call):
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))]):
            uses = reads(module, name)
        case _:
            return None
    edits = [_without_last(module, inputs)]
    for use in uses if uses is not None else [None]:
        made = call_of(module, use) if use is not None else None
        values = made.args[0].value if made is not None and len(made.args) == 1 else None
        if not isinstance(values, (cst.List, cst.Tuple)) or not values.elements:
            return None
        if module.code(values.elements[-1].value) not in {"0", "0.", "0.0", "False"}:
            return None
        edits.append(_without_last(module, values))
    return tuple(edit for edit in edits if edit is not None)


def _without_last(module: Module, values: cst.List | cst.Tuple) -> Edit:
    """A list without its last element."""
    last = module.span(values.elements[-1].value)
    start = module.span(values.elements[-2].value)[1] if len(values.elements) > 1 else last[0]
    return Edit(start, last[1], "")


def symbolic_gradients(module: Module, record: KerasCall) -> Fix | None:
    """`K.gradients(loss, tensors)` as a layer that the file gets; None for gradients of weights."""
    call = record.node
    variables = record.arguments[1] if len(record.arguments) == 2 else None
    if variables is None or len(call.args) != 2 or any(argument.star for argument in call.args):
        return None
    if _in_lambda(module, call):  # between tensors that have values by then
        return None
    symbolic = _symbolic(variables.value) or _OF_MODEL.search(module.code(variables.node.value))
    defined = define(module, "symbolic_gradients", call) if symbolic else None
    if defined is None:
        return None
    edits = (*defined, replace(module, call.func, "symbolic_gradients"))
    return Fix("Define a layer that computes them with `tf.GradientTape`", edits, Applicability.UNSAFE)


def _in_lambda(module: Module, node: cst.CSTNode) -> bool:
    """Whether code belongs to a function that a `Lambda` layer is made of."""
    above: cst.CSTNode | None = node
    while above is not None:
        if isinstance(above, cst.FunctionDef) and re.search(rf"Lambda\({above.name.value}\b", module.text):
            return True
        if isinstance(above, cst.Call) and above is not node and module.code(above.func).endswith("Lambda"):
            return True
        above = parent(module, above)
    return False


def _symbolic(value: Value) -> bool:
    """Whether a value is a tensor of a model, or a list of some."""
    if isinstance(value, SequenceValue):
        return bool(value.items) and all(map(_symbolic, value.items or ()))
    return isinstance(value, Tensor) and not value.graph


def without_learning_phase(module: Module, record: KerasCall) -> Fix | None:
    """The line `K.set_learning_phase(0)` goes: what is not trained is not in the training phase."""
    line, call = record.statement, record.node
    if len(call.args) != 1 or module.code(call.args[0].value) not in {"0", "False"}:
        return None
    match line:
        case cst.SimpleStatementLine(body=[cst.Expr(value=value)]) if value is call:
            if isinstance(parent(module, line), cst.Module):
                return Fix("Remove the line", (remove_line(module, line),), Applicability.UNSAFE)
    return None


def add_loss(module: Module, record: KerasCall) -> Fix | None:
    """`model.add_loss(tensor)` as a model with one more layer, which adds it."""
    func, model = record.node.func, record.owner
    if not isinstance(func, cst.Attribute) or not isinstance(model, Model):
        return None
    match record.statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=value)]) if value is record.node:
            loss = given(record, "loss") or record.arguments[0]
            made = _with_loss(module, model, func.value, record.node, module.code(loss.node.value))
            if made is not None:
                edits = (replace(module, value, made[0]), *made[1])
                return Fix("Add the loss in a layer", edits, Applicability.UNSAFE)
    return None


def own_loss(module: Module, record: TensorFromOutside) -> Fix | None:
    """A loss that uses tensors of the model, added by a layer of the model itself.

    None unless all data that the model is trained with is its own label: then the input stands for it.
    """
    compiled = record.compile
    call, argument = compiled.node, compiled.arguments.get("loss")
    feeds = compiled.training.feeds if compiled.training is not None else []
    if (
        not isinstance(call, cst.Call)
        or not isinstance(call.func, cst.Attribute)
        or argument is None
        or not feeds
    ):
        return None
    if argument.node not in call.args or not isinstance(argument.node.value, cst.Name):
        return None
    for feed in feeds:
        if (
            feed.x is None
            or feed.y is None
            or module.code(feed.x.node.value) != module.code(feed.y.node.value)
        ):
            return None
    model = module.code(call.func.value)
    loss = f"keras.ops.mean({argument.node.value.value}({model}.input, {model}.output))"
    made = _with_loss(module, compiled.model, call.func.value, call, loss)
    line = insert_statement_before(module, compiled.statement, made[0]) if made is not None else None
    if made is None or line is None:
        return None
    edits = (line, remove_argument(module, call, argument.node), *made[1])
    return Fix("Add the loss in a layer", edits, Applicability.UNSAFE)


def _with_loss(
    module: Module, model: Model, owner: cst.BaseExpression, use: cst.Call, loss: str
) -> tuple[str, Edits] | None:
    """The statement that gives the model another layer, and the edits that it needs."""
    plain = isinstance(owner, cst.Name) and model.kind == "Functional" and model.instance is None
    defined = define(module, "AddLoss", use) if plain and isinstance(model.output, TensorSpec) else None
    name = module.code(owner)
    code = f"{name} = keras.models.Model({name}.input, AddLoss()([{name}.output, {loss}]), name={name}.name)"
    spelled = spell_names(module, code)
    if defined is None or spelled is None:
        return None
    return spelled[0], (*spelled[1], *defined)
