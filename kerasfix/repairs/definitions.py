"""Definitions that a file gets where no function of Keras 3 does what one of Keras 1 or 2 did."""

import re
from typing import Final

import libcst as cst

from kerasfix.finding import Edit
from kerasfix.repairs.forms import spell_names
from kerasfix.syntax.edits import end_of_line, insert
from kerasfix.syntax.imports import imports
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
    "Gradients": '''\
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
''',
    "symbolic_gradients": '''\
def symbolic_gradients(loss, variables):
    """A list with the gradient for each of `variables`, as `K.gradients` made it."""
    variables = variables if isinstance(variables, (list, tuple)) else [variables]
    return Gradients(loss, variables)(variables)
''',
    "KerasEstimator": '''\
class KerasEstimator(BaseEstimator):
    """Builds a model with `build_fn` and fits it; all other parameters are arguments of either."""

    def __init__(self, build_fn=None, **sk_params):
        self.build_fn = build_fn
        self.sk_params = sk_params

    def get_params(self, deep=True):
        return {"build_fn": self.build_fn, **self.sk_params}

    def set_params(self, **params):
        self.build_fn = params.pop("build_fn", self.build_fn)
        self.sk_params.update(params)
        return self

    def arguments(self, function):
        names = inspect.signature(function).parameters
        return {name: value for name, value in self.sk_params.items() if name in names}

    def fit_model(self, x, y, **options):
        self.history = self.model.fit(x, y, **{**self.arguments(self.model.fit), **options})
        return self

    def predict_model(self, x):
        return self.model.predict(x, **self.arguments(self.model.predict))
''',
    "KerasClassifier": '''\
class KerasClassifier(ClassifierMixin, KerasEstimator):
    """The classifier for scikit-learn that Keras 2 had; labels may be one-hot."""

    def fit(self, x, y, **options):
        y = np.asarray(y)
        self.classes_, labels = np.unique(y.argmax(axis=-1) if y.ndim > 1 else y, return_inverse=True)
        self.model = self.build_fn(**self.arguments(self.build_fn))
        if y.ndim == 1 and self.model.loss == "categorical_crossentropy":
            labels = np.eye(len(self.classes_))[labels]
        return self.fit_model(x, y if y.ndim > 1 else labels, **options)

    def predict_proba(self, x):
        found = self.predict_model(x)
        return np.hstack([1 - found, found]) if found.shape[1] == 1 else found

    def predict(self, x):
        return self.classes_[self.predict_proba(x).argmax(axis=-1)]

    def score(self, x, y):
        y = np.asarray(y)
        return float(np.mean(self.predict(x) == (y.argmax(axis=-1) if y.ndim > 1 else y)))
''',
    "KerasRegressor": '''\
class KerasRegressor(RegressorMixin, KerasEstimator):
    """The regressor for scikit-learn that Keras 2 had; its score is the negative loss."""

    def fit(self, x, y, **options):
        self.model = self.build_fn(**self.arguments(self.build_fn))
        return self.fit_model(x, y, **options)

    def predict(self, x):
        return np.squeeze(self.predict_model(x), axis=-1)

    def score(self, x, y):
        loss = self.model.evaluate(x, y, verbose=0)
        return -float(loss[0] if isinstance(loss, list) else loss)
''',
}
"""By the name that is used: the code, in which full names of Keras are spelled as the file does."""

_NEEDS: Final = {
    "symbolic_gradients": ("Gradients",),
    "KerasClassifier": ("KerasEstimator",),
    "KerasRegressor": ("KerasEstimator",),
}
_IMPORTS: Final = {
    "BaseEstimator": "from sklearn.base import BaseEstimator",
    "ClassifierMixin": "from sklearn.base import ClassifierMixin",
    "RegressorMixin": "from sklearn.base import RegressorMixin",
    "inspect": "import inspect",
    "np": "import numpy as np",
    "tf": "import tensorflow as tf",
}
"""Names of other libraries in the code, and the imports that bind them."""


def define(
    module: Module, name: str, use: cst.CSTNode, *, imported: cst.ImportFrom | None = None
) -> Edits | None:
    """Put a definition behind the imports that stand before its use; nothing where the file has it already.

    `imported` is the import that binds the name, and that goes. None where a name means something else.
    """
    if name in module.bound_names and imported is None:
        return () if _is_ours(module, name) else None
    names = [need for need in _NEEDS.get(name, ()) if not _is_ours(module, need)]
    if any(other in module.bound_names for other in names) or module.tree is None:
        return None
    code = "\n\n".join(DEFINITIONS[other] for other in (*names, name))
    spelled = spell_names(module, code)
    added = _imports(module, code)
    if spelled is None or added is None:
        return None
    text, edits = spelled
    start = module.span(use)[0]
    before = [
        item.statement
        for item in imports(module)
        if module.span(item.statement)[0] <= start and item.node is not imported
    ]
    if not before:
        return None
    place = end_of_line(module, module.span(before[-1])[1])
    for node in module.tree.body:  # behind what it needs, where that is there already
        if isinstance(node, cst.ClassDef) and node.name.value in _NEEDS.get(name, ()):
            place = end_of_line(module, module.span(node.body.body[-1])[1])
    blank = re.compile(r"(\r?\n[ \t]*)*(?=\r?\n|$)").match(module.text, place)
    missing = max(0, 2 - blank[0].count("\n")) if blank is not None else 0
    text = "".join(f"\n{line}" for line in added) + "\n\n\n" + text.rstrip() + "\n" * missing
    text = text.replace("    ", module.tree.default_indent).replace("\n", module.newline)
    return (*edits, insert(place, text))


def _is_ours(module: Module, name: str) -> bool:
    return DEFINITIONS[name].split("\n")[1].strip() in module.text


def _imports(module: Module, code: str) -> list[str] | None:
    """The lines that import what the code uses of other libraries; None where a name is taken."""
    lines: list[str] = []
    for word, line in _IMPORTS.items():
        if not re.search(rf"\b{word}\b", code):
            continue
        target = line.split()[1] if line.startswith("import") else ""
        bound = [item.bound for item in imports(module) if item.dotted in {target, f"sklearn.base.{word}"}]
        if word in bound:
            continue
        if word in module.bound_names:
            return None
        head = line.rpartition(" ")[0]
        if lines and lines[-1].startswith("from") and lines[-1].startswith(head):
            lines[-1] += f", {word}"
        else:
            lines.append(line)
    return lines
