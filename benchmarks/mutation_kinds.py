"""The faults that `mutations.py` puts into programs: one function, one kind of fault."""

import ast
from collections.abc import Callable, Iterator
from typing import Any

Change = tuple[int, int, str]
"""Replace `text[start:end]`."""
LAYERS = frozenset(
    [
        "Dense",
        "Conv1D",
        "Conv2D",
        "Conv3D",
        "LSTM",
        "GRU",
        "SimpleRNN",
        "Embedding",
        "Flatten",
        "Dropout",
        "MaxPooling1D",
        "MaxPooling2D",
        "Activation",
        "BatchNormalization",
        "Input",
        "Bidirectional",
        "TimeDistributed",
    ]
)


class Program:
    """A program, its tree, and where the nodes stand."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self.lines = [0]
        for line in text.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))
        self.bytes = [line.encode() for line in text.splitlines(keepends=True)]

    def span(self, node: Any) -> tuple[int, int]:
        """The characters of a node."""
        return self._offset(node.lineno, node.col_offset), self._offset(node.end_lineno, node.end_col_offset)

    def _offset(self, line: int, column: int) -> int:
        return self.lines[line - 1] + len(self.bytes[line - 1][:column].decode())

    def code(self, node: Any) -> str:
        """The text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def calls(self, *names: str) -> Iterator[ast.Call]:
        """Calls of functions, classes or methods with these last names (all calls without any)."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and (not names or last_name(node.func) in names):
                yield node

    def keyword(self, call: ast.Call, *names: str) -> ast.keyword | None:
        """A keyword argument of a call."""
        return next((keyword for keyword in call.keywords if keyword.arg in names), None)

    def statement(self, node: Any) -> Change:
        """The removal of a whole statement, with its lines where it stands alone in them."""
        start, end = self.span(node)
        first = self.lines[node.lineno - 1]
        last = self.lines[node.end_lineno] if node.end_lineno < len(self.lines) else len(self.text)
        before, after = self.text[first:start].rstrip(), self.text[end:last].lstrip()
        if after.startswith(";"):
            return start, last - len(after[1:].lstrip()), ""
        if before.endswith(";"):
            return first + len(before) - 1, end, ""
        return first, last, ""


def last_name(node: ast.expr) -> str:
    """`Dense` of `keras.layers.Dense`."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


Mutation = Callable[[Program], Iterator[Change]]
MUTATIONS: dict[str, Mutation] = {}


def mutation(function: Mutation) -> Mutation:
    """Register a mutation; its name is that of the function."""
    MUTATIONS[function.__name__.replace("_", " ")] = function
    return function


@mutation
def import_removed(program: Program) -> Iterator[Change]:
    for node in program.tree.body:
        if isinstance(node, ast.Import) and len(node.names) == 1:
            yield program.statement(node)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("keras", "tensorflow")):
            for alias in node.names:
                left = ", ".join(program.code(other) for other in node.names if other is not alias)
                start, end = program.span(node)
                if left:
                    yield start, end, f"from {node.module} import {left}"
                else:
                    yield program.statement(node)


@mutation
def flatten_dropped(program: Program) -> Iterator[Change]:
    yield from _layer_dropped(
        program, "Flatten", "GlobalAveragePooling2D", "GlobalAveragePooling1D", "GlobalMaxPooling1D"
    )


def _layer_dropped(program: Program, *names: str) -> Iterator[Change]:
    for node in ast.walk(program.tree):
        match node:
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="add"), args=[ast.Call() as layer])):
                if last_name(layer.func) in names:
                    yield program.statement(node)
            case ast.List(elts=[_, _, *_] as elements):
                for before, layer in zip([None, *elements], elements, strict=False):
                    if isinstance(layer, ast.Call) and last_name(layer.func) in names and before is not None:
                        yield program.span(before)[1], program.span(layer)[1], ""
            case ast.Call(func=ast.Call() as layer, args=[argument], keywords=[]):
                if last_name(layer.func) in names:
                    yield (*program.span(node), program.code(argument))


@mutation
def input_shape_without_its_last_axis(program: Program) -> Iterator[Change]:
    for shape in _shapes(program):
        if len(shape.elts) > 1:
            inner = ", ".join(program.code(element) for element in shape.elts[:-1])
            yield (*program.span(shape), f"({inner},)" if len(shape.elts) == 2 else f"({inner})")


@mutation
def input_shape_with_the_batch(program: Program) -> Iterator[Change]:
    for shape in _shapes(program):
        inner = ", ".join(program.code(element) for element in shape.elts)
        yield (*program.span(shape), f"(32, {inner})")


@mutation
def input_shape_of_another_size(program: Program) -> Iterator[Change]:
    for shape in _shapes(program):
        first = shape.elts[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, int):
            yield (*program.span(first), str(first.value + 3))


def _shapes(program: Program) -> Iterator[ast.Tuple]:
    for call in program.calls():
        keyword = program.keyword(call, "input_shape", "shape")
        value = (
            keyword.value
            if keyword
            else call.args[0]
            if call.args and last_name(call.func) == "Input"
            else None
        )
        if (
            isinstance(value, ast.Tuple)
            and value.elts
            and (keyword is None or last_name(call.func) in LAYERS)
        ):
            yield value


@mutation
def compile_assigned(program: Program) -> Iterator[Change]:
    yield from _result_assigned(program, "compile")


@mutation
def summary_or_add_assigned(program: Program) -> Iterator[Change]:
    yield from _result_assigned(program, "summary", "add", "build")


def _result_assigned(program: Program, *methods: str) -> Iterator[Change]:
    for node in ast.walk(program.tree):
        match node:
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr))) if (
                attr in methods
            ):
                start = program.span(node)[0]
                yield start, start, f"{name} = "


@mutation
def compile_dropped(program: Program) -> Iterator[Change]:
    for node in ast.walk(program.tree):
        match node:
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="compile"))):
                block = next(
                    body for parent in ast.walk(program.tree) for body in [getattr(parent, "body", None)]
                    if isinstance(body, list) and node in body
                )  # fmt: skip
                if len(block) > 1:
                    yield program.statement(node)


@mutation
def numpy_in_the_graph(program: Program) -> Iterator[Change]:
    for node in ast.walk(program.tree):
        match node:
            case ast.Attribute(value=ast.Name(id="ops"), attr="mean" | "square" | "abs" | "tanh" as name):
                yield (*program.span(node), f"np.{name}")
            case ast.Attribute(value=ast.Name(id="tf"), attr="abs"):
                yield (*program.span(node), "np.abs")


SWAPS = {
    "sparse_categorical_crossentropy": ("categorical_crossentropy",),
    "categorical_crossentropy": ("sparse_categorical_crossentropy",),
    "binary_crossentropy": ("categorical_crossentropy", "sparse_categorical_crossentropy"),
    "mse": ("categorical_crossentropy", "sparse_categorical_crossentropy"),
}


@mutation
def loss_swapped(program: Program) -> Iterator[Change]:
    for node in ast.walk(program.tree):
        if isinstance(node, ast.Constant) and node.value in SWAPS:
            quote = program.code(node)[0]
            for other in SWAPS[node.value]:
                yield (*program.span(node), f"{quote}{other}{quote}")


def _heads(program: Program) -> Iterator[ast.Call]:
    for call in program.calls("Dense"):
        activation = program.keyword(call, "activation")
        if (
            activation
            and isinstance(activation.value, ast.Constant)
            and activation.value.value in {"softmax", "sigmoid"}
        ):
            yield call


@mutation
def output_units_changed(program: Program) -> Iterator[Change]:
    for call in _heads(program):
        units = call.args[0] if call.args else getattr(program.keyword(call, "units"), "value", None)
        if isinstance(units, ast.Constant) and isinstance(units.value, int):
            wrong = 1 if units.value > 1 else 3
            yield (*program.span(units), str(wrong))
            if units.value > 2:
                yield (*program.span(units), str(units.value - 1))


@mutation
def output_activation_swapped(program: Program) -> Iterator[Change]:
    for call in _heads(program):
        activation = program.keyword(call, "activation")
        assert activation
        assert isinstance(activation.value, ast.Constant)
        quote = program.code(activation.value)[0]
        other = "softmax" if activation.value.value == "sigmoid" else "relu"
        yield (*program.span(activation.value), f"{quote}{other}{quote}")


OLD_ARGUMENTS = {
    "learning_rate": "lr", "epochs": "nb_epoch", "units": "output_dim", "padding": "border_mode",
    "kernel_initializer": "init", "kernel_regularizer": "W_regularizer", "strides": "subsample", "inputs": "input",
    "outputs": "output", "steps_per_epoch": "samples_per_epoch", "rate": "p",
}  # fmt: skip


@mutation
def argument_by_its_old_name(program: Program) -> Iterator[Change]:
    for call in program.calls():
        for keyword in call.keywords:
            if keyword.arg in OLD_ARGUMENTS:
                start = program.span(keyword)[0]
                yield start, start + len(keyword.arg), OLD_ARGUMENTS[keyword.arg]


OLD_MODULES = {
    "keras.layers": ("keras.layers.core", "keras.layers.convolutional"),
    "keras.utils": ("keras.utils.np_utils",),
    "keras.models": ("keras.engine.training",),
    "keras.datasets": (),
}


@mutation
def module_of_old(program: Program) -> Iterator[Change]:
    for node in ast.walk(program.tree):
        if isinstance(node, ast.ImportFrom) and node.module in OLD_MODULES:
            start, end = program.span(node)
            for old in OLD_MODULES[node.module]:
                yield start, end, program.text[start:end].replace(node.module, old, 1)


@mutation
def name_misspelt(program: Program) -> Iterator[Change]:
    """In a call alone, or in the import and everywhere."""
    for call in program.calls():
        name = last_name(call.func)
        if name in LAYERS and len(name) > 3:
            _start, end = program.span(call.func)
            yield end - len(name), end, name[:-1]


@mutation
def identifier_misspelt(program: Program) -> Iterator[Change]:
    known = {"relu", "softmax", "sigmoid", "tanh", "adam", "sgd", "rmsprop", "mse", "mae", "binary_crossentropy",
             "categorical_crossentropy", "sparse_categorical_crossentropy", "he_normal"}  # fmt: skip
    for node in ast.walk(program.tree):
        if isinstance(node, ast.Constant) and node.value in known:
            start, _end = program.span(node)
            yield start + 2, start + 2, node.value[1]


@mutation
def metrics_not_in_a_list(program: Program) -> Iterator[Change]:
    for call in program.calls("compile"):
        match program.keyword(call, "metrics"):
            case ast.keyword(value=ast.List(elts=[ast.Constant() as metric]) as metrics):
                yield (*program.span(metrics), program.code(metric))


@mutation
def return_sequences_dropped(program: Program) -> Iterator[Change]:
    for call in program.calls("LSTM", "GRU", "SimpleRNN"):
        keyword = program.keyword(call, "return_sequences")
        if keyword:
            yield (*program.span(keyword.value), "False")
        else:
            end = program.span(call)[1] - 1
            yield end, end, ", return_sequences=True"


@mutation
def size_no_integer(program: Program) -> Iterator[Change]:
    for call in program.calls("Dense", "Conv1D", "Conv2D", "LSTM", "GRU"):
        if call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, int):
            yield (*program.span(call.args[0]), f"{call.args[0].value * 2} / 2")


@mutation
def one_sample_predicted(program: Program) -> Iterator[Change]:
    for call in program.calls("predict"):
        match call.args:
            case [ast.Name(id=name), *_]:
                yield (*program.span(call.args[0]), f"{name}[0]")


@mutation
def history_key_of_old(program: Program) -> Iterator[Change]:
    old = {
        "accuracy": "acc",
        "val_accuracy": "val_acc",
        "val_mae": "val_mean_absolute_error",
        "acc": "accuracy",
    }
    for node in ast.walk(program.tree):
        match node:
            case ast.Subscript(
                value=ast.Attribute(attr="history"), slice=ast.Constant(value=str(key)) as name
            ):
                if key in old:
                    quote = program.code(name)[0]
                    yield (*program.span(name), f"{quote}{old[key]}{quote}")


@mutation
def method_of_old(program: Program) -> Iterator[Change]:
    for call in program.calls("fit", "predict", "evaluate"):
        if isinstance(call.func, ast.Attribute) and call.args and not program.keyword(call, "batch_size"):
            end = program.span(call.func)[1]
            yield end, end, "_generator"


@mutation
def optimizer_of_old(program: Program) -> Iterator[Change]:
    for call in program.calls("Adam", "SGD", "RMSprop"):
        if program.keyword(call, "learning_rate"):
            end = program.span(call)[1] - 1
            yield end, end, ", decay=1e-6"


@mutation
def one_hot_forgotten(program: Program) -> Iterator[Change]:
    for node in ast.walk(program.tree):
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.Call(func=function, args=[ast.Name(id=same), *_])
            ):
                if last_name(function) == "to_categorical" and name == same:
                    yield program.statement(node)


@mutation
def data_by_another_name(program: Program) -> Iterator[Change]:
    for call in program.calls("fit"):
        for argument in call.args[:2]:
            if isinstance(argument, ast.Name) and argument.id.startswith(("x", "X", "y", "Y")):
                yield (*program.span(argument), f"{argument.id}_data_train")


@mutation
def pooling_too_large(program: Program) -> Iterator[Change]:
    for call in program.calls("MaxPooling1D", "MaxPooling2D"):
        size = call.args[0] if call.args else getattr(program.keyword(call, "pool_size"), "value", None)
        if isinstance(size, (ast.Constant, ast.Tuple)):
            yield (*program.span(size), "64")


@mutation
def super_init_forgotten(program: Program) -> Iterator[Change]:
    for node in ast.walk(program.tree):
        match node:
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"))
            ):
                start, end = program.span(node)
                yield start, end, "pass"
