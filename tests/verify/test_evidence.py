"""What a run shows of arrays that reading could not follow, and the repairs that follow from it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kerasfix.linter import lint
from kerasfix.proof import repaired
from kerasfix.registry import default_rules
from kerasfix.source import Source, read_document
from kerasfix.trace.evidence import Evidence
from kerasfix.verify import Verdict, Verifier

Verify = Callable[..., Verdict]

HIDDEN = """\
import pickle
import keras
import numpy as np

class Experiment:
    def load(self):
        stored = pickle.dumps((np.random.rand(40, 12, 12, 1), np.eye(4)[np.arange(40) % 4]))
        self.images, self.labels = pickle.loads(stored)

    def train(self):
        model = keras.Sequential()
        model.add(keras.layers.Conv2D(4, 3, input_shape=self.images.shape[1:]))
        model.add(keras.layers.Dense(4, activation="softmax"))
        model.compile("adam", "categorical_crossentropy")
        model.fit(self.images, self.labels, epochs=1)

experiment = Experiment()
experiment.load()
experiment.train()
"""


def codes(text: str, evidence: Evidence | None = None) -> list[str]:
    return [f.code for f in lint(Source("a.py", text), default_rules(), evidence) if f.severity == "error"]


def test_evidence_speaks_only_where_reading_cannot() -> None:
    text = (
        "import keras\nimport secret\nx = secret.load()\n"
        "model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1)])\n"
        "model.compile('sgd', 'mse')\nmodel.fit(x, x)\n"
    )
    start = text.index("secret.load()")
    span = (start, start + len("secret.load()"))
    assert codes(text) == []
    assert codes(text, {span: {"shape": [9, 7], "dtype": "float64"}}) == ["KF204"]
    assert codes(text, {span: {"shape": [9, 5], "dtype": "float64"}}) == []
    known = text.replace("secret.load()", "np.ones((9,5))").replace("import secret", "import numpy as np")
    start = known.index("np.ones")
    assert codes(known, {(start, start + 14): {"shape": [9, 7], "dtype": "float64"}}) == []


@pytest.mark.keras
def test_a_run_tells_what_the_arrays_are(verify: Verify) -> None:
    verdict = verify("""
        import numpy as np
        import keras
        a = np.arange(6).reshape(2, 3); b = "no array"
        c, d = np.eye(3), keras.ops.ones((2, 2))
        for size in (1, 2):
            e = np.zeros(size)
        raise ValueError
    """)
    seen = {place[:2]: found for place, found in verdict.evidence.items()}
    assert seen[3, 4] == {"shape": [2, 3], "dtype": "int64", "low": 0.0, "high": 5.0, "one_hot": False}
    pair = seen[4, 7]
    assert pair["kind"] == "tuple"
    assert pair["items"][0]["one_hot"]
    assert pair["items"][1]["shape"] == [2, 2]
    assert (6, 8) not in seen, "it is two different things"


@pytest.mark.keras
def test_a_fault_that_only_running_shows_is_repaired(verifier: Verifier, tmp_path: Path) -> None:
    assert codes(HIDDEN) == []
    document = read_document(HIDDEN.encode(), str(tmp_path / "a.py"))
    (source,) = document.sources
    outcome = repaired(verifier, document, source, default_rules(), lint, unsafe=False, budget=60)
    assert outcome.before.error is not None
    assert outcome.chosen is not None
    assert outcome.chosen.verdict.status == "passed"
    assert {choice.code for choice in outcome.chosen.fixes} == {"KF203"}
    assert "Flatten" in outcome.result.text
