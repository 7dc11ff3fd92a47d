"""What a training step really does, looked at eagerly: the loss, the gradients, the part of the labels.

The optimizer is overheard instead of asked, so that custom `train_step`s and training loops count too.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import CodeType
from typing import Any

import keras
import numpy as np

from . import of_jax, of_torch
from .record import INFERENCE, TRAINING, Fit, Record

TRAINS = frozenset(("GradientTape", "apply_gradients", "apply"))


class Listener:
    """Hears the gradients that reach any optimizer, and the losses that they come from.

    Attributes:
        within_fit: how many calls of `fit` and the like are active; what they do is theirs to note.
    """

    def __init__(self, record: Record) -> None:
        self.record = record
        self.within_fit = 0
        self._rehearsing = False
        self._entry: Fit | None = None
        self._loss: Any = None
        self._seen: set[int] = set()

    def install(self) -> None:
        """Put the listener in front of `Optimizer.apply` and of what TensorFlow scripts train with."""
        owner = next(base for base in keras.optimizers.Optimizer.__mro__ if "apply" in vars(base))
        original = owner.apply
        listener = self

        def apply(self: Any, grads: Any, trainable_variables: Any = None) -> Any:
            listener.stepped(grads, trainable_variables or getattr(self, "_trainable_variables", None))
            return None if listener._rehearsing else original(self, grads, trainable_variables)

        owner.apply = apply
        if keras.backend.backend() == "tensorflow":
            self._install_tensorflow()
        elif keras.backend.backend() == "jax":
            of_jax.install(self)
        else:
            of_torch.install(self)

    def lost(self, loss: Any) -> None:
        """Note the loss that gradients are about to be taken of."""
        self._loss = loss

    def stepped(self, gradients: Any, variables: Any) -> None:
        """Note that an optimizer takes a step."""
        self.record.work += TRAINING
        self._hear(gradients, variables)

    def _install_tensorflow(self) -> None:
        import tensorflow as tf
        from tensorflow.python.eager.polymorphic_function import polymorphic_function

        listener = self
        gradient = tf.GradientTape.gradient
        call = polymorphic_function.Function.__call__
        training: set[int] = set()

        def overheard(self: Any, target: Any, *args: Any, **kwargs: Any) -> Any:
            listener.lost(target)
            return gradient(self, target, *args, **kwargs)

        def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
            code: CodeType | None = getattr(getattr(self, "_python_function", None), "__code__", None)
            own = code is not None and code.co_filename == listener.record.filename
            if code is None or not own or listener.within_fit or not tf.executing_eagerly():
                return call(self, *args, **kwargs)
            if id(self) not in listener._seen and TRAINS.intersection(code.co_names):
                listener._seen.add(id(self))
                with suppress(Exception), listener.rehearsal():
                    self._python_function(*args, **kwargs)
            before = listener.record.work
            result = call(self, *args, **kwargs)
            if listener.record.work != before:  # it was traced, and an optimizer was in it
                training.add(id(self))
            elif id(self) in training:
                listener.record.work += TRAINING
            else:
                listener.record.work += INFERENCE
            return result

        tf.GradientTape.gradient = overheard
        polymorphic_function.Function.__call__ = counted

    @contextmanager
    def rehearsal(self, entry: Fit | None = None) -> Iterator[None]:
        """Let optimizers change nothing, and overhear into this entry (None: that of the line)."""
        self._rehearsing = True
        try:
            with self.overhearing(entry):
                yield
        finally:
            self._rehearsing = False

    @contextmanager
    def overhearing(self, entry: Fit | None) -> Iterator[None]:
        """Look at every step into this entry."""
        self._entry = entry
        try:
            yield
        finally:
            self._entry = None

    def _hear(self, gradients: Any, variables: Any) -> None:
        known = variables is not None and all(map(_is_eager, gradients))
        if not known or (self.within_fit and self._entry is None):
            return
        if self._entry is not None:
            look(self._entry, gradients, variables)
            return
        line = self.record.line()
        entry = self.record.fits.get(line)
        if entry is None:
            entry = self.record.fit(line)
            look(entry, gradients, variables)
        if self._loss is not None and _is_eager(self._loss):
            entry.loss = float(np.mean(keras.ops.convert_to_numpy(self._loss)))
            entry.finite = entry.finite and math.isfinite(entry.loss)
        self.record.changed()


def _is_eager(value: Any) -> bool:
    """Whether a gradient or loss has a value now; symbols of graphs and tracers have none."""
    if value is None or isinstance(value, np.ndarray):
        return True
    if keras.backend.backend() == "jax":
        return of_jax.is_concrete(value)
    return hasattr(value.values if _is_sparse(value) else value, "numpy")


def _is_sparse(value: Any) -> bool:
    """Whether a gradient is that of an embedding under TensorFlow: values for some rows."""
    return type(value).__name__ == "IndexedSlices"


def look(fit: Fit, gradients: Any, variables: Any) -> None:
    """Note which weights get no gradient, only zeros, or values that are not finite."""
    for gradient, variable in zip(gradients, variables, strict=False):
        path = str(getattr(variable, "path", None) or getattr(variable, "name", "?"))
        kind = _kind(gradient)
        if kind is not None and path not in fit.gradients[kind]:
            fit.gradients[kind].append(path)


def _kind(gradient: Any) -> str | None:
    if gradient is None:
        return "none"
    values = gradient.values if _is_sparse(gradient) else gradient
    if not keras.ops.all(keras.ops.isfinite(values)):  # by the backend: NumPy would need a copy
        return "nonfinite"
    return None if keras.ops.any(values) else "zero"


def rehearse(listener: Listener, model: Any, batch: tuple[Any, ...], fit: Fit) -> None:
    """Take one training step eagerly, without any change to the model, and note what it shows.

    What fails here is left to the real step, which fails with the words that the user would see.
    """
    state = _state(model)
    with suppress(Exception), listener.rehearsal(fit):
        data = keras.tree.map_structure(_tensor, batch)
        if keras.backend.backend() == "jax":
            of_jax.train_step(model, data)
        else:
            model.train_step(data)
        fit.depends_on_labels = _depends_on_labels(model, *data)
    _restore(model, state)


def _tensor(value: Any) -> Any:
    if value is None:
        return None
    array = np.asarray(value) if not hasattr(value, "dtype") else value
    if str(array.dtype) == "float64":
        array = array.astype("float32") if hasattr(array, "astype") else array
    return keras.ops.convert_to_tensor(array)


def _state(model: Any) -> list[tuple[Any, Any]]:
    """What a step changes besides the trained weights: statistics, random states, metrics."""
    variables = [*model.non_trainable_variables, *model.metrics_variables] if model.built else []
    return [
        (each, np.array(keras.ops.convert_to_numpy(each)))
        for each in variables
        if "string" not in str(each.dtype)
    ]


def _restore(model: Any, state: list[tuple[Any, Any]]) -> None:
    with suppress(Exception):
        model.reset_metrics()
    for variable, value in state:
        with suppress(Exception):
            variable.assign(value)


def _depends_on_labels(model: Any, x: Any, y: Any = None, sample_weight: Any = None) -> bool | None:
    """Whether other labels give another loss for the same predictions; None where that cannot be told."""
    if y is None or not keras.tree.flatten(y):
        return None
    predicted = model(x, training=False)

    def loss(labels: Any, outputs: Any) -> float:
        value = model.compute_loss(x=x, y=labels, y_pred=outputs, sample_weight=sample_weight, training=False)
        return float(np.mean(keras.ops.convert_to_numpy(value)))

    others, base = _other_labels(y), loss(y, predicted)
    if not others or not np.isfinite(base):
        return None

    def changes(outputs: Any, usual: float) -> bool:
        return any(
            abs(loss(labels, outputs) - usual) > 0 for labels in others
        )  # not so where one is not finite

    if changes(predicted, base):
        return True
    # A model that rates all classes alike, as many do before training, has one loss for all labels.
    uneven = keras.tree.map_structure(_uneven, predicted)
    return changes(uneven, loss(y, uneven))


def _uneven(output: Any) -> Any:
    """An output with something else added to each of its numbers."""
    if "float" not in str(output.dtype):
        return output
    size = int(np.prod(output.shape))
    return output + keras.ops.reshape(keras.ops.linspace(0.01, 0.05, size, dtype=output.dtype), output.shape)


def _other_labels(y: Any) -> list[Any]:
    """The labels rolled by one, and those of one sample for all: none where all samples have the same."""
    changes: list[Callable[[Any], Any]] = [
        lambda labels: np.roll(labels, 1, axis=0),
        lambda labels: np.repeat(labels[:1], len(labels), axis=0),
        lambda labels: np.repeat(labels[-1:], len(labels), axis=0),
    ]
    arrays = keras.tree.map_structure(keras.ops.convert_to_numpy, y)
    others = []
    for change in changes:
        changed = keras.tree.map_structure(change, arrays)
        pairs = zip(keras.tree.flatten(arrays), keras.tree.flatten(changed), strict=True)
        if any(not np.array_equal(before, after) for before, after in pairs):
            others.append(keras.tree.map_structure(keras.ops.convert_to_tensor, changed))
    return others
