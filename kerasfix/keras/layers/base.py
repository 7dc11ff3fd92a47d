"""What the layer functions share: arguments as values, the registry, weights, ranks and dtypes.

A layer is described by two pure functions. `parse` turns its constructor arguments into what the shapes
depend on and refuses what the constructor refuses; `infer` takes that and the input, and gives the output
and the number of weights. Arguments and sizes that are not known pass through both: `UNKNOWN` becomes `ANY`.
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from enum import Enum
from typing import Any, Final, Literal, NoReturn

from kerasfix.keras.shape import ANY, UNKNOWN_SPEC, Dim, Reason, Rejected, Shape, Structure, TensorSpec, show
from kerasfix.light import dataclass


class _Unknown(Enum):
    UNKNOWN = "UNKNOWN"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown.UNKNOWN
"""The value of an argument that is not known."""


class NumpyInteger(int):
    """A NumPy integer: many of Keras's constructors refuse it where they take a Python int."""

    def __repr__(self) -> str:
        return f"np.int64({int(self)})"


@dataclass(frozen=True)
class LayerConfig:
    """A layer as its constructor was called: arguments by name, with defaults filled in.

    Nested layers (of wrappers, cells) are LayerConfig values.
    """

    class_name: str
    config: Mapping[str, object]


@dataclass(frozen=True)
class Inferred:
    """What a layer gives. `params` counts all weights, trainable or not; None where it is not known."""

    output: Structure
    params: int | None


OPAQUE: Final = Inferred(UNKNOWN_SPEC, None)

Parse = Callable[[LayerConfig], Any]
Infer = Callable[..., Inferred]
Fixed = Callable[[Any, TensorSpec], Mapping[int, Dim]]


@dataclass(frozen=True)
class Kind:
    """How one class of layers behaves; see `layer`."""

    parse: Parse
    infer: Infer
    fixed: Fixed | None
    fixed_late: Fixed | None
    fixed_rank: bool
    late_rank: Callable[[Any], int | None] | None
    takes: Literal["tensor", "loose", "structure"]

    def apply(self, arguments: Any, inputs: Structure, call: Mapping[str, object]) -> Inferred:
        """The output and weights for these inputs."""
        if self.takes == "structure":
            return self.infer(arguments, inputs, call)
        x = one_tensor(inputs, loose=self.takes == "loose")
        return OPAQUE if x is None else self.infer(arguments, x)


KINDS: dict[str, Kind] = {}


def layer(
    *names: str,
    parse: Parse = lambda layer: layer.config,
    fixed: Fixed | None = None,
    fixed_late: Fixed | None = None,
    fixed_rank: bool = False,
    late_rank: Callable[[Any], int | None] | None = None,
    takes: Literal["tensor", "loose", "structure"] = "tensor",
) -> Callable[[Infer], Infer]:
    """Registers a function `(arguments, x) -> Inferred` for the named classes.

    One that `takes` a structure is `(arguments, inputs, call)`: several tensors and call-time arguments;
    a "loose" one may take a list of one tensor.
    `fixed` gives the axes whose size is fixed when the layer is built, `fixed_late` those where Keras sees
    only with data that another size does not fit the weights; `fixed_rank` says that the rank is fixed too,
    `late_rank` how many axes are too few and the layer, once built, sees it only with data.
    """

    def register(infer: Infer) -> Infer:
        for name in names:
            KINDS[name] = Kind(parse, infer, fixed, fixed_late, fixed_rank, late_rank, takes)
        return infer

    return register


# --- refusing -------------------------------------------------------------------------------------------


def refuse(message: str, instead: str = "") -> NoReturn:
    """A value that the constructor does not take; `instead` is what was surely meant, in Python."""
    raise Rejected(Reason.ARGUMENT, message, stage="construct", instead=instead)


AXES: Final[Mapping[int, str]] = {
    1: "(batch,)",
    2: "(batch, features)",
    3: "(batch, steps, features)",
    4: "(batch, height, width, channels)",
    5: "(batch, depth, height, width, channels)",
    6: "(batch, time, depth, height, width, channels)",
}

CHANNELS_FIRST_AXES: Final[Mapping[int, str]] = {
    3: "(batch, features, steps)",
    4: "(batch, channels, height, width)",
    5: "(batch, channels, depth, height, width)",
}


def need_rank(
    x: TensorSpec, rank: int, axes: str | None = None, stage: Literal["build", "call"] = "build"
) -> Shape:
    """The shape of an input that must have this rank (with the batch axis); all ANY if it is not known."""
    if x.shape is None:
        return (ANY,) * rank
    if len(x.shape) != rank:
        expected = f"rank {rank}: {axes or AXES[rank]}"
        raise Rejected(
            Reason.RANK,
            f"the input has shape {show(x.shape)}, that is {_axes(len(x.shape))} with the batch axis,"
            f" but the layer takes {_axes(rank)}: {axes or AXES[rank]}",
            expected=expected,
            rank=rank,
            stage=stage,
        )
    return x.shape


def need_min_rank(shape: Shape, rank: int, axes: str) -> None:
    """Refuses an input with fewer axes than `rank` (with the batch axis)."""
    if len(shape) < rank:
        raise Rejected(
            Reason.RANK,
            f"the input has shape {show(shape)}, that is {_axes(len(shape))} with the batch axis,"
            f" but the layer takes at least {_axes(rank)}: {axes}",
            expected=f"rank {rank} or more: {axes}",
            stage="build",
        )


def _axes(rank: int) -> str:
    return "1 axis" if rank == 1 else f"{rank} axes"


def one_tensor(inputs: Structure, *, loose: bool = False) -> TensorSpec | None:
    """The input of a layer that takes one tensor; None where Keras's treatment of it is not known.

    A `loose` layer may take a list of one, and often fails on it later.
    """
    if isinstance(inputs, TensorSpec):
        return inputs
    count = len(inputs)
    if count == 1 and (loose or isinstance(inputs, dict)):
        return None
    if isinstance(inputs, tuple) and [getattr(item, "rank", None) for item in inputs] == [1]:
        return None  # A list of one vector: its list of shapes is as long as its shape.
    hint = ": write layer(x), not layer([x])" if count == 1 else ""
    raise Rejected(
        Reason.ARITY,
        f"the layer takes one tensor, but it is called on a list of {count}{hint}",
        expected="one tensor",
        stage="build",
    )


def not_a_list(inputs: Structure, stage: Literal["build", "call"] = "call") -> None:
    """Refuses a list of tensors, which many layers take when the model is made and fail on with data."""
    if isinstance(inputs, tuple):
        raise Rejected(
            Reason.ARITY,
            f"the layer takes one tensor, but it is called on a list of {len(inputs)}",
            expected="one tensor",
            stage=stage,
        )


# --- arguments ------------------------------------------------------------------------------------------


def is_integer(value: object) -> bool:
    """What Keras's `isinstance(value, int)` says (True and False are integers)."""
    return isinstance(value, int) and not isinstance(value, NumpyInteger)


def is_number(value: object) -> bool:
    """An int or a float, whose value can be compared."""
    return isinstance(value, int | float)


def positive(config: Mapping[str, object], name: str, *, booleans: bool = True) -> Dim:
    """A size that must be a positive Python integer."""
    value = config.get(name, UNKNOWN)
    if value is UNKNOWN:
        return ANY
    if not is_integer(value) or (isinstance(value, bool) and not booleans):
        hint = _integer_hint(value)
        refuse(f"{name} must be a positive integer, not {_show_value(value)}{hint}")
    assert isinstance(value, int)
    if value <= 0:
        refuse(f"{name} must be a positive integer, not {value}")
    return int(value)


def _integer_hint(value: object) -> str:
    whole = isinstance(value, NumpyInteger) or (isinstance(value, float) and 0 < value < math.inf)
    return ": wrap it in int(...)" if whole else ""


def _show_value(value: object) -> str:
    if isinstance(value, NumpyInteger):
        return f"the NumPy integer {int(value)}"
    return repr(value)


def loose_positive(config: Mapping[str, object], name: str) -> Dim:
    """A size that the constructor only compares with 0: floats pass it, and fail when weights are made."""
    value = config.get(name, UNKNOWN)
    if value is UNKNOWN:
        return ANY
    if not is_number(value):
        refuse(f"{name} must be a positive integer, not {value!r}")
    assert isinstance(value, int | float)
    if value <= 0:
        refuse(f"{name} must be a positive integer, not {value}")
    if isinstance(value, float):
        raise Rejected(
            Reason.ARGUMENT,
            f"{name} must be an integer, not {value}{_integer_hint(value)}",
            stage="build",
        )
    return int(value)


def sizes(value: object, count: int, name: str, *, allow_zero: bool = False) -> tuple[Dim, ...]:
    """An integer or a tuple of `count` integers, as one per axis."""
    if value is UNKNOWN:
        return (ANY,) * count
    what = f"{name} must be an integer or a tuple of {count} integer{'s' if count > 1 else ''}"
    if is_integer(value):
        items: tuple[object, ...] = (value,) * count
    elif isinstance(value, tuple | list | str):
        items = tuple(value)
    else:
        refuse(f"{what}, not {_show_value(value)}{_integer_hint(value)}")
    if len(items) != count:
        refuse(f"{what}, not {value!r}")
    result: list[Dim] = []
    for item in items:
        if item is UNKNOWN:
            result.append(ANY)
        elif not is_number(item):
            refuse(f"{what}, not {value!r}")
        else:
            assert isinstance(item, int | float)
            if item < 0 or (item == 0 and not allow_zero):
                refuse(f"{name} must be {'0 or more' if allow_zero else 'positive'}, not {value!r}")
            result.append(int(item))
    return tuple(result)


def text(
    config: Mapping[str, object], name: str, allowed: Collection[str], *, fold: bool = True
) -> str | None:
    """A string out of `allowed` (in any case where `fold`); None where it is not known."""
    value = config.get(name, UNKNOWN)
    if value is UNKNOWN:
        return None
    folded = value.lower() if isinstance(value, str) and fold else value
    if not isinstance(folded, str) or folded not in allowed:
        refuse(f"{name} must be {_alternatives(allowed)}, not {value!r}")
    return folded


def _alternatives(allowed: Collection[str]) -> str:
    quoted = [f'"{item}"' for item in allowed]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]


def data_format(config: Mapping[str, object]) -> str | None:
    """ "channels_last" (also the default) or "channels_first"; None where it is not known."""
    if config.get("data_format") is None:
        return "channels_last"
    return text(config, "data_format", ("channels_last", "channels_first"))


def check_bfloat16(config: Mapping[str, object]) -> None:
    """Refuses recurrent weights in bfloat16: Keras starts with orthogonal ones, which need more digits."""
    orthogonal = config.get("recurrent_initializer", "orthogonal") in ("orthogonal", "Orthogonal")
    if config.get("dtype") == "bfloat16" and orthogonal:
        raise Rejected(
            Reason.DTYPE,
            'recurrent weights cannot be made in bfloat16: use dtype="mixed_bfloat16"',
            stage="build",
        )


def flag(config: Mapping[str, object], name: str, default: object = UNKNOWN) -> bool | None:
    """An argument that is used as a truth value; None where it is not known."""
    value = config.get(name, default)
    return None if value is UNKNOWN else bool(value)


def fraction(config: Mapping[str, object], name: str) -> float | None:
    """A number from 0 to 1; None where it is not known."""
    value = config.get(name, UNKNOWN)
    if value is UNKNOWN:
        return None
    if not is_number(value):
        refuse(f"{name} must be a number from 0 to 1, not {value!r}")
    assert isinstance(value, int | float)
    if not 0 <= value <= 1:
        refuse(f"{name} must be a number from 0 to 1, not {value}")
    return float(value)


def compute_dtype(config: Mapping[str, object]) -> str | None:
    """The dtype a layer computes in, from its `dtype` argument; None where it is not known."""
    value = config.get("dtype")
    if value is None:
        return "float32"
    if not isinstance(value, str) or "_from_" in value:
        return None
    return value.removeprefix("mixed_")


def kept_dtype(config: Mapping[str, object], x: TensorSpec) -> str | None:
    """The dtype of a layer that hands on its input: floats come in its own, others as they are."""
    if x.dtype is None:
        return None
    return compute_dtype(config) if "float" in x.dtype else x.dtype


# --- sizes and weights ----------------------------------------------------------------------------------


def size_of(value: object) -> Dim:
    """A number of bins, tokens ... as a size."""
    return None if value is None else int(value) if isinstance(value, int | float) else ANY


def compute(function: Callable[..., int], *dims: Dim) -> Dim:
    """A size out of sizes: ANY where one is ANY, None where one is None."""
    if any(dim is ANY for dim in dims):
        return ANY
    if any(dim is None for dim in dims):
        return None
    return function(*dims)


def product(dims: Iterable[Dim]) -> Dim:
    """The product of sizes: None if one is None, else ANY if one is ANY."""
    result: int = 1
    unknown = False
    for dim in dims:
        if dim is None:
            return None
        if dim is ANY:
            unknown = True
        else:
            result *= dim
    return ANY if unknown else result


def differ(a: Dim, b: Dim) -> bool:
    """Two sizes that are both known and are not the same."""
    return isinstance(a, int) and isinstance(b, int) and a != b


def weights(*shapes: Shape) -> int | None:
    """The number of weights in tensors of these shapes; None where it is not known.

    A size that is None in Keras is refused: weights need a fixed shape.
    """
    total: int | None = 0
    for shape in shapes:
        count = product(shape)
        if count is None:
            raise Rejected(
                Reason.CHANNELS,
                "the layer cannot make its weights: the size of an axis that they depend on is None",
                expected="a fixed size on the axis of features or channels",
                stage="build",
            )
        total = None if total is None or count is ANY else total + count
    return total


def plus(*counts: int | None) -> int | None:
    """A sum that is not known (None) where a part is not known."""
    return None if None in counts else sum(count for count in counts if count is not None)


def when(condition: bool | None, count: int | None) -> int | None:
    """`count` weights if the condition holds, none if not; None where it is not known."""
    if condition is None:
        return None
    return count if condition else 0


class Stretched(dict[int, Dim]):
    """Sizes of weights that are broadcast: another size fits where one of the two is 1."""


class Reshaped(dict[int, Dim]):
    """Sizes of weights that Keras reshapes to the input: another size may fit, and give nonsense."""


def stretched(sizes: Mapping[int, Dim]) -> Stretched:
    """The sizes that broadcast weights fix."""
    return Stretched({axis: size for axis, size in sizes.items() if size != 1})


def lora(config: Mapping[str, object], kernel: Shape) -> int | None:
    """The weights that `lora_rank=` adds to a layer with this kernel."""
    rank = config.get("lora_rank")
    if rank is UNKNOWN:
        return None
    if not isinstance(rank, int) or not rank:
        return 0
    return weights((*kernel[:-1], rank), (rank, kernel[-1]))


def normal_axis(axis: int, rank: int, what: str = "axis", stage: Literal["build", "call"] = "build") -> int:
    """An axis counted from the front; refused where the input does not have it."""
    if not -rank <= axis < rank:
        raise Rejected(
            Reason.RANK,
            f"the layer works on {what} {axis}, but the input has only {_axes(rank)} with the batch axis",
            expected=f"rank {axis + 1 if axis >= 0 else -axis} or more",
            stage=stage,
        )
    return axis % rank


def elementwise(config: Mapping[str, object], inputs: Structure, dtype: str | None = None) -> Inferred:
    """The output of a layer without weights that keeps the shape of its input, whatever its structure."""
    return Inferred(_with_dtype(inputs, dtype or compute_dtype(config)), 0)


def _with_dtype(inputs: Structure, dtype: str | None) -> Structure:
    if isinstance(inputs, TensorSpec):
        return TensorSpec(inputs.shape, dtype)
    if isinstance(inputs, dict):
        return {key: _with_dtype(value, dtype) for key, value in inputs.items()}
    return tuple(_with_dtype(value, dtype) for value in inputs)
