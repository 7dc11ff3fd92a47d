"""Losses, outputs, labels and metrics: what Keras really does with each combination, against what is found.

`facts/losses.csv` of the shared folder has 91 combinations that were trained; the rest is measured here.
"""

import csv
import itertools
from pathlib import Path

import pytest

from kerasfix.finding import Severity
from kerasfix.keras import api
from kerasfix.keras.losses import MEASURED, SPARSE, Meeting, meeting
from kerasfix.linter import lint
from kerasfix.registry import all_rules
from kerasfix.source import Source
from kerasfix.trace.outcome import snake

FACTS = Path(__file__).parents[2].parent / "shared" / "facts" / "losses.csv"

LABELS = {
    "int(n,)": "np.random.randint(0, 10, n)",
    "int(n,1)": "np.random.randint(0, 10, (n, 1))",
    "int(n,)float": "np.random.randint(0, 10, n).astype('float32')",
    "int(n,1,1)": "np.random.randint(0, 10, (n, 1, 1))",
    "onehot(n,10)": "keras.utils.to_categorical(np.random.randint(0, 10, n), 10)",
    "onehot(n,11)": "keras.utils.to_categorical(np.random.randint(0, 11, n), 11)",
    "onehot(n,2)": "keras.utils.to_categorical(np.random.randint(0, 2, n), 2)",
    "int1based(n,)": "np.random.randint(1, 11, n)",
    "uint8 0..255 (n,)": "np.random.randint(0, 256, n).astype('uint8')",
    "str(n,)": "np.array(['cat', 'dog'] * 80)",
    "multilabel(n,10)": "np.random.randint(0, 2, (n, 10))",
    "bin(n,)": "np.random.randint(0, 2, n)",
    "bin(n,1)": "np.random.randint(0, 2, (n, 1))",
    "bool(n,)": "np.random.randint(0, 2, n).astype(bool)",
    "uint8bin(n,)": "np.random.randint(0, 2, n).astype('uint8')",
    "bin-1/+1(n,)": "np.random.choice([-1, 1], n)",
    "real(n,)": "np.random.randn(n) * 10",
    "real(n,1)": "np.random.randn(n, 1) * 10",
}
LOSSES = {
    "SCC(from_logits)": "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
    "CC(from_logits)": "keras.losses.CategoricalCrossentropy(from_logits=True)",
    "BC(from_logits)": "keras.losses.BinaryCrossentropy(from_logits=True)",
    "SCC()": "keras.losses.SparseCategoricalCrossentropy()",
}
METRICS = {name: f"keras.metrics.{name}()" for name in ("Precision", "AUC", "F1Score")}
INPUTS = {"": "(20,)", "(4,10)": "(4, 20)", "(1,1,10)": "(1, 1, 20)"}
# Combinations that train well on toy data and stand for something else: the catalogue wants a warning.
WARNED = {
    ("sigmoid", "categorical_crossentropy", "onehot"),
    ("sigmoid", "sparse_categorical_crossentropy", "int"),
    ("sigmoid", "binary_crossentropy", "onehot"),
    ("softmax", "binary_crossentropy", "onehot"),
    ("softmax", "mse", "onehot"),
}


def rows() -> list[dict[str, str]]:
    if not FACTS.exists():
        return []
    with FACTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def script(row: dict[str, str]) -> str:
    """A combination as a script."""
    loss, metric = (
        LOSSES.get(row["loss"], repr(row["loss"])),
        METRICS.get(row["metrics"], repr(row["metrics"])),
    )
    activation = f', activation="{row["activation"]}"' if row["activation"] else ""
    return f"""\
import keras
import numpy as np
n = 160
x = np.random.rand(n, *{INPUTS[row["head"]]})
y = {LABELS[row["labels"]]}
model = keras.Sequential([
    keras.Input({INPUTS[row["head"]]}),
    keras.layers.Dense(16, activation="relu"),
    keras.layers.Dense({row["units"]}{activation}),
])
model.compile(loss={loss}, metrics=[{metric}])
model.fit(x, y)
"""


def allowed(row: dict[str, str]) -> set[str]:
    """The levels that agree with what was measured; an empty word stands for silence."""
    verdict = row["verdict"]
    if verdict.startswith("raises"):
        return {"error"}
    if "SILENTLY" in verdict or "METRIC" in verdict:
        return {"error", "warning"}
    if verdict.startswith("right on TF"):
        return {"warning"}
    combination = (row["activation"], row["loss"], row["labels"].partition("(")[0])
    return {"warning"} if int(row["units"]) > 1 and combination in WARNED else {""}


def highest(text: str) -> str:
    found = {finding.severity for finding in lint(Source("script.py", text), all_rules())}
    for severity in (Severity.ERROR, Severity.WARNING):
        if severity in found:
            return severity.name.lower()
    return ""


@pytest.mark.skipif(not FACTS.exists(), reason="../shared/facts/losses.csv is not here")
def test_levels_agree_with_what_was_trained() -> None:
    table = rows()
    assert len(table) == 91
    wrong = [row for row in table if highest(script(row)) not in allowed(row)]
    assert not wrong, [
        (row["units"], row["activation"], row["loss"], row["labels"], row["metrics"]) for row in wrong
    ]


# --- shapes ---------------------------------------------------------------------------------------------

SHAPES = [(), (1,), (3,), (4,), (2, 1), (2, 3), (1, 3), (2, 4), (2, 3, 1), (1, 1, 3)]
"""Without the batch axis."""


@pytest.mark.keras
@pytest.mark.parametrize("loss", sorted(MEASURED))
def test_what_comes_of_two_shapes(loss: str) -> None:
    """`RAISES` raises, `FITS` and `BROADCASTS` do not, on labels and outputs in batches of 5."""
    import numpy as np
    from keras.src.trainers.compile_utils import CompileLoss

    known = 0
    for target, output in itertools.product(SHAPES, SHAPES):
        if not output:
            continue
        meets = meeting(loss, (None, *target), (None, *output))
        if meets is Meeting.UNKNOWN:
            continue
        known += 1
        labels = np.zeros((5, *target), "int32" if loss in SPARSE else "float32")
        try:
            CompileLoss(loss=loss)(labels, np.full((5, *output), 0.25, "float32"))
            raised = False
        except Exception:
            raised = True
        assert raised is (meets is Meeting.RAISES), (loss, target, output, meets)
    assert known > 50


# --- metrics and losses, one by one ---------------------------------------------------------------------

CASES = {
    "class numbers": ("np.random.randint(0, 10, n)", 10),
    "one-hot": ("keras.utils.to_categorical(np.random.randint(0, 10, n), 10)", 10),
    "binary": ("np.random.randint(0, 2, n)", 1),
}


def classes(family: str) -> list[str]:
    """The public classes of a kind that can be made without arguments."""
    names = [name for name in api._data()["classes"] if api.family(name) == family and name.count(".") == 2]
    signatures = {name: api.signature(name) for name in sorted(names)}
    return [
        name
        for name, signature in signatures.items()
        if signature is not None
        and not any(parameter.required for parameter in signature.parameters)
        and name.rpartition(".")[2] not in {"Loss", "Metric"}
    ]


def trained(what: str, labels: str, units: int) -> str:
    activation = "sigmoid" if units == 1 else "softmax"
    return f"""\
import keras
import numpy as np
n = 320
x = np.random.rand(n, 4)
y = {labels}
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense({units}, activation="{activation}")])
model.compile({what})
model.fit(x, y, verbose=0)
"""


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", [*classes("Loss"), *classes("Metric")])
def test_an_error_is_found_only_where_keras_raises(name: str, case: str) -> None:
    import keras

    labels, units = CASES[case]
    suited = (
        "binary" if case == "binary" else "sparse_categorical" if case == "class numbers" else "categorical"
    )
    metric = f'loss="{suited}_crossentropy", metrics=[{name}()]'
    text = trained(metric if api.family(name) == "Metric" else f"loss={name}()", labels, units)
    findings = [f for f in lint(Source("script.py", text), all_rules()) if f.severity is Severity.ERROR]
    try:
        exec(text, {})
        raised = ""
    except Exception as error:
        raised = f"{type(error).__name__}: {error}"
    finally:
        keras.utils.clear_session()
    short = name.rpartition(".")[2]
    silent = {"KF305", "KF307", "KF309"}  # what trains, and on something else than is meant
    if short in {"CategoricalAccuracy", "SparseCategoricalAccuracy"}:
        silent.add("KF304")
    assert raised or {finding.code for finding in findings} <= silent, findings
    compared = api.family(name) == "Loss" and snake(name) in MEASURED  # metrics of these names are not
    if raised and (short in REPORTED or compared):
        assert findings, raised


REPORTED = {"AUC", "Precision", "Recall", "F1Score", "FBetaScore", "BinaryAccuracy", "TruePositives",
            "FalsePositives", "TrueNegatives", "FalseNegatives", "CategoricalAccuracy",
            "SparseCategoricalAccuracy"}  # fmt: skip


@pytest.mark.keras
def test_strings_that_compile_takes() -> None:
    """`ce` and `crossentropy` are losses, and no metrics; `accuracy` and `acc` the other way round."""
    import keras
    import numpy as np

    def takes(**arguments: object) -> bool:
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
        model.compile(**arguments)
        try:
            model.train_on_batch(np.zeros((2, 4)), np.zeros((2, 1)))
        except ValueError:
            return False
        return True

    for text in ("ce", "crossentropy", "accuracy", "acc", "mse", "bce", "BCE", "hinge"):
        assert takes(loss=text) is api.is_identifier("loss", text), text
        assert takes(loss="mse", metrics=[text]) is api.is_identifier("metric", text), text


def test_metrics_that_want_a_label_for_each_unit() -> None:
    labels, units = CASES["class numbers"]
    for name in ("AUC", "Precision", "Recall", "F1Score", "BinaryAccuracy"):
        metric = f'loss="sparse_categorical_crossentropy", metrics=[keras.metrics.{name}()]'
        assert highest(trained(metric, labels, units)) == "error"
        assert highest(trained(metric.replace("sparse_", ""), *CASES["one-hot"])) == ""


@pytest.mark.parametrize("form", ["dict", "list"])
def test_each_output_has_a_loss_and_labels_of_its_own(form: str) -> None:
    wrong = {"kind": '"categorical_crossentropy"', "size": '"mse"'}
    right = {"kind": '"sparse_categorical_crossentropy"', "size": '"mse"'}
    assert places(two_outputs(form, wrong, "linear")) == [(9, "KF304")]
    assert places(two_outputs(form, right, "sigmoid")) == [(7, "KF307")]
    assert places(two_outputs(form, right, "linear")) == []


def two_outputs(form: str, losses: dict[str, str], activation: str) -> str:
    """A model with two outputs, trained on class numbers and on numbers up to 50."""
    kind, size = losses["kind"], losses["size"]
    loss = f'{{"kind": {kind}, "size": {size}}}' if form == "dict" else f"[{kind}, {size}]"
    labels = '{"kind": kinds, "size": sizes}' if form == "dict" else "[kinds, sizes]"
    return f"""\
import keras
import numpy as np
x, kinds, sizes = np.random.rand(99, 4), np.random.randint(0, 3, 99), np.random.rand(99, 1) * 50
inputs = keras.Input((4,))
hidden = keras.layers.Dense(8, activation="relu")(inputs)
kind = keras.layers.Dense(3, activation="softmax", name="kind")(hidden)
size = keras.layers.Dense(1, activation="{activation}", name="size")(hidden)
model = keras.Model(inputs, [kind, size])
model.compile(loss={loss})
model.fit(x, {labels})
"""


def places(text: str) -> list[tuple[int, str]]:
    source = Source("script.py", text)
    found = sorted(lint(source, all_rules()), key=lambda finding: finding.start)
    return [(source.row_column(f.start)[0] + 1, f.code) for f in found if f.severity is not Severity.INFO]
