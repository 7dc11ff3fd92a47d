"""Training as JAX does it: steps are functions of a state, and loops of scripts call what `jax.jit` made."""

from contextlib import suppress
from types import CodeType
from typing import TYPE_CHECKING, Any

import keras

from .record import INFERENCE, TRAINING

if TYPE_CHECKING:
    from .gradients import Listener


def install(listener: "Listener") -> None:
    """Count the calls of compiled functions of the script, and run each that trains once without compiling it."""
    import jax

    original = jax.jit

    def jit(fun: Any = None, **options: Any) -> Any:
        if fun is None:
            return lambda fun: jit(fun, **options)
        code: CodeType | None = getattr(fun, "__code__", None)
        compiled = original(fun, **options)
        return (
            compiled
            if code is None or code.co_filename != listener.record.filename
            else _Counted(fun, compiled, listener)
        )

    jax.jit = jit


class _Counted:
    """A compiled function whose calls count as rounds of training, or of prediction."""

    def __init__(self, function: Any, compiled: Any, listener: "Listener") -> None:
        self.__wrapped__ = function
        self._compiled = compiled
        self._listener = listener
        self._trains: bool | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._compiled, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        record, first = self._listener.record, self._trains is None
        before = record.work
        if first and not self._listener.within_fit:
            self._look(args, kwargs)
        result = self._compiled(*args, **kwargs)
        if first:
            self._trains = record.work != before
        record.work = before + (TRAINING if self._trains else INFERENCE)
        return result

    def _look(self, args: Any, kwargs: Any) -> None:
        import jax

        with suppress(Exception), self._listener.rehearsal(), jax.disable_jit():
            args, kwargs = jax.tree.map(_array, (args, kwargs))
            self.__wrapped__(*args, **kwargs)


def _array(value: Any) -> Any:
    """A variable of Keras as its array, on one device: compiled functions take it as it is, others do not."""
    import jax

    array = value.value if isinstance(value, keras.Variable) else value
    spread = isinstance(getattr(array, "sharding", None), jax.sharding.NamedSharding)
    return jax.device_put(array, jax.devices()[0]) if spread else array


def train_step(model: Any, data: Any) -> None:
    """One step of a model, whose new state is thrown away."""
    model._symbolic_build(data_batch=data)
    groups = (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    )
    model.train_step(tuple([variable.value for variable in group] for group in groups), data)


def is_concrete(value: Any) -> bool:
    """Whether a value is an array, and not the symbol of one in a function that is being traced."""
    import jax

    return isinstance(value, jax.Array) and not isinstance(value, jax.core.Tracer)
