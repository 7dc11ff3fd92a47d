"""Where the parts of a training are written: the activation and width of the output, the loss, the metrics."""

import libcst as cst

from kerasfix.finding import Edit
from kerasfix.keras.losses import (
    BINARY,
    MEASURED,
    ONE_HOT,
    PROBABILITIES,
    REGRESSION,
    SPARSE,
    Meeting,
    meeting,
    one_for_each,
)
from kerasfix.light import dataclass
from kerasfix.syntax.edits import insert, remove_argument, replace
from kerasfix.syntax.imports import spell
from kerasfix.syntax.module import Module
from kerasfix.trace.records import Head, Labels, Loss, Training

Edits = tuple[Edit, ...]


def quoted(module: Module, text: str, like: cst.CSTNode | None = None) -> str:
    """A string literal with the quotes of another, or with those that the file mostly uses."""
    if isinstance(like, cst.SimpleString) and len(like.quote) == 1:
        return f"{like.quote}{text}{like.quote}"
    mark = "'" if module.text.count("'") > module.text.count('"') else '"'
    return f"{mark}{text}{mark}"


def add_argument(module: Module, call: cst.Call, code: str) -> Edit:
    """One more argument at the end of a call."""
    if not call.args:
        end = module.span(call)[1] - 1
        return insert(end, code)
    last = call.args[-1]
    return insert(module.span(last.value)[1], f", {code}")


def set_activation(module: Module, head: Head, name: str) -> Edits | None:
    """Give the output another activation; None where there is no one place for it."""
    for activation in reversed(head.activations):
        if activation.argument is None:
            if activation.layer is head.layer and activation.layer.complete:
                return (add_argument(module, head.layer.call, f"activation={quoted(module, name)}"),)
            return None
        argument = activation.argument
        if name == "linear" and argument.keyword and activation.layer.cls != "Activation":
            return (remove_argument(module, activation.layer.call, argument.node),)
        return (replace(module, argument.node.value, quoted(module, name, argument.node.value)),)
    own = head.layer.arguments.get("activation")
    if own is not None:
        return (replace(module, own.node.value, quoted(module, name, own.node.value)),)
    if not head.layer.complete:
        return None
    return (add_argument(module, head.layer.call, f"activation={quoted(module, name)}"),)


def set_units(module: Module, head: Head, units: int) -> Edits | None:
    """Give the output another width; None where it is not written as a number at that place."""
    if head.units is None:
        return None
    return (replace(module, head.units.node.value, str(units)),)


def set_metric(module: Module, metric: Loss, name: str) -> Edits | None:
    """Another metric in the place of one, as `set_loss`."""
    return set_loss(module, metric, name, home="metrics")


def set_loss(module: Module, loss: Loss, name: str, *, home: str = "losses") -> Edits | None:
    """Another loss or metric in the place of one; None where the old one has arguments that the new may not take."""
    if isinstance(loss.node, cst.SimpleString):
        return (replace(module, loss.node, quoted(module, name, loss.node)),)
    if not loss.plain:
        return None
    target = loss.node.func if isinstance(loss.node, cst.Call) else loss.node
    if not isinstance(target, (cst.Name, cst.Attribute)):
        return None
    new = class_name(name) if isinstance(loss.node, cst.Call) else name
    if isinstance(target, cst.Attribute):
        return (replace(module, target.attr, new),)
    written, imports = spell(module, f"keras.{home}.{new}", target)
    return (replace(module, target, written), *imports)


def class_name(name: str) -> str:
    """`binary_crossentropy` is `BinaryCrossentropy`, as a class."""
    return "".join(word.capitalize() for word in name.split("_"))


def rename_key(module: Module, node: cst.CSTNode, old: object, new: str) -> Edits | None:
    """Another key in a dict; None where it is not written there as a string."""
    if not isinstance(node, cst.Dict):
        return None
    for element in node.elements:
        match element:
            case cst.DictElement(key=cst.SimpleString() as key) if key.evaluated_value == old:
                return (replace(module, key, quoted(module, new, key)),)
    return None


def together(*parts: Edits | None) -> Edits | None:
    """All of these edits; None where one of them cannot be done."""
    edits: list[Edit] = []
    for part in parts:
        if part is None:
            return None
        edits += part
    return tuple(edits)


@dataclass(frozen=True)
class Suited:
    """The end of a model and the loss that suit some labels."""

    units: int | None
    activation: str
    loss: str


def suited(labels: Labels, width: int | None = None) -> Suited | None:
    """What suits labels of this kind; binary labels may also be two classes, where the output is that wide."""
    match labels.kind:
        case "binary" if width != 2:
            return Suited(1, "sigmoid", "binary_crossentropy")
        case "binary" | "classes":
            return Suited(labels.classes, "softmax", "sparse_categorical_crossentropy")
        case "one-hot":
            return Suited(labels.classes, "softmax", "categorical_crossentropy")
        case "values":
            shape = labels.data.spec.shape
            last = shape[1] if shape is not None and len(shape) == 2 else 1
            return Suited(last if isinstance(last, int) else None, "linear", "mean_squared_error")
    return None


def refit(module: Module, record: Training, labels: Labels) -> tuple[Edits | None, str]:
    """The edits that make activation, width and loss suit the labels, and what they change, in words."""
    target, head, loss = suited(labels, record.width), record.head, record.loss
    if target is None or head is None or loss is None or target.units is None:
        return None, ""
    parts: list[Edits | None] = []
    words: list[str] = []
    activation = "linear" if loss.from_logits and loss.name in PROBABILITIES else target.activation
    if head.activation != activation:
        parts.append(set_activation(module, head, activation))
        words.append("no activation" if activation == "linear" else f"`{activation}`")
    if record.width != target.units:
        parts.append(set_units(module, head, target.units))
        words.append(f"{target.units} unit{'s' if target.units > 1 else ''}")
    if not _takes(loss.name, target.loss):
        parts.append(set_loss(module, loss, target.loss))
        words.append(f"`{target.loss}`")
    return together(*parts), listing(words)


def listing(words: list[str]) -> str:
    """Words in a row, as a sentence has them: "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _takes(loss: str, wanted: str) -> bool:
    """Whether a loss does for labels that another one is the usual choice for."""
    if wanted in BINARY:
        return loss in BINARY or loss in REGRESSION or loss in {"hinge", "squared_hinge"}
    if wanted in REGRESSION:
        return loss not in PROBABILITIES
    return loss == wanted or (wanted == "categorical_crossentropy" and loss in ONE_HOT)


def class_numbers_for_rows(record: Training, loss: Loss, labels: Labels) -> bool:
    """Whether a loss that compares row with row gets one class number for each row, so that Keras raises."""
    shape, output = labels.data.spec.shape, record.output.shape if record.output is not None else None
    if (
        loss.name not in MEASURED
        or loss.name in REGRESSION
        or loss.name in SPARSE
        or record.width in {1, None}
    ):
        return False
    return (
        shape is not None
        and output is not None
        and len(output) > 1
        and one_for_each(shape, output)
        and labels.kind not in {"one-hot", "values"}
        and (labels.kind is not None or "int" in (labels.data.spec.dtype or ""))
        and meeting(loss.name, shape, output) is Meeting.RAISES
    )
