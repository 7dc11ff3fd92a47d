"""Differential fuzz of whole models: random scripts, real Keras against `kerasfix shapes`.

    python -m tests.trace.fuzz_graphs --seed 1 --count 200

Each script builds a Sequential or a Functional model of 2 to 12 layers (merges, shared layers, several
inputs, operations, nested models). Keras runs it; kerasfix reads it. Where Keras builds the model, kerasfix
must report no fault and give the same rows and the same total; where Keras refuses, kerasfix must not know
an output.
"""

import argparse
import os
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras

from kerasfix.keras.shape import Reason, Rejected, TensorSpec
from kerasfix.shapes import Row, Summary, json_shape, summaries
from kerasfix.source import read_document
from kerasfix.syntax.module import Module
from kerasfix.trace import trace
from kerasfix.trace.records import ChannelsOrder, LayerRejected, NestedRank, SequenceMismatch
from tests.keras.fuzz_layers import STOP, leaves
from tests.keras.layer_cases import CASES, Nested

HEAD = "import keras\nfrom keras import layers, ops\n"
MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")
# What takes no plain float tensor, or code of its own; and what is slow to build.
APART = {"Embedding", "ReversibleEmbedding", "CategoryEncoding", "Discretization", "HashedCrossing", "Hashing",
         "IntegerLookup", "StringLookup", "TextVectorization", "MultiHeadAttention", "GroupQueryAttention",
         "Attention", "AdditiveAttention", "Dot", "MelSpectrogram", "Pipeline", "MixUp", "CutMix",
         "MaxNumBoundingBoxes", "RandomColorJitter", "RNN", *MERGES}  # fmt: skip
SINGLE = sorted(set(CASES) - APART)
COMMON = ("Dense", "Conv2D", "Conv1D", "MaxPooling2D", "Flatten", "LSTM", "GRU", "BatchNormalization", "Dropout",
          "GlobalAveragePooling2D", "GlobalMaxPooling1D", "Activation", "Reshape", "Bidirectional",
          "TimeDistributed", "LayerNormalization", "ZeroPadding2D", "UpSampling2D")  # fmt: skip
OPERATIONS = ("{0} + {0}", "{0} * 2", "-{0}", "{0} / 3 - 1", "ops.relu({0})", "ops.expand_dims({0}, -1)", "{0}[:, :1]",
              "ops.mean({0}, axis=-1)", "ops.concatenate([{0}, {0}], axis=-1)")  # fmt: skip


@dataclass
class Tally:
    """What came of a run."""

    cases: int = 0
    refused: int = 0
    late: int = 0
    """Models that Keras makes, and that no data can flow through."""
    rows: int = 0
    unknown: int = 0
    first_unknown: Counter[str] = field(default_factory=Counter)
    """The classes of the rows that unknown ones begin with."""
    unknown_scripts: list[str] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)


# --- scripts --------------------------------------------------------------------------------------------


def literal(value: object) -> str:
    """An argument as it is written."""
    if isinstance(value, Nested):
        return written(value)
    if isinstance(value, list | tuple):
        inner = ", ".join(map(literal, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner},)" if len(value) == 1 else f"({inner})"
    return repr(value)


def written(layer: Nested) -> str:
    """The call that makes a layer."""
    arguments = ", ".join(f"{name}={literal(value)}" for name, value in layer.arguments.items())
    return f"layers.{layer.class_name}({arguments})"


def random_layer(rng: random.Random, rank: int | None) -> str:
    """A layer that mostly takes an input of this rank."""
    for _ in range(40):
        case = CASES[rng.choice(COMMON if rng.random() < 0.7 else SINGLE)](rng)
        shapes = [spec.shape for spec in leaves(case.inputs)]
        odd = case.call or case.built_with or len(shapes) != 1 or "dtype" in case.layer.arguments
        fits = rank is None or shapes[0] is None or len(shapes[0]) == rank or rng.random() < 0.05
        text = written(case.layer)
        if not odd and fits and "NumpyInteger" not in text and "<" not in text and "dtype" not in text:
            return text
    return "layers.Identity()"


def shape(rng: random.Random, rank: int) -> tuple[int | None, ...]:
    """The shape of an input, without the batch axis."""
    return tuple(
        None if rng.random() < 0.04 else rng.choice((1, 2, 3, 4, 8, 12, 16)) for _ in range(rank - 1)
    )


def sequential(rng: random.Random) -> str:
    """A script with a Sequential model, whose layers are given in a list or added."""
    rank = rng.choice((2, 3, 4, 4, 5))
    count, added = rng.randint(2, 12), rng.random() < 0.5
    script = Script(rng)
    head = f"keras.Input({shape(rng, rank)!r})"
    script.line(f"model = keras.Sequential([{head}])")
    chosen: list[str] = []
    for _ in range(4 * count):
        text = random_layer(rng, rank)
        if not script.accepts(f"model.add({text})"):
            if len(script.names["model"].layers) > len(chosen):
                script.names["model"].pop()  # Keras keeps a layer that it refuses
            if rng.random() < 0.98:
                continue
            chosen.append(text)  # to see whether kerasfix refuses it too
            break
        chosen.append(text)
        if len(chosen) == count:
            break
        rank = len(script.names["model"].output_shape) if script.is_plain("model") else 0
        if not rank:
            break
    if not chosen:
        return sequential(rng)
    if rng.random() < 0.2 and len(chosen) > 1:
        inner = f"keras.Sequential([{chosen[0]}, {chosen[1]}])"
        chosen[:2] = [inner]
    if added:
        lines = [
            "model = keras.Sequential()",
            f"model.add({head})",
            *(f"model.add({text})" for text in chosen),
        ]
    else:
        lines = [f"model = keras.Sequential([{', '.join([head, *chosen])}])"]
    return HEAD + "\n".join(lines) + "\n"


class Script:
    """A script under way, run by Keras line by line so that it can go on where it makes sense."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.lines: list[str] = []
        self.names: dict[str, Any] = {}
        exec(HEAD, self.names)

    def line(self, text: str) -> None:
        """Add a line that Keras takes."""
        exec(text, self.names)
        self.lines.append(text)

    def accepts(self, text: str) -> bool:
        """Add a line if Keras takes it."""
        try:
            self.line(text)
        except Exception:
            return False
        return True

    def is_plain(self, name: str) -> bool:
        """Whether a tensor, or a model's output, is one tensor of a known rank."""
        value = self.names[name]
        value = value.outputs[0] if isinstance(value, keras.Model) and len(value.outputs) == 1 else value
        return isinstance(value, keras.KerasTensor) and len(value.shape) > 1 and not value.sparse


def functional(rng: random.Random) -> str:
    """A script with a Functional model: branches, merges, shared layers, operations, nested models."""
    script, tensors, shared = Script(rng), [], []
    for place in range(rng.choice((1, 1, 1, 2, 3))):
        rank = rng.choice((2, 2, 3, 4, 4))
        size = script.names[tensors[0]].shape[1:] if tensors and rng.random() < 0.6 else shape(rng, rank)
        script.line(f"i{place} = keras.Input({tuple(size)!r})")
        tensors.append(f"i{place}")
    inputs = list(tensors)
    count = rng.randint(2, 12)
    for place in range(4 * count):
        if len(script.lines) >= count + len(inputs):
            break
        name, source = f"t{place}", rng.choice(tensors[-3:])
        rank = len(script.names[source].shape)
        kind = rng.random()
        if kind < 0.15:
            text = rng.choice(OPERATIONS).format(source)
        elif kind < 0.35 and len(tensors) > 1:
            others = [t for t in tensors if t != source]
            text = f"layers.{rng.choice(MERGES)}()([{source}, {rng.choice(others)}])"
        elif kind < 0.5 and shared:
            text = f"{rng.choice(shared)}({source})"
        elif kind < 0.65:
            layer = f"s{place}"
            made = random_layer(rng, rank)
            if rng.random() < 0.3:
                made = f"keras.Sequential([{made}, {random_layer(rng, None)}])"
            if not script.accepts(f"{layer} = {made}"):
                continue
            shared.append(layer)
            text = f"{layer}({source})"
        else:
            text = f"{random_layer(rng, rank)}({source})"
        if not script.accepts(f"{name} = {text}"):
            continue
        if script.is_plain(name):
            tensors.append(name)
    used = [tensors[-1]]
    if len(tensors) > len(inputs) + 1 and rng.random() < 0.3:
        used.append(rng.choice(tensors[len(inputs) :]))
    outputs = used[0] if len(used) == 1 else f"[{', '.join(dict.fromkeys(used))}]"
    return HEAD + "\n".join([*script.lines, f"model = keras.Model([{', '.join(inputs)}], {outputs})"]) + "\n"


# --- both sides -----------------------------------------------------------------------------------------


def keras_rows(model: Any) -> list[tuple[str, Any, int]]:
    """What Keras says of each row: class, output shape in this model, weights."""
    functional = isinstance(model, keras.src.models.Functional) and not isinstance(model, keras.Sequential)
    inside = {node for nodes in model._nodes_by_depth.values() for node in nodes} if functional else None
    rows = []
    for part in model._operations if functional else model.layers:
        nodes = [node for node in part._inbound_nodes if inside is None or node in inside]
        shapes = [list(tensor.shape) for tensor in nodes[-1].output_tensors]
        params = part.count_params() if getattr(part, "built", False) else 0
        rows.append((type(part).__name__, shapes[0] if len(shapes) == 1 else shapes, params))
    return rows


def our_row(row: Row) -> tuple[str, Any, int | None]:
    """The same of kerasfix."""
    return row.class_name, json_shape(row.output), row.params


def is_unknown(row: Row) -> bool:
    """Whether something that Keras knows is missing."""
    return row.params is None or row.output is None or any(
        spec.shape is None or any(dim is not None and not isinstance(dim, int) for dim in spec.shape)
        for spec in leaves(row.output)
    )  # fmt: skip


def check(code: str, tally: Tally) -> None:
    """Run and read one script."""
    tally.cases += 1
    keras.backend.clear_session()
    names: dict[str, Any] = {}
    problem = ""
    try:
        exec(compile(code, "script.py", "exec"), names)
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"[:300]
    document = read_document(code.encode(), "script.py")
    rejected = list(refusals(trace(Module.parse(document.sources[0])).records))
    # What is found behind a fault that only data shows is found in the mended model.
    faults = [fault.message for fault in rejected[:1] if fault.stage != "call"]
    found = {summary.name: summary for summary in summaries(document)}
    if problem:
        tally.refused += 1
        ours = found.get("model")
        if not rejected and ours is not None and known(ours):
            tally.disagreements.append(f"accepts what Keras refuses ({problem})\n{code}")
        return
    if faults:
        tally.disagreements.append(f"refuses what Keras takes ({faults})\n{code}")
        return
    if rejected:  # Keras makes the model, and fails when data flow through it: see tests.keras.fuzz_layers
        tally.late += 1
        return
    compare(code, found["model"], names["model"], tally)


def refusals(records: list[Any]) -> Iterator[Rejected]:
    """What Keras would say, out of all that the trace has noted."""
    for record in records:
        if isinstance(record, ChannelsOrder):
            record = record.raised
        if isinstance(record, LayerRejected | SequenceMismatch) and record.rejected is not None:
            yield record.rejected
        elif isinstance(record, NestedRank):
            # Keras compares a tensor with what a model declares as far as both go, and data wholly.
            yield Rejected(Reason.RANK, "a model of another rank", stage="call")


def known(summary: Summary) -> bool:
    """Whether a model is said to be known to its end."""
    return isinstance(summary.output, TensorSpec) and not any(map(is_unknown, summary.rows))


def compare(code: str, summary: Summary, model: Any, tally: Tally) -> None:
    """Row by row; what is not known is counted."""
    theirs = keras_rows(model)
    tally.rows += len(theirs)
    if len(theirs) != len(summary.rows):
        classes = [row.class_name for row in summary.rows]
        tally.disagreements.append(f"rows: {classes}, Keras: {theirs}\n{code}")
        return
    missing = [row for row in summary.rows if is_unknown(row)]
    tally.unknown += len(missing)
    if missing:
        tally.first_unknown[missing[0].class_name] += 1
        tally.unknown_scripts.append(code)
    for row, expected in zip(summary.rows, theirs, strict=True):
        if row in missing:
            continue
        if our_row(row) != expected:
            tally.disagreements.append(f"{our_row(row)}, Keras: {expected}\n{code}")
            return
    if summary.params is not None and summary.params != model.count_params():
        tally.disagreements.append(f"total {summary.params}, Keras: {model.count_params()}\n{code}")


def fuzz(seed: int, count: int) -> Tally:
    """Check `count` random scripts."""
    tally = Tally()
    for index in range(count):
        if STOP.exists():
            break
        rng = random.Random(f"{seed}/{index}")
        code = (sequential if rng.random() < 0.4 else functional)(rng)
        try:
            check(code, tally)
        except Exception as error:
            tally.disagreements.append(f"crash: {error!r}\n{code}")
    return tally


def main() -> int:
    """The command; its exit status is 1 where the two disagree."""
    parser = argparse.ArgumentParser(description="Compare kerasfix shapes with real Keras on random models.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--show", type=int, default=5, help="disagreements shown")
    parser.add_argument("--unknown", type=int, default=0, help="scripts with unknown rows shown")
    options = parser.parse_args()
    tally = fuzz(options.seed, options.count)
    for text in tally.disagreements[: options.show]:
        print(text)
    for text in tally.unknown_scripts[: options.unknown]:
        print(f"unknown\n{text}")
    print("unknown behind:", dict(tally.first_unknown.most_common()))
    print(
        dict(
            Counter(
                scripts=tally.cases, refused=tally.refused, late=tally.late, rows=tally.rows, unknown=tally.unknown,
                disagreements=len(tally.disagreements),
            )
        )
    )  # fmt: skip
    return 1 if tally.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
