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


VARIANTS: dict[str, list[dict[str, Any]]] = {
    "MobileNet": [{"alpha": alpha} for alpha in (0.25, 0.5, 0.75)],
    "MobileNetV2": [{"alpha": alpha} for alpha in (0.35, 0.5, 0.75, 1.3, 1.4)],
    "MobileNetV3Large": [{"alpha": 0.75}, {"minimalistic": True}],
    "MobileNetV3Small": [{"alpha": 0.75}, {"minimalistic": True}],
}
"""Arguments that change the widths of the layers, as the published weights come in."""


def measure(name: str) -> dict[str, Any]:
    """What is known of one application."""
    facts = measure_widths(name)
    body, _ = build(name, include_top=False, input_shape=(None, None, 3))
    free = safe_offset(body, facts["size"] or 224)
    source = inspect.getsource(inspect.getmodule(getattr(keras.applications, name)))  # type: ignore[arg-type]
    least = [int(text) for text in re.findall(r"min_size=(\d+)", source)]
    return {
        **facts,
        "name": body.name,
        "least": max(least, default=32),
        "offset": free,
        "fixed_offset": fixed_offset(name, free),
        **({} if free is not None else {"usual": usual(name, facts["size"])}),
        "variants": [
            {"with": arguments, **measure_widths(name, **arguments)} for arguments in VARIANTS.get(name, [])
        ],
    }


def measure_widths(name: str, **arguments: Any) -> dict[str, Any]:
    """What depends on the widths of the layers: numbers of weights and of layers."""
    whole, named = build(name, **arguments)
    body, body_named = build(name, include_top=False, input_shape=(None, None, 3), **arguments)
    _, pooled_named = build(name, include_top=False, input_shape=(None, None, 3), pooling="avg", **arguments)
    last = next(layer for layer in reversed(whole.layers) if layer.weights)
    per_class = last.count_params() // 1000
    return {
        "size": whole.input_shape[1],
        "channels": body.output_shape[-1],
        "params": body.count_params(),
        "with_top": whole.count_params() - per_class * 1000,
        "per_class": per_class,
        "per_cell": per_cell(whole),
        "per_channel": per_channel(name, body, **arguments),
        "named": {"top": named, "none": body_named, "avg": pooled_named},
    }


def usual(name: str, size: int) -> dict[str, Any]:
    """What a model that is made anew for each size has for its usual one, and whether it takes that by itself."""
    shape = (size, size, 3)
    body, named = build(name, include_top=False, input_shape=shape)
    _, pooled_named = build(name, include_top=False, input_shape=shape, pooling="avg")
    return {
        "default": build(name, include_top=False)[0].input_shape[1] == size,
        "rows": body.output_shape[1],
        "params": body.count_params(),
        "named": {"none": named, "avg": pooled_named},
    }


def per_cell(whole: Any) -> int:
    """The weights that the top has for each cell of the last feature map, where it is flattened as a whole."""
    layers = whole.layers
    at = next((index for index, layer in enumerate(layers) if isinstance(layer, keras.layers.Flatten)), None)
    if at is None or at + 1 == len(layers) or not isinstance(layers[at + 1], keras.layers.Dense):
        return 0
    return int(layers[at].input.shape[-1] * layers[at + 1].units)


def per_channel(name: str, body: Any, **arguments: Any) -> int | None:
    """The weights that one more channel of the images brings; None for models that take three only."""
    try:
        other, _ = build(name, include_top=False, input_shape=(None, None, 2), **arguments)
    except ValueError:
        return None
    return int(body.count_params() - other.count_params())


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
