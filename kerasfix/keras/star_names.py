"""What `from numpy import *` and its like bind: `star_names.json`, written from what is installed.

    python -m kerasfix.keras.star_names

Other modules are open: a star may bind any name.
"""

import importlib
import json
from functools import cache
from pathlib import Path
from typing import Final

_DATA: Final = Path(__file__).with_name("star_names.json")
_MODULES: Final = (
    "numpy", "numpy.random", "numpy.linalg", "math", "cmath", "random", "time", "itertools", "functools",
    "collections", "copy", "datetime", "glob", "string",
)  # fmt: skip
# What other versions have that Keras 3 runs with: NumPy 1.26, and Python after the one at hand.
_OTHERS: Final = {
    "numpy": "add_docstring add_newdoc add_newdoc_ufunc alltrue asfarray byte_bounds cast cfloat clongfloat"
    " compare_chararrays compat complex_ cumproduct DataSource deprecate deprecate_with_doc disp"
    " fastCopyAndTranspose find_common_type float_ format_parser get_array_wrap geterrobj in1d Inf Infinity infty"
    " issctype issubclass_ issubsctype longcomplex longfloat lookfor mat maximum_sctype msort NaN nbytes NINF NZERO"
    " obj2sctype PINF product PZERO recfromcsv recfromtxt round_ row_stack safe_eval sctype2char sctypeDict sctypes"
    " set_numeric_ops set_string_function seterrobj singlecomplex sometrue source string_ tracemalloc_domain trapz"
    " unicode_ who",
    "math": "sumprod fma",
    "random": "binomialvariate",
    "itertools": "batched",
    "functools": "Placeholder",
    "glob": "translate",
}
_SINCE_2: Final = frozenset({"abs", "bool", "bytes", "long", "max", "min", "pow", "round", "str"})
"""Those of NumPy that hide a built-in in NumPy 2 only."""


@cache
def _names() -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(_DATA.read_text())
    return found


def star_names(module: str) -> list[str] | None:
    """The names that a star import of a module binds; None where that is not known."""
    return _names().get(module)


def may_be_builtin(module: str, name: str) -> bool:
    """Whether a name is bound by one version of a module, and is Python's own with another."""
    return module == "numpy" and name in _SINCE_2


def exported(module: str) -> list[str]:
    """What a star import binds in fact, with what is installed."""
    imported = importlib.import_module(module)
    public = [name for name in dir(imported) if not name.startswith("_")]
    return sorted({*getattr(imported, "__all__", public)})


def main() -> None:
    """Write the file."""
    names = {
        module: sorted({*exported(module), *_OTHERS.get(module, "").split()}) for module in sorted(_MODULES)
    }
    _DATA.write_text(json.dumps(names, separators=(",", ":"), sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
