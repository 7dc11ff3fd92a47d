"""Batches of the script's own making, from a generator or a `PyDataset`: they are followed to model and loss."""

import pytest

from kerasfix.linter import lint
from kerasfix.registry import default_rules
from kerasfix.source import Source

HEAD = """\
import keras
import numpy as np
from keras.layers import Dense, Flatten
"""

DATASET = """\
class Batches(keras.utils.{base}):
    def __init__(self, x, y, size=8):
        super().__init__()
        self.x, self.y, self.size = x, y, size

    def __len__(self):
        return len(self.x) // self.size

    def __getitem__(self, index):
        rows = slice(index * self.size, (index + 1) * self.size)
        return self.x[rows], self.y[rows]

data = Batches(np.random.rand(64, {width}), np.random.randint(0, 2, (64, 5)))
"""

MODEL = """\
model = keras.Sequential([keras.Input((6,)), Dense(5, activation="sigmoid")])
model.compile(loss="binary_crossentropy")
"""

LOOP = """\
def batches(count):
    while True:
        x = np.random.rand(count, {width})
        yield {batch}

data = batches(8)
"""

# The making of the data, what is done with it, and what is wrong with that: Keras raises where there is anything.
CASES = {
    "generator": (
        LOOP.format(width=6, batch="x, (x[:, :5] > 0.5).astype(int)"),
        "fit(data, steps_per_epoch=2)",
        "",
    ),
    "wide": (
        LOOP.format(width=7, batch="x, (x[:, :5] > 0.5).astype(int)"),
        "fit(data, steps_per_epoch=2)",
        "KF204",
    ),
    "labels": (
        LOOP.format(width=6, batch="x, (x[:, :4] > 0.5).astype(int)"),
        "fit(data, steps_per_epoch=2)",
        "KF305",
    ),
    "evaluate": (
        LOOP.format(width=7, batch="x, (x[:, :5] > 0.5).astype(int)"),
        "evaluate(data, steps=2)",
        "KF204",
    ),
    "predict": (LOOP.format(width=6, batch="(x,)"), "predict(data, steps=2)", ""),
    "bare": (LOOP.format(width=6, batch="x"), "predict(data, steps=2)", "KF504"),
    "predict wide": (LOOP.format(width=7, batch="(x,)"), "predict(data, steps=2)", "KF204"),
    "weights": (
        LOOP.format(width=7, batch="x, x[:, :5], np.ones(count)"),
        "fit(data, steps_per_epoch=2)",
        "KF204",
    ),
    "column": (
        LOOP.format(width=6, batch="x[..., None], (x[:, :5] > 0.5)"),
        "fit(data, steps_per_epoch=2)",
        "",
    ),
    "dataset": (DATASET.format(base="PyDataset", width=6), "fit(data)", ""),
    "dataset wide": (DATASET.format(base="PyDataset", width=7), "fit(data)", "KF204"),
    "old name": (DATASET.format(base="Sequence", width=7), "evaluate(data)", "KF204"),
    "validation": (
        DATASET.format(base="PyDataset", width=6)
        + "held = Batches(np.random.rand(64, 6), np.random.randint(0, 2, (64, 4)))\n",
        "fit(data, validation_data=held)",
        "KF305",
    ),
    "dataset alone": (
        "class Batches(keras.utils.PyDataset):\n    def __init__(self):\n        super().__init__()\n"
        "    def __len__(self):\n        return 2\n"
        "    def __getitem__(self, index):\n        return np.random.rand(8, 6)\n"
        "data = Batches()\n",
        "predict(data)",
        "",
    ),
    "two yields": (
        "def batches(x, y):\n    yield x[:8], y[:8]\n    yield x[8:], y[8:]\n"
        "data = batches(np.random.rand(20, 6), np.random.randint(0, 2, (20, 5)))\n",
        "fit(data)",
        "",
    ),
    "lists": (
        "def batches():\n    rows, marks = [], []\n    for _ in range(40):\n        rows.append(np.random.rand(6))\n"
        "        marks.append([0, 1, 0, 0, 1])\n        if len(rows) == 8:\n"
        "            yield np.array(rows), np.array(marks)\n            rows, marks = [], []\n"
        "data = batches()\n",
        "fit(data)",
        "",
    ),
    "yield from": (
        LOOP.format(width=7, batch="x, x[:, :5]") + "def again():\n    yield from data\n",
        "fit(again(), steps_per_epoch=2)",
        "KF204",
    ),
}


def _script(case: str) -> str:
    data, use, _ = CASES[case]
    return f"{HEAD}{data}{MODEL}model.{use}\n"


@pytest.mark.parametrize("case", CASES)
def test_batches_are_followed(case: str) -> None:
    found = {finding.code for finding in lint(Source("x.py", _script(case)), default_rules())}
    assert found == {*CASES[case][2].split()}


@pytest.mark.keras
@pytest.mark.parametrize("case", CASES)
def test_keras_raises_where_something_is_wrong(case: str) -> None:
    code = compile(_script(case), "x.py", "exec")
    if CASES[case][2]:
        with pytest.raises(Exception, match=r"compatible|same shape|must return a tuple"):
            exec(code, {})
    else:
        exec(code, {})


@pytest.mark.parametrize(
    "batch", ["read()", "read(), read()", "read(x)", "[x, x]", "{'a': read()}, read()", "x, None"]
)
def test_what_is_unknown_stays_so(batch: str) -> None:
    """Nothing is said of batches that cannot be followed."""
    code = f"{HEAD}from files import read\n{LOOP.format(width=6, batch=batch)}{MODEL}model.fit(data)\n"
    found = [finding.code for finding in lint(Source("x.py", code), default_rules())]
    assert [code for code in found if code != "KF504"] == []


@pytest.mark.parametrize(
    "loop", ["for x, y in data:", "for step, (x, y) in enumerate(data):", "if True:\n    x, y = next(data)"]
)
def test_a_loop_over_a_generator_sees_its_batches(loop: str) -> None:
    """What `predict` gets in the loop is a batch of the generator."""
    code = f"{HEAD}{LOOP.format(width=7, batch='x, x[:, :5]')}{MODEL}{loop}\n    model.predict(x)\n"
    assert [finding.code for finding in lint(Source("x.py", code), default_rules())] == ["KF204"]
