"""Data given to a model: kerasfix says "mismatch" only where Keras raises."""

import random
from typing import Any

import pytest

from kerasfix.linter import lint
from kerasfix.registry import select
from kerasfix.source import Source

# Layers of a model, and the rank of its input with the batch axis.
MODELS: list[tuple[list[str], int]] = [
    (["Dense(3)"], 2),
    (["Conv2D(2, 1)", "Flatten()", "Dense(3)"], 4),
    (["Conv2D(2, 1)", "GlobalAveragePooling2D()", "Dense(3)"], 4),
    (["LSTM(2)", "Dense(3)"], 3),
    (["Flatten()", "Dense(3)"], 3),
    (["BatchNormalization()", "Dense(2)"], 3),
    (["Activation('relu')"], 3),
    (["Conv1D(2, 1)", "Reshape((-1, 2))", "Dense(2)"], 3),
]


def program(chance: random.Random) -> tuple[str, tuple[int, ...]]:
    """A script that makes a model, and a shape of data that fits it, nearly fits it, or does not."""
    names, rank = chance.choice(MODELS)
    layers = [f"keras.layers.{name}" for name in names]
    declared = [chance.choice([1, 1, 2, 3, 4]) for _ in range(rank - 1)]
    given = [size if chance.random() < 0.8 else chance.choice([1, 2, 3]) for size in declared]
    given = chance.choice([given, given, given, [*given, 1], given[:-1] or given, [*given, 2]])
    shape: list[int | None] = list(declared)
    if rank > 2 and chance.random() < 0.2:
        shape[0] = None
    lines = ["import keras", "import numpy as np"]
    if chance.random() < 0.5:
        lines.append(f"m = keras.Sequential([keras.Input({tuple(shape)}), {', '.join(layers)}])")
    else:
        lines += [f"x = i = keras.Input({tuple(shape)})", *(f"x = {layer}(x)" for layer in layers)]
        lines.append("m = keras.Model(i, x)")
    return "\n".join(lines) + "\n", (4, *given)


@pytest.mark.keras
@pytest.mark.parametrize("seed", range(4))
def test_a_mismatch_is_one_in_keras(seed: int) -> None:
    import keras
    import numpy as np

    chance = random.Random(seed)
    missed: list[str] = []
    refused = 0
    for _ in range(60):
        code, shape = program(chance)
        scope: dict[str, Any] = {}
        try:
            exec(code, scope)
        except Exception:  # the model itself is wrong: not what is asked here
            continue
        try:
            scope["m"](np.zeros(shape, "float32"))
            runs = True
        except Exception:
            runs = False
        keras.backend.clear_session()
        code += f"m.predict(np.zeros({shape}))\n"
        found = lint(Source("x.py", code), select(("KF2",)))
        assert not (runs and found), code + found[0].message
        refused += not runs
        if not runs and not found:
            missed.append(code)
    # Known gap: a Functional model whose sizes of 1 Keras compares in its own way.
    assert refused >= 8
    assert len(missed) <= refused / 2, missed
