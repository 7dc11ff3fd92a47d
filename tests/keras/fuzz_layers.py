"""Differential fuzz of the layer engine: random layers and inputs, real Keras against kerasfix.

    python -m tests.keras.fuzz_layers --seed 1 --count 1000 [--layer Conv2D] [--jobs 2]

Prints where the two disagree (accepted or refused, shape, dtype, number of weights) and how often kerasfix
does not know. Keras is asked twice: with a symbolic tensor, as when a model is made, and, where the shape
is fixed but for the batch, with real data, for it refuses some inputs only then. A third check needs no
Keras: with some sizes and arguments made unknown, kerasfix must not refuse what Keras accepts, nor say
anything that the full facts contradict.
"""

import argparse
import inspect
import math
import os
import random
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np

from kerasfix.keras import layers as engine
from kerasfix.keras.shape import ANY, Rejected, Structure, TensorSpec
from tests.keras.layer_cases import CASES, IMAGE_ARGUMENTS, Case, Nested

TRACE = bool(os.environ.get("FUZZ_TRACE"))
"""Whether to name each case before it runs, for TensorFlow can end the process."""
STOP = Path(os.environ.get("FUZZ_STOP", ".fuzz_stop"))
"""A file that ends a long run before its time."""
BATCH = 9
"""The batch size of real data: one that other sizes do not have, or shapes would fit by chance."""
ELEMENTS = 200_000
"""Real data is tried only below this size."""


@dataclass(frozen=True)
class Answer:
    """What one side says: a stage where it refuses ("" where it accepts), or the output and weights."""

    stage: str
    output: Any = None
    params: int | None = None
    message: str = ""
    ran: bool = False
    """Whether it was asked with data, too."""
    unlike: bool = False
    """Keras's layer gave something else, when it ran, than it had declared."""

    def __str__(self) -> str:
        if self.stage:
            return f"refused at {self.stage}: {self.message[:150]}"
        return f"{show(self.output)}, {self.params} weights"


@dataclass
class Tally:
    """What happened to one layer."""

    cases: int = 0
    unknown: int = 0
    refused: int = 0
    unlike: int = 0
    """How often Keras itself gave something else than it had declared."""
    repeated: int = 0
    """How many cases had been drawn before."""
    disagreements: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Counts what another process has found."""
        self.cases += other.cases
        self.unknown += other.unknown
        self.refused += other.refused
        self.unlike += other.unlike
        self.repeated += other.repeated
        self.disagreements += other.disagreements


def show(output: Structure) -> str:
    """A structure of specs, short."""
    if isinstance(output, TensorSpec):
        return f"{output.shape} {output.dtype}"
    if isinstance(output, dict):
        return "{" + ", ".join(f"{key}: {show(value)}" for key, value in output.items()) + "}"
    return "[" + ", ".join(show(item) for item in output) + "]"


# --- both sides' arguments ------------------------------------------------------------------------------


@cache
def defaults(class_name: str) -> dict[str, object]:
    """The arguments of a layer's constructor that have a default."""
    parameters = inspect.signature(getattr(keras.layers, class_name).__init__).parameters
    return {name: p.default for name, p in parameters.items() if p.default is not p.empty}


def to_keras(value: object) -> Any:
    """An argument as Keras takes it."""
    if isinstance(value, Nested):
        return getattr(keras.layers, value.class_name)(
            **{name: to_keras(item) for name, item in value.arguments.items()}
        )
    if isinstance(value, engine.NumpyInteger):
        return np.int64(int(value))
    if isinstance(value, list | tuple):
        return type(value)(to_keras(item) for item in value)
    return value


def to_config(value: object) -> object:
    """An argument as kerasfix takes it."""
    if isinstance(value, Nested):
        given = {name: to_config(item) for name, item in value.arguments.items()}
        return engine.LayerConfig(value.class_name, {**defaults(value.class_name), **given})
    if isinstance(value, list | tuple):
        return type(value)(to_config(item) for item in value)
    return value


def tensors(structure: Structure, make: Any) -> Any:
    """The structure with each spec turned into a tensor."""
    if isinstance(structure, TensorSpec):
        return make(structure)
    if isinstance(structure, dict):
        return {key: tensors(value, make) for key, value in structure.items()}
    return [tensors(item, make) for item in structure]


def leaves(structure: Structure) -> Iterator[TensorSpec]:
    """The tensors of a structure."""
    if isinstance(structure, TensorSpec):
        yield structure
    else:
        for item in structure.values() if isinstance(structure, dict) else structure:
            yield from leaves(item)


def specs(value: Any) -> Any:
    """Keras's tensors as specs."""
    if isinstance(value, dict):
        return {key: specs(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(specs(item) for item in value)
    return TensorSpec(tuple(value.shape), keras.backend.standardize_dtype(value.dtype))


def symbol(spec: TensorSpec) -> Any:
    """A tensor that has a shape and no values, as when a model is made."""
    return keras.KerasTensor(spec.shape, dtype=spec.dtype)


# --- asking ---------------------------------------------------------------------------------------------


def ask_keras(case: Case) -> Answer:
    """What Keras does, symbolically and, where that is possible, with data.

    As in a model: the layer is made, put on symbolic inputs, which makes its weights, and then run.
    """
    try:
        layer = to_keras(case.layer)
    except Exception as error:
        return Answer("construct", message=f"{type(error).__name__}: {error}")
    try:
        call = {name: tensors(value, symbol) for name, value in case.call.items()}
        if case.built_with is not None:
            layer(tensors(case.built_with, symbol))
        output = specs(layer(tensors(case.inputs, symbol), **call))
        params = layer.count_params()
    except Exception as error:
        return Answer("build", message=f"{type(error).__name__}: {error}")
    ran = concrete(case) and not heavy(output)
    if not ran:
        return Answer("", output, params)
    result = run(layer, case)
    if isinstance(result, str):
        # Where only this device is in the way, data did not tell whether Keras takes them.
        return Answer("call", message=result) if result else Answer("", output, params)
    return Answer("", output, params, ran=True, unlike=not fits(declared(output), specs(result)))


def declared(output: Structure) -> Structure:
    """What Keras declared, with the sizes that it left open."""
    if isinstance(output, TensorSpec):
        assert output.shape is not None
        return TensorSpec(tuple(ANY if dim is None else dim for dim in output.shape), output.dtype)
    if isinstance(output, dict):
        return {key: declared(value) for key, value in output.items()}
    return tuple(declared(item) for item in output)


def concrete(case: Case) -> bool:
    """Whether the input can be data: at most the batch size is open."""
    if ends_process(case):
        return False
    if case.layer.class_name in ADAPTED and not case.layer.arguments.get(ADAPTED[case.layer.class_name]):
        return False  # It must be adapted to data before.
    everything = [case.inputs, *case.call.values()]
    return all(
        spec.shape is not None
        and None not in spec.shape[1:]
        and not heavy(spec)
        # Images may come without a batch axis; then the first size is the height.
        and not (case.layer.class_name in IMAGE_ARGUMENTS and len(spec.shape) == 3 and spec.shape[0] is None)
        for structure in everything
        for spec in leaves(structure)
    )


BY_CHANCE = ("AugMix", "RandAugment")
"""Layers of which some steps, drawn at random, fail on data where others do not."""

ADAPTED = {
    "Discretization": "bin_boundaries",
    "IntegerLookup": "vocabulary",
    "StringLookup": "vocabulary",
    "TextVectorization": "vocabulary",
}
"""Layers that learn from data before they run, unless this argument is given."""


def ends_process(case: Case) -> bool:
    """Whether TensorFlow divides by zero and ends the process: adaptive pooling, of or to a size of 1.

    Its windows of two sizes include one that is larger than the input.
    """
    if not case.layer.class_name.startswith("AdaptiveMax"):
        return False
    size = case.layer.arguments.get("output_size")
    sizes = {*(size if isinstance(size, list | tuple) else (size,))}
    for spec in leaves(case.inputs):
        sizes.update(spec.shape or ())
    return 1 in sizes


def heavy(structure: Structure) -> bool:
    """Whether the data would be large."""
    return any(
        math.prod(dim or BATCH for dim in spec.shape or () if dim is not ANY) > ELEMENTS
        for spec in leaves(structure)
    )


# Where only this device has no operation, and others have it.
FLOATS = ("T=DT_HALF", "T=DT_BFLOAT16", "T=DT_DOUBLE", "T=DT_FLOAT")

# What a device cannot do, and not Keras.
DEVICE = (
    "the NHWC tensor format",
    "only supports",
    "Unimplemented",
    "scipy",
    "Input dims must be <= 5",  # with oneDNN
    "not yet support dilation",  # without
    "cuDNN is not supported",
)


def run(layer: Any, case: Case) -> Any:
    """Runs the layer on data: what it gives, or what goes wrong; "" where only this device is in the way."""
    if TRACE:
        print(case, file=sys.stderr, flush=True)

    batches = [spec.shape[0] for spec in leaves(case.inputs) if spec.shape and spec.shape[0]]
    batch = batches[0] if batches else BATCH

    def data(spec: TensorSpec) -> Any:
        shape = tuple(batch if dim is None else dim for dim in spec.shape or ())
        vocabulary = case.layer.arguments.get("vocabulary")
        if case.layer.class_name.endswith("Lookup") and isinstance(vocabulary, list | tuple) and vocabulary:
            # A token that the layer knows: without a place for unknown ones it refuses others.
            return np.full(shape, vocabulary[-1], dtype=None if spec.dtype == "string" else spec.dtype)
        if spec.dtype == "string":
            return np.full(shape, "a")
        return np.ones(shape, dtype=spec.dtype)

    try:
        return layer(tensors(case.inputs, data), **{name: tensors(v, data) for name, v in case.call.items()})
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        lacks = any(word in message for word in DEVICE) or (
            "Could not find device" in message and any(name in message for name in FLOATS)
        )
        if lacks and TRACE:
            print("the device lacks:", message[:300], file=sys.stderr)
        return "" if lacks else message


def ask_engine(case: Case, config: engine.LayerConfig | None = None) -> Answer:
    """What kerasfix says."""
    layer = config or to_config(case.layer)
    assert isinstance(layer, engine.LayerConfig)
    try:
        engine.construct(layer)
        inferred = engine.infer(layer, as_tuples(case.inputs), as_tuples(case.built_with), case.call)
    except Rejected as rejected:
        return Answer(rejected.stage, message=rejected.message)
    return Answer("", inferred.output, inferred.params)


def as_tuples(structure: Any) -> Any:
    """The engine's structures hold tuples."""
    if isinstance(structure, list | tuple):
        return tuple(as_tuples(item) for item in structure)
    return structure


# --- comparing ------------------------------------------------------------------------------------------


def is_unknown(answer: Answer) -> bool:
    """Whether something that Keras knows is missing."""
    return not answer.stage and (
        answer.params is None
        or any(
            spec.shape is None or spec.dtype is None or ANY in spec.shape for spec in leaves(answer.output)
        )
    )


def fits(ours: Structure, theirs: Structure) -> bool:
    """Whether an answer with unknown parts agrees with a full one."""
    if isinstance(ours, TensorSpec):
        if ours.shape is None and ours.dtype is None:
            return True
        if not isinstance(theirs, TensorSpec):
            return False
        if ours.dtype is not None and ours.dtype != theirs.dtype:
            return False
        if ours.shape is None or theirs.shape is None:
            return ours.shape is None
        return len(ours.shape) == len(theirs.shape) and all(
            a is ANY or a == b for a, b in zip(ours.shape, theirs.shape, strict=True)
        )
    if isinstance(theirs, TensorSpec) or len(ours) != len(theirs):
        return False
    if isinstance(ours, dict):
        return isinstance(theirs, dict) and all(fits(ours[key], theirs[key]) for key in ours)
    return not isinstance(theirs, dict) and all(fits(a, b) for a, b in zip(ours, theirs, strict=True))


def disagreement(case: Case, theirs: Answer, ours: Answer) -> str:
    """How the two differ; empty where they do not."""
    if ours.stage == "call" and not theirs.stage and not theirs.ran:
        return ""  # Only data would tell.
    if theirs.stage and not ours.stage and is_unknown(ours):
        return ""  # It says that it does not know.
    if theirs.stage == "call" and not ours.stage and case.layer.class_name in BY_CHANCE:
        return ""  # The steps that are drawn decide whether they take other channels than 1 or 3.
    if ours.stage != theirs.stage:
        if ours.stage and theirs.stage:
            return "stage"
        return "accepts" if theirs.stage else "refuses"
    if ours.stage:
        return ""
    if not fits(ours.output, theirs.output):
        return "output"
    if ours.params is not None and ours.params != theirs.params:
        return "weights"
    return ""


def masked(case: Case, rng: random.Random) -> tuple[Case, engine.LayerConfig]:
    """The case with some sizes and arguments not known."""

    def hide(structure: Any) -> Any:
        if isinstance(structure, TensorSpec):
            if structure.shape is None or rng.random() < 0.1:
                return TensorSpec(None, structure.dtype)
            return TensorSpec(
                tuple(ANY if rng.random() < 0.3 else dim for dim in structure.shape), structure.dtype
            )
        if isinstance(structure, dict):
            return {key: hide(value) for key, value in structure.items()}
        return tuple(hide(item) for item in structure)

    config = to_config(case.layer)
    assert isinstance(config, engine.LayerConfig)
    arguments = {
        name: engine.UNKNOWN if rng.random() < 0.2 else value for name, value in config.config.items()
    }
    built_with = None if case.built_with is None else hide(case.built_with)
    return (
        replace(case, inputs=hide(case.inputs), built_with=built_with),
        engine.LayerConfig(config.class_name, arguments),
    )


def check(case: Case, rng: random.Random, tally: Tally, rounds: int = 1) -> None:
    """Asks both sides about one case; `rounds` times with other sizes and arguments made unknown."""
    tally.cases += 1
    theirs = ask_keras(case)
    try:
        ours = ask_engine(case)
    except Exception as error:
        ours = Answer("crash", message=repr(error))
    tally.refused += bool(theirs.stage)
    tally.unlike += theirs.unlike
    if theirs.unlike and TRACE:
        print("unlike:", case, file=sys.stderr)
    kind = disagreement(case, theirs, ours)
    if kind:
        # What ran before can leave Keras in a state in which it refuses what it takes else.
        keras.backend.clear_session()
        theirs = ask_keras(case)
        kind = disagreement(case, theirs, ours)
    if kind:
        tally.disagreements.append(f"{kind}: {case}\n    keras:    {theirs}\n    kerasfix: {ours}")
        return
    if is_unknown(ours):
        tally.unknown += 1
        if TRACE:
            print("unknown:", case, file=sys.stderr)
    if theirs.stage or ours.stage:
        return
    for _ in range(rounds):
        check_masked(case, theirs, rng, tally)


def check_masked(case: Case, theirs: Answer, rng: random.Random, tally: Tally) -> None:
    """Asks kerasfix about a case that Keras takes, with some of it made unknown."""
    hidden, config = masked(case, rng)
    try:
        blurred = ask_engine(hidden, config)
    except Exception as error:
        blurred = Answer("crash", message=repr(error))
    if blurred.stage or not fits(blurred.output, theirs.output):
        tally.disagreements.append(
            f"masked: {replace(hidden, layer=case.layer)}\n    with {config}\n"
            f"    keras:    {theirs}\n    kerasfix: {blurred}"
        )
    elif blurred.params is not None and blurred.params != theirs.params:
        tally.disagreements.append(f"masked weights: {hidden}\n    {config}\n    {theirs}\n    {blurred}")


def runnable() -> list[str]:
    """The layers that can be fuzzed here."""
    return sorted(name for name in CASES if name != "STFTSpectrogram" or find_spec("scipy"))


def fuzz(seed: int, count: int, names: list[str], part: int = 0, parts: int = 1) -> dict[str, Tally]:
    """Runs `count` cases, the named layers in turn; or one of `parts` equal shares of them."""
    tallies = {name: Tally() for name in names}
    seen = set[int]()
    for index in range(part, count, parts):
        if STOP.exists():
            break  # What has been found so far is told all the same.
        name = names[index % len(names)]
        rng = random.Random(f"{seed}/{name}/{index}")
        case = CASES[name](rng)
        key = hash(str(case))
        tallies[name].repeated += key in seen
        seen.add(key)
        check(case, rng, tallies[name])
        if index // parts % 300 == 299:
            keras.backend.clear_session()
    return tallies


def fuzz_apart(seed: int, count: int, names: list[str], jobs: int) -> dict[str, Tally]:
    """The same, in several processes."""
    merged = {name: Tally() for name in names}
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        shares = [pool.submit(fuzz, seed, count, names, part, jobs) for part in range(jobs)]
        for share in shares:
            for name, tally in share.result().items():
                merged[name].add(tally)
    return merged


def table(tallies: dict[str, Tally], rows: int) -> str:
    """The layers where the most is not known or not right."""
    worst = sorted(tallies.items(), key=lambda item: (-len(item[1].disagreements), -item[1].unknown, item[0]))
    lines = [f"{'layer':44}  cases  refused  unknown  unlike  disagreements"]
    for name, tally in worst[:rows]:
        lines.append(
            f"{name:44} {tally.cases:6} {tally.refused:8} {tally.unknown:8} {tally.unlike:7}"
            f" {len(tally.disagreements):14}"
        )
    return "\n".join(lines)


def main() -> int:
    """The command; its exit status is 1 where the two disagree."""
    parser = argparse.ArgumentParser(description="Compare the layer engine with real Keras.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--layer", action="append", help="a class name; may be repeated")
    parser.add_argument("--show", type=int, default=3, help="disagreements shown for each layer")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--worst", type=int, default=10, help="rows of the table of the worst layers")
    options = parser.parse_args()
    names = options.layer or runnable()
    if options.jobs > 1:
        tallies = fuzz_apart(options.seed, options.count, names, options.jobs)
    else:
        tallies = fuzz(options.seed, options.count, names)
    for name, tally in tallies.items():
        if tally.disagreements:
            print(f"{name}: {len(tally.disagreements)} of {tally.cases} disagree, {tally.unknown} unknown")
        for text in tally.disagreements[: options.show]:
            print("  " + text)
    print(table(tallies, options.worst))
    total = Tally()
    for tally in tallies.values():
        total.add(tally)
    print(
        f"seed {options.seed}: {total.cases} cases of {len(names)} layers ({total.repeated} drawn twice),"
        f" {total.refused} refused by Keras, {total.unlike} where Keras's layer gave something else than it had"
        f" declared, {len(total.disagreements)} disagreements,"
        f" {total.unknown} unknown ({total.unknown / max(total.cases, 1):.2%})"
    )
    return 1 if total.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
