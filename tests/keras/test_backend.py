"""What `tensorflow.keras.backend` still has, and does with tensors of Keras: KF404 counts on it."""

import inspect
from typing import Any

import pytest

from kerasfix.keras import api
from kerasfix.keras.old_backend import FUNCTIONS
from kerasfix.trace.graph import TAKES_ANY
from kerasfix.trace.library import find


@pytest.mark.keras
def test_functions_of_the_old_backend_refuse_tensors_of_keras() -> None:
    keras: Any = pytest.importorskip("keras")
    backend: Any = pytest.importorskip("tensorflow").keras.backend
    tensor = keras.Input((4,))
    wrong, count = [], 0
    for name, function in vars(backend).items():
        full = f"keras.backend.{name}"
        if api.exists(full) or not inspect.isfunction(function) or (name not in FUNCTIONS and not find(full)):
            continue
        needed = [
            each for each in inspect.signature(function).parameters.values() if each.default is each.empty
        ]
        raised = set()
        for filler in (tensor, 1, (4,)) if needed else ():
            try:
                function(tensor, *[filler] * (len(needed) - 1))
            except Exception:
                raised.add(True)
            else:
                raised.add(False)
        count += bool(raised)
        if raised and (raised == {True}) == (full in TAKES_ANY):
            wrong.append((name, raised))
    assert wrong == []
    assert count > 60
