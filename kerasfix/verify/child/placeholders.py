"""Stand-ins for data that is not there: they absorb what is done to data; the model gives them shape."""

import dis
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

from .record import Record

SAMPLES = 64
SIZE = 8  # of an axis that nobody knows
UNPACK = dis.opmap["UNPACK_SEQUENCE"]


class UnknownInputError(Exception):
    """Nothing tells which shape the data of a placeholder should have."""


class Placeholder:
    """Data, a table, a module: whatever a name that is not there may stand for.

    Args:
        name: as it is called where it cannot be used.
        root: as the verdict names it; what stands before the first dot of the name, where None.
        data: it stands for data of the script, so anything done with it rests on an assumption; what comes
            from a missing module only does when a model gets it, and keeps what the script gives it: settings
            are handed to such modules to be read from them (`wandb.init(config={"units": 8})`).
    """

    _kf_name: str
    _kf_record: Record
    _kf_data: bool
    _kf_root: str

    def __init__(self, name: str, record: Record, data: bool, root: str | None = None) -> None:
        values = {"_kf_name": name, "_kf_record": record, "_kf_data": data}
        values["_kf_root"] = root or name.partition(".")[0]
        for attribute, value in values.items():
            object.__setattr__(self, attribute, value)

    def _kf_touched(self) -> "Placeholder":
        if self._kf_data:
            use([self])
        return self

    def __mro_entries__(self, bases: object) -> tuple[type, ...]:
        return (object,)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._kf_touched()
        if name == "shape":
            return _Shape((SAMPLES, SIZE, SIZE, SIZE, SIZE))
        if name == "ndim":
            return 2
        if name in self._kf_given():
            return self._kf_given()[name]
        return Placeholder(f"{self._kf_name}.{name}", self._kf_record, self._kf_data, self._kf_root)

    def _kf_given(self) -> dict[Any, Any]:
        """What the script has given to a missing module, by name."""
        return {} if self._kf_data else self._kf_record.given.setdefault(self._kf_root, {})

    def __setattr__(self, name: str, value: Any) -> None:
        self._kf_given()[name] = value

    def __setitem__(self, key: Any, value: Any) -> None:
        self._kf_given()[key] = value

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        for settings in (*args, *kwargs.values()):
            if isinstance(settings, dict):
                self._kf_given().update(settings)
        return self._kf_touched()

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str) and key in self._kf_given():
            return self._kf_given()[key]
        return self._kf_touched()

    def __iter__(self) -> Any:
        return iter([self._kf_touched()] * _unpacked(sys._getframe(1)))

    def __len__(self) -> int:
        self._kf_touched()
        return SAMPLES

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<assumed {self._kf_name}>"

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __index__(self) -> int:
        return SIZE

    def __int__(self) -> int:
        return SIZE

    def __float__(self) -> float:
        return float(SIZE)

    def __fspath__(self) -> str:
        """A folder of its own, where it is taken for a path (`wandb.run.dir`)."""
        Path(self._kf_touched()._kf_name).mkdir(exist_ok=True)
        return self._kf_name

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def __hash__(self) -> int:
        return id(self)

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"{self!r} has no values: it only stands for data that is not defined")

    def __array_ufunc__(self, *args: Any, **kwargs: Any) -> Any:
        return self._kf_touched()

    def __array_function__(self, *args: Any, **kwargs: Any) -> Any:
        return self._kf_touched()


class _Shape(tuple[int, ...]):
    """The shape of unknown data: any number of axes, and `a, b = x.shape` gives as many as are asked for."""

    def __iter__(self) -> Any:
        return iter(tuple(self[: _unpacked(sys._getframe(1))]))

    def as_list(self) -> list[int]:
        return list(self)


def _unpacked(frame: Any) -> int:
    """How many names `a, b, c = placeholder` has; 2 for any other loop over it."""
    code, position = frame.f_code.co_code, frame.f_lasti
    return int(code[position + 1]) if position >= 0 and code[position] == UNPACK else 2


def _operator(self: Placeholder, *_: Any) -> Any:
    return self._kf_touched()


for _name in "add sub mul truediv floordiv mod pow matmul and or xor".split():  # noqa: SIM905
    setattr(Placeholder, f"__{_name}__", _operator)
    setattr(Placeholder, f"__r{_name}__", _operator)
for _name in "lt le gt ge eq ne neg pos abs invert".split():  # noqa: SIM905
    setattr(Placeholder, f"__{_name}__", _operator)


def install() -> None:
    """Let NumPy and tf.data pass placeholders through instead of looking into them."""
    for name in ("array", "asarray", "asanyarray", "ascontiguousarray"):
        _pass_through(np, name)
    _pass_through_layers()
    tf = sys.modules.get("tensorflow")
    if tf is None:  # of no use to this backend
        return
    for name in ("convert_to_tensor", "constant", "cast"):
        _pass_through(tf, name)
    for name in ("from_tensor_slices", "from_tensors"):
        _pass_through(tf.data.Dataset, name)


def _pass_through_layers() -> None:
    """A layer that is called with a placeholder gives it back; a model is called with what it takes."""
    original = keras.layers.Layer.__call__

    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        found = placeholders(args)
        if not found:
            return original(self, *args, **kwargs)
        use(found)
        return original(self, inputs_for(self, SIZE), **kwargs) if isinstance(self, keras.Model) else found[0]

    keras.layers.Layer.__call__ = __call__


def _pass_through(owner: Any, name: str) -> None:
    original = getattr(owner, name)

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        found = placeholders(args)
        return found[0] if found else original(*args, **kwargs)

    setattr(owner, name, wrapper)


def placeholders(*structures: Any) -> list[Placeholder]:
    """The placeholders in these arguments, lists, tuples and dicts included."""
    found: list[Placeholder] = []
    for structure in structures:
        if isinstance(structure, Placeholder):
            found.append(structure)
        elif isinstance(structure, dict):
            found += placeholders(*structure.values())
        elif (
            isinstance(structure, list | tuple) and not isinstance(structure, _Shape) and len(structure) < 100
        ):
            found += placeholders(*structure)
    return found


def use(found: list[Placeholder]) -> None:
    """Note in the verdict that the run rests on these."""
    for placeholder in found:
        placeholder._kf_record.assumed.setdefault(placeholder._kf_root)


def inputs_for(model: Any, samples: int) -> Any:
    """Made-up input in the structure that a model declares.

    Raises:
        UnknownInputError: the model declares none.
    """
    functional = getattr(model, "_functional", None) or model
    declared = getattr(functional, "_inputs_struct", None)
    if declared is None:
        raise UnknownInputError(
            "the data is not defined and the model declares no input shape (no `keras.Input`), "
            "so nothing can be assumed for it"
        )
    vocabulary = min(
        (layer.input_dim for layer in model._flatten_layers() if isinstance(layer, keras.layers.Embedding)),
        default=None,
    )
    random = np.random.default_rng(0)

    def one(tensor: Any) -> Any:
        shape = [samples] + [size or 2 * SIZE for size in tensor.shape[1:]]
        dtype = keras.backend.standardize_dtype(tensor.dtype)
        if dtype == "string":
            return np.full(shape, "some words", dtype=object)
        if vocabulary is not None or "int" in dtype:
            return random.integers(0, vocabulary or 2, shape).astype("int32")
        return random.random(shape).astype(dtype)

    return keras.tree.map_structure(one, declared)


def labels_for(model: Any, x: Any, samples: int) -> Any:
    """Made-up labels that fit a model's outputs and losses."""
    outputs = getattr(model, "outputs", None) or keras.tree.flatten(
        model(keras.tree.map_structure(lambda value: value[:2], x))
    )
    losses = _loss_names(model)
    random = np.random.default_rng(1)
    labels = []
    for position, output in enumerate(outputs):
        loss = losses[position] if position < len(losses) else losses[-1]
        shape = [samples] + [size or 2 * SIZE for size in output.shape[1:]]
        classes = shape[-1]
        if "sparse" in loss:
            labels.append(random.integers(0, classes, shape[:-1]))
        elif "categorical" in loss or "kl" in loss:
            labels.append(np.eye(classes, dtype="float32")[random.integers(0, classes, shape[:-1])])
        elif "binary" in loss or "hinge" in loss:
            labels.append(random.integers(0, 2, shape).astype("float32"))
        else:
            labels.append(random.random(shape).astype("float32"))
    return labels[0] if len(labels) == 1 else labels


def _loss_names(model: Any) -> list[str]:
    compiled = getattr(model, "_compile_loss", None)
    losses = keras.tree.flatten(compiled._user_loss) if compiled is not None else []
    names = [
        loss if isinstance(loss, str) else getattr(loss, "name", getattr(loss, "__name__", ""))
        for loss in losses
    ]
    return [str(name or "").lower() for name in names] or [""]
