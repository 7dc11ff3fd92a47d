"""Solvers of SciPy that train something: cut after one step, as `fit` is after a few batches."""

import functools
import importlib
import inspect
from typing import Any

from .record import TRAINING, Record

EVALUATIONS = 1
LIMITS = ("maxiter", "maxfun", "maxfev")
NAMES = ("fmin_l_bfgs_b", "fmin_cg", "fmin_bfgs", "fmin_tnc", "fmin")


def install(record: Record, text: str) -> None:
    """Cut the solvers that a text names; nothing is done where there is no SciPy."""
    if "fmin" not in text:
        return
    try:
        optimize = importlib.import_module("scipy.optimize")
    except ImportError:
        return
    for name in NAMES:
        original = getattr(optimize, name)
        taken = [limit for limit in LIMITS if limit in inspect.signature(original).parameters]

        def solve(*args: Any, _original: Any = original, _taken: Any = taken, **kwargs: Any) -> Any:
            record.stub(f"scipy.optimize.{_original.__name__} (cut after one step)")
            record.work += TRAINING
            return _original(*args, **(kwargs | dict.fromkeys(_taken, EVALUATIONS)))

        setattr(optimize, name, functools.wraps(original)(solve))
