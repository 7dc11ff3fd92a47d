"""What functions, classes and methods of libraries do, by canonical name.

Each module of this package holds the handlers of one library or kind of value, under `@models(...)`;
`find` imports the module that a name belongs to when it is first asked for.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from kerasfix.keras.layers import UNKNOWN, NumpyInteger
from kerasfix.keras.shape import TensorSpec
from kerasfix.trace.values import Array, Const, Facts, Mapping, Sequence, Value

if TYPE_CHECKING:
    from kerasfix.trace.calls import Call

Handler = Callable[["Call"], Value]

HARMLESS: Final = frozenset(
    {"numpy", "keras", "tensorflow", "matplotlib", "pandas", "sklearn", "scipy", "seaborn", "builtins", "os", "sys",
     "math", "random", "time", "datetime", "json", "re", "glob", "collections", "itertools", "functools", "pathlib",
     "logging", "cv2", "PIL", "tqdm", "copy"}
)  # fmt: skip
"""Libraries whose functions leave models and lists that they are given as they are."""

# The first words of a name, and the modules of this package that know such names.
_MODULES: Final = (
    ("numpy.", "numpy"),
    ("numpy.", "numpy_shapes"),
    ("Array.", "arrays"),
    ("Tensor.", "tensors"),
    ("builtins.", "builtins"),
    ("Sequence.", "containers"),
    ("Mapping.", "containers"),
    ("Const.", "containers"),
    ("math.", "builtins"),
    ("Layer.__init__", "subclassing"),
    ("Layer.add_", "subclassing"),
    ("Layer.call", "subclassing"),
    ("Model.__init__", "subclassing"),
    ("Model.add_weight", "subclassing"),
    ("Model.", "keras_models"),
    ("Layer.", "layers"),
    ("Object.", "objects"),
    ("Loss.", "objects"),
    ("keras.applications.", "applications"),
    ("functools.", "higher"),
    ("itertools.", "iteration"),
    ("random.", "randomness"),
    ("re.split", "regular"),
    ("argparse.", "configuration"),
    ("dataclasses.", "configuration"),
    ("keras.datasets.", "datasets"),
    ("keras.layers.Input", "inputs"),
    ("keras.Input", "inputs"),
    ("keras.layers.", "layers"),
    ("keras.Layer", "layers"),
    ("keras.models.load_model", "loading"),
    ("keras.saving.load_model", "loading"),
    ("keras.models.model_from", "loading"),
    ("?keras.models.model_from", "loading"),
    ("keras.models.clone_model", "loading"),
    ("keras.models.", "keras_models"),
    ("keras.Model", "keras_models"),
    ("keras.Sequential", "keras_models"),
    ("keras.ops.", "ops"),
    ("keras.ops.", "linear_algebra"),
    ("keras.ops.", "neural"),
    ("keras.random.", "ops"),
    ("keras.backend.", "backend"),
    ("?keras.backend.", "backend"),
    ("keras.config.", "backend"),
    ("keras.utils.clear_session", "backend"),
    ("keras.utils.pad_sequences", "texts"),
    ("keras.preprocessing.sequence.", "texts"),
    ("keras.preprocessing.text.", "texts"),
    ("keras.utils.image_dataset_from", "pipelines"),
    ("keras.utils.text_dataset_from", "pipelines"),
    ("keras.utils.timeseries_dataset_from", "pipelines"),
    ("keras.utils.split_dataset", "pipelines"),
    ("keras.utils.load_img", "pipelines"),
    ("keras.utils.img_to_array", "pipelines"),
    ("keras.utils.", "utils"),
    ("keras.preprocessing.image", "pipelines"),
    ("keras.preprocessing.text_dataset_from", "pipelines"),
    ("keras.preprocessing.timeseries_dataset_from", "pipelines"),
    ("pandas.", "pandas"),
    ("Frame.", "pandas"),
    ("sklearn.", "sklearn"),
    ("scipy.sparse.csr_matrix.", "sklearn"),
    ("tensorflow.GradientTape", "tapes"),
    ("Tape.", "tapes"),
    ("tensorflow.data.Dataset.from_generator", "signatures"),
    ("tensorflow.TensorSpec", "signatures"),
    ("tensorflow.data.", "pipelines"),
    ("tensorflow.image.", "tf_images"),
    ("tensorflow.io.", "tf_images"),
    ("tensorflow.", "tensorflow"),
    ("keras.", "objects"),
)

_HANDLERS: dict[str, Handler] = {}


def models(*names: str) -> Callable[[Handler], Handler]:
    """Register the handler of these names; `numpy.*` takes what has no handler of its own."""

    def register(handler: Handler) -> Handler:
        for name in names:
            _HANDLERS[name] = handler
        return handler

    return register


@cache
def find(name: str) -> Handler | None:
    """The handler of a name, or of all names of its module."""
    for prefix, module in _MODULES:
        if name.startswith(prefix):
            import_module(f"{__name__}.{module}")
            if handler := _HANDLERS.get(name) or _HANDLERS.get(prefix + "*"):
                return handler
    return None


def python_value(value: Value, depth: int = 4) -> Any:
    """A value as the Python object it is, where that is known to its end; else `UNKNOWN`."""
    return _python_value(value, depth, {})


def _python_value(value: Value, depth: int, seen: dict[int, Any]) -> Any:
    """`seen` are the lists and dicts met before: one may hold another many times."""
    match value:
        case Const(value=constant):
            return constant
        case Array(spec=TensorSpec(shape=(), dtype=str(dtype)), facts=Facts(low=low, high=high)) if (
            low is not None
        ):
            # A NumPy scalar: floats are floats, integers are not ints.
            if low != high or not dtype.startswith(("int", "uint", "float")):
                return UNKNOWN
            return float(low) if dtype.startswith("float") else NumpyInteger(low)
        case Sequence() | Mapping() if depth:
            if id(value) not in seen:
                seen[id(value)] = UNKNOWN
                seen[id(value)] = _python_container(value, depth, seen)
            return seen[id(value)]
    return UNKNOWN


def _python_container(value: Sequence | Mapping, depth: int, seen: dict[int, Any]) -> Any:
    if isinstance(value, Mapping):
        if value.items is None:
            return UNKNOWN
        mapped = {key: _python_value(item, depth - 1, seen) for key, item in value.items.items()}
        return UNKNOWN if any(part is UNKNOWN for part in mapped.values()) else mapped
    if value.items is None:
        return UNKNOWN
    parts = [_python_value(item, depth - 1, seen) for item in value.items]
    if any(part is UNKNOWN for part in parts):
        return UNKNOWN
    return tuple(parts) if value.kind == "tuple" else parts


__all__ = ["HARMLESS", "UNKNOWN", "find", "models", "python_value"]
