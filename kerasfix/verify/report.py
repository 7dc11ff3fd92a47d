"""What the report of a run must look like: it comes from the process of the script, which may have forged it."""

import types
from collections.abc import Mapping
from typing import Any

MOST_LEVELS = 8

Pattern = Any
"""A type; a union of types; `[pattern]` of lists; a dict of patterns; or a function that judges a value."""


def _is_shape(value: Any, level: int = 0) -> bool:
    """A size or a structure of sizes."""
    if value is None or type(value) is int:
        return True
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return parts is not None and level < MOST_LEVELS and all(_is_shape(part, level + 1) for part in parts)


def _is_seen(value: Any, level: int = 0) -> bool:
    """What an expression was worth: an array, or a few of them."""
    return level < MOST_LEVELS and (value is None or (_fits(value, SEEN) and _is_value(value, level)))


def _is_value(value: Mapping[str, Any], level: int) -> bool:
    if "items" in value:
        return value.get("kind") in ("tuple", "list") and all(
            _is_seen(each, level + 1) for each in value["items"]
        )
    return "shape" in value and "dtype" in value


def _are_predictions(value: Any) -> bool:
    return value is None or _fits(value, [int | float])


SEEN = {
    "place": lambda place: _fits(place, [int]) and len(place) == 4,
    "kind": str,
    "items": list,
    "shape": lambda shape: _fits(shape, [int]) and all(size >= 0 for size in shape),
    "dtype": str,
    "low": int | float,
    "high": int | float,
    "one_hot": bool,
}
FIT = {
    "line": int | None,
    "loss": int | float | None,
    "finite": bool,
    "gradients": {"none": [str], "zero": [str], "nonfinite": [str]},
    "depends_on_labels": bool | None,
}
MODEL = {
    "name": str | None,
    "line": int | None,
    "built": bool,
    "output_shape": _is_shape,
    "params": int | None,
}
REPORT = {
    "assumed": [str],
    "stubs": [str],
    "skipped": [str],
    "device": str,
    "isolation": str,
    "error": lambda error: error is None or _whole(error, {"type": str, "line": int | None, "message": str}),
    "fits": lambda fits: isinstance(fits, list) and all(_whole(fit, FIT) for fit in fits),
    "models": lambda models: (
        isinstance(models, list)
        and all(_whole(model, MODEL, predictions=_are_predictions) for model in models)
    ),
    "evidence": lambda seen: (
        isinstance(seen, list) and all("place" in each and _is_seen(each) for each in seen)
    ),
    "remaining": int,
    "seconds": int | float,
}


def is_sound(report: Any) -> bool:
    """Whether every part of a report that a script may have touched is of its kind."""
    return (
        isinstance(report, dict)
        and report.keys() >= {"seconds", "isolation"}
        and _fits({name: part for name, part in report.items() if name in REPORT}, REPORT)
    )


def _whole(value: Any, pattern: dict[str, Pattern], **more: Pattern) -> bool:
    """A dict with all of these parts, and maybe some more."""
    return isinstance(value, dict) and pattern.keys() <= value.keys() and _fits(value, pattern | more)


def _fits(value: Any, pattern: Pattern) -> bool:
    if isinstance(pattern, list):
        return isinstance(value, list) and all(_fits(each, pattern[0]) for each in value)
    if isinstance(pattern, dict):
        known = isinstance(value, dict) and value.keys() <= pattern.keys()
        return known and all(_fits(part, pattern[name]) for name, part in value.items())
    if isinstance(pattern, type | types.UnionType):
        # Of its very type: True is no number here.
        return type(value) in getattr(pattern, "__args__", (pattern,))
    return bool(pattern(value))
