"""Running code abstractly, and comparing with what really happens."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings

from kerasfix.keras.shape import ANY, TensorSpec
from kerasfix.source import Source
from kerasfix.syntax.module import Module
from kerasfix.trace.interpreter import Interpreter
from kerasfix.trace.values import NO_FACTS, Array, Const, Frame, Mapping, Object, Sequence, Tensor, Value

settings.register_profile(
    "busy", deadline=None
)  # how long a test takes is no matter of the clock on the wall
settings.load_profile("busy")


def run_abstractly(code: str, name: str = "result") -> Value:
    """The abstract value that a name is bound to after some code."""
    module = Module.parse(Source("test.py", code))
    assert module.fault is None, module.fault
    interpreter = Interpreter(module)
    interpreter.run()
    return interpreter.globals.names[name]


def disagreement(value: Value, real: Any) -> str | None:
    """What an abstract value claims that is not so; None where all of it holds."""
    match value:
        case Const(value=constant):
            if isinstance(constant, str) and type(real).__module__.startswith("numpy"):
                real = str(real)  # a dtype, which NumPy compares with its name
            same = constant == real or (constant != constant and real != real)
            if not same or type(constant) is not type(real):
                return f"constant {constant!r} ({type(constant).__name__}), really {real!r} ({type(real).__name__})"
        case Sequence(items=items, kind=kind):
            if kind in {"list", "tuple", "set"} and not isinstance(
                real, {"list": list, "tuple": tuple, "set": set}[kind]
            ):
                return f"a {kind}, really {type(real).__name__}"
            if items is not None:
                actual = list(real)
                if kind == "set":
                    items, actual = sorted(items, key=lambda item: item.value), sorted(actual)
                if len(actual) != len(items):
                    return f"{len(items)} items, really {len(actual)}"
                for item, part in zip(items, actual, strict=True):
                    if why := disagreement(item, part):
                        return why
        case Mapping(items=dict(items)):
            if set(items) != set(real):
                return f"keys {set(items)}, really {set(real)}"
            for key, item in items.items():
                if why := disagreement(item, real[key]):
                    return why
        case Object(arguments={"dense": dense}):
            return disagreement(dense, real.toarray())
        case Frame():
            return _frame_disagreement(value, real)
        case Array() | Tensor():
            return _array_disagreement(value, real)
    return None


def _frame_disagreement(value: Frame, real: Any) -> str | None:
    if type(real).__name__ not in {"DataFrame", "Series"}:
        return f"a table, really {type(real).__name__}"
    if value.columns is not None and list(value.columns) != list(real.columns):
        return f"columns {value.columns}, really {list(real.columns)}"
    dtype = value.spec.dtype if real.ndim == 1 else None
    array = Array(TensorSpec(value.spec.shape, dtype), facts=value.facts)
    numbers = real.ndim == 1 or all(kind.kind in "biuf" for kind in real.dtypes)
    content = real.to_numpy() if numbers and value.facts.low is not None else real.to_numpy(dtype=object)
    if value.facts.low is None or not numbers:
        array.facts = NO_FACTS
    return _array_disagreement(array, content if dtype is None else real)


def _array_disagreement(value: Array | Tensor, real: Any) -> str | None:
    spec = value.spec
    if isinstance(real, int | float) and spec.shape == () and spec.dtype is None:  # a number of Python
        import numpy as np

        real = np.asarray(real)
    if not hasattr(real, "shape"):
        return f"{value}, really {real!r}"
    shape, dtype = tuple(real.shape), getattr(real.dtype, "name", str(real.dtype))
    if spec.shape is not None:
        if len(spec.shape) != len(shape):
            return f"shape {spec.shape}, really {shape}"
        if any(dim is not ANY and dim != size for dim, size in zip(spec.shape, shape, strict=True)):
            return f"shape {spec.shape}, really {shape}"
    if spec.dtype is not None and spec.dtype != dtype:
        return f"dtype {spec.dtype}, really {dtype}"
    if isinstance(value, Array) and 0 not in shape and dtype != "object":
        import numpy as np

        content = np.asarray(real)
        facts = value.facts
        if facts.low is not None and content.min() < facts.low:
            return f"low {facts.low}, really {content.min()}"
        if facts.high is not None and content.max() > facts.high:
            return f"high {facts.high}, really {content.max()}"
        labels = facts.labels
        if (
            labels is not None
            and labels.one_hot
            and labels.classes is not None
            and shape[-1] != labels.classes
        ):
            return f"one-hot of {labels.classes} classes, really {shape}"
    return None


def is_known(value: Value) -> bool:
    """Whether the shape (with all sizes) or the constant of a value is known."""
    match value:
        case Const():
            return True
        case Array(spec=spec) | Tensor(spec=spec):
            return spec.shape is not None and ANY not in spec.shape
        case Sequence(items=list(items)):
            return all(map(is_known, items))
        case Mapping(items=dict(items)):
            return all(map(is_known, items.values()))
    return False


@pytest.fixture(scope="session")
def abstract() -> Callable[..., Value]:
    """`abstract(code)`: the abstract value of `result` after the code."""
    return run_abstractly


@pytest.fixture(scope="session")
def wrong_in() -> Callable[[Value, Any], str | None]:
    """`wrong_in(value, real)`: what an abstract value claims that is not so."""
    return disagreement


@pytest.fixture(scope="session")
def compare() -> Callable[..., Value]:
    """`compare(code, known=True)`: runs code both ways and asserts that the abstract value claims nothing wrong.

    `hidden` are names with values that only the real run knows.
    """

    def check(code: str, *, known: bool = False, hidden: dict[str, Any] | None = None) -> Value:
        names = dict(hidden or {})
        exec(code, names)
        imports = "".join(f"from elsewhere import {name}\n" for name in hidden or ())
        value = run_abstractly(imports + code)
        why = disagreement(value, names["result"])
        assert why is None, f"{code}\n{why}"
        if known:
            assert is_known(value), f"{code}\n{value} is not known"
        return value

    return check
