"""Definitions that a file gets where no function of Keras 3 does what one of Keras 1 or 2 did."""

import re
from typing import Final

import libcst as cst

from kerasfix.finding import Edit
from kerasfix.repairs.forms import spell_names
from kerasfix.syntax.edits import end_of_line, insert
from kerasfix.syntax.imports import add_import, imports
from kerasfix.syntax.module import Module

Edits = tuple[Edit, ...]

DEFINITIONS: Final[dict[str, str]] = {
    "AddLoss": '''\
class AddLoss(keras.layers.Layer):
    """Gives back its first input, and adds the second to the loss of the model."""

    def call(self, inputs):
        outputs, loss = inputs
        self.add_loss(loss)
        return outputs
''',
    "array_function": '''\
def array_function(inputs, outputs):
    """A function from arrays for `inputs` to the arrays of `outputs`, as `K.function` made it."""
    graph = keras.Function(inputs, outputs)

    def run(arrays):
        tensors = [keras.ops.convert_to_tensor(array, x.dtype) for x, array in zip(inputs, arrays)]
        return [keras.ops.convert_to_numpy(tensor) for tensor in graph(tensors)]

    return run
''',
    "symbolic_gradients": '''\
class Gradients(keras.layers.Layer):
    """The gradients of a tensor with respect to others that it was computed from."""

    def __init__(self, loss, inputs):
        super().__init__()
        self.graph = keras.Function(inputs, loss)

    def call(self, inputs):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            loss = self.graph(inputs)
        return tape.gradient(loss, inputs)


def symbolic_gradients(loss, variables):
    """A list with the gradient for each of `variables`, as `K.gradients` made it."""
    variables = variables if isinstance(variables, (list, tuple)) else [variables]
    return Gradients(loss, variables)(variables)
''',
}
"""By the name that is used: the code, in which full names of Keras are spelled as the file does."""


def define(module: Module, name: str, use: cst.CSTNode) -> Edits | None:
    """Put a definition behind the imports that stand before its use; nothing where the file has it already.

    None where one of its names means something else in the file.
    """
    code = DEFINITIONS[name]
    lines = code.split("\n", 2)
    if name in module.bound_names:
        return () if lines[1].strip() in module.text else None
    names = re.findall(r"^(?:class|def) (\w+)", code, re.MULTILINE)
    spelled = spell_names(module, code)
    if spelled is None or any(other in module.bound_names for other in names) or module.tree is None:
        return None
    text, edits = spelled
    if "tf." in text:
        tensorflow = [item.bound for item in imports(module) if item.dotted == "tensorflow"]
        if tensorflow:
            text = text.replace("tf.", f"{tensorflow[0]}.")
        elif "tf" in module.bound_names:
            return None
        else:
            edits += add_import(module, "tensorflow", "tf")
    start = module.span(use)[0]
    before = [item.statement for item in imports(module) if module.span(item.statement)[1] <= start]
    if not before:
        return None
    place = end_of_line(module, module.span(before[-1])[1])
    blank = re.compile(r"(\r?\n[ \t]*)*(?=\r?\n|$)").match(module.text, place)
    missing = max(0, 2 - blank[0].count("\n")) if blank is not None else 0
    text = "\n\n\n" + text.rstrip() + "\n" * missing
    text = text.replace("    ", module.tree.default_indent).replace("\n", module.newline)
    return (*edits, insert(place, text))
