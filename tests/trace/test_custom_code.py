"""Custom losses, metrics, layers and training loops: what is found, and what Keras does, for each of many snippets.

`custom_code.txt` holds them: a name, the code of the error that is found, and what running it on Keras 3.15.1 raises.
"""

from pathlib import Path

import pytest

from kerasfix.finding import Severity
from kerasfix.linter import lint
from kerasfix.registry import all_rules
from kerasfix.source import Source

START = """\
import keras, numpy as np, tensorflow as tf
from keras import layers, ops
x = np.random.rand(64, 4).astype("float32")
y = np.random.rand(64, 1).astype("float32")
yb = (y > 0.5).astype("int32")
def seq():
    return keras.Sequential([keras.Input((4,)), layers.Dense(1)])
"""
TEXT = Path(__file__).with_name("custom_code.txt").read_text(encoding="utf-8")
CASES = {
    name: (code, outcome, snippet)
    for part in TEXT.split("### ")[1:]
    for head, _, snippet in [part.partition("\n")]
    for name, code, outcome in [head.split(" | ")]
}

# Errors on what Keras does not stop at: nothing is learned, the object is never used, or it runs by coincidence.
RUNS = frozenset({"KF203", "KF305", "KF311", "KF401", "KF403", "KF406", "KF407"})
MISSED = 16
"""So many snippets raise in Keras and are not found; a smaller number is better."""


@pytest.mark.parametrize("name", CASES)
def test_what_is_found(name: str) -> None:
    code, _, snippet = CASES[name]
    findings = lint(Source("snippet.py", START + snippet), all_rules())
    found = sorted({finding.code for finding in findings if finding.severity is Severity.ERROR})
    assert found[:1] == ([] if code == "-" else [code])


def test_errors_are_found_where_keras_raises() -> None:
    assert {code for code, outcome, _ in CASES.values() if outcome == "ok"} - {"-"} <= RUNS
    assert sum(outcome != "ok" and code == "-" for code, outcome, _ in CASES.values()) <= MISSED


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_what_keras_does(name: str) -> None:
    _, outcome, snippet = CASES[name]
    import keras

    keras.utils.clear_session()
    try:
        exec(START + snippet, {})
        raised = "ok"
    except Exception as error:
        raised = type(error).__name__
    assert raised == outcome
