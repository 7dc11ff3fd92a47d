"""The names in the logs of a training: what `History.history` holds and callbacks may watch."""

from typing import TYPE_CHECKING, Final

from kerasfix.keras import api
from kerasfix.keras.shape import TensorSpec
from kerasfix.trace.library import UNKNOWN, python_value
from kerasfix.trace.outcome import loss_of
from kerasfix.trace.records import Compile, Feed, UnknownLogKey
from kerasfix.trace.returned import Log
from kerasfix.trace.values import Argument, Array, Const, Function, Mapping, Model, Object, Sequence, Value

if TYPE_CHECKING:
    from kerasfix.trace.calls import Call

# Callbacks that look for a name, and the one that they look for by default.
_WATCHING: Final = {
    "keras.callbacks.EarlyStopping": "val_loss",
    "keras.callbacks.ReduceLROnPlateau": "val_loss",
    "keras.callbacks.ModelCheckpoint": "val_loss",
}
_RATE: Final = frozenset({"keras.callbacks.ReduceLROnPlateau", "keras.callbacks.LearningRateScheduler"})


def log_of(call: "Call", record: Feed) -> Log | None:
    """What the history of a `fit` holds; None where that is not known."""
    known = _metric_logs(record.compiled) if record.compiled is not None and call.complete else None
    if known is None:
        return None
    names, is_open = known
    validated = _validated(call)
    callbacks = call.get("callbacks", 5)
    extra = _logged_by_callbacks(callbacks)
    is_open = is_open or validated is None or extra is None
    certain = frozenset(
        {*names, *(f"val_{name}" for name in names if validated is not False), *(extra or ())}
    )
    if not is_open:
        items = callbacks.items if isinstance(callbacks, Sequence) else [callbacks]
        for item in items or ():
            if isinstance(item, Object):
                _check_monitor(call, item, certain)
    return Log(certain, call.node, is_open=is_open)


def any_log(compiles: list[Compile]) -> Log | None:
    """What a history holds that comes from one of these trainings; None where that is not known."""
    found = [_metric_logs(compiled) for compiled in compiles]
    known = [logs for logs in found if logs is not None]
    if not known or len(known) < len(found):
        return None
    names: set[str] = set().union(*(logs[0] for logs in known))
    return Log(frozenset({*names, *(f"val_{name}" for name in names)}), compiles[0].node, is_open=True)


def _metric_logs(compiled: Compile) -> tuple[set[str], bool] | None:
    """The names that the loss and the metrics have in the logs, and whether there are some more."""
    model = compiled.model
    if model.instance is not None or not _single_output(model) or not compiled.complete:
        return None
    metrics = _metric_names(compiled.arguments.get("metrics"))
    if metrics is None or "weighted_metrics" in compiled.arguments or "loss" not in compiled.arguments:
        return None
    return {"loss", *metrics[0]}, metrics[1]


def _single_output(model: Model) -> bool:
    return model.kind == "Sequential" or (model.known and isinstance(model.output, TensorSpec))


def _metric_names(argument: Argument | None) -> tuple[list[str], bool] | None:
    """The names of the metrics in the logs, and whether Keras gives some that it numbers: `auc`, `auc_1`.

    None where not all metrics are known.
    """
    if argument is None or (isinstance(argument.value, Const) and argument.value.value is None):
        return [], False
    if isinstance(argument.value, (Const, Object)):
        items: list[Value] = [argument.value]  # as it is meant: Keras wants a list
    elif isinstance(argument.value, Sequence) and argument.value.items is not None:
        items = argument.value.items
    else:
        return None
    names: list[str] = []
    numbered = False
    for item in items:
        if isinstance(item, Function):
            names.append(item.name)
            continue
        metric = loss_of(item, argument, "metric")
        if metric is None or (metric.key is None and not isinstance(item, Object)):
            return None
        if metric.key is None:
            numbered = True
        else:
            names.append(metric.key)
    return (names, numbered) if len(set(names)) == len(names) else None


def _validated(call: "Call") -> bool | None:
    """Whether `fit` validates; None where that is not known."""
    data, split = call.get("validation_data"), call.constant("validation_split", 6, 0.0)
    if data is not None:
        if isinstance(data, Const):
            return data.value is not None
        return True if isinstance(data, (Sequence, Mapping, Object, Array)) else None
    return None if split is UNKNOWN else bool(split)


def _logged_by_callbacks(callbacks: Value | None) -> set[str] | None:
    """Names that callbacks add; None where that is not known: a callback of the script's own may add any."""
    if callbacks is None or (isinstance(callbacks, Const) and callbacks.value is None):
        return set()
    items = callbacks.items if isinstance(callbacks, Sequence) else [callbacks]
    names: set[str] = set()
    for item in items if items is not None else [None]:
        if not isinstance(item, Object) or api.family(item.cls) != "Callback":
            return None
        if item.cls == "keras.callbacks.LambdaCallback":
            return None
        if item.cls in _RATE:
            names.add("learning_rate")
    return names


def _check_monitor(call: "Call", callback: Object, names: frozenset[str]) -> None:
    default = _WATCHING.get(callback.cls)
    if default is None:
        return
    if callback.cls.endswith("ModelCheckpoint"):
        best = callback.arguments.get("save_best_only")
        if best is None or python_value(best) is not True:
            return  # it looks at nothing then
    given = callback.arguments.get("monitor")
    key = python_value(given) if given is not None else default
    if not isinstance(key, str) or key in names:
        return
    node = given.origin if given is not None and given.origin is not None else callback.origin
    if node is not None:
        short = callback.cls.rpartition(".")[2]
        call.interp.report(UnknownLogKey(key, tuple(sorted(names)), node, call.node, short), node)
