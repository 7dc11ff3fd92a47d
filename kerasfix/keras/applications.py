"""The models of `keras.applications`, from `applications.json` (written by `measure_applications`)."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from kerasfix.keras.layers import UNKNOWN, Inferred
from kerasfix.keras.shape import ANY, UNKNOWN_SPEC, Dim, Reason, Rejected, Shape, Structure, TensorSpec

DATA = Path(__file__).with_name("applications.json")

_SIMPLE = frozenset(
    {"include_top", "weights", "input_shape", "pooling", "classes", "classifier_activation", "name",
     "include_preprocessing", "alpha", "depth_multiplier", "dropout", "minimalistic", "dropout_rate"}
)  # fmt: skip
# Arguments that change the widths of the layers, and their defaults.
_SHAPING: Mapping[str, object] = {"alpha": 1.0, "depth_multiplier": 1, "minimalistic": False}


@cache
def table() -> dict[str, Any]:
    """The facts of each application, by its name."""
    data: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return data


def facts_of(name: str, arguments: Mapping[str, object]) -> Mapping[str, Any] | None:
    """The facts of an application with these widths; None where they were not measured."""
    facts: Mapping[str, Any] = table()[name]
    widths = {key: arguments.get(key, default) for key, default in _SHAPING.items()}
    changed = {key: value for key, value in widths.items() if value != _SHAPING[key]}
    if not changed:
        return facts
    variant = next((variant for variant in facts["variants"] if variant["with"] == changed), None)
    return None if variant is None else {**facts, **variant}


def is_known(name: str, arguments: Mapping[str, object]) -> bool:
    """Whether the table holds for these arguments."""
    return arguments.keys() <= _SIMPLE and facts_of(name, arguments) is not None


def input_shape(name: str, arguments: Mapping[str, object]) -> Shape | None:
    """The shape that an application takes, with the batch axis; None where it is not known, or refused."""
    given, facts = arguments.get("input_shape"), facts_of(name, arguments)
    top = arguments.get("include_top", True)
    if top is UNKNOWN or given is UNKNOWN or facts is None:
        return None
    if given is None:
        side: Dim = facts["size"] if top or facts.get("usual", {}).get("default") else None
        return (None, side, side, 3)
    if not isinstance(given, tuple | list) or len(given) != 3:
        return None
    shape: Shape = (None, *(dim if isinstance(dim, int) or dim is None else ANY for dim in given))
    if any(isinstance(dim, int) and dim < facts["least"] for dim in shape[1:3]):
        return None
    # The published weights are for three channels.
    free = arguments.get("weights", "imagenet") is None and facts["per_channel"] is not None
    return shape if shape[3] == 3 or (free and isinstance(shape[3], int)) else None


# They look at their arguments themselves, and at fewer of them.
_LENIENT = frozenset({"MobileNetV3Large", "MobileNetV3Small"})


def check_arguments(name: str, arguments: Mapping[str, object]) -> None:
    """Whether Keras makes the model (`obtain_input_shape` and each application's own first lines).

    Raises:
        Rejected: it does not.
    """
    given, facts = arguments.get("input_shape"), table()[name]
    top, published = arguments.get("include_top", True), arguments.get("weights", "imagenet") == "imagenet"
    if published and top is True:
        classes = arguments.get("classes", 1000)
        if isinstance(classes, int) and classes != 1000:
            raise _rejected(
                f"classes must be 1000 for the published weights, not {classes}: write `include_top=False`, and put a "
                f"`Dense({classes})` of your own on it"
            )
    if not isinstance(given, tuple) or not given or top is UNKNOWN:
        return
    if name not in _LENIENT:
        _check_shape(name, given, top=bool(top), published=published)
    least = facts["least"]
    if len(given) == 3 and any(isinstance(dim, int) and dim < least for dim in given[:2]):
        raise _rejected(f"input_shape must be at least {least} x {least}, not {given[0]} x {given[1]}")


def _check_shape(name: str, given: tuple[object, ...], *, top: bool, published: bool) -> None:
    size = table()[name]["size"]
    if len(given) != 3:
        known = published and len(given) == 2 and not top and all(isinstance(dim, int) for dim in given)
        instead = f"({given[0]}, {given[1]}, 3)" if known else ""
        hint = f": write {instead}" if instead else ""
        raise _rejected(
            f"input_shape must be three sizes, rows, columns and channels, not {given}{hint}", instead
        )
    if not all(isinstance(dim, int) or dim is None for dim in given):
        return
    if published and top:
        sizes = _PUBLISHED.get(name, (size,))
        if given not in {(side, side, 3) for side in sizes}:
            raise _rejected(
                f"input_shape must be ({size}, {size}, 3) for the published weights with their top, not {given}: "
                "write `include_top=False`, and put layers of your own on it"
            )
    elif published and given[2] != 3:
        raise _rejected(
            f"input_shape must have 3 channels for the published weights, not {given[2]}: repeat the channel, or write "
            "`weights=None`"
        )
    elif top and None in given:
        raise _rejected(f"input_shape must have fixed sizes with `include_top=True`, not {given}")


def _rejected(message: str, instead: str = "") -> Rejected:
    return Rejected(Reason.ARGUMENT, message, stage="construct", instead=instead)


# The sizes that have weights of their own; for others Keras takes, and names, those of 224.
_PUBLISHED = {"MobileNet": (128, 160, 192, 224), "MobileNetV2": (96, 128, 160, 192, 224)}


def model_name(name: str, arguments: Mapping[str, object]) -> str:
    """The name that Keras gives the model, with its width and rows where the name tells them."""
    given = arguments.get("name")
    if isinstance(given, str):
        return given
    usual: str = table()[name]["name"]
    alpha, shape = arguments.get("alpha", 1.0), input_shape(name, arguments)
    if name not in _PUBLISHED or not isinstance(alpha, int | float) or shape is None:
        return usual
    rows = shape[1]
    if arguments.get("weights", "imagenet") == "imagenet" and (
        rows != shape[2] or rows not in _PUBLISHED[name]
    ):
        rows = 224
    return f"{usual.partition('_')[0]}_{alpha:0.2f}_{rows}"


def infer(name: str, arguments: Mapping[str, object], inputs: Structure | None) -> Inferred:
    """What an application gives for these inputs (None: any), and how many weights it has."""
    facts, top = facts_of(name, arguments), arguments.get("include_top", True)
    shape = made_for = input_shape(name, arguments)
    if top is UNKNOWN or shape is None or made_for is None or facts is None:
        return Inferred(UNKNOWN_SPEC, None)
    channels = made_for[3]
    assert isinstance(channels, int)
    more = 0 if channels == 3 else facts["per_channel"] * (channels - 3)
    if isinstance(inputs, TensorSpec) and inputs.shape is not None and len(inputs.shape) == 4:
        shape = inputs.shape
    elif inputs is not None:
        shape = (None, ANY, ANY, channels)
    if top:
        classes = arguments.get("classes", 1000)
        if not isinstance(classes, int):
            return Inferred(TensorSpec((shape[0], ANY)), None)
        cells = _more_cells(facts, made_for)
        params = facts["with_top"] + facts["per_class"] * classes + more
        known = None if cells is None else params + facts["per_cell"] * cells
        return Inferred(TensorSpec((shape[0], classes)), known)
    if "usual" in facts and made_for[1:3] == (facts["size"],) * 2:
        usual, offset = facts["usual"], 32 * facts["usual"]["rows"] - facts["size"]
        same = shape[1:3] == made_for[1:3]
        facts = {
            **facts,
            "params": usual["params"],
            "offset": offset,
            "fixed_offset": offset if same else None,
        }
    pooling = arguments.get("pooling")
    if pooling is UNKNOWN:
        return Inferred(UNKNOWN_SPEC, facts["params"] + more)
    fixed = any(isinstance(dim, int) for dim in made_for[1:3])
    # Where the rows do not follow a plain rule, layers are put in for some sizes: weights are not known then.
    count = None if fixed and facts["offset"] is None else facts["params"] + more
    if pooling in ("avg", "max"):
        return Inferred(TensorSpec((shape[0], facts["channels"])), count)
    rows = tuple(_rows(facts["fixed_offset" if fixed else "offset"], dim) for dim in shape[1:3])
    return Inferred(TensorSpec((shape[0], *rows, facts["channels"])), count)


def _more_cells(facts: Mapping[str, Any], made_for: Shape) -> int | None:
    """How many cells more than usual the last feature map has; None where that is not known."""
    if not facts["per_cell"]:
        return 0
    height, width = (_rows(facts["fixed_offset"], dim) for dim in made_for[1:3])
    usual = _rows(facts["fixed_offset"], facts["size"])
    if not isinstance(height, int) or not isinstance(width, int) or not isinstance(usual, int):
        return None
    return height * width - usual * usual


def _rows(offset: int | None, dim: Dim) -> Dim:
    if not isinstance(dim, int):
        return dim
    return ANY if offset is None else (dim + offset) // 32


def named(name: str, arguments: Mapping[str, object]) -> Mapping[str, int]:
    """How many layers of each word are named while it is made."""
    found = facts_of(name, arguments) or table()[name]
    facts: Mapping[str, Mapping[str, int]] = found["named"]
    if "usual" in found and input_shape(name, arguments) == (None, found["size"], found["size"], 3):
        facts = {**facts, **found["usual"]["named"]}
    if arguments.get("include_top", True):
        return facts["top"]
    if arguments.get("pooling") == "max":
        return {word.replace("average", "max"): count for word, count in facts["avg"].items()}
    return facts["avg" if arguments.get("pooling") == "avg" else "none"]
