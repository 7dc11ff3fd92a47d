"""Where a model is written: places to put a layer in."""

import libcst as cst

from kerasfix.finding import Edit
from kerasfix.keras.shape import ANY, Reason, TensorSpec
from kerasfix.syntax.edits import (
    insert_element_after,
    insert_element_before,
    insert_statement_after,
    insert_statement_before,
    wrap,
)
from kerasfix.syntax.module import Module
from kerasfix.trace.records import InputMismatch, LayerRejected
from kerasfix.trace.values import LayerCall, Model, Tensor

_SHAPES = ("shape", "input_shape", "batch_shape", "batch_input_shape", "input_dim")


def shape_argument(declared: cst.CSTNode | None) -> cst.Arg | None:
    """The argument that holds the shape, of what declares a model's input."""
    if isinstance(declared, cst.Arg):
        return declared
    if isinstance(declared, cst.Call):
        for argument in declared.args:
            if argument.keyword is not None and argument.keyword.value in _SHAPES:
                return argument
        if declared.args and declared.args[0].keyword is None and not declared.args[0].star:
            return declared.args[0]
    return None


def rejected_at(record: LayerRejected) -> cst.CSTNode:
    """The node to point at: the call of the layer on a tensor, else the layer itself."""
    return record.call.node if record.model is None else record.layer.call


def origin(module: Module, tensor: Tensor) -> str:
    """Where a symbolic tensor comes from, in words: "`Dense` (line 5)"."""
    step = tensor.history
    if step is None:
        place = f" ({module.place(tensor.origin)})" if tensor.origin in module.spans else ""
        return f"the model's input{place}"
    place = f" ({module.place(step.node)})" if step.node in module.spans else ""
    if step.layer is not None:
        return f"`{step.layer.class_name}`{place}"
    if step.model is not None:
        return f"`{step.model.name or step.model.class_name}`{place}"
    code = module.code(step.node) if step.node in module.spans else ""
    return f"`{code}`{place}" if code and len(code) <= 40 and "\n" not in code else f"an operation{place}"


def origins(module: Module, record: LayerRejected) -> str:
    """ " from `Dense` (line 5)": where the tensors come from that a layer refuses; nothing where that is not told."""
    tensors = list({id(tensor): tensor for tensor in record.call.parents}.values())
    if not 1 <= len(tensors) <= 3:
        return ""
    return f" from {' and '.join(origin(module, tensor) for tensor in tensors)}"


def whole_shape(record: LayerRejected | InputMismatch) -> bool:
    """Whether a model's input is declared with the number of samples in it, and that is the fault.

    By `x.shape`, or by the very numbers of the shape of the data.
    """
    if isinstance(record, LayerRejected) and (not record.first or record.rejected.reason is not Reason.RANK):
        return False
    argument = shape_argument(record.model.declared) if record.model is not None else None
    if argument is None or not isinstance(argument.value, (cst.Attribute, cst.Tuple)):
        return False
    named = isinstance(argument.value, cst.Attribute)
    if isinstance(argument.value, cst.Attribute) and argument.value.attr.value != "shape":
        return False
    if not named and (
        isinstance(record, LayerRejected) or record.feed.method != "fit" or record.feed.streamed
    ):
        return False  # one sample of just that shape
    declared = record.spec if isinstance(record, LayerRejected) else record.expected
    shape = declared.shape if isinstance(declared, TensorSpec) else None
    assert record.model is not None
    if shape is None:
        return False
    one_too_many = named and isinstance(record, LayerRejected) and record.rejected.rank == len(shape) - 1
    return one_too_many or any(data.spec.shape == shape[1:] for data in record.model.fed)


def one_sample(record: InputMismatch) -> bool:
    """Whether the data is a single sample of what the model takes."""
    data, expected = record.data.spec.shape, record.expected.shape
    alone = (record.feed.method.startswith("predict") or record.feed.direct) and not record.feed.streamed
    return (
        (alone or record.feed.streamed == "pipeline")
        and data is not None
        and expected is not None
        and len(data) == len(expected) - 1
        and all(a == b or {a, b} & {None, ANY} for a, b in zip(expected[1:], data, strict=True))
    )


def transposed(record: InputMismatch) -> bool:
    """Whether the data is images with their channels first, and the model takes them last."""
    data, expected = record.data.spec.shape, record.expected.shape
    if data is None or expected is None or len(data) != len(expected) or len(data) not in (4, 5):
        return False
    return data[1] in (1, 3) and data[1] != expected[1] and (*data[2:], data[1]) == expected[1:]


def is_literal_tuple(value: cst.BaseExpression) -> bool:
    """Whether a shape is written out as `(28, 28)` or `[28, 28]`."""
    return (
        isinstance(value, (cst.Tuple, cst.List))
        and bool(value.elements)
        and all(isinstance(element, cst.Element) for element in value.elements)
        and (isinstance(value, cst.List) or len(value.lpar) == 1)
    )


def receiver(statement: cst.CSTNode | None, call: cst.CSTNode) -> cst.BaseExpression | None:
    """The `model` of a statement `model.add(<call>)`."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return None
    match statement.body[0]:
        case cst.Expr(
            value=cst.Call(func=cst.Attribute(value=owner, attr=cst.Name(value="add")), args=[argument])
        ):
            return owner if argument.value is call else None
    return None


def layer_list(model: Model) -> cst.List | cst.Tuple | None:
    """The list in `Sequential([...])`."""
    if isinstance(model.origin, cst.Call):
        for argument in model.origin.args:
            if isinstance(argument.value, (cst.List, cst.Tuple)):
                return argument.value
    return None


def insert_layer_before(module: Module, model: Model, step: LayerCall, code: str) -> tuple[Edit, ...] | None:
    """Put a layer before a step of a model; None where there is no one place for it."""
    if step.looped or step.layer is None or sum(other.node is step.node for other in model.steps) > 1:
        return None
    call = step.layer.call
    owner = receiver(step.statement, call)
    if owner is not None:
        edit = insert_statement_before(module, step.statement, f"{module.code(owner)}.add({code})")
        return None if edit is None else (edit,)
    layers = layer_list(model)
    if layers is not None:
        elements = [element.value for element in layers.elements]
        if call in elements:
            return (insert_element_before(module, elements, call, code),)
    return _wrap_input(module, step, code)


def append_layer(module: Module, model: Model, code: str) -> tuple[Edit, ...] | None:
    """Put a layer behind the last one of a Sequential model; None where there is no one place for it."""
    step = model.steps[-1] if model.steps else None
    if step is None or step.looped or step.layer is None or model.kind != "Sequential":
        return None
    owner = receiver(step.statement, step.layer.call)
    if owner is not None:
        edit = insert_statement_after(module, step.statement, f"{module.code(owner)}.add({code})")
        return None if edit is None else (edit,)
    layers = layer_list(model)
    elements = [element.value for element in layers.elements] if layers is not None else []
    if not elements or elements[-1] is not step.layer.call:
        return None
    return (insert_element_after(module, elements, code),)


def _wrap_input(module: Module, step: LayerCall, code: str) -> tuple[Edit, ...] | None:
    """Functional: `Dense(4)(x)`; on a line of its own where the name is used on, else around the argument."""
    node = step.node
    if not isinstance(node, cst.Call) or step.layer is None or node is step.layer.call or len(node.args) != 1:
        return None
    argument = node.args[0].value
    match step.statement:
        case cst.SimpleStatementLine(
            body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value)]
        ) if value is node and isinstance(argument, cst.Name) and argument.value == name:
            edit = insert_statement_before(module, step.statement, f"{name} = {code}({name})")
            return None if edit is None else (edit,)
    return wrap(module, argument, f"{code}(", ")")
