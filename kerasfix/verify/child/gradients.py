"""What a training step really does, looked at eagerly: the loss, the gradients, the part of the labels.

The optimizer is overheard instead of asked, so that custom `train_step`s and training loops count too.
"""

from collections.abc import Callable
from contextlib import contextmanager, suppress
from typing import Any

import keras
import numpy as np

from .record import TRAINING, Fit, Record


class Listener:
    """Hears the gradients that reach any optimizer.

    While `rehearsing`, the optimizer changes nothing.
    """

    def __init__(self, record: Record) -> None:
        self.record = record
        self.rehearsing: Fit | None = None
        self.within_fit = 0

    def install(self) -> None:
        """Put the listener in front of `Optimizer.apply`."""
        optimizer = keras.optimizers.Optimizer.__mro__
        owner = next(base for base in optimizer if "apply" in vars(base))
        original = owner.apply
        listener = self

        def apply(self: Any, grads: Any, trainable_variables: Any = None) -> Any:
            listener.record.work += TRAINING
            if listener.rehearsing is not None:
                look(listener.rehearsing, grads, trainable_variables or [])
                return None
            if not listener.within_fit and trainable_variables is not None:
                line = listener.record.line()
                if line is not None and all(_is_eager(gradient) for gradient in grads):
                    look(listener.record.fit(line), grads, trainable_variables)
            return original(self, grads, trainable_variables)

        owner.apply = apply

    @contextmanager
    def rehearsal(self, fit: Fit) -> Any:
        """Overhear into this entry, and let optimizers change nothing."""
        before, self.rehearsing = self.rehearsing, fit
        try:
            yield
        finally:
            self.rehearsing = before


def _is_eager(value: Any) -> bool:
    return value is None or hasattr(value, "numpy") or isinstance(value, np.ndarray)


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
    values = np.asarray(getattr(gradient, "values", gradient))  # of an embedding: IndexedSlices
    if not np.isfinite(values).all():
        return "nonfinite"
    return None if values.any() else "zero"


def rehearse(listener: Listener, model: Any, batch: tuple[Any, ...], fit: Fit) -> None:
    """Take one training step eagerly, without any change to the model, and note what it shows.

    What fails here is left to the real step, which fails with the words that the user would see.
    """
    state = _state(model)
    with suppress(Exception), listener.rehearsal(fit):
        data = keras.tree.map_structure(_tensor, batch)
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
    return [(each, np.array(each)) for each in variables if "string" not in str(each.dtype)]


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

    def loss(labels: Any) -> float:
        value = model.compute_loss(
            x=x, y=labels, y_pred=predicted, sample_weight=sample_weight, training=False
        )
        return float(np.mean(np.asarray(value)))

    others = _other_labels(y)
    base = loss(y)
    if not others or not np.isfinite(base):
        return None
    return any(loss(labels) != base for labels in others)


def _other_labels(y: Any) -> list[Any]:
    """The labels rolled by one, and those of one sample for all: none where all samples have the same."""
    changes: list[Callable[[Any], Any]] = [
        lambda labels: np.roll(labels, 1, axis=0),
        lambda labels: np.repeat(labels[:1], len(labels), axis=0),
        lambda labels: np.repeat(labels[-1:], len(labels), axis=0),
    ]
    arrays = keras.tree.map_structure(np.asarray, y)
    others = []
    for change in changes:
        changed = keras.tree.map_structure(change, arrays)
        pairs = zip(keras.tree.flatten(arrays), keras.tree.flatten(changed), strict=True)
        if any(not np.array_equal(before, after) for before, after in pairs):
            others.append(keras.tree.map_structure(keras.ops.convert_to_tensor, changed))
    return others
