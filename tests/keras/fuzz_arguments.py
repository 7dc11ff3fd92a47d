"""Each value of each argument that the layer fuzz draws, alone, on an input that the layer takes.

    python -m tests.keras.fuzz_arguments [LAYER ...]

Random cases give many arguments at once, of which the first wrong one hides the others: here nothing is hidden.
"""

import argparse
import random
import sys
from collections.abc import Iterator
from dataclasses import replace

import keras

from tests.keras.fuzz_layers import Tally, ask_keras, check, concrete, leaves, runnable
from tests.keras.layer_cases import CASES, Case, Nested

DRAWN = 700
"""Cases that arguments are taken from."""
BASES = 2
"""Cases that each value is put into: those that Keras takes, with the fewest arguments."""


def alone(name: str) -> Iterator[Case]:
    """A layer with each value that is drawn, beside as few other arguments as can be."""
    rng = random.Random(name)
    drawn = [CASES[name](rng) for _ in range(DRAWN)]
    values = {
        (argument, repr(value)): value
        for case in drawn
        for argument, value in case.layer.arguments.items()
        if not isinstance(value, Nested)
    }
    plain = sorted(
        (case for case in drawn if case.built_with is None and concrete(case)),
        key=lambda case: (
            len(case.layer.arguments),
            any(spec.dtype != "float32" for spec in leaves(case.inputs)),
        ),
    )
    taken = (case for case in plain[:60] if not ask_keras(case).stage)
    for case in [case for case, _ in zip(taken, range(BASES), strict=False)]:
        for (argument, _), value in values.items():
            yield replace(case, layer=Nested(name, {**case.layer.arguments, argument: value}))


def main() -> int:
    """The command; its exit status is 1 where the two disagree."""
    parser = argparse.ArgumentParser(description="Compare each argument of the layer engine with real Keras.")
    parser.add_argument("layers", nargs="*", help="class names; all without")
    options = parser.parse_args()
    total = Tally()
    for name in options.layers or runnable():
        for case in alone(name):
            check(case, random.Random(1), total)
        keras.backend.clear_session()
    for text in total.disagreements:
        print(text)
    print(f"{total.cases} cases, {len(total.disagreements)} disagreements, {total.unknown} unknown")
    return 1 if total.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
