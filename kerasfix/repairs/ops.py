"""NumPy calls written with `keras.ops`."""

import libcst as cst

from kerasfix.finding import Applicability, Fix
from kerasfix.keras import api
from kerasfix.syntax.edits import replace
from kerasfix.syntax.imports import spell
from kerasfix.syntax.module import Module

_SAME_BY_KIND = {
    "elementwise": "exp log sqrt square sin cos tan tanh sinh cosh arcsin arccos arctan sign floor ceil negative"
    " log1p expm1 log2 log10 reciprocal abs absolute isnan logical_not maximum minimum power add subtract multiply"
    " divide equal not_equal greater less greater_equal less_equal logical_and logical_or where clip",
    "reductions": "sum mean prod max min var std",
    "shapes": "expand_dims squeeze reshape transpose concatenate stack",
    "others": "zeros_like ones_like matmul dot",
}
_SAME = frozenset(name for names in _SAME_BY_KIND.values() for name in names.split())
"""NumPy functions whose counterpart in `keras.ops` takes the same arguments and gives the same values."""

_RENAMED = {"amax": "max", "amin": "min", "linalg.norm": "norm", "true_divide": "divide"}
_ARGUMENTS = frozenset({"axis", "keepdims"})


def target(name: str, call: cst.Call) -> str | None:
    """The function of `keras.ops` that does what a NumPy function does; None where there is none."""
    name = _RENAMED.get(name, name)
    return name if api.exists(f"keras.ops.{name}") and isinstance(call.func, cst.Attribute) else None


def use_ops(function: str, node: cst.BaseExpression, module: Module) -> Fix | None:
    """A function of NumPy (`tanh`), not called, written with `keras.ops`; None where that has no such function."""
    if function not in _SAME or not api.exists(f"keras.ops.{function}"):
        return None
    ops, imports = spell(module, "keras.ops")
    return Fix(f"Use `keras.ops.{function}`", (replace(module, node, f"{ops}.{function}"), *imports))


def rewrite_numpy(function: str, call: cst.Call, module: Module) -> Fix | None:
    """A call of a function of NumPy (`linalg.norm`) written with `keras.ops`; None where there is no such function."""
    name = target(function, call)
    if name is None:
        return None
    ops, imports = spell(module, "keras.ops")
    same = function in _SAME and all(
        argument.keyword is None or argument.keyword.value in _ARGUMENTS for argument in call.args
    )
    return Fix(
        f"Use `keras.ops.{name}`",
        (replace(module, call.func, f"{ops}.{name}"), *imports),
        Applicability.SAFE if same else Applicability.UNSAFE,
    )
