"""The models of `keras.applications`, from `applications.json` (written by `measure_applications`)."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from kerasfix.keras.layers import UNKNOWN, Inferred
from kerasfix.keras.shape import ANY, UNKNOWN_SPEC, Dim, Shape, Structure, TensorSpec

DATA = Path(__file__).with_name("applications.json")

_SIMPLE = frozenset(
    {"include_top", "weights", "input_shape", "pooling", "classes", "classifier_activation", "name",
     "include_preprocessing", "alpha", "depth_multiplier", "dropout", "minimalistic", "dropout_rate"}
)  # fmt: skip
# Arguments that change the widths of the layers, and the values at which the table holds.
_SHAPING: Mapping[str, tuple[object, ...]] = {
    "alpha": (1.0,),
    "depth_multiplier": (1,),
    "minimalistic": (False,),
}


@cache
def table() -> dict[str, Any]:
    """The facts of each application, by its name."""
    data: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return data


def is_known(arguments: Mapping[str, object]) -> bool:
    """Whether the table holds for these arguments."""
    return arguments.keys() <= _SIMPLE and all(
        arguments.get(name, values[0]) in values for name, values in _SHAPING.items()
    )


def input_shape(name: str, arguments: Mapping[str, object]) -> Shape | None:
    """The shape that an application takes, with the batch axis; None where it is not known, or refused."""
    given, size, least = arguments.get("input_shape"), table()[name]["size"], table()[name]["least"]
    top = arguments.get("include_top", True)
    if top is UNKNOWN or given is UNKNOWN:
        return None
    if given is None:
        side: Dim = size if top else None
        return (None, side, side, 3)
    if not isinstance(given, tuple | list) or len(given) != 3:
        return None
    shape: Shape = (None, *(dim if isinstance(dim, int) or dim is None else ANY for dim in given))
    if any(isinstance(dim, int) and dim < least for dim in shape[1:3]) or shape[3] != 3:
        return None
    return shape


def infer(name: str, arguments: Mapping[str, object], inputs: Structure | None) -> Inferred:
    """What an application gives for these inputs (None: any), and how many weights it has."""
    facts, top = table()[name], arguments.get("include_top", True)
    shape = input_shape(name, arguments)
    if top is UNKNOWN or shape is None:
        return Inferred(UNKNOWN_SPEC, None)
    if isinstance(inputs, TensorSpec) and inputs.shape is not None and len(inputs.shape) == 4:
        shape = inputs.shape
    elif inputs is not None:
        shape = (None, ANY, ANY, 3)
    if top:
        classes = arguments.get("classes", 1000)
        width = classes if isinstance(classes, int) else ANY
        odd = facts["top_fixes_size"] and shape[1:3] != (facts["size"], facts["size"])
        known = isinstance(classes, int) and not odd
        params = facts["with_top"] + facts["per_class"] * width if known else None
        return Inferred(TensorSpec((shape[0], width)), params)
    pooling = arguments.get("pooling")
    if pooling is UNKNOWN:
        return Inferred(UNKNOWN_SPEC, facts["params"])
    made_for = input_shape(name, arguments)
    fixed = made_for is not None and any(isinstance(dim, int) for dim in made_for[1:3])
    # Where the rows do not follow a plain rule, layers are put in for some sizes: weights are not known then.
    params = None if fixed and facts["offset"] is None else facts["params"]
    if pooling in ("avg", "max"):
        return Inferred(TensorSpec((shape[0], facts["channels"])), params)
    rows = tuple(_rows(facts["fixed_offset" if fixed else "offset"], dim) for dim in shape[1:3])
    return Inferred(TensorSpec((shape[0], *rows, facts["channels"])), params)


def _rows(offset: int | None, dim: Dim) -> Dim:
    if not isinstance(dim, int):
        return dim
    return ANY if offset is None else (dim + offset) // 32


def named(name: str, arguments: Mapping[str, object]) -> Mapping[str, int]:
    """How many layers of each word are named while it is made."""
    facts: Mapping[str, Mapping[str, int]] = table()[name]["named"]
    if arguments.get("include_top", True):
        return facts["top"]
    if arguments.get("pooling") == "max":
        return {word.replace("average", "max"): count for word, count in facts["avg"].items()}
    return facts["avg" if arguments.get("pooling") == "avg" else "none"]
