"""What a script can ask about the Python that runs it: Keras 3 takes Python 3.11 and newer, and nothing older."""

import math
from collections.abc import Callable
from typing import Any, Final

from kerasfix.trace.library import python_value
from kerasfix.trace.values import Const, Reference, Value

_OLDEST: Final = (3, 11)
_NEWEST: Final = (3, 99)
_CONSTANTS: Final = {
    "sys.version_info.major": 3,
    "six.PY2": False,
    "six.PY3": True,
    **{
        f"{module}.{name}": getattr(math, name)
        for module, names in {"math": "pi e tau inf nan", "numpy": "pi e inf nan"}.items()
        for name in names.split()
    },
}


def constant(name: str) -> Const | None:
    """The value of a library's constant: a number, or what is the same in every Python that runs Keras 3."""
    return Const(_CONSTANTS[name]) if name in _CONSTANTS else None


def compare_version(compare: Callable[[Any, Any], Any], left: Value, right: Value) -> bool | None:
    """`sys.version_info >= (3,)`; None where it is something else, or depends on the Python 3 at hand."""
    if not isinstance(left, Reference) or left.name != "sys.version_info":
        return None
    wanted = python_value(right)
    if not isinstance(wanted, tuple) or not wanted or not all(isinstance(part, int) for part in wanted):
        return None
    oldest, newest = compare((*_OLDEST, 0), wanted), compare((*_NEWEST, 0), wanted)
    return bool(oldest) if oldest == newest else None
