"""Shapes as Keras knows them, with one more thing: what kerasfix does not know.

A dimension is an int, `None` (Keras's own "any size", as the batch axis) or `ANY` (a size that Keras would
know and kerasfix does not). Nothing may be called wrong because of an `ANY`; a `None` behaves as in Keras.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, TypeAlias


class _Any(Enum):
    ANY = "?"

    def __repr__(self) -> str:
        return "?"


ANY: Final = _Any.ANY
Dim: TypeAlias = int | Literal[_Any.ANY] | None
Shape: TypeAlias = tuple[Dim, ...]


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """The shape (with the batch axis) and dtype of a tensor; either may be unknown (`None`)."""

    shape: Shape | None
    dtype: str | None = "float32"

    @property
    def rank(self) -> int | None:
        """The number of axes, None where unknown."""
        return None if self.shape is None else len(self.shape)


UNKNOWN_SPEC: Final = TensorSpec(None, None)

# What a layer takes or gives: one tensor, several (list or tuple), or named ones.
Structure: TypeAlias = TensorSpec | tuple["Structure", ...] | dict[str, "Structure"]


class Reason(Enum):
    """Why Keras rejects a layer, its arguments or its input."""

    RANK = "rank"
    """The input's rank; `Rejected.expected` says which it takes."""
    WINDOW = "window"
    """A kernel or pool that does not fit into what is left of the feature map."""
    MISMATCH = "mismatch"
    """Sizes that cannot meet: merge layers, reshapes, channels that differ from what was built."""
    CHANNELS = "channels"
    """The axis of channels or features is None where weights need its size."""
    ARGUMENT = "argument"
    """A value that the layer's constructor refuses."""
    ARITY = "arity"
    """The wrong number or structure of inputs."""
    CYCLE = "cycle"
    """A layer whose symbolic output is its input itself, in the middle of a graph."""
    DTYPE = "dtype"
    """A dtype that the layer does not take."""


class Rejected(Exception):
    """What Keras would raise, known before.

    `expected` is what the layer takes, in words a person reads ("rank 4: (batch, height, width, channels)");
    `message` a full clause ("a 3x3 window does not fit into a 2x2 feature map").
    `stage` is when Keras raises: "construct" in the layer's constructor, "build" when the layer is put on an
    input (while the model is made), "call" only when data flow through it (in fit, or called on an array).
    """

    def __init__(
        self,
        reason: Reason,
        message: str,
        *,
        expected: str = "",
        rank: int | None = None,
        stage: Literal["construct", "build", "call"] = "call",
        instead: str = "",
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.expected = expected
        self.rank = rank
        """The one rank that the layer takes, where there is just one."""
        self.stage = stage
        self.instead = instead
        """The argument as it was surely meant, in Python; nothing where that is not known."""


def broadcast(left: Shape, right: Shape) -> Shape | None:
    """The shape of an elementwise operation, by NumPy's rules; None where the two cannot meet."""
    width = max(len(left), len(right))
    padded = [(1,) * (width - len(shape)) + shape for shape in (left, right)]
    shape: list[Dim] = []
    for a, b in zip(*padded, strict=True):
        if a == 1 or a == b:
            shape.append(b)
        elif b == 1:
            shape.append(a)
        elif a is ANY or b is ANY:
            known = b if a is ANY else a
            shape.append(known if isinstance(known, int) else ANY)
        elif a is None or b is None:
            shape.append(b if a is None else a)
        else:
            return None
    return tuple(shape)


def clash(left: Shape, right: Shape) -> tuple[int, int] | None:
    """The last two sizes that differ where neither is 1, so that two shapes cannot meet; None where they may."""
    for a, b in zip(reversed(left), reversed(right), strict=False):
        if isinstance(a, int) and isinstance(b, int) and a != b and 1 not in {a, b}:
            return a, b
    return None


def size(shape: Shape) -> int | None:
    """The number of elements, None where a dimension is not known."""
    product = 1
    for dim in shape:
        if not isinstance(dim, int):
            return None
        product *= dim
    return product


def show(shape: Shape | None) -> str:
    """A shape as Python (and Keras) prints it: `(None, 28, 28)`; unknown sizes as `?`."""
    if shape is None:
        return "?"
    inner = ", ".join(str(dim) if dim is not ANY else "?" for dim in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"
