"""Writes `applications.json` from the installed Keras: `python -m kerasfix.keras.measure_applications [NAME]...`."""

import inspect
import json
import os
import re
import sys
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras

from kerasfix.keras.applications import DATA


def names() -> list[str]:
    """The functions of `keras.applications` that make a model."""
    return sorted(
        name
        for name in dir(keras.applications)
        if name[0].isupper() and callable(getattr(keras.applications, name))
    )


def build(name: str, **arguments: Any) -> tuple[Any, dict[str, int]]:
    """A model without weights, and how many objects of each word were named on the way."""
    keras.backend.clear_session()
    model = getattr(keras.applications, name)(weights=None, **arguments)
    uids = keras.src.backend.common.global_state.get_global_attribute("object_name_uids")
    return model, {word: count for word, count in sorted(uids.items()) if count and word in layer_words()}


def layer_words() -> set[str]:
    """The words in names of layers; those of variables and initializers are of no interest."""
    from kerasfix.keras.naming import snake_case

    return {snake_case(name) for name in dir(keras.layers) if name[0].isupper()} | {"functional"}


def measure(name: str) -> dict[str, Any]:
    """What is known of one application."""
    whole, named = build(name)
    size = whole.input_shape[1]
    last = next(layer for layer in reversed(whole.layers) if layer.weights)
    per_class = last.count_params() // 1000
    flat = any(isinstance(layer, keras.layers.Flatten) for layer in whole.layers)
    body, body_named = build(name, include_top=False, input_shape=(None, None, 3))
    free = safe_offset(body, size or 224)
    _, pooled_named = build(name, include_top=False, input_shape=(None, None, 3), pooling="avg")
    source = inspect.getsource(inspect.getmodule(getattr(keras.applications, name)))  # type: ignore[arg-type]
    least = [int(text) for text in re.findall(r"min_size=(\d+)", source)]
    return {
        "name": body.name,
        "size": size,
        "least": max(least, default=32),
        "channels": body.output_shape[-1],
        "params": body.count_params(),
        "with_top": whole.count_params() - per_class * 1000,
        "per_class": per_class,
        "top_fixes_size": flat,
        "offset": free,
        "fixed_offset": fixed_offset(name, free),
        "named": {"top": named, "none": body_named, "avg": pooled_named},
    }


def safe_offset(body: Any, size: int) -> int | None:
    """The offset; None for models that take some sizes only."""
    try:
        return offset(body, size)
    except ValueError:
        return None


def fixed_offset(name: str, free: int | None) -> int | None:
    """The offset of a model that is made for one size: some pad even and odd sizes differently then."""
    sides = (257, 302)
    try:
        found = build(name, include_top=False, input_shape=(*sides, 3))[0].output_shape[1:3]
    except ValueError:
        return None
    fits = (a for a in (free, 31) if a is not None and found == tuple((side + a) // 32 for side in sides))
    return next(fits, None)


def offset(body: Any, size: int) -> int | None:
    """The `a` in `(n + a) // 32`, the number of rows that an image of n rows leaves; None where it is not so."""

    def rows(n: int) -> int:
        return int(body.compute_output_shape((1, n, n, 3))[1])

    low, high = size, size + 32
    while high - low > 1:  # where one more row comes in
        middle = (low + high) // 2
        low, high = (middle, high) if rows(middle) == rows(size) else (low, middle)
    found = 32 * rows(high) - high
    samples = (size - 31, size - 13, size, size + 45, 2 * size + 1, 3 * size + 7)
    return found if all(rows(n) == (n + found) // 32 for n in samples) else None


def main() -> None:
    """The command: all applications, or those named."""
    wanted = sys.argv[1:] or names()
    data = json.loads(DATA.read_text(encoding="utf-8")) if sys.argv[1:] else {}
    for name in wanted:
        data[name] = measure(name)
        print(name, data[name], flush=True)
    text = json.dumps(data, sort_keys=True)
    DATA.write_text(re.sub(r'(?<=\}), (?="[A-Z])', ",\n", text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
