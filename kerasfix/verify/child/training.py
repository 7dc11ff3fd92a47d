"""`fit`, `evaluate` and `predict` of a few small batches, with results of the length that was asked for."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from . import batches, placeholders
from .gradients import Listener, rehearse
from .record import INFERENCE, TRAINING, Fit, Record

MANY = 1 << 26  # parameters of a model that is not looked at twice
GRAPH = {"tensorflow": 10, "jax": 1, "torch": 2}
"""How much longer than one eager step a few under graph may take, with their tracing. (JAX compiles for both.)"""


def install(record: Record, listener: Listener) -> None:
    """Put the short versions in place of Keras's own, for every model."""
    trainer = next(base for base in keras.Model.__mro__ if "fit" in vars(base))
    _note_models(record)
    short = _Short(record, listener, trainer)
    for name in ("fit", "evaluate", "predict", "train_on_batch", "test_on_batch"):
        replacement = getattr(short, name)

        def method(self: Any, *args: Any, _run: Any = replacement, **kwargs: Any) -> Any:
            return _run(self, *args, **kwargs)

        method.__name__ = name
        setattr(trainer, name, method)


def _note_models(record: Record) -> None:
    base = keras.src.trainers.trainer.Trainer
    original = base.__init__

    def __init__(self: Any) -> None:  # noqa: N807
        original(self)
        record.made(self)

    base.__init__ = __init__
    base._resolve_auto_jit_compile = lambda self: (
        False
    )  # XLA compiles for minutes, on a GPU by other programs
    build = keras.Sequential.build

    def build_(self: Any, input_shape: Any = None) -> None:
        if not any(isinstance(layer, keras.layers.InputLayer) for layer in self._layers[:1]):
            record.built_from_data.add(id(self))
        build(self, input_shape)

    keras.Sequential.build = build_


class _Short:
    """The short versions; each calls the original with less."""

    def __init__(self, record: Record, listener: Listener, trainer: Any) -> None:
        self.record = record
        self.listener = listener
        self.original = {
            name: getattr(trainer, name)
            for name in ("fit", "evaluate", "predict", "train_on_batch", "test_on_batch")
        }

    def fit(self, model: Any, x: Any = None, y: Any = None, batch_size: Any = None, epochs: Any = 1,
            verbose: Any = "auto", callbacks: Any = None, validation_split: float = 0.0,
            validation_data: Any = None, shuffle: bool = True, class_weight: Any = None,
            sample_weight: Any = None, initial_epoch: int = 0, steps_per_epoch: Any = None,
            validation_steps: Any = None, validation_batch_size: Any = None, validation_freq: Any = 1,
            **others: Any) -> Any:  # fmt: skip
        """Train one epoch of `batches.STEPS` steps; the History is as long as the asked one."""
        self.record.work += TRAINING
        entry = self._entry()
        model._assert_compile_called("fit")
        options: dict[str, Any] = {
            "verbose": 0,
            "callbacks": _callbacks(callbacks),
            "epochs": initial_epoch + 1 if _is_count(epochs) else epochs,
        }
        options |= {"initial_epoch": initial_epoch, "class_weight": class_weight, **others}
        data = self._data(model, x, y, sample_weight, batch_size, steps_per_epoch, validation_split)
        if validation_data is not None:
            options |= self._validation(model, validation_data, batch_size, validation_steps)
        elif validation_split:
            options["validation_split"] = validation_split
        self.listener.within_fit += 1
        try:
            with self._look(model, data, entry):
                history = self.original["fit"](model, **data.arguments, **options, shuffle=shuffle)
        finally:
            self.listener.within_fit -= 1
        if entry is not None:
            self._result(entry, history.history.get("loss"))
        if _is_count(epochs):
            _lengthen(history, initial_epoch, int(epochs))
        return history

    def evaluate(self, model: Any, x: Any = None, y: Any = None, batch_size: Any = None,
                 verbose: Any = "auto", sample_weight: Any = None, steps: Any = None,
                 callbacks: Any = None, return_dict: bool = False, **others: Any) -> Any:  # fmt: skip
        """Evaluate `batches.STEPS` batches."""
        options = {"verbose": 0, "callbacks": _callbacks(callbacks), "return_dict": return_dict, **others}
        if self.listener.within_fit:  # the validation of a fit: cut already
            options |= {"batch_size": batch_size, "steps": steps, "sample_weight": sample_weight}
            return self.original["evaluate"](model, x, y, **options)
        self.record.work += INFERENCE
        arguments = self._data(model, x, y, sample_weight, batch_size, steps).arguments
        if "steps_per_epoch" in arguments:
            arguments["steps"] = arguments.pop("steps_per_epoch")
        return self.original["evaluate"](model, **arguments, **options)

    def predict(self, model: Any, x: Any, batch_size: Any = None, verbose: Any = "auto", steps: Any = None,
                callbacks: Any = None, **others: Any) -> Any:  # fmt: skip
        """Predict `batches.STEPS` batches, and repeat the result to the length of the input."""
        self.record.work += INFERENCE
        data = self._data(model, x, None, None, batch_size, steps)
        arguments = {
            name: value for name, value in data.arguments.items() if name not in ("y", "sample_weight")
        }
        if "steps_per_epoch" in arguments:
            arguments["steps"] = arguments.pop("steps_per_epoch")
        result = self.original["predict"](
            model, **arguments, verbose=0, callbacks=_callbacks(callbacks), **others
        )
        if data.length is None:
            return result
        length = data.length

        def repeat(part: Any) -> Any:
            return part if len(part) in (0, length) else part[np.arange(length) % len(part)]

        return keras.tree.map_structure(repeat, result)

    def train_on_batch(self, model: Any, x: Any, y: Any = None, sample_weight: Any = None,
                       class_weight: Any = None, return_dict: bool = False) -> Any:  # fmt: skip
        """Train on the batch as it is."""
        self.record.work += TRAINING
        entry = self._entry()
        x, y, sample_weight = self._assumed(model, x, y, sample_weight, batches.LARGEST)
        self.listener.within_fit += 1
        try:
            if entry is not None and entry.loss is None:
                rehearse(self.listener, model, (x, y, sample_weight), entry)
            result = self.original["train_on_batch"](model, x, y, sample_weight, class_weight, return_dict)
        finally:
            self.listener.within_fit -= 1
        if entry is not None:
            first = (
                result["loss"] if isinstance(result, dict) else np.ravel(np.asarray(result, dtype=object))[0]
            )
            self._result(entry, [first])
        return result

    def test_on_batch(self, model: Any, x: Any, y: Any = None, sample_weight: Any = None,
                      return_dict: bool = False) -> Any:  # fmt: skip
        """Evaluate the batch as it is."""
        self.record.work += INFERENCE
        x, y, sample_weight = self._assumed(model, x, y, sample_weight, batches.LARGEST)
        return self.original["test_on_batch"](model, x, y, sample_weight, return_dict)

    @contextmanager
    def _look(self, model: Any, data: batches.Batches, entry: Fit | None) -> Iterator[None]:
        """Look at a step taken eagerly before the fit; at that of the fit itself where it takes long."""
        if entry is None or data.first is None:
            yield
            return
        why = ""
        if model.built and (parameters := model.count_params()) > MANY:
            why = f"the model has {parameters:,} parameters"
        else:
            started = time.process_time()
            rehearse(self.listener, model, data.first, entry)
            took = time.process_time() - started
            if took * GRAPH[keras.backend.backend()] > self.record.time_left():
                why = f"after an eager step of {took:.0f} s too little time is left"
        if not why or model.run_eagerly:
            yield
            return
        self.record.skip(f"the graph pass of line {entry.line}: {why}, so one eager step had to do")
        data.arguments["steps_per_epoch"] = 1
        model.run_eagerly, model.train_function = True, None
        try:
            with self.listener.overhearing(entry):
                yield
        finally:
            model.run_eagerly, model.train_function = False, None

    def _entry(self) -> Fit | None:
        """The entry of the line of the script that trains; None within another fit."""
        line = self.record.line()
        return None if self.listener.within_fit else Fit(line)

    def _result(self, entry: Fit, losses: Any) -> None:
        if losses:
            entry.loss = float(np.mean(np.asarray(losses[-1])))
            entry.finite = math.isfinite(entry.loss)
        known = self.record.fits.get(entry.line)
        if known is None or known.finite:
            self.record.fits[entry.line] = entry
        self.record.changed()

    def _assumed(self, model: Any, x: Any, y: Any, sample_weight: Any, samples: int) -> tuple[Any, Any, Any]:
        """The arguments with placeholders replaced by data that fits the model."""
        found = placeholders.placeholders(x, y, sample_weight)
        if not found:
            return x, y, sample_weight
        placeholders.use(found)
        labelled = y is not None or isinstance(x, placeholders.Placeholder)
        if placeholders.placeholders(x):
            x = placeholders.inputs_for(model, samples)
        if labelled and (y is None or placeholders.placeholders(y)):
            y = placeholders.labels_for(model, x, samples)
        if placeholders.placeholders(sample_weight):
            sample_weight = np.ones(samples)
        return x, y, sample_weight

    def _validation(self, model: Any, data: Any, batch_size: Any, steps: Any) -> dict[str, Any]:
        if isinstance(data, placeholders.Placeholder):
            data = (data, data)
        if not isinstance(data, list | tuple):
            short = self._data(model, data, None, None, None, steps).arguments
            return {"validation_data": short["x"], "validation_steps": short.get("steps_per_epoch")}
        x, y, sample_weight = (*data, None, None)[:3]
        short = self._data(model, x, y, sample_weight, batch_size, None).arguments
        parts = (short["x"], short.get("y"), short.get("sample_weight"))
        return {"validation_data": parts[: max(2, len(data))]}

    def _data(self, model: Any, x: Any, y: Any, sample_weight: Any, batch_size: Any, steps: Any,
              validation_split: float = 0.0) -> batches.Batches:  # fmt: skip
        """The first `batches.STEPS` batches of whatever a model is given."""
        wanted, looked_at = batches.sizes(model, batch_size, x)
        samples = wanted * batches.STEPS
        if validation_split and 0 < validation_split < 1:  # both parts need a full batch
            samples = math.ceil(wanted / min(validation_split, 1 - validation_split)) + wanted
        x, y, sample_weight = self._assumed(model, x, y, sample_weight, samples)
        if batches.is_stream(x):
            data = batches.of_stream(x, steps)
            data.arguments |= {"y": y} if y is not None else {}
            data.arguments |= {"sample_weight": sample_weight} if sample_weight is not None else {}
        else:
            data = batches.of_arrays(x, y, sample_weight, samples, wanted, looked_at)
            if not _is_count(batch_size):
                data.arguments["batch_size"] = batch_size
        if not _is_count(steps):  # Keras says what is wrong with it
            data.arguments["steps_per_epoch"] = steps
        return data


def _is_count(value: Any) -> bool:
    return value is None or isinstance(value, int | np.integer)


def _callbacks(callbacks: Any) -> Any:
    return None if placeholders.placeholders(callbacks) else callbacks


def _lengthen(history: Any, start: int, epochs: int) -> None:
    """Repeat the last value of each series, as if all epochs had run."""
    asked = epochs - start
    for name, values in history.history.items():
        history.history[name] = list(values) + [values[-1]] * (asked - len(values)) if values else values
    history.epoch = list(range(start, epochs))
