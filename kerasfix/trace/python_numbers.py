"""Numbers of Python that are not known: scalars whose dtype gives way to all others."""

from typing import Final, TypeGuard

import libcst as cst

from kerasfix.keras.shape import TensorSpec
from kerasfix.trace.values import CLEAN, NO_FACTS, Array, Facts, Taint, Value

_NUMBER: Final = TensorSpec((), None)
INTEGER: Final = Facts(drawn="integers")
"""What is known of an integer by itself."""


def is_python_number(value: Value | None) -> TypeGuard[Array]:
    """Whether this is a number of Python that is not known."""
    return isinstance(value, Array) and value.spec == _NUMBER and not value.facts.text


def some_number(origin: cst.CSTNode | None, taint: Taint = CLEAN, facts: Facts = NO_FACTS) -> Array:
    """A number of Python that is not known."""
    return Array(_NUMBER, origin, facts, taint=taint)
